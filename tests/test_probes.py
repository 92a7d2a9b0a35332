"""Probes that defeat a solver which trusts a grid, a first-order condition or a domain."""

import math

import numpy as np
import pytest
import sympy

import paygrade as pg

E = sympy.Symbol("e")


def test_outcomes_cut_at_three_standard_deviations() -> None:
    """Incentives that look fine on a cut grid fail on the line, where tails carry punishments."""
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(2.048),
        monitor=pg.NormalMonitor(100), wage_floor=0.0,
    )  # fmt: skip
    effort, error = 0.8, 0.1
    edges = np.linspace(effort - 3 * error, effort + 3 * error, 301)
    low, high = edges[:-1], edges[1:]

    def law(e: float) -> list[float]:
        tails = problem.monitor.pass_probability
        cells = np.array([float(tails(a, e) - tails(b, e)) for a, b in zip(low, high, strict=True)])
        return [float(p) for p in cells / cells.sum()]

    table = [law(e) for e in (0.6, 0.7, effort)]
    cut = pg.MoralHazard(
        utility=problem.utility, cost=pg.TabulatedCost([0.36, 0.49, 0.64]),
        value=pg.TabulatedValue([0.0, 0.0, 1.0]), monitor=pg.TabulatedMonitor(table, low.tolist()),
        efforts=pg.Finite([0.6, 0.7, effort]), wage_floor=0.0,
    )  # fmt: skip
    claimed = pg.second_best(cut, pg.WageSchedule, effort=effort)
    truth = pg.certify(problem, claimed.contract, effort)
    assert not truth.holds
    assert truth.witness is not None
    design = pg.second_best(problem, pg.WageSchedule, effort=effort)
    assert design.certificate.evidence is pg.Evidence.PROVED
    assert design.certificate.cost_upper - design.certificate.cost_lower < 1e-8


DIP = E**2 / 200 - sympy.Rational(1, 200) * sympy.exp(
    -(((E - sympy.Rational(617, 20)) / sympy.Rational(3, 80)) ** 2)
)


@pytest.mark.parametrize("effort", [31.0, 20.0])
def test_narrow_dip_in_the_cost(effort: float) -> None:
    """A dip 0.005 deep and 0.15 wide on [0, 100] lies between the points of any scan."""
    problem = pg.MoralHazard(
        utility=pg.CARA(0.01, cost_in_money=True), cost=pg.SymbolicCost(DIP, E),
        value=pg.LinearValue(0.5), monitor=pg.NormalMonitor(25, 5.0),
        efforts=pg.Interval(0.0, 100.0),
    )  # fmt: skip
    slope = float(problem.cost.derivative(effort))
    certificate = pg.certify(problem, pg.LinearContract(0.0, slope), effort)
    if effort == 31.0:
        assert not certificate.holds
        assert certificate.witness == pytest.approx(30.85, abs=0.05)
    else:  # far from the dip the same rule is best, and the proof has looked into the dip
        assert certificate.ic_gap <= certificate.tolerance
    design = pg.second_best(problem, pg.LinearContract)
    assert design.certificate.holds
    assert design.payoff > 12.0


def test_corner_effort_with_a_positive_marginal_cost() -> None:
    problem = pg.MoralHazard(
        utility=pg.LogUtility(1.0), cost=pg.PowerCost(1.0, 1.0), value=pg.LinearValue(0.5),
        monitor=pg.ExpertReview(50, 0.8), wage_floor=0.0,
    )  # fmt: skip
    for family in (pg.LinearContract, pg.BinaryContract, pg.TieredContract, pg.WageSchedule):
        for design in (
            pg.second_best(problem, family),
            pg.second_best(problem, family, effort=0.0),
        ):
            assert design.effort == 0.0
            assert design.expected_wage == 0.0
            assert design.certificate.holds
    claim = pg.relaxed(problem, pg.WageSchedule, effort=0.0)
    assert claim.expected_wage == 0.0  # an inequality there, not c'(0) = 1 to be matched


def test_bump_in_the_cost_does_not_trap_the_outer_search() -> None:
    bump = E**2 / 2 + sympy.Rational(3, 20) * sympy.exp(
        -(((E - sympy.Rational(1, 2)) / sympy.Rational(1, 10)) ** 2)
    )
    problem = pg.MoralHazard(
        utility=pg.LogUtility(1.0), cost=pg.SymbolicCost(bump, E), value=pg.LinearValue(1.2),
        monitor=pg.ExpertReview(100, 0.8), wage_floor=0.0,
    )  # fmt: skip
    design = pg.second_best(problem, pg.WageSchedule)
    assert design.effort > 0.75
    assert design.certificate.evidence is pg.Evidence.PROVED
    for effort in np.linspace(0.05, 0.95, 10):
        try:
            other = pg.second_best(problem, pg.WageSchedule, effort=float(effort))
        except pg.InfeasibleContract:
            continue
        assert other.payoff <= design.payoff + 1e-9


@pytest.mark.parametrize("n", [10, 50, 200])
def test_risk_neutral_agent(n: int) -> None:
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(), cost=pg.PowerCost(0.5, 2.0), value=pg.LinearValue(1.0),
        monitor=pg.ExpertReview(n, 0.8),
    )  # fmt: skip
    assert pg.agency_cost(problem, pg.WageSchedule) == pytest.approx(0.0, abs=1e-9)
    floored = pg.MoralHazard(
        utility=pg.RiskNeutral(), cost=pg.PowerCost(0.5, 2.0), value=pg.LinearValue(1.0),
        monitor=pg.ExpertReview(n, 0.8), wage_floor=0.0,
    )  # fmt: skip
    schedule = pg.second_best(floored, pg.WageSchedule, effort=0.5)
    bonus = pg.second_best(floored, pg.BinaryContract, effort=0.5)
    assert schedule.certificate.holds
    assert 0.125 - 1e-9 <= schedule.expected_wage <= bonus.expected_wage + 1e-9


def test_relaxed_optimum_outside_the_utility_domain() -> None:
    """λ + μS turns negative at bad outcomes, where √w would need a negative promise."""
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(2.048),
        monitor=pg.ExpertReview(20, 0.8),
    )  # fmt: skip
    for method in ("dual", "convex"):
        design = pg.second_best(problem, pg.WageSchedule, effort=0.8, method=method)
        assert isinstance(design.contract, pg.WageSchedule)
        assert min(design.contract.wages) >= 0.0
        assert design.contract.wages[0] == pytest.approx(0.0, abs=1e-9)
        assert design.certificate.holds


def test_three_kinds_of_failure() -> None:
    def problem(**changed: object) -> pg.MoralHazard:
        given: dict[str, object] = {
            "utility": pg.LogUtility(1.0), "cost": pg.PowerCost(0.5, 2.0),
            "value": pg.LinearValue(2.0), "monitor": pg.ExpertReview(20, 0.8),
        }  # fmt: skip
        return pg.MoralHazard(**(given | changed))  # type: ignore[arg-type]

    with pytest.raises(pg.InfeasibleContract, match="wage_cap"):
        pg.second_best(problem(wage_cap=0.3, wage_floor=0.0), pg.WageSchedule, effort=0.9)
    with pytest.raises(pg.NoOptimum, match="Mirrlees"):
        pg.second_best(problem(monitor=pg.NormalMonitor(20)), pg.WageSchedule, effort=0.9)
    risk_neutral = problem(utility=pg.RiskNeutral(), wage_floor=0.0, monitor=pg.NormalMonitor(20))
    with pytest.raises(pg.NoOptimum, match="rarer"):
        pg.second_best(risk_neutral, pg.WageSchedule, effort=0.9)
    twins = pg.MoralHazard(
        utility=pg.LogUtility(1.0), cost=pg.TabulatedCost([0.0, 0.1]),
        value=pg.TabulatedValue([0.0, 1.0]),
        monitor=pg.TabulatedMonitor([[0.5, 0.5], [0.5, 0.5]]), efforts=pg.Finite([0, 1]),
    )  # fmt: skip
    with pytest.raises((pg.InfeasibleContract, pg.NotConverged)):
        pg.second_best(twins, pg.WageSchedule, effort=1.0)
    assert math.isfinite(pg.second_best(twins, pg.WageSchedule).payoff)


def test_a_dip_in_the_cost_voids_the_proof_of_punishments() -> None:
    dip = E**2 / 2 - sympy.Rational(49, 50) * E**2 * sympy.exp(-8 * (E - 2) ** 2)
    problem = pg.MoralHazard(
        utility=pg.LogUtility(), cost=pg.SymbolicCost(dip, E), value=pg.LinearValue(1.0),
        monitor=pg.NormalMonitor(1), efforts=pg.Interval(0.0, 4.0),
    )  # fmt: skip
    with pytest.raises(pg.ModelError, match="convex cost"):
        pg.punishment_rule(problem, 1.0, 3.0)


@pytest.mark.parametrize("floor", [1e6, 1e9, 1e12])
@pytest.mark.parametrize("utility", [pg.SquareRootUtility(), pg.LogUtility()])
def test_a_huge_wage_floor_leaves_the_flat_wage(utility: pg.Utility, floor: float) -> None:
    """u.inverse(u(floor)) may lie a digit below the floor; that is no bonus below zero."""
    problem = pg.MoralHazard(
        utility=utility, cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(20.0),
        monitor=pg.ExpertReview(n=50, rho=0.8), wage_floor=floor,
    )  # fmt: skip
    design = pg.second_best(problem)
    assert (design.effort, design.contract) == (0.0, pg.BinaryContract(floor, 0.0, 1.0))
    assert design.certificate.evidence is pg.Evidence.PROVED


def test_a_bonus_that_drowns_in_the_wage_floor_is_named() -> None:
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(), cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(20.0),
        monitor=pg.ExpertReview(n=50, rho=0.8), wage_floor=1e12,
    )  # fmt: skip
    with pytest.raises(pg.NotConverged, match=r"1e\+12.*16 digits.*lower wage_floor"):
        pg.second_best(problem)


def test_utility_that_never_reaches_the_reservation_is_named() -> None:
    problem = pg.MoralHazard(
        utility=pg.CRRA(2.0), cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(20.0),
        monitor=pg.ExpertReview(n=50, rho=0.8), wage_floor=1.0,
    )  # fmt: skip
    with pytest.raises(pg.InfeasibleContract, match=r"CRRA stays below 0 .* lower reservation"):
        pg.second_best(problem)
