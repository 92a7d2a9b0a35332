"""A payment and a pay day: counts, intervals and exact money."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from paygrade.assessment.intervals import exact_interval, shortfall_probability
from paygrade.operations.rule import PayRule
from paygrade.operations.sign import Sign
from paygrade.operations.work import Work

LEVEL = 0.95  # of intervals


@dataclass(frozen=True)
class Payment:
    """What one annotator earned with one batch.

    Attributes:
        work: the labels and checks.
        share: agreements per check; `low`, `high`: its exact 95 % interval.
        effort, effort_low, effort_high: the efforts that these shares speak for, in [0, 1].
        as_low_if_careful: how probable so few agreements are for fully careful work.
        base: what the rule pays for no agreement at all (money).
        amount: what the count earns, rounded once (money).
        is_paid: whether the ledger has it already.
    """

    work: Work
    share: float
    low: float
    high: float
    effort: float
    effort_low: float
    effort_high: float
    as_low_if_careful: float
    base: Decimal
    amount: Decimal
    is_paid: bool

    @property
    def bonus(self) -> Decimal:
        """What the count adds to the base (money)."""
        return self.amount - self.base

    @property
    def due(self) -> Decimal:
        """What is still to be paid (money)."""
        return self.amount * 0 if self.is_paid else self.amount


@dataclass(frozen=True)
class Payroll:
    """A pay day.

    Attributes:
        rule: by which it was counted.
        payments: by worker, then batch.
        waiting: (worker, batch) -> labels that an unfinished batch lacks.
        signs: of the scheme going wrong, asked of all the work.
        keys: SHA-256 of the keys by which it was counted.
    """

    rule: PayRule
    payments: tuple[Payment, ...]
    waiting: Mapping[tuple[str, str], int]
    signs: tuple[Sign, ...]
    keys: str = ""

    @property
    def due(self) -> Decimal:
        """All that is to be paid now (money)."""
        return sum((payment.due for payment in self.payments), start=0 * self.rule.unit)

    @property
    def amount(self) -> Decimal:
        """All that the work earned, whenever it is paid (money)."""
        return sum((payment.amount for payment in self.payments), start=0 * self.rule.unit)

    def by_worker(self) -> dict[str, list[Payment]]:
        """Return each worker's payments."""
        found: dict[str, list[Payment]] = {}
        for payment in self.payments:
            found.setdefault(payment.work.worker, []).append(payment)
        return found


def assess_payment(work: Work, rule: PayRule, *, is_paid: bool) -> Payment:
    """Return the payment for the work: a count, its exact interval, and the rule's amount.

    >>> from decimal import Decimal
    >>> from paygrade.model.contract import BinaryContract
    >>> from paygrade.operations.work import Check
    >>> amounts = (Decimal(8), Decimal("4.5"))
    >>> rule = PayRule(BinaryContract(8, 4.5, 2), amounts, 3, "golden", 0.9, 0.9)
    >>> checks = tuple(Check(str(i), str(i), "a", "a", i > 0) for i in range(3))
    >>> payment = assess_payment(Work("ann", "b01", {}, checks), rule, is_paid=False)
    >>> str(payment.amount), round(payment.low, 3), round(payment.high, 3)
    ('12.50', 0.094, 0.992)
    """
    checked, agreed = len(work.checks), work.agreed
    low, high = (float(end) for end in exact_interval(agreed, checked, LEVEL))
    share = agreed / checked
    return Payment(
        work=work,
        share=share,
        low=low,
        high=high,
        effort=rule.effort_at(share),
        effort_low=rule.effort_at(low),
        effort_high=rule.effort_at(high),
        as_low_if_careful=float(shortfall_probability(agreed, checked, rule.careful)),
        base=rule.base,
        amount=rule.pay(agreed),
        is_paid=is_paid,
    )
