"""The principal's problem: a risk-neutral principal, one agent, one monitor (theory section 2)."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.arguments import misfits
from paygrade.errors import raise_problems
from paygrade.model.checks import finite
from paygrade.model.effort import EffortCost, EffortSet, Interval, Value
from paygrade.model.monitor import Monitor
from paygrade.model.statement import Statement
from paygrade.model.symbolic import SymbolicEffort
from paygrade.model.tabulated import Table
from paygrade.model.utility import Utility

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MoralHazard:
    """max R(e) - E[w(X)] over contracts and efforts, the agent choosing e after the contract.

    Arguments:
        utility: u, utils of a wage in money.
        cost: c(e), utils; money under `CARA(cost_in_money=True)`.
        value: R(e), money.
        monitor: law of the outcome X given e.
        reservation_utility: what the agent gets elsewhere, utils (money, as certainty equivalent,
            under `CARA(cost_in_money=True)`).
        wage_floor: limited liability, money; None for none.
        wage_cap: largest wage payable, money; None for none.
        efforts: `Interval` or `Finite`.

    Raises:
        ModelError: naming every inconsistency at once.
    """

    utility: Utility
    cost: EffortCost
    value: Value
    monitor: Monitor
    reservation_utility: float = 0.0
    wage_floor: float | None = None
    wage_cap: float | None = None
    efforts: EffortSet = field(default_factory=Interval)

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        problems = finite("reservation_utility", self.reservation_utility, "is no utility")
        problems += self._bind_tables()
        for primitive in (self.cost, self.value):
            if isinstance(primitive, SymbolicEffort):
                problems += primitive.problems_on(self.efforts)
        problems += self._check_wage_bounds()
        if self.efforts.low < self.monitor.lowest_effort:
            problems.append(
                f"efforts start at {self.efforts.low:g}, where {type(self.monitor).__name__} has no"
                f" law; start them at {self.monitor.lowest_effort:g} or above"
            )
        if self.efforts.high > self.monitor.highest_effort:
            problems.append(
                f"efforts reach {self.efforts.high:g}, but {type(self.monitor).__name__} is defined"
                f" up to effort {self.monitor.highest_effort:g}; lower the highest effort"
            )
        raise_problems(problems)

    @property
    def lowest_wage(self) -> float:
        """Least payable wage (money): the wage floor, or the edge of the utility's domain."""
        floor = -math.inf if self.wage_floor is None else self.wage_floor
        return max(floor, self.utility.lowest_wage)

    @property
    def highest_wage(self) -> float:
        """Greatest payable wage (money): the wage cap, or the end of the utility's domain."""
        cap = math.inf if self.wage_cap is None else self.wage_cap
        return min(cap, self.utility.highest_wage)

    def agent_payoff(self, expected_utility: ArrayLike, effort: ArrayLike) -> Array:
        """Return what the agent maximises: E[u(w)] - c(e) in utils.

        Under `CARA(cost_in_money=True)` it is the certainty equivalent h(E[u(w)]) - c(e) in money,
        an increasing transform of E[-exp(-r(w - c(e)))].
        """
        expected = np.asarray(expected_utility, float)
        gross = self.utility.inverse(expected) if self.utility.cost_in_money else expected
        return np.asarray(gross - self.cost(effort))

    def required_utility(self, effort: ArrayLike) -> Array:
        """Return E[u(w)] (utils) at which the agent is just willing to take part at `effort`."""
        gross = self.reservation_utility + self.cost(effort)
        return self.utility(gross) if self.utility.cost_in_money else np.asarray(gross)

    def required_wage(self, effort: ArrayLike) -> Array:
        """Return the flat wage (money) that pays the agent just enough for `effort`.

        At least the wage floor; inf where no wage is enough (utility bounded above).
        """
        required = self.required_utility(effort)
        low, high = self.utility.bounds
        with np.errstate(invalid="ignore"):
            wage = np.where(required >= high, math.inf, self.utility.inverse(required))
        wage = np.where(required <= low, self.utility.lowest_wage, wage)
        return np.asarray(np.maximum(wage, self.lowest_wage))

    def statement(self, *, relaxed: bool = False) -> Statement:
        """Return the bilevel program as text and LaTeX; `relaxed`: its first-order relaxation.

        Raises:
            ModelError: for the relaxation where efforts are levels, which have no derivative.

        >>> import paygrade as pg
        >>> problem = MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
        ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
        >>> print(problem.statement(relaxed=True))  # doctest: +NORMALIZE_WHITESPACE
        maximise over w(·), e:  R(e) - E_e[w(K)]
        subject to
          (IC, local)  d/de E_e[u(w(K))] = c'(e) if 0 < e < 1;  >= c'(e) if e = 1
          (IR)  E_e[u(w(K))] - c(e) >= 0
        with
          u(w) = log(w)
          c(e) = e**2/2
          R(e) = 2*e
          K ~ Bin(100, A(e)), A(e) = 2*e/5 + 1/2
          e in [0, 1]
        """
        return Statement(self, relaxed=relaxed)

    def _bind_tables(self) -> list[str]:
        problems = []
        for name in ("cost", "value", "monitor"):
            table = getattr(self, name)
            if isinstance(table, Table):
                found = table.problems(self.efforts)
                problems += found
                if not found:
                    object.__setattr__(self, name, table.on(self.efforts))
        return problems

    def _check_wage_bounds(self) -> list[str]:
        floor, cap = self.wage_floor, self.wage_cap
        problems = []
        for name, bound in (("wage_floor", floor), ("wage_cap", cap)):
            if bound is not None:
                problems += finite(name, bound, "is no amount of money")
        lowest, highest = self.utility.lowest_wage + 0.0, self.utility.highest_wage  # no -0
        if cap is not None and not problems and cap < lowest:
            problems.append(
                f"wage_cap={cap:g} lies below {lowest:g}, where {type(self.utility).__name__}"
                " begins; raise the cap or the utility's shift"
            )
        if problems or floor is None:
            return problems
        if floor > highest:
            problems.append(
                f"wage_floor={floor:g} lies above {highest:g}, where {type(self.utility).__name__}"
                " ends; lower the floor or widen the utility's domain"
            )
        if floor < lowest:
            problems.append(
                f"wage_floor={floor:g} lies below {lowest:g}, where"
                f" {type(self.utility).__name__} ends; raise the floor or the utility's shift"
            )
        if cap is not None and cap < floor:
            problems.append(f"wage_cap={cap:g} is below wage_floor={floor:g}; no wage is payable")
        return problems
