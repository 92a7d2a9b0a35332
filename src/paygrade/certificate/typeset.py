"""`certify_types`: what holds for every type of a set under one contract, proved.

Three numbers are bounded over all types at once: the least best response, the least utility above
the reservation, and the principal's least payoff. Ordered numbers stand at their worst ends
(`typed.py`); the box of the others is divided, the worst part first, until the bound is good
enough. The bounds are valid whenever the search stops.
"""

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from flint import arb, ctx

from paygrade.agent.response import best_response
from paygrade.arguments import checked_arguments
from paygrade.certificate.curves import promised_curve
from paygrade.certificate.jet import NoEnclosure
from paygrade.certificate.payoff import value_ball
from paygrade.certificate.proof import certify, payoff_curve
from paygrade.certificate.responses_of_types import ResponseRange, middle_of
from paygrade.certificate.search import lower_float
from paygrade.certificate.single_types import Least, payoff_from, slack_of, tried_types
from paygrade.certificate.typed import (
    FALLS,
    RISES,
    Interval,
    hull,
    unordered,
    with_balls,
    worst_ends,
)
from paygrade.certificate.verdict import Certificate, Evidence
from paygrade.errors import ModelError
from paygrade.model.contract import Contract
from paygrade.model.named import changed, parameters
from paygrade.model.problem import MoralHazard
from paygrade.model.typeset import TypeBox, TypeList, TypeSet
from paygrade.model.utility import RiskNeutral

MOST_CELLS = 1000  # parts that a box of types may be divided into
PAYOFF_CELLS = 200  # the same for the payoff, whose bound need not be sharp to be of use
CLOSE = 1e-3  # relative distance of a bound from what some type attains that is good enough
PIECES = 200  # that the efforts a payoff is bounded over may be divided into
BITS = 80  # enough next to the width of boxes, and faster than a proof at one point needs

Cell = Mapping[str, Interval]


@dataclass(frozen=True)
class TypesCertificate:
    """What is proved about a contract and a set of types.

    Attributes:
        names: of the types whose certificates are listed: all of a list; corners and middle of a
            box.
        efforts: their best responses.
        each: their certificates by `certify`.
        least_effort: no best response of any type of the set lies below it.
        worst_payoff: no type earns the principal less (money), if it takes part.
        ir_slack: every type's utility exceeds its reservation by at least this (utils; money under
            `CARA(cost_in_money=True)`).
        asked: the effort asked of every type; None for none.
        holds: whether every type takes part, no type works less than `asked`, every wage respects
            its bounds and every listed certificate holds.
        worst: the numbers of the type that works least, of those tried; where some type may refuse,
            of the one that gets least above its reservation.
        evidence: grade of the evidence for the whole set.
        cells: parts that the box was divided into.
    """

    names: tuple[str, ...]
    efforts: tuple[float, ...]
    each: tuple[Certificate, ...]
    least_effort: float
    worst_payoff: float
    ir_slack: float
    asked: float | None
    holds: bool
    worst: Mapping[str, float]
    evidence: Evidence
    cells: int

    @property
    def verdict(self) -> str:
        """What is known about all types, in one sentence."""
        if self.evidence is Evidence.CHECKED:
            return (
                f"{self.evidence}: of {self.cells} types tried none works less than"
                f" {self.least_effort:.4g} or earns you less than {self.worst_payoff:.4g}; this"
                " proves nothing about the others"
            )
        text = (
            f"{self.evidence}: no type works less than {self.least_effort:.4g} or earns you less"
            f" than {self.worst_payoff:.4g}"
        )
        if self.ir_slack < 0:
            text += f"; some type may refuse ({self.ir_slack:.3g})"
        if self.asked is not None and self.least_effort < self.asked:
            text += f"; you asked for {self.asked:.4g}"
        return text


@checked_arguments
def certify_types(
    types: TypeSet,
    contract: Contract,
    *,
    effort: float | None = None,
    most_cells: int = MOST_CELLS,
) -> TypesCertificate:
    """Return what holds for every type under `contract`.

    Arguments:
        types: a list of types, or a box of them; for a box the claims hold for *every* type in it,
            by single crossing and by branch and bound over boxes of types and efforts.
        contract: the rule, in money.
        effort: the effort that every type is asked for; None to ask for none.
        most_cells: parts that a box may be divided into for each bound (at most 200 for the worst
            payoff); fewer are quicker, and the bounds hold with any number.

    Raises:
        ModelError: for an effort outside the effort set.

    A best response here is an effort that no other beats, by however little; `certify` overlooks a
    gain of 1e-9 of the cost at stake. So a rule that leaves a type exactly indifferent has to be a
    little more generous to hold here.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=50, rho=0.8), wage_floor=0.0)
    >>> box = pg.TypeBox(problem, {"cost.scale": (0.9, 1.1), "monitor.rho": (0.75, 0.85)})
    >>> rule = pg.BinaryContract(base=0.0, bonus=0.85, cutoff=38)
    >>> proof = certify_types(box, rule, effort=0.7)
    >>> proof.holds, proof.evidence.value, proof.least_effort >= 0.7
    (True, 'PROVED', True)
    """
    if effort is not None and not types.problem.efforts.contains(effort):
        raise ModelError(
            f"effort={effort!r} is not in the problem's efforts, so no type can be asked for it;"
            f" choose one between {types.problem.efforts.low:g} and {types.problem.efforts.high:g}"
        )
    names, members = listed(types)
    efforts = tuple(best_response(member, contract).effort for member in members)
    each = tuple(certify(m, contract, e) for m, e in zip(members, efforts, strict=True))
    boxes = [TypeBox(m, {}) for m in members] if isinstance(types, TypeList) else [types]
    before = ctx.prec
    ctx.prec = BITS
    try:
        proofs = [_Proof(box, contract, effort, most_cells) for box in boxes]
        least = [proof.effort() for proof in proofs]
        slack = [proof.ir_slack() for proof in proofs]
        payoff = [proof.payoff() for proof in proofs]
        evidence = Evidence.PROVED
    except NoEnclosure:
        least, slack, payoff = tried_types(types, contract)
        evidence = Evidence.CHECKED
    finally:
        ctx.prec = before
    working = min(least, key=lambda found: found.bound)
    joining = min(slack, key=lambda found: found.bound)
    tolerance = max(certificate.tolerance for certificate in each)
    worst = joining.worst if joining.bound < -tolerance else working.worst
    return TypesCertificate(
        names, efforts, each, working.bound, min(found.bound for found in payoff), joining.bound,
        effort,
        all(certificate.holds for certificate in each)
        and joining.bound >= -tolerance
        and (effort is None or working.bound >= effort),
        worst, evidence, sum(found.cells for found in (*least, *slack, *payoff)),
    )  # fmt: skip


def listed(types: TypeSet) -> tuple[tuple[str, ...], tuple[MoralHazard, ...]]:
    """Return names and problems to list: all of a list, corners and middle of a box."""
    if isinstance(types, TypeList):
        return types.labels, types.members
    corners = types.corners()
    names = []
    for corner in corners:
        numbers = parameters(corner)
        names.append(", ".join(f"{name}={numbers[name]:g}" for name in types.ranges))
    if len(corners) == 1:
        return ("the only type",), corners
    return (*names, "middle"), (*corners, types.middle)


class _Proof:
    """The three bounds for one box of types."""

    def __init__(
        self, box: TypeBox, contract: Contract, asked: float | None, most_cells: int
    ) -> None:
        self.box, self.contract, self.asked = box, contract, asked
        self.most_cells = most_cells
        self.responses = ResponseRange(box.problem, box.ranges, contract)
        self.root = {name: box.ranges[name] for name in self.responses.divided}

    def effort(self) -> Least:
        mark, enough = self.asked, math.inf if self.asked is None else self.asked

        def attained(cell: Cell) -> tuple[float, MoralHazard]:
            typed = self.responses.extreme_type(cell)
            return best_response(typed, self.contract).effort, typed

        return self._least(lambda cell: self.responses.least(cell, mark), attained, enough)

    def ir_slack(self) -> Least:
        names = unordered(self.box.ranges, "utility", self.contract, self.box.problem)
        ends = worst_ends(self.box.ranges, "utility", self.contract, self.box.problem)
        root = {name: self.box.ranges[name] for name in names}

        def typed(cell: Cell) -> MoralHazard:
            return changed(self.box.problem, {**ends, **middle_of(cell)})

        def bound(cell: Cell) -> float:
            worst = typed(cell)
            effort = best_response(worst, self.contract).effort
            balls = {name: hull(*pair) for name, pair in cell.items()}
            wide = with_balls(worst, balls) if balls else worst
            own = payoff_curve(wide, self.contract)(effort, effort).value
            return lower_float(own - arb(worst.reservation_utility))

        def attained(cell: Cell) -> tuple[float, MoralHazard]:
            worst = typed(cell)
            return slack_of(worst, self.contract), worst

        return self._least(bound, attained, 0.0, root)

    def payoff(self) -> Least:
        def attained(cell: Cell) -> tuple[float, MoralHazard]:
            ends = [self.responses.extreme_type(cell, sense) for sense in (FALLS, RISES)]
            payoffs = [payoff_from(end, self.contract) for end in ends]
            return min(zip(payoffs, ends, strict=True), key=lambda found: found[0])

        most = min(PAYOFF_CELLS, self.most_cells)
        return self._least(self._payoff_over, attained, math.inf, most=most)

    def _payoff_over(self, cell: Cell) -> float:
        """Return a bound on R(e) - E[w] over the types in `cell` at their best responses."""
        low, high = self.responses.least(cell), self.responses.greatest(cell)
        balls = {name: hull(*pair) for name, pair in cell.items() if name.startswith("monitor.")}
        problem = self.box.problem
        typed = with_balls(problem, balls) if balls else problem
        wage = promised_curve(RiskNeutral(), self.contract, typed.monitor)

        def payoff(a: float, b: float) -> float:
            return lower_float(value_ball(problem.value, arb(a), arb(b)) - wage(a, b).value)

        return _lowest(payoff, low, high)

    def _least(
        self,
        bound: Callable[[Cell], float],
        attained: Callable[[Cell], tuple[float, MoralHazard]],
        enough: float,
        root: Cell | None = None,
        most: int | None = None,
    ) -> Least:
        """Divide the worst cell until its bound is enough, or near what some type attains."""
        root = self.root if root is None else root
        ticket = count()
        best, worst = attained(root)
        cells: list[tuple[float, int, Cell]] = [(bound(root), next(ticket), root)]
        made = 1
        while made < (most or self.most_cells) and root:
            low, _, cell = cells[0]
            if low >= enough or low >= best - CLOSE * (abs(best) + CLOSE):
                break
            heapq.heappop(cells)
            for half in _halves(cell, root):
                found, typed = attained(half)
                if found < best:
                    best, worst = found, typed
                heapq.heappush(cells, (bound(half), next(ticket), half))
                made += 1
        numbers = parameters(worst)
        return Least(cells[0][0], best, {name: numbers[name] for name in self.box.ranges}, made)


def _lowest(bound: Callable[[float, float], float], low: float, high: float) -> float:
    """Return a lower bound over [low, high], of which `bound` bounds any part, by dividing it."""
    pieces = [(bound(low, high), low, high)]
    attained = min(bound(low, low), bound(high, high))
    for _ in range(PIECES):
        least, a, b = pieces[0]
        middle = 0.5 * (a + b)
        if least >= attained - 0.25 * CLOSE * (abs(attained) + CLOSE) or not a < middle < b:
            break
        heapq.heappop(pieces)
        attained = min(attained, bound(middle, middle))
        for left, right in ((a, middle), (middle, b)):
            heapq.heappush(pieces, (bound(left, right), left, right))
    return pieces[0][0]


def _halves(cell: Cell, root: Cell) -> tuple[Cell, Cell]:
    """Return the two halves of `cell` along the interval that is widest in proportion."""

    def share(name: str) -> float:
        (low, high), (least, most) = cell[name], root[name]
        return (high - low) / (most - least)

    name = max(cell, key=share)
    low, high = cell[name]
    middle = 0.5 * (low + high)
    return {**cell, name: (low, middle)}, {**cell, name: (middle, high)}
