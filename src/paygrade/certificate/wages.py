"""Which wages a contract can pay, and how far they stay from the wage floor and cap."""

import math

from paygrade.model.contract import (
    BinaryContract,
    Contract,
    DebtContract,
    FlatWage,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.model.holmstrom import HolmstromSchedule
from paygrade.model.monitor import Monitor
from paygrade.model.problem import MoralHazard


def wage_slack_of(problem: MoralHazard, contract: Contract) -> float:
    """Return the least distance of a wage from the bounds (money): negative where one breaks."""
    low, high = wage_range(problem, contract)
    above = math.inf if problem.wage_floor is None else low - problem.wage_floor
    below = math.inf if problem.wage_cap is None else problem.wage_cap - high
    return min(above, below)


def wage_range(problem: MoralHazard, contract: Contract) -> tuple[float, float]:
    """Return the least and greatest wage (money) that `contract` can pay."""
    match contract:
        case BinaryContract(base, bonus):
            return base, base + bonus
        case LinearContract(intercept, slope) if slope > 0:
            return _linear_range(problem.monitor, intercept, slope)
        case LinearContract(intercept):
            return intercept, intercept
        case TieredContract(_, wages) | WageSchedule(_, wages):
            return min(wages), max(wages)
        case FlatWage(amount):
            return amount, amount
        case DebtContract():
            return 0.0, math.inf
        case HolmstromSchedule():
            return contract.lowest, contract.highest
    return -math.inf, math.inf


def _linear_range(monitor: Monitor, intercept: float, slope: float) -> tuple[float, float]:
    low, high = monitor.mean_bounds
    return intercept + slope * low, intercept + slope * high
