"""One row of a preference data set, asked for what it should hold and refused where it doesn't.

A value that isn't there is None or NaN, and the pair that needs it is left out and counted. A value
of another kind (a list for a text) says that the data set changed its shape; that is refused.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paygrade.data.conversation import flatten, is_conversation
from paygrade.errors import DataError

SHOWN = 40  # characters of a strange value that a message quotes
BLANK = {"", "n/a", "nan", "none", "null"}  # how ratings say that there is none


@dataclass(frozen=True)
class Record:
    """A row: its values by column, and where it stands (counted from 1)."""

    values: Mapping[str, Any]
    origin: str
    row: int

    def get(self, name: str) -> Any:
        """Return the value as it is; None if there is none."""
        value = self.values.get(name)
        return None if isinstance(value, float) and math.isnan(value) else value

    def text(self, name: str) -> str | None:
        """Return a text; messages of a conversation become one."""
        value = self.get(name)
        if value is None or isinstance(value, str):
            return value
        if is_conversation(value):
            return flatten(value)
        raise self.strange(name, value, "text or a list of messages with role and content")

    def name(self, name: str) -> str | None:
        """Return an id or a name, which may be a number."""
        value = self.get(name)
        if isinstance(value, list | dict):
            raise self.strange(name, value, "a name or a number")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return None if value is None or value == "" else str(value)

    def number(self, name: str) -> float:
        """Return a number, NaN where there is none."""
        return self.as_number(self.get(name), name)

    def numbers(self, name: str) -> list[float]:
        """Return several raters' numbers, or the one there is; those missing are left out."""
        value = unpacked(self.get(name))
        given = value if isinstance(value, list | tuple) else [value]
        found = [self.as_number(each, name) for each in given]
        return [each for each in found if not math.isnan(each)]

    def as_number(self, value: Any, name: str) -> float:
        """Return what stands in column `name` as a number."""
        if value is None or (isinstance(value, str) and value.strip().lower() in BLANK):
            return math.nan
        try:
            found = float(value)
        except (TypeError, ValueError):
            raise self.strange(name, value, "a number") from None
        if math.isinf(found):
            raise self.strange(name, value, "a finite number")
        return found

    def records(self, name: str) -> list[dict[str, Any]]:
        """Return a list of records; what stands column by column (as Arrow has it) is turned."""
        value = unpacked(self.get(name))
        if isinstance(value, dict) and all(isinstance(each, list) for each in value.values()):
            value = [
                dict(zip(value, each, strict=True)) for each in zip(*value.values(), strict=True)
            ]
        if value is None:
            return []
        if not isinstance(value, Sequence) or not all(isinstance(each, dict) for each in value):
            raise self.strange(name, value, "a list of records")
        return list(value)

    def one_of(self, name: str, meanings: Mapping[str, str | None]) -> str | None:
        """Return what the value means; capitals don't count.

        Raises:
            DataError: it is none of those known.
        """
        value = self.name(name)
        if value is None:
            return None
        known = value.strip().lower()
        if known not in meanings:
            words = ", ".join(map(repr, meanings))
            raise self.strange(name, value, f"one of {words}")
        return meanings[known]

    def strange(self, name: str, value: Any, wanted: str) -> DataError:
        """Return the error for a value of another kind."""
        shown = repr(value)
        shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "..."
        return DataError(
            f"{self.origin}: row {self.row} holds {shown} in {name!r}, which should be {wanted}, so"
            " the pair can't be read; the data set may have changed its shape: mend the column, or"
            " name another one in 'columns'"
        )


def unpacked(value: Any) -> Any:
    """Return what a text of JSON holds, and anything else as it is.

    >>> unpacked("[1, 2]"), unpacked("[draft]")
    ([1, 2], '[draft]')
    """
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value
