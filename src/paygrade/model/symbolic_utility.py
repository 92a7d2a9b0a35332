"""`SymbolicUtility`: the agent's utility of money from the user's own SymPy expression."""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import ModelError, raise_problems
from paygrade.model.symbolic_curves import UtilityCurves
from paygrade.model.symbolic_domain import find_domain, kinks
from paygrade.model.symbolic_forms import exact, parsed
from paygrade.model.symbolic_shape import end_values, shape_problems
from paygrade.model.utility import Array, Utility


@dataclass(frozen=True)
class SymbolicUtility(Utility):
    """u(w) from a SymPy expression, increasing and concave.

    Arguments:
        expr: utils at a wage in money, an expression in `wage`.
        wage: its symbol.
        domain: (lowest, highest) wage (money) at which the expression is to be used; by default
            the uppermost interval on which it is defined: log(w + 3) from -3 on, -exp(-2w) on the
            whole line.

    Raises:
        ModelError: for an expression in other symbols, one that is not defined, not increasing or
            not concave somewhere in its domain (naming the wage), one with a kink, or a line.

    Derivatives are taken once; the inverse of u and of 1/u' is a closed form where algebra finds
    one that keeps its digits, else Newton's method. The certificate computes with the expression
    itself, in ball arithmetic.

    >>> import sympy
    >>> w = sympy.Symbol("w")
    >>> u = SymbolicUtility(sympy.log(1 + w) + w / 10, w)
    >>> u.lowest_wage, u.bounds
    (-1.0, (-inf, inf))
    >>> round(u.inverse(u(5.0)).item(), 12)
    5.0
    >>> SymbolicUtility(w**2, w, domain=(0, 10))
    Traceback (most recent call last):
        ...
    paygrade.errors.ModelError: SymbolicUtility: w**2 is not concave: its second derivative is 2 ...
    """

    expr: Any
    wage: Any
    domain: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        name = type(self).__name__
        expr = parsed(name, self.expr, "wage", self.wage)
        object.__setattr__(self, "expr", expr)
        if self.wage not in expr.free_symbols:
            raise ModelError(
                f"{name}: {expr} does not depend on {self.wage}, so no pay is worth anything; give"
                " an increasing expression"
            )
        if self.domain is not None:
            object.__setattr__(self, "domain", _checked_domain(self.domain))
        if found := kinks(expr):
            raise ModelError(
                f"{name}: {expr} contains {', '.join(found)}, where a price has many wages or none;"
                " give a smooth expression, or pay in tiers"
            )
        raise_problems(shape_problems(name, self.expr, self.curve))
        _ = self.bounds

    def __getstate__(self) -> dict[str, Any]:
        # compiled functions can't be pickled; they are made anew when first used
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def curve(self) -> UtilityCurves:
        """The expression with exact numbers in a real symbol, its domain and derivatives."""
        import sympy

        real = sympy.Dummy(self.wage.name, real=True)
        expr = exact(self.expr).subs(self.wage, real)
        if self.domain is None:
            low, high = find_domain(type(self).__name__, expr, real)
        else:
            low, high = (exact(sympy.Float(end)) for end in self.domain)
        return UtilityCurves(expr, real, low, high)

    @property
    def is_proved(self) -> bool:
        """Whether algebra proves u increasing and concave on its whole domain.

        Where it does not, many wages were tried, and the certificate claims no bound that leans on
        concavity.
        """
        return self.curve.is_proved

    @property
    def lowest_wage(self) -> float:
        return self.curve.lowest

    @property
    def highest_wage(self) -> float:
        return self.curve.highest

    @cached_property
    def bounds(self) -> tuple[float, float]:
        low, high = end_values(type(self).__name__, self.expr, self.curve)
        return float(low), float(high)

    def __call__(self, wage: ArrayLike) -> Array:
        given = np.asarray(wage, float)
        utils = self.curve.at(0, given)
        utils = np.where(given <= self.lowest_wage, -np.inf, utils)
        utils = np.where(given == self.lowest_wage, self.bounds[0], utils)
        return self._ended(utils, given)

    def derivative(self, wage: ArrayLike) -> Array:
        return self._inside(1, wage)

    def second_derivative(self, wage: ArrayLike) -> Array:
        return self._inside(2, wage)

    def risk_tolerance(self, wage: ArrayLike) -> Array:
        return self._inside("risk_tolerance", wage)

    def inverse(self, promised_utility: ArrayLike) -> Array:
        level = np.asarray(promised_utility, float)
        low, high = self.bounds
        with np.errstate(all="ignore"):
            wage = self.curve.inverse(level)
        wage = np.clip(wage, self.lowest_wage, self.highest_wage)
        wage = np.where(level == low, self.lowest_wage, wage)
        wage = np.where(level < low, np.nan, wage)
        top = self.highest_wage
        wage = np.where(level == high, top, wage)
        return np.asarray(np.where(level > high, np.inf, wage))

    def inverse_derivative(self, promised_utility: ArrayLike) -> Array:
        return self._inside("price", self.inverse(promised_utility))

    def inverse_second_derivative(self, promised_utility: ArrayLike) -> Array:
        return self._inside("bend", self.inverse(promised_utility))

    def wage_at(self, marginal_cost: Array) -> Array:
        price = np.asarray(marginal_cost, float)
        low, high = self.curve.price_range
        with np.errstate(all="ignore"):
            wage = self.curve.wage_at(price)
        wage = np.clip(wage, self.lowest_wage, self.highest_wage)
        wage = np.where(price <= low, self.lowest_wage, wage)
        return np.asarray(np.where(price >= high, self.highest_wage, wage))

    def _inside(self, name: int | str, wage: ArrayLike) -> Array:
        given = np.asarray(wage, float)
        values = self.curve.at(name, given)
        outside = (given < self.lowest_wage) | (given > self.highest_wage)
        return np.asarray(np.where(outside, np.nan, values))

    def _ended(self, utils: Array, wage: Array) -> Array:
        """Return `utils` with what holds at the top: the supremum at its end, nothing beyond."""
        utils = np.where(wage == self.highest_wage, self.bounds[1], utils)
        return np.asarray(np.where(wage > self.highest_wage, np.nan, utils))


def _checked_domain(domain: Any) -> tuple[float, float]:
    """Return the ends of a stated domain.

    Raises:
        ModelError: unless they are two numbers, the second above the first.
    """
    try:
        low, high = (float(end) for end in domain)
    except (TypeError, ValueError):
        low = high = math.nan
    if not low < high:
        raise ModelError(
            f"domain={domain!r} holds no wage; give (lowest, highest) wage, infinite if need be"
        )
    return low, high
