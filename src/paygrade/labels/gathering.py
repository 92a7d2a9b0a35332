"""The columns that matter, under the names of their roles, from any table."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paygrade.labels import cleaning
from paygrade.labels.columns import CHECKS, Name, choose_columns, kept_columns
from paygrade.labels.pairs import LEFT, RIGHT, is_pairwise, sort_pairs, words_for_sides
from paygrade.labels.source import Source

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("task", "worker", "label", *CHECKS, "time", LEFT, RIGHT, "swapped")


def gather(
    origin: Source,
    given: Mapping[str, Name],
    *,
    ignore_workers: cleaning.Names,
    sides: str | Sequence[str] | None,
    tie_labels: cleaning.Names,
    keep: Sequence[str] = (),
) -> "tuple[pd.DataFrame, dict[str, int]]":
    """Return who answered what, row by row as the origin has it, and what is left out.

    Arguments:
        origin: the table.
        given: role -> its column, as far as it is known.
        ignore_workers: names or globs of workers to leave out.
        sides: what answers call the sides of a pair, see `words_for_sides`.
        tie_labels: the answers that are ties.
        keep: further columns to carry along.

    Returns:
        Columns task, worker, label and, where the origin has them, checks and time; of comparisons
        also left, right and swapped; then those to keep. The index is the number of the row in the
        origin.

    Raises:
        DataError: a column is missing, or a row doesn't say who answered what.
    """
    wanted = wanted_columns(origin.columns, given)
    kept = kept_columns(origin, keep)
    table = cleaning.as_text(origin, choose_columns(origin, wanted) | kept)
    table, ignored = cleaning.without_workers(table, ignore_workers)
    cleaning.refuse_blanks(table, origin)
    time = given.get("time")
    table, strange = cleaning.with_times(table, origin, time if isinstance(time, str) else None)
    if LEFT in wanted:
        words = words_for_sides(sides, str(wanted[LEFT]), str(wanted[RIGHT]))
        table = sort_pairs(table, origin, words, cleaning.listed_names(tie_labels))
        pair = cleaning.joined([table[LEFT], table[RIGHT]])
        table = table.assign(task=table["task"] + "|" + pair if "task" in table else pair)
    order = (*ROLES, *kept)
    table = table[[name for name in order if name in table]]
    return table, {"labels of ignored workers": ignored, "times that are none": strange}


def wanted_columns(columns: Sequence[str], given: Mapping[str, Name]) -> dict[str, Name]:
    """Return role -> column for all roles the table should have, in the order of messages."""
    wanted = {role: given.get(role) for role in ("task", "worker", "label", *CHECKS, "time")}
    left, right = given.get(LEFT), given.get(RIGHT)
    if is_pairwise(columns, left, right, given.get("winner"), given.get("task")):
        if wanted["task"] is None and "task" not in columns:
            del wanted["task"]
        if wanted["label"] is None:
            winner = given.get("winner")
            wanted["label"] = winner or ("winner" if "winner" in columns else None)
        wanted |= {LEFT: left or LEFT, RIGHT: right or RIGHT}
    return wanted
