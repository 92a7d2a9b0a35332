"""A ban as a punishment: the chance to be kept at each count, and pay with it counted in.

Given that k of the n answers of a batch are right, every order of them is equally probable,
whatever the annotator's accuracy. So the chance of surviving a banning rule depends on effort only
through the count, and a ban is a wage like any other: with `kept[k]` the chance and V what staying
is worth in money, the annotator is promised

    kept[k]·u(w(k) + V) + (1 - kept[k])·u(w(k))

at count k. `perceived_contract` pays the certain wage with that utility. Best responses to it are
best responses to pay and ban together, and `certify` proves them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import hypergeom

from paygrade.agent.earning import wages_of
from paygrade.errors import ModelError
from paygrade.model.contract import Contract, TieredContract, WageSchedule
from paygrade.model.utility import Utility
from paygrade.planning.operating import is_exact
from paygrade.planning.rules import BanRule

Array = NDArray[np.float64]

LONGEST = 1000  # answers; 2^-n must stay a number
CELLS = 20_000_000  # of the table (memories x counts) that is kept
FEW = 6  # steps of pay that are worth a tiered contract, whose every jump is looked at


def kept_chances(ban: BanRule, n: int) -> Array:
    """Return the probability of not being banned within n answers, k of them right, (n + 1,).

    The annotator begins with no record.

    Raises:
        ModelError: the rule is never applied within n answers, or remembers too much.

    >>> kept_chances(BanRule(wrong=0, window=2, repeated=False), 3).round(4).tolist()
    [0.0, 0.0, 0.3333, 1.0]
    """
    if ban.first > n:
        raise ModelError(
            f"the banning rule looks for the first time after {ban.first} answers, and a batch has"
            f" {n} checks, so it bans nobody; take the checks of a longer stretch of work as checks"
            " and the pay for all of it as pay"
        )
    rights = np.arange(n + 1)
    if not ban.repeated:
        seen = ban.seen(ban.first)
        return np.asarray(hypergeom.cdf(ban.allowed(ban.first), n, n - rights, seen))
    if n > LONGEST or not is_exact(ban):
        raise ModelError(
            f"{ban}: {n} answers, or what the rule remembers of them, are too many to follow;"
            f" take a batch of up to {LONGEST} checks and a window of up to 16"
        )
    survived = _counting(ban, n) if ban.window is None else _remembering(ban, n)
    logs = gammaln(n + 1.0) - gammaln(rights + 1.0) - gammaln(n - rights + 1.0) - n * np.log(2.0)
    return np.asarray(np.minimum(survived / np.exp(logs), 1.0))


def _counting(ban: BanRule, n: int) -> Array:
    """Return P(k right and never banned) of fair coins, (n + 1,), for a rule on all so far."""
    law = np.zeros(n + 1)
    law[0] = 1.0
    rights = np.arange(n + 1)
    for t in range(1, n + 1):
        law = 0.5 * (law + np.append(0.0, law[:-1]))
        if ban.applies(t):
            law[t - rights > ban.allowed(t)] = 0.0
    return law


def _remembering(ban: BanRule, n: int) -> Array:
    """Return P(k right and never banned) of fair coins, (n + 1,), for a rule on the last answers.

    Rows are memories: whole numbers whose bits say which of the last answers were wrong. Whoever
    has too many wrong in what the first look will see is lost already.
    """
    window = int(ban.window or 1)
    full = (1 << window) - 1
    masks, law = np.zeros(1, np.int64), np.zeros((1, n + 1))
    law[0, 0] = 1.0
    forget = ban.first - ban.seen(ban.first)  # answers before those that the first look sees
    for t in range(1, n + 1):
        if t <= forget:
            law = 0.5 * (law + np.append(np.zeros((1, 1)), law[:, :-1], axis=1))
            continue
        shifted = (masks << 1) & full
        right = np.concatenate([np.zeros((len(masks), 1)), law[:, :-1]], axis=1)
        arrivals = np.concatenate([shifted, shifted | 1])
        masks, place = np.unique(arrivals, return_inverse=True)
        if masks.size * (n + 1) > CELLS:
            raise ModelError(f"{ban}: too many memories to follow; take fewer checks a batch")
        merged = np.zeros((masks.size, n + 1))
        np.add.at(merged, place, 0.5 * np.concatenate([right, law]))
        stays = np.bitwise_count(masks) <= ban.allowed(max(t, ban.first))
        masks, law = masks[stays], merged[stays]
    return np.asarray(law.sum(axis=0))


def perceived_contract(
    utility: Utility, contract: Contract, kept: Array | None, staying: float
) -> Contract:
    """Return pay as the annotator counts it: with what staying is worth, times the chance of it.

    Arguments:
        utility: of money.
        contract: what is paid.
        kept: chance to be kept at each count 0..n, (n + 1,); None: nobody is banned.
        staying: what being kept is worth (money).

    >>> import numpy as np
    >>> from paygrade.model.contract import FlatWage
    >>> from paygrade.model.utility import LogUtility
    >>> perceived_contract(LogUtility(), FlatWage(5.0), np.array([0.0, 1.0, 1.0]), 3.0)
    TieredContract(cutoffs=(1.0,), wages=(5.0, 8.0))
    """
    if kept is None or staying == 0.0:
        return contract
    counts = np.arange(len(kept), dtype=float)
    wages = wages_of(contract, counts, len(kept) - 1)
    with np.errstate(invalid="ignore"):
        stay = np.where(kept > 0, kept * utility(wages + staying), 0.0)
        leave = np.where(kept < 1, (1.0 - kept) * utility(wages), 0.0)
    promised = stay + leave
    finite = np.isfinite(promised)  # ruin stays ruin: the wage at which utility ends
    worth = np.where(finite, utility.inverse(np.where(finite, promised, utility(1.0))), wages)
    worth = np.where(kept >= 1, wages + staying, np.where(kept <= 0, wages, worth))
    steps = np.flatnonzero(np.diff(worth)) + 1
    if 0 < steps.size <= FEW:
        return TieredContract(counts[steps], [worth[0], *worth[steps]])
    return WageSchedule(counts, worth)
