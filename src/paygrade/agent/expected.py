"""What a contract is worth at each effort: expected wage (money) and agent's payoff (utils)."""

import math
from collections.abc import Callable, Sequence
from typing import TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.agent.outcomes import (
    OutcomeFunction,
    expectation,
    expectation_slope,
    pay_steps,
)
from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    DebtContract,
    FlatWage,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.model.counting import CountingMonitor
from paygrade.model.holmstrom import HolmstromSchedule
from paygrade.model.monitor import Monitor
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import CARA, RiskNeutral, Utility

Array = NDArray[np.float64]


@checked_arguments
def agent_utility(problem: MoralHazard, contract: Contract, effort: ArrayLike) -> Array:
    """Return the agent's payoff E_e[u(w(X))] - c(e), utils; the shape of `effort`.

    Under `CARA(cost_in_money=True)` it is the certainty equivalent net of cost (money). It is -inf
    where the contract pays less than the utility's domain allows with positive probability.

    Raises:
        ModelError: for a class of contract that the monitor has no law for.
    """
    effort = np.asarray(effort, float)
    if _is_len(contract, problem):
        return np.asarray(_len_wage(problem, contract, effort) - problem.cost(effort))
    return problem.agent_payoff(promised_utility(problem, contract, effort), effort)


def agent_slope(problem: MoralHazard, contract: Contract, effort: ArrayLike) -> Array:
    """Return the derivative of `agent_utility` in effort; zero at an interior best response."""
    effort = np.asarray(effort, float)
    if _is_len(contract, problem):
        return np.asarray(contract.slope - problem.cost.derivative(effort))
    slope = promised_slope(problem, contract, effort)
    if problem.utility.cost_in_money:  # the certainty equivalent is h(E[u]), and h' = 1/u'
        slope = slope * problem.utility.inverse_derivative(
            promised_utility(problem, contract, effort)
        )
    return np.asarray(slope - problem.cost.derivative(effort))


@checked_arguments
def expected_wage(problem: MoralHazard, contract: Contract, effort: ArrayLike) -> Array:
    """Return E_e[w(X)], money; the shape of `effort`."""
    effort, monitor = np.asarray(effort, float), problem.monitor
    match contract:
        case FlatWage(amount):
            return np.full_like(effort, amount)
        case BinaryContract(base, bonus, cutoff):
            return base + bonus * monitor.pass_probability(cutoff, effort)
        case LinearContract(intercept, slope):
            return intercept + slope * monitor.mean_outcome(effort)
        case TieredContract(cutoffs, wages):
            return _over_tiers(monitor.pass_probability, cutoffs, np.array(wages), effort)
        case WageSchedule() if not monitor.is_discrete:
            cutoffs, wages = pay_steps(contract)
            return _over_tiers(monitor.pass_probability, cutoffs, np.array(wages), effort)
        case WageSchedule() | HolmstromSchedule() | DebtContract():
            breaks = _kinks(contract)
            return _each(effort, lambda e: expectation(monitor, contract.wage, e, breaks))
    raise ModelError(_unknown(contract))


def promised_utility(problem: MoralHazard, contract: Contract, effort: Array) -> Array:
    """Return E_e[u(w(X))], utils; the shape of `effort`."""
    u, monitor = problem.utility, problem.monitor
    match contract:
        case FlatWage(amount):
            return np.full_like(effort, u(amount))
        case BinaryContract(base, bonus, cutoff):
            return _weighted(float(u(base)), monitor.fail_probability(cutoff, effort)) + _weighted(
                float(u(base + bonus)), monitor.pass_probability(cutoff, effort)
            )
        case LinearContract(_, slope) if slope == 0:
            return np.full_like(effort, u(contract.intercept))
        case LinearContract() if isinstance(monitor, NormalMonitor) and _has_formula(u):
            return _linear_normal(u, contract, monitor, effort)
        case TieredContract(cutoffs, wages):
            return _over_tiers(monitor.pass_probability, cutoffs, u(wages), effort)
        case WageSchedule() if not monitor.is_discrete:
            cutoffs, wages = pay_steps(contract)
            return _over_tiers(monitor.pass_probability, cutoffs, u(wages), effort)
        case LinearContract() | WageSchedule() | HolmstromSchedule() | DebtContract():
            utils, breaks = _utils(u, contract, monitor), _kinks(contract)
            return _each(effort, lambda e: expectation(monitor, utils, e, breaks))
    raise ModelError(_unknown(contract))


def promised_slope(problem: MoralHazard, contract: Contract, effort: Array) -> Array:
    """Return d/de E_e[u(w(X))], utils per unit of effort; the shape of `effort`."""
    u, monitor = problem.utility, problem.monitor
    match contract:
        case FlatWage():
            return np.zeros_like(effort)
        case BinaryContract(base, bonus, cutoff):
            stake = float(u(base + bonus)) - float(u(base))
            return _weighted(stake, monitor.pass_slope(cutoff, effort))
        case LinearContract(_, slope) if slope == 0:
            return np.zeros_like(effort)
        case LinearContract() if isinstance(monitor, NormalMonitor) and _has_formula(u):
            return _linear_normal_slope(u, contract, monitor, effort)
        case TieredContract(cutoffs, wages):
            return _over_tiers(monitor.pass_slope, cutoffs, u(wages), effort, start=0.0)
        case WageSchedule() if not monitor.is_discrete:
            cutoffs, wages = pay_steps(contract)
            return _over_tiers(monitor.pass_slope, cutoffs, u(wages), effort, start=0.0)
        case LinearContract() | WageSchedule() | HolmstromSchedule() | DebtContract():
            utils, breaks = _utils(u, contract, monitor), _kinks(contract)
            return _each(effort, lambda e: expectation_slope(monitor, utils, e, breaks))
    raise ModelError(_unknown(contract))


def _utils(u: Utility, contract: Contract, monitor: Monitor) -> OutcomeFunction:
    """Return the promised utility of each outcome."""
    if isinstance(contract, LinearContract) and isinstance(monitor, CountingMonitor):
        return lambda counts: u(contract.wage(counts / monitor.n))
    return lambda outcomes: u(contract.wage(outcomes))


def _kinks(contract: Contract) -> tuple[float, ...]:
    match contract:
        case HolmstromSchedule():
            return contract.kinks
        case DebtContract(face_value):
            return (face_value,)
    return ()


def _over_tiers(
    tail: Callable[[float, Array], Array],
    cutoffs: Sequence[float],
    levels: Array,
    effort: Array,
    start: float = 1.0,
) -> Array:
    """Return the sum of the steps in `levels`, each weighted by its tail; the first by `start`."""
    total = np.full_like(effort, start * levels[0] if start else 0.0)
    for cutoff, step in zip(cutoffs, np.diff(levels), strict=True):
        total = total + _weighted(float(step), tail(cutoff, effort))
    return total


def _is_len(contract: Contract, problem: MoralHazard) -> TypeGuard[LinearContract]:
    """Whether certainty equivalents are exact: linear pay, CARA in money, a normal outcome."""
    return (
        isinstance(contract, LinearContract)
        and isinstance(problem.monitor, NormalMonitor)
        and problem.utility.cost_in_money
    )


def _len_wage(problem: MoralHazard, contract: LinearContract, effort: Array) -> Array:
    monitor, utility = problem.monitor, problem.utility
    if not (isinstance(monitor, NormalMonitor) and isinstance(utility, CARA)):
        raise ModelError(_unknown(contract))
    risk = utility.risk_aversion * (contract.slope * monitor.standard_error) ** 2 / 2.0
    return np.asarray(contract.wage(effort) - risk)


def _has_formula(utility: Utility) -> bool:
    """Whether normal linear pay is worth a closed expression: ruin, or an exponential's mean."""
    return isinstance(utility, RiskNeutral | CARA) or math.isfinite(utility.lowest_wage)


def _linear_normal(
    u: Utility, contract: LinearContract, monitor: NormalMonitor, effort: Array
) -> Array:
    mean = contract.wage(effort)
    if isinstance(u, RiskNeutral):
        return u(mean)
    if isinstance(u, CARA):  # E[exp(-rw)] of a normal wage
        risk = u.risk_aversion * (contract.slope * monitor.standard_error) ** 2 / 2.0
        return u(mean - risk)
    # Any other utility ends at a lowest wage, and a normal outcome falls below it at times.
    return np.full_like(effort, -math.inf)


def _linear_normal_slope(
    u: Utility, contract: LinearContract, monitor: NormalMonitor, effort: Array
) -> Array:
    if isinstance(u, RiskNeutral):
        return np.full_like(effort, u.scale * contract.slope)
    if isinstance(u, CARA):
        expected = _linear_normal(u, contract, monitor, effort)
        return np.asarray(-u.risk_aversion * contract.slope * expected)
    return np.full_like(effort, math.nan)


def _weighted(utils: float, probability: Array) -> Array:
    """Return utils·probability, where -inf utils at probability 0 do no harm."""
    with np.errstate(invalid="ignore"):
        return np.where(probability > 0, utils * probability, 0.0)


def _each(effort: Array, function: Callable[[float], float]) -> Array:
    return np.array([function(float(e)) for e in effort.ravel()]).reshape(effort.shape)


def _unknown(contract: Contract) -> str:
    return (
        f"{type(contract).__name__} is no class of contract this library can price; use FlatWage,"
        " BinaryContract, LinearContract, TieredContract or WageSchedule"
    )
