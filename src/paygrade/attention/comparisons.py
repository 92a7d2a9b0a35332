"""Comparisons of a stronger with a weaker model, by user: what attentiveness is estimated from.

A user who is attentive with probability e lets the stronger model's answer win with probability
½ + e(μ - ½). With the signed margin y = ±(2μ - 1), positive where it won, that is in proportion to
1 + e·y, so comparisons of one user with one y differ in nothing and are stored once, with a count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.errors import DataError
from paygrade.labels.annotations import Annotations
from paygrade.labels.codes import Ints, blocks, code_column, filed_by, has_column

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Table: TypeAlias = "Annotations | pd.DataFrame | Mapping[str, Any]"

LOOKED_AT = 4096  # comparisons that show whether margins repeat
FEW_MARGINS = 512  # as many different ones are counted instead of listed
SOLVED_AT_ONCE = 2**14  # cells whose terms fit into a core's cache


@dataclass(frozen=True, eq=False)
class Cells:
    """Comparisons by user.

    Attributes:
        offsets: the cells of user j are number offsets[j] to offsets[j + 1] - 1, (users + 1,).
        margin: y = ±(2μ - 1) of each cell, positive where the stronger model won, (cells,).
        count: how many comparisons a cell stands for, (cells,).
    """

    offsets: NDArray[np.int64]
    margin: Array
    count: NDArray[Any]

    @property
    def users(self) -> int:
        """How many users there are, those without comparisons included."""
        return len(self.offsets) - 1

    @property
    def nbytes(self) -> int:
        """Bytes that the cells take."""
        counts = self.count.nbytes if self.count.strides != (0,) else 8
        return self.offsets.nbytes + self.margin.nbytes + counts

    def per_user(self, values: Array) -> Array:
        """Return the sum of a value of each cell over every user's cells, (users,)."""
        filled = self.offsets[:-1] < self.offsets[1:]
        sums = np.zeros(self.users)
        if filled.any():
            sums[filled] = np.add.reduceat(values, self.offsets[:-1][filled])
        return sums

    def comparisons(self) -> NDArray[np.int64]:
        """Return how many comparisons each user made, (users,)."""
        if self.count.strides == (0,):
            return np.diff(self.offsets)
        return np.asarray(self.per_user(self.count.astype(float)), np.int64)

    def of(self, users: NDArray[np.integer[Any]]) -> "Cells":
        """Return the cells of some users, in this order."""
        sizes = np.diff(self.offsets)[users]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        shift = np.repeat(self.offsets[users] - offsets[:-1], sizes)
        places = shift + np.arange(offsets[-1])
        listed = self.count.strides == (0,)
        count = self.count[: len(places)] if listed else self.count[places]
        return Cells(offsets, self.margin[places], count)

    def parts(self) -> Iterator[tuple[slice, "Cells"]]:
        """Yield runs of users, and their cells, that are small enough to stay in the cache."""
        for start, stop in blocks(self.offsets, SOLVED_AT_ONCE):
            here = slice(int(self.offsets[start]), int(self.offsets[stop]))
            offsets = self.offsets[start : stop + 1] - self.offsets[start]
            yield slice(start, stop), Cells(offsets, self.margin[here], self.count[here])


@dataclass(frozen=True, eq=False)
class Comparisons:
    """A table of comparisons, coded.

    Attributes:
        users: names, in the order in which they appeared.
        user: who compared, as a place in `users`, (comparisons,).
        margin: ±(2μ - 1), positive where the stronger model won, (comparisons,).
        count: how many comparisons each stands for; None: one.
    """

    users: NDArray[Any]
    user: Ints
    margin: Array
    count: NDArray[np.int64] | None = None


def read_comparisons(
    table: Table, mu: float | str | ArrayLike, *, user: str, won: str
) -> Comparisons:
    """Return who compared, and the signed margins.

    Arguments:
        table: a data frame or a mapping of column names to arrays; or annotations whose golden
            answer is the side of the stronger model; of these, `mu` is a column that was kept.
        mu: probability that the stronger model's answer wins in front of an attentive user: one
            number, a column's name, or one number a comparison, (comparisons,).
        user: column that names the user.
        won: column that says whether the stronger model's answer won: true, false, 1 or 0.

    Raises:
        DataError: a column is missing or holds something else; μ leaves [0, 1].
    """
    often = None
    if isinstance(table, Annotations):
        table, often = _from_annotations(table, user, won, mu)
    person, users = code_column(table, user)
    wins = _wins(table, won)
    if isinstance(mu, str):
        if not has_column(table, mu):
            raise DataError(
                f"mu={mu!r} is no column of the table; name one (read annotations with keep={mu!r}"
                " for it), or give a number"
            )
        mu = table[mu]
    try:
        rate = np.asarray(mu, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"mu is no probability ({error}); give numbers from 0 to 1") from error
    if (rate.ndim and rate.shape != person.shape) or len(wins) != len(person):
        raise DataError(
            f"{len(person)} users, {len(wins)} outcomes and mu of shape {rate.shape} don't belong"
            " to the same comparisons; give one value of each a comparison"
        )
    if not np.all((rate >= 0.0) & (rate <= 1.0)):
        worst = float(rate[~((rate >= 0.0) & (rate <= 1.0))].ravel()[0])
        raise DataError(f"mu={worst!r} is no probability; give numbers from 0 to 1")
    margin = 2.0 * rate - 1.0
    return Comparisons(users, person, np.where(wins, margin, -margin), often)


def refuse_coins(margin: NDArray[Any]) -> None:
    """Raise a DataError if μ is ½ in every comparison."""
    if not margin.any():
        raise DataError(
            "mu is ½ in every comparison: attentive or not, users choose like a coin, so their"
            " answers say nothing about attention; compare models of different strength"
        )


def file_cells(
    user: Ints,
    users: int,
    margin: Array,
    count: NDArray[Any] | None = None,
    *,
    listed: bool = False,
) -> Cells:
    """Return the cells of these comparisons; where margins repeat, equal ones are counted together.

    Arguments:
        user: who compared, (comparisons,).
        users: how many users there are.
        margin: ±(2μ - 1) of each, (comparisons,).
        count: how many comparisons each stands for; None: one.
        listed: margins are known not to repeat.

    >>> cells = file_cells(np.array([1, 0, 1], np.int32), 2, np.array([0.5, -0.5, 0.5]))
    >>> cells.offsets.tolist(), cells.margin.tolist(), cells.count.tolist()
    ([0, 1, 2], [-0.5, 0.5], [1, 2])
    """
    import pandas as pd
    from scipy.sparse import coo_array

    if not listed and len(pd.unique(margin[:LOOKED_AT])) <= FEW_MARGINS:
        kind, kinds = pd.factorize(margin, sort=True)
        if len(kinds) <= FEW_MARGINS:
            ones = np.ones(len(user), np.int64) if count is None else count.astype(np.int64)
            places = kind.astype(np.int32)
            summed = coo_array((ones, (user, places)), shape=(users, len(kinds))).tocsr()
            return Cells(summed.indptr.astype(np.int64), kinds[summed.indices], summed.data)
    nowhere = np.zeros(len(user), np.int32)
    offsets, _, filed = filed_by(user, users, nowhere, margin, 1)
    if count is None:
        return Cells(offsets, filed, np.broadcast_to(np.int64(1), filed.shape))
    return Cells(offsets, filed, filed_by(user, users, nowhere, count, 1)[2])


def merge_cells(one: Cells, other: Cells) -> Cells:
    """Return the cells of both; `other` may know of users that `one` doesn't."""
    users = max(one.users, other.users)
    numbers = [
        np.repeat(np.arange(c.users, dtype=np.int32), np.diff(c.offsets)) for c in (one, other)
    ]
    listed = all(cells.count.strides == (0,) for cells in (one, other))
    margin = np.concatenate([one.margin, other.margin])
    count = None if listed else np.concatenate([one.count, other.count])
    return file_cells(np.concatenate(numbers), users, margin, count)


def _wins(table: Any, won: str) -> NDArray[np.bool_]:
    outcome, values = code_column(table, won)
    said = [v.strip().lower() if isinstance(v, str) else v for v in values.tolist()]
    bits = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
    strange = [value for value, plain in zip(values, said, strict=True) if plain not in bits]
    if strange:
        raise DataError(
            f"column {won!r} holds {strange[0]!r}, so it is unclear whether the stronger model won;"
            " give true or false, or 1 or 0, and leave ties out"
        )
    return np.asarray(np.array([bits[plain] for plain in said])[outcome])


def _from_annotations(
    labels: Annotations, user: str, won: str, mu: float | str | ArrayLike
) -> tuple[dict[str, Any], NDArray[np.int64] | None]:
    """Return who won whom over, μ if it is a column, and how often a row happened; None: once."""
    table = labels.table
    if "gold" not in table or not table["gold"].notna().any():
        raise DataError(
            f"{labels.source}: no column says which side is the stronger model's, so attention"
            " can't be told from taste; read it as the column 'gold'"
        )
    known = table[table["gold"].notna()]
    often = known["count"].to_numpy(np.int64) if "count" in known else None
    said = {user: known["worker"], won: known["label"] == known["gold"]}
    if isinstance(mu, str) and mu in known:
        said[mu] = known[mu]
    return said, often
