"""Closed forms against the numeric solvers, and against answers from outside."""

import json
import math
import re
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.design.schedule import relaxed_prices
from paygrade.model.closed_form import samples
from paygrade.model.monitor import Monitor
from paygrade.model.symbolic_outcomes import outcome_formula
from paygrade.model.symbolic_primitives import EFFORT, UTILS, inverse_formula

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
INF = math.inf
CE = pg.CARA(1.0, cost_in_money=True)
PROBLEMS: list[tuple[pg.Utility, Monitor, type[pg.LinearContract] | type[pg.BinaryContract]]] = [
    (pg.RiskNeutral(2.0), pg.ExpertReview(10, 0.8), pg.LinearContract),
    (pg.RiskNeutral(), pg.ComparisonMode(10, 0.8), pg.LinearContract),
    (pg.RiskNeutral(), pg.GoldenQuestions(3, [0.5, 0.6, 0.7]), pg.LinearContract),
    (pg.RiskNeutral(), pg.SelfConsistency(10, 0.9), pg.LinearContract),
    (pg.RiskNeutral(), pg.NormalMonitor(9), pg.LinearContract),
    (CE, pg.NormalMonitor(9, 2.0), pg.LinearContract),
    (CE, pg.ExpertReview(3, 0.8), pg.LinearContract),
    (pg.CARA(0.7), pg.NormalMonitor(9), pg.LinearContract),
    (pg.LogUtility(1.0), pg.ExpertReview(1, 0.8), pg.BinaryContract),
    (pg.SquareRootUtility(0.5), pg.NormalMonitor(9), pg.BinaryContract),
    (pg.SquareRootUtility(0.5), pg.SpanningMonitor([0.6, 0.4], [0.2, 0.8]), pg.BinaryContract),
]
COSTS = [
    pg.PowerCost(0.5, 1.0), pg.PowerCost(0.5, 1.6), pg.PowerCost(0.4, 2.0), pg.PowerCost(0.3, 3.5),
    pg.ExponentialCost(0.05, 2.0),
]  # fmt: skip


def problem_of(utility: pg.Utility, cost: pg.EffortCost, monitor: Monitor) -> pg.MoralHazard:
    value = pg.LinearValue(2.0)
    return pg.MoralHazard(utility=utility, cost=cost, value=value, monitor=monitor)


@given(
    setting=st.sampled_from(PROBLEMS), cost=st.sampled_from(COSTS), base=st.floats(0.0, 1.5),
    extra=st.floats(0.05, 4.0), cutoff=st.floats(0.0, 1.0),
)  # fmt: skip
@settings(max_examples=150)
def test_response_is_the_numeric_one(
    setting: tuple[pg.Utility, Monitor, type[pg.Contract]],
    cost: pg.EffortCost,
    base: float,
    extra: float,
    cutoff: float,
) -> None:
    utility, monitor, family = setting
    problem = problem_of(utility, cost, monitor)
    try:
        form = pg.closed_form_response(problem, family)
    except pg.NoClosedForm:  # which ones, the next test says
        return
    mark = 1.0 if monitor.is_discrete else cutoff
    rule = (
        pg.LinearContract(base, extra)
        if family is pg.LinearContract
        else pg.BinaryContract(base, extra, mark)
    )
    effort, numeric = form.evaluate(rule), pg.best_response(problem, rule)
    utils = float(pg.agent_utility(problem, rule, effort))
    assert utils >= numeric.utility - 1e-12 * (1.0 + abs(utils))
    if abs(effort - numeric.effort) > 1e-6:  # only where two efforts are equally good
        assert utils == pytest.approx(numeric.utility, abs=1e-9)


def test_response_covers_what_it_should() -> None:
    found = set()
    for utility, monitor, family in PROBLEMS:
        for cost in COSTS:
            try:
                pg.closed_form_response(problem_of(utility, cost, monitor), family)
                found.add((PROBLEMS.index((utility, monitor, family)), COSTS.index(cost)))
            except pg.NoClosedForm:
                pass
    missing = {(i, j) for i in range(len(PROBLEMS)) for j in range(len(COSTS))} - found
    assert missing == {(6, 1), (6, 3), (9, 1), (9, 2), (9, 3)}


def test_conditions_say_when() -> None:
    problem = problem_of(pg.RiskNeutral(), pg.PowerCost(0.5, 2.0), pg.ExpertReview(100, 0.8))
    form = pg.closed_form_response(problem)
    inside = form.check(pg.LinearContract(1.0, 1.5))
    outside = form.check(pg.LinearContract(1.0, 4.0))
    assert all(inside.values())
    assert not outside["interior, otherwise the nearer end"]
    assert form.evaluate(pg.LinearContract(1.0, 4.0)) == 1.0
    with pytest.raises(pg.ModelError, match="no LinearContract"):
        form.evaluate(pg.BinaryContract(1.0, 1.0, 50))


@pytest.mark.parametrize(
    ("utility", "monitor", "family", "reason"),
    [
        (pg.LogUtility(), pg.ExpertReview(20, 0.8), pg.LinearContract, "sum of n \\+ 1 = 21 terms"),
        (pg.LogUtility(), pg.ExpertReview(20, 0.8), pg.BinaryContract, "incomplete beta"),
        (pg.LogUtility(), pg.NormalMonitor(20), pg.LinearContract, "no elementary function"),
        (pg.LogUtility(), pg.ExpertReview(20, 0.8), pg.WageSchedule, "no fixed number"),
    ],
)
def test_no_closed_form_says_why(
    utility: pg.Utility, monitor: Monitor, family: type[pg.Contract], reason: str
) -> None:
    problem = problem_of(utility, pg.PowerCost(), monitor)
    with pytest.raises(pg.NoClosedForm, match=reason):
        pg.closed_form_response(problem, family)


def test_levels_have_no_closed_form() -> None:
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(), cost=pg.PowerCost(), value=pg.LinearValue(),
        monitor=pg.ExpertReview(9, 0.8), efforts=pg.Finite([0.2, 0.8]),
    )  # fmt: skip
    for derive in (pg.closed_form_response, pg.closed_form_contract, pg.closed_form_first_best):
        with pytest.raises(pg.NoClosedForm, match="levels"):
            derive(problem)


def len_problem(n: int, r: float, k: float, sigma: float, slope: float = 1.0) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.CARA(r, cost_in_money=True), cost=pg.PowerCost(k, 2.0),
        value=pg.LinearValue(slope), monitor=pg.NormalMonitor(n, sigma),
        efforts=pg.Interval(0.0, INF),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["len_unit", "len_n25"])
def test_len_cases(name: str) -> None:
    path = CASES / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/cases is not here")
    case = json.loads(path.read_text(encoding="utf-8"))
    given_, answer = case["model"]["params"], case["answer"]
    problem = len_problem(given_["n"], given_["r"], given_["c"] / 2, math.sqrt(given_["sigma2"]))
    form = pg.closed_form_contract(problem, pg.LinearContract)
    rule = form.contract()
    assert isinstance(rule, pg.LinearContract)
    assert rule.slope == pytest.approx(answer["slope"], rel=1e-14)
    assert rule.intercept == pytest.approx(answer["fixed"], abs=1e-14)
    assert form.value(form.effort) == pytest.approx(answer["effort"], rel=1e-14)
    assert form.loss is not None
    assert form.value(form.loss) == pytest.approx(answer["gap"], rel=1e-14)


def test_len_formula_is_the_textbook_one() -> None:
    form = pg.closed_form_contract(len_problem(7, 2.0, 0.3, 1.5), pg.LinearContract)
    n, r, sigma, k, gain = (
        next(s for s in form.numbers if str(s) == name) for name in ("n", "r", "sigma", "k", "R_1")
    )
    assert sympy.simplify(form.parameters["slope"] - gain / (1 + 2 * k * r * sigma**2 / n)) == 0
    loss = gain**2 * r * sigma**2 / (2 * (n + 2 * k * r * sigma**2))
    assert sympy.simplify(form.loss - loss) == 0


@given(
    r=st.floats(0.1, 3.0), k=st.floats(0.1, 2.0), sigma=st.floats(0.2, 2.0),
    gain=st.floats(0.5, 3.0), exponential=st.booleans(),
)  # fmt: skip
@settings(max_examples=12)
def test_len_is_the_numeric_one(
    r: float, k: float, sigma: float, gain: float, *, exponential: bool
) -> None:
    problem = len_problem(4, r, k, sigma, gain)
    if exponential:
        object.__setattr__(problem, "cost", pg.ExponentialCost(0.1 * k, 1.3))
    form = pg.closed_form_contract(problem, pg.LinearContract)
    design = pg.second_best(problem, pg.LinearContract)
    assert form.value(form.effort) == pytest.approx(design.effort, rel=1e-5)
    assert form.contract().wage(1.0) == pytest.approx(design.contract.wage(1.0), rel=1e-5)
    assert form.loss is not None
    gap = pg.first_best(problem).payoff - design.payoff
    assert form.value(form.loss) == pytest.approx(gap, abs=1e-9)


def test_sell_the_firm() -> None:
    problem = problem_of(pg.RiskNeutral(2.0), pg.PowerCost(4.0, 3.0), pg.ExpertReview(25, 0.8))
    form = pg.closed_form_contract(problem, pg.LinearContract)
    rule = form.contract()
    effort = pg.best_response(problem, rule).effort
    assert effort == pytest.approx(form.value(form.effort), abs=1e-9)
    payoff = float(problem.value(effort) - pg.expected_wage(problem, rule, effort))
    assert payoff == pytest.approx(pg.first_best(problem).payoff, abs=1e-9)


def holmstrom() -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(scale=2.0), cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(1.0), monitor=pg.DistributionMonitor("exponential"),
        reservation_utility=0.75, efforts=pg.Interval(0.001, 2.0),
    )  # fmt: skip


def test_holmstrom_case() -> None:
    path = CASES / "holmstrom1979_exponential.json"
    if not path.exists():
        pytest.skip("../shared/cases is not here")
    answer = json.loads(path.read_text(encoding="utf-8"))["answer"]
    form = pg.closed_form_contract(holmstrom(), pg.WageSchedule)
    x = form.outcome
    wage = sympy.sympify(answer["wage"].replace("^", "**"), locals={"x": x})
    assert sympy.expand(form.numeric["wage"] - wage) == 0
    assert form.value(form.effort) == answer["effort"]
    assert form.numeric["participation"] == sympy.Rational(1, 2)
    assert form.numeric["incentive"] == sympy.Rational(1, 8)
    assert form.expected_wage is not None
    assert form.value(form.expected_wage) == pytest.approx(answer["expected_wage"], abs=1e-15)


@pytest.mark.parametrize("effort", [0.2, 0.4])
@pytest.mark.parametrize("monitor", [pg.ExpertReview(6, 0.7), pg.SelfConsistency(6, 0.9)])
def test_square_root_schedule_is_the_numeric_one(monitor: Monitor, effort: float) -> None:
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(0.5, 1.3), cost=pg.PowerCost(0.3, 3.0),
        value=pg.LinearValue(2.0), monitor=monitor, reservation_utility=2.0,
    )  # fmt: skip
    form = pg.closed_form_contract(problem, pg.WageSchedule, effort=effort)
    rule, design = form.contract(), pg.relaxed(problem, pg.WageSchedule, effort=effort)
    assert isinstance(rule, pg.WageSchedule)
    assert isinstance(design.contract, pg.WageSchedule)
    assert rule.wages == pytest.approx(design.contract.wages, abs=1e-8)
    assert form.expected_wage is not None
    assert form.value(form.expected_wage) == pytest.approx(design.expected_wage, abs=1e-9)


def test_binding_floor_is_refused() -> None:
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(25, 0.8),
    )  # fmt: skip
    form = pg.closed_form_contract(problem, pg.WageSchedule, effort=0.5)
    with pytest.raises(pg.NoClosedForm, match="no wage bound binds"):
        form.contract()
    with pytest.raises(pg.NoClosedForm, match="unbounded below"):
        pg.closed_form_contract(
            problem_of(pg.SquareRootUtility(), pg.PowerCost(), pg.NormalMonitor(9)),
            pg.WageSchedule, effort=0.5,
        )  # fmt: skip


def test_log_wage_is_affine_in_the_count() -> None:
    problem = problem_of(pg.LogUtility(), pg.PowerCost(), pg.ExpertReview(40, 0.8))
    form = pg.closed_form_contract(problem, pg.WageSchedule, effort=0.3)
    assert sympy.diff(form.parameters["wage"], form.outcome, 2) == 0
    with pytest.raises(pg.NoClosedForm, match="multipliers"):
        form.contract()
    rule = form.contract(relaxed_prices(problem, 0.3))
    design = pg.relaxed(problem, pg.WageSchedule, effort=0.3)
    assert isinstance(rule, pg.WageSchedule)
    assert isinstance(design.contract, pg.WageSchedule)
    assert rule.wages == pytest.approx(design.contract.wages, abs=1e-9)


@pytest.mark.parametrize("utility", [pg.LogUtility(1.0), pg.CRRA(2.0, 1.0), pg.CARA(0.7)])
def test_two_outcomes_fix_both_wages(utility: pg.Utility) -> None:
    problem = pg.MoralHazard(
        utility=utility, cost=pg.PowerCost(0.05, 2.0), value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(1, 0.8), reservation_utility=float(utility(1.0)),
    )  # fmt: skip
    rule = pg.closed_form_contract(problem, pg.WageSchedule, effort=0.5).contract()
    design = pg.relaxed(problem, pg.WageSchedule, effort=0.5)
    assert isinstance(rule, pg.WageSchedule)
    assert isinstance(design.contract, pg.WageSchedule)
    assert rule.wages == pytest.approx(design.contract.wages, abs=1e-8)


@pytest.mark.parametrize("name", ["gh22_log", "gh22_sqrt", "gh22_cara"])
def test_grossman_hart_cases(name: str) -> None:
    path = CASES / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/cases is not here")
    case = json.loads(path.read_text(encoding="utf-8"))
    model, answer = case["model"], case["answer"]
    low, high = model["p_high"]["low"], model["p_high"]["high"]
    utility = {"log": pg.LogUtility(), "sqrt": pg.SquareRootUtility(), "cara": pg.CARA(1.0)}
    problem = pg.MoralHazard(
        utility=utility[name.removeprefix("gh22_")],
        cost=pg.TabulatedCost([model["cost"]["low"], model["cost"]["high"]]),
        value=pg.TabulatedValue([0.0, 1.0]),
        monitor=pg.TabulatedMonitor([[1 - low, low], [1 - high, high]], model["outcomes"]),
        reservation_utility=model["Ubar"], efforts=pg.Finite([0, 1]),
    )  # fmt: skip
    form = pg.closed_form_contract(problem, pg.WageSchedule, effort=1.0)
    rule = form.contract()
    assert isinstance(rule, pg.WageSchedule)
    assert rule.wages == pytest.approx(answer["wages"], rel=1e-12)
    assert form.loss is not None
    assert form.value(form.loss) == pytest.approx(answer["agency_cost"], abs=1e-12)


@given(bonus=st.floats(0.2, 2.0), effort=st.floats(0.2, 0.9))
@settings(max_examples=30)
def test_cutoff_makes_the_effort_a_local_best_response(bonus: float, effort: float) -> None:
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(0.2), cost=pg.PowerCost(0.3, 2.0), value=pg.LinearValue(2.0),
        monitor=pg.NormalMonitor(60), wage_floor=0.0,
    )  # fmt: skip
    form = pg.closed_form_cutoff(problem, effort)
    rule = form.evaluate(0.1, bonus)
    assert rule.cutoff < effort  # the lenient root
    payoff = pg.agent_utility(problem, rule, [effort - 1e-3, effort, effort + 1e-3])
    assert payoff[1] >= payoff.max() - 1e-15
    with pytest.raises(pg.NoClosedForm, match="too small"):
        form.evaluate(0.1, 1e-4)


@pytest.mark.parametrize("utility", [pg.SquareRootUtility(), pg.LogUtility(), pg.RiskNeutral()])
def test_first_best(utility: pg.Utility) -> None:
    problem = problem_of(utility, pg.PowerCost(2.0, 2.0), pg.NormalMonitor(100))
    form, design = pg.closed_form_first_best(problem), pg.first_best(problem)
    assert form.value(form.effort) == pytest.approx(design.effort, abs=1e-6)
    assert form.contract().wage(0.0) == pytest.approx(design.contract.wage(0.0), abs=1e-6)


def test_first_best_without_a_formula() -> None:
    odd = problem_of(pg.CRRA(0.7), pg.PowerCost(4.0, 1.7), pg.NormalMonitor(9))
    form = pg.closed_form_first_best(odd)  # one power of effort, if an odd one
    assert form.value(form.effort) == pytest.approx(pg.first_best(odd).effort, abs=1e-6)
    cost = pg.ExponentialCost(0.2, 1.0)
    with pytest.raises(pg.NoClosedForm, match="polynomial"):
        pg.closed_form_first_best(problem_of(pg.CRRA(0.7), cost, pg.NormalMonitor(9)))


@pytest.mark.parametrize(
    "utility",
    [
        pg.LogUtility(3.0, 2.0), pg.SquareRootUtility(1.0, 2.0), pg.CRRA(0.5), pg.CRRA(2.0, 1.0),
        pg.CARA(2.0, scale=3.0), pg.RiskNeutral(2.0),
    ],
)  # fmt: skip
def test_inverse_formula(utility: pg.Utility) -> None:
    h = inverse_formula(utility).numeric
    assert float(h.subs(UTILS, float(utility(1.7)))) == pytest.approx(1.7, rel=1e-13)


@pytest.mark.parametrize(
    "monitor",
    [
        pg.ExpertReview(10, 0.8), pg.SelfConsistency(10, 0.8), pg.ComparisonMode(7, 0.9),
        pg.GoldenQuestions(4, 0.5), pg.NormalMonitor(9, 2.0),
        *(pg.DistributionMonitor(f) for f in ("lognormal", "poisson", "geometric", "bernoulli")),
        pg.DistributionMonitor("gamma", shape=2.0),
    ],
)  # fmt: skip
def test_derived_score_and_information(monitor: Monitor) -> None:
    law = outcome_formula(monitor)
    n = float(getattr(monitor, "n", 1))
    values = {**law.numbers, law.outcome: 1, EFFORT: sympy.Rational(3, 5)}
    assert float(law.score.subs(values)) == pytest.approx(float(monitor.score(1.0, 0.6)), rel=1e-12)
    information = float(law.information.subs(values))
    assert information == pytest.approx(n * float(monitor.fisher_information(0.6)), rel=1e-12)


def test_latex_is_balanced_and_samples_are_steady() -> None:
    problem = problem_of(pg.LogUtility(1.0), pg.ExponentialCost(0.1, 2.0), pg.ExpertReview(1, 0.8))
    for text in (
        pg.closed_form_response(problem, pg.BinaryContract).latex(),
        pg.closed_form_contract(problem, pg.WageSchedule, effort=0.5).latex(),
        pg.closed_form_contract(len_problem(4, 1.0, 0.5, 1.0), pg.LinearContract).latex(),
    ):
        plain = re.sub(r"\\[{}]", "", text)
        assert plain.count("{") == plain.count("}")
        assert text.startswith("\\begin{aligned}")
        assert "e^{e" not in text  # e is effort, so the exponential is written exp
    x = sympy.Symbol("x")
    assert list(samples([x], 3)) == list(samples([x], 3))
