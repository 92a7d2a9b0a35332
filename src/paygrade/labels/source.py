"""Rows with named columns, wherever they come from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paygrade.errors import DataError

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
    """A data frame; `spots` says where its rows come from, if not by their position."""

    frame: "pd.DataFrame"
    spots: Sequence[str] | None = None

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        return self.frame.iloc[:, [self.columns.index(name) for name in columns]]

    def places(self, rows: Sequence[int]) -> str:
        if self.spots is None:
            return listed("position", rows)
        shown = [self.spots[row] for row in rows[:SHOWN]]
        return ", ".join(shown) + f" and {len(rows) - SHOWN} more" * (len(rows) > SHOWN)


@dataclass(frozen=True, eq=False)
class Selected(Source):
    """Some rows of another source, some of its columns worked out anew.

    Attributes:
        origin: the other source.
        kept: numbers of the rows that are left, increasing; None: all.
        made: columns that replace one of the origin's or are added; a row for each of the origin's.
    """

    origin: Source
    kept: Sequence[int] | None = None
    made: "Mapping[str, pd.Series]" = field(default_factory=dict)

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        import pandas as pd

        raw = [name for name in columns if name not in self.made]
        found = self.origin.read(raw).reset_index(drop=True) if raw else None
        parts = [
            self.made[name].reset_index(drop=True)
            if name in self.made or found is None
            else found.iloc[:, raw.index(name)]
            for name in columns
        ]
        frame = pd.concat(parts, axis="columns")
        return frame if self.kept is None else frame.iloc[list(self.kept)]

    def places(self, rows: Sequence[int]) -> str:
        return self.origin.places(
            list(rows) if self.kept is None else [self.kept[row] for row in rows]
        )


@dataclass(frozen=True, eq=False)
class ManySources(Source):
    """Several tables with the same columns, one below the other."""

    parts: Sequence[Source]
    sizes: list[int] = field(default_factory=list)  # rows of each part; known once read

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        import pandas as pd

        frames = [part.read(columns).set_axis(range(len(columns)), axis=1) for part in self.parts]
        self.sizes[:] = [len(frame) for frame in frames]
        return pd.concat(frames, ignore_index=True)

    def places(self, rows: Sequence[int]) -> str:
        start, found = 0, []
        for part, size in zip(self.parts, self.sizes, strict=True):
            inside = [row - start for row in rows if start <= row < start + size]
            if inside:
                found.append(f"{part.places(inside)} of {part.name}")
            start += size
        return ", ".join(found[:SHOWN]) + f" and {len(found) - SHOWN} more files" * (
            len(found) > SHOWN
        )


def one_below_the_other(name: str, parts: Sequence[Source]) -> Source:
    """Return the parts as one source.

    Raises:
        DataError: a part lacks a column that another has, so labels or checks would be missing.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    for part in parts[1:]:
        apart = sorted(set(part.columns) ^ set(first.columns))
        if apart:
            raise DataError(
                f"{name}: {first.name} and {part.name} have different columns ({', '.join(apart)}"
                " only in one of them), so they are no parts of one table; give them the same"
                " columns, or read them one by one"
            )
    return ManySources(name, first.columns, parts)


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
