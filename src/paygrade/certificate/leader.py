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

from paygrade.certificate.bilevel import Cell, Ranges, response_gap
from paygrade.certificate.jet import between
from paygrade.certificate.responses import FINE, Responses, round_middle
from paygrade.certificate.search import upper_float
from paygrade.model.bilevel import Bilevel, Point

MOST_BOXES = 20_000
TIE = 1e-9  # what a response may lose the follower and count as best (units of f)
TINY = 1e-10  # of a range: a box in which a tie is sought that no neighbour shares
STEPS = (1e-10, 1e-9, 1e-8, 1e-7, 1e-6)  # of a range: how far beside a tie a strict best is sought


@dataclass(frozen=True)
class Had:
    """A value that the leader is proved not to exceed (F to be minimised), and where."""

    value: float
    x: Point
    z: float


@dataclass(frozen=True)
class LeaderBounds:
    """Proved: no admissible (x, z) has F below `lower`; some has it at most `had.value`.

    `tied` is what is had if responses are best that lose the follower at most `TIE`.
    """

    lower: float
    had: Had
    tied: Had
    boxes: int


class LeaderSearch:
    """The search of one program.

    Arguments:
        program: what to solve.
        globally: whether z must be a best response; else the first-order relaxation is solved.
        tolerance: gap at which the search may stop, relative to the greater of 1 and the value.
    """

    def __init__(self, program: Bilevel, *, globally: bool, tolerance: float) -> None:
        self.program, self.globally, self.tolerance = program, globally, tolerance
        self.responses = Responses(program, globally=globally)
        self.balls, self.whole = self.responses.balls, self.responses.whole
        *self.ranges, (self.low, self.high) = program.box

    def bounds(self, had: Had, tied: Had | None = None) -> LeaderBounds:
        """Return bounds on the optimum, with F to be minimised.

        Arguments:
            had: a value known to be had, inf if none is.
            tied: a value had if ties within `TIE` are exact, from `tied_at`.
        """
        tied = tied or Had(math.inf, had.x, had.z)
        box = tuple(self.ranges)
        heap: list[tuple[float, int, Ranges, list[Cell], list[float]]] = []
        heapq.heappush(heap, (-math.inf, 0, box, self.whole, self.responses.first_rivals(box)))
        settled, ticket, done = math.inf, count(1), 0
        while heap and done < MOST_BOXES:
            if heap[0][0] >= self._cutoff(min(tied.value, had.value)):
                break
            _, _, box, cells, rivals = heapq.heappop(heap)
            if self.globally and self.responses.share(box) < TINY:
                tied = min(tied, self._tied_in(box, cells), key=lambda one: one.value)
            for half in self._halves(box):
                done += 1
                tops = self.responses.next_rivals(half, rivals, cells)
                cutoff = self._cutoff(min(tied.value, had.value))
                left, above = self.responses.settle(half, cells, tops, cutoff)
                settled = min(settled, above)
                if not left:
                    continue
                left.sort()
                kept = [cell for _, cell in left]
                had = self._improved(half, kept, tops, had, tied.value)
                heapq.heappush(heap, (left[0][0], next(ticket), half, kept, tops))
        return LeaderBounds(min([settled, *(entry[0] for entry in heap[:1])]), had, tied, done)

    def proved_at(self, x: Point, cells: Sequence[Cell] | None = None) -> Had:
        """Return a value that the leader has by choosing x, inf where none could be proved.

        Of responses that could not be told apart the leader's worst one counts. In the relaxation,
        one that is proved to be stationary is enough.
        """
        box = tuple((v, v) for v in x)
        cells = self.whole if cells is None else cells
        tops = self.responses.climbed(box, [c.middle for c in cells]) if self.globally else []
        left, _ = self.responses.settle(box, cells, tops, math.inf, FINE)
        if self.globally:  # what is left holds the best rivals
            tops = self.responses.climbed(box, [cell.middle for _, cell in left])
            left, _ = self.responses.settle(box, [cell for _, cell in left], tops, math.inf, FINE)
            self.responses.remember([cell.middle for _, cell in left])
        else:
            wider = [(bound, self.responses.with_margin(cell)) for bound, cell in left]
            left = [
                (bound, cell) for bound, cell in wider if self.responses.is_stationary(box, cell)
            ]
        found = [(upper_float(self.responses.value(box, c)), c.middle) for _, c in left]
        if not found:
            return Had(math.inf, x, math.nan)
        value, z = max(found) if self.globally else min(found)
        return Had(value, x, z)

    def tied_at(self, x: Point, z: float) -> Had:
        """Return F(x, z), or inf where another response might gain the follower more than `TIE`."""
        gap = response_gap(self.program, x, z)
        value = upper_float(self.balls.leader(*map(arb, x), arb(z)))
        return Had(value if gap <= TIE else math.inf, x, z)

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
                if not self.balls.slope(*fixed).is_finite():  # it may jump over 0 at a pole
                    continue
                value = upper_float(self.balls.leader(*fixed))
                best = min(best, Had(value, x, z), key=lambda had: had.value)
        return best

    def _cutoff(self, value: float) -> float:
        return value - self.tolerance * max(1.0, abs(value)) if value < math.inf else math.inf

    def _tied_in(self, box: Ranges, cells: Sequence[Cell]) -> Had:
        """Return what is had in the middle of a tiny box by the leader's favourite cell."""
        x = tuple(0.5 * (a + b) for a, b in box)
        return self.tied_at(x, cells[0].middle)

    def _halves(self, box: Ranges) -> tuple[Ranges, Ranges]:
        widths = [(b - a) / (d - c) for (a, b), (c, d) in zip(box, self.ranges, strict=True)]
        i = widths.index(max(widths))
        low, high = box[i]
        middle = round_middle(low, high)
        return (*box[:i], (low, middle), *box[i + 1 :]), (*box[:i], (middle, high), *box[i + 1 :])

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
