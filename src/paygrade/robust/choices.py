"""Which rule of a menu each type takes, for many menus at once, and the search for the best menu.

A pool of rules is answered by every type once. A menu is a few of them; a type takes the one it
likes best, and of rules it likes equally well the one that earns the principal least, so that no
menu is praised for a favour. Rules are added and exchanged one at a time, then varied more finely.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from paygrade.design.cutoffs import cutoff_grid, is_count
from paygrade.design.rounding import multiples_near
from paygrade.model.contract import BinaryContract
from paygrade.model.problem import Array, MoralHazard
from paygrade.robust.answers import BonusAnswers
from paygrade.robust.search import MARGIN, RuleSearch, at_stake

CUTOFFS = 14  # pass marks of the pool
BONUSES = 24  # bonuses of the pool at each pass mark
RAISES = (0.0, 0.05, 0.15)  # of a base above the least that some type takes, in bonuses
PAIRED = 500  # rules of the pool of which every pair is tried
STEPS = (0.2, 0.05, 0.012, 0.003, 7e-4, 1.6e-4)  # by which the rules of a menu are varied
SWEEPS = 3  # over all rules of the menu with each step
SAME = 1e-7  # of the cost of full effort: liked equally well


@dataclass(frozen=True)
class Pool:
    """Rules and what each type does with them.

    Attributes:
        rules: the rules, (r,).
        utility: utility above the reservation, (t, r).
        payoff: what each type would earn the principal, (t, r), money.
    """

    rules: tuple[BinaryContract, ...]
    utility: Array
    payoff: Array


class MenuSearch:
    """The search for a menu of bonus rules."""

    def __init__(
        self, members: tuple[MoralHazard, ...], weights: tuple[float, ...], idle: float
    ) -> None:
        self.members, self.weights, self.idle = members, np.array(weights), idle
        self.same = np.array([SAME * at_stake(p) for p in members])[:, None]
        self.margin = np.array([MARGIN * at_stake(p) for p in members])[:, None]

    def solve(self, start: BinaryContract, most: int) -> list[BinaryContract]:
        """Return a menu of at most `most` rules, no worse than `start` alone."""
        pool = self.pool([start, *self._rules()])
        menu = self._grown(pool, [0], most)
        if most > 1:
            pair = self._grown(pool, self._best_pair(pool), most)
            menu = max(menu, pair, key=lambda m: float(self.value(pool, np.array([m]))[0]))
        rules = [pool.rules[i] for i in menu]
        for step in STEPS:
            for _ in range(SWEEPS):
                varied = [rule for item in rules for rule in self._near(item, step)]
                pool = self.pool([*rules, *varied])
                menu = self._exchanged(pool, list(range(len(rules))))
                rules = [pool.rules[i] for i in menu]
        return rules

    def rounded(self, rules: Sequence[BinaryContract], step: float) -> list[BinaryContract]:
        """Return the best menu near this one whose wages are multiples of `step` (money)."""
        near = [
            BinaryContract(base, bonus, rule.cutoff)
            for rule in rules
            for base in multiples_near(rule.base, step)
            for bonus in multiples_near(rule.bonus, step)
            if bonus >= 0.0 and self._is_payable(base, bonus)
        ]
        if not near:
            return []
        pool = self.pool(dict.fromkeys(near))
        return [pool.rules[i] for i in self._grown(pool, [], len(rules))]

    def pool(self, rules: Iterable[BinaryContract]) -> Pool:
        """Return what every type does with each rule."""
        ordered = tuple(rules)
        utility = np.empty((len(self.members), len(ordered)))
        payoff = np.empty_like(utility)
        cutoffs = np.array([rule.cutoff for rule in ordered])
        bases = np.array([rule.base for rule in ordered])
        bonuses = np.array([rule.bonus for rule in ordered])
        for cutoff in np.unique(cutoffs):
            here = np.flatnonzero(cutoffs == cutoff)
            for row, p in enumerate(self.members):
                told = BonusAnswers(p, float(cutoff)).to(bases[here], bonuses[here])
                utility[row, here] = told.utility - p.reservation_utility
                payoff[row, here] = told.payoff
        return Pool(ordered, utility, payoff)

    def value(self, pool: Pool, menus: Array) -> Array:
        """Return the expected payoff of each menu, (m,), given as rows of rules, (m, i)."""
        utility, payoff = pool.utility[:, menus], pool.payoff[:, menus]  # (t, m, i)
        best = utility.max(axis=2)
        tied = utility >= best[:, :, None] - self.same[:, :, None]
        worst = np.where(tied, payoff, np.inf).min(axis=2)
        joins = best >= self.margin * 0.5
        declines = best < -self.same
        earned = np.where(joins, worst, np.where(declines, self.idle, np.minimum(worst, self.idle)))
        return np.asarray(self.weights @ earned)

    def _grown(self, pool: Pool, menu: list[int], most: int) -> list[int]:
        while len(menu) < most:
            rows = np.array([[*menu, i] for i in range(len(pool.rules))])
            found = self.value(pool, rows)
            menu = self._exchanged(pool, rows[int(np.argmax(found))].tolist())
        return menu

    def _best_pair(self, pool: Pool) -> list[int]:
        """Return the best two rules of a thinned pool, all pairs tried."""
        rules = np.unique(np.linspace(0, len(pool.rules) - 1, PAIRED).round().astype(int))
        pairs = rules[np.array(np.triu_indices(len(rules), 1)).T]
        return [int(i) for i in pairs[int(np.argmax(self.value(pool, pairs)))]]

    def _exchanged(self, pool: Pool, menu: list[int]) -> list[int]:
        """Exchange one rule after another while that helps."""
        best = float(self.value(pool, np.array([menu]))[0])
        for _ in range(SWEEPS):
            before = best
            for place in range(len(menu)):
                rows = np.tile(np.array(menu), (len(pool.rules), 1))
                rows[:, place] = np.arange(len(pool.rules))
                found = self.value(pool, rows)
                if found.max() > best:
                    best = float(found.max())
                    menu = rows[int(np.argmax(found))].tolist()
            if best <= before:
                break
        return menu

    def _rules(self) -> list[BinaryContract]:
        """Return rules over the whole range: each type's least base, and somewhat more."""
        search = RuleSearch(self.members, weights=tuple(self.weights.tolist()), idle=self.idle)
        grid = np.unique(np.concatenate([cutoff_grid(p, None) for p in self.members]))
        grid = np.unique(grid[np.linspace(0, len(grid) - 1, CUTOFFS).round().astype(int)])
        rules = []
        for cutoff in grid.tolist():
            bonuses = search.bonuses[:: max(1, len(search.bonuses) // BONUSES)]
            for p in self.members:
                base = search.needed_base(BonusAnswers(p, cutoff), bonuses)
                rules += [
                    BinaryContract(float(b + raised * bonus), float(bonus), cutoff)
                    for raised in RAISES
                    for b, bonus in zip(base, bonuses, strict=True)
                    if self._is_payable(float(b + raised * bonus), float(bonus))
                ]
        return list(dict.fromkeys(rules))

    def _near(self, rule: BinaryContract, step: float) -> list[BinaryContract]:
        p = self.members[0]
        unit = rule.bonus if rule.bonus > 0 else 1.0
        if is_count(p):
            reach = max(1.0, round(step * 0.25 * rule.cutoff))
            marks = [max(1.0, rule.cutoff + i * reach) for i in (-2, -1, 0, 1, 2)]
        else:
            marks = [rule.cutoff + i * step for i in (-1, -0.3, 0, 0.3, 1)]
        made = []
        for mark in marks:
            for i in (-1.0, -0.4, 0.0, 0.4, 1.0):
                for j in (-1.0, -0.4, 0.0, 0.4, 1.0):
                    base = max(rule.base + i * step * unit, p.lowest_wage)
                    bonus = max(rule.bonus + j * step * unit, 0.0)
                    if self._is_payable(base, bonus):
                        made.append(BinaryContract(base, bonus, mark))
        return made

    def _is_payable(self, base: float, bonus: float) -> bool:
        p = self.members[0]
        return bool(np.isfinite(base + bonus)) and p.lowest_wage <= base <= p.highest_wage - bonus
