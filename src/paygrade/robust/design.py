"""One rule for annotators who are not known exactly, certified type by type.

`robust_design` asks that every type takes part and maximises the worst payoff; `screening_design`
maximises the expected payoff over a list of types, of which some may decline or shirk.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from paygrade.arguments import checked_arguments
from paygrade.certificate.typeset import TypesCertificate, certify_types, listed
from paygrade.certificate.verdict import Evidence
from paygrade.design.options import Options
from paygrade.errors import InfeasibleContract, ModelError, NoOptimum, NotConverged
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.problem import MoralHazard
from paygrade.model.typeset import TypeBox, TypeList, TypeSet
from paygrade.model.utility import RiskNeutral
from paygrade.robust.announced import TRIES, announceable, best_certified
from paygrade.robust.outcome import TypeOutcome, outcome_of, table_of
from paygrade.robust.search import RuleSearch

SNAP = 2e-5  # of a rule's amounts: what a base may miss the lowest wage by and be set to it
GROWTH = 4.0  # of the margin after a refusal


@dataclass(frozen=True)
class RobustDesign:
    """A rule that holds for every type of a set.

    Attributes:
        types: the set.
        contract: what to announce (money).
        outcomes: what the listed types do: all of a list; corners and middle of a box.
        certificate: what is proved about *all* types of the set.
        worst_payoff: no type earns the principal less (money), as `certificate` bounds it.
    """

    types: TypeSet
    contract: Contract
    outcomes: tuple[TypeOutcome, ...]
    certificate: TypesCertificate

    @property
    def worst_payoff(self) -> float:
        return self.certificate.worst_payoff

    @property
    def evidence(self) -> Evidence:
        """Grade of the evidence for the whole set."""
        return self.certificate.evidence

    def __str__(self) -> str:
        return f"{self.contract}\n{self.certificate.verdict}\n{table_of(self.outcomes)}"


@dataclass(frozen=True)
class ScreeningDesign:
    """The rule of greatest expected payoff over a list of types.

    Attributes:
        types: the list.
        contract: what to announce (money).
        outcomes: what each type does, certified.
        expected_payoff: probabilities times payoffs (money).
        serves_all: whether every type takes part.
    """

    types: TypeList
    contract: Contract
    outcomes: tuple[TypeOutcome, ...]

    @property
    def expected_payoff(self) -> float:
        return mean_payoff(self.outcomes)

    @property
    def serves_all(self) -> bool:
        return all(outcome.accepts for outcome in self.outcomes)

    def __str__(self) -> str:
        expected = f"expected payoff {self.expected_payoff:.4f}"
        return f"{self.contract}\n{expected}\n{table_of(self.outcomes)}"


@checked_arguments
def robust_design(
    types: TypeSet,
    family: type[Contract] = BinaryContract,
    *,
    effort: float | None = None,
    cutoff: float | None = None,
    bonus_cap: float | None = None,
    round_to: float | None = None,
) -> RobustDesign:
    """Return the rule of greatest worst payoff among those that every type takes.

    Arguments:
        types: a `TypeList`, or a `TypeBox` of infinitely many types.
        family: `BinaryContract` or `LinearContract`.
        effort: what every type is asked for at least; None for none, when only the worst payoff
            counts. Without it some type may do nothing where that is the lesser evil.
        cutoff: the pass mark of a bonus rule; None for the best one.
        bonus_cap: the largest bonus (money).
        round_to: announce wages in multiples of this (money), 0.01 for cents. The rounded rule is
            the one that is certified.

    Raises:
        InfeasibleContract: when no rule of the family makes every type take part (and work).
        NoOptimum: when nothing bounds punishments from below (Mirrlees).
        NotConverged: when no rule that was found holds for all types.
        ModelError: for another family, options that make no sense, or an effort outside the effort
            set.

    The rule overfulfils every binding condition by 1e-5 of what is at stake, so that the
    proof need not decide between equals. That the rule *holds* is proved; that no other is better
    is the result of a search.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=20, rho=0.8), wage_floor=0.0)
    >>> design = robust_design(pg.TypeBox(problem, {"cost.scale": (0.9, 1.1)}), effort=0.7)
    >>> design.contract.cutoff, design.certificate.least_effort >= 0.7, design.evidence.value
    (16.0, True, 'PROVED')
    """
    _require_family(family)
    Options(cutoff=cutoff, bonus_cap=bonus_cap, round_to=round_to).check(types.problem, family)
    require_bounded_punishment(types.problem, family)
    if effort is not None and not types.problem.efforts.contains(effort):
        raise ModelError(
            f"effort={effort!r} is not in the problem's efforts, so no type can be asked for it;"
            f" choose one between {types.problem.efforts.low:g} and {types.problem.efforts.high:g}"
        )
    _, members = listed(types)
    search = RuleSearch(
        members, family, effort=effort, cutoff=cutoff, bonus_cap=bonus_cap or math.inf
    )
    refused = ""
    for _ in range(TRIES):
        contract = search.solve()
        if contract is None:
            raise _infeasible(family, effort)
        contract, certificate = best_certified(
            types, announceable(search, contract, round_to), effort
        )
        if certificate.holds:
            rule, proof = _tidied(types, contract, effort) or (contract, certificate)
            return RobustDesign(types, rule, _outcomes(types, rule), proof)
        refused = f"{contract}: {certificate.verdict}"
        search = replace(
            search,
            margin=search.margin * GROWTH,
            members=_with_worst(types, search.members, certificate),
        )
    raise NotConverged(
        f"no {family.__name__} found can be certified for all types; the last one, {refused}; give"
        " narrower ranges or ask for less effort"
    )


@checked_arguments
def screening_design(
    types: TypeList,
    family: type[Contract] = BinaryContract,
    *,
    idle: float = 0.0,
    cutoff: float | None = None,
    bonus_cap: float | None = None,
    round_to: float | None = None,
) -> ScreeningDesign:
    """Return the one rule of greatest expected payoff; some types may decline or shirk under it.

    Arguments:
        types: the types with their probabilities.
        family: `BinaryContract` or `LinearContract`.
        idle: what a type that declines earns the principal (money).
        cutoff: as in `robust_design`.
        bonus_cap: as in `robust_design`.
        round_to: as in `robust_design`.

    Raises:
        InfeasibleContract: when no rule of the family is payable.
        NoOptimum: when nothing bounds punishments from below (Mirrlees).
        ModelError: for a box of types, which has no probabilities, another family, or options that
            make no sense.
        NotConverged: when what a type does can't be certified.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=20, rho=0.8), wage_floor=0.0)
    >>> types = pg.TypeList(problem, [{"cost.scale": 0.8}, {"cost.scale": 3.0}], [0.7, 0.3])
    >>> design = screening_design(types)
    >>> [round(outcome.effort, 2) for outcome in design.outcomes]
    [0.96, 0.0]
    """
    _require_family(family)
    Options(cutoff=cutoff, bonus_cap=bonus_cap, round_to=round_to).check(types.problem, family)
    require_bounded_punishment(types.problem, family)
    search = RuleSearch(
        types.members, family, weights=types.weights, idle=idle, cutoff=cutoff,
        bonus_cap=bonus_cap or math.inf,
    )  # fmt: skip
    contract = search.solve()
    if contract is None:
        raise _infeasible(family, None)
    found = [
        ScreeningDesign(types, rule, _outcomes(types, rule, idle))
        for _, rule in announceable(search, contract, round_to)
    ]
    proved = [design for design in found if is_proved(design.outcomes)]
    if not proved:
        require_proved(found[0].outcomes, found[0].contract)
    return max(proved, key=lambda design: design.expected_payoff)


def mean_payoff(outcomes: Sequence[TypeOutcome]) -> float:
    """Return probabilities times payoffs (money)."""
    return sum((one.probability or 0.0) * one.payoff for one in outcomes)


def is_proved(outcomes: Sequence[TypeOutcome]) -> bool:
    """Whether every type's decision is certified."""
    return all(one.decision_is_proved for one in outcomes)


def require_proved(outcomes: Sequence[TypeOutcome], contract: object) -> None:
    """Raise NotConverged unless every type's decision is certified."""
    doubtful = [one.name for one in outcomes if not one.decision_is_proved]
    if doubtful:
        raise NotConverged(
            f"under {contract} it can't be certified what {', '.join(doubtful)} does; it is not"
            " returned"
        )


def _tidied(
    types: TypeSet, contract: Contract, effort: float | None
) -> tuple[Contract, TypesCertificate] | None:
    """Return the rule with the lowest wage as its base, proved, where it misses it by nothing."""
    lowest = types.problem.lowest_wage
    match contract:
        case BinaryContract(base, extra, cutoff):
            tidy: Contract = BinaryContract(lowest, extra, cutoff)
        case LinearContract(base, extra):
            tidy = LinearContract(lowest, extra)
        case _:
            return None
    if not 0.0 < base - lowest <= SNAP * (abs(lowest) + extra):
        return None
    certificate = certify_types(types, tidy, effort=effort)
    return (tidy, certificate) if certificate.holds else None


def _outcomes(types: TypeSet, contract: Contract, idle: float = 0.0) -> tuple[TypeOutcome, ...]:
    names, members = listed(types)
    weights = types.weights if isinstance(types, TypeList) else (None,) * len(members)
    return tuple(
        outcome_of(member, contract, name, probability=weight, idle=idle)
        for name, member, weight in zip(names, members, weights, strict=True)
    )


def _with_worst(
    types: TypeSet, members: tuple[MoralHazard, ...], refused: TypesCertificate
) -> tuple[MoralHazard, ...]:
    """Return the types to hold the next rule against: the worst one that the proof met as well."""
    if not (isinstance(types, TypeBox) and refused.worst):
        return members
    worst = types.at(refused.worst)
    return members if worst in members else (*members, worst)


def _require_family(family: type[Contract]) -> None:
    if family not in (BinaryContract, LinearContract):
        raise ModelError(
            f"{family.__name__}: rules for several types are searched among bonus and linear ones;"
            " give BinaryContract or LinearContract (certify_types takes any rule)"
        )


def require_bounded_punishment(problem: MoralHazard, family: type[Contract]) -> None:
    """Raise NoOptimum where ever rarer and harsher punishments may keep paying (Mirrlees)."""
    least = problem.utility.bounds[0]
    if math.isfinite(problem.lowest_wage):
        least = float(problem.utility(problem.lowest_wage))
    if family is BinaryContract and math.isinf(least) and not _is_neutral(problem):
        raise NoOptimum(
            f"{type(problem.utility).__name__} is unbounded below and nothing bounds the wage from"
            " below, so rarer and harsher punishments may keep improving the payoff (Mirrlees); set"
            " wage_floor (with a positive shift)"
        )


def _is_neutral(problem: MoralHazard) -> bool:
    return isinstance(problem.utility, RiskNeutral)


def _infeasible(family: type[Contract], effort: float | None) -> InfeasibleContract:
    asked = "" if effort is None else f" and works at least {effort:g}"
    return InfeasibleContract(
        f"under no {family.__name__} that was tried every type takes part{asked}; ask for less"
        " effort, give narrower ranges, raise wage_cap or the number of checks"
    )
