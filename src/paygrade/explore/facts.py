"""What a rule does, in a few milliseconds: everything that follows a slider at once."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.agent.response import best_response
from paygrade.certificate.proof import certify
from paygrade.certificate.verdict import Certificate
from paygrade.model.contract import BinaryContract, Contract, TieredContract
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import MoralHazard
from paygrade.solution import Design

Array = NDArray[np.float64]
POINTS = 201  # efforts at which curves are drawn
NO_CARE = 0.005  # effort below which a person would say that nobody reads the items
SEEN = 1e-4  # counts less probable than this are not drawn


class Outcome(StrEnum):
    """What a rule makes of the annotators."""

    WORKS = "works"  # care pays best, and annotators stay
    LOSES = "loses"  # care pays annotators, but not you
    SHIRKS = "shirks"  # no care pays best
    LEAVES = "leaves"  # elsewhere pays better
    BREAKS_FLOOR = "breaks floor"  # somebody is paid less than the floor
    OPEN = "open"  # neither proved nor refuted


@dataclass(frozen=True)
class RuleFacts:
    """A rule and what annotators make of it.

    Attributes:
        problem: the designer's problem.
        contract: the rule (money).
        effort: the annotator's best response, the share of items labelled with full care.
        certificate: the proof that it is one, over all efforts.
        efforts: where the curves are drawn, (m,), increasing; `effort` is one of them.
        gains: what each effort leaves the annotator, in sure money above working elsewhere, (m,).
        pays: average pay at each effort (money), (m,).
        passes: chance to reach each pass mark at each effort, (marks, m).
    """

    problem: MoralHazard
    contract: Contract
    effort: float
    certificate: Certificate
    efforts: Array
    gains: Array
    pays: Array
    passes: Array

    @property
    def monitor(self) -> CountingMonitor:
        """The problem's monitor, which counts checks."""
        return cast(CountingMonitor, self.problem.monitor)  # as `Work` builds no other

    @property
    def marks(self) -> tuple[float, ...]:
        """The pass marks; a rate has none."""
        return pass_marks(self.contract)

    @cached_property
    def outcome(self) -> Outcome:
        """What the rule makes of the annotators, by the certificate."""
        proof = self.certificate
        if proof.wage_slack < 0:
            return Outcome.BREAKS_FLOOR
        if proof.ir_slack < -proof.tolerance:
            return Outcome.LEAVES
        if not proof.holds:
            return Outcome.OPEN
        if self.effort <= NO_CARE:
            return Outcome.SHIRKS
        return Outcome.WORKS if self.payoff >= 0 else Outcome.LOSES

    @property
    def gain(self) -> float:
        """Sure money above working elsewhere, at the best response."""
        return self.gain_at(self.effort)

    @property
    def shirking_gain(self) -> float:
        """Sure money above working elsewhere, without any care."""
        return self.gain_at(0.0)

    def gain_at(self, effort: float) -> float:
        """Return the sure money above working elsewhere, at `effort`."""
        return float(gains_over_outside(self.problem, self.contract, np.array([effort]))[0])

    def pass_chance(self, effort: float, mark: int = 0) -> float:
        """Return the chance to reach a pass mark, counted from the lowest, at `effort`."""
        return float(self.problem.monitor.pass_probability(self.marks[mark], effort))

    def wage(self, count: float) -> float:
        """Return what so many checks that agree earn (money)."""
        return float(self.contract.wage(count if self.marks else count / self.monitor.n))

    def share_earned(self, effort: float) -> float | None:
        """Return the average share of what is paid above the base; None if nothing is.

        Of a bonus at a pass mark it is the chance to pass.
        """
        low, high = self.wage(0.0), self.wage(self.monitor.n)
        return (self.average_pay(effort) - low) / (high - low) if high > low else None

    def average_pay(self, effort: float) -> float:
        """Return the average pay for a batch at `effort` (money)."""
        return float(expected_wage(self.problem, self.contract, effort))

    @property
    def payoff(self) -> float:
        """What a batch leaves the designer after pay, at the best response (money)."""
        return float(self.problem.value(self.effort)) - self.average_pay(self.effort)

    def counts(self, effort: float) -> tuple[Array, Array]:
        """Return the counts that are at all likely at `effort`, and their probabilities."""
        counts, law = self.monitor.probabilities(effort)
        likely = np.flatnonzero(law >= SEEN)
        seen = slice(likely[0], likely[-1] + 1)
        return counts[seen], law[seen]

    @property
    def design(self) -> Design:
        """The rule as the rest of the library knows it."""
        return Design(
            problem=self.problem,
            contract=self.contract,
            effort=self.effort,
            payoff=self.payoff,
            expected_wage=self.average_pay(self.effort),
            certificate=self.certificate,
        )


def rule_facts(problem: MoralHazard, contract: Contract) -> RuleFacts:
    """Return what `contract` does.

    Raises:
        PaygradeError: the contract makes no sense in this problem.

    >>> from paygrade.explore.situation import Situation
    >>> now = Situation()
    >>> facts = rule_facts(now.problem, now.contract)
    >>> facts.outcome.value, round(facts.effort, 2), round(facts.average_pay(0.0), 2)
    ('shirks', 0.0, 8.0)
    """
    effort = best_response(problem, contract).effort
    efforts = np.unique(np.append(np.linspace(0.0, 1.0, POINTS), effort))
    return RuleFacts(
        problem=problem,
        contract=contract,
        effort=effort,
        certificate=certify(problem, contract, effort),
        efforts=efforts,
        gains=gains_over_outside(problem, contract, efforts),
        pays=np.asarray(expected_wage(problem, contract, efforts)),
        passes=np.array(
            [problem.monitor.pass_probability(mark, efforts) for mark in pass_marks(contract)]
        ),
    )


def pass_marks(contract: Contract) -> tuple[float, ...]:
    """Return the counts from which more is paid, where pay has steps.

    >>> pass_marks(BinaryContract(8.0, 3.0, 48.0))
    (48.0,)
    """
    match contract:
        case BinaryContract(_, _, cutoff):
            return (cutoff,)
        case TieredContract(cutoffs):
            return cutoffs
    return ()


def gains_over_outside(problem: MoralHazard, contract: Contract, efforts: Array) -> Array:
    """Return the sure pay that is as good, effort's cost taken off, above that elsewhere (money).

    A payoff below every sure wage's utility counts as the lowest wage; -inf if there is none.
    """
    utility = problem.utility
    payoff = agent_utility(problem, contract, efforts)
    low, _ = utility.bounds
    sure = np.where(payoff > low, utility.inverse(payoff), utility.lowest_wage)
    return np.asarray(sure - float(utility.inverse(problem.reservation_utility)))
