"""From labels and economics to a certified rule: everything the report, plot and JSON show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.agent.earning import Earnings, earnings
from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.arguments import checked_arguments
from paygrade.assessment.agreement import choose_monitor
from paygrade.assessment.calibration import Calibration, build_monitor, calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.errors import ModelError, PaygradeError
from paygrade.labels.annotations import Annotations
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.counting import CountingMonitor
from paygrade.report.announcing import contract_in_words, rule_in_words
from paygrade.report.economics import Economics
from paygrade.report.stated import signal_of, stated_inputs
from paygrade.report.uncertain import (
    UNSURE,
    Kinds,
    Safe,
    check_request,
    rule_for_kinds,
    safe_rule,
)
from paygrade.report.uncertain_rows import kinds_rows, uncertain_dict
from paygrade.robust.mistakes import Sensitivity, sensitivity
from paygrade.solution import Design, first_best, second_best

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """The designs at one number of checks; a class of contract that fails says why instead."""

    checks: int
    first_best: Design
    binary: Design | str
    linear: Design | str

    def design(self, family: type[Contract]) -> Design | str:
        """Return the design of `family`."""
        return self.binary if family is BinaryContract else self.linear

    def agency_cost(self, family: type[Contract]) -> float | None:
        """Return first best minus this design's payoff (money)."""
        design = self.design(family)
        return None if isinstance(design, str) else self.first_best.payoff - design.payoff


@dataclass(frozen=True)
class Study:
    """A labelling job assessed and its rule designed.

    Attributes:
        annotations: the labels; `workers`: one row an annotator, as `paygrade.assess` returns.
        calibration: what agreement means full effort; None where the settings give the signal.
        monitor: the monitor at the planned number of checks.
        plans: half, planned and twice the checks, in this order.
        safe: the rule for annotators not known exactly; None: they are as stated.
        kinds: the rules for several kinds of annotators; None: there is one.
        mistakes: what the announced rule does where a stated figure is off; None: not asked.
    """

    annotations: Annotations
    workers: "pd.DataFrame"
    calibration: Calibration | None
    economics: Economics
    monitor: CountingMonitor
    plans: tuple[Plan, ...]
    safe: Safe | None = None
    kinds: Kinds | None = None
    mistakes: Sensitivity | None = None

    @property
    def plan(self) -> Plan:
        """The plan at the number of checks asked for."""
        return next(p for p in self.plans if p.checks == self.economics.batch.checks)

    @property
    def design(self) -> Design:
        """The certified rule to announce to annotators as stated; several kinds have `kinds`."""
        return self.cheapest if self.safe is None else self.safe.design

    @property
    def cheapest(self) -> Design:
        """The certified rule for one annotator, exactly as stated."""
        design = self.plan.design(self.economics.family)
        if isinstance(design, str):  # `run_study` has raised before
            raise ModelError(design)
        return design

    def people(self) -> list[dict[str, float | str | None]]:
        """Return what an annotator gets who does as designed, gives all or shirks; or each kind."""
        if self.kinds is not None:
            return kinds_rows(self.kinds)
        design, problem = self.design, self.design.problem
        kinds = {"as designed": design.effort, "full attention": 1.0, "shirker": 0.0}
        return [
            {
                "who": who,
                "effort": effort,
                "passes": _passes(design, effort),
                "earns": float(expected_wage(problem, design.contract, effort)),
                "gain": float(
                    agent_utility(problem, design.contract, effort) - problem.reservation_utility
                ),
            }
            for who, effort in kinds.items()
        ]

    def careful(self) -> Earnings | None:
        """Return what full attention earns, by the hour and by bad luck too; None for kinds."""
        if self.kinds is not None:
            return None
        batch, pay = self.economics.batch, self.economics.pay
        design = self.design
        [found] = earnings(
            design.problem, design.contract, [1.0], hours=batch.hours, floor=pay.hourly_floor
        )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        return {
            "labels": {
                "summary": str(self.annotations),
                "left_out": dict(self.annotations.left_out),
            },
            "monitor": {
                "kind": type(self.monitor).__name__,
                "checks": self.monitor.n,
                "signal": signal_of(self.monitor),
                "calibration": None if self.calibration is None else self.calibration.description,
            },
            "annotators": [_plain(row) for row in self.workers.to_dict(orient="records")],
            "economics": self.economics.model_dump(),
            "rule": " Or: ".join(rules_in_words(self)),
            "people": self.people(),
            "careful": None if (careful := self.careful()) is None else vars(careful),
            "plans": [_plan_dict(plan) for plan in self.plans],
            **uncertain_dict(self.safe, self.kinds, self.mistakes),
        }


@checked_arguments
def run_study(
    annotations: Annotations,
    economics: Economics,
    *,
    kind: type[CountingMonitor] | None = None,
    progress: Progress = lambda _: None,
    robust: float | None = None,
    unsure: Sequence[str] | None = None,
    menu: bool = False,
    reoptimise: bool = False,
) -> Study:
    """Assess the annotators, build the monitor, design and certify the rules.

    Arguments:
        annotations: the labels.
        economics: what is known besides.
        kind: what is counted; by default what the labels can feed.
        progress: is told what is being done.
        robust: announce a rule for every annotator within so many percent of the stated one.
        unsure: of what: "cost", "signal"; by default both.
        menu: let the kinds of annotators in `economics.types` choose between rules.
        reoptimise: whether to compare, where a figure is off, with the best rule for the truth.

    Raises:
        PaygradeError: when the labels, the settings or the planned rule can't be used.
    """
    check_request(economics, robust=robust, unsure=unsure, menu=menu, reoptimise=reoptimise)
    progress("assessing annotators")
    kind = choose_monitor(annotations) if kind is None else kind
    given = economics.monitor.signal
    calibration = None
    if given is None:
        calibration = calibrate_signal(annotations, kind, trusted=economics.monitor.trusted)
    signal = calibration if given is None else given
    if signal is None:
        raise ModelError("no signal: neither the settings nor the labels say what care looks like")
    workers = assess(annotations, kind, signal=signal)
    checks = economics.batch.checks
    plans = []
    for n in sorted({max(1, checks // 2), checks, 2 * checks}):
        progress(f"designing and proving rules with {n} checks")
        plans.append(_plan(economics, build_monitor(kind, n, signal), is_planned=n == checks))
    monitor = build_monitor(kind, checks, signal)
    study = Study(annotations, workers, calibration, economics, monitor, tuple(plans))
    if economics.types:
        progress("designing rules for every kind of annotator")
        return replace(study, kinds=rule_for_kinds(economics, monitor, menu=menu))
    if robust is not None:
        progress("proving a rule for all annotators within the share")
        study = replace(
            study, safe=safe_rule(economics, monitor, study.cheapest, robust, unsure or UNSURE)
        )
    progress("asking what a wrong figure would do")
    return replace(study, mistakes=_mistakes(study, reoptimise=reoptimise))


def _mistakes(study: Study, *, reoptimise: bool) -> Sensitivity:
    design, economics = study.design, study.economics
    pay, is_bonus = economics.pay, economics.family is BinaryContract
    return sensitivity(
        design.problem,
        design.contract,
        inputs=stated_inputs(economics, study.monitor, design.expected_wage),
        reoptimise=reoptimise,
        cutoff=pay.cutoff if is_bonus else None,
        bonus_cap=pay.bonus_cap if is_bonus else None,
        round_to=pay.round_to,
    )


def _plan(economics: Economics, monitor: CountingMonitor, *, is_planned: bool) -> Plan:
    problem = economics.problem(monitor)
    ideal = first_best(problem)
    if ideal.payoff < 0:
        wage = economics.annotator.reservation_wage
        raise ModelError(
            f"annotator.reservation_wage = {wage:g} is more than the work can be worth: even with"
            f" effort observed a batch loses {-ideal.payoff:.2f}; raise batch.value or"
            " batch.base_value, or don't buy this work"
        )
    pay = economics.pay
    found: dict[type[Contract], Design | str] = {}
    for family in (BinaryContract, LinearContract):
        bonus = family is BinaryContract
        try:
            found[family] = second_best(
                problem,
                family,
                cutoff=pay.cutoff if bonus and is_planned else None,
                bonus_cap=pay.bonus_cap if bonus else None,
                round_to=pay.round_to,
            )
        except PaygradeError as error:
            if is_planned and family is economics.family:
                raise
            found[family] = str(error)
    return Plan(monitor.n, ideal, found[BinaryContract], found[LinearContract])


def rules_in_words(study: Study) -> list[str]:
    """Return the rule as it can be announced, or the rules to choose from."""
    if study.kinds is None:
        return [rule_in_words(study.design)]
    return [contract_in_words(rule, study.monitor.n) for rule in study.kinds.rules]


def _passes(design: Design, effort: float) -> float | None:
    """Return the chance to earn the bonus; None for a rule without one."""
    if isinstance(design.contract, BinaryContract):
        return float(design.problem.monitor.pass_probability(design.contract.cutoff, effort))
    return None


def _plan_dict(plan: Plan) -> dict[str, Any]:
    return {
        "checks": plan.checks,
        "first_best": _design_dict(plan.first_best),
        "binary": _design_dict(plan.binary),
        "linear": _design_dict(plan.linear),
        "agency_cost": {
            "binary": plan.agency_cost(BinaryContract),
            "linear": plan.agency_cost(LinearContract),
        },
    }


def _design_dict(design: Design | str) -> dict[str, Any]:
    if isinstance(design, str):
        return {"status": "none", "reason": design}
    certificate = design.certificate
    return {
        "status": "certified" if certificate.holds else "not certified",
        "contract": {"kind": type(design.contract).__name__, **vars(design.contract)},
        "effort": design.effort,
        "passes": _passes(design, design.effort),
        "payoff": design.payoff,
        "expected_wage": design.expected_wage,
        "certificate": _plain({**vars(certificate), "verdict": certificate.verdict}),
    }


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the row for JSON, which has no NaN and no infinity."""
    return {
        str(key): None if isinstance(value, float) and not np.isfinite(value) else value
        for key, value in row.items()
    }
