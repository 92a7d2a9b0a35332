"""What single types attain, in floating point, and the fallback where nothing can be proved."""

from collections.abc import Mapping
from dataclasses import dataclass

from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.agent.response import best_response
from paygrade.model.contract import Contract
from paygrade.model.named import parameters
from paygrade.model.problem import MoralHazard
from paygrade.model.typeset import TypeBox, TypeList, TypeSet

TRIED = 5  # values of each number tried where nothing can be proved


@dataclass(frozen=True)
class Least:
    """The least of something over a set of types: a bound, and what a type attains."""

    bound: float
    attained: float
    worst: Mapping[str, float]  # numbers of the type that attains it
    cells: int


def slack_of(problem: MoralHazard, contract: Contract) -> float:
    """Return the agent's best payoff above the reservation utility, in floating point."""
    response = best_response(problem, contract)
    return float(agent_utility(problem, contract, response.effort)) - problem.reservation_utility


def payoff_from(problem: MoralHazard, contract: Contract) -> float:
    """Return what a type earns the principal (money) at its best response, in floating point."""
    effort = best_response(problem, contract).effort
    return float(problem.value(effort)) - float(expected_wage(problem, contract, effort))


def tried_types(types: TypeSet, contract: Contract) -> tuple[list[Least], list[Least], list[Least]]:
    """Return what a grid of types attains: the fallback where nothing can be proved."""
    members = types.members if isinstance(types, TypeList) else _grid(types)
    efforts = [best_response(member, contract).effort for member in members]
    slacks = [slack_of(member, contract) for member in members]
    payoffs = [payoff_from(member, contract) for member in members]
    names = () if isinstance(types, TypeList) else tuple(types.ranges)

    def least(found: list[float]) -> list[Least]:
        index = min(range(len(found)), key=found.__getitem__)
        numbers = parameters(members[index])
        worst = {name: numbers[name] for name in names}
        return [Least(found[index], found[index], worst, len(found))]

    return least(efforts), least(slacks), least(payoffs)


def _grid(box: TypeBox) -> tuple[MoralHazard, ...]:
    """Return corners, middle and draws of a box."""
    return (*box.corners(), box.middle, *box.draw(TRIED ** min(len(box.ranges), 3)))
