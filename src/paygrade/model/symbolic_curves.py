"""A utility's expression with what follows from it, each derived and compiled once."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paygrade.model.symbolic_domain import is_positive
from paygrade.model.symbolic_forms import (
    Function,
    accurate,
    factored,
    is_heavy,
    reference,
    together,
)
from paygrade.model.symbolic_inverse import NumericInverse, closed_function

Array = NDArray[np.float64]
OFFSETS = 10.0 ** np.arange(-12.0, 12.1, 1.5)  # wages at which digits are counted, around the ends
NEAR = (10, 20, 40)  # powers of ten that a limit is told by where algebra can't be afforded
FAST = 1.5  # growth from one to the next, even of a logarithm
FARTHEST = 300.0  # of these on the whole line, where exponentials soon leave the doubles


@dataclass(frozen=True)
class UtilityCurves:
    """u, u', u'' and what is made of them, on the wages from `low` to `high` (exact numbers)."""

    expr: Any
    wage: Any
    low: Any
    high: Any

    @cached_property
    def lowest(self) -> float:
        """The lowest wage, rounded into the domain."""
        rounded = float(self.low)
        return rounded if rounded >= self.low else math.nextafter(rounded, math.inf)

    @cached_property
    def highest(self) -> float:
        """The highest wage, rounded into the domain."""
        rounded = float(self.high)
        return rounded if rounded <= self.high else math.nextafter(rounded, -math.inf)

    @cached_property
    def expressions(self) -> dict[int | str, Any]:
        """u, u', u'' (by order), risk tolerance -u'/u'', price 1/u' and bend -u''/u'³ of h."""
        import sympy

        first = sympy.diff(self.expr, self.wage)
        second = sympy.diff(first, self.wage)
        return {
            0: self.expr,
            1: first,
            2: second,
            "risk_tolerance": _ratio(-first, second),
            "price": _ratio(sympy.S.One, first),
            "bend": _ratio(-second, first**3),
        }

    @cached_property
    def points(self) -> list[float]:
        """Wages at which forms are compared."""
        reach = OFFSETS if math.isfinite(self.lowest) else OFFSETS[OFFSETS <= FARTHEST]
        near = [-reach, reach]
        near += [end + side * OFFSETS for end, side in ((self.lowest, 1.0), (self.highest, -1.0))
                 if math.isfinite(end)]  # fmt: skip
        found = np.unique(np.concatenate(near))
        return [float(x) for x in found[(found > self.lowest) & (found < self.highest)]]

    @cached_property
    def _functions(self) -> dict[int | str, Function]:
        return {}

    def at(self, name: int | str, wage: Array) -> Array:
        """Return the values of one of the `expressions`; nan where it has none."""
        if name not in self._functions:
            self._functions[name] = accurate(self.expressions[name], self.wage, self.points)[0]
        with np.errstate(all="ignore"):
            return self._functions[name](wage)

    @cached_property
    def is_proved(self) -> bool:
        """Whether algebra proves u' > 0 > u'' on the whole domain."""
        return self.sign(1) is True and self.sign(2) is True

    def sign(self, order: int) -> bool | None:
        """Return whether u' > 0 (order 1) or u'' < 0 (2) is proved, refuted (False) or neither."""
        expr = self.expressions[order] if order == 1 else -self.expressions[order]
        return is_positive(expr, self.wage, self.low, self.high)

    @cached_property
    def inverse(self) -> Function:
        """Level of utility -> wage."""
        closed = closed_function(self.expr, self.wage, self._samples, self._size)
        return closed or NumericInverse(
            lambda w: self.at(0, w),
            lambda w, level: (level - self.at(0, w)) * self.at("price", w),
            self.lowest,
            self.highest,
        )

    @cached_property
    def wage_at(self) -> Function:
        """Price of a util, 1/u' -> wage."""
        closed = closed_function(self.expressions["price"], self.wage, self._samples, self._size)
        return closed or NumericInverse(
            lambda w: self.at("price", w),
            lambda w, price: np.log(price / self.at("price", w)) * self.at("risk_tolerance", w),
            self.lowest,
            self.highest,
        )

    @cached_property
    def _size(self) -> float:
        return abs(self.lowest) if math.isfinite(self.lowest) else 1.0

    @cached_property
    def _samples(self) -> list[float]:
        """Wages at which closed forms are tried."""
        return [w for w in self.points if abs(w) <= FARTHEST]

    @cached_property
    def price_range(self) -> tuple[float, float]:
        """Infimum and supremum of the price of a util, 1/u' (money per util)."""
        slopes = [
            end_value(self.expressions[1], self.wage, self.low, "+"),
            end_value(self.expressions[1], self.wage, self.high, "-"),
        ]
        # an unknown limit cuts nothing off: the inverse itself knows how far it reaches
        least, most = slopes[0] or math.inf, slopes[1] or 0.0
        return 1.0 / float(least), 1.0 / float(most) if most else math.inf

    @cached_property
    def levels(self) -> tuple[Any, Any]:
        """Infimum and supremum of u, exact; None where SymPy finds no limit."""
        return (
            end_value(self.expr, self.wage, self.low, "+"),
            end_value(self.expr, self.wage, self.high, "-"),
        )


def end_value(expr: Any, symbol: Any, end: Any, side: str) -> Any | None:
    """Return the expression's limit at an end of its domain, exact; None where it is not found.

    >>> import sympy
    >>> w = sympy.Symbol("w", real=True)
    >>> end_value(w / (1 + w), w, sympy.oo, "-"), end_value(sympy.log(w), w, 0, "+")
    (1, -oo)
    """
    import sympy

    value = expr.subs(symbol, end)
    if not value.is_extended_real:
        if is_heavy(expr):
            return _far_value(expr, symbol, end)
        try:
            value = sympy.limit(expr, symbol, end, dir="-" if end == sympy.oo else side)
        except (NotImplementedError, ValueError, TypeError):
            return None
    return value if value.is_extended_real and value.is_number else None


def _far_value(expr: Any, symbol: Any, end: Any) -> Any | None:
    """Return 0 or ±oo where values close to `end` leave no other limit for a sum of powers."""
    import sympy

    if not end.is_finite:
        near = [float(sympy.sign(end)) * 10.0**k for k in NEAR]
    else:
        near = [end + sympy.Rational(1, 10**k) for k in NEAR]
    values = [v for v in reference(expr, symbol, near) if v is not None]
    if len(values) < len(near):
        return None
    steps = [abs(b) / abs(a) for a, b in pairwise(values) if a != 0]
    if all(step > FAST for step in steps):
        return sympy.oo * sympy.sign(values[-1])
    return sympy.S.Zero if all(step < 1 / FAST for step in steps) else None


def _ratio(above: Any, below: Any) -> Any:
    """Return the quotient with common factors taken out, powers and exponentials joined."""
    import sympy

    joined = factored(together(above / below))
    return sympy.powsimp(joined)
