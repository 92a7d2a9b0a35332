"""The agent's best response as a formula, derived by SymPy, or the reason why there is none.

The payoff is written out from the primitives (`payoff_formula`), its first-order condition solved
by `sympy.solve`, and every root put back into the condition. A root is a best response only where
it is a maximum inside the effort set, so the formula carries its conditions, and `evaluate`
compares all roots and both ends of the effort set. Cases: theory T2 and trap 6.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import sympy

from paygrade.agent.closed_form_payoff import PayoffFormula, payoff_formula
from paygrade.agent.expected import agent_slope, agent_utility
from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError, NoClosedForm, NotConverged
from paygrade.model.closed_form import Condition, Expr, latex, latex_lines, real_number, samples
from paygrade.model.contract import Contract, FlatWage, LinearContract
from paygrade.model.counting import SelfConsistency
from paygrade.model.effort import Finite, Interval, PowerCost
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_primitives import EFFORT, exact

TIE = 1e-13  # relative difference in payoff below which efforts count as equally good
CHECKED = 3  # samples of numbers at which a root is put back into its equation


@dataclass(frozen=True)
class ClosedForm:
    """A best response in the contract's parameters and those of the problem.

    Attributes:
        problem, family: what it answers.
        expression: the best response where `conditions` hold, a SymPy expression.
        conditions: what makes it one.
        payoff: the agent's payoff that it was derived from (utils; money under
            `CARA(cost_in_money=True)`).
        stationary: every solution of the first-order condition, `expression` among them.
    """

    problem: MoralHazard
    family: type[Contract]
    expression: Expr
    conditions: tuple[Condition, ...]
    payoff: PayoffFormula
    stationary: tuple[Expr, ...]

    @cached_property
    def numeric(self) -> Expr:
        """`expression` with the problem's numbers; the contract's parameters stay symbols."""
        return sympy.simplify(self.expression.subs(self.payoff.numbers))

    def check(self, contract: Contract) -> dict[str, bool]:
        """Return, for each condition in words, whether it holds under `contract`."""
        numbers = self._numbers(contract)
        return {condition.words: condition.holds(numbers) for condition in self.conditions}

    def evaluate(self, contract: Contract) -> float:
        """Return the best response to `contract`: a stationary point or an end of the effort set.

        Raises:
            ModelError: for a contract of another family.
            NotConverged: when payoff keeps growing with effort on an unbounded effort set.
        """
        low, high = self.problem.efforts.low, self.problem.efforts.high
        numbers = self._numbers(contract)
        roots = [real_number(root, numbers) for root in self.stationary]
        found = [low, *(root for root in roots if low < root < high)]
        if math.isfinite(high):
            found.append(high)
        elif float(agent_slope(self.problem, contract, 2.0 * max(*found, 1.0))) > 0.0:
            raise NotConverged(
                "the agent's payoff keeps growing with effort, so there is no best response;"
                " bound the efforts or use a cost that grows faster than the pay"
            )
        ends = agent_slope(self.problem, contract, np.array([low, found[-1]]))
        if len(found) == 2 and math.isfinite(high) and ends[0] > 0.0 > ends[1]:
            raise NoClosedForm(
                f"none of {self.stationary} is a real effort under {contract}, yet the payoff rises"
                " at the least effort and falls at the greatest; use best_response"
            )
        candidates = np.array(found)
        payoffs = agent_utility(self.problem, contract, candidates)
        best = float(payoffs.max())
        if not math.isfinite(best):  # ruin at every effort: the least effort is as good as any
            return low
        return float(candidates[payoffs >= best - TIE * (1.0 + abs(best))].max())

    def latex(self) -> str:
        """Return formula and conditions as LaTeX."""
        lines = [f"e^{{*}} &= {latex(self.expression)}"]
        lines += [
            f"&\\text{{{condition.words}: }} {latex(condition.relation)}"
            for condition in self.conditions
        ]
        return latex_lines(lines)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __str__(self) -> str:
        conditions = "".join(f"\n  if {condition}" for condition in self.conditions)
        return f"e* = {self.expression}{conditions}"

    def _numbers(self, contract: Contract) -> dict[Expr, Expr]:
        if not isinstance(contract, self.family):
            raise ModelError(
                f"{contract} is no {self.family.__name__}, which this closed form is for; derive"
                f" another with closed_form_response(problem, {type(contract).__name__})"
            )
        return {**self.payoff.numbers, **self.payoff.terms(contract)}


@checked_arguments
def closed_form_response(
    problem: MoralHazard, family: type[Contract] = LinearContract
) -> ClosedForm:
    """Return the agent's best response to any contract of `family` as a SymPy expression.

    Arguments:
        problem: primitives; their parameters become symbols, see `ClosedForm.numeric`.
        family: `LinearContract`, `BinaryContract` or `FlatWage`.

    Raises:
        NoClosedForm: with the step that has no closed form.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.RiskNeutral(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> form = pg.closed_form_response(problem, family=pg.LinearContract)
    >>> form.expression, form.numeric
    ((b*rho/(2*k*p))**(1/(p - 1)), 2*b/5)
    >>> form.evaluate(pg.LinearContract(intercept=1.0, slope=1.5))
    0.6
    """
    if isinstance(problem.efforts, Finite):
        raise NoClosedForm(
            f"efforts are the levels {list(problem.efforts.values)}: the best response is the best"
            " of a list, with no first-order condition to solve; use best_response"
        )
    payoff = payoff_formula(problem, family)
    if family is FlatWage:
        return _end(problem, family, payoff, "pay does not depend on effort, and cost increases")
    if _is_convex(problem, payoff):
        return _better_end(problem, family, payoff)
    roots = _stationary_points(problem, payoff)
    best = _maximum(payoff, roots)
    written = best.subs(payoff.substitutions)
    return ClosedForm(
        problem, family, written, _conditions(problem.efforts, payoff, best), payoff,
        tuple(root.subs(payoff.substitutions) for root in roots),
    )  # fmt: skip


def _stationary_points(problem: MoralHazard, payoff: PayoffFormula) -> tuple[Expr, ...]:
    """Return the solutions of d payoff/de = 0.

    Raises:
        NoClosedForm: where SymPy finds none that solves it.
    """
    slope = sympy.diff(payoff.expr, EFFORT)
    solvable = payoff.powers
    if isinstance(problem.cost, PowerCost) and (solvable or problem.cost.power == 1.0):
        power = exact(problem.cost.power)
        if solvable and power not in solvable:  # SymPy would search for very long
            raise NoClosedForm(
                f"the first-order condition {slope} = 0 has no closed-form solution in {EFFORT} at"
                f" p = {power}, only at p = {' or '.join(map(str, solvable))}; use best_response"
            )
        slope = slope.subs(next(s for s in slope.free_symbols if s.name == "p"), power)
    roots = solutions(slope)
    if not roots:
        raise NoClosedForm(
            f"the first-order condition {slope} = 0 has no closed-form solution in {EFFORT} that"
            " SymPy finds; use best_response"
        )
    return roots


@lru_cache(maxsize=128)  # the same condition serves every number in it
def solutions(equation: Expr) -> tuple[Expr, ...]:
    """Return the solutions of equation = 0 in `EFFORT`, each put back into it; () for none found.

    >>> import sympy
    >>> k = sympy.Symbol("k", positive=True)
    >>> solutions(1 - 2 * k * EFFORT)
    (1/(2*k),)
    """
    try:
        found = sympy.solve(equation, EFFORT)
    except NotImplementedError:
        return ()
    roots = [branch for root in found for branch in _branches(_tidy(root))]
    return tuple(root for root in roots if _solves(equation, root))


def _tidy(root: Expr) -> Expr:
    """Return `root` with log(y^q) written as q·log(y)."""
    return root.replace(
        lambda term: isinstance(term, sympy.log) and term.args[0].is_Pow,
        lambda term: term.args[0].exp * sympy.log(term.args[0].base),
    )


def _branches(root: Expr) -> list[Expr]:
    """Return both real branches of Lambert's W where `root` is written with the principal one."""
    principal = [w for w in root.atoms(sympy.LambertW) if len(w.args) == 1]
    negative = [w for w in principal if w.args[0].could_extract_minus_sign()]
    return [root, *(root.subs(w, sympy.LambertW(w.args[0], -1)) for w in negative)]


def _solves(equation: Expr, root: Expr) -> bool:
    """Whether `root` solves the equation to 25 digits, wherever in a sample it is an effort."""
    tried = 0
    for sample in samples(equation.free_symbols - {EFFORT}):
        effort = real_number(root, sample)
        if not effort > 0:
            continue
        residual = equation.subs(EFFORT, root).subs(sample).evalf(40)
        size = 1 + abs(sympy.diff(equation, EFFORT).subs({**sample, EFFORT: effort}).evalf(10))
        if abs(residual) > sympy.Float("1e-25") * size:
            return False
        tried += 1
        if tried == CHECKED:
            break
    return tried > 0


def _maximum(payoff: PayoffFormula, roots: tuple[Expr, ...]) -> Expr:
    """Return the root that is a maximum: at a sample of numbers where there are several."""
    if len(roots) == 1:
        return roots[0]
    curve = sympy.diff(payoff.expr, EFFORT, 2)
    power = {s: exact(2.0) for s in curve.free_symbols if s.name == "p"}
    symbols = payoff.expr.free_symbols - {EFFORT}
    for sample in samples(symbols):
        for root in roots:
            point = real_number(root, sample | power)
            if point > 0 and real_number(curve.subs(EFFORT, root), sample | power) < 0:
                return root
    raise NoClosedForm(
        f"none of the {len(roots)} solutions of the first-order condition is a maximum; the best"
        " response is an end of the effort set: use best_response"
    )


def _conditions(efforts: Interval, payoff: PayoffFormula, root: Expr) -> tuple[Condition, ...]:
    low, high = exact(efforts.low), exact(efforts.high)
    written = root.subs(payoff.substitutions)
    inside = [sympy.Ge(written, low, evaluate=False)]
    if high != sympy.oo:
        inside.append(sympy.Le(written, high, evaluate=False))
    curve = sympy.diff(payoff.expr, EFFORT, 2).subs(EFFORT, root)
    if payoff.simple:
        curve = sympy.simplify(curve)
    return (
        *payoff.conditions,
        Condition("interior, otherwise the nearer end", sympy.And(*inside, evaluate=False)),
        Condition("second-order", sympy.Lt(curve.subs(payoff.substitutions), 0)),
    )


def _is_convex(problem: MoralHazard, payoff: PayoffFormula) -> bool:
    """Whether the payoff is convex in t = e (in t = e² for self-consistency).

    Gains linear in t against a cost k·t^q with q <= 1: no stationary point is a maximum.
    """
    if not (payoff.simple and isinstance(problem.cost, PowerCost)):
        return False
    degree = 2.0 if isinstance(problem.monitor, SelfConsistency) else 1.0
    return problem.cost.power <= degree


def _better_end(problem: MoralHazard, family: type[Contract], payoff: PayoffFormula) -> ClosedForm:
    low, high = exact(problem.efforts.low), exact(problem.efforts.high)
    if high == sympy.oo:
        raise NoClosedForm(
            "the payoff is convex in effort and efforts are unbounded, so there is no best response"
            " or the least effort is; bound the efforts"
        )
    power = payoff.expr.subs({s: v for s, v in payoff.numbers.items() if s.name == "p"})
    gain = (power.subs(EFFORT, high) - power.subs(EFFORT, low)).subs(payoff.substitutions)
    gain = sympy.simplify(gain)
    chosen = sympy.Piecewise((high, gain >= 0), (low, True))
    words = "the payoff is convex (in e² for self-consistency), so an end of the effort set is best"
    return ClosedForm(
        problem, family, chosen, (Condition(words, sympy.true),), payoff, stationary=()
    )


def _end(
    problem: MoralHazard, family: type[Contract], payoff: PayoffFormula, words: str
) -> ClosedForm:
    low = exact(problem.efforts.low)
    condition = Condition(words, sympy.Ge(sympy.diff(-payoff.expr, EFFORT), 0))
    return ClosedForm(problem, family, low, (condition,), payoff, stationary=())
