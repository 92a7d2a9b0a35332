"""Checks that somebody has scored already: the answer is how the check went, not what was said.

Attention tests, planted errors and screening questions often come as "passed" or "Found", a row
each, with no item and no key. Then the key is the answer that means a pass, for every row.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from paygrade.errors import DataError
from paygrade.labels.answers import as_answers
from paygrade.labels.columns import Name
from paygrade.labels.pairs import is_pairwise
from paygrade.labels.source import Selected, Source

if TYPE_CHECKING:
    import pandas as pd

KEY, ROW = "(passed)", "(row)"  # what the columns that are made here are called


def with_key(
    origin: Source, roles: Mapping[str, Name], passed: str
) -> tuple[Source, dict[str, Name]]:
    """Return the table with `passed` as every row's golden answer, and its roles' columns.

    Every row is an item of its own unless a column says which item it is about.

    Arguments:
        origin: the table.
        roles: role -> its column, as far as it is known.
        passed: the answer that means that a check was passed.

    Raises:
        DataError: golden answers are given too, the table holds comparisons, or nobody gave this
            answer.
    """
    import pandas as pd

    if roles.get("gold") is not None:
        raise DataError(
            f"passed={passed!r} and gold={roles['gold']!r} both say which answers are right; give"
            " one of them"
        )
    sides = [roles.get(role) for role in ("left", "right", "winner", "task")]
    if is_pairwise(origin.columns, *sides):
        raise DataError(
            f"passed={passed!r} is for checks that are scored already, and {origin.name} holds"
            " comparisons, whose answers are sides; name the right answers in the option 'gold'"
        )
    label = roles.get("label") or "label"
    if not isinstance(label, str) or label not in origin.columns:
        return origin, dict(roles)  # `gather` says that the answers are missing, and where to look
    answers = as_answers(origin.read([label]).iloc[:, 0].reset_index(drop=True))
    key = as_answers(pd.Series([passed])).iloc[0]
    _check_given(key, answers, passed, origin.name)
    made = {KEY: pd.Series(key, index=answers.index, dtype="object")}
    roles = {**roles, "gold": KEY}
    if roles.get("task") is None and "task" not in origin.columns:
        made[ROW] = pd.Series(answers.index + 1, dtype="object").astype(str)
        roles["task"] = ROW
    return Selected(origin.name, (*origin.columns, *made), origin, made=made), roles


def _check_given(key: str | None, answers: "pd.Series", passed: str, source: str) -> None:
    given = sorted(answers.dropna().unique())
    if key in given:
        return
    close = get_close_matches(str(key), given, n=1, cutoff=0.5)
    hint = f" (perhaps {close[0]!r})" if close else f"; there are {', '.join(map(repr, given[:8]))}"
    raise DataError(
        f"{source}: passed={passed!r} is an answer that nobody gave{hint}; name the one that means"
        " that a check was passed"
    )
