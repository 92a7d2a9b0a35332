"""Bilevel programs: the class, its certified optimum, and its first-order relaxation."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flint import ctx

from paygrade.arguments import checked_arguments
from paygrade.certificate.bilevel import response_gap
from paygrade.certificate.expressions import compile_balls
from paygrade.certificate.jet import NoEnclosure
from paygrade.certificate.leader import TIE, Had, LeaderSearch
from paygrade.certificate.verdict import Evidence
from paygrade.design.bilevel import BilevelSearch
from paygrade.errors import ModelError, NotConverged
from paygrade.model.bilevel import Bilevel, Point

PRECISION = 128
TOLERANCE = 1e-6  # of the greater of 1 and the leader's value


@dataclass(frozen=True)
class BilevelSolution:
    """The leader's optimum over the follower's best responses, with its proof.

    Attributes:
        x: the leader's choice: a number, or one for each variable if there are several.
        z: the follower's response; of ties the leader's favourite.
        leader_value, follower_value: F and f there, in the program's own senses.
        value_lower, value_upper: proved bounds on the leader's optimal value.
        response_gap: proved upper bound on what any other z would gain the follower at `x`.
        tie: 0 when both bounds hold outright. Otherwise the optimum is only approached where two
            responses tie to within `tie` (units of f), and the bound on the side that the leader
            hopes for takes this tie as exact.
        boxes: boxes of leader's choices that the proof needed.
        evidence: PROVED.
    """

    x: float | Point
    z: float
    leader_value: float
    follower_value: float
    value_lower: float
    value_upper: float
    response_gap: float
    tie: float
    boxes: int
    evidence: Evidence = Evidence.PROVED

    @property
    def verdict(self) -> str:
        """One sentence: what is known and on which evidence."""
        return (
            f"{self.evidence}: the leader's optimum lies between {self.value_lower:.9g} and"
            f" {self.value_upper:.9g}; no other response gains the follower more than"
            f" {self.response_gap:.1e}"
        )


@dataclass(frozen=True)
class BilevelRelaxation:
    """The optimum when z need only meet the first-order condition, and what it is really worth.

    Attributes:
        x: the leader's choice: a number, or one for each variable if there are several.
        z: stationary for the follower, or at a bound that f rises towards.
        claim: F at (x, z).
        value_lower, value_upper: proved bounds on the relaxation's optimal value.
        response: the follower's best response to `x`.
        response_gap: proved upper bound on what any other z would gain the follower at `x`.
        true_value: F with that response.
        boxes: boxes of leader's choices that the proof needed.
        evidence: PROVED.
    """

    x: float | Point
    z: float
    claim: float
    value_lower: float
    value_upper: float
    response: float
    response_gap: float
    true_value: float
    boxes: int
    evidence: Evidence = Evidence.PROVED

    @property
    def verdict(self) -> str:
        """One sentence: what is known and on which evidence."""
        return (
            f"{self.evidence}: the relaxation's optimum lies between {self.value_lower:.9g} and"
            f" {self.value_upper:.9g}; the follower's response makes it {self.true_value:.9g}"
        )


class BilevelProgram(Bilevel):
    """The leader's best x and z, where z is a best response to x; of ties the leader's favourite.

    Arguments:
        leader: F(x, z), a SymPy expression.
        follower: f(x, z), one with two derivatives in z.
        leader_variables: x, one symbol or a sequence of up to three.
        follower_variable: z, a symbol.
        bounds: a mapping from each symbol to its finite (low, high), or a sequence of pairs, the
            leader's variables first.
        leader_sense: "min" or "max", of F.
        follower_sense: "min" or "max", of f.

    Raises:
        ModelError: for expressions, symbols, bounds or senses that make no program.

    >>> import sympy
    >>> x, z = sympy.symbols("x z")
    >>> program = BilevelProgram((x - 2) ** 2 + z**2, -((z - x) ** 2), x, z,
    ...     {x: (0, 4), z: (-5, 5)})
    >>> solution = program.solve()
    >>> round(solution.x, 6), round(solution.leader_value, 6)
    (1.0, 2.0)
    """

    def solve(self, *, tolerance: float = TOLERANCE) -> BilevelSolution:
        """Return the optimum with proved bounds; see `solve_bilevel`."""
        return solve_bilevel(self, tolerance=tolerance)

    def relaxation(self, *, tolerance: float = TOLERANCE) -> BilevelRelaxation:
        """Return the optimum over x and all z that meet the first-order condition.

        These are stationary z, and ends of z's range that f rises towards (or is level at).

        Raises:
            NotConverged: when the bounds on its value do not meet within `tolerance`.
        """
        with _proving():
            return _relaxed(self, _checked(tolerance))

    def _problems_of(self, name: str) -> list[str]:
        problems = super()._problems_of(name)
        expr, *slopes = self.derivatives_of(name)
        try:
            compile_balls(expr, self.real_symbols)
        except NoEnclosure as error:
            return [*problems, f"{name}: {error}"]
        try:
            for slope in slopes:
                compile_balls(slope, self.real_symbols)
        except NoEnclosure:
            problems.append(
                f"{name}={getattr(self, name)} has a kink or a jump, so slopes do not bound it;"
                " smooth it, e.g. Abs(u) by sqrt(u**2 + 1/10**6)"
            )
        return problems


@checked_arguments
def solve_bilevel(program: Bilevel, *, tolerance: float = TOLERANCE) -> BilevelSolution:
    """Return the leader's optimum over the follower's global best responses.

    Arguments:
        program: two expressions with bounds.
        tolerance: how far the proved bounds may lie apart, relative to the greater of 1 and the
            leader's value.

    Raises:
        ModelError: for a tolerance that is no positive number.
        NotConverged: when the bounds do not meet, or the response is not proved within `TIE`.

    >>> import sympy
    >>> x, z = sympy.symbols("x z")
    >>> hills = x * sympy.exp(-((z + 1) ** 2)) + sympy.exp(-((z - 1) ** 2))
    >>> program = BilevelProgram((x - 2) ** 2 + (z - 1) ** 2, hills, x, z, [(0, 4), (-2, 2)])
    >>> print(f"{solve_bilevel(program).leader_value:.9f} {program.relaxation().claim:.7f}")
    1.001805908 0.0111634
    """
    with _proving():
        return _solved(program, _checked(tolerance))


def _solved(program: Bilevel, tolerance: float) -> BilevelSolution:
    proposals = BilevelSearch(program)
    search = LeaderSearch(program, globally=True, tolerance=tolerance / 4.0)
    # where the relaxation's optimum is a best response, no other response is worth more
    pairs = [pair for pair in (proposals.solve(), proposals.first_order()) if pair is not None]
    claim = min((search.tied_at(*pair) for pair in pairs), key=lambda had: had.value)
    found = search.bounds(search.proved_at(claim.x), claim)
    had, claim = found.had, found.tied
    if had.value < claim.value:  # the search came upon a better valley than the proposals
        tries = search.tied_at(had.x, had.z), search.tied_at(*proposals.near(had.x))
        claim = min(tries, key=lambda had: had.value)
    width = tolerance * max(1.0, abs(claim.value)) / 2.0
    for beside in search.proved_beside(claim.x):
        if had.value <= found.lower + width:
            break
        had = min(had, beside, key=lambda h: h.value)
    outright = had.value <= found.lower + width
    upper = had.value if outright else claim.value
    gap = response_gap(program, claim.x, claim.z)
    if not (gap <= TIE and found.lower - width <= claim.value <= found.lower + width):
        raise NotConverged(
            f"after {found.boxes} boxes the optimum is only known to lie between"
            f" {found.lower:.9g} and {min(had.value, claim.value):.9g} (F to be minimised), and"
            f" another response might gain the follower {gap:.2g}; narrow the bounds or raise"
            " tolerance"
        )
    lower, upper = _signed(program, min(found.lower, claim.value), upper)
    return BilevelSolution(
        x=_plain(claim.x), z=claim.z, leader_value=program.leader_value(claim.x, claim.z),
        follower_value=program.follower_value(claim.x, claim.z), value_lower=lower,
        value_upper=upper, response_gap=gap, tie=0.0 if outright else gap, boxes=found.boxes,
    )  # fmt: skip


def _relaxed(program: Bilevel, tolerance: float) -> BilevelRelaxation:
    proposals = BilevelSearch(program)
    search = LeaderSearch(program, globally=False, tolerance=tolerance)
    proposed = proposals.first_order()
    start = Had(math.inf, (), math.nan)
    if proposed is not None:
        tries = search.proved_through(*proposed), search.proved_at(proposed[0])
        start = min(tries, key=lambda had: had.value)
    found = search.bounds(start)
    had = found.had
    if not had.value <= found.lower + tolerance * max(1.0, abs(had.value)):
        raise NotConverged(
            f"after {found.boxes} boxes the relaxation's optimum is only known to lie between"
            f" {found.lower:.9g} and {had.value:.9g} (F to be minimised); narrow the bounds or"
            " raise tolerance"
        )
    response = proposals.response(had.x)
    gap = response_gap(program, had.x, response)
    if not gap <= TIE:
        response = LeaderSearch(program, globally=True, tolerance=tolerance).proved_at(had.x).z
        gap = response_gap(program, had.x, response)
    if not gap <= TIE:
        raise NotConverged(
            f"at x={_plain(had.x)} another response might gain the follower {gap:.2g}; hills too"
            " narrow to find are likely, so narrow the follower's bounds"
        )
    lower, upper = _signed(program, min(found.lower, had.value), had.value)
    return BilevelRelaxation(
        x=_plain(had.x), z=had.z, claim=program.leader_value(had.x, had.z), value_lower=lower,
        value_upper=upper, response=response, response_gap=gap,
        true_value=program.leader_value(had.x, response), boxes=found.boxes,
    )  # fmt: skip


def _signed(program: Bilevel, lower: float, upper: float) -> tuple[float, float]:
    """Return bounds on F to be minimised as bounds in the leader's own sense."""
    return (lower, upper) if program.leader_sense == "min" else (-upper, -lower)


def _plain(x: Point) -> float | Point:
    return x[0] if len(x) == 1 else x


def _checked(tolerance: float) -> float:
    if not 0.0 < tolerance < math.inf:
        raise ModelError(f"tolerance={tolerance!r} lets no bounds meet; give a number above 0")
    return tolerance


@contextmanager
def _proving() -> Iterator[None]:
    before, ctx.prec = ctx.prec, PRECISION
    try:
        yield
    finally:
        ctx.prec = before
