"""What each type does under a rule, as a table for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.agent.response import best_response
from paygrade.certificate.proof import certify
from paygrade.certificate.verdict import Certificate
from paygrade.model.contract import Contract
from paygrade.model.problem import MoralHazard


@dataclass(frozen=True)
class TypeOutcome:
    """One type under a rule.

    Attributes:
        name: the type.
        probability: how common it is; None where types are not weighed.
        accepts: whether it takes part.
        effort: its best response, were it to take part.
        slack: its utility above its reservation (utils; money under `CARA(cost_in_money=True)`).
        payoff: what it earns the principal (money); the idle payoff where it declines.
        certificate: that no other effort suits it better.
    """

    name: str
    probability: float | None
    accepts: bool
    effort: float
    slack: float
    payoff: float
    certificate: Certificate

    @property
    def decision_is_proved(self) -> bool:
        """Whether its best response, and that it accepts or declines, are beyond doubt."""
        proof = self.certificate
        if proof.ic_gap > proof.tolerance or proof.wage_slack < 0:
            return False
        return proof.holds if self.accepts else proof.ir_slack + proof.ic_gap < 0


def outcome_of(
    problem: MoralHazard,
    contract: Contract,
    name: str,
    *,
    probability: float | None = None,
    idle: float = 0.0,
) -> TypeOutcome:
    """Return what one type does under `contract`."""
    response = best_response(problem, contract)
    certificate = certify(problem, contract, response.effort)
    slack = float(agent_utility(problem, contract, response.effort)) - problem.reservation_utility
    accepts = slack >= -certificate.tolerance
    wage = float(expected_wage(problem, contract, response.effort))
    payoff = float(problem.value(response.effort)) - wage if accepts else idle
    return TypeOutcome(name, probability, accepts, response.effort, slack, payoff, certificate)


def table_of(outcomes: Sequence[TypeOutcome]) -> str:
    """Return the outcomes as lines of text."""
    wide = max(4, *(len(outcome.name) for outcome in outcomes))
    lines = [f"{'type':<{wide}}  effort  payoff   takes part"]
    for one in outcomes:
        proof = one.certificate.evidence.value if one.decision_is_proved else "NOT PROVED"
        joins = "yes" if one.accepts else "no"
        effort = f"{one.effort:6.3f}" if one.accepts else "     -"
        lines.append(f"{one.name:<{wide}}  {effort}  {one.payoff:6.3f}   {joins:<4} {proof}")
    return "\n".join(lines)
