"""What agreement means full effort: the signal that effort is multiplied by.

An annotator who agrees in 80 % of checks may be careless on easy items or careful on hard ones.
Only the product of effort and signal is identified from one annotator's checks (theory section 1),
so somebody has to say what careful looks like: annotators who are trusted to work at full effort,
the known margins of the items, repeats and experts together (`joint_calibration`) or, when nothing
is said, the best tenth of all, with luck taken out. Everything that follows is relative to this
choice, so it is an object that can be read, not a default that can be missed. It knows how
uncertain it is at every level of confidence, and `assess` carries that on.

| monitor | signal | agreement at effort 1 |
|---|---|---|
| ExpertReview | rho, the product of annotator's and expert's margins | (1 + rho)/2 |
| SelfConsistency | kappa, the mean squared margin | (1 + kappa)/2 |
| GoldenQuestions | the mean margin of the golden questions | (1 + margin)/2 |
| ComparisonMode | 2·mu - 1, mu the stronger model's win rate | mu |
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments
from paygrade.assessment.agreement import (
    checked_labels,
    choose_monitor,
    count_agreements,
    find_feed,
)
from paygrade.assessment.intervals import check_level, exact_interval
from paygrade.assessment.joint_calibration import fit_jointly
from paygrade.assessment.known_items import signals_of
from paygrade.assessment.spread import accuracy_quantile
from paygrade.errors import DataError, ModelError, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.panel import matching_workers
from paygrade.model.counting import CountingMonitor, ExpertReview, SelfConsistency

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

CAREFUL = 0.9  # share of annotators who are at most as accurate as "careful"


@dataclass(frozen=True)
class Calibration:
    """A signal and where it comes from.

    Attributes:
        signal: excess agreement 2A - 1 at full effort, in (0, 1].
        low, high: confidence interval of the signal, clipped to [0, 1].
        method: "trusted", "margins", "joint", "percentile" or "common".
        description: one sentence for the report.
        workers: the annotators whose labels it rests on.
        level: confidence of `low` and `high`.
        span: level -> interval of the signal, unclipped; None: known at `level` only.
    """

    signal: float
    low: float
    high: float
    method: str
    description: str
    workers: tuple[str, ...] = field(repr=False)
    level: float = 0.95
    span: Callable[[float], tuple[float, float]] | None = field(
        default=None, repr=False, compare=False
    )

    def interval(self, level: float) -> tuple[float, float]:
        """Return the interval of the signal at another level of confidence, clipped to [0, 1].

        Raises:
            ModelError: the calibration was made by hand and is known at a lower level only.
        """
        if self.span is not None:
            low, high = self.span(level)
            return min(max(low, 0.0), self.signal), max(min(high, 1.0), self.signal)
        if level <= self.level:
            return self.low, self.high
        raise ModelError(
            f"a calibration at level={self.level!r} doesn't say how uncertain its signal is at"
            f" {level:.6g}, which is what carrying it on takes; make it with calibrate_signal, or"
            " give the signal as a number to take it for known"
        )


@checked_arguments
def calibrate_signal(
    annotations: Annotations,
    monitor: type[CountingMonitor] | None = None,
    *,
    trusted: str | Sequence[str] | None = None,
    margins: "str | Mapping[Any, float] | pd.Series | None" = None,
    jointly: bool = False,
    level: float = 0.95,
) -> Calibration:
    """Return the signal of the monitor, by one of four routes.

    With `trusted`, these annotators are taken to work at effort 1: the signal is 2A - 1 of their
    pooled agreement A, with an exact interval.

    With `margins`, the signal is the mean over the checked items of what full effort adds there:
    the margin itself for golden questions and comparisons, its square for repeats and, if tastes
    are shared, experts. The interval says how far the items may be from all items (Hoeffding 1963,
    JASA 58); errors in the margins are not in it.

    With `jointly`, repeats and experts are used together. An annotator agrees with herself in
    (1 + e²·kappa)/2 of repeats and with an expert in (1 + e·rho)/2 of reviews; if annotators share
    the experts' tastes rho = kappa, and then the two tell effort and signal apart, with nobody
    trusted. Where tastes differ rho < kappa, and this finds too small a signal.

    With none of them, the annotators' accuracies are taken for draws from a Beta distribution,
    fitted by maximum likelihood, and its 90th percentile for the accuracy of a careful annotator;
    the interval is by profile likelihood. If the best are not fully careful either, every effort is
    overstated by one factor. If counts vary no more than chance makes them, all have one common
    accuracy, which is then called careful: no difference between annotators speaks against it.

    Arguments:
        annotations: the labels.
        monitor: GoldenQuestions, ExpertReview, SelfConsistency or ComparisonMode; None: as
            `choose_monitor` says.
        trusted: names or globs of trusted annotators, as a list or with commas between them.
        margins: item -> margin in [-1, 1], or the name of a column that has it.
        jointly: use repeats and experts together.
        level: confidence of the interval.

    Raises:
        DataError: no checks, nobody of that name, or agreement no better than chance.
        ModelError: more than one route, or one that the monitor doesn't have.
    """
    raise_problems(check_level(level) + _route_problems(trusted, margins, jointly))
    annotations.require_two_answers()
    monitor = choose_monitor(annotations) if monitor is None else monitor
    if jointly:
        return _from_both(annotations, monitor, level)
    if margins is not None:
        return _from_margins(annotations, monitor, margins, level)
    counts = count_agreements(annotations, monitor)
    if trusted:
        names = matching_workers(annotations.workers, trusted, "trusted")
        return _from_trusted(annotations, monitor, counts.loc[names], level)
    return _from_spread(annotations, monitor, counts[counts["checked"] > 0], level)


@checked_arguments
def build_monitor(
    kind: type[CountingMonitor], n: int, signal: "float | Calibration"
) -> CountingMonitor:
    """Return the monitor that makes n checks with this signal.

    >>> from paygrade.model.counting import ExpertReview
    >>> build_monitor(ExpertReview, 60, 0.7)
    ExpertReview(n=60, rho=0.7)
    """
    feed = find_feed(kind)
    value = feed.parameter(signal.signal) if isinstance(signal, Calibration) else signal
    return kind(**{"n": n, feed.signal: value})


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
    what = f"{_people(len(counts), 'trusted annotator')} agreed in {agreed} of {checked} checks"
    span = partial(_trusted_span, agreed, checked)
    signal = 2.0 * agreed / checked - 1.0
    return _calibration(annotations, monitor, ("trusted", what), signal, span, counts.index, level)


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
    span = partial(_spread_span, counts["agreed"].to_numpy(), counts["checked"].to_numpy())
    signal = 2.0 * found.value - 1.0
    return _calibration(annotations, monitor, (method, what), signal, span, counts.index, level)


def _from_margins(
    annotations: Annotations,
    monitor: type[CountingMonitor],
    margins: "str | Mapping[Any, float] | pd.Series",
    level: float,
) -> Calibration:
    annotations.require_items("margins")
    checked = checked_labels(annotations, monitor)
    signals = signals_of(monitor, checked, margins, annotations.source)
    by_item = signals.groupby(checked["task"]).first()
    signal = float(by_item.mean())
    what = f"the margins of {len(by_item)} checked items are known"
    span = partial(_items_span, signal, len(by_item))
    workers = checked["worker"].unique()
    return _calibration(annotations, monitor, ("margins", what), signal, span, workers, level)


def _from_both(
    annotations: Annotations, monitor: type[CountingMonitor], level: float
) -> Calibration:
    if monitor not in (SelfConsistency, ExpertReview):
        raise ModelError(
            f"jointly=True with {monitor.__name__}: repeats and experts together tell kappa and"
            " rho, no other signal; use SelfConsistency or ExpertReview"
        )
    found = fit_jointly(annotations)
    people = _people(len(found.workers), "annotator")
    what = f"repeats and experts' answers of {people} tell one story if tastes are shared"
    return _calibration(
        annotations, monitor, ("joint", what), found.signal, found.span, found.workers, level
    )


def _calibration(
    annotations: Annotations,
    monitor: type[CountingMonitor],
    method_and_reason: tuple[str, str],
    signal: float,
    span: Callable[[float], tuple[float, float]],
    workers: Iterable[str],
    level: float,
) -> Calibration:
    method, what = method_and_reason
    accuracy = 0.5 + 0.5 * signal
    if signal <= 0.0:
        raise DataError(
            f"{annotations.source}: {what}; their labels agree in {100 * accuracy:.1f} % of"
            " checks, no"
            " better than a coin, so no effort can be told; check that the right columns are"
            " compared"
        )
    feed = find_feed(monitor)
    low, high = span(level)
    return Calibration(
        signal=min(signal, 1.0),
        low=max(low, 0.0),
        high=min(high, 1.0),
        method=method,
        description=(
            f"{what}: {100 * accuracy:.1f} % agreement, {feed.signal} ="
            f" {feed.parameter(signal):.3f}"
        ),
        workers=tuple(workers),
        level=level,
        span=span,
    )


def _trusted_span(agreed: int, checked: int, level: float) -> tuple[float, float]:
    low, high = exact_interval(agreed, checked, level)
    return 2.0 * float(low) - 1.0, 2.0 * float(high) - 1.0


def _spread_span(agreed: Array, checked: Array, level: float) -> tuple[float, float]:
    found = accuracy_quantile(agreed, checked, CAREFUL, level)
    return 2.0 * found.low - 1.0, 2.0 * found.high - 1.0


def _items_span(mean: float, items: int, level: float) -> tuple[float, float]:
    reach = math.sqrt(math.log(2.0 / (1.0 - level)) / (2.0 * items))
    return mean - reach, mean + reach


def _route_problems(trusted: object, margins: object, jointly: bool) -> list[str]:
    given = {"trusted": bool(trusted), "margins": margins is not None, "jointly": jointly}
    named = [name for name, is_given in given.items() if is_given]
    if len(named) < 2:
        return []
    return [f"{' and '.join(named)} each say what careful work looks like; give one of them"]


def _people(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
