"""From rows as they were written to labels that can be compared, one step a function.

The index of the table stays the number of the row in its source until the last step, so that every
refusal can say where to look.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paygrade.assessment.answers import as_answers, as_names, is_tie
from paygrade.assessment.columns import CHECKS
from paygrade.assessment.panel import experts_apart, matching_workers
from paygrade.assessment.source import Source
from paygrade.errors import DataError, raise_problems

if TYPE_CHECKING:
    import pandas as pd

Names = str | Sequence[str] | None  # names of workers or answers: a list, or commas between them


def as_text(origin: Source, chosen: Mapping[str, tuple[str, ...]]) -> "pd.DataFrame":
    """Return the chosen columns under the names of their roles, all text or missing."""
    import pandas as pd

    names = [name for group in chosen.values() for name in group]
    raw = origin.read(names).reset_index(drop=True)
    columns = {name: raw.iloc[:, i] for i, name in enumerate(names)}
    table = {
        role: as_names(columns[group[0]]) if role == "worker" else as_answers(columns[group[0]])
        for role, group in chosen.items()
        if role != "task"
    }
    return pd.DataFrame({"task": _joined([columns[name] for name in chosen["task"]]), **table})


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
    for role in ("task", "worker", "label"):
        rows = table.index[table[role].isna()].tolist()
        if rows:
            problems.append(
                f"{origin.name}: no {role} in {origin.places(rows)}, and a row that lacks one can't"
                " be counted; fill it in or delete the row"
            )
    raise_problems(problems, DataError)


def refuse_duplicates(table: "pd.DataFrame", origin: Source) -> None:
    """Raise if somebody has two rows for one item."""
    again = table.duplicated(["worker", "task"])
    if not again.any():
        return
    first = table[again].iloc[0]
    often = len(table[again].drop_duplicates(["worker", "task"]))
    same = (table["worker"] == first["worker"]) & (table["task"] == first["task"])
    where = origin.places(table.index[same].tolist())
    raise DataError(
        f"{origin.name}: worker {first['worker']!r} labels item {first['task']!r} more than once"
        f" ({where}; cases like this: {often}), and counted twice they would feign evidence. Delete"
        " export duplicates; if people did answer twice, put the second answer into a column of its"
        " own and name it in 'repeat'; or name more columns in 'task' if they tell items apart"
    )


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
    """Leave out tied labels and blank out tied checks; return the table and both numbers."""
    listed = tie_labels.split(",") if isinstance(tie_labels, str) else tie_labels
    tied = is_tie(table["label"], listed)
    if tied.all():
        raise DataError(
            f"{source}: all {len(table)} labels are ties, so nothing can be compared; check the"
            " option 'label', and list in 'tie_labels' what is a tie here"
        )
    table, checks_tied = table[~tied], 0
    for name in CHECKS:
        if name in table:
            tied_checks = is_tie(table[name], listed)
            checks_tied += int(tied_checks.sum())
            table = table.assign(**{name: table[name].mask(tied_checks)})
    return table, int(tied.sum()), checks_tied


def _joined(columns: "list[pd.Series]") -> "pd.Series":
    """Return one name for several columns, "a|b"; escapes keep different items apart."""
    if len(columns) == 1:
        return as_names(columns[0])
    joined = _escaped(columns[0])
    for column in columns[1:]:
        joined = joined + "|" + _escaped(column)
    return joined


def _escaped(column: "pd.Series") -> "pd.Series":
    return as_names(column).replace([r"\\", r"\|"], [r"\\\\", r"\\|"], regex=True)
