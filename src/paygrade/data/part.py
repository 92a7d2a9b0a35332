"""One part of a data set: the rows of a file, or of a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """Rows with what messages call them, and the split they belong to."""

    name: str
    split: str | None
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
