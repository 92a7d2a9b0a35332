"""What the sliders say: the work, its annotators, and the rule in use."""

from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal, get_args

from paygrade.assessment.calibration import build_monitor
from paygrade.errors import raise_problems
from paygrade.model.contract import BinaryContract, Contract, LinearContract, TieredContract
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import MoralHazard
from paygrade.operations.rule import MONITORS
from paygrade.report.economics import Economics
from paygrade.settings import checked

Kind = Literal["bonus", "rate", "tiers"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work and its annotators: all that a rule depends on, and no rule.

    Attributes:
        counted: what is checked: "golden", "expert" or "repeats".
        careful: share of checks that fully careful work gets right, in (1/2, 1].
        value: what full care adds to the worth of a batch (money).
        full_effort: extra pay that just makes up for full care over none (money).
        outside: what the same time pays elsewhere (money).
        floor: nobody is paid less for a batch (money).
        risk: relative aversion to uncertain pay; 0: none, 1: log utility.
        wealth: other money the annotator has (money).
        cost_power: 1: each bit of care costs the same; 2: each further bit costs more.
        unit: smallest amount that can be announced (money).
    """

    counted: str = "expert"
    careful: float = 0.86
    value: float = 20.0
    full_effort: float = 4.0
    outside: float = 8.0
    floor: float = 0.0
    risk: float = 1.0
    wealth: float = 20.0
    cost_power: float = 2.0
    unit: float = 0.01

    def economics(self, checks: int, contract: Contract | None = None) -> Economics:
        """Return the settings as `paygrade design` takes them, with a bonus' or a rate's family.

        Raises:
            DataError: an entry is out of bounds.
        """
        annotator: dict[str, Any] = {
            "utility": {0.0: "risk-neutral", 1.0: "log"}.get(self.risk, "crra"),
            "wealth": self.wealth,
            "reservation_wage": self.outside,
            "full_effort": self.full_effort,
            "cost_power": self.cost_power,
        }
        if annotator["utility"] == "crra":
            annotator["risk_aversion"] = self.risk
        pay: dict[str, Any] = {"floor": self.floor, "round_to": self.unit}
        if isinstance(contract, BinaryContract):
            pay["cutoff"] = int(contract.cutoff) or None
        elif contract is not None:
            pay["family"] = "linear"
        found = {
            "annotator": annotator,
            "batch": {"value": self.value, "checks": checks},
            "pay": pay,
            "monitor": {"signal": self.signal},
        }
        return checked(found, Economics, "the page")

    @property
    def signal(self) -> float:
        """Excess agreement 2A - 1 at full care, to a hair; what the monitor is built from."""
        return round(2.0 * self.careful - 1.0, 12)

    @property
    def kind(self) -> type[CountingMonitor]:
        """The class of monitor that counts these checks."""
        return MONITORS[self.counted]

    def problem(self, checks: int) -> MoralHazard:
        """Return the designer's problem with so many checks a batch.

        Raises:
            PaygradeError: an entry is out of bounds, or entries contradict each other.
        """
        monitor = build_monitor(self.kind, checks, self.signal)
        return self.economics(checks).problem(monitor)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """The work, and the rule in use or on trial.

    Attributes:
        work: the work and its annotators.
        checks: a batch.
        kind: "bonus", at a pass mark; "rate", so much times the share of checks that agree;
            "tiers", a second bonus at a second pass mark.
        base: paid for every batch (money).
        bonus: on top at the pass mark, or if every check agrees (money).
        cutoff: the pass mark.
        second_bonus: on top of both at the second pass mark (money).
        second_cutoff: the second pass mark.
        currency: its name; "" if none was given.

    >>> Situation(checks=10, cutoff=11)
    Traceback (most recent call last):
        ...
    paygrade.errors.ModelError: the pass mark is 11 of 10 checks, which nobody can reach; lower it
    """

    work: Work = field(default_factory=Work)
    checks: int = 60
    kind: Kind = "bonus"
    base: float = 8.0
    bonus: float = 3.0
    cutoff: int = 48
    second_bonus: float = 2.0
    second_cutoff: int = 54
    currency: str = ""

    def __post_init__(self) -> None:
        marks = {"bonus": [self.cutoff], "tiers": [self.cutoff, self.second_cutoff]}
        problems = [
            f"the pass mark is {mark} of {self.checks} checks, which nobody can reach; lower it"
            for mark in marks.get(self.kind, [])
            if mark > self.checks
        ]
        if self.kind == "tiers" and self.second_cutoff <= self.cutoff:
            problems.append(
                f"the second pass mark is {self.second_cutoff} and the first one {self.cutoff}, so"
                " that nobody stops between them; raise the second one"
            )
        raise_problems(problems)

    @property
    def problem(self) -> MoralHazard:
        """The designer's problem at the number of checks in use."""
        return self.work.problem(self.checks)

    @property
    def contract(self) -> Contract:
        """The rule in use."""
        if self.kind == "rate":
            return LinearContract(self.base, self.bonus)
        if self.kind == "tiers":
            steps = accumulate((self.base, self.bonus, self.second_bonus))
            wages = [round(wage, 9) for wage in steps]  # sums of cents are cents again
            return TieredContract([self.cutoff, self.second_cutoff], wages)
        return BinaryContract(self.base, self.bonus, float(self.cutoff))
