"""Comparisons whose margins don't repeat, brought together by user and solved where they are then.

12 bytes a comparison travel: whose it is and its margin. Users fall into buckets by a hash of their
name, and every bucket is filed and solved as a table in memory is, with the same order of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.attention.comparisons import FEW_MARGINS, Cells, file_cells, refuse_coins
from paygrade.attention.each import interval_each
from paygrade.attention.fit import Fit, Settings, solve
from paygrade.attention.partitioned import (
    are_counted,
    count_comparisons,
    different_rates,
    open_comparisons,
    read_partition,
)
from paygrade.attention.slack import slack_of
from paygrade.attention.store import Store
from paygrade.errors import DataError
from paygrade.labels.codes import Ints
from paygrade.labels.partitions import ROW_BITS, Elsewhere, Progress, compute, constant, task
from paygrade.labels.tabulation import NAME_BYTES

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
BUCKETS = 2.0  # times the root of the number of partitions


@dataclass(frozen=True, eq=False)
class Share:
    """Comparisons of one partition by the users of one bucket.

    Attributes:
        users: names.
        first: when each appeared: the partition's number shifted by `ROW_BITS`, plus a place.
        user: who compared, as a place in `users`, (comparisons,).
        margin: ±(2μ - 1), (comparisons,).
    """

    users: NDArray[Any]
    first: NDArray[np.int64]
    user: Ints
    margin: Array

    def __sizeof__(self) -> int:
        """Bytes held, for Dask, which moves to disk what is large."""
        names = NAME_BYTES * len(self.users)
        return self.first.nbytes + self.user.nbytes + self.margin.nbytes + names


@dataclass(frozen=True, eq=False)
class Bucket:
    """All comparisons of some users; `first` as in `Share`."""

    users: NDArray[Any]
    first: NDArray[np.int64]
    cells: Cells

    def __sizeof__(self) -> int:
        """Bytes held, for Dask."""
        return self.first.nbytes + self.cells.nbytes + NAME_BYTES * len(self.users)


@dataclass(frozen=True, eq=False)
class Scattered:
    """Comparisons that stayed where they are; what is asked of them is computed there, again.

    Attributes:
        users: names, in the order in which they appeared.
        buckets: delayed `Bucket`s.
        steps: a small delayed value for each partition, whose end tells how far things are.
        order: which place among all buckets' users each of `users` has.
    """

    users: NDArray[Any]
    buckets: Sequence[Any] = field(repr=False)
    steps: Sequence[Any] = field(repr=False)
    order: NDArray[np.int64] = field(repr=False)

    nbytes = 0  # here

    def interval(self, level: float) -> tuple[Array, Array]:
        """Return the ends of `interval_each`, (users,) each; reads the table again."""
        ends = [task(interval_of)(bucket, level) for bucket in self.buckets]
        found, _ = compute(ends, self.steps, lambda _: None, "partitions read")
        low, high = (np.concatenate(side)[self.order] for side in zip(*found, strict=True))
        return low, high

    def slack(self, settings: Settings) -> tuple[float, float]:
        """Return what `slack_of` says of all users' maxima, solved again."""
        parts = [task(slack_in)(bucket, constant(settings)) for bucket in self.buckets]
        found, _ = compute(parts, self.steps, lambda _: None, "partitions read")
        return max(slope for slope, _ in found), sum(slack for _, slack in found)


def fit_partitions(
    table: Elsewhere, settings: Settings, progress: Progress
) -> tuple[Settings, Store | Scattered, Fit]:
    """Return the fit to a table in partitions, counted or scattered, and what was fitted.

    Raises:
        DataError: the table can't be used.
        NotConverged: the iterations ran out.
        ClusterError: the cluster can't do it.
    """
    origin, parts = open_comparisons(table, settings)
    rates = different_rates(origin, settings, progress)
    if not are_counted(rates, settings):
        return settings, *solve_scattered(parts, settings, rates, progress)
    comparisons, settings = count_comparisons(parts, settings, progress)
    store, touched = Store(np.empty(0, object)).add(comparisons)
    return settings, store, solve(settings, store, None, touched)


def solve_scattered(
    parts: Sequence[Any], settings: Settings, rates: int, progress: Progress
) -> tuple[Scattered, Fit]:
    """Return every user's maximum under law "free" with μ given, found where the comparisons are.

    Arguments:
        parts: delayed partitions.
        settings: how to fit.
        rates: how many different μ there are, see `different_rates`.
        progress: told how many partitions were read.

    Raises:
        DataError: a partition can't be used; μ is ½ throughout.
        NotConverged: the iterations ran out for users of a bucket.
    """
    shared = constant(settings)
    number = int(np.ceil(BUCKETS * np.sqrt(len(parts))))
    cuts = [task(cut_by_user, number)(part, k, shared, number) for k, part in enumerate(parts)]
    steps = [task(len)(cut[0].users) for cut in cuts]
    listed = 2 * rates > FEW_MARGINS  # as in memory, so that sums are taken in the same order
    buckets = [task(file_bucket)([cut[b] for cut in cuts], listed) for b in range(number)]
    fits = [task(solve_bucket)(bucket, shared) for bucket in buckets]
    found, _ = compute(fits, steps, progress, "partitions read")
    users, first = (np.concatenate([each[place] for each in found]) for place in (0, 1))
    if not len(users):
        raise DataError("the partitions hold no comparisons; check the export")
    refuse_coins(np.array([each[2] for each in found]))
    order = np.argsort(first)
    return Scattered(users[order], buckets, steps, order), _together([e[3] for e in found], order)


def cut_by_user(
    frame: "pd.DataFrame", number: int, settings: Settings, buckets: int
) -> list[Share]:
    """Return the comparisons of a partition by bucket."""
    import pandas as pd

    if not len(frame):
        nothing = np.empty(0, np.int64)
        return [
            Share(np.empty(0, object), nothing, nothing.astype(np.int32), np.empty(0))
        ] * buckets
    rows, _ = read_partition(frame, number, settings)
    names = np.asarray(rows.users)
    home = (pd.util.hash_array(names) % np.uint64(buckets)).astype(np.int64)
    first = (number << ROW_BITS) + np.arange(len(names))
    within = np.empty(len(names), np.int32)  # place among the users of the same bucket
    whose = home[rows.user]
    shares = []
    for k in range(buckets):
        here, theirs = home == k, whose == k
        within[here] = np.arange(here.sum(), dtype=np.int32)
        shares.append(
            Share(names[here], first[here], within[rows.user[theirs]], rows.margin[theirs])
        )
    return shares


def file_bucket(shares: Sequence[Share], listed: bool) -> Bucket:
    """Return the comparisons of a bucket's users, in the order of rows if they are `listed`."""
    import pandas as pd

    names = np.concatenate([share.users for share in shares])
    place, users = pd.factorize(names)
    first = np.concatenate([share.first for share in shares])
    starts = np.cumsum([0, *(len(share.users) for share in shares)])
    user = np.concatenate(
        [
            place[start + share.user].astype(np.int32)
            for start, share in zip(starts, shares, strict=False)
        ]
    )
    margin = np.concatenate([share.margin for share in shares])
    appeared = first[np.unique(place, return_index=True)[1]]  # parts are in order
    return Bucket(np.asarray(users), appeared, file_cells(user, len(users), margin, listed=listed))


def solve_bucket(
    bucket: Bucket, settings: Settings
) -> tuple[NDArray[Any], NDArray[np.int64], bool, Fit]:
    """Return a bucket's users, when they appeared, whether any μ isn't ½, and their fit."""
    store = Store(bucket.users, (bucket.cells,))
    fit = solve(settings, store, None, np.arange(len(bucket.users)))
    return bucket.users, bucket.first, bool(bucket.cells.margin.any()), fit


def interval_of(bucket: Bucket, level: float) -> tuple[Array, Array]:
    """Return the ends of the intervals of a bucket's users."""
    return interval_each(bucket.cells, level)


def slack_in(bucket: Bucket, settings: Settings) -> tuple[float, float]:
    """Return the largest slope and the slack of a bucket's users."""
    fit = solve_bucket(bucket, settings)[3]
    return slack_of(bucket.cells, fit.attentiveness, settings.prior)


def _together(fits: Sequence[Fit], order: NDArray[np.int64]) -> Fit:
    """Return one fit to all users; a bucket that was ready early stays where it was."""
    longest = max(len(fit.history) for fit in fits)
    history = np.zeros(longest)
    for fit in fits:
        history += np.pad(fit.history, (0, longest - len(fit.history)), mode="edge")
    attentiveness, comparisons, value = (
        np.concatenate([getattr(fit, name) for fit in fits])[order]
        for name in ("attentiveness", "comparisons", "log_likelihood")
    )
    return Fit(attentiveness, comparisons, value, history)
