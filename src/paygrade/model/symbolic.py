"""Primitives from the user's own SymPy expressions: costs and values of effort.

Derivatives are taken once, compiled to numpy, and the expression is kept, so that the certificate
compiles the same expression to ball arithmetic.
"""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import ModelError, raise_problems
from paygrade.model.effort import Array, EffortCost, EffortSet, Finite, Value
from paygrade.model.symbolic_domain import poles
from paygrade.model.symbolic_forms import Function, accurate, exact, parsed

POINTS = 65  # efforts at which an expression must be a number, ends included
CLOSE = 10.0 ** np.arange(-12.0, 0.1, 2.0)  # and this close to the lowest effort
STEPS = 10.0 ** np.arange(-3.0, 3.1, 0.25)  # and this far above it, where efforts have no end


@dataclass(frozen=True)
class SymbolicEffort:
    """An expression in effort, with its derivatives compiled.

    Arguments:
        expr: the expression.
        effort: its symbol.
        lowest_effort: least effort at which it must be a number.
        highest_effort: greatest such effort. A `MoralHazard` with other efforts tries those.
    """

    expr: Any
    effort: Any
    lowest_effort: float = 0.0
    highest_effort: float = 1.0

    def __post_init__(self) -> None:
        name = type(self).__name__
        object.__setattr__(self, "expr", parsed(name, self.expr, "effort", self.effort))
        try:
            low, high = float(self.lowest_effort), float(self.highest_effort)
        except (TypeError, ValueError):
            low = high = math.nan
        if not (0.0 <= low < high and math.isfinite(low)):
            raise ModelError(
                f"{name}: lowest_effort={self.lowest_effort!r} and highest_effort="
                f"{self.highest_effort!r} leave no effort between; give numbers from 0 on, the"
                " second above the first"
            )
        raise_problems(self.problems_at(self._trials(low, high)))

    def problems_on(self, efforts: EffortSet) -> list[str]:
        """Return a problem if the expression is no finite real number at one of `efforts`."""
        if isinstance(efforts, Finite):
            return self.problems_at(np.array(efforts.values))
        return self.problems_at(self._trials(efforts.low, efforts.high))

    def _trials(self, low: float, high: float) -> Array:
        """Return efforts to try, poles of the expression among them."""
        found = [x for x in poles(exact(self.expr), self.effort) if low <= x <= high]
        return np.unique(np.concatenate([trial_efforts(low, high), found]))

    def problems_at(self, efforts: Array) -> list[str]:
        """Return a problem that names the first effort with no finite real number."""
        name, values = type(self).__name__, self._value(0, efforts)
        if (bad := ~np.isfinite(values)).any():
            effort = float(efforts[bad][0])
            return [
                (
                    f"{name}: {self.expr} is {self._written(effort)} at effort {effort:g}, where it"
                    " must be a finite real number; correct it, or leave such efforts out with"
                    " lowest_effort, highest_effort and the problem's efforts"
                )
            ]
        inside = efforts[(efforts > efforts.min()) & (efforts < efforts.max())]
        for order, what in ((1, "slope"), (2, "second derivative")):
            missing = np.isnan(self._value(order, inside))
            if missing.any() and not _is_kink(self._value(order, inside), missing):
                effort = float(inside[missing][0])
                return [
                    (
                        f"{name}: {self.expr} has no {what} at effort {effort:g}, so no response to"
                        " pay can be worked out; give a smoother expression"
                    )
                ]
        return []

    def _written(self, effort: float) -> str:
        """Return the expression's value as SymPy has it: complex or infinite where it is."""
        try:
            value = self.expr.subs(self.effort, effort).evalf(6)
            return "infinite" if value.is_infinite else str(value)
        except (TypeError, ValueError):
            return "undefined"

    def __getstate__(self) -> dict[str, Any]:
        # compiled functions can't be pickled; they are made anew when first used
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def _functions(self) -> dict[int, Function]:
        return {}

    def _value(self, order: int, effort: ArrayLike) -> Array:
        given = np.asarray(effort, float)
        if order not in self._functions:
            import sympy

            # as a real symbol, so that the derivative of Abs and the like is a real function
            real = sympy.Dummy("e", real=True)
            expr = sympy.diff(exact(self.expr).subs(self.effort, real), real, order)
            expr = expr.replace(
                sympy.DiracDelta, lambda *_: sympy.S.Zero
            )  # at a kink itself, c'' is left out
            points = trial_efforts(float(self.lowest_effort), float(self.highest_effort))
            self._functions[order] = accurate(expr, real, points.tolist())[0]
        with np.errstate(all="ignore"):
            return self._functions[order](given)


def trial_efforts(low: float, high: float) -> Array:
    """Return efforts to try an expression at, increasing, both ends included where finite."""
    if math.isinf(high):
        return np.unique(np.concatenate([[low], low + CLOSE, low + STEPS]))
    near = low + CLOSE * (high - low)
    return np.unique(np.concatenate([np.linspace(low, high, POINTS), near]))


def _is_kink(values: Array, missing: Array) -> bool:
    """Whether a derivative is missing at single efforts only, as where Abs turns."""
    neighbours = np.flatnonzero(missing)
    return len(neighbours) < 3 and len(values) > len(neighbours)


class SymbolicCost(SymbolicEffort, EffortCost):
    """c(e) from an expression: utils (money under `CARA(cost_in_money=True)`).

    It need not be convex, or even increasing everywhere; the certificate looks at all of it.

    Raises:
        ModelError: for an expression in other symbols, or one that is no finite real number at an
            effort from `lowest_effort` (0) to `highest_effort` (1), which it names.

    >>> import sympy
    >>> e = sympy.Symbol("e")
    >>> SymbolicCost(e**2 / 2, e).derivative(0.6).item()
    0.6
    >>> SymbolicCost(sympy.exp(e) - 1, e)(1e-12).item()
    1.0000000000005e-12
    >>> SymbolicCost(-sympy.log(1 - e), e)
    Traceback (most recent call last):
        ...
    paygrade.errors.ModelError: SymbolicCost: -log(1 - e) is infinite at effort 1, where it ...
    >>> SymbolicCost(-sympy.log(1 - e), e, highest_effort=0.99).derivative(0.5).item()
    2.0
    """

    def __call__(self, effort: ArrayLike) -> Array:
        return self._value(0, effort)

    def derivative(self, effort: ArrayLike) -> Array:
        return self._value(1, effort)

    def second_derivative(self, effort: ArrayLike) -> Array:
        return self._value(2, effort)


class SymbolicValue(SymbolicEffort, Value):
    """R(e) from an expression, money.

    Raises:
        ModelError: as `SymbolicCost`.

    >>> import sympy
    >>> e = sympy.Symbol("e")
    >>> SymbolicValue(2 * sympy.sqrt(e), e)(0.25).item()
    1.0
    """

    def __call__(self, effort: ArrayLike) -> Array:
        return self._value(0, effort)

    def derivative(self, effort: ArrayLike) -> Array:
        return self._value(1, effort)
