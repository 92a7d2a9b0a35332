"""How a promise is compared with what holds, and the error that says so."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[..., Any]
LEVELS = 18  # halvings of a step; rounding takes over before, features appear late
ORDER = 6  # extrapolations of one difference
ROUNDING = 2.0**-52


class CheckFailed(AssertionError):
    """A primitive breaks a promise of its interface."""


def demand(holds: object, text: str) -> None:
    """Raise `CheckFailed` with `text` unless it holds.

    >>> demand(1 < 2, "numbers are out of order")
    """
    if not holds:
        raise CheckFailed(text)


def demand_equal(
    name: str, points: Array, found: Array, wanted: Array, allowed: Array, because: str
) -> None:
    """Raise `CheckFailed` at the point where two arrays differ most beyond what is `allowed`.

    Arguments:
        name: the method, with a place for the point: "derivative({})".
        points: what the method was asked at, (m,).
        found: its answers, (m,).
        wanted: what they should be, (m,).
        allowed: error that counts as rounding, (m,) or ().
        because: what `wanted` is, and what follows from another answer.
    """
    with np.errstate(invalid="ignore"):
        excess = np.where(found == wanted, 0.0, np.abs(found - wanted) - allowed)
    excess = np.where(np.isnan(excess), np.inf, excess)
    if excess.size and excess.max() > 0:
        worst = int(np.argmax(excess))
        raise CheckFailed(
            f"{name.format(f'{points[worst]:.6g}')} is {found[worst]:.9g}, but"
            f" {because.format(f'{wanted[worst]:.9g}')}"
        )


def demand_shapes(name: str, method: Function, points: Array) -> None:
    """Raise `CheckFailed` unless a method takes and returns arrays of any shape, elementwise."""
    table = np.resize(points, (2, 3))
    for given in (points[0].item(), points[:1], table, np.array(points[0])):
        answer = method(given)
        wanted = np.shape(given)
        demand(
            isinstance(answer, np.ndarray | np.generic) and np.shape(answer) == wanted,
            f"{name} returns {type(answer).__name__} of shape {np.shape(answer)} for an argument"
            f" of shape {wanted}; designs ask for many points at once: return an array of the"
            " argument's shape",
        )
        demand(
            np.asarray(answer).dtype == np.float64,
            f"{name} returns {np.asarray(answer).dtype}, not float64, which rounds or wraps"
            " around; convert its argument with np.asarray(x, float)",
        )
    single = np.array([np.asarray(method(x)).item() for x in table.ravel().tolist()])
    demand_equal(
        name + " of an array at {}", table.ravel(), np.asarray(method(table)).ravel(), single,
        1e-12 * np.abs(single), "asked alone it is {}; treat every element by itself",
    )  # fmt: skip


def slopes(function: Function, points: Array, steps: Array) -> tuple[Array, Array]:
    """Return derivatives by central differences, Richardson-extrapolated, and their errors, (m,).

    Arguments:
        function: takes and returns (m,).
        points: where, (m,).
        steps: largest step to either side, (m,).

    >>> slope, error = slopes(np.exp, np.array([0.0]), np.array([0.1]))
    >>> bool(abs(slope[0] - 1.0) < 1e-10)
    True
    """
    best = np.full(len(points), np.nan)
    error = np.full(len(points), np.inf)
    rows: list[Array] = []
    for level in range(LEVELS):
        step = steps / 2.0**level
        above, below = points + step, points - step
        with np.errstate(all="ignore"):
            high, low = np.asarray(function(above)), np.asarray(function(below))
            row = [(high - low) / (above - below)]
            noise = 4 * ROUNDING * (np.abs(high) + np.abs(low)) / step
            for k, before in enumerate(rows[-1][:ORDER] if rows else ()):
                row.append(row[k] + (row[k] - before) / (4.0 ** (k + 1) - 1.0))
            if rows:
                spread = np.abs(row[-1] - rows[-1][-1]) + noise
                better = spread < error
                best, error = np.where(better, row[-1], best), np.where(better, spread, error)
        rows.append(np.array(row))
    return best, error
