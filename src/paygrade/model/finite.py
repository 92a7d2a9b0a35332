"""Monitors with finitely many outcomes of any kind: grades, reports, bands of a score."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from paygrade.arguments import misfits
from paygrade.errors import raise_problems
from paygrade.model.monitor import Array, Monitor

SUM_ERROR = 1e-9


class FiniteMonitor(Monitor):
    """A law p(x|e) on the increasing `outcomes`, (m,)."""

    outcomes: Sequence[float]

    @property
    def is_discrete(self) -> bool:
        return True

    @property
    def mean_bounds(self) -> tuple[float, float]:
        return self.outcomes[0], self.outcomes[-1]

    @abstractmethod
    def law(self, effort: float) -> Array:
        """Return the probabilities of the outcomes, (m,)."""

    @abstractmethod
    def law_slope(self, effort: float) -> Array:
        """Return d/de of the probabilities, (m,); nan where effort has only levels."""

    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        passed = np.asarray(self.outcomes) >= cutoff
        return self._each(effort, lambda e: float(self.law(e)[passed].sum()))

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        failed = np.asarray(self.outcomes) < cutoff
        return self._each(effort, lambda e: float(self.law(e)[failed].sum()))

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        passed = np.asarray(self.outcomes) >= cutoff
        return self._each(effort, lambda e: float(self.law_slope(e)[passed].sum()))

    def mean_outcome(self, effort: ArrayLike) -> Array:
        return self._each(effort, lambda e: float(self.law(e) @ np.asarray(self.outcomes)))

    def fisher_information(self, effort: ArrayLike) -> Array:
        def information(e: float) -> float:
            law, slope = self.law(e), self.law_slope(e)
            with np.errstate(divide="ignore", invalid="ignore"):
                return float(np.where(slope == 0.0, 0.0, slope**2 / law).sum())

        return self._each(effort, information)

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        return np.empty(0)

    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        outcomes = np.asarray(self.outcomes)
        return np.asarray(outcomes, float)  # few enough to try them all

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.law(effort))[self._places(outcome)])

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        law, slope = self.law(effort), self.law_slope(effort)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.where(slope == 0.0, 0.0, slope / law)
        return np.asarray(score[self._places(outcome)])

    def density_slope(self, outcome: ArrayLike, effort: float) -> Array:
        return np.asarray(self.law_slope(effort)[self._places(outcome)])

    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        outcomes = np.asarray(self.outcomes, float)
        return outcomes, np.zeros_like(outcomes)

    def _places(self, outcome: ArrayLike) -> Array:
        places = np.searchsorted(self.outcomes, np.asarray(outcome, float), side="right") - 1
        return np.maximum(places, 0)

    def _each(self, effort: ArrayLike, function: Callable[[float], float]) -> Array:
        efforts = np.asarray(effort, float)
        return np.array([function(float(e)) for e in efforts.ravel()]).reshape(efforts.shape)


@dataclass(frozen=True)
class SpanningMonitor(FiniteMonitor):
    """Effort mixes two laws: p(x|e) = (1 - e)·low(x) + e·high(x) (Hart and Holmström 1987).

    The agent's expected utility is linear in effort whatever the contract, so with a convex cost
    local incentive compatibility is global.

    >>> SpanningMonitor(low=[0.6, 0.4], high=[0.2, 0.8]).pass_probability(1, 0.5).item()
    0.6000000000000001
    """

    low: Sequence[float]
    high: Sequence[float]
    outcomes: Sequence[float] = field(default=())

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        problems = []
        for name in ("low", "high"):
            law = np.asarray(getattr(self, name), float)
            object.__setattr__(self, name, tuple(law.tolist()))
            if not (np.isfinite(law).all() and (law >= 0).all() and law.ndim == 1):
                problems.append(f"{name} holds a negative or missing probability")
            elif abs(law.sum() - 1.0) > SUM_ERROR:
                problems.append(f"{name} sums to {law.sum():.10g}, so it is no law")
        given = self.outcomes if len(self.outcomes) else range(len(self.low))
        object.__setattr__(self, "outcomes", tuple(float(x) for x in given))
        if not len(self.low) == len(self.high) == len(self.outcomes):
            problems.append("low, high and outcomes differ in length; give one number per outcome")
        if not all(np.diff(self.outcomes) > 0):
            problems.append("outcomes do not increase; list each once, in order")
        raise_problems(problems)

    @property
    def highest_effort(self) -> float:
        return 1.0

    def law(self, effort: float) -> Array:
        low, high = np.asarray(self.low), np.asarray(self.high)
        return np.asarray((1.0 - effort) * low / low.sum() + effort * high / high.sum())

    def law_slope(self, effort: float) -> Array:
        low, high = np.asarray(self.low), np.asarray(self.high)
        return np.asarray(high / high.sum() - low / low.sum())
