"""The principal's problem solved and certified: first best, second best, relaxation, agency cost.

Designers propose; the certifier, which shares no code with them, disposes. Only here do they meet.
"""

import math
from dataclasses import dataclass

from paygrade.agent.expected import expected_wage
from paygrade.certificate.proof import Certificate, certify, certify_observed
from paygrade.design.binary import BonusSearch
from paygrade.design.first_best import propose_first_best
from paygrade.design.linear import LinearSearch
from paygrade.design.proposal import Proposal
from paygrade.design.rounding import propose_rounded
from paygrade.errors import ModelError, NotConverged
from paygrade.model.contract import BinaryContract, Contract, FlatWage, LinearContract
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import MoralHazard


@dataclass(frozen=True)
class Design:
    """A contract with what it does and the proof of it.

    Attributes:
        problem: the problem it solves.
        contract: what to announce (money).
        effort: the effort it induces; under `relaxed` only the one it claims to induce.
        payoff: the principal's payoff R(effort) - expected_wage (money).
        expected_wage: E[w] at `effort` (money).
        certificate: what is proved; `relaxed` designs carry theirs too, and it may fail.
        relaxed: whether only local incentive compatibility was imposed.
    """

    problem: MoralHazard
    contract: Contract
    effort: float
    payoff: float
    expected_wage: float
    certificate: Certificate
    relaxed: bool = False

    def __str__(self) -> str:
        label = "first-order relaxation (local incentives only)\n" if self.relaxed else ""
        return (
            f"{label}{self.contract}\n"
            f"effort {self.effort:.4f}   payoff {self.payoff:.4f}   "
            f"expected wage {self.expected_wage:.4f}\n{self.certificate.verdict}"
        )


def first_best(problem: MoralHazard, *, effort: float | None = None) -> Design:
    """Return the optimum with observed effort: max R(e) - h(reservation + c(e)) (theory T1).

    Raises:
        InfeasibleContract: when participation costs more than the wage cap at any effort.
        NoOptimum: when the payoff grows with effort for ever.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.NormalMonitor(n=100), wage_floor=0.0)
    >>> round(pg.first_best(problem).payoff, 6)
    1.2288
    """
    proposal = propose_first_best(problem, effort)
    certificate = certify_observed(problem, proposal.contract, proposal.effort)
    return _design(problem, proposal, certificate)


def second_best(
    problem: MoralHazard,
    family: type[Contract] = BinaryContract,
    *,
    effort: float | None = None,
    cutoff: float | None = None,
    bonus_cap: float | None = None,
    round_to: float | None = None,
) -> Design:
    """Return the best contract of `family`, certified over all efforts.

    Arguments:
        problem: primitives, wage bounds and reservation utility.
        family: `BinaryContract`, `LinearContract` or `FlatWage`.
        effort: induce this effort as cheaply as possible; None: the best effort too.
        cutoff: pass mark of a bonus contract; None: the best one.
        bonus_cap: largest bonus (money).
        round_to: announce wages in multiples of this (money), 0.01 for cents; the best rounded
            rule is returned, with the effort that it really induces.

    Raises:
        InfeasibleContract: when no contract of the family meets the constraints.
        NoOptimum: when ever harsher punishments keep paying (Mirrlees).
        NotConverged: when the contract found can't be certified.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=50, rho=0.8), wage_floor=0.0)
    >>> design = pg.second_best(problem, pg.BinaryContract)
    >>> design.contract.cutoff, round(design.effort, 4), design.certificate.holds
    (39.0, 0.795, True)
    """
    _check_options(problem, family, effort, cutoff, bonus_cap, round_to)
    if round_to is None:
        proposal = _propose(problem, family, effort, cutoff, bonus_cap)
    elif effort is not None:
        raise ModelError(
            "round_to with a fixed effort leaves no rule that induces it exactly; give one of them"
        )
    else:
        proposal = propose_rounded(problem, family, cutoff, bonus_cap, round_to)
    certificate = certify(problem, proposal.contract, proposal.effort)
    if not certificate.holds:
        raise NotConverged(
            f"the best {family.__name__} found ({proposal.contract}) can't be certified:"
            f" {certificate.verdict}; it is not returned"
        )
    return _design(problem, proposal, certificate)


def relaxed(
    problem: MoralHazard,
    family: type[Contract] = BinaryContract,
    *,
    effort: float | None = None,
    bonus_cap: float | None = None,
) -> Design:
    """Return the first-order relaxation: local incentive compatibility only.

    Its payoff is a claim that the agent need not honour: for bonus contracts the certificate fails
    (theory T7) and names the effort that the agent prefers.

    Raises:
        InfeasibleContract, NoOptimum: as `second_best`.
    """
    _check_options(problem, family, effort, None, bonus_cap, None)
    if family is BinaryContract:
        proposal = BonusSearch(problem, effort, bonus_cap=bonus_cap, local_only=True).solve()
    else:
        proposal = LinearSearch(problem, effort, local_only=True).solve()
    certificate = certify(problem, proposal.contract, proposal.effort)
    return _design(problem, proposal, certificate, relaxed=True)


def agency_cost(
    problem: MoralHazard,
    family: type[Contract] = BinaryContract,
    *,
    effort: float | None = None,
    bonus_cap: float | None = None,
) -> float:
    """Return first best minus second best (money): what not seeing effort costs the principal.

    Raises:
        InfeasibleContract, NoOptimum, NotConverged: as `second_best`.
    """
    best = first_best(problem, effort=effort).payoff
    return best - second_best(problem, family, effort=effort, bonus_cap=bonus_cap).payoff


def _propose(
    problem: MoralHazard,
    family: type[Contract],
    effort: float | None,
    cutoff: float | None,
    bonus_cap: float | None,
) -> Proposal:
    if family is FlatWage:
        return propose_first_best(problem, problem.efforts.low)
    if family is LinearContract:
        return LinearSearch(problem, effort).solve()
    return BonusSearch(problem, effort, cutoff, bonus_cap).solve()


def _design(
    problem: MoralHazard, proposal: Proposal, certificate: Certificate, *, relaxed: bool = False
) -> Design:
    wage = float(expected_wage(problem, proposal.contract, proposal.effort))
    payoff = float(problem.value(proposal.effort)) - wage
    return Design(problem, proposal.contract, proposal.effort, payoff, wage, certificate, relaxed)


def _check_options(
    problem: MoralHazard,
    family: type[Contract],
    effort: float | None,
    cutoff: float | None,
    bonus_cap: float | None,
    round_to: float | None,
) -> None:
    if family not in (BinaryContract, LinearContract, FlatWage):
        raise ModelError(
            f"family={family!r} can't be designed; give BinaryContract, LinearContract or FlatWage"
        )
    if effort is not None and not problem.efforts.contains(effort):
        raise ModelError(
            f"effort={effort!r} is not in the problem's efforts, so no contract induces it;"
            f" choose one between {problem.efforts.low:g} and {problem.efforts.high:g}"
        )
    if family is not BinaryContract and (cutoff is not None or bonus_cap is not None):
        raise ModelError(f"cutoff and bonus_cap belong to bonus contracts, not {family.__name__}")
    if bonus_cap is not None and not bonus_cap > 0:
        raise ModelError(f"bonus_cap={bonus_cap!r} allows no bonus; give a number above 0")
    if round_to is not None and not 0 < round_to < math.inf:
        raise ModelError(f"round_to={round_to!r} is no step of money; give 0.01 for cents")
    if cutoff is not None and not math.isfinite(cutoff):
        raise ModelError(f"cutoff={cutoff!r} is no pass mark; give a finite number")
    monitor = problem.monitor
    if cutoff is not None and isinstance(monitor, CountingMonitor) and cutoff > monitor.n:
        raise ModelError(
            f"cutoff={cutoff:g} is above the {monitor.n} checks, so nobody can earn the bonus;"
            " lower the cutoff or check more"
        )
