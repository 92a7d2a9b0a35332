"""What is known of uncertain annotators, in sentences a designer of pay understands."""

import math

from paygrade.certificate.verdict import Evidence
from paygrade.report.announcing import contract_in_words
from paygrade.report.study import Study
from paygrade.report.uncertain import Kinds, Safe
from paygrade.robust.menu import Menu

UNSURE_WORDS = {"cost": "cost of attention", "signal": "signal of a check"}


def verdict_in_words(study: Study) -> str:
    """Return what is proved of the announced rule, or rules."""
    if study.kinds is not None:
        return _of_kinds(study.kinds)
    if study.safe is not None:
        return _of_all(study.safe)
    return study.design.certificate.verdict


def what_to_expect(study: Study) -> list[str]:
    """Return what allowing for uncertain annotators costs and buys, in sentences."""
    if study.kinds is not None:
        return _expected(study.kinds)
    return [] if study.safe is None else _price(study.safe)


def who(safe: Safe) -> str:
    """Return whom a safe rule is for.

    Their figures lie within the share; a signal ends at 1.
    """
    figures = " and ".join(UNSURE_WORDS[name] for name in safe.unsure)
    are, those = ("are", "those") if len(safe.unsure) > 1 else ("is", "the one")
    return f"annotators whose {figures} {are} within {safe.percent:g} % of {those} stated"


def down(amount: float) -> str:
    """Return a lower bound with two decimals, rounded to the safe side.

    >>> down(4.477), down(-7.961)
    ('4.47', '-7.97')
    """
    return f"{math.floor(round(amount * 100, 6)) / 100:.2f}"


def _of_all(safe: Safe) -> str:
    proof = safe.robust.certificate
    people = who(safe)
    if proof.evidence is Evidence.CHECKED:
        return (
            f"CHECKED: of {proof.cells} {people}, none works less than {down(proof.least_effort)}"
            f" or earns you less than {down(proof.worst_payoff)} a batch; the others were not tried"
        )
    return (
        f"{proof.evidence}: of all {people}, nobody refuses, works less than"
        f" {down(proof.least_effort)} or earns you less than {down(proof.worst_payoff)} a batch"
    )


def _of_kinds(kinds: Kinds) -> str:
    several = len(kinds.rules) > 1
    said = "another rule or another effort" if several else "another effort"
    return f"{kinds.evidence}: no kind of annotator listed gains by {said}"


def _price(safe: Safe) -> list[str]:
    price = safe.cheapest.payoff - safe.design.payoff
    n = int(getattr(safe.cheapest.problem.monitor, "n", 0))
    cheapest = contract_in_words(safe.cheapest.contract, n).rstrip(".")
    worst = safe.worst
    falls = f"works {worst.effort:.2f}" if worst.accepts else "leaves"
    return [
        (
            f"With annotators exactly as stated you keep {safe.design.payoff:.2f} a batch, and"
            f" {safe.cheapest.payoff:.2f} under the cheapest rule ({cheapest}): being safe costs"
            f" {price:.2f} a batch."
        ),
        (
            f"Under the cheapest rule one of these annotators {falls}, and you keep"
            f" {worst.payoff:.2f} a batch."
        ),
    ]


def _expected(kinds: Kinds) -> list[str]:
    found = kinds.found
    said = [f"You keep {found.expected_payoff:.2f} a batch on average over the kinds."]
    away = [one.name for one in kinds.outcomes if not one.accepts]
    idle = [one.name for one in kinds.outcomes if one.accepts and one.effort < 0.05]
    if away:
        said.append(f"Worth losing, at this pay: {', '.join(away)}.")
    if idle:
        said.append(f"Paid and hardly working: {', '.join(idle)}.")
    if isinstance(found, Menu) and len(kinds.rules) == 1:
        said.append("No menu that was tried does better than this one rule.")
    elif isinstance(found, Menu):
        said.append(
            f"The best single rule found keeps {found.single.expected_payoff:.2f}; the menu gains"
            f" {found.gain:.2f} a batch."
        )
    return said
