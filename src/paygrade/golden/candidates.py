"""The pairs to choose from: one row an item, its margin, its key, and the answers it has.

Every item is part of the pool that golden questions must not stand out of; only those with a margin
other than 0 are candidates.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import DataError, raise_problems
from paygrade.labels.opening import open_source

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

SIDES = ("left", "right")
ANSWERS = (*SIDES, "tie")
SHOWN = ("task", "prompt", *SIDES)


class HasTable(Protocol):
    """Anything that carries its pairs in `table`, such as `PreferencePairs`."""

    @property
    def table(self) -> "pd.DataFrame":
        """The pairs."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The pool.

    Attributes:
        table: one row an item: task, prompt if there is one, left, right.
        margin: of left, in [-1, 1], NaN where unknown, (N,).
        answers: task, worker and label of every answer that the pairs came with.
        first: row of each item in the pairs as given, (N,).
    """

    table: "pd.DataFrame"
    margin: Array
    answers: "pd.DataFrame"
    first: NDArray[np.intp]

    @property
    def keys(self) -> NDArray[np.object_]:
        """The side that attentive annotators prefer, "" where no margin says so, (N,)."""
        named = np.where(self.margin > 0, "left", np.where(self.margin < 0, "right", ""))
        return named.astype(object)


def read_candidates(pairs: "pd.DataFrame | HasTable | str | os.PathLike[str]") -> Candidates:
    """Return the pool in a table of pairs.

    Arguments:
        pairs: a data frame, something with a `table`, or the path of a CSV, Parquet or JSON-lines
            file; columns left, right and margin, and as far as there are any prompt, task, worker
            and label. Rows of one task are answers to one item.

    Raises:
        DataError: a column is missing, a margin is no number from -1 to 1, an answer is unknown, or
            rows of one task contradict each other.
    """
    table = _frame(pairs)
    missing = [name for name in (*SIDES, "margin") if name not in table]
    if missing:
        raise DataError(
            f"the pairs have no column {missing[0]!r} (there are {', '.join(map(str, table))}), so"
            " golden questions can't be chosen; give the texts in left and right, and in margin"
            " how sure attentive annotators are of left, from -1 to 1"
        )
    if table.empty:
        raise DataError("the pairs hold no rows, so there is nothing to choose; add pairs")
    margin = _margins(table)
    named = table["task"] if "task" in table else [f"pair{i}" for i in range(len(table))]
    task = np.asarray([str(name) for name in named], object)
    _refuse_unnamed(table, task)
    _, first, place = np.unique(task, return_index=True, return_inverse=True)
    _refuse_contradictions(table, task, first[place], margin)
    first = np.sort(first)
    kept = [name for name in SHOWN[1:] if name in table]
    items = table.iloc[first][kept].reset_index(drop=True)
    items.insert(0, "task", task[first])
    return Candidates(items, margin[first], _answers(table, task), first)


def _frame(pairs: Any) -> "pd.DataFrame":
    import pandas as pd

    if isinstance(pairs, str | os.PathLike):
        origin = open_source(pairs)
        return origin.read(origin.columns).set_axis(list(origin.columns), axis=1)
    table = getattr(pairs, "table", pairs)
    if not isinstance(table, pd.DataFrame):
        raise DataError(
            f"{type(pairs).__name__} is no table of pairs; give a data frame, a path, or something"
            " with a data frame in .table"
        )
    return table.reset_index(drop=True)


def _margins(table: "pd.DataFrame") -> Array:
    import pandas as pd

    given = table["margin"]
    given = given.mask(given.astype("object").map(lambda cell: str(cell).strip() == ""))
    numbers = pd.to_numeric(given, errors="coerce").to_numpy(float)
    bad = np.flatnonzero(given.notna().to_numpy() & ~(np.abs(numbers) <= 1.0))
    if len(bad):
        raise DataError(
            f"{len(bad)} margins are no numbers from -1 to 1 (row {bad[0] + 1} has"
            f" {given.iloc[bad[0]]!r}), so how sure their answers are is unknown; a margin is twice"
            " the probability of left, less 1; leave it empty where it isn't known"
        )
    return np.asarray(numbers, float)


def _refuse_unnamed(table: "pd.DataFrame", task: NDArray[np.object_]) -> None:
    if "task" in table and (table["task"].isna().any() or (task == "").any()):
        raise DataError(
            "some pairs have no task, so answers to them can't be put together; name every item, or"
            " leave the column out if each row is an item of its own"
        )


def _refuse_contradictions(
    table: "pd.DataFrame", task: NDArray[np.object_], first: NDArray[np.intp], margin: Array
) -> None:
    unlike = {"margin": (margin != margin[first]) & ~(np.isnan(margin) & np.isnan(margin[first]))}
    for side in SIDES:
        cells = table[side].fillna("").to_numpy(object)
        unlike[side] = cells != cells[first]
    raise_problems(
        [
            f"task {task[rows][0]!r} has rows with different {name}, so it is no single item; give"
            " each item a task of its own (with the sides in one order) and one margin"
            for name, rows in unlike.items()
            if rows.any()
        ],
        DataError,
    )


def _answers(table: "pd.DataFrame", task: NDArray[np.object_]) -> "pd.DataFrame":
    import pandas as pd

    if "label" not in table:
        return pd.DataFrame({"task": [], "worker": [], "label": []}, dtype=object)
    label = table["label"].astype("object")
    spelled = label.where(label.isna(), label.astype(str).str.strip().str.lower())
    unknown = spelled[spelled.notna() & ~spelled.isin([*ANSWERS, ""])]
    if len(unknown):
        raise DataError(
            f"the label {label[unknown.index[0]]!r} (row {unknown.index[0] + 1}) names no side; use"
            f" {', '.join(ANSWERS)} or nothing"
        )
    worker = table["worker"].astype(str) if "worker" in table else "label"
    found = pd.DataFrame({"task": task, "worker": worker, "label": spelled}, dtype=object)
    return found[found["label"].isin(SIDES)].reset_index(drop=True)
