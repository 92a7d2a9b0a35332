"""Expectations over outcomes: E_e[f(X)] and its derivative in effort, whatever the monitor.

For a count, d/de E[f(K)] = Σ (f(k) - f(k-1))·d/de P(K >= k): the covariance of f with the score
(theory T3) with no division by A(1 - A), so it holds at certain outcomes too. Elsewhere the score
itself is summed.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from paygrade.model.contract import WageSchedule
from paygrade.model.counting import CountingMonitor
from paygrade.model.monitor import Monitor

Array = NDArray[np.float64]
OutcomeFunction = Callable[[Array], Array]  # outcomes (m,) -> values (m,)


def expectation(
    monitor: Monitor, function: OutcomeFunction, effort: float, breaks: Sequence[float] = ()
) -> float:
    """Return E_e[f(X)]; -inf values at probability 0 do no harm."""
    outcomes, probability = _law(monitor, effort, tuple(breaks))
    with np.errstate(invalid="ignore"):
        return float(np.where(probability > 0, probability * function(outcomes), 0.0).sum())


def expectation_slope(
    monitor: Monitor, function: OutcomeFunction, effort: float, breaks: Sequence[float] = ()
) -> float:
    """Return d/de E_e[f(X)]."""
    if isinstance(monitor, CountingMonitor):
        counts, slopes = _tail_slopes(monitor, effort)
        with np.errstate(invalid="ignore"):
            steps = np.diff(function(np.append(counts[0] - 1.0, counts)))
            return float(np.where(slopes > 0, slopes * steps, 0.0).sum())
    outcomes, slopes = _law_slope(monitor, effort, tuple(breaks))
    with np.errstate(invalid="ignore"):
        return float(np.where(slopes != 0, slopes * function(outcomes), 0.0).sum())


def pay_steps(contract: WageSchedule) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the outcomes at which pay changes, (t,), and the wages between them, (t + 1,)."""
    wages = np.asarray(contract.wages)
    places = np.flatnonzero(np.diff(wages)) + 1
    cutoffs = tuple(np.asarray(contract.outcomes)[places].tolist())
    return cutoffs, (contract.wages[0], *wages[places].tolist())


@lru_cache(maxsize=8)  # a designer prices many rules at one effort before it tries the next
def _law(monitor: Monitor, effort: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
    if isinstance(monitor, CountingMonitor):
        return monitor.probabilities(effort)
    outcomes, log_weight = monitor.nodes(effort, breaks)
    return outcomes, np.exp(log_weight + monitor.log_density(outcomes, effort))


@lru_cache(maxsize=8)
def _tail_slopes(monitor: CountingMonitor, effort: float) -> tuple[Array, Array]:
    return monitor.tail_slopes(effort)


@lru_cache(maxsize=8)
def _law_slope(monitor: Monitor, effort: float, breaks: tuple[float, ...]) -> tuple[Array, Array]:
    outcomes, log_weight = monitor.nodes(effort, breaks)
    return outcomes, np.exp(log_weight) * monitor.density_slope(outcomes, effort)
