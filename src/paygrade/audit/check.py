"""`check_rule`: what a rule already in use does, whom it punishes wrongly, what would do better."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.agent.earning import LEVELS
from paygrade.arguments import checked_arguments
from paygrade.assessment.calibration import build_monitor
from paygrade.audit.behaviour import HARDLY, Behaviour, find_behaviour, finite_or_none
from paygrade.audit.notes import check_notes
from paygrade.audit.page import check_page
from paygrade.audit.rows import EffortRow, effort_rows
from paygrade.audit.staying import Bans
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import at_least, positive
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    FlatWage,
    LinearContract,
    TieredContract,
)
from paygrade.model.counting import CountingMonitor
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard
from paygrade.operations.rule import MONITORS, PayRule
from paygrade.operations.rule_file import read_rule
from paygrade.report.economics import Economics, read_economics

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class RuleCheck:
    """A rule audited.

    Attributes:
        rule: as announced.
        monitor: what is counted, and what careful work makes of it.
        rows: what the rule does effort by effort, from no effort to full effort.
        behaviour: what annotators do under it and what would do better; None without economics.
        hours: that a batch takes.
        hourly_floor: least pay an hour (money).
        notes: what the figures rest on, a sentence each.
        bans: over how many batches bans are counted, and how; None: nobody is banned.
    """

    rule: PayRule
    monitor: CountingMonitor
    rows: tuple[EffortRow, ...]
    behaviour: Behaviour | None
    hours: float | None
    hourly_floor: float | None
    notes: tuple[str, ...]
    bans: Bans | None = None

    @property
    def shirker(self) -> EffortRow:
        """What somebody meets with who clicks at random."""
        return self.rows[0]

    @property
    def careful(self) -> EffortRow:
        """What somebody meets with who gives full attention."""
        return self.rows[-1]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        rule = self.rule
        return {
            "rule": {
                "text": str(rule),
                "checks": rule.checks,
                "counted": rule.counted,
                "ban": None if rule.ban is None else str(rule.ban),
                "worth_of_staying": rule.worth_of_staying,
                "batches_of_bans": None if self.bans is None else self.bans.batches,
            },
            "monitor": {"kind": type(self.monitor).__name__, "careful": self.careful.right},
            "hours": self.hours,
            "hourly_floor": self.hourly_floor,
            "efforts": [
                {
                    **asdict(row.earnings),
                    "right": row.right,
                    "banned": row.banned,
                    "net": None if row.net is None else finite_or_none(row.net),
                }
                for row in self.rows
            ],
            "behaviour": None if self.behaviour is None else self.behaviour.to_dict(),
            "notes": list(self.notes),
        }

    def plot(self, axes: "Sequence[Axes] | None" = None) -> "Sequence[Axes]":
        """Draw pay over effort and, with economics, the annotator's payoff; return both axes."""
        from paygrade.audit.plot import draw_check

        return draw_check(self.rule, self.monitor, self.behaviour, self.bans, axes)

    def __str__(self) -> str:
        return check_page(
            self.rule,
            self.rows,
            self.behaviour,
            hours=self.hours,
            floor=self.hourly_floor,
            notes=self.notes,
            bans=self.bans,
        )


@checked_arguments
def check_rule(
    rule: PayRule | Contract | Path | str,
    economics: Economics | MoralHazard | Path | str | None = None,
    *,
    monitor: CountingMonitor | None = None,
    hours: float | None = None,
    hourly_floor: float | None = None,
    worth_of_staying: float | None = None,
    effort: float | None = None,
    rivals: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> RuleCheck:
    """Audit a rule in use: what it pays whom, whom it punishes wrongly, what it induces.

    Without economics the answer holds what follows from the rule alone: pass curves, pay and
    denials by effort. With them it adds best responses and their proofs, the annotators for whom
    the rule holds, and certified rules that do better. A ban counts as losing `worth_of_staying`,
    with the probability that a batch begun with no record ends in it (`audit/staying.py`).

    Arguments:
        rule: a `PayRule`, the path of a rule file, or a contract if `economics` is a problem.
        economics: `Economics`, the path of such a file, or a problem with a counting monitor.
        monitor: what is counted; None: what the rule's `counted` and `careful` say, or the
            problem's.
        hours: that a careful batch takes; None: what the economics say.
        hourly_floor: least pay an hour (money); None: what the economics say.
        worth_of_staying: what keeping the job is worth to an annotator (money); None: the rule's.
        effort: that is hoped for; None: the rule's `expected` share, which is full effort if it
            names none.
        rivals: whether to design rules that would do better, which takes most of the time.
        progress: told what is being done.

    Raises:
        DataError: a file can't be used.
        ModelError: rule, monitor and problem don't fit, or numbers make no sense.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.RiskNeutral(), cost=pg.PowerCost(3.0, 2.0),
    ...     value=pg.LinearValue(9.0), monitor=pg.GoldenQuestions(n=10, margin=0.8),
    ...     reservation_utility=7.0, wage_floor=0.0)
    >>> found = pg.check_rule(pg.LinearContract(8.0, 4.0), problem)
    >>> round(found.shirker.earnings.mean, 2), round(found.careful.earnings.mean, 2)
    (10.0, 11.6)
    >>> round(found.behaviour.effort, 4), found.behaviour.certificate.holds
    (0.2667, True)
    """
    settings = read_economics(Path(economics)) if isinstance(economics, str | Path) else economics
    audited, monitor = _rule_and_monitor(rule, settings, monitor)
    if isinstance(settings, Economics):
        hours = settings.batch.hours if hours is None else hours
        hourly_floor = settings.pay.hourly_floor if hourly_floor is None else hourly_floor
    staying = audited.worth_of_staying if worth_of_staying is None else worth_of_staying
    audited = replace(audited, worth_of_staying=staying)
    _refuse(audited, monitor, hours, hourly_floor, staying)
    progress("counting bans")
    bans = None if audited.ban is None else Bans.of(audited.ban, audited.checks)
    problem = settings.problem(monitor) if isinstance(settings, Economics) else settings
    behaviour = None
    if effort is not None and problem is None:
        raise ModelError(
            f"effort={effort!r} is asked of annotators, and what they do takes economics; give them"
        )
    if isinstance(problem, MoralHazard):
        wanted = _wanted(problem, audited, monitor, effort)
        behaviour = find_behaviour(
            problem,
            audited.contract,
            None if bans is None else bans.kept,
            staying or 0.0,
            wanted=wanted,
            unit=float(audited.unit),
            rivals=rivals,
            progress=progress,
        )
    rows = effort_rows(
        monitor,
        audited.contract,
        _levels(behaviour),
        bans,
        hours=hours,
        floor=hourly_floor,
    )
    if behaviour is not None:
        rows = tuple(replace(row, net=behaviour.net(row.effort)) for row in rows)
    notes = check_notes(audited, settings, bans, staying, hours)
    return RuleCheck(audited, monitor, rows, behaviour, hours, hourly_floor, notes, bans)


def _rule_and_monitor(
    rule: PayRule | Contract | Path | str,
    economics: Economics | MoralHazard | None,
    monitor: CountingMonitor | None,
) -> tuple[PayRule, CountingMonitor]:
    if isinstance(economics, MoralHazard):
        if monitor is not None and monitor != economics.monitor:
            raise ModelError("monitor and the problem's monitor differ; leave monitor out")
        if not isinstance(economics.monitor, CountingMonitor):
            raise ModelError(
                f"{type(economics.monitor).__name__} counts nothing, and rules are about counts;"
                " use a monitor that counts, such as GoldenQuestions"
            )
        monitor = economics.monitor
    if isinstance(rule, Contract):
        if monitor is None:
            raise ModelError(
                f"a bare {type(rule).__name__} doesn't say what is counted; give a monitor or a"
                " problem with it, or a PayRule"
            )
        return rule_of(rule, monitor), monitor
    audited = rule if isinstance(rule, PayRule) else read_rule(rule)
    if monitor is None:
        kind = MONITORS[audited.counted]
        return audited, build_monitor(kind, audited.checks, 2.0 * audited.careful - 1.0)
    return audited, monitor


def rule_of(contract: Contract, monitor: CountingMonitor) -> PayRule:
    """Return the contract as a rule that can be announced.

    Raises:
        ModelError: the contract isn't paid on counts, or nobody announces such checks.
    """
    kinds = {kind: name for name, kind in MONITORS.items()}
    if type(monitor) not in kinds:
        names = ", ".join(kind.__name__ for kind in kinds)
        raise ModelError(f"a {type(monitor).__name__} is no check of a rule; use one of {names}")
    match contract:
        case BinaryContract(base, bonus, _) | LinearContract(base, bonus):
            amounts: tuple[float, ...] = (base, bonus)
        case FlatWage(amount):
            amounts = (amount,)
        case TieredContract(_, wages):
            amounts = wages
        case _:
            raise ModelError(
                f"a {type(contract).__name__} is no rule to audit; give a flat wage, a bonus, a"
                " rate or tiers"
            )
    careful = float(monitor.accuracy(1.0))
    numbers = tuple(Decimal(repr(float(amount))) for amount in amounts)
    n, counted = int(monitor.n), kinds[type(monitor)]
    return PayRule(contract, numbers, n, counted, careful, careful)


def _refuse(
    rule: PayRule,
    monitor: CountingMonitor,
    hours: float | None,
    floor: float | None,
    staying: float | None,
) -> None:
    problems = []
    if int(monitor.n) != rule.checks:
        problems.append(
            f"the rule counts {rule.checks} checks and the monitor {monitor.n}; use one number"
        )
    problems += [] if hours is None else positive("hours", hours, "is no time to work")
    problems += [] if floor is None else at_least("hourly_floor", floor, 0.0, "is no hourly pay")
    if floor is not None and hours is None:
        problems.append(f"hourly_floor={floor!r} is by the hour; say how many hours a batch takes")
    if staying is not None:
        problems += at_least("worth_of_staying", staying, 0.0, "makes a ban a favour")
        if rule.ban is None and staying:
            problems.append(
                f"worth_of_staying={staying!r} is lost by a ban, and the rule bans nobody; add the"
                " banning rule, or leave it out"
            )
        elif rule.ban is not None and staying and rule.ban.first > rule.checks:
            problems.append(
                f"worth_of_staying={staying!r} is lost to a ban that looks at {rule.ban.first}"
                f" answers, more than the {rule.checks} checks of a batch: its chance depends on"
                " the effort in earlier batches too, so it is no part of one batch's pay; leave"
                " worth_of_staying out to see how often it bans, or count more checks in a batch"
            )
    raise_problems(problems)


def _wanted(
    problem: MoralHazard, rule: PayRule, monitor: CountingMonitor, effort: float | None
) -> float:
    """Return the effort that is hoped for; of finitely many the one next to it."""
    if effort is not None:
        if not problem.efforts.contains(effort):
            raise ModelError(
                f"effort={effort!r} is not in the problem's efforts; choose one between"
                f" {problem.efforts.low:g} and {problem.efforts.high:g}"
            )
        return float(effort)
    careful = rule.expected >= rule.careful
    hoped = problem.efforts.high if careful else float(monitor.effort_at(rule.expected))
    if isinstance(problem.efforts, Finite):
        return min(problem.efforts.values, key=lambda each: abs(each - hoped))
    return float(np.clip(hoped, problem.efforts.low, problem.efforts.high))


def _levels(behaviour: Behaviour | None) -> list[float]:
    """Return the efforts of the table, the induced one among them."""
    if behaviour is None:
        return list(LEVELS)
    efforts = behaviour.problem.efforts
    if isinstance(efforts, Finite):
        return sorted(efforts.values)
    levels = [each for each in LEVELS if efforts.contains(each)]
    if all(abs(each - behaviour.effort) > HARDLY for each in levels):
        levels.append(behaviour.effort)
    return sorted(levels)
