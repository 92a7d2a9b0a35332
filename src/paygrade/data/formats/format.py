"""A format: the columns that a data set has, and the pairs that its rows make."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from paygrade.data.coin import digest, falls_right
from paygrade.data.formats.record import Record

LEFT, RIGHT, TIE = "left", "right", "tie"
Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Lost:
    """Something of a row that is no pair: it is counted and named."""

    record: Record
    reason: str


@dataclass(frozen=True)
class Reading:
    """What a user may choose: the seed of the coin, and which of several questions is the label."""

    seed: int = 0
    question: str | None = None


@dataclass(frozen=True)
class Format:
    """A shape of table.

    Attributes:
        name: what `read_pairs` calls it.
        needs: columns without which it is another format.
        pairs: from rows to pairs.
        questions: what may be asked of it, the usual one first; empty: there is one label.
    """

    name: str
    needs: tuple[str, ...]
    pairs: Callable[[Sequence[Record], Reading], Iterator[Row | Lost]]
    questions: tuple[str, ...] = ()


def make_pair(
    record: Record,
    prompt: str | None,
    responses: tuple[str | None, str | None],
    label: str | None,
    *,
    coin: int | None = None,
    margin: float = math.nan,
    sides: dict[str, tuple[Any, Any]] | None = None,
    **more: Any,
) -> Row | Lost:
    """Return the row of two responses, the first on the left unless the coin falls otherwise.

    Arguments:
        record: where it comes from.
        prompt: what both respond to.
        responses: their texts; both None where a file has names only.
        label: "left" (the first is better), "right", "tie" or None.
        coin: its seed; None: the sides are those of the file.
        margin: δ of the first response.
        sides: what is known of each response, name -> (of the first, of the second).
        more: what is known of the pair.
    """
    first, second = responses
    if (first is None) != (second is None) or (first is None and "id" not in (sides or {})):
        return Lost(record, "pairs without a response")
    if first is not None and first == second:
        return Lost(record, "pairs of two equal responses")
    swap = coin is not None and falls_right(prompt, first, second, coin)
    if swap:
        first, second = second, first
        label = {LEFT: RIGHT, RIGHT: LEFT}.get(label or "", label)
        margin = -margin
    row: Row = {"prompt": prompt, LEFT: first, RIGHT: second, "label": label, "margin": margin}
    for name, (one, other) in (sides or {}).items():
        row[f"left_{name}"], row[f"right_{name}"] = (other, one) if swap else (one, other)
    names = [row.get("left_id") or first, row.get("right_id") or second]
    row |= {"task": digest(prompt, *sorted(map(str, names))), "record": record, **more}
    return row


def better_of(first: float, second: float) -> str | None:
    """Return the label that two scores give: the higher one wins, equal ones tie.

    >>> better_of(4, 2), better_of(1, 1), better_of(1, math.nan)
    ('left', 'tie', None)
    """
    if math.isnan(first) or math.isnan(second):
        return None
    return TIE if first == second else LEFT if first > second else RIGHT
