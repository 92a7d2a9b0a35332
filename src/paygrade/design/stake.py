"""What passing is worth to the agent, and the least of it that makes an effort a best response.

A bonus contract gives the agent a lottery: pass with probability P(e), fail otherwise. With utils
separable from cost the stake is Δ = u(base + bonus) - u(base) and an effort gains Δ·P(e). With
CARA and cost in money the gain is the certainty equivalent -log(1 - y·P(e))/r with the stake
y = 1 - exp(-r·bonus). Local incentive compatibility fixes the stake in closed form (FOC of
gain - cost), and so does indifference to one deviation.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import CARA


@dataclass(frozen=True)
class Stake(ABC):
    """The stake of a bonus contract in one problem."""

    problem: MoralHazard

    @abstractmethod
    def local(self, cost_slope: Array, passing: Array, pass_slope: Array) -> Array:
        """Return the stake whose first-order condition holds; inf or nan where none does."""

    @abstractmethod
    def indifferent(self, extra_cost: Array, passing: Array, passing_below: Array) -> Array:
        """Return the stake at which `extra_cost` is worth passing with P instead of P_below."""

    @abstractmethod
    def gain(self, stake: ArrayLike, passing: Array) -> Array:
        """Return what passing with probability P adds to the agent's payoff."""

    @abstractmethod
    def wages(self, stake: Array, effort: Array, passing: Array) -> tuple[Array, Array]:
        """Return the cheapest (base, wage after passing), money, with participation at `effort`.

        nan or inf where utility has no such wage. The base respects the lowest wage.
        """


class SeparableStake(Stake):
    """Stake Δ in utils: u(w) - c(e)."""

    def local(self, cost_slope: Array, passing: Array, pass_slope: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(cost_slope / pass_slope)

    def indifferent(self, extra_cost: Array, passing: Array, passing_below: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(extra_cost / (passing - passing_below))

    def gain(self, stake: ArrayLike, passing: Array) -> Array:
        return np.asarray(np.asarray(stake) * passing)

    def wages(self, stake: Array, effort: Array, passing: Array) -> tuple[Array, Array]:
        u = self.problem.utility
        least = -math.inf
        if math.isfinite(self.problem.lowest_wage):
            least = float(u(self.problem.lowest_wage))
        with np.errstate(invalid="ignore"):
            fail = np.maximum(self.problem.required_utility(effort) - stake * passing, least)
            success = np.where(fail + stake < u.bounds[1], fail + stake, math.nan)
        # u.inverse(u(floor)) can end a rounding error below the floor, which no proof accepts, and
        # a success paid below the base would rule out the flat wage
        base = np.maximum(u.inverse(fail), self.problem.lowest_wage)
        return base, np.maximum(u.inverse(success), base)


class MoneyStake(Stake):
    """Stake y = 1 - exp(-r·bonus) in (0, 1): -exp(-r(w - c(e)))."""

    @property
    def _r(self) -> float:
        assert isinstance(self.problem.utility, CARA)  # noqa: S101  (chosen by `stake_of`)
        return self.problem.utility.risk_aversion

    def local(self, cost_slope: Array, passing: Array, pass_slope: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            stake = self._r * cost_slope / (pass_slope + self._r * cost_slope * passing)
        return np.where(stake < 1.0, stake, math.nan)

    def indifferent(self, extra_cost: Array, passing: Array, passing_below: Array) -> Array:
        growth = np.exp(self._r * extra_cost)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            stake = (growth - 1.0) / (growth * passing - passing_below)
        return np.where((stake >= 0.0) & (stake < 1.0), stake, math.inf)

    def gain(self, stake: ArrayLike, passing: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-np.log1p(-np.asarray(stake) * passing) / self._r)

    def wages(self, stake: Array, effort: Array, passing: Array) -> tuple[Array, Array]:
        p = self.problem
        participation = p.reservation_utility + p.cost(effort) - self.gain(stake, passing)
        base = np.maximum(participation, p.lowest_wage)
        with np.errstate(divide="ignore", invalid="ignore"):
            return base, base - np.log1p(-stake) / self._r


def stake_of(problem: MoralHazard) -> Stake:
    """Return the stake that suits the problem's preferences."""
    return MoneyStake(problem) if problem.utility.cost_in_money else SeparableStake(problem)
