"""The search for one rule that several types answer, each in its own way.

For a pass mark and a bonus the base is the least at which the types that shall take part do; what
is left is a search along the bonus, where payoffs jump up as a further type starts to work, and
along the pass mark. The found optimum of such a jagged function is a proposal like any other.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from paygrade.agent.expected import expected_wage
from paygrade.agent.response import best_response
from paygrade.design.cutoffs import cutoff_grid, is_count, maximise_over_cutoffs
from paygrade.design.proposal import highest_useful_effort
from paygrade.design.rounding import multiples_near
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.problem import Array, MoralHazard
from paygrade.robust.answers import BonusAnswers, LinearAnswers, rule_of

BONUSES = 33  # tried at each pass mark
ZOOMS, FINAL_ZOOMS = 2, 9  # each narrows the bonus eightfold
RAISES, GROWTH = 6, 4.0  # of the margin of the final rule, and by which factor
NEAR = 1e-3  # relative payoff that a rule may miss what the search made of it
ROUNDED = 24  # rounded rules whose types are asked in earnest
CUTOFF_ZOOMS = 3  # each narrows a cutoff on a continuum eightfold
HALVINGS, FINAL_HALVINGS = 14, 45  # of the interval that a base is searched in
MARGIN = 1e-5  # of what is at stake for a type: what every binding condition is overfulfilled by
HOPELESS = 1e9  # raise of a base that no type needs
LEAST, MOST = 1e-3, 20.0  # bonuses tried, in units of what effort is worth or costs


@dataclass(frozen=True)
class RuleSearch:
    """The search for one rule.

    Arguments:
        members: the types it is held against, (m,).
        family: `BinaryContract` or `LinearContract`.
        weights: probabilities to take the mean payoff with, (m,); None for the worst payoff, with
            every type taking part.
        effort: the effort that every type is asked for; None for none.
        idle: what a type that doesn't take part earns the principal (money).
        margin: what binding conditions are overfulfilled by.
        halvings: how finely a base is searched.
        cutoff: the pass mark; None for the best one.
        bonus_cap: the largest bonus (money).
    """

    members: tuple[MoralHazard, ...]
    family: type[Contract] = BinaryContract
    weights: tuple[float, ...] | None = None
    effort: float | None = None
    idle: float = 0.0
    margin: float = MARGIN
    halvings: int = HALVINGS
    cutoff: float | None = None
    bonus_cap: float = math.inf

    def solve(self) -> Contract | None:
        """Return the best rule found; None where no rule is allowed."""
        nominal = self.members[0]
        if self.family is not BinaryContract:
            return self._rule(0.0)
        if self.cutoff is not None:
            return self._rule(self.cutoff)
        grid = cutoff_grid(nominal, self.effort)
        if is_count(nominal):
            best = maximise_over_cutoffs(lambda k: self.at_cutoff(k)[0], grid, whole=True)
        else:
            best = zoomed(self._scores_at, grid, CUTOFF_ZOOMS)[1]
        return None if math.isnan(best) else self._rule(best)

    def at_cutoff(self, cutoff: float, zooms: int = ZOOMS) -> tuple[float, float, float]:
        """Return (score, base, bonus) of the best rule with this pass mark; score -inf for none."""
        answers = [self._answers(p, cutoff) for p in self.members]
        score, bonus = zoomed(lambda b: self.score(answers, b)[0], self.bonuses, zooms)
        if not math.isfinite(score):
            return -math.inf, math.nan, math.nan
        found, base = self.score(answers, np.array([bonus]))
        return float(found[0]), float(base[0]), bonus

    def rounded(self, contract: Contract, step: float) -> list[tuple[float, Contract]]:
        """Return (score, rule) of payable rules near `contract`, the best first.

        Their wages are multiples of `step` (money). The optimum itself can't be rounded: incentives
        bind there, and one cent less makes somebody shirk.
        """
        base, bonus, cutoff = numbers_of(contract)
        pairs = itertools.product(multiples_near(base, step), multiples_near(bonus, step))
        tried = np.array([(a, b) for a, b in pairs if b >= 0.0])
        payable = (tried[:, 0] >= self.members[0].lowest_wage) & (tried[:, 1] <= self.bonus_cap)
        tried = tried[payable]
        if not len(tried):
            return []
        answers = [self._answers(p, cutoff) for p in self.members]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            scores = self._score_of(answers, tried[:, 0], tried[:, 1])
        order = np.argsort(-scores, kind="stable")[:ROUNDED]
        rules = [rule_of(self.family, a, b, cutoff) for a, b in tried[order].tolist()]
        worth = [(self.worth(rule), rule) for rule in rules]
        return sorted((pair for pair in worth if pair[0] > -math.inf), key=lambda pair: -pair[0])

    def worth(self, contract: Contract) -> float:
        """Return the worst or the mean payoff from what types really do; -inf if not allowed."""
        told = [best_response(p, contract) for p in self.members]
        joins = [
            one.utility >= p.reservation_utility for p, one in zip(self.members, told, strict=True)
        ]
        payoff = [
            float(p.value(one.effort)) - float(expected_wage(p, contract, one.effort))
            for p, one in zip(self.members, told, strict=True)
        ]
        if self.weights is not None:
            kept = [x if joined else self.idle for x, joined in zip(payoff, joins, strict=True)]
            return math.fsum(w * x for w, x in zip(self.weights, kept, strict=True))
        works = self.effort is None or min(one.effort for one in told) >= self.effort
        return min(payoff) if all(joins) and works else -math.inf

    def score(
        self, answers: Sequence["BonusAnswers | LinearAnswers"], bonus: Array
    ) -> tuple[Array, Array]:
        """Return scores and bases, (b,) each, of the best rules with these bonuses."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            needed = np.array([self.needed_base(a, bonus) for a in answers])
            bases = needed.max(axis=0)[None] if self.weights is None else needed
            scored = np.array([self._score_of(answers, base, bonus) for base in bases])
        best = np.argmax(scored, axis=0)
        columns = np.arange(len(bonus))
        return scored[best, columns], bases[best, columns]

    def _score_of(
        self, answers: Sequence["BonusAnswers | LinearAnswers"], base: Array, bonus: Array
    ) -> Array:
        p = self.members[0]
        told = [a.to(base, bonus) for a in answers]
        payoff = np.array([t.payoff for t in told])
        least = [a.problem.reservation_utility for a in answers]
        joins = np.array([t.utility >= u for t, u in zip(told, least, strict=True)])
        if self.weights is None:
            total = np.where(joins.all(axis=0), payoff.min(axis=0), -math.inf)
        else:
            total = np.array(self.weights) @ np.where(joins, payoff, self.idle)
        allowed = np.isfinite(base) & (base + bonus <= p.highest_wage) & np.isfinite(total)
        if self.effort is not None:
            allowed &= np.array([t.effort for t in told]).min(axis=0) >= self.effort
        return np.where(allowed, total, -math.inf)

    def needed_base(self, answers: "BonusAnswers | LinearAnswers", bonus: Array) -> Array:
        """Return the least base, (b,), at which this type takes part."""
        p = answers.problem
        enough = p.reservation_utility + self.margin * at_stake(p)
        floor = np.full_like(bonus, p.lowest_wage)
        base = floor.copy()
        short = np.ones(len(bonus), bool)
        if math.isfinite(p.lowest_wage):
            short = ~(answers.to(floor, bonus).utility >= enough)
        if short.any():
            base[short] = self._raised_base(answers, bonus[short], enough)
        return base

    def _raised_base(
        self, answers: "BonusAnswers | LinearAnswers", bonus: Array, enough: float
    ) -> Array:
        p = answers.problem
        high = np.full_like(bonus, float(p.required_wage(p.efforts.low)))
        low = np.maximum(high - bonus, p.lowest_wage)
        step = 1.0
        while (poor := ~(answers.to(high, bonus).utility >= enough)).any():
            high, step = np.where(poor, high + step, high), 4.0 * step
            if step > HOPELESS:
                return np.full_like(bonus, math.nan)
        for _ in range(self.halvings):
            middle = 0.5 * (low + high)
            joins = answers.to(middle, bonus).utility >= enough
            low, high = np.where(joins, low, middle), np.where(joins, middle, high)
        return high

    def _answers(self, problem: MoralHazard, cutoff: float) -> "BonusAnswers | LinearAnswers":
        kind = BonusAnswers if self.family is BinaryContract else LinearAnswers
        return kind(problem, cutoff)

    def _scores_at(self, cutoffs: Array) -> Array:
        return np.array([self.at_cutoff(float(x))[0] for x in cutoffs])

    def _rule(self, cutoff: float) -> Contract | None:
        """Return the best rule with this pass mark, its bonus raised until the types really answer.

        The answers searched with come from a grid of efforts: next to a tie they may name the other
        of two efforts. Then the rule is raised by more than the margin.
        """
        finely = replace(self, halvings=FINAL_HALVINGS)
        score, base, bonus = finely.at_cutoff(cutoff, FINAL_ZOOMS)
        if not math.isfinite(score):
            return None
        raised = [self.margin * GROWTH**i for i in range(RAISES)]
        found: list[tuple[float, Contract]] = []
        for margin in raised:
            rule = rule_of(self.family, base, min(bonus * (1.0 + margin), self.bonus_cap), cutoff)
            found.append((self.worth(rule), rule))
            if found[-1][0] >= score - NEAR * (1.0 + abs(score)):
                return rule
        return max(found, key=lambda pair: pair[0])[1]

    @cached_property
    def bonuses(self) -> Array:
        """Bonuses to start from, (b,), increasing."""
        p = self.members[0]
        high = highest_useful_effort(p)
        worth = float(p.value(high)) - float(p.value(p.efforts.low))
        wages = [float(p.required_wage(e)) for e in (p.efforts.low, high)]
        asks = wages[1] - wages[0] if math.isfinite(wages[1] - wages[0]) else 0.0
        scale = max(worth, asks, 1e-9)
        tried = np.concatenate([[0.0], scale * np.geomspace(LEAST, MOST, BONUSES)])
        return np.unique(np.minimum(tried, self.bonus_cap))


def numbers_of(contract: Contract) -> tuple[float, float, float]:
    """Return base, bonus and cutoff of a bonus rule; intercept, slope and 0 of a linear one."""
    if isinstance(contract, LinearContract):
        return contract.intercept, contract.slope, 0.0
    assert isinstance(contract, BinaryContract)  # noqa: S101  (`rule_of` makes no others)
    return contract.base, contract.bonus, contract.cutoff


def at_stake(problem: MoralHazard) -> float:
    """Return the cost of full effort, or what its worth is to the type if that is less.

    Units are those of the type's utility. Where efforts are unbounded, one unit counts as full.
    """
    low = problem.efforts.low
    high = min(problem.efforts.high, low + 1.0)
    cost = float(problem.cost(high) - problem.cost(low))
    worth = float(problem.value(high) - problem.value(low))
    if not problem.utility.cost_in_money:
        wage = max(float(problem.required_wage(low)), problem.lowest_wage)
        worth = float(problem.utility(wage + worth) - problem.utility(wage))
    return min(cost, worth) if 0.0 < worth < math.inf else cost


def zoomed(scores: Callable[[Array], Array], grid: Array, zooms: int) -> tuple[float, float]:
    """Return (greatest score, where): around the best point of `grid` finer grids are laid.

    A function that jumps up and then falls is followed to its jump from the right.
    """
    found = scores(grid)
    top = int(np.argmax(found))
    best, at = float(found[top]), float(grid[top])
    for _ in range(zooms):
        if not math.isfinite(best):
            break
        low, high = float(grid[max(top - 1, 0)]), float(grid[min(top + 1, len(grid) - 1)])
        grid = np.linspace(low, high, 17)
        found = scores(grid)
        top = int(np.argmax(found))
        if found[top] > best:
            best, at = float(found[top]), float(grid[top])
    return best, at
