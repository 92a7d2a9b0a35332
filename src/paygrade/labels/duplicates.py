"""Several rows of one worker for one item: an export's doing, or a person who answered again.

Real files hold both, and which it is decides whether the rows are evidence. So nobody guesses:
without a rule such a table is refused, with what its own rows say about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paygrade.errors import DataError
from paygrade.labels.source import Source

if TYPE_CHECKING:
    import pandas as pd

RULES = ("error", "repeat", "drop")
KEY = ["worker", "task"]


def rule_problems(rule: str, rules: Sequence[str] = RULES) -> list[str]:
    """Return a problem unless the rule is one of `rules`."""
    if rule in rules:
        return []
    problem = (
        f"duplicates={rule!r} is no rule, so it is unclear what a second row of a worker for an"
        f" item is; use one of {', '.join(map(repr, rules))}"
    )
    return [problem]


def looks_like(differ: int) -> str:
    """Return what it suggests that in so many cases the answers differ."""
    if differ:
        return f"In {differ} of them the answers differ, as only people's do who were asked again"
    return "The answers never differ, as in an export that holds rows twice"


def settle_duplicates(
    table: "pd.DataFrame", rule: str, origin: Source
) -> "tuple[pd.DataFrame, dict[str, int]]":
    """Return the table with one row for each worker and item, and what became of the others.

    - "error": there are none, or the table is refused.
    - "drop": the first row stays. The others are counted, and so are those among them whose answer
      differs, which no export makes.
    - "repeat": the first answer is the label and the *last* one its repeat, in the order of column
      `time` if all rows have one, else of the table. An item makes one check however often it was
      answered: neighbouring pairs of three answers share one, so their checks would not be
      independent, and the count not binomial as the exact intervals take it to be. Of all
      pairs, first and last lie furthest apart, so that memory helps least. Answers between them are
      left out and counted.

    Raises:
        DataError: there are duplicates, and no rule or a second source of repeats.
    """
    again = table.duplicated(KEY)
    if not again.any():
        return table, {}
    if rule == "error" and (cases := find_cases(table)):
        raise refusal(cases, origin)
    if rule == "drop":
        return _first_rows(table, again)
    if "repeat" in table:
        raise DataError(
            f"{origin.name}: duplicates='repeat' takes second answers from further rows, and the"
            " column 'repeat' holds some too, so it is unclear which ones count; keep one of both"
        )
    return _first_with_last(table)


def _first_rows(table: "pd.DataFrame", again: "pd.Series") -> "tuple[pd.DataFrame, dict[str, int]]":
    differs = table["label"] != table.groupby(KEY)["label"].transform("first")
    dropped = {
        "duplicate rows": int(again.sum()),
        "of them with another answer": int(differs.sum()),
    }
    return table[~again], dropped


def _first_with_last(table: "pd.DataFrame") -> "tuple[pd.DataFrame, dict[str, int]]":
    by_time = "time" in table and bool(table["time"].notna().all())
    ordered = table.sort_values("time", kind="stable") if by_time else table
    cases = ordered.groupby(KEY, sort=False).ngroup()
    last = ~cases.duplicated(keep="last")
    first = ~cases.duplicated()
    second = ordered["label"][last & ~first].set_axis(cases[last & ~first])
    kept = ordered[first].assign(repeat=cases[first].map(second).astype("object"))
    between = len(table) - len(kept) - len(second)
    return kept.sort_index(), {"answers between the first and the last": between}


@dataclass(frozen=True)
class Cases:
    """Workers and items with several rows, as a refusal describes them.

    Attributes:
        often: how many there are.
        differ, turned: in how many the answers differ, or the order in which a pair was shown.
        worker, task, rows: of the first one.
    """

    often: int
    differ: int
    turned: int
    worker: str
    task: str
    rows: list[int]

    def __add__(self, other: "Cases") -> "Cases":
        """Return both together; no worker and item is in both."""
        first = min(self, other, key=lambda cases: cases.rows[1])
        sums = (self.often + other.often, self.differ + other.differ, self.turned + other.turned)
        return Cases(*sums, first.worker, first.task, first.rows)


def find_cases(table: "pd.DataFrame") -> Cases | None:
    """Return the workers and items that have several rows in the table, or None."""
    again = table.duplicated(KEY)
    if not again.any():
        return None
    case = table[again].iloc[0]
    involved = table[table.duplicated(KEY, keep=False)]
    same = (table["worker"] == case["worker"]) & (table["task"] == case["task"])
    return Cases(
        often=len(involved.drop_duplicates(KEY)),
        differ=_varying(involved, "label"),
        turned=_varying(involved, "swapped") if "swapped" in table else 0,
        worker=case["worker"],
        task=case["task"],
        rows=table.index[same].tolist(),
    )


def refusal(cases: Cases, origin: Source) -> DataError:
    """Return the error that says what the rows look like, and asks what they are."""
    hint = looks_like(cases.differ)
    if cases.turned and not cases.differ:
        hint = f"In {cases.turned} of them the pair was shown in both orders, as only people are"
        hint += " asked"
    return DataError(
        f"{origin.name}: worker {cases.worker!r} labels item {cases.task!r} more than once"
        f" ({origin.places(cases.rows)}; cases like this: {cases.often}), and counted twice they"
        f" would feign evidence. {hint}. If the export did it, use duplicates='drop'; if people did"
        " answer again, duplicates='repeat' checks their first answer against their last; and name"
        " more columns in 'task' if they tell items apart"
    )


def _varying(rows: "pd.DataFrame", column: str) -> int:
    """Return for how many workers and items the column holds different values."""
    different = rows.drop_duplicates([*KEY, column])
    return len(different[different.duplicated(KEY)].drop_duplicates(KEY))
