"""Comparisons too many for one memory: counted where they lie, or solved there user by user.

Comparisons of one user with one margin are one cell, so where margins repeat a table of any size is
reduced to a few counts a user, and what follows is the same as in memory. Where they don't, nothing
can be counted together, but a user's maximum is their own: comparisons are brought together by user
(`scattered`), and only each user's estimate comes back.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.attention.comparisons import FEW_MARGINS, Comparisons, refuse_coins
from paygrade.attention.fit import Settings, read_rows, without_ties
from paygrade.attention.strengths import MOST_MODELS
from paygrade.errors import DataError, ModelError
from paygrade.labels.partitions import (
    Elsewhere,
    Partitions,
    Progress,
    add_up,
    compute,
    constant,
    open_partitions,
    task,
)
from paygrade.labels.tabulation import Tabulation, add_tabulations, tabulate

if TYPE_CHECKING:
    import pandas as pd

COUNTED = 8  # different μ up to which law "free" counts; more cells than that are no saving


@dataclass(frozen=True, eq=False)
class Counted:
    """Comparisons, equal ones counted together, in the order of appearance.

    Attributes:
        cells: of columns user and margin, or user, winner and loser.
        models: those that stood on the left, and on the right.
    """

    cells: Tabulation
    models: tuple[NDArray[Any], NDArray[Any]]

    def __sizeof__(self) -> int:
        """Bytes held, for Dask."""
        return sys.getsizeof(self.cells)


def open_comparisons(table: Elsewhere, settings: Settings) -> tuple[Partitions, list[Any]]:
    """Return the table in partitions, and these with the columns that the fit takes.

    Raises:
        DataError: a column is missing, or mu is a number for each comparison.
        ClusterError: Dask is missing.
    """
    if np.ndim(settings.mu):
        raise DataError(
            f"mu of shape {np.shape(settings.mu)} can't be told apart by partitions; write it into"
            " a column of the table and give the column's name"
        )
    origin = open_partitions(table)
    roles = ("user", "left", "right", "winner") if settings.by_strengths else ("user", "won")
    columns = [settings.columns[role] for role in roles]
    columns += [settings.mu] if isinstance(settings.mu, str) else []
    missing = [name for name in columns if name not in origin.columns]
    if missing:
        raise DataError(
            f"{origin.name} has no column {missing[0]!r}; name the right one of"
            f" {', '.join(origin.columns)}"
        )
    return origin, origin.parts(columns)


def read_counted(
    table: Elsewhere, settings: Settings, progress: Progress
) -> tuple[Comparisons, Settings]:
    """Return further comparisons, and the settings with the models that appeared.

    Raises:
        ModelError: they are too different to be counted.
    """
    origin, parts = open_comparisons(table, settings)
    if not are_counted(different_rates(origin, settings, progress), settings):
        raise stays_away()
    return count_comparisons(parts, settings, progress)


def stays_away() -> ModelError:
    """Return the error for comparisons that can't be filed with others, as they are not here."""
    return ModelError(
        "partial_fit files new comparisons with the old ones, and where each has a μ of its own"
        " those in partitions stay there; fit all of them at once, or round μ to at most"
        f" {COUNTED} different values"
    )


def different_rates(origin: Partitions, settings: Settings, progress: Progress) -> int:
    """Return how many different μ the table holds, counted to just above `FEW_MARGINS`."""
    if not isinstance(settings.mu, str):
        return 1
    kinds = [task(distinct)(part, settings.mu) for part in origin.parts([settings.mu])]
    ((found,), _) = compute([add_up(kinds, join_distinct)], kinds, progress, "partitions scanned")
    return len(found)


def are_counted(rates: int, settings: Settings) -> bool:
    """Return whether comparisons with so many different μ are counted, and not brought together.

    Raises:
        DataError: they are too many to be counted, and the law needs that.
    """
    if settings.law == "free" or rates <= FEW_MARGINS:
        return rates <= (COUNTED if settings.law == "free" else FEW_MARGINS)
    raise DataError(
        f"column {settings.mu!r} holds more than {FEW_MARGINS} different μ, so comparisons in"
        f" partitions can't be counted together, which law={settings.law!r} takes; round them, or"
        " use law='free'"
    )


def count_comparisons(
    parts: Sequence[Any], settings: Settings, progress: Progress
) -> tuple[Comparisons, Settings]:
    """Return the comparisons with their numbers, and the settings with the models that appeared."""
    shared = constant(settings)
    counted = [task(count_partition)(part, k, shared) for k, part in enumerate(parts)]
    sizes = [task(len)(each.cells) for each in counted]
    ((found,), _) = compute([add_up(counted, join_counted)], sizes, progress, "partitions counted")
    cells = found.cells
    if not len(cells):
        raise DataError("the partitions hold no comparisons that were decided; check the export")
    users, person, often = cells.names["user"], cells.codes["user"], cells.count
    if not settings.by_strengths:
        margin = cells.names["margin"][cells.codes["margin"]]
        refuse_coins(margin)
        return Comparisons(users, person, margin, often), settings
    import pandas as pd

    known = np.empty(0, object) if settings.models is None else settings.models
    models = pd.unique(np.concatenate([known, *found.models]))
    place = pd.Index(models)
    won, lost = (
        place.get_indexer(pd.Index(cells.names[name]))[cells.codes[name]]
        for name in ("winner", "loser")
    )
    kind = (won.astype(np.int64) * MOST_MODELS + lost).astype(float)
    return Comparisons(users, person, kind, often), replace(settings, models=models)


def count_partition(frame: "pd.DataFrame", number: int, settings: Settings) -> Counted:
    """Return the comparisons of one partition."""
    import pandas as pd

    left = right = np.empty(0, object)
    frame = without_ties(frame, settings.columns["winner"]) if settings.by_strengths else frame
    if not len(frame):
        return Counted(add_tabulations([]), (left, right))
    rows, read = read_partition(frame, number, settings)
    user = rows.users[rows.user]
    if read.models is None:
        return Counted(tabulate({"user": user, "margin": rows.margin}), (left, right))
    names = [settings.columns[side] for side in ("left", "right")]
    left, right = (pd.unique(frame[name].to_numpy(object)) for name in names)
    won, lost = (read.models[k] for k in np.divmod(rows.margin.astype(np.int64), MOST_MODELS))
    return Counted(tabulate({"user": user, "winner": won, "loser": lost}), (left, right))


def read_partition(
    frame: "pd.DataFrame", number: int, settings: Settings
) -> tuple[Comparisons, Settings]:
    """Return the comparisons of one partition, row by row; refusals say which one it is."""
    try:
        return read_rows(frame, settings)
    except DataError as error:
        raise DataError(f"partition {number + 1}: {error}") from None


def join_counted(parts: Sequence[Counted]) -> Counted:
    """Return the sum."""
    import pandas as pd

    left, right = (
        pd.unique(np.concatenate([part.models[side] for part in parts])) for side in (0, 1)
    )
    return Counted(add_tabulations([part.cells for part in parts]), (left, right))


def distinct(frame: "pd.DataFrame", name: str) -> NDArray[Any]:
    """Return the different values of a column, some more than `FEW_MARGINS` at most."""
    found: NDArray[Any] = frame[name].drop_duplicates().to_numpy()
    return found[: FEW_MARGINS + 1]


def join_distinct(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the different values of all parts, some more than `FEW_MARGINS` at most."""
    return np.asarray(np.unique(np.concatenate(list(parts)))[: FEW_MARGINS + 1])
