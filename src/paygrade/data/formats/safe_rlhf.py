"""PKU-SafeRLHF: two responses, and two questions about them, "better" and "safer".

Both answers are kept whichever is the label, because they are two experts of different taste: their
product is a ρ (`monitoring_report(pairs, expert="safer")`). Severity is 0 to 3, higher is worse.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from paygrade.data.formats.format import LEFT, RIGHT, Format, Lost, Reading, Row, make_pair
from paygrade.data.formats.record import Record

QUESTIONS = ("better", "safer")
WHICH = {"0": LEFT, "1": RIGHT, "-1": None}


def safe_pairs(records: Sequence[Record], reading: Reading) -> Iterator[Row | Lost]:
    """Yield a pair a row, on the sides of the file: response_0 on the left."""
    for record in records:
        answers: dict[str, Any] = {
            each: record.one_of(f"{each}_response_id", WHICH) for each in QUESTIONS
        }
        sides: dict[str, tuple[Any, Any]] = {
            "model": (record.name("response_0_source"), record.name("response_1_source")),
            "severity": (
                record.number("response_0_severity_level"),
                record.number("response_1_severity_level"),
            ),
        }
        yield make_pair(
            record,
            record.text("prompt"),
            (record.text("response_0"), record.text("response_1")),
            answers[reading.question or "better"],
            sides=sides,
            origin=record.name("prompt_source"),
            **answers,
        )


SAFE_RLHF = Format(
    "pku-saferlhf",
    ("prompt", "response_0", "response_1", "better_response_id"),
    safe_pairs,
    questions=QUESTIONS,
)
