"""What holds of every table: symmetries, monotonicity, coverage, and no crash on any input."""

import csv
import io
import tempfile
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from paygrade.assessment.calibration import build_monitor, calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.assessment.simulate import simulate_labels
from paygrade.assessment.spread import accuracy_quantile
from paygrade.errors import DataError
from paygrade.labels.annotations import Annotations, read_annotations
from paygrade.model.counting import (
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)

KINDS: dict[type[CountingMonitor], str] = {
    GoldenQuestions: "gold",
    ExpertReview: "expert",
    SelfConsistency: "repeat",
}
NUMBERS = ["checked", "agreed", "agreement", "effort", "effort_low", "effort_high", "p_value"]

kinds = st.sampled_from(list(KINDS))
signals = st.floats(0.05, 1.0)
worker_counts = st.integers(1, 25).flatmap(
    lambda checked: st.tuples(st.integers(0, checked), st.just(checked))
)
counts = st.lists(worker_counts, min_size=1, max_size=6)


def table_of(counts: list[tuple[int, int]], column: str) -> pd.DataFrame:
    """Labels of workers w0, w1, ... who agree so often in so many checks, and two more."""
    rows = [
        (f"t{i}", f"w{worker}", "AB"[i % 2], "AB"[i % 2 if i < agreed else 1 - i % 2])
        for worker, (agreed, checked) in enumerate(counts)
        for i in range(checked)
    ]
    rows += [("u1", "w0", "A", ""), ("u2", "w0", "B", "")]
    return pd.DataFrame(rows, columns=["task", "worker", "label", column])


def estimates_of(table: pd.DataFrame, kind: type[CountingMonitor], signal: float) -> pd.DataFrame:
    return assess(read_annotations(table), kind, signal=signal)


@given(counts, kinds, signals, st.randoms(use_true_random=False))
def test_rows_names_and_answers_can_change_places(
    counts: list[tuple[int, int]], kind: type[CountingMonitor], signal: float, random: Random
) -> None:
    table = table_of(counts, KINDS[kind])
    before = estimates_of(table, kind, signal)
    shuffled = table.sample(frac=1.0, random_state=random.randrange(2**32))
    renamed = shuffled.assign(worker="z" + shuffled["worker"], task="z" + shuffled["task"])
    swapped = renamed.replace({"label": {"A": "B", "B": "A"}, KINDS[kind]: {"A": "B", "B": "A"}})
    after = estimates_of(swapped, kind, signal)
    assert after["worker"].tolist() == ["z" + worker for worker in before["worker"]]
    pd.testing.assert_frame_equal(after[NUMBERS], before[NUMBERS])


@given(counts, kinds, st.randoms(use_true_random=False))
def test_calibration_does_not_depend_on_order_or_names(
    counts: list[tuple[int, int]], kind: type[CountingMonitor], random: Random
) -> None:
    table = table_of(counts, KINDS[kind])
    shuffled = table.sample(frac=1.0, random_state=random.randrange(2**32))
    found: list[object] = []
    for each in (table, shuffled.assign(worker="z" + shuffled["worker"])):
        try:
            calibration = calibrate_signal(read_annotations(each), kind)
            found.append((calibration.signal, calibration.low, calibration.high))
        except DataError as error:
            found.append(str(error))
    assert found[0] == found[1]


@given(kinds, signals, st.integers(1, 40), st.floats(0.5, 0.999))
def test_more_agreement_never_lowers_an_estimate(
    kind: type[CountingMonitor], signal: float, checked: int, level: float
) -> None:
    table = table_of([(agreed, checked) for agreed in range(checked + 1)], KINDS[kind])
    found = assess(read_annotations(table), kind, signal=signal, level=level)
    for column in ("effort", "effort_low", "effort_high", "p_value"):
        assert found[column].is_monotonic_increasing
    assert (found["effort_low"] <= found["effort"]).all()
    assert (found["effort"] <= found["effort_high"]).all()
    assert found["effort_low"].min() >= 0.0
    assert found["effort_high"].max() <= 1.0


@given(counts, kinds, signals, st.sampled_from(["tie", "Tie (inconsistent)", "BOTH", "draw"]))
def test_a_tie_on_either_side_changes_nothing(
    counts: list[tuple[int, int]], kind: type[CountingMonitor], signal: float, tie: str
) -> None:
    table = table_of(counts, KINDS[kind])
    ties = [("v1", "w0", tie, "A"), ("v2", "w0", "A", tie), ("v3", "w0", tie, tie)]
    more = pd.concat([table, pd.DataFrame(ties, columns=table.columns)])
    before, after = estimates_of(table, kind, signal), estimates_of(more, kind, signal)
    pd.testing.assert_frame_equal(after, before)


@given(counts, st.floats(0.05, 0.95), st.floats(0.5, 0.999))
def test_the_calibrated_quantile_lies_in_its_interval(
    counts: list[tuple[int, int]], probability: float, level: float
) -> None:
    agreed, checked = zip(*counts, strict=True)
    found = accuracy_quantile(agreed, checked, probability, level)
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    wider = accuracy_quantile(agreed, checked, probability, (1.0 + level) / 2.0)
    assert wider.low <= found.low + 1e-6
    assert wider.high >= found.high - 1e-6


# Coverage, by adding up the binomial law over all counts: no simulation error.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signal", [0.3, 0.8, 1.0])
@pytest.mark.parametrize("checked", [1, 2, 5, 20, 60])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_at_least_as_often_as_they_say(
    kind: type[CountingMonitor], signal: float, checked: int, level: float
) -> None:
    table = table_of([(agreed, checked) for agreed in range(checked + 1)], KINDS[kind])
    found = assess(read_annotations(table), kind, signal=signal, level=level)
    law = build_monitor(kind, checked, signal)
    for effort in [0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0]:
        # a fair coin is 1/2 up to rounding on both sides of the inversion
        covered = (found["effort_low"] <= effort + 1e-9) & (effort - 1e-9 <= found["effort_high"])
        chances = binom.pmf(found["agreed"].to_numpy(), checked, float(law.accuracy(effort)))
        assert chances @ covered >= level - 1e-12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("checked", [1, 10, 60])
@pytest.mark.parametrize("standard", [0.2, 0.8, 1.0])
def test_p_values_are_small_no_more_often_than_they_say(
    kind: type[CountingMonitor], checked: int, standard: float
) -> None:
    table = table_of([(agreed, checked) for agreed in range(checked + 1)], KINDS[kind])
    found = assess(read_annotations(table), kind, signal=0.7, standard=standard)
    law = build_monitor(kind, checked, 0.7)
    for effort in (standard, min(1.0, standard + 0.1)):  # at the standard, and above it
        chances = binom.pmf(found["agreed"].to_numpy(), checked, float(law.accuracy(effort)))
        for alpha in (0.01, 0.05, 0.2, 0.5):
            assert chances @ (found["p_value"] <= alpha) <= alpha + 1e-12


def test_intervals_of_simulated_annotators_hold_their_efforts() -> None:
    labels = simulate_labels(
        items=1500, seed=7, efforts=[*np.linspace(0, 1, 100)], labels_per_worker=300, repeat_share=1
    )
    truth = np.array(list(labels.attrs["efforts"].values()))
    for kind, signal in ((ExpertReview, "rho"), (SelfConsistency, "kappa")):
        found = assess(read_annotations(labels), kind, signal=labels.attrs[signal])
        held = (found["effort_low"] <= truth) & (truth <= found["effort_high"])
        assert held.sum() >= 90  # of 100 at 95 %: fewer has probability 0.01 at exact coverage
        assert np.corrcoef(found["effort"], truth)[0, 1] > 0.8


@pytest.mark.parametrize(("a", "b"), [(8.0, 2.0), (20.0, 5.0), (3.0, 1.0)])
def test_the_interval_of_a_careful_accuracy_covers_it(a: float, b: float) -> None:
    draw = np.random.default_rng(8)
    truth, held = beta.ppf(0.9, a, b), 0
    for _ in range(120):
        agreed = draw.binomial(40, draw.beta(a, b, 30))
        found = accuracy_quantile(agreed, [40] * 30, 0.9, 0.95)
        held += found.low <= truth <= found.high
    assert held >= 105  # Wilks' theorem is asymptotic; 95 % is 114 of 120, two sd of noise are 5


# Files


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8)),
        min_size=2,
        max_size=8,
        unique_by=lambda names: (names[0].strip(), names[1].strip()),
    ).filter(lambda rows: all(name.strip() and "\0" not in name for row in rows for name in row)),
    st.sampled_from(",;\t|"),
)
def test_any_names_survive_a_file(names: list[tuple[str, str]], delimiter: str) -> None:
    rows = [(task, worker, "AB"[i % 2]) for i, (task, worker) in enumerate(names)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("task", "worker", "label"), *rows])
    found = read_bytes(text.getvalue().encode()).table
    assert found["task"].tolist() == [task.strip() for task, _ in names]
    assert found["worker"].tolist() == [worker.strip() for _, worker in names]


lines = st.lists(
    st.text(alphabet='ab,;"\t|\r\n0é#\\ \x00', max_size=12) | st.just("t1,w,A") | st.just("t2,w,B"),
    max_size=8,
)


@settings(max_examples=150)
@given(st.sampled_from([b"", b"task,worker,label\n", b"\xef\xbb\xbftask;worker;label\r\n"]), lines)
def test_a_mangled_table_is_read_or_refused(header: bytes, lines: list[str]) -> None:
    refused_or_read(header + "\n".join(lines).encode())


@settings(max_examples=100)
@given(
    st.sampled_from([b"", b"PAR1", b"\x1f\x8b", b"task,worker,label\n"]), st.binary(max_size=200)
)
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    refused_or_read(start + rest)


def refused_or_read(content: bytes) -> None:
    try:
        annotations = read_bytes(content)
    except DataError:
        return
    assert annotations.table[["task", "worker", "label"]].notna().all(axis=None)
    assert annotations.table["label"].nunique() >= 2


def read_bytes(content: bytes) -> Annotations:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "labels.csv")
        path.write_bytes(content)
        return read_annotations(path)
