"""The signal from repeats and experts together, with nobody trusted.

At effort e an annotator agrees with herself with probability (1 + e²·s)/2 and with an expert with
(1 + e·s)/2, where s = kappa = rho if tastes are shared. With repeats' signs g (+1 agree, -1 not)
and reviews' signs h, over annotators of whatever efforts

    E[g] = s·E[e²],    E[h·h'] = s²·E[e²] for reviews h, h' of two items,    so   s = E[h·h']/E[g]:

two means, and the distribution of efforts cancels. Products of different reviews have no bias from
few checks, as the square of a mean would.

All annotators meet the same items and experts, so their checks are not independent: a kind set of
items is kind to everybody. The standard error is a jackknife over items plus one over annotators
(Miller 1974, Biometrika 61; Cameron, Gelbach and Miller 2011 on two ways of clustering, where what
is common to both would be subtracted; here it isn't), on the scale of log s.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from paygrade.errors import DataError
from paygrade.labels.annotations import Annotations

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

GROUPS = 30  # of items, and of annotators, that the jackknife leaves out in turn


@dataclass(frozen=True)
class JointFit:
    """The signal that repeats and reviews agree on.

    Attributes:
        signal: the estimate; above 1 only by luck.
        error: standard error of its logarithm.
        groups: number of groups in the smaller jackknife.
        workers: annotators with a repeat and two reviews at least.
    """

    signal: float
    error: float
    groups: int
    workers: tuple[str, ...]

    def span(self, level: float) -> tuple[float, float]:
        """Return the interval of the signal, by Student's t with `groups` - 1 degrees."""
        reach = float(stdtrit(self.groups - 1, (1.0 + level) / 2.0)) * self.error
        return self.signal * float(np.exp(-reach)), self.signal * float(np.exp(reach))


def fit_jointly(annotations: Annotations) -> JointFit:
    """Return the signal that repeats and experts' answers agree on, if tastes are shared.

    Raises:
        DataError: no repeats or no experts' answers, or too few to tell.

    >>> import paygrade as pg
    >>> labels = pg.simulate_labels(items=2000, seed=3, expert_share=1.0, repeat_share=1.0)
    >>> found = fit_jointly(pg.read_annotations(labels))
    >>> round(found.signal, 2), labels.attrs["kappa"]
    (0.57, 0.6)
    """
    annotations.require_items("jointly")
    repeats, reviews = (_signs(annotations, name) for name in ("repeat", "expert"))
    reviewed = reviews["worker"].value_counts()
    enough = set(repeats["worker"]) & set(reviewed.index[reviewed > 1])
    workers = [name for name in annotations.workers if name in enough]
    items = sorted(annotations.table["task"].unique())
    if min(len(workers), len(items)) < 3:
        raise DataError(
            f"{annotations.source}: {len(workers)} annotators have both repeats and experts'"
            f" answers, to {len(items)} items; joint calibration needs three of each"
        )
    sums = [_sums(signs, workers, items) for signs in (repeats, reviews)]
    signal = _signal(*(each.sum(axis=2) for each in sums))
    logs = [_without_items(sums), _without_workers(sums)]
    if not signal > 0.0 or any((each <= 0.0).any() or np.isnan(each).any() for each in logs):
        raise DataError(
            f"{annotations.source}: repeats and experts' answers are too few or too close to chance"
            " for joint calibration; calibrate by trusted annotators or margins"
        )
    error = np.sqrt(sum(_jackknife_variance(np.log(each)) for each in logs))
    return JointFit(signal, float(error), min(map(len, logs)), tuple(workers))


def _signs(annotations: Annotations, column: str) -> "pd.DataFrame":
    table = annotations.table
    checked = table[table[column].notna()] if column in table else table[:0]
    if checked.empty:
        raise DataError(
            f"{annotations.source}: there are no answers in {column!r}, and joint calibration"
            " compares repeats with experts' answers; name the column, or calibrate by trusted"
            " annotators or margins"
        )
    return checked.assign(sign=np.where(checked["label"] == checked[column], 1.0, -1.0))


def _sums(signs: "pd.DataFrame", workers: list[str], items: list[str]) -> Array:
    """Return sums of signs and numbers of checks, by annotator and group of items; (2, k, g)."""
    import pandas as pd

    worker = pd.Index(workers).get_indexer(pd.Index(signs["worker"]))
    group = pd.Index(items).get_indexer(pd.Index(signs["task"])) % min(GROUPS, len(items))
    known = worker >= 0
    sums = np.zeros((2, len(workers), min(GROUPS, len(items))))
    place = worker[known], group[known]
    np.add.at(sums[0], place, signs["sign"].to_numpy()[known])
    np.add.at(sums[1], place, 1.0)
    return sums


def _signal(repeats: Array, reviews: Array) -> float:
    """Return the ratio of the two means; arguments are sums and numbers by annotator, (2, k)."""
    (g, r), (h, n) = repeats, reviews
    enough = (r > 0) & (n > 1)
    g, r, h, n = g[enough], r[enough], h[enough], n[enough]
    weight = r * n / (r + n)  # the same in both means, so that E[e²] cancels
    bottom = float(weight @ (g / r))
    return float(weight @ ((h**2 - n) / (n * (n - 1.0)))) / bottom if bottom > 0.0 else np.nan


def _without_items(sums: list[Array]) -> Array:
    groups = range(sums[0].shape[2])
    return np.array([_signal(*(each.sum(axis=2) - each[:, :, j] for each in sums)) for j in groups])


def _without_workers(sums: list[Array]) -> Array:
    totals = [each.sum(axis=2) for each in sums]
    number = totals[0].shape[1]
    group = np.arange(number) % min(GROUPS, number)
    return np.array(
        [_signal(*(each[:, group != j] for each in totals)) for j in range(group.max() + 1)]
    )


def _jackknife_variance(left_out: Array) -> float:
    groups = len(left_out)
    return float((groups - 1) / groups * ((left_out - left_out.mean()) ** 2).sum())
