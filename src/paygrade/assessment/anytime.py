"""Watching an annotator after every answer, with error rates that continuous looking can't spoil.

A fixed-n interval or test is wrong if it is looked at again and again: sooner or later it errs.
These two may be looked at after every answer and acted on at any moment, however it is chosen.

**Confidence sequence.** For a share p of right answers let M(p) be the likelihood of the answers
under a Beta(a, b) mixture of shares over their likelihood under p,

    M(p) = B(a + k, b + n - k) / (B(a, b)·p^k·(1-p)^(n-k)),   k right of n.

One more answer multiplies it by (mixture's predictive probability of that answer)/(p's), whose mean
under p is Σ p(x)·q(x)/p(x) = 1. So M(p) is a martingale that starts at 1 and is never negative, and
by Ville's inequality P(M(p) >= 1/α at any time) <= α. The set {p: M(p) < 1/α} holds the true p at
all times at once with probability 1 - α. log M is convex in p, so the set is an interval.

**E-process** against "accuracy >= s". Mix over q < s the likelihood ratios of q to s:

    E = ∫ (q/s)^k ((1-q)/(1-s))^(n-k) Beta(q; a, b) dq / P(q < s),  q from 0 to s,
      = B(a+k, b+n-k)·I_s(a+k, b+n-k) / (B(a, b)·I_s(a, b)·s^k·(1-s)^(n-k)).

At accuracy p an answer multiplies the ratio by p·q/s + (1-p)(1-q)/(1-s) on average: linear in p, 1
at p = s and falling, as q < s. So E is a supermartingale for every p >= s, and P(E >= 1/α at any
time) <= α. Nothing here asks p to stay the same: it is enough that it never falls below s given the
past.

Sources: Ville 1939; Robbins 1970, Annals of Mathematical Statistics 41 (mixtures); Howard, Ramdas,
McAuliffe and Sekhon 2021, Annals of Statistics 49. Both identities are tested by exact summation.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaln, log1p, xlog1py, xlogy

from paygrade.arguments import checked_arguments, misfits
from paygrade.assessment.intervals import check_level
from paygrade.errors import DataError, raise_problems
from paygrade.model.counting import CountingMonitor

Array = NDArray[np.float64]

PRIOR = (1.0, 1.0)  # Beta weights of the mixture; uniform
HALVINGS = 60
SMALLEST = 1e-290  # a regularised beta function below this is summed in logs


@checked_arguments
def confidence_sequence(
    agreed: ArrayLike,
    checked: ArrayLike,
    level: float = 0.95,
    *,
    monitor: CountingMonitor | None = None,
    prior: tuple[float, float] = PRIOR,
) -> tuple[Array, Array]:
    """Return an interval of the share that agrees which may be looked at after every answer.

    With probability `level` the intervals of *all* n hold the true share, so their intersection
    over time does too. At one n it is wider than the exact interval of `assess`: that is the price
    of looking at any time. No checks: (0, 1). Source and proof: this module's docstring.

    Arguments:
        agreed: how many agree so far, any shape; one entry a worker, or a moment.
        checked: of how many, same shape.
        level: confidence.
        monitor: to get efforts instead of shares: the ends go through its A⁻¹, clipped to [0, 1].
        prior: a and b of the mixture, chosen before looking; (9, 1) is sharper around .9.

    Returns:
        Both ends, in the shape of `agreed`.

    Raises:
        ModelError: level or prior make no sense.
        DataError: counts that are none.

    >>> low, high = confidence_sequence([9, 90, 900], [10, 100, 1000])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.455, 0.772, 0.862], [1.0, 0.971, 0.931])
    """
    raise_problems(check_level(level) + _prior_problems(prior))
    k, n = np.broadcast_arrays(np.asarray(agreed, float), np.asarray(checked, float))
    whole = (k == np.floor(k)) & (n == np.floor(n)) & np.isfinite(n)
    if not bool(np.all((k >= 0) & (k <= n) & whole)):
        raise DataError(
            "agreed has entries that are no counts up to checked; give whole numbers, right answers"
            " first and all answers second"
        )
    limit = -math.log1p(-level)
    middle = np.where(n > 0, k / np.maximum(n, 1.0), 0.5)
    low = _edge(k, n, middle, np.zeros_like(middle), limit, prior)
    high = _edge(k, n, middle, np.ones_like(middle), limit, prior)
    low, high = np.where(k == 0, 0.0, low), np.where(k == n, 1.0, high)
    if monitor is None:
        return low, high
    return monitor.effort_at(low), monitor.effort_at(high)


def log_mixture_ratio(
    agreed: ArrayLike, checked: ArrayLike, share: ArrayLike, prior: tuple[float, float] = PRIOR
) -> Array:
    """Return log M(share), the martingale of this module's docstring; inputs broadcast."""
    k, n, p = np.asarray(agreed, float), np.asarray(checked, float), np.asarray(share, float)
    a, b = prior
    with np.errstate(divide="ignore"):
        under = xlogy(k, p) + xlog1py(n - k, -p)
    return np.asarray(betaln(a + k, b + n - k) - betaln(a, b) - under)


def log_e_value(
    agreed: ArrayLike, checked: ArrayLike, standard: float, prior: tuple[float, float] = PRIOR
) -> Array:
    """Return log E against "accuracy >= standard", this module's docstring; inputs broadcast."""
    k, n = np.broadcast_arrays(np.asarray(agreed, float), np.asarray(checked, float))
    a, b = prior
    tail = _log_betainc(a + k, b + n - k, standard)
    start = _log_betainc(np.asarray(a), np.asarray(b), standard)
    return log_mixture_ratio(k, n, standard, prior) + tail - start


@dataclass
class AnytimeMonitor:
    """One annotator watched against a standard, answer by answer.

    Stop whenever `alarm` is up: an annotator whose accuracy never falls below the standard ever
    raises it with probability at most `alpha`, however long and however often one looks. For many
    annotators divide alpha by their number, or hand the e-values to e-BH.

    Arguments:
        standard: the accuracy that is asked for, in (0, 1): `monitor.accuracy(effort)`.
        alpha: accepted probability of ever alarming on somebody who meets it.
        prior: a and b of the mixture over the accuracies below the standard.

    Attributes:
        agreed, checked: counts so far.
        peak: log of the largest e-value so far.
        alarm_at: how many answers were in when the alarm went up; None while it hasn't.

    Raises:
        ModelError: an argument makes no sense.

    >>> watch = AnytimeMonitor(standard=0.9)
    >>> watch.update([True, False, True, False]).alarm
    False
    >>> watch.update([False, True, True]).alarm_at, round(watch.e_value, 2)
    (5, 6.02)
    """

    standard: float
    alpha: float = 0.05
    prior: tuple[float, float] = PRIOR
    agreed: int = field(default=0, init=False)
    checked: int = field(default=0, init=False)
    peak: float = field(default=0.0, init=False)
    alarm_at: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        problems = _prior_problems(self.prior)
        problems += [
            f"{name}={value!r} is no {what}; give a number between 0 and 1"
            for name, value, what in (
                ("standard", self.standard, "standard that somebody could miss or meet"),
                ("alpha", self.alpha, "probability of a false alarm"),
            )
            if not 0.0 < value < 1.0
        ]
        raise_problems(problems)

    def update(self, answers: bool | Iterable[bool]) -> "AnytimeMonitor":
        """Take in answers, right or not, in the order they came; return the monitor itself.

        Raises:
            DataError: an answer is neither right (True, 1) nor wrong (False, 0).
        """
        given = np.atleast_1d(np.asarray(answers if np.ndim(answers) == 0 else list(answers)))  # type: ignore[arg-type]
        if not given.size:
            return self
        if not np.isin(given, (0, 1)).all():
            raise DataError(
                f"answers hold {given[~np.isin(given, (0, 1))][0]!r}, which is neither right nor"
                " wrong; give True or False for each answer"
            )
        right = self.agreed + np.cumsum(given.astype(int))
        seen = self.checked + np.arange(1, given.size + 1)
        logs = log_e_value(right, seen, self.standard, self.prior)
        over = np.flatnonzero(logs >= -math.log(self.alpha))
        if self.alarm_at is None and over.size:
            self.alarm_at = int(seen[over[0]])
        self.peak = max(self.peak, float(logs.max()))
        self.agreed, self.checked = int(right[-1]), int(seen[-1])
        return self

    @property
    def alarm(self) -> bool:
        """Whether the e-value ever reached 1/alpha."""
        return self.alarm_at is not None

    @property
    def e_value(self) -> float:
        """Evidence against the standard now; its mean is at most 1 whenever one stops."""
        log = float(log_e_value(self.agreed, self.checked, self.standard, self.prior))
        return math.exp(log) if log < 700.0 else math.inf

    @property
    def p_value(self) -> float:
        """One over the largest e-value so far: P(p_value <= x at any time) <= x."""
        return math.exp(-max(self.peak, 0.0))

    @property
    def interval(self) -> tuple[float, float]:
        """The share's confidence sequence now, at level 1 - alpha."""
        low, high = confidence_sequence(self.agreed, self.checked, 1.0 - self.alpha)
        return float(low), float(high)


def _edge(
    k: Array, n: Array, inside: Array, outside: Array, limit: float, prior: tuple[float, float]
) -> Array:
    """Return where log M crosses the limit between the likeliest share and an end, by halving.

    What is returned lies outside of the set, or on its edge up to 2^-60.
    """
    for _ in range(HALVINGS):
        middle = 0.5 * (inside + outside)
        kept = log_mixture_ratio(k, n, middle, prior) < limit
        inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
    return outside


def _log_betainc(a: Array, b: Array, x: float) -> Array:
    """Return the log of the regularised incomplete beta function, also where it underflows."""
    value = np.asarray(betainc(a, b, x))
    with np.errstate(divide="ignore"):
        logs = np.array(np.log(value))
    small = value < SMALLEST
    if not small.any():
        return np.asarray(logs)
    # x^a (1-x)^b/(a B(a, b))·(1 + Σ_j Π (a+b+i)/(a+1+i) x); so far out its terms fall at once
    a, b = np.broadcast_to(a, logs.shape)[small], np.broadcast_to(b, logs.shape)[small]
    total, term, j = np.ones_like(a), np.ones_like(a), 0
    while (term > 1e-17 * total).any():
        term = term * x * (a + b + j) / (a + 1.0 + j)
        total, j = total + term, j + 1
    logs[small] = a * math.log(x) + b * log1p(-x) - np.log(a) - betaln(a, b) + np.log(total)
    return np.asarray(logs)


def _prior_problems(prior: tuple[float, float]) -> list[str]:
    if all(0.0 < weight < math.inf for weight in prior):
        return []
    return [f"prior={prior!r} is no Beta law; give two finite numbers above 0"]
