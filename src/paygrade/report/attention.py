"""Users as annotators: what `paygrade attention` says, as text, table, plot, page and JSON.

Users are kept or left out whole. What the model says of a single label is higher exactly where the
stronger model won, so to pick labels by it would keep the conclusion and drop the evidence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.assessment.known_items import with_stronger
from paygrade.attention.attentiveness import Attentiveness, fit_attentiveness
from paygrade.attention.convergence import Convergence
from paygrade.attention.population import GridPrior, TwoTypes
from paygrade.attention.scattered import Scattered
from paygrade.attention.share import ShareInterval, share_interval
from paygrade.attention.strengths import Strengths
from paygrade.errors import DataError, ModelError
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import number_of_labels

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]

STRENGTHS = "strengths"
LAWS = ("free", "two types", "grid", STRENGTHS)
ATTENTIVE, NOT, OPEN, UNKNOWN = "attentive", "not attentive", "open", "nothing known"
THRESHOLDS = (0.25, 0.5, 0.75, 0.9)
UNSIDED = "comparisons whose stronger side isn't known"


@dataclass(frozen=True)
class AttentionQuestion:
    """What is asked of the comparisons.

    Attributes:
        law: free, two types or grid, as in `fit_attentiveness`, or strengths: models' strengths
            are estimated, too. None: what the labels and the other options allow.
        stronger: as in `assess`. None: the golden answers say it, if there are any.
        mu: how often attentive users prefer the stronger model: a number, or a column that the
            annotations keep. None: estimated.
        prior: of attentiveness, a and b of a Beta density.
        threshold: attentiveness from which on a user is called attentive and kept.
        level: confidence of the intervals.
        told_by: in words, what says which side is the stronger model's.
    """

    law: str | None = None
    stronger: str | None = None
    mu: float | str | None = None
    prior: tuple[float, float] | None = None
    threshold: float = 0.5
    level: float = 0.95
    told_by: str = "the golden answers"


@dataclass(frozen=True, eq=False)
class Attention:
    """Users, and what their labels are worth.

    Attributes:
        labels: the comparisons.
        question: what was asked, with the law that was fitted.
        fit: the estimates.
        convergence: how near they are to the maximum.
        share: of the two types, what is known of their share; None under the other laws.
        table: one row a user, the least attentive first: user, comparisons, attentiveness, low,
            high, finding (attentive, not attentive, open, nothing known), kept and weight.
        uses: one row a way to use the labels: use, threshold (missing: no filter), users,
            comparisons, purity and effective (how many labels, all attentive, say as much).
        absent: users who made no comparison that counts.
    """

    labels: Annotations
    question: AttentionQuestion
    fit: Attentiveness
    convergence: Convergence
    share: ShareInterval | None
    table: "pd.DataFrame"
    uses: "pd.DataFrame"
    absent: tuple[str, ...]

    def names(self, finding: str) -> list[str]:
        """Return the users of whom this was found."""
        return self.table.loc[self.table["finding"] == finding, "user"].tolist()

    def weights(self, *, weighted: bool) -> "pd.Series[float]":
        """Return each user's weight, or 1 for those whom the threshold keeps and 0 for others.

        Raises:
            DataError: nobody reaches the threshold.
        """
        if weighted:
            return self.fit.weights()
        kept = self.fit.filter(self.question.threshold).users
        return (self.fit.weights() * 0.0).where(~np.isin(self.fit.users, kept), 1.0)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        left_out = dict(self.labels.left_out)
        return {
            "labels": {"summary": str(self.labels), "left_out": left_out},
            "question": vars(self.question),
            "population": _population(self),
            "convergence": vars(self.convergence),
            "log_likelihood": float(self.fit.log_likelihood[-1]),
            "findings": {name: self.names(name) for name in (ATTENTIVE, NOT, OPEN, UNKNOWN)},
            "absent": list(self.absent),
            "uses": _plain(self.uses),
            "users": _plain(self.table),
        }


def measure_attention(
    annotations: Annotations,
    question: AttentionQuestion,
    *,
    progress: Progress = lambda _: None,
) -> Attention:
    """Estimate how attentive each user is, and what filters and weights would do.

    Raises:
        DataError: the labels can't tell; nothing says which model is the stronger one.
        ModelError: options contradict each other.
        NotConverged: as `fit_attentiveness`.
    """
    question = settle_law(annotations, question)
    if question.law == STRENGTHS:
        labels, law = annotations, "free"
    else:
        labels, law = _sided(annotations, question.stronger), str(question.law)
    progress("estimating attentiveness")
    fit = fit_attentiveness(labels, question.mu, law=law, prior=question.prior)
    progress("intervals")
    share = _share(fit, question.level)
    table = _table(fit, question, share)
    progress("weighing uses")
    uses = _uses(fit, question.threshold)
    present = set(fit.users.tolist())
    absent = tuple(name for name in annotations.workers if name not in present)
    return Attention(labels, question, fit, fit.convergence(), share, table, uses, absent)


def settle_law(annotations: Annotations, question: AttentionQuestion) -> AttentionQuestion:
    """Return the question with its law: the one asked for, or the one that the labels allow.

    Raises:
        DataError: the labels don't say what it takes.
        ModelError: options contradict each other.
    """
    table = annotations.table
    sided = question.stronger is not None or ("gold" in table and bool(table["gold"].notna().any()))
    pairs = {"left", "right"} <= set(table.columns)
    usual = "free" if question.mu is not None else "two types" if sided else STRENGTHS
    law = question.law or usual
    _refuse_contradictions(replace(question, law=law))
    if law != STRENGTHS and not sided:
        raise DataError(
            f"{annotations.source}: nothing says which answer is the stronger model's, so attention"
            " can't be told from taste; name it in --stronger: a model, a side, or a column"
        )
    if law == STRENGTHS and not pairs:
        raise DataError(
            f"{annotations.source}: nothing says which models were compared, so nobody knows which"
            " is the stronger one; name the columns of the two in --left and --right, or the"
            " stronger one in --stronger"
        )
    return replace(question, law=law)


def _refuse_contradictions(question: AttentionQuestion) -> None:
    law, mu, stronger = question.law, question.mu, question.stronger
    if law not in LAWS:
        raise ModelError(f"--law {law!r} is none of {', '.join(LAWS)}; name one")
    if not 0.0 < question.threshold <= 1.0:
        raise ModelError(
            f"--threshold {question.threshold} is no share of labels above 0 and at most 1, so it"
            " would keep everybody or nobody; give one, such as 0.5"
        )
    if law == STRENGTHS and (mu is not None or stronger is not None):
        raise ModelError(
            f"{'--mu' if mu is not None else '--stronger'} says what is estimated where models'"
            " strengths are; leave it out, or name the law free, two types or grid"
        )
    if law in ("free", "grid") and mu is None:
        raise ModelError(
            f"law {law!r} needs to know how often attentive users prefer the stronger model: only"
            " the product with attentiveness shows in one user's answers; give --mu, or let two"
            " types of users tell, --law 'two types'"
        )
    if question.prior is not None and law not in ("free", STRENGTHS):
        raise ModelError(f"law {law!r} estimates its prior; leave out --prior")


def _sided(annotations: Annotations, stronger: str | None) -> Annotations:
    """Return the comparisons with the stronger side as golden answer; others are counted."""
    if stronger is not None:
        annotations = with_stronger(annotations, stronger)
        table = annotations.table
        annotations = replace(annotations, table=table.assign(gold=table["stronger"]))
    annotations.require_two_answers()
    known = annotations.table["gold"].notna()
    unknown = number_of_labels(annotations.table[~known])
    left_out = {**annotations.left_out, UNSIDED: unknown}
    return replace(annotations, table=annotations.table[known], left_out=left_out)


def _share(fit: Attentiveness, level: float) -> ShareInterval | None:
    if not isinstance(fit.population, TwoTypes) or isinstance(fit.store, Scattered):
        return None
    return share_interval(fit.store.cells(), fit.population, level)


def _table(
    fit: Attentiveness, question: AttentionQuestion, share: ShareInterval | None
) -> "pd.DataFrame":
    table = fit.table(question.level).reset_index()
    yes, no = question.threshold, question.threshold
    if share is not None:
        table = table.assign(low=share.posterior_low, high=share.posterior_high)
        yes, no = question.level, 1.0 - question.level
    finding = np.select(
        [table["attentiveness"].isna(), table["low"] >= yes, table["high"] < no],
        [UNKNOWN, ATTENTIVE, NOT],
        OPEN,
    )
    kept = (table["attentiveness"] >= question.threshold).to_numpy()
    told = table.assign(finding=finding, kept=kept, weight=fit.weights().to_numpy())
    return told.sort_values(["attentiveness", "low", "high"], kind="stable", ignore_index=True)


def _uses(fit: Attentiveness, threshold: float) -> "pd.DataFrame":
    """Return what each way to use the labels keeps, and what that is worth."""
    import pandas as pd

    best = best_threshold(fit)
    filters = sorted({*THRESHOLDS, threshold, best})
    ways: list[tuple[str, float | None, Any]] = [("all labels", None, np.ones(len(fit.users)))]
    ways += [(_filter_name(t, best), t, fit.attentiveness >= t) for t in filters]
    ways.append(("all labels, weighted", None, fit.weights().to_numpy()))
    rows = []
    for use, at_least, weight in ways:
        some = bool(np.any(weight))
        kept = np.asarray(weight) > 0
        rows.append(
            {
                "use": use,
                "threshold": at_least,
                "users": int(kept.sum()),
                "comparisons": int(fit.comparisons[kept].sum()),
                "purity": fit.purity(weight) if some else np.nan,
                "effective": fit.effective_sample_size(weight) if some else 0.0,
            }
        )
    return pd.DataFrame(rows)


def _filter_name(threshold: float, best: float) -> str:
    return f"users at {threshold:.3g} or more" + " (the best filter)" * (threshold == best)


def best_threshold(fit: Attentiveness) -> float:
    """Return the threshold that keeps the labels worth most; the highest of several.

    Only the users' own values need trying: between two of them a filter keeps the same users.
    """
    known = np.flatnonzero(np.nan_to_num(fit.attentiveness) > 0.0)
    order = known[np.argsort(-fit.attentiveness[known], kind="stable")]
    at, made = fit.attentiveness[order], fit.comparisons[order]
    if not len(order):
        return 1.0
    worth = np.cumsum(at * made) ** 2 / np.maximum(np.cumsum(made), 1)
    last = np.append(at[1:] < at[:-1], True)  # users of one value stay together
    return float(at[np.where(last, worth, -1.0).argmax()])


def _population(found: Attention) -> dict[str, Any] | None:
    match found.fit.population:
        case TwoTypes(share=share, mu=mu):
            ends = {} if found.share is None else {"low": found.share.low, "high": found.share.high}
            return {"law": "two types", "share": share, **ends, "mu": mu}
        case GridPrior(grid=grid, weights=weights):
            spread = {"attentiveness": grid.tolist(), "probability": weights.tolist()}
            return {"law": "grid", **spread}
        case Strengths(models=models, strength=strength, scale_error=error):
            named = dict(zip(map(str, models), strength.tolist(), strict=True))
            known = error if np.isfinite(error) else None
            return {"law": STRENGTHS, "strength": named, "scale_error": known}
    return None


def _plain(table: "pd.DataFrame") -> list[Mapping[str, Any]]:
    """Return the rows for JSON, which has no NaN."""
    clean = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]
