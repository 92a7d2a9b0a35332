"""What agreement means full effort: the signal that effort is multiplied by.

An annotator who agrees in 80 % of checks may be careless on easy items or careful on hard ones.
Only the product of effort and signal is identified from one annotator's checks (theory section 1),
so somebody has to say what careful looks like: named annotators who are trusted to work at full
effort or, when nobody is named, the best tenth of all, with luck taken out. Everything that follows
is relative to this choice, so it is an object that can be read, not a default that can be missed.

| monitor | signal | agreement at effort 1 |
|---|---|---|
| ExpertReview | rho, the product of annotator's and expert's margins | (1 + rho)/2 |
| SelfConsistency | kappa, the mean squared margin | (1 + kappa)/2 |
| GoldenQuestions | the mean margin of the golden questions | (1 + margin)/2 |
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paygrade.assessment.agreement import choose_monitor, count_agreements, find_feed
from paygrade.assessment.annotations import Annotations
from paygrade.assessment.intervals import check_level, exact_interval
from paygrade.assessment.panel import matching_workers
from paygrade.assessment.spread import accuracy_quantile
from paygrade.errors import DataError, raise_problems
from paygrade.model.counting import CountingMonitor

if TYPE_CHECKING:
    import pandas as pd

CAREFUL = 0.9  # share of annotators who are at most as accurate as "careful"


@dataclass(frozen=True)
class Calibration:
    """A signal and where it comes from.

    Attributes:
        signal: excess agreement 2A - 1 at full effort, in (0, 1].
        low, high: confidence interval of the signal, clipped to [0, 1].
        method: "trusted", "percentile" or "common".
        description: one sentence for the report.
        workers: the annotators whose labels it rests on.
    """

    signal: float
    low: float
    high: float
    method: str
    description: str
    workers: tuple[str, ...] = field(repr=False)


def calibrate_signal(
    annotations: Annotations,
    monitor: type[CountingMonitor] | None = None,
    *,
    trusted: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> Calibration:
    """Return the signal of the monitor, from trusted annotators or from the best of all.

    With `trusted`, these annotators are taken to work at effort 1: the signal is 2A - 1 of their
    pooled agreement A, with an exact interval.

    Without, the annotators' accuracies are taken for draws from a Beta distribution, fitted by
    maximum likelihood, and its 90th percentile for the accuracy of a careful annotator; the
    interval is by profile likelihood. If the best are not fully careful either, every effort is
    overstated by one factor. If counts vary no more than chance makes them, all have one common
    accuracy, which is then called careful: no difference between annotators speaks against it.

    Arguments:
        annotations: the labels.
        monitor: GoldenQuestions, ExpertReview or SelfConsistency; None: as `choose_monitor` says.
        trusted: names or globs of trusted annotators, as a list or with commas between them.
        level: confidence of the interval.

    Raises:
        DataError: no checks, nobody of that name, or agreement no better than chance.
    """
    raise_problems(check_level(level))
    annotations.require_two_answers()
    monitor = choose_monitor(annotations) if monitor is None else monitor
    counts = count_agreements(annotations, monitor)
    if trusted:
        names = matching_workers(annotations.workers, trusted, "trusted")
        return _from_trusted(annotations, monitor, counts.loc[names], level)
    return _from_spread(annotations, monitor, counts[counts["checked"] > 0], level)


def build_monitor(
    kind: type[CountingMonitor], n: int, signal: "float | Calibration"
) -> CountingMonitor:
    """Return the monitor that makes n checks with this signal.

    >>> from paygrade.model.counting import ExpertReview
    >>> build_monitor(ExpertReview, 60, 0.7)
    ExpertReview(n=60, rho=0.7)
    """
    value = signal.signal if isinstance(signal, Calibration) else signal
    return kind(**{"n": n, find_feed(kind).signal: value})


def _from_trusted(
    annotations: Annotations,
    monitor: type[CountingMonitor],
    counts: "pd.DataFrame",
    level: float,
) -> Calibration:
    checked, agreed = int(counts["checked"].sum()), int(counts["agreed"].sum())
    if not checked:
        raise DataError(
            f"{annotations.source}: no label of the {len(counts)} trusted annotators was checked,"
            " so they can't show what careful work looks like; check their labels, or name others"
        )
    low, high = exact_interval(agreed, checked, level)
    what = f"{_people(len(counts), 'trusted annotator')} agreed in {agreed} of {checked} checks"
    accuracies = agreed / checked, float(low), float(high)
    return _calibration(annotations, monitor, counts, "trusted", what, accuracies)


def _from_spread(
    annotations: Annotations,
    monitor: type[CountingMonitor],
    counts: "pd.DataFrame",
    level: float,
) -> Calibration:
    found = accuracy_quantile(counts["agreed"], counts["checked"], CAREFUL, level)
    people = _people(len(counts), "annotator")
    if found.common:
        what = f"{people} differ no more than by chance, so all are taken for careful"
    else:
        what = f"nobody is named as trusted, so careful is the 90th percentile of {people}"
    method = "common" if found.common else "percentile"
    accuracies = found.value, found.low, found.high
    return _calibration(annotations, monitor, counts, method, what, accuracies)


def _calibration(
    annotations: Annotations,
    monitor: type[CountingMonitor],
    counts: "pd.DataFrame",
    method: str,
    what: str,
    accuracies: tuple[float, float, float],
) -> Calibration:
    signal, low, high = (2.0 * accuracy - 1.0 for accuracy in accuracies)
    if signal <= 0.0:
        raise DataError(
            f"{annotations.source}: {what}; their labels agree in {accuracies[0]:.1%} of checks,"
            " no better than a coin, so no effort can be told; check that the right columns are"
            " compared"
        )
    name = find_feed(monitor).signal
    return Calibration(
        signal=min(signal, 1.0),
        low=max(low, 0.0),
        high=min(high, 1.0),
        method=method,
        description=f"{what}: {accuracies[0]:.1%} agreement, {name} = {signal:.3f}",
        workers=tuple(counts.index),
    )


def _people(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
