"""Keys that are wrong, questions that have leaked, and who sees which: error rates measured."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import paygrade as pg
from paygrade.golden.review import CHECK, KEEP, RETIRE

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def answered(
    seed: int, *, items: int = 40, wrong: int = 0, leaked: int = 0, workers: int = 30
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Answers of a third shirkers (effort 0 to 0.1) and careful workers; the first `wrong` keys are
    wrong, and the last `leaked` questions are known to shirkers."""
    draw = np.random.default_rng(seed)
    margin = draw.uniform(0.7, 1.0, items)
    effort = np.where(np.arange(workers) % 3 == 0, 0.1, 0.95) * draw.uniform(0.9, 1.0, workers)
    rows = []
    for i in range(items):
        for j in range(workers):
            right = draw.random() < 0.5 + 0.5 * effort[j] * margin[i]
            if i < wrong:
                right = not right
            if i >= items - leaked and j % 3 == 0:
                right = draw.random() < 0.97
            rows.append((f"q{i:02d}", f"w{j:02d}", "left" if right else "right", "left"))
    table = pd.DataFrame(rows, columns=["task", "worker", "label", "gold"])
    return table, {f"q{i:02d}": float(m) for i, m in enumerate(margin)}


# wrong keys


def test_share_of_wrong_keys_is_estimated_with_an_interval_that_holds() -> None:
    held, found = 0, []
    for seed in range(30):
        draw = np.random.default_rng(100 + seed)
        wrong = int(draw.binomial(40, 0.1))
        table, margins = answered(seed, wrong=wrong, workers=5)
        estimate = pg.estimate_key_error(table, dict.fromkeys(margins, "left"), margins)
        held += estimate.low <= 0.1 <= estimate.high
        found.append(estimate.rate)
    assert held >= 24  # 28.5 on average; fewer than 24 come about once in 1700 times
    assert np.mean(found) == pytest.approx(0.1, abs=0.03)


def test_wrong_keys_are_listed_with_evidence() -> None:
    table, margins = answered(1, wrong=3)
    keys = dict.fromkeys(margins, "left")
    found = pg.estimate_key_error(table, keys, margins)
    assert set(found.suspects["task"]) == {"q00", "q01", "q02"}
    assert (found.suspects["likelihood_ratio"] > 1e6).all()
    shirkers = [found.efforts[f"w{j:02d}"] for j in range(0, 30, 3)]
    careful = [found.efforts[f"w{j:02d}"] for j in range(1, 30, 3)]
    assert np.mean(careful) > 0.8 > 0.25 > np.mean(shirkers)
    assert "more probably wrong" in str(found)
    turned = table.assign(label=table["label"].map({"left": "right", "right": "left"}))
    same = pg.estimate_key_error(turned, dict.fromkeys(margins, "right"), margins)
    assert same.rate == pytest.approx(found.rate)  # names of answers don't matter


def test_one_trusted_rater_suffices_and_one_unknown_one_does_not() -> None:
    table, margins = answered(2, items=300, wrong=30, workers=2)
    alone = table[table["worker"] == "w01"]
    keys = dict.fromkeys(margins, "left")
    known = pg.estimate_key_error(alone, keys, margins, efforts={"w01": 0.9})
    assert known.low < 0.1 < known.high
    with pytest.raises(pg.DataError, match="second rater"):
        pg.estimate_key_error(alone, keys, margins)
    with pytest.raises(pg.DataError, match="nobody answered"):
        pg.estimate_key_error(alone, {"other": "left"})
    with pytest.raises(pg.DataError, match="no column 'label'"):
        pg.estimate_key_error(alone[["task", "worker"]], keys)
    with pytest.raises(pg.ModelError, match="outside of"):
        pg.estimate_key_error(alone, keys, margins, efforts={"w01": 2.0})
    with pytest.raises(pg.DataError, match="have no margin"):
        pg.estimate_key_error(table, keys, {"q00": 0.5})


def test_labels_of_the_pairs_tell_wrong_keys_and_these_are_set_aside() -> None:
    pairs = pg.simulate_pairs(1500, wrong_keys=0.1, seed=4)
    draw = np.random.default_rng(5)
    truth = np.where(pairs["task"].isin(pairs.attrs["wrong"]), -1.0, 1.0) * pairs["margin"]
    more = [
        pairs.assign(
            worker=f"w{j}",
            label=np.where(draw.random(len(pairs)) < 0.5 + 0.45 * truth, "left", "right"),
        )
        for j in range(4)
    ]
    golden = pg.select_golden(pd.concat(more), 30, key_error="labels", max_auc=0.65)
    rate, low, high = golden.key_error
    assert low <= 0.1 <= high
    assert rate == pytest.approx(0.1, abs=0.03)
    wrong = set(pairs.attrs["wrong"])
    clear = set(pairs.loc[pairs["margin"].abs() > 0.8, "task"])  # where answers can tell
    suspects = set(golden.suspects["task"])
    assert len(wrong & clear & suspects) > 0.85 * len(wrong & clear)
    assert len(suspects - wrong) < 0.25 * len(suspects)
    assert not set(golden.tasks) & set(golden.suspects["task"])
    assert len(wrong & set(golden.tasks)) <= 1
    careless = pg.select_golden(pairs, 30, max_auc=0.65)
    assert len(wrong & set(careless.tasks)) >= 1  # what it would have been without


# retirement


def test_leaked_questions_are_retired_and_wrong_keys_checked() -> None:
    table, margins = answered(3, wrong=2, leaked=2, workers=60)
    turn = np.arange(40) % 2 == 1  # half of the keys say right
    turned = table["task"].isin([f"q{i:02d}" for i in np.flatnonzero(turn)])
    other = {"left": "right", "right": "left"}
    for column in ("label", "gold"):
        table[column] = table[column].mask(turned, table[column].map(other))
    found = pg.review_golden(table, margins)
    assert set(found.stale) == {"q38", "q39"}
    assert set(found.wrong_keys) == {"q00", "q01"}
    assert len(found.keep) == 36
    verdict = found.table.set_index("task")
    assert verdict["log_odds_wrong"]["q00"] > 10 > -10 > verdict["log_odds_wrong"]["q20"]
    assert "retire 2" in str(found)
    assert len(found.to_dict()["questions"]) == 40  # type: ignore[arg-type]


@pytest.mark.parametrize("control", ["holm", "bh"])
def test_questions_in_order_are_seldom_accused(control: str) -> None:
    verdicts = Counter[str]()
    families = 0
    for seed in range(30):
        table, margins = answered(seed, items=25)
        found = pg.review_golden(table, margins, control=control)
        verdicts.update(found.table["verdict"])
        families += bool(found.stale or found.wrong_keys)
    assert verdicts[RETIRE] + verdicts[CHECK] <= 5
    assert families <= 5  # of 30, where two tests at 5 % each allow 3 on average
    assert verdicts[KEEP] > 740


def test_a_habit_is_no_leak() -> None:
    """Shirkers who always say left know none of the questions with the key left."""
    table, margins = answered(8, items=40, workers=45)
    half = table["task"] >= "q20"
    other = {"left": "right", "right": "left"}
    for column in ("label", "gold"):
        table[column] = table[column].mask(half, table[column].map(other))
    shirks = table["worker"].str[1:].astype(int) % 3 == 0
    table.loc[shirks, "label"] = "left"
    found = pg.review_golden(table, margins)
    assert found.table["shirkers"].min() >= 10
    assert found.stale == []
    assert found.wrong_keys == []


@pytest.mark.skipif(not DATA.is_dir(), reason="the label files are not beside this checkout")
def test_real_birds_that_most_misread_look_like_wrong_keys() -> None:
    """Gold is the true species here: what the crowd shares is its mistake, and the list says so."""
    labels = pg.read_annotations(DATA / "bluebirds.csv.gz")
    keys = dict(zip(labels.table["task"], labels.table["gold"], strict=True))
    found = pg.estimate_key_error(labels.table, keys)
    assert 0.13 < found.low < found.rate < found.high < 0.3
    assert (found.suspects["against"] > found.suspects["answers"] / 2).all()
    assert pg.review_golden(labels).stale == []


def test_efforts_from_elsewhere_help_when_most_questions_have_leaked() -> None:
    table, margins = answered(6, leaked=34, workers=60)
    alone = pg.review_golden(table, margins)
    efforts = {name: 0.1 if int(name[1:]) % 3 == 0 else 0.95 for name in table["worker"].unique()}
    told = pg.review_golden(table, margins, efforts=efforts)
    assert len(told.stale) >= 30
    assert len(alone.stale) <= 5  # shirkers look careful by questions that they know


def test_a_review_reads_annotations_and_refuses_what_it_cannot_use() -> None:
    table, margins = answered(7, items=10)
    labels = pg.read_annotations(table)
    assert len(pg.review_golden(labels, margins).table) == 10
    with pytest.raises(pg.DataError, match="no column 'gold'"):
        pg.review_golden(table.drop(columns="gold"))
    with pytest.raises(pg.DataError, match="no label answers a golden question"):
        pg.review_golden(table.assign(gold=None))
    with pytest.raises(pg.DataError, match="workers have no effort"):
        pg.review_golden(table, margins, efforts={"w00": 0.5})
    with pytest.raises(pg.DataError, match="no margin"):
        pg.review_golden(table, {"q00": np.nan})
    with pytest.raises(pg.ModelError, match="don't part workers"):
        pg.review_golden(table, careless=0.9)


# rotation


@given(
    number=st.integers(1, 30),
    per_batch=st.integers(1, 8),
    owners=st.lists(st.sampled_from(["ann", "bob", "cyd", ""]), min_size=1, max_size=12),
    seed=st.integers(0, 5),
)
def test_nobody_sees_a_question_twice_and_exposure_is_least(
    number: int, per_batch: int, owners: list[str], seed: int
) -> None:
    tasks = [f"q{i}" for i in range(number)]
    busiest = max([owners.count(name) for name in owners if name] + [1])
    if busiest * per_batch > number:
        with pytest.raises(pg.InfeasibleSelection, match="come twice"):
            pg.rotate_golden(tasks, owners, per_batch, seed=seed)
        return
    plan = pg.rotate_golden(tasks, owners, per_batch, seed=seed)
    assert len(plan.table) == len(owners) * per_batch
    assert plan.exposure == plan.least
    for owner, rows in plan.table.groupby("owner" if "" not in owners else "batch"):
        assert rows["task"].is_unique, owner


def test_exposure_is_bounded_or_refused() -> None:
    tasks = [f"q{i}" for i in range(10)]
    assert pg.rotate_golden(tasks, [""] * 4, 5, max_exposure=2).exposure == 2
    with pytest.raises(pg.InfeasibleSelection, match="have 20 questions"):
        pg.rotate_golden(tasks, [""] * 4, 5, max_exposure=1)
    with pytest.raises(pg.DataError, match="listed twice"):
        pg.rotate_golden(["a", "a"], [""], 1)
