"""Consistent but wrong: what repeats and checks say together, and workers of two parameters."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest, fisher_exact

import paygrade as pg
from paygrade.errors import DataError, ModelError

EFFORTS = [0.0, 0.3, 0.6, 0.9, 1.0]
KAPPA, MARGIN = 0.64, 0.8


def labels_of(
    workers: dict[str, tuple[int, int, int, int]], check: str = "gold", first: str = "AB"
) -> pd.DataFrame:
    """Labels of which (agree, repeats, agree, checks) are repeated or checked, no label both."""
    rows: list[tuple[str, str, str, str | None, str | None]] = []
    for worker, (r, repeats, g, checks) in workers.items():
        for i in range(repeats):
            label, other = first[i % 2], first[1 - i % 2]
            rows.append((f"r{i}", worker, label, label if i < r else other, None))
        for i in range(checks):
            label, other = first[i % 2], first[1 - i % 2]
            rows.append((f"g{i}", worker, label, None, label if i < g else other))
    return pd.DataFrame(rows, columns=["task", "worker", "label", "repeat", check])


def alarm_of(
    workers: dict[str, tuple[int, int, int, int]], **options: object
) -> dict[str, dict[str, object]]:
    signals = {"kappa": KAPPA, "signal": MARGIN}
    found = pg.consistency_alarm(pg.read_annotations(labels_of(workers)), **{**signals, **options})  # type: ignore[arg-type]
    return {str(row["worker"]): row for row in found.to_dict(orient="records")}  # type: ignore[misc]


# Validity


@pytest.mark.parametrize(("repeats", "checks"), [(6, 4), (15, 15), (4, 20)])
def test_alarms_are_no_more_often_false_than_they_say(repeats: int, checks: int) -> None:
    cells = list(itertools.product(range(repeats + 1), range(checks + 1)))
    found = alarm_of({f"w{r}_{g}": (r, repeats, g, checks) for r, g in cells})
    p_values = np.array([found[f"w{r}_{g}"]["p_value"] for r, g in cells], float)
    for effort in EFFORTS:
        chances = _independent(cells, repeats, checks, effort)
        for alpha in (0.01, 0.05, 0.2):
            assert chances[p_values <= alpha].sum() <= alpha + 1e-12


def _independent(
    cells: list[tuple[int, int]], repeats: int, checks: int, effort: float
) -> np.ndarray:
    r, g = np.array(cells).T
    by_repeats = binom.pmf(r, repeats, 0.5 + 0.5 * KAPPA * effort**2)
    return np.asarray(by_repeats * binom.pmf(g, checks, 0.5 + 0.5 * MARGIN * effort))


@pytest.mark.parametrize("pairs", [5, 20])
def test_labels_used_twice_make_false_alarms_rarer(pairs: int) -> None:
    cells = list(itertools.product(range(pairs + 1), range(pairs + 1)))
    found = alarm_of({f"w{r}_{g}": (r, pairs, g, pairs) for r, g in cells})
    p_values = np.array([found[f"w{r}_{g}"]["p_value"] for r, g in cells], float)
    for effort in EFFORTS:
        right = 0.5 + 0.5 * MARGIN * effort  # of each label; both repeats and checks are of it
        law = np.zeros((pairs + 1, pairs + 1))
        law[0, 0] = 1.0
        for _ in range(pairs):
            more = law * right * (1 - right)  # first label wrong, second right
            more[1:, 1:] += law[:-1, :-1] * right**2
            more[1:, :] += law[:-1, :] * (1 - right) ** 2
            more[:, 1:] += law[:, :-1] * right * (1 - right)
            law = more
        assert law.sum() == pytest.approx(1.0)
        independent = _independent(cells, pairs, pairs, effort)
        for alpha in (0.01, 0.05, 0.2):
            size = law.ravel()[p_values <= alpha].sum()
            assert size <= independent[p_values <= alpha].sum() + 1e-12 <= alpha + 1e-11


def test_what_both_stories_have_in_common_covers_the_effort() -> None:
    repeats, checks = 12, 10
    cells = list(itertools.product(range(repeats + 1), range(checks + 1)))
    found = alarm_of({f"w{r}_{g}": (r, repeats, g, checks) for r, g in cells})
    rows = [found[f"w{r}_{g}"] for r, g in cells]
    low, high, best = (
        np.array([row[name] for row in rows], float)
        for name in ("effort_low", "effort_high", "effort")
    )
    for effort in EFFORTS:
        held = (low <= effort + 1e-9) & (effort - 1e-9 <= high)
        assert _independent(cells, repeats, checks, effort)[held].sum() >= 0.95
    assert ((best >= 0) & (best <= 1)).all()


def test_the_common_effort_is_the_most_likely_one() -> None:
    row = alarm_of({"w": (21, 30, 14, 20)})["w"]
    grid = np.linspace(0, 1, 200_001)
    likely = np.asarray(
        binom.logpmf(21, 30, 0.5 + 0.5 * KAPPA * grid**2)
        + binom.logpmf(14, 20, 0.5 + 0.5 * MARGIN * grid)
    )
    assert row["effort"] == pytest.approx(grid[likely.argmax()], abs=2e-5)
    free = binom.logpmf(21, 30, 0.7) + binom.logpmf(14, 20, 0.7)
    assert row["likelihood_ratio"] == pytest.approx(2 * (free - likely.max()), abs=1e-6)


def test_honest_workers_raise_no_alarm() -> None:
    alarms = 0
    for seed in range(30):
        labels = pg.simulate_labels(
            workers=20, items=150, seed=seed, gold_share=0.3, repeat_share=0.3
        )
        margin = labels.attrs["margin"]
        found = pg.consistency_alarm(
            pg.read_annotations(labels), kappa=labels.attrs["kappa"], signal=margin
        )
        alarms += int(found["alarm"].sum() > 0)
    assert alarms <= 4  # of 30 at 5 %: more has probability below 0.02


# What it is for


def position_bias(seed: int = 3) -> pd.DataFrame:
    """Twelve annotators; one never looks, one has the instructions backwards."""
    labels = pg.simulate_labels(
        items=300, seed=seed, efforts=[0.9] * 12, gold_share=0.2, repeat_share=0.3
    )
    shown = labels["repeat"].notna()
    never_looks, reversed_ = (labels["worker"] == name for name in ("ann03", "ann07"))
    labels.loc[never_looks, "label"] = "A"
    labels.loc[never_looks & shown, "repeat"] = "A"
    for column in ("label", "repeat"):
        labels[column] = labels[column].mask(
            reversed_, labels[column].map({"A": "B", "B": "A"}, na_action="ignore")
        )
    return labels


@pytest.mark.parametrize("known", [True, False])
def test_position_bias_and_misread_instructions_are_found(known: bool) -> None:
    annotations = pg.read_annotations(position_bias())
    signals = {"kappa": 0.6, "signal": 0.95} if known else {}
    found = pg.consistency_alarm(annotations, **signals)  # type: ignore[arg-type]
    assert found.loc[found["alarm"], "worker"].tolist() == ["ann03", "ann07"]
    stories = found.set_index("worker")["story"]
    assert "gives 'A' in 100 % of labels, so look for position bias" in stories["ann03"]
    assert "consistently the reverse, as if the instructions were misread" in stories["ann07"]
    assert set(stories.drop(["ann03", "ann07"])) == {"one effort explains repeats and checks"}
    by_repeats = pg.assess(annotations, pg.SelfConsistency).set_index("worker")["effort"]
    assert by_repeats["ann03"] == 1.0  # to repeats alone, the most careful of all
    effort = found.set_index("worker")[["effort_by_repeats", "effort_low"]]
    assert effort["effort_by_repeats"].to_dict()["ann03"] == 1.0
    assert np.isnan(effort["effort_low"].to_dict()["ann07"])


def test_known_checks_raise_the_other_alarm() -> None:
    row = alarm_of({"leaked": (15, 30, 40, 40), "honest": (22, 30, 36, 40)})
    assert (row["leaked"]["alarm"], row["honest"]["alarm"]) == (True, False)
    assert "the checks may be known" in str(row["leaked"]["story"])


def test_a_rule_of_ones_own() -> None:
    row = alarm_of({"w": (30, 30, 24, 40)})["w"]
    assert row["alarm"]
    assert "a rule of the worker's own" in str(row["story"])


def test_one_kind_of_check_alone() -> None:
    rows = alarm_of(
        {"only repeats": (20, 30, 0, 0), "only checks": (0, 0, 25, 30), "reversed": (0, 0, 3, 30),
         "shuffled": (3, 30, 0, 0)}
    )  # fmt: skip
    assert rows["only repeats"]["story"] == "no checks, so one story only"
    assert rows["only checks"]["story"] == "no repeats, so one story only"
    assert rows["reversed"]["alarm"]
    assert "less than chance: as if the instructions were misread" in str(rows["reversed"]["story"])
    assert rows["shuffled"]["alarm"]
    assert "second answers may be reversed" in str(rows["shuffled"]["story"])


def test_position_bias_with_sides_swapped_is_told_by_repeats() -> None:
    row = alarm_of({"w": (1, 30, 19, 40)})["w"]  # names answers: the second never is the first
    assert row["alarm"]
    assert "sides were swapped and the answers didn't follow (position bias)" in str(row["story"])


def test_uncertain_signals_are_carried_on() -> None:
    labels = pg.read_annotations(labels_of({"w": (28, 30, 13, 20), "v": (25, 30, 19, 20)}))
    kappa = pg.Calibration(KAPPA, 0.5, 0.8, "m", "d", (), level=0.9999)
    margin = pg.Calibration(MARGIN, 0.7, 0.9, "m", "d", (), level=0.9999)
    known = pg.consistency_alarm(labels, kappa=KAPPA, signal=MARGIN)
    uncertain = pg.consistency_alarm(labels, kappa=kappa, signal=margin)
    assert uncertain["worker"].tolist() == ["v", "w"]
    assert known["p_value"].iloc[1] < 0.01 < 0.1 < uncertain["p_value"].iloc[1]
    assert (uncertain["effort_low"].fillna(0) <= known["effort_low"].fillna(1)).all()
    worst = pg.consistency_alarm(labels, kappa=0.8, signal=0.7)
    doubt = 0.05 / 50
    assert uncertain["p_value"].iloc[1] == pytest.approx(worst["p_value"].iloc[1] + doubt)


def test_the_alarm_needs_repeats_and_something_to_check_against() -> None:
    table = labels_of({"w": (9, 10, 8, 10)})
    labels = pg.read_annotations(table)
    with pytest.raises(ModelError, match="SelfConsistency says nothing about being right"):
        pg.consistency_alarm(labels, pg.SelfConsistency)
    with pytest.raises(DataError, match="consistent error; name the column"):
        pg.consistency_alarm(pg.read_annotations(table.drop(columns="gold")))
    with pytest.raises(DataError, match="'repeat' is no column"):
        pg.consistency_alarm(pg.read_annotations(table.drop(columns="repeat")), kappa=1.0)
    experts = pg.read_annotations(labels_of({"w": (9, 10, 8, 10)}, "expert"))
    found = pg.consistency_alarm(experts, kappa=KAPPA, signal=0.6)
    assert found.attrs == {"against": "ExpertReview", "kappa": KAPPA, "signal": 0.6}


# Two parameters


def keyed(workers: dict[str, tuple[int, int, int, int]]) -> pg.Annotations:
    """Labels of workers who are right on (h of p) items keyed A and (c of n) keyed B."""
    rows = []
    for worker, (h, p, c, n) in workers.items():
        rows += [(f"p{i}", worker, "A" if i < h else "B", "A") for i in range(p)]
        rows += [(f"n{i}", worker, "B" if i < c else "A", "B") for i in range(n)]
    return pg.read_annotations(pd.DataFrame(rows, columns=["task", "worker", "label", "gold"]))


def test_who_always_says_yes_is_read_right_by_two_parameters() -> None:
    labels = keyed({"lazy": (90, 90, 0, 10), "careful": (84, 90, 9, 10)})
    found = pg.two_parameter_report(labels, signal=1.0).set_index("worker")
    lazy = found.to_dict(orient="index")["lazy"]
    assert lazy["effort"] == pytest.approx(0.8)  # by one parameter
    assert (lazy["effort_apart"], lazy["leaning"]) == (0.0, 1.0)
    assert lazy["effort_apart_high"] < 0.4
    assert lazy["threshold"] < -1.5
    assert found["misread"].to_dict() == {"lazy": True, "careful": False}
    assert "says 'A' too often; effort 0.80 over all checks, 0.00 if both answers" in str(
        lazy["story"]
    )


def test_two_parameters_by_hand() -> None:
    found = pg.two_parameter_report(keyed({"w": (18, 20, 15, 25)}), signal=0.9).iloc[0]
    assert (found["sensitivity"], found["specificity"]) == (0.9, 0.6)
    assert found["effort"] == pytest.approx((2 * 33 / 45 - 1) / 0.9)
    effort = (0.9 + 0.6 - 1) / 0.9
    assert found["effort_apart"] == pytest.approx(effort)
    assert found["leaning"] == pytest.approx((0.4 - effort * 0.05) / (1 - effort))
    yes, no = (binomtest(k, n).proportion_ci(0.975, "exact") for k, n in ((18, 20), (15, 25)))
    assert found["effort_apart_low"] == pytest.approx((yes.low + no.low - 1) / 0.9)
    assert found["effort_apart_high"] == pytest.approx((yes.high + no.high - 1) / 0.9)
    by_fisher = fisher_exact(np.array([[18, 2], [15, 10]])).pvalue
    assert found["p_value"] == pytest.approx(by_fisher)


def test_the_other_answer_can_be_the_positive_one() -> None:
    labels = keyed({"w": (18, 20, 15, 25), "v": (12, 20, 22, 25)})
    one, other = (pg.two_parameter_report(labels, positive=a, signal=0.9) for a in "AB")
    assert one["sensitivity"].tolist() == other["specificity"].tolist()
    assert one["effort_apart"].tolist() == pytest.approx(other["effort_apart"].tolist())
    assert one["leaning"].tolist() == pytest.approx((1 - other["leaning"]).tolist())
    assert one["threshold"].tolist() == pytest.approx((-other["threshold"]).tolist())
    assert one["d_prime"].tolist() == pytest.approx(other["d_prime"].tolist())


@pytest.mark.parametrize("leaning", [0.5, 0.9])
def test_effort_apart_covers_whatever_the_leaning(leaning: float) -> None:
    p, n, margin = 12, 6, 0.9
    cells = list(itertools.product(range(p + 1), range(n + 1)))
    found = pg.two_parameter_report(
        keyed({f"w{h}_{c}": (h, p, c, n) for h, c in cells}), signal=margin
    ).set_index("worker")
    rows = found.loc[[f"w{h}_{c}" for h, c in cells]]
    h, c = np.array(cells).T
    for effort in EFFORTS:
        yes = [effort * (1 + s * margin) / 2 + (1 - effort) * leaning for s in (1, -1)]
        chances = binom.pmf(h, p, yes[0]) * binom.pmf(c, n, 1 - yes[1])
        held = (rows["effort_apart_low"] <= effort + 1e-9) & (
            effort - 1e-9 <= rows["effort_apart_high"]
        )
        assert chances @ held.to_numpy() >= 0.95
        if leaning == 0.5:
            assert chances @ (rows["p_value"] <= 0.05).to_numpy() <= 0.05 + 1e-12


def test_items_of_one_kind_are_no_test() -> None:
    found = pg.two_parameter_report(keyed({"w": (9, 10, 8, 10), "v": (7, 10, 0, 0)}), signal=1.0)
    row = found.set_index("worker").to_dict(orient="index")["v"]
    assert row["story"] == "checked on one of 'A' and 'B' only"
    assert np.isnan(row["effort_apart"])
    assert (row["effort_apart_low"], row["p_value"], row["misread"]) == (0.0, 1.0, False)


def test_two_parameters_need_a_key() -> None:
    repeats = labels_of({"w": (9, 10, 8, 10)}).drop(columns="gold")
    with pytest.raises(ModelError, match="has no key that tells positives from negatives"):
        pg.two_parameter_report(pg.read_annotations(repeats))
    labels = keyed({"w": (9, 10, 8, 10)})
    with pytest.raises(ModelError, match="positive='C' is an answer that nobody gave"):
        pg.two_parameter_report(labels, positive="C")
