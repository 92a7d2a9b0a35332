"""UltraFeedback: several models' completions of one instruction, each scored by GPT-4."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from paygrade.data.formats.format import Format, Lost, Reading, Row, better_of, make_pair
from paygrade.data.formats.record import Record

OVERALL, FINE = "overall_score", "fine-grained_score"


def completion_pairs(records: Sequence[Record], reading: Reading) -> Iterator[Row | Lost]:
    """Yield every pair of completions of a row; the coin places them."""
    for record in records:
        completions = record.records("completions")
        if len(completions) < 2:
            yield Lost(record, "instructions with fewer than two completions")
        for pair in combinations(completions, 2):
            yield _pair(record, pair, reading)


def _pair(
    record: Record, pair: tuple[dict[str, Any], dict[str, Any]], reading: Reading
) -> Row | Lost:
    one, other = (Record(each, record.origin, record.row) for each in pair)
    scores = {name: (one.number(name), other.number(name)) for name in (OVERALL, FINE)}
    chosen = scores[reading.question or OVERALL]
    return make_pair(
        record,
        record.text("instruction"),
        (one.text("response"), other.text("response")),
        better_of(*chosen),
        coin=reading.seed,
        sides={
            "model": (one.name("model"), other.name("model")),
            "score": chosen,
            "fine_grained_score": scores[FINE],
        },
        origin=record.name("source"),
    )


ULTRAFEEDBACK = Format(
    "ultrafeedback",
    ("instruction", "completions"),
    completion_pairs,
    questions=(OVERALL, FINE),
)
