"""The experiment kit end to end: simulated participants answer the survey, the analysis finds them.

Participants see survey.csv and the texts only; what they would prefer if attentive is in the pairs.
"""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.data.preference_pairs import PreferencePairs
from paygrade.errors import PaygradeError
from paygrade.kit.announced import rule_toml
from paygrade.kit.stories import rank_correlation
from paygrade.kit.survey import APART
from paygrade.kit.wording import as_text, instructions
from paygrade.operations.plan import BatchPlan
from paygrade.operations.rule_file import EXAMPLE_RULE, read_rule
from paygrade.report.economics import Economics
from paygrade.settings import checked

EFFORTS = (1.0, 0.9, 0.8, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)
GOLDEN, REPEATS, IMC = 40, 12, 4
PLAN = {
    "batches": {
        "size": 100, "number": len(EFFORTS) + 1, "golden": GOLDEN, "repeats": REPEATS,
        "spacing": 10, "imc": IMC, "overlap": 8, "seed": 5,
    },
    "pair": {},
}  # fmt: skip
MONEY = {
    "annotator": {"wealth": 20.0, "reservation_wage": 8.0, "full_effort": 2.0},
    "batch": {"value": 20.0, "checks": GOLDEN},
}


def plan(**batches: object) -> BatchPlan:
    return checked({**PLAN, "batches": {**PLAN["batches"], **batches}}, BatchPlan, "plan")


def economics(**batch: object) -> Economics:
    return checked({**MONEY, "batch": {**MONEY["batch"], **batch}}, Economics, "economics")


@pytest.fixture(scope="module")
def pairs() -> PreferencePairs:
    return pg.read_pairs(pg.simulate_pairs(500, seed=3).drop(columns="label"))


@pytest.fixture(scope="module")
def made(pairs: PreferencePairs) -> pg.Kit:
    return pg.build_kit(pairs, plan(), economics=economics(), currency="EUR")


@pytest.fixture(scope="module")
def study(made: pg.Kit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit") / "study"
    made.write(folder)
    return folder


def participate(
    study: Path, pairs: PreferencePairs, efforts: dict[str, float], *, seed: int = 1
) -> list[dict[str, str]]:
    """Answer the slots one after the other: with care a share `effort` of the time, instructions
    always (whoever reads the first words sees one)."""
    draw = np.random.default_rng(seed)
    table = pairs.table
    liked = {
        (left, right): float(margin)
        for left, right, margin in zip(table["left"], table["right"], table["margin"], strict=True)
    }
    rows = list(csv.DictReader((study / "survey.csv").read_text("utf-8").splitlines(True)))
    slots = sorted({row["slot"] for row in rows})
    answers = []
    for slot, (name, effort) in zip(slots, efforts.items(), strict=False):
        for row in (each for each in rows if each["slot"] == slot):
            sides = (row["left"], row["right"])
            margin = liked[sides] if sides in liked else -liked[row["right"], row["left"]]
            label = "left" if draw.random() < 0.5 + 0.5 * effort * margin else "right"
            if "check of attention" in row["prompt"]:
                label = row["prompt"].rstrip(".").split()[-1]
            answers.append({"task": row["task"], "worker": name, "label": label})
    return answers


def save(answers: list[dict[str, str]], path: Path) -> Path:
    pd.DataFrame(answers).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def people() -> dict[str, float]:
    return {f"p{i:02d}": effort for i, effort in enumerate(EFFORTS)}


@pytest.fixture(scope="module")
def answers(study: Path, pairs: PreferencePairs, people: dict[str, float]) -> list[dict[str, str]]:
    return participate(study, pairs, people)


@pytest.fixture(scope="module")
def found(
    study: Path, answers: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> pg.KitResults:
    return pg.kit_results(save(answers, tmp_path_factory.mktemp("back") / "answers.csv"), study)


# what goes out


def test_what_participants_get_tells_no_key_and_no_kind(study: Path, made: pg.Kit) -> None:
    seen = [each for each in study.rglob("*") if each.is_file() and APART not in each.parts]
    assert {each.name for each in seen} >= {"survey.csv", "survey.json", "instructions.txt"}
    for path in seen:
        text = path.read_text("utf-8")
        assert "pair00" not in text  # the pool's names
        assert '"gold"' not in text
        assert "margin" not in text or path.name == "README.md"
    rows = list(csv.DictReader((study / "survey.csv").read_text("utf-8").splitlines(True)))
    listed = json.loads((study / "survey.json").read_text("utf-8"))
    assert [screen for slot in listed["slots"] for screen in slot["screens"]] == [
        {name: int(row[name]) if name == "position" else row[name] for name in screen}
        for row, screen in zip(
            rows, listed["slots"][0]["screens"] * len(listed["slots"]), strict=True
        )
    ]
    assert listed["instructions"] == (study / "instructions.txt").read_text("utf-8")
    kinds = [key.kind for key in made.sample.batches[0].keys]
    assert [kinds.count(kind) for kind in ("golden", "repeat-second", "imc")] == [40, 12, 4]


def test_the_promise_is_the_rule_that_is_paid_by(study: Path, made: pg.Kit) -> None:
    rule = read_rule(study / APART / "rule.toml")
    assert str(rule) == str(made.rule)
    assert "PROVED" in made.proof
    text = (study / "instructions.txt").read_text("utf-8")
    base, bonus = rule.amounts
    assert isinstance(rule.contract, pg.BinaryContract)
    mark = rule.contract.cutoff
    for told in (f"{base} EUR", f"bonus of {bonus} EUR", f"at least {mark:.0f} of 40"):
        assert told in text
    assert "right to be shown" in text
    assert "attention" not in text


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ('family = "linear"\nchecks = 10\nbase = 8.00\nslope = 4.50', "12.50 EUR in all if all 10"),
        ('family = "tiered"\nchecks = 10\ncutoffs = [7, 9]\nwages = [8, 10, 12.5]', "at least 9"),
        ('family = "flat"\nchecks = 10\nbase = 8.00', "8.00 EUR for finishing"),
        ('family = "binary"\nchecks = 10\nbase = 8\nbonus = 4.5\ncutoff = 7', "at least 7 of 10"),
    ],
)
def test_rules_of_every_class_are_told_in_words_and_written_back(
    tmp_path: Path, stated: str, says: str
) -> None:
    rest = EXAMPLE_RULE[EXAMPLE_RULE.index("[counted]") :]
    (tmp_path / "rule.toml").write_text(f"[rule]\n{stated}\n{rest}", "utf-8")
    rule = read_rule(tmp_path / "rule.toml")
    assert says in as_text(instructions(rule, plan(), "Which?"))
    (tmp_path / "again.toml").write_text(rule_toml(rule), "utf-8")
    assert read_rule(tmp_path / "again.toml") == rule


def test_golden_answers_can_be_given_and_the_rule_too(tmp_path: Path) -> None:
    rows = pg.simulate_pairs(120, seed=1).drop(columns=["label", "margin"])
    rows["key"] = [("left", "right", "")[min(i, 2)] if i < 2 else "" for i in range(120)]
    rows.loc[:29, "key"] = ["left", "right"] * 15
    given = pg.read_pairs(rows, keep=["key"])
    (tmp_path / "rule.toml").write_text(EXAMPLE_RULE, "utf-8")
    small = plan(size=30, number=3, golden=10, repeats=3, imc=2)
    made = pg.build_kit(given, small, rule=read_rule(tmp_path / "rule.toml"), gold="key")
    assert "not proved" in made.proof
    again = pg.build_kit(given, small, rule=read_rule(tmp_path / "rule.toml"), gold="key")
    assert again.files() == made.files()  # the same pairs, plan and seed
    keys = {k.item: k.expected for b in made.sample.batches for k in b.keys if k.kind == "golden"}
    truth = dict(zip(given.table["task"], given.table["key"], strict=True))
    assert all(truth[item] == key for item, key in keys.items())
    with pytest.raises(pg.DataError, match="nobody knows how often"):
        pg.build_kit(given, small, economics=economics(checks=10), gold="key")


# what comes back


def test_efforts_are_recovered_within_their_intervals(
    study: Path, pairs: PreferencePairs, people: dict[str, float], tmp_path: Path
) -> None:
    truth = pd.Series(people)
    held, errors, accused = {"effort": 0, "repeat": 0}, [], 0
    for seed in (1, 2, 3):
        rows = participate(study, pairs, people, seed=seed)
        table = pg.kit_results(save(rows, tmp_path / "a.csv"), study).table.set_index("worker")
        for kind in held:
            within = (table[f"{kind}_low"] <= truth) & (truth <= table[f"{kind}_high"])
            held[kind] += int(within.sum())
        errors += (table["effort"] - truth).abs().tolist()
        accused += int(table.loc[["p00", "p01", "p02"], "below"].sum())
        assert (table["golden"] == GOLDEN).all()
        assert (table["repeats"] == REPEATS).all()
        assert table.loc[["p08", "p09"], "below"].all()
    assert min(held.values()) >= 25  # of 30, at 95 %: fewer come about once in 300 times
    assert accused == 0  # of efforts at or above the standard, at 5 % for each study
    assert np.mean(errors) < 0.15


def test_everybody_passes_the_instructions_and_golden_questions_tell_them_apart(
    found: pg.KitResults,
) -> None:
    assert (found.table["imc_passed"] == IMC).all()
    stories = found.stories
    assert stories.passed == len(EFFORTS)
    assert stories.correlation is None
    assert stories.passed_but_below == stories.below >= 4
    assert stories.low is not None
    assert stories.low > 0.1
    assert "all alike" in stories.sentence


def test_pay_is_what_payroll_says_and_the_ledger_is_left_alone(
    found: pg.KitResults, study: Path, answers: list[dict[str, str]], tmp_path: Path
) -> None:
    path = save(answers, tmp_path / "answers.csv")
    ledger = study / APART / "ledger.jsonl"
    assert not ledger.exists()
    keys, rule = study / APART / "keys.csv", study / APART / "rule.toml"
    book, out = tmp_path / "ledger.jsonl", tmp_path / "paid"
    paid = pg.pay_labels(path, keys=keys, rule=rule, ledger=book, out=out)
    assert [str(each.amount) for each in paid.payments] == found.table["amount"].tolist()
    assert found.payroll.amount == paid.amount
    assert paid.payments[0].amount > paid.payments[9].amount


def test_a_leaked_question_and_a_wrong_key_are_found(
    study: Path, pairs: PreferencePairs, tmp_path: Path
) -> None:
    many = {f"p{i:02d}": effort for i, effort in enumerate([1.0] * 11)}
    rows = participate(study, pairs, many, seed=3)
    keys = {
        key["task"]: key
        for key in csv.DictReader((study / APART / "keys.csv").read_text("utf-8").splitlines())
    }
    uses = pd.Series([k["item"] for k in keys.values() if k["kind"] == "golden"]).value_counts()
    bad = uses.index[0]
    for row in rows:  # everybody careful contradicts this key
        key = keys[row["task"]]
        if key["item"] == bad and key["kind"] == "golden":
            shown = (key["expected"] == "left") != (key["swapped"] == "1")
            row["label"] = "right" if shown else "left"
    found = pg.kit_results(save(rows, tmp_path / "answers.csv"), study)
    assert found.review is not None
    assert found.review.wrong_keys == [bad]


def test_missing_participants_and_half_finished_surveys_count_with_what_there_is(
    study: Path, answers: list[dict[str, str]], tmp_path: Path
) -> None:
    some = [row for row in answers if row["worker"] in ("p00", "p01")]
    half = [row for i, row in enumerate(some) if row["worker"] == "p00" or i % 2]
    found = pg.kit_results(save(half, tmp_path / "answers.csv"), study)
    row = found.table.set_index("worker").loc["p01"]
    assert (row["answered"], row["lacking"], row["amount"]) == (50, 50, "")
    assert 0 < row["golden"] < GOLDEN
    assert row["repeats"] < REPEATS
    assert len(found.untaken) == 9
    assert found.payroll.waiting == {("p01", "b02"): 50}


def test_prolific_ids_are_found_and_a_slot_taken_twice_is_told(
    study: Path, answers: list[dict[str, str]], tmp_path: Path
) -> None:
    first = [row for row in answers if row["worker"] == "p00"]
    rows = first + [{**row, "worker": "other"} for row in first]
    table = pd.DataFrame(rows).rename(columns={"worker": "PROLIFIC_PID"})
    table.to_csv(tmp_path / "answers.csv", index=False)
    found = pg.kit_results(tmp_path / "answers.csv", study)
    assert found.shared == ("b01",)
    assert found.table["worker"].tolist() == ["other", "p00"]


# what is refused


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [*rows, rows[0]], "labelled twice"),
        (lambda rows: [{**row, "task": "x" + row["task"]} for row in rows], "in no batch"),
        (
            lambda rows: [{"item": row["task"], "worker": "a", "label": "left"} for row in rows],
            "task",
        ),
        (lambda rows: [{**rows[0], "label": ""}, *rows[1:]], "no label"),
        (lambda rows: rows[:0], "no rows|no label|empty"),
    ],
    ids=["duplicate", "unknown", "columns", "empty", "nothing"],
)
def test_answers_that_cannot_be_scored_are_refused_and_nothing_is_paid(
    study: Path, answers: list[dict[str, str]], tmp_path: Path, change: object, says: str
) -> None:
    path = tmp_path / "answers.csv"
    rows = change(answers[:200])  # type: ignore[operator]
    pd.DataFrame(rows, columns=None if rows else ["task", "worker", "label"]).to_csv(
        path, index=False
    )
    with pytest.raises(PaygradeError, match=says):
        pg.kit_results(path, study, pay=tmp_path / "paid")
    assert not (tmp_path / "paid").exists()


def broken(pairs: PreferencePairs, case: str) -> PreferencePairs:
    table = pairs.table.copy()
    if case == "margins":
        table["margin"] = np.nan
    if case == "ties":
        table["margin"] = 0.0
    if case == "texts":
        table.loc[3, "right"] = None
    return PreferencePairs(table[:60] if case == "few" else table, "pairs.csv")


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("margins", "no pair has a margin"),
        ("ties", "0 pairs have a margin other than 0"),
        ("texts", "1 pairs have no text on the right"),
        ("few", "more than half|too few"),
    ],
)
def test_pairs_that_make_no_survey_are_refused(
    pairs: PreferencePairs, case: str, says: str
) -> None:
    with pytest.raises(PaygradeError, match=says):
        pg.build_kit(broken(pairs, case), plan(), economics=economics())


def test_a_rule_for_other_checks_is_refused(pairs: PreferencePairs, tmp_path: Path) -> None:
    (tmp_path / "rule.toml").write_text(EXAMPLE_RULE, "utf-8")
    rule = read_rule(tmp_path / "rule.toml")
    with pytest.raises(pg.DataError, match="counts 10 golden answers"):
        pg.build_kit(pairs, plan(), rule=rule)
    with pytest.raises(pg.ModelError, match="both"):
        pg.build_kit(pairs, plan(), rule=rule, economics=economics())
    with pytest.raises(pg.DataError, match="39 checks"):
        pg.build_kit(pairs, plan(), economics=economics(checks=39))


# the statistics of the comparison, and the commands


def test_intervals_of_rank_correlation_hold_where_instructions_say_nothing() -> None:
    draw = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        imc = draw.binomial(2, 0.9, 40) / 2  # many ties, independent of effort
        _, low, high = rank_correlation(imc, draw.random(40), 0.95)
        held += low is not None and high is not None and low <= 0.0 <= high
    assert held >= 362  # 380 expected of 400; fewer come about once in 30,000 times


def test_instructions_that_tell_of_effort_are_found_to() -> None:
    effort = np.linspace(0, 1, 40)
    r, low, _ = rank_correlation(np.round(4 * effort) / 4, effort, 0.95)
    assert r is not None
    assert low is not None
    assert r > 0.9
    assert low > 0.8


def test_commands_make_a_study_and_read_what_came_back(
    pairs: PreferencePairs, tmp_path: Path
) -> None:
    pairs.table[["task", "prompt", "left", "right", "margin"]].to_csv(
        tmp_path / "pairs.csv", index=False
    )
    (tmp_path / "plan.toml").write_text(
        "[batches]\nsize = 30\nnumber = 2\ngolden = 10\nimc = 2\nseed = 1\n[pair]\n", "utf-8"
    )
    (tmp_path / "rule.toml").write_text(EXAMPLE_RULE, "utf-8")
    run, out = CliRunner(), tmp_path / "study"
    asked = ["kit", str(tmp_path / "pairs.csv"), "-p", str(tmp_path / "plan.toml")]
    asked += ["-r", str(tmp_path / "rule.toml"), "-o", str(out), "--json"]
    done = run.invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["screens"] == 30
    assert run.invoke(app, asked).exit_code == 2  # the folder is there
    back = save(participate(out, pairs, {"ann": 1.0, "bob": 0.0}), tmp_path / "back.csv")
    files = ["--csv", str(tmp_path / "t.csv"), "--page", str(tmp_path / "t.md")]
    done = run.invoke(
        app, ["kit-results", str(back), "-k", str(out), *files, "--pay", str(tmp_path / "paid")]
    )
    assert done.exit_code == 0, done.output
    assert "tell the same story" in (tmp_path / "t.md").read_text("utf-8")
    assert len(pd.read_csv(tmp_path / "t.csv")) == 2
    assert (out / APART / "ledger.jsonl").exists()
    done = run.invoke(app, ["kit-results", str(back), "-k", str(out), "--json"])
    assert json.loads(done.stdout)["same_story"]["people"] == 2
    assert run.invoke(app, ["kit-results", str(back), "-k", str(tmp_path)]).exit_code == 2
