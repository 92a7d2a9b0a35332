"""The command line as its users meet it: real runs, clear complaints, nothing half-written."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from paygrade.assessment.simulate import simulate_labels
from paygrade.cli.entry import app
from paygrade.report.economics import EXAMPLE


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def complaint(result: Result) -> str:
    """The message of a refused run; fails if it ran or crashed instead."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labels.csv and economics.toml."""
    folder = tmp_path_factory.mktemp("job")
    simulate_labels(workers=8, items=80, seed=3).to_csv(folder / "labels.csv", index=False)
    quick = EXAMPLE.replace("checks = 60", "checks = 12")
    (folder / "economics.toml").write_text(quick, encoding="utf-8")
    return folder


def design(job: Path, *options: str | Path) -> Result:
    return run("design", job / "labels.csv", "-e", job / "economics.toml", *options)


def changed(job: Path, old: str, new: str) -> Path:
    text = (job / "economics.toml").read_text(encoding="utf-8")
    assert old in text
    (job / "changed.toml").write_text(text.replace(old, new), encoding="utf-8")
    return job / "changed.toml"


def test_report_gives_rule_people_checks_and_annotators(job: Path) -> None:
    result = design(job)
    assert result.exit_code == 0, result.output
    assert re.search(
        r"Check 12, pay \d+\.\d\d, add \d+\.\d\d if at least \d+ are right", result.output
    )
    for expected in ("PROVED", "shirker", "agency cost", "ann01", "90th percentile"):
        assert expected in result.output


def test_json_holds_everything_and_is_strict(job: Path) -> None:
    result = design(job, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    found = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    assert [plan["checks"] for plan in found["plans"]] == [6, 12, 24]
    planned = found["plans"][1]["binary"]
    assert planned["status"] == "certified"
    wage = planned["contract"]["base"] + planned["contract"]["bonus"] * planned["passes"]
    assert planned["expected_wage"] == pytest.approx(wage)
    assert len(found["annotators"]) == 8
    ideal = found["plans"][1]["first_best"]["payoff"]
    assert found["plans"][1]["agency_cost"]["binary"] == pytest.approx(ideal - planned["payoff"])


def test_the_announced_money_is_in_cents(job: Path) -> None:
    contract = json.loads(design(job, "--json").stdout)["plans"][1]["binary"]["contract"]
    for amount in (contract["base"], contract["bonus"]):
        assert round(amount, 2) == amount


def test_linear_family_and_plot(job: Path, tmp_path: Path) -> None:
    settings_file = changed(job, 'family = "binary"', 'family = "linear"')
    plot = tmp_path / "rule.svg"
    result = run("design", job / "labels.csv", "-e", settings_file, "--plot", plot)
    assert result.exit_code == 0, result.output
    assert "times the share that is right" in result.output
    assert plot.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert [path.name for path in tmp_path.iterdir()] == ["rule.svg"]


def test_the_report_says_whom_luck_denies_and_what_an_hour_earns(job: Path) -> None:
    said = " ".join(design(job).output.split())
    found = json.loads(design(job, "--json").stdout)
    assert f"is denied the bonus in {100 * found['careful']['denied']:.1f} % of batches" in said
    assert "an hour" not in said
    text = EXAMPLE.replace("checks = 60", "checks = 12")
    text = text.replace("# hours", "hours").replace("# hourly", "hourly")
    (job / "hours.toml").write_text(text, encoding="utf-8")
    timed = run("design", job / "labels.csv", "-e", job / "hours.toml")
    assert re.search(r"earns \d+\.\d\d an hour .* floor of 6\.00 in \d", timed.output)


def test_demo_keeps_the_settings_that_the_user_edited(tmp_path: Path) -> None:
    assert run("demo", "--folder", tmp_path).exit_code == 0
    labels = (tmp_path / "labels.csv").read_bytes()
    edited = EXAMPLE.replace("checks = 60", "checks = 20")
    (tmp_path / "economics.toml").write_text(edited, encoding="utf-8")
    again = run("demo", "--folder", tmp_path)
    assert "Check 20," in again.output
    assert (tmp_path / "labels.csv").read_bytes() == labels


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("checks = 12", "checks = 0", "batch.checks"),
        ("checks = 12", "checks = nan", "batch.checks"),
        ("value = 20.0", "value = -20", "batch.value"),
        ("full_effort = 4.0", "full_effort = inf", "annotator.full_effort"),
        ("reservation_wage = 8.0", "reservation_wage = 90", "more than the work can be worth"),
        ("floor = 0.0", "flor = 0.0", "pay.flor"),
        ("floor = 0.0", "cutoff = 13", "nobody can earn the bonus"),
        ("floor = 0.0", "cap = 3.0", "participation"),
        ('utility = "log"', 'utility = "crra"', "risk_aversion"),
        ("[batch]", "[batch", "not TOML"),
    ],
)
def test_wrong_settings_are_named(job: Path, old: str, new: str, said: str) -> None:
    result = run("design", job / "labels.csv", "-e", changed(job, old, new))
    assert said in complaint(result)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("task,worker,label\n", "no"),
        ("item,who,answer\n1,a,x\n", "--task"),
        ("task,worker,label,expert\n1,a,x,x\n2,a,x,x\n", "x"),
        ("task,worker,label,expert\n1,a,,x\n2,a,y,x\n", "label"),
        ("task,worker,label\n1,a,x\n2,a,y\n", "expert"),
    ],
)
def test_unusable_labels_are_explained(job: Path, tmp_path: Path, text: str, said: str) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(text, encoding="utf-8")
    assert said.strip("-") in complaint(run("design", labels, "-e", job / "economics.toml"))


def test_who_was_never_checked_is_named_and_has_no_figures(job: Path, tmp_path: Path) -> None:
    labels = pd.read_csv(job / "labels.csv", dtype=str)
    labels.loc[labels["worker"] == "ann03", "expert"] = None
    labels.to_csv(tmp_path / "labels.csv", index=False)
    page = tmp_path / "page.html"
    result = run(
        "design", tmp_path / "labels.csv", "-e", job / "economics.toml", "--monitor", "expert",
        "--html", page,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "1 was never checked, so nothing is known of them: ann03." in result.output
    assert "nan" not in result.output.lower()
    [row] = re.findall(r"<th [^>]*>ann03</th>.*?</tr>", page.read_text("utf-8"))
    assert "1.000" not in row


def test_repeats_in_rows_need_a_rule(job: Path, tmp_path: Path) -> None:
    labels = simulate_labels(workers=8, items=80, seed=3, repeat_share=0.5, expert_share=0)
    again = labels[labels["repeat"].notna()]
    rows = pd.concat([labels, again.assign(label=again["repeat"])]).drop(columns="repeat")
    rows.to_csv(tmp_path / "labels.csv", index=False)
    run_it = ("design", tmp_path / "labels.csv", "-e", job / "economics.toml")
    assert f"cases like this: {len(again)}" in complaint(run(*run_it))
    assert "no rule" in complaint(run(*run_it, "--duplicates", "keep"))
    result = run(*run_it, "--duplicates", "repeat", "--json")
    assert result.exit_code == 0, result.output
    assert sum(each["checked"] for each in json.loads(result.stdout)["annotators"]) == len(again)


def test_an_export_is_read_by_its_platforms_name(job: Path, tmp_path: Path) -> None:
    labels = simulate_labels(workers=8, items=80, seed=3)
    names = {"task": "INPUT:image", "worker": "ASSIGNMENT:worker_id", "label": "OUTPUT:result"}
    export = labels.rename(columns={**names, "expert": "GOLDEN:result"}).drop(columns="repeat")
    export.to_csv(tmp_path / "assignments.tsv", sep="\t", index=False)
    run_it = ("design", tmp_path / "assignments.tsv", "-e", job / "economics.toml")
    result = run(*run_it, "--platform", "toloka")
    assert result.exit_code == 0, result.output
    assert "is unknown" in complaint(run(*run_it, "--platform", "tolka"))


def test_a_refused_run_writes_nothing(job: Path, tmp_path: Path) -> None:
    result = design(job, "--task", "nothing", "--plot", tmp_path / "rule.png")
    assert "nothing" in complaint(result)
    assert not list(tmp_path.iterdir())


def test_a_plot_without_format_or_folder_is_refused_first(job: Path, tmp_path: Path) -> None:
    assert "format" in complaint(design(job, "--plot", tmp_path / "rule.doc"))
    assert "folder" in complaint(design(job, "--plot", tmp_path / "no" / "rule.png"))


CELLS = st.text(alphabet='ab12 ,"\n;\t\\é\x00', max_size=6)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=6), headed=st.booleans())
def test_malformed_labels_end_in_success_or_one_message(
    job: Path, rows: list[list[str]], headed: bool
) -> None:
    head = "task,worker,label,expert\n" if headed else ""
    labels = job / "malformed.csv"
    labels.write_text(head + "\n".join(",".join(row) for row in rows), encoding="utf-8")
    result = run("design", labels, "-e", job / "economics.toml")
    if result.exit_code != 0:
        assert complaint(result).startswith("paygrade: ")


VALUES = st.one_of(
    st.floats(),
    st.integers(),
    st.booleans(),
    st.sampled_from(['"log"', '"x"', "[]", "{}", "1e308"]),
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(line=st.integers(0, EXAMPLE.count("\n") - 1), value=VALUES)
def test_malformed_settings_end_in_success_or_one_message(
    job: Path, line: int, value: object
) -> None:
    lines = (job / "economics.toml").read_text(encoding="utf-8").splitlines()
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    lines[line] = f"{lines[line].split('=')[0].strip()} = {shown}"
    (job / "malformed.toml").write_text("\n".join(lines), encoding="utf-8")
    result = run("design", job / "labels.csv", "-e", job / "malformed.toml")
    if result.exit_code != 0:
        assert complaint(result).startswith("paygrade: ")
