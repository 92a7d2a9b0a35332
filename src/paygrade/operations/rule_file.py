"""Reading a rule: a TOML file by hand, or what `paygrade design --json` printed."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from paygrade.arguments import checked_arguments
from paygrade.assessment.calibration import build_monitor
from paygrade.errors import DataError
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    FlatWage,
    LinearContract,
    TieredContract,
)
from paygrade.operations.rule import MONITORS, PayRule
from paygrade.operations.rule_words import parse_pay
from paygrade.planning.rules import BanRule, parse_rule
from paygrade.settings import Section, read_settings

EXAMPLE_RULE = """\
# The rule as announced. Money in your currency, for each batch.

[rule]
family = "binary"      # binary: base, bonus, cutoff; linear: base, slope; tiered: cutoffs, wages;
                       # flat: base; or in words: text = "1.00 + 0.50 x accuracy"
checks = 10            # checks counted in each batch
base = 8.00
bonus = 4.50
cutoff = 7             # at least so many must agree

[counted]
what = "golden"        # golden, expert or repeats
careful = 0.85         # share of them that fully careful work gets right
expected = 0.85        # share that work as designed gets right; leave it out if the same
# standard = 0.70      # nobody is reported below it unless their whole interval lies below

# [ban]                # if annotators are banned too
# rule = "75 % of the last 10, from the 8th on"
# worth_of_staying = 40.00   # what keeping the job is worth to an annotator

[money]
unit = 0.01            # smallest amount that can be paid; half of one is rounded to even
currency = "EUR"
"""

Money = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=18)]
Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Right = Annotated[Decimal, Field(gt=Decimal("0.5"), le=1)]


class Rule(Section):
    """The contract; which of the entries it has depends on its family."""

    family: Literal["binary", "linear", "tiered", "flat"]
    checks: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    base: Money | None = None
    bonus: Money | None = None
    cutoff: Count | None = None
    slope: Money | None = None
    cutoffs: tuple[Count, ...] | None = None
    wages: tuple[Money, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, found: Any) -> Any:
        if not isinstance(found, dict) or "text" not in found:
            return found
        text, others = found["text"], sorted(set(found) - {"text", "checks"})
        if not isinstance(text, str):
            wrong = f"text = {text!r} is no rule in words; put it in quotes"
            raise ValueError(wrong)  # noqa: TRY004  (what pydantic turns into a complaint)
        if others:
            raise ValueError(f"text and {', '.join(others)} state the rule twice; keep one of them")
        checks = found.get("checks")
        if not (checks is None or type(checks) is int):
            raise ValueError(f"checks = {checks!r} is no number of checks; give a whole number")
        return parse_pay(text, checks)

    @model_validator(mode="after")
    def _is_complete(self) -> "Rule":
        needs = {
            "flat": {"base"},
            "binary": {"base", "bonus", "cutoff"},
            "linear": {"base", "slope"},
            "tiered": {"cutoffs", "wages"},
        }[self.family]
        given = {name for name in Rule.model_fields if getattr(self, name) is not None}
        given -= {"family", "checks"}
        if given != needs:
            raise ValueError(
                f"a {self.family} rule has {', '.join(sorted(needs))}, but"
                f" {', '.join(sorted(given)) or 'nothing'} is given; name these and no others"
            )
        marks = [self.cutoff] if self.cutoff is not None else list(self.cutoffs or ())
        if any(mark > self.checks for mark in marks):
            raise ValueError(
                f"a cutoff above checks = {self.checks} can't be reached; lower it or check more"
            )
        return self

    def contract(self) -> tuple[Contract, tuple[Decimal, ...]]:
        """Return the contract and its numbers as written."""
        if self.family == "binary" and self.cutoff is not None:
            base, bonus = self.base or Decimal(0), self.bonus or Decimal(0)
            return BinaryContract(float(base), float(bonus), self.cutoff), (base, bonus)
        if self.family == "linear":
            base, slope = self.base or Decimal(0), self.slope or Decimal(0)
            return LinearContract(float(base), float(slope)), (base, slope)
        if self.family == "flat":
            return FlatWage(float(self.base or 0)), (self.base or Decimal(0),)
        wages = self.wages or ()
        return TieredContract(self.cutoffs or (), [float(wage) for wage in wages]), wages


class Counted(Section):
    """Which checks count, and what careful work makes of them."""

    what: Literal["golden", "expert", "repeats"]
    careful: Right
    expected: Right | None = None
    standard: Annotated[Decimal, Field(gt=0, le=1)] | None = None
    ties: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Counted":
        if self.expected is not None and self.expected > self.careful:
            raise ValueError("expected is above careful, the most that care can do; swap them")
        return self


class Ban(Section):
    """A banning rule in words, and what staying is worth."""

    rule: str
    worth_of_staying: Money | None = None

    @model_validator(mode="after")
    def _is_read(self) -> "Ban":
        parse_rule(self.rule)
        return self

    def parsed(self) -> BanRule:
        """Return the banning rule."""
        return parse_rule(self.rule)


class MoneyUnit(Section):
    """What can be paid."""

    unit: Annotated[Decimal, Field(gt=0, allow_inf_nan=False, max_digits=12)] = Decimal("0.01")
    currency: str = ""


class RuleFile(Section):
    """All of a rule file."""

    rule: Rule
    counted: Counted
    money: MoneyUnit = MoneyUnit()
    ban: Ban | None = None

    def pay_rule(self) -> PayRule:
        """Return the rule of the file."""
        counted, ban = self.counted, self.ban
        contract, amounts = self.rule.contract()
        staying = None if ban is None else ban.worth_of_staying
        return PayRule(
            contract=contract,
            amounts=amounts,
            checks=self.rule.checks,
            counted=counted.what,
            careful=float(counted.careful),
            expected=float(counted.expected or counted.careful),
            unit=self.money.unit,
            currency=self.money.currency,
            ties=counted.ties,
            ban=None if ban is None else ban.parsed(),
            worth_of_staying=None if staying is None else float(staying),
            standard=None if counted.standard is None else float(counted.standard),
        )


@checked_arguments
def read_rule(path: Path | str) -> PayRule:
    """Read the rule at `path`: TOML (`EXAMPLE_RULE` is one), or JSON by `paygrade design --json`.

    Raises:
        DataError: the file is neither, or its rule can't be paid.
    """
    path = Path(path)
    if path.suffix.lower() == ".json":
        return _from_design(path)
    return read_settings(path, RuleFile, "paygrade pay --example").pay_rule()


def _from_design(path: Path) -> PayRule:
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return _planned(found)
    except OSError as error:
        raise DataError(
            f"{str(path)!r} can't be read ({error.strerror}); check the path"
        ) from error
    except (ValueError, KeyError, TypeError, StopIteration, InvalidOperation) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path} is not what `paygrade design --json` prints ({type(error).__name__}: {error});"
            " save its output again, or write the rule as TOML"
        ) from error


def _planned(found: dict[str, Any]) -> PayRule:
    family, checks = found["economics"]["pay"]["family"], found["economics"]["batch"]["checks"]
    design = next(plan for plan in found["plans"] if plan["checks"] == checks)[family]
    contract = design["contract"]
    kinds = {kind.__name__: name for name, kind in MONITORS.items()}
    counted = kinds[found["monitor"]["kind"]]
    signal = float(found["monitor"]["signal"])
    names = ("base", "bonus") if family == "binary" else ("intercept", "slope")
    amounts = tuple(Decimal(contract[name]) for name in names)
    numbers = {name: float(value) for name, value in contract.items() if name != "kind"}
    monitor = build_monitor(MONITORS[counted], checks, signal)
    return PayRule(
        contract=BinaryContract(**numbers) if family == "binary" else LinearContract(**numbers),
        amounts=amounts,
        checks=checks,
        counted=counted,
        careful=float(monitor.accuracy(1.0)),
        expected=float(monitor.accuracy(float(design["effort"]))),
    )
