"""The page's view model: what each panel says follows from the library's own numbers."""

import json
import re
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paygrade.agent.expected import agent_utility
from paygrade.assessment.simulate import simulate_labels
from paygrade.errors import DataError, ModelError
from paygrade.explore import charts, exports, words
from paygrade.explore.advice import CLASSES, Job, Offer, checks_around, jobs_for, lost_under
from paygrade.explore.desk import Desk
from paygrade.explore.facts import Outcome, RuleFacts, rule_facts
from paygrade.explore.label_file import Loaded, load_bytes, load_example, load_file
from paygrade.explore.mistakes import if_off
from paygrade.explore.roles import guess_columns
from paygrade.explore.situation import KINDS, Kind, Situation, Work
from paygrade.model.contract import BinaryContract
from paygrade.model.utility import CRRA, LogUtility, RiskNeutral
from paygrade.operations.rule_file import read_rule
from paygrade.report.economics import read_economics

WORKING = Situation(bonus=4.66, base=7.97, cutoff=49, currency="EUR")
RATE = replace(WORKING, kind="rate", base=2.0, bonus=12.0)
TIERS = replace(WORKING, kind="tiers", cutoff=46, second_cutoff=51, bonus=3.5, second_bonus=1.5)
SETTLED = (Outcome.WORKS, Outcome.LOSES, Outcome.SHIRKS)
KINDS_TRIED = (WORKING, RATE, TIERS)


def facts_of(now: Situation) -> RuleFacts:
    return rule_facts(now.problem, now.contract)


@pytest.fixture(scope="module")
def example() -> Loaded:
    return load_example()


@pytest.fixture(scope="module")
def recommended() -> Offer:
    return Job(Work(), 60, rounded=True).run()


def best_of(offer: Offer) -> RuleFacts:
    assert offer.design is not None
    return rule_facts(offer.design.problem, offer.design.contract)


# --- the sliders


@pytest.mark.parametrize(
    ("risk", "kind"), [(0.0, RiskNeutral), (1.0, LogUtility), (0.5, CRRA), (3.0, CRRA)]
)
def test_dislike_of_risk_is_a_utility(risk: float, kind: type) -> None:
    assert isinstance(Work(risk=risk).problem(9).utility, kind)


def test_careful_work_is_as_often_right_as_the_slider_says() -> None:
    for counted in ("golden", "expert", "repeats"):
        monitor = Work(counted=counted, careful=0.9).problem(9).monitor
        assert monitor.accuracy(1.0) == pytest.approx(0.9)  # type: ignore[attr-defined]


def test_a_pass_mark_beyond_the_checks_is_refused() -> None:
    with pytest.raises(ModelError, match="pass mark is 61 of 60"):
        Situation(cutoff=61)
    with pytest.raises(ModelError, match="second pass mark is 40 and the first one 48"):
        Situation(kind="tiers", second_cutoff=40)
    assert Situation(kind="rate", cutoff=61).contract.wage(0.5) == 9.5  # has no pass mark


@pytest.mark.parametrize("change", [{"value": 0.0}, {"full_effort": -1.0}, {"careful": 0.5}])
def test_work_that_makes_no_sense_is_refused_in_words(change: dict[str, float]) -> None:
    with pytest.raises((DataError, ModelError)):
        Work(**change).problem(9)  # type: ignore[arg-type]


# --- what a rule does


@settings(max_examples=25)
@given(
    base=st.floats(0.0, 20.0),
    bonus=st.floats(0.0, 20.0),
    share=st.floats(0.0, 1.0),
    checks=st.integers(1, 80),
    risk=st.sampled_from([0.0, 0.5, 1.0, 2.5]),
    kind=st.sampled_from(KINDS),
)
def test_nothing_drawn_is_better_than_the_best_response(
    base: float, bonus: float, share: float, checks: int, risk: float, kind: Kind
) -> None:
    cutoff = int(share * (checks - 1))
    now = Situation(
        work=Work(risk=risk),
        kind=kind,
        base=base,
        bonus=bonus,
        checks=checks,
        cutoff=cutoff,
        second_cutoff=min(cutoff + 3, checks),
    )
    facts = facts_of(now)
    assert facts.gains.max() <= facts.gain + 1e-6
    assert np.all(np.diff(facts.passes, axis=-1) >= -1e-12)
    assert np.all(np.diff(facts.pays) >= -1e-9)  # care is never paid less
    counts, law = facts.counts(facts.effort)
    assert law.sum() == pytest.approx(1.0, abs=0.02)
    assert counts[0] >= 0
    assert counts[-1] <= checks
    # annotators stay exactly where they are no worse off than elsewhere
    if facts.outcome is Outcome.LEAVES:
        assert facts.gain < 0
    elif facts.outcome in SETTLED:
        assert facts.gain >= -1e-6


def test_gains_are_sure_money_and_order_efforts_as_utility_does() -> None:
    facts = facts_of(WORKING)
    payoff = agent_utility(facts.problem, facts.contract, facts.efforts)
    assert np.array_equal(np.argsort(facts.gains), np.argsort(payoff))
    flat = rule_facts(facts.problem, BinaryContract(9.5, 0.0, 49.0))
    assert flat.gain == pytest.approx(1.5)  # paid 9.50 for nothing instead of 8.00 elsewhere


@pytest.mark.parametrize(
    ("now", "outcome", "says"),
    [
        (WORKING, Outcome.WORKS, "giving all items full care"),
        (replace(RATE, base=3.0, bonus=10.0, work=Work(value=40.0)), Outcome.WORKS, "Some care"),
        (replace(RATE, base=8.0, bonus=3.0), Outcome.LOSES, "worth less to you than it costs"),
        (Situation(), Outcome.SHIRKS, "not reading the items at all"),
        (replace(WORKING, base=2.0), Outcome.LEAVES, "rather work elsewhere"),
        (replace(WORKING, work=Work(floor=9.0)), Outcome.BREAKS_FLOOR, "lowest allowed pay"),
    ],
)
def test_the_verdict_says_what_the_certificate_proves(
    now: Situation, outcome: Outcome, says: str
) -> None:
    facts = facts_of(now)
    assert facts.outcome is outcome
    assert says in words.verdict(now, facts).headline
    assert facts.certificate.holds is (outcome in SETTLED)


def test_no_sentence_needs_a_degree() -> None:
    jargon = ("utility", "utils", "agency", "incentive", "moral hazard", "IC", "certainty")
    said = []
    for now in KINDS_TRIED:
        facts = facts_of(now)
        said += [
            words.rule_line(now, facts),
            words.summary(now, facts),
            words.effort_caption(now, facts),
            words.pass_caption(now, facts),
            words.pay_caption(now, facts),
            exports.announcement(now, facts),
            *(cell for row in exports.comparison(now, facts, None) for cell in row),
            *vars(words.verdict(now, facts)).values(),
        ]
    for sentence in said:
        assert not [term for term in jargon if f" {term}" in sentence], sentence


def test_what_is_earned_of_a_bonus_is_the_chance_to_pass() -> None:
    bonus, rate, tiers = map(facts_of, KINDS_TRIED)
    for effort in (0.0, 0.4, 1.0):
        assert bonus.share_earned(effort) == pytest.approx(bonus.pass_chance(effort))
        accuracy = float(rate.monitor.accuracy(effort))
        assert rate.share_earned(effort) == pytest.approx(accuracy)
        of_both = 3.5 * tiers.pass_chance(effort) + 1.5 * tiers.pass_chance(effort, 1)
        assert tiers.share_earned(effort) == pytest.approx(of_both / 5.0)
    assert facts_of(replace(WORKING, bonus=0.0)).share_earned(1.0) is None


def test_what_is_off_and_costs_nothing_is_left_out() -> None:
    rows = if_off(WORKING, facts_of(WORKING))
    lost = [float(row["you lose"].split()[0]) for row in rows]
    assert lost == sorted(lost, reverse=True)
    assert min(lost) > 0
    said = {(row["If this"], row["but"]): row["annotators"] for row in rows}
    assert said["Trouble of full care", "4.40 EUR"] == "leave"
    assert ("Trouble of full care", "3.60 EUR") not in said
    assert said["Careful work gets right", "82.4 %"] == "leave"
    assert [row["is not"] for row in rows if row["If this"] == "Checks per batch"] == ["60"] * 2
    for now in (RATE, TIERS):
        assert if_off(now, facts_of(now))


def test_every_batch_is_counted_once_in_what_is_paid() -> None:
    facts = facts_of(TIERS)
    said = words.pay_caption(TIERS, facts)
    assert [f"{wage} EUR in " in said for wage in ("7.97", "11.47", "12.97")] == [True] * 3
    first, *_ = said.split("Those")
    shares = [float(share) for share in re.findall(r"in ([\d.]+) %", first)]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)


# --- the recommended rule and the curves over checks


def test_the_recommended_rule_is_certified_and_beats_the_one_in_use(recommended: Offer) -> None:
    best = best_of(recommended)
    assert best.outcome is Outcome.WORKS
    assert best.payoff > facts_of(Situation()).payoff
    assert best.payoff >= facts_of(WORKING).payoff - 0.01


def test_classes_are_ordered_as_they_contain_each_other() -> None:
    offers = {family: Job(Work(), 20, family).run() for family in CLASSES}
    lost = {family: offer.lost for family, offer in offers.items()}
    assert all(amount is not None for amount in lost.values()), offers
    assert lost["any"] <= lost["tiers"] + 1e-6 <= lost["bonus"] + 2e-6  # type: ignore[operator]
    assert lost["any"] <= lost["rate"] + 1e-6  # type: ignore[operator]


def test_what_is_lost_today_is_what_the_ideal_leaves_more(recommended: Offer) -> None:
    facts = facts_of(Situation())
    assert recommended.ideal is not None
    lost = lost_under(facts, [recommended])
    assert lost == pytest.approx(recommended.ideal.payoff - facts.payoff)
    assert lost_under(facts_of(replace(WORKING, base=2.0)), [recommended]) is None
    assert lost_under(facts, []) is None


def test_work_that_is_worth_nothing_gets_a_reason_instead_of_a_rule() -> None:
    offer = Job(Work(value=1.0), 20).run()
    assert offer.design is None
    assert offer.lost is None
    assert "not worth" in offer.reason


@given(st.integers(1, 300))
def test_curves_are_worked_out_around_the_checks_in_use(checks: int) -> None:
    around = checks_around(checks)
    assert checks in around
    assert list(around) == sorted(set(around))
    first, *rest = jobs_for(Work(), checks)
    assert (first.rounded, first.checks, first.family) == (True, checks, "bonus")
    assert len(rest) == len(set(rest)) == len(around) * len(CLASSES)


# --- jobs beside the page


class Lazy(Executor):
    """An executor that starts nothing until it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Offer], Job]] = []

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[Offer] = Future()
        self.waiting.append((future, args[0]))
        return future

    def work(self) -> list[Job]:
        done = []
        for future, job in self.waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(Offer(job, None, None, "tried"))
                done.append(job)
        self.waiting.clear()
        return done


def test_jobs_that_are_no_longer_wanted_are_taken_back_and_answers_are_kept() -> None:
    office = Lazy()
    desk = Desk(office)
    early, late = jobs_for(Work(), 8), jobs_for(Work(value=30.0), 8)
    desk.want(early)
    assert desk.is_busy(early)
    desk.want(late)
    assert office.work() == late
    assert set(desk.answers()) == set(late)
    desk.want(late)
    assert not desk.is_busy(late)
    assert office.waiting == []


def test_a_desk_works_with_threads_and_waits_no_longer_than_asked() -> None:
    with ThreadPoolExecutor(1) as office:
        hold = threading.Event()
        office.submit(hold.wait)
        desk = Desk(office)
        jobs = [Job(Work(), 5)]
        desk.want(jobs)
        assert desk.answers(0.01) == {}
        hold.set()
        while desk.is_busy(jobs):
            desk.answers(0.1)
        assert desk.answers()[jobs[0]].design is not None


# --- labels


def as_csv(**renamed: str) -> bytes:
    labels = simulate_labels(workers=6, items=60, seed=5)
    return labels.rename(columns=renamed).to_csv(index=False).encode()


def test_the_example_says_how_often_careful_work_is_right(example: Loaded) -> None:
    assert example.counted == "expert"
    assert example.careful("expert") == pytest.approx(0.86, abs=0.01)
    assert example.careful("golden") is None
    assert "set the share yourself" in example.describe("golden")
    assert "best tenth" in example.describe("expert")


def test_usual_names_of_columns_are_guessed() -> None:
    found = load_bytes(as_csv(worker="annotator_id", task="Item", label="answer"), "mine.csv")
    assert len(found.workers) == 6
    assert guess_columns(("x", "y")) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"worker,task,label\n", "mine.csv"),
        (b"name,age\nann,3\n", "mine.csv"),
        (b"worker,task,label\nann,1,yes\nbob,1,no\n", "known answers"),
        (b"PK\x03\x04 not a table", "mine.csv"),
        (b"\x00\xff" * 200, "mine.csv"),
    ],
)
def test_a_bad_file_is_refused_by_its_name_and_not_by_where_it_was_put(
    content: bytes, says: str
) -> None:
    with pytest.raises(DataError) as refusal:
        load_bytes(content, "mine.csv")
    assert says in str(refusal.value)
    assert "paygrade-" not in str(refusal.value)


# --- to take away


def test_the_rule_file_is_the_rule_that_pay_reads(tmp_path: Path) -> None:
    for now in (*KINDS_TRIED, Situation(), replace(WORKING, currency='"odd" €')):
        facts = facts_of(now)
        path = tmp_path / "rule.toml"
        path.write_text(exports.rule_toml(now, facts), encoding="utf-8")
        rule = read_rule(path)
        assert rule.contract == facts.contract
        assert (rule.checks, rule.counted, rule.currency) == (60, "expert", now.currency)
        assert rule.careful == pytest.approx(now.work.careful)
        for count in range(61):
            assert float(rule.wage(count)) == pytest.approx(facts.wage(count))
        if now.kind == "bonus":
            assert [str(each) for each in rule.amounts] == [f"{now.base:.2f}", f"{now.bonus:.2f}"]


@given(
    base=st.integers(0, 4000),
    bonus=st.integers(0, 4000),
    careful=st.integers(501, 1000),
    unit=st.sampled_from([0.01, 0.1, 1.0, 10.0]),
)
@settings(max_examples=25)
def test_amounts_in_the_rule_file_are_exact(
    base: int, bonus: int, careful: int, unit: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work = Work(careful=careful / 1000, unit=unit, wealth=2000 * unit)
    now = Situation(work=work, base=base * unit, bonus=bonus * unit)
    path = tmp_path_factory.mktemp("rules") / "rule.toml"
    path.write_text(exports.rule_toml(now, facts_of(now)), encoding="utf-8")
    rule = read_rule(path)
    assert float(rule.amounts[0]) == pytest.approx(base * unit, abs=unit * 1e-9)
    assert rule.pay(0) == rule.amounts[0]
    assert rule.pay(60) == sum(rule.amounts)


@pytest.mark.parametrize("risk", [0.0, 1.0, 2.5])
def test_the_numbers_of_the_sliders_are_settings(tmp_path: Path, risk: float) -> None:
    now = Situation(work=Work(risk=risk, careful=0.861234), checks=20, cutoff=15)
    path = tmp_path / "economics.toml"
    path.write_text(exports.economics_toml(now), encoding="utf-8")
    assert read_economics(path) == now.work.economics(20)


def test_the_json_is_what_design_prints_and_pay_reads(tmp_path: Path, example: Loaded) -> None:
    path = tmp_path / "rule.json"
    for now, family in ((WORKING, "binary"), (RATE, "linear")):
        facts = facts_of(now)
        path.write_text(exports.rule_json(now, facts, example) or "", encoding="utf-8")
        rule = read_rule(path)
        assert rule.contract == facts.contract
        assert rule.expected == pytest.approx(float(facts.monitor.accuracy(facts.effort)))
        found = json.loads(path.read_text("utf-8"))
        assert found["plans"][0][family]["status"] == "certified"
        assert {"labels", "monitor", "annotators", "economics", "people", "rule"} <= set(found)
    assert exports.rule_json(TIERS, facts_of(TIERS), example) is None


def test_annotators_are_told_amounts_mark_checks_and_appeal() -> None:
    text = " ".join(exports.announcement(WORKING, facts_of(WORKING)).split())
    for expected in ("7.97 EUR", "4.66 EUR", "12.63 EUR", "49 of 60", "an expert's answer", "Ask."):
        assert expected in text
    assert "87.4 % of batches" in text
    text = " ".join(exports.announcement(RATE, facts_of(RATE)).split())
    assert "with 30 of 60, 8.00 EUR in all; with every one, 14.00 EUR." in text
    text = " ".join(exports.announcement(TIERS, facts_of(TIERS)).split())
    assert "5.00 EUR on top, 12.97 EUR in all, if at least 51 of 60 agree" in text


def test_the_report_holds_rule_verdict_comparison_assumptions_and_evidence(
    example: Loaded, recommended: Offer
) -> None:
    now = Situation(currency="EUR")
    page = exports.report(now, facts_of(now), recommended, best_of(recommended), example)
    for expected in (
        "not reading the items",
        "Recommended",
        "PROVED",
        "24 annotators",
        "-8.00 EUR",
    ):
        assert expected in page
    alone = exports.report(now, facts_of(now), None, None, example)
    assert "Recommended" not in alone


# --- pictures


def numbers_in(spec: object) -> list[float]:
    if isinstance(spec, dict):
        return [number for value in spec.values() for number in numbers_in(value)]
    if isinstance(spec, list):
        return [number for value in spec for number in numbers_in(value)]
    return [float(spec)] if isinstance(spec, int | float) else []


def test_pictures_hold_finite_numbers_and_the_marks(recommended: Offer) -> None:
    facts = facts_of(WORKING)
    offers = [recommended, Job(Work(), 60).run()]
    drawn = [
        *(charts.effort_chart(facts_of(now)) for now in KINDS_TRIED),
        *(charts.pass_chart(facts_of(now)) for now in (WORKING, TIERS)),
        charts.average_chart(facts_of(RATE)),
        *(charts.pay_chart(facts_of(now)) for now in KINDS_TRIED),
        charts.cost_chart(WORKING, offers, 0.5),
        charts.cost_chart(WORKING, [], None),
    ]
    for spec in drawn:
        assert all(np.isfinite(numbers_in(spec)))
        json.dumps(spec, allow_nan=False)
    peak = drawn[0]["layer"][-1]["data"]["values"][-1]
    assert (peak["care"], peak["gain"]) == (facts.effort, facts.gain)


def test_a_file_on_disk_is_loaded_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(as_csv())
    found = load_file(path, "labels.csv", {"worker": "worker", "task": "task", "label": "label"})
    assert found.name == "labels.csv"
