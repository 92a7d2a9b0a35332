"""What would do better than a rule: more effort for the same money, and the same effort for less.

Every rival is designed for a stated effort by `second_best` and proved by `certify`. What is
announced is then rounded to the unit of money and proved once more with the effort it really
induces, so that no figure leans on a rule that can't be paid.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from paygrade.agent.expected import expected_wage
from paygrade.agent.response import best_response
from paygrade.audit.best import NO_EFFORT, best_rule
from paygrade.certificate.proof import certify
from paygrade.errors import PaygradeError
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard
from paygrade.solution import Design, second_best

GRID = 9  # efforts tried before the best affordable one is closed in on
CLOSE = 1e-4  # in effort: how closely
SPARE = (0, 2, 4, 8)  # units of money left unspent so that rounding stays within the budget
STEPS = (0, 1, 2)  # units above the amount rounded down
NAMES: dict[type[Contract], str] = {
    BinaryContract: "a bonus",
    LinearContract: "a rate",
    TieredContract: "a rule with tiers",
    WageSchedule: "a wage for every count",
}


@dataclass(frozen=True)
class Rival:
    """The best found in one class of contract.

    Attributes:
        family: class of contract.
        cheaper: certified rule with at least the same effort at least cost, or why there is none.
        stronger: certified rule with the most effort at no more than the same cost, or why not.
    """

    family: type[Contract]
    cheaper: Design | str
    stronger: Design | str


@dataclass(frozen=True)
class Rivals:
    """What other rules do for the annotator of the problem.

    Attributes:
        effort: that the audited rule induces.
        wage: what it costs a batch (money).
        takes_part: whether its pay keeps the annotator; else a rule that does may cost more.
        found: one entry a class of contract; `WageSchedule` (any rule) stays unrounded, as a bound.
        best: the rule that earns most, or why there is none, where the audited one gets nearly no
            effort or doesn't keep the annotator; else None.
    """

    effort: float
    wage: float
    takes_part: bool
    unit: float
    found: tuple[Rival, ...]
    best: Design | str | None = None

    @property
    def cheapest(self) -> Design | None:
        """The cheapest announceable rule with the same effort, if it saves a unit of money."""
        designs = [each.cheaper for each in self._announceable()]
        rules = [each for each in designs if isinstance(each, Design)]
        best = min(rules, key=lambda each: each.expected_wage, default=None)
        saves = best is not None and best.expected_wage <= self.wage - self.unit
        return best if saves else None

    @property
    def strongest(self) -> Design | None:
        """The announceable rule with the most effort at the same cost, if it is more effort."""
        designs = [each.stronger for each in self._announceable()]
        rules = [each for each in designs if isinstance(each, Design)]
        best = max(rules, key=lambda each: each.effort, default=None)
        return best if best is not None and best.effort > self.effort + 10 * CLOSE else None

    @property
    def is_dominated(self) -> bool:
        """Whether another rule does as much for less, or more for as much."""
        return self.cheapest is not None or self.strongest is not None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why announceable classes of contract have no rule to offer, each said once."""
        whys = [why for each in self._announceable() for why in (each.cheaper, each.stronger)]
        return tuple(dict.fromkeys(why for why in whys if isinstance(why, str)))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        return {
            "effort": self.effort,
            "expected_wage": self.wage,
            "dominated": self.is_dominated,
            "best_of_all": None if self.best is None else _design_dict(self.best),
            "families": {
                each.family.__name__: {
                    "same_effort_for_less": _design_dict(each.cheaper),
                    "more_effort_for_the_same": _design_dict(each.stronger),
                }
                for each in self.found
            },
        }

    def _announceable(self) -> Iterator[Rival]:
        return (each for each in self.found if each.family is not WageSchedule)


def find_rivals(
    problem: MoralHazard,
    contract: Contract,
    effort: float,
    *,
    takes_part: bool,
    unit: float,
    progress: Callable[[str], None] = lambda _: None,
) -> Rivals:
    """Design what could replace `contract`, which induces `effort` (bans aside).

    Arguments:
        problem: with its wage bounds, which rivals keep.
        contract: the audited rule, as it is paid.
        effort: that it induces.
        takes_part: whether its pay keeps the annotator.
        unit: smallest amount that can be paid (money).
        progress: told what is being done.
    """
    wage = float(expected_wage(problem, contract, effort))
    families: list[type[Contract]] = [BinaryContract, LinearContract, WageSchedule]
    if isinstance(contract, TieredContract):
        families.insert(2, TieredContract)
    found = []
    for family in families:
        progress(f"looking for {NAMES[family]} that does better")
        search = Search(problem, family, effort, wage, unit)
        found.append(Rival(family, search.cheaper(), search.stronger()))
    best = None
    if not takes_part or effort <= problem.efforts.low + NO_EFFORT:
        progress("looking for the best rule of all")
        best = best_rule(problem, unit)
    return Rivals(effort, wage, takes_part, unit, tuple(found), best)


@dataclass(frozen=True)
class Search:
    """Rules of one class for one problem, at a stated effort or a stated cost."""

    problem: MoralHazard
    family: type[Contract]
    effort: float
    wage: float
    unit: float
    designed: dict[float, Design | str] = field(default_factory=dict)  # by effort, to ask once

    def cheaper(self) -> Design | str:
        """Return the cheapest rule with at least the effort."""
        exact = self._at(self.effort)
        if isinstance(exact, str) or self.family is WageSchedule:
            return exact
        rounded = [each for each in self._rounded(exact) if each.effort >= self.effort - CLOSE]
        best = min(rounded, key=lambda each: each.expected_wage, default=None)
        return self._unpayable() if best is None else best

    def stronger(self) -> Design | str:
        """Return the rule with the most effort whose expected cost is at most the wage."""
        if self.family is WageSchedule:
            return self._most(self.wage)
        for spare in SPARE:
            exact = self._most(self.wage - spare * self.unit)
            if isinstance(exact, str):
                return self._unpayable() if spare else exact
            within = [each for each in self._rounded(exact) if self._is_paid(each, self.wage)]
            if within:
                return max(within, key=lambda each: each.effort)
        return self._unpayable()

    def _most(self, budget: float) -> Design | str:
        """Return the most effort within the budget: a grid from above, then halving."""
        above, tried = None, []
        for effort in reversed(self._grid()):
            design = self._at(effort)
            if not isinstance(design, str) and self._is_paid(design, budget):
                return self._closed_in(design, above, budget)
            tried.append(design)
            above = effort
        costs = [each.expected_wage for each in tried if not isinstance(each, str)]
        if not costs:
            return str(tried[-1])
        return (
            f"{NAMES[self.family]} that keeps the annotator costs at least {min(costs):.2f}, more"
            f" than {budget:.2f}"
        )

    def _closed_in(self, best: Design, above: float | None, budget: float) -> Design:
        while (
            above is not None
            and above - best.effort > CLOSE
            and not isinstance(self.problem.efforts, Finite)
        ):
            middle = 0.5 * (best.effort + above)
            design = self._at(middle)
            if not isinstance(design, str) and self._is_paid(design, budget):
                best = design
            else:
                above = middle
        return best

    def _grid(self) -> list[float]:
        efforts = self.problem.efforts
        if isinstance(efforts, Finite):
            return sorted(efforts.values)
        grid = np.linspace(efforts.low, efforts.high, GRID)
        return sorted({*grid.tolist(), self.effort})

    def _at(self, effort: float) -> Design | str:
        if effort not in self.designed:
            try:
                self.designed[effort] = second_best(self.problem, self.family, effort=effort)
            except PaygradeError as error:
                self.designed[effort] = str(error)
        return self.designed[effort]

    def _rounded(self, exact: Design) -> Iterator[Design]:
        """Return the neighbours of a rule in units of money that keep bounds and annotator."""
        for contract in announceable(exact.contract, self.unit):
            effort = best_response(self.problem, contract).effort
            certificate = certify(self.problem, contract, effort)
            if certificate.holds:
                wage = float(expected_wage(self.problem, contract, effort))
                payoff = float(self.problem.value(effort)) - wage
                yield replace(
                    exact,
                    contract=contract,
                    effort=effort,
                    payoff=payoff,
                    expected_wage=wage,
                    certificate=certificate,
                )

    def _unpayable(self) -> str:
        return f"{NAMES[self.family]} in steps of {self.unit:g} doesn't do it"

    @staticmethod
    def _is_paid(design: Design, budget: float) -> bool:
        return design.expected_wage <= budget + 1e-9 * (1.0 + abs(budget))


def _design_dict(design: Design | str) -> dict[str, Any]:
    if isinstance(design, str):
        return {"status": "none", "reason": design}
    return {
        "status": "certified",
        "contract": {"kind": type(design.contract).__name__, **_amounts(design.contract)},
        "effort": design.effort,
        "expected_wage": design.expected_wage,
        "verdict": design.certificate.verdict,
    }


def _amounts(contract: Contract) -> dict[str, Any]:
    """Return the fields of a contract, without what it has worked out and kept."""
    return {each.name: getattr(contract, each.name) for each in fields(contract)}  # type: ignore[arg-type]


def announceable(contract: Contract, unit: float) -> Iterator[Contract]:
    """Return contracts near `contract` whose amounts are whole units of money.

    >>> rules = list(announceable(BinaryContract(1.004, 0.5, 7), 0.01))
    >>> len(rules), rules[0]
    (9, BinaryContract(base=1.0, bonus=0.5, cutoff=7))
    """
    step = Fraction(str(unit))

    def near(amount: float) -> list[float]:
        lowest = Fraction(amount) / step
        whole = lowest.numerator // lowest.denominator
        return [float((whole + k) * step) for k in STEPS]

    match contract:
        case BinaryContract(base, bonus, cutoff):
            for amounts in product(near(base), near(bonus)):
                yield BinaryContract(*amounts, cutoff)
        case LinearContract(intercept, slope):
            for amounts in product(near(intercept), near(slope)):
                yield LinearContract(*amounts)
        case TieredContract(cutoffs, wages) if len(wages) <= len(STEPS):
            for tiers in product(*(near(wage) for wage in wages)):
                yield TieredContract(cutoffs, list(tiers))
