"""Whether a wage floor binds: where it does, promised utility is not concave in the outcome."""

import math

import sympy

from paygrade.agent.symbolic_sign import Validity
from paygrade.errors import NoClosedForm
from paygrade.model.contract import Contract
from paygrade.model.holmstrom import HolmstromSchedule
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_outcomes import outcome_formula

NAME = "wage floor"
ABOVE = 1e-9  # relative distance from the floor that counts as above it


def floor_silent(problem: MoralHazard, contract: Contract | None) -> Validity:
    """Decide whether no wage floor binds: λ + μ·(least score) >= 1/u' at the lowest wage.

    The edge of the utility's domain is a floor too. Effort above the least one is meant: for the
    least one a flat wage will do.
    """
    utility, monitor = problem.utility, problem.monitor
    price, incentive, score, least = sympy.symbols("lambda mu S_min z_0", real=True)
    relation = sympy.Ge(price + incentive * score, least)
    low, high = problem.efforts.low, problem.efforts.high
    middle = 0.5 * (low + high) if math.isfinite(high) else low + 1.0
    if _unbounded_score(monitor):
        words = (
            "the score is unbounded below, so λ + μS falls below every 1/u': the lowest wage binds"
            " (and with utility unbounded below there is no optimum: Mirrlees)"
        )
        witness = (("e", middle), ("least score", -math.inf))
        return Validity(NAME, "fails", words, relation, witness)
    if contract is not None:
        return _at(problem, contract, middle, relation)
    if monitor.is_discrete and problem.wage_floor is None and utility.bounds[0] == -math.inf:
        words = (
            "no wage floor, and utility is unbounded below: at the lowest wage any outcome would"
            " cost the agent infinitely much"
        )
        return Validity(NAME, "holds", words, relation)
    words = (
        "whether the lowest wage binds is known once a contract is: λ + μ·(least score) >= 1/u'"
        " there; give contract="
    )
    return Validity(NAME, "undecided", words, relation)


def _unbounded_score(monitor: object) -> bool:
    """Whether SymPy finds the score falling without bound towards the least outcome."""
    try:
        law = outcome_formula(monitor)
        if law.statistic is None or law.numbers.get(law.most, law.most) != sympy.oo:
            return False
        return bool(sympy.limit(law.score, law.outcome, law.least, "+") == -sympy.oo)
    except NoClosedForm:
        return False


def _at(problem: MoralHazard, contract: Contract, effort: float, relation: sympy.Basic) -> Validity:
    effort = contract.effort if isinstance(contract, HolmstromSchedule) else effort
    if problem.monitor.is_discrete:
        outcome = float(problem.monitor.nodes(effort)[0][0])
    else:
        outcome = problem.monitor.mean_bounds[0]
    wage, lowest = float(contract.wage(outcome)), problem.lowest_wage
    witness = (("outcome", outcome), ("wage", wage), ("lowest wage", lowest))
    if wage > lowest + ABOVE * (1.0 + abs(wage)):
        words = f"the contract pays {wage:.6g} at its worst outcome, above the lowest wage"
        return Validity(NAME, "holds", words, relation)
    words = "the contract pays the lowest wage at its worst outcome, where v is then convex"
    return Validity(NAME, "fails", words, relation, witness)
