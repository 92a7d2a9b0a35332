"""A design for an agent who is known from pay data only, with what that leaves open.

The rule is designed for the estimate. The agent behind the data may be another, so parameters are
drawn as other samples would have given them, and for each draw two questions are answered: what
would this rule do, and what would have been the best rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.agent.expected import expected_wage
from paygrade.agent.response import best_response
from paygrade.arguments import checked_arguments
from paygrade.calibration.pay_calibration import PayCalibration
from paygrade.calibration.primitives import moral_hazard
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged, raise_problems
from paygrade.model.checks import count
from paygrade.model.contract import BinaryContract, Contract
from paygrade.model.problem import MoralHazard
from paygrade.solution import Design, second_best

if TYPE_CHECKING:
    import pandas as pd

STAYS = 1e-9  # of the reservation utility, that participation may miss by rounding


@dataclass(frozen=True, eq=False)
class CalibratedDesign:
    """A rule designed for the estimate, tried on agents that the data leave possible.

    Attributes:
        design: the rule for the estimate, certified for it.
        draws: one row a draw: gamma, k, s; with this rule takes_part, effort, payoff,
            expected_wage (money; of those who stay away 0, and effort missing); best_effort,
            best_payoff and the best rule's own numbers (best_bonus, ...), missing where no rule is
            feasible; regret, best_payoff - payoff.
        level: confidence of the intervals.
        lost: draws of the data that fitted no cost of effort, and were drawn again.
    """

    design: Design
    draws: "pd.DataFrame"
    level: float
    lost: int = 0

    @property
    def table(self) -> "pd.DataFrame":
        """For each number: at the estimate, and low and high over the draws."""
        import pandas as pd

        tail = (1.0 - self.level) / 2.0
        numbers = self.draws.drop(columns="takes_part").dropna(axis="columns", how="all")
        ends = numbers.quantile([tail, 1.0 - tail]).T.set_axis(["low", "high"], axis=1)
        at = {"effort": self.design.effort, "payoff": self.design.payoff, "regret": 0.0}
        at["expected_wage"] = self.design.expected_wage
        at |= {"best_effort": self.design.effort, "best_payoff": self.design.payoff}
        at |= _rule_numbers(self.design.contract)
        ends.insert(0, "estimate", pd.Series(at).reindex(ends.index))
        return ends.drop(index=["gamma", "k", "s"])

    @property
    def takes_part(self) -> float:
        """Share of the draws in which the agent accepts the rule."""
        return float(self.draws["takes_part"].mean())

    def __str__(self) -> str:
        text = (
            f"{self.design.contract}\n{self.table.to_string(float_format='{:.4g}'.format)}\n"
            f"{100 * self.level:.0f} % intervals from {len(self.draws)} draws; the agent takes"
            f" part in {100 * self.takes_part:.0f} % of them"
        )
        return text + f"; {self.lost} draws fitted no cost of effort" * bool(self.lost)


@checked_arguments
def calibrated_design(
    calibration: PayCalibration,
    full_effort: float,
    family: type[Contract] = BinaryContract,
    *,
    draws: int = 100,
    seed: int = 0,
    marginal_utility: float | None = None,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    **primitives: Any,
) -> CalibratedDesign:
    """Return the best rule for a calibrated agent, with intervals of all that it does.

    Each draw is designed and certified on its own, in tenths of a second.

    Arguments:
        calibration: of `calibrate`, from data with errors.
        full_effort: the data's effort that is effort 1 in the design.
        family: class of contract.
        draws: how many agents are drawn.
        seed: of the draws.
        marginal_utility: as in `PayCalibration.cost`.
        options: keywords of `second_best`.
        progress: called with a line of text at each draw.
        primitives: the rest of `MoralHazard`: utility, value, monitor, wage_floor and so on.

    Raises:
        NotIdentified: the data leave the parameters open.
        InfeasibleContract, NoOptimum, NotConverged: as `second_best`, for the estimate.
        ModelError: as `MoralHazard`.
    """
    import pandas as pd

    raise_problems(count("draws", draws, "shows no spread"))
    keywords = dict(options or {})
    problem = calibration.problem(full_effort, marginal_utility=marginal_utility, **primitives)
    design = second_best(problem, family, **keywords)
    agents, lost = calibration.draw(draws, seed)
    rows = []
    for i, agent in enumerate(agents):
        progress(f"draw {i + 1} of {draws}")
        other = moral_hazard(agent, calibration.per, full_effort, marginal_utility, primitives)
        row = {"gamma": agent.gamma, "k": agent.k, "s": agent.s}
        row |= _outcome(other, design.contract) | _best(other, family, keywords)
        rows.append(row | {"regret": row["best_payoff"] - row["payoff"]})
    return CalibratedDesign(design, pd.DataFrame(rows), calibration.level, lost)


def _outcome(problem: MoralHazard, contract: Contract) -> dict[str, Any]:
    """Return what the rule does with this agent, who may stay away."""
    response = best_response(problem, contract)
    outside = problem.reservation_utility
    if response.utility < outside - STAYS * (1.0 + abs(outside)):
        return {"takes_part": False, "effort": np.nan, "payoff": 0.0, "expected_wage": 0.0}
    wage = float(expected_wage(problem, contract, response.effort))
    payoff = float(problem.value(response.effort)) - wage
    return {
        "takes_part": True, "effort": response.effort, "payoff": payoff, "expected_wage": wage,
    }  # fmt: skip


def _best(
    problem: MoralHazard, family: type[Contract], keywords: dict[str, Any]
) -> dict[str, float]:
    try:
        design = second_best(problem, family, **keywords)
    except (InfeasibleContract, NoOptimum, NotConverged):
        return {"best_effort": np.nan, "best_payoff": np.nan}
    best = {"best_effort": design.effort, "best_payoff": design.payoff}
    return best | _rule_numbers(design.contract)


def _rule_numbers(contract: Contract) -> dict[str, float]:
    numbers = {each.name: getattr(contract, each.name) for each in fields(contract)}  # type: ignore[arg-type]
    return {
        f"best_{name}": float(value)
        for name, value in numbers.items()
        if isinstance(value, int | float)
    }
