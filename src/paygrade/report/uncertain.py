"""Annotators not known exactly, as a labelling job's settings and options state them.

`safe_rule` allows for a share on either side of what was stated, `rule_for_kinds` for several kinds
of annotators that the settings list.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from paygrade.agent.expected import expected_wage
from paygrade.agent.response import best_response
from paygrade.assessment.agreement import find_feed
from paygrade.certificate.proof import certify
from paygrade.certificate.typeset import TypesCertificate, certify_types
from paygrade.certificate.verdict import Evidence
from paygrade.design.schedule import relaxed_prices
from paygrade.errors import DataError, InfeasibleContract, NotConverged
from paygrade.model.contract import BinaryContract, Contract
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.typeset import TypeBox, TypeList
from paygrade.report.economics import Economics
from paygrade.report.stated import signal_of, with_signal
from paygrade.robust.design import RobustDesign, ScreeningDesign, robust_design, screening_design
from paygrade.robust.menu import Menu, menu_design
from paygrade.robust.outcome import TypeOutcome, outcome_of
from paygrade.solution import Design

UNSURE = ("cost", "signal")  # what a safe rule can allow for
CELLS = 40  # parts of the box in the bound on the cheapest rule, which is no more than a remark


@dataclass(frozen=True)
class Safe:
    """One rule for every annotator within a share of the stated one.

    Attributes:
        percent: the share on either side.
        unsure: what of the annotator it concerns, names of `UNSURE`.
        robust: the rule for all, with the proof for all.
        design: what it does with the annotator as stated.
        cheapest: the rule for the annotator as stated alone.
        cheapest_proof: what is proved of the cheapest rule for all.
        names: in words, the annotators at the ends, as in `outcomes` and `under_cheapest`.
        outcomes: what the ends do under the rule.
        under_cheapest: what they do under the cheapest rule.
        worst: what the worst annotator that was met does under the cheapest rule.
    """

    percent: float
    unsure: tuple[str, ...]
    robust: RobustDesign
    design: Design
    cheapest: Design
    cheapest_proof: TypesCertificate
    names: tuple[str, ...]
    outcomes: tuple[TypeOutcome, ...]
    under_cheapest: tuple[TypeOutcome, ...]
    worst: TypeOutcome


@dataclass(frozen=True)
class Kinds:
    """Rules for several kinds of annotators.

    Attributes:
        found: the one rule, or the menu.
        rules: what to announce.
        choice: for each kind the number of its rule in `rules`; None where it declines.
    """

    found: ScreeningDesign | Menu
    rules: tuple[Contract, ...]
    choice: tuple[int | None, ...]

    @property
    def problems(self) -> tuple[MoralHazard, ...]:
        """What each kind is."""
        return self.found.types.members

    @property
    def outcomes(self) -> tuple[TypeOutcome, ...]:
        """What each kind does."""
        return self.found.outcomes

    @property
    def evidence(self) -> Evidence:
        """The weakest grade among the kinds' certificates."""
        if isinstance(self.found, Menu):
            return self.found.evidence
        grades = {one.certificate.evidence for one in self.outcomes}
        return Evidence.CHECKED if Evidence.CHECKED in grades else Evidence.PROVED


def check_request(
    economics: Economics,
    *,
    robust: float | None = None,
    unsure: Sequence[str] | None = None,
    menu: bool = False,
    reoptimise: bool = False,
) -> None:
    """Refuse, before any work is done, options that contradict each other or the settings.

    Raises:
        DataError: naming what to change.
    """
    if robust is not None and not 0.0 < robust < 100.0:
        raise DataError(
            f"--robust {robust:g} is no share to be off by; give a percentage between 0 and 100,"
            " say 10"
        )
    if unsure is not None and robust is None:
        raise DataError("--unsure says of what --robust isn't sure; give --robust 10 as well")
    unknown = [name for name in unsure or UNSURE if name not in UNSURE]
    if unknown or (unsure is not None and not unsure):
        raise DataError(
            f"--unsure {','.join(unsure or ())} is unknown; give {','.join(UNSURE)} or one of them,"
            " and list kinds of annotators that differ otherwise under [[types]]"
        )
    if economics.types and robust is not None:
        raise DataError(
            "[[types]] lists who the annotators are, and --robust says that this isn't known; drop"
            " one of them"
        )
    if economics.types and reoptimise:
        raise DataError(
            "--sensitivity asks what one annotator does when a figure is off, and [[types]] lists"
            " several; drop one of them"
        )
    if menu:
        _check_menu(economics)


def _check_menu(economics: Economics) -> None:
    pay = economics.pay
    if not economics.types:
        raise DataError(
            "--menu lets kinds of annotators choose between rules, and the settings list none; add"
            " [[types]], each with a name and what differs"
        )
    if pay.family != "binary":
        raise DataError(
            f'--menu offers bonus rules, and pay.family is "{pay.family}"; leave one of them out'
        )
    if pay.cutoff is not None or pay.bonus_cap is not None:
        raise DataError(
            "--menu searches several pass marks and bonuses, and pay.cutoff or pay.bonus_cap fixes"
            " one; leave one of them out"
        )


def safe_rule(
    economics: Economics,
    monitor: CountingMonitor,
    cheapest: Design,
    percent: float,
    unsure: Sequence[str] = UNSURE,
) -> Safe:
    """Return the rule that holds for every annotator within `percent` of the stated one.

    Arguments:
        economics: what was stated.
        monitor: how work is checked.
        cheapest: the rule for exactly that annotator.
        percent: on either side, between 0 and 100; a signal ends at 1.
        unsure: of what: "cost" (`full_effort`) and "signal".

    Raises:
        InfeasibleContract, NoOptimum, NotConverged: as `robust_design`.
    """
    share = percent / 100.0
    problem = economics.problem(monitor)
    ranges, words = {}, []
    for name in unsure:
        key, ends, told = _range(economics, monitor, name, share)
        ranges[key] = ends
        words.append(told)
    box = TypeBox(problem, ranges)
    pay, is_bonus = economics.pay, economics.family is BinaryContract
    found = robust_design(
        box,
        economics.family,
        cutoff=pay.cutoff if is_bonus else None,
        bonus_cap=pay.bonus_cap if is_bonus else None,
        round_to=pay.round_to,
    )
    if found.worst_payoff < 0.0:
        raise InfeasibleContract(
            f"--robust {percent:g}: annotators who differ so much can't all be paid by one rule"
            f" without a loss; the best one found may still cost you {-found.worst_payoff:.2f} more"
            " than a batch is worth. Give a smaller percentage, more checks"
            + (", or --unsure cost alone" if len(unsure) > 1 else "")
        )
    names = _joined(words)
    proof = certify_types(box, cheapest.contract, most_cells=CELLS)
    under = tuple(
        outcome_of(corner, cheapest.contract, name)
        for corner, name in zip(box.corners(), names, strict=True)
    )
    worst = outcome_of(box.at(proof.worst), cheapest.contract, "the worst met")
    worst = min((*under, worst), key=lambda one: one.payoff)
    return Safe(
        percent, tuple(unsure), found, _at_stated(problem, found.contract), cheapest, proof,
        names, found.outcomes[: len(names)], under, worst,
    )  # fmt: skip


def rule_for_kinds(economics: Economics, monitor: CountingMonitor, *, menu: bool = False) -> Kinds:
    """Return the rule, or the menu of rules, of greatest expected payoff over the settings' types.

    Raises:
        InfeasibleContract, NoOptimum, NotConverged: as `screening_design` and `menu_design`.
    """
    kinds, pay = economics.types, economics.pay
    shares = [1.0 / len(kinds) if kind.share is None else kind.share for kind in kinds]
    members = [
        economics.but(**kind.figures).problem(
            monitor if kind.signal is None else with_signal(monitor, kind.signal)
        )
        for kind in kinds
    ]
    types = TypeList(economics.problem(monitor), members, shares, [kind.name for kind in kinds])
    if menu:
        made = menu_design(types, round_to=pay.round_to)
        return Kinds(made, made.items, made.choice)
    is_bonus = economics.family is BinaryContract
    found = screening_design(
        types,
        economics.family,
        cutoff=pay.cutoff if is_bonus else None,
        bonus_cap=pay.bonus_cap if is_bonus else None,
        round_to=pay.round_to,
    )
    choice = tuple(0 if one.accepts else None for one in found.outcomes)
    return Kinds(found, (found.contract,), choice)


def _range(
    economics: Economics, monitor: CountingMonitor, name: str, share: float
) -> tuple[str, tuple[float, float], tuple[str, str]]:
    """Return the number's name, its interval, and words for both ends."""
    if name == "cost":
        pay = economics.annotator.full_effort
        low, high = (
            economics.but(full_effort=pay * (1.0 + by)).problem(monitor).cost.scale  # type: ignore[attr-defined]
            for by in (-share, share)
        )
        off = f"{100 * share:g} %"
        return (
            "cost.scale",
            (low, high),
            (f"attention costs {off} less", f"attention costs {off} more"),
        )
    signal = signal_of(monitor)
    low, high = signal * (1.0 - share), min(signal * (1.0 + share), 1.0)
    key = f"monitor.{find_feed(type(monitor)).signal}"
    return key, (low, high), (f"signal {low:.2f}", f"signal {high:.2f}")


def _joined(words: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names of the corners, in the order of `TypeBox.corners`."""
    names = [""]
    for ends in words:
        names = [f"{name}, {end}" if name else end for name in names for end in ends]
    return tuple(names)


def _at_stated(problem: MoralHazard, contract: Contract) -> Design:
    """Return what the rule does with one annotator."""
    effort = best_response(problem, contract).effort
    wage = float(expected_wage(problem, contract, effort))
    payoff = float(problem.value(effort)) - wage
    certificate = certify(problem, contract, effort, prices=relaxed_prices(problem, effort))
    if not certificate.holds:
        raise NotConverged(f"{contract} can't be certified for the annotator as stated")
    return Design(problem, contract, effort, payoff, wage, certificate)
