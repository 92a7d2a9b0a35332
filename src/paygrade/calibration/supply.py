"""Effort as a function of the piece rate: what a cost of effort and a motivation make people do.

Somebody paid p for each unit of effort, who also gains s from it pay aside, chooses e to maximise
(s + p^θ)·e - c(e) and so sets c'(e) = s + p^θ. θ = 1 says that money counts for what it is.

| family | marginal cost c'(e) | effort e(p) | linear in x = log(s + p^θ) |
|---|---|---|---|
| exponential | k·exp(γe) | (x - log k)/γ | e |
| power | k·e^γ | exp((x - log k)/γ) | log e |

Both are one straight line, a + b·x with b = 1/γ and a = -log(k)/γ, seen through a link: effort
itself, or its logarithm. Everything in this room is about that line. (DellaVigna and Pope 2018,
Review of Economic Studies 85, section 2.)
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Family = Literal["exponential", "power"]


def link(family: Family, effort: ArrayLike) -> Array:
    """Return the scale on which effort is a straight line: effort, or its logarithm."""
    effort = np.asarray(effort, float)
    return effort if family == "exponential" else np.log(effort)


def unlink(family: Family, value: ArrayLike) -> Array:
    """Return the effort at a value of `link`."""
    value = np.asarray(value, float)
    return value if family == "exponential" else np.exp(value)


@dataclass(frozen=True)
class EffortSupply:
    """Effort at every piece rate.

    Attributes:
        family: "exponential" or "power".
        gamma: curvature γ of the cost (one over a unit of effort; no unit for the power cost).
        log_k: logarithm of the level k of marginal cost; k itself may be 1e-112.
        s: intrinsic motivation, in the unit of pay; below 0 it is a dislike.
        curvature: θ; with 1 utils are money.

    >>> supply = EffortSupply("exponential", gamma=2.0, log_k=-3.0, s=0.1)
    >>> supply.effort([0.0, 0.1, 1.0]).round(3).tolist()
    [0.349, 0.695, 1.548]
    """

    family: Family
    gamma: float
    log_k: float
    s: float
    curvature: float = 1.0

    @property
    def k(self) -> float:
        """Level of marginal cost: pay that one unit of effort asks for at effort 0 (or 1)."""
        return math.exp(self.log_k)

    @property
    def unpaid(self) -> float:
        """Effort given for nothing; 0 without intrinsic motivation."""
        return max(float(self.effort(0.0)), 0.0) if self.s > 0.0 else 0.0

    def effort(self, pay: ArrayLike) -> Array:
        """Return the effort at these piece rates, in the unit of the data.

        Under a power cost estimated from rows it is the median, not the mean, of people's efforts.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            wanted = np.log(self.s + np.asarray(pay, float) ** self.curvature)
        return unlink(self.family, (wanted - self.log_k) / self.gamma)
