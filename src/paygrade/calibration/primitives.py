"""A calibrated agent as the primitives of a design: cost, effort set, problem.

The data's effort, say button presses, becomes the design's effort from 0 to 1 by naming how much of
it is full effort. Pay is money for `per` units, so the cost in money is the integral of marginal
cost over `per`: k/(per·γ)·(exp(γe) - 1), or k·e^(1+γ)/(per·(1+γ)), and motivation is s/per a unit.
"""

import math
from typing import Any

from paygrade.calibration.supply import EffortSupply
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import positive
from paygrade.model.effort import EffortCost, ExponentialCost, Interval, PowerCost
from paygrade.model.motivated import MotivatedCost
from paygrade.model.problem import MoralHazard


def effort_cost(
    supply: EffortSupply, per: float, full_effort: float, marginal_utility: float | None = None
) -> EffortCost:
    """Return the cost (utils) of effort from 0 to 1, net of what effort is worth to the agent.

    Arguments:
        supply: the parameters.
        per: units of the data's effort that a piece rate pays for.
        full_effort: the data's effort that is effort 1.
        marginal_utility: utils that the agent of the design gets from one unit of money at what
            people earned; 1, or u'(w) at that wage. With a curvature other than 1 it must be given
            and is about one unit of pay to that power.

    Raises:
        ModelError: full effort isn't above what is given for nothing, or such a number is missing.
    """
    if marginal_utility is None and supply.curvature != 1.0:
        raise ModelError(
            f"curvature={supply.curvature:g}: motivation and cost are in money to that power, not"
            " in utils; give marginal_utility, the utils of one such unit"
        )
    utils = 1.0 if marginal_utility is None else marginal_utility
    raise_problems(
        positive("full_effort", full_effort, "is no effort") + positive("per", per, "pays nothing")
        + positive("marginal_utility", utils, "makes money worthless")
    )  # fmt: skip
    unpaid = supply.unpaid / full_effort
    if unpaid >= 1.0:
        raise ModelError(
            f"full_effort={full_effort:g} is no more than the {supply.unpaid:.6g} that people give"
            " for nothing, so no pay is needed; name a larger full effort"
        )
    base = _base(supply, per, full_effort, utils)
    if supply.s == 0.0:
        return base
    worth = utils * supply.s * full_effort / per
    dislike = 0.0 if unpaid > 0.0 else float(base.derivative(0.0)) - worth
    return MotivatedCost(base, unpaid, max(dislike, 0.0))


def moral_hazard(
    supply: EffortSupply, per: float, full_effort: float, marginal_utility: float | None,
    primitives: dict[str, Any],
) -> MoralHazard:  # fmt: skip
    """Return the problem with this agent; efforts start at what is given for nothing."""
    cost = effort_cost(supply, per, full_effort, marginal_utility)
    efforts = Interval(supply.unpaid / full_effort, 1.0)
    return MoralHazard(cost=cost, efforts=efforts, **primitives)


def _base(
    supply: EffortSupply, per: float, full_effort: float, utils: float
) -> PowerCost | ExponentialCost:
    gamma, log_level = supply.gamma, supply.log_k + math.log(utils / per)  # k may underflow
    if supply.family == "exponential":
        return ExponentialCost(math.exp(log_level - math.log(gamma)), gamma * full_effort)
    power = 1.0 + gamma
    return PowerCost(math.exp(log_level - math.log(power) + power * math.log(full_effort)), power)
