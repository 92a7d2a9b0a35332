"""The principal's problem solved and certified: first best, second best, relaxation, agency cost.

Designers propose; the certifier, which shares no code with them, disposes. Only here do they meet.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Unpack

from paygrade.agent.expected import expected_wage
from paygrade.arguments import checked_arguments
from paygrade.certificate.payoff import highest_payoff
from paygrade.certificate.proof import certify, certify_observed
from paygrade.certificate.verdict import Certificate
from paygrade.design.binary import BonusSearch
from paygrade.design.debt import DebtSearch
from paygrade.design.discrete import log_risk_premium
from paygrade.design.first_best import propose_first_best
from paygrade.design.linear import LinearSearch
from paygrade.design.options import OptionKeywords, Options
from paygrade.design.proposal import Proposal
from paygrade.design.rounding import propose_rounded
from paygrade.design.schedule import ScheduleSearch, relaxed_prices
from paygrade.design.tiered import TierSearch
from paygrade.errors import NotConverged
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    DebtContract,
    FlatWage,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.model.problem import MoralHazard

ROUNDING = 1e-9  # relative loss below which the risk premium is measured instead
PROOFS = 12  # refusals that a schedule may be mended after
STRICTER = 100.0  # factor on the margin after a refusal that names no deviation


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

    @cached_property
    def payoff_bound(self) -> float:
        """What no contract at any effort can earn the principal (money), proved."""
        return highest_payoff(self.problem)

    def __str__(self) -> str:
        label = "first-order relaxation (local incentives only)\n" if self.relaxed else ""
        proof = self.certificate
        text = (
            f"{label}{self.contract}\n"
            f"effort {self.effort:.4f}   payoff {self.payoff:.4f}   "
            f"expected wage {self.expected_wage:.4f}\n{proof.verdict}\n"
            f"no contract of any class induces this effort for less than {proof.cost_lower:.6g}"
        )
        if proof.holds:
            text += f"; this one costs {proof.cost_upper - proof.cost_lower:.2g} more"
        if math.isfinite(self.payoff_bound):
            text += f"\nno contract at any effort is worth more than {self.payoff_bound:.6g}"
        return text


@checked_arguments
def first_best(problem: MoralHazard, *, effort: float | None = None) -> Design:
    """Return the optimum with observed effort: max R(e) - h(reservation + c(e)) (theory T1).

    Raises:
        InfeasibleContract: when participation costs more than the wage cap at any effort.
        ModelError: when `effort` is none of the problem's.
        NoOptimum: when the payoff grows with effort for ever.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.NormalMonitor(n=100), wage_floor=0.0)
    >>> round(pg.first_best(problem).payoff, 6)
    1.2288
    """
    Options(effort=effort).check(problem, FlatWage)
    proposal = propose_first_best(problem, effort)
    certificate = certify_observed(problem, proposal.contract, proposal.effort)
    return _design(problem, proposal, certificate)


@checked_arguments
def second_best(
    problem: MoralHazard, family: type[Contract] = BinaryContract, **options: Unpack[OptionKeywords]
) -> Design:
    """Return the best contract of `family`, certified over all efforts.

    Arguments:
        problem: primitives, wage bounds and reservation utility.
        family: `BinaryContract`, `LinearContract`, `TieredContract`, `WageSchedule` (any rule),
            `DebtContract` or `FlatWage`.
        options: keywords of `Options`: `effort` to induce one effort as cheaply as possible,
            `cutoff` and `bonus_cap` of a bonus contract, `tiers` of a tiered one, `monotone`,
            `method` and `budget` of a schedule, `round_to` for wages in cents.

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
    >>> round(pg.second_best(problem, pg.WageSchedule).payoff - design.payoff, 4)
    0.0439
    """
    chosen = Options(**options)
    chosen.check(problem, family)
    if family is WageSchedule:
        schedules = ScheduleSearch(
            problem, chosen.effort, solver=chosen.solver, budget=chosen.budget
        )
        return _certified(problem, family, schedules)
    if family is TieredContract:
        return _certified(problem, family, TierSearch(problem, chosen.effort, chosen.tiers))
    if chosen.round_to is not None:
        proposal = propose_rounded(
            problem, family, chosen.cutoff, chosen.bonus_cap, chosen.round_to
        )
    else:
        proposal = _propose(problem, family, chosen)
    proposal = replace(proposal, prices=relaxed_prices(problem, proposal.effort))
    certificate = certify(problem, proposal.contract, proposal.effort, prices=proposal.prices)
    if not certificate.holds:
        raise _refused(family, proposal, certificate)
    return _design(problem, proposal, certificate)


@checked_arguments
def relaxed(
    problem: MoralHazard, family: type[Contract] = BinaryContract, **options: Unpack[OptionKeywords]
) -> Design:
    """Return the first-order relaxation: local incentive compatibility only.

    Its payoff is a claim that the agent need not honour: for bonus contracts the certificate fails
    (theory T7) and names the effort that the agent prefers.

    Arguments:
        problem: as `second_best`.
        family: as `second_best`.
        options: `effort` and `bonus_cap`, as `second_best`.

    Raises:
        InfeasibleContract, NoOptimum: as `second_best`.
    """
    chosen = Options(**options)
    chosen.check(problem, family)
    if family is BinaryContract:
        search = BonusSearch(problem, chosen.effort, bonus_cap=chosen.bonus_cap, local_only=True)
        proposal = search.solve()
    elif family is WageSchedule:
        proposal = ScheduleSearch(
            problem, chosen.effort, local_only=True, solver=chosen.solver
        ).solve()
    elif family is TieredContract:
        proposal = TierSearch(problem, chosen.effort, chosen.tiers, local_only=True).solve()
    else:
        proposal = LinearSearch(problem, chosen.effort, local_only=True).solve()
    certificate = certify(problem, proposal.contract, proposal.effort, prices=proposal.prices)
    return _design(problem, proposal, certificate, relaxed=True)


@checked_arguments
def agency_cost(
    problem: MoralHazard, family: type[Contract] = BinaryContract, **options: Unpack[OptionKeywords]
) -> float:
    """Return first best minus second best (money): what not seeing effort costs the principal.

    Arguments:
        problem: as `second_best`.
        family: as `second_best`.
        options: as `second_best`.

    Raises:
        InfeasibleContract, NoOptimum, NotConverged: as `second_best`.
    """
    best = first_best(problem, effort=options.get("effort")).payoff
    return best - second_best(problem, family, **options).payoff


@checked_arguments
def log_agency_cost(
    problem: MoralHazard, family: type[Contract] = BinaryContract, **options: Unpack[OptionKeywords]
) -> float:
    """Return the natural log of `agency_cost` (money), also where a difference would be rounding.

    Between levels of effort the agency cost of a bonus falls like exp(-λn) (theory T11), far below
    what two payoffs can tell. Where first best and second best choose the same effort and nothing
    but risk is paid for, the risk premium itself is measured.

    Arguments:
        problem: as `second_best`.
        family: as `second_best`.
        options: as `second_best`.

    Raises:
        InfeasibleContract, NoOptimum, NotConverged: as `second_best`.
    """
    best = first_best(problem, effort=options.get("effort"))
    design = second_best(problem, family, **options)
    rule, lost = design.contract, best.payoff - design.payoff
    tiny = lost <= ROUNDING * (1.0 + abs(best.payoff))
    if tiny and isinstance(rule, BinaryContract) and best.effort == design.effort:
        return log_risk_premium(problem, rule, design.effort)
    return math.log(lost) if lost > 0 else -math.inf


def _propose(problem: MoralHazard, family: type[Contract], chosen: Options) -> Proposal:
    if family is FlatWage:
        return propose_first_best(problem, problem.efforts.low)
    if family is DebtContract:
        return DebtSearch(problem).solve()
    if family is LinearContract:
        return LinearSearch(problem, chosen.effort).solve()
    return BonusSearch(problem, chosen.effort, chosen.cutoff, chosen.bonus_cap).solve()


def _certified(
    problem: MoralHazard, family: type[Contract], search: ScheduleSearch | TierSearch
) -> Design:
    """Solve, prove, forbid the deviation that the proof found, and solve again."""
    refused = None
    for _ in range(PROOFS):
        proposal = search.solve()
        prices = proposal.prices or relaxed_prices(problem, proposal.effort)
        certificate = certify(problem, proposal.contract, proposal.effort, prices=prices)
        if certificate.holds:
            return _design(problem, proposal, certificate)
        refused = _refused(family, proposal, certificate)
        if certificate.witness is not None:
            search.deter(proposal.effort, certificate.witness)
        else:
            search.margin *= STRICTER
    raise refused or NotConverged("nothing was tried")


def _refused(family: type[Contract], proposal: Proposal, certificate: Certificate) -> NotConverged:
    return NotConverged(
        f"the best {family.__name__} found ({proposal.contract}) can't be certified:"
        f" {certificate.verdict}; it is not returned"
    )


def _design(
    problem: MoralHazard, proposal: Proposal, certificate: Certificate, *, relaxed: bool = False
) -> Design:
    wage = float(expected_wage(problem, proposal.contract, proposal.effort))
    payoff = float(problem.value(proposal.effort)) - wage
    return Design(problem, proposal.contract, proposal.effort, payoff, wage, certificate, relaxed)
