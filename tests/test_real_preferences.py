"""Real preference data, with numbers counted independently of this library."""

from pathlib import Path

import numpy as np
import pytest

import paygrade as pg

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the label files are not beside this checkout"
)


@pytest.fixture(scope="module")
def verdicts() -> pg.PreferencePairs:
    """GPT-4's verdicts; the pairs that it scored instead are left aside."""
    pairs = pg.read_pairs(DATA / "qlora_gpt4_judge.csv.gz")
    assert (len(pairs), pairs.table["task"].nunique()) == (50_266, 25_133)
    return pairs.keep(pairs.table["left_score"].isna().to_numpy(), "scored pairs")


def test_gpt4_prefers_what_it_sees_first(verdicts: pg.PreferencePairs) -> None:
    shares = verdicts.table["label"].value_counts(normalize=True)
    assert shares["left"] == pytest.approx(0.497, abs=5e-4)
    assert shares["right"] == pytest.approx(0.358, abs=5e-4)
    assert shares["tie"] == pytest.approx(0.145, abs=5e-4)
    assert verdicts.table["label"].isna().sum() == 1495  # -1: no verdict
    assert verdicts.left_out == {"scored pairs": 5760}


def test_gpt4_agrees_with_itself_in_five_of_six_decided_pairs(verdicts: pg.PreferencePairs) -> None:
    report = pg.monitoring_report(verdicts)
    kappa = report.sets[0].kappa
    assert kappa.means == "one annotator's two answers"
    assert (1 + kappa.value) / 2 == pytest.approx(0.831, abs=5e-4)
    assert kappa.low < 0.662 < kappa.high
    assert report.table["better"].tolist() == ["repeat"]  # if tastes are shared


def test_gpt4_as_an_annotator_is_assessed_by_its_repeats(verdicts: pg.PreferencePairs) -> None:
    labels = verdicts.to_annotations(duplicates="repeat")
    row = pg.assess(labels, monitor=pg.SelfConsistency, signal=0.662).iloc[0]
    assert row["agreement"] == pytest.approx(0.831, abs=5e-4)


def test_mtbench_judges_as_pairs() -> None:
    pairs = pg.read_pairs(DATA / "mtbench_judgments.csv.gz")
    people = pairs.keep(pairs.table["worker"] != "gpt4_pair", "verdicts of GPT-4")
    assert (len(pairs), len(people)) == (5755, 3355)
    # an author judged one pair in both orders
    with pytest.raises(pg.DataError, match="more than once"):
        people.to_annotations(named="model")
    found = pg.assess(
        people.to_annotations(named="model", expert_workers="author_*", duplicates="drop")
    )
    # With a column for each order of a pair, 232 checks; pairs shown the other way round make 426.
    assert (found["checked"].sum(), found["agreed"].sum()) == (426, 366)
    row = pg.monitoring_report(people).table.iloc[0]
    assert row["rho_from"] == "two annotators' answers"
    assert row["rho_low"] > 0.5


def test_mtbench_judges_as_users_who_compare_models() -> None:
    pairs = pg.read_pairs(DATA / "mtbench_judgments.csv.gz")
    people = pairs.keep((pairs.table["worker"] != "gpt4_pair").to_numpy())
    decided = people.keep(people.table["label"].isin(["left", "right"]).to_numpy(), "ties").table
    winner = np.where(decided["label"] == "left", decided["left_model"], decided["right_model"])
    columns = {"left": decided["left_model"], "right": decided["right_model"], "winner": winner}
    fit = pg.fit_attentiveness({"worker": decided["worker"], **columns})
    assert isinstance(fit.population, pg.Strengths)
    best = fit.population.models[np.argmax(fit.population.strength)]
    assert best == "gpt-4"
    assert len(fit.users) == decided["worker"].nunique() == 65


def test_ukp_votes_by_hand() -> None:
    pairs = pg.read_pairs(DATA / "ukpconvarg1_votes.csv.gz")
    assert len(pairs) == 84_445
    counts = pairs.table["label"].value_counts()
    assert counts.to_dict() == {"left": 32_849, "right": 32_491, "tie": 19_105}
    decided = pairs.table[pairs.table["label"] != "tie"]
    sign = np.where(decided["label"] == "left", 1, -1)
    by_task = decided.assign(sign=sign).groupby("task")["sign"].agg(["sum", "size"])
    several = by_task[by_task["size"] > 1]
    n, d = several["size"], several["sum"]
    agreement = ((d**2 - n) / (n * (n - 1))).mean()
    rho = pg.monitoring_report(pairs).sets[0].rho
    assert rho.value == pytest.approx(agreement)
    assert rho.prompts == 32
