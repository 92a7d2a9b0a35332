"""A scalar bilevel program solved, its response certified, and its first-order relaxation."""

from dataclasses import dataclass

from flint import arb, ctx

from paygrade.certificate.expressions import expression_jet
from paygrade.certificate.jet import Jet
from paygrade.certificate.search import largest_gain
from paygrade.design.bilevel import BilevelSearch
from paygrade.errors import NotConverged
from paygrade.model.bilevel import ScalarBilevel

PRECISION = 128
SLACK = 1e-13
TOLERANCE = 1e-9  # what the follower may gain elsewhere


@dataclass(frozen=True)
class BilevelSolution:
    """The optimum, with what its first-order relaxation would have claimed.

    Attributes:
        x, z: the leader's choice and the follower's.
        leader_value, follower_value: F and f there.
        response_gap: proved upper bound on what any other z would gain the follower.
        relaxed_x, relaxed_z: optimum with z merely stationary.
        relaxed_claim: F there.
        relaxed_response: what the follower really does at `relaxed_x`.
        relaxed_value: F with that response.
    """

    x: float
    z: float
    leader_value: float
    follower_value: float
    response_gap: float
    relaxed_x: float
    relaxed_z: float
    relaxed_claim: float
    relaxed_response: float
    relaxed_value: float


def solve_bilevel(problem: ScalarBilevel) -> BilevelSolution:
    """Return the leader's optimum over the follower's global best responses.

    The response is proved; the leader's search refines every local minimum of a scan over x.

    Raises:
        NotConverged: when the response found is not proved to be the follower's best.

    >>> import sympy
    >>> x, z = sympy.symbols("x z")
    >>> program = ScalarBilevel((x - 2) ** 2 + z**2, -((z - x) ** 2), x, z, (0, 4), (-5, 5))
    >>> round(solve_bilevel(program).x, 6)
    1.0
    """
    search = BilevelSearch(problem)
    x, z = search.solve()
    gap = response_gap(problem, x, z)
    if not gap <= TOLERANCE:
        raise NotConverged(
            f"at x={x:g} another response might gain the follower {gap:.2g}; a hill narrower than"
            " the scan is likely, so narrow follower_bounds"
        )
    relaxed_x, relaxed_z = search.first_order()
    response = search.response(relaxed_x)
    return BilevelSolution(
        x=x,
        z=z,
        leader_value=problem.leader_value(x, z),
        follower_value=float(problem.follower_values(x, z)),
        response_gap=gap,
        relaxed_x=relaxed_x,
        relaxed_z=relaxed_z,
        relaxed_claim=problem.leader_value(relaxed_x, relaxed_z),
        relaxed_response=response,
        relaxed_value=problem.leader_value(relaxed_x, response),
    )


def response_gap(problem: ScalarBilevel, x: float, z: float) -> float:
    """Return a proved upper bound on max over z' of f(x, z') - f(x, z)."""
    import sympy

    fixed = problem.follower.subs(problem.leader_symbol, sympy.Rational(*x.as_integer_ratio()))

    def over(low: float, high: float) -> Jet:
        return expression_jet(fixed, problem.follower_symbol, arb(low), arb(high))

    before, ctx.prec = ctx.prec, PRECISION
    try:
        low, high = problem.follower_bounds
        return largest_gain(over, low, high, z, SLACK).upper
    finally:
        ctx.prec = before
