"""What annotators do under a rule, with proofs: the effort induced, who takes part, for whom."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from paygrade.agent.earning import Array
from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.audit.rivals import Rivals, find_rivals
from paygrade.audit.rows import net_worth
from paygrade.audit.staying import perceived_contract
from paygrade.audit.types import (
    CostLimit,
    Types,
    incentives,
    is_incentive_compatible,
    proved_response,
    takes_part,
)
from paygrade.certificate.proof import certify
from paygrade.certificate.verdict import Certificate
from paygrade.certificate.wages import wage_slack_of
from paygrade.errors import ModelError
from paygrade.model.contract import Contract
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard

HARDLY = 0.005  # efforts closer than this share a row of a table
KINDS = {"attention comes easily": 0.5, "as in the economics": 1.0, "attention is costly": 2.0}
LEAST = (0.25, 0.5, 0.75, 1.0)  # efforts of which it is asked who gives them


@dataclass(frozen=True)
class Kind:
    """An annotator whom attention costs more or less than the economics say.

    Attributes:
        name: in words.
        price: extra pay that just makes up for full attention (money).
        effort: that the rule induces.
        earns: expected pay there (money).
        stays: whether that is as good as going elsewhere.
        certificate: of the effort.
    """

    name: str
    price: float
    effort: float
    earns: float
    stays: bool
    certificate: Certificate


@dataclass(frozen=True)
class Behaviour:
    """What the rule makes of the annotators of a problem.

    Attributes:
        problem: with its wage bounds.
        contract: what is paid.
        perceived: what counts for the annotator; differs where a ban takes away what staying is
            worth.
        effort: that the rule induces.
        certificate: of that effort; of incentives alone if there is a ban.
        wanted: the effort that is hoped for; the induced one where they differ by no money.
        wanted_certificate: of that one, with the deviation that is better if there is one.
        takes_part: whether the annotator stays, what staying is worth counted in.
        pay_suffices: whether pay alone would keep the annotator.
        wage_slack: least distance of a wage from the problem's bounds (money); negative: broken.
        kinds: what others would do.
        limits: who gives at least so much effort; empty where the cost can't be scaled.
        rivals: what other rules would do; None where they were not asked for.
    """

    problem: MoralHazard
    contract: Contract
    perceived: Contract
    effort: float
    certificate: Certificate
    wanted: float
    wanted_certificate: Certificate
    takes_part: bool
    pay_suffices: bool
    wage_slack: float
    kinds: tuple[Kind, ...]
    limits: tuple[CostLimit, ...]
    rivals: Rivals | None

    @property
    def wage(self) -> float:
        """Expected cost of a batch at the induced effort (money)."""
        return float(expected_wage(self.problem, self.contract, self.effort))

    @property
    def holds(self) -> bool:
        """Whether the effort that is hoped for is best, and pay and bounds are kept."""
        return (
            is_incentive_compatible(self.wanted_certificate)
            and takes_part(self.problem, self.perceived, self.wanted)
            and self.wage_slack >= 0.0
        )

    def net(self, effort: float) -> float:
        """Return what pay, attention and staying are worth above going elsewhere (money)."""
        return net_worth(self.problem, self.perceived, effort)

    def payoff(self, efforts: Array) -> Array:
        """Return the annotator's payoff above going elsewhere (utils), staying included."""
        worth = agent_utility(self.problem, self.perceived, efforts)
        return np.asarray(worth - self.problem.reservation_utility)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        return {
            "effort": self.effort,
            "verdict": incentives(self.certificate),
            "expected_wage": self.wage,
            "takes_part": self.takes_part,
            "pay_suffices": self.pay_suffices,
            "wage_slack": finite_or_none(self.wage_slack),
            "wanted": {
                "effort": self.wanted,
                "holds": self.holds,
                "incentive_compatible": is_incentive_compatible(self.wanted_certificate),
                "verdict": incentives(self.wanted_certificate),
                "better_effort": self.wanted_certificate.witness,
            },
            "least_cost_of_any_rule": finite_or_none(self.certificate.cost_lower),
            "kinds": [
                {
                    **{name: getattr(kind, name) for name in ("name", "effort", "earns", "stays")},
                    "price": finite_or_none(kind.price),
                    "verdict": incentives(kind.certificate),
                }
                for kind in self.kinds
            ],
            "limits": [
                {
                    "effort": limit.effort,
                    "attention_costs_at_most": finite_or_none(limit.most),
                    "everybody": limit.most == np.inf,
                    "proved": limit.is_proved,
                }
                for limit in self.limits
            ],
            "rivals": None if self.rivals is None else self.rivals.to_dict(),
        }


def find_behaviour(
    problem: MoralHazard,
    contract: Contract,
    kept: Array | None,
    staying: float,
    *,
    wanted: float,
    unit: float,
    rivals: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Behaviour:
    """Return what annotators do under `contract` and a ban with chances `kept`.

    Arguments:
        problem: whose monitor has as many checks as `kept` has counts.
        contract: what is paid.
        kept: chance to be kept at each count, (n + 1,); None: nobody is banned.
        staying: what being kept is worth (money).
        wanted: the effort that is hoped for.
        unit: smallest amount that can be paid (money).
        rivals: whether to design other rules.
        progress: told what is being done.
    """
    progress("finding what annotators do")
    perceived = perceived_contract(problem.utility, contract, kept, staying)
    # What staying is worth is no wage, so the bounds of wages don't bind it.
    asked = problem if perceived is contract else _without_bounds(problem)
    certificate = proved_response(asked, perceived)
    effort = certificate.effort
    suffices = takes_part(problem, contract, effort)
    if _is_as_good(asked, perceived, effort, wanted, unit):
        wanted = effort
    return Behaviour(
        problem=problem,
        contract=contract,
        perceived=perceived,
        effort=effort,
        certificate=certificate,
        wanted=wanted,
        wanted_certificate=certificate if wanted == effort else certify(asked, perceived, wanted),
        takes_part=takes_part(asked, perceived, effort),
        pay_suffices=suffices,
        wage_slack=wage_slack_of(problem, contract),
        kinds=_kinds(asked, problem, perceived, contract),
        limits=_limits(asked, perceived, wanted, progress),
        rivals=find_rivals(
            problem, contract, effort, takes_part=suffices, unit=unit, progress=progress
        )
        if rivals
        else None,
    )


def _is_as_good(
    asked: MoralHazard, perceived: Contract, effort: float, wanted: float, unit: float
) -> bool:
    """Whether two efforts are one to people: alike in the table, and in what they are worth.

    A rule file states the share that is expected to a few digits, so the effort that is hoped for
    misses the induced one by a little, and no proof could say that it is best.
    """
    if isinstance(asked.efforts, Finite) or abs(effort - wanted) > HARDLY:
        return effort == wanted
    gained = net_worth(asked, perceived, effort) - net_worth(asked, perceived, wanted)
    return bool(abs(gained) < 0.5 * unit)


def _kinds(
    asked: MoralHazard, problem: MoralHazard, perceived: Contract, contract: Contract
) -> tuple[Kind, ...]:
    types, found = Types(asked, perceived), []
    for name, scale in KINDS.items():
        try:
            own = types.problem_at(scale)
        except ModelError:  # a cost that can't be scaled: the annotator of the economics alone
            if scale != 1.0:
                continue
            own = asked
        certificate = proved_response(own, perceived)
        effort = certificate.effort
        found.append(
            Kind(
                name=name,
                price=Types(own, perceived).price,
                effort=effort,
                earns=float(expected_wage(problem, contract, effort)),
                stays=takes_part(own, perceived, effort),
                certificate=certificate,
            )
        )
    return tuple(found)


def _limits(
    asked: MoralHazard, perceived: Contract, wanted: float, progress: Callable[[str], None]
) -> tuple[CostLimit, ...]:
    progress("finding for whom the rule holds")
    finite = isinstance(asked.efforts, Finite)
    efforts = asked.efforts.values if isinstance(asked.efforts, Finite) else LEAST
    others = [each for each in efforts if finite or abs(each - wanted) > HARDLY]
    targets = sorted({*others, wanted} - {asked.efforts.low})
    reachable = [each for each in targets if finite or asked.efforts.contains(each)]
    try:
        return tuple(Types(asked, perceived).limit(each) for each in reachable)
    except ModelError:
        return ()


def _without_bounds(problem: MoralHazard) -> MoralHazard:
    return replace(problem, wage_floor=None, wage_cap=None)


def finite_or_none(value: float) -> float | None:
    """Return the number for JSON, which has no infinity."""
    return value if np.isfinite(value) else None
