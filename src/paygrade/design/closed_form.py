"""Optimal contracts as formulas, derived by SymPy, or the reason why there is none.

| family | problem | source |
|---|---|---|
| `LinearContract` | CARA with cost in money, normal outcome (LEN) | Holmström and Milgrom 1987 |
| `LinearContract` | risk-neutral agent without wage floor: sell the firm | Harris and Raviv 1979 |
| `WageSchedule` | two outcomes: both constraints fix both wages | Grossman and Hart 1983 |
| `WageSchedule` | square-root utility: h' = λ + μS is linear in v | Holmström 1979 |
| `WageSchedule` | else: the form h'(v) = λ + μS, multipliers left to a solver | the same |
"""

import sympy

from paygrade.arguments import checked_arguments
from paygrade.design.closed_form_contract import (
    POWERS,
    ClosedFormContract,
    best_effort,
    interior,
    outside_option,
)
from paygrade.design.closed_form_schedule import schedule_form
from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import Condition, Expr
from paygrade.model.contract import BinaryContract, Contract, FlatWage, LinearContract, WageSchedule
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_outcomes import outcome_formula
from paygrade.model.symbolic_primitives import (
    EFFORT,
    UTILS,
    cost_formula,
    exact,
    inverse_formula,
    utility_formula,
    value_formula,
)
from paygrade.model.utility import CARA, RiskNeutral


@checked_arguments
def closed_form_contract(
    problem: MoralHazard, family: type[Contract] = LinearContract, *, effort: float | None = None
) -> ClosedFormContract:
    """Return the optimal contract of `family` as SymPy expressions with conditions of validity.

    Arguments:
        problem: primitives; their parameters become symbols.
        family: `LinearContract` or `WageSchedule`.
        effort: the effort to implement as cheaply as possible; None to choose it too.

    Raises:
        NoClosedForm: with the step that has no closed form, or the condition that fails.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.CARA(1.0, cost_in_money=True),
    ...     cost=pg.PowerCost(0.5, 2.0), value=pg.LinearValue(1.0),
    ...     monitor=pg.NormalMonitor(n=1), efforts=pg.Interval(0.0, float("inf")))
    >>> form = pg.closed_form_contract(problem, pg.LinearContract)
    >>> form.parameters["slope"]
    R_1*n/(2*k*r*sigma**2 + n)
    >>> form.contract()
    LinearContract(intercept=0.0, slope=0.5)
    """
    if family is WageSchedule:
        return schedule_form(problem, effort)
    if family is BinaryContract:
        raise NoClosedForm(
            "the best stake of a bonus solves a transcendental equation (no deviation may pay,"
            " least effort above all); use second_best, or closed_form_cutoff for the pass mark"
            " that goes with a given bonus"
        )
    if family is not LinearContract:
        raise NoClosedForm(
            f"no closed form of an optimal {family.__name__} is known here; give LinearContract or"
            " WageSchedule, or use second_best"
        )
    return _linear(problem, effort)


@checked_arguments
def closed_form_first_best(problem: MoralHazard) -> ClosedFormContract:
    """Return the first best: R'(e) = h'(ū + c(e))·c'(e) and the flat wage h(ū + c(e)) (theory T1).

    Raises:
        NoClosedForm: where that equation has no root in closed form.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.NormalMonitor(n=100), wage_floor=0.0)
    >>> form = pg.closed_form_first_best(problem)
    >>> form.effort, form.contract()
    (2**(1/3)*R_1**(1/3)/(2*k**(2/3)), FlatWage(amount=0.4096))
    """
    if isinstance(problem.efforts, Finite):
        raise NoClosedForm("efforts are levels, and the best is the best of a list; use first_best")
    cost, value = cost_formula(problem.cost), value_formula(problem.value)
    reservation, outside = outside_option(problem)
    h, wage = utility_formula(problem.utility), reservation + cost.expr
    if not problem.utility.cost_in_money:
        h = inverse_formula(problem.utility)
        wage = h.expr.subs(UTILS, wage)
    numbers = {**h.numbers, **cost.numbers, **value.numbers, **outside}
    powers = {s: number for s, number in numbers.items() if s.name in POWERS}
    chosen = best_effort(problem, value.expr - wage, numbers)
    paid = sympy.simplify(wage.subs(powers).subs(EFFORT, chosen))
    conditions = [interior(problem, chosen)]
    if problem.wage_floor is not None:
        conditions.append(Condition("wage floor does not bind", paid >= exact(problem.wage_floor)))
    if problem.wage_cap is not None:
        conditions.append(Condition("wage cap does not bind", paid <= exact(problem.wage_cap)))
    return ClosedFormContract(
        problem, FlatWage, chosen, {"flat": paid}, paid, sympy.S.Zero, tuple(conditions), numbers
    )


def _linear(problem: MoralHazard, effort: float | None) -> ClosedFormContract:
    utility = problem.utility
    if isinstance(problem.efforts, Finite):
        raise NoClosedForm(
            f"efforts are the levels {list(problem.efforts.values)}, where no first-order condition"
            " fixes a slope; use second_best"
        )
    if problem.wage_floor is not None or problem.wage_cap is not None:
        raise NoClosedForm(
            f"wage_floor={problem.wage_floor!r} and wage_cap={problem.wage_cap!r} may bind, and"
            " where one does the slope solves no closed equation; leave both None, or use"
            " second_best"
        )
    if isinstance(utility, CARA) and utility.cost_in_money:
        return _len(problem, effort)
    if isinstance(utility, RiskNeutral):
        return _sell_the_firm(problem, effort)
    raise NoClosedForm(
        f"under {type(utility).__name__} the intercept of a linear contract solves E[u(a + bX)] ="
        " reservation utility + cost, a sum or integral that no formula inverts; use second_best"
    )


def _len(problem: MoralHazard, effort: float | None) -> ClosedFormContract:
    """Certainty equivalents: the agent's a + b·e - r·b²·noise/2 - c(e), so b = c'(e)."""
    law, cost = outcome_formula(problem.monitor), cost_formula(problem.cost)
    value, utility = value_formula(problem.value), utility_formula(problem.utility)
    if law.noise is None:
        raise NoClosedForm(
            f"the certainty equivalent of linear pay under {type(problem.monitor).__name__} is not"
            " quadratic in the slope, so the best slope solves no closed equation; use second_best"
        )
    r = next(symbol for symbol in utility.numbers if symbol.name == "r")
    reservation, outside = outside_option(problem)
    slope = sympy.diff(cost.expr, EFFORT)
    premium = r * slope**2 * law.noise / 2
    numbers = {**law.numbers, **cost.numbers, **value.numbers, **utility.numbers, **outside}
    return _assembled(
        problem, effort, numbers, slope=slope, premium=premium,
        intercept=reservation + cost.expr + premium - slope * EFFORT,
        wage=reservation + cost.expr + premium, value=value.expr,
    )  # fmt: skip


def _sell_the_firm(problem: MoralHazard, effort: float | None) -> ClosedFormContract:
    """A risk-neutral agent gets the whole margin: scale·b·E'[X] = c'(e) at the first best."""
    law, cost = outcome_formula(problem.monitor), cost_formula(problem.cost)
    value, utility = value_formula(problem.value), utility_formula(problem.utility)
    if law.mean is None:
        raise NoClosedForm(
            f"the mean outcome of {type(problem.monitor).__name__} has no formula here; use"
            " second_best"
        )
    reservation, outside = outside_option(problem)
    scale = next(iter(utility.numbers), sympy.S.One)
    slope = sympy.diff(cost.expr, EFFORT) / (scale * sympy.diff(law.mean, EFFORT))
    wage = (reservation + cost.expr) / scale
    numbers = {**law.numbers, **cost.numbers, **value.numbers, **utility.numbers, **outside}
    return _assembled(
        problem, effort, numbers, slope=slope, premium=sympy.S.Zero,
        intercept=wage - slope * law.mean, wage=wage, value=value.expr,
    )  # fmt: skip


def _assembled(
    problem: MoralHazard,
    effort: float | None,
    numbers: dict[Expr, Expr],
    *,
    slope: Expr,
    intercept: Expr,
    wage: Expr,
    premium: Expr,
    value: Expr,
) -> ClosedFormContract:
    concave = Condition("c'' > 0, which makes the agent's payoff concave", slope.diff(EFFORT) > 0)
    if effort is None:
        powers = {s: value for s, value in numbers.items() if s.name in POWERS}
        slope, intercept, wage, premium, value = (
            expr.subs(powers) for expr in (slope, intercept, wage, premium, value)
        )
        chosen = best_effort(problem, value - wage, numbers)
        without_risk = best_effort(problem, value - wage + premium, numbers) if premium else chosen
        best = (value - wage + premium).subs(EFFORT, without_risk)
        lost = best - (value - wage).subs(EFFORT, chosen)
        relation = concave.relation.subs(powers).subs(EFFORT, chosen)
        conditions = (Condition(concave.words, relation), interior(problem, chosen))
    else:
        chosen, lost, conditions = EFFORT, premium, (concave, interior(problem, EFFORT))
        numbers = numbers | {EFFORT: exact(effort)}

    def at(expr: Expr) -> Expr:
        return sympy.simplify(expr.subs(EFFORT, chosen))

    return ClosedFormContract(
        problem, LinearContract, chosen,
        parameters={"intercept": at(intercept), "slope": at(slope)}, expected_wage=at(wage),
        loss=sympy.simplify(lost), numbers=numbers, conditions=conditions,
    )  # fmt: skip
