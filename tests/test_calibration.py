"""Calibration from pay data: exact where it can be, right on average, and plain about the rest."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit, least_squares
from scipy.stats import binom
from typer.testing import CliRunner

import paygrade as pg
from paygrade.calibration.primitives import effort_cost
from paygrade.certificate.primitives import cost_jet
from paygrade.cli.entry import app
from paygrade.model.symbolic_primitives import EFFORT, cost_formula
from paygrade.testing import check_cost

# DellaVigna and Pope (2018), Table 5, as printed to all digits in output/Table5.csv of the
# article's replication archive: gamma, k, s, effort at 4 cents and at a tenth of a cent.
PUBLISHED = {
    "exponential": (0.0157690845464564, 1.27258556169451e-16, 3.32004179416987e-06,
                    2116.89637759622, 1883.17019658473),
    "power": (33.1366618894823, 2.55707804694592e-112, 7.12662387503565e-07,
              2115.68178002381, 1892.83341933838),
}  # fmt: skip
MEANS: dict[str, Any] = {"pay": [0.0, 0.01, 0.10], "mean": [1521.0, 2029.0, 2175.0]}
SPREAD: dict[str, Any] = {"sd": [726.0, 649.0, 578.0], "n": [540, 558, 566]}
TRUTH = pg.EffortSupply("exponential", gamma=2.5, log_k=-3.0, s=0.15)
POWER = pg.EffortSupply("power", gamma=2.0, log_k=0.3, s=0.15)
FIVE = [0.0, 0.2, 0.5, 1.0, 2.0]


def simulated(
    supply: pg.EffortSupply, pay: list[float], n: int, seed: int, sd: float = 0.25
) -> pg.EffortRows:
    """Rows with the noise that least squares assumes: on effort, or on its logarithm."""
    place = np.repeat(np.arange(len(pay)), n)
    noise = sd * np.random.default_rng(seed).standard_normal(len(place))
    effort = supply.effort(pay)[place]
    effort = effort * np.exp(noise) if supply.family == "power" else effort + noise
    return pg.EffortRows(effort, place, np.array(pay))


@pytest.mark.parametrize("family", ["exponential", "power"])
def test_minimum_distance_solves_the_published_means_exactly(family: Any) -> None:
    found = pg.calibrate(pg.EffortMoments(**MEANS), cost=family, per=100)
    predicted = found.predict([0.04, 0.001])["effort"]
    got = (found.gamma, found.k, found.s, *predicted)
    assert got == pytest.approx(PUBLISHED[family], rel=1e-10)
    assert found.conditions["fitted"].to_numpy() == pytest.approx(MEANS["mean"], rel=1e-13)


def test_another_published_set_drops_motivation_where_people_are_paid() -> None:
    """0.015771, 3.3155e-6, 1.2669e-16 solve log p, not log(s + p), at the two paid conditions.

    They circulate from a replication and are no rounding of the exact solution.
    """
    gamma = math.log(10.0) / (2175 - 2029)
    k = 0.01 / math.exp(gamma * 2029)
    assert gamma == pytest.approx(0.015771, abs=5e-7)
    assert (k, k * math.exp(gamma * 1521)) == pytest.approx((1.2669e-16, 3.3155e-6), rel=1e-5)
    found = pg.calibrate(pg.EffortMoments(pay=[0.01, 0.1], mean=[2029, 2175]), fixed={"s": 0.0})
    assert (found.gamma, found.k) == pytest.approx((gamma, k), rel=1e-9)


@given(
    rises=st.tuples(st.floats(0.05, 3.0), st.floats(0.05, 3.0)),
    start=st.floats(0.5, 5.0),
    pay=st.tuples(st.floats(0.0, 1.0), st.floats(0.1, 1.0), st.floats(0.1, 1.0)),
    family=st.sampled_from(["exponential", "power"]),
)
def test_three_conditions_have_a_solution_where_pay_moves_effort_less_and_less(
    rises: tuple[float, float], start: float, pay: tuple[float, float, float], family: Any
) -> None:
    """The criterion of docs/theory/calibration.md, on the scale of the line."""
    value = start + np.array([0.0, rises[0], sum(rises)])
    rates = np.cumsum(pay)
    effort = np.exp(value) if family == "power" else value
    shape = (rises[0] / rises[1]) / (pay[1] / pay[2])
    assume(abs(shape - 1.0) > 1e-3 and rises[0] / rises[1] < 20.0)
    moments = pg.EffortMoments(pay=rates, mean=effort)
    if shape < 1.0:
        with pytest.raises(pg.InfeasibleFit, match="in proportion or faster"):
            pg.calibrate(moments, cost=family)
        return
    found = pg.calibrate(moments, cost=family)
    assert found.conditions["fitted"].to_numpy() == pytest.approx(effort, rel=1e-9)
    assert found.s >= -rates[0]
    if found.s > -0.999 * rates[0]:  # else s has few digits of s + p left
        assert found.supply.effort(rates) == pytest.approx(effort, rel=1e-9)


@settings(max_examples=20)
@given(scale=st.floats(1e-3, 1e3), unit=st.floats(1e-3, 1e3))
def test_units_of_money_and_effort_change_no_prediction(scale: float, unit: float) -> None:
    base = pg.calibrate(pg.EffortMoments(**MEANS, **SPREAD))
    other = pg.EffortMoments(
        pay=scale * np.array(MEANS["pay"]), mean=unit * np.array(MEANS["mean"]),
        sd=unit * np.array(SPREAD["sd"]), n=SPREAD["n"],
    )  # fmt: skip
    found = pg.calibrate(other)
    wanted = (base.gamma / unit, base.k * scale, base.s * scale)
    assert (found.gamma, found.k, found.s) == pytest.approx(wanted, rel=1e-7)
    here, there = base.predict(0.04).iloc[0], found.predict(0.04 * scale).iloc[0]
    assert there[["effort", "se", "low", "high"]].to_numpy() == pytest.approx(
        unit * here[["effort", "se", "low", "high"]].to_numpy(), rel=1e-5
    )


def test_more_conditions_than_parameters_are_weighted_by_their_errors() -> None:
    data = simulated(TRUTH, FIVE, 60, seed=4)
    moments, found = data.moments(), pg.calibrate(data)

    def rest(at: Any) -> Any:  # an optimiser of another kind, on the means themselves
        line = (np.log(np.exp(at[2]) + moments.pay) - at[1]) / np.exp(at[0])
        return (moments.mean - line) / moments.se

    start = [math.log(TRUTH.gamma), TRUTH.log_k, math.log(TRUTH.s)]
    best = least_squares(rest, start, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert (found.gamma, found.supply.log_k, found.s) == pytest.approx(
        (math.exp(best.x[0]), best.x[1], math.exp(best.x[2])), rel=1e-6
    )
    slope: Any = best.jac
    covariance = np.linalg.inv(slope.T @ slope)
    assert found.parameters.loc["gamma", "se"] == pytest.approx(
        found.gamma * math.sqrt(covariance[0, 0]), rel=1e-4
    )
    assert found.test is not None
    statistic, df, _ = found.test
    assert (statistic, df) == pytest.approx((2.0 * best.cost, 2), rel=1e-8)


@pytest.mark.parametrize("supply", [TRUTH, POWER])
@pytest.mark.parametrize("pay", [[0.0, 0.2, 1.0], FIVE])
def test_rows_are_nonlinear_least_squares_with_robust_errors(
    supply: pg.EffortSupply, pay: list[float]
) -> None:
    data = simulated(supply, pay, 80, seed=5)
    found = pg.calibrate(data, cost=supply.family, method="rows")
    y = np.log(data.effort) if supply.family == "power" else data.effort
    each = data.pay[data.condition]

    def line(p: Any, gamma: float, log_k: float, s: float) -> Any:
        return (np.log(s + p) - log_k) / gamma

    at, _ = curve_fit(line, each, y, [supply.gamma, supply.log_k, supply.s], xtol=1e-14)
    assert (found.gamma, found.supply.log_k, found.s) == pytest.approx(tuple(at), rel=1e-5)
    gamma, _, s = at
    jacobian = np.column_stack(
        [-line(each, *at) / gamma, np.full_like(each, -1.0 / gamma), 1.0 / (s + each) / gamma]
    )
    error = y - np.array([y[data.condition == c].mean() for c in range(len(pay))])[data.condition]
    bread = np.linalg.inv(jacobian.T @ jacobian)
    robust = bread @ (jacobian.T * error**2) @ jacobian @ bread * 80 / 79
    for place, name in ((0, "gamma"), (2, "s")):
        se: Any = found.parameters.loc[name, "se"]
        assert se == pytest.approx(math.sqrt(robust[place, place]), rel=1e-4)


def test_methods_agree_where_nothing_is_left_to_weigh() -> None:
    data = simulated(TRUTH, [0.0, 0.2, 1.0], 50, seed=6)
    one, other = (pg.calibrate(data, method=method) for method in ("moments", "rows"))
    assert (one.gamma, one.k, one.s) == pytest.approx((other.gamma, other.k, other.s), rel=1e-9)
    assert one.test is None


def test_rows_of_one_person_count_as_one() -> None:
    once = simulated(TRUTH, [0.0, 0.2, 1.0], 40, seed=7)
    twice: dict[str, Any] = {
        "effort": np.tile(once.effort, 2),
        "condition": np.tile(once.condition, 2),
    }
    alone: dict[str, Any] = {"effort": once.effort, "condition": once.condition}
    worker = np.tile(np.arange(120), 2)
    found = [
        pg.calibrate(pg.EffortRows(pay=once.pay, **each), method="rows").parameters["se"]
        for each in (alone, twice | {"worker": worker}, twice)
    ]
    assert found[1]["gamma"] == pytest.approx(found[0]["gamma"], rel=0.02)
    assert found[2]["gamma"] < 0.75 * found[0]["gamma"]


@pytest.mark.parametrize(
    ("supply", "method", "pay", "n"),
    [(TRUTH, "moments", FIVE, 30), (POWER, "rows", [0.0, 0.2, 1.0], 60)],
)
def test_intervals_hold_the_truth_as_often_as_they_say(
    supply: pg.EffortSupply, method: Any, pay: list[float], n: int
) -> None:
    runs, held, rejected = 60, {"gamma": 0, "s": 0, "effort": 0}, 0
    for seed in range(runs):
        data = simulated(supply, pay, n, seed)
        found = pg.calibrate(data, cost=supply.family, method=method)
        for name in ("gamma", "s"):
            low, high = found.parameters.loc[name, ["low", "high"]]
            held[name] += bool(low <= getattr(supply, name) <= high)
        row = found.predict(0.7).iloc[0]
        held["effort"] += bool(row["low"] <= supply.effort(0.7) <= row["high"])
        rejected += found.test is not None and found.test[2] < 0.05
    for name, hits in held.items():
        assert binom.cdf(hits, runs, 0.95) > 0.01, (name, hits)
    assert binom.sf(rejected - 1, runs, 0.05) > 0.01


def test_three_kinds_of_interval_tell_one_story_where_data_are_plenty() -> None:
    data = simulated(TRUTH, FIVE, 2000, seed=8)
    ends = [
        pg.calibrate(data, intervals=kind).parameters.loc["gamma", ["low", "high"]].to_numpy(float)
        for kind in ("profile", "delta", "bootstrap")
    ]
    width = np.ptp(ends[0])
    for other in ends[1:]:
        assert other == pytest.approx(ends[0], abs=0.08 * width)


def test_intervals_have_no_end_where_a_flat_response_is_not_ruled_out() -> None:
    moments = pg.EffortMoments(pay=[0.0, 0.1, 1.0], mean=[100, 104, 105], se=[3.0, 3.0, 3.0])
    table = pg.calibrate(moments).parameters
    assert table.loc["gamma", "high"] == math.inf
    assert table.loc["s", "low"] == pytest.approx(0.0, abs=1e-30)
    told = json.dumps(pg.calibrate(moments).to_dict(), allow_nan=False)
    assert json.loads(told)["parameters"][0]["high"] is None


def test_the_test_refutes_a_model_that_cannot_be() -> None:
    moments = pg.EffortMoments(
        pay=[0.0, 0.1, 0.2, 1.0], mean=[100, 150, 120, 160], sd=[20] * 4, n=[200] * 4
    )
    found = pg.calibrate(moments)
    assert found.test is not None
    assert found.test[2] < 1e-6


def test_curvature_of_utility_is_found_where_motivation_is_not_small() -> None:
    bent = pg.EffortSupply("exponential", gamma=2.5, log_k=-3.0, s=0.5, curvature=0.6)
    pay = [0.0, 0.02, 0.1, 0.5, 2.0, 8.0]
    exact = pg.EffortMoments(pay=pay, mean=bent.effort(pay), se=[1e-4] * 6)
    found = pg.calibrate(exact, curvature=None)
    assert (found.gamma, found.s, found.supply.curvature) == pytest.approx((2.5, 0.5, 0.6), 1e-6)
    low, high = found.parameters.loc["curvature", ["low", "high"]].to_numpy(float)
    assert low < 0.6 < high < 1.0
    slight = pg.EffortSupply("exponential", gamma=2.5, log_k=-20.0, s=1e-6)
    with pytest.raises(pg.NotIdentified, match="ratio of curvature to gamma"):
        pg.calibrate(
            pg.EffortMoments(pay=pay[:5], mean=slight.effort(pay[:5]), se=[0.1] * 5),
            curvature=None,
        )


def test_prediction_for_new_people_adds_their_own_spread() -> None:
    found = pg.calibrate(pg.EffortMoments(**MEANS, **SPREAD))
    expected, group = found.predict(0.04).iloc[0], found.predict(0.04, workers=560).iloc[0]
    assert group["effort"] == expected["effort"]
    noise = group["se"] ** 2 - expected["se"] ** 2
    assert noise == pytest.approx(651.0**2 / 560, rel=0.03)
    assert group["low"] < expected["low"] < expected["high"] < group["high"]


@pytest.mark.parametrize("family", ["exponential", "power"])
def test_cost_makes_the_agent_of_a_design_do_what_the_data_say(family: Any) -> None:
    """c'(e) = p where e is the predicted effort, both in the design's unit; 0 unpaid."""
    found = pg.calibrate(pg.EffortMoments(**MEANS), cost=family, per=100)
    full, pay = 2600.0, np.array([0.001, 0.01, 0.04, 0.1])
    cost = found.cost(full, marginal_utility=3.0)
    effort = found.supply.effort(pay) / full
    assert cost.derivative(effort) == pytest.approx(3.0 * pay * full / 100, rel=1e-9)
    unpaid = 1521 / full
    assert abs(float(cost(unpaid))) < 1e-12
    check_cost(cost, pg.Interval(unpaid, 1.0))
    problem = found.problem(
        full, utility=pg.RiskNeutral(), value=pg.LinearValue(6.0), wage_floor=0.0,
        monitor=pg.ExpertReview(n=50, rho=0.8),
    )  # fmt: skip
    assert problem.efforts.low == pytest.approx(unpaid)
    slope = 0.04 * full / 100 / 0.4  # accuracy rises by 0.4 from effort 0 to 1
    response = pg.best_response(problem, pg.LinearContract(0.0, slope))
    assert response.effort * full == pytest.approx(PUBLISHED[family][3], abs=1e-3)


def test_cost_without_motivation_or_with_a_dislike() -> None:
    plain = pg.EffortSupply("power", gamma=2.0, log_k=0.0, s=0.0)
    bare: Any = effort_cost(plain, 1.0, 1.0)
    assert (bare.scale, bare.power) == pytest.approx((1 / 3, 3.0))
    averse = pg.EffortSupply("exponential", gamma=2.0, log_k=-1.0, s=-0.2)
    cost = effort_cost(averse, 1.0, 2.0)
    pay = np.array([0.7, 1.0])
    assert cost.derivative(averse.effort(pay) / 2.0) == pytest.approx(2.0 * pay, rel=1e-12)
    assert cost(0.0) == 0.0
    with pytest.raises(pg.ModelError, match="no more than the 1521"):
        pg.calibrate(pg.EffortMoments(**MEANS)).cost(1500.0)
    with pytest.raises(pg.ModelError, match="who dislikes effort"):
        pg.MotivatedCost(pg.PowerCost(), unpaid=0.2, dislike=0.1)


@given(
    base=st.one_of(
        st.builds(pg.PowerCost, st.floats(0.1, 3.0), st.floats(1.2, 30.0)),
        st.builds(pg.ExponentialCost, st.floats(1e-3, 1.0), st.floats(0.1, 30.0)),
    ),
    unpaid=st.floats(0.05, 0.9),
    ends=st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)),
    where=st.floats(0.0, 1.0),
)
def test_balls_of_a_motivated_cost_hold_its_numbers(
    base: Any, unpaid: float, ends: tuple[float, float], where: float
) -> None:
    cost, (low, high) = pg.MotivatedCost(base, unpaid), sorted(ends)
    inside = low + where * (high - low)
    box, point = cost_jet(cost, arb(low), arb(high)), cost_jet(cost, arb(inside), arb(inside))
    if low < inside < high:
        for name in ("value", "slope", "curvature"):
            assert getattr(box, name).overlaps(getattr(point, name))
    size = float(base(1.0))
    assert float(point.value.mid()) == pytest.approx(float(cost(inside)), abs=1e-12 * size)
    assert float(cost(inside)) >= -1e-12 * size


@pytest.mark.parametrize(
    "cost",
    [
        pg.MotivatedCost(pg.PowerCost(0.5, 3.0), unpaid=0.25),
        pg.MotivatedCost(pg.ExponentialCost(0.1, 2.0), unpaid=0.5),
        pg.MotivatedCost(pg.ExponentialCost(0.1, 2.0), dislike=0.3),
    ],
)
def test_formula_of_a_motivated_cost_has_its_numbers(cost: pg.MotivatedCost) -> None:
    for effort in (0.125, 0.5, 0.875):
        exact = float(cost_formula(cost).numeric.subs(EFFORT, effort).evalf(30))
        assert exact == pytest.approx(float(cost(effort)), abs=1e-15)


JOB: dict[str, Any] = {
    "utility": pg.LogUtility(shift=1.0),
    "value": pg.LinearValue(6.0),
    "monitor": pg.ExpertReview(n=20, rho=0.8),
    "wage_floor": 0.0,
}


def test_uncertainty_is_carried_to_effort_payoff_and_bonus() -> None:
    found = pg.calibrate(pg.EffortMoments(**MEANS, **SPREAD), per=100)
    carried = pg.calibrated_design(found, 2600.0, draws=6, seed=1, **JOB)
    assert carried.design.certificate.holds
    assert (carried.draws["regret"] >= -1e-9).all()
    assert carried.draws["regret"].max() > 0.0
    assert carried.takes_part == 1.0
    table = carried.table
    assert {"effort", "payoff", "expected_wage", "best_bonus", "regret"} <= set(table.index)
    assert (table["low"] <= table["high"]).all()
    assert carried.draws["best_bonus"].nunique() == 6
    again = pg.calibrated_design(found, 2600.0, draws=6, seed=1, **JOB)
    assert again.draws.equals(carried.draws)


def test_agents_who_stay_away_earn_nothing_for_anybody() -> None:
    """Participation binds for the estimate, so about half of the agents drawn refuse the rule."""
    found = pg.calibrate(pg.EffortMoments(**MEANS, **SPREAD), per=100)
    job = JOB | {"reservation_utility": 1.0}
    carried = pg.calibrated_design(found, 2600.0, draws=6, seed=3, **job)
    assert 0.0 < carried.takes_part < 1.0
    away = carried.draws[~carried.draws["takes_part"]]
    assert (away["payoff"] == 0.0).all()
    assert away["effort"].isna().all()


@pytest.mark.parametrize(
    ("moments", "options", "error", "match"),
    [
        ({"pay": [0.01, 0.1], "mean": [2029, 2175]}, {}, pg.NotIdentified, "can't tell 3"),
        ({"pay": [0, 0.1, 1], "mean": [5, 5, 5]}, {}, pg.NotIdentified, "same under every pay"),
        ({"pay": [0, 0.1, 1], "mean": [7, 6, 5]}, {}, pg.InfeasibleFit, "does not rise"),
        ({"pay": [0, 0.1, 1], "mean": [5, 6, 6]}, {}, pg.InfeasibleFit, "curvature has no end"),
        ({"pay": [0, 1, 2], "mean": [5, 6, 8]}, {}, pg.InfeasibleFit, "proportion"),
        ({"pay": [0, 1], "mean": [5, 6]}, {"fixed": {"s": 0.0}}, pg.InfeasibleFit, "no reason"),
        ({"pay": [0, 1, 2, 3], "mean": [5, 6, 6.5, 7]}, {}, pg.DataError, "give se"),
        ({"pay": [0, 1, 2], "mean": [0, 6, 8]}, {}, pg.DataError, "mean=0"),
        ({"pay": [0, -1, 2], "mean": [5, 6, math.nan]}, {}, pg.DataError, "mean=nan"),
        ({"pay": [0, 1], "mean": [5, 6, 7]}, {}, pg.DataError, "2 of pay, 3 of mean"),
        ({"pay": [0, 1, 9], "mean": [5, 6, 7]}, {"method": "rows"}, pg.DataError, "are means"),
        ({"pay": [0, 1, 9], "mean": [5, 6, 7]}, {"cost": "cubic"}, pg.ModelError, "'cubic'"),
        ({"pay": [0, 1, 9], "mean": [5, 6, 7]}, {"fixed": {"z": 1}}, pg.ModelError, "'z'"),
        ({"pay": [0, 1, 9], "mean": [5, 6, 7]}, {"level": 95}, pg.ModelError, "level=95"),
    ],
)
def test_refusals_of_moments(
    moments: dict[str, Any], options: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        pg.calibrate(pg.EffortMoments(**moments), **options)


def frame() -> pd.DataFrame:
    data = simulated(TRUTH, [0.0, 0.2, 1.0], 40, seed=9)
    return pd.DataFrame({"effort": data.effort.clip(0.01), "pay": data.pay[data.condition]})


@pytest.mark.parametrize(
    ("change", "options", "match"),
    [
        ({"effort": math.nan}, {}, "an empty cell in column 'effort'"),
        ({"effort": -1.0}, {}, "'-1.0' in column 'effort'"),
        ({"pay": math.inf}, {}, "no piece rate"),
        ({}, {"effort": "presses"}, "no column 'presses'"),
        ({}, {"cap": 0.5}, "above cap"),
        ({}, {"nearest": 0.0}, "nothing to round to"),
        ({"effort": 0.0}, {"method": "rows", "cost": "power"}, "1 of 120 rows have effort 0"),
        ({}, {"condition": "pay", "pay": {"7": 0.1}}, "no row has the condition '7'"),
        ({}, {"worker": "pay"}, "3 workers under 3 conditions"),
    ],
)
def test_refusals_of_rows(change: dict[str, float], options: dict[str, Any], match: str) -> None:
    data = frame()
    for name, value in change.items():
        data.loc[3, name] = value
    with pytest.raises(pg.DataError, match=match):
        pg.calibrate(data, **options)


def test_efforts_cut_off_at_an_end_are_refused() -> None:
    data = frame()
    idle = data.assign(effort=data["effort"].where(data.index % 10 > 0, 0.0))
    with pytest.raises(pg.DataError, match="gave nothing; effort is cut off"):
        pg.calibrate(idle)
    capped = data.assign(effort=data["effort"].clip(upper=1.3))
    with pytest.raises(pg.DataError, match="the most of all"):
        pg.calibrate(capped)
    assert pg.calibrate(capped, cap=math.inf).gamma > pg.calibrate(data).gamma


def test_figure_shows_means_curve_and_band() -> None:
    axes = pg.calibrate(pg.EffortMoments(**MEANS, **SPREAD), per=100).plot()
    curve = axes.get_lines()[0].get_xydata()
    assert np.interp(0.04, *np.asarray(curve).T) == pytest.approx(2116.9, abs=0.5)
    assert "100 units" in axes.get_xlabel()
    assert len(axes.collections) >= 2  # the band and the error bars


@pytest.fixture
def files(tmp_path: Path) -> Path:
    data = frame()
    data["group"] = data["pay"].map({0.0: "none", 0.2: "low", 1.0: "high"})
    data.to_csv(tmp_path / "rows.csv", index=False)
    table = pd.DataFrame({"cents": [0, 1, 10], "presses": MEANS["mean"], **SPREAD})
    table.to_csv(tmp_path / "means.csv", index=False)
    return tmp_path


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments)])


def test_command_reads_rows_means_and_conditions(files: Path) -> None:
    means = run(
        files / "means.csv", "--moments", "--effort", "presses", "--pay", "cents", "--sd", "sd",
        "--n", "n", "--per", "100", "--predict", "4", "--plot", files / "supply.png", "--json",
    )  # fmt: skip
    assert means.exit_code == 0, means.output
    told = json.loads(means.stdout)
    assert told["parameters"][0]["estimate"] == pytest.approx(0.0157690845464564)
    assert told["predictions"][0]["effort"] == pytest.approx(2116.896377596)
    assert (files / "supply.png").read_bytes().startswith(b"\x89PNG")
    by_pay = run(files / "rows.csv", "--effort", "effort", "--pay", "pay", "--method", "rows")
    by_group = run(
        files / "rows.csv", "--effort", "effort", "--condition", "group", "--method", "rows",
        "--rate", "none=0", "--rate", "low=0.2", "--rate", "high=1",
    )  # fmt: skip
    assert by_pay.exit_code == by_group.exit_code == 0
    assert by_pay.stdout == by_group.stdout
    assert "nothing is left to test" in by_pay.stdout


def test_command_complains_in_one_message(files: Path) -> None:
    rows: list[str | Path] = [files / "rows.csv", "--effort", "effort"]
    for arguments, words in (
        (rows, "what people were paid"),
        ([*rows, "--condition", "group", "--rate", "none"], "names no number"),
        ([*rows, "--pay", "pay", "--fix", "q=1"], "no parameter"),
        ([*rows, "--pay", "pay", "--plot", files / "a.txt"], "names no format"),
        ([*rows, "--pay", "pay", "--moments", "--worker", "group"], "a row a condition"),
        ([files / "none.csv", "--effort", "e", "--pay", "p"], "no file"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        assert words in " ".join(result.stderr.split())
        assert not result.stdout
