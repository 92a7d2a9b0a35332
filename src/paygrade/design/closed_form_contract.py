"""`ClosedFormContract`: an optimal contract in symbols, and the effort it is best to induce."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy

from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import Condition, Expr, latex, latex_lines, real_number
from paygrade.model.contract import Contract, FlatWage, LinearContract, WageSchedule
from paygrade.model.holmstrom import HolmstromSchedule, ShadowPrices
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_primitives import EFFORT, exact, parameter

POWERS = ("p", "alpha", "gamma")  # exponents, whose values decide what can be solved
PARTICIPATION, INCENTIVE = sympy.symbols("lambda mu", real=True)


@dataclass(frozen=True)
class ClosedFormContract:
    """An optimal contract as formulas.

    Attributes:
        problem, family: what it solves.
        effort: the effort it induces; the symbol e where the effort was given.
        parameters: "intercept" and "slope" of linear pay; "wage" of a schedule, in `outcome`;
            for schedules also "participation" (λ, money per util) and "incentive" (μ).
        expected_wage: E[w] (money); None where the multipliers are left open.
        loss: what not seeing effort costs (money): at the given effort, or at each one's best.
        conditions: what makes it optimal, checked by `contract`.
        numbers: values of the symbols.
        outcome: symbol of the outcome in "wage".
        equations: what fixes the multipliers where no formula does.
    """

    problem: MoralHazard
    family: type[Contract]
    effort: Expr
    parameters: Mapping[str, Expr]
    expected_wage: Expr | None
    loss: Expr | None
    conditions: tuple[Condition, ...]
    numbers: Mapping[Any, Any]
    outcome: Expr | None = None
    equations: tuple[Expr, ...] = field(default=())

    @cached_property
    def numeric(self) -> dict[str, Expr]:
        """`parameters` with the problem's numbers."""
        return {name: sympy.simplify(self._put(expr)) for name, expr in self.parameters.items()}

    def value(self, expr: Expr) -> float:
        """Return an expression of this contract, such as `loss` or `effort`, as a number."""
        return real_number(sympy.sympify(expr), self.numbers)

    def contract(self, prices: ShadowPrices | None = None) -> Contract:
        """Return the contract in numbers.

        Arguments:
            prices: the multipliers, where the closed form leaves them open.

        Raises:
            NoClosedForm: when a condition fails, naming it, or when multipliers are missing.
        """
        prices = self._prices() if prices is None else prices
        values = {}
        if prices is not None:
            values = {
                PARTICIPATION: exact(prices.participation), INCENTIVE: exact(prices.incentive)
            }  # fmt: skip
        for condition in self.conditions:
            if not condition.holds({**self.numbers, **values}):
                raise NoClosedForm(
                    f"the closed form needs that {condition.words}, and {condition.relation} does"
                    " not hold at these numbers; use second_best"
                )
        if self.family is LinearContract:
            return LinearContract(*(self.value(self.parameters[p]) for p in ("intercept", "slope")))
        if self.family is FlatWage:
            return FlatWage(self.value(self.parameters["flat"]))
        if "wages" in self.parameters:
            return WageSchedule(
                self._outcomes(), [self.value(wage) for wage in self.parameters["wages"]]
            )
        return self._schedule(prices or ShadowPrices(math.nan), values)

    def latex(self) -> str:
        """Return formulas and conditions as LaTeX."""
        names = {"participation": "\\lambda", "incentive": "\\mu", "intercept": "a", "slope": "b"}
        lines = [] if self.effort == EFFORT else [f"e &= {latex(self.effort)}"]
        for name, expr in self.parameters.items():
            shown = f"w({latex(self.outcome)})" if name == "wage" else names.get(name, "w")
            if expr not in (PARTICIPATION, INCENTIVE):
                lines.append(f"{shown} &= {latex(expr)}")
        if self.loss is not None:
            lines.append(f"\\text{{loss}} &= {latex(self.loss)}")
        lines += [f"&{latex(equation)}" for equation in self.equations]
        lines += [f"&\\text{{if }} {latex(c.relation)}" for c in self.conditions]
        return latex_lines(lines)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        lines = [f"effort = {self.effort}"]
        lines += [f"{name} = {expr}" for name, expr in self.parameters.items()]
        lines += [f"loss = {self.loss}"] if self.loss is not None else []
        lines += [str(equation) for equation in self.equations]
        return "\n".join(lines + [f"  if {condition}" for condition in self.conditions])

    def _put(self, expr: Expr) -> Expr:
        return expr.subs(self.numbers).subs(self.numbers)  # e may stand for a formula in the others

    def _prices(self) -> ShadowPrices | None:
        if "participation" not in self.parameters:
            return None
        found = [self.parameters[name] for name in ("participation", "incentive")]
        if found == [PARTICIPATION, INCENTIVE]:
            raise NoClosedForm(
                "the multipliers λ and μ solve "
                + " and ".join(str(equation) for equation in self.equations)
                + ", which no formula does; give them as prices=ShadowPrices(...), or use"
                " second_best"
            )
        price, incentive = (self.value(expr) for expr in found)
        return ShadowPrices(price, incentive)

    def _outcomes(self) -> list[float]:
        outcomes, _ = self.problem.monitor.nodes(self.value(self.effort))
        return [float(x) for x in outcomes]

    def _schedule(self, prices: ShadowPrices, values: Mapping[Any, Any]) -> Contract:
        problem, effort = self.problem, self.value(self.effort)
        if problem.monitor.is_discrete:
            wage, known = self.parameters["wage"], {**self.numbers, **values}
            outcomes = self._outcomes()
            paid = [real_number(wage, {**known, self.outcome: exact(x)}) for x in outcomes]
            return WageSchedule(outcomes, paid)
        return HolmstromSchedule(
            problem.utility, problem.monitor, effort, prices, problem.lowest_wage,
            problem.highest_wage,
        )  # fmt: skip


def outside_option(problem: MoralHazard) -> tuple[Expr, dict[Any, Any]]:
    """Return the symbol of the reservation utility and its value; 0 where it is 0."""
    return parameter("ubar", problem.reservation_utility, neutral=0.0)


def interior(problem: MoralHazard, effort: Expr) -> Condition:
    """Return the condition that `effort` lies in the effort set."""
    low, high = exact(problem.efforts.low), exact(problem.efforts.high)
    inside = [effort >= low]
    if high != sympy.oo:
        inside.append(effort <= high)
    return Condition("the best effort lies inside the effort set", sympy.And(*inside))


def best_effort(problem: MoralHazard, profit: Expr, numbers: Mapping[Any, Any]) -> Expr:
    """Return the effort that maximises `profit`, in symbols if SymPy finds one root, or a number.

    Raises:
        NoClosedForm: where the first-order condition has no root in closed form, or the best one
            has none, or an end of the effort set is best.
    """
    powers = {s: v for s, v in numbers.items() if s.name in POWERS}
    slope = sympy.diff(profit.subs(powers), EFFORT)
    found = _single_root(slope)
    if found is not None:
        curve = real_number(sympy.diff(slope, EFFORT).subs(EFFORT, found), numbers)
        if curve < 0:
            return found
    return _rational_root(problem, profit.subs(numbers), slope.subs(numbers))


def _single_root(slope: Expr) -> Expr | None:
    """Return the only positive root of a slope that is simple enough to have just one.

    That is a constant and one power of effort, inverted here since SymPy hangs on odd exponents;
    or exponentials of effort, or one of its square (log utility), which SymPy solves.
    """
    terms = sympy.Add.make_args(sympy.expand(sympy.powdenest(slope, force=True)))
    rates = {term.exp for total in terms for term in total.atoms(sympy.exp) if term.has(EFFORT)}
    if not rates:
        powers = [term.as_coeff_exponent(EFFORT) for term in terms]
        if any(coefficient.has(EFFORT) for coefficient, _ in powers):
            return None
        free = {power for _, power in powers if power != 0}
        if len(free) != 1:
            return None
        power = free.pop()
        constant, factor = (
            sympy.Add(*(coefficient for coefficient, found in powers if found == wanted))
            for wanted in (sympy.S.Zero, power)
        )
        return sympy.simplify((-constant / factor) ** (1 / power))
    degrees = {sympy.degree(rate, EFFORT) if rate.is_polynomial(EFFORT) else 0 for rate in rates}
    if len(rates) > 2 or degrees not in ({1}, {2}):
        return None
    try:
        roots = sympy.solve(slope, EFFORT)
    except NotImplementedError:
        return None
    return roots[0] if len(roots) == 1 else None


def _rational_root(problem: MoralHazard, profit: Expr, slope: Expr) -> Expr:
    """Return the best root of the polynomial first-order condition at the problem's numbers."""
    numerator = sympy.numer(sympy.together(slope))
    if not numerator.is_polynomial(EFFORT):
        raise NoClosedForm(
            f"the first-order condition for effort, {numerator} = 0, is no polynomial and has no"
            " closed-form root; give effort=, or use second_best"
        )
    polynomial = sympy.Poly(numerator, EFFORT)
    low, high = problem.efforts.low, problem.efforts.high
    roots = [float(root) for root in sympy.real_roots(polynomial)]
    inside = [root for root in roots if low < root < high]
    ends = [low] if high == float("inf") else [low, high]
    worth = {e: real_number(profit, {EFFORT: exact(e)}) for e in (*inside, *ends)}
    worth = {e: value for e, value in worth.items() if value == value}
    best = max(worth, key=lambda e: worth[e])
    if best not in inside:
        raise NoClosedForm(
            f"the best effort is {best:g}, an end of the effort set, where no first-order condition"
            " holds; give effort= a little inside, or use second_best"
        )
    for factor, _ in polynomial.factor_list()[1]:
        if factor.degree() <= 2:
            for root in sympy.roots(factor):
                if root.is_real and abs(float(root) - best) < 1e-9 * (1.0 + best):
                    return root
    raise NoClosedForm(
        f"the first-order condition for effort, {numerator} = 0, has no root by rational numbers"
        " and square roots at its best solution; give effort=, or use second_best"
    )
