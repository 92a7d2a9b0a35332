"""JSON files, one record a line or an array of records, plain or gzip, read as text."""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paygrade.assessment.query import file_literal, identifier, run, text_literal
from paygrade.assessment.source import SHOWN, Source, listed
from paygrade.assessment.text_file import not_utf8, open_text
from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NAMES = (".jsonl", ".ndjson", ".json")
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


def open_json(path: str, packed: bool, head: bytes) -> JsonFile:
    """Return the file with its columns, the keys of its records, known.

    Raises:
        DataError: it is no JSON, or a record is no object.
    """
    by_line = not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    options = f"{_options(packed, by_line)}, sample_size = -1, records = true"
    query = f"DESCRIBE SELECT * FROM read_json({file_literal(path)}, {options})"  # noqa: S608
    return JsonFile(path, tuple(run(path, query)["column_name"]), packed, by_line)


def read_records(path: str) -> list[dict[str, Any]]:
    """Return the records of a JSON or JSON-lines file with all that is nested in them.

    Raises:
        DataError: it is no JSON, with the line at which it stops being so, or no list of objects.
    """
    with Path(path).open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else Path(path).open("rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8-sig")
        by_line = not text.lstrip().startswith("[")
        found = _lines(text) if by_line else json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path} is no JSON from line {error.lineno} on ({error.msg}), so its labels can't be"
            " read; export it again"
        ) from error
    except UnicodeDecodeError as error:
        raise not_utf8(path, f"see byte {error.start}") from error
    if not found or not all(isinstance(each, dict) for each in found):
        raise DataError(
            f"{path} holds no list of records, so there is nothing to assess; check the export"
        )
    return list(found)


def _lines(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        pass
    else:
        return [whole]
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError as error:
                error.lineno = number
                raise
    return found


def _options(packed: bool, by_line: bool) -> str:
    return (
        f"format = '{'newline_delimited' if by_line else 'array'}',"
        f" compression = '{'gzip' if packed else 'none'}', maximum_object_size = {BIGGEST}"
    )
