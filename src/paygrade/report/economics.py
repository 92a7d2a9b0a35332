"""The economics of a labelling job, from a TOML file that a contract designer can write.

Money figures stand for utils: `full_effort` is the extra pay that just makes up for labelling with
full attention, so that c(1) = u(reservation_wage + full_effort) - u(reservation_wage).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from paygrade.arguments import checked_arguments
from paygrade.errors import DataError
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.counting import CountingMonitor
from paygrade.model.effort import LinearValue, PowerCost
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import (
    CARA,
    CRRA,
    LogUtility,
    RiskNeutral,
    SquareRootUtility,
    Utility,
)
from paygrade.settings import Section, read_settings

EXAMPLE = """\
# What a batch of labels is worth and what it asks of people. Money in your currency, per batch.

[annotator]
utility = "log"          # log, square-root, crra, cara or risk-neutral
wealth = 20.0            # other money the annotator has: more of it, less afraid of losing a bonus
reservation_wage = 8.0   # what the same time pays elsewhere
full_effort = 4.0        # extra pay that just makes up for full attention over none
cost_power = 2.0         # 2: each further bit of attention costs more than the last

[batch]
value = 20.0             # what full attention adds to the worth of a batch
checks = 60              # questions checked in each batch
# hours = 1.5            # that a careful batch takes; then pay is shown by the hour

[pay]
family = "binary"        # binary: base and bonus; linear: a rate on the share that is right
floor = 0.0              # nobody is paid less
round_to = 0.01          # announce in cents
# hourly_floor = 6.0     # pay an hour that is the least; shown how often it is missed

[monitor]                # what careful work looks like; left empty, the labels are asked
# signal = 0.7           # careful work is right in (1 + signal) / 2 of checks: 0.7 is 85 %
# trusted = ["ann01"]    # or: annotators who are known to be careful

# [[types]]              # two or more of these: kinds of annotators, and how they differ
# name = "students"
# share = 0.6
# full_effort = 3.0
"""

LOOSE_SUM = 1e-9  # what shares may miss 1 by

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Annotator(Section):
    """The people: taste for money, cost of attention, outside pay."""

    utility: Literal["log", "square-root", "crra", "cara", "risk-neutral"] = "log"
    wealth: Money = 0.0
    risk_aversion: Positive | None = None
    reservation_wage: Money
    full_effort: Positive
    cost_power: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 2.0


class Batch(Section):
    """The work: what attention is worth and how much of it is checked."""

    value: Positive
    base_value: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    checks: Annotated[int, Field(ge=1, le=1_000_000)]
    hours: Positive | None = None


class Pay(Section):
    """The rule's form and bounds."""

    family: Literal["binary", "linear"] = "binary"
    floor: Money | None = 0.0
    cap: Positive | None = None
    bonus_cap: Positive | None = None
    cutoff: Annotated[int, Field(ge=1)] | None = None
    round_to: Positive | None = 0.01
    hourly_floor: Money | None = None


class Monitoring(Section):
    """How well checks speak of effort, where the labels shall not be asked."""

    signal: Annotated[float, Field(gt=0, le=1)] | None = None
    trusted: list[str] | None = None


class Kind(Section):
    """One kind of annotator: what differs from `Annotator`, and how common it is."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    wealth: Money | None = None
    risk_aversion: Positive | None = None
    reservation_wage: Money | None = None
    full_effort: Positive | None = None
    cost_power: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    signal: Annotated[float, Field(gt=0, le=1)] | None = None

    @property
    def figures(self) -> dict[str, float]:
        """Return what differs from `Annotator`, by name."""
        return self.model_dump(exclude={"name", "share", "signal"}, exclude_none=True)


class Economics(Section):
    """All settings of a labelling job."""

    annotator: Annotator
    batch: Batch
    pay: Pay = Pay()
    monitor: Monitoring = Monitoring()
    types: tuple[Kind, ...] = ()

    @model_validator(mode="after")
    def _has_hours(self) -> "Economics":
        if self.pay.hourly_floor is not None and self.batch.hours is None:
            raise ValueError(
                "pay.hourly_floor is by the hour, and batch.hours is not given; say how many hours"
                " a batch takes"
            )
        return self

    @model_validator(mode="after")
    def _has_types_to_choose_among(self) -> "Economics":
        if self.types:
            raise_types(self.types, self.annotator.utility)
        return self

    def but(self, **figures: float) -> "Economics":
        """Return these settings with other figures of the annotator."""
        person = self.annotator.model_copy(update=figures)
        return self.model_copy(update={"annotator": person})

    @property
    def family(self) -> type[Contract]:
        """The class of contract to announce."""
        return BinaryContract if self.pay.family == "binary" else LinearContract

    def utility(self) -> Utility:
        """Return the annotator's utility of money.

        Raises:
            DataError: crra and cara need `risk_aversion`.
        """
        a = self.annotator
        if a.utility in ("crra", "cara") and a.risk_aversion is None:
            raise DataError(
                f'annotator.utility = "{a.utility}" needs annotator.risk_aversion; add it, or use'
                ' "log"'
            )
        match a.utility:
            case "log":
                return LogUtility(shift=a.wealth)
            case "square-root":
                return SquareRootUtility(shift=a.wealth)
            case "crra":
                return CRRA(gamma=float(a.risk_aversion or 0.0), shift=a.wealth)
            case "cara":
                return CARA(risk_aversion=float(a.risk_aversion or 0.0))
        return RiskNeutral()

    def problem(self, monitor: CountingMonitor) -> MoralHazard:
        """Return the principal's problem with this monitor."""
        a, u = self.annotator, self.utility()
        outside = float(u(a.reservation_wage))
        attention = float(u(a.reservation_wage + a.full_effort)) - outside
        return MoralHazard(
            utility=u,
            cost=PowerCost(scale=attention, power=a.cost_power),
            value=LinearValue(slope=self.batch.value, intercept=self.batch.base_value),
            monitor=monitor,
            reservation_utility=outside,
            wage_floor=self.pay.floor,
            wage_cap=self.pay.cap,
        )


def raise_types(types: Sequence[Kind], utility: str) -> None:
    """Raise a ValueError, which pydantic reports, unless the types are several and weighed."""
    names = [kind.name for kind in types]
    shares = [kind.share for kind in types]
    given = [share for share in shares if share is not None]
    if len(types) < 2:
        raise ValueError(
            f"types lists {names[0]!r} alone, so nobody is told apart; list two or more, or"
            " put its figures under [annotator]"
        )
    if len(set(names)) < len(names):
        raise ValueError(f"types has a name twice in {names}; give each kind its own")
    if given and (len(given) < len(shares) or abs(sum(given) - 1.0) > LOOSE_SUM):
        raise ValueError(
            f"types has the shares {shares}, which don't add up to 1; give one to each kind so that"
            " they do, or none where all are equally common"
        )
    for kind in types:
        taste = {"risk_aversion": ("crra", "cara"), "wealth": ("log", "square-root", "crra")}
        for name in kind.figures:
            if utility not in taste.get(name, (utility,)):
                raise ValueError(
                    f'types: {kind.name!r} has {name}, which utility = "{utility}" has no use for;'
                    " delete it"
                )


@checked_arguments
def read_economics(path: Path) -> Economics:
    """Read the TOML file at `path`.

    Raises:
        DataError: naming the file and, for each wrong entry, line, key, value and what is expected.
    """
    return read_settings(path, Economics, example="paygrade demo")
