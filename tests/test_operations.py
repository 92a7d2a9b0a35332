"""Batches and keys: where checks stand, who sees what, and that no file tells too much."""

import csv
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from paygrade import BatchPlan, DataError, draw_batches, read_plan
from paygrade.operations.keys import digest, read_keys
from paygrade.operations.layout import lay_out, stream
from paygrade.operations.plan import EXAMPLE_PLAN

FOLDER_ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def plan(
    *, pair: bool = True, columns: dict[str, object] | None = None, **batches: object
) -> BatchPlan:
    sections = {"batches": {"seed": 1, **batches}, "columns": columns or {}}
    return BatchPlan.model_validate(sections | ({"pair": {}} if pair else {}))


def write_pool(path: Path, items: int = 60, golden: int = 12) -> Path:
    """A pool whose cells are recognisable: item-3 is left-3 against right-3."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["task", "gold", "left", "right", "prompt"])
        for i in range(items):
            known = ("left", "right")[i % 2] if i < golden else ""
            rows.writerow([f"item-{i}", known, f"left-{i}", f"right-{i}", f"prompt-{i}"])
    return path


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pool(tmp_path_factory.mktemp("pool") / "pool.csv")


@given(
    size=st.integers(1, 40),
    golden=st.integers(0, 10),
    expert=st.integers(0, 5),
    repeats=st.integers(0, 8),
    spacing=st.integers(1, 15),
    seed=st.integers(0, 99),
)
def test_layouts_keep_counts_and_spacing(
    size: int, golden: int, expert: int, repeats: int, spacing: int, seed: int
) -> None:
    room = size - golden - expert
    assume(room >= max(1, repeats + max(spacing, repeats) if repeats else 1))
    layout = lay_out(size, golden, expert, repeats, spacing, stream(seed))
    places = [*layout.golden, *layout.expert, *itertools.chain(*layout.repeats)]
    assert (len(layout.golden), len(layout.expert), len(layout.repeats)) == (
        golden,
        expert,
        repeats,
    )
    assert len(set(places)) == len(places)
    assert set(places) <= set(range(size))
    assert all(second - first >= spacing for first, second in layout.repeats)


def test_golden_places_are_uniform_though_repeats_are_spaced() -> None:
    layouts = [lay_out(12, 3, 0, 2, 6, stream(seed)) for seed in range(3000)]
    counts = Counter(place for layout in layouts for place in layout.golden)
    assert chisquare([counts[place] for place in range(12)]).pvalue > 1e-3


def test_repeats_are_uniform_over_all_that_the_spacing_allows() -> None:
    pairs = [pair for pair in itertools.combinations(range(7), 2) if pair[1] - pair[0] >= 3]
    allowed = [two for two in itertools.combinations(pairs, 2) if len({*two[0], *two[1]}) == 4]
    drawn = Counter(lay_out(7, 0, 0, 2, 3, stream(seed)).repeats for seed in range(4000))
    assert set(drawn) == set(allowed)
    assert chisquare([drawn[each] for each in allowed]).pvalue > 1e-3


@FOLDER_ONCE
@given(
    golden=st.integers(0, 4),
    repeats=st.integers(0, 3),
    number=st.integers(1, 3),
    seed=st.integers(0),
)
def test_batches_never_tell_what_the_keys_say(
    pool: Path, golden: int, repeats: int, number: int, seed: int
) -> None:
    asked = plan(size=14, number=number, golden=golden, repeats=repeats, spacing=4, seed=seed)
    files = draw_batches(pool, asked).files()
    keys = list(csv.DictReader(files["keys.csv"].decode().splitlines()))
    batches = {name: data.decode() for name, data in files.items() if name.startswith("batches/")}
    assert len(batches) == number
    for text in batches.values():
        assert "item-" not in text
        rows = list(csv.DictReader(text.splitlines()))
        assert set(rows[0]) == {"task", "left", "right", "prompt"}
        mine = [key for key in keys if key["batch"] == rows[0]["task"][:3]]
        assert [row["task"] for row in rows] == [key["task"] for key in mine]
        for row, key in zip(rows, mine, strict=True):
            assert row["prompt"].split("-")[1] == key["item"].split("-")[1]
            assert row["left"].startswith("right" if key["swapped"] == "1" else "left")
        kinds = Counter(key["kind"] for key in mine)
        assert (kinds["golden"], kinds["repeat-first"], kinds["repeat-second"]) == (
            golden, repeats, repeats,
        )  # fmt: skip
        sides: dict[str, list[str]] = {}
        for key in mine:
            sides.setdefault(key["item"], []).append(key["swapped"])
        assert sorted(map(len, sides.values()))[-1] <= 2
        assert all(len(set(both)) == len(both) for both in sides.values())  # sides change


def test_the_same_pool_plan_and_seed_give_the_same_bytes_on_every_machine(pool: Path) -> None:
    asked = plan(size=14, number=3, golden=2, repeats=3, spacing=4, seed=7)
    files = draw_batches(pool, asked).files()
    assert files == draw_batches(pool, asked).files()
    assert digest(files["keys.csv"])[:16] == "11039c3cee75755b"
    other = draw_batches(pool, plan(size=14, number=3, golden=2, repeats=3, spacing=4, seed=8))
    assert other.files()["keys.csv"] != files["keys.csv"]


def test_a_seed_that_nobody_gave_is_recorded_and_draws_the_same_again(pool: Path) -> None:
    drawn = draw_batches(pool, plan(size=10, golden=2, seed=None))
    seed = json.loads(drawn.files()["manifest.json"])["seed"]
    again = draw_batches(pool, plan(size=10, golden=2, seed=seed))
    assert again.files()["keys.csv"] == drawn.files()["keys.csv"]


@FOLDER_ONCE
@given(each=st.integers(1, 3), overlap=st.integers(1, 3), seed=st.integers(0, 50))
def test_items_are_shared_out_evenly_and_nobody_sees_one_twice(
    pool: Path, each: int, overlap: int, seed: int
) -> None:
    asked = plan(
        size=10, number=each, annotators=("ann", "bob"), golden=2, overlap=overlap, seed=seed
    )
    batches = draw_batches(pool, asked).batches
    assert [batch.owner for batch in batches] == ["ann"] * each + ["bob"] * each
    uses = Counter(key.item for b in batches for key in b.keys if key.kind == "item")
    assert max(uses.values()) <= overlap
    assert max(uses.values()) == 1  # 48 ordinary items are enough for all batches
    for owner in ("ann", "bob"):
        seen = [key.item for batch in batches if batch.owner == owner for key in batch.keys]
        assert len(set(seen)) == len(seen)


def test_the_example_plan_is_one(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(EXAMPLE_PLAN, encoding="utf-8")
    asked = read_plan(tmp_path / "plan.toml")
    drawn = draw_batches(write_pool(tmp_path / "pool.csv", 800, 120), asked)
    drawn.write(tmp_path / "round-1")
    assert len(read_keys(tmp_path / "round-1" / "keys.csv").rows) == 12 * 60
    assert len(list((tmp_path / "round-1" / "batches").iterdir())) == 12


def test_json_lines_come_out_as_they_went_in(tmp_path: Path) -> None:
    items = [{"id": i, "turns": [{"text": f"é{i}"}], "gold": "a" * (i < 3)} for i in range(9)]
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    drawn = draw_batches(path, plan(pair=False, size=6, golden=3, columns={"item": "id"}))
    rows = [json.loads(line) for line in drawn.files()["batches/b01.jsonl"].splitlines()]
    assert all(set(row) == {"task", "turns"} for row in rows)
    assert {row["turns"][0]["text"] for row in rows} >= {"é0", "é1", "é2"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"size": 10, "golden": 13}, "leaves -3 rows"),
        ({"size": 14, "golden": 13}, "has 12 golden items"),
        ({"size": 10, "repeats": 4, "spacing": 8}, "need 12"),
        ({"size": 30, "number": 2}, "too few if each may be in 1 batch"),
        ({"size": 10, "golden": 1.5}, "golden"),
        ({"size": 10, "seed": -1}, "seed"),
        ({"size": 10, "annotators": ["ann", "ann"]}, "different people"),
    ],
)
def test_plans_that_cannot_be_met_are_refused(
    pool: Path, tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in asked.items())
    (tmp_path / "plan.toml").write_text(f"[batches]\n{lines}", encoding="utf-8")
    with pytest.raises(DataError, match=said):
        draw_batches(pool, read_plan(tmp_path / "plan.toml"))


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("task,gold,source", "{i},{gold},{source}", "could see which items are checks"),
        ("task,gold,note", "{i},{gold},{gold}", "could see which items are checks"),
        ("item,gold,text", "{i},{gold},x", "has no column 'task'"),
        ("task,gold,text", "{half},{gold},x", "names more than one item"),
        ("task,gold,text", ",{gold},x", "no task in line"),
    ],
)
def test_pools_that_would_mislead_are_refused(
    tmp_path: Path, header: str, cells: str, said: str
) -> None:
    rows = [
        cells.format(i=i, half=i // 2, gold="a" * (i < 6), source="web" if i < 6 else "app")
        for i in range(30)
    ]
    (tmp_path / "pool.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    with pytest.raises(DataError, match=said):
        draw_batches(tmp_path / "pool.csv", plan(pair=False, size=10, golden=3))


def test_nothing_is_overwritten_and_changed_keys_are_noticed(pool: Path, tmp_path: Path) -> None:
    drawn = draw_batches(pool, plan(size=10, golden=2))
    drawn.write(tmp_path / "out")
    with pytest.raises(DataError, match="never overwritten"):
        drawn.write(tmp_path / "out")
    keys = tmp_path / "out" / "keys.csv"
    keys.write_text(keys.read_text("utf-8").replace("left", "right"), encoding="utf-8")
    with pytest.raises(DataError, match="not the file"):
        read_keys(keys)


def test_an_interrupted_write_leaves_nothing(
    pool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    drawn = draw_batches(pool, plan(size=10, golden=2))
    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        drawn.write(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
