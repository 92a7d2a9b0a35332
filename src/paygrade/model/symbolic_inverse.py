"""Inverses of increasing functions: in closed form where algebra finds one, else by Newton.

A closed form is used only if, at many points, it returns the argument in 50 digits (the right
branch) and in doubles (no cancellation). A numeric root starts from a table of the function on a
grid that reaches from 1e-300 to 1e300, so that Newton's method needs few steps, in a bracket.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paygrade.model.symbolic_forms import (
    Function,
    accurate,
    factored,
    is_heavy,
    reference,
    together,
)

Array = NDArray[np.float64]
CLOSE = 1e-13  # error of a closed form in doubles, relative to argument and domain
STEPS = 80  # of Newton's method or halving; a bracket of doubles is used up before
HUGE = 1e290
BRANCH = 1e-30  # relative: agreement in 50 digits that tells the right branch


def closed_form(expr: Any, symbol: Any, target: Any, points: Sequence[float]) -> Any | None:
    """Return the solution of expr = target in `symbol` that holds at every point; None for none.

    >>> import sympy
    >>> w, v = sympy.symbols("w v")
    >>> closed_form(sympy.log(w + 3), w, v, [-2.0, 5.0])
    exp(v) - 3
    """
    import mpmath
    import sympy

    levels = reference(expr, symbol, points)
    for candidate in _solutions(expr, symbol, target):
        found = reference(candidate, target, levels) if None not in levels else [None]
        if all(
            value is not None and abs(value - mpmath.mpf(x)) <= BRANCH * (abs(x) + 1)
            for value, x in zip(found, points, strict=False)
        ):
            return sympy.sympify(candidate)
    return None


def _solutions(expr: Any, symbol: Any, target: Any) -> list[Any]:
    """Return candidates: the operations undone one by one, or the roots of a quadratic."""
    found: list[Any] = []
    for form in (expr, together(expr), factored(expr)):
        found += _undone(form, symbol, [target])
    return found or _quadratic(expr, symbol, target)


def _quadratic(expr: Any, symbol: Any, target: Any) -> list[Any]:
    """Return the roots of a quadratic in the symbol or in its square root; none for any other.

    SymPy's own solver takes minutes on equations of higher degree.
    """
    import sympy

    s = sympy.Dummy("s", positive=True)
    for square in (False, True):
        moved = expr.xreplace({symbol: s**2 if square else s}) - target
        above, _ = sympy.fraction(together(sympy.powdenest(moved, force=True)))
        if not above.is_polynomial(s) or is_heavy(above) or sympy.degree(above, s) != 2:
            continue
        c, b, a = (sympy.expand(above).coeff(s, k) for k in range(3))
        root = sympy.sqrt(b * b - 4 * a * c)
        found = [(-b + side * root) / (2 * a) for side in (1, -1)]
        return [x**2 for x in found] if square else found
    return []


def _undone(expr: Any, symbol: Any, targets: list[Any]) -> list[Any]:
    """Return the solutions of expr = target found by undoing its outermost operation, or none."""
    import sympy

    if expr == symbol:
        return targets
    if isinstance(expr, sympy.Add | sympy.Mul):
        free, rest = expr.as_independent(symbol)
        if len(type(expr).make_args(rest)) > 1:
            moebius = _moebius(expr, symbol)
            return [] if moebius is None else [moebius(target) for target in targets]
        undo = [t - free if isinstance(expr, sympy.Add) else t / free for t in targets]
        return _undone(rest, symbol, undo)
    if isinstance(expr, sympy.exp):
        return _undone(expr.args[0], symbol, [sympy.log(t) for t in targets])
    if isinstance(expr, sympy.Pow):
        base, power = expr.args
        if not base.has(symbol):
            return _undone(power, symbol, [sympy.log(t) / sympy.log(base) for t in targets])
        if power.has(symbol):
            return []
        roots = [t ** (1 / power) for t in targets]
        roots += [-root for root in roots] if power.is_even else []
        return _undone(base, symbol, roots)
    if len(expr.args) == 1 and hasattr(expr, "inverse"):
        try:
            undo_function = expr.inverse()
        except (NotImplementedError, AttributeError):
            return []
        return _undone(expr.args[0], symbol, [undo_function(t) for t in targets])
    return []


def _moebius(expr: Any, symbol: Any) -> Any | None:
    """Return the inverse of (a·w + b)/(c·w + d); None for any other expression."""
    import sympy

    above, below = sympy.fraction(together(expr))
    if not all(part.is_polynomial(symbol) for part in (above, below)):
        return None
    if max(sympy.degree(above, symbol), sympy.degree(below, symbol)) != 1:
        return None
    (b, a), (d, c) = ((part.subs(symbol, 0), sympy.diff(part, symbol)) for part in (above, below))
    return lambda target: (d * target - b) / (a - c * target)


def closed_function(
    expr: Any, symbol: Any, points: Sequence[float], size: float
) -> Function | None:
    """Return the inverse of an increasing expression as a closed form; None where none is exact.

    Arguments:
        expr: the expression.
        symbol: its symbol.
        points: arguments at which the closed form must be right.
        size: what an argument's error may be relative to, besides the argument itself.
    """
    import sympy

    target = sympy.Dummy("v", real=True)
    found = closed_form(expr, symbol, target, points)
    if found is None:
        return None
    levels = [float(level) for level in reference(expr, symbol, points)]
    wanted = reference(found, target, levels)
    kept = [(v, x) for v, x in zip(levels, wanted, strict=True) if x is not None and v != 0.0]
    levels = [v for v, x in kept if abs(x) < HUGE and abs(v) < HUGE]
    right = np.array([float(x) for v, x in kept if abs(x) < HUGE and abs(v) < HUGE])
    function, _ = accurate(found, target, levels)
    with np.errstate(all="ignore"):
        error = np.abs(function(np.array(levels)) - right)
    return function if bool((error <= CLOSE * (np.abs(right) + size)).all()) else None


@dataclass(frozen=True)
class NumericInverse:
    """The argument at which an increasing function takes a value, found numerically.

    Arguments:
        function: increasing on the open interval from `low` to `high`.
        step: (argument, level) -> the change of argument that Newton's method proposes.
        low: infimum of the arguments.
        high: supremum.
    """

    function: Function
    step: Any
    low: float
    high: float

    def __post_init__(self) -> None:
        arguments = grid(self.low, self.high)
        with np.errstate(all="ignore"):
            levels = self.function(arguments)
        seen = np.isfinite(levels)
        # where doubles can't tell levels apart only the first argument is kept
        ceiling = np.maximum.accumulate(np.where(seen, levels, -np.inf))
        seen &= np.concatenate([[True], levels[1:] > ceiling[:-1]])
        object.__setattr__(self, "_arguments", arguments[seen])
        object.__setattr__(self, "_levels", levels[seen])

    def __call__(self, level: Array) -> Array:
        """Return the arguments; `low` and `high` for levels outside what the function takes."""
        given = np.asarray(level, float)
        wanted = np.atleast_1d(given).ravel()
        arguments, levels = self.__dict__["_arguments"], self.__dict__["_levels"]
        index = np.searchsorted(levels, wanted)
        found = np.where(index == 0, self.low, self.high)
        found = np.where(np.isnan(wanted), np.nan, found)
        inside = (index > 0) & (index < len(levels))
        left, right = arguments[index[inside] - 1], arguments[index[inside]]
        found[inside] = self._refined(wanted[inside], left, right)
        return found.reshape(given.shape)

    def _refined(self, level: Array, left: Array, right: Array) -> Array:
        x = left.copy()
        with np.errstate(all="ignore"):
            for _ in range(STEPS):
                below = self.function(x) < level
                left, right = np.where(below, x, left), np.where(below, right, x)
                moved = x + self.step(x, level)
                outside = ~((moved >= left) & (moved <= right))
                moved = np.where(outside, _middle(left, right, self.low), moved)
                done = np.abs(moved - x) <= 2e-16 * np.abs(x)
                x = moved
                if done.all():
                    break
        return x


def grid(low: float, high: float) -> Array:
    """Return arguments for a table, increasing, dense on every scale that doubles have."""
    steps = 10.0 ** np.arange(-300.0, 300.1, 0.25)
    found = np.concatenate([-steps[::-1], [0.0], steps])
    if np.isfinite(low):
        found = np.concatenate([found, low + steps])
    if np.isfinite(high):
        found = np.concatenate([found, high - steps])
    return np.unique(found[(found > low) & (found < high)])


def _middle(left: Array, right: Array, low: float) -> Array:
    """Return the middle, on a logarithmic scale where the bracket spans powers of ten."""
    anchor = low if np.isfinite(low) else 0.0
    a, b = left - anchor, right - anchor
    wide = (a > 0) & (b > 4.0 * a)
    return np.where(wide, anchor + np.sqrt(a) * np.sqrt(np.maximum(b, 0.0)), 0.5 * (left + right))
