"""Multipliers of a linear program with few variables, as hints in floating point."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

FLAT = 1e-12  # a determinant below this share of its terms is none


class Linear(NamedTuple):
    """value + gradient·(y - centre), up to `doubt` in the gradient; as a condition, 0 or >= 0."""

    value: float
    gradient: Sequence[float]
    doubt: Sequence[float]
    equality: bool = False


def best_prices(
    objective: Linear, conditions: Sequence[Linear], reach: Sequence[float]
) -> list[float]:
    """Return prices m, one a condition, for which min over a box of objective - m·c is large.

    The minimum over the box, value - Σ (|slope_j| + doubt_j) reach_j, is concave and piecewise
    linear in m. But for the doubt its maximum has as many flat directions as prices in use; all
    choices of one or two are tried.
    Prices of inequalities are not negative.

    >>> best_prices(Linear(0.0, [1.0], [0.0]), [Linear(0.0, [2.0], [0.0], True)], [1.0])
    [0.5]
    """
    count = len(conditions)
    best = [0.0] * count
    highest = _least(objective, conditions, best, reach)
    axes = [j for j, r in enumerate(reach) if r > 0.0]
    trials: list[dict[int, float]] = []
    for k, j in itertools.product(range(count), axes):
        if conditions[k].gradient[j] != 0.0:
            trials.append({k: objective.gradient[j] / conditions[k].gradient[j]})
    for (k, m), (i, j) in itertools.product(
        itertools.combinations(range(count), 2), itertools.combinations(axes, 2)
    ):
        trials += _both_flat(objective, conditions, (k, m), (i, j))
    for trial in trials:
        if any(price < 0.0 and not conditions[k].equality for k, price in trial.items()):
            continue
        prices = [trial.get(k, 0.0) for k in range(count)]
        least = _least(objective, conditions, prices, reach)
        if least > highest:
            highest, best = least, prices
    return best


def _both_flat(
    objective: Linear, conditions: Sequence[Linear], pair: tuple[int, int], axes: tuple[int, int]
) -> list[dict[int, float]]:
    """Return the prices of two conditions that flatten two directions, if there are any."""
    one, two = conditions[pair[0]].gradient, conditions[pair[1]].gradient
    i, j = axes
    terms = (one[i] * two[j], one[j] * two[i])
    scale = terms[0] - terms[1]
    if not abs(scale) > FLAT * max(map(abs, terms)):
        return []
    a, b = objective.gradient[i], objective.gradient[j]
    return [
        {
            pair[0]: (a * two[j] - b * two[i]) / scale,
            pair[1]: (b * one[i] - a * one[j]) / scale,
        }
    ]


def _least(
    objective: Linear, conditions: Sequence[Linear], prices: Sequence[float], reach: Sequence[float]
) -> float:
    value, slopes, doubts = objective.value, list(objective.gradient), list(objective.doubt)
    for price, condition in zip(prices, conditions, strict=True):
        if price:
            value -= price * condition.value
            slopes = [s - price * g for s, g in zip(slopes, condition.gradient, strict=True)]
            doubts = [d + abs(price) * e for d, e in zip(doubts, condition.doubt, strict=True)]
    return value - sum((abs(s) + d) * r for s, d, r in zip(slopes, doubts, reach, strict=True))
