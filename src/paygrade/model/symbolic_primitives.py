"""Utility, cost and value as SymPy formulas: symbols for their parameters, and the numbers.

A formula keeps its parameters as symbols, so that a derivation holds for all of them at once, and
knows their values, so that it can be evaluated. Parameters at their neutral value (no other
wealth, a scale of 1) are left out. Numbers are read as they are printed: 0.8 is 4/5.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import sympy

from paygrade.errors import NoClosedForm
from paygrade.model.effort import ExponentialCost, LinearValue, PowerCost, PowerValue
from paygrade.model.motivated import MotivatedCost
from paygrade.model.symbolic import SymbolicCost, SymbolicValue
from paygrade.model.tabulated import Table
from paygrade.model.utility import CARA, CRRA, LogUtility, RiskNeutral, SquareRootUtility

Expr = Any  # SymPy carries no types that strict mode could use

EFFORT = sympy.Symbol("e", positive=True)
WAGE = sympy.Symbol("w", real=True)
UTILS = sympy.Symbol("v", real=True)


@dataclass(frozen=True)
class Formula:
    """An expression in effort or wage, and the values of the parameters in it."""

    expr: Expr
    numbers: Mapping[Expr, Expr] = field(default_factory=dict)

    @property
    def numeric(self) -> Expr:
        """The expression with its parameters' values."""
        return self.expr.subs(self.numbers)


def exact(value: float) -> Expr:
    """Return `value` as the rational number that it is printed as.

    >>> exact(0.8), exact(2.0), exact(float("inf"))
    (4/5, 2, oo)
    """
    number = float(value)
    return sympy.Rational(repr(number)) if math.isfinite(number) else sympy.Float(number)


def parameter(name: str, value: float, neutral: float | None = None) -> tuple[Expr, dict[Any, Any]]:
    """Return the symbol of a parameter with its value; the value itself where it is neutral."""
    if value == neutral:
        return exact(value), {}
    symbol = sympy.Symbol(name, positive=True) if value > 0 else sympy.Symbol(name, real=True)
    return symbol, {symbol: exact(value)}


@singledispatch
def utility_formula(utility: object) -> Formula:
    """Return u(w), utils, as a formula in `WAGE`.

    Raises:
        NoClosedForm: for a utility that is not given by an expression.

    >>> import paygrade as pg
    >>> utility_formula(pg.LogUtility(shift=10.0)).expr
    log(omega + w)
    """
    expr, wage = getattr(utility, "expr", None), getattr(utility, "wage", None)
    if isinstance(expr, sympy.Expr) and isinstance(wage, sympy.Symbol):
        return Formula(expr.subs(wage, WAGE))
    raise NoClosedForm(_no_formula(utility, "utility"))


def _no_formula(primitive: object, kind: str) -> str:
    return (
        f"{type(primitive).__name__} is a {kind} without a formula, so nothing can be derived from"
        " it; use the numeric solvers (best_response, second_best)"
    )


@utility_formula.register
def _(utility: LogUtility) -> Formula:
    scale, shift, numbers = _scale_and_shift(utility.scale, utility.shift)
    return Formula(scale * sympy.log(WAGE + shift), numbers)


@utility_formula.register
def _(utility: SquareRootUtility) -> Formula:
    scale, shift, numbers = _scale_and_shift(utility.scale, utility.shift)
    return Formula(scale * sympy.sqrt(WAGE + shift), numbers)


@utility_formula.register
def _(utility: CRRA) -> Formula:
    scale, shift, numbers = _scale_and_shift(utility.scale, utility.shift)
    gamma, value = parameter("gamma", utility.gamma)
    return Formula(scale * (WAGE + shift) ** (1 - gamma) / (1 - gamma), numbers | value)


@utility_formula.register
def _(utility: CARA) -> Formula:
    scale, _, numbers = _scale_and_shift(utility.scale, 0.0)
    r, value = parameter("r", utility.risk_aversion)
    return Formula(-scale * sympy.exp(-r * WAGE), numbers | value)


@utility_formula.register
def _(utility: RiskNeutral) -> Formula:
    scale, _, numbers = _scale_and_shift(utility.scale, 0.0)
    return Formula(scale * WAGE, numbers)


def _scale_and_shift(scale: float, shift: float) -> tuple[Expr, Expr, dict[Any, Any]]:
    eta, first = parameter("eta", scale, neutral=1.0)
    omega, second = parameter("omega", shift, neutral=0.0)
    return eta, omega, first | second


def inverse_formula(utility: object) -> Formula:
    """Return h(v) = u⁻¹(v), money, as a formula in `UTILS`: the equation u(w) = v solved for w.

    Raises:
        NoClosedForm: where SymPy finds no single solution.

    >>> import paygrade as pg
    >>> inverse_formula(pg.SquareRootUtility()).expr
    v**2
    """
    made = utility_formula(utility)
    wealth = sympy.Symbol("y", positive=True)  # w + shift is positive, which picks real branches
    shift = next((symbol for symbol in made.numbers if symbol.name == "omega"), sympy.S.Zero)
    if isinstance(utility, CARA | RiskNeutral):
        return Formula(*_solved(made, WAGE, sympy.S.Zero))
    shifted = Formula(made.expr.subs(WAGE, wealth - shift), made.numbers)
    return Formula(*_solved(shifted, wealth, shift))


def _solved(made: Formula, unknown: Expr, shift: Expr) -> tuple[Expr, Mapping[Expr, Expr]]:
    target = sympy.Symbol("v", positive=True)
    sign = 1
    if made.numeric.subs(unknown, 1).evalf().is_negative:  # u < 0: solve in -v, which is positive
        sign = -1
    try:
        found = sympy.solve(sympy.Eq(made.expr, sign * target), unknown)
    except NotImplementedError:
        found = []
    found = [root for root in found if sympy.im(root) == 0 or root.is_real is not False]
    if len(found) != 1:
        raise NoClosedForm(
            f"u(w) = v has {len(found) or 'no'} closed-form solutions for u = {made.expr}, so h has"
            " no formula; use the numeric solvers"
        )
    return sympy.simplify(found[0].subs(target, sign * UTILS) - shift), made.numbers


@singledispatch
def cost_formula(cost: object) -> Formula:
    """Return c(e) as a formula in `EFFORT`.

    Raises:
        NoClosedForm: for a cost that is not given by an expression.
    """
    raise NoClosedForm(_no_formula(cost, "cost"))


@cost_formula.register
def _(cost: PowerCost) -> Formula:
    scale, first = parameter("k", cost.scale)
    power, second = parameter("p", cost.power)
    return Formula(scale * EFFORT**power, first | second)


@cost_formula.register
def _(cost: ExponentialCost) -> Formula:
    scale, first = parameter("k", cost.scale)
    rate, second = parameter("g", cost.rate)
    return Formula(scale * (sympy.exp(rate * EFFORT) - 1), first | second)


@cost_formula.register
def _(cost: MotivatedCost) -> Formula:
    base = cost_formula(cost.base)
    unpaid, first = parameter("e_0", cost.unpaid, neutral=0.0)
    dislike, second = parameter("d", cost.dislike, neutral=0.0)
    slope = sympy.diff(base.expr, EFFORT).subs(EFFORT, unpaid) - dislike
    rest = base.expr.subs(EFFORT, unpaid) + slope * (EFFORT - unpaid)
    return Formula(base.expr - rest, dict(base.numbers) | first | second)


@cost_formula.register(SymbolicCost)
@cost_formula.register(SymbolicValue)
def _(given: SymbolicCost | SymbolicValue) -> Formula:
    return Formula(given.expr.subs(given.effort, EFFORT))


@singledispatch
def value_formula(value: object) -> Formula:
    """Return R(e), money, as a formula in `EFFORT`.

    Raises:
        NoClosedForm: for a value that is not given by an expression.
    """
    raise NoClosedForm(_no_formula(value, "value"))


@value_formula.register
def _(value: LinearValue) -> Formula:
    slope, first = parameter("R_1", value.slope, neutral=0.0)
    intercept, second = parameter("R_0", value.intercept, neutral=0.0)
    return Formula(intercept + slope * EFFORT, first | second)


@value_formula.register
def _(value: PowerValue) -> Formula:
    scale, first = parameter("R_1", value.scale, neutral=0.0)
    intercept, second = parameter("R_0", value.intercept, neutral=0.0)
    power, third = parameter("alpha", value.power, neutral=1.0)
    return Formula(intercept + scale * EFFORT**power, first | second | third)


value_formula.register(SymbolicValue, cost_formula.dispatch(SymbolicValue))


@cost_formula.register
@value_formula.register
def _(table: Table) -> Formula:
    raise NoClosedForm(
        f"{type(table).__name__} gives effort only as levels, and a closed form needs a derivative;"
        " use best_response or second_best, which compare the levels"
    )
