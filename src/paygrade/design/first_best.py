"""The first best: effort is observed, so a flat wage pays for it and no incentive is needed."""

import math

import numpy as np
from scipy.optimize import minimize_scalar

from paygrade.design.proposal import Proposal, candidate_efforts, infeasible, payoff_bound
from paygrade.model.contract import FlatWage
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard


def propose_first_best(problem: MoralHazard, effort: float | None = None) -> Proposal:
    """Return the flat wage and effort that maximise R(e) - w(e) (theory T1).

    Raises:
        InfeasibleContract: when no payable wage is enough for any effort.
        NoOptimum: when the payoff grows with effort for ever.
    """
    efforts = candidate_efforts(problem) if effort is None else np.array([effort])
    payoff = payoff_bound(problem, efforts)
    top = int(np.argmax(payoff))
    if not math.isfinite(payoff[top]):
        raise infeasible(problem, "flat wage")
    best = float(efforts[top])
    if effort is None and not isinstance(problem.efforts, Finite):
        left, right = efforts[max(top - 1, 0)], efforts[min(top + 1, len(efforts) - 1)]
        with np.errstate(invalid="ignore"):  # the payoff is -inf where the wage cap binds
            summit = minimize_scalar(
                lambda e: -float(payoff_bound(problem, np.array(e))),
                bounds=(left, right),
                method="bounded",
                options={"xatol": 1e-12},
            )
        best = max((best, float(summit.x)), key=lambda e: float(payoff_bound(problem, np.array(e))))
    wage = float(problem.required_wage(best))
    return Proposal(FlatWage(wage), best, float(problem.value(best)) - wage)
