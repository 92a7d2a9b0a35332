"""Annotators not known exactly, from settings and options to a rule that holds for all of them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.assessment.simulate import simulate_labels
from paygrade.cli.entry import app
from paygrade.errors import DataError, InfeasibleContract, ModelError
from paygrade.kit.announced import design_rule
from paygrade.model.contract import Contract
from paygrade.report.economics import EXAMPLE, Economics
from paygrade.report.stated import WORDS, signal_of, stated_inputs, with_signal
from paygrade.report.study import Study, run_study
from paygrade.report.uncertain import check_request
from paygrade.report.uncertain_words import down
from paygrade.settings import checked
from tests.test_types import JOB as LONG_JOB

CENT = 0.01
JOB = replace(LONG_JOB, monitor=pg.ExpertReview(n=12, rho=0.8))
TYPES = """
[[types]]
name = "students"
share = 0.6
full_effort = 3.0
reservation_wage = 7.0

[[types]]
name = "experts"
share = 0.4
full_effort = 5.0
reservation_wage = 9.0
signal = 0.8
"""


def is_in_cents(amount: float) -> bool:
    return abs(amount / CENT - round(amount / CENT)) < 1e-9


def answers(problem: pg.MoralHazard, rule: Contract) -> tuple[float, float, float]:
    """Return effort, what it earns the principal, and utility above the reservation."""
    response = pg.best_response(problem, rule)
    wage = float(pg.expected_wage(problem, rule, response.effort))
    slack = response.utility - problem.reservation_utility
    return response.effort, float(problem.value(response.effort)) - wage, slack


# The library: rules as they can be announced.


@settings(max_examples=4, deadline=None)
@given(
    off=st.floats(0.02, 0.15),
    names=st.sampled_from([("cost.scale",), ("cost.scale", "monitor.rho")]),
    linear=st.booleans(),
)
def test_a_rounded_rule_holds_for_every_type_drawn(
    off: float, names: tuple[str, ...], *, linear: bool
) -> None:
    numbers = pg.parameters(JOB)
    ranges = {name: (numbers[name] * (1 - off), numbers[name] * (1 + off)) for name in names}
    box = pg.TypeBox(JOB, ranges)
    family = pg.LinearContract if linear else pg.BinaryContract
    exact, found = (pg.robust_design(box, family, round_to=step) for step in (None, CENT))
    wages = vars(found.contract)
    assert all(is_in_cents(wages[name]) for name in wages if name != "cutoff")
    assert found.certificate.holds
    assert found.worst_payoff == pytest.approx(exact.worst_payoff, abs=0.04)
    for member in (*box.corners(), *box.draw(8, seed=2)):
        effort, payoff, slack = answers(member, found.contract)
        assert effort >= found.certificate.least_effort - 1e-8
        assert payoff >= found.worst_payoff - 1e-8
        assert slack >= 0.0


def test_the_optimum_rounded_to_the_nearest_cent_does_not_hold() -> None:
    """Why rounding is a search: the nearest cents make the costliest type shirk."""
    box = pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1)})
    exact = pg.robust_design(box, effort=0.7).contract
    assert isinstance(exact, pg.BinaryContract)
    down_a_cent = replace(exact, bonus=np.floor(exact.bonus / CENT) * CENT)
    assert not pg.certify_types(box, down_a_cent, effort=0.7).holds
    found = pg.robust_design(box, effort=0.7, round_to=CENT)
    assert found.certificate.holds
    assert found.certificate.least_effort >= 0.7


def test_a_robust_rule_earns_what_its_search_made_of_it() -> None:
    """Next to a tie a grid of efforts names the wrong one; the rule then let a type shirk."""
    box = pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1)})
    found = pg.robust_design(box)
    assert found.certificate.least_effort > 0.7
    marks = [pg.robust_design(box, cutoff=mark).worst_payoff for mark in (8, 9, 11)]
    assert found.worst_payoff > max(marks)


def test_pass_mark_and_largest_bonus_are_kept() -> None:
    box = pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1)})
    free = pg.robust_design(box).contract
    assert isinstance(free, pg.BinaryContract)
    marked = pg.robust_design(box, cutoff=free.cutoff + 1)
    capped = pg.robust_design(box, bonus_cap=0.97 * free.bonus)
    assert isinstance(marked.contract, pg.BinaryContract)
    assert marked.contract.cutoff == free.cutoff + 1
    assert isinstance(capped.contract, pg.BinaryContract)
    assert capped.contract.bonus <= 0.97 * free.bonus
    best = pg.robust_design(box).worst_payoff
    assert max(marked.worst_payoff, capped.worst_payoff) <= best + 1e-3
    with pytest.raises(ModelError, match="belong to bonus contracts"):
        pg.robust_design(box, pg.LinearContract, cutoff=5)
    with pytest.raises(ModelError, match="no step of money"):
        pg.robust_design(box, round_to=-0.01)
    with pytest.raises(InfeasibleContract, match="finer round_to"):
        pg.robust_design(box, effort=0.7, bonus_cap=5.0, round_to=100.0)


def test_one_rule_and_menu_in_cents() -> None:
    kinds = pg.TypeList(JOB, [{"cost.scale": 0.8}, {"cost.scale": 1.5}])
    exact, single = (pg.screening_design(kinds, round_to=step) for step in (None, CENT))
    menu = pg.menu_design(kinds, round_to=CENT)
    assert menu.holds
    assert menu.expected_payoff >= single.expected_payoff - 1e-9
    assert single.expected_payoff == pytest.approx(exact.expected_payoff, abs=0.02)
    assert isinstance(single.contract, pg.BinaryContract)
    rules = (single.contract, *menu.items)
    assert all(is_in_cents(rule.base) and is_in_cents(rule.bonus) for rule in rules)


# A figure that is off.


@pytest.fixture(scope="module")
def economics() -> Economics:
    import tomllib

    return checked(tomllib.loads(EXAMPLE), Economics, "example")


def test_a_figure_moves_as_an_edit_of_the_settings_moves_it(economics: Economics) -> None:
    monitor = pg.ExpertReview(n=20, rho=0.72)
    design = pg.second_best(economics.problem(monitor), round_to=CENT)
    inputs = stated_inputs(economics, monitor, design.expected_wage)
    assert {one.name for one in inputs} < set(WORDS)
    table = pg.sensitivity(design, inputs=inputs, reoptimise=False)
    rows = {(one.input, one.off > 0): one for one in table.mistakes}
    for figure, value in (("full_effort", 4.4), ("wealth", 22.0), ("reservation_wage", 8.8)):
        person = economics.annotator.model_copy(update={figure: value})
        edited = economics.model_copy(update={"annotator": person}).problem(monitor)
        effort, payoff, slack = answers(edited, design.contract)
        row = rows[f"annotator.{figure}", True]
        assert row.truth == pytest.approx(value)
        assert row.accepts == (slack >= -1e-9)
        assert row.payoff == pytest.approx(payoff if row.accepts else 0.0)
        assert not row.accepts or row.effort == pytest.approx(effort)
        assert row.evidence is pg.Evidence.PROVED
    # Attention that is paid in money costs richer people fewer utils; in utils it would not.
    fixed_utils = pg.sensitivity(design, inputs=["utility.shift"], reoptimise=False)
    richer = next(one for one in fixed_utils.mistakes if one.off > 0)
    assert rows["annotator.wealth", True].accepts
    assert not richer.accepts


def test_the_best_rule_for_the_truth_loses_nothing_where_the_rule_need_not_move(
    economics: Economics,
) -> None:
    monitor = pg.ExpertReview(n=12, rho=0.72)
    design = pg.second_best(economics.problem(monitor), round_to=CENT)
    inputs = [
        one
        for one in stated_inputs(economics, monitor, design.expected_wage)
        if one.name in ("batch.value", "annotator.full_effort", "monitor.signal")
    ]
    table = pg.sensitivity(design, inputs=inputs, round_to=CENT)
    losses = {(one.input, one.off > 0): one.loss or 0.0 for one in table.mistakes}
    assert losses["batch.value", True] == pytest.approx(0.0, abs=1e-9)
    assert losses["annotator.full_effort", True] > 1.0
    assert min(losses.values()) >= -CENT
    assert [one.loss for one in table.mistakes] == sorted(losses.values(), reverse=True)


# The study and the command.


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with labels.csv, economics.toml and types.toml."""
    folder = tmp_path_factory.mktemp("job")
    simulate_labels(workers=8, items=80, seed=3).to_csv(folder / "labels.csv", index=False)
    quick = EXAMPLE.replace("checks = 60", "checks = 12")
    (folder / "economics.toml").write_text(quick, encoding="utf-8")
    (folder / "types.toml").write_text(quick + TYPES, encoding="utf-8")
    return folder


def study(job: Path, name: str = "economics.toml", **options: object) -> Study:
    money = pg.read_economics(job / name)
    return run_study(pg.read_annotations(job / "labels.csv"), money, **options)  # type: ignore[arg-type]


def design(job: Path, name: str, *options: object) -> Result:
    places = ["design", job / "labels.csv", "-e", job / name, *options]
    return CliRunner().invoke(app, list(map(str, places)))


@pytest.mark.parametrize("unsure", [("cost",), ("cost", "signal")])
def test_a_safe_rule_keeps_its_word_with_annotators_drawn(job: Path, unsure: list[str]) -> None:
    found = study(job, robust=8.0, unsure=unsure)
    safe = found.safe
    assert safe is not None
    proof = safe.robust.certificate
    rule = safe.robust.contract
    assert isinstance(rule, pg.BinaryContract)
    assert is_in_cents(rule.base)
    assert is_in_cents(rule.bonus)
    assert proof.holds
    draw = np.random.default_rng(5)
    economics, monitor = found.economics, found.monitor
    worst_of_cheapest = np.inf
    for _ in range(25):
        dearer, clearer = draw.uniform(-0.08, 0.08, 2)
        signal = min(signal_of(monitor) * (1 + clearer * ("signal" in unsure)), 1.0)
        person = economics.but(full_effort=economics.annotator.full_effort * (1 + dearer))
        problem = person.problem(with_signal(monitor, signal))
        effort, payoff, slack = answers(problem, rule)
        assert effort >= proof.least_effort - 1e-8
        assert payoff >= proof.worst_payoff - 1e-8
        assert slack >= 0.0
        _, kept, joins = answers(problem, safe.cheapest.contract)
        worst_of_cheapest = min(worst_of_cheapest, kept if joins >= -1e-9 else 0.0)
    assert worst_of_cheapest <= 0.0  # the cheapest rule stands on the edge
    assert safe.worst.payoff <= 0.0
    assert safe.design.payoff < safe.cheapest.payoff


def test_the_safe_rule_is_what_is_announced_everywhere(job: Path, tmp_path: Path) -> None:
    html, tex, csv = (tmp_path / f"rule.{end}" for end in ("html", "tex", "csv"))
    places = ("--html", html, "--latex", tex, "--csv", csv)
    said = design(job, "economics.toml", "--robust", "8", "--unsure", "cost", *places)
    assert said.exit_code == 0, said.output
    found = study(job, robust=8.0, unsure=["cost"]).to_dict()
    safe, text = found["safe"], " ".join(said.stdout.split())
    assert found["rule"] in text
    assert safe["cheapest"]["rule"].rstrip(".") in text
    assert f"earns you less than {down(safe['worst_payoff'])} a batch" in text
    assert safe["evidence"] == "PROVED"
    assert safe["annotators"][0]["keeps"] == pytest.approx(
        safe["annotators"][0]["cheapest_keeps"] - safe["price"]
    )
    assert [row["who"] for row in safe["annotators"]] == [
        "as stated", "attention costs 8 % less", "attention costs 8 % more",
    ]  # fmt: skip
    page = html.read_text("utf-8")
    assert found["rule"] in page
    assert "If annotators are up to 8 % off" in page
    assert r"\label{tab:safe}" in tex.read_text("utf-8")
    assert {"safe", "mistakes"} < set(re.findall(r"^(\w+),", csv.read_text("utf-8"), re.MULTILINE))


def test_figures_that_are_off_stand_in_every_report_and_losses_on_request(job: Path) -> None:
    plain = design(job, "economics.toml", "--json")
    found = json.loads(plain.stdout)["if_off"]
    assert len(found["rows"]) == 14
    assert {row["evidence"] for row in found["rows"]} == {"PROVED"}
    assert all(row["loss"] is None for row in found["rows"])
    compared = design(job, "economics.toml", "--sensitivity")
    for words in ("If your numbers are 10 % off", *(set(WORDS.values()) - NOT_ASKED)):
        assert words in compared.stdout
    assert "You lose:" in compared.stdout


NOT_ASKED = {WORDS["annotator.risk_aversion"]}


def test_kinds_get_one_rule_or_a_menu_that_nobody_envies(job: Path, tmp_path: Path) -> None:
    found = study(job, "types.toml", menu=True)
    menu = found.kinds
    assert menu is not None
    assert isinstance(menu.found, pg.Menu)
    assert menu.found.expected_payoff >= menu.found.single.expected_payoff - 1e-9
    for kind, taken in zip(menu.problems, menu.choice, strict=True):
        utilities = [answers(kind, rule)[2] for rule in menu.rules]
        best = max(utilities)
        assert taken is None or utilities[taken] >= best - 1e-9
        assert taken is not None or best <= 1e-9
    html, plot = tmp_path / "rule.html", tmp_path / "rule.svg"
    said = design(job, "types.toml", "--html", html, "--plot", plot)
    assert said.exit_code == 0, said.output
    assert plot.exists()
    for name in ("students", "experts"):
        assert name in said.stdout
        assert name in html.read_text("utf-8")
    written = json.loads(json.dumps(found.to_dict(), default=str, allow_nan=False))
    assert len(written["kinds"]["rules"]) == len(menu.rules)
    assert written["careful"] is None
    assert "if_off" not in written


def test_a_survey_refuses_settings_of_several_kinds(job: Path) -> None:
    with pytest.raises(DataError, match="one rule to all"):
        design_rule(pg.read_economics(job / "types.toml"), 12, 0.7)


def test_a_share_at_which_nobody_can_be_paid_without_loss_is_refused(job: Path) -> None:
    refused = design(job, "economics.toml", "--robust", "45")
    assert refused.exit_code == 2
    assert "without a loss" in refused.output
    assert "--unsure cost" in refused.output


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("economics.toml", {"robust": 0.0}, "no share to be off by"),
        ("economics.toml", {"robust": float("nan")}, "no share to be off by"),
        ("economics.toml", {"robust": 100.0}, "no share to be off by"),
        ("economics.toml", {"unsure": ["cost"]}, "give --robust 10 as well"),
        ("economics.toml", {"robust": 5.0, "unsure": ["wealth"]}, "wealth is unknown"),
        ("economics.toml", {"robust": 5.0, "unsure": []}, "is unknown"),
        ("economics.toml", {"menu": True}, "the settings list none"),
        ("types.toml", {"robust": 5.0}, "drop one of them"),
        ("types.toml", {"reoptimise": True}, "lists several"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    job: Path, name: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        check_request(pg.read_economics(job / name), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share = 0.6", "share = 0.5", "don't add up to 1"),
        ("share = 0.6\n", "", "don't add up to 1"),
        ('name = "experts"', 'name = "students"', "a name twice"),
        ("signal = 0.8", "signal = 1.8", "types.1.signal"),
        ("full_effort = 3.0", "full_effort = -3", "types.0.full_effort"),
        ("signal = 0.8", "risk_aversion = 2.0", "no use for"),
        ("signal = 0.8", "wage = 2.0", "types.1.wage"),
        (TYPES[TYPES.index('\n[[types]]\nname = "experts"') :], "", "'students' alone"),
        ('family = "binary"', 'family = "linear"', "--menu offers bonus rules"),
        ("floor = 0.0", "cutoff = 15", "pay.cutoff or pay.bonus_cap fixes one"),
    ],
)
def test_types_that_make_no_sense_are_named(job: Path, old: str, new: str, said: str) -> None:
    text = (job / "types.toml").read_text("utf-8")
    assert old in text
    folder = job / "wrong"
    folder.mkdir(exist_ok=True)
    wrong = text.replace(old, new)
    (folder / "types.toml").write_text(wrong, encoding="utf-8")
    if said.startswith("types."):
        said = f"types.toml:{wrong.splitlines().index(new) + 1}: {said}"
    with pytest.raises(DataError, match=said):
        check_request(pg.read_economics(folder / "types.toml"), menu=True)
