"""The record an annotator can appeal with: answers beside keys, interval, rule, what would change.

Pay follows the announced count, luck included; nothing else is ever decided by a count. Somebody is
reported as below the standard only if the whole interval of their share lies below it, at a level
at which all intervals of the pay day hold together with 95 % (Bonferroni).
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from paygrade.assessment.intervals import exact_interval
from paygrade.operations.payment import LEVEL, Payment, Payroll
from paygrade.operations.rule import PayRule


@dataclass(frozen=True)
class Standing:
    """How all the work of one annotator stands to the standard.

    Attributes:
        worker: who.
        agreed, checked: over all batches of the pay day.
        low, high: exact interval of the share; those of all annotators hold together with 95 %.
        level: of this one interval.
        people: annotators of the pay day.
        standard: share that is asked for; None: none is.
        is_below: whether the whole interval lies below the standard.
    """

    worker: str
    agreed: int
    checked: int
    low: float
    high: float
    level: float
    people: int
    standard: float | None
    is_below: bool

    @property
    def sentence(self) -> str:
        """What may be concluded, and what not."""
        share = self.agreed / self.checked
        said = (
            f"{self.agreed} of {self.checked} checks agree, {100 * share:.1f} %. In the long"
            f" run such work may agree in anything from {100 * self.low:.1f} % to"
            f" {100 * self.high:.1f} % of checks ({self._sure})."
        )
        if self.standard is None:
            return f"{said} The rule names no standard, so nothing but pay follows."
        if self.is_below:
            return (
                f"{said} All of that lies below the standard of {100 * self.standard:.0f} %: a"
                " reason to look at the answers and to ask, before anything else is decided."
            )
        if share < self.standard:
            return (
                f"{said} That reaches the standard of {100 * self.standard:.0f} %, so bad luck"
                " explains the count and nothing but pay follows."
            )
        return f"{said} The standard of {100 * self.standard:.0f} % is met."

    @property
    def _sure(self) -> str:
        """How sure the interval is, and why so much.

        >>> Standing("ann", 5, 8, 0.2, 0.92, 0.9875, 4, None, False)._sure
        '98.75 % interval, so that those of all 4 annotators hold together with 95 %'
        """
        if self.people == 1:
            return f"{_percent(self.level)} interval"
        return (
            f"{_percent(self.level)} interval, so that those of all {self.people} annotators hold"
            f" together with {_percent(LEVEL)}"
        )


def find_standings(payroll: Payroll) -> dict[str, Standing]:
    """Return the standing of each annotator of the pay day.

    The standard is the rule's, or the share that its banning rule asks for.
    """
    workers = payroll.by_worker()
    return {
        worker: _standing(worker, own, payroll.rule.least_share, len(workers))
        for worker, own in workers.items()
    }


def _standing(worker: str, own: Sequence[Payment], standard: float | None, people: int) -> Standing:
    level = 1.0 - (1.0 - LEVEL) / people
    agreed = sum(payment.work.agreed for payment in own)
    checked = sum(len(payment.work.checks) for payment in own)
    low, high = (float(end) for end in exact_interval(agreed, checked, level))
    is_below = standard is not None and high < standard
    return Standing(worker, agreed, checked, low, high, level, people, standard, is_below)


def _percent(level: float) -> str:
    """Return a level with three digits of what it leaves open: 95 %, 98.75 %, 99.9995 %."""
    digits = 2 - math.floor(math.log10(100.0 * (1.0 - level)))
    return f"{round(100.0 * level, digits):.10g} %"


def outcome_of(payment: Payment, rule: PayRule) -> str:
    """Return what decided a batch's pay, and what would have changed it."""
    agreed, checked = payment.work.agreed, len(payment.work.checks)
    said = f"{agreed} of {checked} checks agree and earn {payment.amount}."
    better = [k for k in range(agreed + 1, checked + 1) if rule.pay(k) > payment.amount]
    if not better:
        return f"{said} No more agreements would earn more."
    missing = better[0] - agreed
    wrong = "check" if checked - agreed == 1 else "checks"
    return (
        f"{said} With {missing} more, {better[0]}, the batch earns {rule.pay(better[0])}: an appeal"
        f" that corrects {missing} of the {checked - agreed} {wrong} below that don't agree changes"
        f" the pay. Careful work agrees so rarely with probability {payment.as_low_if_careful:.2g}."
    )


def _batch_interval(payment: Payment, standing: Standing) -> list[str]:
    """Return the interval of one batch's share, if it isn't the one that the record begins with."""
    if standing.people == 1 and len(payment.work.checks) == standing.checked:
        return []
    wider = (
        ""
        if standing.people == 1
        else f"; the one above is surer, as it has to hold for {standing.people} annotators at once"
    )
    text = (
        f"This batch by itself, to judge it alone: {100 * payment.low:.1f} % to"
        f" {100 * payment.high:.1f} % ({_percent(LEVEL)} interval{wider}). Nothing is decided by"
        " it."
    )
    return [text]


def record_text(own: Sequence[Payment], payroll: Payroll, standing: Standing) -> str:
    """Return an annotator's record as a page: rule, standing, and each check with its key."""
    rule = payroll.rule
    lines = [f"Record of {standing.worker}", f"Rule: {rule}."]
    if rule.ban is not None:
        lines.append(f"Announced besides: {rule.ban}. It is not applied here.")
    lines += [standing.sentence, ""]
    for payment in own:
        work = payment.work
        lines.append(f"Batch {work.batch}: {outcome_of(payment, rule)}")
        lines += _batch_interval(payment, standing)
        for check in work.checks:
            mark = "agrees" if check.agrees else "DIFFERS"
            lines.append(
                f"  {check.task} ({check.item}): answered {check.given}, key {check.expected}:"
                f" {mark}"
            )
        if work.imc:
            lines.append(
                f"  Instructed rows followed: {len(work.imc) - work.failed} of {len(work.imc)}, for"
                " information; they are not counted."
            )
        lines.append("")
    lines.append(
        "To appeal, name the rows whose key is wrong or whose question has more than one answer."
    )
    folded = [textwrap.wrap(line, 100, subsequent_indent="    ") or [""] for line in lines]
    return "".join(f"{line}\n" for each in folded for line in each)
