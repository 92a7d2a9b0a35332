"""Planning checks: numbers of checks, operating curves and prices, against brute force."""

import itertools
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.planning.operating import STATES, is_exact
from paygrade.planning.search import largest_open, smallest_open
from paygrade.planning.sizes import CutoffTest
from paygrade.planning.widths import WidthPlan, entropy_tail

ERRORS = st.sampled_from([0.01, 0.05, 0.1, 0.2])
BAN = "Ban below 75 % of the last 10, from the 8th on, checked after every task"


def job(monitor: pg.Monitor) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=monitor,
        wage_floor=0.0,
    )


def some_cutoff_does(n: int, high: float, low: float, fail: float, slip: float) -> bool:
    cutoffs = np.arange(n + 2)
    failed = binom.cdf(cutoffs - 1, n, high)
    slipped = binom.sf(cutoffs - 1, n, low)
    return bool(((failed <= fail) & (slipped <= slip)).any())


# ---------------------------------------------------------------- tests of two accuracies


@pytest.mark.parametrize(
    ("high", "low", "n", "cutoff", "from_n_on"),
    [
        (0.9, 0.7, 41, 34, 45),
        (0.9, 0.5, 13, 10, 16),
        (0.9, 0.8, 135, 116, 147),
        (0.95, 0.85, 93, 85, 102),
    ],
)
def test_published_plans(high: float, low: float, n: int, cutoff: int, from_n_on: int) -> None:
    plan = pg.sample_size(test=(high, low))
    assert (plan.n, plan.cutoff, plan.from_n_on) == (n, cutoff, from_n_on)
    assert plan.suffices


@settings(max_examples=40)
@given(low=st.integers(0, 85), gap=st.integers(15, 100), fail=ERRORS, slip=ERRORS)
def test_exact_plan_is_what_trying_every_n_finds(
    low: int, gap: int, fail: float, slip: float
) -> None:
    high = min(low + gap, 100) / 100
    plan = pg.sample_size(test=(high, low / 100), errors=(fail, slip))
    bound = max(CutoffTest(high, low / 100, fail, slip).enough(), plan.n + 40)
    does = [n for n in range(1, bound + 1) if some_cutoff_does(n, high, low / 100, fail, slip)]
    assert plan.n == does[0]
    assert plan.from_n_on is not None
    gaps = [n for n in range(plan.n, bound + 1) if n not in does]
    assert plan.from_n_on == (gaps[-1] + 1 if gaps else plan.n)
    assert plan.cutoff is not None
    assert plan.achieved[0] == pytest.approx(binom.cdf(plan.cutoff - 1, plan.n, high), abs=1e-12)
    assert plan.achieved[1] == pytest.approx(
        binom.sf(plan.cutoff - 1, plan.n, low / 100), abs=1e-12
    )
    assert plan.suffices


@given(errors=st.lists(st.floats(1e-6, 0.3), min_size=4, max_size=4), low=st.floats(0.5, 0.8))
def test_more_is_asked_more_is_checked(errors: list[float], low: float) -> None:
    fail, slip = sorted(errors[:2]), sorted(errors[2:])
    strict = pg.sample_size(test=(0.95, low), errors=(fail[0], slip[0])).n
    lax = pg.sample_size(test=(0.95, low), errors=(fail[1], slip[1])).n
    nearer = pg.sample_size(test=(0.95, low + 0.05), errors=(fail[0], slip[0])).n
    assert lax <= strict <= nearer


@given(low=st.floats(0.0, 0.94), fail=ERRORS, slip=ERRORS)
def test_guarantees_guarantee(low: float, fail: float, slip: float) -> None:
    wanted: dict[str, Any] = {"test": (0.95, low), "errors": (fail, slip)}
    exact = pg.sample_size(**wanted)
    hoeffding = pg.sample_size(**wanted, method="hoeffding")
    assert hoeffding.suffices
    assert exact.from_n_on is not None
    assert exact.n <= exact.from_n_on <= hoeffding.n
    formula = pg.sample_size(**wanted, method="asymptotic")
    if formula.n < exact.n:
        assert not formula.suffices


def test_the_formula_of_the_theory_is_no_guarantee() -> None:
    for monitor, formula, exact, onward in (
        (pg.SelfConsistency, 193, 200, 208),
        (pg.ExpertReview, 411, 419, 431),
    ):
        plan = pg.sample_size(monitor, signal=0.5, test=(0.9, 0.6), method="asymptotic")
        assert (plan.n, plan.suffices) == (formula, False)
        plan = pg.sample_size(monitor, signal=0.5, test=(0.9, 0.6))
        assert (plan.n, plan.from_n_on) == (exact, onward)  # T16: still 207 and 430 don't


def test_large_plans_are_fast() -> None:
    began = time.perf_counter()
    plan = pg.sample_size(test=(0.75, 0.749))
    assert plan.n == pytest.approx(2_031_857, rel=1e-3)
    assert plan.suffices
    assert time.perf_counter() - began < 20.0


def test_monitors_as_classes_instances_and_by_their_signal() -> None:
    expected = pg.sample_size(test=(0.95, 0.8)).n  # rho = 1: A = (1 + e)/2
    assert pg.sample_size(pg.ExpertReview, signal=1.0, test=(0.9, 0.6)).n == expected
    assert pg.sample_size(pg.ExpertReview(n=7, rho=1.0), test=(0.9, 0.6)).n == expected
    assert pg.sample_size(pg.GoldenQuestions, signal=1.0, test=(0.9, 0.6)).n == expected
    assert pg.sample_size(pg.ComparisonMode, signal=1.0, test=(0.9, 0.6)).n == expected


# ---------------------------------------------------------------- estimates


def chance_of_a_miss(law: pg.CountingMonitor, n: int, width: float, efforts: Any) -> Any:
    """P(abs(estimate - e) >= width) by adding up counts; (efforts,)."""
    counts = np.arange(n + 1)
    estimates = law.effort_at(counts / n)
    far = np.abs(estimates - np.asarray(efforts)[:, None]) >= width - 1e-12
    return (binom.pmf(counts, n, law.accuracy(efforts)[:, None]) * far).sum(axis=1)


LAWS = st.one_of(
    st.floats(0.3, 1.0).map(lambda rho: pg.ExpertReview(n=1, rho=rho)),
    st.floats(0.4, 1.0).map(lambda kappa: pg.SelfConsistency(n=1, kappa=kappa)),
)


@settings(max_examples=25)
@given(law=LAWS, n=st.integers(1, 70), width=st.floats(0.1, 0.6), effort=st.floats(0.0, 1.0))
def test_chance_of_a_miss_is_the_sum_over_counts(
    law: pg.CountingMonitor, n: int, width: float, effort: float
) -> None:
    expected = chance_of_a_miss(law, n, width, np.array([effort]))[0]
    assert WidthPlan(law, width, 0.05, effort).missed(n) == pytest.approx(expected, abs=1e-10)
    moved = law.effort_at(np.arange(n + 1) / n)
    efforts = np.concatenate([np.linspace(0, 1, 801), moved + width, moved - width])
    efforts = np.append(efforts[(efforts >= 0) & (efforts <= 1)], [width, 1 - width])
    worst = chance_of_a_miss(law, n, width, efforts).max()
    assert WidthPlan(law, width, 0.05).missed(n) == pytest.approx(worst, abs=1e-10)


@settings(max_examples=15)
@given(law=LAWS, width=st.sampled_from([0.25, 0.4]), effort=st.none() | st.floats(0.3, 1.0))
def test_smallest_estimate_is_what_trying_every_n_finds(
    law: pg.CountingMonitor, width: float, effort: float | None
) -> None:
    plan = pg.sample_size(law, width=width, effort=effort, level=0.8)
    chances = WidthPlan(law, width, 1.0 - 0.8, effort)
    ceiling = min(chances.hoeffding(), plan.n + 60)
    missed = {n: chances.missed(n) for n in range(1, ceiling + 1)}
    assert plan.n == min(n for n, chance in missed.items() if chance <= chances.miss)
    assert plan.from_n_on is not None
    assert all(missed[n] <= chances.miss for n in missed if n >= plan.from_n_on)
    assert plan.from_n_on == plan.n or chances.missed(plan.from_n_on - 1) > chances.miss


def test_the_entropy_bound_is_above_every_tail_and_falls_in_n() -> None:
    """Zubkov and Serov's inequality, on which the end of the search rests."""
    for accuracy in (0.5, 0.6, 0.75, 0.95):
        for n in (1, 2, 7, 40, 300):
            counts = np.arange(n - 1.0)  # k + 1 below n
            bound = entropy_tail(n, (counts + 1.0) / n, np.full(n - 1, accuracy))
            assert (binom.cdf(counts, n, accuracy) <= bound + 1e-12).all()
    law = pg.ExpertReview(n=1, rho=0.7)
    plan, effort = WidthPlan(law, 0.2, 0.05), np.linspace(0.0, 1.0, 101)
    bounds = np.array([plan.entropy_bound(n, effort, effort) for n in range(1, 400)])
    assert (np.diff(bounds, axis=0) <= 1e-12).all()
    chances = np.array([chance_of_a_miss(law, n, 0.2, effort) for n in (5, 50, 399)])
    assert (chances <= bounds[[4, 49, 398]] + 1e-12).all()


@pytest.mark.parametrize(
    ("kind", "width", "n", "from_n_on"),
    [  # as found by clearing blocks of n one after the other, 8 s and 0.7 s each
        (pg.ExpertReview, 0.03, 17134, 17201),
        (pg.ExpertReview, 0.1, 1541, 1561),
        (pg.SelfConsistency, 0.15, 21423, 21553),
    ],
)
def test_the_worst_effort_is_found_quickly_and_exactly(
    kind: type[pg.CountingMonitor], width: float, n: int, from_n_on: int
) -> None:
    plan = pg.sample_size(kind, signal=0.5, width=width)
    assert (plan.n, plan.from_n_on) == (n, from_n_on)


def test_widths_of_the_theory() -> None:
    plan = pg.sample_size(pg.ExpertReview, signal=0.5, width=0.1, effort=0.8)
    formula = pg.sample_size(
        pg.ExpertReview, signal=0.5, width=0.1, effort=0.8, method="asymptotic"
    )
    assert (plan.n, plan.from_n_on, formula.n) == (1265, 1321, 1291)
    anywhere = pg.sample_size(pg.ExpertReview, signal=0.5, width=0.1)
    assert (anywhere.n, anywhere.from_n_on) == (1541, 1561)
    safe = pg.sample_size(pg.ExpertReview, signal=0.5, width=0.1, method="hoeffding")
    assert safe.n == math.ceil(2 * math.log(2 / 0.05) / (0.5 * 0.1) ** 2)
    assert safe.suffices


# ---------------------------------------------------------------- money


def test_fewest_checks_for_an_agency_cost() -> None:
    problem = job(pg.ExpertReview(n=3, rho=0.8))
    plan = pg.sample_size(problem=problem, agency_cost=0.2)
    assert plan.suffices
    assert plan.tried[plan.n] == pg.agency_cost(job(pg.ExpertReview(n=plan.n, rho=0.8)))
    assert plan.tried[plan.n - 1] > 0.2


def test_a_rent_that_checks_do_not_end_is_refused() -> None:
    problem = job(pg.ExpertReview(n=3, rho=0.8))
    with pytest.raises(pg.InfeasibleContract, match="wage floor"):
        pg.sample_size(problem=problem, agency_cost=0.5, family=pg.LinearContract)


@pytest.fixture(scope="module")
def trade() -> pg.MonitoringTradeoff:
    shares = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    monitor = pg.SelfConsistency(n=1, kappa=0.8)
    return pg.monitoring_tradeoff(job(monitor), 0.0015, batch=200, shares=shares)


def test_tradeoff_is_the_best_of_its_rows(trade: pg.MonitoringTradeoff) -> None:
    table = trade.table
    assert table["checks"].tolist() == [0, 4, 10, 20, 40, 100, 200]
    assert np.allclose(table["total_cost"], table["agency_cost"] + table["monitoring_cost"])
    assert np.allclose(table["payoff"], trade.first_best - table["total_cost"])
    assert trade.best["total_cost"] == table["total_cost"].min()
    assert 4 < trade.best["checks"] < 200
    again = pg.agency_cost(job(pg.SelfConsistency(n=40, kappa=0.8)))
    assert table["agency_cost"][4] == pytest.approx(again, abs=1e-12)
    json.dumps(trade.to_dict(), allow_nan=False)
    assert trade.plot().get_xlabel().startswith("share")


@pytest.mark.parametrize("floor", [0.0, 0.3])
@pytest.mark.parametrize("reservation", [0.2, 1.0])
def test_no_checks_are_priced_from_first_principles(floor: float, reservation: float) -> None:
    """Flat pay buys effort 0, for the least wage that is accepted and allowed."""
    problem = replace(
        job(pg.SelfConsistency(n=1, kappa=0.8)), wage_floor=floor, reservation_utility=reservation
    )
    trade = pg.monitoring_tradeoff(problem, 0.002, batch=200, shares=[0.2])
    nothing = trade.table.iloc[0]
    wage = max(floor, reservation**2)  # u = √w, c(0) = 0
    assert (nothing["checks"], nothing["effort"], nothing["monitoring_cost"]) == (0, 0.0, 0.0)
    assert nothing["expected_wage"] == pytest.approx(wage)
    assert nothing["payoff"] == pytest.approx(float(problem.value(0.0)) - wage)
    certificate = pg.certify(problem, pg.FlatWage(wage), effort=0.0)
    assert certificate.holds
    assert certificate.evidence.value == "PROVED"


def test_checks_that_cost_too_much_are_not_made() -> None:
    dear = pg.monitoring_tradeoff(
        job(pg.SelfConsistency(n=1, kappa=0.8)), 0.5, batch=200, shares=[0.05, 0.1]
    )
    assert dear.best["checks"] == 0
    assert "best: check nothing and pay" in str(dear)
    assert "might be better still" not in str(dear)
    legend = dear.plot().get_legend()
    assert legend is not None
    assert legend.get_texts()[-1].get_text() == "no checks: 1.23, the best"


def test_dearer_checks_are_bought_less(trade: pg.MonitoringTradeoff) -> None:
    dear = pg.monitoring_tradeoff(
        job(pg.SelfConsistency(n=1, kappa=0.8)), 0.05, batch=200, shares=[0.02, 0.05, 0.1, 0.2]
    )
    assert dear.best["checks"] <= trade.best["checks"]
    assert "fewer might be better" in str(dear) or dear.best["checks"] > 4


# ---------------------------------------------------------------- operating curves


def by_enumeration(rule: pg.BanRule, accuracy: float, answers: int) -> float:
    """P(banned within `answers`) over all sequences, the rule applied as its words say."""
    total = 0.0
    for sequence in itertools.product([1, 0], repeat=answers):
        for t in range(1, answers + 1):
            if t < rule.first or (t > rule.first and not rule.repeated):
                continue
            seen = sequence[max(0, t - (rule.window or t)) : t]
            wrong = len(seen) - sum(seen)
            if rule.wrong is not None:
                out = wrong > rule.wrong
            else:
                out = sum(seen) < rule.share * len(seen)  # type: ignore[operator]
            if out:
                right = sum(sequence)
                total += accuracy**right * (1 - accuracy) ** (answers - right)
                break
    return total


RULES = st.builds(
    lambda share, wrong, window, start, repeated: pg.BanRule(
        share=share if wrong is None else None,
        wrong=wrong,
        window=window,
        start=start,
        repeated=repeated,
    ),
    share=st.sampled_from(["0.5", "0.6", "0.75", "0.8", "1"]),
    wrong=st.none() | st.integers(0, 3),
    window=st.none() | st.integers(1, 6),
    start=st.integers(1, 8),
    repeated=st.booleans(),
)


@settings(max_examples=60)
@given(rule=RULES, accuracy=st.floats(0.0, 1.0))
def test_operating_curve_is_the_sum_over_all_sequences(rule: pg.BanRule, accuracy: float) -> None:
    curve = pg.operating_curve(rule, [accuracy], answers=[9])
    assert curve.status == "exact"
    assert curve.table["banned"][0] == pytest.approx(by_enumeration(rule, accuracy, 9), abs=1e-12)


@settings(max_examples=40)
@given(rule=RULES)
def test_better_annotators_are_banned_less_and_bans_are_for_good(rule: pg.BanRule) -> None:
    table = pg.operating_curve(rule, [0.5, 0.7, 0.9, 1.0], answers=[5, 10, 40]).table
    banned = table["banned"].to_numpy().reshape(4, 3)
    assert (np.diff(banned, axis=0) <= 1e-12).all()
    assert (np.diff(banned, axis=1) >= -1e-12).all()
    assert np.allclose(banned[3], 0.0)


def test_the_rule_that_bans_good_people() -> None:
    curve = pg.operating_curve(BAN, [0.9], answers=[50, 100])
    assert curve.status == "exact"
    assert curve.table["banned"].round(2).tolist() == [0.48, 0.75]
    once = pg.operating_curve(BAN.replace("checked after every task", "once"), [0.9], answers=100)
    assert once.table["banned"][0] == pytest.approx(binom.cdf(5, 8, 0.9), abs=1e-12)


def test_simulation_agrees_with_the_exact_chain_and_says_what_it_is() -> None:
    wide = pg.BanRule(share="0.7", window=40, repeated=True)
    assert not is_exact(wide)
    curve = pg.operating_curve(wide, [0.8], answers=[40, 60])
    assert curve.status == "simulated"
    at_first = binom.cdf(27, 40, 0.8)
    row = curve.table.iloc[0]
    assert row["low"] <= at_first <= row["high"]
    assert is_exact(pg.BanRule(wrong=2, window=60, repeated=True))
    assert math.comb(16, 8) < STATES


def test_long_windows_that_forgive_little_are_exact() -> None:
    curve = pg.operating_curve("2 wrong of the last 60", [0.99], answers=[60])
    assert curve.status == "exact"  # at the first look the window holds all 60
    assert curve.table["banned"][0] == pytest.approx(binom.sf(2, 60, 0.01), rel=1e-10)


@pytest.mark.parametrize(
    ("text", "share", "wrong", "window", "first", "repeated"),
    [
        ("75 % of the last 10", "3/4", None, 10, 10, True),
        ("0.75 right of last 10, once", "3/4", None, 10, 10, False),
        (BAN, "3/4", None, 10, 8, True),
        ("0 wrong of 5", None, 0, None, 5, False),
        ("4 right of 5", None, 1, None, 5, False),
        ("at most 2 wrong out of the last 20", None, 2, 20, 20, True),
        ("ban for more than 1 wrong of 5", None, 1, None, 5, False),
        ("3 or more wrong of the last 10", None, 2, 10, 10, True),
        ("at least 3 mistakes of the last 10, once", None, 2, 10, 10, False),
        ("fewer than 4 right of 5", None, 1, None, 5, False),
        ("0.7 after 10", "7/10", None, None, 10, False),
        ("70% after 10, after every answer", "7/10", None, None, 10, True),
        ("80 percent of 10", "4/5", None, 10, 10, False),
    ],
)
def test_rules_are_read(
    text: str, share: str | None, wrong: int | None, window: int | None, first: int, repeated: bool
) -> None:
    rule = pg.parse_rule(text)
    assert (None if rule.share is None else str(rule.share)) == share
    assert (rule.wrong, rule.window, rule.first, rule.repeated) == (wrong, window, first, repeated)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30 % wrong of the last 10", "can't be read|share right"),
        ("error rate over 30 % of the last 10", "share right"),
        ("6 right of 5", "which can't be"),
        ("0.7 after 10, once, after every answer", "both once and every time"),
        ("140 % of the last 10", "no share"),
        ("0 wrong of 0", "looks at nothing"),
    ],
)
def test_rules_that_could_be_misread_are_refused(text: str, said: str) -> None:
    with pytest.raises(pg.ModelError, match=said):
        pg.parse_rule(text)


@settings(max_examples=100)
@given(text=st.text(alphabet="0123456789.% oflastfterwngcyi", max_size=30))
def test_any_text_is_a_rule_or_a_model_error(text: str) -> None:
    try:
        rule = pg.parse_rule(text)
    except pg.ModelError:
        return
    assert rule.first >= 1


# ---------------------------------------------------------------- search


@given(settled=st.lists(st.booleans(), min_size=1, max_size=40))
def test_search_skips_nothing(settled: list[bool]) -> None:
    def whole(first: int, last: int) -> bool:
        return all(settled[first : last + 1])

    open_ones = [i for i, done in enumerate(settled) if not done]
    last = len(settled) - 1
    assert smallest_open(0, last, whole) == (open_ones[0] if open_ones else None)
    assert largest_open(0, last, whole) == (open_ones[-1] if open_ones else None)


# ---------------------------------------------------------------- refusals and the command


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give one of test, width and agency_cost"),
        ({"test": (0.9, 0.7), "width": 0.1}, "test and width"),
        ({"test": (0.7, 0.9)}, "the higher accuracy first"),
        ({"test": (0.9, 0.7), "errors": 0.6}, "0.6"),
        ({"test": (0.9, 0.7), "method": "guess"}, "'guess' is unknown"),
        ({"test": (0.9, 0.8999)}, "so close"),
        ({"width": 0.1}, "name a monitor"),
        ({"width": 0.1, "monitor": pg.ExpertReview}, "needs signal=rho"),
        ({"width": 1.5, "monitor": pg.ExpertReview, "signal": 0.5}, "holds every effort"),
        ({"width": 0.1, "monitor": pg.ExpertReview, "signal": 0.5, "effort": 2.0}, "effort=2.0"),
        ({"width": 1e-5, "monitor": pg.ExpertReview, "signal": 0.5}, "over the limit"),
        ({"agency_cost": 0.1}, "belong together"),
        ({"test": (0.9, 0.7), "monitor": pg.GoldenQuestions(2, [1.0, 0.5])}, "unequal margins"),
        (
            {"test": (0.9, 0.7), "monitor": pg.NormalMonitor},
            "is no subclass of CountingMonitor",
        ),
    ],
)
def test_questions_without_an_answer_say_why(options: dict[str, Any], said: str) -> None:
    with pytest.raises(pg.ModelError, match=said):
        pg.sample_size(**options)


def test_no_information_no_asymptotic_plan() -> None:
    with pytest.raises(pg.ModelError, match="no information"):
        pg.sample_size(pg.SelfConsistency, signal=0.5, width=0.2, method="asymptotic")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["plan", *arguments])


def test_command_answers_in_words_and_json() -> None:
    assert run("--test", "0.9", "0.7").stdout.startswith("41 checks to tell accuracy 0.9 from 0.7")
    found = json.loads(run("--rule", BAN, "--accuracy", "0.9", "--answers", "50", "--json").stdout)
    assert round(found["table"][0]["banned"], 2) == 0.48


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one of --test"),
        (["--test", "0.9", "0.7", "--rule", "0 wrong of 5"], "--test and --rule"),
        (["--test", "0.9", "0.7", "--accuracy", "0.9"], "--accuracy doesn't go with --test"),
        (["--test", "0.9", "0.7", "--signal", "0.5"], "without --monitor"),
        (["--width", "0.1", "--monitor", "nobody"], "nobody is unknown"),
        (["--rule", "be good"], "can't be read"),
        (["--economics", "nowhere.toml", "--monitor", "expert"], "nowhere.toml"),
        (["--test", "0.9", "0.7", "--plot", "plan.png"], "no single number"),
        (["--rule", "0 wrong of 5", "--plot", "plan.doc"], "end it in .png"),
    ],
)
def test_command_complains_once(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())


def test_command_draws_what_a_rule_does(tmp_path: Path) -> None:
    picture = tmp_path / "rule.png"
    result = run("--rule", "0 wrong of 5", "--plot", str(picture))
    assert result.exit_code == 0, result.output
    assert picture.stat().st_size > 10_000
    assert list(tmp_path.iterdir()) == [picture]
