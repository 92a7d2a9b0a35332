"""Closed forms and 120-digit references from outside: every problem of ../shared/cases.

A case is recognised by what its model says, not by its name, so that further cases of these kinds
are solved too; one that nobody recognises fails.
"""

import json
import math
from collections.abc import Callable
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import pytest
import sympy

import paygrade as pg

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
FILES = sorted(CASES.glob("*.json"))
Case = dict[str, Any]
pytestmark = pytest.mark.skipif(not FILES, reason="../shared/cases is not here")
W = sympy.Symbol("w", positive=True)


def utility_of(text: str) -> pg.Utility:
    """Read u(w) as the case writes it: risk tolerance -u'/u'' is linear in every one we have."""
    u = sympy.sympify(text.split(",")[0].replace("^", "**"), locals={"w": W})
    slope = sympy.diff(u, W)
    if sympy.diff(slope, W) == 0:
        return pg.RiskNeutral(float(slope))
    tolerance = sympy.simplify(-slope / sympy.diff(slope, W))
    growth = sympy.diff(tolerance, W)
    if growth == 0:
        risk_aversion = float(1 / tolerance)
        return pg.CARA(risk_aversion, scale=float(-u.subs(W, 0)))
    gamma, shift = float(1 / growth), float(tolerance.subs(W, 0) / growth)
    scale = float(slope.subs(W, 1)) * (1.0 + shift) ** gamma
    if gamma == 1.0:
        return pg.LogUtility(shift, scale)
    if gamma == 0.5:
        return pg.SquareRootUtility(shift, 2.0 * scale)
    return pg.CRRA(gamma, shift, scale)


def cost_of(model: Case) -> pg.PowerCost:
    """Read a power of effort a, with the case's parameters filled in."""
    a = sympy.Symbol("a", positive=True)
    expr = sympy.sympify(model["cost"].replace("^", "**"), locals={"a": a})
    expr = expr.subs(model.get("params", {}))
    power = float(sympy.simplify(a * sympy.diff(expr, a) / expr))
    return pg.PowerCost(float(expr.subs(a, 1)), power)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case: Case = json.loads(path.read_text(encoding="utf-8"))
    solvers = [solve for recognise, solve in KINDS if recognise(case["model"], case["id"])]
    assert solvers, f"no solver recognises {path.name}"
    solvers[0](case)


def close(case: Case, found: float, key: str, *, argument: bool = False) -> None:
    tolerance = case["argument_tolerance"] if argument else case["tolerance"]
    assert found == pytest.approx(case["answer"][key], abs=tolerance, rel=tolerance), key


def len_problem(n: int, r: float = 1.0, c: float = 1.0, variance: float = 1.0) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.CARA(r, cost_in_money=True),
        cost=pg.PowerCost(c / 2.0, 2.0),
        value=pg.LinearValue(1.0),
        monitor=pg.NormalMonitor(n, math.sqrt(variance)),
        efforts=pg.Interval(0.0, math.inf),
    )


def two_by_two(case: Case) -> None:
    model = case["model"]
    low, high = model["p_high"]["low"], model["p_high"]["high"]
    bad, good = model["outcomes"]
    problem = pg.MoralHazard(
        utility=utility_of(model["u"]),
        cost=pg.TabulatedCost([model["cost"]["low"], model["cost"]["high"]]),
        value=pg.TabulatedValue([bad + p * (good - bad) for p in (low, high)]),
        monitor=pg.TabulatedMonitor([[1 - low, low], [1 - high, high]], model["outcomes"]),
        reservation_utility=model["Ubar"],
        efforts=pg.Finite([0, 1]),
    )
    for method in ("dual", "convex"):
        high_effort = pg.second_best(problem, pg.WageSchedule, effort=1.0, method=method)
        tolerance = case["argument_tolerance"] if method == "dual" else 1e-6
        assert isinstance(high_effort.contract, pg.WageSchedule)
        assert high_effort.contract.wages == pytest.approx(case["answer"]["wages"], abs=tolerance)
    design = pg.second_best(problem, pg.WageSchedule)
    made = pg.second_best(problem, pg.WageSchedule, effort=1.0)
    close(case, design.payoff, "principal_value")
    close(case, made.expected_wage, "expected_wage_high")
    close(case, pg.first_best(problem, effort=1.0).expected_wage, "first_best_wage_high")
    close(case, pg.agency_cost(problem, pg.WageSchedule, effort=1.0), "agency_cost")
    close(case, pg.second_best(problem, pg.WageSchedule, effort=0.0).payoff, "value_if_low")
    assert design.effort == (1.0 if case["answer"]["optimal_action"] == "high" else 0.0)
    assert made.certificate.holds
    assert made.certificate.evidence is pg.Evidence.PROVED
    assert made.certificate.cost_lower == pytest.approx(made.certificate.cost_upper, abs=1e-12)


def tabulated(case: Case) -> tuple[pg.MoralHazard, float]:
    model = case["model"]
    n, shares = model["n"], [Fraction(str(p)) for p in model["p"]]
    table = [[comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)] for p in shares]
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=pg.TabulatedCost(model["cost"]),
        value=pg.TabulatedValue([0.0] * len(shares)),
        monitor=pg.TabulatedMonitor(table),
        efforts=pg.Finite(range(len(shares))),
        wage_floor=0.0,
    )
    return problem, float(model.get("target", len(shares) - 1))


def minimum_pay(case: Case) -> None:
    problem, target = tabulated(case)
    rule = pg.cheapest_payments(problem, target)
    close(case, float(rule.objective), "min_expected_pay")
    excess, answer = float(rule.excess), case["answer"]
    assert excess == pytest.approx(answer["excess_over_cost"], rel=1e-12)
    paid = [j for j, payment in enumerate(rule.payments) if payment]
    assert paid == [answer["pay_outcome"]]
    assert float(rule.payments[paid[0]]) == pytest.approx(answer["payment"], rel=1e-9)
    design = pg.second_best(problem, pg.WageSchedule, effort=target)
    assert design.certificate.ic_gap == 0.0  # exact, not up to a tolerance
    close(case, design.expected_wage, "min_expected_pay")


def minimum_budget(case: Case) -> None:
    problem, target = tabulated(case)
    exact = case["answer"]["exact"]
    budget = pg.least_budget(problem, target)
    assert budget.objective == Fraction(exact["min_budget"])
    assert pg.cheapest_payments(problem, target).objective == Fraction(exact["min_expected_pay"])
    first = next(k for k, payment in enumerate(budget.payments) if payment)
    assert first == case["answer"]["threshold"]


def equal_revenue(case: Case) -> None:
    model = case["model"]
    n = model["n"]
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=pg.TabulatedCost(model["cost"]),
        value=pg.TabulatedValue(model["rewards"]),
        monitor=pg.TabulatedMonitor(
            [[float(i == j) for j in range(n)] for i in range(n)], model["rewards"]
        ),
        efforts=pg.Finite(range(n)),
        wage_floor=0.0,
    )
    design = pg.second_best(problem, pg.WageSchedule)
    assert design.payoff == pytest.approx(case["answer"]["principal_value"], rel=1e-12)
    assert design.effort == case["answer"]["optimal_action"]
    linear = pg.second_best(problem, pg.LinearContract)
    assert linear.payoff == pytest.approx(case["answer"]["best_linear_value"], abs=1e-9)


def exponential(case: Case) -> None:
    model = case["model"]
    problem = pg.MoralHazard(
        utility=utility_of(model["u"]),
        cost=cost_of(model),
        value=pg.LinearValue(1.0),
        monitor=pg.DistributionMonitor("exponential"),
        reservation_utility=model["Ubar"],
        efforts=pg.Interval(0.01, 4.0 * case["answer"]["effort"]),
    )
    design = pg.second_best(problem, pg.WageSchedule)
    close(case, design.payoff, "principal_value")
    close(case, design.effort, "effort", argument=True)
    assert design.certificate.evidence is pg.Evidence.PROVED
    fixed = pg.second_best(problem, pg.WageSchedule, effort=case["answer"]["effort"])
    close(case, fixed.expected_wage, "expected_wage")
    assert isinstance(fixed.contract, pg.HolmstromSchedule)
    close(case, fixed.contract.prices.participation, "lambda_", argument=True)
    close(case, fixed.contract.prices.incentive, "mu", argument=True)
    assert fixed.certificate.cost_upper - fixed.certificate.cost_lower < 1e-12
    close(case, pg.first_best(problem).payoff, "first_best_value")


def spanning(case: Case) -> None:
    model = case["model"]
    means = [
        sum(p * x for p, x in zip(model[law], model["outcomes"], strict=True))
        for law in ("fL", "fH")
    ]
    problem = pg.MoralHazard(
        utility=utility_of(model["u"]),
        cost=cost_of(model),
        value=pg.LinearValue(means[1] - means[0], means[0]),
        monitor=pg.SpanningMonitor(model["fL"], model["fH"], model["outcomes"]),
        reservation_utility=model["Ubar"],
        efforts=pg.Interval(*model["actions"]),
    )
    design = pg.second_best(problem, pg.WageSchedule)
    close(case, design.payoff, "principal_value")
    close(case, design.effort, "effort", argument=True)
    assert isinstance(design.contract, pg.WageSchedule)
    loose = case["argument_tolerance"]
    assert design.contract.wages == pytest.approx(case["answer"]["wages"], abs=loose)
    fixed = pg.second_best(problem, pg.WageSchedule, effort=case["answer"]["effort"])
    close(case, fixed.expected_wage, "expected_wage")
    close(case, pg.first_best(problem).payoff, "first_best_value")


def innes(case: Case) -> None:
    x, a = sympy.symbols("x a", positive=True)
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=cost_of(case["model"]),
        value=pg.SymbolicValue((1 + a) / (2 + a), a),
        monitor=pg.SymbolicMonitor((1 + a) * x**a, x, a, sympy.Interval(0, 1)),
        efforts=pg.Interval(0.0, math.inf),
        wage_floor=0.0,
    )
    design = pg.second_best(problem, pg.DebtContract)
    close(case, design.payoff, "principal_value")
    close(case, design.effort, "effort", argument=True)
    assert isinstance(design.contract, pg.DebtContract)
    close(case, design.contract.face_value, "face_value_D", argument=True)
    rent = pg.best_response(problem, design.contract).utility
    assert rent == pytest.approx(case["answer"]["agent_rent"], abs=1e-8)
    assert design.certificate.evidence is pg.Evidence.PROVED
    close(case, pg.first_best(problem).payoff, "first_best_value")


def bernoulli_bonus(case: Case) -> None:
    bad, good = case["model"]["revenue"]
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=cost_of(case["model"]),
        value=pg.LinearValue(good - bad, bad),
        monitor=pg.DistributionMonitor("bernoulli"),
        wage_floor=0.0,
    )
    for family in (pg.BinaryContract, pg.WageSchedule):
        design = pg.second_best(problem, family)
        close(case, design.payoff, "principal_value")
        close(case, design.effort, "effort", argument=True)
        bonus = float(design.contract.wage(1.0) - design.contract.wage(0.0))
        assert bonus == pytest.approx(case["answer"]["bonus"], abs=case["argument_tolerance"])
        rent = pg.best_response(problem, design.contract).utility
        assert rent == pytest.approx(case["answer"]["agent_rent"], abs=1e-9)
    close(case, pg.first_best(problem).payoff, "first_best_value")


def sell_the_firm(case: Case) -> None:
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=cost_of(case["model"]),
        value=pg.LinearValue(1.0),
        monitor=pg.NormalMonitor(1),
        reservation_utility=case["model"]["Ubar"],
        efforts=pg.Interval(0.0, math.inf),
    )
    for family in (pg.LinearContract, pg.WageSchedule):
        design = pg.second_best(problem, family)
        assert isinstance(design.contract, pg.LinearContract)
        close(case, design.payoff, "principal_value")
        close(case, design.contract.slope, "slope", argument=True)
        close(case, -design.contract.intercept, "fee", argument=True)
        assert pg.agency_cost(problem, family) == pytest.approx(0.0, abs=case["tolerance"])


def linear_normal(case: Case) -> None:
    given = case["model"]["params"]
    problem = len_problem(given["n"], given["r"], given["c"], given["sigma2"])
    design = pg.second_best(problem, pg.LinearContract)
    assert isinstance(design.contract, pg.LinearContract)
    close(case, design.payoff, "principal_value")
    close(case, pg.agency_cost(problem, pg.LinearContract), "gap")
    close(case, design.contract.slope, "slope", argument=True)
    close(case, design.contract.intercept, "fixed", argument=True)
    close(case, design.effort, "effort", argument=True)
    assert pg.first_best(problem).effort == pytest.approx(
        case["answer"]["first_best_effort"], abs=1e-7
    )
    assert design.certificate.holds


def linear_rate(case: Case) -> None:
    for row in case["answer"]["table"]:
        gap = pg.agency_cost(len_problem(row["n"]), pg.LinearContract)
        assert gap == pytest.approx(row["gap"], abs=case["tolerance"])


def multitask(case: Case) -> None:
    params = case["model"]["params"]
    if "rho" in params:  # a second, correlated signal that effort does not move
        sx, sz, rho = params["sx"], params["sz"], params["rho"]
        noise = [[sx**2, rho * sx * sz], [rho * sx * sz, sz**2]]
        problem = pg.MultitaskLEN([1], [[params["c"]]], [[1], [0]], noise, params["r"])
        slopes = [case["answer"]["slope"], case["answer"]["slope_second_signal"]]
        efforts = [case["answer"]["effort"]]
    else:
        cost = json.loads(case["model"]["cost"].split("C=")[1])
        spread = case["model"]["signals"].split("diag(")[1].split(")")[0].split(",")
        variances = [float(v) for v in spread]
        k = len(variances)
        unit = [[float(i == j) for j in range(k)] for i in range(k)]
        noise = [[variances[i] * unit[i][j] for j in range(k)] for i in range(k)]
        problem = pg.MultitaskLEN(params["p"], cost, unit, noise, params["r"])
        slopes, efforts = case["answer"]["slope"], case["answer"]["effort"]
    design = pg.design_multitask(problem)
    close(case, design.payoff, "principal_value")
    close(case, design.first_best_payoff, "first_best_value")
    assert design.slopes == pytest.approx(slopes, abs=1e-12)
    assert design.efforts == pytest.approx(efforts, abs=1e-12)
    assert design.certificate.holds


def mirrlees_bilevel(case: Case) -> None:
    model = case["model"]
    x, z = sympy.symbols("x z")
    leader = sympy.sympify(model["leader"].split(" of ")[1].replace("^", "**"))
    follower = sympy.sympify(model["follower"].split("argmax")[1].replace("^", "**"))
    low, high = json.loads(model["box"].split("in")[1])
    program = pg.BilevelProgram(leader, follower, x, z, {x: (0.0, 4.0), z: (low, high)})
    found, relaxed, answer = program.solve(), program.relaxation(), case["answer"]
    close(case, found.leader_value, "leader_value")
    close(case, found.follower_value, "agent_value")
    close(case, found.x, "x", argument=True)  # type: ignore[arg-type]
    close(case, found.z, "z", argument=True)
    assert found.response_gap < 1e-12
    assert found.value_lower <= answer["leader_value"] <= found.value_upper
    assert found.value_upper - found.value_lower < 1e-6
    close(case, relaxed.claim, "foa_claimed_value")
    assert relaxed.value_lower <= answer["foa_claimed_value"] <= relaxed.value_upper
    assert relaxed.x == pytest.approx(answer["foa_x"], abs=1e-9)
    assert relaxed.response == pytest.approx(answer["foa_true_best_response"], abs=1e-7)
    assert relaxed.true_value == pytest.approx(answer["foa_true_value"], abs=1e-6)


def mirrlees_sequence(case: Case) -> None:
    effort = case["model"]["implement"]
    problem = pg.MoralHazard(
        utility=utility_of(case["model"]["u"]),
        cost=cost_of(case["model"]),
        value=pg.LinearValue(1.0),
        monitor=pg.NormalMonitor(1),
        reservation_utility=case["model"]["Ubar"],
        efforts=pg.Interval(0.0, 4.0),
    )
    for family in (pg.BinaryContract, pg.WageSchedule):
        with pytest.raises(pg.NoOptimum, match="Mirrlees"):
            pg.second_best(problem, family, effort=effort)
    for row in case["answer"]["table"]:
        rule = pg.punishment_rule(problem, effort, row["z"])
        tight = case["tolerance"]
        assert rule.log10_penalty == pytest.approx(row["log10_penalty_utils"], rel=tight)
        assert rule.expected_wage == pytest.approx(row["expected_wage"], rel=tight)
        assert rule.excess == pytest.approx(row["excess_over_first_best"], rel=tight)
        assert rule.ic_gain == row["global_ic_gain"]
        close(case, rule.infimum, "infimum_expected_wage")


def bonus_rate(case: Case) -> None:
    for row in case["answer"]["table"]:
        problem = len_problem(row["n"])
        design = pg.second_best(problem, pg.BinaryContract, bonus_cap=1.0)
        check_bonus(design, row, case["tolerance"], case["argument_tolerance"])
        gap = pg.first_best(problem).payoff - design.payoff
        assert gap == pytest.approx(row["gap"], rel=1e-4)


def first_order_bonus(case: Case) -> None:
    answer, problem = case["answer"], len_problem(case["model"]["n"])
    design = pg.second_best(problem, pg.BinaryContract, bonus_cap=1.0)
    check_bonus(design, answer, case["tolerance"], case["argument_tolerance"])
    claim = pg.relaxed(problem, pg.BinaryContract, bonus_cap=1.0)
    assert claim.payoff == pytest.approx(answer["foc_only_value"], abs=case["tolerance"])
    assert claim.effort == pytest.approx(answer["foc_only_effort"], abs=1e-3)
    assert isinstance(claim.contract, pg.BinaryContract)
    assert claim.contract.bonus == pytest.approx(answer["foc_only_bonus"], abs=1e-3)
    assert not claim.certificate.holds
    assert claim.certificate.witness == pytest.approx(0.0, abs=1e-6)
    truth = pg.best_response(problem, claim.contract).effort
    assert truth == pytest.approx(answer["foc_only_true_best_response"], abs=1e-3)
    really = float(problem.value(truth) - pg.expected_wage(problem, claim.contract, truth))
    assert really == pytest.approx(answer["foc_only_true_principal_value"], abs=1e-6)


def check_bonus(design: pg.Design, answer: Case, tight: float, loose: float) -> None:
    assert isinstance(design.contract, pg.BinaryContract)
    assert design.certificate.holds
    assert design.payoff == pytest.approx(answer["principal_value"], abs=tight)
    assert design.effort == pytest.approx(answer["effort"], abs=loose)
    assert design.contract.cutoff == pytest.approx(answer["threshold"], abs=loose)
    assert design.contract.bonus == pytest.approx(answer["bonus"], abs=loose)


def discrete_rate(case: Case) -> None:
    """Gaps down to 1e-74, each to twelve digits of its logarithm."""
    for row in case["answer"]["table"]:
        problem = pg.MoralHazard(
            utility=pg.CARA(1.0, cost_in_money=True),
            cost=pg.TabulatedCost(case["model"]["cost"]),
            value=pg.LinearValue(1.0),
            monitor=pg.NormalMonitor(row["n"]),
            efforts=pg.Finite(case["model"]["actions"]),
        )
        options = {"effort": 1.0, "bonus_cap": 1.0}
        design = pg.second_best(problem, pg.BinaryContract, **options)  # type: ignore[arg-type]
        assert design.certificate.holds
        assert isinstance(design.contract, pg.BinaryContract)
        loose = case["argument_tolerance"]
        assert design.contract.cutoff == pytest.approx(row["threshold"], abs=loose)
        assert design.contract.bonus == pytest.approx(row["bonus"], abs=loose)
        log_gap = pg.log_agency_cost(problem, pg.BinaryContract, **options)  # type: ignore[arg-type]
        assert log_gap == pytest.approx(row["log_gap"], abs=1e-9)
        assert math.exp(log_gap) == pytest.approx(row["gap"], abs=case["tolerance"])


Recognise = Callable[[Case, str], bool]
KINDS: list[tuple[Recognise, Callable[[Case], None]]] = [
    (lambda model, _: "p_high" in model, two_by_two),
    (lambda model, name: "minpay" in name and "p" in model, minimum_pay),
    (lambda model, name: "budget" in name and "p" in model, minimum_budget),
    (lambda model, _: "rewards" in model, equal_revenue),
    (lambda model, _: str(model.get("output", "")).startswith("x ~ Exp"), exponential),
    (lambda model, _: "fL" in model, spanning),
    (lambda model, _: "cdf" in model, innes),
    (lambda model, _: "revenue" in model and model.get("p") == "a", bernoulli_bonus),
    (lambda model, _: model.get("wage") == "x - F", sell_the_firm),
    (lambda model, _: "signals" in model, multitask),
    (lambda model, _: "leader" in model, mirrlees_bilevel),
    (lambda model, _: "contract" in model and "implement" in model, mirrlees_sequence),
    (lambda model, _: "bonus_cap" in model and isinstance(model["actions"], list), discrete_rate),
    (lambda model, _: "bonus_cap" in model and "params" in model, bonus_rate),
    (lambda model, _: "bonus_cap" in model, first_order_bonus),
    (lambda model, _: "n" in model.get("params", {}), linear_normal),
    (lambda model, _: set(model) == {"r", "c", "sigma2"}, linear_rate),
]
