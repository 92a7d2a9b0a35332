"""Labels as small integers, coded once: everything that passes over labels starts here.

Text is compared once, when it is coded. From then on a label is a worker's number and an answer's
number, filed under its task: 5 bytes a label and 8 a task, in the compressed-row layout in which
SciPy multiplies sparse matrices.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments, shown
from paygrade.errors import DataError, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import as_times
from paygrade.labels.duplicates import RULES, looks_like, rule_problems

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

Ints = NDArray[np.int32]
MOST_LABELS = 2**31 - 1  # SciPy's fast index type; more labels than this go out of core
SORTED_AT_ONCE = 2**17  # labels whose keys fit into a core's cache
COUNT = "count"  # a rule for duplicates that only votes have
MOST_ANSWERS = 127  # what fits into a byte with a sign
FEW = 1024  # distinct values to make room for at first: room for a value a row would be the peak


@dataclass(frozen=True, eq=False)
class LabelCodes:
    """Labels by task.

    Attributes:
        tasks, workers, answers: the names, each once. Answers are sorted, the others stand in the
            order in which they appeared.
        offsets: the labels of task t are number offsets[t] to offsets[t + 1] - 1, (tasks + 1,).
        worker: whose label it is, as a place in `workers`, (labels,).
        label: what it says, as a place in `answers`, one byte each, (labels,).
    """

    tasks: NDArray[Any]
    workers: NDArray[Any]
    answers: NDArray[Any]
    offsets: NDArray[np.int64]
    worker: Ints
    label: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.worker)

    @property
    def nbytes(self) -> int:
        """Bytes that the codes take, names aside."""
        return self.offsets.nbytes + self.worker.nbytes + self.label.nbytes

    @property
    def task(self) -> Ints:
        """The task of each label, as a place in `tasks`, (labels,)."""
        numbers = np.arange(len(self.tasks), dtype=np.int32)
        return np.repeat(numbers, np.diff(self.offsets))

    def matrix(self) -> "csr_array[Any]":
        """Return ones at (task, worker · answers + answer), (tasks, workers · answers).

        Times a vector of what each worker's answers say, it adds up the evidence of every task;
        its transpose adds up the tasks of every worker's answers. 12 bytes a label.
        """
        from scipy.sparse import csr_array

        width = len(self.answers)
        cell = self.worker * np.int32(width)
        cell += self.label
        ones = np.ones(len(self))
        return csr_array(
            (ones, cell, self.offsets.astype(np.int32)),
            shape=(len(self.tasks), len(self.workers) * width),
        )


@checked_arguments
def code_labels(
    table: "Annotations | LabelCodes | pd.DataFrame | Mapping[str, Any]",
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    duplicates: str = "error",
) -> LabelCodes:
    """Return the labels of the table as codes.

    Arguments:
        table: annotations, a data frame, or a mapping of column names to arrays of equal length.
        task: column that names the item; "a,b,c" for columns that name it together.
        worker: column that names the annotator.
        label: column with the answer.
        duplicates: what a worker's second label of a task is, as in `read_annotations`. "error"
            refuses it; "drop" keeps the first row; "repeat" keeps the first answer, in the order of
            column `time` if all rows have one: a repeat checks a label and is no second one. Only
            here there is "count", which makes every row a label: a person then has as many votes as
            answers.

    Raises:
        DataError: a column or a value is missing, a label is given twice, or the table is empty.
        ModelError: the rule for duplicates is none.

    >>> codes = code_labels({"task": "aab", "worker": "xyx", "label": [1, 0, 1]})
    >>> codes.offsets.tolist(), codes.worker.tolist(), codes.label.tolist(), codes.nbytes
    ([0, 2, 3], [0, 1, 0], [1, 0, 1], 39)
    """
    if isinstance(table, LabelCodes):
        return table
    raise_problems(rule_problems(duplicates, (*RULES, COUNT)))
    frame = table.table if isinstance(table, Annotations) else table
    item, tasks = code_column(frame, task)  # the column with most values needs most room: first
    person, workers = code_column(frame, worker)
    answer, answers = code_column(frame, label, most=MOST_ANSWERS)
    _check_lengths({task: item, worker: person, label: answer})
    if duplicates in ("drop", "repeat"):
        kept = _first_rows(frame, item, person, by_time=duplicates == "repeat")
        item, person, answer = item[kept], person[kept], answer[kept]
        given, answer = np.unique(answer, return_inverse=True)
        answers = answers[given]
    order = np.argsort(answers, kind="stable")
    rank = np.empty(len(answers), np.int8)
    rank[order] = np.arange(len(answers), dtype=np.int8)
    offsets, person, said = filed_by(item, len(tasks), person, rank[answer], len(workers))
    codes = LabelCodes(tasks, workers, answers[order], offsets, person, said)
    if duplicates == "error":
        _refuse_duplicates(codes)
    return codes


def code_column(
    frame: Any, name: str, most: int = MOST_LABELS
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return a column as places in its distinct values, and these in the order of appearance.

    Arguments:
        frame: whatever gives a column for `frame[name]`.
        name: the column; "a,b" for several that name one thing together.
        most: how many distinct values there may be.

    Raises:
        DataError: the column is missing, has missing values, is empty, or has too many values.
    """
    import pandas as pd

    if "," in name and not has_column(frame, name):
        return _code_together(frame, [part.strip() for part in name.split(",")])
    if not has_column(frame, name):
        listed = ", ".join(map(str, getattr(frame, "columns", frame)))
        raise DataError(
            f"there is no column {name!r}, so the table can't be read; name the right one of"
            f" {listed}"
        )
    codes, values = pd.factorize(_as_values(frame[name]), size_hint=FEW)
    if not len(codes):
        raise DataError(f"column {name!r} is empty, so there is nothing to count; add labels")
    missing = int((codes < 0).sum())
    if missing:
        raise DataError(
            f"column {name!r} is empty in {missing} of {len(codes)} rows (the first is row"
            f" {int((codes < 0).argmax())}), so these labels belong nowhere; drop the rows or fill"
            " them in"
        )
    if len(values) > most:
        raise DataError(
            f"column {name!r} has {len(values)} different values, over {most}; is it the right"
            " column?"
        )
    return codes.astype(np.int32 if most > MOST_ANSWERS else np.int8), np.asarray(values)


def has_column(frame: Any, name: str) -> bool:
    """Return whether the frame or mapping has the column.

    Raises:
        DataError: it is neither of them.
    """
    if not (isinstance(frame, Mapping) or hasattr(frame, "columns")):
        raise DataError(
            f"{shown(frame)} is no table, so it has no column {name!r}; give a data frame, or a"
            " mapping of column names to values"
        )
    return name in getattr(frame, "columns", frame)


def filed_by(
    row: Ints, rows: int, column: Ints, value: NDArray[Any], columns: int
) -> tuple[NDArray[np.int64], Ints, NDArray[Any]]:
    """Return offsets, columns and values sorted by row, by counting: time in proportion to labels.

    Arguments:
        row: of each entry, (entries,).
        rows: how many there are.
        column: of each entry, (entries,).
        value: of each entry, (entries,).
        columns: how many there are.
    """
    from scipy.sparse import coo_array

    entries = coo_array((value, (row, column)), shape=(rows, columns))
    entries.has_canonical_format = True  # keeps SciPy from adding up entries of one place
    filed = entries.tocsr()
    return filed.indptr.astype(np.int64), filed.indices, filed.data


def _code_together(frame: Any, parts: list[str]) -> tuple[Ints, NDArray[Any]]:
    import pandas as pd

    together, names = code_column(frame, parts[0])
    named = names.astype(object)
    for part in parts[1:]:
        codes, values = code_column(frame, part)
        _check_lengths({parts[0]: together, part: codes})
        pairs, distinct = pd.factorize(together.astype(np.int64) * len(values) + codes)
        first, second = np.divmod(distinct, len(values))
        named = np.array(
            [f"{a}|{b}" for a, b in zip(named[first], values[second], strict=True)], object
        )
        together = pairs.astype(np.int32)
    return together, named


def _as_values(column: Any) -> Any:
    """Return what pandas can factorize; a text or a list is taken value by value."""
    import pandas as pd

    if isinstance(column, pd.Series | pd.Index):
        return column.array if pd.api.types.is_extension_array_dtype(column) else column.to_numpy()
    if isinstance(column, np.ndarray):
        return column
    if hasattr(column, "to_numpy"):  # columns of other libraries' tables
        return column.to_numpy()
    values = list(column)
    found = np.empty(len(values), object)
    found[:] = values
    return found


def _check_lengths(columns: Mapping[str, NDArray[Any]]) -> None:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
        raise DataError(f"the columns differ in length ({listed}); give one value a label in each")


def blocks(offsets: NDArray[np.int64], size: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that hold about `size` entries, so that work on one stays in the cache.

    >>> list(blocks(np.array([0, 2, 4, 9, 10]), 4))
    [(0, 2), (2, 3), (3, 4)]
    """
    start, rows = 0, len(offsets) - 1
    while start < rows:
        stop = int(np.searchsorted(offsets, offsets[start] + size, side="right")) - 1
        stop = min(max(stop, start + 1), rows)
        yield start, stop
        start = stop


def _first_rows(frame: Any, item: Ints, person: Ints, *, by_time: bool) -> NDArray[np.bool_]:
    """Return which rows are a worker's first label of a task, (labels,)."""
    import pandas as pd

    key = item.astype(np.int64) * (int(person.max()) + 1) + person
    order = np.arange(len(key))
    if by_time and has_column(frame, "time"):
        times = as_times(pd.Series(_as_values(frame["time"])))
        if times.notna().all():
            order = np.argsort(times.to_numpy(), kind="stable")
    first = np.empty(len(key), bool)
    first[order] = ~pd.Series(key[order]).duplicated().to_numpy()
    return first


def _refuse_duplicates(codes: LabelCodes) -> None:
    people, cases, differ, first = len(codes.workers), 0, 0, -1
    for start, stop in blocks(codes.offsets, SORTED_AT_ONCE):
        here = slice(int(codes.offsets[start]), int(codes.offsets[stop]))
        sizes = np.diff(codes.offsets[start : stop + 1])
        key = np.repeat(np.arange(start, stop) * people, sizes)
        key += codes.worker[here]
        ordered = np.sort(key)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        if again.size:
            first = int(again[0]) if first < 0 else first
            cases += len(np.unique(again))
            differ += _answered_differently(key, codes.label[here])
    if cases:
        place, person = divmod(first, people)
        raise DataError(
            f"worker {str(codes.workers[person])!r} labels task {str(codes.tasks[place])!r}"
            f" more than once (cases like this: {cases}), and counted twice they would feign"
            f" evidence. {looks_like(differ)}. If the export did it, use duplicates='drop'; if"
            " people did answer again, duplicates='repeat' takes their first answer, and 'count'"
            " makes every answer a vote"
        )


def _answered_differently(key: NDArray[np.int64], label: NDArray[np.int8]) -> int:
    """Return for how many keys there are labels that differ."""
    order = np.lexsort((label, key))
    key, label = key[order], label[order]
    differs = (key[1:] == key[:-1]) & (label[1:] != label[:-1])
    return len(np.unique(key[1:][differs]))
