"""What may be asked of a design besides the problem, checked once for all families."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from paygrade.design.dual import DualSolution
from paygrade.design.program import ScheduleProgram
from paygrade.errors import ModelError, raise_problems
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
from paygrade.model.problem import MoralHazard


class OptionKeywords(TypedDict, total=False):
    """The keywords of `Options`, for the signatures that pass them on."""

    effort: float | None
    cutoff: float | None
    bonus_cap: float | None
    round_to: float | None
    tiers: int
    monotone: bool
    method: str
    budget: float | None


FAMILIES = (
    BinaryContract,
    LinearContract,
    TieredContract,
    WageSchedule,
    DebtContract,
    FlatWage,
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of `second_best`.

    Attributes:
        effort: induce this effort as cheaply as possible; None: the best effort too.
        cutoff: pass mark of a bonus contract; None: the best one.
        bonus_cap: largest bonus of a bonus contract (money).
        round_to: announce wages in multiples of this (money), 0.01 for cents; the best rounded
            rule is returned, with the effort that it really induces.
        tiers: number of cutoffs of a tiered contract.
        monotone: schedules only: let wages never fall with the outcome (convex route).
        method: schedules only: "dual" (fast) or "convex" (CVXPY, the reference).
        budget: schedules only: largest expected wage (money).
    """

    effort: float | None = None
    cutoff: float | None = None
    bonus_cap: float | None = None
    round_to: float | None = None
    tiers: int = 2
    monotone: bool = False
    method: str = "dual"
    budget: float | None = None

    @property
    def solver(self) -> Callable[[ScheduleProgram], DualSolution] | None:
        """The solver of one schedule program; None for the dual."""
        if self.method == "dual" and not self.monotone:
            return None
        from paygrade.design.convex import solve_convex

        return partial(solve_convex, monotone=self.monotone)

    def check(self, problem: MoralHazard, family: type[Contract]) -> None:
        """Raise a ModelError that names everything wrong with these options for `family`."""
        if family not in FAMILIES:
            names = ", ".join(member.__name__ for member in FAMILIES)
            raise ModelError(f"family={family!r} can't be designed; give one of {names}")
        raise_problems(
            [
                *self._misplaced(family),
                *self._check_effort(problem),
                *self._check_amounts(),
                *self._check_marks(problem),
            ]
        )

    def _misplaced(self, family: type[Contract]) -> list[str]:
        name, found = family.__name__, []
        if family is not BinaryContract and (self.cutoff, self.bonus_cap) != (None, None):
            found.append(f"cutoff and bonus_cap belong to bonus contracts, not {name}")
        scheduled = self.monotone or self.method != "dual" or self.budget is not None
        if family is not WageSchedule and scheduled:
            found.append(f"monotone, method and budget belong to wage schedules, not {name}")
        if family in (WageSchedule, TieredContract, DebtContract) and self.round_to is not None:
            found.append(f"round_to can't be kept by {name}; round a bonus or linear rule instead")
        if family is DebtContract and self.effort is not None:
            found.append("a debt's effort is the agent's choice; leave effort out")
        if self.round_to is not None and self.effort is not None:
            found.append(
                "round_to with a fixed effort leaves no rule that induces it exactly; give one of"
                " them"
            )
        return found

    def _check_effort(self, problem: MoralHazard) -> list[str]:
        effort, efforts = self.effort, problem.efforts
        if effort is None:
            return []
        if not _is_number(effort) or not efforts.contains(effort):
            text = (
                f"effort={effort!r} is not in the problem's efforts, so no contract induces it;"
                f" choose one between {efforts.low:g} and {efforts.high:g}"
            )
            return [text]
        return []

    def _check_amounts(self) -> list[str]:
        found = []
        if self.bonus_cap is not None and not (_is_number(self.bonus_cap) and self.bonus_cap > 0):
            found.append(f"bonus_cap={self.bonus_cap!r} allows no bonus; give a number above 0")
        step = self.round_to
        if step is not None and not (_is_number(step) and 0 < step < math.inf):
            found.append(f"round_to={step!r} is no step of money; give 0.01 for cents")
        if self.budget is not None and not _is_number(self.budget):
            found.append(f"budget={self.budget!r} is no amount of money; give a number")
        return found

    def _check_marks(self, problem: MoralHazard) -> list[str]:
        found, cutoff, monitor = [], self.cutoff, problem.monitor
        if self.method not in ("dual", "convex"):
            found.append(f"method={self.method!r} is no way to solve; give 'dual' or 'convex'")
        if self.method == "convex" and not monitor.is_discrete:
            found.append(
                f"method='convex' needs outcomes that can be listed, and {type(monitor).__name__}"
                " has a continuum; use 'dual'"
            )
        if not (_is_number(self.tiers) and self.tiers >= 1 and int(self.tiers) == self.tiers):
            found.append(f"tiers={self.tiers!r} is no number of cutoffs; give 1, 2, 3, ...")
        if cutoff is not None and not (_is_number(cutoff) and math.isfinite(cutoff)):
            return [*found, f"cutoff={cutoff!r} is no pass mark; give a finite number"]
        if cutoff is not None and isinstance(monitor, CountingMonitor) and cutoff > monitor.n:
            found.append(
                f"cutoff={cutoff:g} is above the {monitor.n} checks, so nobody can earn the bonus;"
                " lower the cutoff or check more"
            )
        return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
