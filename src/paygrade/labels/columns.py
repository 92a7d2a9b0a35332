"""Which columns of a table say who answered what, found by name and refused with a remedy."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from paygrade.errors import DataError, raise_problems
from paygrade.labels.source import Source

# What other people call these columns: only ever proposed, never taken on our own account.
OFTEN_CALLED = {
    "task": ("item", "item_id", "task_id", "question", "question_id", "comparison_id"),
    "worker": ("annotator", "worker_id", "annotator_id", "judge", "rater", "user", "evaluator"),
    "label": ("winner", "answer", "response", "choice", "vote", "preference", "annotation"),
    "gold": ("gold_label", "golden", "truth", "correct_answer"),
    "expert": ("expert_label", "reference"),
    "repeat": ("label2", "second_label", "relabel"),
    "time": ("timestamp", "created_at", "submitted_at"),
    "left": ("model_a", "item_a", "response_a", "option_a", "arg1", "answer1_model"),
    "right": ("model_b", "item_b", "response_b", "option_b", "arg2", "answer2_model"),
}
WITHOUT = {
    "task": "the items can't be told apart",
    "worker": "the annotators can't be told apart",
    "label": "there are no answers",
    "gold": "there are no golden answers",
    "expert": "there are no experts' answers",
    "repeat": "there are no second answers",
    "time": "the order of the labels is unknown",
    "left": "it is unclear what was compared",
    "right": "it is unclear what was compared",
}
ALIKE = 0.7  # share of letters in common that makes a misprint likely
CHECKS = ("gold", "expert", "repeat")  # what a label may be checked against


OPTIONAL = (*CHECKS, "time")  # taken where a column is called so

Name = str | tuple[str, ...] | None  # of a role's column; several columns can be a task


def choose_columns(source: Source, wanted: Mapping[str, Name]) -> dict[str, tuple[str, ...]]:
    """Return the columns of the table that play each role.

    Arguments:
        source: the table.
        wanted: role -> name of its column; a tuple, or "a,b", is several columns, which only `task`
            may have. None means the column called like the role; `OPTIONAL` roles need none.

    Raises:
        DataError: a column is missing, or named twice, in the table or for two roles.
    """
    given = {
        role: role if name is None else name
        for role, name in wanted.items()
        if name is not None or role in source.columns or role not in OPTIONAL
    }
    chosen = {role: split_names(role, name, source.columns) for role, name in given.items()}
    named = [(role, name) for role, names in chosen.items() for name in names]
    missing = [_missing(*pair, source) for pair in named if pair[1] not in source.columns]
    if missing:
        names = ", ".join(name or "(no name)" for name in source.columns)
        missing[-1] += f". The columns are: {names}"
    ambiguous = [_ambiguous(*pair, source) for pair in named if source.columns.count(pair[1]) > 1]
    raise_problems(missing + ambiguous + _shared(chosen), DataError)
    return chosen


def kept_columns(source: Source, keep: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns to carry along, under their own names.

    Raises:
        DataError: one is missing, or called like something that the table says of labels itself.
    """
    missing = [name for name in keep if name not in source.columns]
    if missing:
        raise DataError(
            f"{source.name}: there is no column {missing[0]!r} to keep; the columns are"
            f" {', '.join(source.columns)}"
        )
    taken = [name for name in keep if name in (*OFTEN_CALLED, "swapped", "count")]
    if taken:
        raise DataError(
            f"{source.name}: column {taken[0]!r} can't be kept under this name, which says"
            " something of the labels themselves; name it in that option, or call it otherwise"
        )
    return {name: (name,) for name in keep}


def split_names(
    role: str, name: "str | tuple[str, ...]", columns: Sequence[str]
) -> tuple[str, ...]:
    """Return the columns that a name stands for: one, or for a task those between commas."""
    if isinstance(name, tuple):
        return name
    if role != "task" or name in columns:
        return (name,)
    return tuple(part.strip() for part in name.split(","))


def _missing(role: str, name: str, source: Source) -> str:
    return (
        f"{source.name} has no column {name!r}, so {WITHOUT[role]}; give the right column's name in"
        f" the option {role!r}{_suggestion(role, name, source.columns)}"
    )


def _ambiguous(role: str, name: str, source: Source) -> str:
    return (
        f"{source.name} has {source.columns.count(name)} columns called {name!r}, so it is unclear"
        f" which one is the {role}; give them different names"
    )


def _suggestion(role: str, name: str, columns: Sequence[str]) -> str:
    alike = max(columns, key=lambda column: _likeness(name, column))
    usual = [column for column in columns if column.lower() in OFTEN_CALLED[role]]
    found = [alike] if _likeness(name, alike) >= ALIKE else usual
    return f" (perhaps {found[0]!r})" if found else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _shared(chosen: Mapping[str, tuple[str, ...]]) -> list[str]:
    roles: dict[str, list[str]] = {}
    for role, names in chosen.items():
        for name in names:
            roles.setdefault(name, []).append(role)
    return [
        f"column {name!r} is named for {' and '.join(used)}, so the comparison would be of a column"
        " with itself; name a different column for each"
        for name, used in roles.items()
        if len(used) > 1
    ]
