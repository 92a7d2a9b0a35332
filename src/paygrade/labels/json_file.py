"""JSON files, one record a line or an array of records, plain or gzip, read as text.

DuckDB reads them, but not the byte order mark that some editors write, and the line that it blames
for broken JSON is the one after. So a file with such a mark is read here, and so is a refused one,
to say which line it is.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paygrade.errors import DataError
from paygrade.labels.query import file_literal, identifier, run, text_literal
from paygrade.labels.source import SHOWN, FrameSource, Source, listed
from paygrade.labels.text_file import not_utf8, open_text

if TYPE_CHECKING:
    import pandas as pd

NAMES = (".jsonl", ".ndjson", ".json")
MARK = b"\xef\xbb\xbf"
STARTS = re.compile(rb'(?:\xef\xbb\xbf)?\s*(\[\s*)?\{\s*(?:"|\})')  # of an object in any of them
BIGGEST = 1 << 28  # bytes of one record


@dataclass(frozen=True, eq=False)
class JsonFile(Source):
    """A file of records; `by_line` if each has a line of its own."""

    packed: bool
    by_line: bool

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        types = ", ".join(f"{text_literal(name)}: 'VARCHAR'" for name in self.columns)
        wanted = ", ".join(identifier(name) for name in columns)
        options = f"{_options(self.packed, self.by_line)}, columns = {{{types}}}"
        query = f"SELECT {wanted} FROM read_json({file_literal(self.name)}, {options})"  # noqa: S608
        return run(self.name, query)

    def places(self, rows: Sequence[int]) -> str:
        if not self.by_line:
            return listed("record", [row + 1 for row in rows])
        wanted = set(rows[:SHOWN])
        with open_text(self.name, self.packed) as text:
            full = (number for number, line in enumerate(text, start=1) if line.strip())
            lines = [number for row, number in enumerate(full) if row in wanted]
        return listed("line", lines + list(rows[SHOWN:]))


def is_json(path: str, head: bytes) -> bool:
    """Return whether the file's name or its first bytes say that it holds JSON."""
    name = path.lower().removesuffix(".gz")
    return name.endswith(NAMES) or STARTS.match(head) is not None


def open_json(path: str, packed: bool, head: bytes) -> Source:
    """Return the file with its columns, the keys of its records, known.

    Raises:
        DataError: it is no JSON, or a record is no object.
    """
    if head.startswith(MARK):
        return _open_here(path)
    by_line = not head.lstrip().startswith(b"[")
    options = f"{_options(packed, by_line)}, sample_size = -1, records = true"
    query = f"DESCRIBE SELECT * FROM read_json({file_literal(path)}, {options})"  # noqa: S608
    try:
        return JsonFile(path, tuple(run(path, query)["column_name"]), packed, by_line)
    except DataError:
        for _ in _records(path):  # finds the line
            pass
        raise


def read_records(path: str) -> list[dict[str, Any]]:
    """Return the records of a JSON or JSON-lines file with all that is nested in them.

    Raises:
        DataError: it is no JSON or no list of records, with the line at which it stops being so.
    """
    found = [record for _, record in _records(path)]
    if not found:
        raise DataError(f"{path} holds no records, so there is nothing to assess; check the export")
    return found


def _open_here(path: str) -> FrameSource:
    import pandas as pd

    places, records = zip(*_records(path), strict=True)
    rows = [
        {key: json.dumps(value) if isinstance(value, dict | list) else value
         for key, value in record.items()}
        for record in records
    ]  # fmt: skip
    frame = pd.DataFrame(rows, dtype="object")
    return FrameSource(path, tuple(map(str, frame.columns)), frame, places)


def _records(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the records with their places."""
    with Path(path).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with open_text(path, packed) as text:
        start = text.read(1 << 16).lstrip()
        text.seek(0)
        found = _in_array(path, text.read()) if start.startswith("[") else _in_lines(path, text)
        for place, record in found:
            if not isinstance(record, dict):
                raise DataError(
                    f"{path}: {place} holds {json.dumps(record)[:40]}, which is no record with"
                    " named answers, so nobody knows what it says; mend or delete it"
                )
            yield place, record


def _in_lines(path: str, lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield f"line {number}", _parsed(path, line.strip(), number)


def _in_array(path: str, text: str) -> Iterator[tuple[str, Any]]:
    for number, record in enumerate(_parsed(path, text, 1), start=1):
        yield f"record {number}", record


def _parsed(path: str, text: str, line: int) -> Any:
    if "\udc80" <= max(text) <= "\udcff":
        raise not_utf8(path, f"see line {line}")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path}: line {line + error.lineno - 1} is no JSON ({error.msg}), so what it says is"
            " lost; mend or delete it, or export the file again"
        ) from error


def _options(packed: bool, by_line: bool) -> str:
    return (
        f"format = '{'newline_delimited' if by_line else 'array'}',"
        f" compression = '{'gzip' if packed else 'none'}', maximum_object_size = {BIGGEST}"
    )
