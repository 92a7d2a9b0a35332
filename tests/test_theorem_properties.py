"""The derived bounds hold at every drawn point: utilities, costs, accuracies, n."""

import math

import pytest
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.theory.balls import full_precision
from paygrade.theory.counting import CountingSandwich
from paygrade.theory.sandwich import Sandwich
from tests.strategies import COSTS

BENT: st.SearchStrategy[pg.Utility] = st.one_of(
    st.builds(pg.SquareRootUtility, shift=st.floats(0.1, 3.0)),
    st.builds(pg.LogUtility, shift=st.floats(0.5, 5.0)),
    st.builds(pg.CRRA, gamma=st.sampled_from([0.5, 0.8, 2.0, 3.0]), shift=st.floats(0.5, 5.0)),
    st.builds(pg.CARA, risk_aversion=st.floats(0.2, 1.5)),
)


@st.composite
def normal_jobs(draw: st.DrawFn) -> tuple[pg.MoralHazard, float]:
    utility = draw(BENT)
    problem = pg.MoralHazard(
        utility=utility,
        cost=draw(COSTS),
        value=pg.LinearValue(4.0),
        monitor=pg.NormalMonitor(
            n=round(10 ** draw(st.floats(0.5, 6.5))), sigma=draw(st.floats(0.3, 2.0))
        ),
        reservation_utility=float(utility(draw(st.floats(0.0, 1.0)))),
        wage_floor=0.0,
    )
    return problem, draw(st.floats(0.3, 0.95))


@settings(max_examples=40)
@given(normal_jobs())
def test_best_bonus_lies_in_the_sandwich(job: tuple[pg.MoralHazard, float]) -> None:
    """T9 at every drawn point: utility, cost, noise, effort and n."""
    problem, effort = job
    bounds = pg.bonus_gap_bounds(problem, effort)
    first_best = float(problem.required_wage(effort))
    try:
        cost = pg.second_best(problem, pg.BinaryContract, effort=effort).expected_wage - first_best
    except pg.InfeasibleContract:
        # no bonus at all induces this effort: then the proof may not have one either
        assert bounds.upper == math.inf
        return
    rounding = 1e-9 * (1.0 + abs(first_best))
    assert bounds.lower <= cost + rounding
    assert cost <= bounds.upper * (1.0 + 1e-5) + rounding
    assert 0.0 < bounds.lower < bounds.upper


@settings(max_examples=30)
@given(normal_jobs())
def test_sandwich_closes(job: tuple[pg.MoralHazard, float]) -> None:
    """Upper over lower tends to one: at a million times the smallest n they are close.

    As long as h'' varies more than z₁ is large, the lower bound is short by about the ratio.
    """
    problem, effort = job
    start = pg.bonus_gap_bounds(problem, effort).smallest_n
    monitor = problem.monitor
    assert isinstance(monitor, pg.NormalMonitor)
    assume(start < 10**7)
    many = pg.NormalMonitor(n=start * 10**6, sigma=monitor.sigma)
    larger = pg.MoralHazard(
        utility=problem.utility,
        cost=problem.cost,
        value=problem.value,
        monitor=many,
        reservation_utility=problem.reservation_utility,
        wage_floor=0.0,
    )
    bounds, sandwich = pg.bonus_gap_bounds(larger, effort), Sandwich(larger, effort)
    bent = float(sandwich.outgrown / sandwich.lenient)  # how far z₁ falls short of √(M/m)
    assert bounds.lower < bounds.upper < 1.02 * max(1.0, bent) ** 1.2 * bounds.lower


@settings(max_examples=40)
@given(
    rho=st.floats(0.3, 0.95),
    checks=st.integers(1, 80),
    effort=st.floats(0.2, 0.95),
    scale=st.floats(0.02, 0.3),
    outside=st.floats(0.5, 2.0),
    family=st.sampled_from([pg.WageSchedule, pg.LinearContract, pg.BinaryContract]),
)
def test_no_contract_beats_the_information_bound(
    rho: float, checks: int, effort: float, scale: float, outside: float, family: type[pg.Contract]
) -> None:
    """T4 with h'' = 2: whatever the class, the cost is at least U² + c'²/(nI)."""
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(scale, 2.0),
        value=pg.LinearValue(4.0),
        monitor=pg.ExpertReview(n=checks, rho=rho),
        reservation_utility=outside,
        wage_floor=0.0,
    )
    try:
        design = pg.second_best(problem, family, effort=effort)
    except pg.InfeasibleContract:
        assume(False)
    information = checks * float(problem.monitor.fisher_information(effort))
    required = outside + scale * effort**2
    bound = required**2 + (2.0 * scale * effort) ** 2 / information
    assert design.expected_wage >= bound - 1e-9
    if family is pg.WageSchedule and required > 2.0 * scale * effort * (1.0 + effort * rho) / rho:
        assert design.expected_wage == pytest.approx(bound, rel=1e-8)  # no floor binds: attained


@settings(max_examples=40)
@given(
    gap=st.floats(0.1, 0.6),
    rho=st.floats(0.3, 0.95),
    checks=st.integers(20, 2000),
)
def test_discrete_bonus_fails_no_rarer_than_the_exponent_allows(
    gap: float, rho: float, checks: int
) -> None:
    """T11: with a floor, no bonus between two efforts does better than the tail below A(a)."""
    high, low = 0.9, 0.9 - gap
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(4.0),
        monitor=pg.ExpertReview(n=checks, rho=rho),
        wage_floor=0.0,
        efforts=pg.Finite([low, high]),
    )
    logs = pg.log_agency_cost(problem, pg.BinaryContract, effort=high)
    p, q = 0.5 + 0.5 * low * rho, 0.5 + 0.5 * high * rho
    divergence = p * math.log(p / q) + (1.0 - p) * math.log((1.0 - p) / (1.0 - q))
    slack = 3.0 * math.log(checks) + 3.0 * math.sqrt(checks * divergence) + 6.0
    assert logs >= -checks * divergence - slack


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"monitor": pg.ExpertReview(n=100, rho=0.8)}, "proved for NormalMonitor"),
        ({"utility": pg.CRRA(0.3)}, "no proof of h''' >= 0"),
        ({"utility": pg.CARA(1.0, cost_in_money=True)}, "no proof of h''' >= 0"),
        ({"utility": pg.LogUtility(), "wage_floor": None}, "no finite utility"),
        ({"wage_floor": 0.5}, "worth more than shirking"),
    ],
)
def test_problems_outside_the_theorem_are_refused(change: dict[str, object], message: str) -> None:
    given_: dict[str, object] = {
        "utility": pg.SquareRootUtility(),
        "cost": pg.PowerCost(1.0, 2.0),
        "value": pg.LinearValue(2.0),
        "monitor": pg.NormalMonitor(n=1000),
        "wage_floor": 0.0,
    } | change
    with pytest.raises(pg.ModelError, match=message):
        pg.bonus_gap_bounds(pg.MoralHazard(**given_), 0.8)  # type: ignore[arg-type]


@settings(max_examples=8)
@given(
    rho=st.floats(0.4, 0.95),
    checks=st.integers(200, 20_000),
    effort=st.floats(0.5, 0.95),
)
def test_best_bonus_on_a_count_lies_in_its_sandwich(rho: float, checks: int, effort: float) -> None:
    """T9 with exact binomials, at every drawn accuracy and n."""
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(0.5, 2.0),
        value=pg.LinearValue(4.0),
        monitor=pg.ExpertReview(n=checks, rho=rho),
        reservation_utility=0.5,
        wage_floor=0.0,
    )
    with full_precision():
        e = arb(effort)
        count = CountingSandwich(
            checks, arb(rho), e, e**2 / 2, e, lambda other: (e**2 - other**2) / 2
        )
        lower, upper = float(count.lower.lower()), float(count.upper.upper())
    cost = pg.second_best(problem, pg.BinaryContract, effort=effort).expected_wage
    gap = cost - (0.5 + effort**2 / 2.0) ** 2
    assert lower - 1e-9 <= gap <= upper * (1.0 + 1e-6) + 1e-9
    assert 0.0 < lower <= upper
