"""Tables of other libraries, read without asking users to convert them.

Polars, Arrow, DuckDB and others hand their data over by the Arrow C stream (`__arrow_c_stream__`),
which DuckDB reads; neither Polars nor PyArrow has to be installed for that, or is imported.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from paygrade.errors import DataError
from paygrade.labels.query import run
from paygrade.labels.source import Source, listed

if TYPE_CHECKING:
    import pandas as pd


class SpeaksArrow(Protocol):
    """A table that can hand over its rows as an Arrow C stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a PyCapsule of the stream."""


@dataclass(frozen=True, eq=False)
class ArrowTable(Source):
    """Anything that has `__arrow_c_stream__`."""

    table: Any

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        # Columns go by number: to DuckDB, names that differ in capitals only are one name.
        wanted = ", ".join(f"c{self.columns.index(name)}" for name in columns)
        called = ", ".join(f"c{i}" for i in range(len(self.columns)))
        query = f"SELECT {wanted} FROM given AS given({called})"  # noqa: S608
        return run(self.name, query, given=_Stream(self.table))

    def places(self, rows: Sequence[int]) -> str:
        return listed("row", [row + 1 for row in rows])


class _Stream:
    """A table without its class: DuckDB asks for PyArrow as soon as it recognises Polars."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def open_arrow(table: Any) -> ArrowTable | None:
    """Return the table with its columns known, or None if it doesn't speak Arrow.

    Raises:
        DataError: it has no columns, or can be read only once.
    """
    kind = f"{type(table).__module__}.{type(table).__name__}"
    if re.fullmatch(r"polars\..*LazyFrame", kind):
        table = table.collect()
    if not hasattr(table, "__arrow_c_stream__"):
        return None
    columns = getattr(table, "column_names", None) or getattr(table, "columns", None)
    if columns is None:  # a reader: its rows are gone once looked at
        raise DataError(
            f"{kind} is a single column, or a stream that can be read only once, and so no table of"
            " labels; give the whole table, such as reader.read_all()"
        )
    return ArrowTable(f"the {type(table).__name__}", tuple(map(str, columns)), table)
