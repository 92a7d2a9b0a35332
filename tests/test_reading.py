"""Tables of every kind: files, patterns of files, frames, pairs, repeats, and how they go wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.assessment.agreement import count_agreements
from paygrade.errors import DataError, ModelError
from paygrade.labels.annotations import read_annotations
from paygrade.model.counting import ExpertReview, SelfConsistency
from tests.strategies import packed

Write = Callable[..., Path]
HEADER = "task,worker,label\n"
ROWS = [("t1", "ann1", "A"), ("t2", "ann1", "B")]
LINES = "".join(
    json.dumps(dict(zip(HEADER.strip().split(","), r, strict=True))) + "\n" for r in ROWS
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(content: str | bytes, name: str = "labels.csv") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def frame(*rows: tuple[object, ...], columns: str = "task worker label") -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def relation(query: str) -> duckdb.DuckDBPyRelation:
    found = duckdb.sql(query)
    assert found is not None
    return found


def cells(table: pd.DataFrame, columns: str = "task worker label") -> list[tuple[object, ...]]:
    return [tuple(row) for row in table[columns.split()].astype("object").fillna("-").to_numpy()]


# JSON


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.jsonl", LINES.encode()),
        ("labels.jsonl.gz", packed(LINES.encode())),
        ("no_name_for_it.txt", LINES.encode()),
        ("windows.ndjson", LINES.replace("\n", "\r\n").encode()),
        ("bom.jsonl", b"\xef\xbb\xbf" + LINES.encode()),
        ("blank.jsonl", LINES.replace("\n", "\n\n").encode()),
        ("array.json", ("[" + LINES.strip().replace("\n", ",\n") + "]").encode()),
        ("it's [1].jsonl", LINES.encode()),
    ],
)
def test_json_reads_like_csv(write: Write, name: str, content: bytes) -> None:
    assert cells(read_annotations(write(content, name)).table) == ROWS


def test_json_keeps_what_it_says(write: Write) -> None:
    rows: list[dict[str, Any]] = [
        {"task": 1, "worker": "007", "label": True, "gold": None},
        {"task": 2, "worker": "7", "label": False, "gold": False, "note": {"a": [1]}},
        {"task": 3, "worker": "7", "label": "2024-01-01", "gold": 1.0},
    ]
    path = write("\n".join(map(json.dumps, rows)), "labels.jsonl")
    assert cells(read_annotations(path).table, "task worker label gold") == [
        ("1", "007", "true", "-"), ("2", "7", "false", "false"), ("3", "7", "2024-01-01", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (LINES + '{"task": "t3", "worker": "a"\n', "line 3 is no JSON"),
        (LINES + "\n" + '{"task": "t3", "worker": "", "label": "A"}\n', "no worker in line 4, and"),
        (LINES + LINES, "(lines 1 and 3; cases like this: 2)"),
        (LINES + "\n[1, 2]\n", "line 4 holds [1, 2], which is no record"),
        ('[{"task": 1},\n{"task": }]', "line 2 is no JSON"),
        ('{"task": "t1"}\n', "no column 'worker'"),
        ("[]", "can't be read"),
        ("{}", "can't be read"),
        ("", "is empty"),
    ],
)
def test_json_that_cannot_be_used_is_refused_by_line(write: Write, content: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_annotations(write(content, "labels.jsonl"))
    assert says in str(caught.value)
    assert "labels.jsonl" in str(caught.value)


# Several files


def test_a_pattern_reads_all_files_that_match_in_the_order_of_people(
    write: Write, tmp_path: Path
) -> None:
    for day, label in ((10, "B"), (2, "A")):
        write(f"{HEADER}t{day},ann1,{label}\n", f"day{day}.csv")
    write(f"{HEADER}other,ann1,A\n", "night.csv")
    expected = [("t2", "ann1", "A"), ("t10", "ann1", "B")]
    assert cells(read_annotations(tmp_path / "day*.csv").table) == expected
    assert cells(read_annotations(str(tmp_path / "day?*.csv")).table) == expected
    for second in (tmp_path / "day1*.csv", frame(expected[1])):
        assert cells(read_annotations([tmp_path / "day2.csv", second]).table) == expected


def test_files_of_different_formats_are_one_table(write: Write, tmp_path: Path) -> None:
    write("label;worker;task\nA;ann1;t1\n", "part1.csv")
    write('{"task": "t2", "worker": "ann1", "label": "B"}\n', "part2.jsonl")
    duckdb.sql(
        "COPY (SELECT 't3' AS task, 'ann1' AS worker, 'B' AS label)"
        f" TO '{tmp_path / 'part3.parquet'}'"
    )
    expected = [("t1", "ann1", "A"), ("t2", "ann1", "B"), ("t3", "ann1", "B")]
    assert cells(read_annotations(tmp_path / "part*").table) == expected


def test_places_in_several_files_name_the_file(write: Write, tmp_path: Path) -> None:
    write(HEADER + "t1,a,A\nt2,a,B\n", "1.csv")
    write(HEADER + "t3,a,A\n\nt1,a,\nt4,,A\n", "2.csv")
    with pytest.raises(DataError, match=r"no worker in line 5 of .*2\.csv"):
        read_annotations(tmp_path / "*.csv")
    write(HEADER + "t3,a,A\nt1,a,A\n", "2.csv")
    with pytest.raises(DataError, match=r"\(line 2 of .*1\.csv, line 3 of .*2\.csv; cases .*: 1\)"):
        read_annotations(tmp_path / "*.csv")


def test_patterns_that_cannot_be_used(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file matches the pattern .*check the pattern"):
        read_annotations(tmp_path / "*.csv")
    write(HEADER + "t1,a,A\nt2,a,B\n", "1.csv")
    write("task,worker,label,gold\nt3,a,A,A\n", "2.csv")
    with pytest.raises(DataError, match=r"1\.csv and .*2\.csv have different columns \(gold only"):
        read_annotations(tmp_path / "*.csv")
    write(packed((HEADER + "t3,a,A\n").encode() * 50)[:-20], "2.csv")
    with pytest.raises(DataError, match=r"2\.csv: the gzip data are damaged"):
        read_annotations(tmp_path / "*.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"is a folder without tables.*pattern like .*\*\.parquet"):
        read_annotations(tmp_path / "empty")
    with pytest.raises(DataError, match="list is no table"):
        read_annotations([])


# Frames of other libraries


def test_duckdb_relations_are_tables() -> None:
    rows = "(VALUES ('t1', 'ann1', 1, NULL), ('t2', 'ann1', 0, 0.0::DOUBLE)) r"
    rel = relation(f"SELECT * FROM {rows}(task, worker, label, gold)")
    for _ in range(2):
        found = read_annotations(rel)
        assert cells(found.table, "task label gold") == [("t1", "1", "-"), ("t2", "0", "0")]
    blank = relation("SELECT 't' AS task, NULL AS worker, 'A' AS label")
    with pytest.raises(DataError, match="no worker in row 1, and"):
        read_annotations(blank)
    with pytest.raises(DataError, match="holds no rows"):
        read_annotations(relation("SELECT 1 AS task, 2 AS worker, 3 AS label LIMIT 0"))


def test_polars_frames_are_tables() -> None:
    polars = pytest.importorskip("polars", reason="Polars is not installed")
    data = {"task": [1, 2], "worker": ["ann1"] * 2, "label": ["A", "B"], "gold": ["A", None]}
    table = polars.DataFrame(data)
    for each in (
        table,
        table.lazy(),
        table.with_columns(polars.col("label").cast(polars.Categorical)),
    ):
        found = read_annotations(each)
        assert cells(found.table, "task label gold") == [("1", "A", "A"), ("2", "B", "-")]
    capitals = polars.DataFrame(data | {"Label": ["x", "y"]})
    assert read_annotations(capitals).answers == ["A", "B"]
    with pytest.raises(DataError, match="perhaps 'label'"):
        read_annotations(table, label="labl")


def test_arrow_tables_are_tables() -> None:
    arrow = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    table = arrow.table({"task": [1, 2], "worker": ["ann1"] * 2, "label": ["A", "B"]})
    for each in (table, table.to_batches()[0]):
        assert cells(read_annotations(each).table) == [("1", "ann1", "A"), ("2", "ann1", "B")]
    with pytest.raises(DataError, match="no table of labels; give the whole table"):
        read_annotations(table.to_reader())


def test_what_is_no_table() -> None:
    for each in (None, 3, {"task": [1]}, np.zeros((2, 3)), pd.Series([1])):
        with pytest.raises(DataError, match=r"no table of labels; give the (path|whole)"):
            read_annotations(each)  # type: ignore[arg-type]


# Duplicates


def test_duplicates_are_never_counted_silently() -> None:
    rows = [("t1", "w", "A"), ("t2", "w", "B"), ("t1", "w", "A"), ("t1", "v", "A")]
    with pytest.raises(DataError, match=r"positions 0 and 2; .*: 1\).* never differ, as in an exp"):
        read_annotations(frame(*rows))
    with pytest.raises(DataError, match="In 1 of them the answers differ"):
        read_annotations(frame(*rows, ("t2", "w", "A")))
    with pytest.raises(
        ModelError, match=r"duplicates='keep' is no rule.*'error', 'repeat', 'drop'"
    ):
        read_annotations(frame(*rows), duplicates="keep")


def test_dropped_duplicates_leave_the_first_and_are_counted() -> None:
    rows = [("t1", "w", "A"), ("t2", "w", "B"), ("t1", "w", "A"), ("t1", "w", "B")]
    found = read_annotations(frame(*rows), duplicates="drop")
    assert cells(found.table) == [("t1", "w", "A"), ("t2", "w", "B")]
    assert found.left_out["duplicate rows"] == 2
    assert found.left_out["of them with another answer"] == 1


def test_the_repeat_of_the_first_answer_is_the_last() -> None:
    rows = [
        ("t1", "w", "A"), ("t2", "w", "B"), ("t1", "w", "B"), ("t1", "w", "A"), ("t1", "v", "B"),
        ("t2", "w", "C"),
    ]  # fmt: skip
    found = read_annotations(frame(*rows), duplicates="repeat")
    assert cells(found.table, "task worker label repeat") == [
        ("t1", "w", "A", "A"), ("t2", "w", "B", "C"), ("t1", "v", "B", "-"),
    ]  # fmt: skip
    assert found.left_out["answers between the first and the last"] == 1
    counts = count_agreements(found, SelfConsistency)
    assert list(counts.loc["w"]) == [2, 1]


def test_time_tells_first_from_last_where_every_row_has_one() -> None:
    columns = "task worker label time"
    rows = [("t1", "w", "A", 9), ("t2", "w", "A", 3), ("t1", "w", "B", "7.5")]
    found = read_annotations(frame(*rows, columns=columns), duplicates="repeat").table
    assert cells(found, "task label repeat") == [("t2", "A", "-"), ("t1", "B", "A")]
    rows[1] = ("t2", "w", "B", "")
    found = read_annotations(frame(*rows, columns=columns), duplicates="repeat").table
    assert cells(found, "task label repeat") == [("t1", "A", "B"), ("t2", "B", "-")]


def test_two_sources_of_repeats_are_one_too_many() -> None:
    rows = [("t1", "w", "A", "A"), ("t1", "w", "B", "A")]
    with pytest.raises(DataError, match="the column 'repeat' holds some too"):
        read_annotations(frame(*rows, columns="task worker label repeat"), duplicates="repeat")


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("vw"), st.sampled_from("ABC")),
             min_size=2, max_size=12)
)  # fmt: skip
def test_repeats_count_as_by_hand(rows: list[tuple[str, str, str]]) -> None:
    given_twice: dict[tuple[str, str], list[str]] = {}
    for task, worker, label in rows:
        given_twice.setdefault((task, worker), []).append(label)
    cases = [answers for answers in given_twice.values() if len(answers) > 1]
    if len({answers[0] for answers in given_twice.values()}) < 2:
        return
    found = read_annotations(frame(*rows), duplicates="repeat")
    assert len(found.table) == len(given_twice)
    if cases:
        counts = count_agreements(found, SelfConsistency).sum()
        assert counts["checked"] == len(cases)
        assert counts["agreed"] == sum(answers[0] == answers[-1] for answers in cases)


# Comparisons

PAIRS = "left right winner worker"


def test_a_pair_is_one_item_in_either_order() -> None:
    rows = [
        ("gpt", "bard", "gpt", "w"),
        ("bard", "gpt", "gpt", "v"),
        ("bard", "gpt", "left", "u"),
        ("bard", "llama", "tie", "u"),
        ("llama", "bard", "Right", "w"),
    ]
    found = read_annotations(frame(*rows, columns=PAIRS)).table
    assert cells(found, "task worker label left right swapped") == [
        ("bard|gpt", "w", "right", "bard", "gpt", True),
        ("bard|gpt", "v", "right", "bard", "gpt", False),
        ("bard|gpt", "u", "left", "bard", "gpt", False),
        ("bard|llama", "w", "left", "bard", "llama", True),
    ]


def test_checks_of_a_pair_are_turned_with_it() -> None:
    rows = [
        ("q1", "b", "a", "model_a", "model_b", "w"),
        ("q2", "a", "b", "model_b", None, "w"),
        ("q3", "a", "b", "model_a", None, "w"),
        ("q1", "a", "b", "model_b", "model_b", "boss"),
        ("q2", "b", "a", "model_a", "tie", "boss"),
    ]
    table = frame(*rows, columns="question model_a model_b winner gold worker")
    found = read_annotations(
        table, task="question", left="model_a", right="model_b", expert_workers="boss"
    )
    assert cells(found.table, "task label gold expert") == [
        ("q1|a|b", "right", "left", "right"),
        ("q2|a|b", "right", "-", "right"),
        ("q3|a|b", "left", "-", "-"),
    ]
    assert list(count_agreements(found, ExpertReview).loc["w"]) == [2, 2]


def test_a_pair_shown_again_with_sides_swapped_is_a_repeat() -> None:
    rows = [("a", "b", "a", "w"), ("b", "a", "b", "w"), ("a", "c", "c", "w"), ("c", "a", "c", "w")]
    with pytest.raises(DataError, match=r"cases like this: 2.*In 1 of them the answers differ"):
        read_annotations(frame(*rows, columns=PAIRS))
    with pytest.raises(DataError, match="In 1 of them the pair was shown in both orders"):
        read_annotations(frame(*rows[2:], columns=PAIRS))
    found = read_annotations(frame(*rows, columns=PAIRS), duplicates="repeat")
    assert cells(found.table, "task label repeat") == [
        ("a|b", "left", "right"), ("a|c", "right", "right"),
    ]  # fmt: skip


def test_words_for_sides_can_be_given_and_then_names_do_not_count() -> None:
    rows = [("a1", "a2", "a2", "w"), ("a2", "a1", "A2", "v"), ("a1", "a3", "a1", "w")]
    by_word = read_annotations(frame(*rows, columns=PAIRS), sides="a1,a2").table
    assert by_word["label"].tolist() == ["right", "left", "left"]
    with pytest.raises(DataError, match=r"'A2' in the label of position 1 is neither the left"):
        read_annotations(frame(*rows, columns=PAIRS))
    for sides in ("a1", "x,X", ["a", "b", "c"]):
        with pytest.raises(DataError, match="are not two different words"):
            read_annotations(frame(*rows, columns=PAIRS), sides=sides)


def test_pairs_that_cannot_be_used(write: Write) -> None:
    text = "left,right,winner,worker\na,b,a,w\n{}\n"
    for row, says in [
        ("a,c,b,w", "'b' in the label of line 3 is neither the left nor the right"),
        ("a,a,a,w", "'a' is compared with itself in line 3"),
        ("a,,a,w", "no right in line 3"),
        ("a,c,,w", "no label in line 3"),
        ("a,c,c,", "no worker in line 3"),
    ]:
        with pytest.raises(DataError, match=says):
            read_annotations(write(text.format(row)))
    with pytest.raises(DataError, match="no column 'links', so it is unclear what was compared"):
        read_annotations(write(text.format("a,c,c,w")), left="links")
    with pytest.raises(ModelError, match="both name the column of the answer"):
        read_annotations(write(text.format("a,c,c,w")), label="winner", winner="winner")


def test_columns_called_left_and_right_are_no_pair_where_there_is_an_item() -> None:
    table = frame(("t", "w", "A", "x", "y"), ("s", "w", "B", "x", "x"),
                  columns="task worker label left right")  # fmt: skip
    assert read_annotations(table).table.columns.tolist() == ["task", "worker", "label"]


NAMES = st.sampled_from(["a", "b", "c|d", "\\"])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NAMES, NAMES, st.booleans(), st.sampled_from("vw")), min_size=2, max_size=9),
    st.integers(0, 1023),
)  # fmt: skip
def test_turning_pairs_round_changes_nothing_but_swapped(
    rows: list[tuple[str, str, bool, str]], turns: int
) -> None:
    distinct = {(frozenset(row[:2]), row[3]): row for row in rows if row[0] != row[1]}
    kept = [(one, two, one if first else two, who) for one, two, first, who in distinct.values()]
    turned = [
        (two, one, winner, who) if turns >> i & 1 else (one, two, winner, who)
        for i, (one, two, winner, who) in enumerate(kept)
    ]
    try:
        before = read_annotations(frame(*kept, columns=PAIRS)).table
    except (DataError, ValueError):
        return  # too few rows for two answers
    after = read_annotations(frame(*turned, columns=PAIRS)).table
    pd.testing.assert_frame_equal(before.drop(columns="swapped"), after.drop(columns="swapped"))
    assert before["task"].nunique() == len({names for names, _ in distinct})


# Times


def test_times_are_kept_as_numbers_or_moments() -> None:
    rows = [("t1", "w", "A", "2025-03-01"), ("t2", "w", "B", "2025-03-01T12:00:00+02:00")]
    table = frame(*rows, columns="task worker label time")
    assert read_annotations(table).table["time"].dt.hour.tolist() == [0, 10]
    numbers = read_annotations(table.assign(time=[3.0, np.nan])).table["time"]
    assert numbers.tolist()[0] == 3.0
    assert numbers.isna().tolist() == [False, True]


def test_times_that_are_none_are_refused_if_they_were_asked_for() -> None:
    table = frame(
        ("t1", "w", "A", "noon"), ("t2", "w", "B", "12"), columns="task worker label time"
    )
    found = read_annotations(table)
    assert found.left_out["times that are none"] == 2
    with pytest.raises(DataError, match=r"'noon' in positions 0 and 1 of column 'time' is no time"):
        read_annotations(table, time="time")


# Size


def test_a_large_file_is_read_once_and_by_line(write: Write) -> None:
    many = 200_000
    path = write(
        HEADER + "".join(f"t{i % 40_000},w{i // 40_000},{'AB'[i % 2]}\n" for i in range(many))
    )
    found = read_annotations(path)
    assert len(found.table) == many
    with path.open("a") as file:
        file.write("t7,w3,A\n")
    with pytest.raises(DataError, match=rf"lines 120009 and {many + 2}; cases like this: 1"):
        read_annotations(path)


def test_kept_columns_are_there_to_be_named() -> None:
    rows = []
    for i in range(30):
        for worker, wrong in (("w1", False), ("w2", i % 3 == 0)):
            label, gold = "ab"[i % 2], "ab"[(i + wrong) % 2]
            rows.append((f"t{i}", worker, label, gold, str(0.2 + i / 50), "x"))
    frame = pd.DataFrame(rows, columns=["task", "worker", "label", "gold", "margin", "note"])
    labels = pg.read_annotations(frame, keep="margin, note")
    assert list(labels.table.columns) == ["task", "worker", "label", "gold", "margin", "note"]
    by_name = pg.assess(labels, pg.GoldenQuestions, margins="margin")
    margins = dict(zip(frame["task"], frame["margin"].astype(float), strict=True))
    by_item = pg.assess(labels, pg.GoldenQuestions, margins=margins)
    pd.testing.assert_frame_equal(by_name, by_item)
    assert by_name["effort"][0] > by_name["effort"][1]


@pytest.mark.parametrize(
    ("keep", "message"), [("nothing", "no column 'nothing' to keep"), ("time", "can't be kept")]
)
def test_columns_that_can_not_be_kept(keep: str, message: str) -> None:
    frame = pd.DataFrame({"task": ["a"], "worker": ["w"], "label": ["x"], "time": [1]})
    with pytest.raises(pg.DataError, match=message):
        pg.read_annotations(frame, keep=keep)
