"""General schedules in closed form: h'(v(x)) = λ + μ·S(x) and what fixes λ and μ (theory T6).

With square-root utility h' is linear, so participation gives λ and the first-order condition μ at
once: E[S] = 0 and Var S = n·I. With two outcomes both constraints bind and fix both wages whatever
the utility. Otherwise the form of the wage is closed and its multipliers are not.
"""

import math

import sympy

from paygrade.design.closed_form_contract import (
    INCENTIVE,
    PARTICIPATION,
    ClosedFormContract,
    best_effort,
    interior,
    outside_option,
)
from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import Condition, Expr
from paygrade.model.contract import WageSchedule
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_outcomes import OutcomeFormula, outcome_formula
from paygrade.model.symbolic_primitives import (
    EFFORT,
    UTILS,
    WAGE,
    Formula,
    cost_formula,
    exact,
    inverse_formula,
    utility_formula,
    value_formula,
)
from paygrade.model.tabulated import TabulatedMonitor
from paygrade.model.utility import RiskNeutral, SquareRootUtility

PRICE = sympy.Symbol("z", positive=True)


def schedule_form(problem: MoralHazard, effort: float | None) -> ClosedFormContract:
    """Return the cheapest schedule in closed form.

    Raises:
        NoClosedForm: with the reason.
    """
    if problem.utility.cost_in_money:
        raise NoClosedForm(
            "with cost in money the agent's constraints multiply E[u] by exp(r·c(e)), and no"
            " multiplier has a formula; use second_best"
        )
    if isinstance(problem.utility, RiskNeutral):
        raise NoClosedForm(
            "a risk-neutral agent's cheapest schedule is not unique (any with the right mean and"
            " slope will do); use LinearContract"
        )
    if isinstance(problem.efforts, Finite):
        return _two_levels(problem, effort)
    law = outcome_formula(problem.monitor)
    if law.two_outcomes:
        return _two_outcomes(problem, law, effort)
    if isinstance(problem.utility, SquareRootUtility):
        return _square_root(problem, law, effort)
    return _form_only(problem, law, effort)


def _square_root(
    problem: MoralHazard, law: OutcomeFormula, effort: float | None
) -> ClosedFormContract:
    utility, cost, value = _primitives(problem)
    reservation, outside = outside_option(problem)
    numbers = {**law.numbers, **utility.numbers, **cost.numbers, **value.numbers, **outside}
    h = inverse_formula(problem.utility).expr
    required, slope = reservation + cost.expr, sympy.diff(cost.expr, EFFORT)
    # h'(v) = h''·v, so v = (λ + μS)/h'': its mean is λ/h'', its covariance with S is μ·n·I/h''
    curvature = sympy.diff(h, UTILS, 2)
    price, incentive = required * curvature, slope * curvature / law.information
    loss = slope**2 * curvature / (2 * law.information)  # h is quadratic: E h(v) = h(U) + h''Var/2
    wage = h.subs(UTILS, required) + loss
    if effort is None:
        chosen = best_effort(problem, value.expr - wage, numbers)
        numbers[EFFORT] = chosen.subs(numbers)
    else:
        numbers[EFFORT] = exact(effort)
    promised = (price + incentive * law.score) / curvature
    conditions = [interior(problem, EFFORT), _no_floor(problem, law, utility.expr)]
    formulas = {
        "wage": h.subs(UTILS, promised), "participation": price, "incentive": incentive,
    }  # fmt: skip
    parameters = {name: _at(expr) for name, expr in formulas.items()}
    conditions = [
        Condition(
            c.words,
            c.relation.subs({
                PARTICIPATION: parameters["participation"], INCENTIVE: parameters["incentive"]
            }),
        )
        for c in conditions
    ]  # fmt: skip
    return ClosedFormContract(
        problem, WageSchedule, EFFORT, parameters, _at(wage), _at(loss), tuple(conditions),
        numbers, law.outcome,
    )  # fmt: skip


def _two_outcomes(
    problem: MoralHazard, law: OutcomeFormula, effort: float | None
) -> ClosedFormContract:
    """Two wages, two binding constraints: v₁ - v₀ = c'/A', (1 - A)·v₀ + A·v₁ = ū + c."""
    utility, cost, value = _primitives(problem)
    reservation, outside = outside_option(problem)
    numbers = {**law.numbers, **utility.numbers, **cost.numbers, **value.numbers, **outside}
    if law.mean is None:
        raise NoClosedForm("the chance of success has no formula; use second_best")
    stake = sympy.diff(cost.expr, EFFORT) / sympy.diff(law.mean, EFFORT)
    bad = reservation + cost.expr - law.mean * stake
    if effort is None:
        raise NoClosedForm(
            "the best effort solves R'(e) = d/de E[w], which has no closed-form root in general;"
            " give effort="
        )
    numbers[EFFORT] = exact(effort)
    utils = [_at(v) for v in (bad, bad + stake)]
    return _listed(problem, utils, [_at(1 - law.mean), _at(law.mean)], numbers)


def _two_levels(problem: MoralHazard, effort: float | None) -> ClosedFormContract:
    """Two levels of effort, two outcomes (Grossman and Hart 1983)."""
    monitor, levels = problem.monitor, sorted(problem.efforts.values)  # type: ignore[union-attr]
    if not isinstance(monitor, TabulatedMonitor) or monitor.rows != 2 or len(monitor.exact[0]) != 2:
        raise NoClosedForm(
            f"with {len(levels)} levels of effort and more than two outcomes, which deviations bind"
            " depends on the numbers; use second_best"
        )
    if effort is None or effort != levels[-1]:
        raise NoClosedForm(
            f"effort={effort!r}: between levels the dearer one is implemented in closed form; give"
            f" effort={levels[-1]:g} (the least one needs only a flat wage)"
        )
    low, high = (exact(float(monitor.exact_law(level)[1])) for level in levels)
    least, cost = (exact(float(problem.cost(level))) for level in levels)
    if high <= low or cost <= least:
        raise NoClosedForm("the dearer effort does not make success likelier; use second_best")
    stake = (cost - least) / (high - low)
    bad = exact(problem.reservation_utility) + cost - high * stake
    numbers = {**utility_formula(problem.utility).numbers, EFFORT: exact(effort)}
    return _listed(problem, [bad, bad + stake], [1 - high, high], numbers)


def _listed(
    problem: MoralHazard, utils: list[Expr], chances: list[Expr], numbers: dict[Expr, Expr]
) -> ClosedFormContract:
    h = inverse_formula(problem.utility).expr
    wages = sympy.Tuple(*(h.subs(UTILS, v) for v in utils))
    mean = sum(p * v for p, v in zip(chances, utils, strict=True))
    expected = sum(p * w for p, w in zip(chances, wages, strict=True))
    low, high = problem.utility.bounds
    payable = [v > exact(low) for v in utils[:1] if math.isfinite(low)]
    payable += [v < exact(high) for v in utils[1:] if math.isfinite(high)]
    conditions = [Condition("utility takes these values", sympy.And(*payable))]
    for name, bound, wage in (
        ("floor", problem.wage_floor, wages[0]),
        ("cap", problem.wage_cap, -wages[1]),
    ):
        if bound is not None:
            sign = 1 if name == "floor" else -1
            conditions.append(Condition(f"no wage {name} binds", wage >= sign * exact(bound)))
    return ClosedFormContract(
        problem, WageSchedule, EFFORT, {"wages": wages}, expected,
        expected - h.subs(UTILS, mean), tuple(conditions), numbers,
    )  # fmt: skip


def _form_only(
    problem: MoralHazard, law: OutcomeFormula, effort: float | None
) -> ClosedFormContract:
    """W = (1/u')⁻¹(λ + μ·S), where participation and the first-order condition fix λ and μ."""
    if effort is None:
        raise NoClosedForm(
            "with multipliers that no formula gives, the best effort has none either; give effort="
        )
    utility, cost, _ = _primitives(problem)
    reservation, outside = outside_option(problem)
    numbers = {**law.numbers, **utility.numbers, **cost.numbers, **outside}
    numbers[EFFORT] = exact(effort)
    found = sympy.solve(sympy.Eq(1 / sympy.diff(utility.expr, WAGE), PRICE), WAGE)
    if len(found) != 1:
        raise NoClosedForm(
            f"1/u'(w) = z has no single closed-form solution for u = {utility.expr}; use"
            " second_best"
        )
    price = PARTICIPATION + INCENTIVE * law.score
    wage = found[0].subs(PRICE, price)
    promised, score = sympy.Function("u")(sympy.Symbol("w")), sympy.Symbol("S")
    mean = sympy.Function("E")
    equations = (
        sympy.Eq(mean(promised), reservation + _at(cost.expr)),
        sympy.Eq(mean(promised * score), _at(sympy.diff(cost.expr, EFFORT))),
    )
    parameters = {"wage": _at(wage), "participation": PARTICIPATION, "incentive": INCENTIVE}
    return ClosedFormContract(
        problem, WageSchedule, EFFORT, parameters, None, None,
        (_no_floor(problem, law, utility.expr),), numbers, law.outcome, equations,
    )  # fmt: skip


def _no_floor(problem: MoralHazard, law: OutcomeFormula, utility: Expr) -> Condition:
    """Return the condition that λ + μS is a marginal cost of utility at every payable wage.

    Raises:
        NoClosedForm: where the score is unbounded below, so that a wage bound always binds.
    """
    if law.least == -sympy.oo or law.score.subs(law.outcome, law.least).has(sympy.oo, sympy.zoo):
        raise NoClosedForm(
            "the score is unbounded below, so λ + μS falls below every marginal cost of utility:"
            " the lowest wage binds, and the multipliers then solve no closed equation (without a"
            " bound there is no optimum: Mirrlees); use second_best"
        )
    floor = problem.lowest_wage
    with_floor = sympy.S.Zero
    if math.isfinite(floor):
        price = (1 / sympy.diff(utility, WAGE)).subs(utility_formula(problem.utility).numbers)
        with_floor = sympy.limit(price, WAGE, exact(floor), "+")
    worst = _at(law.score.subs(law.outcome, law.least))
    relation = sympy.Ge(PARTICIPATION + INCENTIVE * worst, with_floor)
    words = "no wage bound binds: λ + μ·(least score) is at least 1/u' at the lowest wage"
    if problem.wage_cap is None:
        return Condition(words, relation)
    raise NoClosedForm(
        f"wage_cap={problem.wage_cap!r} may bind, and where it does the multipliers solve no closed"
        " equation; leave it None, or use second_best"
    )


def _at(expr: Expr) -> Expr:
    return sympy.simplify(expr)


def _primitives(problem: MoralHazard) -> tuple[Formula, Formula, Formula]:
    return (
        utility_formula(problem.utility), cost_formula(problem.cost), value_formula(problem.value)
    )  # fmt: skip
