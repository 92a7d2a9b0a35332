"""From rows as they were written to labels that can be compared, one step a function.

The index of the table stays the number of the row in its source until the last step, so that every
refusal can say where to look.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paygrade.errors import DataError, raise_problems
from paygrade.labels.answers import as_answers, as_names, as_times, is_tie
from paygrade.labels.columns import CHECKS
from paygrade.labels.panel import experts_apart, matching_workers
from paygrade.labels.source import Source

if TYPE_CHECKING:
    import pandas as pd

NEVER_BLANK = ("task", "worker", "label", "left", "right")

Names = str | Sequence[str] | None  # names of workers or answers: a list, or commas between them


def as_text(origin: Source, chosen: Mapping[str, tuple[str, ...]]) -> "pd.DataFrame":
    """Return the chosen columns under the names of their roles, all text or missing.

    Only `time` is a number or a moment, and several columns make one task.
    """
    import pandas as pd

    names = [name for group in chosen.values() for name in group]
    raw = origin.read(names).reset_index(drop=True)
    columns = {name: raw.iloc[:, i] for i, name in enumerate(names)}
    return pd.DataFrame(
        {role: _spelled(role, [columns[n] for n in group]) for role, group in chosen.items()}
    )


def with_times(
    table: "pd.DataFrame", origin: Source, name: str | None
) -> "tuple[pd.DataFrame, int]":
    """Return the table with its times read, and how many are none.

    Raises:
        DataError: the column was named as the time, and holds something else.
    """
    if "time" not in table:
        return table, 0
    times = as_times(table["time"])
    strange = times.index[times.isna() & as_answers(table["time"]).notna()].tolist()
    if strange and name is not None:
        raise DataError(
            f"{origin.name}: {table['time'][strange[0]]!r} in {origin.places(strange)} of column"
            f" {name!r} is no time, so the order of the labels is unknown; write numbers, or dates"
            " like 2025-01-31T12:00:00Z, or leave out the option 'time'"
        )
    return table.assign(time=times), len(strange)


def without_workers(table: "pd.DataFrame", patterns: Names) -> "tuple[pd.DataFrame, int]":
    """Leave out workers by name; return the table and the number of rows that went."""
    if not patterns:
        return table, 0
    workers = table["worker"].dropna().unique().tolist()
    ignored = matching_workers(workers, patterns, "ignore_workers")
    kept = table[~table["worker"].isin(ignored)]
    if kept.empty:
        raise DataError(
            f"ignore_workers={patterns!r} leaves out all {len(workers)} workers, so there is nobody"
            " to assess; name fewer"
        )
    return kept, len(table) - len(kept)


def refuse_blanks(table: "pd.DataFrame", origin: Source) -> None:
    """Raise unless every row says who answered what."""
    problems = []
    for role in [each for each in NEVER_BLANK if each in table]:
        rows = table.index[table[role].isna()].tolist()
        if rows:
            problems.append(
                f"{origin.name}: no {role} in {origin.places(rows)}, and a row that lacks one can't"
                " be counted; fill it in or delete the row"
            )
    raise_problems(problems, DataError)


def with_experts(table: "pd.DataFrame", patterns: Names) -> "tuple[pd.DataFrame, int]":
    """Turn some workers into experts; return the table and the number of items they split on."""
    if not patterns:
        return table, 0
    experts = matching_workers(table["worker"].unique().tolist(), patterns, "expert_workers")
    table, split = experts_apart(table, experts)
    if table.empty:
        raise DataError(
            f"expert_workers={patterns!r} makes everybody an expert, so there is nobody to assess;"
            " name fewer"
        )
    return table, split


def without_ties(
    table: "pd.DataFrame", tie_labels: Names, source: str
) -> "tuple[pd.DataFrame, int, int]":
    """Leave out tied labels and blank out tied checks; return the table and both numbers.

    Raises:
        DataError: all labels are ties.
    """
    left, tied, checks_tied = drop_ties(table, tie_labels)
    if left.empty:
        raise all_tied(tied, source)
    return left, tied, checks_tied


def drop_ties(table: "pd.DataFrame", tie_labels: Names) -> "tuple[pd.DataFrame, int, int]":
    """Do what `without_ties` does; all labels may be ties."""
    listed = listed_names(tie_labels)
    tied = is_tie(table["label"], listed)
    table, checks_tied = table[~tied], 0
    for name in CHECKS:
        if name in table:
            tied_checks = is_tie(table[name], listed)
            checks_tied += int(tied_checks.sum())
            table = table.assign(**{name: table[name].mask(tied_checks)})
    return table, int(tied.sum()), checks_tied


def all_tied(labels: int, source: str) -> DataError:
    """Return the error for a table of ties."""
    return DataError(
        f"{source}: all {labels} labels are ties, so nothing can be compared; check the option"
        " 'label', and list in 'tie_labels' what is a tie here"
    )


def listed_names(names: Names) -> Sequence[str] | None:
    """Return names as a list; commas stand between those in one text."""
    if not isinstance(names, str):
        return names
    return [name.strip() for name in names.split(",")]


def joined(columns: "Sequence[pd.Series]") -> "pd.Series":
    """Return one name for several columns, "a|b"; escapes keep different items apart."""
    if len(columns) == 1:
        return as_names(columns[0])
    whole = _escaped(columns[0])
    for column in columns[1:]:
        whole = whole + "|" + _escaped(column)
    return whole


def _escaped(column: "pd.Series") -> "pd.Series":
    return as_names(column).replace([r"\\", r"\|"], [r"\\\\", r"\\|"], regex=True)


def _spelled(role: str, columns: "Sequence[pd.Series]") -> "pd.Series":
    if role == "task":
        return joined(columns)
    if role == "worker":
        return as_names(columns[0])
    return columns[0] if role == "time" else as_answers(columns[0])
