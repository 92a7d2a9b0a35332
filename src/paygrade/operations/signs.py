"""Signs that a scheme is going wrong, each with a p-value and a sentence.

| sign | what would explain it | null hypothesis | p-value |
|---|---|---|---|
| falling | disengagement, confusion | a worker's checks come in random order | exact |
| low | rule out of line with ability | half of the payments are for work as designed | exact |
| uneven | annotators or batches differ | all agree equally often | simulated |
| high | leaked keys, recalled repeats | nobody beats careful work | exact |

Four questions are asked at once, so p-values are adjusted by Holm's method, and a sign is raised
where the adjusted one is at most 5 %. `high` asks once for each worker and once for all of them,
and `falling` names workers, by Holm's method too. A sign is a reason to look, never to withhold
pay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc
from scipy.stats import hypergeom

from paygrade.arguments import checked_arguments
from paygrade.errors import DataError
from paygrade.operations.layout import stream
from paygrade.operations.rule import PayRule
from paygrade.operations.sign import RAISED, Sign, holm
from paygrade.operations.work import Work

Array = NDArray[np.float64]

DRAWS = 1999  # simulated pay days behind a p-value; the smallest it can be is 1/2000


@checked_arguments
def find_signs(works: Sequence[Work], rule: PayRule) -> list[Sign]:
    """Ask the four questions of finished work; every batch has `rule.checks` checks.

    Raises:
        DataError: there is no work to ask.
    """
    if not len(works):
        raise DataError("works=[] is no finished work, so nothing can be asked; give a batch")
    signs = [falling(works), low(works, rule), uneven(works, rule), high(works, rule)]
    asked = [sign for sign in signs if sign.p_value is not None]
    adjusted = holm([sign.p_value or 0.0 for sign in asked])
    by_name = {sign.name: float(p) for sign, p in zip(asked, adjusted, strict=True)}
    return [replace(sign, adjusted=by_name.get(sign.name)) for sign in signs]


def falling(works: Sequence[Work]) -> Sign:
    """Ask whether agreement falls from the first to the second half of what each worker saw.

    Repeats are asked as well where the rule counts something else. Under the null hypothesis the
    order of a worker's checks of one kind tells nothing, as their places were drawn at random. Then
    the agreements in the second half are hypergeometric, given those of both halves, independently
    over workers and kinds: the law of their sum is an exact convolution.
    """
    laws: dict[str, tuple[Array, int]] = {}  # worker -> law of agreements late, and how many
    ends = np.zeros((2, 2), int)  # agreements and checks, early and late
    for bits in (_bits(works), _bits(works, "repeats")):
        for worker, each in bits.items():
            middle = len(each) // 2
            if middle:
                early, late = sum(each[:middle]), sum(each[middle:])
                law, observed = laws.get(worker, (np.ones(1), 0))
                own = _late_law(early + late, middle, len(each) - middle)
                laws[worker] = np.convolve(law, own), observed + late
                ends += [[early, middle], [late, len(each) - middle]]
    if not laws:
        return Sign("falling", None, "Nobody has two checks, so no trend could be looked for.")
    together = np.ones(1)
    for law, _ in laws.values():
        together = np.convolve(together, law)
    p_value = float(min(1.0, together[: ends[1, 0] + 1].sum()))
    alone = {worker: float(law[: late + 1].sum()) for worker, (law, late) in laws.items()}
    first, second = ends[:, 0] / ends[:, 1]
    return Sign(
        "falling",
        p_value,
        f"Agreement went from {100 * first:.1f} % in the first half of the checks to"
        f" {100 * second:.1f} % in the"
        f" second; a fall like this happens by chance with p = {p_value:.2g}.",
        _named(alone),
    )


def low(works: Sequence[Work], rule: PayRule) -> Sign:
    """Ask whether even half of the payments can be for work as the rule expects.

    Work as designed earns at least its median payment m with a known probability q >= 1/2. If at
    least half of the B payments are for such work, the number that reach m is at least
    Bin(B/2, q) in distribution, whatever the others do: a few who shirk can't raise this sign.
    """
    law = rule.law(rule.expected)
    payments = rule.payments
    order = np.argsort(payments, kind="stable")
    median = payments[order][np.searchsorted(np.cumsum(law[order]), 0.5)]
    chance = float(law[payments >= median].sum())
    reached = sum(bool(payments[work.agreed] >= median) for work in works)
    half = (len(works) + 1) // 2
    p_value = float(bdtr(min(reached, half), half, min(chance, 1.0)))
    earned, hoped = np.mean([payments[w.agreed] for w in works]), rule.expected_pay(rule.expected)
    return Sign(
        "low",
        p_value,
        f"Batches earned {earned:.2f} on average, where work as designed earns {hoped:.2f};"
        f" {reached} of {len(works)} reached {median:.2f}, as work as designed does with"
        f" probability {100 * chance:.1f} %. If at least half of them were such work, so few"
        f" would have p = {p_value:.2g}.",
    )


def uneven(works: Sequence[Work], rule: PayRule) -> Sign:
    """Ask whether workers' agreement varies more than equal annotators' would by luck.

    The statistic is Pearson's chi-squared over workers; its law is simulated with the common share
    put in for the unknown one (the statistic hardly depends on it), from a fixed seed.
    """
    bits = _bits(works)
    checked = np.array([len(each) for each in bits.values()], float)
    agreed = np.array([sum(each) for each in bits.values()], float)
    share = agreed.sum() / checked.sum()
    if len(bits) < 2 or share in (0.0, 1.0):
        why = "There is one annotator" if len(bits) < 2 else "All checks came out alike"
        return Sign("uneven", None, f"{why}, so there is no spread that could be compared.")
    observed = float(_chi_squared(agreed[None, :], checked)[0])
    simulated = _chi_squared(_equal_annotators(checked, share), checked)
    p_value = float((1 + np.sum(simulated >= observed * (1 - 1e-12))) / (1 + DRAWS))
    paid = np.array([rule.payments[work.agreed] for work in works])
    law = rule.law(share)
    mean = rule.expected_pay(float(share))
    noise = float(np.sqrt(law @ (rule.payments - mean) ** 2))
    return Sign(
        "uneven",
        p_value,
        f"Workers' agreement varies {observed / (len(bits) - 1):.2f} times as much as luck makes"
        f" that of equal annotators vary (p = {p_value:.2g}); payments have a standard deviation of"
        f" {paid.std():.2f}, of which luck explains {noise:.2f}.",
    )


def high(works: Sequence[Work], rule: PayRule) -> Sign:
    """Ask whether anybody, or all together, agree more often than fully careful work does."""
    if rule.careful >= 1.0:
        why = "Careful work agrees always by this rule, so nobody can do better than that."
        return Sign("high", None, why)
    bits = _bits(works)
    alone = {worker: _at_least(sum(each), len(each), rule.careful) for worker, each in bits.items()}
    agreed, checked = sum(map(sum, bits.values())), sum(map(len, bits.values()))
    together = _at_least(agreed, checked, rule.careful)
    least = float(holm(list(alone.values())).min())
    p_value = min(1.0, 2.0 * min(together, least))
    named = _named(alone)
    return Sign(
        "high",
        p_value,
        f"{agreed} of {checked} checks agree ({100 * agreed / checked:.1f} %), where fully"
        " careful work"
        f" agrees in {100 * rule.careful:.1f} %; so much, together or by one annotator, has"
        f" p = {p_value:.2g}.",
        named,
    )


def _bits(works: Sequence[Work], kind: str = "checks") -> Mapping[str, list[bool]]:
    """Return each worker's checks in the order seen: by batch, then by place."""
    bits: dict[str, list[bool]] = {}
    for work in sorted(works, key=lambda each: each.batch):
        bits.setdefault(work.worker, []).extend(check.agrees for check in getattr(work, kind))
    return bits


def _late_law(agreed: int, n_early: int, n_late: int) -> Array:
    """Return the law of how many of all agreements fall into the second half, (m,)."""
    counts = np.arange(min(agreed, n_late) + 1)
    return np.asarray(hypergeom.pmf(counts, n_early + n_late, agreed, n_late))


def _at_least(agreed: int, checked: int, accuracy: float) -> float:
    return float(bdtrc(agreed - 1, checked, accuracy)) if agreed > 0 else 1.0


def _chi_squared(agreed: Array, checked: Array) -> Array:
    """Return Pearson's statistic of each row of counts, (draws, workers) -> (draws,)."""
    share = agreed.sum(axis=1, keepdims=True) / checked.sum()
    variance = checked * share * (1.0 - share)
    squares = (agreed - checked * share) ** 2
    each = np.divide(squares, variance, out=np.zeros_like(squares), where=variance > 0)
    return np.asarray(each.sum(axis=1))


def _equal_annotators(checked: Array, share: float) -> Array:
    """Return simulated agreements of annotators who all agree with one share, (draws, workers)."""
    draw = stream(0, "uneven")
    drawn = np.empty((DRAWS, checked.size))
    for n in np.unique(checked):
        mine = np.flatnonzero(checked == n)
        below = np.asarray(bdtr(np.arange(n), int(n), share))  # P(K <= k), k = 0..n-1
        uniform = np.array([draw.random() for _ in range(DRAWS * mine.size)])
        drawn[:, mine] = np.searchsorted(below, uniform, side="right").reshape(DRAWS, mine.size)
    return drawn


def _named(alone: Mapping[str, float]) -> tuple[str, ...]:
    """Return the workers whose own p-value stands after Holm's adjustment over workers."""
    adjusted = holm(list(alone.values()))
    return tuple(w for w, p in zip(alone, adjusted, strict=True) if p <= RAISED)
