"""Real label files, with numbers that were counted independently of this library."""

from pathlib import Path

import numpy as np
import pytest

from paygrade.assessment.annotations import Annotations, read_annotations
from paygrade.assessment.calibration import calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.errors import DataError
from paygrade.model.counting import ExpertReview

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
    assert found.loc[found["p_value"] < 0.001, "worker"].tolist() == ["ann20"]


def test_bluebirds_have_golden_answers() -> None:
    found = assess(read_annotations(DATA / "bluebirds.csv.gz"))
    assert found.attrs["monitor"] == "GoldenQuestions"
    assert (len(found), set(found["checked"])) == (39, {108})
    assert found["agreement"].mean() == pytest.approx(0.635565, abs=1e-6)
    raw = 2 * np.quantile(found["agreement"], 0.9) - 1
    assert found.attrs["signal"] < raw + 0.05
    assert found["effort"].min() == 0.0
    assert found["effort"].max() == 1.0


def test_a_file_with_export_duplicates_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"w0000' labels item 't0000' .* \(lines 2 and 6; cases like this: 3248\)"
    ):
        read_annotations(DATA / "gal_hitspam_crowdflower.csv.gz")


def test_a_file_with_long_format_repeats_is_refused_with_the_way_out() -> None:
    with pytest.raises(DataError, match=r"cases like this: 8039.* put the second answer into a"):
        read_annotations(DATA / "gal_adultcontent3_hcomp2010.csv.gz")


def test_five_classes_need_one_to_be_named() -> None:
    import pandas as pd

    table = pd.read_csv(DATA / "gal_adultcontent3_hcomp2010.csv.gz", dtype=str)
    once = table.drop_duplicates(["worker", "task"])
    with pytest.raises(DataError, match=r"5 different answers \('B', 'G', 'P', 'R', 'X'\)"):
        read_annotations(once)
    labels = read_annotations(once, positive="X")
    assert labels.answers == ["X", "not X"]
    with pytest.raises(DataError, match="the labels stand alone"):
        assess(labels)


def test_wrong_columns_are_met_with_the_right_ones() -> None:
    with pytest.raises(DataError, match="perhaps 'judge'"):
        read_annotations(DATA / "mtbench_judgments.csv.gz")
    with pytest.raises(DataError, match="perhaps 'annotator'"):
        read_annotations(DATA / "xhate_stability.csv.gz", task="row,condition", label="label1")
