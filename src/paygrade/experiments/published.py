"""Published label files, found by name in the folder that the user names."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import DataError
from paygrade.experiments.experiment import Table


def published_file(folder: Any, name: str) -> Path:
    """Return the path of a file, packed or not.

    Raises:
        DataError: no folder was given, or it hasn't the file.
    """
    if folder is None:
        raise DataError(f"this experiment reads {name}; name the folder that holds it with --data")
    places = [Path(folder) / name, Path(folder) / name.removesuffix(".gz")]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise DataError(
            f"there is no {name} in {folder}; name the folder that holds it with --data"
        )
    return found


def read_columns(path: Path, columns: list[str]) -> Table:
    """Return these columns of a CSV file.

    Raises:
        DataError: the file lacks some of them.
    """
    import pandas as pd

    table = pd.read_csv(path, low_memory=False)
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(
            f"{path.name} has no column {', '.join(missing)}, so it isn't the published file (its"
            f" columns: {', '.join(map(str, table.columns))}); rename them or fetch it anew"
        )
    return table[columns]


def share_interval(
    right: NDArray[np.bool_], group: NDArray[Any], seed: int = 0, draws: int = 2_000
) -> tuple[float, float, float]:
    """Return a share with its 95 % interval, whole groups drawn with replacement (bootstrap).

    Arguments:
        right: what is counted, (rows,).
        group: which rows hang together, (rows,).
        seed: the same seed gives the same interval.
        draws: resamples.

    >>> share_interval(np.array([True, True]), np.array([1, 2]))
    (1.0, 1.0, 1.0)
    """
    _, places = np.unique(group.astype(str), return_inverse=True)
    counts, hits = np.bincount(places), np.bincount(places, weights=right)
    chosen = np.random.default_rng(seed).integers(0, len(counts), (draws, len(counts)))
    shares = hits[chosen].sum(axis=1) / counts[chosen].sum(axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(right.mean()), float(low), float(high)
