"""What participants read before they begin: pay, checks, chances, and whom to ask."""

from decimal import Decimal

import numpy as np

from paygrade.model.contract import BinaryContract, FlatWage, LinearContract
from paygrade.operations.plan import BatchPlan, Pair
from paygrade.operations.rule import PayRule

CHECKED = {
    "golden": "of the questions have an answer that we know already. A check agrees if your answer"
    " is the same.",
    "repeats": "of the questions come back later with the sides exchanged. A check agrees if you"
    " prefer the same response both times.",
}
APPEAL = (
    "Write to us. You have the right to be shown which of your answers were checked, what they were"
    " compared with and how they were counted. A person looks at them again and pays what was"
    " missed."
)


def instructions(rule: PayRule, plan: BatchPlan, question: str) -> dict[str, list[str]]:
    """Return the paragraphs that participants read, by heading.

    Nothing in them depends on who reads, and nothing tells which questions are checked.
    """
    size, answers = plan.batches.size, answers_of(plan)
    return {
        "What to do": [
            f"You will see {size} pairs of responses, one after the other. Each time: {question}",
            f"Answer with one of: {', '.join(answers)}.",
        ],
        "How you are paid": _pay(rule),
        "What is checked": [
            f"{rule.checks} {CHECKED[rule.counted]} They are mixed in at random and not marked.",
            (
                "Pay depends on these checks and on nothing else: not on your speed, and not on any"
                " other answer."
            ),
        ],
        "What to expect": _chances(rule),
        "If you think the count is wrong": [
            APPEAL,
        ],
    }


def answers_of(plan: BatchPlan) -> tuple[str, str]:
    """Return the answers that every screen offers."""
    return (plan.pair or Pair()).answers


def as_text(sections: dict[str, list[str]]) -> str:
    """Return the sections as plain text."""
    return "\n".join(line for head, lines in sections.items() for line in (head, "", *lines, ""))


def as_markdown(sections: dict[str, list[str]]) -> str:
    """Return the sections as Markdown."""
    return "\n".join(
        line
        for head, lines in sections.items()
        for line in (f"## {head}", "", *(each for text in lines for each in (text, "")))
    )


def money(amount: Decimal, rule: PayRule) -> str:
    """Return an amount with its currency, in whole units of money."""
    rounded = rule.unit * round(amount / rule.unit)
    return f"{rounded:f} {rule.currency}".strip()


def _pay(rule: PayRule) -> list[str]:
    first, *rest = rule.amounts
    base = f"You are paid {money(rule.pay(0), rule)} for finishing, whatever the checks say."
    match rule.contract:
        case BinaryContract(_, _, cutoff):
            both = money(rule.pay(rule.checks), rule)
            return [
                base,
                (
                    f"You get a bonus of {money(rest[0], rule)} on top, {both} in all, if at least"
                    f" {cutoff:.0f} of {rule.checks} checks agree."
                ),
            ]
        case LinearContract():
            return [
                base,
                (
                    f"On top you get {money(rest[0], rule)} times the share of checks that agree:"
                    f" {money(rule.pay(rule.checks), rule)} in all if all {rule.checks} do."
                ),
            ]
        case FlatWage():
            return [f"You are paid {money(first, rule)} for finishing, whatever the checks say."]
    tiers = zip(getattr(rule.contract, "cutoffs", ()), rest, strict=True)
    return [
        base,
        *(
            f"You are paid {money(wage, rule)} in all if at least {mark:.0f} of {rule.checks}"
            " checks agree."
            for mark, wage in tiers
        ),
    ]


def _chances(rule: PayRule) -> list[str]:
    right = f"{100 * rule.careful:.0f} % of checks right"
    text = f"Somebody who reads everything with full care gets {right}"
    if not isinstance(rule.contract, BinaryContract):
        return [f"{text}, and earns {rule.expected_pay(rule.careful):.2f} on average."]
    paid = rule.payments >= rule.payments.max()
    full, guessing = (float(np.sum(rule.law(each)[paid])) for each in (rule.careful, 0.5))
    return [
        (
            f"{text} and earns the bonus {_often(full)}. Somebody who guesses earns it"
            f" {_often(guessing)}."
        ),
        "One missed bonus is no verdict about you: it can be bad luck.",
    ]


def _often(chance: float) -> str:
    """Return a chance as a frequency that claims no certainty.

    >>> _often(0.93), _often(0.9999), _often(0.001)
    ('in 93 of 100 cases', 'in over 99 of 100 cases', 'in under 1 of 100 cases')
    """
    if chance > 0.99:
        return "in over 99 of 100 cases"
    if chance < 0.01:
        return "in under 1 of 100 cases"
    return f"in {100 * chance:.0f} of 100 cases"
