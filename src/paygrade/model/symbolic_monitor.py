"""`SymbolicMonitor`: the law of the outcome from the user's own SymPy expression."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from paygrade.errors import raise_problems
from paygrade.model.monitor import Array, Monitor
from paygrade.model.symbolic_checks import (
    law_problems,
    probe_efforts,
    range_problems,
    support_problems,
    symbol_problems,
    sympified,
)
from paygrade.model.symbolic_compile import CompiledDensity
from paygrade.model.symbolic_law import ContinuousLaw, CountedLaw, Law, ListedLaw

GRID = 33  # efforts between which `transition_efforts` interpolates
LISTED = 200  # points up to which each has an expression of its own


@dataclass(frozen=True)
class SymbolicMonitor(Monitor):
    """A density or mass function p(x|e) from a SymPy expression.

    Arguments:
        pdf: density of the outcome on an interval, or mass on points.
        outcome: symbol of the outcome x.
        effort: symbol of effort e.
        support: `sympy.Interval`, infinite if need be, for a density; `sympy.FiniteSet`, `Range`,
            `Naturals` or `Naturals0` for masses. It may not depend on effort.
        lowest_effort: infimum of the efforts that the law is defined for.
        highest_effort: their supremum; inf for none.

    Raises:
        ModelError: where the expression is no law, naming the effort at which it fails.
        NotConverged: from any method, where the total mass can't be had to 1e-10.

    The score is SymPy's derivative of the log density; expectations are sums over `nodes`, whose
    total mass is checked at every effort.

    >>> import sympy
    >>> x, e = sympy.symbols("x e", positive=True)
    >>> support = sympy.Interval(0, sympy.oo)
    >>> monitor = SymbolicMonitor(sympy.exp(-x / e) / e, x, e, support)
    >>> round(monitor.pass_probability(1.0, 0.5).item(), 6)
    0.135335
    """

    pdf: Any
    outcome: Any
    effort: Any
    support: Any
    lowest_effort: float = 0.0
    highest_effort: float = math.inf

    def __post_init__(self) -> None:
        pdf, support = sympified(self.pdf, self.support)
        object.__setattr__(self, "pdf", pdf)
        object.__setattr__(self, "support", support)
        raise_problems(symbol_problems(pdf, self.outcome, self.effort))
        raise_problems(
            range_problems(self.lowest_effort, self.highest_effort) + support_problems(support)
        )
        object.__setattr__(self, "lowest_effort", float(self.lowest_effort))
        object.__setattr__(self, "highest_effort", float(self.highest_effort))
        for effort in probe_efforts(self.lowest_effort, self.highest_effort):
            raise_problems(law_problems(self.law, effort))

    def __getstate__(self) -> dict[str, Any]:
        # compiled functions can't be pickled; they are made anew when first used
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def law(self) -> Law:
        """The law, compiled."""
        import sympy

        # as real symbols, so that derivatives of Abs and the like are real functions
        outcome = sympy.Dummy("x", real=True)
        effort = sympy.Dummy("e", real=True, nonnegative=self.lowest_effort >= 0 or None)
        renamed = {self.outcome: outcome, self.effort: effort}
        pdf, support = self.pdf.subs(renamed, simultaneous=True), self.support
        if support.is_finite_set and len(support) <= LISTED:
            return ListedLaw(pdf, outcome, effort, sorted(support))
        density = CompiledDensity(pdf, outcome, effort)
        if isinstance(support, sympy.Interval):
            return ContinuousLaw(density, float(support.start), float(support.end))
        step = abs(float(support.step)) if isinstance(support, sympy.Range) else 1.0
        length = len(support) if support.is_finite_set else None
        return CountedLaw(density, float(support.inf), step, length)

    @property
    def is_discrete(self) -> bool:
        return bool(self.support.is_finite_set)  # counts without end can't be listed in a table

    @property
    def mean_bounds(self) -> tuple[float, float]:
        return float(self.support.inf), float(self.support.sup)

    def lowest_score(self, effort: float) -> float:
        return self.law.lowest_score(effort)

    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return self.law.pass_probability(cutoff, effort)

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return self.law.fail_probability(cutoff, effort)

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        return self.law.pass_slope(cutoff, effort)

    def fisher_information(self, effort: ArrayLike) -> Array:
        return self.law.fisher_information(effort)

    def mean_outcome(self, effort: ArrayLike) -> Array:
        """Return E[X]; nan where it is infinite or out of numerical reach."""
        return self.law.mean_outcome(effort)

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        """Return such efforts in the range that was tried at construction; none beyond it."""
        tried = probe_efforts(self.lowest_effort, self.highest_effort)
        efforts = np.linspace(tried[0], tried[-1], GRID)
        levels = ndtri(np.clip(self.pass_probability(cutoff, efforts), 1e-300, 1.0 - 1e-16))
        rising = np.maximum.accumulate(levels)
        wanted = np.asarray(z, float)
        inside = wanted[(wanted >= rising[0]) & (wanted <= rising[-1])]
        return np.asarray(np.interp(inside, rising, efforts))

    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        """Return the outcome that a share Phi(-z) of the law lies below: a mean may not exist."""
        return self.law.cutoff_at(effort, z)

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        return self.law.log_density(outcome, effort)

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        return self.law.score(outcome, effort)

    def density_slope(self, outcome: ArrayLike, effort: float) -> Array:
        return self.law.density_slope(outcome, effort)

    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        return self.law.nodes(effort, breaks)
