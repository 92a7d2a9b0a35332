"""What the page says: sentences for people who know labelling and not economics."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from paygrade.certificate.verdict import Evidence
from paygrade.explore import rule_words
from paygrade.explore.advice import Offer
from paygrade.explore.facts import NO_CARE, Outcome, RuleFacts
from paygrade.explore.situation import Situation

ALL_CARE = 0.995  # effort from which a person would say that all items are read
MOST_CARE = 0.5  # effort from which it would be called careful work
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
    Outcome.LOSES: "✗",
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


def amounts(now: Situation) -> Callable[[float], str]:
    """Return how money is written here."""
    return partial(money, currency=now.currency, unit=now.work.unit)


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
    return rule_words.in_one_line(facts.contract, now.checks, amounts(now))


def verdict(now: Situation, facts: RuleFacts) -> Verdict:
    """Return what the rule in use does, and how it is known."""
    unit, outcome = now.work.unit, facts.outcome
    gain = money(abs(facts.gain), now.currency, unit=unit)
    headlines = {
        Outcome.WORKS: f"{'Careful work' if facts.effort >= MOST_CARE else 'Some care'} pays:"
        f" annotators do best by giving {care(facts.effort)} full care.",
        Outcome.LOSES: f"You lose money: annotators do best by giving {care(facts.effort)} full"
        " care, and that is worth less to you than it costs.",
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
    if facts.outcome is Outcome.LEAVES:
        return "They then do no batch: nothing is paid, and no work is done."
    pay, left = (
        money(x, now.currency, unit=unit) for x in (facts.average_pay(facts.effort), facts.payoff)
    )
    worth = "which leaves you" if facts.payoff >= 0 else "and loses you"
    if facts.payoff < 0:
        left = money(-facts.payoff, now.currency, unit=unit)
    return f"{_earned(facts, facts.effort)} A batch costs {pay} on average, {worth} {left}."


def _earned(facts: RuleFacts, effort: float) -> str:
    """Return what annotators then reach, in a sentence."""
    chances = [percent(facts.pass_chance(effort, mark)) for mark in range(len(facts.marks))]
    if len(chances) > 1:
        marks = [f"{mark:.0f} right in {c}" for mark, c in zip(facts.marks, chances, strict=True)]
        return f"They then reach {' and '.join(marks)} of batches."
    if chances:
        return f"They then earn the bonus with a chance of {chances[0]}."
    return f"They then get {percent(float(facts.monitor.accuracy(effort)))} of checks right."


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


def pass_caption(now: Situation, facts: RuleFacts) -> str:
    """Return in words what full care, half of it and none are likely to reach."""
    if not facts.marks:
        pays = [amounts(now)(facts.average_pay(effort)) for effort in (1.0, 0.5, 0.0)]
        return "Average pay: {} with full care, {} with care on half of the items, {} by".format(
            *pays
        ) + (" guessing. Nobody is refused anything: pay follows the share that agrees.")
    parts = [
        f"{start}{percent(facts.pass_chance(1.0, mark))} with full care,"
        f" {percent(facts.pass_chance(0.5, mark))} with care on half of the items,"
        f" {percent(facts.pass_chance(0.0, mark))} by guessing."
        for mark, start in enumerate(_starts(facts))
    ]
    refused = percent(1.0 - facts.pass_chance(1.0, len(facts.marks) - 1))
    which = "it" if len(facts.marks) == 1 else "the second bonus"
    parts.append(f"So {refused} of fully careful annotators are refused {which} by bad luck.")
    return " ".join(parts)


def _starts(facts: RuleFacts) -> list[str]:
    if len(facts.marks) == 1:
        return ["Chance to earn the bonus: "]
    return [f"Chance of at least {mark:.0f} right: " for mark in facts.marks]


def pay_caption(now: Situation, facts: RuleFacts) -> str:
    """Return the distribution of pay in words."""
    if facts.share_earned(0.0) is None:
        return f"Everybody is paid {amounts(now)(facts.wage(0.0))}, whatever the checks say."
    best, guessed = _paid(now, facts, facts.effort), _paid(now, facts, 0.0)
    who = "who do what is best for them are paid"
    if facts.outcome is Outcome.LEAVES:
        who = "who stayed all the same, and did what is best for them, would be paid"
    return f"Annotators {who} {best}. Those who guess: {guessed}."


def _paid(now: Situation, facts: RuleFacts, effort: float) -> str:
    """Return who is paid what at `effort`: every level, or where nine of ten batches lie."""
    if not facts.marks:
        counts, law = facts.counts(effort)
        low, high = counts[np.searchsorted(np.cumsum(law), (0.05, 0.95))]
        ends = " and ".join(amounts(now)(facts.wage(count)) for count in (low, high))
        return f"between {ends} in nine of ten batches"
    reached = [1.0, *(facts.pass_chance(effort, mark) for mark in range(len(facts.marks)))]
    chances = -np.diff([*reached, 0.0])
    wages = [facts.wage(mark) for mark in (0.0, *facts.marks)]
    levels = [
        f"{amounts(now)(wage)} in {percent(float(chance))}"
        for wage, chance in zip(wages, chances, strict=True)
    ]
    *others, last = levels[::-1]
    return f"{', '.join(others)} and {last} of batches"


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
