"""The rule to take away: a text for annotators, TOML and JSON for `paygrade pay`, a report."""

import json
from decimal import Decimal

from paygrade.explore import words
from paygrade.explore.advice import Offer
from paygrade.explore.facts import RuleFacts
from paygrade.explore.label_file import Loaded
from paygrade.explore.situation import Situation
from paygrade.report.study import Plan, Study
from paygrade.solution import first_best

AGAINST = {
    "golden": "the known answer",
    "expert": "an expert's answer",
    "repeats": "your own answer when the same item comes back",
}

ANNOUNCEMENT = """\
How you are paid

For every batch you finish you are paid {base}, whatever the checks say.
You get a bonus of {bonus} on top, {both} in all, if at least {cutoff} of {checks} checks agree.

What is checked

In each batch {checks} {checked}, chosen at random and not marked. A check agrees if your answer is
the same as {against}. If you can't decide an item, say so where the task allows it; such an answer
is not counted.

What to expect

Somebody who reads every item with full care gets {careful} of checks right and earns the bonus in
{full} of batches. Somebody who guesses earns it in {guessing}. One missed bonus is no verdict about
you: it can be bad luck.

If you think the count is wrong

Ask. You will be shown which of your answers were checked, what they were compared with and how they
were counted. A person looks at them again and pays what was missed.
"""


def announcement(now: Situation, facts: RuleFacts) -> str:
    """Return the rule as annotators are told it: amounts, pass mark, what is checked, appeal."""
    rule = facts.contract
    repeats = now.work.counted == "repeats"

    def amount(value: float) -> str:
        return words.money(value, now.currency, unit=now.work.unit)

    return ANNOUNCEMENT.format(
        base=amount(rule.base),
        bonus=amount(rule.bonus),
        both=amount(rule.base + rule.bonus),
        cutoff=f"{rule.cutoff:.0f}",
        checks=now.checks,
        checked="items come back to you later" if repeats else "answers are checked",
        against=AGAINST[now.work.counted],
        careful=words.percent(now.work.careful),
        full=words.percent(facts.pass_chance(1.0)),
        guessing=words.percent(facts.pass_chance(0.0)),
    )


def rule_toml(now: Situation, facts: RuleFacts) -> str:
    """Return the rule file that `paygrade pay --rule` takes."""
    rule, careful = facts.contract, _decimal(now.work.careful, "0.0001")
    right = _decimal(float(facts.monitor.accuracy(facts.effort)), "0.0001")
    expected = f"expected = {min(right, careful)}\n" if right > Decimal("0.5") else ""
    unit = _shortest(now.work.unit)
    return (
        "# The rule as announced. Money for each batch.\n\n"
        "[rule]\n"
        'family = "binary"\n'
        f"checks = {now.checks}\n"
        f"base = {_amount(rule.base, unit)}\n"
        f"bonus = {_amount(rule.bonus, unit)}\n"
        f"cutoff = {rule.cutoff:.0f}\n\n"
        "[counted]\n"
        f'what = "{now.work.counted}"\n'
        f"careful = {careful}\n"
        f"{expected}\n"
        "[money]\n"
        f"unit = {unit}\n"
        f"currency = {json.dumps(now.currency, ensure_ascii=False)}\n"
    )


def rule_json(now: Situation, facts: RuleFacts, loaded: Loaded) -> str:
    """Return what `paygrade design --json` prints, for this rule; `paygrade pay` takes it too."""
    problem = facts.problem
    economics = now.work.economics(now.checks, int(facts.contract.cutoff))
    not_asked = "not worked out by paygrade explore"
    plan = Plan(now.checks, first_best(problem), facts.design, not_asked)
    monitor = facts.monitor
    study = Study(loaded.annotations, loaded.workers, None, economics, monitor, (plan,))
    return json.dumps(study.to_dict(), indent=2, default=str, allow_nan=False) + "\n"


def comparison(now: Situation, mine: RuleFacts, best: RuleFacts | None) -> list[tuple[str, ...]]:
    """Return rows of (what, under your rule, under the recommended one), as text.

    Without a recommended rule the third column is left out.
    """
    rules = [mine] if best is None else [mine, best]

    def amount(value: float) -> str:
        return words.money(value, now.currency, unit=now.work.unit)

    columns = [
        (
            amount(facts.contract.base),
            amount(facts.contract.bonus),
            f"{facts.contract.cutoff:.0f} of {now.checks}",
            words.care(facts.effort),
            words.percent(facts.pass_chance(facts.effort)),
            amount(facts.average_pay(facts.effort)),
            amount(facts.average_pay(0.0)),
            words.percent(1.0 - facts.pass_chance(1.0)),
            amount(facts.payoff),
        )
        for facts in rules
    ]
    names = (
        "Base pay",
        "Bonus",
        "Pass mark",
        "What annotators do: full care on",
        "They earn the bonus in",
        "You pay on average",
        "Somebody who guesses is paid",
        "Careful annotators refused by bad luck",
        "Left for you after pay",
    )
    return list(zip(names, *columns, strict=True))


def report(
    now: Situation, mine: RuleFacts, offer: Offer | None, best: RuleFacts | None, loaded: Loaded
) -> str:
    """Return the page as Markdown: rule, verdict, comparison, assumptions, labels, evidence."""
    found = words.verdict(now, mine)
    rows = comparison(now, mine, best)
    head = ["", "Your rule"] + ["Recommended"] * (best is not None)
    table = [head, ["---"] * len(head), *rows]

    lines = [
        "# Pay rule: report",
        "",
        f"**The rule:** {words.rule_line(now, mine)}.",
        "",
        f"**{found.headline}** {found.proof}",
        "",
        words.summary(now, mine),
        "",
        "## Beside the recommended rule",
        "",
        *("| " + " | ".join(row) + " |" for row in table),
        "",
        *([offer.reason, ""] if offer is not None and offer.reason else []),
        "## In words",
        "",
        words.effort_caption(now, mine),
        "",
        words.pass_caption(mine),
        "",
        words.pay_caption(now, mine),
        "",
        "## What was assumed",
        "",
        *_assumptions(now),
        "",
        "## The labels",
        "",
        f"{loaded.name}: {loaded.annotations}. {loaded.describe(now.work.counted)}",
        "",
        "## Evidence",
        "",
        f"Your rule: {mine.certificate.verdict}.",
        *(["", f"Recommended: {best.certificate.verdict}."] if best is not None else []),
        "",
    ]
    return "\n".join(lines)


def _assumptions(now: Situation) -> list[str]:
    """Return what the sliders were set to, one line each."""
    work = now.work

    def amount(value: float) -> str:
        return words.money(value, now.currency, unit=work.unit)

    return [
        f"- Checks: {now.checks} {words.CHECK_NAMES[work.counted]} in each batch.",
        f"- Careful work gets {words.percent(work.careful)} of them right, guessing 50 %.",
        f"- Full care is worth {amount(work.value)} a batch to you.",
        f"- Extra pay of {amount(work.full_effort)} makes up for its trouble.",
        f"- The same time pays {amount(work.outside)} elsewhere.",
        f"- Nobody is paid less than {amount(work.floor)}.",
        f"- Dislike of uncertain pay {work.risk:g} (0: none), other money {amount(work.wealth)}.",
    ]


def _shortest(value: float) -> Decimal:
    return Decimal(repr(float(value))).normalize() + Decimal(0)


def _amount(value: float, unit: Decimal) -> Decimal:
    """Return the amount in the unit it is announced in."""
    return Decimal(round(value / float(unit))) * Decimal(f"{unit:f}")


def _decimal(value: float, places: str) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal(places))
