"""A utility given as an expression, in ball arithmetic: its values and the two inverses.

Inverses are roots of increasing functions. Two points at which the sign is certain enclose the root
whatever the floating-point guess was; Newton's interval steps then make the enclosure narrow. They
lean on u' > 0 > u'', so they are given only where algebra proves that.
"""

import math
from collections.abc import Callable
from functools import lru_cache

from flint import arb

from paygrade.certificate.expressions import compiled_ball, expression_functions
from paygrade.certificate.jet import Ball, NoEnclosure
from paygrade.model.symbolic_utility import SymbolicUtility

WIDENINGS = 60
STEPS = 4  # of Newton's method: from 16 digits to far beyond the working precision
Function = Callable[[Ball], Ball]


class ConcaveExpression:
    """Balls for one `SymbolicUtility`.

    >>> import sympy
    >>> w = sympy.Symbol("w")
    >>> balls = ConcaveExpression(SymbolicUtility(sympy.log(w), w))
    >>> balls.inverse(arb(0)).contains(1), balls.inverse(arb(0)).rad() < 1e-14
    (True, True)
    """

    def __init__(self, utility: SymbolicUtility) -> None:
        curve = utility.curve
        self.utility = utility
        self.function, self.slope, self.bend = expression_functions(curve.expr, curve.wage)
        self.low, self.high = (compiled_ball(end) for end in (curve.low, curve.high))
        self.least, self.most = (compiled_ball(level) for level in curve.levels)

    def value(self, wage: Ball) -> Ball:
        """Return a ball containing u(wage); -inf below the domain, nan above it."""
        if wage < self.low:
            return arb.neg_inf()
        if wage == self.low:
            return self.least
        if wage == self.high:
            return self.most
        if not (wage > self.low and wage < self.high):
            return arb.nan()
        if wage.is_exact() or not self.utility.is_proved:
            return self.function(wage)
        return self.function(wage.lower()).union(self.function(wage.upper()))

    def inverse(self, level: Ball) -> Ball:
        """Return a ball containing h(level); the lowest wage below the range of u, nan above.

        Raises:
            NoEnclosure: where u is not proved to increase and bend down.
        """
        self._ask_for_proof()
        return self._over(level, self._inverse_at)

    def wage_at(self, price: Ball) -> Ball:
        """Return a ball containing the wage at which one more util costs `price` > 0.

        It is an end of the domain where the price is beyond all that occur.

        Raises:
            NoEnclosure: as `inverse`.
        """
        self._ask_for_proof()
        return self._over(price, self._wage_at)

    def _ask_for_proof(self) -> None:
        if not self.utility.is_proved:
            raise NoEnclosure(
                f"{self.utility.expr} is not proved increasing and concave, so its inverse has no"
                " enclosure"
            )

    def _over(self, argument: Ball, at: Function) -> Ball:
        if argument.is_exact():
            return at(argument)
        low, high = at(argument.lower()), at(argument.upper())
        return low.union(high) if high.is_finite() else arb.nan()

    def _inverse_at(self, level: Ball) -> Ball:
        if level <= self.least:
            return self.low
        if level >= self.most:
            return self.high if level == self.most else arb.nan()
        guess = float(self.utility.inverse(float(level)))
        return self._root(lambda w: self.value(w) - level, self.slope, guess)

    def _wage_at(self, price: Ball) -> Ball:
        guess = float(self.utility.wage_at(float(price)))  # type: ignore[arg-type]

        def excess(wage: Ball) -> Ball:
            return 1 - price * self.slope(wage)

        if guess <= self.utility.lowest_wage or guess >= self.utility.highest_wage:
            return self._at_end(guess, excess)
        return self._root(excess, lambda w: -price * self.bend(w), guess)

    def _at_end(self, guess: float, excess: Function) -> Ball:
        """Return the end of the domain, with the wages next to it that rounding may have hidden."""
        low = guess <= self.utility.lowest_wage
        end = self.low if low else self.high
        if not end.is_finite():
            return arb.nan()
        for k in range(WIDENINGS):
            step = (1 + abs(end)) * arb(2) ** (k - 200 if k < WIDENINGS - 1 else -20)
            inner = (end + step if low else end - step).mid()
            sign = excess(inner)
            if (sign > 0) if low else (sign < 0):
                return end.union(inner)
        return arb.nan()

    def _root(self, increasing: Function, slope: Function, guess: float) -> Ball:
        """Return a ball containing the root of an increasing function, from a guess at it."""
        if not math.isfinite(guess):
            return arb.nan()
        left = self._beyond(increasing, guess, -1)
        right = self._beyond(increasing, guess, 1)
        if left is None or right is None:
            return arb.nan()
        root = left.union(right)
        for _ in range(STEPS):
            middle = root.mid()
            step = middle - increasing(middle) / slope(root)
            if step.is_nan() or not root.overlaps(step):
                break
            root = root.intersection(step)
        return root

    def _beyond(self, increasing: Function, guess: float, side: int) -> Ball | None:
        """Return a point on one side of the root, at which the function's sign is certain."""
        scale = abs(guess)
        if self.low.is_finite():
            scale = min(scale, guess - self.utility.lowest_wage) or scale
        step = max(scale, 5e-324) * 2.0**-52
        for _ in range(WIDENINGS + 4):
            point = arb(guess) + side * arb(step)
            inside = (point > self.low) if side < 0 else (point < self.high)
            if not inside:
                return self.low if side < 0 else self.high
            value = increasing(point)
            if (value < 0) if side < 0 else (value > 0):
                return point
            step *= 2.0
        return None


@lru_cache(maxsize=32)
def concave_expression(utility: SymbolicUtility) -> ConcaveExpression:
    """Return the balls for a utility, made once."""
    return ConcaveExpression(utility)
