"""The formats by name, and the one that a table has."""

from collections.abc import Sequence
from difflib import get_close_matches

from paygrade.data.formats.by_name import MT_BENCH, QLORA, UKP
from paygrade.data.formats.chosen import CHOSEN
from paygrade.data.formats.columns import OWN
from paygrade.data.formats.format import Format
from paygrade.data.formats.helpsteer import PREFERENCES, RATED
from paygrade.data.formats.safe_rlhf import SAFE_RLHF
from paygrade.data.formats.ultrafeedback import ULTRAFEEDBACK
from paygrade.errors import DataError

# A table that fits several is of the first; ours comes first, as others don't have left and right.
FORMATS = (OWN, SAFE_RLHF, PREFERENCES, RATED, ULTRAFEEDBACK, CHOSEN, QLORA, MT_BENCH, UKP)


def choose_format(
    name: str | None, columns: Sequence[str], source: str, question: str | None
) -> Format:
    """Return the format of that name, or without one the first that the columns fit.

    Raises:
        DataError: there is no such format, it lacks a column, or it isn't asked that question.
    """
    found = _named(name) if name is not None else _fitting(columns, source)
    missing = [each for each in found.needs if each not in columns]
    if missing:
        raise DataError(_lacking(found, missing, columns, source))
    if question is not None and question not in found.questions:
        asked = ", ".join(map(repr, found.questions)) or "none: there is one label"
        raise DataError(
            f"question={question!r} is not asked by format {found.name!r}, so there is no such"
            f" label; its questions are {asked}"
        )
    return found


def _named(name: str) -> Format:
    known = {each.name: each for each in FORMATS}
    plain = name.strip().lower().replace("_", "-")
    if plain not in known:
        close = get_close_matches(plain, known, n=1)
        raise DataError(
            f"format={name!r} is unknown{f' (perhaps {close[0]!r})' if close else ''}; use one of"
            f" {', '.join(known)}, or leave it out"
        )
    return known[plain]


def _fitting(columns: Sequence[str], source: str) -> Format:
    for each in FORMATS:
        if set(each.needs) <= set(columns):
            return each
    nearest = max(FORMATS, key=lambda each: len(set(each.needs) & set(columns)) / len(each.needs))
    missing = [each for each in nearest.needs if each not in columns]
    raise DataError(_lacking(nearest, missing, columns, source))


def _lacking(found: Format, missing: Sequence[str], columns: Sequence[str], source: str) -> str:
    renamed = {}
    for each in missing:
        close = get_close_matches(each, [c for c in columns if c not in found.needs], n=2)
        renamed[each] = " or ".join(map(repr, close)) or "..."
    hint = ", ".join(f"{ours!r}: {theirs}" for ours, theirs in renamed.items())
    shown = ", ".join(columns[:20]) + ", ..." * (len(columns) > 20)
    return (
        f"{source} has no column {', '.join(map(repr, missing))}, which format {found.name!r} needs"
        f" ({', '.join(found.needs)}), so its pairs can't be read; if a column was renamed, say"
        f" columns={{{hint}}}, or name another format. The columns are: {shown}"
    )
