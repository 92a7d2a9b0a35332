"""The incentive constraints of a risk-neutral agent between levels of effort, in rationals."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from paygrade.errors import ModelError
from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard
from paygrade.model.tabulated import TabulatedMonitor
from paygrade.model.utility import RiskNeutral

FEW_CHECKS = 60  # up to this many a designer solves exactly without being asked
MOST_CHECKS = 400  # beyond, exact binomials grow too long to be worth it

Rationals = Sequence[Fraction]
ZERO = Fraction(0)


@dataclass(frozen=True)
class IncentiveRows:
    """a·t >= b for participation and every other effort, and the target's law."""

    law: Rationals
    rows: list[list[Fraction]]
    rhs: list[Fraction]
    efforts: list[float | None]  # None for participation
    floor: Fraction
    cap: Fraction | None

    @property
    def above_floor(self) -> list[Fraction]:
        """Right-hand sides in payments above the floor."""
        return [b - self.floor * sum(row) for row, b in zip(self.rows, self.rhs, strict=True)]


def incentive_rows(problem: MoralHazard, effort: float) -> IncentiveRows:
    """Return the constraints on payments that implement `effort`, in rationals.

    Raises:
        ModelError: unless the agent is risk neutral with a wage floor and efforts are `Finite`.
    """
    efforts = problem.efforts
    if not isinstance(problem.utility, RiskNeutral) or problem.wage_floor is None:
        raise ModelError(
            "exact payments are for a risk-neutral agent with a wage floor; set"
            " utility=RiskNeutral() and wage_floor"
        )
    if not isinstance(efforts, Finite) or effort not in efforts.values:
        raise ModelError(
            f"effort={effort!r} is no level of a Finite effort set; list the levels there are"
        )
    scale = Fraction(problem.utility.scale)
    own = exact_law(problem, effort)
    cost = Fraction(float(problem.cost(effort)))
    rows, rhs = [list(own)], [(cost + Fraction(problem.reservation_utility)) / scale]
    names: list[float | None] = [None]
    for other in efforts.values:
        if other != effort:
            law = exact_law(problem, other)
            rows.append([p - q for p, q in zip(own, law, strict=True)])
            rhs.append((cost - Fraction(float(problem.cost(other)))) / scale)
            names.append(other)
    cap = None if problem.wage_cap is None else Fraction(problem.wage_cap)
    return IncentiveRows(own, rows, rhs, names, Fraction(problem.wage_floor), cap)


def is_exact(problem: MoralHazard) -> bool:
    """Whether this problem's payments can be had exactly."""
    table = isinstance(problem.monitor, TabulatedMonitor)
    few = isinstance(problem.monitor, CountingMonitor) and problem.monitor.n <= FEW_CHECKS
    mixed = isinstance(problem.monitor, GoldenQuestions) and not problem.monitor.equal_margins
    return (
        isinstance(problem.utility, RiskNeutral)
        and problem.wage_floor is not None
        and isinstance(problem.efforts, Finite)
        and (table or (few and not mixed))
    )


def exact_law(problem: MoralHazard, effort: float) -> tuple[Fraction, ...]:
    """Return p(x|effort) in rationals, (m,): a table's row, or a binomial law.

    Raises:
        ModelError: for any other monitor, and for more checks than `MOST_CHECKS`.
    """
    monitor = problem.monitor
    if isinstance(monitor, TabulatedMonitor):
        return monitor.exact_law(effort)
    mixed = isinstance(monitor, GoldenQuestions) and not monitor.equal_margins
    if isinstance(monitor, CountingMonitor) and not mixed and monitor.n <= MOST_CHECKS:
        p, law = Fraction(float(monitor.accuracy(effort))), [Fraction(1)]
        for _ in range(monitor.n):
            law = [
                (law[k] * (1 - p) if k < len(law) else ZERO) + (law[k - 1] * p if k else ZERO)
                for k in range(len(law) + 1)
            ]
        return tuple(law)
    raise ModelError(
        f"{type(monitor).__name__} has no exact law of a manageable size; use TabulatedMonitor"
    )
