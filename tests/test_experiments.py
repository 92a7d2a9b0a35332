"""Experiments: what they simulate is what the formulas say, and a wrong formula is found out."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from typer.testing import CliRunner

from paygrade.cli.entry import app
from paygrade.errors import DataError, MissingExtra
from paygrade.experiments import library, monitors
from paygrade.experiments.annotators import Items, items_of
from paygrade.experiments.experiment import Experiment, Outcome, Setting
from paygrade.experiments.features import pair_features
from paygrade.experiments.golden import SHOWN, Checks
from paygrade.experiments.library import EXPERIMENTS, find_experiment
from paygrade.experiments.published import share_interval
from paygrade.experiments.reward_model import fit_reward_model
from paygrade.experiments.texts import simulate_texts
from paygrade.model.counting import ExpertReview, GoldenQuestions, SelfConsistency
from paygrade.planning.goals import sample_size
from paygrade.report.experiments import to_html, to_markdown, write_report

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
published = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
SHARES = st.floats(0.05, 1.0)


def run(name: str, setting: Setting) -> Outcome:
    experiment = find_experiment(name)
    return experiment.run(experiment, setting)


# The critical effort is where two Fisher informations cross.


@given(SHARES, SHARES)
def test_at_the_critical_effort_both_checks_say_as_much(kappa: float, share: float) -> None:
    rho = share * kappa
    effort = monitors.critical_effort(kappa, rho)
    if effort < 1.0:
        self_ = SelfConsistency(1, kappa).fisher_information(effort)
        expert = ExpertReview(1, rho).fisher_information(effort)
        assert self_ == pytest.approx(float(expert), rel=1e-9)
        above = min(1.0, effort * 1.01)
        assert SelfConsistency(1, kappa).fisher_information(above) > ExpertReview(
            1, rho
        ).fisher_information(above)


def test_an_expert_who_shares_more_than_annotators_do_themselves_always_wins() -> None:
    assert monitors.critical_effort(0.5, 1.0) == math.inf


# Simulated annotators obey the laws that the monitors assume.


@given(st.sampled_from([0.0, 0.4, 0.8, 1.0]), st.sampled_from([0.0, 0.2, 0.3]))
def test_simulated_agreement_is_the_monitor_s(effort: float, taste: float) -> None:
    items, draw = items_of(None, taste), np.random.default_rng(5)
    n, annotators = 100, 400
    for counts, monitor in (
        (items.self_agreements(effort, n, annotators, draw), SelfConsistency(n, items.kappa)),
        (items.expert_agreements(effort, n, annotators, draw), ExpertReview(n, items.rho)),
    ):
        expected = float(monitor.accuracy(effort))
        error = math.sqrt(expected * (1 - expected) / (n * annotators))
        assert abs(counts.mean() / n - expected) < 5 * error


def test_tastes_need_room() -> None:
    with pytest.raises(DataError, match="leave no room for tastes"):
        Items(np.array([0.9]), 0.2)


def test_the_comparison_of_monitors_agrees_with_theory() -> None:
    outcome = run("monitors", Setting(repetitions=6))
    assert [each.verdict for each in outcome.statements] == ["agrees"] * 3


def test_a_wrong_critical_effort_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right = monitors.critical_effort
    monkeypatch.setattr(monitors, "critical_effort", lambda k, r: right(k, r) + 0.3)
    assert run("monitors", Setting(repetitions=6)).statements[0].verdict == "differs"


def test_a_plan_of_too_few_checks_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = sample_size

    def half(*args: object, **options: object) -> object:
        plan = planned(*args, **options)  # type: ignore[arg-type]
        return replace(plan, n=plan.n // 2, cutoff=(plan.cutoff or 0) // 2)

    monkeypatch.setattr(monitors, "sample_size", half)
    assert run("monitors", Setting(repetitions=6)).statements[2].verdict == "differs"


# Reward models.


def simulated(labels: int, seed: int) -> tuple[csr_array, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    features, truth = draw.normal(size=(labels, 3)), np.array([1.5, -0.5, 0.0])
    return csr_array(features), features @ truth, truth


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_swapping_the_sides_of_pairs_changes_nothing(seed: int) -> None:
    features, utility, _ = simulated(60, seed)
    draw = np.random.default_rng(seed + 1)
    left = draw.random(60) < 1 / (1 + np.exp(-utility))
    turned = draw.random(60) < 0.5
    sign = np.where(turned, -1.0, 1.0)
    plain = fit_reward_model(features, left)
    swapped = fit_reward_model(csr_array(features.multiply(sign[:, None])), left ^ turned)
    assert np.allclose(plain.coefficients, swapped.coefficients, atol=1e-4)


@settings(max_examples=15)
@given(st.integers(0, 1000))
def test_labels_of_somebody_who_never_looks_teach_nothing(seed: int) -> None:
    features, _, _ = simulated(40, seed)
    left = np.random.default_rng(seed).random(40) < 0.5
    model = fit_reward_model(features, left, attentiveness=0.0)
    assert np.abs(model.coefficients).max() < 1e-6
    half = np.repeat([1.0, 0.0], 20)
    mixed = fit_reward_model(features, left, attentiveness=half)
    alone = fit_reward_model(features[:20], left[:20])
    assert np.allclose(mixed.coefficients, alone.coefficients, atol=1e-4)


def test_the_noise_corrected_likelihood_recovers_what_the_plain_one_shrinks() -> None:
    features, utility, truth = simulated(40_000, 3)
    draw = np.random.default_rng(4)
    attentive = 0.5
    left = draw.random(40_000) < 0.25 + attentive / (1 + np.exp(-utility))
    corrected = fit_reward_model(features, left, attentiveness=attentive, ridge=0.01)
    plain = fit_reward_model(features, left, ridge=0.01)
    assert np.allclose(corrected.coefficients, truth, atol=0.15)
    assert abs(plain.coefficients[0]) < 0.7 * abs(truth[0])


@pytest.mark.parametrize("kind", ["tfidf", "embedding", "model"])
def test_features_change_sign_with_the_sides(kind: str) -> None:
    if kind == "tfidf":
        pytest.importorskip("sklearn")
    if kind == "embedding":
        pytest.importorskip("wordllama")
    pairs = simulate_texts(20, 1)
    swap = {"left": "right", "right": "left"}
    swap |= {"left_model": "right_model", "right_model": "left_model"}
    turned = pair_features(pairs.rename(columns=swap), kind)
    assert np.allclose(pair_features(pairs, kind).toarray(), -turned.toarray())
    with pytest.raises(DataError, match="unknown; choose tfidf"):
        pair_features(pairs, "bag")
    lost = "left_model" if kind == "model" else "left"
    with pytest.raises(DataError, match="1 of 20 pairs have no left"):
        pair_features(pairs.assign(**{lost: pairs[lost].where(pairs.index > 0)}), kind)


def test_simulated_pairs_are_the_same_for_a_seed_and_the_stronger_model_wins() -> None:
    pairs = simulate_texts(1000, 7, stronger=0.3)
    pd.testing.assert_frame_equal(pairs, simulate_texts(1000, 7, stronger=0.3))
    side = np.where(pairs["left_model"] == "stronger", 1, -1)
    assert (0.5 + 0.5 * side * pairs["margin"]).mean() > 0.65
    assert ((pairs["margin"] > 0) == (pairs["label"] == "left")).all()


# Experiments end to end, and their report.


def test_filtering_users_beats_as_many_at_random() -> None:
    pytest.importorskip("sklearn")
    outcome = run("users", Setting(repetitions=6))
    assert outcome.statements[0].verdict == "agrees"
    rows = next(iter(outcome.tables.values())).set_index("trained on")
    assert rows.loc["filtered users", "low"] > rows.loc["random users", "high"]
    assert rows.loc["noise-corrected", "accuracy"] > rows.loc["all labels", "accuracy"]


def test_golden_questions_show_what_attention_checks_do_not() -> None:
    pytest.importorskip("sklearn")
    outcome = run("golden", Setting(repetitions=10))
    assert [each.verdict for each in outcome.statements] == ["agrees"] * 3
    table = next(iter(outcome.tables.values())).set_index("checks")
    spotted, mean = table.loc["top certainty", "spotted"], table.loc["chosen", "spotted"]
    assert spotted > 2 * mean  # what is chosen for certainty alone is seen


def test_checks_that_everybody_spots_show_nothing_and_unseen_ones_obey_the_law() -> None:
    draw = np.random.default_rng(0)
    efforts = np.full(4000, 0.4)
    seen = Checks("seen", np.ones(30), np.ones(30)).answers(efforts, draw)
    assert (seen == SHOWN).all()
    unseen = Checks("unseen", np.full(30, 0.8), np.zeros(30)).answers(efforts, draw)
    expected = GoldenQuestions(SHOWN, 0.8).accuracy(0.4)
    assert unseen.mean() / SHOWN == pytest.approx(float(expected), abs=0.01)


def test_pairs_that_can_t_answer_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    pairs = simulate_texts(500, 1)  # of two models that are as good as each other
    run_ = CliRunner().invoke
    for name, change, complaint in (
        ("users", {}, "next to nothing of attention"),
        ("users", {"left_model": "a", "right_model": "b"}, "next to nothing of attention"),
        ("downstream", {"left": None}, "500 pairs without a response"),
        ("monitors", {"margin": None}, "the pairs have no margins"),
        ("golden", {"margin": None}, "margin"),
    ):
        path = tmp_path / "pairs.jsonl"
        pairs.assign(**change).to_json(path, orient="records", lines=True)
        done = run_(app, ["experiment", name, "--data", str(path), "--repetitions", "3"])
        assert done.exit_code == 2, (name, done.output)
        assert complaint in done.output


@published
@pytest.mark.parametrize("name", ["judges", "position", "arguments"])
def test_published_labels(name: str) -> None:
    outcome = run(name, Setting(folder=DATA, repetitions=3))
    measured = " ".join(each.measured for each in outcome.statements)
    expected = {
        "judges": ["0.856", "for 26 of 65 people"],
        "position": ["49.7 %", "35.8 %", "14.5 %", "0.831"],
        "arguments": ["correlation 0.9986"],
    }
    assert all(number in measured for number in expected[name])
    assert "differs" not in {each.verdict for each in outcome.statements}


def test_a_share_s_interval_covers_it_when_groups_hang_together() -> None:
    draw = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        rates = draw.beta(2, 2, 60)
        group = np.repeat(np.arange(60), 10)
        right = draw.random(600) < rates[group]
        _, low, high = share_interval(right, group, trial, draws=400)
        hits += low <= 0.5 <= high
    assert hits >= 200 * 0.9


def test_the_command_writes_a_report_that_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    options = ["experiment", "all", "--repetitions", "3", "--out", str(tmp_path / "report")]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    assert "not run: MT-Bench's judges" in done.output
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert "url(http" not in page
    assert "@import" not in page
    text = (tmp_path / "report" / "report.md").read_text("utf-8")
    assert "## Not run" in text
    for drawing in re.findall(r"\]\(([^)]+\.svg)\)", text):
        assert (tmp_path / "report" / drawing).is_file()


def test_without_an_extra_the_rest_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(_: Experiment, __: Setting) -> Outcome:
        raise MissingExtra("nothing learns here", "learn")

    known = {name: EXPERIMENTS[name] for name in ("monitors", "downstream")}
    known["downstream"] = replace(known["downstream"], run=lacks)
    monkeypatch.setattr(library, "EXPERIMENTS", known)
    options = ["experiment", "all", "--repetitions", "3", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 1
    assert "not run: Reward models" in done.output
    text = (tmp_path / "report.md").read_text("utf-8")
    assert 'pip install -e ".[learn]"' in text
    assert "Expert review against self-consistency" in text
    assert CliRunner().invoke(app, ["experiment", "downstream"]).exit_code == 2


def test_one_experiment_as_json_and_what_is_refused(tmp_path: Path) -> None:
    run_ = CliRunner().invoke
    done = run_(app, ["experiment", "users", "--repetitions", "3", "--json"])
    found = json.loads(done.stdout)
    assert found[0]["experiment"] == "users"
    assert found[0]["statements"][0]["measured"]
    unknown = run_(app, ["experiment", "nonsense"])
    assert unknown.exit_code == 2
    assert "choose all, monitors" in unknown.output
    missing = run_(app, ["experiment", "judges", "--data", str(tmp_path)])
    assert missing.exit_code == 2
    assert "mtbench_judgments" in missing.output
    (tmp_path / "mtbench_judgments.csv.gz").write_bytes(b"")
    (tmp_path / "mtbench_judgments.csv.gz").unlink()
    (tmp_path / "mtbench_judgments.csv").write_text("a,b\n1,2\n")
    renamed = run_(app, ["experiment", "judges", "--data", str(tmp_path)])
    assert renamed.exit_code == 2
    assert "has no column question_id" in renamed.output
    listed = run_(app, ["experiment", "--list"])
    assert listed.exit_code == 0
    assert all(name in listed.output for name in EXPERIMENTS)


def test_a_verdict_that_differs_is_loud(tmp_path: Path) -> None:
    outcome = run("monitors", Setting(repetitions=3))
    wrong = replace(outcome.statements[0], verdict="differs", claim="a | b <c>")
    changed = replace(outcome, statements=(wrong,))
    assert "DIFFERS" in to_markdown([changed], {})
    assert "a | b" in to_markdown([changed], {})
    assert "a | b &lt;c&gt;" in to_html([changed], {})
    assert write_report([changed], {"x": "why"}, tmp_path / "new").is_file()
