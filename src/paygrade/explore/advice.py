"""What takes longer than a slider waits: the best rule of each class, at several numbers of checks.

A job depends on the work alone, not on the rule in use, so its answer is kept while base, bonus and
pass mark are tried.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from paygrade.errors import NotConverged, PaygradeError
from paygrade.explore.facts import Outcome, RuleFacts
from paygrade.explore.situation import Work
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.solution import Design, first_best, second_best

CLASSES: dict[str, type[Contract]] = {
    "bonus": BinaryContract,
    "any": WageSchedule,
    "rate": LinearContract,
    "tiers": TieredContract,
}  # in the order in which they are worked out, the quick ones first
MOST_CHECKS = 800  # beyond, tiers take seconds


@dataclass(frozen=True)
class Job:
    """The best rule of one class: what to work out.

    Attributes:
        work: the work and its annotators.
        checks: a batch.
        family: a key of `CLASSES`.
        rounded: whether wages are to be announced in the work's unit.
    """

    work: Work
    checks: int
    family: str = "bonus"
    rounded: bool = False

    def run(self) -> "Offer":
        """Return the best rule, certified, or why there is none."""
        try:
            problem = self.work.problem(self.checks)
            ideal = first_best(problem)
            if ideal.payoff <= 0:
                return Offer(self, None, ideal, _NOT_WORTH)
            unit = self.work.unit if self.rounded else None
            design = second_best(problem, CLASSES[self.family], round_to=unit)
        except NotConverged:
            return Offer(self, None, None, _UNPROVED)
        except PaygradeError as error:
            return Offer(self, None, None, str(error))
        return Offer(self, design, ideal, "")


_UNPROVED = "A best rule was found but not proved, so it is left out."
_NOT_WORTH = (
    "The work is not worth what it asks for: even if care could be seen, a batch would lose you"
    " money. Raise what careful work is worth, or lower the pay elsewhere, the trouble of care or"
    " the lowest allowed pay."
)


@dataclass(frozen=True)
class Offer:
    """The answer to a job.

    Attributes:
        job: the question.
        design: the certified rule; None if there is none.
        ideal: the best rule if care could be seen; None if even that can't be had.
        reason: why there is no design.
    """

    job: Job
    design: Design | None
    ideal: Design | None
    reason: str

    @property
    def lost(self) -> float | None:
        """What not seeing care costs a batch under this rule (money): the agency cost."""
        if self.design is None or self.ideal is None:
            return None
        return max(self.ideal.payoff - self.design.payoff, 0.0)


def lost_under(facts: RuleFacts, offers: Iterable[Offer]) -> float | None:
    """Return what not seeing care costs under the rule in use (money).

    None if annotators leave, so that nothing is lost but the work, or while nothing is known.
    """
    if facts.outcome in (Outcome.LEAVES, Outcome.BREAKS_FLOOR):
        return None
    checks = facts.monitor.n
    ideals = (o.ideal for o in offers if o.ideal is not None and o.job.checks == checks)
    ideal = next(ideals, None)
    return None if ideal is None else max(ideal.payoff - facts.payoff, 0.0)


def checks_around(checks: int) -> tuple[int, ...]:
    """Return numbers of checks from an eighth of `checks` to twice it, increasing.

    >>> checks_around(60), checks_around(1)
    ((8, 15, 30, 45, 60, 90, 120), (1, 2))
    """
    factors = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
    around = {max(1, round(checks * factor)) for factor in factors}
    return tuple(sorted({min(n, max(MOST_CHECKS, checks)) for n in around}))


def jobs_for(work: Work, checks: int) -> list[Job]:
    """Return the recommended rule's job first, then every class at every number of checks."""
    middle_out = sorted(checks_around(checks), key=lambda n: (abs(n - checks), n))
    classes = [Job(work, n, family) for family in CLASSES for n in middle_out]
    return [Job(work, checks, rounded=True), *classes]
