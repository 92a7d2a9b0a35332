"""Workers by role: the experts among them, and those to leave out."""

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def matching_workers(
    workers: Sequence[str], patterns: str | Sequence[str], option: str
) -> list[str]:
    """Return the workers whom any of the patterns names, in the order of `workers`.

    Arguments:
        workers: all names.
        patterns: names or globs ("author_*"), as a list or separated by commas.
        option: what the caller's option is called, for the message.

    Raises:
        DataError: a pattern matches nobody, which is a misprint more often than not.

    >>> matching_workers(["ann1", "author_2", "author_10"], "author_*", "expert_workers")
    ['author_2', 'author_10']
    """
    parts = patterns.split(",") if isinstance(patterns, str) else patterns
    wanted = [part.strip() for part in parts]
    for pattern in wanted:
        if not any(fnmatchcase(worker, pattern) for worker in workers):
            raise no_such_worker(pattern, workers, option)
    return [worker for worker in workers if any(fnmatchcase(worker, each) for each in wanted)]


def no_such_worker(pattern: str, workers: Sequence[str], option: str) -> DataError:
    """Return the error for a pattern that matches nobody; it names who may have been meant."""
    close = get_close_matches(pattern, workers, n=1)
    known = f"perhaps {close[0]!r}" if close else f"there are {', '.join(workers[:5])}, ..."
    return DataError(f"{option}={pattern!r} is the name of no worker ({known}); correct it")


def experts_apart(table: "pd.DataFrame", experts: Sequence[str]) -> "tuple[pd.DataFrame, int]":
    """Move the experts' rows into a column `expert`; return the table and the split panels.

    The expert answer of an item is what more than half of its experts said, a tie being an answer
    like any other here. A panel that is split gives no answer: its items are not checked.
    """
    is_expert = table["worker"].isin(experts)
    panels = table[is_expert].groupby("task")["label"]
    votes = panels.value_counts().rename("votes").reset_index()
    size = votes["task"].map(panels.size())
    majority = votes[2 * votes["votes"] > size].set_index("task")["label"]
    annotators = table[~is_expert]
    expert = annotators["task"].map(majority).astype("object")
    return annotators.assign(expert=expert), len(panels) - len(majority)
