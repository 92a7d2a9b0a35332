"""What a box of leader's choices can yield: responses ruled out, and a bound over those left.

A cell is a range of responses z, either one end of the follower's range or the points of it where
df/dz = 0; every best response lies in one of them. Over a box of x a cell is ruled out when

- df/dz has a sign there with which z would move on,
- a rival z' is better than the whole cell, whatever x is (left out for the relaxation), or
- d²f/dz² > 0, so that what is stationary is a valley (likewise).

In what is left, F is bounded by F - m·c with prices m on the conditions c that a response meets:
df/dz = 0 (at an end: of one sign), and no rival is better. Any m bounds F, as long as those on
inequalities are not negative; at good ones this difference is flat where F is not, and the error
falls with the square of the box, at jumps of the response too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flint import arb

from paygrade.certificate.expressions import compile_balls, expression_jet
from paygrade.certificate.jet import Ball, Jet, anchored
from paygrade.certificate.prices import Linear, best_prices
from paygrade.certificate.search import largest_gain, lower_float
from paygrade.model.bilevel import Bilevel, Point

SLACK = 1e-13  # between what a response is proved to lose and what it does lose

Ranges = tuple[tuple[float, float], ...]  # of the leader's variables
Balls = tuple[Ball, ...]


class Cell(NamedTuple):
    """Responses from low to high: at the lower end (side -1), the upper (1), or stationary (0)."""

    side: int
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The response in the middle."""
        return 0.5 * (self.low + self.high)


@dataclass(frozen=True)
class Rival:
    """A response that a best one must not fall below, over a box of x and at its centre."""

    z: float
    over: Ball
    central: Ball
    gradient: Balls  # of f(x, z) by x, over the box


@dataclass(frozen=True)
class Condition:
    """c = 0 or c >= 0: a ball at the centre, balls for its gradient over box and cell."""

    central: Ball
    gradient: Balls
    equality: bool


class BilevelBalls:
    """F, to be minimised, and f, to be maximised, with derivatives in balls.

    Arguments:
        program: both expressions and the bounds.
        globally: whether z must be a best response, or only meet the first-order condition.

    Raises:
        NoEnclosure: for a function that has no ball arithmetic, or a follower with kinks.
    """

    def __init__(self, program: Bilevel, *, globally: bool = True) -> None:
        self.globally = globally
        self.box = program.box
        self.leader, *self._leader_gradient = _compiled(program, "leader")
        self.follower, *others = _compiled(program, "follower")
        count = len(program.symbols)
        self._follower_gradient, self._slope_gradient = others[:count], others[count:]
        self.slope, self.bend = self._follower_gradient[-1], self._slope_gradient[-1]

    def over(self, ranges: Sequence[tuple[float, float]]) -> Balls:
        """Return a ball for each range, the leader's variables first; none leaves the bounds."""
        return tuple(
            anchored(low, high, at_high=high == bounds[1] and low > bounds[0])
            for (low, high), bounds in zip(ranges, self.box, strict=False)
        )

    def responses(self, cell: Cell) -> Ball:
        """Return a ball for the responses in a cell."""
        low, high = self.box[-1]
        return anchored(cell.low, cell.high, at_high=cell.high == high and cell.low > low)

    def rival(self, box: Ranges, z: float) -> Rival:
        """Return what z would be worth to the follower over the box."""
        over, centre, at = self.over(box), centre_of(box), arb(z)
        return Rival(
            z,
            self.follower(*over, at),
            self.follower(*centre, at),
            tuple(slope(*over, at) for slope in self._follower_gradient[:-1]),
        )

    def narrowed(self, box: Ranges, cell: Cell) -> Cell | None:
        """Return the part of a cell where df/dz can be 0 for some x of the box, None if nowhere."""
        if cell.side or cell.low == cell.high:
            return cell
        over = self.over(box)
        bend = self.bend(*over, self.responses(cell))
        if not bend.is_finite() or bend.contains(0):
            return cell
        middle = arb(cell.middle)
        root = middle - self.slope(*over, middle) / bend  # Newton's step, for all x at once
        if not root.is_finite():
            return cell
        low = max(cell.low, lower_float(root))
        high = min(cell.high, -lower_float(-root))
        return Cell(0, low, high) if low <= high else None

    def bound(self, box: Ranges, cell: Cell, rivals: Sequence[Rival]) -> float | None:
        """Return a lower bound on F over the responses in the cell, or None if there are none."""
        at = (*self.over(box), self.responses(cell))
        slope = self.slope(*at)
        if (cell.side <= 0 and slope > 0) or (cell.side >= 0 and slope < 0):
            return None
        slope_gradient = tuple(part(*at) for part in self._slope_gradient)
        if self.globally and cell.side == 0 and slope_gradient[-1] > 0:
            return None
        ranges = (*box, (cell.low, cell.high))
        centre, reach = centre_of(ranges), reach_of(ranges)
        sign = -1 if cell.side < 0 else 1
        stands = Condition(
            sign * self.slope(*centre), tuple(sign * g for g in slope_gradient), cell.side == 0
        )
        conditions = [stands]
        for condition, highest in self._comparisons(at, centre, rivals):
            if highest < 0 or _spread(condition, reach) < 0:
                return None
            conditions.append(condition)
        gradient = tuple(part(*at) for part in self._leader_gradient)
        least = lower_float(self.leader(*at))
        return max(least, _priced(self.leader(*centre), gradient, conditions, reach))

    def _comparisons(
        self, at: Balls, centre: Balls, rivals: Sequence[Rival]
    ) -> list[tuple[Condition, Ball]]:
        """Return, for each rival, that z is no worse, with f(x, z) - f(x, rival) over the box."""
        if not rivals:
            return []
        over, central = self.follower(*at), self.follower(*centre)
        slopes = [part(*at) for part in self._follower_gradient]
        found = []
        for rival in rivals:
            gradient = [a - b for a, b in zip(slopes[:-1], rival.gradient, strict=True)]
            condition = Condition(central - rival.central, (*gradient, slopes[-1]), equality=False)
            found.append((condition, over - rival.over))
        return found


def _compiled(program: Bilevel, name: str) -> list[Callable[..., Ball]]:
    return [compile_balls(expr, program.real_symbols) for expr in program.derivatives_of(name)]


def centre_of(ranges: Sequence[tuple[float, float]]) -> Balls:
    """Return the doubles in the middle, as exact balls."""
    return tuple(arb(0.5 * (low + high)) for low, high in ranges)


def reach_of(ranges: Sequence[tuple[float, float]]) -> Balls:
    """Return how far each range extends from its centre."""
    return tuple(
        (arb(high) - arb(0.5 * (low + high))).max(arb(0.5 * (low + high)) - arb(low))
        for low, high in ranges
    )


def _spread(condition: Condition, reach: Balls) -> Ball:
    """Return a ball whose upper end no value of the condition exceeds."""
    return condition.central + sum(
        (abs(g) * r for g, r in zip(condition.gradient, reach, strict=True)), arb(0)
    )


def _priced(central: Ball, gradient: Balls, conditions: Sequence[Condition], reach: Balls) -> float:
    """Return the bound on F over the box with prices on the conditions, -inf if there is none."""
    balls = (central, *gradient)
    known = [c for c in conditions if all(b.is_finite() for b in (c.central, *c.gradient))]
    if not all(ball.is_finite() for ball in balls):
        return float("-inf")
    prices = best_prices(
        _rounded(central, gradient, equality=False),
        [_rounded(c.central, c.gradient, equality=c.equality) for c in known],
        [float(r) for r in reach],
    )
    least = central
    slopes = list(gradient)
    for price, condition in zip(prices, known, strict=True):
        least -= arb(price) * condition.central
        slopes = [s - arb(price) * g for s, g in zip(slopes, condition.gradient, strict=True)]
    return lower_float(
        least - sum((abs(s) * r for s, r in zip(slopes, reach, strict=True)), arb(0))
    )


def _rounded(central: Ball, gradient: Balls, *, equality: bool) -> Linear:
    slopes, doubts = [float(g) for g in gradient], [float(g.rad()) for g in gradient]
    return Linear(float(central), slopes, doubts, equality)


def response_gap(program: Bilevel, x: Point, z: float) -> float:
    """Return a proved upper bound on what any other z' would gain the follower at x."""
    import sympy

    follower, *_ = program.derivatives_of("follower")
    symbols = program.real_symbols
    exact = {s: sympy.Rational(*v.as_integer_ratio()) for s, v in zip(symbols, x, strict=False)}
    fixed = follower.subs(exact)
    least, most = program.box[-1]

    def over(low: float, high: float) -> Jet:
        box = anchored(low, high, at_high=high == most and low > least)
        return expression_jet(fixed, symbols[-1], arb(low), arb(high), box)

    return largest_gain(over, least, most, z, SLACK).upper
