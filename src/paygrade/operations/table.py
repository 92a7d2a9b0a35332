"""Tables that come in: a pool of items, labels that came back, experts' answers.

This is the only file of the room that knows how tables are read: CSV, TSV and Parquet by DuckDB
(`paygrade.labels.opening`), JSON lines here, as their cells may be lists that must come out as
they went in.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paygrade.errors import DataError, raise_problems
from paygrade.labels import cleaning
from paygrade.labels.answers import as_answers, is_tie
from paygrade.labels.columns import choose_columns
from paygrade.labels.opening import open_source
from paygrade.labels.source import listed

JSON_LINES = (".jsonl", ".ndjson")
Row = dict[str, Any]  # cell by column; None or "" is empty


@dataclass(frozen=True)
class Rows:
    """A table row by row; `places` says in words where rows (counted from 0) are."""

    name: str
    columns: tuple[str, ...]
    rows: list[Row]
    places: Callable[[Sequence[int]], str]


def is_json_lines(path: Path) -> bool:
    """Return whether the file's name says that each line is a JSON object."""
    return path.suffix.lower() in JSON_LINES


def read_rows(path: Path) -> Rows:
    """Read all columns of a CSV, TSV, Parquet or JSON-lines file.

    Raises:
        DataError: the file can't be read as a table, or two of its columns have one name.
    """
    if is_json_lines(path):
        return _read_json_lines(path)
    origin = open_source(path)
    again = sorted({name for name in origin.columns if origin.columns.count(name) > 1})
    if again:
        raise DataError(
            f"{path} has several columns called {again[0]!r}, so it is unclear which one is meant;"
            " give them different names"
        )
    frame = origin.read(origin.columns).astype("object")
    cells = frame.where(frame.notna(), None).to_numpy().tolist()
    rows = [dict(zip(origin.columns, row, strict=True)) for row in cells]
    return Rows(str(path), origin.columns, rows, origin.places)


def read_answers(path: Path, roles: Mapping[str, str]) -> Rows:
    """Read who answered what: one text a role, with no cell empty.

    Arguments:
        path: a file that `read_rows` reads.
        roles: task, worker or label -> the name of its column.

    Raises:
        DataError: a column is missing, or a cell empty.
    """
    import pandas as pd

    if is_json_lines(path):
        found = _read_json_lines(path)
        frame = pd.DataFrame(found.rows, columns=list(found.columns))
        origin, places = open_source(frame), found.places
    else:
        origin = open_source(path)
        places = origin.places
    table = cleaning.as_text(origin, choose_columns(origin, dict(roles)))
    empty = [
        f"{path}: no {role} in {places(rows)}; fill it in or delete the row"
        for role in table.columns
        if (rows := table.index[table[role].isna()].tolist())
    ]
    raise_problems(empty, DataError)
    rows = [{str(key): cell for key, cell in row.items()} for row in table.to_dict("records")]
    return Rows(str(path), tuple(table.columns), rows, places)


def text(cell: object) -> str:
    """Return a cell as text without surrounding blanks; an empty one is "".

    >>> text(" A "), text(None), text(3.0)
    ('A', '', '3')
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def spelled(answers: Sequence[str]) -> list[str]:
    """Return the answers in the one spelling that labels get when they are read.

    >>> spelled(["True", " A", "1.0"])
    ['true', 'A', '1']
    """
    import pandas as pd

    column = pd.Series(list(answers), dtype="object")
    return [str(each) for each in as_answers(column).fillna("").tolist()]


def ties_among(answers: Sequence[str], ties: Sequence[str] | None) -> set[str]:
    """Return which answers are ties: those listed, or without a list the usual words for one."""
    import pandas as pd

    column = pd.Series(sorted(set(answers)), dtype="object")
    return set(column[is_tie(column, ties)])


def _read_json_lines(path: Path) -> Rows:
    rows: list[Row] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    rows.append(_object(path, number, line))
                    lines.append(number)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {str(path)!r}; check its name and folder") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8; save it again in UTF-8") from error
    if not rows:
        raise DataError(f"{path} holds no rows; check the export")
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Rows(str(path), columns, rows, lambda at: listed("line", [lines[i] for i in at]))


def _object(path: Path, number: int, line: str) -> Row:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}: line {number} is no JSON ({error}); mend or delete it") from error
    if not isinstance(found, dict):
        raise DataError(f'{path}: line {number} is no JSON object; write {{"task": ...}} per line')
    return found
