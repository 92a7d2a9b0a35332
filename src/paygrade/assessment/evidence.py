"""Checks turned into efforts: by their count where the signal is one, item by item where it isn't.

A `Law` says how agreement and effort hang together and how far that is known. What is uncertain in
it is carried on by Bonferroni's inequality, which asks for no independence: trusted annotators may
be assessed by a signal that their own labels helped to calibrate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import hypergeom

from paygrade.assessment.agreement import checked_labels, find_feed
from paygrade.assessment.calibration import Calibration, build_monitor
from paygrade.assessment.intervals import exact_interval, share_of, shortfall_probability
from paygrade.assessment.known_items import signals_of
from paygrade.assessment.shrinkage import shrink_accuracies
from paygrade.assessment.shrunken_efforts import shrink_efforts
from paygrade.assessment.unequal_margins import Evidence, weigh_evidence
from paygrade.labels.annotations import Annotations
from paygrade.model.counting import CountingMonitor, GoldenQuestions, SelfConsistency

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

DOUBT = 1.0 / 50.0  # share of the allowed error that tests spend on the signal
SHRUNKEN = ("effort_shrunk", "effort_shrunk_low", "effort_shrunk_high")
LEAST = 1e-9  # a signal of 0 explains no agreement; next to 0 it says so without dividing by it


@dataclass(frozen=True)
class Law:
    """How often somebody of a given effort agrees.

    Attributes:
        kind: the monitor.
        source: its signal, as a number or calibrated.
        key_error: probability that a golden answer is wrong.
        carry: whether the signal's uncertainty counts.
    """

    kind: type[CountingMonitor]
    source: float | Calibration
    key_error: float = 0.0
    carry: bool = True

    @property
    def is_uncertain(self) -> bool:
        """Whether statements have to allow for other signals."""
        return self.carry and isinstance(self.source, Calibration)

    @property
    def signal(self) -> float:
        """The monitor's parameter, as `build_monitor` takes it (mu for comparisons)."""
        if isinstance(self.source, Calibration):
            return self.source.signal
        return self.source

    def at_best(self) -> CountingMonitor:
        """Return the monitor at the estimate of the signal."""
        made = build_monitor(self.kind, 1, self.source)
        if self.key_error > 0.0 and isinstance(made, GoldenQuestions):
            return GoldenQuestions(1, made.signal * (1.0 - 2.0 * self.key_error))
        return made

    def at_ends(self, level: float) -> tuple[CountingMonitor, CountingMonitor]:
        """Return the monitor at the lowest and at the highest signal of its interval."""
        if not (self.carry and isinstance(self.source, Calibration)):
            return self.at_best(), self.at_best()
        return self._at(self.source, level, 0), self._at(self.source, level, 1)

    def _at(self, source: Calibration, level: float, end: int) -> CountingMonitor:
        feed = find_feed(self.kind)
        excess = max(source.interval(level)[end], LEAST)
        return build_monitor(self.kind, 1, feed.parameter(excess))


@dataclass(frozen=True, eq=False)
class Findings:
    """What the checks of k workers say, (k,) each.

    Attributes:
        effort, low, high: estimates (NaN without checks) and intervals.
        p_value: before `doubt` is added.
        information: about effort, of all checks of a worker, at the estimate.
        doubt: the chance that the signal on which all p-values rest is wrong; added once, after
            they have been adjusted for their number.
        signal: what the monitor's signal was taken for; the mean over items if there are many.
        more: further columns.
    """

    effort: Array
    low: Array
    high: Array
    p_value: Array
    information: Array
    doubt: float
    signal: float
    more: Mapping[str, Array]


def by_count(
    counts: "pd.DataFrame", law: Law, standard: float | None, level: float, *, shrink: bool
) -> Findings:
    """Return what the numbers of agreements say.

    Arguments:
        counts: columns checked and agreed, as of `count_agreements`.
        law: the monitor and its signal.
        standard: effort that is tested; None: against the agreement of all others.
        level: confidence of the intervals.
        shrink: whether `more` holds empirical-Bayes estimates.
    """
    agreed, checked = counts["agreed"].to_numpy(), counts["checked"].to_numpy()
    best = law.at_best()
    effort = best.effort_at(share_of(agreed, checked))
    own = 1.0 - (1.0 - level) / 2.0 if law.is_uncertain else level
    weak, strong = law.at_ends(own)
    low, high = exact_interval(agreed, checked, own)
    more = _shrunken(agreed, checked, own, (best, weak, strong)) if shrink else {}
    if standard is None:
        p_value, doubt = shortfall_of_peers(agreed, checked), 0.0
    else:
        doubt = DOUBT * (1.0 - level) if law.is_uncertain else 0.0
        weakest = law.at_ends(1.0 - 2.0 * doubt)[0] if doubt else best
        p_value = shortfall_probability(agreed, checked, float(weakest.accuracy(standard)))
    information = np.where(checked > 0, checked * best.fisher_information(effort), 0.0)
    return Findings(
        effort=effort,
        low=strong.effort_at(low),
        high=weak.effort_at(high),
        p_value=p_value,
        information=information,
        doubt=doubt,
        signal=law.signal,
        more=more,
    )


def by_item(
    annotations: Annotations,
    kind: type[CountingMonitor],
    margins: "str | Mapping[Any, float] | pd.Series",
    key_error: float,
    standard: float,
    level: float,
    *,
    shrink: bool = False,
) -> Findings:
    """Return what the checks say where each item's margin is known; see `unequal_margins`.

    Two labels of one item agree with probability (1 + e²·margin²)/2, so for repeats the square of
    the effort is what is estimated, and its root is taken.
    """
    annotations.require_items("margins")
    checked = checked_labels(annotations, kind)
    signals = signals_of(kind, checked, margins, annotations.source) * (1.0 - 2.0 * key_error)
    power = 2.0 if kind is SelfConsistency else 1.0
    rows = checked.groupby("worker").indices
    agrees, signal = checked["agrees"].to_numpy(bool), signals.to_numpy(float)
    places = [np.asarray(rows.get(worker, ()), np.intp) for worker in annotations.workers]
    found = [
        weigh_evidence(agrees[place], signal[place], standard=standard**power, level=level)
        if place.size
        else Evidence(np.nan, 0.0, 1.0, 0.0, 1.0)
        for place in places
    ]
    columns = [[getattr(each, name) for each in found] for name in ("effort", "low", "high")]
    effort, low, high = (np.array(column) ** (1.0 / power) for column in columns)
    information = np.array([each.information for each in found])
    if power > 1.0:  # d(e²)/de = 2e
        information = information * np.where(np.isnan(effort), 0.0, (2.0 * effort) ** 2)
    p_value = np.array([each.p_value for each in found])
    more = {}
    if shrink:
        shrunk = shrink_efforts([(agrees[place], signal[place]) for place in places], power, level)
        ends = (shrunk.effort, shrunk.low, shrunk.high)
        more = dict(zip(SHRUNKEN, ends, strict=True))
    return Findings(effort, low, high, p_value, information, 0.0, float(signal.mean()), more)


def shortfall_of_peers(agreed: ArrayLike, checked: ArrayLike) -> Array:
    """Return how probable K or fewer agreements are among n of all checks drawn at random, (k,).

    If a worker agrees as often as all the others do, whatever the share, her K is hypergeometric
    given the total: Fisher's exact test, one-sided. Nobody's accuracy has to be known.

    >>> shortfall_of_peers([19, 20, 10], [20, 20, 20]).round(5).tolist()
    [0.99325, 1.0, 2e-05]
    """
    k, n = np.asarray(agreed), np.asarray(checked)
    return np.asarray(hypergeom.cdf(k, n.sum(), k.sum(), n))


def _shrunken(
    agreed: Array,
    checked: Array,
    level: float,
    laws: tuple[CountingMonitor, CountingMonitor, CountingMonitor],
) -> dict[str, Array]:
    found = shrink_accuracies(agreed, checked, level)
    best, weak, strong = laws
    ends = best.effort_at(found.accuracy), strong.effort_at(found.low), weak.effort_at(found.high)
    return dict(zip(SHRUNKEN, ends, strict=True))
