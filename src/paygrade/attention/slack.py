"""What users' log-likelihoods could still gain at other values: a bound from their slopes.

L(e) is concave, so it lies below its tangents: from e it can rise by no more than slope·(1 - e)
above it, and -slope·e below. Sums carry a bound on their own rounding.
"""

import numpy as np
from numpy.typing import NDArray

from paygrade.attention.comparisons import Cells
from paygrade.attention.each import Prior

Array = NDArray[np.float64]

EPS = float(np.finfo(float).eps)


def slack_of(cells: Cells, attentiveness: Array, prior: Prior) -> tuple[float, float]:
    """Return the largest slope of a user that leads to values in [0, 1], and the sum of slacks.

    Arguments:
        cells: the comparisons.
        attentiveness: of each user; missing where nothing is known, (users,).
        prior: a and b of the Beta density.

    >>> cells = Cells(np.array([0, 2]), np.array([-0.6, 0.6]), np.array([1, 3]))
    >>> slack_of(cells, np.array([5 / 6]), (1.0, 1.0))[1] < 1e-12  # the maximum
    True
    >>> gain = 3 * np.log(1.5 / 1.3) + np.log(0.5 / 0.7)  # from 1/2 to there
    >>> round(float(gain), 4), round(slack_of(cells, np.array([0.5]), (1.0, 1.0))[1], 4)
    (0.0928, 0.2637)
    """
    at = np.nan_to_num(attentiveness, nan=0.5)
    slope, error = np.zeros(cells.users), np.zeros(cells.users)
    for users, part in cells.parts():
        sizes = np.diff(part.offsets)
        pulled = np.repeat(at[users], sizes) * part.margin
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = part.margin / (1.0 + pulled) * part.count
            off = np.abs(ratio) * (np.repeat(sizes, sizes) + 4.0 + np.abs(pulled / (1.0 + pulled)))
        slope[users], error[users] = part.per_user(ratio), EPS * part.per_user(off)
    with np.errstate(divide="ignore", invalid="ignore"):
        for less, place, sign in ((prior[0] - 1.0, at, 1.0), (prior[1] - 1.0, 1.0 - at, -1.0)):
            slope += np.where(less > 0.0, sign * less / place, 0.0)
            error += np.where(less > 0.0, 4.0 * EPS * less / place, 0.0)
    ahead = np.where(at < 1.0, np.maximum(slope + error, 0.0), 0.0)
    behind = np.where(at > 0.0, np.maximum(error - slope, 0.0), 0.0)
    free = np.where(slope > 0.0, at < 1.0, at > 0.0)
    slack = float(np.maximum(ahead * (1.0 - at), behind * at).sum())
    return float(np.abs(slope[free]).max(initial=0.0)), slack
