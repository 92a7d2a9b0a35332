"""Labels in, estimates out: hand-computed cases, and every way in which a table can be wrong."""

import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import betaln
from scipy.stats import beta, binom, binomtest

from paygrade.assessment.calibration import build_monitor, calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.assessment.simulate import simulate_labels
from paygrade.assessment.spread import accuracy_quantile
from paygrade.errors import DataError, ModelError
from paygrade.labels.annotations import Annotations, read_annotations
from paygrade.model.counting import (
    ComparisonMode,
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)
from tests.strategies import packed, zipped

HEADER = "task,worker,label\n"
GOOD = HEADER + "t1,ann1,A\nt2,ann1,B\n"


def frame(*rows: tuple[object, ...], columns: str = "task worker label") -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def checked_against_gold(*counts: tuple[int, int]) -> pd.DataFrame:
    """Labels of workers w0, w1, ... of whom each agrees `counts[i][0]` times in `counts[i][1]`."""
    rows = [
        (f"t{i}", f"w{worker}", "AB"[i % 2], "AB"[i % 2 if i < agreed else 1 - i % 2])
        for worker, (agreed, checked) in enumerate(counts)
        for i in range(checked)
    ]
    return frame(*rows, columns="task worker label gold")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_file(content: str | bytes, name: str = "labels.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


# Reading


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", GOOD.encode()),
        ("packed.csv.gz", packed(GOOD.encode())),
        ("packed_without_saying_so.csv", packed(GOOD.encode())),
        (
            "two_parts.csv.gz",
            packed(HEADER.encode()) + packed(b"t1,ann1,A\nt2,ann1,B"),
        ),
        ("tabs.tsv", GOOD.replace(",", "\t").encode()),
        ("semicolons.csv", GOOD.replace(",", ";").encode()),
        ("bom.csv", b"\xef\xbb\xbf" + GOOD.encode()),
        ("windows.csv", GOOD.replace("\n", "\r\n").encode()),
        ("spaces.csv", b"task , worker, label\n t1, ann1 ,A \nt2,ann1, B\n"),
        ("quotes.csv", b'"task","worker","label"\n"t1","ann1","A"\n"t2","ann1","B"\n'),
        ("blank lines.csv", GOOD.replace("\n", "\n\n").encode()),
        ("it's [1] *?.csv", GOOD.encode()),
        ("notes.csv", b"task,worker,label,#\nt1,ann1,A,#x\nt2,ann1,B,#\n"),
        ("index.csv", b",task,worker,label\n0,t1,ann1,A\n1,t2,ann1,B\n"),
    ],
)
def test_the_same_labels_come_out_of_every_file(
    write: Callable[..., Path], name: str, content: bytes
) -> None:
    table = read_annotations(write(content, name)).table
    assert table.to_numpy().tolist() == [["t1", "ann1", "A"], ["t2", "ann1", "B"]]


def test_a_name_with_brackets_is_no_pattern(write: Callable[..., Path]) -> None:
    write(GOOD, "a1.csv")
    mine = write(GOOD.replace("ann1", "mine"), "a[1].csv")
    assert read_annotations(mine).workers == ["mine"]


def test_parquet_and_data_frames_read_like_csv(write: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    with duckdb.connect() as connection:
        values = "(1, 'a', 1, NULL), (2, 'a', 0, 0.0::DOUBLE), (3, 'a', 1, 1.0::DOUBLE)"
        connection.execute(
            f"COPY (SELECT * FROM (VALUES {values}) AS t(task, worker, label, gold)) TO '{path}'"
        )
    text = write("task,worker,label,gold\n1,a,1,\n2,a,0,0\n3,a,1,1\n")
    rows = [(1, "a", 1, None), (2, "a", 0, 0.0), (3, "a", 1, 1.0)]
    for source in (path, text, frame(*rows, columns="task worker label gold")):
        table = read_annotations(source).table
        assert table[["task", "label"]].to_numpy().tolist() == [["1", "1"], ["2", "0"], ["3", "1"]]
        assert table["gold"].fillna("-").tolist() == ["-", "0", "1"]


def test_columns_are_taken_by_name_and_checks_when_they_are_called_so() -> None:
    table = frame(
        ("t", 1, "ann1", "A", "A", "B"),
        ("t", 2, "ann1", "B", None, "B"),
        columns="question turn judge winner gold second",
    )
    found = read_annotations(
        table, task="question, turn", worker="judge", label="winner", repeat="second"
    ).table
    assert found.columns.tolist() == ["task", "worker", "label", "gold", "repeat"]
    assert found["task"].tolist() == ["t|1", "t|2"]
    assert found["gold"].isna().tolist() == [False, True]


def test_items_of_several_columns_never_collide() -> None:
    table = frame(("a|b", "c", "w", "A"), ("a", "b|c", "w", "B"), columns="one two worker label")
    assert read_annotations(table, task="one,two").table["task"].nunique() == 2


def test_answers_have_one_spelling() -> None:
    written = [(i, "w", label) for i, label in enumerate(["1", 1, 1.0, " 1.0 ", 0, "0.", -0.0])]
    labels = read_annotations(frame(*written)).table["label"].tolist()
    assert labels == ["1", "1", "1", "1", "0", "0", "0"]
    words = frame((1, "w", "TRUE"), (2, "w", True), (3, "w", "False"))
    assert read_annotations(words).table["label"].tolist() == ["true", "true", "false"]


def test_ties_abstain_and_are_counted() -> None:
    table = frame(
        ("t1", "w", "A", "A"),
        ("t2", "w", "Tie (inconsistent)", "A"),
        ("t3", "w", "B", "tie"),
        ("t4", "w", "B", "A"),
        ("t5", "w", "None", None),
        columns="task worker label gold",
    )
    found = read_annotations(table)
    assert found.left_out["tied labels"] == 2
    assert found.left_out["checks with a tie on the other side"] == 1
    assert found.table["gold"].fillna("-").tolist() == ["A", "-", "A"]
    assert "2 tied labels" in str(found)


def test_tie_labels_replace_the_default() -> None:
    table = frame(("t1", "w", "none"), ("t2", "w", "some"), ("t3", "w", "can't say"))
    found = read_annotations(table, tie_labels="can't say, skipped")
    assert found.answers == ["none", "some"]
    assert read_annotations(table[:2], tie_labels=()).answers == ["none", "some"]


def test_one_answer_can_be_set_against_the_rest() -> None:
    rows = [
        ("t1", "w", "G", "X"),
        ("t2", "w", "P", "P"),
        ("t3", "w", "X", "X"),
        ("t4", "w", "R", "X"),
    ]
    found = read_annotations(frame(*rows, columns="task worker label gold"), positive="X").table
    assert found["label"].tolist() == ["not X", "not X", "X", "not X"]
    assert found["gold"].tolist() == ["X", "not X", "X", "X"]


def test_experts_answer_by_majority_and_are_not_assessed() -> None:
    panels = {
        "agreed": "AAB",  # two of three
        "split": "AB",
        "half": ["A", "tie"],  # one of two is no majority
        "tied": ["tie", "tie", "A"],
        "single": "B",
    }
    experts = [
        (item, f"author_{i}", label)
        for item, each in panels.items()
        for i, label in enumerate(each)
    ]
    annotator = [(item, "ann1", "AB"[i % 2]) for i, item in enumerate([*panels, "unseen"])]
    robot = [("agreed", "gpt4_pair", "B")]
    found = read_annotations(
        frame(*experts, *annotator, *robot), expert_workers="author_*", ignore_workers=["gpt4*"]
    )
    by_item = found.table.set_index("task")["expert"].fillna("-").to_dict()
    assert by_item == {
        "agreed": "A", "split": "-", "half": "-", "tied": "-", "single": "B", "unseen": "-"
    }  # fmt: skip
    assert found.workers == ["ann1"]
    assert found.left_out["items on which the experts are split"] == 2
    assert found.left_out["labels of ignored workers"] == 1


# What can't be read. A message names the file, says what is wrong, and what to do.


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n\n \n", "is empty"),
        ("empty.csv.gz", packed(b""), "is empty"),
        ("header.csv", HEADER.encode(), "a header and no rows"),
        ("header.csv.gz", packed(HEADER.encode()), "a header and no rows"),
        ("late.csv", b"\n" + GOOD.encode(), "first line is blank"),
        ("junk.csv", bytes(range(256)) * 20, "no text table"),
        ("sheet.xlsx", b"PK\x03\x04" + bytes(100), "save the sheet with the labels as CSV"),
        ("sheet.csv", zipped("xl/workbook.xml"), "is an Excel workbook, so no labels"),
        ("sheet.ods.csv", zipped("mimetype", "content.xml"), "is an OpenDocument file"),
        ("letter.csv", zipped("word/document.xml"), "is a document of Office"),
        ("export.csv", zipped("labels.csv"), "is a zip archive (labels.csv), so no labels"),
        ("old.csv", b"\xd0\xcf\x11\xe0" + bytes(100), "workbook or document of old Office"),
        (
            "report.csv",
            b"%PDF-1.4\n%\xe2\xe3\n1 0 obj, 2\n",
            "is a PDF, a document with no columns",
        ),
        ("report.csv.gz", packed(b"%PDF-1.4\n1 0 obj\n"), "is a PDF"),
        ("report.gz", b"%PDF-1.4\n1 0 obj\n", "is a PDF"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
        ("page.csv", b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>a, b", "is a web page, perhaps of a log-in"),
        ("frame.csv", b"ARROW1\0\0" + bytes(100), "an Arrow (Feather) file"),
        ("plain.csv.gz", GOOD.encode(), "take .gz off the name"),
        ("cut.csv.gz", packed(GOOD.encode() * 50)[:-20], "damaged"),
        ("junk.parquet", b"PAR1" + bytes(100), "can't be read as a table"),
        ("utf16.csv", GOOD.encode("utf-16"), "save it again as CSV in UTF-8"),
        ("latin.csv", (GOOD + "t3,é,B\n").encode("latin-1"), "not UTF-8 (see line 4)"),
        ("head.csv", "tâche,worker,label\nt1,a,A\n".encode("latin-1"), "not UTF-8 (see its first"),
        ("twice.csv", b"task,worker,label,label\nt1,a,A,B\n", "2 columns called 'label'"),
        ("open.csv", (HEADER + 't1,"a,A\nt2,a,B\n').encode(), "line 2: Value with unterminated"),
        ("ends.csv", b"task,worker,label\r\nt1,a,A\nt2,a,B\r\n", "one kind of line ending"),
        ("words.csv", b"This is not a table.\nIt is a letter.\n", "has no column 'task'"),
        ("same.csv", (HEADER + "t1,a,A\nt2,a,A\n").encode(), "all 2 labels are 'A'"),
        ("ties.csv", (HEADER + "t1,a,tie\nt2,a,draw\n").encode(), "all 2 labels are ties"),
        ("gaps.csv", (GOOD + ",a,A\nt4,,A\nt5,a,\nt6,a, \n").encode(), "no label in lines 6 and 7"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(
    write: Callable[..., Path], name: str, content: bytes, says: str
) -> None:
    path = write(content, name)
    with pytest.raises(DataError) as caught:
        read_annotations(path)
    assert says in str(caught.value)
    assert name in str(caught.value)


def test_bad_rows_are_named_by_their_line_even_after_answers_of_several_lines(
    write: Callable[..., Path],
) -> None:
    rows = 't1,ann1,A\n"t\n2",ann1,B\n\nt3,ann1\nt4,ann1,A,extra,cells\n'
    plain = (HEADER + rows).encode()
    windows = plain.replace(b"\n", b"\r\n")
    for name, content in [
        ("rows.csv", plain),
        ("rows.csv.gz", packed(plain)),
        ("windows.csv", windows),
    ]:
        with pytest.raises(DataError, match=r"2 of its rows can't be cut into the 3") as caught:
            read_annotations(write(content, name))
        assert "line 6: Expected Number of Columns: 3 Found: 2" in str(caught.value)
        assert "line 7: Expected Number of Columns: 3" in str(caught.value)


def test_too_many_cells_are_seen_where_only_some_columns_are_read(
    write: Callable[..., Path],
) -> None:
    text = "note,task,worker,label,more\nn,t1,a,A,m\nn,t2,a,B,m,too,many\nn,t3,a\n"
    with pytest.raises(DataError, match=r"line 3: .*\n.*line 4: "):
        read_annotations(write(text))


def test_blank_cells_are_named_by_their_line_even_after_answers_of_several_lines(
    write: Callable[..., Path],
) -> None:
    path = write(HEADER + 't1,ann1,A\n"t\n2",ann1,B\n\nt3,,A\n')
    with pytest.raises(DataError, match="no worker in line 6, and"):
        read_annotations(path)
    with pytest.raises(DataError, match="no worker in position 1, and"):
        read_annotations(frame(("t1", "a", "A"), ("t2", None, "B")))


def test_an_item_with_a_blank_part_has_no_name() -> None:
    table = frame(("a", None, "w", "A"), ("b", "c", "w", "B"), columns="one two worker label")
    with pytest.raises(DataError, match="no task in position 0, and"):
        read_annotations(table, task="one,two")


def test_missing_paths(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_annotations(tmp_path / "labels.csv")
    with pytest.raises(DataError, match="is a folder without tables"):
        read_annotations(tmp_path)
    with pytest.raises(DataError, match="there is no file"):
        read_annotations("a\0b.csv")
    with pytest.raises(DataError, match=r"can't be read: .*; check the path"):
        read_annotations("n" * 5000)
    with pytest.raises(DataError, match="int is no table"):
        read_annotations([1, 2])  # type: ignore[list-item]
    with pytest.raises(DataError, match="holds no rows"):
        read_annotations(frame())


def test_wrong_column_names_are_told_at_once_with_suggestions() -> None:
    table = frame(("t1", "a", "A"), columns="Task annotator winer")
    with pytest.raises(DataError) as caught:
        read_annotations(table, label="winner")
    message = str(caught.value)
    assert "no column 'task', so the items can't be told apart" in message
    assert "in the option 'task' (perhaps 'Task')" in message
    assert "in the option 'worker' (perhaps 'annotator')" in message
    assert "in the option 'label' (perhaps 'winer')" in message
    assert message.count("The columns are: Task, annotator, winer") == 1


def test_a_column_has_one_role() -> None:
    with pytest.raises(DataError, match="'label' is named for label and gold"):
        read_annotations(frame(("t1", "a", "A"), ("t2", "a", "B")), gold="label")


def test_duplicates_are_refused_with_their_places(write: Callable[..., Path]) -> None:
    with pytest.raises(DataError) as caught:
        read_annotations(write(GOOD + "t1,ann1,B\nt2,ann2,A\nt1,ann1,A\n"))
    assert "worker 'ann1' labels item 't1' more than once (lines 2, 4 and 6;" in str(caught.value)
    assert "cases like this: 1" in str(caught.value)
    assert "'repeat'" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"expert_workers": "author_*"}, "expert_workers='author_*' is the name of no worker"),
        ({"ignore_workers": "an1"}, "perhaps 'ann1'"),
        ({"ignore_workers": "*"}, "nobody to assess"),
        ({"expert_workers": "ann*"}, "nobody to assess"),
        ({"expert": "label", "expert_workers": "ann1"}, "give one of them"),
        ({"positive": "C"}, "positive='C' is an answer that nobody gave"),
        ({"ties": "half"}, "a tie can only be an abstention"),
        ({"gold": "truth"}, "no column 'truth', so there are no golden answers"),
        ({"tie_labels": "A"}, "all 1 labels are 'B'"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, str], says: str) -> None:
    with pytest.raises((DataError, ModelError)) as caught:
        read_annotations(frame(("t1", "ann1", "A"), ("t2", "ann1", "B")), **options)
    assert says in str(caught.value)


def test_cells_that_hold_lists_are_refused() -> None:
    with pytest.raises(DataError, match="'label' holds list values"):
        read_annotations(frame(("t1", "a", ["A"]), ("t2", "a", ["B"])))


@pytest.mark.parametrize(
    ("third", "says"),
    [("C", r"3 different answers \('A', 'B', 'C'\)"), ("b", "'B' and 'b' differ only in capitals")],
)
def test_effort_from_more_than_two_answers_is_refused(third: str, says: str) -> None:
    rows = [("t1", "a", "A", "A"), ("t2", "a", "B", "A"), ("t3", "a", third, "A")]
    labels = read_annotations(frame(*rows, columns="task worker label gold"))
    assert labels.answers == sorted({"A", "B", third})
    for use in (assess, calibrate_signal):
        with pytest.raises(DataError, match=says):
            use(labels)


# Estimates


def test_estimates_by_hand() -> None:
    labels = read_annotations(checked_against_gold((9, 10), (5, 10), (3, 10), (10, 10)))
    table = assess(labels, GoldenQuestions, signal=0.9, standard=0.8)
    assert table.columns.tolist() == [
        "worker", "checked", "agreed", "agreement",
        "effort", "effort_low", "effort_high", "p_value",
        "information", "p_holm", "p_bh", "flagged",
    ]  # fmt: skip
    assert table["effort"].tolist() == pytest.approx([0.8 / 0.9, 0.0, 0.0, 1.0])
    for row, agreed in enumerate([9, 5, 3, 10]):
        exact = binomtest(agreed, 10).proportion_ci(0.95, "exact")
        ends = np.clip((2 * np.array([exact.low, exact.high]) - 1) / 0.9, 0, 1)
        found = table[["effort_low", "effort_high", "p_value"]].to_numpy()[row]
        by_hand = [*ends, binom.cdf(agreed, 10, 0.5 + 0.45 * 0.8)]
        assert found.tolist() == pytest.approx(by_hand, abs=1e-12)
    assert table.attrs == {
        "monitor": "GoldenQuestions", "signal": 0.9, "calibration": "given", "standard": 0.8
    }  # fmt: skip


def test_self_consistency_takes_the_root() -> None:
    table = checked_against_gold((8, 10), (4, 10)).rename(columns={"gold": "repeat"})
    found = assess(read_annotations(table), signal=0.8)
    assert found.attrs["monitor"] == "SelfConsistency"
    assert found["effort"].tolist() == pytest.approx([math.sqrt(0.6 / 0.8), 0.0])


def test_gold_comes_before_experts_before_repeats() -> None:
    labels = simulate_labels(items=60, gold_share=0.5, seed=4)
    found = []
    for column in ("gold", "expert", "repeat"):
        found.append(assess(read_annotations(labels)).attrs["monitor"])
        labels = labels.drop(columns=column)
    assert found == ["GoldenQuestions", "ExpertReview", "SelfConsistency"]
    with pytest.raises(DataError, match="name a column"):
        assess(read_annotations(labels))


def test_who_has_no_checks_is_listed_and_not_judged() -> None:
    table = pd.concat([checked_against_gold((9, 10)), frame(("t0", "w10", "A"), ("t0", "w2", "B"))])
    found = assess(read_annotations(table), signal=0.9)
    assert found["worker"].tolist() == ["w0", "w2", "w10"]
    assert found["checked"].tolist() == [10, 0, 0]
    assert found["effort"].isna().tolist() == [False, True, True]
    unchecked = found[["effort_low", "effort_high", "p_value"]].to_numpy()[2]
    assert unchecked.tolist() == [0.0, 1.0, 1.0]


def test_assessing_needs_something_to_compare_and_sensible_options() -> None:
    labels = read_annotations(checked_against_gold((9, 10)))
    with pytest.raises(DataError, match="'expert' is no column of it"):
        assess(labels, ExpertReview)
    with pytest.raises(ModelError, match="ComparisonMode can't be fed"):
        assess(labels, ComparisonMode)
    with pytest.raises(ModelError, match=r"(?s)standard=0.*level=1\.5"):
        assess(labels, standard=0.0, level=1.5)
    with pytest.raises(ModelError, match="give one of them"):
        assess(labels, signal=0.5, trusted="w0")
    with pytest.raises(ModelError, match="margin"):
        assess(labels, signal=1.2)
    tied = read_annotations(
        frame(("t1", "a", "A", "tie"), ("t2", "a", "B", "tie"), columns="task worker label gold")
    )
    with pytest.raises(DataError, match="empty wherever there is a label"):
        assess(tied, GoldenQuestions)


# Calibration


@pytest.mark.parametrize(
    ("kind", "column", "name"),
    [
        (GoldenQuestions, "gold", "margin"),
        (ExpertReview, "expert", "rho"),
        (SelfConsistency, "repeat", "kappa"),
    ],
)
def test_trusted_workers_show_the_signal(
    kind: type[CountingMonitor], column: str, name: str
) -> None:
    table = checked_against_gold((45, 50), (40, 50), (25, 50)).rename(columns={"gold": column})
    found = calibrate_signal(read_annotations(table), kind, trusted="w0, w1")
    exact = binomtest(85, 100).proportion_ci(0.95, "exact")
    assert found.signal == pytest.approx(0.7)
    assert (found.low, found.high) == pytest.approx((2 * exact.low - 1, 2 * exact.high - 1))
    assert (found.method, found.workers) == ("trusted", ("w0", "w1"))
    assert f"85.0 % agreement, {name} = 0.700" in found.description
    monitor = build_monitor(kind, 60, found)
    assert monitor == build_monitor(kind, 60, found.signal)
    assert float(monitor.accuracy(1.0)) == pytest.approx(0.85)


def test_the_fit_is_the_maximum_of_the_beta_binomial_likelihood() -> None:
    draw = np.random.default_rng(5)
    checked = draw.integers(5, 80, 60)
    agreed = draw.binomial(checked, draw.beta(8, 2, 60))

    def loss(logs: np.ndarray) -> float:
        a, b = np.exp(logs)
        return -float(np.sum(betaln(agreed + a, checked - agreed + b) - betaln(a, b)))

    best = minimize(loss, [1.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    found = accuracy_quantile(agreed, checked, 0.9, 0.95)
    assert not found.common
    assert found.value == pytest.approx(beta.ppf(0.9, *np.exp(best.x)), abs=1e-5)

    # the ends of the interval are where no Beta with that quantile is likely enough: walk them all
    a, b = np.exp(np.stack(np.meshgrid(np.linspace(0, 4.5, 120), np.linspace(-1, 3.5, 120))))
    terms = [betaln(k + a, n - k + b) - betaln(a, b) for k, n in zip(agreed, checked, strict=True)]
    likely = sum(terms) > -best.fun - 1.9207
    quantiles = beta.ppf(0.9, a[likely], b[likely])
    assert (found.low, found.high) == pytest.approx((quantiles.min(), quantiles.max()), abs=3e-3)


def test_careful_is_the_90th_percentile_of_those_who_have_checks() -> None:
    counts = [(29, 30), (27, 30), (20, 30), (16, 30), (28, 30)]
    table = pd.concat([checked_against_gold(*counts), frame(("t0", "new", "A"))])
    found = calibrate_signal(read_annotations(table), level=0.9)
    quantile = accuracy_quantile([agreed for agreed, _ in counts], [30] * 5, 0.9, 0.9)
    by_hand = [2 * each - 1 for each in (quantile.value, quantile.low, quantile.high)]
    assert [found.signal, found.low, found.high] == pytest.approx(by_hand)
    assert found.method == "percentile"
    assert "new" not in found.workers
    assert "careful is the 90th percentile of 5 annotators" in found.description


def test_luck_is_not_mistaken_for_care() -> None:
    draw = np.random.default_rng(6)
    sets = draw.binomial(30, 0.75, (60, 20))  # twenty equal annotators, sixty times
    found = [accuracy_quantile(agreed, [30] * 20, 0.9, 0.95) for agreed in sets]
    assert np.mean([np.quantile(agreed / 30, 0.9) for agreed in sets]) > 0.82
    assert 0.74 < np.mean([each.value for each in found]) < 0.78
    assert np.mean([each.common for each in found]) > 0.4


def test_equal_counts_have_a_common_accuracy() -> None:
    found = calibrate_signal(read_annotations(checked_against_gold((24, 30), (25, 30), (23, 30))))
    assert found.method == "common"
    assert found.signal == pytest.approx(0.6)
    assert "differ no more than by chance" in found.description


def test_single_checks_cannot_tell_people_apart() -> None:
    found = accuracy_quantile([1] * 80 + [0] * 20, [1] * 100, 0.9, 0.95)
    pooled = binomtest(80, 100).proportion_ci(0.95, "wilson")
    assert (found.common, found.value) == (True, 0.8)
    assert found.high == pytest.approx(1.0)
    assert found.low == pytest.approx(pooled.low, abs=0.01)


@pytest.mark.parametrize("agreed", [0, 30])
def test_everybody_always_or_never_agrees(agreed: int) -> None:
    found = accuracy_quantile([agreed] * 3, [30] * 3, 0.9, 0.95)
    assert found.value == agreed / 30
    assert found.low <= found.value <= found.high


def test_no_better_than_chance_is_an_error() -> None:
    labels = read_annotations(checked_against_gold((15, 30), (14, 30)))
    with pytest.raises(DataError, match=r"48\.3 % of checks, no better than a coin"):
        calibrate_signal(labels)
    with pytest.raises(DataError, match=r"50\.0 % of checks"):
        calibrate_signal(labels, trusted=["w0"])


def test_trusted_workers_must_exist_and_have_checks() -> None:
    table = pd.concat([checked_against_gold((9, 10)), frame(("t0", "new", "A"))])
    labels = read_annotations(table)
    with pytest.raises(DataError, match="trusted='w1' is the name of no worker"):
        calibrate_signal(labels, trusted="w1")
    with pytest.raises(DataError, match="can't show what careful work looks like"):
        calibrate_signal(labels, trusted="new")


# Simulation


def test_simulated_labels_are_the_same_for_ever() -> None:
    labels = simulate_labels(workers=3, items=6, seed=11, gold_share=0.5)
    assert "".join(labels["label"]) == "ABABAABABBAAABAABA"
    assert "".join(labels["expert"].fillna("-")) == "----A-----A---A---"
    assert "".join(labels["repeat"].fillna("-")) == "--B-B----B-B-B--B-"
    assert "".join(labels["gold"].fillna("-")) == "---BABB--BA--BA-B-"
    pd.testing.assert_frame_equal(
        labels, simulate_labels(workers=3, items=6, seed=11, gold_share=0.5)
    )


def test_simulated_labels_follow_the_model() -> None:
    efforts = [1.0, 0.5, 0.0]
    labels = simulate_labels(
        items=40_000, seed=1, efforts=efforts, gold_share=0.2, expert_share=1.0, repeat_share=1.0
    )
    annotations = read_annotations(labels)
    truth: dict[type[CountingMonitor], str] = {
        GoldenQuestions: "margin", ExpertReview: "rho", SelfConsistency: "kappa"
    }  # fmt: skip
    for kind, name in truth.items():
        table = assess(annotations, kind, signal=labels.attrs[name])
        law = build_monitor(kind, 1, labels.attrs[name])
        spread = 0.5 / np.sqrt(table["checked"])
        assert (np.abs(table["agreement"] - law.accuracy(efforts)) < 4 * spread).all()


def test_the_default_mix_has_careless_people_and_shirkers() -> None:
    efforts = np.array(list(simulate_labels(items=1).attrs["efforts"].values()))
    assert efforts.size == 24
    assert (efforts == 0).sum() == 2
    assert ((efforts >= 0.3) & (efforts <= 0.6)).sum() == 4
    assert (efforts >= 0.85).sum() == 18


def test_each_worker_gets_a_batch_of_different_items() -> None:
    labels = simulate_labels(workers=5, items=50, labels_per_worker=20)
    assert labels.groupby("worker")["task"].nunique().tolist() == [20] * 5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"workers": 0}, "workers=0 leaves nobody"),
        ({"items": 0}, "items=0 leaves nothing"),
        ({"items": 5, "labels_per_worker": 6}, "nobody labels an item twice"),
        ({"efforts": [0.5], "workers": 2}, "give one for each"),
        ({"efforts": [1.5]}, "numbers from 0 to 1"),
        ({"expert_share": -0.1, "gold_share": 2.0}, "gold_share=2.0 is no share"),
    ],
)
def test_simulation_refuses_what_makes_no_sense(options: dict[str, object], says: str) -> None:
    with pytest.raises(ModelError) as caught:
        simulate_labels(**options)  # type: ignore[arg-type]
    assert says in str(caught.value)


def test_annotations_say_what_they_hold() -> None:
    assert str(Annotations(frame(("t1", "a", "A"), ("t1", "b", "B")))) == (
        "2 labels of 1 items by 2 annotators"
    )
