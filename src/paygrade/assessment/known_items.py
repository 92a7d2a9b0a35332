"""What is known of each item beforehand: its margin, or which answer prefers the stronger model.

A user says it by item, in a mapping or a series, or in a column of the labels' table.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paygrade.errors import DataError
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import as_answers, as_names
from paygrade.labels.pairs import LEFT, RIGHT
from paygrade.model.counting import CountingMonitor, ExpertReview, SelfConsistency

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 3  # items that a message names


def margins_of(
    checked: "pd.DataFrame", margins: "str | Mapping[Any, float] | pd.Series", source: str
) -> "pd.Series":
    """Return the absolute margin of the item of each row.

    Arguments:
        checked: labels with a check, one row each.
        margins: item -> margin in [-1, 1], a mapping or a series; or the name of a column.
        source: what messages call the table.

    Raises:
        DataError: an item's margin is missing, no number, or outside of [-1, 1].
    """
    import pandas as pd

    given = _by_row(checked, margins, "margins", source)
    numbers = pd.to_numeric(given, errors="coerce").abs()
    bad = ~(numbers <= 1.0)
    if bad.any():
        items = checked.loc[bad, "task"].drop_duplicates()
        listed = ", ".join(map(repr, items[:SHOWN].tolist())) + ", ..." * (len(items) > SHOWN)
        raise DataError(
            f"{source}: {len(items)} items that were checked have no margin from -1 to 1 in"
            f" 'margins' ({listed}; the first has {given[bad].iloc[0]!r}), so what their answers"
            " tell about effort is unknown; give their margins or leave out their checks"
        )
    return numbers.astype(float)


def signals_of(
    monitor: type[CountingMonitor],
    checked: "pd.DataFrame",
    margins: "str | Mapping[Any, float] | pd.Series",
    source: str,
) -> "pd.Series":
    """Return the excess agreement 2A - 1 of full effort on the item of each row.

    It is the margin for golden questions and comparisons (theory section 1: 2·mu - 1), its square
    for two answers to one question: repeats, and experts if their tastes are the annotators'.
    Arguments and errors as in `margins_of`.
    """
    found = margins_of(checked, margins, source)
    return found**2 if monitor in (SelfConsistency, ExpertReview) else found


def with_stronger(
    annotations: Annotations, stronger: "str | Mapping[Any, str] | pd.Series"
) -> Annotations:
    """Return the labels with the answer that prefers the stronger model beside each.

    Arguments:
        annotations: the labels, each saying which of two models won.
        stronger: item -> the answer that means that the stronger model won, as a mapping or a
            series; the name of a column that says so; of pairs with names, the stronger one's; or,
            where the stronger model always stands on the same side, that answer itself, which of
            pairs is the side that annotators saw. Items that are not in it are not checked.

    Raises:
        DataError: it names neither a column nor an answer, or answers that nobody gave.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"task": ["t1", "t2"], "worker": "w", "label": ["left", "right"]})
    >>> with_stronger(Annotations(table), {"t1": "left"}).table["stronger"].fillna("-").tolist()
    ['left', '-']
    """
    table, answers = annotations.table, annotations.answers
    if isinstance(stronger, str) and (stronger in (LEFT, RIGHT) or stronger not in table):
        column = _one_for_all(table, stronger)
    else:
        if not isinstance(stronger, str):
            annotations.require_items("stronger")
        column = as_answers(_by_row(table, stronger, "stronger", annotations.source))
    unknown = sorted(set(column.dropna()) - set(answers))
    if unknown or column.isna().all():
        what = f"the answer {unknown[0]!r}" if unknown else "none of the items"
        raise DataError(
            f"{annotations.source}: 'stronger' names {what}, but the answers are {answers[0]!r} and"
            f" {answers[-1]!r}{_such_as(table)}; give for each item the answer that prefers the"
            " stronger model"
        )
    return dataclasses.replace(annotations, table=table.assign(stronger=column))


def _one_for_all(table: "pd.DataFrame", stronger: str) -> "pd.Series":
    """Return the answer that prefers the stronger one, who is named or always on one side."""
    import pandas as pd

    spelled = as_answers(pd.Series([stronger])).iloc[0]
    column = pd.Series(spelled, index=table.index, dtype="object")
    if "swapped" not in table:
        return column
    if spelled in (LEFT, RIGHT):  # labels speak of the sorted pair, the side is the one seen
        other = LEFT if spelled == RIGHT else RIGHT
        return column.mask(table["swapped"], other)
    named = {side: table[side] == spelled for side in (LEFT, RIGHT)}
    if not (named[LEFT] | named[RIGHT]).any():
        return column
    return (
        column.mask(named[LEFT], LEFT).mask(named[RIGHT], RIGHT).where(named[LEFT] | named[RIGHT])
    )


def _such_as(table: "pd.DataFrame") -> str:
    return f" of items such as {table['task'].iloc[0]!r}" if "task" in table else ""


def _by_row(
    table: "pd.DataFrame",
    given: "str | Mapping[Any, object] | pd.Series",
    option: str,
    source: str,
) -> "pd.Series":
    import pandas as pd

    if isinstance(given, str):
        if given not in table:
            raise DataError(
                f"{source}: {option}={given!r} is no column of the labels (there are"
                f" {', '.join(table.columns)}); name one of them, or give a mapping from item to"
                " value"
            )
        return table[given]
    values = pd.Series(given, dtype="object")
    values.index = pd.Index(as_names(pd.Series(values.index.to_numpy(object), dtype="object")))
    again = values.index[values.index.duplicated()]
    if len(again):
        raise DataError(f"{option} has more than one value for item {again[0]!r}; keep one of them")
    return table["task"].map(values)
