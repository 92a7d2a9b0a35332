"""The best tiered contract: cutoffs and wages together.

For given cutoffs the tiers are the outcomes of a coarser monitor, and the best wages on them are
its general schedule. The cutoffs are found by adding one at a time where it helps most, then moving
each in turn; effort and cutoffs are improved alternately when the effort is free.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from paygrade.agent.expected import agent_utility
from paygrade.agent.response import best_response
from paygrade.design.binary import BonusSearch
from paygrade.design.cutoffs import is_count
from paygrade.design.proposal import MARGIN, Proposal, infeasible
from paygrade.design.schedule import ScheduleSearch
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged
from paygrade.model.contract import BinaryContract, Contract, TieredContract, WageSchedule
from paygrade.model.finite import FiniteMonitor
from paygrade.model.monitor import Array, Monitor
from paygrade.model.problem import MoralHazard

LENIENCE = np.arange(-2.0, 4.5, 0.5)  # standard deviations below the mean where a tier may begin
ROUNDS = 4  # of moving every cutoff, and of improving effort and cutoffs in turn
MEMORY = 3  # deviations that a neighbouring problem is started with
FINEST = 1e-4  # of the first step: where the search for a continuous cutoff ends
GAIN = 1e-9  # money, relative: improvement that is worth another round


@dataclass(frozen=True)
class TierMonitor(FiniteMonitor):
    """The tier that an outcome falls into: 0 below the first cutoff, t above the last."""

    monitor: Monitor
    cutoffs: tuple[float, ...]
    outcomes: Sequence[float] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", tuple(np.arange(len(self.cutoffs) + 1.0).tolist()))

    @property
    def highest_effort(self) -> float:
        return self.monitor.highest_effort

    def law(self, effort: float) -> Array:
        passing = [float(self.monitor.pass_probability(c, effort)) for c in self.cutoffs]
        failing = float(self.monitor.fail_probability(self.cutoffs[0], effort))
        return np.array([failing, *-np.diff(passing), passing[-1]])

    def law_slope(self, effort: float) -> Array:
        slopes = [float(self.monitor.pass_slope(c, effort)) for c in self.cutoffs]
        return -np.diff([0.0, *slopes, 0.0])

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        return self.monitor.transition_efforts(self.cutoffs[round(cutoff) - 1], z)

    def mean_outcome(self, effort: ArrayLike) -> Array:
        return self.monitor.mean_outcome(effort)


@dataclass
class WagesOnTiers(ScheduleSearch):
    """The general schedule on the tiers; what the agent would do is asked of the whole monitor."""

    whole: MoralHazard | None = None

    def temptation(self, contract: Contract, effort: float) -> tuple[float, float]:
        monitor = self.problem.monitor
        if self.whole is None or not isinstance(monitor, TierMonitor):
            return super().temptation(contract, effort)
        wages = contract.wage(np.asarray(monitor.outcomes))
        announced = TieredContract(monitor.cutoffs, wages)
        response = best_response(self.whole, announced)
        own = float(agent_utility(self.whole, announced, effort))
        return response.effort, response.utility - own


@dataclass
class TierSearch:
    """The search for a tiered contract in one problem.

    Arguments:
        effort: the effort to implement, or None to choose it.
        tiers: number of cutoffs.
        local_only: drop global incentive compatibility (the first-order relaxation).
    """

    problem: MoralHazard
    effort: float | None = None
    tiers: int = 2
    local_only: bool = False
    margin: float = MARGIN
    known: dict[tuple[float, tuple[float, ...]], float] = field(default_factory=dict)
    seen: dict[float, list[float]] = field(default_factory=dict)  # deviations that bound before

    def solve(self) -> Proposal:
        """Return the best tiered contract.

        Raises:
            InfeasibleContract: when no tiered contract meets the constraints.
            NoOptimum: when ever harsher punishments keep paying (Mirrlees).
        """
        effort, cutoffs = self._start()
        best = self._improve(effort, self._grow(effort, cutoffs))
        for _ in range(ROUNDS if self.effort is None else 0):
            effort = self._best_effort(best)
            moved = self._improve(effort, self._cutoffs(best))
            if moved.payoff <= best.payoff + GAIN * (1.0 + abs(best.payoff)):
                return max(best, moved, key=lambda made: made.payoff)
            best = moved
        return best

    def deter(self, effort: float, deviation: float) -> None:
        """Forbid `deviation` in every later contract for `effort`: the witness of a refusal."""
        self.seen.setdefault(effort, []).append(deviation)
        self.known.clear()

    def at(self, effort: float, cutoffs: Sequence[float]) -> Proposal | None:
        """Return the best wages for these cutoffs and this effort; None where there are none."""
        cutoffs = tuple(sorted(set(cutoffs)))
        search = self._wages(cutoffs)
        search.deterred[effort] = self.seen.get(effort, [])
        try:
            made = search.implement(effort)
        except NotConverged:
            return None
        if made is not None:
            self.seen[effort] = list(made.deviations)[-MEMORY:]
        if made is None or not isinstance(made.contract, WageSchedule):
            return None
        contract = TieredContract(cutoffs, made.contract.wages)
        return Proposal(contract, effort, float(self.problem.value(effort)) - made.solution.cost)

    def _wages(self, cutoffs: tuple[float, ...]) -> WagesOnTiers:
        tiers = replace(self.problem, monitor=TierMonitor(self.problem.monitor, cutoffs))
        return WagesOnTiers(
            tiers, local_only=self.local_only, whole=self.problem, margin=self.margin
        )

    def _start(self) -> tuple[float, tuple[float, ...]]:
        """Return the best bonus rule's effort and cutoff, or a guess where there is none."""
        try:
            made = BonusSearch(self.problem, self.effort, local_only=self.local_only).solve()
        except InfeasibleContract:
            effort = ScheduleSearch(self.problem).solve().effort
            return (effort if self.effort is None else self.effort), ()
        contract = made.contract
        return made.effort, (contract.cutoff,) if isinstance(contract, BinaryContract) else ()

    def _grow(self, effort: float, cutoffs: tuple[float, ...]) -> tuple[float, ...]:
        """Return `tiers` cutoffs, each added where it helps most."""
        candidates = np.unique(self.problem.monitor.cutoff_at(effort, LENIENCE)).tolist()
        while len(cutoffs) < self.tiers:
            left = [c for c in candidates if c not in cutoffs]
            if not left:
                break
            cutoffs = (*cutoffs, max(left, key=lambda c: self._payoff(effort, (*cutoffs, c))))
        return tuple(sorted(cutoffs))

    def _improve(self, effort: float, cutoffs: tuple[float, ...]) -> Proposal:
        """Return the best contract after moving each cutoff in turn."""
        payoff = self._payoff(effort, cutoffs)
        for _ in range(ROUNDS):
            for place in range(len(cutoffs)):
                cutoffs = self._move(effort, cutoffs, place)
            moved = self._payoff(effort, cutoffs)
            if moved <= payoff + GAIN * (1.0 + abs(payoff)):
                break
            payoff = moved
        best = self.at(effort, cutoffs)
        if best is None:
            raise infeasible(self.problem, "tiered contract")
        return best

    def _move(self, effort: float, cutoffs: tuple[float, ...], place: int) -> tuple[float, ...]:
        def with_mark(mark: float) -> tuple[float, ...]:
            return (*cutoffs[:place], mark, *cutoffs[place + 1 :])

        low, high = self._room(effort, cutoffs, place)
        best = _climb(
            lambda mark: self._payoff(effort, with_mark(mark)),
            cutoffs[place], low, high, whole=is_count(self.problem),
        )  # fmt: skip
        return with_mark(best)

    def _room(self, effort: float, cutoffs: tuple[float, ...], place: int) -> tuple[float, float]:
        ends = self.problem.monitor.cutoff_at(effort, np.array([12.0, -12.0]))
        gap = 1.0 if is_count(self.problem) else 1e-9
        low = cutoffs[place - 1] + gap if place else min(float(ends[0]), cutoffs[0])
        last = place == len(cutoffs) - 1
        return low, max(float(ends[1]), cutoffs[-1]) if last else cutoffs[place + 1] - gap

    def _payoff(self, effort: float, cutoffs: Sequence[float]) -> float:
        key = (effort, tuple(sorted(set(cutoffs))))
        if key not in self.known:
            made = self.at(*key)
            self.known[key] = -math.inf if made is None else made.payoff
        return self.known[key]

    def _best_effort(self, best: Proposal) -> float:
        cutoffs = self._cutoffs(best)
        try:
            return self._wages(cutoffs).solve().effort
        except (InfeasibleContract, NoOptimum, NotConverged):
            return best.effort

    def _cutoffs(self, best: Proposal) -> tuple[float, ...]:
        contract: Contract = best.contract
        return contract.cutoffs if isinstance(contract, TieredContract) else ()


def _climb(
    payoff: Callable[[float], float], start: float, low: float, high: float, *, whole: bool
) -> float:
    """Return the top of the hill that `start` stands on: steps that double, then halve."""
    best, top = start, payoff(start)
    step = 1.0 if whole else max((high - low) / 64.0, 1e-12)
    least = 1.0 if whole else step * FINEST
    while step >= least:
        trials = [mark for mark in (best - step, best + step) if low <= mark <= high]
        found = max(trials, key=payoff, default=best)
        height = payoff(found)
        if height > top:
            best, top, step = found, height, 2.0 * step
        else:
            step = step / 2.0 if not whole else float(int(step / 2.0))
            if step == 0.0:
                break
    return best
