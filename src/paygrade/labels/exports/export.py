"""An export: a table of answers, and which of its columns says what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from paygrade.errors import DataError
from paygrade.labels.columns import Name
from paygrade.labels.source import Selected, Source


@dataclass(frozen=True)
class Export:
    """A platform's export.

    Attributes:
        source: its answers in long format, by the platform's own column names.
        columns: role -> the column, or columns, that play it on this platform.
        left_out: how many answers are not in the source, by reason.
    """

    source: Source
    columns: Mapping[str, Name]
    left_out: Mapping[str, int] = field(default_factory=dict)


def require(source: Source, platform: str, columns: Sequence[str]) -> None:
    """Raise a DataError unless the source has the columns that the platform always writes."""
    missing = [name for name in columns if name not in source.columns]
    if missing:
        shown = ", ".join(source.columns[:12]) + ", ..." * (len(source.columns) > 12)
        raise DataError(
            f"{source.name} has no column {missing[0]!r}, which every {platform} export has, so it"
            f" is none or was changed; read it without 'platform', naming its columns ({shown})"
        )


def choose_question(
    questions: Sequence[str], label: Name, origin: str, shown: Sequence[str] | None = None
) -> str:
    """Return the question whose answers are the labels: the one named, or the only one there is.

    Raises:
        DataError: nobody is asked anything, nobody says which of several is meant, or no question
            has that name.
    """
    names = ", ".join(map(repr, questions if shown is None else shown)) or "none"
    if label is None and len(questions) == 1:
        return questions[0]
    if not questions:
        raise DataError(
            f"{origin} holds no answers to a question (choices, ratings, preferences or text), so"
            " there are no labels; check the export"
        )
    if label is None:
        raise DataError(
            f"{origin} may hold answers to {len(questions)} questions ({names}), so it is unclear"
            " which are the labels; name one in the option 'label'"
        )
    if label not in questions:
        close = get_close_matches(str(label), questions, n=1)
        raise DataError(
            f"{origin}: label={label!r} is no question of this export"
            f"{f' (perhaps {close[0]!r})' if close else ''}; the questions are {names}"
        )
    return str(label)


def with_prefix(name: Name, prefix: str, columns: Sequence[str]) -> Name:
    """Return a column's full name where the platform's prefix was left off.

    >>> with_prefix("result", "OUTPUT:", ["OUTPUT:result"])
    'OUTPUT:result'
    """
    return f"{prefix}{name}" if f"{prefix}{name}" in columns and name not in columns else name


def without_rows(
    source: Source, column: str, states: Sequence[str], reason: str
) -> tuple[Source, dict[str, int]]:
    """Leave out rows in certain states; return the rest and how many went.

    Raises:
        DataError: no row is left.
    """
    from paygrade.labels.answers import as_names

    if column not in source.columns:
        return source, {}
    state = as_names(source.read([column]).iloc[:, 0].reset_index(drop=True))
    gone = state.str.upper().isin(states)
    if gone.all():
        raise DataError(
            f"{source.name}: all {len(gone)} rows are {reason} ({column} is"
            f" {', '.join(sorted(state.unique()))}), so there is nothing to assess; check the"
            " export"
        )
    if not gone.any():
        return source, {}
    kept = gone.index[~gone].tolist()
    return Selected(source.name, source.columns, source, kept), {reason: int(gone.sum())}
