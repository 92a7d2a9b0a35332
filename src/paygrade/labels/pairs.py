"""Comparisons of two things, whichever of them stood on the left.

Annotators see a pair in an order, and files hold it in that order. As items, (A, B) and (B, A) are
one pair: here its members are sorted, and an answer says which of the sorted members won. So a
label is checked against an expert who saw the pair the other way round, a repeat with sides swapped
is a repeat, and a preference for a side shows as inconsistency instead of hiding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paygrade.errors import DataError
from paygrade.labels.answers import is_tie
from paygrade.labels.columns import CHECKS
from paygrade.labels.source import Source

if TYPE_CHECKING:
    import pandas as pd

LEFT, RIGHT = "left", "right"
USUAL_WORDS = ((LEFT, "model_a"), (RIGHT, "model_b"))


@dataclass(frozen=True)
class Sides:
    """What answers call the sides: words, in lower case, and perhaps the winner's own name."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    by_name: bool


def is_pairwise(
    columns: Sequence[str], left: object, right: object, winner: object, task: object
) -> bool:
    """Return whether a table is read as comparisons: if asked, or if it has no other items.

    >>> is_pairwise(["left", "right", "winner", "worker"], None, None, None, None)
    True
    >>> is_pairwise(["left", "right", "task", "worker", "label"], None, None, None, None)
    False
    """
    if (left, right, winner) != (None, None, None):
        return True
    return task is None and "task" not in columns and {LEFT, RIGHT} <= set(columns)


def sort_pairs(
    table: "pd.DataFrame",
    origin: Source,
    sides: Sides,
    ties: Sequence[str] | None,
) -> "pd.DataFrame":
    """Return the table with its pairs sorted, its answers translated and a column `swapped`.

    Arguments:
        table: columns left, right and label, all text, no cell blank; checks are translated too.
        origin: where the rows come from.
        sides: what answers call them; the winner's name goes first where it could be either.
        ties: what counts as a tie, as `is_tie` has it; ties stay what they are.

    Returns:
        The table; `left` is the lesser of the two names, labels are "left", "right" or ties, and
        `swapped` says that the annotator saw them the other way round.

    Raises:
        DataError: a thing is compared with itself, or an answer names no side.
    """
    itself = table.index[table[LEFT] == table[RIGHT]].tolist()
    if itself:
        name = table[LEFT][itself[0]]
        raise DataError(
            f"{origin.name}: {name!r} is compared with itself in {origin.places(itself)}, so"
            " neither answer is better; correct or delete the row"
        )
    swapped = table[LEFT] > table[RIGHT]
    answers = {
        name: _sides(table, name, swapped, origin, sides, ties)
        for name in ("label", *CHECKS)
        if name in table
    }
    lesser = table[LEFT].mask(swapped, table[RIGHT])
    greater = table[RIGHT].mask(swapped, table[LEFT])
    return table.assign(**answers, left=lesser, right=greater, swapped=swapped)


def _sides(
    table: "pd.DataFrame",
    name: str,
    swapped: "pd.Series",
    origin: Source,
    sides: Sides,
    ties: Sequence[str] | None,
) -> "pd.Series":
    """Return which of the sorted members each answer in the column takes, or that it is a tie."""
    answers = table[name]
    plain = answers.str.casefold()
    names_left = (answers == table[LEFT]) & sides.by_name
    names_right = (answers == table[RIGHT]) & sides.by_name
    on_left = names_left | (plain.isin(sides.left) & ~names_right)
    on_right = names_right | (plain.isin(sides.right) & ~names_left)
    strange = answers.notna() & ~on_left & ~on_right & ~is_tie(answers, ties)
    if strange.any():
        rows = strange.index[strange].tolist()
        raise DataError(
            f"{origin.name}: {answers[rows[0]]!r} in the {name} of {origin.places(rows)} is neither"
            f" the left nor the right of its pair ({table[LEFT][rows[0]]!r} and"
            f" {table[RIGHT][rows[0]]!r}), so nobody knows who won; name the words for left and"
            " right in 'sides' (as \"a1,a2\"), and ties in 'tie_labels'"
        )
    lesser = (on_left & ~swapped) | (on_right & swapped)
    decided = on_left | on_right
    return answers.mask(decided, RIGHT).mask(lesser & decided, LEFT)


def words_for_sides(sides: str | Sequence[str] | None, left: str, right: str) -> Sides:
    """Return what `sides` says; without, the columns' names, the usual words and the winner's name.

    Raises:
        DataError: `sides` are not two different words.

    >>> words_for_sides("a1, a2", "arg1", "arg2")
    Sides(left=('a1',), right=('a2',), by_name=False)
    """
    if sides is None:
        usual_left, usual_right = USUAL_WORDS
        return Sides((left.casefold(), *usual_left), (right.casefold(), *usual_right), by_name=True)
    given = sides.split(",") if isinstance(sides, str) else sides
    words = [word.strip().casefold() for word in given]
    if len(words) != 2 or words[0] == words[1]:
        raise DataError(
            f"sides={sides!r} are not two different words, so answers can't be told apart; give the"
            ' words for left and right, such as "a1,a2"'
        )
    return Sides((words[0],), (words[1],), by_name=False)
