"""The law of an outcome from its expression: a list of points, counts without end, a continuum."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from paygrade.errors import NotConverged
from paygrade.model.finite import FiniteMonitor
from paygrade.model.monitor import Array, Monitor
from paygrade.model.symbolic_compile import CompiledDensity, compiled
from paygrade.model.symbolic_nodes import FAINT, integration_nodes

MASS_ERROR = 1e-10
MOST_COUNTS = 2**20
BLOCK = 64  # counts looked at first; doubled until the tail is faint


class ListedLaw(FiniteMonitor):
    """Masses at finitely many outcomes, each an expression in effort alone.

    With numbers for outcomes, e^x at e = 0 and its slope are what they should be, not 0/0.
    """

    def __init__(self, pdf: Any, outcome: Any, effort: Any, points: Sequence[Any]) -> None:
        import sympy

        self.outcomes = tuple(float(x) for x in points)
        masses = [pdf.subs(outcome, x) for x in points]
        place = sympy.Dummy()  # `compiled` wants an outcome, which is in the expression already
        self._masses = [compiled(p, (place, effort)) for p in masses]
        self._slopes = [compiled(sympy.diff(p, effort), (place, effort)) for p in masses]

    @property
    def highest_effort(self) -> float:
        return np.inf  # `SymbolicMonitor` knows

    def law(self, effort: float) -> Array:
        return _at(self._masses, effort)

    def law_slope(self, effort: float) -> Array:
        return _at(self._slopes, effort)

    def lowest_score(self, effort: float) -> float:
        return float(self.score(np.asarray(self.outcomes), effort).min())


def _at(functions: Sequence[Callable[[Array, float], Array]], effort: float) -> Array:
    return np.array([function(np.zeros(()), effort).item() for function in functions])


class _Weighed(NamedTuple):
    """A law at one effort: outcomes, their masses and scores, (m,) each."""

    outcomes: Array
    masses: Array
    scores: Array


class IntegratedLaw(Monitor):
    """A law known through its nodes: sums over them take the place of closed forms."""

    density: CompiledDensity
    rims: tuple[int, int]  # how many nodes at either side lie next to outcomes left out

    @abstractmethod
    def find_nodes(self, effort: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
        """Return outcomes and log weights, their total mass unchecked."""

    @property
    def highest_effort(self) -> float:
        return np.inf  # `SymbolicMonitor` knows

    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        outcomes, log_weight = _nodes(self, float(effort), tuple(float(b) for b in breaks))
        return outcomes.copy(), log_weight.copy()

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        return self.density.log_density(np.asarray(outcome, float), effort)

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        return self.density.score(np.asarray(outcome, float), effort)

    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return self._sums(effort, cutoff, lambda law: law.masses[law.outcomes >= cutoff].sum())

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return self._sums(effort, cutoff, lambda law: law.masses[law.outcomes < cutoff].sum())

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        def slope(law: _Weighed) -> float:
            # E[score] = 0, so either side will do; the lighter one cancels less
            passed = law.outcomes >= cutoff
            slopes = law.masses * law.scores
            if law.masses[passed].sum() <= law.masses[~passed].sum():
                return float(slopes[passed].sum())
            return -float(slopes[~passed].sum())

        return self._sums(effort, cutoff, slope)

    def fisher_information(self, effort: ArrayLike) -> Array:
        return self._sums(effort, None, lambda law: (law.masses * law.scores**2).sum())

    def mean_outcome(self, effort: ArrayLike) -> Array:
        def mean(law: _Weighed) -> float:
            part = law.masses * np.abs(law.outcomes)
            first, last = self.rims
            rim = part[:first].sum() + part[len(part) - last :].sum()
            # where the outermost nodes still count, the mean is infinite or out of reach
            return float(law.masses @ law.outcomes) if rim <= MASS_ERROR * part.sum() else np.nan

        return self._sums(effort, None, mean)

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        return np.empty(0)  # `SymbolicMonitor` knows the efforts

    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        """Return the outcome that Phi(-z) of the law lies below: a mean may not exist."""
        efforts, levels = np.broadcast_arrays(np.asarray(effort, float), np.asarray(z, float))
        pairs = zip(efforts.ravel(), levels.ravel(), strict=True)
        return np.array([self._quantile(float(e), float(z)) for e, z in pairs]).reshape(
            efforts.shape
        )

    def _quantile(self, effort: float, z: float) -> float:
        x, p, _ = self._weighed(effort, None)
        if z >= 0:  # each tail is summed from its own end
            place = np.searchsorted(np.cumsum(p), ndtr(-z))
        else:
            place = len(x) - 1 - np.searchsorted(np.cumsum(p[::-1]), ndtr(z))
        return float(x[np.clip(place, 0, len(x) - 1)])

    def _weighed(self, effort: float, cutoff: float | None) -> _Weighed:
        x, log_weight = _nodes(self, effort, () if cutoff is None else (float(cutoff),))
        p = np.exp(log_weight + self.density.log_density(x, effort))
        return _Weighed(x, p, np.where(p > 0, self.density.score(x, effort), 0.0))

    def _sums(
        self, effort: ArrayLike, cutoff: float | None, total: Callable[[_Weighed], float]
    ) -> Array:
        efforts = np.asarray(effort, float)
        sums = [total(self._weighed(float(e), cutoff)) for e in efforts.ravel()]
        return np.array(sums, float).reshape(efforts.shape)


@lru_cache(maxsize=64)  # sums at one effort and cutoff come in threes: pass, fail, slope
def _nodes(law: IntegratedLaw, effort: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
    outcomes, log_weight = law.find_nodes(effort, breaks)
    mass = float(np.exp(log_weight + law.density.log_density(outcomes, effort)).sum())
    if not abs(mass - 1.0) <= MASS_ERROR:
        raise NotConverged(
            f"total mass {mass:.12g} at effort {effort:g} is not 1 within {MASS_ERROR:g}, so no"
            " expectation can be trusted there; write constants exactly (sympy.Rational), put a"
            " pole of the density at 0, narrow the efforts, or use DistributionMonitor"
        )
    outcomes.setflags(write=False)
    log_weight.setflags(write=False)
    return outcomes, log_weight


class ContinuousLaw(IntegratedLaw):
    """A density on an interval, which may be infinite."""

    def __init__(self, density: CompiledDensity, low: float, high: float) -> None:
        self.density, self.low, self.high = density, low, high
        self.rims = (0 if np.isfinite(low) else 16, 0 if np.isfinite(high) else 16)

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        x = np.asarray(outcome, float)
        outside = (x < self.low) | (x > self.high)
        return np.where(outside, -np.inf, self.density.log_density(x, effort))

    def find_nodes(self, effort: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
        outcomes, log_weight = integration_nodes(self.density, self.low, self.high, effort, breaks)
        return outcomes, log_weight


class CountedLaw(IntegratedLaw):
    """Masses on start, start + step, ...: `length` of them, or without end if None."""

    def __init__(
        self, density: CompiledDensity, start: float, step: float, length: int | None
    ) -> None:
        self.density, self.start, self.step, self.length = density, start, step, length
        self.rims = (0, 1 if length is None else 0)

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        x = np.asarray(outcome, float)
        place = (x - self.start) / self.step
        off = (place < 0) | (place != np.round(place))
        if self.length is not None:
            off |= place >= self.length
        return np.where(off, -np.inf, self.density.log_density(x, effort))

    def find_nodes(self, effort: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
        most = MOST_COUNTS if self.length is None else min(self.length, MOST_COUNTS)
        size = min(BLOCK, most)
        while True:
            outcomes = np.asarray(self.start + self.step * np.arange(size), float)
            logs = np.nan_to_num(self.density.log_density(outcomes, effort), nan=-np.inf)
            faint = logs[-1] + np.log(size) < logs.max() - FAINT and logs[-1] <= logs[-2]
            if size == most or faint:
                return outcomes, np.zeros_like(outcomes)
            size = min(2 * size, most)


Law = ListedLaw | CountedLaw | ContinuousLaw
