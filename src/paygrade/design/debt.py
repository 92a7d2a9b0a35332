"""The best debt contract: how much the principal keeps before the agent earns anything.

With a risk-neutral agent, outcomes in money, 0 <= w(x) <= x and both sides' shares increasing, debt
is the best contract of all (Innes 1990); only its face value is left to find.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from paygrade.agent.expected import agent_slope, expected_wage
from paygrade.agent.response import effort_grid
from paygrade.design.proposal import Proposal, infeasible
from paygrade.errors import ModelError
from paygrade.model.contract import DebtContract
from paygrade.model.problem import Array, MoralHazard
from paygrade.model.utility import RiskNeutral

POINTS = 65


@dataclass(frozen=True)
class DebtSearch:
    """The search for a debt contract in one problem."""

    problem: MoralHazard

    def solve(self) -> Proposal:
        """Return the best debt contract.

        Raises:
            ModelError: when the agent is not risk neutral.
            InfeasibleContract: when the agent takes part at no face value.
        """
        if not isinstance(self.problem.utility, RiskNeutral):
            raise ModelError(
                f"debt is for a risk-neutral agent, not {type(self.problem.utility).__name__};"
                " design a WageSchedule instead"
            )
        efforts = effort_grid(self.problem, DebtContract(0.0))
        rough = self._rough(efforts)
        top = int(np.nanargmax(rough.payoff))
        if not math.isfinite(rough.payoff[top]):
            raise infeasible(self.problem, "debt contract")
        ends = rough.faces[max(top - 1, 0)], rough.faces[min(top + 1, len(rough.faces) - 1)]
        near = int(rough.effort[top])
        around = float(efforts[max(near - 6, 0)]), float(efforts[min(near + 6, len(efforts) - 1)])
        summit = minimize_scalar(
            lambda face: -self._payoff(float(face), around)[0],
            bounds=(float(ends[0]), float(ends[1])),
            method="bounded",
            options={"xatol": 1e-9},
        )
        face = float(summit.x)
        payoff, effort = self._payoff(face, around)
        return Proposal(DebtContract(face), effort, payoff)

    def _rough(self, efforts: Array) -> "_Rough":
        """Return payoffs on a grid of face values, the agent choosing among `efforts`."""
        p = self.problem
        laws = [p.monitor.nodes(float(e)) for e in efforts]
        chance = [
            np.exp(w + p.monitor.log_density(x, float(e)))
            for (x, w), e in zip(laws, efforts, strict=True)
        ]
        highest = max(
            float(x[np.cumsum(q) < 1.0 - 1e-9][-1]) for (x, _), q in zip(laws, chance, strict=True)
        )
        faces = np.linspace(0.0, highest, POINTS)
        share = np.array(
            [
                [float(q @ np.maximum(x - face, 0.0)) for face in faces]
                for (x, _), q in zip(laws, chance, strict=True)
            ]
        )
        agent = p.utility.scale * share - p.cost(efforts)[:, None]  # type: ignore[attr-defined]
        chosen = np.argmax(agent, axis=0)
        columns = np.arange(POINTS)
        payoff = p.value(efforts)[chosen] - share[chosen, columns]
        willing = agent[chosen, columns] >= p.reservation_utility - 1e-6
        return _Rough(faces, chosen, np.where(willing, payoff, -math.inf))

    def _payoff(self, face: float, around: tuple[float, float]) -> tuple[float, float]:
        """Return the principal's payoff and the agent's effort, searched for in `around`."""
        p, contract = self.problem, DebtContract(face)

        def slope(effort: float) -> float:
            return float(agent_slope(p, contract, effort))

        low, high = around
        effort = low if slope(low) <= 0 else high
        if slope(low) > 0 > slope(high):
            effort = float(brentq(slope, low, high, xtol=1e-15, rtol=8.9e-16))
        wage = float(expected_wage(p, contract, effort))
        own = p.utility.scale * wage - float(p.cost(effort))  # type: ignore[attr-defined]
        if own < p.reservation_utility - 1e-12:
            return -math.inf, effort
        return float(p.value(effort)) - wage, effort


@dataclass(frozen=True)
class _Rough:
    faces: Array
    effort: NDArray[np.intp]  # place of the agent's choice
    payoff: Array
