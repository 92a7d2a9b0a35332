"""CSV and TSV files, plain or gzip, read as text and nothing but text.

DuckDB is told the delimiter, the columns and their type, because guessing is how "1" becomes True
in one file and 1.0 in the next. A row that doesn't fit is never skipped: the file is refused, with
the numbers of its bad lines.
"""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from paygrade.errors import DataError
from paygrade.labels.query import file_literal, run, text_literal
from paygrade.labels.source import SHOWN, Source, listed

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
LONGEST_HEADER = 1 << 20  # characters; a longer first line is no header


@dataclass(frozen=True, eq=False)
class TextFile(Source):
    """A text table; `packed` says that it is gzip."""

    delimiter: str
    packed: bool

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        # Columns go by number: names may be empty, repeat, or differ only in capitals.
        wanted = ", ".join(f"c{self.columns.index(name)}" for name in columns)
        types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.columns)))
        options = (
            f"columns = {{{types}}}, delim = {text_literal(self.delimiter)}, auto_detect = false,"
            f" compression = '{'gzip' if self.packed else 'none'}', header = true, quote = '\"',"
            " escape = '\"', comment = '', store_rejects = true"
        )
        query = f"SELECT {wanted} FROM read_csv({file_literal(self.name)}, {options})"  # noqa: S608
        return run(self.name, query, self._refuse_rejects)

    def places(self, rows: Sequence[int]) -> str:
        wanted = set(rows[:SHOWN])
        try:
            with open_text(self.name, self.packed) as text:
                starts = enumerate(_record_lines(text, self.delimiter), start=-1)  # the header
                lines = [line for row, line in starts if row in wanted]
        except csv.Error:  # a cell longer than Python's reader takes
            return listed("row", [row + 1 for row in rows])
        return listed("line", lines + list(rows[SHOWN:]))

    def _refuse_rejects(self, connection: "duckdb.DuckDBPyConnection") -> None:
        rejects = connection.execute(
            "SELECT line_byte_position, any_value(csv_line), min(error_type), min(error_message),"
            " count(*) OVER () FROM reject_errors GROUP BY 1 ORDER BY 1 LIMIT ?",
            [SHOWN],
        ).fetchall()
        if not rejects:
            return
        lines = self._line_numbers([start + _leading(line) for start, line, *_ in rejects])
        if {kind for _, _, kind, *_ in rejects} == {"INVALID ENCODING"}:
            raise not_utf8(self.name, f"see line {lines[0]}")
        reasons = [f"line {line}: {row[3]}" for line, row in zip(lines, rejects, strict=True)]
        raise DataError(
            f"{self.name}: {rejects[0][4]} of its rows can't be cut into the {len(self.columns)}"
            " columns named in the first line, so what they say is unclear; mend them, and put text"
            f" that holds a {DELIMITERS[self.delimiter]} or a quote in double quotes:\n"
            + "\n".join(reasons)
        )

    def _line_numbers(self, starts: Sequence[int]) -> list[int]:
        """Return the line at each byte offset (unpacked, increasing).

        DuckDB's own number counts rows, and a quoted answer may run over several lines.
        """
        numbers, line, position = [], 1, 0
        with open_bytes(self.name, self.packed) as file:
            for start in starts:
                line += file.read(start - position).count(b"\n")
                position = start
                numbers.append(line)
        return numbers


def open_text_file(path: str, packed: bool) -> TextFile:
    """Return the file with its delimiter and columns known; it must have a header and a row.

    The delimiter is the one that cuts the first line into most pieces.
    """
    try:
        with open_text(path, packed) as text:
            first = text.readline(LONGEST_HEADER)
            delimiter = max(DELIMITERS, key=lambda each: _pieces(first, each))
            text.seek(0)
            names = [name.strip() for name in next(csv.reader(text, delimiter=delimiter))]
            has_rows = any(line.strip() for line in text)
    except csv.Error as error:
        raise DataError(f"{path} is not a text table ({error}); give a CSV file") from error
    if any("\udc80" <= letter <= "\udcff" for letter in first):
        raise not_utf8(path, "see its first line")
    if not first.strip():
        raise DataError(f"{path}: the first line is blank; it must hold the names of the columns")
    if not has_rows:
        raise DataError(
            f"{path} has a header and no rows, so there is nothing to assess; check the export"
        )
    return TextFile(path, tuple(names), delimiter, packed)


def open_bytes(path: str, packed: bool) -> IO[bytes]:
    """Open a file, unpacked."""
    return cast("IO[bytes]", gzip.open(path)) if packed else Path(path).open("rb")


def open_text(path: str, packed: bool) -> io.TextIOWrapper:
    """Open a text file, unpacked; bytes that aren't UTF-8 come out as surrogates."""
    return io.TextIOWrapper(
        open_bytes(path, packed), "utf-8-sig", errors="surrogateescape", newline=""
    )


def not_utf8(path: str, where: str) -> DataError:
    """Return the error for text in another encoding."""
    return DataError(
        f"{path} is not UTF-8 ({where}), so names and labels would be garbled; save it again as CSV"
        " in UTF-8"
    )


def _record_lines(text: io.TextIOWrapper, delimiter: str) -> Iterator[int]:
    """Yield the line on which each record starts; blank lines are no records."""
    records = csv.reader(text, delimiter=delimiter)
    before = 0
    for record in records:
        if record:
            yield before + 1
        before = records.line_num


def _pieces(line: str, delimiter: str) -> int:
    return len(next(csv.reader([line], delimiter=delimiter)))


def _leading(line: str) -> int:
    """Return how many line endings, in bytes, DuckDB counts as the start of a rejected line."""
    return len(line) - len(line.lstrip("\r\n"))
