"""Rows with named columns, wherever they come from."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5  # places that a message names; who has more to mend sees them at the next attempt


@dataclass(frozen=True, eq=False)
class Source(ABC):
    """A table that may hold labels; `name` is what messages call it."""

    name: str
    columns: tuple[str, ...]

    @abstractmethod
    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        """Return those columns, in the order of the rows; their names in the frame don't matter."""

    @abstractmethod
    def places(self, rows: Sequence[int]) -> str:
        """Return in words where these rows are, counted from 0."""


@dataclass(frozen=True, eq=False)
class FrameSource(Source):
    """A data frame that the caller has already."""

    frame: "pd.DataFrame"

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        return self.frame.iloc[:, [self.columns.index(name) for name in columns]]

    def places(self, rows: Sequence[int]) -> str:
        return listed("position", rows)


def listed(what: str, numbers: Sequence[int]) -> str:
    """Say which ones, and how many more.

    >>> listed("line", [4]), listed("line", [2, 3]), listed("row", range(1, 10))
    ('line 4', 'lines 2 and 3', 'rows 1, 2, 3, 4, 5 and 4 more')
    """
    shown = [str(number) for number in numbers[:SHOWN]]
    if len(numbers) > len(shown):
        shown.append(f"{len(numbers) - len(shown)} more")
    if len(shown) == 1:
        return f"{what} {shown[0]}"
    return f"{what}s {', '.join(shown[:-1])} and {shown[-1]}"
