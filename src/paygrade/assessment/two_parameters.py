"""Workers with two parameters: how right they are where the answer is yes, and where it is no.

One effort per worker (theory section 1) says that a careless label is a fair coin. It need not be:
who is careless and always says "yes" is right wherever yes is right, and with nine such items in
ten looks like effort 0.8. With beta the share of "yes" among careless labels

    P(yes | yes is right) = e·(1 + m)/2 + (1 - e)·beta,
    P(yes | no is right)  = e·(1 - m)/2 + (1 - e)·beta,

and the difference of the two, sensitivity + specificity - 1 (Youden 1950, Cancer 3), is e·m for
every beta and however rare "yes" is. One effort with beta = ½ makes sensitivity and specificity
equal, so Fisher's exact test of their equality tells where one parameter misreads a worker.

The same two numbers in the terms of signal detection: accuracy d' = z(sensitivity) + z(specificity)
and threshold c = (z(specificity) - z(sensitivity))/2, above 0 for who is slow to say "yes" (Green
and Swets 1966); half an answer is added to each count so that both exist at 0 and 1 (Hautus 1995).

Honest workers too have unequal shares where one kind of item is harder. If most are flagged, it is
the items.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import fisher_exact

from paygrade.arguments import checked_arguments
from paygrade.assessment.agreement import checked_labels, choose_monitor, find_feed
from paygrade.assessment.calibration import Calibration, calibrate_signal
from paygrade.assessment.evidence import Law
from paygrade.assessment.intervals import check_level, exact_interval, share_of
from paygrade.assessment.multiplicity import benjamini_hochberg, check_control, holm
from paygrade.errors import ModelError, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import labels_per_row
from paygrade.model.counting import CountingMonitor, ExpertReview, GoldenQuestions

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@checked_arguments
def two_parameter_report(
    annotations: Annotations,
    against: type[CountingMonitor] | None = None,
    *,
    positive: str | None = None,
    signal: float | Calibration | None = None,
    level: float = 0.95,
    control: str = "holm",
) -> "pd.DataFrame":
    """Return sensitivity and specificity of each worker, and where one effort misreads them.

    Arguments:
        annotations: labels with golden or experts' answers.
        against: GoldenQuestions or ExpertReview; None: the first that the labels have.
        positive: the answer that sensitivity is about; None: the first in alphabetical order.
        signal: margin or rho of the checks; None: `calibrate_signal` finds it.
        level: confidence of the intervals; 1 - level is the error rate of the flags.
        control: which error the flags hold down over workers, "holm" or "bh" as in `assess`.

    Returns:
        One row a worker in the natural order of names, with the columns

        - worker, positives (checked items that are), negatives;
        - sensitivity, sensitivity_low, sensitivity_high, and the same of specificity, exact
          intervals of `level` each;
        - effort: by one parameter, as `assess` has it;
        - effort_apart, effort_apart_low, effort_apart_high: by two, Youden's index over the signal;
          half of the allowed error goes to each share (and half of all to a calibrated signal), so
          coverage is at least `level`;
        - leaning: beta, the share of `positive` among careless labels; NaN at full effort;
        - d_prime, threshold;
        - p_value, p_holm, p_bh: of the exact test that sensitivity = specificity;
        - misread: whether the one named in `control` is at most 1 - level;
        - story: what it means, in a sentence.

        `attrs` says what counts as positive, and the signal.

    Raises:
        DataError: nothing to compare.
        ModelError: an option makes no sense.

    >>> import paygrade as pg
    >>> labels = pg.simulate_labels(items=400, seed=2, efforts=[0.9, 0.9], gold_share=0.3)
    >>> lazy = labels["worker"].eq("ann02") & labels.index.isin(range(400, 800, 2))
    >>> labels.loc[lazy, "label"] = "A"  # every second item unread
    >>> found = pg.two_parameter_report(pg.read_annotations(labels), signal=0.9)
    >>> found[["worker", "sensitivity", "specificity", "misread"]].round(2)
      worker  sensitivity  specificity  misread
    0  ann01         0.92         0.93    False
    1  ann02         0.95         0.51     True
    """
    raise_problems(check_level(level) + check_control(control))
    against = choose_monitor(annotations) if against is None else against
    if against not in (GoldenQuestions, ExpertReview):
        raise ModelError(
            f"against={getattr(against, '__name__', against)} has no key that tells positives from"
            " negatives; use GoldenQuestions or ExpertReview, and name their column in 'gold' or"
            " 'expert'"
        )
    positive = _check_positive(annotations, positive)
    if signal is None:
        signal = calibrate_signal(annotations, against, level=level)
    law = Law(against, signal)
    counts = _counts(annotations, against, positive)
    found = _estimates(counts, law, level)
    p_value = _equality(counts)
    tested = (counts["positives"].to_numpy() > 0) & (counts["negatives"].to_numpy() > 0)
    adjusted = {"holm": holm(p_value, tested), "bh": benjamini_hochberg(p_value, tested)}
    found = found.assign(
        p_value=p_value,
        p_holm=adjusted["holm"],
        p_bh=adjusted["bh"],
        misread=tested & (adjusted[control] <= 1.0 - level),
    )
    other = next(answer for answer in annotations.answers if answer != positive)
    found = found.assign(
        story=[_story(row, positive, other) for row in found.to_dict(orient="records")]
    )
    found.attrs = {"against": against.__name__, "positive": positive, "signal": law.signal}
    return found


def _check_positive(annotations: Annotations, positive: str | None) -> str:
    answers = annotations.answers
    if positive is not None and positive not in answers:
        raise ModelError(
            f"positive={positive!r} is an answer that nobody gave; it is {answers[0]!r} or"
            f" {answers[-1]!r}"
        )
    return answers[0] if positive is None else positive


def _counts(
    annotations: Annotations, against: type[CountingMonitor], positive: str
) -> "pd.DataFrame":
    """Return positives, hits (said so), negatives and rejections (said not) by worker."""
    checked = checked_labels(annotations, against)
    is_positive = checked[find_feed(against).column] == positive
    columns = {
        "positives": is_positive,
        "hits": is_positive & checked["agrees"],
        "negatives": ~is_positive,
        "rejections": ~is_positive & checked["agrees"],
    }
    often = labels_per_row(checked)
    counted = {name: often.where(chosen, 0) for name, chosen in columns.items()}
    sums = checked[[]].assign(**counted).groupby(checked["worker"]).sum()
    return sums.reindex(annotations.workers, fill_value=0).astype(int)


def _estimates(counts: "pd.DataFrame", law: Law, level: float) -> "pd.DataFrame":
    import pandas as pd

    p, hits, n, rejections = (counts[name].to_numpy(float) for name in counts)
    sensitivity, specificity = share_of(hits, p), share_of(rejections, n)
    best = law.at_best()
    spent = (1.0 - level) / (2.0 if law.is_uncertain else 1.0)
    weak, strong = law.at_ends(1.0 - spent)
    lows, highs = zip(
        *(exact_interval(k, m, 1.0 - spent / 2.0) for k, m in ((hits, p), (rejections, n))),
        strict=True,
    )
    middle = (sensitivity + specificity) / 2.0  # the accuracy if both kinds were equally frequent
    effort = best.effort_at(middle)
    columns = {
        "worker": counts.index,
        "positives": p.astype(int),
        "negatives": n.astype(int),
        **_with_interval("sensitivity", hits, p, level),
        **_with_interval("specificity", rejections, n, level),
        "effort": best.effort_at(share_of(hits + rejections, p + n)),
        "effort_apart": effort,
        "effort_apart_low": strong.effort_at((lows[0] + lows[1]) / 2.0),
        "effort_apart_high": weak.effort_at((highs[0] + highs[1]) / 2.0),
        "leaning": _leaning(effort, specificity, 2.0 * float(best.accuracy(1.0)) - 1.0),
        **_detection(hits, p, rejections, n),
    }
    return pd.DataFrame(columns)


def _leaning(effort: Array, specificity: Array, signal: float) -> Array:
    careless = np.where(effort < 1.0, 1.0 - effort, np.nan)
    says_positive = 1.0 - specificity - effort * (1.0 - signal) / 2.0
    return np.asarray(np.clip(says_positive / careless, 0.0, 1.0))


def _detection(hits: Array, p: Array, rejections: Array, n: Array) -> dict[str, Array]:
    seen = (p > 0) & (n > 0)
    yes, no = ndtri((hits + 0.5) / (p + 1.0)), ndtri((rejections + 0.5) / (n + 1.0))
    return {
        "d_prime": np.where(seen, yes + no, np.nan),
        "threshold": np.where(seen, (no - yes) / 2.0, np.nan),
    }


def _with_interval(name: str, agreed: Array, checked: Array, level: float) -> dict[str, Array]:
    low, high = exact_interval(agreed, checked, level)
    return {name: share_of(agreed, checked), f"{name}_low": low, f"{name}_high": high}


def _equality(counts: "pd.DataFrame") -> Array:
    """Return Fisher's exact p-values of sensitivity = specificity, (k,)."""
    rows = counts[["positives", "hits", "negatives", "rejections"]].to_numpy()
    distinct, place = np.unique(rows, axis=0, return_inverse=True)
    found = [
        float(fisher_exact(np.array([[h, p - h], [r, n - r]])).pvalue)
        for p, h, n, r in distinct.tolist()
    ]
    return np.array(found)[place.ravel()]


def _story(row: Mapping[Any, Any], positive: str, other: str) -> str:
    if not row["positives"] or not row["negatives"]:
        return f"checked on one of {positive!r} and {other!r} only"
    if not row["misread"]:
        return "one effort explains both kinds of item"
    sensitivity, specificity = row["sensitivity"], row["specificity"]
    preferred = positive if sensitivity > specificity else other
    return (
        f"right on {100 * sensitivity:.0f} % of {positive!r} and {100 * specificity:.0f} % of"
        f" {other!r}: says {preferred!r} too often; effort {row['effort']:.2f} over all checks,"
        f" {row['effort_apart']:.2f} if both answers count alike"
    )
