"""Economics that must hold for every problem drawn, not for chosen examples."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.model.contract import Contract
from tests.strategies import problems, rules

QUICK = settings(max_examples=25, deadline=None)
ROUNDING = 1e-8  # money or utils: what two searches of the same optimum may differ by


def designed(problem: pg.MoralHazard, family: type[Contract]) -> pg.Design:
    try:
        return pg.second_best(problem, family)
    except (pg.InfeasibleContract, pg.NoOptimum):
        assume(False)
        raise


@QUICK
@given(data=st.data(), problem=problems())
def test_first_best_beats_second_best_beats_any_feasible_rule(
    data: st.DataObject, problem: pg.MoralHazard
) -> None:
    rule = data.draw(rules(problem))
    design = designed(problem, type(rule))
    assert design.payoff <= pg.first_best(problem).payoff + ROUNDING
    response = pg.best_response(problem, rule)
    assume(response.utility >= problem.reservation_utility)
    wage = float(pg.expected_wage(problem, rule, response.effort))
    assert float(problem.value(response.effort)) - wage <= design.payoff + ROUNDING


@QUICK
@given(problem=problems(), family=st.sampled_from([pg.BinaryContract, pg.LinearContract]))
def test_a_design_is_what_the_agent_does(problem: pg.MoralHazard, family: type[Contract]) -> None:
    design = designed(problem, family)
    assert design.certificate.holds
    response = pg.best_response(problem, design.contract)
    assert response.utility >= problem.reservation_utility - ROUNDING
    own = float(pg.agent_utility(problem, design.contract, design.effort))
    assert own >= response.utility - design.certificate.tolerance
    assert design.certificate.cost_lower <= design.expected_wage + ROUNDING
    assert design.expected_wage <= design.certificate.cost_upper + ROUNDING


@settings(max_examples=120, deadline=None)
@given(data=st.data(), problem=problems(), effort=st.floats(0.0, 1.0))
def test_no_certificate_holds_against_a_scan(
    data: st.DataObject, problem: pg.MoralHazard, effort: float
) -> None:
    rule = data.draw(rules(problem))
    if data.draw(st.booleans()):  # a claim that may well be true
        effort = pg.best_response(problem, rule).effort
    certificate = pg.certify(problem, rule, effort)
    scan = pg.agent_utility(problem, rule, np.linspace(0.0, 1.0, 2001))
    gain = float(scan.max() - pg.agent_utility(problem, rule, effort))
    assert certificate.ic_gap >= gain - 1e-12
    if certificate.holds:
        assert gain <= certificate.tolerance + 1e-12
    if certificate.witness is not None:
        better = pg.agent_utility(problem, rule, np.array([certificate.witness, effort]))
        assert better[0] > better[1]


@settings(max_examples=15, deadline=None)
@given(data=st.data(), problem=problems())
def test_no_rule_near_the_best_bonus_is_better(
    data: st.DataObject, problem: pg.MoralHazard
) -> None:
    """Held against what the agent really does, so a design off a local optimum shows."""
    assume(not isinstance(problem.monitor, pg.NormalMonitor))
    design = designed(problem, pg.BinaryContract)
    rule = design.contract
    assert isinstance(rule, pg.BinaryContract)
    n = float(problem.monitor.n)  # type: ignore[attr-defined]
    for _ in range(10):
        near = pg.BinaryContract(
            base=rule.base * data.draw(st.floats(0.9, 1.1)),
            bonus=rule.bonus * data.draw(st.floats(0.9, 1.2)),
            cutoff=min(max(rule.cutoff + data.draw(st.integers(-3, 3)), 1.0), n),
        )
        response = pg.best_response(problem, near)
        if response.utility >= problem.reservation_utility and near.base >= 0.0:
            wage = float(pg.expected_wage(problem, near, response.effort))
            assert float(problem.value(response.effort)) - wage <= design.payoff + ROUNDING


@settings(max_examples=60, deadline=None)
@given(
    shift=st.floats(0.5, 5.0),
    floor=st.floats(0.0, 1.0),
    make=st.sampled_from([pg.LogUtility, pg.SquareRootUtility, pg.CRRA]),
    family=st.sampled_from([pg.BinaryContract, pg.LinearContract]),
)
def test_a_binding_floor_is_met_to_the_last_digit(
    shift: float, floor: float, make: Callable[..., pg.Utility], family: type[Contract]
) -> None:
    utility = make(2.0, shift) if make is pg.CRRA else make(shift)
    problem = pg.MoralHazard(
        utility=utility,
        cost=pg.PowerCost(0.05, 2.0),
        value=pg.LinearValue(3.0),
        monitor=pg.ExpertReview(7, 0.8),
        reservation_utility=float(utility(floor)),
        wage_floor=floor,
    )
    assert designed(problem, family).certificate.wage_slack >= 0.0


@QUICK
@given(
    factor=st.floats(0.1, 10.0),
    shift=st.floats(0.5, 3.0),
    cost=st.floats(0.05, 0.2),
    n=st.integers(5, 80),
    family=st.sampled_from([pg.BinaryContract, pg.LinearContract]),
)
def test_the_unit_of_utility_changes_no_wage(
    factor: float, shift: float, cost: float, n: int, family: type[Contract]
) -> None:
    utility = pg.LogUtility(shift=shift)
    problem = pg.MoralHazard(
        utility=utility,
        cost=pg.PowerCost(cost, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n, 0.8),
        reservation_utility=float(utility(0.5)),
        wage_floor=0.0,
    )
    scaled = replace(
        problem,
        utility=pg.LogUtility(shift=shift, scale=factor),
        cost=pg.PowerCost(cost * factor, 2.0),
        reservation_utility=problem.reservation_utility * factor,
    )
    one, other = designed(problem, family), designed(scaled, family)
    assert other.payoff == pytest.approx(one.payoff, abs=1e-7)
    outcomes = np.arange(n + 1.0) / (1.0 if family is pg.BinaryContract else n)
    assert np.allclose(one.contract.wage(outcomes), other.contract.wage(outcomes), atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 10_000),
    more=st.integers(1, 1_000),
    r=st.floats(0.1, 5.0),
    c=st.floats(0.2, 3.0),
    sigma=st.floats(0.2, 3.0),
)
def test_more_checks_never_raise_the_agency_cost_of_the_linear_rule(
    n: int, more: int, r: float, c: float, sigma: float
) -> None:
    def cost(checks: int) -> float:
        problem = pg.MoralHazard(
            utility=pg.CARA(r, cost_in_money=True),
            cost=pg.PowerCost(c / 2.0, 2.0),
            value=pg.LinearValue(1.0),
            monitor=pg.NormalMonitor(checks, sigma),
            efforts=pg.Interval(0.0, 20.0),
        )
        return pg.agency_cost(problem, pg.LinearContract)

    exact = r * sigma**2 / (2.0 * (n + c * r * sigma**2))
    assert cost(n) == pytest.approx(exact, abs=1e-9)
    assert cost(n + more) <= cost(n) + 1e-12


@settings(max_examples=12, deadline=None)
@given(problem=problems(), family=st.sampled_from([pg.BinaryContract, pg.LinearContract]))
def test_the_rounded_rule_is_in_cents_certified_and_no_better(
    problem: pg.MoralHazard, family: type[Contract]
) -> None:
    assume(not isinstance(problem.monitor, pg.NormalMonitor))
    exact = designed(problem, family)
    try:
        rounded = pg.second_best(problem, family, round_to=0.01)
    except pg.InfeasibleContract:
        assume(False)
        raise
    amounts = [v for k, v in vars(rounded.contract).items() if k != "cutoff"]
    assert all(round(amount, 2) == amount for amount in amounts)
    assert rounded.certificate.holds
    assert rounded.payoff <= exact.payoff + ROUNDING
