"""Consistent but wrong: when repeats and checks tell two stories about one worker.

Self-consistency is blind to consistent error. Who always answers "left", or has the instructions
backwards, agrees with every repeat, and looks as careful as anybody. Golden questions see it, and
the two together say whether a single effort e explains both counts: R repeats of which r agree,
each with probability (1 + e²·kappa)/2, and G checks of which g do, each with (1 + e·signal)/2.

The test. At an effort e, p₁ = P(at least r agree) and p₂ = P(at most g agree) are exact; Fisher's
combination (1932) of the two is q(1 - log q), q = p₁·p₂. The p-value is its largest value over all
efforts, and needs no estimate of e. p₁ rises and p₂ falls with e, so between two efforts of a grid
p₁ at the upper and p₂ at the lower bound the product: the grid makes the test no less honest. The
other direction, right more often than repeats allow, is tested the same way, and the smaller of
both p-values counts twice. Labels that serve as repeats and checks make r and g rise together, and
a high r then meets a low g less often than by independence: false alarms get rarer, not commoner
(the tests add up the joint law).

Uncertain signals are taken at the end that explains most (kappa high and signal low for consistent
error); that those ends may be wrong too is added to the p-values once.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlog1py, xlogy

from paygrade.arguments import checked_arguments
from paygrade.assessment.agreement import FEEDS, count_agreements
from paygrade.assessment.alarm_story import Story, tell_story
from paygrade.assessment.calibration import Calibration, calibrate_signal
from paygrade.assessment.evidence import DOUBT, Law, by_count
from paygrade.assessment.intervals import (
    check_level,
    share_of,
    shortfall_probability,
    surplus_probability,
)
from paygrade.assessment.multiplicity import benjamini_hochberg, check_control, holm
from paygrade.errors import DataError, ModelError, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import labels_per_row
from paygrade.model.counting import (
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

EFFORTS = np.linspace(0.0, 1.0, 401)


@checked_arguments
def consistency_alarm(
    annotations: Annotations,
    against: type[CountingMonitor] | None = None,
    *,
    kappa: float | Calibration | None = None,
    signal: float | Calibration | None = None,
    level: float = 0.95,
    control: str = "holm",
) -> "pd.DataFrame":
    """Return for each worker what repeats and checks say together, and whether they disagree.

    Arguments:
        annotations: labels with repeats, and golden or experts' answers.
        against: GoldenQuestions or ExpertReview; None: the first that the labels have.
        kappa: signal of the repeats; None: `calibrate_signal` finds it.
        signal: margin or rho of the checks; None: `calibrate_signal` finds it.
        level: confidence of the intervals; 1 - level is the error rate of the alarms.
        control: which error the alarms hold down over workers, "holm" or "bh" as in `assess`.

    Returns:
        One row a worker in the natural order of names, with the columns

        - worker, repeats, consistency (share of repeats that agree), checks, agreement;
        - effort_by_repeats, effort_by_checks: the two stories, as `assess` would tell them;
        - effort: the effort that explains both best (maximum likelihood);
        - effort_low, effort_high: what the exact intervals of both stories have in common; they
          share the allowed error, so coverage is at least `level`; NaN if they have nothing;
        - likelihood_ratio: twice the log-likelihood that one effort loses against two free shares;
        - p_value, p_holm, p_bh: of the exact test that one effort explains both;
        - alarm: whether the one named in `control` is at most 1 - level;
        - usual_answer, usual_share: the worker's most frequent answer;
        - story: what it means, in a sentence.

        `attrs` has the two signals.

    Raises:
        DataError: there are no repeats, or nothing to check labels against.
        ModelError: an option makes no sense.

    >>> import paygrade as pg
    >>> labels = pg.simulate_labels(items=400, seed=1, efforts=[0.9, 0.9, 0.5], gold_share=0.3)
    >>> labels.loc[labels["worker"] == "ann02", ["label", "repeat"]] = "A"  # never looks
    >>> labels["repeat"] = labels["repeat"].where(labels.index % 3 == 0, None)
    >>> found = pg.consistency_alarm(pg.read_annotations(labels), kappa=0.6, signal=0.9)
    >>> found.loc[found["alarm"], "worker"].tolist()
    ['ann02']
    """
    raise_problems(check_level(level) + check_control(control))
    against = _choose(annotations, against)
    laws = (
        Law(SelfConsistency, _signal(annotations, SelfConsistency, kappa, level)),
        Law(against, _signal(annotations, against, signal, level)),
    )
    repeats = count_agreements(annotations, SelfConsistency)
    checks = count_agreements(annotations, against)
    counts = [each[name].to_numpy(float) for each in (repeats, checks) for name in COLUMNS]
    p_value, too_consistent, doubt = _test(counts, laws, level)
    found = _both_stories(repeats, checks, laws, level)
    tested = (counts[1] > 0) | (counts[3] > 0)
    adjusted = {"holm": holm(p_value, tested), "bh": benjamini_hochberg(p_value, tested)}
    adjusted = {name: np.minimum(each + doubt, 1.0) for name, each in adjusted.items()}
    alarm = tested & (adjusted[control] <= 1.0 - level)
    found = found.assign(
        likelihood_ratio=_likelihood_ratio(counts, laws, found["effort"].to_numpy()),
        p_value=np.minimum(p_value + doubt, 1.0),
        p_holm=adjusted["holm"],
        p_bh=adjusted["bh"],
        alarm=alarm,
        **_usual_answers(annotations),
    )
    stories = [
        tell_story(Story(row, bool(way), 1.0 - level))
        for row, way in zip(found.to_dict(orient="records"), too_consistent, strict=True)
    ]
    found = found.assign(story=stories)
    found.attrs = {"against": against.__name__, "kappa": laws[0].signal, "signal": laws[1].signal}
    return found


COLUMNS = ("agreed", "checked")


def _choose(
    annotations: Annotations, against: type[CountingMonitor] | None
) -> type[CountingMonitor]:
    checks = (GoldenQuestions, ExpertReview)
    if against is not None and against not in checks:
        name = getattr(against, "__name__", repr(against))
        raise ModelError(
            f"against={name} says nothing about being right; use GoldenQuestions or ExpertReview"
        )
    for each in checks if against is None else (against,):
        column = FEEDS[each].column
        if column in annotations.table and annotations.table[column].notna().any():
            return each
    raise DataError(
        f"{annotations.source}: no label is checked against a golden or an expert's answer, so"
        " nobody can tell consistent work from consistent error; name the column in 'gold' or"
        " 'expert'"
    )


def _signal(
    annotations: Annotations,
    kind: type[CountingMonitor],
    given: float | Calibration | None,
    level: float,
) -> float | Calibration:
    return calibrate_signal(annotations, kind, level=level) if given is None else given


def _test(
    counts: list[Array], laws: tuple[Law, Law], level: float
) -> tuple[Array, NDArray[np.bool_], float]:
    """Return p-values, (k,), which of them speak of too much consistency, and what to add."""
    doubt = DOUBT * (1.0 - level) if any(law.is_uncertain for law in laws) else 0.0
    # two signals, two ends each, a quarter of the doubt for each of the four
    ends = [law.at_ends(1.0 - doubt / 2.0) if doubt else (law.at_best(),) * 2 for law in laws]
    (repeat_low, repeat_high), (check_low, check_high) = ends
    r, repeats, g, checks = (each[:, None] for each in counts)
    up, down = EFFORTS[1:], EFFORTS[:-1]
    consistent = surplus_probability(r, repeats, repeat_high.accuracy(up)) * shortfall_probability(
        g, checks, check_low.accuracy(down)
    )
    right = shortfall_probability(r, repeats, repeat_low.accuracy(down)) * surplus_probability(
        g, checks, check_high.accuracy(up)
    )
    both = np.stack([_combined(each.max(axis=1)) for each in (consistent, right)])
    return np.minimum(2.0 * both.min(axis=0), 1.0), both[0] <= both[1], doubt


def _combined(product: Array) -> Array:
    """Return P(p₁·p₂ <= product) for independent uniform p₁ and p₂."""
    return np.asarray(product - xlogy(product, product))


def _both_stories(
    repeats: "pd.DataFrame", checks: "pd.DataFrame", laws: tuple[Law, Law], level: float
) -> "pd.DataFrame":
    import pandas as pd

    half = 1.0 - (1.0 - level) / 2.0
    one, other = (
        by_count(counts, law, 1.0, half, shrink=False)
        for counts, law in zip((repeats, checks), laws, strict=True)
    )
    low, high = np.maximum(one.low, other.low), np.minimum(one.high, other.high)
    apart = low > high
    counts = [each[name].to_numpy(float) for each in (repeats, checks) for name in COLUMNS]
    return pd.DataFrame(
        {
            "worker": repeats.index,
            "repeats": repeats["checked"].to_numpy(),
            "consistency": share_of(counts[0], counts[1]),
            "checks": checks["checked"].to_numpy(),
            "agreement": share_of(counts[2], counts[3]),
            "effort_by_repeats": one.effort,
            "effort_by_checks": other.effort,
            "effort": _likeliest(counts, laws),
            "effort_low": np.where(apart, np.nan, low),
            "effort_high": np.where(apart, np.nan, high),
        }
    )


def _log_likelihood(counts: list[Array], laws: tuple[Law, Law], effort: Array) -> Array:
    """Return it at efforts, (k, m) or (m,), for each worker, (k, m)."""
    total = np.zeros(np.broadcast_shapes((len(counts[0]), 1), effort.shape))
    for law, agreed, checked in zip(laws, counts[::2], counts[1::2], strict=True):
        accuracy = law.at_best().accuracy(effort)
        total += xlogy(agreed[:, None], accuracy)
        total += xlog1py((checked - agreed)[:, None], -accuracy)
    return total


def _likeliest(counts: list[Array], laws: tuple[Law, Law]) -> Array:
    step = EFFORTS[1]
    best = EFFORTS[_log_likelihood(counts, laws, EFFORTS).argmax(axis=1)]
    near = np.clip(best[:, None] + np.linspace(-step, step, EFFORTS.size), 0.0, 1.0)
    place = _log_likelihood(counts, laws, near).argmax(axis=1)
    found = near[np.arange(len(best)), place]
    return np.where(counts[1] + counts[3] > 0, found, np.nan)


def _likelihood_ratio(counts: list[Array], laws: tuple[Law, Law], effort: Array) -> Array:
    at_one_effort = _log_likelihood(counts, laws, np.nan_to_num(effort)[:, None])[:, 0]
    free = np.zeros_like(at_one_effort)
    for agreed, checked in zip(counts[::2], counts[1::2], strict=True):
        share = np.nan_to_num(share_of(agreed, checked))
        free += xlogy(agreed, share) + xlog1py(checked - agreed, -share)
    return np.asarray(np.maximum(2.0 * (free - at_one_effort), 0.0))


def _usual_answers(annotations: Annotations) -> dict[str, Array]:
    """Return the most frequent answer of each worker and its share."""
    table = annotations.table
    first, often = annotations.answers[0], labels_per_row(table)
    says_first = often.where(table["label"] == first, 0).groupby(table["worker"]).sum()
    shares = (says_first / often.groupby(table["worker"]).sum()).reindex(annotations.workers)
    share = shares.to_numpy(float)
    usual = np.where(share >= 0.5, first, annotations.answers[-1])
    return {"usual_answer": usual, "usual_share": np.maximum(share, 1.0 - share)}
