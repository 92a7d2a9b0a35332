"""How often each annotator's labels agree with what they are checked against.

A monitor is fed by one column of the annotation table: the golden answer, the expert's answer, the
annotator's own second answer, or the answer that prefers the stronger model. Which law the counts
follow is `paygrade.model.counting`'s.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from paygrade.errors import DataError, ModelError
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import labels_per_row
from paygrade.model.counting import (
    ComparisonMode,
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Feed:
    """What a monitor compares labels with, and what it calls its signal."""

    column: str
    signal: str

    def parameter(self, excess: float) -> float:
        """Return the monitor's parameter at which full effort has this excess agreement 2A - 1."""
        return (1.0 + excess) / 2.0 if self.signal == "mu" else excess


# In the order of preference: a golden answer is right, an expert's may be a matter of taste, and
# repeats can't see an annotator who is wrong consistently. Which model is stronger nobody finds out
# from labels, so `stronger` is a column only where `with_stronger` put it.
FEEDS: dict[type[CountingMonitor], Feed] = {
    GoldenQuestions: Feed("gold", "margin"),
    ExpertReview: Feed("expert", "rho"),
    SelfConsistency: Feed("repeat", "kappa"),
    ComparisonMode: Feed("stronger", "mu"),
}


def find_feed(monitor: type[CountingMonitor]) -> Feed:
    """Return the monitor's feed, or raise a ModelError if a table of labels can't feed it."""
    if monitor not in FEEDS:
        given = getattr(monitor, "__name__", repr(monitor))
        names = ", ".join(each.__name__ for each in FEEDS)
        raise ModelError(f"monitor={given} can't be fed from a table of labels; use one of {names}")
    return FEEDS[monitor]


def choose_monitor(annotations: Annotations) -> type[CountingMonitor]:
    """Return the first monitor that the table can feed: golden questions, experts, then repeats.

    Raises:
        DataError: it can feed none.
    """
    for monitor, feed in FEEDS.items():
        if feed.column in annotations.table and annotations.table[feed.column].notna().any():
            return monitor
    raise DataError(
        f"{annotations.source}: the labels stand alone, so nobody's effort can be told; name a"
        " column in 'gold', 'expert' or 'repeat', or annotators who are experts in 'expert_workers'"
    )


def count_agreements(annotations: Annotations, monitor: type[CountingMonitor]) -> "pd.DataFrame":
    """Return how many labels of each worker were checked, and how many agreed.

    Arguments:
        annotations: the labels.
        monitor: GoldenQuestions, ExpertReview, SelfConsistency or ComparisonMode.

    Returns:
        One row a worker, in natural order (the index); columns checked and agreed. Workers with no
        checks are there too.

    Raises:
        ModelError: the monitor is none of the four.
        DataError: not a single label was checked.
    """
    import pandas as pd

    checked = checked_labels(annotations, monitor)
    often = labels_per_row(checked)
    columns = {"checked": often, "agreed": often.where(checked["agrees"], 0)}
    counts = pd.DataFrame(columns).groupby(checked["worker"]).sum()
    return counts.reindex(annotations.workers, fill_value=0).astype(int)


def checked_labels(annotations: Annotations, monitor: type[CountingMonitor]) -> "pd.DataFrame":
    """Return the labels that the monitor checks, and whether each agrees.

    Returns:
        The rows of the table that have a check, in its order, with all its columns and one more,
        agrees (bool).

    Raises:
        ModelError: the monitor is none of the four.
        DataError: not a single label was checked.
    """
    column = find_feed(monitor).column
    table = annotations.table
    checked = table[table[column].notna()] if column in table else table[:0]
    if checked.empty and column == "stronger":
        raise ModelError(
            f"{monitor.__name__} can't be fed from labels alone: nothing says which answer prefers"
            " the stronger model; give it in the option 'stronger'"
        )
    if checked.empty:
        raise DataError(
            f"{annotations.source}: no label can be compared, as {column!r} is"
            f" {'empty wherever there is a label' if column in table else 'no column of it'}, so"
            f" {monitor.__name__} has nothing to count; name the column in the option {column!r}"
            f"{' or the experts in expert_workers' * (column == 'expert')}"
        )
    return checked.assign(agrees=checked["label"] == checked[column])
