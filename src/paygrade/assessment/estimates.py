"""Each annotator's effort, as far as the checks of their labels tell it."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.arguments import checked_arguments
from paygrade.assessment.agreement import choose_monitor, count_agreements
from paygrade.assessment.assess_options import (
    comparison_problems,
    key_problems,
    margin_problems,
    option_problems,
)
from paygrade.assessment.calibration import Calibration, calibrate_signal
from paygrade.assessment.evidence import Findings, Law, by_count, by_item
from paygrade.assessment.intervals import share_of
from paygrade.assessment.known_items import with_stronger
from paygrade.assessment.multiplicity import benjamini_hochberg, holm
from paygrade.errors import raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.partitions import Elsewhere, Progress
from paygrade.labels.tally import as_labels
from paygrade.model.counting import ComparisonMode, CountingMonitor

if TYPE_CHECKING:
    import pandas as pd

STANDARD = 0.8  # the effort that the p-value asks about


@checked_arguments
def assess(
    annotations: "Annotations | pd.DataFrame | Elsewhere",
    monitor: type[CountingMonitor] | None = None,
    *,
    signal: float | Calibration | None = None,
    trusted: str | Sequence[str] | None = None,
    standard: float | str = STANDARD,
    level: float = 0.95,
    margins: "str | Mapping[Any, float] | pd.Series | None" = None,
    key_error: float = 0.0,
    stronger: "str | Mapping[Any, str] | pd.Series | None" = None,
    carry: bool = True,
    control: str = "holm",
    shrink: bool = False,
    progress: Progress = lambda _: None,
) -> "pd.DataFrame":
    """Return what the checks say about each annotator's effort.

    With K of n checks in agreement, A(e) the monitor's law and A⁻¹ its inverse clipped to [0, 1]
    (theory section 1), the estimate is A⁻¹(K/n), and the interval is A⁻¹ of the Clopper-Pearson
    interval of the agreement. As A rises with effort the interval keeps its coverage: at least
    `level`, at every n and effort, both ends of the scale included. Where it shrinks to a point,
    0 or 1, the agreement lies outside of what any effort explains at this signal.

    A calibrated signal is uncertain, and that is carried on: half of the allowed error goes to the
    signal's interval and half to the agreement's, and the effort's reaches from the lowest
    agreement at the highest signal to the highest at the lowest. So it covers `level` whatever the
    two have to do with each other (Bonferroni). The p-values are those at the low end of a
    one-sided interval of the signal, plus the chance that it misses, (1 - level)/50 (Berger and
    Boos 1994, JASA 89). A signal given as a number is taken as known.

    Where `margins` differ, an answer to a clear item weighs more: `unequal_margins` says how.

    Arguments:
        annotations: the labels, or a table of them in whose columns every role has its own name: a
            data frame, which is read by `read_annotations`; or a Dask data frame or the path of a
            folder of Parquet, which `tally_annotations` counts where they are.
        monitor: GoldenQuestions, ExpertReview, SelfConsistency or ComparisonMode. None: the last if
            `stronger` is given, else the first of golden questions, experts and repeats that the
            labels have.
        signal: margin, rho, kappa or mu of the monitor. None: `calibrate_signal` finds it.
        trusted: annotators to calibrate the signal by, where it isn't given.
        standard: effort that is asked for, in (0, 1]; or "peers": the agreement of all others.
        level: confidence of the intervals; 1 - level is the error rate of the flags.
        margins: item -> known margin in [-1, 1] (2·mu - 1 for comparisons), or the column that has
            it, instead of a signal. For repeats and experts its square is used, which takes the
            experts' tastes for the annotators'.
        key_error: probability that a golden answer is wrong, independently over items, in [0, ½);
            a question then tells (1 - 2·key_error) of its margin. A calibrated signal holds it
            already.
        stronger: which answer prefers the stronger model, see `with_stronger`.
        carry: whether the uncertainty of a calibrated signal widens intervals and p-values.
        control: which error the flags hold down over workers, "holm" (any false accusation) or "bh"
            (the share of false ones among the flagged).
        shrink: whether to add empirical-Bayes estimates, `shrinkage`; with margins these are of
            efforts instead of accuracies, `shrunken_efforts`.
        progress: told how far counting is, where a table lies in partitions.

    Returns:
        One row a worker in the natural order of names, with the columns

        - worker, checked (n), agreed (K) and agreement (K/n);
        - effort, effort_low, effort_high;
        - p_value: how probable K or fewer agreements are at the standard effort; against peers, in
          a random choice of n of all checks (Fisher's exact test). A small one speaks against the
          worker; with many workers some are small by chance.
        - information: Fisher information of the n checks about effort, at the estimate;
        - p_holm, p_bh: p-values adjusted for the number of workers who were checked;
        - flagged: whether the one named in `control` is at most 1 - level;
        - with `shrink`: effort_shrunk, effort_shrunk_low, effort_shrunk_high.

        Who has no checks has neither agreement nor effort, the interval (0, 1), p-values 1 and no
        flag. `attrs` of the frame says monitor, signal, how it was calibrated, and the standard.

    Raises:
        DataError: nothing to compare, or agreement no better than chance.
        ModelError: an option makes no sense.
        ClusterError: a table in partitions can't be counted.

    >>> import paygrade as pg
    >>> labels = pg.read_annotations(pg.simulate_labels(items=200, seed=5, efforts=[1, 0.9, 0.2]))
    >>> pg.assess(labels, signal=0.6)[["worker", "checked", "effort", "flagged"]].round(2)
      worker  checked  effort  flagged
    0  ann01       54    0.80    False
    1  ann02       54    0.93    False
    2  ann03       54    0.25     True
    """
    monitor = ComparisonMode if monitor is None and stronger is not None else monitor
    raise_problems(
        option_problems(signal, trusted, standard, level, control)
        + margin_problems(margins, signal, trusted, standard)
        + comparison_problems(monitor, stronger)
    )
    annotations = as_labels(annotations, progress)
    if stronger is not None:
        annotations = with_stronger(annotations, stronger)
    monitor = choose_monitor(annotations) if monitor is None else monitor
    raise_problems(
        key_problems(key_error, monitor, known=signal is not None or margins is not None)
    )
    counts = count_agreements(annotations, monitor)
    target = None if isinstance(standard, str) else standard
    if margins is not None:
        found = by_item(
            annotations, monitor, margins, key_error, target or STANDARD, level, shrink=shrink
        )
        stated: dict[Hashable, object] = {"calibration": "margins given item by item"}
    else:
        if signal is None:
            signal = calibrate_signal(annotations, monitor, trusted=trusted, level=level)
        law = Law(monitor, signal, key_error, carry=carry)
        found = by_count(counts, law, target, level, shrink=shrink)
        stated = _stated(signal)
    table = _table(counts, found, level, control)
    table.attrs = {"monitor": monitor.__name__, "signal": found.signal, **stated}
    table.attrs["standard"] = standard
    return table


def _table(counts: "pd.DataFrame", found: Findings, level: float, control: str) -> "pd.DataFrame":
    import pandas as pd

    checked, agreed = counts["checked"].to_numpy(), counts["agreed"].to_numpy()
    was_checked = checked > 0
    doubt = found.doubt
    adjusted = {
        "holm": np.minimum(holm(found.p_value, was_checked) + doubt, 1.0),
        "bh": np.minimum(benjamini_hochberg(found.p_value, was_checked) + doubt, 1.0),
    }
    columns = {
        "worker": counts.index,
        "checked": checked,
        "agreed": agreed,
        "agreement": share_of(agreed, checked),
        "effort": found.effort,
        "effort_low": found.low,
        "effort_high": found.high,
        "p_value": np.minimum(found.p_value + doubt, 1.0),
        "information": found.information,
        "p_holm": adjusted["holm"],
        "p_bh": adjusted["bh"],
        "flagged": was_checked & (adjusted[control] <= 1.0 - level),
        **found.more,
    }
    return pd.DataFrame(columns)


def _stated(signal: float | Calibration) -> dict[Hashable, object]:
    return {"calibration": signal.description if isinstance(signal, Calibration) else "given"}
