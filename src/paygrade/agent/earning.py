"""What work earns, in money alone: mean and spread, by the hour, and how luck treats it.

These are the figures by which a rule can be judged fair before anybody works under it. They need
no taste for money and no cost of effort: the law of the outcome and the wages say all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import at_least, positive
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    FlatWage,
    LinearContract,
    TieredContract,
)
from paygrade.model.counting import CountingMonitor
from paygrade.model.monitor import Monitor
from paygrade.model.problem import MoralHazard

Array = NDArray[np.float64]

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)  # efforts looked at unless others are named
CENT = 1e-9  # relative: wages this close to a floor are not below it


@dataclass(frozen=True)
class Earnings:
    """What work at one effort earns.

    Attributes:
        effort: share of items that get attention.
        mean: expected pay of a batch (money).
        deviation: standard deviation of a batch's pay (money).
        denied: probability of less than the highest pay of a bonus or of tiers; None for pay that
            has no steps, where nothing is denied.
        hourly: expected pay by the hour (money); None without hours.
        below_floor: probability that a batch earns less by the hour than the floor; None without.
    """

    effort: float
    mean: float
    deviation: float
    denied: float | None
    hourly: float | None = None
    below_floor: float | None = None


@checked_arguments
def earnings(
    problem: MoralHazard | Monitor,
    contract: Contract,
    efforts: Sequence[float] = LEVELS,
    *,
    hours: float | None = None,
    floor: float | None = None,
) -> tuple[Earnings, ...]:
    """Return what each effort earns under `contract`, one entry for each of `efforts`.

    Sums over the exact law of the count. The hours are those of a careful batch and are taken to
    be the same at any effort, so the hourly pay of somebody who hurries is understated.

    Arguments:
        problem: or its monitor alone; a counting monitor.
        contract: a flat, bonus, linear or tiered rule, or a schedule of wages.
        efforts: where to look, each in [0, 1].
        hours: that a batch takes; needed for figures by the hour.
        floor: hourly pay below which a batch is underpaid (money an hour).

    Raises:
        ModelError: the numbers make no sense, or the monitor's outcomes can't be listed.

    >>> import paygrade as pg
    >>> rule = pg.BinaryContract(base=8.0, bonus=4.5, cutoff=7)
    >>> checks = pg.GoldenQuestions(n=10, margin=0.7)
    >>> shirker, careful = pg.earnings(checks, rule, [0.0, 1.0], hours=1.0, floor=12.0)
    >>> round(shirker.mean, 2), round(careful.mean, 2), round(careful.denied, 3)
    (8.77, 12.28, 0.05)
    >>> round(careful.below_floor, 3)
    0.05
    """
    monitor = problem.monitor if isinstance(problem, MoralHazard) else problem
    if not isinstance(monitor, CountingMonitor):
        raise ModelError(
            f"{type(monitor).__name__} has no counts, so pay can't be listed; use a monitor that"
            " counts, such as GoldenQuestions"
        )
    problems = [] if hours is None else positive("hours", hours, "is no time to work")
    problems += [] if floor is None else at_least("floor", floor, 0.0, "is no hourly pay")
    if floor is not None and hours is None:
        problems.append(f"floor={floor!r} is by the hour, and hours are not given; give both")
    for effort in efforts:
        if not 0.0 <= effort <= 1.0:
            problems.append(f"effort={effort!r} is no effort; give numbers from 0 to 1")
    raise_problems(problems)
    return tuple(_at(monitor, contract, float(e), hours, floor) for e in efforts)


def _at(
    monitor: CountingMonitor,
    contract: Contract,
    effort: float,
    hours: float | None,
    floor: float | None,
) -> Earnings:
    counts, probability = monitor.probabilities(effort)
    wages = wages_of(contract, counts, monitor.n)
    mean = float(probability @ wages)
    below = None
    if floor is not None and hours is not None:
        needed = floor * hours
        short = wages < needed - CENT * (1.0 + abs(needed))
        below = min(1.0, float(probability[short].sum()))
    return Earnings(
        effort=effort,
        mean=mean,
        deviation=float(np.sqrt(probability @ (wages - mean) ** 2)),
        denied=_denied(monitor, contract, effort),
        hourly=None if hours is None else mean / hours,
        below_floor=below,
    )


def wages_of(contract: Contract, counts: Array, n: int) -> Array:
    """Return the wage at each of `counts` agreements in n checks; the shape of `counts`."""
    if isinstance(contract, LinearContract):
        return np.asarray(contract.wage(counts / n), float)
    return np.asarray(contract.wage(counts), float)


def _denied(monitor: CountingMonitor, contract: Contract, effort: float) -> float | None:
    """Return P(pay below the highest); None where pay moves without steps, or not at all."""
    match contract:
        case BinaryContract(_, bonus, cutoff) if bonus > 0:
            return float(monitor.fail_probability(cutoff, effort))
        case TieredContract(_, wages) if len(set(wages)) > 1:
            counts, probability = monitor.probabilities(effort)
            short = contract.wage(counts) < max(wages)
            return min(1.0, float(probability[short].sum()))
        case FlatWage() | _:
            return None
