"""The rule that was announced: what a count of agreements earns, exactly.

Wages are fractions of whole numbers, computed from the decimals of the file. A payment is rounded
once, to the unit of money, a half of a unit to the even side.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlog1py, xlogy

from paygrade.assessment.calibration import build_monitor
from paygrade.errors import DataError
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    FlatWage,
    LinearContract,
    TieredContract,
)
from paygrade.model.counting import (
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
    log_choices,
)
from paygrade.planning.rules import BanRule

MONITORS: dict[str, type[CountingMonitor]] = {
    "golden": GoldenQuestions,
    "expert": ExpertReview,
    "repeats": SelfConsistency,
}
UNITS = {"golden": "golden answers", "expert": "expert's answers", "repeats": "repeats"}
Array = NDArray[np.float64]


@dataclass(frozen=True)
class PayRule:
    """A contract on n checks, in decimals, and what careful work looks like.

    Attributes:
        contract: binary, linear or tiered, as the library knows it.
        amounts: the contract's numbers as written: base, bonus; intercept, slope; or wages.
        checks: n, questions checked in a batch.
        counted: "golden", "expert" or "repeats".
        careful: share of checks that fully careful work gets right, in (1/2, 1].
        expected: share that work as designed gets right; at most `careful`.
        unit: smallest amount that can be paid.
        currency: its name; "" if none was given.
        ties: answers that are ties; None: tie, draw, equal, both, none.
        ban: by which annotators are banned on top; None: nobody is.
        worth_of_staying: what keeping the job is worth to an annotator (money); None: not said.
        standard: share of right checks that is asked for; None: the banning rule's, if any.
    """

    contract: Contract
    amounts: tuple[Decimal, ...]
    checks: int
    counted: str
    careful: float
    expected: float
    unit: Decimal = Decimal("0.01")
    currency: str = ""
    ties: tuple[str, ...] | None = None
    ban: BanRule | None = None
    worth_of_staying: float | None = None
    standard: float | None = None

    def __post_init__(self) -> None:
        lowest = min(self.wage(k) for k in range(self.checks + 1))
        if lowest < 0:
            raise DataError(
                f"the rule pays {float(lowest):.2f} at its lowest, and nobody can be made to pay;"
                " raise its base"
            )

    def wage(self, agreed: int) -> Fraction:
        """Return what `agreed` of the n checks earn, before rounding (money)."""
        first, *rest = (Fraction(each) for each in self.amounts)
        match self.contract:
            case BinaryContract(_, _, cutoff):
                return first + rest[0] * (agreed >= cutoff)
            case LinearContract():
                return first + rest[0] * Fraction(agreed, self.checks)
            case FlatWage():
                return first
            case TieredContract():
                tier = sum(agreed >= cutoff for cutoff in self.contract.cutoffs)
                return (first, *rest)[tier]
        raise DataError(f"a {type(self.contract).__name__} can't be paid from counts; use a bonus")

    def pay(self, agreed: int) -> Decimal:
        """Return the payment, rounded once, half to even (money).

        >>> rule = PayRule(
        ...     LinearContract(1, 1), (Decimal(1), Decimal(1)), 8, "golden", 0.9, 0.9
        ... )
        >>> [str(rule.pay(k)) for k in (0, 1, 3)]
        ['1.00', '1.12', '1.38']
        """
        return self.unit * round(self.wage(agreed) / Fraction(self.unit))

    def money(self, amount: Decimal) -> str:
        """Return an amount with the decimals of the unit, or with its own where these are more.

        >>> rule = PayRule(FlatWage(5), (Decimal(5),), 10, "golden", 0.9, 0.9)
        >>> rule.money(Decimal("4.6")), rule.money(Decimal(3)), rule.money(Decimal("0.125"))
        ('4.60', '3.00', '0.125')
        """
        decimals = (-int(each.as_tuple().exponent) for each in (amount, self.unit))
        return f"{amount:.{max(0, *decimals)}f}"

    @property
    def base(self) -> Decimal:
        """What the lowest count earns (money)."""
        return self.pay(0)

    @cached_property
    def payments(self) -> Array:
        """What each count 0..n earns, (n + 1,), as floats for statistics only."""
        return np.array([float(self.pay(k)) for k in range(self.checks + 1)])

    def law(self, accuracy: float) -> Array:
        """Return the probability of each count 0..n if a check agrees with `accuracy`, (n + 1,)."""
        counts = np.arange(self.checks + 1.0)
        logs = xlogy(counts, accuracy) + xlog1py(self.checks - counts, -accuracy)
        return np.asarray(np.exp(logs + log_choices(self.checks)))

    def expected_pay(self, accuracy: float) -> float:
        """Return what work earns on average whose checks agree with `accuracy` (money)."""
        return float(self.law(accuracy) @ self.payments)

    @cached_property
    def denied(self) -> float:
        """Probability that careful work earns less than the most that the rule pays."""
        short = self.payments < self.payments.max()
        return float(min(1.0, self.law(self.careful)[short].sum()))

    @property
    def least_share(self) -> float | None:
        """The standard: share of right checks that is asked for, if any is.

        >>> rule = PayRule(FlatWage(5), (Decimal(5),), 10, "golden", 0.9, 0.9,
        ...     ban=BanRule(share=0.75, window=10))
        >>> rule.least_share
        0.8
        """
        if self.standard is not None or self.ban is None:
            return self.standard
        seen = self.ban.seen(max(self.ban.first, self.ban.window or 1))
        return 1.0 - self.ban.allowed(seen) / seen

    def effort_at(self, share: float) -> float:
        """Return the effort that a share of agreements speaks for, in [0, 1]."""
        monitor = build_monitor(MONITORS[self.counted], 1, 2.0 * self.careful - 1.0)
        return float(monitor.effort_at(share))

    def share_at(self, effort: float) -> float:
        """Return the share of agreements that an effort makes for."""
        monitor = build_monitor(MONITORS[self.counted], 1, 2.0 * self.careful - 1.0)
        return float(monitor.accuracy(effort))

    def __str__(self) -> str:
        checked = f"{self.checks} {UNITS[self.counted]} counted"
        match self.contract:
            case BinaryContract(_, _, cutoff):
                base, bonus = map(self.money, self.amounts)
                return f"{checked}: pay {base}, add {bonus} if at least {cutoff:.0f} agree"
            case LinearContract():
                base, slope = map(self.money, self.amounts)
                return f"{checked}: pay {base}, add {slope} times the share that agrees"
            case FlatWage():
                return f"{checked}: pay {self.money(self.amounts[0])} whatever agrees"
            case TieredContract():
                base, *wages = map(self.money, self.amounts)
                steps = zip(self.contract.cutoffs, wages, strict=True)
                tiers = ", ".join(f"{wage} from {cutoff:.0f} on" for cutoff, wage in steps)
                return f"{checked}: pay {base}, {tiers} that agree"
        return checked
