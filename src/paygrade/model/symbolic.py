"""Primitives from the user's own SymPy expressions: costs and values of effort.

Derivatives are taken once, compiled to numpy, and the expression is kept, so that the certificate
compiles the same expression to ball arithmetic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import ModelError, raise_problems
from paygrade.model.effort import Array, EffortCost, Value

PROBES = (1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)  # efforts at which an expression must be a number


@dataclass(frozen=True)
class _Expression:
    """An expression in one symbol, with its derivatives compiled."""

    expr: Any
    effort: Any

    def __post_init__(self) -> None:
        import sympy

        name = type(self).__name__
        try:
            expr = sympy.sympify(self.expr)
        except (sympy.SympifyError, TypeError) as error:
            raise ModelError(f"{name}: {self.expr!r} is no SymPy expression") from error
        if not isinstance(expr, sympy.Expr):
            raise ModelError(f"{name}: {expr!r} is no number at any effort; give an expression")
        object.__setattr__(self, "expr", expr)
        problems = []
        if not isinstance(self.effort, sympy.Symbol):
            problems.append(f"effort={self.effort!r} is no symbol; give the SymPy symbol of effort")
        elif expr.free_symbols - {self.effort}:
            others = ", ".join(sorted(map(str, expr.free_symbols - {self.effort})))
            problems.append(f"{name} depends on {others} besides {self.effort}; put in numbers")
        raise_problems(problems)
        try:
            values = [complex(expr.subs(self.effort, e)) for e in PROBES]
        except TypeError as error:
            raise ModelError(f"{name}: {expr} can't be evaluated; use known functions") from error
        for effort, value in zip(PROBES, values, strict=True):
            if not np.isfinite(value) or abs(value.imag) > 0:
                problems.append(f"{name} is {value} at effort {effort:g}; it must be a real number")
        raise_problems(problems[:1])

    def _compiled(self, order: int) -> Callable[[Array], Array]:
        import sympy

        # as a real symbol, so that the derivative of Abs and the like is a real function
        effort = sympy.Dummy("e", real=True)
        expr = sympy.diff(self.expr.subs(self.effort, effort), effort, order)
        return sympy.lambdify(effort, expr, modules=["numpy", "scipy"], cse=True)  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        # compiled functions can't be pickled; they are made anew when first used
        return {"expr": self.expr, "effort": self.effort}

    @cached_property
    def _functions(self) -> tuple[Callable[[Array], Array], ...]:
        return tuple(self._compiled(order) for order in range(3))

    def _value(self, order: int, effort: ArrayLike) -> Array:
        given = np.asarray(effort, float)
        with np.errstate(all="ignore"):
            return np.asarray(self._functions[order](given) + np.zeros_like(given), float)


class SymbolicCost(_Expression, EffortCost):
    """c(e) from an expression: utils (money under `CARA(cost_in_money=True)`).

    It need not be convex, or even increasing everywhere; the certificate looks at all of it.

    Raises:
        ModelError: for an expression in other symbols, or one that is no real number somewhere.

    >>> import sympy
    >>> e = sympy.Symbol("e")
    >>> SymbolicCost(e**2 / 2, e).derivative(0.6).item()
    0.6
    """

    def __call__(self, effort: ArrayLike) -> Array:
        return self._value(0, effort)

    def derivative(self, effort: ArrayLike) -> Array:
        return self._value(1, effort)

    def second_derivative(self, effort: ArrayLike) -> Array:
        return self._value(2, effort)


class SymbolicValue(_Expression, Value):
    """R(e) from an expression, money."""

    def __call__(self, effort: ArrayLike) -> Array:
        return self._value(0, effort)

    def derivative(self, effort: ArrayLike) -> Array:
        return self._value(1, effort)
