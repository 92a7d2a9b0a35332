"""What it costs when an input is off: losses, cliffs, exact derivatives."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.model.contract import Contract
from paygrade.model.named import changed
from paygrade.robust.closed_form_slopes import SYMBOLS, exact_slope
from tests.strategies import problems
from tests.test_properties import designed
from tests.test_types import JOB, outcome

STEP = 1e-5
JOBS: dict[str, tuple[pg.MoralHazard, Contract]] = {
    "CRRA": (
        replace(JOB, utility=pg.CRRA(0.5, shift=0.3)), pg.BinaryContract(0.1, 0.8, 23.0)
    ),
    "log, comparison": (
        replace(JOB, utility=pg.LogUtility(), cost=pg.PowerCost(0.3, 2.0),
                monitor=pg.ComparisonMode(n=50, mu=0.9)), pg.BinaryContract(0.5, 0.6, 38.0)
    ),
    "CARA money, self": (
        replace(JOB, utility=pg.CARA(0.8, cost_in_money=True), cost=pg.ExponentialCost(0.05, 2.0),
                monitor=pg.SelfConsistency(n=50, kappa=0.7)), pg.BinaryContract(0.1, 0.6, 35.0)
    ),
    "normal": (
        replace(JOB, utility=pg.CARA(1.1), monitor=pg.NormalMonitor(n=50),
                cost=pg.PowerCost(0.3, 2.5), value=pg.PowerValue(2.0, 0.8)),
        pg.BinaryContract(0.1, 0.8, 0.6)
    ),
    "LEN": (
        replace(JOB, utility=pg.CARA(1.1, cost_in_money=True), monitor=pg.NormalMonitor(n=50),
                wage_floor=None), pg.LinearContract(0.1, 0.8)
    ),
    "linear": (
        replace(JOB, utility=pg.RiskNeutral(), cost=pg.PowerCost(0.6, 2.0)),
        pg.LinearContract(0.5, 1.4)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", JOBS)
def test_derivatives_match_finite_differences(name: str) -> None:
    problem, rule = JOBS[name]
    effort = outcome(problem, rule)[0]
    assert 0.2 < effort < 0.99
    tried = 0
    for input_name, value in pg.parameters(problem).items():
        if input_name not in SYMBOLS or value == 0.0:
            continue
        slope = exact_slope(problem, rule, effort, input_name)
        (low, less, _), (high, more, _) = (
            outcome(changed(problem, {input_name: value + step}), rule) for step in (-STEP, STEP)
        )
        assert slope.effort == pytest.approx((high - low) / (2 * STEP), rel=1e-4, abs=1e-7)
        assert slope.payoff == pytest.approx((more - less) / (2 * STEP), rel=1e-4, abs=1e-7)
        tried += 1
    assert tried >= 4
    assert "e" in exact_slope(problem, rule, effort, "cost.scale").latex()


@settings(max_examples=6, deadline=None)
@given(
    problem=problems(),
    family=st.sampled_from([pg.BinaryContract, pg.LinearContract]),
    inputs=st.permutations(["cost.scale", "value.slope", "monitor.n", "wage_floor"]),
)
def test_no_mistake_makes_the_old_rule_better_than_the_best_one(
    problem: pg.MoralHazard, family: type[Contract], inputs: list[str]
) -> None:
    assume(not isinstance(problem.monitor, pg.NormalMonitor))  # cutoffs on a continuum take long
    table = pg.sensitivity(designed(problem, family), inputs=inputs[:2])
    assert table.mistakes
    for one in table.mistakes:
        assert one.loss is not None
        assert one.loss >= -1e-6 * (1.0 + abs(one.payoff))
        assert one.payoff <= table.payoff + 0.2 * abs(table.payoff) + 4.0


def test_the_cliff_of_an_exact_bonus_rule_and_its_remedy() -> None:
    nominal = pg.sensitivity(pg.second_best(JOB), inputs=["cost.scale"])
    higher = next(one for one in nominal.mistakes if one.off > 0)
    assert higher.remark == "CLIFF"
    assert higher.is_cliff
    assert higher in nominal.cliffs
    assert higher.effort < 0.1
    assert higher.loss is not None
    assert higher.loss > 0.9 * nominal.payoff
    assert nominal.mistakes[0] is higher  # the worst comes first
    assert "CLIFF" in str(nominal)
    assert nominal.sentences()[0].startswith("If cost.scale is 10 % higher, effort falls from")
    box = pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1)})
    robust = pg.sensitivity(pg.robust_design(box), inputs=["cost.scale"])
    assert not robust.cliffs
    losses = [one.loss for one in robust.mistakes]
    assert max(loss for loss in losses if loss is not None) < 0.2 * higher.loss


def test_who_has_no_rent_declines() -> None:
    job = replace(JOB, utility=pg.CRRA(0.5, shift=1.0), reservation_utility=2.5,
                  cost=pg.PowerCost(0.3, 2.0))  # fmt: skip
    table = pg.sensitivity(pg.second_best(job), inputs=["outside wage"], reoptimise=False)
    worse = next(one for one in table.mistakes if one.off > 0)
    assert not worse.accepts
    assert (worse.remark, worse.payoff, worse.loss) == ("DECLINES", 0.0, None)


def test_risk_aversion_moves_at_a_fixed_price_of_effort() -> None:
    """Without that, γ would change what a util is worth, and the table would speak of units."""
    problem, rule = JOBS["CRRA"]
    table = pg.sensitivity(problem, rule, inputs=["utility.gamma"], reoptimise=False, by=0.001)
    low, high = sorted(table.mistakes, key=lambda one: one.truth)
    difference = (high.payoff - low.payoff) / (high.truth - low.truth)
    assert low.slope == pytest.approx(difference, rel=1e-3)
    alone = exact_slope(problem, rule, table.effort, "utility.gamma").payoff
    assert abs(alone - difference) > 1e-3


def test_a_higher_floor_lifts_the_base() -> None:
    table = pg.sensitivity(JOB, pg.LinearContract(0.0, 0.9), inputs=["wage_floor"])
    higher = next(one for one in table.mistakes if one.off > 0)
    assert higher.remark == "base lifted to the floor"
    assert higher.loss is not None
    assert higher.loss >= 0.0


def test_records_are_plain_rows() -> None:
    rows = pg.sensitivity(JOB, pg.BinaryContract(0.0, 0.9, 23.0), inputs=["monitor.n"]).records()
    assert {row["truth"] for row in rows} == {27.0, 33.0}
    assert all(row["slope"] is None for row in rows)  # a count has no derivative


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"by": 0.0}, "no share"),
        ({"by": float("nan")}, "no number"),
        ({"inputs": ["cost"]}, "no such input; it has utility.shift, cost.scale"),
    ],
)
def test_nonsense_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(pg.ModelError, match=words):
        pg.sensitivity(JOB, pg.BinaryContract(0.0, 0.9, 23.0), **arguments)  # type: ignore[arg-type]


def test_a_problem_alone_has_no_rule() -> None:
    with pytest.raises(pg.ModelError, match="give contract"):
        pg.sensitivity(JOB)


def test_the_outside_wage_answers_to_its_name_in_the_problem() -> None:
    problem = pg.MoralHazard(
        utility=pg.LogUtility(10.0), cost=pg.PowerCost(0.5, 2.0), value=pg.LinearValue(9.0),
        monitor=pg.ExpertReview(n=50, rho=0.8), reservation_utility=2.5, wage_floor=0.0,
    )  # fmt: skip
    rule = pg.BinaryContract(1.0, 8.0, 40)
    said = [
        pg.sensitivity(problem, rule, inputs=[name], reoptimise=False).records()
        for name in ("outside wage", "reservation_utility")
    ]
    assert said[0] == said[1]
