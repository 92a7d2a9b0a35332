"""The annotation table: who gave which label to which item, and what the label is checked against.

Ties are abstentions. Whatever is left out is counted and said; rows that can't be understood are
refused with their place in the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paygrade.arguments import checked_arguments
from paygrade.errors import raise_problems
from paygrade.labels import cleaning
from paygrade.labels.answers import against_the_rest, refuse_many
from paygrade.labels.columns import CHECKS
from paygrade.labels.duplicates import rule_problems, settle_duplicates
from paygrade.labels.exports.export import Export
from paygrade.labels.exports.platforms import open_export
from paygrade.labels.gathering import gather
from paygrade.labels.names import natural
from paygrade.labels.opening import open_source
from paygrade.labels.scored import with_key

if TYPE_CHECKING:
    import pandas as pd

    from paygrade.labels.opening import Table


@dataclass(frozen=True, eq=False)
class Annotations:
    """Labels ready for assessment.

    Attributes:
        table: one row a label; columns task, worker, label and, where there are any, the checks
            gold, expert and repeat (missing: not checked), all text, and time. Comparisons also
            have left, right and swapped; their labels are "left" and "right", and `left` is the
            lesser of both names, whether or not it stood on the left (`swapped`).
        source: what messages call the table.
        left_out: how many labels, checks or items are not in the table, by reason.
        scored: whether the labels say how checks went (`passed`), and not what was answered.
    """

    table: "pd.DataFrame"
    source: str = "the table"
    left_out: Mapping[str, int] = field(default_factory=dict)
    scored: bool = False

    @property
    def workers(self) -> list[str]:
        """Annotators' names, in the order of people: ann2 before ann10."""
        return sorted(self.table["worker"].unique(), key=natural)

    @property
    def answers(self) -> list[str]:
        """The different labels, sorted; two of them, unless the table is one of classes."""
        return sorted(self.table["label"].unique())

    def require_two_answers(self) -> None:
        """Raise a DataError if labels and checks hold more than two different answers.

        How often answers agree can be counted with any number of them; what this says of effort is
        known for two.
        """
        refuse_many(self.table, ["label", *checks_in(self.table)], self.source)

    def require_items(self, what: str) -> None:
        """Do nothing: these labels know their items. A `Tally` raises a DataError."""

    def __str__(self) -> str:
        left_out = ", ".join(f"{number} {what}" for what, number in self.left_out.items() if number)
        return (
            f"{len(self.table)} labels of {self.table['task'].nunique()} items by"
            f" {len(self.workers)} annotators" + (f"; left out: {left_out}" if left_out else "")
        )


@checked_arguments
def read_annotations(
    source: "Table",
    *,
    platform: str | None = None,
    task: str | None = None,
    worker: str | None = None,
    label: str | None = None,
    gold: str | None = None,
    expert: str | None = None,
    repeat: str | None = None,
    time: str | None = None,
    left: str | None = None,
    right: str | None = None,
    winner: str | None = None,
    sides: str | Sequence[str] | None = None,
    expert_workers: str | Sequence[str] | None = None,
    ignore_workers: str | Sequence[str] | None = None,
    passed: str | None = None,
    positive: str | None = None,
    duplicates: str = "error",
    ties: str = "drop",
    tie_labels: str | Sequence[str] | None = None,
    keep: str | Sequence[str] | None = None,
) -> Annotations:
    """Read labels in long format, one row for each answer of one annotator to one item.

    Ties. A check is counted only where both sides gave an answer: a tie on either side is an
    abstention. The model behind every monitor (theory section 1) gives the law of a two-way answer,
    and nothing in it says how often a careful or a careless annotator claims a tie. To count a tie
    as half an agreement would also make the count no longer binomial, so that the exact intervals,
    the tests and the pass mark of a bonus rule would all be wrong. That is why `ties="drop"` is the
    only rule. What remains speaks of items that both found decidable; somebody who mostly abstains
    shows it by few checks.

    More than two answers. They are kept, and agreement is counted as equal or unequal. What it says
    of effort is known for two, so `assess` asks for `positive`, which sets one answer against the
    rest. The model takes a careless label for a fair coin; a careless pick among many classes hits
    a rare one less often, so read efforts from such files as a ranking rather than as shares of
    careful labels.

    Duplicates. Two rows of one worker for one item are an export's mistake or a second answer.
    "error" refuses them and says which it looks like; "drop" keeps the first row; "repeat" makes
    the last answer (in the order of `time`, or else of the rows) the repeat of the first.

    Comparisons. With columns left and right the item is the pair, in whichever order it was shown,
    within `task` if there is one; see `Annotations.table`. `winner` holds the winner's name, the
    name of its column, or left and right.

    Arguments:
        source: path of a CSV, TSV, JSON-lines or Parquet file, plain or gzip; a folder of these; a
            pattern ("day*.csv"); a data frame of pandas, Polars, Arrow or DuckDB; or a list of
            these. For tables larger than memory see `tally_annotations`.
        platform: "label-studio", "argilla", "prolific", "toloka" or "mturk", whose export the
            source is. Columns then need no names, except `label` where several questions are asked.
            For Prolific, [answers, export of the submissions] leaves out those returned.
        task: column that names the item; "a,b,c" for columns that name it together.
        worker: column that names the annotator.
        label: column with the answer.
        gold: column with the golden answer.
        expert: column with an expert's answer.
        repeat: column with the same annotator's second answer.
        time: column that says when; numbers or dates. These roles default to the column of their
            name; all but task, worker and label may be missing.
        left: column of what was shown on the left, where pairs were compared.
        right: column of what was shown on the right.
        winner: column of the answer to a comparison; by default `winner`, or else `label`.
        sides: the two words by which `winner` calls left and right, as "a1,a2", if not as above.
        expert_workers: names or globs ("author_*", with commas between them) of annotators who are
            the experts. What more than half of them say of an item becomes the column `expert`.
        ignore_workers: names or globs of annotators to leave out ("gpt4*").
        passed: the answer that means a pass, where rows are checks that are scored already ("Found"
            of planted errors). It is the golden answer of every row then, and every row an item of
            its own unless there is a column for it. Set against the rest if these are several.
        positive: the answer to set against the rest where there are more than two.
        duplicates: "error", "repeat" or "drop".
        ties: "drop".
        tie_labels: the answers that are ties, as a list or with commas between them. By default
            tie, draw, equal, both, none and "tie (...)", in capitals or not. () for no ties at all.
        keep: further columns to carry along as text, as a list or with commas between them: what
            `assess` is told of by name, such as a margin or the side of the stronger model.

    Raises:
        DataError: the table can't be used as it is; the message says where and what to do.

    >>> import pandas as pd
    >>> rows = [("cat", "ann", "yes"), ("dog", "ann", "no"), ("cat", "ann", "no")]
    >>> labels = pd.DataFrame(rows, columns=["task", "worker", "label"])
    >>> read_annotations(labels, duplicates="repeat").table.fillna("-").values.tolist()
    [['cat', 'ann', 'yes', 'no'], ['dog', 'ann', 'no', '-']]
    """
    raise_problems(option_problems(ties, duplicates, expert, expert_workers, label, winner))
    named = {"task": task, "worker": worker, "label": label, "gold": gold, "expert": expert}
    named |= {"repeat": repeat, "time": time, "left": left, "right": right, "winner": winner}
    given = {role: name for role, name in named.items() if name is not None}
    if platform is None:
        export = Export(open_source(source), given)
    else:
        export = open_export(source, platform, given)
    origin = export.source
    roles = {**export.columns, **given, "label": export.columns.get("label", given.get("label"))}
    if passed is not None:
        origin, roles = with_key(origin, roles, passed)
        positive = passed if positive is None else positive
    table, left_out = gather(
        origin,
        roles,
        ignore_workers=ignore_workers,
        sides=sides,
        tie_labels=tie_labels,
        keep=cleaning.listed_names(keep) or (),
    )
    table, repeated = settle_duplicates(table, duplicates, origin)
    table, split = cleaning.with_experts(table, expert_workers)
    table, tied, tied_checks = cleaning.without_ties(table, tie_labels, origin.name)
    table = against_the_rest(table, ["label", *checks_in(table)], positive, origin.name)
    left_out = {
        "tied labels": tied,
        "checks with a tie on the other side": tied_checks,
        "items on which the experts are split": split,
        **left_out,
        **repeated,
        **export.left_out,
    }
    scored = passed is not None
    return Annotations(table.reset_index(drop=True), origin.name, left_out, scored)


def checks_in(table: "pd.DataFrame") -> list[str]:
    """Return the columns of the table that labels are checked against."""
    return [name for name in CHECKS if name in table]


def option_problems(
    ties: str,
    duplicates: str,
    expert: str | None,
    expert_workers: object,
    label: str | None,
    winner: str | None,
) -> list[str]:
    """Return what is wrong with the options of `read_annotations`."""
    problems = []
    if ties != "drop":
        problems.append(
            f"ties={ties!r} is no rule for ties: the model has two answers, so a tie can only be an"
            " abstention; use ties='drop'"
        )
    problems += rule_problems(duplicates)
    if label is not None and winner is not None:
        problems.append(
            f"label={label!r} and winner={winner!r} both name the column of the answer; give one"
        )
    if expert is not None and expert_workers:
        problems.append(
            f"expert={expert!r} and expert_workers={expert_workers!r} both say what the experts"
            " answered; give one of them"
        )
    return problems
