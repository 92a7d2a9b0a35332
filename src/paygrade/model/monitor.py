"""What a monitor reveals about effort.

All three papers use one Bernoulli family (theory section 1): a diligent label carries a signal, an
inattentive one is a coin flip, so a check comes out "agree" with probability A(e), and n checks
give a count K. `NormalMonitor` is the same story with a normal mean. A monitor states its law; how
the number is got from labels is the business of `paygrade.assessment`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Monitor(ABC):
    """The law of the outcome X given effort; larger outcomes speak for more effort."""

    @property
    @abstractmethod
    def highest_effort(self) -> float:
        """Supremum of the efforts that the law is defined for."""

    @property
    def lowest_effort(self) -> float:
        """Least effort that the law is defined for."""
        return 0.0

    @property
    def is_discrete(self) -> bool:
        """Whether outcomes are points with probabilities, so that a schedule can list them."""
        return False

    @property
    def mean_bounds(self) -> tuple[float, float]:
        """Bounds of the mean outcome, what a linear contract pays on."""
        return -np.inf, np.inf

    @property
    def keeps_concavity(self) -> bool:
        """Whether E_e[v(X)] is concave in effort for every v concave in the outcome (theory T6)."""
        return False

    def lowest_score(self, effort: float) -> float:
        """Return the infimum of the score over outcomes; -inf where it is unbounded or unknown."""
        return -np.inf

    @abstractmethod
    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        """Return P(X >= cutoff | effort); the shape of `effort`."""

    @abstractmethod
    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        """Return P(X < cutoff | effort) without cancellation; the shape of `effort`."""

    @abstractmethod
    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        """Return the derivative of P(X >= cutoff | effort) in effort."""

    @abstractmethod
    def fisher_information(self, effort: ArrayLike) -> Array:
        """Return the information I(e) about effort in one of the n checks (theory section 1)."""

    @abstractmethod
    def mean_outcome(self, effort: ArrayLike) -> Array:
        """Return the expected mean outcome: A(e) for counts, e for `NormalMonitor`."""

    @abstractmethod
    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        """Return efforts at which passing is about Phi(z) likely: where to look closely."""

    @abstractmethod
    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        """Return the cutoff z standard deviations below the mean outcome at `effort`."""

    @abstractmethod
    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        """Return log p(x | effort), a mass on discrete outcomes; the shape of `outcome`."""

    @abstractmethod
    def score(self, outcome: ArrayLike, effort: float) -> Array:
        """Return the score S(x) = d/de log p(x | e); the shape of `outcome`."""

    @abstractmethod
    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        """Return outcomes, (m,), and log weights, (m,), that integrate over the whole outcome set.

        E_e[f(X)] = sum exp(log_weight + log_density)·f. Discrete outcomes have log weight 0; on a
        continuum these are quadrature nodes, in panels that no point of `breaks` lies inside of.
        """

    def density_slope(self, outcome: ArrayLike, effort: float) -> Array:
        """Return d/de p(x | e); the shape of `outcome`. Zero where p is."""
        density = np.exp(self.log_density(outcome, effort))
        with np.errstate(invalid="ignore"):
            return np.where(density > 0, density * self.score(outcome, effort), 0.0)
