"""How one type answers many rules at once: effort, utility and what it earns the principal.

The certificate decides; this is the designer's quick look. Efforts lie on a grid that is dense
where passing turns from unlikely to likely, and the root of the first-order condition is
interpolated between two of its points.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from paygrade.agent.expected import agent_utility
from paygrade.agent.response import with_transition
from paygrade.design.proposal import candidate_efforts
from paygrade.design.stake import MoneyStake, stake_of
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.counting import CountingMonitor
from paygrade.model.effort import Finite
from paygrade.model.problem import Array, MoralHazard

POINTS = 97  # efforts of the grid besides the transition
FULL = 1.0 - 1e-15  # a stake of CARA in money stays below 1


@dataclass(frozen=True)
class Answers:
    """What a type does under each of m rules: efforts, utility (its own unit), payoff (money)."""

    effort: Array
    utility: Array
    payoff: Array


class BonusAnswers:
    """One type's answers to bonus rules with one cutoff."""

    def __init__(self, problem: MoralHazard, cutoff: float) -> None:
        self.problem, self.cutoff = problem, cutoff
        self.stakes = stake_of(problem)
        efforts = candidate_efforts(problem, POINTS)
        if not isinstance(problem.efforts, Finite):
            efforts = with_transition(problem, efforts, cutoff)
        self.efforts = efforts

    @cached_property
    def passing(self) -> Array:
        """Pass probability on the grid, (k,)."""
        return self.problem.monitor.pass_probability(self.cutoff, self.efforts)

    @cached_property
    def slopes(self) -> tuple[Array, Array]:
        """Slopes of pass probability and cost on the grid, (k,) each."""
        with np.errstate(divide="ignore"):
            return (
                self.problem.monitor.pass_slope(self.cutoff, self.efforts),
                self.problem.cost.derivative(self.efforts),
            )

    @cached_property
    def cost(self) -> Array:
        """Cost on the grid, (k,)."""
        return self.problem.cost(self.efforts)

    def to(self, base: Array, bonus: Array) -> Answers:
        """Return the answers to the rules with these bases and bonuses, (m,) each, money."""
        p = self.problem
        stake = self._stake(base, bonus)
        gain = self.stakes.gain(stake[:, None], self.passing[None, :]) - self.cost
        effort = self._interpolated(stake, np.argmax(gain, axis=1))
        passing = p.monitor.pass_probability(self.cutoff, effort)
        utility = self.stakes.gain(stake, passing) - p.cost(effort)
        utility = np.maximum(utility, gain.max(axis=1))
        level = base if p.utility.cost_in_money else p.utility(base)
        wage = base + bonus * passing
        return Answers(effort, level + utility, np.asarray(p.value(effort) - wage))

    def _stake(self, base: Array, bonus: Array) -> Array:
        u = self.problem.utility
        if isinstance(self.stakes, MoneyStake):
            return np.minimum(-np.expm1(-getattr(u, "risk_aversion", 0.0) * bonus), FULL)
        with np.errstate(invalid="ignore"):
            return np.asarray(u(base + bonus) - u(base))

    def _interpolated(self, stake: Array, top: Array) -> Array:
        """Return the root of the first-order condition next to each grid summit."""
        if isinstance(self.problem.efforts, Finite):
            return np.asarray(self.efforts[top])
        passing, cost = self.slopes
        weight = np.ones_like(self.passing)
        if isinstance(self.stakes, MoneyStake):
            r = getattr(self.problem.utility, "risk_aversion", 1.0)
            weight = 1.0 / (r * (1.0 - stake[:, None] * self.passing[None, :]))
        slope = stake[:, None] * passing * weight - cost
        rows, last = np.arange(len(stake)), len(self.efforts) - 1
        here = slope[rows, top]
        other = np.clip(np.where(here > 0, top + 1, top - 1), 0, last)
        there = slope[rows, other]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip(here / (here - there), 0.0, 1.0)
        crossing = (np.sign(here) * np.sign(there) < 0) & np.isfinite(share)
        step = self.efforts[other] - self.efforts[top]
        return np.asarray(self.efforts[top] + np.where(crossing, share, 0.0) * step)


class LinearAnswers:
    """One type's answers to linear rules."""

    def __init__(self, problem: MoralHazard, cutoff: float) -> None:
        self.problem = problem
        self.efforts = candidate_efforts(problem, POINTS)

    @cached_property
    def _laws(self) -> tuple[Array, Array]:
        """Outcomes, (x,), and their probabilities at each effort of the grid, (k, x)."""
        outcomes, _ = self.problem.monitor.nodes(0.0)
        densities = [self.problem.monitor.log_density(outcomes, e) for e in self.efforts.tolist()]
        return outcomes, np.exp(np.array(densities))

    def to(self, base: Array, bonus: Array) -> Answers:
        """Return the answers to the rules with these intercepts and slopes, (m,) each, money."""
        payoffs = np.array([self._payoffs(a, b) for a, b in zip(base, bonus, strict=True)])
        top = np.argmax(payoffs, axis=1)
        effort = self._interpolated(payoffs, top)
        wage = base + bonus * self.problem.monitor.mean_outcome(effort)
        return Answers(effort, payoffs.max(axis=1), np.asarray(self.problem.value(effort) - wage))

    def _payoffs(self, intercept: float, slope: float) -> Array:
        p, rule = self.problem, LinearContract(intercept, slope)
        if not p.monitor.is_discrete:
            return agent_utility(p, rule, self.efforts)
        outcomes, laws = self._laws
        scale = p.monitor.n if isinstance(p.monitor, CountingMonitor) else 1
        return p.agent_payoff(laws @ p.utility(rule.wage(outcomes / scale)), self.efforts)

    def _interpolated(self, payoffs: Array, top: Array) -> Array:
        """Return the summit of the parabola through the best point and its neighbours."""
        if isinstance(self.problem.efforts, Finite):
            return np.asarray(self.efforts[top])
        rows, inner = np.arange(len(top)), np.clip(top, 1, len(self.efforts) - 2)
        left, here, right = (payoffs[rows, inner + i] for i in (-1, 0, 1))
        step = self.efforts[inner + 1] - self.efforts[inner]
        with np.errstate(divide="ignore", invalid="ignore"):
            shift = 0.5 * step * (left - right) / (left - 2.0 * here + right)
        summit = self.efforts[inner] + np.where(np.isfinite(shift), shift, 0.0)
        return np.asarray(np.clip(summit, self.efforts[0], self.efforts[-1]))


def rule_of(family: type[Contract], base: float, bonus: float, cutoff: float) -> Contract:
    """Return the rule of a family that these numbers make."""
    if family is LinearContract:
        return LinearContract(float(base), float(bonus))
    return BinaryContract(float(base), float(bonus), float(cutoff))
