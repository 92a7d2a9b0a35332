"""Instructed manipulation checks: where they stand, what they look like, and that nobody's pay
depends on them."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from scipy.stats import chisquare

from paygrade import BatchPlan, DataError, draw_batches, pay_labels
from paygrade.operations.batches import Sample
from paygrade.operations.keys import KINDS, read_keys
from paygrade.operations.layout import lay_out, stream
from paygrade.settings import checked
from tests.test_operations import plan, write_pool

RULE = """
[rule]
family = "binary"
checks = 4
base = 8.00
bonus = 4.00
cutoff = 3
[counted]
what = "golden"
careful = 0.9
"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    pool = write_pool(tmp_path_factory.mktemp("pool") / "pool.csv", items=90)
    return draw_batches(pool, plan(size=20, number=4, golden=4, repeats=2, spacing=4, imc=3))


def pay(sample: Sample, folder: Path, *, follows: bool) -> dict[str, object]:
    """Have everybody answer golden rows as the key says, and instructions or not."""
    folder.mkdir()
    sample.write(folder / "round")
    (folder / "rule.toml").write_text(RULE, "utf-8")
    keys = read_keys(folder / "round" / "keys.csv")
    lines = ["task,worker,label"]
    for key in keys.rows:
        shown = keys.turned(key.expected or "left", key)
        if key.kind == "imc" and not follows:
            shown = {"left": "right", "right": "left"}[shown]
        lines.append(f"{key.task},ann-{key.batch},{shown}")
    (folder / "labels.csv").write_text("\n".join(lines), "utf-8")
    where, rule = folder / "round" / "keys.csv", folder / "rule.toml"
    paid = pay_labels(folder / "labels.csv", keys=where, rule=rule, out=folder / "paid")
    report: dict[str, object] = json.loads((folder / "paid" / "report.json").read_text("utf-8"))
    record = (folder / "paid" / "audit" / "ann-b01.txt").read_text("utf-8")
    assert "Instructed rows followed: " in record
    return {**report, "pays": [str(each.amount) for each in paid.payments]}


def test_instructed_rows_look_like_ordinary_ones_except_for_the_instruction(sample: Sample) -> None:
    assert "imc" in KINDS
    for batch in sample.batches:
        kinds = Counter(key.kind for key in batch.keys)
        assert kinds == {"golden": 4, "repeat-first": 2, "repeat-second": 2, "imc": 3, "item": 9}
        seen = [key.item for key in batch.keys]
        for row, key in zip(batch.rows, batch.keys, strict=True):
            number = key.item.split("-")[1]
            assert {row["left"], row["right"]} == {f"left-{number}", f"right-{number}"}
            if key.kind == "imc":
                assert seen.count(key.item) == 1  # its cells come up once only
                shown = ("left", "right")[(key.expected == "left") == key.swapped]
                assert row["prompt"].endswith(f"please choose {shown}.")
            else:
                assert row["prompt"] == f"prompt-{number}"


def test_instructed_places_and_answers_are_uniform() -> None:
    layouts = [lay_out(12, 2, 1, 1, 4, stream(seed), 2) for seed in range(3000)]
    counts = Counter(place for layout in layouts for place in layout.imc)
    assert chisquare([counts[place] for place in range(12)]).pvalue > 1e-3
    golden = Counter(place for layout in layouts for place in layout.golden)
    assert chisquare([golden[place] for place in range(12)]).pvalue > 1e-3
    assert all(
        len({*each.imc, *each.golden, *each.expert, *sum(each.repeats, ())}) == 7
        for each in layouts
    )


def test_nobody_is_paid_by_instructed_rows_and_reports_only_tell(
    sample: Sample, tmp_path: Path
) -> None:
    followed = pay(sample, tmp_path / "followed", follows=True)
    ignored = pay(sample, tmp_path / "ignored", follows=False)
    assert followed["pays"] == ignored["pays"] == ["12.00"] * 4
    told = {"asked": 12, "workers": [], "failed": 0, "counted_for_pay": False}
    assert followed["imc"] == told
    assert ignored["imc"] == {**told, "failed": 12, "workers": [f"ann-b0{i}" for i in range(1, 5)]}


def test_the_keys_of_a_plan_without_them_are_unchanged(tmp_path: Path) -> None:
    pool = write_pool(tmp_path / "pool.csv")
    asked = plan(size=14, number=3, golden=2, repeats=3, spacing=4, seed=7)
    rows = list(csv.DictReader(draw_batches(pool, asked).files()["keys.csv"].decode().splitlines()))
    assert {row["kind"] for row in rows} == set(KINDS) - {"imc", "expert"}


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"imc": {"text": "Choose one."}}, "says not which answer to choose"),
        ({"imc": {"column": "left"}, "pair": {}}, "one side of the pair"),
        ({}, "list them under"),
        ({"imc": {"answers": ["a", "a"]}}, "lists one twice"),
        ({"batches": {"size": 10, "imc": 10}, "pair": {}}, "10 instructed ones"),
    ],
)
def test_plans_that_instruct_nobody_are_refused(sections: dict[str, object], says: str) -> None:
    with pytest.raises(DataError, match=says):
        checked({"batches": {"size": 20, "imc": 3}, **sections}, BatchPlan, "plan.toml")


@pytest.mark.parametrize(
    ("columns", "more", "says"),
    [
        ({"hide": ["prompt"]}, {}, "hidden from annotators"),
        ({"hide": ["prompt", "nothing"]}, {}, "no column 'nothing'"),
        ({}, {"size": 45, "imc": 10, "golden": 0}, "too few to lend their cells"),
    ],
)
def test_pools_that_cannot_carry_instructions_are_refused(
    tmp_path: Path, columns: dict[str, object], more: dict[str, int], says: str
) -> None:
    pool = write_pool(tmp_path / "pool.csv", items=40, golden=0)
    batches: dict[str, object] = {"size": 20, "imc": 3, **more}
    with pytest.raises(DataError, match=says):
        draw_batches(pool, plan(pair=True, columns=columns, **batches))
