"""CSV for people: whatever annotators call themselves, no spreadsheet runs it; data stay data."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.operations.keys import csv_bytes
from paygrade.spreadsheets import harmless, sheet_csv

STARTS = "=+-@\t\r\n"
HOSTILE = ["=HYPERLINK(A1)", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "＝1+1"]
NAMES = st.text(st.sampled_from(["=", "+", "-", "@", "\t", "'", "1", ".", "e", "a"]), max_size=6)


def number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@given(NAMES)
def test_no_text_starts_like_a_formula_unless_it_is_a_number(name: str) -> None:
    shown = str(harmless(name))
    assert not shown.startswith(tuple(STARTS)) or number(shown)


@given(NAMES, NAMES)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (harmless(one) == harmless(other)) == (one == other)


def test_negative_numbers_stay_numbers() -> None:
    table = pd.DataFrame({"worker": HOSTILE, "gain": [-1.5, -2.0, 0.0, 1.0, 2.0, -3e-20]})
    read = pd.read_csv(io.StringIO(sheet_csv(table)))
    assert read["gain"].tolist() == table["gain"].tolist()
    assert read["worker"].tolist() == [f"'{name}" for name in HOSTILE]
    assert harmless("-5") == "-5"
    assert harmless(-5) == -5


def hostile_labels(folder: Path) -> Path:
    labels = pg.simulate_labels(items=60, seed=1, efforts=[0.9] * 5, gold_share=1.0)
    names = dict(zip(sorted(labels["worker"].unique()), HOSTILE, strict=False))
    path = folder / "labels.csv"
    labels.assign(worker=labels["worker"].map(names)).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    "command",
    [("assess", "--signal", "0.9"), ("attention", "--gold", "gold", "--mu", "0.9")],
    ids=lambda command: command[0],
)
def test_commands_write_tables_that_nothing_is_run_in(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    labels, out = hostile_labels(tmp_path), tmp_path / "table.csv"
    name, *options = command
    result = CliRunner().invoke(app, [name, str(labels), *options, "--csv", str(out)])
    assert result.exit_code == 0, result.output
    rows = list(csv.reader(io.StringIO(out.read_text(encoding="utf-8"))))
    workers = [row[0] for row in rows[1:]]
    # names are stripped as they are read, so the tab is gone
    assert sorted(workers) == sorted(f"'{name.strip()}" for name in HOSTILE[:5])


def test_payments_run_nothing_and_keys_stay_as_they_were(tmp_path: Path) -> None:
    pool = "\n".join(
        ["task,gold,text", *(f"={i},{'left' * (i < 8)},-{i} apples" for i in range(20))]
    )
    (tmp_path / "pool.csv").write_text(pool)
    (tmp_path / "plan.toml").write_text("[batches]\nsize=8\nnumber=2\ngolden=4\nseed=1\n")
    batches = pg.draw_batches(tmp_path / "pool.csv", pg.read_plan(tmp_path / "plan.toml"))
    batches.write(tmp_path / "round")
    keys = (tmp_path / "round" / "keys.csv").read_text()
    assert ",=" in keys
    assert "'=" not in keys
    batch = (tmp_path / "round" / "batches" / "b01.csv").read_text()
    assert ",-" in batch
    assert "'-" not in batch
    given_back = [f"{k.task},=ann{b.name},left" for b in batches.batches for k in b.keys]
    (tmp_path / "labels.csv").write_text("\n".join(["task,worker,label", *given_back]))
    (tmp_path / "rule.toml").write_text(
        '[rule]\nfamily="binary"\nchecks=4\nbase=1\nbonus=1\ncutoff=2\n'
        '[counted]\nwhat="golden"\ncareful=0.9\n'
    )
    pg.pay_labels(
        tmp_path / "labels.csv",
        keys=tmp_path / "round" / "keys.csv",
        rule=tmp_path / "rule.toml",
        out=tmp_path / "payday",
    )
    for name in ("payments.csv", "totals.csv"):
        lines = (tmp_path / "payday" / name).read_text().splitlines()[1:]
        assert [line.partition(",")[0] for line in lines] == ["'=annb01", "'=annb02"]


def test_files_that_are_read_again_hold_what_came_in(tmp_path: Path) -> None:
    assert csv_bytes(["a"], [["=1"]]) == b"a\n=1\n"
    pairs = pg.simulate_pairs(300, seed=1)
    chosen = pg.select_golden(pairs.assign(task="=" + pairs["task"].astype(str)), 10)
    chosen.write(tmp_path / "golden.csv")
    assert pd.read_csv(tmp_path / "golden.csv")["task"].str.startswith("=").all()
