"""Rival rates, scored on the points that the claimed rate is measured on.

A rate r fits a quantity G when G/r hardly moves over decades of n. Slopes on log-log paper mislead:
1/sqrt(n log n) looks like n^-0.574 on [1e2, 1e4] (theory section 3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb

from paygrade.certificate.search import lower_float, upper_float

WORSE = 3.0  # a rival's drift must exceed this many times the claim's own
DRIFT = 0.2  # and this much, on the natural logarithm

RIVALS: dict[str, Callable[[Any], Any]] = {
    "1/n": lambda n: -n.log(),
    "1/√n": lambda n: -n.log() / 2,
    "1/√(n log n)": lambda n: -(n.log() + n.log().log()) / 2,
}


@dataclass(frozen=True)
class Rival:
    """A rate that the claim denies.

    Attributes:
        rate: its name.
        drift: proved lower bound on max - min of log(G/rate) over the points, the best constants
            chosen.
        rejected: whether that is too much to be the rate.
    """

    rate: str
    drift: float
    rejected: bool


def score_rivals(
    points: Sequence[Any], balls: Sequence[Any], claimed: Sequence[Any], order: str
) -> tuple[Rival, ...]:
    """Return the scores of all rates but `order` on the upper two thirds of the points.

    Arguments:
        points: the values of n.
        balls: enclosures of G there.
        claimed: what is claimed of G there, its own rate.
        order: the name of the claimed order.
    """
    start = len(points) // 3 if len(points) >= 6 else 0
    logs = [ball.log() for ball in balls[start:]]
    own = _spread([log - value.log() for log, value in zip(logs, claimed[start:], strict=True)])
    numbers = [arb(n) for n in points[start:]]
    scored = []
    for name, rate in RIVALS.items():
        if name != order:
            scored.append(
                (name, _spread([g - rate(n) for g, n in zip(logs, numbers, strict=True)]))
            )
    if order != "exp(-cn)":
        scored.append(("exp(-cn)", _exponential(logs, numbers)))
    most = upper_float(own)
    return tuple(
        Rival(name, lower_float(drift), lower_float(drift) > max(DRIFT, WORSE * most))
        for name, drift in scored
    )


def _spread(values: Sequence[Any]) -> Any:
    """Return a ball for max - min."""
    highest, lowest = values[0], values[0]
    for value in values[1:]:
        highest, lowest = highest.max(value), lowest.min(value)
    return highest - lowest


def _exponential(logs: Sequence[Any], numbers: Sequence[Any]) -> Any:
    """Return the least drift of log G + cn over all c > 0, from three of the points alone.

    The drift over a subset is a lower bound on the drift over all, and on three points the best c
    makes the two outer ones equal: what is left is the distance of the middle one.
    """
    middle = len(logs) // 2
    if len(logs) < 3:
        return arb(0)
    share = (numbers[middle] - numbers[0]) / (numbers[-1] - numbers[0])
    chord = logs[0] + share * (logs[-1] - logs[0])
    return abs(logs[middle] - chord)
