"""The annotation table: who gave which label to which item, and what the label is checked against.

Monitors compare two answers, so the table holds two, ties being abstentions. Whatever is left out
is counted and said; rows that can't be understood are refused with their place in the file.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paygrade.assessment import cleaning
from paygrade.assessment.answers import against_the_rest
from paygrade.assessment.columns import CHECKS, choose_columns
from paygrade.assessment.opening import open_source
from paygrade.errors import raise_problems

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Annotations:
    """Labels ready for assessment.

    Attributes:
        table: one row a label; columns task, worker, label and, where there are checks, gold,
            expert or repeat (missing: not checked). All text, with two different answers.
        source: what messages call the table.
        left_out: how many labels, checks or items are not in the table, by reason.
    """

    table: "pd.DataFrame"
    source: str = "the table"
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def workers(self) -> list[str]:
        """Annotators' names, in the order of people: ann2 before ann10."""
        return sorted(self.table["worker"].unique(), key=natural)

    @property
    def answers(self) -> list[str]:
        """The two answers, sorted."""
        return sorted(self.table["label"].unique())

    def __str__(self) -> str:
        left_out = ", ".join(f"{number} {what}" for what, number in self.left_out.items() if number)
        return (
            f"{len(self.table)} labels of {self.table['task'].nunique()} items by"
            f" {len(self.workers)} annotators" + (f"; left out: {left_out}" if left_out else "")
        )


def read_annotations(
    source: "str | os.PathLike[str] | pd.DataFrame",
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    gold: str | None = None,
    expert: str | None = None,
    repeat: str | None = None,
    expert_workers: str | Sequence[str] | None = None,
    ignore_workers: str | Sequence[str] | None = None,
    positive: str | None = None,
    ties: str = "drop",
    tie_labels: str | Sequence[str] | None = None,
) -> Annotations:
    """Read labels in long format, one row for each answer of one annotator to one item.

    Ties. A check is counted only where both sides gave one of the two answers: a tie on either
    side is an abstention. The model behind every monitor (theory section 1) gives the law of a
    two-way answer, and nothing in it says how often a careful or a careless annotator claims a
    tie. To count a tie as half an agreement would also make the count no longer binomial, so that
    the exact intervals, the tests and the pass mark of a bonus rule would all be wrong. That is
    why `ties="drop"` is the only rule. What remains speaks of items that both found decidable;
    somebody who mostly abstains shows it by few checks.

    More than two answers. `positive` sets one against the rest. The model takes a careless label
    for a fair coin; a careless pick among many classes hits a rare one less often, so read efforts
    from such files as a ranking rather than as shares of careful labels.

    Arguments:
        source: path of a CSV, TSV (both plain or gzip) or Parquet file, or a pandas data frame.
        task: column that names the item; "a,b,c" for columns that name it together.
        worker: column that names the annotator.
        label: column with the answer.
        gold: column with the golden answer; by default the column `gold` if there is one.
        expert: column with an expert's answer; by default `expert` if there is one.
        repeat: column with the same annotator's second answer; by default `repeat` if there is one.
        expert_workers: names or globs ("author_*", with commas between them) of annotators who are
            the experts. What more than half of them say of an item becomes the column `expert`.
        ignore_workers: names or globs of annotators to leave out ("gpt4*").
        positive: the answer to set against the rest where there are more than two.
        ties: "drop".
        tie_labels: the answers that are ties, as a list or with commas between them. By default
            tie, draw, equal, both, none and "tie (...)", in capitals or not. () for no ties at all.

    Raises:
        DataError: the table can't be used as it is; the message says where and what to do.
    """
    raise_problems(_option_problems(ties, expert, expert_workers))
    origin = open_source(source)
    answered = {"task": task, "worker": worker, "label": label}
    checks = {"gold": gold, "expert": expert, "repeat": repeat}
    table = cleaning.as_text(origin, choose_columns(origin, {**answered, **checks}))
    table, ignored = cleaning.without_workers(table, ignore_workers)
    cleaning.refuse_blanks(table, origin)
    cleaning.refuse_duplicates(table, origin)
    table, split = cleaning.with_experts(table, expert_workers)
    table, tied, tied_checks = cleaning.without_ties(table, tie_labels, origin.name)
    answers = ["label", *(column for column in CHECKS if column in table)]
    table = against_the_rest(table, answers, positive, origin.name)
    left_out = {
        "tied labels": tied,
        "checks with a tie on the other side": tied_checks,
        "labels of ignored workers": ignored,
        "items on which the experts are split": split,
    }
    return Annotations(table.reset_index(drop=True), origin.name, left_out)


def _option_problems(ties: str, expert: str | None, expert_workers: object) -> list[str]:
    problems = []
    if ties != "drop":
        problems.append(
            f"ties={ties!r} is no rule for ties: the model has two answers, so a tie can only be an"
            " abstention; use ties='drop'"
        )
    if expert is not None and expert_workers:
        problems.append(
            f"expert={expert!r} and expert_workers={expert_workers!r} both say what the experts"
            " answered; give one of them"
        )
    return problems


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers inside names by size.

    >>> sorted(["ann10", "ann2", "9"], key=natural)
    ['9', 'ann2', 'ann10']
    """
    parts = [part for part in re.split(r"([0-9]+)", name) if part]
    return [_number_key(part) if part.isdecimal() else (1, 0, part) for part in parts]


def _number_key(digits: str) -> tuple[int, int, str]:
    significant = digits.lstrip("0")
    return 0, len(significant), significant  # Python refuses to turn very long texts into numbers
