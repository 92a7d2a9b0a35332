"""Rules in use, audited: economics that must hold, figures of the field, broken files."""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.audit.presets import PRESETS, find_preset
from paygrade.audit.rivals import find_rivals
from paygrade.audit.rows import net_worth
from paygrade.audit.sources import rule_in_words
from paygrade.audit.staying import kept_chances, perceived_contract
from paygrade.audit.types import Types, attention_price, is_incentive_compatible
from paygrade.cli.entry import app
from paygrade.operations.rule_file import EXAMPLE_RULE
from paygrade.operations.rule_words import parse_pay
from paygrade.report.economics import EXAMPLE, Economics, read_economics

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UTILITIES = st.one_of(
    st.builds(pg.LogUtility, shift=st.floats(5.0, 30.0)),
    st.builds(pg.SquareRootUtility, shift=st.floats(1.0, 30.0)),
    st.builds(pg.CARA, risk_aversion=st.floats(0.02, 0.2), cost_in_money=st.booleans()),
    st.just(pg.RiskNeutral()),
)


@st.composite
def jobs(draw: st.DrawFn) -> tuple[pg.MoralHazard, pg.Contract]:
    """A job and a rule of any announceable form that keeps the annotator of it or not."""
    n = draw(st.integers(3, 25))
    utility = draw(UTILITIES)
    outside = draw(st.floats(4.0, 10.0))
    price = draw(st.floats(0.5, 4.0))
    level = outside if utility.cost_in_money else float(utility(outside))
    scale = price if utility.cost_in_money else float(utility(outside + price)) - level
    problem = pg.MoralHazard(
        utility=utility,
        cost=pg.PowerCost(scale=scale, power=draw(st.sampled_from([1.5, 2.0, 3.0]))),
        value=pg.LinearValue(20.0),
        monitor=pg.GoldenQuestions(n=n, margin=draw(st.floats(0.5, 1.0))),
        reservation_utility=level,
        wage_floor=0.0,
    )
    base, extra = draw(st.floats(4.0, 10.0)), draw(st.floats(0.2, 8.0))
    cutoff = draw(st.integers(1, n))
    rule = draw(
        st.sampled_from(
            [
                pg.BinaryContract(base, extra, cutoff),
                pg.LinearContract(base, extra),
                pg.TieredContract([cutoff, n + 1], [base, base + extra, base + 2 * extra]),
                pg.FlatWage(base),
            ]
        )
    )
    return problem, rule


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def complaint(result: Result) -> str:
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rule.toml").write_text(EXAMPLE_RULE, encoding="utf-8")
    (tmp_path / "economics.toml").write_text(EXAMPLE, encoding="utf-8")
    return tmp_path


def economics(tmp_path: Path, text: str = EXAMPLE) -> Economics:
    (tmp_path / "e.toml").write_text(text, encoding="utf-8")
    return read_economics(tmp_path / "e.toml")


# What must hold for any job and any rule.


@FEW
@given(jobs())
def test_the_effort_found_is_the_best_response_and_proved(
    job: tuple[pg.MoralHazard, pg.Contract],
) -> None:
    problem, rule = job
    found = pg.check_rule(rule, problem, rivals=False).behaviour
    assert found is not None
    assert found.effort == pytest.approx(pg.best_response(problem, rule).effort, abs=1e-5)
    assert is_incentive_compatible(found.certificate)
    payoffs = pg.agent_utility(problem, rule, np.linspace(0.0, 1.0, 201))
    own = float(pg.agent_utility(problem, rule, found.effort))
    assert payoffs.max() <= own + 1e-9 * (1.0 + abs(own))
    if found.wanted_certificate.witness is not None:
        better = float(pg.agent_utility(problem, rule, found.wanted_certificate.witness))
        assert better > float(pg.agent_utility(problem, rule, found.wanted))


@FEW
@given(jobs(), st.floats(0.01, 3.0), st.floats(0.01, 3.0))
def test_a_shirker_earns_more_where_the_base_or_the_bonus_is_higher(
    job: tuple[pg.MoralHazard, pg.Contract], more: float, cut: float
) -> None:
    problem, _ = job
    base, bonus, cutoff = 5.0, 3.0, math.ceil(problem.monitor.n / 2)  # type: ignore[attr-defined]

    def shirker(base: float, bonus: float) -> float:
        return pg.earnings(problem, pg.BinaryContract(base, bonus, cutoff), [0.0])[0].mean

    assert shirker(base + more, bonus) == pytest.approx(shirker(base, bonus) + more)
    assert shirker(base, bonus + cut) > shirker(base, bonus)
    rows = pg.earnings(problem, pg.BinaryContract(base, bonus, cutoff), hours=2.0, floor=3.0)
    assert all(a.mean < b.mean for a, b in pairwise(rows))
    assert all((a.denied or 0) > (b.denied or 0) for a, b in pairwise(rows))
    # Below 6.00 a batch is below the floor: exactly the batches that are denied.
    assert [row.below_floor for row in rows] == pytest.approx([row.denied for row in rows])


@settings(FEW, max_examples=8)
@given(jobs())
def test_the_best_rule_at_the_same_cost_induces_no_less(
    job: tuple[pg.MoralHazard, pg.Contract],
) -> None:
    problem, rule = job
    effort = pg.best_response(problem, rule).effort
    suffices = float(pg.agent_utility(problem, rule, effort)) >= problem.reservation_utility
    assume(suffices and not isinstance(rule, pg.TieredContract))
    found = find_rivals(problem, rule, effort, takes_part=True, unit=0.01)
    for design in (found.strongest, found.cheapest):
        if design is None:
            continue
        own = pg.certify(problem, design.contract, design.effort)
        assert own.holds
        cost = float(pg.expected_wage(problem, design.contract, design.effort))
        assert cost == pytest.approx(design.expected_wage)
        assert cost <= found.wage + 1e-6
        assert design.effort >= effort - 1e-3
    any_rule = found.found[-1]
    assert any_rule.family is pg.WageSchedule
    assert not isinstance(any_rule.cheaper, str), any_rule.cheaper
    # The audited rule is one of all rules, so it can't cost less than what is proved for all.
    assert any_rule.cheaper.certificate.cost_lower <= found.wage + 1e-6


@FEW
@given(jobs(), st.floats(0.1, 1.0))
def test_the_limit_of_attention_costs_parts_who_works_from_who_does_not(
    job: tuple[pg.MoralHazard, pg.Contract], effort: float
) -> None:
    problem, rule = job
    types = Types(problem, rule)
    limit = types.limit(effort)
    assert limit.is_proved
    if limit.most == 0.0:
        assert isinstance(rule, pg.FlatWage) or limit.outside is not None
        return
    for scale in (0.2, 0.7, 1.0, 1.6, 5.0):
        own = types.problem_at(scale)
        price, works = attention_price(own), pg.best_response(own, rule).effort
        if price < limit.most * (1.0 - 1e-5):
            assert works >= effort - 1e-6
        elif price > limit.most * (1.0 + 1e-4):
            assert works < effort


def test_a_dominated_rule_is_reported_as_such(tmp_path: Path) -> None:
    rule, money = find_preset("mturk-bonus").rule, economics(tmp_path)
    problem = money.problem(pg.GoldenQuestions(n=20, margin=0.8))
    wasteful = pg.BinaryContract(12.0, 4.0, 16)  # far more than it takes
    found = pg.check_rule(wasteful, problem)
    assert found.behaviour is not None
    assert found.behaviour.rivals is not None
    assert found.behaviour.rivals.is_dominated
    assert "The same effort for less" in str(found)
    best = pg.second_best(problem, pg.BinaryContract, effort=found.behaviour.effort)
    cheapest = found.behaviour.rivals.cheapest
    assert cheapest is not None
    assert cheapest.expected_wage <= best.expected_wage + 0.03  # rounding up to cents
    assert pg.check_rule(rule, money, rivals=False).behaviour is not None


def test_a_rule_that_is_best_already_is_left_alone(tmp_path: Path) -> None:
    problem = economics(tmp_path).problem(pg.GoldenQuestions(n=30, margin=0.8))
    design = pg.second_best(problem, pg.BinaryContract, effort=1.0)
    assert isinstance(design.contract, pg.BinaryContract)
    cents = pg.BinaryContract(
        math.ceil(design.contract.base * 100) / 100,
        math.ceil(design.contract.bonus * 100) / 100,
        design.contract.cutoff,
    )
    found = pg.check_rule(cents, problem).behaviour
    assert found is not None
    assert found.rivals is not None
    assert found.effort == 1.0
    assert found.holds
    assert found.rivals.strongest is None
    cheapest = found.rivals.cheapest
    assert cheapest is None or cheapest.expected_wage > found.wage - 0.03


# Bans.

BANS = [
    pg.BanRule(wrong=1, window=3, start=2, repeated=True),
    pg.BanRule(share=0.6, window=4, repeated=True),
    pg.BanRule(share=0.7, start=3, repeated=True),
    pg.BanRule(wrong=1, start=5),
    pg.BanRule(share=0.75, window=3, start=6),
]


@pytest.mark.parametrize("ban", BANS, ids=str)
def test_chances_to_be_kept_are_shares_of_orders(ban: pg.BanRule) -> None:
    n = 7
    found = kept_chances(ban, n)
    for right in range(n + 1):
        survived = [not _banned(ban, set(places), n) for places in combinations(range(n), right)]
        assert found[right] == pytest.approx(float(Fraction(sum(survived), len(survived))))


def _banned(ban: pg.BanRule, right: set[int], n: int) -> bool:
    """Apply the rule word by word to one order of answers."""
    for t in range(1, n + 1):
        if ban.applies(t):
            seen = range(t - ban.seen(t), t)
            if sum(place not in right for place in seen) > ban.allowed(t):
                return True
    return False


@pytest.mark.parametrize("n", [10, 40])
@pytest.mark.parametrize("words", ["75 % of the last 10, from the 8th on", "0.7 after 10"])
def test_bans_agree_with_the_operating_curve(words: str, n: int) -> None:
    """Two roads: orders of a count weighed by its law, and the rule's memory followed."""
    ban = pg.parse_rule(words)
    curve = pg.operating_curve(ban, [0.5, 0.8, 0.95], answers=n)
    kept = kept_chances(ban, n)
    for accuracy, banned in zip([0.5, 0.8, 0.95], curve.table["banned"], strict=True):
        monitor = pg.GoldenQuestions(n=n, margin=1.0)
        counts, law = monitor.probabilities(2.0 * accuracy - 1.0)
        assert 1.0 - law @ kept[counts.astype(int)] == pytest.approx(banned, abs=1e-12)


@settings(FEW, max_examples=12)
@given(jobs(), st.floats(0.5, 60.0), st.floats(1.2, 3.0))
def test_a_worse_ban_never_lowers_effort_and_counts_as_its_utility(
    job: tuple[pg.MoralHazard, pg.Contract], staying: float, factor: float
) -> None:
    problem, _ = job
    n = int(problem.monitor.n)  # type: ignore[attr-defined]
    kept = kept_chances(pg.BanRule(share=0.7, start=n), n)
    flat = pg.FlatWage(8.0)
    mild = perceived_contract(problem.utility, flat, kept, staying)
    harsh = perceived_contract(problem.utility, flat, kept, factor * staying)
    free = pg.MoralHazard(
        utility=problem.utility, cost=problem.cost, value=problem.value, monitor=problem.monitor
    )
    first, second = pg.best_response(free, mild), pg.best_response(free, harsh)
    assert second.effort >= first.effort - 1e-6
    counts, law = problem.monitor.probabilities(0.6)  # type: ignore[attr-defined]
    stay, leave = problem.utility(8.0 + staying), problem.utility(8.0)
    promised = law @ (kept[counts.astype(int)] * stay + (1 - kept[counts.astype(int)]) * leave)
    expected = float(free.agent_payoff(promised, 0.6))
    assert float(pg.agent_utility(free, mild, 0.6)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_a_ban_that_may_ruin_is_still_a_ban() -> None:
    kept = np.array([0.0, 0.5, 1.0])
    found = perceived_contract(pg.LogUtility(), pg.FlatWage(0.0), kept, 3.0)
    assert found.wage([0, 1, 2]).tolist() == [0.0, 0.0, 3.0]  # a half chance of ruin is ruin


def test_a_ban_without_a_value_punishes_nobody_and_says_so(tmp_path: Path) -> None:
    rule, money = find_preset("potato-gold").rule, economics(tmp_path)
    found = pg.check_rule(rule, money, rivals=False)
    assert found.behaviour is not None
    assert found.behaviour.effort == 0.0
    assert "what keeping the job is worth" in str(found)
    valued = pg.check_rule(rule, money, worth_of_staying=30.0, rivals=False)
    assert valued.behaviour is not None
    assert valued.behaviour.effort > 0.5
    assert valued.rows[0].earnings.mean == found.rows[0].earnings.mean  # a ban pays nobody


def test_a_ban_across_batches_is_followed_over_several(tmp_path: Path) -> None:
    words, ban = "8 plus 2 if 8 of 10 are right", "80 % of the last 12"
    rule = rule_in_words(words, ban, careful=0.9)
    found = pg.check_rule(rule, economics(tmp_path), rivals=False)
    assert found.bans is not None
    assert found.bans.batches == 12
    curve = pg.operating_curve(ban, [0.5, 0.9], answers=120)
    assert [found.shirker.banned, found.careful.banned] == curve.table["banned"].tolist()
    assert "Within 12 batches" in str(found)
    assert "no part of what they choose" in str(found)
    assert found.to_dict()["rule"]["batches_of_bans"] == 12
    unbanned = pg.check_rule(rule_in_words(words, careful=0.9), economics(tmp_path), rivals=False)
    assert found.behaviour is not None
    assert unbanned.behaviour is not None
    assert found.behaviour.effort == unbanned.behaviour.effort
    with pytest.raises(pg.ModelError, match="effort in earlier batches"):
        pg.check_rule(rule, worth_of_staying=5.0)


def test_a_quiz_that_discards_all_answers_pays_nothing_below_its_mark() -> None:
    found = pg.check_rule(find_preset("appen-quiz").rule)
    assert found.careful.earnings.mean == pytest.approx(10.0 * (1.0 - (found.careful.banned or 0)))
    assert "keeps what the rule pays" in str(found)


# What nearly no effort, and effort that is nearly the one hoped for, are told.


def test_a_rule_that_gets_nothing_is_held_against_the_best_of_all(tmp_path: Path) -> None:
    rule = rule_in_words("7.96 flat, 20 checks", careful=0.9)
    found = pg.check_rule(rule, economics(tmp_path))
    assert found.behaviour is not None
    assert found.behaviour.rivals is not None
    best = found.behaviour.rivals.best
    assert isinstance(best, pg.Design)
    assert best.certificate.holds
    assert best.effort > 0.9
    unrounded = pg.second_best(found.behaviour.problem)
    assert unrounded.payoff - 0.05 < best.payoff <= unrounded.payoff + 1e-9
    assert isinstance(best.contract, pg.BinaryContract)
    assert best.contract.base == round(best.contract.base, 2)
    assert f"is worth {best.payoff:.2f} to you" in str(found).replace("\n    ", " ")


@pytest.mark.parametrize("missed", [1e-5, 1e-4, 5e-4])
def test_an_effort_missed_by_nothing_is_not_called_refuted(missed: float, tmp_path: Path) -> None:
    """A rule file states the share that is expected to a few digits only."""
    rule = pg.PayRule(
        pg.BinaryContract(7.64, 4.58, 49), (Decimal("7.64"), Decimal("4.58")), 60, "repeats",
        careful=0.869, expected=0.869,
    )  # fmt: skip
    money = economics(tmp_path)
    induced = pg.check_rule(rule, money, rivals=False).behaviour
    assert induced is not None
    effort = min(1.0, induced.effort) - missed
    found = pg.check_rule(rule, money, effort=effort, rivals=False)
    assert "REFUTED" not in str(found)
    lines = [line for line in str(found).splitlines() if "or more: annotators" in line]
    assert len({line.split(":")[0] for line in lines}) == len(lines)
    far = pg.check_rule(rule, money, effort=0.8, rivals=False)
    assert "REFUTED" in str(far)


# Presets, against figures that were computed elsewhere.

FIELD = [  # preset, accuracy, probability of being banned (or of failing a quiz)
    ("toloka-ban", 0.90, 0.483),
    ("toloka-ban", 0.85, 0.80),
    ("appen-quiz", 0.80, 1 - 0.879),
    ("potato-gold", 0.60, 0.618),
    ("potato-attention", 0.95, 0.104),
    ("mephisto-gold", 0.95, 0.226),
]


@pytest.mark.parametrize(("name", "accuracy", "banned"), FIELD)
def test_presets_ban_as_often_as_published(name: str, accuracy: float, banned: float) -> None:
    rule = find_preset(name).rule
    monitor = pg.GoldenQuestions(n=rule.checks, margin=2.0 * accuracy - 1.0)
    found = pg.check_rule(rule, monitor=monitor).careful.banned
    assert found == pytest.approx(banned, abs=0.006)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_and_reads_back(name: str, tmp_path: Path) -> None:
    preset = find_preset(name)
    (tmp_path / "rule.toml").write_text(preset.toml, encoding="utf-8")
    assert pg.read_rule(tmp_path / "rule.toml") == preset.rule
    alone = pg.check_rule(tmp_path / "rule.toml")
    assert alone.behaviour is None
    assert "takes economics" in str(alone)
    staying = 20.0 if preset.rule.ban else None
    found = pg.check_rule(
        preset.rule, economics(tmp_path), hours=1.0, hourly_floor=5.0, worth_of_staying=staying,
        rivals=False,
    )  # fmt: skip
    assert found.behaviour is not None
    assert is_incentive_compatible(found.behaviour.certificate)
    json.dumps(found.to_dict(), allow_nan=False)
    assert "What annotators will do" in str(found)


def test_toloka_pays_a_coin_flipper_half_the_bonus() -> None:
    found = pg.check_rule(find_preset("toloka-pricing").rule)
    assert found.shirker.earnings.mean == pytest.approx(1.25)
    assert "earns 1.25 a batch, 86 % of the 1.45" in str(found)


# Words.

SAID = [
    ("1.00 + 0.50 x accuracy, 10 checks", {"family": "linear", "slope": "0.50"}),
    ("$1.00 + accuracy × $0.50, 10 checks", {"family": "linear", "slope": "0.50"}),
    ("8.00, plus 4.50 if at least 7 of 10 are right", {"family": "binary", "cutoff": "7"}),
    ("8 plus 4.50 bonus for 75 %, 10 checks", {"family": "binary", "cutoff": "8"}),
    ("1 below 60 %, 1.2 from 60 %, 1.5 from 85 %, 10 checks", {"cutoffs": "(6, 9)"}),
    ("12.00 flat, 10 checks", {"family": "flat", "base": "12.00"}),
    ("2 dollars plus 1 dollar if 8 of 10 are right", {"base": "2", "bonus": "1", "cutoff": "8"}),
    ("£2 plus 50p if 8 of 10 are right", {"base": "2", "bonus": "0.50"}),
    ("USD 2 + 5 cents x accuracy, 10 checks", {"base": "2", "slope": "0.05"}),
    ("1 euro below 60 %, 1.2 EUR from 60 %, 10 checks", {"cutoffs": "(6,)"}),
    ("at least 8 of 10 right: 3, else 2", {"base": "2", "bonus": "1", "cutoff": "8"}),
    ("At least 80 %: 3.50 pounds, otherwise 2 pounds, 10 checks", {"bonus": "1.50"}),
]


@pytest.mark.parametrize(("text", "entries"), SAID)
def test_rules_are_read_from_words(text: str, entries: dict[str, str]) -> None:
    found = parse_pay(text)
    assert found["checks"] == 10
    assert {name: str(found[name]) for name in entries} == entries


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 + 2, 10 checks", "can't be read"),
        ("-1.00 + 0.50 x accuracy, 10 checks", "can't be read"),
        ("1.00 + 0.50 x accuracy", "how many checks"),
        ("8 plus 4 if at least 7 of 10 are right, 20 checks", "10 and 20 checks"),
        ("1 below 50 %, 1.2 from 60 %, 10 checks", "gap"),
        ("at least 8 of 10 right: 2, else 3", "swap the amounts"),
        ("$2 plus 50p if 8 of 10 are right", "dollars and pounds at once"),
        ("1.50c flat, 10 checks", "can't be read"),
        ("", "can't be read"),
        ("9" * 5000, "can't be read"),
    ],
)
def test_words_that_state_no_rule_are_refused(text: str, said: str) -> None:
    with pytest.raises(pg.ModelError, match=said):
        parse_pay(text)


# The command.

BROKEN = [
    ('family = "binary"', 'family = "bonus"', "rule.toml:4: rule.family"),
    ('family = "binary"', 'text = "1 + 0.5 x accuracy"', "state the rule twice"),
    ("checks = 10 ", "checks = 0 ", "rule.checks"),
    ("base = 8.00", "base = nan", "rule.base"),
    ("base = 8.00", "base = -8.00", "rule.base"),
    ("base = 8.00", "base = 1e400", "rule.base"),
    ("cutoff = 7", "cutoff = 11", "can't be reached"),
    ("cutoff = 7", "cut_off = 7", "cut_off"),
    ("careful = 0.85", "careful = 0.4", "counted.careful"),
    ("# [ban]", '[ban]\nrule = "be nice"', "can't be read"),
    ("# [ban]", '[ban]\nrule = "70 % of 20"\nworth_of_staying = 5', "no part of one batch's pay"),
    ("# [ban]", '[ban]\nrule = "70 % of 10"\nworth_of_staying = -1', "ban.worth_of_staying"),
    ("# standard = 0.70", "standard = 1.7", "counted.standard"),
    ("[counted]", "[counted", "not TOML"),
    (EXAMPLE_RULE, "", "rule"),
]


@pytest.mark.parametrize(("old", "new", "said"), BROKEN, ids=range(len(BROKEN)))
def test_broken_rule_files_are_named(folder: Path, old: str, new: str, said: str) -> None:
    assert old in EXAMPLE_RULE
    (folder / "rule.toml").write_text(EXAMPLE_RULE.replace(old, new), encoding="utf-8")
    assert said in complaint(run("check", folder / "rule.toml"))


ASKED = [
    ((), "no rule is given"),
    (("--preset", "toloka"), "there is no preset 'toloka'"),
    (("--show",), "name one with --preset"),
    (("--words", "12 flat, 5 checks"), "give --careful"),
    (("--words", "12 flat, 5 checks", "--careful", "0.5"), "than a coin"),
    (("--words", "12 flat, 5 checks", "--careful", "nan"), "is no share of checks"),
    (("--words", "12 flat, 5 checks", "--careful", "90"), "looks like a percentage"),
    (("--words", "what you like", "--careful", "0.9"), "the words 'what you like' can't be read"),
    (("--words", "what you like", "--careful", "0.9"), "can't be read"),
    (("--preset", "toloka-ban", "--words", "1 flat"), "each name a rule"),
    (("--preset", "toloka-ban", "--hourly-floor", "5"), "how many hours"),
    (("--preset", "toloka-ban", "--hours", "0"), "hours"),
    (("--preset", "toloka-ban", "--hours", "nan"), "hours"),
    (("--preset", "toloka-ban", "--effort", "0.5"), "takes economics"),
    (("--preset", "toloka-ban", "--worth-of-staying", "-3"), "worth_of_staying"),
    (("--preset", "toloka-pricing", "--worth-of-staying", "5"), "bans nobody"),
    (("--preset", "toloka-pricing", "--monitor", "gut"), "--monitor gut is unknown"),
    (("--preset", "toloka-pricing", "--plot", "rule.txt"), "names no format"),
]


@pytest.mark.parametrize(("options", "said"), ASKED, ids=range(len(ASKED)))
def test_wrong_questions_are_refused(options: tuple[str, ...], said: str) -> None:
    assert said in complaint(run("check", *options))


def test_the_command_says_it_in_words_and_in_json(folder: Path) -> None:
    files = (folder / "rule.toml", "-e", folder / "economics.toml")
    asked = (*files, "--hours", "1.5", "--hourly-floor", "8", "--plot", folder / "rule.svg")
    said = " ".join(run("check", *asked).stdout.split())
    for text in (
        "Someone who clicks at random earns 8.77 a batch, 71 % of the 12.28 that a careful",
        "is denied the bonus in 5.0 % of batches (1 in 20) by bad luck alone",
        "earns 8.18 an hour on average and less than the floor of 8.00 in 5.0 % of batches",
        "does best with effort 0.53",
        "up to 0.79 more",
        "The same effort for less",
    ):
        assert text in said
    assert (folder / "rule.svg").read_text("utf-8").lstrip().startswith("<?xml")
    found = json.loads(run("check", *files, "--json").stdout)
    assert found["behaviour"]["wanted"]["holds"] is False
    assert found["behaviour"]["rivals"]["dominated"] is True
    presets = json.loads(run("check", "--list-presets", "--json").stdout)
    assert [each["name"] for each in presets] == list(PRESETS)
    shown = run("check", "--preset", "toloka-ban", "--show").stdout
    (folder / "shown.toml").write_text(shown, encoding="utf-8")
    assert run("check", folder / "shown.toml").exit_code == 0


def test_a_designed_rule_passes_its_own_check(folder: Path) -> None:
    labels, money = folder / "labels.csv", folder / "economics.toml"
    pg.simulate_labels(workers=8, items=80, seed=3).to_csv(labels, index=False)
    money.write_text(EXAMPLE.replace("checks = 60", "checks = 12"), encoding="utf-8")
    job = (labels, "-e", money, "--monitor", "expert")
    (folder / "design.json").write_text(run("design", *job, "--json").stdout, encoding="utf-8")
    found = pg.check_rule(folder / "design.json", money, rivals=False)
    assert found.behaviour is not None
    assert found.behaviour.holds


def test_labels_say_what_careful_work_is(folder: Path) -> None:
    labels = folder / "labels.csv"
    pg.simulate_labels(workers=8, items=80, seed=3).to_csv(labels, index=False)
    asked = ("check", folder / "rule.toml", "--labels", labels, "--monitor", "expert", "--json")
    found = json.loads(run(*asked).stdout)
    signal = pg.calibrate_signal(pg.read_annotations(labels), pg.ExpertReview).signal
    assert found["monitor"]["careful"] == pytest.approx(0.5 + 0.5 * signal)
    assert found["monitor"]["kind"] == "ExpertReview"
    both = ("check", folder / "rule.toml", "--labels", labels, "--careful", "0.9")
    assert "give one of them" in complaint(run(*both))


def test_hours_and_floor_stand_in_the_economics_too(tmp_path: Path) -> None:
    text = EXAMPLE.replace("# hours", "hours").replace("# hourly", "hourly")
    found = pg.check_rule(find_preset("mturk-bonus").rule, economics(tmp_path, text), rivals=False)
    assert (found.hours, found.hourly_floor) == (1.5, 6.0)
    with pytest.raises(pg.DataError, match=r"batch\.hours is not given"):
        economics(tmp_path, EXAMPLE.replace("# hourly", "hourly"))


def test_money_and_problem_that_do_not_fit_are_refused() -> None:
    checks = pg.GoldenQuestions(n=10, margin=0.8)
    rule = find_preset("mturk-bonus").rule
    for asked, said in (
        (lambda: pg.check_rule(rule, monitor=checks), "20 checks and the monitor 10"),
        (lambda: pg.check_rule(pg.FlatWage(3.0)), "doesn't say what is counted"),
        (lambda: pg.check_rule(pg.DebtContract(1.0), monitor=checks), "no rule to audit"),
        (lambda: pg.earnings(pg.NormalMonitor(n=4), pg.FlatWage(1.0)), "no counts"),
        (lambda: pg.earnings(checks, pg.FlatWage(1.0), [1.5]), "no effort"),
        (lambda: pg.earnings(checks, pg.FlatWage(1.0), floor=3.0), "hours are not given"),
    ):
        with pytest.raises(pg.ModelError, match=said):
            asked()


def test_costs_that_have_no_scale_and_efforts_in_levels_are_audited() -> None:
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=pg.TabulatedCost([0.0, 1.0, 3.0]),
        value=pg.LinearValue(20.0),
        monitor=pg.GoldenQuestions(n=8, margin=0.8),
        wage_floor=0.0,
        efforts=pg.Finite([0.0, 0.5, 1.0]),
    )
    found = pg.check_rule(pg.BinaryContract(2.0, 6.0, 6), problem)
    assert [row.effort for row in found.rows] == [0.0, 0.5, 1.0]
    assert found.behaviour is not None
    assert [limit.effort for limit in found.behaviour.limits] == [0.5, 1.0]
    assert net_worth(problem, pg.FlatWage(2.0), 1.0) == pytest.approx(-1.0)
    json.dumps(found.to_dict(), allow_nan=False)


def words_of(text: str) -> Iterator[str]:
    yield from text.split()


def test_no_word_of_an_economist_reaches_the_page(tmp_path: Path) -> None:
    page = str(pg.check_rule(find_preset("toloka-bands").rule, economics(tmp_path)))
    for term in ("participation", "incentive", "Contract", "utility", "reservation"):
        assert not any(term in word for word in words_of(page)), term
