"""General schedules: the dual against the convex reference, and economics that must hold."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.design.convex import solve_convex
from paygrade.design.dual import solve_dual
from paygrade.design.program import schedule_program
from paygrade.model.monitor import Array
from tests.strategies import COSTS, UTILITIES

QUICK = settings(max_examples=30, deadline=None)
AGREED = 1e-8  # money: what dual and interior-point method may differ by


@st.composite
def tables(draw: st.DrawFn, efforts: int = 3, outcomes: int = 4) -> Array:
    """Laws of a few outcomes under a few efforts, none of them impossible."""
    weight = st.floats(0.05, 1.0)
    rows = [[draw(weight) for _ in range(outcomes)] for _ in range(efforts)]
    table = np.array(rows)
    return np.asarray(table / table.sum(axis=1, keepdims=True))


@st.composite
def finite_problems(draw: st.DrawFn) -> pg.MoralHazard:
    """Three efforts, four outcomes, a wage floor; not every effort can be implemented."""
    utility = draw(UTILITIES.filter(lambda u: not u.cost_in_money))
    steps = [draw(st.floats(0.01, 0.1)) for _ in range(2)]
    return pg.MoralHazard(
        utility=utility,
        cost=pg.TabulatedCost([0.0, steps[0], steps[0] + steps[1]]),
        value=pg.TabulatedValue([0.0, 1.0, 2.0]),
        monitor=pg.TabulatedMonitor(draw(tables()).tolist()),
        reservation_utility=float(utility(draw(st.floats(0.0, 1.0)))),
        wage_floor=0.0,
        efforts=pg.Finite([0, 1, 2]),
    )


def cheapest(problem: pg.MoralHazard, effort: float = 2.0) -> pg.Design:
    try:
        return pg.second_best(problem, pg.WageSchedule, effort=effort)
    except pg.InfeasibleContract:
        assume(False)
        raise


@QUICK
@given(data=st.data(), utility=UTILITIES, cost=COSTS, n=st.integers(5, 60))
def test_dual_and_convex_agree(
    data: st.DataObject, utility: pg.Utility, cost: pg.EffortCost, n: int
) -> None:
    outside = data.draw(st.floats(0.0, 1.0))
    problem = pg.MoralHazard(
        utility=utility,
        cost=cost,
        value=pg.LinearValue(1.0),
        monitor=pg.ExpertReview(n, data.draw(st.floats(0.4, 0.9))),
        reservation_utility=outside if utility.cost_in_money else float(utility(outside)),
        wage_floor=0.0,
    )
    effort = data.draw(st.floats(0.3, 0.95))
    deviations = data.draw(st.sampled_from([(), (0.0,)]))
    program = schedule_program(problem, effort, deviations)
    try:
        fast = solve_dual(program)
    except pg.InfeasibleContract:
        assume(False)
        raise
    reference = solve_convex(program)
    assert reference.residual < 1e-8
    assert fast.cost == pytest.approx(reference.cost, abs=AGREED, rel=AGREED)
    assert fast.bound == pytest.approx(fast.cost, abs=1e-9)


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize(
    "utility",
    [
        pg.LogUtility(1.0), pg.SquareRootUtility(), pg.CRRA(0.6, 1.0), pg.CRRA(3.0, 1.0),
        pg.CARA(1.0), pg.CARA(1.0, cost_in_money=True),
    ],
)  # fmt: skip
def test_both_methods_make_the_same_certified_design(n: int, utility: pg.Utility) -> None:
    floor = 0.0 if utility.cost_in_money else float(utility(0.2))
    problem = pg.MoralHazard(
        utility=utility, cost=pg.PowerCost(0.1, 2.0), value=pg.LinearValue(1.0),
        monitor=pg.SelfConsistency(n, 0.7), reservation_utility=floor, wage_floor=0.0,
    )  # fmt: skip
    fast = pg.second_best(problem, pg.WageSchedule, effort=0.8)
    reference = pg.second_best(problem, pg.WageSchedule, effort=0.8, method="convex")
    assert fast.expected_wage == pytest.approx(reference.expected_wage, abs=AGREED)
    for design in (fast, reference):
        assert design.certificate.holds
        assert design.certificate.evidence is pg.Evidence.PROVED
    assert fast.certificate.cost_lower <= reference.expected_wage + 1e-12
    assert fast.certificate.cost_upper - fast.certificate.cost_lower < 1e-8


@QUICK
@given(data=st.data(), problem=finite_problems())
def test_no_feasible_contract_is_cheaper(data: st.DataObject, problem: pg.MoralHazard) -> None:
    """What makes the dearest effort worth a greater cost makes it worth its own, at no less."""
    design = cheapest(problem)
    assert isinstance(problem.cost, pg.TabulatedCost)
    factors = [data.draw(st.floats(1.0, 1.5)) for _ in range(2)]
    low, middle, high = problem.cost.costs
    dearer = [low, factors[0] * middle, factors[0] * middle + factors[1] * (high - middle)]
    other = cheapest(replace(problem, cost=pg.TabulatedCost(dearer))).contract
    certificate = pg.certify(problem, other, 2.0)
    assert certificate.holds
    assert certificate.cost_upper >= design.certificate.cost_lower - 1e-9


@QUICK
@given(data=st.data(), problem=finite_problems())
def test_bounds_hold_whatever_the_prices(data: st.DataObject, problem: pg.MoralHazard) -> None:
    design = cheapest(problem)
    price = st.floats(0.0, 20.0)
    prices = pg.ShadowPrices(data.draw(price), 0.0, ((0.0, data.draw(price)), (1.0, 0.3)))
    proved = pg.certify(problem, design.contract, 2.0, prices=prices)
    assert proved.cost_lower <= design.expected_wage + 1e-9


@QUICK
@given(data=st.data(), problem=finite_problems())
def test_relabelling_outcomes_changes_nothing(data: st.DataObject, problem: pg.MoralHazard) -> None:
    design = cheapest(problem)
    order = data.draw(st.permutations(range(4)))
    monitor = problem.monitor
    assert isinstance(monitor, pg.TabulatedMonitor)
    table = np.array(monitor.probabilities, float)[:, order]
    relabelled = replace(problem, monitor=pg.TabulatedMonitor(table.tolist()))
    other = cheapest(relabelled)
    assert other.expected_wage == pytest.approx(design.expected_wage, abs=1e-8)
    assert isinstance(design.contract, pg.WageSchedule)
    assert isinstance(other.contract, pg.WageSchedule)
    expected = np.array(design.contract.wages)[list(order)]
    assert np.allclose(other.contract.wages, expected, atol=1e-4)


@QUICK
@given(data=st.data(), problem=finite_problems())
def test_a_sufficient_statistic_loses_nothing(data: st.DataObject, problem: pg.MoralHazard) -> None:
    """Splitting an outcome by a coin that effort does not move is worth nothing (Holmström)."""
    design = cheapest(problem)
    monitor = problem.monitor
    assert isinstance(monitor, pg.TabulatedMonitor)
    share = data.draw(st.floats(0.1, 0.9))
    table = np.array(monitor.probabilities, float)
    split = np.hstack([table[:, :1] * share, table[:, :1] * (1 - share), table[:, 1:]])
    other = cheapest(replace(problem, monitor=pg.TabulatedMonitor(split.tolist())))
    assert other.expected_wage == pytest.approx(design.expected_wage, abs=1e-8)


@QUICK
@given(data=st.data(), problem=finite_problems())
def test_garbling_never_lowers_the_cost(data: st.DataObject, problem: pg.MoralHazard) -> None:
    """A noisier report of the outcome is worth no more (Blackwell; Grossman and Hart 1983)."""
    design = cheapest(problem)
    monitor = problem.monitor
    assert isinstance(monitor, pg.TabulatedMonitor)
    noise = data.draw(tables(efforts=4, outcomes=4))
    table = np.array(monitor.probabilities, float) @ noise
    garbled = replace(problem, monitor=pg.TabulatedMonitor(table.tolist()))
    assert cheapest(garbled).expected_wage >= design.expected_wage - 1e-8


@settings(max_examples=12, deadline=None)
@given(n=st.integers(4, 40), rho=st.floats(0.4, 0.9), effort=st.floats(0.3, 0.9))
def test_richer_classes_never_cost_more(n: int, rho: float, effort: float) -> None:
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(), cost=pg.PowerCost(0.3, 2.0), value=pg.LinearValue(1.0),
        monitor=pg.ExpertReview(n, rho), wage_floor=0.0,
    )  # fmt: skip
    try:
        bonus = pg.second_best(problem, pg.BinaryContract, effort=effort).expected_wage
    except pg.InfeasibleContract:
        assume(False)
        raise
    tiers = pg.second_best(problem, pg.TieredContract, effort=effort).expected_wage
    schedule = pg.second_best(problem, pg.WageSchedule, effort=effort).expected_wage
    assert schedule <= tiers + 1e-8
    assert tiers <= bonus + 1e-8
    assert float(problem.required_wage(effort)) <= schedule + 1e-12


def test_general_contract_constants() -> None:
    """Theory 6.3: n·I·gap of the general contract with log utility and no floor."""
    for n, constant in ((50, 0.310163), (200, 0.312301), (1000, 0.312874), (5000, 0.312989)):
        problem = pg.MoralHazard(
            utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0), value=pg.LinearValue(2.0),
            monitor=pg.ExpertReview(n, 0.8),
        )  # fmt: skip
        made = solve_dual(schedule_program(problem, 0.7))
        information = float(problem.monitor.fisher_information(0.7))
        gap = made.cost - float(problem.required_wage(0.7))
        assert n * information * gap == pytest.approx(constant, abs=6e-7)


def test_without_a_floor_an_absurd_punishment_is_cheaper_than_the_vector() -> None:
    """Theory 6.3's 0.310163 at n = 50 is the best *payable* contract, not the best of all.

    Shadow prices that price the rarest outcome at almost nothing prove that nobody pays less than
    a bound below it; the punishment of 1e24 utils that would earn the difference is not payable.
    """
    problem = pg.MoralHazard(
        utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0), value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(50, 0.8),
    )  # fmt: skip
    design = pg.second_best(problem, pg.WageSchedule, effort=0.7)
    made = schedule_program(problem, 0.7)
    prices = solve_dual(made).multipliers @ made.rows
    assert prices.min() < 0  # no contract without a floor can satisfy h'(v) = price there
    assert design.certificate.cost_upper - design.certificate.cost_lower > 1e-5
    assert design.certificate.holds


def test_discrete_exponents() -> None:
    """Theory 6.4: the failure probability falls like exp(-0.0730 n), at any size."""
    from paygrade.design.discrete import log_fail_probability

    for n, exponent in ((1000, 0.0677), (10_000, 0.0707), (100_000, 0.0722)):
        problem = pg.MoralHazard(
            utility=pg.SquareRootUtility(), cost=pg.TabulatedCost([0.64, 0.16]),
            value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n, 0.8),
            efforts=pg.Finite([0.8, 0.4]), wage_floor=0.0,
        )  # fmt: skip
        design = pg.second_best(problem, pg.BinaryContract, effort=0.8)
        assert isinstance(design.contract, pg.BinaryContract)
        found = -log_fail_probability(problem, design.contract.cutoff, 0.8) / n
        assert found == pytest.approx(exponent, abs=6e-5)
        assert pg.log_agency_cost(problem, effort=0.8) < -0.068 * n


def test_monotone_wages_and_budget() -> None:
    rng = np.random.default_rng(1)
    table = rng.dirichlet(np.ones(5), size=2)
    problem = pg.MoralHazard(
        utility=pg.LogUtility(1.0), cost=pg.TabulatedCost([0.0, 0.05]),
        value=pg.TabulatedValue([0.0, 1.0]), monitor=pg.TabulatedMonitor(table.tolist()),
        efforts=pg.Finite([0, 1]), wage_floor=0.0, reservation_utility=math.log(1.2),
    )  # fmt: skip
    free = pg.second_best(problem, pg.WageSchedule, effort=1.0)
    assert isinstance(free.contract, pg.WageSchedule)
    assert min(np.diff(free.contract.wages)) < -0.01
    try:
        rising = pg.second_best(problem, pg.WageSchedule, effort=1.0, monotone=True)
    except pg.InfeasibleContract:
        return
    assert isinstance(rising.contract, pg.WageSchedule)
    assert min(np.diff(rising.contract.wages)) > -1e-9
    assert rising.expected_wage >= free.expected_wage - 1e-9
    with pytest.raises(pg.InfeasibleContract):
        pg.second_best(problem, pg.WageSchedule, effort=1.0, budget=free.expected_wage - 0.01)


def test_convex_forms_are_the_inverse_utilities() -> None:
    """Each hand-written convex form equals SymPy's inverse of the utility, domain included."""
    import cvxpy as cp
    import sympy

    from paygrade.design.convex import convex_cost

    w, v = sympy.symbols("w v")
    wealth = {
        pg.LogUtility(0.5, 2.0): (2 * sympy.log(w + sympy.Rational(1, 2)), [-3.0, 0.0, 2.0]),
        pg.SquareRootUtility(1.0, 3.0): (3 * sympy.sqrt(w + 1), [0.0, 1.0, 4.0]),
        pg.CRRA(0.5, 1.0): (2 * sympy.sqrt(w + 1), [0.0, 1.0, 4.0]),
        pg.CRRA(2.0, 1.0): (-1 / (w + 1), [-3.0, -1.0, -0.2]),
        pg.CRRA(3.0, 0.5): (-1 / (2 * (w + sympy.Rational(1, 2)) ** 2), [-3.0, -1.0, -0.2]),
        pg.CARA(2.0): (-sympy.exp(-2 * w), [-3.0, -1.0, -0.2]),
        pg.RiskNeutral(2.0): (2 * w, [-1.0, 0.0, 3.0]),
    }
    for utility, (expr, points) in wealth.items():
        inverses = sympy.solve(sympy.Eq(expr, v), w)
        variable = cp.Variable(len(points))
        cost, domain = convex_cost(utility, variable)
        assert cost.is_convex()
        assert all(constraint.is_dcp() for constraint in domain)
        variable.value = np.array(points)
        assert all(constraint.value() for constraint in domain)
        exact = [max(float(h.subs(v, p)) for h in inverses if h.subs(v, p).is_real) for p in points]
        assert cost.value == pytest.approx(exact, rel=1e-9)
        assert utility.inverse(points) == pytest.approx(exact, rel=1e-12)
