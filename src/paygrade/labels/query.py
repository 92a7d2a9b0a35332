"""DuckDB, asked for the columns of one file; Parquet files, for which that is all there is to do.

DuckDB reads files of any size in bounded memory. Two of its habits matter here: it takes * ? [ in
a file's name for a pattern, and it prints a progress bar of its own. Names and paths enter a query
through the quoting functions below and no other way (hence `noqa: S608` where they do).
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.errors import DataError
from paygrade.labels.source import Source, listed

CHUNK = 64  # vectors of 2048 rows that are turned into Python objects at a time

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ParquetFile(Source):
    """A Parquet file; its values are read as text."""

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        names = ", ".join(f"{identifier(name)}::VARCHAR" for name in columns)
        return run(self.name, f"SELECT {names} FROM read_parquet({file_literal(self.name)})")  # noqa: S608

    def places(self, rows: Sequence[int]) -> str:
        return listed("row", [row + 1 for row in rows])


def open_parquet(path: str) -> ParquetFile:
    """Return the file with its columns known."""
    described = run(path, f"DESCRIBE SELECT * FROM read_parquet({file_literal(path)})")  # noqa: S608
    return ParquetFile(path, tuple(described["column_name"]))


def parquet_records(path: str) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file with all that is nested in them."""
    query = f"SELECT to_json(t)::VARCHAR AS row FROM read_parquet({file_literal(path)}) t"  # noqa: S608
    return [json.loads(row) for row in run(path, query)["row"]]


def run(
    path: str,
    query: str,
    inspect: "Callable[[duckdb.DuckDBPyConnection], None] | None" = None,
    given: object = None,
) -> "pd.DataFrame":
    """Return what `query` finds in the file; `inspect` may look at the connection afterwards.

    Where a table is `given` instead of a file, the query calls it so.

    Raises:
        DataError: DuckDB can't read the file, or finds no rows.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        if given is not None:
            connection.register("given", given)
        try:
            found = _in_chunks(connection.execute(query))
        except duckdb.Error as error:
            raise DataError(
                f"{path} can't be read as a table: {_reason(error)}; write it again, as CSV in"
                " UTF-8 with one kind of line ending or as Parquet"
            ) from error
        if inspect is not None:
            inspect(connection)
    if found.empty:
        raise DataError(f"{path} holds no rows, so there is nothing to assess; check the export")
    return found


def _in_chunks(result: "duckdb.DuckDBPyConnection") -> "pd.DataFrame":
    """Return the whole result; equal texts are one object, as a label needs 8 bytes and not 60."""
    import pandas as pd

    known: dict[object, object] = {}
    chunks = []
    while not (chunk := result.fetch_df_chunk(CHUNK)).empty:
        for name in chunk.columns:
            if pd.api.types.is_string_dtype(chunk[name]):
                codes, values = pd.factorize(chunk[name].astype("object"))
                texts = np.array([*(known.setdefault(v, v) for v in values), None], dtype="object")
                chunk[name] = pd.Series(texts[codes], dtype="object", index=chunk.index)
        chunks.append(chunk)
    return pd.concat(chunks or [chunk], ignore_index=True)


def file_literal(path: str) -> str:
    """Return the path as an SQL string that stands for this one file, whatever its name.

    >>> print(file_literal("Ann's [1].csv"))
    'Ann''s [[]1].csv'
    """
    return text_literal(re.sub(r"([*?[])", r"[\1]", path))


def text_literal(text: str) -> str:
    """Return the text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return the name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _reason(error: Exception) -> str:
    """Return the first line of DuckDB's complaint; the rest lists its own options."""
    return str(error).partition("\n")[0].strip().rstrip(".")
