"""Menus: several rules are announced, each annotator takes the one that suits, or none.

A menu separates types when nobody gains by taking a rule meant for others: for every type and every
other rule, the most that any effort yields there is less than what the type's own rule yields.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb

from paygrade.agent.expected import agent_utility
from paygrade.agent.response import best_response
from paygrade.arguments import checked_arguments
from paygrade.certificate.proof import certify
from paygrade.certificate.verdict import Certificate, Evidence
from paygrade.errors import ModelError, NotConverged
from paygrade.model.contract import BinaryContract, Contract
from paygrade.model.problem import MoralHazard
from paygrade.model.typeset import TypeList
from paygrade.robust.choices import MenuSearch
from paygrade.robust.design import ScreeningDesign, mean_payoff, screening_design
from paygrade.robust.outcome import TypeOutcome, outcome_of, table_of

WORTHWHILE = 1e-6  # relative gain below which one rule does as well


@dataclass(frozen=True)
class Menu:
    """Rules from which each type takes one, or none.

    Attributes:
        types: the types with their probabilities.
        items: the rules (money).
        choice: for each type, the number of its rule in `items`; None where it declines.
        outcomes: what each type does with its rule.
        envy: for each type and rule, an upper bound on what taking that rule at any effort would
            gain it over its own choice (its unit of utility), (t, i); zero at its own.
        certificates: that each type's best response to each rule is one, (t, i).
        single: the best one rule for all, which the menu has to beat.
    """

    types: TypeList
    items: tuple[BinaryContract, ...]
    choice: tuple[int | None, ...]
    outcomes: tuple[TypeOutcome, ...]
    envy: tuple[tuple[float, ...], ...]
    certificates: tuple[tuple[Certificate, ...], ...]
    single: ScreeningDesign

    @property
    def expected_payoff(self) -> float:
        """Probabilities times payoffs (money)."""
        return mean_payoff(self.outcomes)

    @property
    def gain(self) -> float:
        """What the menu earns over the best single rule (money)."""
        return self.expected_payoff - self.single.expected_payoff

    @property
    def holds(self) -> bool:
        """Whether it is certified that nobody gains by another rule or another effort."""
        return all(one.decision_is_proved for one in self.outcomes) and all(
            bound <= one.certificate.tolerance
            for row, one in zip(self.envy, self.outcomes, strict=True)
            for bound in row
        )

    @property
    def evidence(self) -> Evidence:
        """The weakest grade among all certificates."""
        grades = {proof.evidence for row in self.certificates for proof in row}
        return Evidence.CHECKED if Evidence.CHECKED in grades else Evidence.PROVED

    def __str__(self) -> str:
        rules = "\n".join(f"{i}. {rule}" for i, rule in enumerate(self.items, start=1))
        taken = ", ".join(
            f"{name}: {'none' if i is None else i + 1}"
            for name, i in zip(self.types.labels, self.choice, strict=True)
        )
        return (
            f"{rules}\ntaken: {taken}\n{table_of(self.outcomes)}\n"
            f"expected payoff {self.expected_payoff:.4f}, by the best single rule"
            f" {self.single.expected_payoff:.4f}"
        )


@checked_arguments
def menu_design(
    types: TypeList,
    *,
    most: int | None = None,
    idle: float = 0.0,
    round_to: float | None = None,
) -> Menu:
    """Return the best menu of bonus rules found, certified for every type and rule.

    Arguments:
        types: the types with their probabilities.
        most: greatest number of rules; by default one for each type.
        idle: what a type that declines earns the principal (money).
        round_to: announce wages in multiples of this (money), 0.01 for cents; the rounded rules are
            the ones that are certified.

    Raises:
        ModelError: for a box of types, or no rule to be listed.
        InfeasibleContract: when no bonus rule is payable.
        NotConverged: when the choices can't be certified.

    Where a menu gains nothing, it has one rule, the best single one. That nobody prefers another
    rule is proved; that no menu is better is the result of a search.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=20, rho=0.8), wage_floor=0.0)
    >>> types = pg.TypeList(problem, [{"cost.scale": 0.8}, {"cost.scale": 1.5}])
    >>> menu = menu_design(types)
    >>> menu.holds, menu.gain >= 0.0
    (True, True)
    """
    most = len(types.members) if most is None else most
    if most < 1:
        raise ModelError(f"most={most!r} leaves no rule to choose; give a whole number of rules")
    single = screening_design(types, idle=idle, round_to=round_to)
    start = single.contract
    if not isinstance(start, BinaryContract):
        raise NotConverged(f"{start} is no bonus rule to start a menu from")
    search = MenuSearch(types.members, types.weights, idle)
    found = search.solve(start, most)
    if round_to is not None:
        found = search.rounded(found, round_to) or [start]
    menu = _menu(types, found, single, idle)
    close = WORTHWHILE * (1.0 + abs(single.expected_payoff))
    if not menu.holds or menu.gain <= close:
        menu = _menu(types, [start], single, idle)
    if not menu.holds:
        raise NotConverged("who takes which rule can't be certified; the menu is not returned")
    return menu


def _menu(
    types: TypeList, rules: Sequence[BinaryContract], single: ScreeningDesign, idle: float
) -> Menu:
    """Return the menu of those rules that somebody takes."""
    taken = {_favourite(member, rules) for member in types.members}
    items = tuple(rule for i, rule in enumerate(rules) if i in taken) or (rules[0],)
    rows = [_pairs(member, items) for member in types.members]
    choice, envy, outcomes = [], [], []
    for name, weight, member, pairs in zip(
        types.labels, types.weights, types.members, rows, strict=True
    ):
        own = max(range(len(items)), key=lambda i: pairs[i][0])
        outcome = outcome_of(member, items[own], name, probability=weight, idle=idle)
        outcomes.append(outcome)
        choice.append(own if outcome.accepts else None)
        level = pairs[own][0] if outcome.accepts else member.reservation_utility
        envy.append(
            tuple(
                0.0 if i == own and outcome.accepts else _above(value, proof, level)
                for i, (value, proof) in enumerate(pairs)
            )
        )
    return Menu(
        types, items, tuple(choice), tuple(outcomes), tuple(envy),
        tuple(tuple(proof for _, proof in pairs) for pairs in rows), single,
    )  # fmt: skip


def _favourite(member: MoralHazard, rules: Sequence[BinaryContract]) -> int:
    return max(range(len(rules)), key=lambda i: best_response(member, rules[i]).utility)


def _pairs(member: MoralHazard, items: Sequence[Contract]) -> list[tuple[float, Certificate]]:
    """Return utility and certificate of the type's best response to each rule."""
    found = []
    for rule in items:
        effort = best_response(member, rule).effort
        proof = certify(member, rule, effort)
        found.append((float(agent_utility(member, rule, effort)), proof))
    return found


def _above(value: float, proof: Certificate, level: float) -> float:
    """Return an upper bound on the utility that any effort yields, above `level`."""
    return float((arb(value) + arb(proof.ic_gap) - arb(level)).upper())
