"""Monitors by the names that people call them by on the command line."""

from collections.abc import Mapping

from paygrade.errors import DataError
from paygrade.model.counting import (
    ComparisonMode,
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)

Kind = type[CountingMonitor]

FED_BY_COLUMNS: dict[str, Kind] = {
    "expert": ExpertReview,
    "repeats": SelfConsistency,
    "golden": GoldenQuestions,
}
KINDS: dict[str, Kind] = {**FED_BY_COLUMNS, "comparison": ComparisonMode}
WORDS: dict[Kind, tuple[str, str]] = {  # what is counted, and what an agreement is with
    GoldenQuestions: ("golden questions", "the golden answer"),
    ExpertReview: ("expert review", "the expert"),
    SelfConsistency: ("repeats", "their own earlier answer"),
    ComparisonMode: ("comparisons", "the stronger model"),
}


def kind_named(name: str | None, among: Mapping[str, Kind] = KINDS) -> Kind | None:
    """Return the monitor of that name; None for no name.

    Raises:
        DataError: the name is none of those in `among`.
    """
    if name is not None and name not in among:
        raise DataError(
            f"--monitor {name} is unknown, so nobody knows what is counted; choose"
            f" {', '.join(among)}"
        )
    return None if name is None else among[name]
