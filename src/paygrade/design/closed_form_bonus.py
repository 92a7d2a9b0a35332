"""The pass mark that goes with a bonus: theory T8's lenient root, in closed form.

Under a normal monitor the agent's first-order condition at effort e is Δ·s·φ(z) = c'(e), with Δ
what passing is worth (utils), s = √n/σ and z = s·(e - cutoff). It has two roots ±z; only the one
above zero, a cutoff below the mean, is a maximum (theory, trap 2). It is local: `certify` tells
whether another effort pays more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy

from paygrade.arguments import checked_arguments
from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import Condition, Expr, latex, latex_lines, real_number
from paygrade.model.contract import BinaryContract
from paygrade.model.effort import Finite
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_outcomes import outcome_formula
from paygrade.model.symbolic_primitives import (
    EFFORT,
    WAGE,
    cost_formula,
    exact,
    utility_formula,
)

BASE, BONUS = sympy.Symbol("w_0", real=True), sympy.Symbol("beta", positive=True)
STAKE, PRECISION, DEPTH = sympy.symbols("Delta s z", positive=True)


@dataclass(frozen=True)
class ClosedFormCutoff:
    """The pass mark as a function of base w_0 and bonus β.

    Attributes:
        problem: the problem it belongs to.
        effort: the effort at which the agent is to be held.
        expression: the cutoff in outcome units.
        depth: z, how many standard deviations below the mean it lies, in Δ, s and c'(e).
        conditions: Δ·s >= √(2π)·c'(e), without which no cutoff gives enough incentive.
        numbers: values of the problem's parameters.
    """

    problem: MoralHazard
    effort: float
    expression: Expr
    depth: Expr
    conditions: tuple[Condition, ...]
    numbers: Mapping[Any, Any]

    def evaluate(self, base: float, bonus: float) -> BinaryContract:
        """Return the bonus rule with its pass mark.

        Raises:
            NoClosedForm: when the bonus is too small to induce the effort at any pass mark.
        """
        values = {**self.numbers, BASE: exact(base), BONUS: exact(bonus)}
        cutoff = real_number(self.expression, values)
        if not cutoff < self.effort + 1.0:  # nan: the logarithm's argument is below 1
            raise NoClosedForm(
                f"bonus={bonus!r} is too small: passing is worth less than √(2π)·c'(e)/s, so no"
                f" pass mark makes effort {self.effort:g} a best response; raise the bonus"
            )
        return BinaryContract(base, bonus, cutoff)

    def latex(self) -> str:
        """Return formula and condition as LaTeX."""
        lines = [f"x &= {latex(self.expression)}", f"z &= {latex(self.depth)}"]
        lines += [f"&\\text{{if }} {latex(c.relation)}" for c in self.conditions]
        return latex_lines(lines)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@checked_arguments
def closed_form_cutoff(problem: MoralHazard, effort: float) -> ClosedFormCutoff:
    """Return the pass mark under which `effort` is a local best response, given base and bonus.

    Raises:
        NoClosedForm: unless the outcome is normal and utility is u(w) - c(e).

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.NormalMonitor(n=100), wage_floor=0.0)
    >>> form = pg.closed_form_cutoff(problem, effort=0.77347)
    >>> form.depth
    sqrt(log(Delta**2*s**2/(2*pi*c1**2)))
    >>> rule = form.evaluate(base=0.0, bonus=0.69552**2)
    >>> round(10 * (0.77347 - rule.cutoff), 3)  # z of theory 6.1 at base utility 0
    1.081
    """
    law, cost = outcome_formula(problem.monitor), cost_formula(problem.cost)
    if law.noise is None or problem.utility.cost_in_money or isinstance(problem.efforts, Finite):
        raise NoClosedForm(
            "the pass mark has a closed form where the outcome is normal, efforts an interval and"
            f" utility u(w) - c(e); here the outcome is {type(problem.monitor).__name__}'s, efforts"
            f" are {problem.efforts} and cost_in_money is {problem.utility.cost_in_money}; use"
            " second_best(problem, BinaryContract, effort=...)"
        )
    slope = sympy.Symbol("c1", positive=True)
    density = sympy.exp(-(DEPTH**2) / 2) / sympy.sqrt(2 * sympy.pi)
    roots = sympy.solve(STAKE * PRECISION * density - slope, DEPTH)
    depth = next(root for root in roots if not root.could_extract_minus_sign())
    utility = utility_formula(problem.utility)
    stake = utility.expr.subs(WAGE, BASE + BONUS) - utility.expr.subs(WAGE, BASE)
    own = {
        STAKE: stake, PRECISION: 1 / sympy.sqrt(law.noise),
        slope: sympy.diff(cost.expr, EFFORT),
    }  # fmt: skip
    expression = EFFORT - (depth / PRECISION).subs(own)
    enough = sympy.Ge(STAKE * PRECISION, sympy.sqrt(2 * sympy.pi) * slope)
    numbers = {**law.numbers, **cost.numbers, **utility.numbers, EFFORT: exact(effort)}
    condition = Condition("the bonus is large enough", enough.subs(own))
    return ClosedFormCutoff(problem, effort, expression, depth, (condition,), numbers)
