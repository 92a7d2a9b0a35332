"""Estimators beyond counts: unequal margins, wrong keys, comparisons, calibration, many workers.

Coverage and validity are added up over the exact law wherever that is possible; only what rests on
approximations is simulated, with fixed seeds.
"""

import itertools
import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, binomtest, false_discovery_control, fisher_exact

import paygrade as pg
from paygrade.assessment.joint_calibration import fit_jointly
from paygrade.assessment.multiplicity import benjamini_hochberg, holm
from paygrade.assessment.shrinkage import shrink_accuracies
from paygrade.assessment.shrunken_efforts import shrink_efforts
from paygrade.assessment.unequal_margins import (
    MOST,
    WeightedCount,
    likeliest_effort,
    weigh_evidence,
)
from paygrade.errors import DataError, ModelError

EFFORTS = [0.0, 0.02, 0.2, 0.5, 0.8, 0.97, 1.0]
ULP = 1e-9  # ends of intervals are solved for, efforts at the boundary are met exactly


def labels_of(bits: dict[str, list[int]], column: str = "gold") -> pd.DataFrame:
    """Labels of items t0, t1, ... that agree where a bit is 1, and two unchecked ones a worker."""
    rows: list[tuple[str, str, str, str | None]] = []
    for worker, agrees in bits.items():
        for i, bit in enumerate(agrees):
            check = "AB"[i % 2]
            rows.append((f"t{i}", worker, check if bit else "AB"[1 - i % 2], check))
        rows += [("u0", worker, "A", None), ("u1", worker, "B", None)]
    return pd.DataFrame(rows, columns=["task", "worker", "label", column])


def counted(agreed: int, checked: int) -> list[int]:
    return [1] * agreed + [0] * (checked - agreed)


# Unequal margins


MARGINS = {
    "few": [1.0, 0.5],
    "mixed": [1.0, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1],
    "two kinds": [0.95] * 4 + [0.15] * 4,
    "faint": [0.2, 0.15, 0.1, 0.1, 0.05, 0.3],
}


@pytest.mark.parametrize("name", MARGINS)
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_over_all_answers(name: str, level: float) -> None:
    margins = np.array(MARGINS[name])
    covered = np.zeros(len(EFFORTS))
    small = np.zeros((len(EFFORTS), 3))
    for bits in itertools.product([False, True], repeat=margins.size):
        agrees = np.array(bits)
        found = weigh_evidence(agrees, margins, standard=0.5, level=level)
        assert 0.0 <= found.low <= found.effort <= found.high <= 1.0
        for i, effort in enumerate(EFFORTS):
            chance = np.prod(np.where(agrees, 1 + effort * margins, 1 - effort * margins) / 2)
            covered[i] += chance * (found.low - ULP <= effort <= found.high + ULP)
            small[i] += chance * (found.p_value <= np.array([0.01, 0.05, 0.2]))
    assert (covered >= level - 1e-9).all()
    at_standard_or_more = small[[i for i, effort in enumerate(EFFORTS) if effort >= 0.5]]
    assert (at_standard_or_more <= np.array([0.01, 0.05, 0.2]) + 1e-12).all()


@pytest.mark.parametrize("n", [10, 24])
def test_intervals_cover_over_all_weighted_counts(n: int) -> None:
    margins = np.random.default_rng(n).uniform(0.05, 1.0, n)
    count = WeightedCount.of(np.zeros(n, bool), margins)
    laws = np.array([count.law(effort) for effort in EFFORTS])
    reached = np.flatnonzero(laws.max(axis=0) > 1e-12)
    low, high = np.array(
        [WeightedCount(int(t), count.weights, margins).interval(0.9) for t in reached]
    ).T
    assert (np.diff(low) >= -ULP).all()
    assert (np.diff(high) >= -ULP).all()
    for effort, law in zip(EFFORTS, laws, strict=True):
        held = (low <= effort + ULP) & (effort - ULP <= high)
        assert law[reached] @ held >= 0.9 - 1e-9


def test_the_law_of_the_weighted_count_is_a_sum_over_answers() -> None:
    margins = np.array([1.0, 0.6, 0.6, 0.25])
    count = WeightedCount.of(np.zeros(4, bool), margins)
    law = np.zeros(int(count.weights.sum()) + 1)
    for bits in itertools.product([0, 1], repeat=4):
        agree = 0.5 + 0.35 * margins
        chance = np.prod(np.where(bits, agree, 1 - agree))
        law[int(count.weights @ np.array(bits))] += chance
    assert count.law(0.7) == pytest.approx(law, abs=1e-15)


@pytest.mark.parametrize(
    ("column", "signal"), [("gold", 0.8), ("expert", 0.8**2), ("repeat", 0.8**2)]
)
def test_equal_margins_are_the_binomial_case(column: str, signal: float) -> None:
    bits = {f"w{k}": counted(k, 12) for k in range(13)}
    labels = pg.read_annotations(labels_of(bits, column))
    known = {f"t{i}": 0.8 for i in range(12)}
    by_item, by_count = pg.assess(labels, margins=known), pg.assess(labels, signal=signal)
    columns = ["effort", "effort_low", "effort_high", "p_value", "information", "p_holm"]
    pd.testing.assert_frame_equal(by_item[columns], by_count[columns], rtol=1e-6, atol=1e-6)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 1.0)), min_size=1, max_size=25))
def test_the_estimate_is_the_most_likely_effort(checks: list[tuple[bool, float]]) -> None:
    agrees, margins = (np.array(each) for each in zip(*checks, strict=True))
    signed = np.where(agrees, margins, -margins)

    def loss(effort: float) -> float:
        return -float(np.log(np.maximum(1.0 + effort * signed, 1e-300)).sum())

    best = minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-10})
    found = loss(likeliest_effort(agrees, margins))
    assert found <= min(best.fun, loss(0.0), loss(1.0)) + 1e-9


def test_clear_items_weigh_more_and_narrow_the_interval() -> None:
    draw = np.random.default_rng(3)
    margins = np.where(np.arange(60) < 30, 0.95, 0.1)
    widths = []
    for _ in range(20):
        agrees = draw.random(60) < 0.5 + 0.5 * 0.6 * margins
        found = weigh_evidence(agrees, margins, standard=0.8, level=0.95)
        plain = pg.assess(
            pg.read_annotations(labels_of({"w": agrees.astype(int).tolist()})),
            signal=float(margins.mean()),
        ).iloc[0]
        widths.append((found.high - found.low, plain["effort_high"] - plain["effort_low"]))
    ours, counts = np.mean(widths, axis=0)
    assert ours < 0.85 * counts


def test_very_many_checks_are_taken_for_binomial_on_the_safe_side() -> None:
    n = MOST + 500
    margins = np.random.default_rng(0).uniform(0.2, 1.0, n)
    exact = WeightedCount(0, np.ones(n, int), margins)
    for effort in (0.3, 1.0):
        law = exact.law(effort)
        ends = {}
        for k in np.flatnonzero(law > 1e-5):
            found = weigh_evidence(np.arange(n) < k, margins, standard=effort, level=0.9)
            ends[int(k)] = found.low <= effort <= found.high
            assert found.p_value >= law[: k + 1].sum() - 1e-12
        assert sum(law[k] for k, held in ends.items() if held) >= 0.9


def test_next_to_the_mean_the_binomial_is_no_bound() -> None:
    """One faint question among sure ones: P(K < n) is 1/4, and the binomial says 0.221."""
    margins = np.array([0.5, *[1.0] * (MOST + 499)])
    missed_a_sure_one = np.arange(margins.size) != 7
    found = weigh_evidence(missed_a_sure_one, margins, standard=1.0, level=0.55)
    assert found.p_value >= 0.25
    assert found.high == 1.0


def test_repeats_with_margins_estimate_the_square() -> None:
    draw = np.random.default_rng(11)
    margins = draw.uniform(0.3, 1.0, 60)
    known = {f"t{i}": margin for i, margin in enumerate(margins)}
    efforts = np.tile([0.0, 0.4, 0.8, 1.0], 60)
    bits = {
        f"w{j}": (draw.random(60) < 0.5 + 0.5 * effort**2 * margins**2).astype(int).tolist()
        for j, effort in enumerate(efforts)
    }
    found = pg.assess(pg.read_annotations(labels_of(bits, "repeat")), margins=known)
    assert found.attrs["monitor"] == "SelfConsistency"
    held = (found["effort_low"] <= efforts) & (efforts <= found["effort_high"])
    assert held.mean() >= 0.93
    careful = found[efforts == 0.8]
    assert careful["effort"].mean() == pytest.approx(0.8, abs=0.05)
    information = np.sum((2 * 0.8 * margins**2) ** 2 / (1 - (0.8 * margins) ** 4))
    assert careful["information"].median() == pytest.approx(information, rel=0.4)


def test_margins_must_be_known_and_on_the_scale() -> None:
    labels = pg.read_annotations(labels_of({"w": [1, 0, 1]}))
    with pytest.raises(DataError, match=r"2 items .* no margin from -1 to 1 .*'t1', 't2'"):
        pg.assess(labels, margins={"t0": 0.5, "t2": 1.5})
    with pytest.raises(DataError, match="margins='margin' is no column"):
        pg.assess(labels, margins="margin")
    with pytest.raises(DataError, match="more than one value for item 't0'"):
        pg.assess(labels, margins=pd.Series([0.5, 0.6], index=["t0", "t0"]))
    with pytest.raises(ModelError, match=r"(?s)nothing to add.*peers"):
        pg.assess(labels, margins={"t0": 1.0}, signal=0.5, standard="peers")
    numbered = labels_of({"w": [1, 0, 1]}).assign(task=range(5))
    found = pg.assess(pg.read_annotations(numbered), margins={0: 0.9, 1: -0.9, 2: 0.0})
    assert found["effort"].tolist() == [0.0]
    assert found["information"].tolist() == pytest.approx([2 * 0.81])


# Golden answers that may be wrong


def test_wrong_keys_shrink_the_margin() -> None:
    labels = pg.read_annotations(labels_of({"w": counted(16, 20)}))
    found = pg.assess(labels, signal=0.9, key_error=0.05)
    columns = ["effort", "effort_low", "effort_high", "p_value", "information"]
    same = pg.assess(labels, signal=0.9 * 0.9)
    pd.testing.assert_frame_equal(found[columns], same[columns])
    by_item = pg.assess(labels, margins={f"t{i}": 0.9 for i in range(20)}, key_error=0.05)
    pd.testing.assert_frame_equal(by_item[columns], same[columns], rtol=1e-7, atol=1e-9)


def test_efforts_under_wrong_keys_have_no_bias() -> None:
    draw = np.random.default_rng(2)
    right = draw.random((40, 400)) < 0.5 + 0.5 * 0.7 * 0.9
    agrees = right ^ (draw.random((40, 400)) < 0.1)
    labels = labels_of({f"w{j}": row.astype(int).tolist() for j, row in enumerate(agrees)})
    found = pg.assess(pg.read_annotations(labels), signal=0.9, key_error=0.1)
    assert found["effort"].mean() == pytest.approx(0.7, abs=0.02)
    assert pg.assess(pg.read_annotations(labels), signal=0.9)["effort"].mean() < 0.6


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"key_error": 0.5, "signal": 0.9}, "give a number from 0 to below 0.5"),
        ({"key_error": "x", "signal": 0.9}, "key_error='x' is no number"),
        ({"key_error": 0.1}, "holds their errors already"),
        ({"key_error": 0.1, "signal": 0.9, "stronger": "A"}, "ComparisonMode has no key"),
        ({"stronger": "A", "monitor": pg.GoldenQuestions}, "GoldenQuestions would ignore it"),
        ({"control": "bonferroni"}, "use 'holm'"),
        ({"standard": "peer"}, "nor 'peers'"),
    ],
)
def test_options_that_go_nowhere(options: dict[str, object], says: str) -> None:
    labels = pg.read_annotations(labels_of({"w": counted(9, 10)}))
    with pytest.raises(ModelError) as caught:
        pg.assess(labels, **options)  # type: ignore[arg-type]
    assert says in str(caught.value)


# Comparisons of a stronger with a weaker model


def test_the_stronger_side_can_be_given_in_three_ways() -> None:
    table = labels_of({"w": counted(14, 20), "v": counted(18, 20)}).rename(columns={"gold": "best"})
    sides = {f"t{i}": "AB"[i % 2] for i in range(20)}
    labels = pg.read_annotations(table.drop(columns="best"))
    by_item = pg.assess(labels, stronger=sides, signal=0.95)
    law = pg.ComparisonMode(20, 0.95)
    assert by_item.attrs["monitor"] == "ComparisonMode"
    assert by_item["agreed"].tolist() == [18, 14]
    assert by_item["effort"].tolist() == pytest.approx(law.effort_at([0.9, 0.7]).tolist())
    one_side = pg.assess(labels, pg.ComparisonMode, stronger="A", signal=0.95)
    assert one_side["checked"].tolist() == [22, 22]
    calibrated = pg.calibrate_signal(
        pg.read_annotations(table.rename(columns={"best": "gold"})), trusted="v"
    )
    assert pg.build_monitor(pg.ComparisonMode, 20, calibrated) == pg.ComparisonMode(20, 0.9)
    with pytest.raises(DataError, match="names the answer 'C'"):
        pg.assess(labels, stronger="C")
    with pytest.raises(ModelError, match="give it in the option 'stronger'"):
        pg.assess(labels, pg.ComparisonMode)


def test_pairs_of_models_differ_in_margin() -> None:
    labels = pg.read_annotations(labels_of({"w": [1, 1, 0, 1]}).drop(columns="gold"))
    sides = {f"t{i}": "AB"[i % 2] for i in range(4)}
    margins = {"t0": 0.8, "t1": 0.4, "t2": 0.1, "t3": 0.6}
    found = pg.assess(labels, stronger=sides, margins=margins)
    expected = likeliest_effort(np.array([1, 1, 0, 1], bool), np.array([0.8, 0.4, 0.1, 0.6]))
    assert found["effort"].tolist() == pytest.approx([expected])


# A calibrated signal's uncertainty


@pytest.mark.parametrize("kind", ["gold", "repeat"])
def test_intervals_cover_with_a_calibrated_signal(kind: str) -> None:
    """Add up over both binomials: the trusted worker's agreements, and everybody's else."""
    trusted, checked, full = 25, 20, 0.9
    monitor: type[pg.CountingMonitor] = pg.GoldenQuestions
    if kind == "repeat":
        monitor = pg.SelfConsistency
    accuracy = pg.build_monitor(monitor, 1, 2 * full - 1).accuracy
    workers = {f"w{k}": counted(k, checked) for k in range(checked + 1)}
    covered = {carry: np.zeros(len(EFFORTS)) for carry in (True, False)}
    small = np.zeros((len(EFFORTS), 2))
    for agreed in range(trusted + 1):
        chance = binom.pmf(agreed, trusted, full)
        if chance < 1e-12:
            continue
        table = labels_of({**workers, "trusted": counted(agreed, trusted)}, kind)
        for carry, sums in covered.items():
            try:
                found = pg.assess(
                    pg.read_annotations(table), trusted="trusted", standard=0.8, carry=carry
                ).set_index("worker")
            except DataError:  # no statement, so none that is wrong
                sums += chance
                continue
            found = found.loc[list(workers)]
            for i, effort in enumerate(EFFORTS):
                law = binom.pmf(np.arange(checked + 1), checked, float(accuracy(effort)))
                held = (found["effort_low"] <= effort + ULP) & (
                    effort - ULP <= found["effort_high"]
                )
                sums[i] += chance * (law @ held.to_numpy())
                if carry:
                    small[i] += [chance * (law @ (found["p_value"] <= a)) for a in (0.01, 0.05)]
    assert (covered[True] >= 0.95 - 1e-9).all()
    assert covered[False].min() < 0.95  # which is why it is carried on
    above = [i for i, effort in enumerate(EFFORTS) if effort >= 0.8]
    assert (small[above] <= np.array([0.01, 0.05]) + 1e-12).all()


def test_the_allowed_error_is_halved() -> None:
    labels = pg.read_annotations(labels_of({"w": counted(17, 20), "trusted": counted(38, 40)}))
    found = pg.assess(labels, trusted="trusted").iloc[1]
    shares = binomtest(17, 20).proportion_ci(0.975, "exact")
    full = binomtest(38, 40).proportion_ci(0.975, "exact")
    assert found["effort_low"] == pytest.approx((2 * shares.low - 1) / (2 * full.high - 1))
    assert found["effort_high"] == pytest.approx(
        min((2 * shares.high - 1) / (2 * full.low - 1), 1.0)
    )


def test_a_calibration_knows_its_interval_at_every_level() -> None:
    labels = pg.read_annotations(
        pg.simulate_labels(items=150, seed=4, expert_share=0.6, repeat_share=0.6)
    )
    margins = dict.fromkeys(labels.table["task"].unique(), 0.7)
    routes = [{}, {"trusted": "ann02,ann03"}, {"margins": margins}, {"jointly": True}]
    for route in routes:
        found = pg.calibrate_signal(labels, pg.SelfConsistency, **route)  # type: ignore[arg-type]
        assert found.interval(0.95) == pytest.approx((found.low, min(found.high, 1.0)), abs=1e-6)
        before = found.signal, found.signal
        for level in (0.5, 0.9, 0.99):
            low, high = found.interval(level)
            assert low <= before[0] + 1e-6
            assert high >= before[1] - 1e-6
            before = low, high
        again = pickle.loads(pickle.dumps(found))  # it travels to other processes
        assert again == found
        assert again.interval(0.9) == found.interval(0.9)


def test_a_calibration_made_by_hand_is_known_at_its_level() -> None:
    labels = pg.read_annotations(labels_of({"w": counted(16, 20)}))
    by_hand = pg.Calibration(0.8, 0.7, 0.9, "trusted", "read in a paper", ("x",), level=0.9999)
    found = pg.assess(labels, signal=by_hand, standard=0.8)
    taken = pg.assess(labels, signal=0.8)
    assert found["effort"].tolist() == taken["effort"].tolist()
    assert (found["effort_low"] < taken["effort_low"]).all()
    assert (found["effort_high"] >= taken["effort_high"]).all()
    with pytest.raises(ModelError, match=r"at level=0.9 doesn't say how uncertain"):
        pg.assess(labels, signal=pg.Calibration(0.8, 0.7, 0.9, "m", "d", (), level=0.9))


# Calibration from margins, and from repeats and experts together


def test_margins_calibrate_each_monitor() -> None:
    labels = pg.simulate_labels(items=40, seed=1, gold_share=1.0, repeat_share=1.0)
    annotations = pg.read_annotations(labels.drop(columns="expert"))
    margins = {f"item{i:02d}": (-1) ** i * (i + 1) / 50 for i in range(1, 41)}
    sizes = np.abs(list(margins.values()))
    golden = pg.calibrate_signal(annotations, pg.GoldenQuestions, margins=margins)
    repeats = pg.calibrate_signal(annotations, pg.SelfConsistency, margins=margins)
    assert golden.method == "margins"
    assert golden.signal == pytest.approx(sizes.mean())
    assert repeats.signal == pytest.approx(np.mean(sizes**2))
    reach = math.sqrt(math.log(2 / 0.05) / 80)
    assert (golden.low, golden.high) == pytest.approx(
        (golden.signal - reach, golden.signal + reach)
    )
    with pytest.raises(ModelError, match="trusted and margins each say"):
        pg.calibrate_signal(annotations, margins=margins, trusted="ann01")


def test_repeats_and_experts_together_tell_the_signal() -> None:
    held, found = 0, []
    for seed in range(25):
        labels = pg.simulate_labels(items=300, seed=seed, expert_share=0.5, repeat_share=0.5)
        fit = fit_jointly(pg.read_annotations(labels))
        low, high = fit.span(0.9)
        held += low <= 0.6 <= high
        found.append(fit.signal)
    assert held >= 20  # of 25 at 90 %
    assert np.mean(found) == pytest.approx(0.6, abs=0.04)


def test_joint_calibration_needs_no_careful_worker() -> None:
    efforts = np.linspace(0.3, 0.7, 24).tolist()  # the best of them are far from careful
    labels = pg.read_annotations(
        pg.simulate_labels(items=1500, seed=6, efforts=efforts, expert_share=1, repeat_share=1)
    )
    together = pg.calibrate_signal(labels, pg.ExpertReview, jointly=True)
    assert together.low < 0.6 < together.high
    alone = pg.calibrate_signal(labels, pg.ExpertReview)
    assert alone.signal < 0.5  # the best tenth is called careful
    assert pg.assess(labels, signal=together)["effort"].to_numpy() == pytest.approx(
        efforts, abs=0.15
    )


def test_joint_calibration_says_what_it_lacks() -> None:
    simulated = pg.simulate_labels(items=30, seed=1, expert_share=1.0, repeat_share=1.0)
    with pytest.raises(ModelError, match="use SelfConsistency or ExpertReview"):
        pg.calibrate_signal(
            pg.read_annotations(simulated.assign(gold="A")), pg.GoldenQuestions, jointly=True
        )
    without = pg.read_annotations(simulated.drop(columns="expert"))
    with pytest.raises(DataError, match="no answers in 'expert'"):
        pg.calibrate_signal(without, pg.SelfConsistency, jointly=True)
    two = pg.read_annotations(simulated[simulated["worker"].isin(["ann01", "ann02"])])
    with pytest.raises(DataError, match="2 annotators have both"):
        pg.calibrate_signal(two, pg.SelfConsistency, jointly=True)
    careless = pg.simulate_labels(
        items=30, seed=2, efforts=[0.0] * 5, expert_share=1.0, repeat_share=1.0
    )
    with pytest.raises(DataError, match="too close to chance"):
        pg.calibrate_signal(pg.read_annotations(careless), pg.SelfConsistency, jointly=True)


# Many workers


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p_values: list[float]) -> None:
    tests = range(len(p_values))
    groups = [g for size in tests for g in itertools.combinations(tests, size + 1)]
    bonferroni = {g: min(1.0, len(g) * min(p_values[i] for i in g)) for g in groups}
    by_hand = [max(bonferroni[g] for g in groups if i in g) for i in tests]
    assert holm(p_values).tolist() == pytest.approx(by_hand)
    assert benjamini_hochberg(p_values).tolist() == pytest.approx(
        false_discovery_control(p_values).tolist()
    )


def test_who_was_not_checked_is_no_test() -> None:
    table = labels_of({"bad": counted(4, 12), "good": counted(12, 12)})
    idle = pd.DataFrame({"task": ["u0"], "worker": ["idle"], "label": ["A"], "gold": [None]})
    labels = pg.read_annotations(pd.concat([table, idle]))
    found = pg.assess(labels, signal=0.9).set_index("worker")
    rows = found.to_dict(orient="index")
    assert rows["bad"]["p_holm"] == pytest.approx(2 * rows["bad"]["p_value"])
    assert found["flagged"].to_dict() == {"bad": True, "good": False, "idle": False}
    idle_row = [rows["idle"][name] for name in ("p_value", "p_holm", "p_bh", "information")]
    assert idle_row == [1, 1, 1, 0]
    assert holm([0.5], [False]).tolist() == benjamini_hochberg([0.5], [False]).tolist() == [1.0]


def test_no_false_flags_over_many_workers() -> None:
    draw = np.random.default_rng(9)
    law = pg.GoldenQuestions(1, 0.9)
    accused = {"holm": 0, "bh": 0}
    for _ in range(60):
        agreed = draw.binomial(30, float(law.accuracy(0.8)), 40)
        labels = pg.read_annotations(
            labels_of({f"w{j}": counted(k, 30) for j, k in enumerate(agreed.tolist())})
        )
        for control in accused:
            found = pg.assess(labels, signal=0.9, control=control)
            accused[control] += int(found["flagged"].sum() > 0)
    assert max(accused.values()) <= 7  # of 60 at 5 %: more has probability 0.01


def test_bh_finds_more_than_holm() -> None:
    bits = {f"bad{j}": counted(19, 30) for j in range(15)}
    bits |= {f"good{j}": counted(28, 30) for j in range(25)}
    labels = pg.read_annotations(labels_of(bits))
    flags = {c: pg.assess(labels, signal=0.9, control=c)["flagged"].sum() for c in ("holm", "bh")}
    assert flags["holm"] <= flags["bh"] == 15


def test_peers_are_compared_by_fishers_exact_test() -> None:
    counts = {"a": (22, 32), "b": (30, 31), "c": (27, 27), "d": (15, 16)}
    labels = pg.read_annotations(labels_of({w: counted(k, n) for w, (k, n) in counts.items()}))
    found = pg.assess(labels, signal=1.0, standard="peers").set_index("worker")
    agreed, checked = np.sum(list(counts.values()), axis=0)
    for worker, (k, n) in counts.items():
        others = [agreed - k, checked - n - (agreed - k)]
        by_hand = fisher_exact(np.array([[k, n - k], others]), alternative="less").pvalue
        assert found.loc[worker, "p_value"] == pytest.approx(by_hand)
    assert found.index[found["flagged"]].tolist() == ["a"]


# Shrinkage


def test_shrunken_estimates_are_closer_and_their_intervals_hold() -> None:
    draw = np.random.default_rng(21)
    held = total = 0
    errors = np.zeros(2)
    for _ in range(15):
        truth, checked = draw.beta(8, 2, 40), draw.integers(3, 50, 40)
        agreed = draw.binomial(checked, truth)
        found = shrink_accuracies(agreed, checked)
        held += int(((found.low <= truth) & (truth <= found.high)).sum())
        total += truth.size
        errors += [((found.accuracy - truth) ** 2).sum(), ((agreed / checked - truth) ** 2).sum()]
    assert held / total >= 0.93
    assert errors[0] < 0.7 * errors[1]


def test_equal_workers_are_shrunk_to_one_another() -> None:
    agreed = np.random.default_rng(1).binomial(30, 0.8, 25)
    found = shrink_accuracies(agreed, [30] * 25)
    assert np.ptp(found.accuracy) < 0.35 * np.ptp(agreed / 30)
    assert ((found.low < 0.8) & (found.high > 0.8)).all()


@given(
    st.lists(
        st.integers(0, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=5,
    ).filter(lambda counts: any(n for _, n in counts))
)
def test_shrinkage_works_at_every_corner(counts: list[tuple[int, int]]) -> None:
    agreed, checked = zip(*counts, strict=True)
    found = shrink_accuracies(agreed, checked)
    assert (found.low <= found.accuracy + 1e-6).all()
    assert (found.accuracy <= found.high + 1e-6).all()
    assert np.isfinite([found.low, found.high]).all()


def test_assess_adds_shrunken_columns_on_request() -> None:
    bits = {f"w{j}": counted(24 + j % 4, 30) for j in range(10)} | {"new": counted(2, 2)}
    labels = pg.read_annotations(labels_of(bits))
    found = pg.assess(labels, signal=0.9, shrink=True).set_index("worker")
    assert found.columns[-3:].tolist() == [
        "effort_shrunk", "effort_shrunk_low", "effort_shrunk_high"
    ]  # fmt: skip
    assert found["effort"].to_dict()["new"] == 1.0
    assert found["effort_shrunk"].to_dict()["new"] < 0.9
    crowd = found.drop(index="new")
    assert np.ptp(crowd["effort_shrunk"]) < np.ptp(crowd["effort"])


# Information


def test_information_is_the_curvature_of_the_likelihood() -> None:
    labels = pg.read_annotations(labels_of({"w": counted(40, 50)}))
    for kind, column in ((pg.GoldenQuestions, "gold"), (pg.SelfConsistency, "repeat")):
        table = labels.table.rename(columns={"gold": column})
        found = pg.assess(pg.read_annotations(table), signal=0.8).iloc[0]
        law = pg.build_monitor(kind, 50, 0.8)
        effort, step = found["effort"], 1e-4
        curve = [float(law.log_density(40, effort + d)) for d in (-step, 0.0, step)]
        observed = -(curve[0] - 2 * curve[1] + curve[2]) / step**2
        assert found["information"] == pytest.approx(observed, rel=1e-3)


@pytest.mark.parametrize(
    ("column", "agreed", "information"), [("repeat", 33, 0.713), ("expert", 35, 0.298)]
)
def test_information_where_margins_are_beta(column: str, agreed: int, information: float) -> None:
    """Theory 6.6: p ~ Beta(½, ½), so that kappa = rho = ½, at effort 0.8."""
    table = labels_of({"w": counted(agreed, 50)}, column)
    found = pg.assess(pg.read_annotations(table), signal=0.5).iloc[0]
    assert found["effort"] == pytest.approx(0.8)
    assert found["information"] / 50 == pytest.approx(information, abs=5e-4)


def unequal_team(
    draw: np.random.Generator, workers: int, power: float
) -> tuple[np.ndarray[Any, Any], list[tuple[Any, Any]]]:
    """Efforts from a Beta, and checks of items with margins from .2 to 1, 4 to 30 a worker."""
    efforts = draw.beta(6.0, 2.0, workers)
    checks = []
    for effort in efforts:
        signal = draw.uniform(0.2, 1.0, draw.integers(4, 31))
        checks.append((draw.random(len(signal)) < (1.0 + effort**power * signal) / 2.0, signal))
    return efforts, checks


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("workers", [12, 150])
def test_shrunken_efforts_are_nearer_and_their_intervals_hold(workers: int, power: float) -> None:
    draw = np.random.default_rng(4)
    inside, errors, raw_errors = [], [], []
    for _ in range(60 if workers < 100 else 24):
        efforts, checks = unequal_team(draw, workers, power)
        found = shrink_efforts(checks, power)
        inside.append((found.low <= efforts) & (efforts <= found.high))
        raw = np.array([likeliest_effort(*each) for each in checks]) ** (1.0 / power)
        errors.append((found.effort - efforts) ** 2)
        raw_errors.append((raw - efforts) ** 2)
    # a team shares its prior, so that the mean over 24 teams has a standard error of .014
    assert 0.90 <= np.concatenate(inside).mean() <= 0.99
    assert np.concatenate(errors).mean() < 0.5 * np.concatenate(raw_errors).mean()


def test_shrunken_efforts_with_equal_margins_are_near_those_of_accuracies() -> None:
    """The two priors differ in scale only, which matters little where there are data."""
    margins, agreed = np.full(60, 0.9), np.arange(30, 60, 2)
    team = [(np.arange(60) < k, margins) for k in agreed]
    efforts = shrink_efforts(team, 1.0)
    accuracies = shrink_accuracies(agreed, np.full(len(agreed), 60))
    other = np.clip((2.0 * accuracies.accuracy - 1.0) / 0.9, 0.0, 1.0)
    assert np.abs(efforts.effort - other).max() < 0.06


def test_known_margins_and_shrinkage_go_together() -> None:
    labels = pg.simulate_labels(
        items=200, seed=8, efforts=[0.9, 0.9, 0.8, 0.3], gold_share=0.4, repeat_share=0.4
    )
    labels.loc[labels["worker"] == "ann03", ["gold", "repeat"]] = None
    annotations = pg.read_annotations(labels)
    margins = {item: 0.6 + 0.4 * (i % 2) for i, item in enumerate(labels["task"].unique())}
    for monitor in (pg.GoldenQuestions, pg.SelfConsistency):
        found = pg.assess(annotations, monitor, margins=margins, shrink=True).set_index("worker")
        low, high = found["effort_shrunk_low"], found["effort_shrunk_high"]
        assert ((low <= found["effort_shrunk"]) & (found["effort_shrunk"] <= high)).all()
        assert found["effort_shrunk"].idxmin() == "ann04"
        assert 0.2 < found["effort_shrunk"]["ann03"] < 1.0  # never checked: like the others
        assert (high - low).idxmax() == "ann03"
