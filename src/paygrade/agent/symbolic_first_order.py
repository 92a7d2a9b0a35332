"""When is the first-order approach exact? Three theorems, tried on a problem by SymPy.

- Rogerson (1985): monotone likelihood ratio and a distribution function convex in effort. Wages
  rise with the outcome, so the agent's payoff is concave; wage bounds do no harm.
- Jewitt (1988, theorem 1): the lower tail's integral falls and is convex in effort, the mean
  concave, the score nondecreasing and concave in the outcome, and h''' >= 0, so that v is concave
  in the outcome. A binding wage floor makes v convex there, and the theorem silent.
- T6 (theory section 3): counts with accuracy affine in effort; v concave in K makes E_e[v(K)] a
  Bernstein polynomial of a concave sequence.

All three want u(w) - c(e) with c convex and u strictly concave. For self-consistency the accuracy
is affine in t = e², and effort may as well be counted in t: the first-order conditions in e and t
have the same solutions e > 0, and c(√t) takes the place of c.
"""

from collections.abc import Callable
from typing import NamedTuple

import sympy

from paygrade.agent.symbolic_outcome_conditions import (
    convex_distribution,
    convex_lower_tail,
    monotone_likelihood,
    score_concave,
)
from paygrade.agent.symbolic_sign import Validity, combined, nonnegative
from paygrade.agent.symbolic_wage_floor import floor_silent
from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError, NoClosedForm
from paygrade.model.contract import Contract
from paygrade.model.counting import AffineMonitor, CountingMonitor, GoldenQuestions, SelfConsistency
from paygrade.model.effort import EffortCost, Finite
from paygrade.model.finite import SpanningMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_primitives import (
    EFFORT,
    WAGE,
    cost_formula,
    utility_formula,
)
from paygrade.model.utility import RiskNeutral, Utility

WEALTH = sympy.Symbol("y", positive=True)
TIME = sympy.Symbol("t", positive=True)


class FirstOrderValidity(NamedTuple):
    """The three theorems' answers for one problem."""

    rogerson: Validity
    jewitt: Validity
    counting: Validity

    @property
    def holds(self) -> bool:
        """Whether at least one theorem proves that local incentive compatibility is global."""
        return any(found.answer == "holds" for found in self)

    def __str__(self) -> str:
        return "\n".join(map(str, self))


@checked_arguments
def first_order_validity(
    problem: MoralHazard, contract: Contract | None = None
) -> FirstOrderValidity:
    """Return whether theorems prove the first-order approach exact for `problem`.

    Arguments:
        problem: with efforts on an interval.
        contract: the relaxation's optimum, if known: whether its wage floor binds decides where
            a theorem needs that it does not.

    Raises:
        ModelError: where efforts are levels, which have no first-order condition.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> [found.answer for found in pg.first_order_validity(problem)]
    ['fails', 'holds', 'holds']
    """
    if isinstance(problem.efforts, Finite):
        raise ModelError(
            f"efforts are the levels {list(problem.efforts.values)}: there is no first-order"
            " condition that could be exact; give efforts=Interval(...), or use second_best, which"
            " compares the levels"
        )
    return FirstOrderValidity(
        _theorem("Rogerson", problem, [monotone_likelihood, convex_distribution], []),
        _theorem(
            "Jewitt", problem, [score_concave, convex_lower_tail],
            [third_derivative(problem.utility), floor_silent(problem, contract)],
        ),
        _counting(problem, contract),
    )  # fmt: skip


def third_derivative(utility: Utility) -> Validity:
    """Decide h''' >= 0 (Jewitt's u((u')⁻¹(1/z)) concave): h' = 1/u', and d/dv = (1/u')·d/dw.

    >>> import paygrade as pg
    >>> print(third_derivative(pg.CRRA(gamma=0.25)))
    utility: fails: not true that h''' >= 0 (y = 0.01, value = -39.5285)
    """
    name, words = "utility", "h''' >= 0"
    try:
        u = utility_formula(utility)
    except NoClosedForm as error:
        return Validity(name, "undecided", str(error))
    shift = next((symbol for symbol in u.numbers if symbol.name == "omega"), 0)
    lowest = utility.lowest_wage
    unit = u.expr.subs(WAGE, WEALTH - shift) if lowest > -float("inf") else u.expr
    wage = WEALTH if lowest > -float("inf") else WAGE
    price = 1 / sympy.diff(unit, wage)
    third = price * sympy.diff(price * sympy.diff(price, wage), wage)
    powers = {symbol: value for symbol, value in u.numbers.items() if symbol.name == "gamma"}
    third = sympy.simplify(third.subs(powers))
    low = 0.0 if wage == WEALTH else -float("inf")
    return nonnegative(name, words, third, {wage: (low, float("inf"))}, u.numbers)


def convex_cost(problem: MoralHazard, cost: EffortCost) -> Validity:
    """Decide whether the cost is convex: in t = e² for self-consistency."""
    squared = isinstance(problem.monitor, SelfConsistency)
    words = "c(√t) is convex in t = e²" if squared else "c is convex"
    try:
        made = cost_formula(cost)
    except NoClosedForm as error:
        return Validity("cost", "undecided", str(error))
    powers = {symbol: value for symbol, value in made.numbers.items() if symbol.name == "p"}
    symbol = TIME if squared else EFFORT
    expr = made.expr.subs(powers).subs(EFFORT, sympy.sqrt(TIME) if squared else EFFORT)
    low, high = problem.efforts.low, problem.efforts.high
    ends = (low**2, high**2) if squared else (low, high)
    curve = sympy.simplify(sympy.diff(expr, symbol, 2))
    return nonnegative("cost", words, curve, {symbol: ends}, made.numbers)


def _separable(problem: MoralHazard) -> list[Validity]:
    if problem.utility.cost_in_money:
        words = (
            "cost is in money: the agent maximises h(E_e[v]) - c(e), and h is convex, so concavity"
            " of E_e[v] proves nothing; the theorems are about u(w) - c(e)"
        )
        return [Validity("utility", "undecided", words)]
    linear = isinstance(problem.monitor, SpanningMonitor)
    if isinstance(problem.utility, RiskNeutral) and not linear:
        words = (
            "u is linear: h'(v) = λ + μS does not determine the contract, so its shape is open; the"
            " best linear contract is checked by second_best(problem, LinearContract)"
        )
        return [Validity("utility", "undecided", words)]
    return []


def _theorem(
    name: str,
    problem: MoralHazard,
    conditions: list[Callable[[MoralHazard], Validity]],
    further: list[Validity],
) -> Validity:
    found = [*_separable(problem), convex_cost(problem, problem.cost)]
    found += [condition(problem) for condition in conditions]
    return combined(name, found + further, "local incentive compatibility is global")


def _counting(problem: MoralHazard, contract: Contract | None) -> Validity:
    monitor = problem.monitor
    if not isinstance(monitor, CountingMonitor):
        words = f"T6 is about counts, and {type(monitor).__name__} gives none; see Jewitt"
        return Validity("T6", "undecided", words)
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        words = (
            "with unequal margins the score is not affine in the count, so v need not be concave"
        )
        return Validity("T6", "undecided", words)
    affine = isinstance(monitor, AffineMonitor)
    words = "accuracy is affine in effort" if affine else "accuracy is affine in t = e²"
    found = [
        *_separable(problem), Validity("accuracy", "holds", words),
        convex_cost(problem, problem.cost), third_derivative(problem.utility),
        score_concave(problem), convex_lower_tail(problem), floor_silent(problem, contract),
    ]  # fmt: skip
    return combined("T6", found, "v is concave in K and E_e[v(K)] in effort")
