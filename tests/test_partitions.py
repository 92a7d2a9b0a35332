"""Tables in partitions: counts, numbers and refusals are those of the table in memory."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import paygrade as pg
from paygrade.assessment.agreement import count_agreements
from paygrade.errors import DataError, ModelError
from paygrade.labels import pieces, tabulation
from paygrade.labels.tally import Tally


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with dask.config.set(scheduler="synchronous"):
        yield


def cut(table: pd.DataFrame, parts: int) -> dd.DataFrame:
    """Return the table as a Dask frame, in the order of its rows."""
    return dd.from_pandas(table.reset_index(drop=True), npartitions=parts, sort=False)


def same(found: Any, expected: Any, **options: Any) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True, **options)


def left_out(labels: pg.Annotations) -> dict[str, int]:
    return {reason: number for reason, number in labels.left_out.items() if number}


def in_memory(table: pd.DataFrame, **options: Any) -> pg.Annotations | type[Exception]:
    try:
        return pg.read_annotations(table, **options)
    except DataError as error:
        return type(error)


def in_parts(table: pd.DataFrame, parts: int, **options: Any) -> pg.Annotations | type[Exception]:
    try:
        return pg.tally_annotations(cut(table, parts), **options)
    except DataError as error:
        return type(error)


def assessed(labels: pg.Annotations, monitor: Any) -> pd.DataFrame | str:
    try:
        return pg.assess(labels, monitor, signal=0.8)
    except DataError as error:
        return str(error).partition(": ")[2]


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    shares: dict[str, Any] = {"gold_share": 0.3, "expert_share": 0.3, "repeat_share": 0.2}
    return pg.simulate_labels(items=300, workers=12, seed=4, **shares)


# Labels

ANSWERS = st.sampled_from(["A", "B", "tie", " A", None])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3", "t4", "5", "6"]),
        st.sampled_from(["ann1", "ann2", "bot1", None]) | st.sampled_from(["ann1", "ann2"]),
        ANSWERS | st.sampled_from(["A", "B"]),
        ANSWERS,
        st.sampled_from(["1", "2", "3", None]) | st.sampled_from(["1", "2"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(
    rows=ROWS,
    parts=st.integers(1, 4),
    duplicates=st.sampled_from(["error", "drop", "repeat"]),
    ignored=st.sampled_from([None, "bot*"]),
)
def test_any_small_table_is_read_refused_and_counted_as_in_memory(
    rows: list[tuple[str, str, str, str, str]], parts: int, duplicates: str, ignored: str | None
) -> None:
    table = pd.DataFrame(rows, columns=["task", "worker", "label", "gold", "time"])
    table = table.astype("object")
    options: dict[str, Any] = {"duplicates": duplicates, "ignore_workers": ignored}
    whole, counted = in_memory(table, **options), in_parts(table, parts, **options)
    if isinstance(whole, type) or isinstance(counted, type):
        assert whole == counted
        return
    assert left_out(whole) == left_out(counted)
    assert whole.workers == counted.workers
    for monitor in (pg.GoldenQuestions, pg.SelfConsistency):
        found, expected = assessed(counted, monitor), assessed(whole, monitor)
        if isinstance(found, str) or isinstance(expected, str):
            assert found == expected
        else:
            same(found, expected)


@pytest.mark.parametrize("parts", [1, 7])
def test_everything_said_of_a_worker_is_the_same(labels: pd.DataFrame, parts: int) -> None:
    whole, counted = pg.read_annotations(labels), pg.tally_annotations(cut(labels, parts))
    assert str(counted) == "3600 labels by 12 annotators"
    for monitor in (pg.GoldenQuestions, pg.ExpertReview, pg.SelfConsistency):
        same(pg.assess(counted, monitor), pg.assess(whole, monitor))
    several: list[dict[str, Any]] = [{"standard": "peers"}, {"shrink": True}, {"trusted": "ann01"}]
    for options in several:
        same(pg.assess(counted, **options), pg.assess(whole, **options))
    same(pg.consistency_alarm(counted), pg.consistency_alarm(whole))
    same(pg.two_parameter_report(counted), pg.two_parameter_report(whole))
    stronger: dict[str, Any] = {"monitor": pg.ComparisonMode, "stronger": "A", "signal": 0.7}
    same(pg.assess(counted, **stronger), pg.assess(whole, **stronger))
    same(pg.fit_attentiveness(counted, 0.8).table(), pg.fit_attentiveness(whole, 0.8).table())


def test_a_folder_of_parquet_is_a_table(labels: pd.DataFrame, tmp_path: Path) -> None:
    for k in range(3):
        labels.iloc[k::3].to_parquet(tmp_path / f"part{k}.parquet", row_group_size=200)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "README").write_text("Labels of last year")
    expected = pg.assess(pg.read_annotations(labels))
    told: list[str] = []
    same(pg.assess(tmp_path, progress=told.append), expected)
    assert told[-1].startswith("partitions counted: 3 of 3")
    same(pg.assess(str(tmp_path / "*.parquet")), expected)
    same(pg.assess(pg.read_annotations(tmp_path)), expected)
    same(pg.assess(labels), expected)
    (tmp_path / "more.csv").write_text("task,worker,label\n1,2,3\n")
    with pytest.raises(DataError, match=r"more\.csv is no Parquet, .*; write it as Parquet, give"):
        pg.assess(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        pg.assess(tmp_path / "none")
    with pytest.raises(DataError, match="perhaps 'label'"):
        pg.tally_annotations(tmp_path / "part0.parquet", label="labl")


def test_many_answers_pairs_and_kept_columns(labels: pd.DataFrame) -> None:
    table = labels.assign(label=labels["label"].where(labels.index % 5 != 0, "C"), side="A")
    counted = pg.tally_annotations(cut(table, 3), positive="A", keep="side")
    whole = pg.read_annotations(table, positive="A", keep="side")
    same(pg.assess(counted), pg.assess(whole))
    same(
        pg.assess(counted, stronger="side", signal=0.7),
        pg.assess(whole, stronger="side", signal=0.7),
    )
    with pytest.raises(DataError, match="there are 3 different answers"):
        pg.assess(cut(table, 3))
    pairs = pd.DataFrame(
        {
            "left": ["x", "y", "x", "z"] * 2,
            "right": ["y", "x", "z", "x"] * 2,
            "worker": ["a"] * 4 + ["b"] * 4,
            "winner": ["x", "x", "z", "tie", "x", "y", "x", "x"],
        }
    )
    twice: dict[str, Any] = {"duplicates": "repeat"}
    same(
        pg.assess(pg.tally_annotations(cut(pairs, 3), **twice), signal=0.9),
        pg.assess(pg.read_annotations(pairs, **twice), signal=0.9),
    )


def test_hashes_that_collide_harm_nobody(
    labels: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(table: pd.DataFrame) -> NDArray[np.uint64]:
        return np.asarray(table["task"].str[-1].map(ord), np.uint64) << np.uint64(58)

    monkeypatch.setattr(pieces, "hash_keys", few)
    expected = pg.assess(pg.read_annotations(labels))
    for rule in ("error", "drop"):
        same(pg.assess(pg.tally_annotations(cut(labels, 4), duplicates=rule)), expected)
    again = pd.concat([labels, labels.iloc[[5, 3, 3]]])
    with pytest.raises(
        DataError, match=r"row 6 of partition 1, row 898 of partition 4; cases like this: 2"
    ):
        pg.tally_annotations(cut(again, 4))


@pytest.mark.parametrize("always", [0, tabulation.ALWAYS])
def test_combinations_are_counted_whether_few_or_many_are_possible(
    labels: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, always: int
) -> None:
    monkeypatch.setattr(tabulation, "ALWAYS", always)
    columns = ["worker", "task", "label", "gold"]  # 12 * 300 * 2 * 3 are possible
    parts = [labels.iloc[k::7] for k in range(7)]
    each = [tabulation.tabulate({name: part[name] for name in columns}) for part in parts]
    found = tabulation.add_tabulations(each).table()
    expected = labels.groupby(columns, dropna=False).size().reset_index(name="count")
    found, expected = (table.sort_values(columns, ignore_index=True) for table in (found, expected))
    same(found, expected, check_dtype=False)
    assert tabulation.add_tabulations(each[:1]) is each[0]


def test_the_message_on_duplicates_is_the_one_in_memory(labels: pd.DataFrame) -> None:
    again = pd.concat([labels, labels.iloc[100:140], labels.iloc[7:9].assign(label="A")])
    said = []
    for read in (pg.read_annotations, lambda table: pg.tally_annotations(cut(table, 5))):
        with pytest.raises(DataError) as caught:
            read(again)
        said.append(str(caught.value))
    parts = [text.split("cases like this")[1] for text in said]
    assert parts[0] == parts[1]


def test_times_in_two_forms_have_no_order() -> None:
    rows = [("t1", "w", "A", "1"), ("t1", "w", "B", "2024-05-01")]
    table = pd.DataFrame(rows, columns=["task", "worker", "label", "time"])
    with pytest.raises(DataError, match="'time' holds numbers in some partitions and dates in oth"):
        pg.tally_annotations(cut(table, 2), duplicates="repeat")


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"label": "tie"}, {}, "all 3600 labels are ties"),
        ({"label": "A"}, {}, "all 3600 labels are 'A', which tells nothing"),
        ({}, {"ignore_workers": "ann*"}, "leaves out all workers"),
        ({}, {"ignore_workers": "anm01"}, "is the name of no worker .perhaps 'ann01'"),
        ({}, {"keep": "count"}, "no column 'count' to keep"),
        ({"count": 1}, {"keep": "count"}, "'count' can't be kept under this name"),
    ],
)
def test_what_leaves_nothing_to_assess(
    labels: pd.DataFrame, change: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        pg.tally_annotations(cut(labels.assign(**change), 3), **options)


def test_what_takes_the_items_is_refused(labels: pd.DataFrame) -> None:
    counted = pg.tally_annotations(cut(labels, 3))
    margins = dict.fromkeys(labels["task"].unique(), 0.5)
    for ask in (
        lambda: pg.assess(counted, margins=margins),
        lambda: pg.calibrate_signal(counted, jointly=True, monitor=pg.ExpertReview),
        lambda: pg.assess(counted, stronger=dict.fromkeys(margins, "A")),
    ):
        with pytest.raises(DataError, match="asks for the items; read the labels it is about"):
            ask()
    with pytest.raises(DataError, match="there is no column 'task'"):
        pg.dawid_skene(counted)
    with pytest.raises(DataError, match="DataFrame is in partitions, and here all labels"):
        pg.read_annotations(cut(labels, 2))


def test_more_labels_than_thirty_two_bits_count() -> None:
    many = 3_000_000_000
    rows = [("ann1", "A", "A", int(0.8 * many)), ("ann1", "B", "A", many - int(0.8 * many))]
    rows += [("ann2", "B", "B", 60), ("ann2", "A", "B", 40)]
    table = pd.DataFrame(rows, columns=["worker", "label", "gold", "count"])
    found = pg.assess(Tally(table.assign(repeat=table["gold"])), signal=0.75, standard=0.8)
    assert found["checked"].tolist() == [many, 100]
    first, second = found.to_dict(orient="records")
    assert first["effort"] == pytest.approx(0.8)
    reach = 1.96 * 2 / 0.75 * np.sqrt(0.16 / many)
    assert first["effort_high"] - first["effort"] == pytest.approx(reach, rel=1e-3)
    assert first["p_value"] == pytest.approx(0.5, abs=1e-4)
    assert second["flagged"]
    both = pg.consistency_alarm(Tally(table.assign(repeat=table["gold"])), kappa=0.5, signal=0.75)
    assert both["alarm"].tolist() == [True, False]
    users = pg.fit_attentiveness(Tally(table), 0.9).table()
    assert users["comparisons"].tolist() == [many, 100]
    assert users["attentiveness"].tolist() == pytest.approx([0.75, 0.25])


# Comparisons


@pytest.fixture(scope="module")
def comparisons() -> pd.DataFrame:
    draw = np.random.default_rng(2)
    user, mu = draw.integers(0, 60, 6000), draw.uniform(0.55, 0.98, 6000)
    won = draw.random(6000) < 0.5 + draw.beta(2.0, 1.0, 60)[user] * (mu - 0.5)
    names = np.array(list("ABCDE"))
    left = draw.integers(0, 5, 6000)
    right = (left + draw.integers(1, 5, 6000)) % 5
    chance = 0.5 + draw.beta(2.0, 1.0, 60)[user] * (1.0 / (1.0 + np.exp(right - left)) - 0.5)
    winner = np.where(draw.random(6000) < chance, "left", "right")
    winner[draw.random(6000) < 0.1] = "tie"
    return pd.DataFrame(
        {
            "worker": [f"u{u}" for u in user],
            "mu": mu,
            "few": mu.round(1),
            "some": mu.round(2),
            "won": won,
            "left": names[left],
            "right": names[right],
            "winner": winner,
        }
    )


@pytest.mark.parametrize(
    "options",
    [
        {"mu": 0.8},
        {"mu": "few"},
        {"mu": "some"},
        {"mu": "mu"},
        {"mu": "mu", "prior": (2.0, 1.5), "method": "em", "tolerance": 1e-6},
        {"mu": "some", "law": "grid"},
        {"law": "two types"},
        {},
    ],
)
def test_attentiveness_is_the_same(comparisons: pd.DataFrame, options: dict[str, Any]) -> None:
    whole = pg.fit_attentiveness(comparisons, **options)
    counted = pg.fit_attentiveness(cut(comparisons, 5), **options)
    assert counted.users.tolist() == whole.users.tolist()
    same(counted.table(), whole.table())
    assert counted.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    assert counted.effective_sample_size() == whole.effective_sample_size()
    if not options:
        ours, theirs = counted.population, whole.population
        assert isinstance(ours, pg.Strengths)
        assert isinstance(theirs, pg.Strengths)
        assert ours.models.tolist() == theirs.models.tolist()
        assert ours.strength.tolist() == theirs.strength.tolist()


def test_more_comparisons_may_come_in_partitions(comparisons: pd.DataFrame) -> None:
    start, rest = comparisons.iloc[:2000], cut(comparisons.iloc[2000:], 3)
    for mu in ("few", None):
        both = pg.fit_attentiveness(start, mu).partial_fit(rest)
        same(both.table().round(6), pg.fit_attentiveness(comparisons, mu).table().round(6))
    for fit in (pg.fit_attentiveness(start, "mu"), pg.fit_attentiveness(rest, "mu")):
        with pytest.raises(ModelError, match="stay there; fit all of them at once, or round"):
            fit.partial_fit(rest)


def test_comparisons_that_cannot_be_used(comparisons: pd.DataFrame, tmp_path: Path) -> None:
    frame = cut(comparisons, 3)
    with pytest.raises(DataError, match="has no column 'nu'; name the right one of worker, mu"):
        pg.fit_attentiveness(frame, "nu")
    with pytest.raises(DataError, match="write it into a column of the table"):
        pg.fit_attentiveness(frame, comparisons["mu"])
    with pytest.raises(DataError, match=r"more than 512 different μ.*round them"):
        pg.fit_attentiveness(frame, "mu", law="grid")
    for mu in (0.5, "half"):
        with pytest.raises(DataError, match="mu is ½ in every comparison"):
            pg.fit_attentiveness(cut(comparisons.assign(half=0.5), 3), mu)
    ahead = comparisons["mu"].where(comparisons.index > 3000, 0.5)  # whole partitions say nothing
    found = pg.fit_attentiveness(cut(comparisons.assign(mu=ahead), 4), "mu")
    same(found.table(), pg.fit_attentiveness(comparisons.assign(mu=ahead), "mu").table())
    beyond = comparisons.assign(mu=comparisons["mu"].where(comparisons.index != 5000, 1.2))
    with pytest.raises(DataError, match=r"partition 3: mu=1\.2 is no probability"):
        pg.fit_attentiveness(cut(beyond, 3), "mu")
    for missing in ({"worker": None}, {"won": None}):
        with pytest.raises(DataError, match=r"partition \d: column '.*' is empty in"):
            pg.fit_attentiveness(cut(comparisons.assign(**missing), 2), 0.8)
    with pytest.raises(DataError, match="folder without tables"):
        pg.fit_attentiveness(tmp_path, 0.8)


# What has to be installed

WITHOUT = """
import sys
sys.modules |= dict.fromkeys(["dask", "distributed", "pyarrow"])
import paygrade as pg
labels = pg.simulate_labels(items=40, workers=3, seed=1)
print(len(pg.assess(pg.read_annotations(labels), signal=0.6)))
try:
    pg.assess("labels/")
except pg.ClusterError as error:
    print(error)
"""


def test_without_dask_and_arrow_all_else_works() -> None:
    command = [sys.executable, "-c", WITHOUT]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("3\n")
    assert "install it with pip install 'paygrade[cluster]'" in said


# Real files

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the label files are not beside this checkout"
)


def real(name: str) -> dd.DataFrame:
    return cut(pd.read_csv(DATA / name, dtype=str, keep_default_na=False), 5)


@needs_data
def test_real_files_are_the_same_in_partitions() -> None:
    columns: dict[str, Any] = {"worker": "annotator", "label": "label1", "repeat": "label2"}
    whole = pg.read_annotations(DATA / "xhate_stability.csv.gz", task="row,condition", **columns)
    counted = pg.tally_annotations(real("xhate_stability.csv.gz"), task="row,condition", **columns)
    same(pg.assess(counted), pg.assess(whole))
    name = "gal_adultcontent3_hcomp2010.csv.gz"
    counted = pg.tally_annotations(real(name), duplicates="repeat")
    assert counted.left_out["answers between the first and the last"] == 1011
    counts = count_agreements(counted, pg.SelfConsistency)
    assert (counts["checked"].sum(), counts["agreed"].sum()) == (8039, 5391)
    same(
        counts,
        count_agreements(pg.read_annotations(DATA / name, duplicates="repeat"), pg.SelfConsistency),
    )


@needs_data
def test_export_duplicates_in_partitions_are_refused_with_the_choice() -> None:
    name = "gal_hitspam_crowdflower.csv.gz"
    with pytest.raises(
        DataError, match=r"'w0000' labels item 't0000' more than .*: 3248\)"
    ) as caught:
        pg.assess(real(name))
    assert "answers never differ, as in an export that holds rows twice" in str(caught.value)
    counted = pg.tally_annotations(real(name), duplicates="drop")
    assert str(counted).startswith("38593 labels by")
    assert counted.left_out["duplicate rows"] == 42762 - 38593
