"""Each annotator's effort, as far as the checks of their labels tell it."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from paygrade.assessment.agreement import choose_monitor, count_agreements
from paygrade.assessment.annotations import Annotations
from paygrade.assessment.calibration import Calibration, build_monitor, calibrate_signal
from paygrade.assessment.intervals import check_level, exact_interval, shortfall_probability
from paygrade.errors import raise_problems
from paygrade.model.checks import share
from paygrade.model.counting import CountingMonitor

if TYPE_CHECKING:
    import pandas as pd

STANDARD = 0.8  # the effort that the p-value asks about


def assess(
    annotations: Annotations,
    monitor: type[CountingMonitor] | None = None,
    *,
    signal: float | Calibration | None = None,
    trusted: str | Sequence[str] | None = None,
    standard: float = STANDARD,
    level: float = 0.95,
) -> "pd.DataFrame":
    """Return what the checks say about each annotator's effort.

    With K of n checks in agreement, A(e) the monitor's law and A⁻¹ its inverse clipped to [0, 1]
    (theory section 1), the estimate is A⁻¹(K/n), and the interval is A⁻¹ of the Clopper-Pearson
    interval of the agreement. As A rises with effort the interval keeps its coverage: at least
    `level`, at every n and effort, both ends of the scale included. Where it shrinks to a point,
    0 or 1, the agreement lies outside of what any effort explains at this signal.

    Interval and p-value take the signal as known. How well it is known is for its `Calibration` to
    say: a signal that is too low overstates all efforts by one factor and leaves their order alone.

    Arguments:
        annotations: the labels.
        monitor: GoldenQuestions, ExpertReview or SelfConsistency. None: the first of golden
            questions, experts and repeats that the labels have.
        signal: margin, rho or kappa of the monitor. None: `calibrate_signal` finds it.
        trusted: annotators to calibrate the signal by, where it isn't given.
        standard: effort that is asked for, in (0, 1].
        level: confidence of the intervals.

    Returns:
        One row a worker in the natural order of names, with the columns

        - worker, checked (n), agreed (K) and agreement (K/n);
        - effort, effort_low, effort_high;
        - p_value: how probable K or fewer agreements are at the standard effort. A small one speaks
          against the worker; with many workers some are small by chance.

        Who has no checks has neither agreement nor effort, the interval (0, 1) and p-value 1.
        `attrs` of the frame says monitor, signal and, if calibrated here, how.

    Raises:
        DataError: nothing to compare, or agreement no better than chance.
        ModelError: an option makes no sense.
    """
    import pandas as pd

    raise_problems(_option_problems(signal, trusted, standard, level))
    annotations.require_two_answers()
    monitor = choose_monitor(annotations) if monitor is None else monitor
    counts = count_agreements(annotations, monitor)
    if signal is None:
        signal = calibrate_signal(annotations, monitor, trusted=trusted, level=level)
    law = build_monitor(monitor, 1, signal)  # A(e) is the same at every n
    checked, agreed = counts["checked"].to_numpy(), counts["agreed"].to_numpy()
    agreement = np.divide(agreed, checked, out=np.full(len(counts), np.nan), where=checked > 0)
    low, high = exact_interval(agreed, checked, level)
    table = {
        "worker": counts.index,
        "checked": checked,
        "agreed": agreed,
        "agreement": agreement,
        "effort": law.effort_at(agreement),
        "effort_low": law.effort_at(low),
        "effort_high": law.effort_at(high),
        "p_value": shortfall_probability(agreed, checked, float(law.accuracy(standard))),
    }
    found = pd.DataFrame(table)
    found.attrs = {"monitor": monitor.__name__, **_stated(signal)}
    return found


def _stated(signal: float | Calibration) -> dict[Hashable, object]:
    if isinstance(signal, Calibration):
        return {"signal": signal.signal, "calibration": signal.description}
    return {"signal": signal, "calibration": "given"}


def _option_problems(signal: object, trusted: object, standard: float, level: float) -> list[str]:
    problems = share("standard", standard, "is no effort that could be asked for")
    if signal is not None and trusted:
        problems.append(
            f"signal={signal!r} and trusted={trusted!r} both say what careful work looks like; give"
            " one of them"
        )
    return problems + check_level(level)
