"""Gauss-Legendre panels: nodes that integrate a smooth law over all the outcomes that matter.

Kinks, which wage bounds put into a schedule, are given as breaks: each panel is smooth inside, and
sixteen nodes a panel then leave errors at rounding level.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FARTHEST = 13.0  # standard deviations: beyond lie 1e-38 of a normal law
PANELS = 26
ORDER = 16


def gauss_panels(
    low: float, high: float, breaks: Sequence[float] = (), panels: int = PANELS
) -> tuple[Array, Array]:
    """Return nodes in [low, high], increasing, and the logs of their weights.

    >>> x, log_weight = gauss_panels(0.0, 1.0)
    >>> round(float(np.exp(log_weight) @ x**2), 12)
    0.333333333333
    """
    inside = [b for b in breaks if low < b < high]
    edges = np.unique(np.concatenate([np.linspace(low, high, panels + 1), inside]))
    points, weights = _legendre()
    half = np.diff(edges)[:, None] / 2.0
    middle = (edges[:-1, None] + edges[1:, None]) / 2.0
    return (middle + half * points).ravel(), np.log(half * weights).ravel()


@cache
def _legendre() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(ORDER)
