"""Labels in, estimates out: hand-computed cases, and every way in which a table can be wrong."""

import gzip
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

from paygrade.assessment.annotations import Annotations, read_annotations
from paygrade.assessment.calibration import build_monitor, calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.assessment.simulate import simulate_labels
from paygrade.assessment.spread import accuracy_quantile
from paygrade.errors import DataError, ModelError
from paygrade.model.counting import (
    ComparisonMode,
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)

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
        ("packed.csv.gz", gzip.compress(GOOD.encode())),
        ("packed_without_saying_so.csv", gzip.compress(GOOD.encode())),
        ("two_parts.csv.gz", gzip.compress(HEADER.encode()) + gzip.compress(b"t1,ann1,A\nt2,ann1,B")),
        ("tabs.tsv", GOOD.replace(",", "\t").encode()),
        ("semicolons.csv", GOOD.replace(",", ";").encode()),
        ("bom.csv", b"\xef\xbb\xbf" + GOOD.encode()),
        ("windows.csv", GOOD.replace("\n", "\r\n").encode()),
        ("spaces.csv", b"task , worker, label\n t1, ann1 ,A \nt2,ann1, B\n"),
        ("quotes.csv", b'"task","worker","label"\n"t1","ann1","A"\n"t2","ann1","B"\n'),
        ("blank lines.csv", GOOD.replace("\n", "\n\n").encode()),
        ("it's [1] *?.csv", GOOD.encode()),
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
        values = "(1, 'a', true, NULL), (2, 'a', false, 0.0::DOUBLE), (3, 'a', true, 1.0::DOUBLE)"
        connection.execute(
            f"COPY (SELECT * FROM (VALUES {values}) AS t(task, worker, label, gold)) TO '{path}'"
        )
    text = write("task,worker,label,gold\n1,a,True,\n2,a,False,0\n3,a,True,1\n")
    pandas = frame(
        (1, "a", True, None), (2, "a", False, 0.0), (3, "a", True, 1.0), columns="task worker label gold"
    )
    with pytest.raises(DataError, match="4 different answers"):  # true/false against 0/1
        read_annotations(path)
    for source in (path, text, pandas):
        table = read_annotations(source, gold="label", label="gold", tie_labels=("true",)).table
        assert table.to_numpy().tolist() == [["2", "a", "0", "false"], ["3", "a", "1", None]]
