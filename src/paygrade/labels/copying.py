"""Rows of a label file copied whole, by who gave them: all their columns, ties and repeats.

DuckDB reads and writes, so Parquet never passes through memory and keeps its types; other files are
copied as the text that they hold. Nothing is marked for spreadsheets (`paygrade.spreadsheets`):
these are data, for programs.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from paygrade.errors import DataError
from paygrade.labels.answers import as_names
from paygrade.labels.query import ParquetFile, file_literal, identifier, text_literal
from paygrade.labels.source import ManySources, Source

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

FORMATS = {".csv": "FORMAT csv, HEADER", ".jsonl": "FORMAT json", ".parquet": "FORMAT parquet"}
WEIGHT = "attention_weight"
ROW = "paygrade row"


def copy_rows(
    origin: Source, worker: str, weights: "pd.Series[float]", path: Path, *, weighted: bool = False
) -> int:
    """Write the rows of some annotators, in their order; return how many there are.

    Arguments:
        origin: the table.
        worker: its column of annotators.
        weights: of each annotator by name; rows of those with 0, or without one, are left out.
        path: .csv, .jsonl or .parquet.
        weighted: leave no row out, and add the weights as the column `attention_weight`.

    Raises:
        DataError: the table has such a column already, or two of one name; or the file can't be
            written.
    """
    import duckdb

    refuse_columns(origin, weighted)
    target = f"{text_literal(str(path))} ({FORMATS[path.suffix.lower()]})"
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false; SET pandas_analyze_sample = 0")
        parts = origin.parts if isinstance(origin, ManySources) else [origin]
        if all(isinstance(part, ParquetFile) for part in parts):
            files = ", ".join(file_literal(part.name) for part in parts)
            rows = _rows_of(f"read_parquet([{files}])", worker, weights, weighted, connection)
        else:
            connection.register("given", _rows_in(origin, worker, weights, weighted))
            rows = "SELECT * FROM given"
        try:
            (written,) = connection.execute(f"COPY ({rows}) TO {target}").fetchall()[0]
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise DataError(
                f"{path} can't be written: {reason}; name another place or another format"
            ) from error
    return int(written)


def refuse_columns(origin: Source, weighted: bool) -> None:
    """Raise a DataError for columns that could not be told apart in a copy."""
    names = [name.casefold() for name in origin.columns]  # to DuckDB capitals are no difference
    again = [name for name in origin.columns if names.count(name.casefold()) > 1]
    if again:
        raise DataError(
            f"{origin.name} has two columns called {again[0]!r}, capitals aside, so a copy could"
            " not tell them apart; give them different names"
        )
    if weighted and WEIGHT in names:
        raise DataError(
            f"{origin.name} has a column {WEIGHT!r} already, which the weights would be written"
            " into; rename it"
        )


def _rows_in(
    origin: Source, worker: str, weights: "pd.Series[float]", weighted: bool
) -> "pd.DataFrame":
    """Return the rows as a frame."""
    frame = origin.read(origin.columns).set_axis(list(origin.columns), axis=1)
    weight = as_names(frame[worker]).map(weights).fillna(0.0).astype(float)
    return frame.assign(**{WEIGHT: weight}) if weighted else frame[weight > 0.0]


def _rows_of(
    table: str,
    worker: str,
    weights: "pd.Series[float]",
    weighted: bool,
    connection: "duckdb.DuckDBPyConnection",
) -> str:
    """Return SQL for the rows of Parquet files, whose names may be spelled in several ways."""
    name, row = f"{identifier(worker)}::VARCHAR", identifier(ROW)
    found = connection.execute(f"SELECT DISTINCT {name} AS spelled FROM {table}").df()  # noqa: S608
    found["weight"] = as_names(found["spelled"]).map(weights).fillna(0.0).astype(float)
    connection.register("weights", found.dropna())
    shown = f"t.* EXCLUDE ({row})" + f", coalesce(w.weight, 0.0) AS {WEIGHT}" * weighted
    return (
        f"SELECT {shown} FROM (SELECT *, row_number() OVER () AS {row} FROM {table}) t"  # noqa: S608
        f" LEFT JOIN weights w ON t.{name} = w.spelled{'' if weighted else ' WHERE w.weight > 0.0'}"
        f" ORDER BY t.{row}"
    )
