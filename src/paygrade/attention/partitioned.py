"""Comparisons too many for one memory: counted where they lie, or solved there user by user.

Comparisons of one user with one margin are one cell, so where margins repeat a table of any size is
reduced to a few counts a user, and what follows is the same as in memory. Where they don't, nothing
can be counted together, but a user's maximum is their own: comparisons are brought together by user
(`scattered`), and only each user's estimate comes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.attention.comparisons import FEW_MARGINS, Comparisons, refuse_coins
from paygrade.attention.fit import Settings, read_rows, without_ties
from paygrade.attention.strengths import MOST_MODELS
from paygrade.errors import DataError
from paygrade.labels.codes import code_column
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

if TYPE_CHECKING:
    import pandas as pd

KIND = ["user", "winner", "loser", "margin"]  # what makes comparisons equal


@dataclass(frozen=True, eq=False)
class Counted:
    """Comparisons, equal ones counted together, in the order of appearance.

    Attributes:
        table: columns user, margin (or winner and loser) and count.
        models: those that stood on the left, and on the right.
    """

    table: "pd.DataFrame"
    models: tuple[NDArray[Any], NDArray[Any]]


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


def margins_repeat(origin: Partitions, settings: Settings, progress: Progress) -> bool:
    """Return whether so few different μ are in the table that comparisons are best counted."""
    if not isinstance(settings.mu, str):
        return True
    parts = origin.parts([settings.mu])
    kinds = [task(distinct)(part, settings.mu) for part in parts]
    all_kinds = add_up(kinds, join_distinct)
    ((found,), _) = compute([all_kinds], kinds, progress, "partitions looked through")
    if len(found) <= FEW_MARGINS:
        return True
    if settings.law != "free":
        raise DataError(
            f"column {settings.mu!r} holds more than {FEW_MARGINS} different μ, so comparisons in"
            f" partitions can't be counted together, which law={settings.law!r} takes; round them,"
            " or use law='free'"
        )
    return False


def count_comparisons(
    parts: Sequence[Any], settings: Settings, progress: Progress
) -> tuple[Comparisons, Settings]:
    """Return the comparisons with their numbers, and the settings with the models that appeared."""
    shared = constant(settings)
    counted = [task(count_partition)(part, k, shared) for k, part in enumerate(parts)]
    sizes = [task(len)(each.table) for each in counted]
    ((found,), _) = compute([add_up(counted, join_counted)], sizes, progress, "partitions counted")
    person, users = code_column(found.table, "user")
    often = found.table["count"].to_numpy(np.int64)
    if not settings.by_strengths:
        made = Comparisons(users, person, found.table["margin"].to_numpy(float), often)
        refuse_coins(made.margin)
        return made, settings
    import pandas as pd

    known = np.empty(0, object) if settings.models is None else settings.models
    models = pd.unique(np.concatenate([known, *found.models]))
    place = pd.Index(models)
    won, lost = (place.get_indexer(found.table[name]) for name in ("winner", "loser"))
    kind = (won.astype(np.int64) * MOST_MODELS + lost).astype(float)
    return Comparisons(users, person, kind, often), replace(settings, models=models)


def count_partition(frame: "pd.DataFrame", number: int, settings: Settings) -> Counted:
    """Return the comparisons of one partition."""
    import pandas as pd

    nobody = np.empty(0, object)
    frame = without_ties(frame, settings.columns["winner"]) if settings.by_strengths else frame
    if not len(frame):
        return Counted(pd.DataFrame(), (nobody, nobody))
    rows, read = read_partition(frame, number, settings)
    columns: dict[str, Any] = {"user": rows.user, "margin": rows.margin}
    left = right = nobody
    if read.models is not None:
        names = [settings.columns[side] for side in ("left", "right")]
        left, right = (pd.unique(frame[name].to_numpy(object)) for name in names)
        won, lost = np.divmod(rows.margin.astype(np.int64), MOST_MODELS)
        columns = {"user": rows.user, "winner": won, "loser": lost}
    sizes = pd.DataFrame(columns).groupby(list(columns), sort=False).size()
    table = sizes.reset_index(name="count")
    table["user"] = rows.users[table["user"]]
    if read.models is not None:
        table = table.assign(**{k: read.models[table[k]] for k in ("winner", "loser")})
    return Counted(table, (left, right))


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

    tables = [part.table for part in parts if len(part.table)]
    if not tables:
        return parts[0]
    whole = pd.concat(tables, ignore_index=True)
    kind = [name for name in KIND if name in whole]
    left, right = (
        pd.unique(np.concatenate([part.models[side] for part in parts])) for side in (0, 1)
    )
    return Counted(whole.groupby(kind, sort=False)["count"].sum().reset_index(), (left, right))


def distinct(frame: "pd.DataFrame", name: str) -> NDArray[Any]:
    """Return the different values of a column, some more than `FEW_MARGINS` at most."""
    found: NDArray[Any] = frame[name].drop_duplicates().to_numpy()
    return found[: FEW_MARGINS + 1]


def join_distinct(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the different values of all parts, some more than `FEW_MARGINS` at most."""
    return np.asarray(np.unique(np.concatenate(list(parts)))[: FEW_MARGINS + 1])
