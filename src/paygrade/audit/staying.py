"""A ban as a punishment: the chance to be kept at each count, and pay with it counted in.

Given that k of the n answers of a batch are right, every order of them is equally probable,
whatever the annotator's accuracy. So the chance of surviving a banning rule depends on effort only
through the count, and a ban is a wage like any other: with `kept[k]` the chance and V what staying
is worth in money, the annotator is promised

    kept[k]·u(w(k) + V) + (1 - kept[k])·u(w(k))

at count k. `perceived_contract` pays the certain wage with that utility. Best responses to it are
best responses to pay and ban together, and `certify` proves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import hypergeom

from paygrade.agent.earning import wages_of
from paygrade.errors import ModelError
from paygrade.model.contract import Contract, TieredContract, WageSchedule
from paygrade.model.counting import CountingMonitor
from paygrade.model.utility import Utility
from paygrade.planning.operating import is_exact, operating_curve
from paygrade.planning.rules import BanRule

Array = NDArray[np.float64]

LONGEST = 1000  # answers; 2^-n must stay a number
STRETCH = 10  # times the answers of its first look: how long a rule across batches is followed
CELLS = 20_000_000  # of the table (memories x counts) that is kept
FEW = 6  # steps of pay that are worth a tiered contract, whose every jump is looked at


@dataclass(frozen=True)
class Bans:
    """How often a rule bans: in a batch begun with no record, or in several that it looks across.

    A rule that looks back further than a batch bans for what was answered in earlier ones too, so
    its chance depends on effort not only through this batch's count: it is no part of one batch's
    pay, and is counted over `batches` at one effort throughout.

    Attributes:
        rule: the banning rule.
        checks: in each batch.
        kept: chance to be kept at each count of a batch, (checks + 1,); None for several batches.
        batches: that the chances of a ban are about.
    """

    rule: BanRule
    checks: int
    kept: Array | None
    batches: int = 1

    @classmethod
    def of(cls, rule: BanRule, checks: int) -> "Bans":
        """Return the bans of `rule` where each batch has so many checks."""
        if rule.first <= checks:
            return cls(rule, checks, kept_chances(rule, checks))
        answers = STRETCH * rule.first if rule.repeated else rule.first
        return cls(rule, checks, None, -(-answers // checks))

    def chances(self, monitor: CountingMonitor, efforts: Sequence[float]) -> list[float]:
        """Return the probability of a ban at each effort."""
        if self.kept is not None:
            return [self._in_a_batch(monitor, each) for each in efforts]
        shares = [float(monitor.accuracy(each)) for each in efforts]
        curve = operating_curve(self.rule, shares, answers=self.batches * self.checks)
        return [float(each) for each in curve.table["banned"]]

    def _in_a_batch(self, monitor: CountingMonitor, effort: float) -> float:
        assert self.kept is not None  # noqa: S101  (asked above)
        counts, probability = monitor.probabilities(effort)
        return float(np.clip(probability @ (1.0 - self.kept[counts.astype(int)]), 0.0, 1.0))


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
            f" {n} checks, so what bans is not this batch's count alone; count more checks, or see"
            " operating_curve for bans over many batches"
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

    Rows are memories: whole numbers whose bits say which of the last answers were wrong. Columns
    count the wrong answers so far, which stay few among those who are kept. Whoever has too many
    wrong in what the first look will see is lost already.
    """
    window = int(ban.window or 1)
    full = (1 << window) - 1
    masks, law = np.zeros(1, np.int64), np.ones((1, 1))
    forget = ban.first - ban.seen(ban.first)  # answers before those that the first look sees
    for t in range(1, n + 1):
        if t <= forget:
            law = 0.5 * (_widened(law) + _widened(law, wrong=1))
            continue
        shifted = (masks << 1) & full
        arrivals = np.concatenate([shifted, shifted | 1])
        stays = np.bitwise_count(arrivals) <= ban.allowed(max(t, ban.first))
        masks, place = np.unique(arrivals[stays], return_inverse=True)
        if masks.size * (law.shape[1] + 1) > CELLS:
            raise ModelError(f"{ban}: too many memories to follow; take fewer checks a batch")
        arrived = np.concatenate([_widened(law), _widened(law, wrong=1)])[stays]
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(masks.size))
        law = 0.5 * np.add.reduceat(arrived[order], starts, axis=0)
        law = law[:, : 1 + int(np.flatnonzero(law.any(axis=0))[-1])]
    survived = np.zeros(n + 1)
    survived[n - np.arange(law.shape[1])] = law.sum(axis=0)
    return survived


def _widened(law: Array, wrong: int = 0) -> Array:
    """Return the law with one more column, after one more answer that was wrong or not."""
    return np.pad(law, ((0, 0), (wrong, 1 - wrong)))


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
