"""Our own columns: any table with a prompt, a left and a right, and what else is known.

This is how a data set of two scores is read, with its columns renamed, and how pairs come back that
were written by `PreferencePairs.table`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from paygrade.data.formats.format import (
    LEFT,
    RIGHT,
    TIE,
    Format,
    Lost,
    Reading,
    Row,
    better_of,
    make_pair,
)
from paygrade.data.formats.record import Record

WORDS = {LEFT: LEFT, RIGHT: RIGHT, TIE: TIE}
SIDED_NAMES = ("model", "id")
NAMES = ("worker", "task", "split", "dataset", "origin", "prompt_id", "time")
ANSWERS = ("better", "safer")
NUMBERS = ("votes_left", "votes_right", "votes_tied", "raters", "strength")


def own_pairs(records: Sequence[Record], _: Reading) -> Iterator[Row | Lost]:
    """Yield a pair a row, on the sides of the file.

    Without a label the higher score wins.
    """
    for record in records:
        scores = (record.number("left_score"), record.number("right_score"))
        label = record.one_of("label", WORDS) if "label" in record.values else better_of(*scores)
        sides: dict[str, tuple[Any, Any]] = {
            each: (record.name(f"left_{each}"), record.name(f"right_{each}"))
            for each in SIDED_NAMES
            if f"left_{each}" in record.values
        }
        more: dict[str, Any] = {each: record.name(each) for each in NAMES if each in record.values}
        more |= {each: record.number(each) for each in _numbers(record)}
        more |= {a: record.one_of(a, WORDS) for a in ANSWERS if a in record.values}
        if more.get("task") is None:
            more.pop("task", None)
        margin = record.number("margin")
        if abs(margin) > 1:
            raise record.strange("margin", margin, "δ = 2p - 1, from -1 to 1")
        sides["score"] = scores
        texts = (record.text(LEFT), record.text(RIGHT))
        yield make_pair(
            record, record.text("prompt"), texts, label, sides=sides, margin=margin, **more
        )


def _numbers(record: Record) -> list[str]:
    """Return the columns of numbers: those known, and whatever is called `margin:...` and so on."""
    known = [each for each in NUMBERS if each in record.values]
    return known + [each for each in record.values if ":" in each and _is_score(each)]


def _is_score(name: str) -> bool:
    return name.split(":")[0] in ("margin", "left_score", "right_score")


OWN = Format("pairs", ("prompt", LEFT, RIGHT), own_pairs)
