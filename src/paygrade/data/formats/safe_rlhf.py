"""PKU-SafeRLHF: two responses, and two questions about them, "better" and "safer".

Both answers are kept whichever is the label, because they are two experts of different taste: their
product is a ρ (`monitoring_report(pairs, expert="safer")`). Severity is 0 to 3, higher is worse.
"""

from collections.abc import Iterator, Sequence

from paygrade.data.formats.format import LEFT, RIGHT, Format, Lost, Reading, Row, make_pair
from paygrade.data.formats.record import Record

QUESTIONS = ("better", "safer")
WHICH = {"0": LEFT, "1": RIGHT, "-1": None}


def safe_pairs(records: Sequence[Record], reading: Reading) -> Iterator[Row | Lost]:
    """Yield a pair a row, on the sides of the file: response_0 on the left."""
    for record in records:
        answers = {each: record.one_of(f"{each}_response_id", WHICH) for each in QUESTIONS}
        sides = {
            "model": (record.name("response_0_source"), record.name("response_1_source")),
            "severity": tuple(record.number(f"response_{i}_severity_level") for i in (0, 1)),
        }
        yield make_pair(
            record,
            record.text("prompt"),
            (record.text("response_0"), record.text("response_1")),
            answers[reading.question or "better"],
            sides=sides,  # type: ignore[arg-type]
            origin=record.name("prompt_source"),
            **answers,
        )


SAFE_RLHF = Format(
    "pku-saferlhf",
    ("prompt", "response_0", "response_1", "better_response_id"),
    safe_pairs,
    questions=QUESTIONS,
    hub=("PKU-Alignment/PKU-SafeRLHF",),
)
