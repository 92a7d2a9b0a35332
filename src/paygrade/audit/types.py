"""For whom a rule holds: the most that attention may cost somebody who still gives it.

Scale the cost of effort by s. The agent's payoff is W(e) - s·c(e), and for s < s' adding the two
inequalities of best responses e at s and e' at s' gives (s' - s)·(c(e) - c(e')) >= 0: who finds
attention cheaper never gives less of it (Topkis 1978, Operations Research 26). So "at least effort
t" holds up to one scale and not beyond. It is bracketed by halving, and both ends are certified.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

from paygrade.agent.expected import agent_utility
from paygrade.agent.response import Response, best_response
from paygrade.certificate.proof import certify
from paygrade.certificate.verdict import Certificate, Evidence
from paygrade.errors import ModelError
from paygrade.model.contract import Contract
from paygrade.model.effort import EffortCost, ExponentialCost, PowerCost
from paygrade.model.problem import MoralHazard
from paygrade.model.tabulated import TabulatedCost

CHEAPEST, COSTLIEST = 1e-4, 1e4  # scales of the cost between which annotators are looked for
CLOSE = 1e-6  # relative width of the bracket
NEAR = 1e-7  # an effort this far below another counts as equal to it


@dataclass(frozen=True)
class CostLimit:
    """Who gives at least `effort`: those whom full attention costs no more than `most`.

    Attributes:
        effort: the effort asked for.
        most: extra pay that just makes up for full attention, of the costliest annotator who still
            gives `effort` (money); 0: nobody does, inf: everybody within reach does.
        inside: certificate of the best response at `most`; None where nobody gives the effort.
        outside: certificate of the best response just above; None where everybody gives it.
    """

    effort: float
    most: float
    inside: Certificate | None
    outside: Certificate | None

    @property
    def is_proved(self) -> bool:
        """Whether the best responses on both sides are certified."""
        ends = [end for end in (self.inside, self.outside) if end is not None]
        return all(is_incentive_compatible(end) for end in ends)


@dataclass(frozen=True)
class Types:
    """Annotators who differ in what attention costs them, under one contract.

    Arguments:
        problem: of the annotator whose cost has scale 1.
        contract: as it is perceived, bans included.
    """

    problem: MoralHazard
    contract: Contract

    @cached_property
    def price(self) -> float:
        """What full attention costs the annotator of scale 1 (money)."""
        return attention_price(self.problem)

    def problem_at(self, scale: float) -> MoralHazard:
        """Return the problem of an annotator whose cost is `scale` times as high."""
        return replace(self.problem, cost=scaled(self.problem.cost, scale))

    def response(self, scale: float) -> Response:
        """Return what the annotator of that scale does."""
        return best_response(self.problem_at(scale), self.contract)

    def certificate(self, scale: float) -> Certificate:
        """Return the proof of that response."""
        return proved_response(self.problem_at(scale), self.contract)

    def limit(self, effort: float) -> CostLimit:
        """Return who gives at least `effort`."""
        low, high = CHEAPEST, COSTLIEST
        if not self._gives(low, effort):
            return CostLimit(effort, 0.0, None, self.certificate(low))
        if self._gives(high, effort):
            return CostLimit(effort, math.inf, self.certificate(high), None)
        while high > low * (1.0 + CLOSE):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self._gives(middle, effort) else (low, middle)
        most = attention_price(self.problem_at(low))
        return CostLimit(effort, most, self.certificate(low), self.certificate(high))

    def _gives(self, scale: float, effort: float) -> bool:
        return self.response(scale).effort >= effort - NEAR


def proved_response(problem: MoralHazard, contract: Contract) -> Certificate:
    """Return the certificate of the best response.

    Where attention costs next to nothing, payoffs tie to the last digits of a double, and the
    proof, which has more, may name a better effort nearby: then that one is proved.
    """
    found = certify(problem, contract, best_response(problem, contract).effort)
    if is_incentive_compatible(found) or found.witness is None:
        return found
    better = certify(problem, contract, found.witness)
    return better if is_incentive_compatible(better) else found


def is_incentive_compatible(certificate: Certificate) -> bool:
    """Whether no deviation pays, whatever participation and wage bounds say."""
    return certificate.ic_gap <= certificate.tolerance


def incentives(certificate: Certificate) -> str:
    """Return what the certificate says of deviations alone, in one sentence."""
    if not is_incentive_compatible(certificate):
        return certificate.verdict
    if certificate.evidence is Evidence.CHECKED:
        return (
            f"{certificate.evidence}: none of {certificate.boxes} efforts tried is better for the"
            " annotator; this proves nothing"
        )
    return (
        f"{certificate.evidence}: no other effort gains the annotator more than"
        f" {certificate.ic_gap:.1e}"
    )


def attention_price(problem: MoralHazard) -> float:
    """Return the extra pay that just makes up for the highest effort over the least (money).

    inf where no pay does, as under utility that is bounded above.
    """
    wages = []
    for effort in (problem.efforts.low, problem.efforts.high):
        required = float(problem.required_utility(effort))
        if required >= problem.utility.bounds[1]:
            return math.inf
        wages.append(float(problem.utility.inverse(required)))
    return wages[1] - wages[0]


def scaled(cost: EffortCost, scale: float) -> EffortCost:
    """Return `scale` times the cost.

    Raises:
        ModelError: for a class of cost that can't be scaled here.

    >>> scaled(PowerCost(scale=0.5, power=2.0), 3.0)
    PowerCost(scale=1.5, power=2.0)
    """
    match cost:
        case PowerCost() | ExponentialCost():
            return replace(cost, scale=scale * cost.scale)
        case TabulatedCost():
            return replace(cost, costs=[scale * each for each in cost.costs])
    raise ModelError(
        f"a {type(cost).__name__} can't be scaled, so other annotators can't be made of this one;"
        " use PowerCost, ExponentialCost or TabulatedCost"
    )


def takes_part(problem: MoralHazard, contract: Contract, effort: float) -> bool:
    """Whether the contract at this effort is as good for the annotator as going elsewhere."""
    payoff = float(agent_utility(problem, contract, effort))
    return payoff >= problem.reservation_utility - 1e-9 * (1.0 + abs(problem.reservation_utility))
