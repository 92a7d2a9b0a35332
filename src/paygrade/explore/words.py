"""What the page says: sentences for people who know labelling and not economics."""

from dataclasses import dataclass

from paygrade.certificate.verdict import Evidence
from paygrade.explore.advice import Offer
from paygrade.explore.facts import NO_CARE, Outcome, RuleFacts
from paygrade.explore.situation import Situation

ALL_CARE = 0.995  # effort from which a person would say that all items are read
CLASS_NAMES = {
    "bonus": "Bonus at a pass mark",
    "rate": "Rate for each right answer",
    "tiers": "Two pass marks",
    "any": "Best rule of any kind",
}
CHECK_NAMES = {
    "golden": "questions with a known answer",
    "expert": "answers that an expert gave too",
    "repeats": "items that the annotator gets twice",
}
MARKS = {
    Outcome.WORKS: "✓",
    Outcome.SHIRKS: "✗",
    Outcome.LEAVES: "✗",
    Outcome.BREAKS_FLOOR: "✗",
    Outcome.OPEN: "?",
}


@dataclass(frozen=True)
class Verdict:
    """The answer in two lines.

    Attributes:
        mark: a sign beside the headline, never the only one that tells good from bad.
        headline: what the rule does.
        proof: on which evidence this is known.
    """

    mark: str
    headline: str
    proof: str


def money(amount: float, currency: str = "", *, unit: float = 0.01) -> str:
    """Return an amount as people write it, with as many decimals as the unit has, at most four.

    >>> money(-7.999), money(1250, "EUR", unit=1), money(0.5, unit=0.005)
    ('-8.00', '1,250 EUR', '0.500')
    """
    decimals = next((d for d in (0, 2, 3) if round(unit, d) == unit), 4)
    rounded = round(amount, decimals) + 0.0  # no minus zero
    return f"{rounded:,.{decimals}f}" + (f" {currency}" if currency else "")


def percent(share: float) -> str:
    """Return a share as a percentage; 0 % and 100 % only where it is that within rounding.

    >>> percent(0.871), percent(0.9999), percent(0.00001), percent(1.0)
    ('87.1 %', 'over 99.9 %', 'under 0.1 %', '100 %')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    if share < 0.001:
        return "under 0.1 %"
    if share > 0.999:
        return "over 99.9 %"
    return f"{100 * share:.1f} %"


def care(effort: float) -> str:
    """Return how many items get full care, in words."""
    if effort >= ALL_CARE:
        return "all items"
    if effort <= NO_CARE:
        return "no item"
    return f"{effort:.0%}".replace("%", " %") + " of the items"


def rule_line(now: Situation, facts: RuleFacts) -> str:
    """Return the rule in one line."""
    rule = facts.contract
    base, bonus = (money(x, now.currency, unit=now.work.unit) for x in (rule.base, rule.bonus))
    return f"{base}, and {bonus} more if at least {rule.cutoff:.0f} of {now.checks} checks agree"


def verdict(now: Situation, facts: RuleFacts) -> Verdict:
    """Return what the rule in use does, and how it is known."""
    unit, outcome = now.work.unit, facts.outcome
    gain = money(abs(facts.gain), now.currency, unit=unit)
    headlines = {
        Outcome.WORKS: f"Careful work pays: annotators do best by giving {care(facts.effort)} full"
        " care.",
        Outcome.SHIRKS: "Annotators do best by not reading the items at all.",
        Outcome.LEAVES: f"Annotators would rather work elsewhere: they are {gain} a batch short.",
        Outcome.BREAKS_FLOOR: "The rule pays less than your lowest allowed pay.",
        Outcome.OPEN: "It could not be settled what annotators do under this rule.",
    }
    return Verdict(MARKS[outcome], headlines[outcome], _proof(facts))


def _proof(facts: RuleFacts) -> str:
    proof = facts.certificate
    if facts.outcome is Outcome.OPEN:
        return (
            "Not proved: another level of care may be as good for them. Change a number slightly."
        )
    if facts.outcome is Outcome.BREAKS_FLOOR:
        return "Raise the base pay, or lower the lowest allowed pay."
    if facts.outcome is Outcome.LEAVES:
        return "Raise the base pay or the bonus, or lower the pass mark."
    if proof.evidence is Evidence.CHECKED:
        return f"Tried at {proof.boxes} levels of care; that is no proof."
    return "Proved for every level of care from none to full, not only for those drawn."


def summary(now: Situation, facts: RuleFacts) -> str:
    """Return the sentence that follows the verdict: chance, pay, and what is left."""
    unit = now.work.unit
    pay, left = (
        money(x, now.currency, unit=unit) for x in (facts.average_pay(facts.effort), facts.payoff)
    )
    worth = "which leaves you" if facts.payoff >= 0 else "and loses you"
    if facts.payoff < 0:
        left = money(-facts.payoff, now.currency, unit=unit)
    return (
        f"They then earn the bonus with a chance of {percent(facts.pass_chance(facts.effort))}. A"
        f" batch costs {pay} on average, {worth} {left}."
    )


def effort_caption(now: Situation, facts: RuleFacts) -> str:
    """Return the picture of care against gain in words."""

    def off(effort: float) -> str:
        gain = facts.gain_at(effort)
        amount = money(abs(gain), now.currency, unit=now.work.unit)
        if abs(gain) < now.work.unit / 2:
            return "just as well off as elsewhere"
        return f"{amount} a batch {'better' if gain > 0 else 'worse'} off than elsewhere"

    text = (
        f"The best an annotator can do is to give {care(facts.effort)} full care, and is then"
        f" {off(facts.effort)}, the trouble of it taken off."
    )
    if facts.effort > NO_CARE:
        text += f" Without any care: {off(0.0)}."
    if facts.effort < ALL_CARE:
        text += f" With full care on every item: {off(1.0)}."
    return text


def pass_caption(facts: RuleFacts) -> str:
    """Return the pass curve in words."""
    return (
        f"Chance to earn the bonus: {percent(facts.pass_chance(1.0))} with full care,"
        f" {percent(facts.pass_chance(0.5))} with care on half of the items,"
        f" {percent(facts.pass_chance(0.0))} by guessing. So"
        f" {percent(1.0 - facts.pass_chance(1.0))} of fully careful annotators are refused it by"
        " bad luck."
    )


def pay_caption(now: Situation, facts: RuleFacts) -> str:
    """Return the distribution of pay in words."""
    rule, unit = facts.contract, now.work.unit
    low, high = (money(x, now.currency, unit=unit) for x in (rule.base, rule.base + rule.bonus))
    chance = facts.pass_chance(facts.effort)
    return (
        f"Annotators who do what is best for them are paid {high} in {percent(chance)} of batches"
        f" and {low} in {percent(1.0 - chance)}. Those who guess are paid {high} in"
        f" {percent(facts.pass_chance(0.0))}."
    )


def cost_caption(now: Situation, offers: list[Offer], lost_now: float | None) -> str:
    """Return in words what not seeing care costs today, under your rule and under the best ones."""
    unit = now.work.unit
    here = {o.job.family: o for o in offers if o.job.checks == now.checks and not o.job.rounded}
    parts = [
        f"{CLASS_NAMES[family].lower()} {money(here[family].lost or 0.0, now.currency, unit=unit)}"
        for family in CLASS_NAMES
        if family in here and here[family].lost is not None
    ]
    text = f"With {now.checks} checks, what you lose a batch because care can't be seen: "
    if lost_now is not None:
        text += f"your rule {money(lost_now, now.currency, unit=unit)}; "
    if not parts:
        return "No rule of any kind has been found yet with these numbers."
    return text + "the best of each kind: " + ", ".join(parts) + "."
