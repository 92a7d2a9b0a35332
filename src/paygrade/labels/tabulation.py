"""How often each combination of values occurs: what a partition is reduced to, additively."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

NAME_BYTES = 64  # of a text and the pointer to it
ALWAYS = 2**22  # possible combinations that always have a place each


@dataclass(frozen=True, eq=False)
class Tabulation:
    """Combinations of values, each with its number; values are in the order of appearance.

    Attributes:
        names: column -> its different values, in the order of appearance; None or NaN is one.
        codes: column -> which value each combination has, as a place in `names`.
        count: how many rows have the combination.
    """

    names: Mapping[str, NDArray[Any]]
    codes: Mapping[str, NDArray[np.int32]]
    count: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.count)

    def __sizeof__(self) -> int:
        """Bytes held, for Dask, which moves to disk what is large."""
        codes = sum(each.nbytes for each in self.codes.values())
        return self.count.nbytes + codes + sum(NAME_BYTES * len(v) for v in self.names.values())

    def table(self) -> "pd.DataFrame":
        """Return one row a combination; the columns, and count."""
        import pandas as pd

        columns = {name: self.names[name][codes] for name, codes in self.codes.items()}
        return pd.DataFrame({**columns, "count": self.count})


def tabulate(columns: Mapping[str, Any], count: "NDArray[np.int64] | None" = None) -> Tabulation:
    """Return how often each combination occurs in columns of equal length, at least one.

    >>> found = tabulate({"who": list("abab"), "said": [1, 1, 1, None]})
    >>> found.table().values.tolist()
    [['a', 1.0, 2], ['b', 1.0, 1], ['b', nan, 1]]
    """
    import pandas as pd

    names, codes = {}, {}
    for name, column in columns.items():
        places, distinct = pd.factorize(pd.Series(column), use_na_sentinel=False)
        names[name], codes[name] = np.asarray(distinct), places.astype(np.int32)
    return _summed(names, codes, count)


def add_tabulations(parts: Sequence[Tabulation]) -> Tabulation:
    """Return the sum; a column that one of them lacks is missing in its rows."""
    import pandas as pd

    filled = [part for part in parts if len(part)]
    if len(filled) < 2:
        return filled[0] if filled else Tabulation({}, {}, np.empty(0, np.int64))
    names, codes = {}, {}
    missing = np.array([None], object)
    for name in dict.fromkeys(name for part in filled for name in part.codes):
        known = [part.names.get(name, missing) for part in filled]
        place, distinct = pd.factorize(np.concatenate(known), use_na_sentinel=False)
        starts = np.cumsum([0, *map(len, known)])[:-1]
        nowhere = np.int32(0)
        names[name] = np.asarray(distinct)
        codes[name] = np.concatenate(
            [
                place.astype(np.int32)[
                    start + part.codes.get(name, np.broadcast_to(nowhere, len(part)))
                ]
                for start, part in zip(starts, filled, strict=True)
            ]
        )
    return _summed(names, codes, np.concatenate([part.count for part in filled]))


def _summed(
    names: Mapping[str, NDArray[Any]],
    codes: Mapping[str, NDArray[np.int32]],
    count: "NDArray[np.int64] | None",
) -> Tabulation:
    """Return the combinations, each once: by a place for every possible one, if they are few."""
    sizes = tuple(len(names[name]) for name in codes)
    rows = len(next(iter(codes.values())))
    if math.prod(sizes) > max(2 * rows, ALWAYS):
        return _summed_sparsely(names, codes, count)
    key = np.ravel_multi_index(tuple(codes.values()), sizes)
    sums = np.bincount(key, count).astype(np.int64)  # exact up to 2^53
    found = np.flatnonzero(sums)
    places = np.unravel_index(found, sizes)
    kept = {name: each.astype(np.int32) for name, each in zip(codes, places, strict=True)}
    return Tabulation(names, kept, sums[found])


def _summed_sparsely(
    names: Mapping[str, NDArray[Any]],
    codes: Mapping[str, NDArray[np.int32]],
    count: "NDArray[np.int64] | None",
) -> Tabulation:
    import pandas as pd

    place = np.zeros(len(next(iter(codes.values()))), np.int64)
    groups = 1
    for name, each in codes.items():  # groups and names stay below 2^31, and their product fits
        place, distinct = pd.factorize(place * len(names[name]) + each)
        groups = len(distinct)
    new = np.diff(np.maximum.accumulate(place), prepend=-1) > 0  # where a combination comes first
    sums = np.bincount(place, count, groups).astype(np.int64)
    return Tabulation(names, {name: each[new] for name, each in codes.items()}, sums)
