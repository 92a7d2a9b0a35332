"""A table as data: what HTML, LaTeX and CSV say in three ways, decided once."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Estimate:
    """A figure with the interval that it is known to lie in."""

    value: float
    low: float
    high: float


Entry = str | int | float | Estimate | None  # None: there is no such figure


@dataclass(frozen=True)
class Column:
    """What stands in a column.

    Attributes:
        name: as a heading.
        unit: money, utils, "" for a share or a count.
        digits: decimals shown, the same in every row so that they align; None: words.
    """

    name: str
    digits: int | None = 2
    unit: str = ""

    @property
    def heading(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def shown(self, entry: Entry) -> str:
        """Return the figure itself as text; "" where there is none.

        >>> Column("effort").shown(Estimate(0.8251, 0.7, 0.9)), Column("effort").shown(math.nan)
        ('0.83', '')
        >>> Column("p", digits=3).shown(1e-5)
        '0.000'
        """
        value = entry.value if isinstance(entry, Estimate) else entry
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return ""
        if isinstance(value, str) or self.digits is None:
            return str(value)
        return f"{value:.{self.digits}f}".replace("-", "−")

    def beneath(self, entry: Entry) -> str:
        """Return the interval in brackets, as economists print it under an estimate.

        >>> Column("effort").beneath(Estimate(0.8251, 0.7, 0.9))
        '[0.70, 0.90]'
        """
        if not isinstance(entry, Estimate) or not self.shown(entry):
            return ""
        return f"[{self.shown(entry.low)}, {self.shown(entry.high)}]"


@dataclass(frozen=True)
class Sheet:
    """A table with its title and the notes under it.

    Attributes:
        name: a short word without spaces, for labels and for the CSV file.
        title: one line.
        columns: from left to right; the first says what a row is about.
        rows: entries in the order of `columns`.
        notes: sentences.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]
    notes: tuple[str, ...] = ()

    def has_intervals(self) -> bool:
        """Return whether anything is to be printed beneath an estimate."""
        return any(isinstance(entry, Estimate) for row in self.rows for entry in row)


def long_table(sheets: Iterable[Sheet]) -> "pd.DataFrame":
    """Return all sheets as one tidy table, a row a figure.

    Columns: table, row (what the line is about), line (its place, from 1 on), quantity, value, low,
    high (both missing where no interval is known), text (of entries in words) and unit.
    """
    import pandas as pd

    names = ("table", "row", "line", "quantity", "value", "low", "high", "text", "unit")
    found = [figure for sheet in sheets for figure in _figures(sheet)]
    return pd.DataFrame(found, columns=list(names))


def _figures(sheet: Sheet) -> Iterable[Sequence[Entry]]:
    about, *others = sheet.columns
    for line, (label, *entries) in enumerate(sheet.rows, start=1):
        start = (sheet.name, about.shown(label), line)
        for column, entry in zip(others, entries, strict=True):
            if isinstance(entry, Estimate):
                figures: tuple[Entry, ...] = (entry.value, entry.low, entry.high, None)
            elif isinstance(entry, str):
                figures = (None, None, None, entry)
            else:
                figures = (entry, None, None, None)
            yield (*start, column.name, *figures, column.unit)
