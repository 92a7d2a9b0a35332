"""What would do better than a rule in use: rules to announce, and bounds on any rule."""

import math

from paygrade.audit.behaviour import Behaviour
from paygrade.audit.rivals import Rivals
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    FlatWage,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.solution import Design


def better(behaviour: Behaviour, rivals: Rivals, checks: int) -> list[str]:
    """Return the best rule at the same cost, the same effort for less, or why neither exists."""
    found = [f"The rule costs {rivals.wage:.2f} a batch and gets effort {rivals.effort:.2f}."]
    found += _best(rivals, checks)
    strongest, cheapest = rivals.strongest, rivals.cheapest
    if strongest is not None:
        found.append(
            f"More effort for the same money: {describe(strongest.contract, checks)} It costs"
            f" {strongest.expected_wage:.2f} and gets effort {strongest.effort:.2f}."
            f" {strongest.certificate.verdict}."
        )
    if cheapest is not None:
        found.append(
            f"The same effort for less: {describe(cheapest.contract, checks)} It costs"
            f" {cheapest.expected_wage:.2f}, {rivals.wage - cheapest.expected_wage:.2f} less a"
            f" batch, and gets effort {cheapest.effort:.2f}. {cheapest.certificate.verdict}."
        )
    if behaviour.perceived is not behaviour.contract:
        found.append("Rules without the ban are compared; its threat costs you no pay.")
    if rivals.is_dominated:
        return [*found, *_bounds(rivals)]
    if rivals.takes_part:
        found.append(f"No bonus, rate or tiers in steps of {rivals.unit:g} do better.")
    else:
        found.append("The rule underpays this annotator; one that keeps them has to cost more.")
    found += [f"Nothing found: {reason}." for reason in rivals.reasons]
    found += _bounds(rivals)
    return found


def _best(rivals: Rivals, checks: int) -> list[str]:
    """Return the best rule of all, where the one in use gets nothing."""
    if rivals.best is None:
        return []
    if isinstance(rivals.best, str):
        return [f"No bonus or rate at all is worth announcing: {rivals.best}."]
    best = rivals.best
    said = (
        f"The best rule found, whatever it costs: {describe(best.contract, checks)} It costs"
        f" {best.expected_wage:.2f} a batch, gets effort {best.effort:.2f} and is worth"
        f" {best.payoff:.2f} to you after pay. {best.certificate.verdict}."
    )
    return [said]


def describe(contract: Contract, checks: int) -> str:
    """Return a rule as it can be announced.

    >>> describe(BinaryContract(8.0, 4.5, 7.0), 10)
    'Pay 8.00, add 4.50 if at least 7 of 10 are right.'
    """
    match contract:
        case BinaryContract(base, bonus, cutoff) if bonus > 0:
            return (
                f"Pay {base:.2f}, add {bonus:.2f} if at least {cutoff:.0f} of {checks} are right."
            )
        case BinaryContract(base):
            return f"Pay {base:.2f} whatever is right."
        case FlatWage(amount):
            return f"Pay {amount:.2f} whatever is right."
        case LinearContract(intercept, slope):
            return f"Pay {intercept:.2f}, add {slope:.2f} times the share that is right."
        case TieredContract(cutoffs, wages):
            steps = zip(cutoffs, wages[1:], strict=True)
            tiers = ", ".join(f"{wage:.2f} from {cutoff:.0f} on" for cutoff, wage in steps)
            return f"Pay {wages[0]:.2f}, {tiers} of {checks} right."
    return str(contract)


def _bounds(rivals: Rivals) -> list[str]:
    """Return what any rule could do: a designed schedule, and the proved least cost."""
    found = []
    schedule = next((each for each in rivals.found if each.family is WageSchedule), None)
    if schedule is not None and isinstance(schedule.cheaper, Design):
        proof = schedule.cheaper.certificate
        least = math.floor(proof.cost_lower * 100.0) / 100.0  # rounded to what is proved
        found.append(
            "With a wage of its own for every count, this effort could cost"
            f" {schedule.cheaper.expected_wage:.2f}; no rule of any kind without a ban that keeps"
            f" the annotator gets it for less than {least:.2f} ({proof.evidence})."
        )
    if schedule is not None and isinstance(schedule.stronger, Design):
        found.append(
            f"The most effort found for {rivals.wage:.2f}, with a wage for every count, is"
            f" {schedule.stronger.effort:.2f}."
        )
    return found
