"""Exact optima for a risk-neutral agent with finitely many efforts and outcomes.

The cheapest payments, and the least budget, are linear programs. A floating-point solver in
likelihood-ratio scaling tells which payments lie at a bound and which constraints bind; the small
linear system that this leaves is solved in rationals, and the answer is optimal because its exact
multipliers prove it. Raw payments lose up to 0.39 of incentive compatibility at n = 200.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog

from paygrade.arguments import checked_arguments
from paygrade.design.incentives import IncentiveRows, Rationals, incentive_rows
from paygrade.design.simplex import minimise
from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged
from paygrade.model.problem import Array, MoralHazard

Bounds = list[tuple[float, float | None]]
SEEN = 1e-9  # relative: what the floating-point solver must show to count as positive
LEAST_RATIO = Fraction(-1000)
SETS = 200  # bonuses that the least budget may be mixed from


@dataclass(frozen=True)
class ExactRule:
    """An optimal rule in rationals.

    Attributes:
        payments: money at each outcome, (m,).
        objective: what was minimised: expected pay at the target, or the largest payment (money).
        expected_pay: money at the target effort.
        excess: expected pay above what the effort costs the agent (money).
        binding: efforts whose incentive constraint carries a positive multiplier.
        prices: the multipliers that prove it: of participation, then of each other effort.
    """

    payments: tuple[Fraction, ...]
    objective: Fraction
    expected_pay: Fraction
    excess: Fraction
    binding: tuple[float, ...]
    prices: tuple[Fraction, ...]


@checked_arguments
def cheapest_payments(problem: MoralHazard, effort: float) -> ExactRule:
    """Return the payments of least expected value that implement `effort`, exactly.

    Raises:
        ModelError: unless the agent is risk neutral with a wage floor, efforts are `Finite` and
            the monitor's law is rational.
        InfeasibleContract: when no payments implement the effort.
        NotConverged: when the optimum is degenerate and can't be proved.
    """
    given = incentive_rows(problem, effort)
    law = np.array([float(p) for p in given.law])
    bounds = [(0.0, None if given.cap is None else float(given.cap - given.floor)) for _ in law]
    payments, high, free, active = _float_solution(given, law, bounds)
    if given.cap is None:
        return _finished_exactly(given, free, active)
    for j in high:
        payments[j] = given.cap
    _solve_free(given, payments, free, active)
    prices = _prices(given, free, active, [given.law[j] for j in free])
    _prove(given, payments, prices, active, high, [*given.law])
    every = [Fraction(0)] * len(given.rhs)
    for i, price in zip(active, prices, strict=True):
        every[i] = price
    return _rule(given, payments, every, None)


def _finished_exactly(
    given: IncentiveRows,
    free: Sequence[int],
    active: Sequence[int],
) -> ExactRule:
    """Return the optimum by exact pivots from the basis that the float solution suggests."""
    count = len(given.rhs)
    shifted = given.above_floor
    basis = [*free, *(len(given.law) + i for i in range(count) if i not in active)]
    above, prices = minimise(given.rows, shifted, given.law, basis)
    payments = [given.floor + value for value in above]
    return _rule(given, payments, prices, None)


@checked_arguments
def least_budget(problem: MoralHazard, effort: float) -> ExactRule:
    """Return payments whose largest is as small as can be while implementing `effort`, exactly.

    The Neyman-Pearson bonus of delegated classification (Saig, Talgam-Cohen and Rosenfeld 2023).

    Raises:
        ModelError, InfeasibleContract, NotConverged: as `cheapest_payments`.
    """
    given = incentive_rows(problem, effort)
    shifted = given.above_floor
    # A rule is a mixture of bonuses, each paying one amount on a set of outcomes; the budget is the
    # sum of their amounts. Start from all "at least k" bonuses and add the set that prices say.
    sets = [frozenset(range(k, len(given.law))) for k in range(len(given.law))]
    basis: list[int] = []
    for _ in range(SETS):
        columns = [_worth(given, members) for members in sets]
        rows = [list(row) for row in zip(*columns, strict=True)]
        cost = [Fraction(1)] * len(sets)
        amounts, prices = minimise(rows, shifted, cost, basis)
        paid = frozenset(j for j in range(len(given.law)) if _price(given, prices, j) > 0)
        if sum((_price(given, prices, j) for j in paid), Fraction(0)) <= 1:
            payments = [
                given.floor
                + sum(
                    (amount for amount, s in zip(amounts, sets, strict=True) if j in s), Fraction(0)
                )
                for j in range(len(given.law))
            ]
            return _rule(given, payments, prices, max(payments))
        sets.append(paid)
    raise NotConverged(f"the least budget was not found with {SETS} bonuses")


def _worth(given: IncentiveRows, members: frozenset[int]) -> list[Fraction]:
    return [sum((row[j] for j in members), Fraction(0)) for row in given.rows]


def _price(given: IncentiveRows, prices: Rationals, j: int) -> Fraction:
    return sum((y * row[j] for y, row in zip(prices, given.rows, strict=True)), Fraction(0))


def payable(problem: MoralHazard, effort: float, rule: ExactRule) -> list[float]:
    """Return the payments as doubles that still deter every deviation exactly, if rounding lets.

    Payments above the floor are rounded up together or, where that tempts, each way in turn.
    """
    given = incentive_rows(problem, effort)
    exact = [float(payment) for payment in rule.payments]
    paid = [j for j, payment in enumerate(rule.payments) if payment > given.floor]
    for ways in itertools.product((math.inf, -math.inf, None), repeat=min(len(paid), 6)):
        wages = list(exact)
        for j, way in zip(paid, ways, strict=False):
            if way is not None:
                wages[j] = math.nextafter(exact[j], way)
        if all(
            sum((a * Fraction(w) for a, w in zip(row, wages, strict=True)), Fraction(0)) >= b
            for row, b in zip(given.rows, given.rhs, strict=True)
        ):
            return wages
    return exact


def _float_solution(
    given: IncentiveRows, law: Array, bounds: Bounds
) -> tuple[list[Fraction], list[int], list[int], list[int]]:
    """Return payments at the floor, and which outcomes are capped or free, which rows bind."""
    scaled = [
        [a / p if p else Fraction(0) for a, p in zip(row, given.law, strict=True)]
        for row in given.rows
    ]
    # an outcome a thousand times likelier elsewhere is not paid for; its column need not be exact
    matrix = np.array([[float(max(a, LEAST_RATIO)) for a in row] for row in scaled])
    rhs = np.array([float(b) for b in given.above_floor])
    scaled_bounds = [
        (0.0, None if high is None else high * p) for (_, high), p in zip(bounds, law, strict=True)
    ]
    found = _highs(np.ones(len(law)), -matrix, -rhs, scaled_bounds)
    total = max(float(found.x.sum()), 1e-300)
    high = [
        j
        for j, (_, most) in enumerate(scaled_bounds)
        if most is not None and found.x[j] >= most - SEEN * total and most > SEEN * total
    ]
    free = [j for j in range(len(law)) if found.x[j] > SEEN * total and j not in high]
    prices = -found.ineqlin.marginals
    active = [i for i in range(len(rhs)) if prices[i] > SEEN * prices.max()]
    return [given.floor] * len(law), high, free, active


def _highs(cost: Array, matrix: Array, rhs: Array, bounds: Bounds) -> Any:
    found = linprog(cost, A_ub=matrix, b_ub=rhs, bounds=bounds, method="highs")
    if found.status == 2:
        raise InfeasibleContract(
            "no payments implement this effort: another one costs less and looks the same; check"
            " more, raise wage_cap or ask for another effort"
        )
    if found.status == 3:
        raise NoOptimum("expected pay has no lower bound; set wage_floor")
    if found.status != 0:
        raise NotConverged(f"the linear program stopped: {found.message}")
    return found


def _solve_free(
    given: IncentiveRows, payments: list[Fraction], free: Sequence[int], active: Sequence[int]
) -> None:
    """Fill in the free payments from the binding rows."""
    matrix = [[given.rows[i][j] for j in free] for i in active]
    rest = [j for j in range(len(payments)) if j not in free]
    rhs = [
        given.rhs[i] - sum((given.rows[i][j] * payments[j] for j in rest), Fraction(0))
        for i in active
    ]
    for j, value in zip(free, solve_exactly(matrix, rhs), strict=True):
        payments[j] = value


def _prices(
    given: IncentiveRows, free: Sequence[int], active: Sequence[int], cost: Rationals
) -> list[Fraction]:
    return solve_exactly([[given.rows[i][j] for i in active] for j in free], list(cost))


def _prove(
    given: IncentiveRows,
    payments: Rationals,
    prices: Rationals,
    active: Sequence[int],
    high: Sequence[int],
    cost: Rationals,
) -> None:
    """Raise unless the payments are feasible and the multipliers prove them optimal, exactly."""
    feasible = all(
        sum((a * t for a, t in zip(row, payments, strict=True)), Fraction(0)) >= b
        for row, b in zip(given.rows, given.rhs, strict=True)
    ) and all(t >= given.floor and (given.cap is None or t <= given.cap) for t in payments)
    reduced = [
        c - sum((y * given.rows[i][j] for y, i in zip(prices, active, strict=True)), Fraction(0))
        for j, c in enumerate(cost)
    ]
    optimal = all(y >= 0 for y in prices) and all(
        (gap <= 0 if j in high else gap >= 0)
        if payments[j] in (given.floor, given.cap)
        else not gap
        for j, gap in enumerate(reduced)
    )
    if not (feasible and optimal):
        raise NotConverged(
            "the exact optimum is degenerate: the multipliers found do not prove it; perturb the"
            " costs slightly"
        )


def _rule(
    given: IncentiveRows,
    payments: Rationals,
    prices: Rationals,
    objective: Fraction | None,
) -> ExactRule:
    expected = sum((p * t for p, t in zip(given.law, payments, strict=True)), Fraction(0))
    return ExactRule(
        payments=tuple(payments),
        objective=expected if objective is None else objective,
        expected_pay=expected,
        excess=expected - given.rhs[0],
        binding=tuple(
            e for e, price in zip(given.efforts, prices, strict=True) if e is not None and price > 0
        ),
        prices=tuple(prices),
    )


def solve_exactly(matrix: Sequence[Rationals], rhs: Rationals) -> list[Fraction]:
    """Return the solution of a square rational system.

    Raises:
        NotConverged: when the system is not square or has no unique solution.
    """
    size = len(rhs)
    if any(len(row) != size for row in matrix) or len(matrix) != size:
        raise NotConverged(
            "as many payments must be free as constraints bind; this optimum is degenerate, so"
            " perturb the costs slightly"
        )
    table = [[*row, value] for row, value in zip(matrix, rhs, strict=True)]
    for column in range(size):
        pivot = next((r for r in range(column, size) if table[r][column] != 0), None)
        if pivot is None:
            raise NotConverged("two binding constraints are alike; perturb the costs slightly")
        table[column], table[pivot] = table[pivot], table[column]
        head = table[column][column]
        table[column] = [value / head for value in table[column]]
        for r in itertools.chain(range(column), range(column + 1, size)):
            factor = table[r][column]
            if factor:
                table[r] = [a - factor * b for a, b in zip(table[r], table[column], strict=True)]
    return [row[-1] for row in table]
