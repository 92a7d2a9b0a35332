"""The agent's utility of money: the two doors between wages (money) and promised utility (utils).

Contracts are paid in money, incentives work in utils. In promised utility v = u(w) the agent's
constraints are linear and the principal's cost E[h(v)], h = u⁻¹, is convex (Grossman and Hart
1983), so every design is solved in utils and announced in money. `scale` multiplies all utils and
changes no behaviour when cost and reservation utility are scaled with it; `shift` is the agent's
other wealth (money).

>>> u = LogUtility(shift=10.0)
>>> round(float(u(5.0)), 6), round(float(u.inverse(u(5.0))), 6)
(2.70805, 5.0)
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.arguments import misfits
from paygrade.errors import raise_problems
from paygrade.model.checks import finite, positive

Array = NDArray[np.float64]


class Utility(ABC):
    """Increasing, concave utility u of the wage; u(w) is -inf where w is below its domain."""

    cost_in_money: bool = False  # only CARA can set it: u(w - c(e)) in place of u(w) - c(e)

    @abstractmethod
    def __call__(self, wage: ArrayLike) -> Array:
        """Return u(wage) in utils; the shape of `wage`."""

    @abstractmethod
    def inverse(self, promised_utility: ArrayLike) -> Array:
        """Return h(v) = u⁻¹(v) in money: inf above the range of u, nan below it."""

    @abstractmethod
    def derivative(self, wage: ArrayLike) -> Array:
        """Return u'(wage) in utils per unit of money."""

    @abstractmethod
    def second_derivative(self, wage: ArrayLike) -> Array:
        """Return u''(wage) in utils per unit of money squared."""

    @abstractmethod
    def wage_at(self, marginal_cost: Array) -> Array:
        """Return the wage w at which one more util costs `marginal_cost`: 1/u'(w) (money per util).

        `marginal_cost` is positive; the solution of Holmström's condition h'(v) = price.
        """

    @property
    @abstractmethod
    def lowest_wage(self) -> float:
        """Infimum of the domain (money)."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Infimum and supremum of u over its domain (utils)."""

    @property
    def highest_wage(self) -> float:
        """Supremum of the domain (money); u is nan above it."""
        return math.inf

    def risk_tolerance(self, wage: ArrayLike) -> Array:
        """Return -u'(w)/u''(w), money: the reciprocal of absolute risk aversion."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.derivative(wage) / self.second_derivative(wage))

    def wage_within(self, marginal_cost: ArrayLike, lowest: float, highest: float) -> Array:
        """Return `wage_at` cut off at the wage bounds; `lowest` where the price is not positive."""
        price = np.asarray(marginal_cost, float)
        positive_price = price > 0.0
        wage = self.wage_at(np.where(positive_price, price, 1.0))
        return np.clip(np.where(positive_price, wage, -np.inf), lowest, highest)

    def inverse_derivative(self, promised_utility: ArrayLike) -> Array:
        """Return h'(v) = 1/u'(h(v)), the marginal cost of utility (money per util)."""
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(1.0 / self.derivative(self.inverse(promised_utility)))

    def inverse_second_derivative(self, promised_utility: ArrayLike) -> Array:
        """Return h''(v) = -u''/u'³ at h(v) (theory section 2)."""
        wage = self.inverse(promised_utility)
        return np.asarray(-self.second_derivative(wage) / self.derivative(wage) ** 3)


@dataclass(frozen=True)
class LogUtility(Utility):
    """u(w) = scale·log(w + shift); unbounded below at w = -shift."""

    shift: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        raise_problems(_check_shift_and_scale(self.shift, self.scale))

    def __call__(self, wage: ArrayLike) -> Array:
        wealth = np.asarray(wage, float) + self.shift
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.scale * np.where(wealth >= 0, np.log(wealth), -np.inf))

    def inverse(self, promised_utility: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            wealth = np.exp(np.asarray(promised_utility, float) / self.scale)
        return np.asarray(wealth - self.shift)

    def derivative(self, wage: ArrayLike) -> Array:
        return np.asarray(self.scale / (np.asarray(wage, float) + self.shift))

    def second_derivative(self, wage: ArrayLike) -> Array:
        return np.asarray(-self.scale / (np.asarray(wage, float) + self.shift) ** 2)

    def wage_at(self, marginal_cost: Array) -> Array:
        return np.asarray(self.scale * marginal_cost - self.shift)

    def risk_tolerance(self, wage: ArrayLike) -> Array:
        return np.asarray(np.asarray(wage, float) + self.shift)

    @property
    def lowest_wage(self) -> float:
        return -self.shift

    @property
    def bounds(self) -> tuple[float, float]:
        return -math.inf, math.inf


@dataclass(frozen=True)
class CRRA(Utility):
    """u(w) = scale·(w + shift)^(1-γ)/(1-γ); γ = 1 is `LogUtility`.

    Arguments:
        gamma: relative risk aversion at zero other wealth, above 0 and not 1.
        shift: other wealth (money).
    """

    gamma: float
    shift: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        problems = positive("gamma", self.gamma, "is no risk aversion")
        if not problems and self.gamma == 1:
            problems = ["gamma=1 makes (w^(1-γ))/(1-γ) undefined; use LogUtility(shift) instead"]
        raise_problems(problems + _check_shift_and_scale(self.shift, self.scale))

    @property
    def _power(self) -> float:
        return 1.0 - self.gamma

    def __call__(self, wage: ArrayLike) -> Array:
        wealth = np.asarray(wage, float) + self.shift
        with np.errstate(divide="ignore", invalid="ignore"):
            utils = self.scale / self._power * np.power(wealth, self._power)
        return np.asarray(np.where(wealth >= 0, utils, -np.inf))

    def inverse(self, promised_utility: ArrayLike) -> Array:
        # adding 0 makes of -0 a 0, whose negative powers are inf and not -inf
        base = np.asarray(promised_utility, float) * self._power / self.scale + 0.0
        beyond = np.inf if self.gamma > 1 else np.nan  # v >= sup u, or v < inf u
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            wealth = np.where(base >= 0, np.power(base, 1.0 / self._power), beyond)
        return np.asarray(wealth - self.shift)

    def derivative(self, wage: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(self.scale * (np.asarray(wage, float) + self.shift) ** -self.gamma)

    def second_derivative(self, wage: ArrayLike) -> Array:
        wealth = np.asarray(wage, float) + self.shift
        with np.errstate(divide="ignore"):
            return np.asarray(-self.scale * self.gamma * wealth ** (-self.gamma - 1.0))

    def wage_at(self, marginal_cost: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray((self.scale * marginal_cost) ** (1.0 / self.gamma) - self.shift)

    def risk_tolerance(self, wage: ArrayLike) -> Array:
        return np.asarray((np.asarray(wage, float) + self.shift) / self.gamma)

    @property
    def lowest_wage(self) -> float:
        return -self.shift

    @property
    def bounds(self) -> tuple[float, float]:
        return (0.0, math.inf) if self.gamma < 1 else (-math.inf, 0.0)


@dataclass(frozen=True)
class SquareRootUtility(Utility):
    """u(w) = scale·√(w + shift); bounded below by 0 utils."""

    shift: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        raise_problems(_check_shift_and_scale(self.shift, self.scale))

    def __call__(self, wage: ArrayLike) -> Array:
        wealth = np.asarray(wage, float) + self.shift
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(wealth >= 0, self.scale * np.sqrt(wealth), -np.inf))

    def inverse(self, promised_utility: ArrayLike) -> Array:
        root = np.asarray(promised_utility, float) / self.scale
        with np.errstate(over="ignore"):
            return np.asarray(np.where(root >= 0, root * root, np.nan) - self.shift)

    def derivative(self, wage: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(self.scale / (2.0 * np.sqrt(np.asarray(wage, float) + self.shift)))

    def second_derivative(self, wage: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return np.asarray(-self.scale / 4.0 * (np.asarray(wage, float) + self.shift) ** -1.5)

    # u' is infinite at zero wealth, but h' = 2v and h'' = 2 are not: state them directly.
    def inverse_derivative(self, promised_utility: ArrayLike) -> Array:
        return np.asarray(2.0 * np.asarray(promised_utility, float) / self.scale**2)

    def inverse_second_derivative(self, promised_utility: ArrayLike) -> Array:
        return np.full_like(np.asarray(promised_utility, float), 2.0 / self.scale**2)

    def wage_at(self, marginal_cost: Array) -> Array:
        return np.asarray((self.scale * marginal_cost / 2.0) ** 2 - self.shift)

    def risk_tolerance(self, wage: ArrayLike) -> Array:
        return np.asarray(2.0 * (np.asarray(wage, float) + self.shift))

    @property
    def lowest_wage(self) -> float:
        return -self.shift

    @property
    def bounds(self) -> tuple[float, float]:
        return 0.0, math.inf


@dataclass(frozen=True)
class CARA(Utility):
    """u(w) = -scale·exp(-r·w), constant absolute risk aversion r (per unit of money).

    With `cost_in_money` the agent's payoff is -exp(-r(w - c(e))) and everything the agent weighs
    is stated as its certainty equivalent in money (the LEN model, Holmström and Milgrom 1991);
    effort cost and reservation utility are then money too.
    """

    risk_aversion: float
    cost_in_money: bool = False
    scale: float = 1.0

    def __post_init__(self) -> None:
        raise_problems(
            misfits(self)
            or positive("risk_aversion", self.risk_aversion, "is no risk aversion")
            + positive("scale", self.scale, "is no unit of utility")
        )

    def __call__(self, wage: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(-self.scale * np.exp(-self.risk_aversion * np.asarray(wage, float)))

    def inverse(self, promised_utility: ArrayLike) -> Array:
        base = -np.asarray(promised_utility, float) / self.scale
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(base > 0, -np.log(base) / self.risk_aversion, np.inf))

    def derivative(self, wage: ArrayLike) -> Array:
        return np.asarray(-self.risk_aversion * self(wage))

    def second_derivative(self, wage: ArrayLike) -> Array:
        return np.asarray(self.risk_aversion**2 * self(wage))

    def wage_at(self, marginal_cost: Array) -> Array:
        utils = self.risk_aversion * self.scale * marginal_cost
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(utils) / self.risk_aversion)

    def risk_tolerance(self, wage: ArrayLike) -> Array:
        return np.full_like(np.asarray(wage, float), 1.0 / self.risk_aversion)

    @property
    def lowest_wage(self) -> float:
        return -math.inf

    @property
    def bounds(self) -> tuple[float, float]:
        return -math.inf, 0.0


@dataclass(frozen=True)
class RiskNeutral(Utility):
    """u(w) = scale·w."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        raise_problems(positive("scale", self.scale, "is no unit of utility"))

    def __call__(self, wage: ArrayLike) -> Array:
        return np.asarray(self.scale * np.asarray(wage, float))

    def inverse(self, promised_utility: ArrayLike) -> Array:
        return np.asarray(np.asarray(promised_utility, float) / self.scale)

    def derivative(self, wage: ArrayLike) -> Array:
        return np.full_like(np.asarray(wage, float), self.scale)

    def second_derivative(self, wage: ArrayLike) -> Array:
        return np.zeros_like(np.asarray(wage, float))

    def wage_at(self, marginal_cost: Array) -> Array:
        # a util costs the same everywhere, so every wage fits one price and none another
        excess = marginal_cost - 1.0 / self.scale
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(excess == 0.0, 0.0, np.inf * np.sign(excess)))

    @property
    def lowest_wage(self) -> float:
        return -math.inf

    @property
    def bounds(self) -> tuple[float, float]:
        return -math.inf, math.inf


def _check_shift_and_scale(shift: float, scale: float) -> list[str]:
    return finite("shift", shift, "is no amount of other wealth") + positive(
        "scale", scale, "is no unit of utility"
    )
