"""Comparisons that keep coming: new ones are filed beside the old ones, not sorted in with them.

Runs of comparisons are merged when they are of like size, so that each comparison is moved about
log₂ of their number times, and where margins repeat equal comparisons become one cell.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paygrade.attention.comparisons import Cells, Comparisons, file_cells, merge_cells
from paygrade.attention.each import interval_each


@dataclass(frozen=True, eq=False)
class Store:
    """All comparisons so far.

    Attributes:
        users: names, in the order in which they appeared.
        runs: cells by user; earlier runs know only the users that had appeared by then.
    """

    users: NDArray[Any]
    runs: tuple[Cells, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes that the comparisons take, names aside."""
        return sum(run.nbytes for run in self.runs)

    def add(self, new: Comparisons) -> "tuple[Store, NDArray[np.int64]]":
        """Return the store with new comparisons, and whom they are by, as places in its users."""
        import pandas as pd

        place = pd.Index(self.users).get_indexer(pd.Index(new.users)).astype(np.int64)
        strangers = place < 0
        place[strangers] = len(self.users) + np.arange(strangers.sum())
        users = np.concatenate([self.users, new.users[strangers]]) if self.runs else new.users
        run = file_cells(place[new.user].astype(np.int32), len(users), new.margin, new.count)
        runs = [*self.runs, run]
        while len(runs) > 1 and len(runs[-2].margin) <= 2 * len(runs[-1].margin):
            runs[-2:] = [merge_cells(*runs[-2:])]
        return Store(users, tuple(runs)), place

    def cells(self, users: NDArray[np.int64] | None = None) -> Cells:
        """Return all cells of these users, in their order; of all users by default."""
        if users is None:
            return reduce(merge_cells, (_known_to(run, len(self.users)) for run in self.runs))
        parts = []
        for run in self.runs:
            known = np.flatnonzero(users < run.users)
            part = run.of(users[known])
            sizes = np.zeros(len(users), np.int64)
            sizes[known] = np.diff(part.offsets)
            parts.append(Cells(np.concatenate([[0], np.cumsum(sizes)]), part.margin, part.count))
        return reduce(merge_cells, parts)

    def interval(self, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of each user's interval, see `interval_each`."""
        return interval_each(self.cells(), level)


def _known_to(run: Cells, users: int) -> Cells:
    """Return the run with users who came later, and have no cells in it."""
    later = np.full(users - run.users, run.offsets[-1])
    return Cells(np.concatenate([run.offsets, later]), run.margin, run.count)
