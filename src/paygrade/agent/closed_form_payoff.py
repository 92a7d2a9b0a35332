"""The agent's payoff under a class of contracts as a formula in effort, where one exists.

What pay adds is kept as one symbol (Δ, utils) wherever it multiplies a known function of effort;
`substitutions` says what it stands for in the contract's own parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from paygrade.agent.expected import promised_slope
from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import Condition, Expr
from paygrade.model.contract import BinaryContract, Contract, FlatWage, LinearContract
from paygrade.model.finite import SpanningMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_outcomes import OutcomeFormula, outcome_formula
from paygrade.model.symbolic_primitives import (
    EFFORT,
    WAGE,
    cost_formula,
    exact,
    utility_formula,
)
from paygrade.model.utility import CARA, RiskNeutral

INTERCEPT, BASE, CUTOFF = (
    sympy.Symbol("a", real=True),
    sympy.Symbol("w_0", real=True),
    sympy.Symbol("x_c", real=True),
)
SLOPE, BONUS, STAKE = sympy.symbols("b beta Delta", positive=True)
RATE, LOST, SPREAD = sympy.symbols("q ell s", positive=True)
ONE, TWO = sympy.Integer(1), sympy.Integer(2)


@dataclass(frozen=True)
class PayoffFormula:
    """The payoff of one class of contracts.

    Attributes:
        expr: payoff in `EFFORT`, up to a constant.
        numbers: values of the problem's parameters.
        family: the class of contracts.
        conditions: what the formula itself needs.
        substitutions: what a stake stands for.
        simple: whether it is a stake times a function of effort, less the cost.
        powers: those of a `PowerCost` at which the first-order condition can be solved; None: any.
        problem: only for a stake that is a sum over a whole schedule.
    """

    expr: Expr
    numbers: Mapping[Expr, Expr]
    family: type[Contract]
    conditions: tuple[Condition, ...] = ()
    substitutions: Mapping[Expr, Expr] | tuple[()] = ()
    simple: bool = True
    powers: tuple[Expr, ...] | None = None
    problem: MoralHazard | None = None

    def terms(self, contract: Contract) -> dict[Expr, Expr]:
        """Return the values of the contract's symbols."""
        if self.problem is not None:  # the stake itself: effort moves the law at a constant rate
            effort = np.asarray(self.problem.efforts.low)
            return {STAKE: exact(float(promised_slope(self.problem, contract, effort)))}
        match contract:
            case LinearContract(intercept, slope):
                return {INTERCEPT: exact(intercept), SLOPE: exact(slope)}
            case BinaryContract(base, bonus, cutoff):
                return {BASE: exact(base), BONUS: exact(bonus), CUTOFF: exact(cutoff)}
        return {}


def payoff_formula(problem: MoralHazard, family: type[Contract]) -> PayoffFormula:
    """Return the agent's payoff under contracts of `family`.

    Raises:
        NoClosedForm: naming the expectation that has no formula.
    """
    cost = cost_formula(problem.cost)
    if family is FlatWage:
        return PayoffFormula(-cost.expr, cost.numbers, family)
    if isinstance(problem.monitor, SpanningMonitor) and not problem.utility.cost_in_money:
        # (1 - e)·E_low[u] + e·E_high[u]: linear in effort whatever the contract
        return PayoffFormula(STAKE * EFFORT - cost.expr, cost.numbers, family, problem=problem)
    if family not in (LinearContract, BinaryContract):
        raise NoClosedForm(
            f"a {family.__name__} has no fixed number of parameters to write a response in; give"
            " LinearContract, BinaryContract or FlatWage"
        )
    law = outcome_formula(problem.monitor)
    numbers = {**cost.numbers, **law.numbers}
    made = (_linear if family is LinearContract else _binary)(problem, law, cost.expr)
    return PayoffFormula(
        made.expr, numbers | made.numbers, family, made.conditions, made.substitutions,
        made.simple, made.powers,
    )  # fmt: skip


@dataclass(frozen=True)
class _Part:
    expr: Expr
    numbers: dict[Any, Any]
    conditions: tuple[Condition, ...] = ()
    substitutions: Mapping[Expr, Expr] | tuple[()] = ()
    simple: bool = True
    powers: tuple[Expr, ...] | None = None


def _linear(problem: MoralHazard, law: OutcomeFormula, cost: Expr) -> _Part:
    utility = problem.utility
    u = utility_formula(utility)
    numbers = dict(u.numbers)
    if isinstance(utility, RiskNeutral):
        if law.mean is None:
            raise NoClosedForm(
                f"the mean outcome of {type(problem.monitor).__name__} has no formula here, and"
                " linear pay is worth a + b·mean; use best_response"
            )
        scale = sympy.diff(u.expr, WAGE)
        return _Part(STAKE * law.mean - cost, numbers, substitutions={STAKE: scale * SLOPE})
    if isinstance(utility, CARA) and law.noise is not None:
        r = next(symbol for symbol in numbers if symbol.name == "r")
        certain = INTERCEPT + SLOPE * EFFORT - r * SLOPE**2 * law.noise / 2  # E[exp(-rw)], w normal
        if utility.cost_in_money:
            return _Part(certain - cost, numbers)
        level = u.expr.subs(WAGE, certain.subs(EFFORT, 0))
        return _Part(
            -STAKE * sympy.exp(-RATE * EFFORT) - cost, numbers,
            substitutions={STAKE: -level, RATE: r * SLOPE}, simple=False,
        )  # fmt: skip
    if law.two_outcomes:
        return _two_outcomes(problem, law, cost, pay=(INTERCEPT, INTERCEPT + SLOPE))
    if isinstance(utility, CARA) and utility.cost_in_money and law.log_density is not None:
        n, r = law.most, next(symbol for symbol in numbers if symbol.name == "r")
        if n.is_Symbol:  # n independent checks: their certainty equivalents add up
            return _added_up(law.mean, cost, numbers, stake=n / r, lost=-r * SLOPE / n)
    raise NoClosedForm(_no_expectation(problem, u.expr))


def _no_expectation(problem: MoralHazard, u: Expr) -> str:
    wage = u.subs(WAGE, INTERCEPT + SLOPE * sympy.Symbol("X"))
    n = getattr(problem.monitor, "n", None)
    if problem.monitor.is_discrete and n is not None:
        return (
            f"E[{wage}] with X = K/n is a sum of n + 1 = {n + 1} terms in effort, so the"
            " first-order condition has no closed-form solution; use best_response"
        )
    return (
        f"E[{wage}] under {type(problem.monitor).__name__} is no elementary function of effort"
        " (where wages can fall below the utility's domain it is -inf); use best_response"
    )


def _binary(problem: MoralHazard, law: OutcomeFormula, cost: Expr) -> _Part:
    if law.two_outcomes:
        reached = Condition(
            "success passes and failure does not", sympy.And(CUTOFF > 0, CUTOFF <= 1)
        )
        made = _two_outcomes(problem, law, cost, pay=(BASE, BASE + BONUS))
        return _Part(made.expr, made.numbers, (reached,), made.substitutions, made.simple)
    if law.noise is None or problem.utility.cost_in_money:
        raise NoClosedForm(
            f"the chance of passing under {type(problem.monitor).__name__} is an incomplete beta or"
            " gamma function of effort (or its logarithm, with cost in money), and setting its"
            " slope equal to c'(e) has no closed-form solution; use best_response"
        )
    z = (EFFORT - CUTOFF) / SPREAD
    passing = (1 + sympy.erf(z / sympy.sqrt(2))) / 2
    u = utility_formula(problem.utility)
    stake = u.expr.subs(WAGE, BASE + BONUS) - u.expr.subs(WAGE, BASE)
    return _Part(
        STAKE * passing - cost, dict(u.numbers), simple=False, powers=(ONE,),
        substitutions={STAKE: stake, SPREAD: sympy.sqrt(law.noise)},
    )  # fmt: skip


def _added_up(chance: Expr, cost: Expr, numbers: dict[Any, Any], stake: Expr, lost: Expr) -> _Part:
    """Return the certainty equivalent of independent payments, -stake·log(1 - chance·ell)."""
    return _Part(
        -STAKE * sympy.log(1 - chance * LOST) - cost, numbers, simple=False, powers=(ONE, TWO),
        substitutions={STAKE: stake, LOST: 1 - sympy.exp(lost)},
    )  # fmt: skip


def _two_outcomes(
    problem: MoralHazard, law: OutcomeFormula, cost: Expr, pay: tuple[Expr, Expr]
) -> _Part:
    u = utility_formula(problem.utility)
    chance = law.mean
    bad, good = (u.expr.subs(WAGE, wage) for wage in pay)
    if isinstance(problem.utility, CARA) and problem.utility.cost_in_money:
        r = next(symbol for symbol in u.numbers if symbol.name == "r")
        return _added_up(chance, cost, dict(u.numbers), stake=1 / r, lost=r * (pay[0] - pay[1]))
    return _Part(STAKE * chance - cost, dict(u.numbers), substitutions={STAKE: good - bad})
