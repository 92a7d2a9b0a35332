"""Preference data in, pairs out: every schema by every way in, drift refused, nothing lost."""

import gzip
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest

import paygrade as pg
from paygrade.data import hub
from paygrade.data.formats.known import FORMATS
from tests.preference_sets import (
    SETS,
    Rows,
    binarized,
    disagreements,
    helpsteer,
    helpsteer_preference,
    safe_rlhf,
    skywork,
    trl,
    ultrafeedback,
    write_lines,
)


def same(one: pg.PreferencePairs, other: pg.PreferencePairs) -> None:
    drop = [name for name in ("split",) if name in one.table or name in other.table]
    a, b = (each.table.drop(columns=drop, errors="ignore") for each in (one, other))
    assert list(a) == list(b)
    for name in a:
        for x, y in zip(a[name], b[name], strict=True):
            assert x == y or (x is None and y is None) or (math.isnan(x) and math.isnan(y)), name
    assert one.left_out == other.left_out


@pytest.mark.parametrize("name", SETS)
def test_every_way_in_gives_the_same_pairs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = SETS[name]()
    lines = write_lines(tmp_path / "set" / "data" / "train.jsonl", rows)
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(lines.read_bytes()))
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(rows), encoding="utf-8")
    parquet = tmp_path / "owner" / "set" / "data" / "train-00000-of-00001.parquet"
    parquet.parent.mkdir(parents=True)
    held = datasets.Dataset.from_list(rows)
    held.to_parquet(parquet)
    held.save_to_disk(tmp_path / "saved")
    expected = pg.read_pairs(lines)
    assert set(expected.table["dataset"]) == {name}
    monkeypatch.chdir(tmp_path)
    ways: list[Any] = [packed, whole, parquet, held, datasets.DatasetDict({"train": held})]
    ways += [pd.DataFrame(rows), tmp_path / "set", tmp_path / "saved", held.to_iterable_dataset()]
    ways += ["owner/set"]  # a name as on the Hub; a folder of that name comes first
    for way in ways:
        same(pg.read_pairs(way), expected)
    assert set(pg.read_pairs("owner/set").table["split"]) <= {"train", "val"}
    pieces = [write_lines(tmp_path / f"part{i}.jsonl", rows) for i in (1, 2)]
    assert len(pg.read_pairs(str(tmp_path / "part*.jsonl"))) == 2 * len(expected)
    assert len(pg.read_pairs(pieces)) == 2 * len(expected)


def test_formats_are_told_apart_by_their_columns() -> None:
    for name, make in SETS.items():
        fitting = [each.name for each in FORMATS if set(each.needs) <= set(make()[0])]
        assert fitting == [name]


def test_safe_rlhf_has_two_answers_and_keeps_both() -> None:
    better = pg.read_pairs(pd.DataFrame(safe_rlhf())).table
    assert better["label"].tolist() == ["right", "left", "left"]
    assert better["safer"].tolist() == ["right", "right", "left"]
    assert better["left"].tolist() == ["answer 0.0", "answer 1.0", "answer 2.0"]
    assert better["left_severity"].tolist() == [2.0, 2.0, 0.0]
    assert better["margin"].isna().all()
    safer = pg.read_pairs(pd.DataFrame(safe_rlhf()), question="safer").table
    assert safer["label"].tolist() == better["safer"].tolist()


def test_helpsteer_pairs_all_responses_to_a_prompt() -> None:
    pairs = pg.read_pairs(pd.DataFrame(helpsteer()))
    assert Counter(pairs.table["prompt"]) == {"p1": 6, "p2": 1}
    assert pairs.left_out == {"responses with no other to the same prompt": 1}
    assert pairs.dropped.to_numpy().tolist() == [
        ["the data frame", 7, "responses with no other to the same prompt"]
    ]
    for row in pairs.table.to_dict(orient="records"):
        higher = np.sign(row["left_score"] - row["right_score"])
        assert row["label"] == {1: "left", -1: "right", 0: "tie"}[higher]
        assert row["left_score"] == row["left_helpfulness"] == 4 - row["left_correctness"]
    by_correctness = pg.read_pairs(pd.DataFrame(helpsteer()), question="correctness").table
    turned = {"left": "right", "right": "left", "tie": "tie"}
    assert by_correctness["label"].tolist() == [turned[each] for each in pairs.table["label"]]


def test_several_raters_give_a_margin() -> None:
    row = pg.read_pairs(pd.DataFrame(disagreements())).table.iloc[0]
    sign = 1 if row["left"] == "r0" else -1
    assert row["margin"] == pytest.approx(sign * 7 / 9)  # 7 of 9 comparisons won, 2 tied
    assert row["raters"] == 3
    assert row["label"] == ("left" if sign > 0 else "right")


def test_helpsteer2_preferences_count_annotators() -> None:
    pairs = pg.read_pairs(pd.DataFrame(helpsteer_preference()))
    table = pairs.table
    assert table["label"].tolist() == ["left", "right", "tie"]
    assert table["split"].tolist() == ["val", "train", "train"]
    votes = table[["votes_left", "votes_right", "votes_tied"]].to_numpy().tolist()
    assert votes == [[2, 1, 0], [0, 2, 0], [1, 1, 1]]
    assert pairs.left_out == {"individual preferences for neither response (-100)": 1}
    assert len(pg.read_pairs(pd.DataFrame(helpsteer_preference()), split="val")) == 1


def test_ultrafeedback_pairs_all_completions() -> None:
    table = pg.read_pairs(pd.DataFrame(ultrafeedback())).table
    assert len(table) == 12
    assert table["label"].value_counts().to_dict().get("tie") == 1
    winner = np.where(table["label"] == "left", table["left_model"], table["right_model"])
    assert Counter(winner[table["label"] != "tie"])["gpt-4"] == 6
    assert table["origin"].unique().tolist() == ["sharegpt"]


def test_a_list_that_arrow_turned_into_columns_is_turned_back() -> None:
    rows = ultrafeedback()
    for row in rows:
        row["completions"] = {k: [c[k] for c in row["completions"]] for k in row["completions"][0]}
    same(pg.read_pairs(pd.DataFrame(rows)), pg.read_pairs(pd.DataFrame(ultrafeedback())))


def test_messages_become_texts_and_come_back() -> None:
    pairs = pg.read_pairs(pd.DataFrame(skywork()))
    assert pairs.table["prompt"].tolist() == [f"question {i}" for i in range(4)]
    assert set(pairs.table["origin"]) == {"magpie_ultra", "helpsteer2"}
    won = np.where(pairs.table["label"] == "left", pairs.table["left"], pairs.table["right"])
    assert won.tolist() == [f"good {i}" for i in range(4)]
    back = pairs.to_trl()
    assert back["prompt"][0] == [{"content": "question 0", "role": "user"}]
    assert back["chosen"][1] == [{"content": "good 1", "role": "assistant"}]
    again = pg.read_pairs(back)
    for name in ("prompt", "left", "right", "label", "task"):
        assert again.table[name].tolist() == pairs.table[name].tolist()
    scored = pg.read_pairs(pd.DataFrame(binarized())).table.iloc[0]
    assert {scored["left_score"], scored["right_score"]} == {8.5, 3.0}
    assert scored["prompt"] == "hi"
    assert scored["prompt_id"] == "x1"


def test_prompts_inside_texts_are_taken_out() -> None:
    start = "\n\nHuman: hi\n\nAssistant: yes?\n\nHuman: help\n\nAssistant:"
    rows = [{"chosen": start + " sure", "rejected": start + " no"}]
    row = pg.read_pairs(pd.DataFrame(rows)).table.iloc[0]
    assert row["prompt"] == start
    assert {row["left"], row["right"]} == {" sure", " no"}
    bare = pg.read_pairs(pd.DataFrame([{"chosen": "a", "rejected": "b"}]))
    assert bare.table["prompt"].isna().all()
    assert list(bare.to_trl()) == ["chosen", "rejected"]


def test_the_coin_is_fair_and_blind_to_the_label() -> None:
    rows = trl(4000)
    pairs = pg.read_pairs(pd.DataFrame(rows)).table
    assert abs((pairs["label"] == "left").mean() - 0.5) < 4 * 0.5 / math.sqrt(4000)
    turned = [{**r, "chosen": r["rejected"], "rejected": r["chosen"]} for r in rows]
    other = pg.read_pairs(pd.DataFrame(turned)).table
    assert other["left"].tolist() == pairs["left"].tolist()
    assert (other["label"] != pairs["label"]).all()
    backwards = pg.read_pairs(pd.DataFrame(rows[::-1])).table
    assert backwards["left"].tolist() == pairs["left"].tolist()[::-1]
    seeded = pg.read_pairs(pd.DataFrame(rows), seed=1).table
    assert 0.4 < (seeded["left"] == pairs["left"]).mean() < 0.6


def test_two_scores_under_any_name() -> None:
    rows = pd.DataFrame(
        {
            "q": ["x", "y", "z"],
            "a": "one",
            "b": "two",
            "score_a": [1, 2, None],
            "score_b": [2, 2, 1],
        }
    )
    names = {"prompt": "q", "left": "a", "right": "b"}
    scores = {"left_score": "score_a", "right_score": "score_b"}
    pairs = pg.read_pairs(rows, columns={**names, **scores}, keep=["q"])
    assert pairs.table["label"].tolist() == ["right", "tie", None]
    assert pairs.table["q"].tolist() == ["x", "y", "z"]
    assert "2 of them labelled" in str(pairs)


def test_our_own_table_comes_back_from_csv(tmp_path: Path) -> None:
    for make in (safe_rlhf, helpsteer_preference, ultrafeedback):
        pairs = pg.read_pairs(pd.DataFrame(make()))
        pairs.table.to_csv(tmp_path / "pairs.csv", index=False)
        again = pg.read_pairs(tmp_path / "pairs.csv")
        for name in ("prompt", "left", "right", "label", "task", "dataset"):
            assert again.table[name].tolist() == pairs.table[name].tolist()


# Schema drift


def refused(rows: Any, *needles: str, **options: Any) -> None:
    with pytest.raises(pg.DataError) as caught:
        pg.read_pairs(pd.DataFrame(rows) if isinstance(rows, list) else rows, **options)
    for needle in needles:
        assert needle in str(caught.value), str(caught.value)


def without(rows: Rows, name: str) -> Rows:
    return [{k: v for k, v in row.items() if k != name} for row in rows]


def renamed(rows: Rows, old: str, new: str) -> Rows:
    return [{new if k == old else k: v for k, v in row.items()} for row in rows]


@pytest.mark.parametrize("name", SETS)
def test_a_missing_or_renamed_column_is_named(name: str) -> None:
    rows = SETS[name]()
    needs = {each.name: each.needs for each in FORMATS}[name]
    for column in needs:
        if column != "prompt":
            refused(without(rows, column), repr(column), "columns are", format=name)
        drifted = renamed(rows, column, f"{column}_v2")
        refused(drifted, f"{column!r}: '{column}_v2'", format=name)
        mended = pg.read_pairs(pd.DataFrame(drifted), columns={column: f"{column}_v2"})
        same(mended, pg.read_pairs(pd.DataFrame(rows)))


def test_what_fits_no_format_names_the_nearest() -> None:
    refused(renamed(safe_rlhf(), "better_response_id", "better_id"), "pku-saferlhf", "'better_id'")
    refused([{"text": "x"}], "has no column")
    refused(trl(), "perhaps 'trl'", format="tlr")
    refused(trl(), "question='safer'", "one label", question="safer")
    refused(trl(), "no column 'nothing' to keep", keep=["nothing"])
    refused(trl(), "no column 'c'", columns={"prompt": "c"})


@pytest.mark.parametrize(
    ("make", "column", "value", "wanted"),
    [
        (trl, "chosen", ["a", "list"], "text or a list of messages"),
        (trl, "prompt", {"a": 1}, "text or a list of messages"),
        (helpsteer, "helpfulness", "high", "a number"),
        (helpsteer, "helpfulness", math.inf, "a finite number"),
        (helpsteer_preference, "preference_strength", 7, "from -3 to 3"),
        (helpsteer_preference, "all_preferences_unprocessed", [1, 2], "a list of records"),
        (safe_rlhf, "better_response_id", 2, "one of '0', '1'"),
        (ultrafeedback, "completions", "none", "a list of records"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_row(
    make: Any, column: str, value: Any, wanted: str
) -> None:
    rows = make()
    rows[1][column] = value
    refused(rows, "row 2", repr(column), wanted)


def test_missing_values_are_counted_and_named_and_nothing_else_is_lost() -> None:
    rows = trl(5)
    rows[1]["chosen"] = None
    rows[3]["rejected"] = rows[3]["chosen"]
    pairs = pg.read_pairs(pd.DataFrame(rows))
    assert len(pairs) == 3
    assert pairs.left_out == {"pairs without a response": 1, "pairs of two equal responses": 1}
    assert pairs.dropped["row"].tolist() == [2, 4]
    unscored = ultrafeedback()
    unscored[0]["completions"][0]["overall_score"] = math.nan
    table = pg.read_pairs(pd.DataFrame(unscored)).table
    assert len(table) == 12
    assert table["label"].isna().sum() == 3
    refused(
        [{"prompt": "p", "chosen": None, "rejected": "x"}], "no pair that can be used", "1 pair"
    )


def test_empty_splits_are_said(tmp_path: Path) -> None:
    full = datasets.Dataset.from_list(trl())
    both = datasets.DatasetDict({"train": full, "test": full.select([])})
    pairs = pg.read_pairs(both)
    assert len(pairs) == 4
    assert pairs.left_out == {"splits without rows": 1}
    refused(both, "no rows in split 'test'", "test (0 rows)", split="test")
    refused(full.select([]), "no rows in any split")
    refused(both, "no rows in split 'dev'", split="dev")
    refused(write_lines(tmp_path / "train.jsonl", []), "is empty")
    write_lines(tmp_path / "folder" / "train.jsonl", trl())
    write_lines(tmp_path / "folder" / "test.jsonl", [])
    refused(tmp_path / "folder", "can't be read as a data set")
    (tmp_path / "bare").mkdir()
    refused(tmp_path / "bare", "can't be read as a data set")


def test_text_of_any_language_and_length(tmp_path: Path) -> None:
    long = "длинный ответ " * 15_000  # over 200,000 characters
    rows = [
        {"prompt": "你好吗？", "chosen": "很好，谢谢。", "rejected": "ไม่ดี"},
        {"prompt": "مرحبا", "chosen": long, "rejected": "🙂 مع السلامة"},
        {"prompt": 'a,b\n"c"', "chosen": "x\ty", "rejected": "é́"},
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "rows.csv", index=False)
    write_lines(tmp_path / "rows.jsonl", rows)
    datasets.Dataset.from_list(rows).to_parquet(tmp_path / "rows.parquet")
    for suffix in ("csv", "jsonl", "parquet"):
        table = pg.read_pairs(tmp_path / f"rows.{suffix}").table
        back = pg.read_pairs(tmp_path / f"rows.{suffix}").to_trl()
        assert back.to_dict(orient="records") == rows
        lengths = table[["left", "right"]].map(len).max(axis=1)
        assert lengths.max() == len(long) > 200_000
    broken = [{"prompt": "half \ud83d", "chosen": "a", "rejected": "b"}]
    assert len(pg.read_pairs(pd.DataFrame(broken, dtype=object))) == 1


def test_the_hub_out_of_reach_and_the_library_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    refused("nvidia/HelpSteer2", "out of reach", "give its folder")
    refused("nvidia/HelpSteer2.jsonl", "there is no file")
    refused("nothing", "there is no file")
    file = write_lines(tmp_path / "rows.jsonl", trl())
    refused(file, "is a file", load={"data_dir": "x"})
    monkeypatch.setattr(hub, "find_spec", lambda _: None)
    refused("nvidia/HelpSteer2", "paygrade[data]")
    refused(tmp_path, "paygrade[data]")
    assert len(pg.read_pairs(file)) == 4


def test_a_part_of_a_folder_is_chosen_as_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "nvidia" / "HelpSteer2"
    write_lines(root / "train.jsonl", helpsteer())
    write_lines(root / "preference" / "preference.jsonl", helpsteer_preference())
    monkeypatch.chdir(tmp_path)
    pairs = pg.read_pairs("nvidia/HelpSteer2", load={"data_dir": "preference"})
    assert set(pairs.table["dataset"]) == {"helpsteer2-preference"}
    some = pg.read_pairs(
        "nvidia/HelpSteer2", load={"data_files": "train.jsonl", "split": "train[:4]"}
    )
    assert len(some) == 6


# Exports


def votes() -> pg.PreferencePairs:
    rows = [
        ("p1", "good", "bad", "left", "ann"), ("p1", "good", "bad", "right", "bob"),
        ("p2", "so", "la", "tie", "ann"), ("p3", "x", "y", "left", "ann"),
        ("p3", "x", "y", None, "cy"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["prompt", "left", "right", "label", "worker"])
    return pg.read_pairs(frame)


def test_trl_export_weighs_by_worker_column_or_row() -> None:
    pairs = votes()
    plain = pairs.to_trl()
    assert plain.to_numpy().tolist() == [
        ["p1", "good", "bad"], ["p1", "bad", "good"], ["p3", "x", "y"]
    ]  # fmt: skip
    assert plain.attrs["left_out"] == {"ties": 1, "pairs without a label": 1}
    for weights in ({"ann": 0.9, "bob": 0.2}, [0.9, 0.2, math.nan, 0.9, math.nan]):
        assert pairs.to_trl(weights)["weight"].tolist() == [0.9, 0.2, 0.9]
    with pytest.raises(pg.DataError, match=r"no weight of at least 0 .of 'bob'"):
        pairs.to_trl({"ann": 0.9})
    with pytest.raises(pg.DataError, match="2 weights for 5 rows"):
        pairs.to_trl([1.0, 2.0])
    with pytest.raises(pg.DataError, match="no column 'w'"):
        pairs.to_trl("w")
    kept = pairs.keep(pairs.table["worker"] == "ann", "labels of others")
    assert kept.left_out == {"labels of others": 2}
    assert len(kept.to_trl()) == 2
    with pytest.raises(pg.DataError, match="no row is kept"):
        pairs.keep(pairs.table["worker"] == "dan")
    with pytest.raises(pg.DataError, match="one boolean"):
        pairs.keep([1, 2])


def test_labelling_tools_see_items_once_and_no_labels() -> None:
    pairs = votes()
    for shown in (pairs.to_argilla(), pairs.to_label_studio()):
        assert len(shown) == 3
        assert "label" not in json.dumps(shown)
        assert "worker" not in json.dumps(shown)
    with pytest.raises(pg.DataError, match="no column 'topic'"):
        pairs.to_argilla(["topic"])
    with pytest.raises(pg.DataError, match="no column 'task'"):
        pg.PreferencePairs(pairs.table.drop(columns="task")).to_label_studio()


def test_label_studio_answers_come_back(tmp_path: Path) -> None:
    tasks = votes().to_label_studio()
    done = [
        {**task, "id": i, "annotations": [
            {"id": 10 * i + who, "completed_by": who, "was_cancelled": False, "ground_truth": False,
             "created_at": "2025-01-01T00:00:00Z", "lead_time": 3.0,
             "result": [{"from_name": "preference", "to_name": "left", "type": "pairwise",
                         "value": {"selected": "left" if who else "right"}}]}
            for who in (0, 1)]}
        for i, task in enumerate(tasks, start=1)
    ]  # fmt: skip
    path = tmp_path / "export.json"
    path.write_text(json.dumps(done), encoding="utf-8")
    labels = pg.read_annotations(
        path, platform="label-studio", left="left_id", right="right_id", sides="left,right"
    )
    assert labels.workers == ["0", "1"]
    assert len(labels.table) == 6


def test_argilla_answers_come_back(tmp_path: Path) -> None:
    records = votes().to_argilla()
    for record in records:
        answer = {"value": "left", "user_id": "u1", "status": "submitted"}
        other = {"value": "right", "user_id": "u2", "status": "submitted"}
        record["responses"] = {"preference": [answer, other]}
    path = tmp_path / "records.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    labels = pg.read_annotations(path, platform="argilla")
    assert set(labels.table["task"]) == {record["id"] for record in records}


def test_pairs_become_annotations() -> None:
    labels = votes().to_annotations()
    assert len(labels.table) == 3
    assert labels.left_out["tied labels"] == 1
    rows = [("t", "m1", "m2", f"w{i}", "model_a") for i in range(3)] + [
        ("t", "m2", "m1", "w4", "model_a")
    ]
    frame = pd.DataFrame(rows, columns=["question_id", "model_a", "model_b", "judge", "winner"])
    named = pg.read_pairs(frame).to_annotations(named="model").table
    assert named["left"].unique().tolist() == ["m1"]
    assert named["label"].tolist() == ["left"] * 3 + ["right"]
    with pytest.raises(pg.DataError, match="who gave which label"):
        pg.read_pairs(pd.DataFrame(trl())).to_annotations()
    with pytest.raises(pg.DataError, match="no such"):
        votes().to_annotations(named="model")
    with pytest.raises(pg.DataError, match="names only and no texts"):
        pg.read_pairs(frame).to_trl()


def test_a_table_of_ones_own_is_checked() -> None:
    good = votes().table
    with pytest.raises(pg.DataError, match="margin are missing"):
        pg.PreferencePairs(good.drop(columns="margin"))
    with pytest.raises(pg.DataError, match="'yes' is none of"):
        pg.PreferencePairs(good.assign(label="yes"))
    with pytest.raises(pg.DataError, match="outside"):
        pg.PreferencePairs(good.assign(margin=1.5))
