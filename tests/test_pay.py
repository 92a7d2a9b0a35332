"""Pay as its users meet it: labels come back, everybody is paid once, to the cent, with reasons."""

import csv
import json
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import bdtr
from typer.testing import CliRunner, Result

from paygrade import BinaryContract, DataError, LinearContract, PayRule, TieredContract, read_rule
from paygrade.assessment.simulate import simulate_labels
from paygrade.cli.entry import app
from paygrade.operations import ledger
from paygrade.operations.appeal import find_standings
from paygrade.operations.payment import Payroll, assess_payment
from paygrade.operations.plan import EXAMPLE_PLAN
from paygrade.operations.rule_file import EXAMPLE_RULE
from paygrade.operations.work import Check, Work
from paygrade.report.economics import EXAMPLE

OTHER = {"left": "right", "right": "left"}
PLAN = """
[batches]
size = 30
number = 6
golden = 10
repeats = 5
spacing = 8
expert = 2
seed = 3
[pair]
"""
Answer = Callable[[Mapping[str, str], random.Random], str]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def complaint(result: Result) -> str:
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


def careful(key: Mapping[str, str], draw: random.Random) -> str:
    """The right answer (left for items numbered even) with probability .9, as it is displayed."""
    truth = key["expected"] or ("left", "right")[int(key["item"]) % 2]
    answer = truth if draw.random() < 0.9 else OTHER[truth]
    return OTHER[answer] if key["swapped"] == "1" else answer


def write_labels(folder: Path, answer: Answer = careful, name: str = "labels.csv") -> Path:
    """Annotator ann1 labels batch b01, and so on."""
    draw = random.Random(5)
    keys = csv.DictReader((folder / "round" / "keys.csv").read_text("utf-8").splitlines())
    lines = [f"{key['task']},ann{int(key['batch'][1:])},{answer(key, draw)}" for key in keys]
    (folder / name).write_text("\n".join(["task,worker,label", *lines, ""]), encoding="utf-8")
    return folder / name


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A folder with a round of batches drawn by the command line, its labels and a rule."""
    rows = [f"{i},{('left', 'right')[i % 2] * (i < 60)},L{i},R{i}" for i in range(260)]
    (tmp_path / "pool.csv").write_text("\n".join(["task,gold,left,right", *rows]), "utf-8")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "rule.toml").write_text(EXAMPLE_RULE, encoding="utf-8")
    drawn = run(
        "sample", tmp_path / "pool.csv", "-p", tmp_path / "plan.toml", "-o", tmp_path / "round"
    )
    assert drawn.exit_code == 0, drawn.output
    assert "seed 3" in drawn.output
    write_labels(tmp_path)
    return tmp_path


def pay(job: Path, *options: str | Path, out: str = "payday") -> Result:
    files = ("-k", job / "round" / "keys.csv", "-r", job / "rule.toml", "-o", job / out)
    return run("pay", job / "labels.csv", *files, *options)


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_everybody_is_paid_once_and_can_see_why(job: Path) -> None:
    first = pay(job)
    assert first.exit_code == 0, first.output
    assert "misses the full 12.50 with probability 5.0 %" in " ".join(first.output.split())
    payments, totals = table(job / "payday" / "payments.csv"), table(job / "payday" / "totals.csv")
    assert [row["worker"] for row in payments] == [f"ann{i}" for i in range(1, 7)]
    report = json.loads((job / "payday" / "report.json").read_text("utf-8"))
    for rows in (payments, totals):
        assert sum(Decimal(row["due"]) for row in rows) == Decimal(report["due"]) > 0
    for row in payments:
        assert Decimal(row["base"]) + Decimal(row["bonus"]) == Decimal(row["amount"])
        assert Decimal(row["amount"]) == (Decimal("12.50") if int(row["agreed"]) >= 7 else 8)
        assert float(row["low"]) <= int(row["agreed"]) / 10 <= float(row["high"])
        audit = json.loads((job / "payday" / "audit" / f"{row['worker']}.json").read_text("utf-8"))
        checks = audit["batches"][0]["checks"]
        assert sum(check["agrees"] for check in checks) == int(row["agreed"])
        assert all((check["expected"] == check["given"]) == check["agrees"] for check in checks)
    before = contents(job)
    again = pay(job)
    assert again.exit_code == 0
    assert "Nothing is due" in again.output
    assert contents(job) == before
    elsewhere = json.loads(pay(job, "--json", out="payday-2").stdout)
    assert (elsewhere["due"], elsewhere["paid_before"]) == ("0.00", report["due"])


def test_the_same_input_gives_the_same_bytes(job: Path) -> None:
    assert pay(job, "--ledger", job / "one.jsonl", out="one").exit_code == 0
    lines = (job / "labels.csv").read_text("utf-8").splitlines()
    shuffled = [lines[0], *random.Random(1).sample(lines[1:], len(lines) - 1)]
    (job / "labels.csv").write_text("\n".join(shuffled), encoding="utf-8")
    (job / "kept").mkdir()
    (job / "one").rename(job / "kept" / "one")  # beside the second, it would be paid twice
    assert pay(job, "--ledger", job / "two.jsonl", out="two").exit_code == 0
    assert contents(job / "kept" / "one") == contents(job / "two")
    assert (job / "one.jsonl").read_bytes() == (job / "two.jsonl").read_bytes()


def test_paid_work_stays_as_it_is(job: Path) -> None:
    assert pay(job).exit_code == 0
    ledger_before = (job / "round" / "ledger.jsonl").read_bytes()
    (job / "rule.toml").write_text(EXAMPLE_RULE.replace("4.50", "5.00"), encoding="utf-8")
    assert "pay it by the rule that was announced" in complaint(pay(job, out="more"))
    (job / "rule.toml").write_text(EXAMPLE_RULE, encoding="utf-8")
    write_labels(job, lambda key, draw: OTHER[careful(key, draw)])
    assert "not those that were paid (line 1 of" in complaint(pay(job, out="more"))
    assert (job / "round" / "ledger.jsonl").read_bytes() == ledger_before
    assert not (job / "more").exists()


def test_unfinished_batches_are_refused_or_wait(job: Path) -> None:
    whole = (job / "labels.csv").read_text("utf-8")
    (job / "labels.csv").write_text(whole.replace("b02-04,", "\n#").split("\n#")[0], "utf-8")
    assert "ann2 lacks 27 of 30 in b02" in complaint(pay(job))
    assert pay(job, "--unfinished", "wait").exit_code == 0
    assert [row["worker"] for row in table(job / "payday" / "payments.csv")] == ["ann1"]
    (job / "labels.csv").write_text(whole, encoding="utf-8")
    assert pay(job, out="payday-2").exit_code == 0
    second = {row["worker"]: row["due"] for row in table(job / "payday-2" / "totals.csv")}
    assert second.pop("ann1") == "0.00"
    assert all(Decimal(due) > 0 for due in second.values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("b01-01,", "b77-01,", "in no batch of these keys (line 2: b77-01 by ann1)"),
        ("b01-02,ann1", "b01-01,ann1", "labelled twice by one annotator"),
        ("b01-02,ann1,", "b01-02,,", "no worker in line 3"),
        ("task,worker", "row,worker", "--task".strip("-")),
    ],
)
def test_labels_that_fit_no_key_are_explained(job: Path, old: str, new: str, said: str) -> None:
    text = (job / "labels.csv").read_text("utf-8")
    (job / "labels.csv").write_text(text.replace(old, new), encoding="utf-8")
    assert said in complaint(pay(job))
    assert not (job / "payday").exists()


def test_a_batch_made_for_somebody_is_paid_to_nobody_else(job: Path) -> None:
    people = json.dumps([f"ann{i}" for i in (1, 2, 3, 4, 6, 5)])
    named = PLAN.replace("number = 6", f"annotators = {people}")
    (job / "plan.toml").write_text(named, encoding="utf-8")
    assert (
        run("sample", job / "pool.csv", "-p", job / "plan.toml", "-o", job / "named").exit_code == 0
    )
    (job / "round").rename(job / "old")
    (job / "named").rename(job / "round")
    assert "made for ann6" in complaint(pay(job))


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [
        (lambda _key, _draw: "left", 0),  # always the same side: the sides change
        (lambda _key, _draw: "tie", 0),  # always a tie: ties are no agreement
        (lambda key, _draw: "right" if key["swapped"] == "1" else "left", 5),
    ],
)
def test_repeats_see_through_habits(job: Path, answer: Answer, agreed: int) -> None:
    rule = EXAMPLE_RULE.replace('"golden"', '"repeats"').replace("checks = 10", "checks = 5")
    (job / "rule.toml").write_text(rule.replace("cutoff = 7", "cutoff = 4"), encoding="utf-8")
    write_labels(job, answer)
    assert pay(job).exit_code == 0
    assert {row["agreed"] for row in table(job / "payday" / "payments.csv")} == {str(agreed)}


def test_an_expert_may_answer_after_the_annotators(job: Path) -> None:
    rule = EXAMPLE_RULE.replace('"golden"', '"expert"').replace("checks = 10", "checks = 2")
    (job / "rule.toml").write_text(rule.replace("cutoff = 7", "cutoff = 2"), encoding="utf-8")
    assert "give a file with columns task and label in --expert" in complaint(pay(job))
    keys = [key for key in table(job / "round" / "keys.csv") if key["kind"] == "expert"]
    write_labels(job, lambda key, _: "right" if key["swapped"] == "1" else "left")
    (job / "expert.csv").write_text(
        "\n".join(["task,label", *(f"{key['item']},left" for key in keys)]), encoding="utf-8"
    )
    assert pay(job, "--expert", job / "expert.csv").exit_code == 0
    assert {row["agreed"] for row in table(job / "payday" / "payments.csv")} == {"2"}


def test_a_rule_for_another_number_of_checks_is_refused(job: Path) -> None:
    (job / "rule.toml").write_text(EXAMPLE_RULE.replace("checks = 10", "checks = 12"), "utf-8")
    assert "has 10 golden answers, and the rule counts 12" in complaint(pay(job))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cutoff = 7", "cutoff = 11", "above checks = 10"),
        ("cutoff = 7", "slope = 3", "a binary rule has base, bonus, cutoff"),
        ("careful = 0.85", "careful = 0.5", "counted.careful"),
        ("expected = 0.85", "expected = 0.9", "expected is above careful"),
        ("base = 8.00", "base = -8.00", "rule.base"),
        ("unit = 0.01", "unit = 0", "money.unit"),
        ("[money]", "[mony]", "mony"),
    ],
)
def test_rules_that_make_no_sense_are_explained(job: Path, old: str, new: str, said: str) -> None:
    (job / "rule.toml").write_text(EXAMPLE_RULE.replace(old, new), encoding="utf-8")
    message = complaint(pay(job))
    assert said in message
    assert "rule.toml" in message


def test_a_design_is_a_rule(tmp_path: Path) -> None:
    economics = tmp_path / "economics.toml"
    economics.write_text(EXAMPLE.replace("checks = 60", "checks = 12"), encoding="utf-8")
    simulate_labels(workers=8, items=80, seed=3).to_csv(tmp_path / "labels.csv", index=False)
    designed = run("design", tmp_path / "labels.csv", "-e", economics, "--json")
    (tmp_path / "rule.json").write_text(designed.stdout, encoding="utf-8")
    contract = json.loads(designed.stdout)["plans"][1]["binary"]["contract"]
    rule = read_rule(tmp_path / "rule.json")
    assert isinstance(rule.contract, BinaryContract)
    assert rule.pay(12) == Decimal(str(contract["base"])) + Decimal(str(contract["bonus"]))
    assert rule.pay(11 if contract["cutoff"] > 11 else 0) == Decimal(str(contract["base"]))
    assert 0.5 < rule.expected <= rule.careful < 1


MONEY = st.decimals(0, 1000, places=4)


@st.composite
def rules(draw: st.DrawFn) -> PayRule:
    checks = draw(st.integers(1, 30))
    marks = sorted(draw(st.sets(st.integers(0, checks), min_size=1, max_size=4)))
    amounts = draw(st.lists(MONEY, min_size=len(marks) + 1, max_size=len(marks) + 1))
    low, high, *_ = (float(each) for each in amounts)
    contract: Any = draw(
        st.sampled_from(
            [
                BinaryContract(low, high, marks[0]),
                LinearContract(low, high),
                TieredContract(marks, [float(each) for each in amounts]),
            ]
        )
    )
    written = amounts if isinstance(contract, TieredContract) else amounts[:2]
    unit = draw(st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal(1)]))
    return PayRule(contract, tuple(written), checks, "golden", 0.8, 0.7, unit)


@given(rule=rules(), counts=st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_money_is_exact_rounded_once_and_adds_up(rule: PayRule, counts: list[int]) -> None:
    payments = []
    for count in (min(each, rule.checks) for each in counts):
        checks = tuple(Check("t", "i", "a", "a", i < count) for i in range(rule.checks))
        payment = assess_payment(Work("ann", "b01", {}, checks), rule, is_paid=False)
        exact, unit = rule.wage(count), Fraction(rule.unit)
        outcome = count / rule.checks if isinstance(rule.contract, LinearContract) else count
        assert float(exact) == pytest.approx(rule.contract.wage(outcome).item())
        off = Fraction(payment.amount) - exact
        assert abs(off) <= unit / 2
        if abs(off) == unit / 2:
            assert Fraction(payment.amount) / unit % 2 == 0
        assert payment.base + payment.bonus == payment.amount == payment.due
        payments.append(payment)
    total = sum((each.amount for each in payments), start=Decimal(0))
    assert Fraction(total) == sum(Fraction(each.amount) for each in payments)
    assert (Fraction(total) / Fraction(rule.unit)).denominator == 1


@pytest.mark.parametrize("stage", ["before the folder", "after the folder", "in the ledger"])
def test_an_interrupted_pay_day_is_finished_or_undone(
    job: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    rename = Path.rename

    def rename_and_stop(path: Path, target: Path) -> None:
        rename(path, target)
        stop()

    with monkeypatch.context() as patch:
        if stage == "in the ledger":
            patch.setattr(ledger, "_append", stop)
        else:
            patch.setattr(Path, "rename", stop if stage == "before the folder" else rename_and_stop)
        assert pay(job).exit_code == 130
    if stage == "before the folder":
        assert not (job / "payday").exists()
        assert not [path for path in job.iterdir() if path.name.startswith(".paygrade")]
    assert pay(job).exit_code == 0  # writes it, or finds it written and enters it
    assert not (job / "round" / "ledger.jsonl.pending").exists()
    lines = (job / "round" / "ledger.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 6
    due = sum(Decimal(row["due"]) for row in table(job / "payday" / "payments.csv"))
    assert due == sum(Decimal(json.loads(line)["amount"]) for line in lines)


def test_a_ledger_that_was_changed_or_is_held_is_refused(job: Path) -> None:
    assert pay(job).exit_code == 0
    path = job / "round" / "ledger.jsonl"
    with ledger.open_ledger(path):
        assert "in use by another" in complaint(pay(job, out="more"))
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], *lines[3:]]), encoding="utf-8")
    assert "line 3 doesn't follow" in complaint(pay(job, out="more"))


def test_a_moved_folder_of_a_run_that_was_cut_off_is_asked_about(job: Path) -> None:
    note = {"folder": str(job / "gone"), "beside": str(job / "none"), "lines": []}
    (job / "round" / "ledger.jsonl.pending").write_text(json.dumps(note), encoding="utf-8")
    assert "its payments may have been made" in complaint(pay(job))


@pytest.mark.parametrize("lost", ["all of it", "its last lines"])
def test_work_is_not_paid_again_when_the_ledger_is_lost(job: Path, lost: str) -> None:
    assert pay(job, out="payday-1").exit_code == 0
    path = job / "round" / "ledger.jsonl"
    if lost == "all of it":
        path.unlink()
    else:  # as an old copy would be
        path.write_text("\n".join(path.read_text("utf-8").splitlines()[:2]) + "\n", "utf-8")
    said = complaint(pay(job, out="payday-2"))
    assert "payday-1" in said
    assert "would be paid twice; put the ledger back" in said
    assert not (job / "payday-2").exists()
    assert "payday-1" in complaint(pay(job, "--ledger", job / "new.jsonl", out="payday-2"))
    (job / "apart").mkdir()
    (job / "payday-1").rename(job / "apart" / "payday-1")  # as the message says: it was never paid
    assert pay(job, out="payday-2").exit_code == 0


def test_pay_days_of_other_samplings_are_another_ledgers(job: Path) -> None:
    assert pay(job, out="payday-1").exit_code == 0
    plan = PLAN.replace("seed = 3", "seed = 4")
    (job / "plan-2.toml").write_text(plan, encoding="utf-8")
    (job / "round").rename(job / "round-1")
    options = ("-p", job / "plan-2.toml", "-o", job / "round")
    assert run("sample", job / "pool.csv", *options).exit_code == 0
    write_labels(job)
    (job / "other").mkdir()
    (job / "other" / "report.json").write_text("not ours", encoding="utf-8")
    assert pay(job, out="payday-2").exit_code == 0


def test_a_record_names_what_each_interval_is_for(job: Path) -> None:
    assert pay(job).exit_code == 0
    text = " ".join((job / "payday" / "audit" / "ann1.txt").read_text("utf-8").split())
    audit = json.loads((job / "payday" / "audit" / "ann1.json").read_text("utf-8"))
    low, high = audit["standing"]["interval"]
    assert audit["standing"]["level"] == pytest.approx(1 - 0.05 / 6, abs=1e-4)
    assert (
        f"anything from {100 * low:.1f} % to {100 * high:.1f} % of checks (99.167 % interval"
        in text
    )
    assert "those of all 6 annotators hold together with 95 %" in text
    low, high = audit["batches"][0]["interval"]
    assert f"{100 * low:.1f} % to {100 * high:.1f} % (95 % interval; the one above" in text


def test_audit_files_have_names_that_stay_in_their_folder(job: Path) -> None:
    text = (job / "labels.csv").read_text("utf-8")
    for old, new in (("ann1", "../up"), ("ann2", "Ann3"), ("ann4", "x" * 300)):
        text = text.replace(f",{old},", f",{new},")
    (job / "labels.csv").write_text(text, encoding="utf-8")
    assert pay(job).exit_code == 0
    names = [path.name for path in (job / "payday" / "audit").glob("*.json")]
    assert len({name.casefold() for name in names}) == 6
    assert max(map(len, names)) < 120


def answers(right: set[str]) -> Answer:
    """Golden items of the batches named are answered right, those of others wrong."""

    def give(key: Mapping[str, str], _draw: random.Random) -> str:
        truth = key["expected"] or ("left", "right")[int(key["item"]) % 2]
        answer = truth if key["batch"] in right else OTHER[truth]
        return OTHER[answer] if key["swapped"] == "1" else answer

    return give


def test_a_record_says_what_decided_and_what_would_have_changed_it(job: Path) -> None:
    write_labels(job, answers({"b01"}))
    rule = EXAMPLE_RULE.replace("# standard", "standard")
    (job / "rule.toml").write_text(rule, encoding="utf-8")
    assert pay(job).exit_code == 0
    best, worst = (
        json.loads((job / "payday" / "audit" / f"ann{i}.json").read_text("utf-8")) for i in (1, 2)
    )
    assert best["standing"]["is_below"] is False
    assert best["batches"][0]["outcome"].endswith("No more agreements would earn more.")
    assert worst["standing"]["is_below"] is True
    assert worst["standing"]["interval"][1] < worst["standing"]["standard"] == 0.7
    assert "With 7 more, 7, the batch earns 12.50" in worst["batches"][0]["outcome"]
    text = (job / "payday" / "audit" / "ann2.txt").read_text("utf-8")
    for check in worst["batches"][0]["checks"]:
        line = f"({check['item']}): answered {check['given']}, key {check['expected']}: DIFFERS"
        assert line in text
    report = json.loads((job / "payday" / "report.json").read_text("utf-8"))
    assert report["below_standard"] == [f"ann{i}" for i in range(2, 7)]


@given(counts=st.lists(st.integers(0, 20), min_size=1, max_size=30), standard=st.floats(0.51, 0.99))
def test_nobody_is_below_the_standard_by_a_point_estimate(
    counts: list[int], standard: float
) -> None:
    amounts = (Decimal(1), Decimal(1), 20, "golden", 0.9, 0.9)
    rule = PayRule(LinearContract(1, 1), amounts[:2], *amounts[2:], standard=standard)
    payments = [
        assess_payment(
            Work(f"w{i}", "b", {}, tuple(Check("t", "i", "a", "a", j < k) for j in range(20))),
            rule,
            is_paid=False,
        )
        for i, k in enumerate(counts)
    ]
    found = find_standings(Payroll(rule, tuple(payments), {}, ()))
    for each, k in zip(found.values(), counts, strict=True):
        if each.is_below:  # then so few are improbable even at the standard, among all of them
            assert bdtr(k, 20, standard) <= 0.025 / len(counts) + 1e-12
        if k / 20 >= standard:
            assert not each.is_below


def test_examples_are_printed_and_missing_files_point_to_them(job: Path) -> None:
    assert run("sample", "--example").stdout.startswith("# What each annotator sees")
    assert run("pay", "--example").stdout == EXAMPLE_RULE
    missing = run("sample", job / "pool.csv", "-p", job / "none.toml", "-o", job / "new")
    assert "`paygrade sample --example` writes one" in complaint(missing)
    (job / "round" / "manifest.json").unlink()
    assert "with its manifest.json beside it" in complaint(pay(job))


VALUES = st.one_of(
    st.floats(),
    st.integers(-1, 200),
    st.booleans(),
    st.sampled_from(['"left"', '""', "[]", "{}", "[1, 2]", '["a", "b"]', "1e308", "1e-30"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.booleans(), line=st.integers(0, 40), value=VALUES)
def test_malformed_settings_end_in_success_or_one_message(
    job: Path, plan: bool, line: int, value: object
) -> None:
    lines = (EXAMPLE_PLAN if plan else EXAMPLE_RULE).splitlines()
    line %= len(lines)
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    lines[line] = f"{lines[line].split('=')[0].strip()} = {shown}"
    (job / "wrong.toml").write_text("\n".join(lines), encoding="utf-8")
    out = ("-o", job / f"fuzz-{random.random()}")
    if plan:
        result = run("sample", job / "pool.csv", "-p", job / "wrong.toml", *out)
    else:
        files = ("-k", job / "round" / "keys.csv", "-r", job / "wrong.toml")
        result = run("pay", job / "labels.csv", *files, "--ledger", f"{out[1]}.jsonl", *out)
    if result.exit_code != 0:
        assert complaint(result).startswith("paygrade: ")


CELLS = st.text(alphabet='b012-n ,"\n;\té\x00', max_size=7)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5), ends=st.booleans())
def test_malformed_labels_end_in_success_or_one_message(
    job: Path, rows: list[list[str]], ends: bool
) -> None:
    whole = (job / "labels.csv").read_text("utf-8")
    text = "\n".join(",".join(row) for row in rows)
    (job / "wrong.csv").write_text(whole * ends + text, encoding="utf-8")
    files = ("-k", job / "round" / "keys.csv", "-r", job / "rule.toml")
    result = run("pay", job / "wrong.csv", *files, "-o", job / "fuzz")
    if result.exit_code != 0:
        assert complaint(result).startswith("paygrade: ")


def test_a_rule_that_takes_money_is_refused() -> None:
    with pytest.raises(DataError, match="nobody can be made to pay"):
        PayRule(LinearContract(-1.0, 2.0), (Decimal(-1), Decimal(2)), 4, "golden", 0.9, 0.9)
