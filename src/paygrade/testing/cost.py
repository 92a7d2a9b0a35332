"""`check_cost`: does a cost of effort keep what `EffortCost` promises?"""

import math

import numpy as np

from paygrade.model.effort import EffortCost, EffortSet, Finite, Interval
from paygrade.testing.comparison import Array, demand, demand_equal, demand_shapes, slopes

POINTS = 41


def check_cost(
    cost: EffortCost, efforts: EffortSet | None = None, *, tolerance: float = 1e-7
) -> None:
    """Raise `CheckFailed` at the first promise of `EffortCost` that `cost` breaks.

    It must be finite everywhere, take arrays, and have the derivatives it states. It may bend or
    fall as it likes: certificates look at all of it.

    Arguments:
        cost: what to check.
        efforts: where; `Interval(0, 1)` by default.
        tolerance: relative error of a derivative that counts as none.

    Raises:
        CheckFailed: naming the method, the effort and the two numbers.

    >>> from paygrade import ExponentialCost
    >>> check_cost(ExponentialCost(scale=1.0, rate=2.0))
    """
    name = type(cost).__name__
    points, steps = _points(efforts or Interval())
    demand_shapes(f"{name}()", cost, points)
    values = np.asarray(cost(points))
    bad = ~np.isfinite(values)
    demand(
        not bad.any(),
        f"{name}({points[bad][:1]}) is {values[bad][:1]}, and no pay makes up for that; return a"
        " finite number at every effort, or narrow the efforts",
    )
    if isinstance(efforts, Finite):
        return  # between levels there is nothing, so there is no slope either
    inside = steps > 0
    at, step = points[inside], steps[inside]
    for label, method, below in (
        ("derivative", cost.derivative, cost.__call__),
        ("second_derivative", cost.second_derivative, cost.derivative),
    ):
        demand_shapes(f"{name}.{label}", method, at)
        wanted, error = slopes(below, at, step)
        allowed = tolerance * (np.abs(wanted) + np.abs(wanted).mean()) + 10.0 * error
        demand_equal(
            f"{name}.{label}({{}})", at, np.asarray(method(at)), wanted, allowed,
            "differences of what it is the slope of give {}; incentives would be set for another"
            f" cost: correct `{label}`",
        )  # fmt: skip


def _points(efforts: EffortSet) -> tuple[Array, Array]:
    """Return efforts, ends included, and how far around each differences may reach, (m,)."""
    if isinstance(efforts, Finite):
        points = np.array(efforts.values)
        return points, np.zeros(len(points))
    low, high = efforts.low, efforts.high
    if math.isinf(high):
        high = low + 8.0
    points = np.linspace(low, high, POINTS)
    return points, 0.5 * np.minimum(points - low, high - points)
