"""Monitors that count agreements: K agreements in n checks, each with probability A(e).

| monitor | a check is | A(e) | source |
|---|---|---|---|
| ExpertReview | label = expert's label | (1 + e·rho)/2 | arXiv 2502.06387 |
| SelfConsistency | two labels of one item agree | (1 + e²·kappa)/2 | arXiv 2502.06387 |
| GoldenQuestions | label = golden answer | (1 + e·abs(margin))/2 | arXiv 2505.19134 |
| ComparisonMode | the stronger model wins | (1 + e·(2·mu - 1))/2 | arXiv 2510.13830 |

Only the product of effort and signal (e·rho, e²·kappa, ...) is identified from one annotator's
checks: rho, kappa, margin and mu need calibration (`paygrade.assessment`).
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, gammaln, xlog1py, xlogy

from paygrade.arguments import misfits
from paygrade.errors import raise_problems
from paygrade.model.checks import count, share
from paygrade.model.monitor import Array, Monitor
from paygrade.model.unequal import poisson_binomial

REACH = 12.0  # standard deviations of a count that a sum over outcomes keeps on each side
NO_CHECKS = "checks nothing, so no rule can depend on it"


class CountingMonitor(Monitor):
    """K ~ Bin(n, A(e)); outcomes are counts 0..n and a cutoff k means "at least k agree"."""

    n: int

    @abstractmethod
    def accuracy(self, effort: ArrayLike) -> Array:
        """Return A(e), the probability that one check agrees."""

    @abstractmethod
    def accuracy_slope(self, effort: ArrayLike) -> Array:
        """Return A'(e)."""

    @abstractmethod
    def effort_at(self, accuracy: ArrayLike) -> Array:
        """Return the effort with that accuracy, clipped to [0, 1]."""

    @property
    def highest_effort(self) -> float:
        return 1.0

    @property
    def is_discrete(self) -> bool:
        return True

    @property
    def mean_bounds(self) -> tuple[float, float]:
        return 0.0, 1.0

    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        k, accuracy = np.ceil(cutoff), self.accuracy(effort)
        if k <= 0 or k > self.n:
            return np.full_like(accuracy, 1.0 if k <= 0 else 0.0)
        return np.asarray(betainc(k, self.n - k + 1.0, accuracy))

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        k, accuracy = np.ceil(cutoff), self.accuracy(effort)
        if k <= 0 or k > self.n:
            return np.full_like(accuracy, 0.0 if k <= 0 else 1.0)
        return np.asarray(betainc(self.n - k + 1.0, k, 1.0 - accuracy))

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        k, accuracy = np.ceil(cutoff), self.accuracy(effort)
        if k <= 0 or k > self.n:
            return np.zeros_like(accuracy)
        return np.asarray(self._density(k, accuracy) * self.accuracy_slope(effort))

    def fisher_information(self, effort: ArrayLike) -> Array:
        accuracy = self.accuracy(effort)
        with np.errstate(divide="ignore"):
            return np.asarray(self.accuracy_slope(effort) ** 2 / (accuracy * (1.0 - accuracy)))

    def mean_outcome(self, effort: ArrayLike) -> Array:
        return self.accuracy(effort)

    def probabilities(self, effort: float) -> tuple[Array, Array]:
        """Return the counts that matter, (m,), and their probabilities, (m,).

        Counts further than `REACH` standard deviations from the mean are left out; together they
        weigh less than 1e-30.
        """
        counts = self._counts_near(float(self.accuracy(effort)))
        weights = np.exp(self.log_density(counts, effort))
        return counts, weights / weights.sum()  # the sum is 1 up to the rounding of the logarithms

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        counts, accuracy = np.asarray(outcome, float), float(self.accuracy(effort))
        choices = log_choices(self.n)
        whole = counts.astype(int)
        logs = choices[whole] if whole.shape != choices.shape else choices  # all counts, in order
        with np.errstate(divide="ignore"):
            return np.asarray(logs + xlogy(counts, accuracy) + xlog1py(self.n - counts, -accuracy))

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        counts, accuracy = np.asarray(outcome, float), float(self.accuracy(effort))
        slope, failed = float(self.accuracy_slope(effort)), self.n - counts
        if accuracy >= 1.0:  # certain agreement: a single failure proves less effort
            return np.where(failed > 0, -np.inf, self.n * slope)
        return np.asarray(slope * (counts - self.n * accuracy) / (accuracy * (1.0 - accuracy)))

    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        counts = np.arange(self.n + 1.0)
        return counts, np.zeros_like(counts)

    def tail_slopes(self, effort: float) -> tuple[Array, Array]:
        """Return cutoffs k >= 1 that matter, (m,), and d/de P(K >= k) at each, (m,)."""
        accuracy = float(self.accuracy(effort))
        cutoffs = self._counts_near(accuracy)
        cutoffs = cutoffs[cutoffs >= 1.0]
        return cutoffs, self._density(cutoffs, accuracy) * float(self.accuracy_slope(effort))

    def _counts_near(self, accuracy: float) -> Array:
        reach = REACH * (1.0 + np.sqrt(self.n * accuracy * (1.0 - accuracy)))
        low = max(0, int(self.n * accuracy - reach))
        high = min(self.n, int(self.n * accuracy + reach) + 1)
        return np.arange(low, high + 1, dtype=float)

    def _density(self, cutoff: ArrayLike, accuracy: ArrayLike) -> Array:
        """Return d/dA P(K >= k), the Beta(k, n - k + 1) density at A."""
        k, accuracy = np.asarray(cutoff, float), np.asarray(accuracy, float)
        logs = xlogy(k - 1.0, accuracy) + xlog1py(self.n - k, -accuracy)
        return np.asarray(np.exp(logs - betaln(k, self.n - k + 1.0)))

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        target = (np.ceil(cutoff) - 0.5) / self.n
        spread = z**2 / self.n  # Wilson's interval: the shares p with (np - k)/sd(p) = z
        middle = (target + spread / 2.0) / (1.0 + spread)
        half = np.sqrt(np.maximum(target * (1.0 - target) * spread + spread**2 / 4.0, 0.0))
        return self.effort_at(middle + np.sign(z) * half / (1.0 + spread))

    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        accuracy = self.accuracy(effort)
        deviation = np.sqrt(self.n * accuracy * (1.0 - accuracy))
        cutoff = np.ceil(self.n * accuracy - np.asarray(z, float) * deviation)
        return np.asarray(np.clip(cutoff, 1, self.n))


@lru_cache(maxsize=4)
def log_choices(n: int) -> Array:
    """Return log C(n, k) for every count k, (n + 1,)."""
    counts = np.arange(n + 1.0)
    logs = gammaln(counts + 1.0)
    return np.asarray(logs[-1] - logs - logs[::-1])


class AffineMonitor(CountingMonitor):
    """Accuracy affine in effort: A(e) = (1 + e·signal)/2."""

    @property
    @abstractmethod
    def signal(self) -> float:
        """Excess agreement 2A - 1 of a fully attentive annotator, in (0, 1]."""

    @property
    def keeps_concavity(self) -> bool:
        return True  # d²/de² E[v(K)] is a mean of second differences of v, times A' products

    def accuracy(self, effort: ArrayLike) -> Array:
        return np.asarray(0.5 + 0.5 * self.signal * np.asarray(effort, float))

    def accuracy_slope(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), 0.5 * self.signal)

    def effort_at(self, accuracy: ArrayLike) -> Array:
        return np.clip((2.0 * np.asarray(accuracy, float) - 1.0) / self.signal, 0.0, 1.0)


@dataclass(frozen=True)
class ExpertReview(AffineMonitor):
    """n labels compared with an expert's; rho = E[annotator's margin x expert's margin].

    >>> monitor = ExpertReview(n=100, rho=0.8)
    >>> monitor.accuracy(1.0).item(), round(monitor.fisher_information(0.7).item(), 4)
    (0.9, 0.9324)
    """

    n: int
    rho: float

    def __post_init__(self) -> None:
        raise_problems(
            count("n", self.n, NO_CHECKS)
            + share("rho", self.rho, "says that experts and annotators share nothing")
        )

    @property
    def signal(self) -> float:
        return self.rho


@dataclass(frozen=True)
class ComparisonMode(AffineMonitor):
    """n comparisons of a stronger with a weaker model; mu is the stronger's attentive win rate."""

    n: int
    mu: float

    def __post_init__(self) -> None:
        problems = count("n", self.n, NO_CHECKS) + share("mu", self.mu, "is no win rate")
        if not problems and not self.mu > 0.5:
            text = f"mu={self.mu!r}: at or below 1/2 a comparison tells nothing (one model twice?)"
            problems = [f"{text}; compare models with mu above 1/2"]
        raise_problems(problems)

    @property
    def signal(self) -> float:
        return 2.0 * self.mu - 1.0


@dataclass(frozen=True)
class SelfConsistency(CountingMonitor):
    """n items labelled twice by the same annotator; kappa = E[margin²]."""

    n: int
    kappa: float

    def __post_init__(self) -> None:
        raise_problems(
            count("n", self.n, NO_CHECKS)
            + share("kappa", self.kappa, "says that labels are coin flips at any effort")
        )

    def accuracy(self, effort: ArrayLike) -> Array:
        return np.asarray(0.5 + 0.5 * self.kappa * np.asarray(effort, float) ** 2)

    def accuracy_slope(self, effort: ArrayLike) -> Array:
        return np.asarray(self.kappa * np.asarray(effort, float))

    def effort_at(self, accuracy: ArrayLike) -> Array:
        excess = np.clip((2.0 * np.asarray(accuracy, float) - 1.0) / self.kappa, 0.0, 1.0)
        return np.asarray(np.sqrt(excess))


@dataclass(frozen=True)
class GoldenQuestions(AffineMonitor):
    """n questions with known answers and known margin; one margin for all, or n of them.

    With n different margins the count is Poisson-binomial; its law is computed by exact
    convolution (all terms positive, so tails keep their relative accuracy).

    >>> GoldenQuestions(n=2, margin=[1.0, 0.5]).pass_probability(2, 1.0).item()
    0.75
    """

    n: int
    margin: float | Sequence[float]

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        given = np.atleast_1d(np.asarray(self.margin, float))
        problems = count("n", self.n, NO_CHECKS)
        for value in sorted(set(np.abs(given).tolist())):
            problems += share("abs(margin)", value, "tells nothing about effort")
        if given.size not in (1, self.n):
            problems.append(
                f"margin has {given.size} values for n={self.n} questions; give one margin for all"
                " or one for each"
            )
        raise_problems(problems)
        margins = tuple(np.abs(given).tolist())
        equal = len(set(margins)) == 1
        object.__setattr__(self, "margin", margins[0] if equal else margins)

    @property
    def equal_margins(self) -> bool:
        """Whether the count is binomial."""
        return isinstance(self.margin, float)

    @property
    def all_margins(self) -> tuple[float, ...]:
        """One margin for each of the n questions."""
        margins = self.margin
        return (margins,) * self.n if isinstance(margins, float) else tuple(margins)

    @property
    def signal(self) -> float:
        return float(np.mean(self.margin))

    # The count is binomial only where all margins are equal; else each law below is the mixed one.
    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        if self.equal_margins:
            return super().pass_probability(cutoff, effort)
        law, _ = poisson_binomial(self.all_margins, effort)
        return np.asarray(law[..., self._count(cutoff) :].sum(axis=-1))

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        if self.equal_margins:
            return super().fail_probability(cutoff, effort)
        law, _ = poisson_binomial(self.all_margins, effort)
        return np.asarray(law[..., : self._count(cutoff)].sum(axis=-1))

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        if self.equal_margins:
            return super().pass_slope(cutoff, effort)
        _, slopes = poisson_binomial(self.all_margins, effort)
        return np.asarray(slopes[..., self._count(cutoff)])

    def probabilities(self, effort: float) -> tuple[Array, Array]:
        if self.equal_margins:
            return super().probabilities(effort)
        law, _ = poisson_binomial(self.all_margins, effort)
        return np.arange(self.n + 1.0), law

    def tail_slopes(self, effort: float) -> tuple[Array, Array]:
        if self.equal_margins:
            return super().tail_slopes(effort)
        _, slopes = poisson_binomial(self.all_margins, effort)
        return np.arange(1.0, self.n + 1.0), slopes[1:-1]

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        if self.equal_margins:
            return super().log_density(outcome, effort)
        law, _ = poisson_binomial(self.all_margins, effort)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(law)[np.asarray(outcome).astype(int)])

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        if self.equal_margins:
            return super().score(outcome, effort)
        law, tail_slopes = poisson_binomial(self.all_margins, effort)
        slopes = -np.diff(tail_slopes)  # P(K = k) is P(K >= k) - P(K >= k + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.where(law > 0, slopes / law, -np.inf)
        return np.asarray(score[np.asarray(outcome).astype(int)])

    def fisher_information(self, effort: ArrayLike) -> Array:
        """Return the mean information of one question, E[margin²/(1 - e²margin²)]."""
        squares = np.asarray(self.all_margins) ** 2
        with np.errstate(divide="ignore"):
            return np.asarray(
                np.mean(squares / (1.0 - np.multiply.outer(np.square(effort), squares)), axis=-1)
            )

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        return super().transition_efforts(cutoff, z) if self.equal_margins else np.empty(0)

    def _count(self, cutoff: float) -> int:
        return int(np.clip(np.ceil(cutoff), 0, self.n + 1))
