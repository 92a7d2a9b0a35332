"""`sensitivity`: what it costs when an input is not what the design took it for.

The rule stays as announced; the annotator answers the truth with another effort, or not at all. The
loss is what the best rule for the truth would earn more, in money.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

from paygrade.agent.expected import expected_wage
from paygrade.agent.response import best_response
from paygrade.arguments import checked_arguments
from paygrade.certificate.verdict import Evidence
from paygrade.design.options import OptionKeywords
from paygrade.errors import (
    InfeasibleContract,
    ModelError,
    NoClosedForm,
    NoOptimum,
    NotConverged,
)
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.named import parameters
from paygrade.model.problem import MoralHazard
from paygrade.robust.design import RobustDesign
from paygrade.robust.inputs import OUTSIDE, Input, inputs_of
from paygrade.robust.outcome import outcome_of
from paygrade.solution import Design, second_best

CLIFF = 0.5  # of the designed effort: what is left below it counts as a fall


@dataclass(frozen=True)
class Mistake:
    """One input that is off.

    Attributes:
        input: its name.
        off: by which share of it the truth lies above what was thought (below: negative).
        thought: what it is thought to be.
        truth: what it really is.
        effort: the annotator's answer; 0 payoffs follow where it declines.
        accepts: whether the annotator takes part.
        payoff: what the rule earns then (money).
        best_payoff: what the best rule for the truth earns, certified; None where that was not
            asked, or no rule could be certified.
        remark: CLIFF, DECLINES, or what else the rule runs into; "" for nothing.
        slope: exact derivative of the payoff in the input at the design (money per unit of the
            input); None without a closed form.
        evidence: whether it is beyond doubt what the annotator does then.
    """

    input: str
    off: float
    thought: float
    truth: float
    effort: float
    accepts: bool
    payoff: float
    best_payoff: float | None
    remark: str
    slope: float | None
    evidence: Evidence

    @property
    def loss(self) -> float | None:
        """What the best rule for the truth would earn more (money)."""
        return None if self.best_payoff is None else self.best_payoff - self.payoff

    @property
    def is_cliff(self) -> bool:
        """Whether the annotator stops working or declines."""
        return self.remark in ("CLIFF", "DECLINES")


@dataclass(frozen=True)
class Sensitivity:
    """The table "if X is 10 % off, you lose Y".

    Attributes:
        problem: what the rule was designed for.
        contract: the rule.
        effort, payoff: as designed (payoff in money).
        by: the share that each input is off by.
        mistakes: worst loss first.
    """

    problem: MoralHazard
    contract: Contract
    effort: float
    payoff: float
    by: float
    mistakes: tuple[Mistake, ...]

    @property
    def cliffs(self) -> tuple[Mistake, ...]:
        """The mistakes under which the annotator stops working or declines."""
        return tuple(mistake for mistake in self.mistakes if mistake.is_cliff)

    def records(self) -> list[dict[str, object]]:
        """Return the table as rows of plain values, for a data frame or JSON."""
        names = (
            "input",
            "off",
            "thought",
            "truth",
            "effort",
            "accepts",
            "payoff",
            "best_payoff",
            "loss",
        )
        return [
            {name: getattr(one, name) for name in (*names, "slope", "remark", "evidence")}
            for one in self.mistakes
        ]

    def sentences(self) -> list[str]:
        """Return each row as a sentence."""
        return [_sentence(self, one) for one in self.mistakes]

    def __str__(self) -> str:
        designed = f"{self.contract}: effort {self.effort:.3f}, payoff {self.payoff:.4f}"
        return f"{designed}\n{self.table}"

    @property
    def table(self) -> str:
        """The rows as text."""
        told = [f"{one.input} {one.off:+.0%} ({one.truth:.4g})" for one in self.mistakes]
        wide = max(30, *(len(said) + 1 for said in told), 0)
        lines = [f"{'if the truth is':<{wide}}{'effort':>8}{'payoff':>10}{'you lose':>10}"]
        for said, one in zip(told, self.mistakes, strict=True):
            lost = "-" if one.loss is None else f"{one.loss:.4f}"
            effort = f"{one.effort:.3f}" if one.accepts else "-"
            row = f"{said:<{wide}}{effort:>8}{one.payoff:>10.4f}{lost:>10}  {one.remark}"
            lines.append(row.rstrip())
        return "\n".join(lines)


@checked_arguments
def sensitivity(
    designed: Design | RobustDesign | MoralHazard,
    contract: Contract | None = None,
    *,
    by: float = 0.1,
    inputs: Sequence[str | Input] | None = None,
    reoptimise: bool = True,
    idle: float = 0.0,
    **options: Unpack[OptionKeywords],
) -> Sensitivity:
    """Return what happens when one input at a time is off by a share, either way.

    Arguments:
        designed: a design, or a problem with `contract`, a rule in use.
        contract: the rule, where `designed` is a problem.
        by: the share, 0.1 for 10 %.
        inputs: names of inputs, or inputs of your own making (see `paygrade.robust.inputs`); all by
            default. "outside wage" is `reservation_utility` said in money.
        reoptimise: whether to compare with the best rule of the same class for the truth.
        idle: what an annotator who declines earns the principal (money).
        options: keywords of `second_best` that the best rule has to keep, such as `round_to`.

    Raises:
        ModelError: for an unknown input, or a share that is not above 0 and below 1.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=200, rho=0.8), wage_floor=0.0)
    >>> table = sensitivity(pg.second_best(problem), inputs=["cost.scale", "value.slope"])
    >>> for sentence in table.sentences()[:2]:
    ...     print(sentence)
    If cost.scale is 10 % higher, effort falls from 0.79 to 0.00 and you lose 1.114 (CLIFF).
    If cost.scale is 10 % lower, effort stays at 0.79 and you lose 0.08755.
    """
    problem, contract = _opened(designed, contract)
    if not 0.0 < by < 1.0:
        raise ModelError(f"by={by!r} is no share to be off by; give one between 0 and 1, say 0.1")
    response = best_response(problem, contract)
    effort, payoff = response.effort, _payoff(problem, contract, response.effort)
    known = inputs_of(problem, float(expected_wage(problem, contract, effort)))
    chosen = list(known) if inputs is None else list(inputs)
    # one number: a mistake about it is a share of its worth in money
    chosen = [OUTSIDE if one == "reservation_utility" else one for one in chosen]
    unknown = [name for name in chosen if isinstance(name, str) and name not in known]
    if unknown:
        raise ModelError(
            f"{', '.join(map(repr, unknown))}: this problem has no such input; it has"
            f" {', '.join(known)}"
        )
    study = _Study(contract, effort, reoptimise, idle, options)
    asked = [known[one] if isinstance(one, str) else one for one in chosen]
    found = [mistake for one in asked for mistake in study.both_ways(problem, one, by)]
    ordered = sorted(
        found, key=lambda one: -(payoff - one.payoff if one.loss is None else one.loss)
    )
    return Sensitivity(problem, contract, effort, payoff, by, tuple(ordered))


@dataclass(frozen=True)
class _Study:
    contract: Contract
    effort: float
    reoptimise: bool
    idle: float
    options: OptionKeywords

    def both_ways(self, problem: MoralHazard, known: Input, by: float) -> list[Mistake]:
        """Return the mistakes in one input that make sense."""
        slope = self._slope(problem, known)
        rows = []
        for off in (-by, by):
            try:
                number, truth = known.at(off)
            except ModelError:
                continue  # no such annotator or monitor
            if number != known.value:
                rows.append(self._mistake(known, off, number, truth, slope))
        return rows

    def _mistake(
        self, known: Input, off: float, number: float, truth: MoralHazard, slope: float | None
    ) -> Mistake:
        rule, remark = _lawful(truth, self.contract)
        found = outcome_of(truth, rule, known.name, idle=self.idle)
        if not found.accepts:
            remark = "DECLINES"
        elif found.effort < CLIFF * self.effort:
            remark = "CLIFF"
        best = self._best(truth) if self.reoptimise else None
        grade = found.certificate.evidence if found.decision_is_proved else Evidence.CHECKED
        return Mistake(
            known.name, off, known.value, number, found.effort, found.accepts, found.payoff, best,
            remark, slope, grade,
        )  # fmt: skip

    def _best(self, truth: MoralHazard) -> float | None:
        """Return what the best rule of the same class earns, or nobody's work where none is."""
        try:
            design = second_best(truth, type(self.contract), **self.options)
            return max(design.payoff, self.idle)
        except (InfeasibleContract, NoOptimum):
            return self.idle
        except NotConverged:
            return None

    def _slope(self, problem: MoralHazard, known: Input) -> float | None:
        if known.name in (OUTSIDE, "wage_floor"):
            return 0.0  # the rule stays, and effort does not depend on them
        if known.name not in parameters(problem):
            return None  # an input of the caller's own making
        from paygrade.robust.closed_form_slopes import exact_slope  # SymPy takes a second to load

        try:
            found = exact_slope(
                problem, self.contract, self.effort, known.name, fixed_wage=known.fixed_wage
            )
        except NoClosedForm:
            return None
        return found.payoff if math.isfinite(found.payoff) else None  # none where u' is infinite


def _opened(
    designed: Design | RobustDesign | MoralHazard, contract: Contract | None
) -> tuple[MoralHazard, Contract]:
    if isinstance(designed, MoralHazard):
        if contract is None:
            raise ModelError("a problem alone has no rule to be sensitive; give contract as well")
        return designed, contract
    if contract is not None:
        raise ModelError("a design has its own rule; give its problem to try another contract")
    problem = designed.types.problem if isinstance(designed, RobustDesign) else designed.problem
    return problem, designed.contract


def _lawful(problem: MoralHazard, contract: Contract) -> tuple[Contract, str]:
    """Return the rule with its base lifted to the wage floor where it lies below."""
    floor, remark = problem.lowest_wage, "base lifted to the floor"
    if isinstance(contract, BinaryContract) and contract.base < floor:
        return replace(contract, base=floor), remark
    if isinstance(contract, LinearContract) and contract.intercept < floor:
        return replace(contract, intercept=floor), remark
    return contract, ""


def _payoff(problem: MoralHazard, contract: Contract, effort: float) -> float:
    return float(problem.value(effort)) - float(expected_wage(problem, contract, effort))


def _sentence(table: Sensitivity, one: Mistake) -> str:
    way = "higher" if one.off > 0 else "lower"
    if not one.accepts:
        happens = "the annotator declines"
    else:
        moved = one.effort - table.effort
        verb = "stays at" if abs(moved) < 5e-3 else ("falls" if moved < 0 else "rises")
        span = (
            f"{table.effort:.2f}"
            if verb == "stays at"
            else (f"from {table.effort:.2f} to {one.effort:.2f}")
        )
        happens = f"effort {verb} {span}"
    change = table.payoff - one.payoff
    lost = f"you lose {one.loss:.4g}" if one.loss is not None else f"you earn {change:.4g} less"
    remark = f" ({one.remark})" if one.remark else ""
    return f"If {one.input} is {abs(one.off):.0%} {way}, {happens} and {lost}{remark}.".replace(
        "%", " %"
    )
