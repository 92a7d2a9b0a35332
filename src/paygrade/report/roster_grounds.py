"""What a roster takes as given: the half that guessing gets right, above all."""

from collections.abc import Iterator

from paygrade.model.counting import ComparisonMode, SelfConsistency
from paygrade.report.kinds import WORDS
from paygrade.report.roster import Roster


def assumptions(roster: Roster) -> Iterator[str]:
    """Yield what effort rests on, a sentence or two each."""
    agrees = "passes" if roster.annotations.scored else f"agrees with {WORDS[roster.kind][1]} in"
    yield (
        f"Whoever doesn't look {agrees} half of the checks, as a coin does: that is effort 0."
        f"{_full_effort(roster)}"
    )
    if roster.annotations.scored:
        yield (
            "Of checks that are scored already, such as planted errors, this may be wrong: who"
            " doesn't look finds none of them. Then efforts are higher than said here, and the"
            " shares passed (agreed of checked) tell more."
        )
    yield "Checks are independent of each other and as hard to spot as any other item."


def agreement_at_full_effort(roster: Roster) -> float:
    """Return the share of checks that agree at effort 1."""
    signal = float(roster.table.attrs["signal"])
    return signal if roster.kind is ComparisonMode else (1.0 + signal) / 2.0


def _full_effort(roster: Roster) -> str:
    if roster.question.margins is not None:
        return " Effort 1 is what each item's margin says."
    between = "squared effort" if roster.kind is SelfConsistency else "effort"
    full = 100 * agreement_at_full_effort(roster)
    return f" Effort 1 is {full:.1f} % agreement, and in between it grows with {between}."
