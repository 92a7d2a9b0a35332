"""The follower's responses over one box of leader's choices: which remain, and rivals to them."""

import math
from collections.abc import Sequence

from flint import arb

from paygrade.certificate.bilevel import BilevelBalls, Cell, Ranges, Rival
from paygrade.certificate.jet import Ball
from paygrade.certificate.search import lower_float
from paygrade.model.bilevel import Bilevel

MOST_CELLS = 400  # looked at in one box or at one point; the rest counts as undecided
MOST_RIVALS = 3
SCAN = 64  # responses from which rivals climb at first
CLIMB = 3  # steps of Newton's method, from box to box
FINE = 1e-13  # of the follower's range: a cell that is a point


class Responses:
    """Cells of responses, cut and ruled out.

    Arguments:
        program: both expressions and the bounds.
        globally: whether z must be a best response, or only meet the first-order condition.
    """

    def __init__(self, program: Bilevel, *, globally: bool) -> None:
        self.balls, self.globally = BilevelBalls(program, globally=globally), globally
        *self.ranges, (self.low, self.high) = program.box
        ends = Cell(-1, self.low, self.low), Cell(1, self.high, self.high)
        self.whole = [ends[0], Cell(0, self.low, self.high), ends[1]]
        self._known: list[float] = []  # proved somewhere: rivals to try elsewhere

    def settle(
        self,
        box: Ranges,
        cells: Sequence[Cell],
        tops: Sequence[float],
        cutoff: float,
        share: float | None = None,
    ) -> tuple[list[tuple[float, Cell]], float]:
        """Return the cells left with their bounds, and the least bound of those above `cutoff`."""
        if share is None:
            share = self.share(box)
        rivals: list[Rival] = [self.balls.rival(box, z) for z in tops] if self.globally else []
        width = share * (self.high - self.low)
        left, above, stack = [], math.inf, list(cells)
        for _ in range(MOST_CELLS):
            if not stack:
                break
            cell = self.balls.narrowed(box, stack.pop())
            bound = None if cell is None else self.balls.bound(box, cell, rivals)
            if cell is None or bound is None:
                continue
            middle = round_middle(cell.low, cell.high)
            if bound >= cutoff:
                above = min(above, bound)
            elif cell.high - cell.low > width and cell.low < middle < cell.high:
                stack += [Cell(0, cell.low, middle), Cell(0, middle, cell.high)]
            else:
                left.append((bound, cell))
        return left + [(-math.inf, cell) for cell in stack], above

    def share(self, box: Ranges) -> float:
        """Return how much of its range the widest side takes up."""
        return max((b - a) / (d - c) for (a, b), (c, d) in zip(box, self.ranges, strict=True))

    def first_rivals(self, box: Ranges) -> list[float]:
        """Return the highest hills at the centre, from a scan."""
        zs = [self.low + (self.high - self.low) * i / SCAN for i in range(SCAN + 1)]
        heights = [-math.inf, *(self._height(box, z) for z in zs), -math.inf]
        near = zip(zs, heights, heights[1:], heights[2:], strict=False)
        return self.climbed(box, [z for z, left, own, right in near if own >= max(left, right)])

    def next_rivals(
        self, box: Ranges, rivals: Sequence[float], cells: Sequence[Cell]
    ) -> list[float]:
        """Return the highest hills at the centre, from rivals near by and what has been learnt."""
        if not self.globally:
            return []
        highest = max((cell.middle for cell in cells), key=lambda z: self._height(box, z))
        return self.climbed(box, [*rivals, *self._known, highest])

    def climbed(self, box: Ranges, zs: Sequence[float]) -> list[float]:
        """Return the highest hills near `zs` at the centre, after a few of Newton's steps."""
        if not self.globally:
            return []
        x = [arb(0.5 * (a + b)) for a, b in box]
        tops = []
        for start in zs:
            z = start
            for _ in range(CLIMB):
                slope, bend = (float(g(*x, arb(z))) for g in (self.balls.slope, self.balls.bend))
                if not bend < 0.0:  # a valley, or undefined
                    break
                z = min(max(z - slope / bend, self.low), self.high)
            tops += [(self._height(box, point), point) for point in {start, z}]
        chosen: list[float] = []
        for _, z in sorted(tops, reverse=True):
            if all(abs(z - other) > 1e-6 * (self.high - self.low) for other in chosen):
                chosen.append(z)
        return chosen[:MOST_RIVALS]

    def remember(self, zs: Sequence[float]) -> None:
        """Keep the latest responses, far enough apart to be other hills, as rivals elsewhere."""
        near = 0.01 * (self.high - self.low)
        kept = [z for z in self._known if all(abs(z - new) > near for new in zs)]
        self._known = [*zs[:MOST_RIVALS], *kept][: 2 * MOST_RIVALS]

    def _height(self, box: Ranges, z: float) -> float:
        value = self.balls.follower(*(arb(0.5 * (a + b)) for a, b in box), arb(z))
        return lower_float(value)

    def value(self, box: Ranges, cell: Cell) -> Ball:
        """Return F over the box and the cell."""
        return self.balls.leader(*self.balls.over(box), self.balls.responses(cell))

    def with_margin(self, cell: Cell) -> Cell:
        """Return the cell a hair wider, so that df/dz has a clear sign at its ends."""
        if cell.side:
            return cell
        hair = FINE * (self.high - self.low)
        return Cell(0, max(self.low, cell.low - hair), min(self.high, cell.high + hair))

    def is_stationary(self, box: Ranges, cell: Cell) -> bool:
        """Whether the cell is proved to hold a point that meets the first-order condition."""
        x = self.balls.over(box)
        low, high = self.balls.slope(*x, arb(cell.low)), self.balls.slope(*x, arb(cell.high))
        if cell.side:
            return bool(cell.side * low >= 0)
        # without a pole, what changes its sign is 0 in between
        return bool(
            low * high <= 0 and self.balls.slope(*x, self.balls.responses(cell)).is_finite()
        )


def round_middle(low: float, high: float) -> float:
    """Return a number of few bits near the middle, so that balls between such numbers are exact.

    A ball's radius has 30 bits; a box from 0 would else reach below 0, where no logarithm is.

    >>> round_middle(0.0, 0.7)
    0.349609375
    """
    middle = 0.5 * (low + high)
    if not high - low > 1e-280:  # nothing to round
        return middle
    grain = 2.0 ** (math.frexp(high - low)[1] - 9)
    rounded = round(middle / grain) * grain
    return rounded if low < rounded < high else middle
