"""Real label files, with numbers that were counted independently of this library."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paygrade.assessment.agreement import count_agreements
from paygrade.assessment.calibration import calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.assessment.two_parameters import two_parameter_report
from paygrade.errors import DataError
from paygrade.labels.annotations import Annotations, read_annotations
from paygrade.model.counting import ExpertReview, SelfConsistency
from paygrade.report.roster import BELOW, CONTRARY, Question, call_roster

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the label files are not beside this checkout"
)


def mtbench() -> Annotations:
    return read_annotations(
        DATA / "mtbench_judgments.csv.gz",
        task="question_id,turn,model_a,model_b",
        worker="judge",
        label="winner",
        expert_workers="author_*",
        ignore_workers="gpt4*",
    )


def xhate() -> Annotations:
    return read_annotations(
        DATA / "xhate_stability.csv.gz",
        task="row,condition",
        worker="annotator",
        label="label1",
        repeat="label2",
    )


def test_mtbench_judges_are_checked_against_the_authors() -> None:
    labels = mtbench()
    assert len(labels.workers) == 58
    assert all(worker.startswith("expert_") for worker in labels.workers)
    assert labels.answers == ["model_a", "model_b"]
    assert labels.left_out["labels of ignored workers"] == 2400
    found = assess(labels)
    assert found.attrs["monitor"] == "ExpertReview"
    assert (found["checked"].sum(), found["agreed"].sum()) == (232, 198)
    assert len(found) == 58


def test_mtbench_has_too_few_checks_to_tell_its_judges_apart() -> None:
    found = calibrate_signal(mtbench(), ExpertReview)
    assert found.method == "common"
    assert found.signal == pytest.approx(2 * 198 / 232 - 1)
    assert found.low < 0.65 < 0.9 < found.high


def test_xhate_annotators_agree_with_themselves() -> None:
    found = assess(xhate())
    assert found.attrs["monitor"] == "SelfConsistency"
    assert len(found) == 22
    assert set(found["checked"]) == {95}
    assert found["agreed"].sum() / found["checked"].sum() == pytest.approx(0.793, abs=5e-4)
    assert found["agreement"].min() == pytest.approx(0.558, abs=5e-4)
    assert found["agreement"].max() == pytest.approx(0.916, abs=5e-4)
    assert found.loc[found["flagged"], "worker"].tolist() == ["ann20"]
    taken_as_known = assess(xhate(), carry=False)
    assert taken_as_known.loc[taken_as_known["p_value"] < 0.001, "worker"].tolist() == ["ann20"]


def planted_errors() -> Annotations:
    """Raters were shown translations with errors planted in them, and found or missed each."""
    import pandas as pd

    table = pd.read_csv(DATA / "mqm_sxs_ende_attention_tests.csv.gz")
    # a segment may hold several planted errors, so each row is an item of its own
    return read_annotations(
        table.assign(row=range(len(table)), gold="Found"),
        task="row",
        worker="rater",
        label="result",
    )


@pytest.mark.parametrize("control", ["holm", "bh"])
@pytest.mark.parametrize(
    "options",
    [
        {"standard": "peers"},  # against all others, by Fisher's exact test
        {"signal": 1.0, "standard": 0.8},  # a stated standard: nine of ten errors found
        {"signal": 1.0, "standard": 0.9},
    ],
)
def test_two_of_ten_mqm_raters_miss_planted_errors(
    options: dict[str, object], control: str
) -> None:
    found = assess(planted_errors(), control=control, **options)  # type: ignore[arg-type]
    assert len(found) == 10
    assert found.attrs["monitor"] == "GoldenQuestions"
    flagged = found[found["flagged"]]
    counts = flagged[["worker", "agreed", "checked"]].to_numpy().tolist()
    assert counts == [["rater4", 22, 32], ["rater9", 12, 19]]
    # nor is it a close call
    assert found.loc[~found["flagged"], "p_holm"].min() == 1.0
    assert flagged["p_holm"].max() < 0.016


def test_mqm_raters_by_hand() -> None:
    p_values = assess(planted_errors(), standard="peers").set_index("worker")["p_value"]
    assert p_values["rater4"] == pytest.approx(0.000302, abs=1e-6)
    assert p_values["rater9"] == pytest.approx(0.001092, abs=1e-6)


def test_bluebirds_annotators_have_biases_of_their_own() -> None:
    found = two_parameter_report(read_annotations(DATA / "bluebirds.csv.gz"), positive="1")
    assert (found["positives"] + found["negatives"] == 108).all()
    assert found["misread"].sum() >= 10  # Welinder et al. 2010 fitted these biases
    apart = found["effort_apart"] - found["effort"]
    assert apart.abs().max() < 0.2


def test_two_bluebirds_annotators_answer_against_the_key() -> None:
    found = call_roster(read_annotations(DATA / "bluebirds.csv.gz"), Question())
    assert found.names(CONTRARY) == ["w1721", "w1737"]  # 36 and 35 of 108
    assert len(found.names(CONTRARY, BELOW)) == 12


def test_bluebirds_have_golden_answers() -> None:
    found = assess(read_annotations(DATA / "bluebirds.csv.gz"))
    assert found.attrs["monitor"] == "GoldenQuestions"
    assert (len(found), set(found["checked"])) == (39, {108})
    assert found["agreement"].mean() == pytest.approx(0.635565, abs=1e-6)
    raw = 2 * np.quantile(found["agreement"], 0.9) - 1
    assert found.attrs["signal"] < raw + 0.05
    assert found["effort"].min() == 0.0
    assert found["effort"].max() == 1.0


def test_a_file_with_export_duplicates_is_refused_with_the_choice() -> None:
    path = DATA / "gal_hitspam_crowdflower.csv.gz"
    with pytest.raises(DataError) as caught:
        read_annotations(path)
    assert "'w0000' labels item 't0000' more than once (lines 2 and 6; cases like this: 3248)" in (
        str(caught.value)
    )
    assert "answers never differ, as in an export that holds rows twice" in str(caught.value)
    assert "duplicates='drop'" in str(caught.value)
    assert "duplicates='repeat'" in str(caught.value)
    labels = read_annotations(path, duplicates="drop")
    assert len(labels.table) == 38593
    assert labels.left_out["duplicate rows"] == 42762 - 38593
    assert labels.left_out["of them with another answer"] == 0


def test_a_file_with_true_repeats_is_refused_with_the_choice() -> None:
    with pytest.raises(
        DataError, match=r"cases like this: 8039.* In 2648 of them the answers diff"
    ):
        read_annotations(DATA / "gal_adultcontent3_hcomp2010.csv.gz")


def test_true_repeats_become_checks_whatever_the_number_of_classes() -> None:
    labels = read_annotations(DATA / "gal_adultcontent3_hcomp2010.csv.gz", duplicates="repeat")
    assert labels.answers == ["B", "G", "P", "R", "X"]
    assert labels.left_out["answers between the first and the last"] == 1011
    counts = count_agreements(labels, SelfConsistency)
    assert counts["checked"].sum() == 8039
    assert counts["agreed"].sum() == 5391
    often = counts[counts["checked"] >= 20]
    assert len(often) == 42
    quantiles = (often["agreed"] / often["checked"]).quantile([0.1, 0.25, 0.5, 0.75, 0.9])
    assert quantiles.tolist() == pytest.approx([0.508, 0.603, 0.757, 0.805, 0.840], abs=5e-4)


def test_effort_from_five_classes_needs_one_to_be_named() -> None:
    path = DATA / "gal_adultcontent3_hcomp2010.csv.gz"
    with pytest.raises(DataError, match=r"5 different answers \('B', 'G', 'P', 'R', 'X'\)"):
        assess(read_annotations(path, duplicates="repeat"))
    labels = read_annotations(path, positive="X", duplicates="repeat")
    assert labels.answers == ["X", "not X"]
    assert assess(labels).attrs["monitor"] == "SelfConsistency"
    with pytest.raises(DataError, match="the labels stand alone"):
        assess(read_annotations(path, positive="X", duplicates="drop"))


def mtbench_pairs(**options: Any) -> Annotations:
    return read_annotations(
        DATA / "mtbench_judgments.csv.gz",
        task="question_id,turn",
        left="model_a",
        right="model_b",
        worker="judge",
        expert_workers="author_*",
        ignore_workers="gpt4*",
        **options,
    )


def test_mtbench_pairs_are_one_item_in_either_order() -> None:
    with pytest.raises(DataError, match=r"author_0.*lines 1971 and 1973; cases like this: 1"):
        mtbench_pairs()
    labels = mtbench_pairs(duplicates="drop")
    found = count_agreements(labels, ExpertReview)
    assert found["checked"].sum() == 426
    assert labels.answers == ["left", "right"]
    assert (labels.table["left"] < labels.table["right"]).all()
    assert 0 < labels.table["swapped"].sum() < len(labels.table)


def test_ukp_votes_name_their_sides() -> None:
    labels = read_annotations(
        DATA / "ukpconvarg1_votes.csv.gz",
        task="topic",
        left="arg1",
        right="arg2",
        winner="label",
        sides="a1,a2",
    )
    assert len(labels.workers) == 3801  # 14 more only ever found arguments equal
    assert labels.answers == ["left", "right"]
    assert labels.left_out["tied labels"] > 0


def test_wrong_columns_are_met_with_the_right_ones() -> None:
    with pytest.raises(DataError, match="perhaps 'judge'"):
        read_annotations(DATA / "mtbench_judgments.csv.gz")
    with pytest.raises(DataError, match="perhaps 'annotator'"):
        read_annotations(DATA / "xhate_stability.csv.gz", task="row,condition", label="label1")
