"""What the rule in use does if one of the numbers on the sliders is off."""

from paygrade.explore import words
from paygrade.explore.facts import RuleFacts
from paygrade.explore.situation import Situation
from paygrade.report.stated import stated_inputs
from paygrade.robust.mistakes import Mistake, sensitivity

BY = 0.1  # share of itself by which a number is off
SLIDERS = {
    "annotator.full_effort": "Trouble of full care",
    "annotator.cost_power": "How fast care gets harder",
    "annotator.reservation_wage": "Pay elsewhere",
    "annotator.wealth": "Other money annotators have",
    "annotator.risk_aversion": "Dislike of uncertain pay",
    "batch.value": "Value of full care",
    "batch.checks": "Checks per batch",
    "monitor.signal": "Careful work gets right",
}


def if_off(now: Situation, facts: RuleFacts) -> list[dict[str, str]]:
    """Return the numbers that cost you money where they are 10 % off, a row each, worst first.

    What careful work gets right is off by 10 % of what it has above one half.

    Raises:
        PaygradeError: what annotators do then could not be settled.

    >>> from paygrade.explore.facts import rule_facts
    >>> now = Situation(base=7.96, bonus=4.68, cutoff=49)
    >>> rows = if_off(now, rule_facts(now.problem, now.contract))
    >>> list(rows[0].values())
    ['Pay elsewhere', '8.00', '7.20', 'full care on no item', '15.9...']
    """
    economics = now.work.economics(now.checks)
    inputs = stated_inputs(economics, facts.monitor, facts.average_pay(facts.effort))
    found = sensitivity(facts.problem, facts.contract, inputs=inputs, by=BY, reoptimise=False)
    amount = words.amounts(now)
    return [
        {
            "If this": SLIDERS[one.input],
            "is not": _number(now, one, one.thought),
            "but": _number(now, one, one.truth),
            "annotators": f"full care on {words.care(one.effort)}" if one.accepts else "leave",
            "you lose": amount(found.payoff - one.payoff),
        }
        for one in found.mistakes
        if found.payoff - one.payoff >= now.work.unit / 2
    ]


def _number(now: Situation, one: Mistake, number: float) -> str:
    match one.input:
        case "annotator.cost_power" | "annotator.risk_aversion":
            return f"{number:.2f}"
        case "batch.checks":
            return f"{number:.0f}"
        case "monitor.signal":
            return words.percent(0.5 + 0.5 * number)
    return words.amounts(now)(number)
