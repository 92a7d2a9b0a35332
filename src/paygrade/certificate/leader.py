"""Branch and bound over the leader's choices: proved bounds on a bilevel optimum.

Each box of x carries the cells of responses that nothing has ruled out there; cells are halved
along with their box. The box with the least bound goes first, until it comes within the tolerance
of a value that is proved to be had.
"""

import heapq
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from flint import arb

from paygrade.certificate.bilevel import BilevelBalls, Cell, Ranges, Rival, balls_of
from paygrade.certificate.jet import Ball, between
from paygrade.certificate.search import lower_float, upper_float
from paygrade.model.bilevel import Bilevel, Point

MOST_BOXES = 20_000
MOST_CELLS = 400  # looked at in one box or at one point; the rest counts as undecided
MOST_RIVALS = 3
SCAN = 64  # responses from which rivals climb at first
FINE = 1e-13  # of the follower's range: a cell that is a point
STEPS = (1e-10, 1e-9, 1e-8, 1e-7, 1e-6)  # of a range: how far beside a tie a strict best is sought


@dataclass(frozen=True)
class Had:
    """A value that the leader is proved not to exceed (F to be minimised), and where."""

    value: float
    x: Point
    z: float


@dataclass(frozen=True)
class LeaderBounds:
    """Proved: no admissible (x, z) has F below `lower`; some has it at most `had.value`."""

    lower: float
    had: Had
    boxes: int


class LeaderSearch:
    """The search of one program.

    Arguments:
        program: what to solve.
        globally: whether z must be a best response; else the first-order relaxation is solved.
        tolerance: gap at which the search may stop, relative to the greater of 1 and the value.
    """

    def __init__(self, program: Bilevel, *, globally: bool, tolerance: float) -> None:
        self.balls = BilevelBalls(program, globally=globally)
        self.globally, self.tolerance = globally, tolerance
        *self.ranges, (self.low, self.high) = program.box
        ends = Cell(-1, self.low, self.low), Cell(1, self.high, self.high)
        self.whole = [ends[0], Cell(0, self.low, self.high), ends[1]]
        self._known: list[float] = []  # responses proved somewhere: rivals to try elsewhere

    def bounds(self, had: Had, claim: float = math.inf) -> LeaderBounds:
        """Return bounds on the optimum, with F to be minimised.

        Arguments:
            had: a value known to be had, inf if none is.
            claim: a value that the caller knows to be had, on other evidence.
        """
        box = tuple(self.ranges)
        start = [self.low + (self.high - self.low) * i / SCAN for i in range(SCAN + 1)]
        heap: list[tuple[float, int, Ranges, list[Cell], list[float]]] = []
        heapq.heappush(heap, (-math.inf, 0, box, self.whole, self._hills(box, start)))
        settled, ticket, done = math.inf, count(1), 0
        while heap and done < MOST_BOXES:
            if heap[0][0] >= self._cutoff(min(claim, had.value)):
                break
            _, _, box, cells, hills = heapq.heappop(heap)
            for half in self._halves(box):
                done += 1
                tops = self._climbed(half, [*hills, *self._known, *self._best_middle(half, cells)])
                cutoff = self._cutoff(min(claim, had.value))
                left, above = self._settle(half, cells, tops, cutoff)
                settled = min(settled, above)
                if not left:
                    continue
                left.sort()
                kept = [cell for _, cell in left]
                had = self._improved(half, kept, tops, had, claim)
                heapq.heappush(heap, (left[0][0], next(ticket), half, kept, tops))
        return LeaderBounds(min([settled, *(entry[0] for entry in heap[:1])]), had, done)

    def proved_at(self, x: Point, cells: Sequence[Cell] | None = None) -> Had:
        """Return a value that the leader has by choosing x, inf where none could be proved.

        Of responses that could not be told apart the leader's worst one counts. In the relaxation,
        one that is proved to be stationary is enough.
        """
        box = tuple((v, v) for v in x)
        cells = self.whole if cells is None else cells
        tops = self._climbed(box, [c.middle for c in cells]) if self.globally else []
        left, _ = self._settle(box, cells, tops, math.inf, FINE)
        if self.globally:  # what is left holds the best rivals
            tops = self._climbed(box, [cell.middle for _, cell in left])
            left, _ = self._settle(box, [cell for _, cell in left], tops, math.inf, FINE)
            self._known = self._remembered([cell.middle for _, cell in left])
        else:
            wider = [(bound, self._with_margin(cell)) for bound, cell in left]
            left = [(bound, cell) for bound, cell in wider if self._is_stationary(box, cell)]
        found = [(upper_float(self._value(box, c)), c.middle) for _, c in left]
        if not found:
            return Had(math.inf, x, math.nan)
        value, z = max(found) if self.globally else min(found)
        return Had(value, x, z)

    def proved_beside(self, x: Point) -> Iterator[Had]:
        """Yield values proved at x and at points ever farther beside it."""
        yield self.proved_at(x)
        for step in STEPS:
            for way in itertools.product((-1, 0, 1), repeat=len(x)):
                moved = [v + w * step * (b - a) for v, w, (a, b) in zip(x, way, self.ranges)]  # noqa: B905
                if any(way) and all(a <= v <= b for v, (a, b) in zip(moved, self.ranges)):  # noqa: B905
                    yield self.proved_at(tuple(moved))

    def proved_through(self, x: Point, z: float) -> Had:
        """Return a value of the relaxation had within a hair of (x, z), inf if none is proved.

        df/dz changes sign along an axis, so it is 0 in between.
        """
        ranges = (*self.ranges, (self.low, self.high))
        best = Had(math.inf, x, z)
        for i, (low, high) in enumerate(ranges):
            point = [*x, z]
            hair = FINE * (high - low)
            ends = []
            for v in (max(low, point[i] - hair), min(high, point[i] + hair)):
                point[i] = v
                ends.append(arb(v))
            fixed = [arb(v) for v in (*x, z)]
            signs = [self.balls.slope(*fixed[:i], end, *fixed[i + 1 :]) for end in ends]
            if signs[0] * signs[1] <= 0:
                fixed[i] = between(*ends)
                value = upper_float(self.balls.leader(*fixed))
                best = min(best, Had(value, x, z), key=lambda had: had.value)
        return best

    def _cutoff(self, value: float) -> float:
        return value - self.tolerance * max(1.0, abs(value)) if value < math.inf else math.inf

    def _halves(self, box: Ranges) -> tuple[Ranges, Ranges]:
        widths = [(b - a) / (d - c) for (a, b), (c, d) in zip(box, self.ranges, strict=True)]
        i = widths.index(max(widths))
        low, high = box[i]
        middle = round_middle(low, high)
        return (*box[:i], (low, middle), *box[i + 1 :]), (*box[:i], (middle, high), *box[i + 1 :])

    def _settle(
        self,
        box: Ranges,
        cells: Sequence[Cell],
        tops: Sequence[float],
        cutoff: float,
        share: float | None = None,
    ) -> tuple[list[tuple[float, Cell]], float]:
        """Return the cells left with their bounds, and the least bound of those above `cutoff`."""
        if share is None:
            share = max((b - a) / (d - c) for (a, b), (c, d) in zip(box, self.ranges, strict=True))
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

    def _improved(
        self, box: Ranges, cells: Sequence[Cell], tops: Sequence[float], had: Had, claim: float
    ) -> Had:
        """Return what is had in the middle of the box, if that is better than `had`."""
        x = tuple(0.5 * (a + b) for a, b in box)
        point = [arb(v) for v in x]
        best = min(had.value, claim)
        goal = best - 0.1 * self.tolerance * max(1.0, abs(best)) if best < math.inf else best
        tried = [*tops[:1], *(cell.middle for cell in cells[: 1 if self.globally else None])]
        if not any(float(self.balls.leader(*point, arb(z))) < goal for z in tried):
            return had
        # cells ruled out by their bound may hold the response, so all count when it must be best
        found = self.proved_at(x, self.whole if self.globally else cells)
        return min(had, found, key=lambda one: one.value)

    def _hills(self, box: Ranges, zs: Sequence[float]) -> list[float]:
        """Return those of `zs` that are no lower than their neighbours, climbed."""
        heights = [self._height(box, z) for z in zs]
        padded = [-math.inf, *heights, -math.inf]
        return self._climbed(
            box,
            [z for z, l, h, r in zip(zs, padded, heights, padded[2:]) if h >= max(l, r)],  # noqa: B905, E741
        )

    def _climbed(self, box: Ranges, zs: Sequence[float]) -> list[float]:
        """Return the highest hills near `zs` at the centre, after three of Newton's steps."""
        if not self.globally:
            return []
        x = [arb(0.5 * (a + b)) for a, b in box]
        tops = []
        for start in zs:
            z = start
            for _ in range(3):
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

    def _remembered(self, zs: Sequence[float]) -> list[float]:
        """Return the latest responses known, far enough apart to be other hills."""
        near = 0.01 * (self.high - self.low)
        kept = [z for z in self._known if all(abs(z - new) > near for new in zs)]
        return [*zs[:MOST_RIVALS], *kept][: 2 * MOST_RIVALS]

    def _best_middle(self, box: Ranges, cells: Sequence[Cell]) -> list[float]:
        middles = [cell.middle for cell in cells]
        return [max(middles, key=lambda z: self._height(box, z))] if self.globally else []

    def _height(self, box: Ranges, z: float) -> float:
        value = self.balls.follower(*(arb(0.5 * (a + b)) for a, b in box), arb(z))
        return lower_float(value)

    def _value(self, box: Ranges, cell: Cell) -> Ball:
        return self.balls.leader(*balls_of(box), between(arb(cell.low), arb(cell.high)))

    def _with_margin(self, cell: Cell) -> Cell:
        """Return the cell a hair wider, so that df/dz has a clear sign at its ends."""
        if cell.side:
            return cell
        hair = FINE * (self.high - self.low)
        return Cell(0, max(self.low, cell.low - hair), min(self.high, cell.high + hair))

    def _is_stationary(self, box: Ranges, cell: Cell) -> bool:
        """Whether the cell is proved to hold a point that meets the first-order condition."""
        x = balls_of(box)
        low, high = self.balls.slope(*x, arb(cell.low)), self.balls.slope(*x, arb(cell.high))
        if cell.side:
            return bool(cell.side * low >= 0)
        return bool(low * high <= 0)


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
