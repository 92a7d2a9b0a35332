"""How effort and payoff move with each input while the rule stays: exact derivatives.

At an interior best response U_e(e, X) = 0, so de/dX = -U_eX/U_ee, and the principal's payoff moves
by dΠ/dX = Π_X + Π_e·de/dX. The agent's utility has no second term (envelope theorem, Milgrom and
Segal 2002, Econometrica 70), the principal's payoff has: she weighs effort otherwise than he does.
U and Π are written out in SymPy from the primitives and differentiated there; nothing is a
difference quotient. At an end of the effort set where the agent would go further, de/dX = 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import mpmath
import sympy

from paygrade.agent.closed_form_payoff import payoff_formula
from paygrade.errors import ModelError, NoClosedForm
from paygrade.model.closed_form import Expr, latex
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.effort import Finite
from paygrade.model.named import changed, parameters
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_outcomes import outcome_formula
from paygrade.model.symbolic_primitives import (
    EFFORT,
    WAGE,
    cost_formula,
    exact,
    utility_formula,
    value_formula,
)

SYMBOLS = {
    "cost.scale": "k", "cost.power": "p", "cost.rate": "g",
    "value.slope": "R_1", "value.scale": "R_1", "value.power": "alpha",
    "utility.shift": "omega", "utility.scale": "eta", "utility.gamma": "gamma",
    "utility.risk_aversion": "r",
    "monitor.rho": "rho", "monitor.kappa": "kappa", "monitor.margin": "delta",
    "monitor.mu": "d", "monitor.sigma": "sigma",
}  # fmt: skip
NEUTRAL = {"utility.shift": 0.0, "utility.scale": 1.0, "value.power": 1.0, "value.slope": 0.0}
DIGITS = 40
# lambdify knows no regularized incomplete beta function and takes the plain one in silence
NUMERIC = [{"betainc_regularized": partial(mpmath.betainc, regularized=True)}, "mpmath"]
INTERIOR = 1e-9  # distance from an end of the effort set


@dataclass(frozen=True)
class Slope:
    """Derivatives with respect to one input, the rule held fixed.

    Attributes:
        effort: de/dX.
        payoff: dΠ/dX (money).
        formula: dΠ/dX as a SymPy expression in e and the inputs' symbols.
    """

    effort: float
    payoff: float
    formula: Expr

    def latex(self) -> str:
        """Return the formula as LaTeX."""
        return latex(self.formula)


def exact_slope(
    problem: MoralHazard,
    contract: Contract,
    effort: float,
    name: str,
    *,
    fixed_wage: float | None = None,
) -> Slope:
    """Return the exact derivatives in the input `name` at the best response `effort`.

    Arguments:
        problem: primitives.
        contract: a bonus or a linear rule.
        effort: the best response to it.
        name: one of `parameters(problem)`.
        fixed_wage: a wage (money) at which marginal utility is held while risk aversion moves;
            None to move the parameter alone.

    Raises:
        NoClosedForm: naming what has no formula.
        ModelError: for a name that the problem has no number of.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.ExpertReview(n=50, rho=0.8), wage_floor=0.0)
    >>> rule = pg.BinaryContract(0.0, 0.7, 38)
    >>> effort = pg.best_response(problem, rule).effort
    >>> slope = exact_slope(problem, rule, effort, "value.slope")
    >>> slope.effort, abs(slope.payoff - effort) < 1e-12
    (0.0, True)
    """
    if name not in parameters(problem):
        raise ModelError(
            f"{name!r} is no input of this problem; it has {list(parameters(problem))}"
        )
    if name not in SYMBOLS:
        raise NoClosedForm(f"{name} is no number that payoffs have a derivative in")
    if isinstance(problem.efforts, Finite):
        raise NoClosedForm("effort moves in levels, so it has no derivative")
    utility, payoff, numbers = _formulas(problem, contract, name)
    symbol = next((s for s in numbers if s.name == SYMBOLS[name]), None)
    if symbol is None:
        raise NoClosedForm(f"{name} is not in the payoffs under a {type(contract).__name__}")
    if fixed_wage is not None:
        utility, numbers = _with_fixed_marginal_utility(problem, utility, numbers, fixed_wage)
    values = {**numbers, EFFORT: exact(effort)}
    slope, curve = sympy.diff(utility, EFFORT), sympy.diff(utility, EFFORT, 2)
    direct, through = sympy.diff(payoff, symbol), sympy.diff(payoff, EFFORT)
    across, moved, formula = sympy.diff(slope, symbol), 0.0, direct
    if problem.efforts.low + INTERIOR < effort < problem.efforts.high - INTERIOR:
        moved = -_value(across, values) / _value(curve, values)
        formula = direct - through * across / curve
    total = _value(direct, values) + _value(through, values) * moved
    factor = 2.0 if name == "monitor.mu" else 1.0  # its symbol is d = 2·mu - 1
    return Slope(factor * moved, factor * total, formula)


def _value(expr: Expr, values: Mapping[Expr, Expr]) -> float:
    """Return the value at forty digits; nan where there is none.

    `subs` would ask of every sub-expression whether it is zero, which can take minutes.
    """
    symbols = [symbol for symbol in values if symbol in expr.free_symbols]
    with mpmath.workdps(DIGITS):
        numbers = [mpmath.mpf(values[s].p) / values[s].q for s in symbols]
        try:
            found = mpmath.mpmathify(sympy.lambdify(symbols, expr, NUMERIC)(*numbers))
        except (ZeroDivisionError, ValueError, OverflowError):
            return math.nan
        return float(found.real) if mpmath.isfinite(found) else math.nan


def _formulas(
    problem: MoralHazard, contract: Contract, name: str
) -> tuple[Expr, Expr, dict[Expr, Expr]]:
    """Return U and Π up to constants, and the numbers in them; `name` keeps its symbol."""
    value = parameters(problem)[name]
    spelled = changed(problem, {name: 0.5}) if value == NEUTRAL.get(name) else problem
    worth = value_formula(spelled.value)
    if isinstance(contract, BinaryContract):
        utility, wage, numbers = _bonus(spelled, contract)
    elif isinstance(contract, LinearContract):
        utility, wage, numbers = _linear(spelled, contract)
    else:
        raise NoClosedForm(
            f"{type(contract).__name__}: only bonus and linear rules are differentiated here"
        )
    numbers |= worth.numbers
    for symbol in numbers:
        if symbol.name == SYMBOLS[name] and spelled is not problem:
            numbers[symbol] = exact(value)
    return utility, worth.expr - wage, numbers


def _bonus(problem: MoralHazard, contract: BinaryContract) -> tuple[Expr, Expr, dict[Expr, Expr]]:
    cost, u = cost_formula(problem.cost), utility_formula(problem.utility)
    passing, numbers = _passing(problem, contract.cutoff)
    base, bonus = exact(contract.base), exact(contract.bonus)
    if problem.utility.cost_in_money:
        r = next(s for s in u.numbers if s.name == "r")
        gain = -sympy.log(1 - (1 - sympy.exp(-r * bonus)) * passing) / r
    else:
        gain = (u.expr.subs(WAGE, base + bonus) - u.expr.subs(WAGE, base)) * passing
    return gain - cost.expr, bonus * passing, {**numbers, **cost.numbers, **u.numbers}


def _passing(problem: MoralHazard, cutoff: float) -> tuple[Expr, dict[Expr, Expr]]:
    """Return the pass probability as a formula: an incomplete beta function or a normal law's."""
    monitor = problem.monitor
    mixed = isinstance(monitor, GoldenQuestions) and not monitor.equal_margins
    if isinstance(monitor, NormalMonitor):
        law = outcome_formula(monitor)
        z = (EFFORT - exact(cutoff)) / sympy.sqrt(law.noise)
        return (1 + sympy.erf(z / sympy.sqrt(2))) / 2, dict(law.numbers)
    if isinstance(monitor, CountingMonitor) and not mixed:
        law, count = outcome_formula(monitor), int(-(-cutoff // 1))
        if not 0 < count <= monitor.n:
            return sympy.Integer(count <= 0), dict(law.numbers)
        passing = sympy.betainc_regularized(count, monitor.n - count + 1, 0, law.mean)
        return passing, dict(law.numbers)
    raise NoClosedForm(f"the chance of passing under {type(monitor).__name__} has no formula here")


def _linear(problem: MoralHazard, contract: LinearContract) -> tuple[Expr, Expr, dict[Expr, Expr]]:
    made = payoff_formula(problem, LinearContract)
    mean = outcome_formula(problem.monitor).mean
    if mean is None:
        raise NoClosedForm("the mean outcome has no formula")
    numbers: dict[Expr, Expr] = {**made.numbers, **made.terms(contract)}
    return made.expr.subs(made.substitutions), exact(contract.slope) * mean, numbers


def _with_fixed_marginal_utility(
    problem: MoralHazard, utility: Expr, numbers: Mapping[Expr, Expr], wage: float
) -> tuple[Expr, dict[Expr, Expr]]:
    """Return U with utility scaled such that u'(wage) stays what it is."""
    u = utility_formula(problem.utility)
    pace = sympy.diff(u.expr, WAGE).subs(WAGE, exact(wage))
    now = sympy.Symbol("m", positive=True)
    gains = utility + cost_formula(problem.cost).expr
    held: dict[Any, Any] = {**numbers, now: exact(float(problem.utility.derivative(wage)))}
    return gains * now / pace - cost_formula(problem.cost).expr, held
