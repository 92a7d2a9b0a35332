"""The rule to take away: a text for annotators, TOML and JSON for `paygrade pay`, a report."""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from textwrap import fill

from paygrade.explore import rule_words, words
from paygrade.explore.advice import Offer
from paygrade.explore.facts import Outcome, RuleFacts
from paygrade.explore.label_file import Loaded
from paygrade.explore.situation import Situation
from paygrade.model.contract import BinaryContract, TieredContract
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
{promise}

What is checked

In each batch {checks} {checked}, chosen at random and not marked. A check agrees if your answer is
the same as {against}. If you can't decide an item, say so where the task allows it; such an answer
is not counted.

What to expect

{expect}

If you think the count is wrong

Ask. You will be shown which of your answers were checked, what they were compared with and how they
were counted. A person looks at them again and pays what was missed.
"""


def announcement(now: Situation, facts: RuleFacts) -> str:
    """Return the rule as annotators are told it: amounts, pass mark, what is checked, appeal."""
    amount = words.amounts(now)
    repeats = now.work.counted == "repeats"
    return ANNOUNCEMENT.format(
        base=amount(facts.wage(0.0)),
        promise=_filled(rule_words.promise(facts.contract, now.checks, amount)),
        checks=now.checks,
        checked="items come back to you later" if repeats else "answers are checked",
        against=AGAINST[now.work.counted],
        expect=_filled(_expectation(now, facts)),
    )


def _expectation(now: Situation, facts: RuleFacts) -> str:
    """Return what annotators are told to expect with full care, and by guessing."""
    careful = words.percent(now.work.careful)
    start = f"Somebody who reads every item with full care gets {careful} of checks right and"
    if not facts.marks:
        full, guessing = (words.amounts(now)(facts.average_pay(effort)) for effort in (1.0, 0.0))
        return (
            f"{start} is paid {full} on average. Somebody who guesses is paid {guessing}. A batch"
            " can fall short of its average: it can be bad luck."
        )
    marks = range(len(facts.marks))
    full, guessing = (
        " and the second in ".join(words.percent(facts.pass_chance(effort, m)) for m in marks)
        for effort in (1.0, 0.0)
    )
    which = "the bonus" if len(marks) == 1 else "the first bonus"
    return (
        f"{start} earns {which} in {full} of batches. Somebody who guesses earns"
        f" {'it' if len(marks) == 1 else 'the first'} in {guessing}. One missed bonus is no"
        " verdict about you: it can be bad luck."
    )


def _filled(text: str) -> str:
    """Return the text in lines of at most 100 characters; a number keeps its percent sign."""
    lines = fill(text.replace(" %", "\xa0%"), 100, break_long_words=False, break_on_hyphens=False)
    return lines.replace("\xa0%", " %")


def rule_toml(now: Situation, facts: RuleFacts) -> str:
    """Return the rule file that `paygrade pay --rule` takes."""
    careful = _decimal(now.work.careful)
    right = _decimal(float(facts.monitor.accuracy(facts.effort)))
    expected = f"expected = {min(right, careful)}\n" if right > Decimal("0.5") else ""
    unit = _shortest(now.work.unit)
    family, *entries = rule_words.file_entries(facts.contract, partial(_amount, unit=unit))
    stated = "\n".join([family, f"checks = {now.checks}", *entries])
    return (
        "# The rule as announced. Money for each batch.\n\n"
        f"[rule]\n{stated}\n\n"
        "[counted]\n"
        f'what = "{now.work.counted}"\n'
        f"careful = {careful}\n"
        f"{expected}\n"
        "[money]\n"
        f"unit = {unit}\n"
        f"currency = {json.dumps(now.currency, ensure_ascii=False)}\n"
    )


def economics_toml(now: Situation) -> str:
    """Return the numbers of the sliders as `--economics` takes them."""
    sections = now.work.economics(now.checks).model_dump(exclude_none=True, exclude={"types"})
    lines = ["# What the sliders said. Money for each batch."]
    for section, entries in sections.items():
        stated = [f"{name} = {json.dumps(value)}" for name, value in entries.items()]
        lines += ["", f"[{section}]", *stated]
    return "\n".join(lines) + "\n"


def rule_json(now: Situation, facts: RuleFacts, loaded: Loaded) -> str | None:
    """Return what `paygrade design --json` prints, for this rule; `paygrade pay` takes it too.

    None for two pass marks, which `paygrade design` doesn't do.
    """
    if isinstance(facts.contract, TieredContract):
        return None
    economics = now.work.economics(now.checks, facts.contract)
    other = "not worked out by paygrade explore"
    is_bonus = isinstance(facts.contract, BinaryContract)
    designs = (facts.design, other) if is_bonus else (other, facts.design)
    plan = Plan(now.checks, first_best(facts.problem), *designs)
    study = Study(loaded.annotations, loaded.workers, None, economics, facts.monitor, (plan,))
    return json.dumps(study.to_dict(), indent=2, default=str, allow_nan=False) + "\n"


def comparison(now: Situation, mine: RuleFacts, best: RuleFacts | None) -> list[tuple[str, ...]]:
    """Return rows of (what, under your rule, under the recommended one), as text.

    Without a recommended rule the third column is left out.
    """
    rules = [mine] if best is None else [mine, best]
    amount = words.amounts(now)
    columns = [
        (
            amount(facts.wage(0.0)),
            rule_words.on_top(facts.contract, now.checks, amount),
            *_done(facts, amount),
            _share(facts.share_earned(1.0), missed=True),
            amount(facts.average_pay(0.0)),
            "no work" if facts.outcome is Outcome.LEAVES else amount(facts.payoff),
        )
        for facts in rules
    ]
    names = (
        "Base pay",
        "On top",
        "What annotators do: full care on",
        "They earn of what is on top",
        "You pay on average",
        "Fully careful annotators miss of what is on top",
        "Somebody who guesses is paid",
        "Left for you after pay",
    )
    return list(zip(names, *columns, strict=True))


def _done(facts: RuleFacts, amount: Callable[[float], str]) -> tuple[str, str, str]:
    """Return what annotators do, which share of what is on top they earn, and their pay."""
    if facts.outcome is Outcome.LEAVES:
        return "they leave", "they leave", "nothing"
    earned = _share(facts.share_earned(facts.effort))
    return words.care(facts.effort), earned, amount(facts.average_pay(facts.effort))


def _share(earned: float | None, *, missed: bool = False) -> str:
    if earned is None:
        return "nothing is"
    return words.percent(1.0 - earned if missed else earned)


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
        words.pass_caption(now, mine),
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


def _decimal(value: float) -> Decimal:
    """Return a share with as many places as it has, at most eight."""
    return _shortest(round(value, 8))
