"""The cost of effort to somebody who gains or loses from effort itself, pay aside.

An agent who gains s from each unit of effort minimises c(e) - s·e and so gives the effort e₀ with
c'(e₀) = s for nothing. What effort costs beyond that is the Bregman divergence of c from e₀,
c(e) - c(e₀) - c'(e₀)(e - e₀): convex, and least, namely 0, at e₀. Where s is below c'(0) nothing is
given for nothing, e₀ = 0, and each unit costs c'(0) - s on top.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import at_least
from paygrade.model.effort import Array, EffortCost, ExponentialCost, PowerCost


@dataclass(frozen=True)
class MotivatedCost(EffortCost):
    """c(e) - s·e, less its least value: 0 at the effort given for nothing.

    Arguments:
        base: c, the cost without the motivation (utils).
        unpaid: the effort given for nothing, in the unit of `base`; there s = c'(unpaid).
        dislike: c'(0) - s where that is positive; then `unpaid` is 0.

    Below `unpaid` the cost falls. No rule that pays at least as much for more right answers makes
    an agent go there, so problems usually take `efforts=Interval(unpaid, ...)`.

    Raises:
        ModelError: for another base, a negative number, or a dislike of effort given for nothing.

    >>> cost = MotivatedCost(PowerCost(scale=0.5, power=2.0), unpaid=0.4)
    >>> cost([0.4, 0.9]).round(9).tolist(), cost.derivative(0.9).item()
    ([0.0, 0.125], 0.5)
    """

    base: PowerCost | ExponentialCost
    unpaid: float = 0.0
    dislike: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.base, PowerCost | ExponentialCost):
            raise ModelError(
                f"base={self.base!r} is no cost to take motivation from; give a PowerCost or an"
                " ExponentialCost"
            )
        problems = at_least("unpaid", self.unpaid, 0.0, "is no effort given for nothing")
        problems += at_least("dislike", self.dislike, 0.0, "is a liking; give unpaid instead")
        if not problems and self.unpaid > 0.0 and self.dislike > 0.0:
            problems.append(
                f"unpaid={self.unpaid!r} with dislike={self.dislike!r}: who dislikes effort gives"
                " none for nothing; set one of them to 0"
            )
        raise_problems(problems)

    @property
    def motivation(self) -> float:
        """What a unit of effort is worth to the agent, pay aside (utils)."""
        return float(self.base.derivative(self.unpaid)) - self.dislike

    def __call__(self, effort: ArrayLike) -> Array:
        effort = np.asarray(effort, float)
        joy = self.motivation * (effort - self.unpaid)
        return np.asarray(self.base(effort) - self.base(self.unpaid) - joy)

    def derivative(self, effort: ArrayLike) -> Array:
        return np.asarray(self.base.derivative(effort) - self.motivation)

    def second_derivative(self, effort: ArrayLike) -> Array:
        return self.base.second_derivative(effort)
