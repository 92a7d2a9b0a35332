"""Many workers, many tests: how many would look bad by bad luck alone.

Of a thousand annotators who all work to the standard, fifty have a p-value below 0.05. Holm's
adjustment keeps the chance of a single false accusation below the stated rate, whatever the
dependence (Holm 1979, Scandinavian Journal of Statistics 6); Benjamini and Hochberg's keeps the
expected share of false ones among the accused below it (1995, JRSS B 57), for p-values that are
independent or positively dependent.

Who was never checked can't be accused and is left out of the count of tests.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

Array = NDArray[np.float64]

CONTROLS = ("holm", "bh")


def holm(p_values: ArrayLike, tested: ArrayLike | None = None) -> Array:
    """Return Holm's adjusted p-values: reject where they are at most alpha.

    Arguments:
        p_values: one a test, (k,).
        tested: which of them are tests at all, (k,); the others get 1. None: all.

    >>> holm([0.01, 0.04, 0.03, 0.5]).round(3).tolist()
    [0.04, 0.09, 0.09, 0.5]
    """
    p, tested = _family(p_values, tested)
    found = np.ones_like(p)
    order = np.argsort(p[tested], kind="stable")
    steps = np.arange(order.size, 0, -1)
    adjusted = np.empty(order.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[tested][order] * steps), 1.0)
    found[tested] = adjusted
    return found


def benjamini_hochberg(p_values: ArrayLike, tested: ArrayLike | None = None) -> Array:
    """Return the p-values adjusted for the false discovery rate; arguments as in `holm`.

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5]).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    p, tested = _family(p_values, tested)
    found = np.ones_like(p)
    if tested.any():
        found[tested] = false_discovery_control(p[tested])
    return found


def check_control(control: str) -> list[str]:
    """Return a problem unless `control` is one of `CONTROLS`."""
    if control in CONTROLS:
        return []
    problem = (
        f"control={control!r} says not which error to hold down over many workers; use 'holm' (any"
        " false accusation) or 'bh' (the share of false ones among the accused)"
    )
    return [problem]


def _family(p_values: ArrayLike, tested: ArrayLike | None) -> tuple[Array, NDArray[np.bool_]]:
    p = np.asarray(p_values, float)
    return p, np.ones(p.shape, bool) if tested is None else np.asarray(tested, bool)
