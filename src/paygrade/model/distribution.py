"""`DistributionMonitor`: an outcome from one of the textbook laws, on its whole outcome line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import raise_problems
from paygrade.model.checks import positive
from paygrade.model.family import FAMILIES, Family
from paygrade.model.monitor import Array, Monitor

LEAST_MEAN = 1e-6  # effort from which a law of positive outcomes is computed reliably
DEFAULTS: Mapping[str, float] = {"sigma": 1.0, "scale": 1.0}


@dataclass(frozen=True, init=False)
class DistributionMonitor(Monitor):
    """One outcome X whose law has effort as its mean (or location).

    Arguments:
        family: "normal", "lognormal", "exponential", "gamma", "poisson", "geometric", "bernoulli"
            or "student_t"; see `paygrade.model.family` for how effort enters.
        parameters: `sigma` (normal, lognormal), `shape` (gamma), `df` and `scale` (student_t).

    Raises:
        ModelError: for an unknown family, and for parameters it does not have or needs.

    >>> monitor = DistributionMonitor("exponential")
    >>> round(monitor.pass_probability(1.0, 0.5).item(), 6), monitor.fisher_information(0.5).item()
    (0.135335, 4.0)
    """

    family: str
    parameters: tuple[tuple[str, float], ...]

    def __init__(self, family: str, **parameters: float) -> None:
        object.__setattr__(self, "family", family)
        if family not in tuple(FAMILIES):
            raise_problems(
                [f"family={family!r} is no law of this library; give one of {', '.join(FAMILIES)}"]
            )
        needed = FAMILIES[family][1]
        given = {name: DEFAULTS[name] for name in needed if name in DEFAULTS} | parameters
        problems = [
            f"{name}={value!r} is no parameter of the {family} law, which has"
            f" {', '.join(needed) or 'none'}; leave it out"
            for name, value in parameters.items()
            if name not in needed
        ]
        for name in needed:
            if name not in given:
                problems.append(f"the {family} law needs {name}; give {name}=...")
            else:
                problems += positive(name, given[name], f"is no {name} of a law")
        raise_problems(problems)
        object.__setattr__(self, "parameters", tuple((name, float(given[name])) for name in needed))

    @cached_property
    def law(self) -> Family:
        """The law, with its parameters."""
        return FAMILIES[self.family][0](**dict(self.parameters))

    @property
    def highest_effort(self) -> float:
        return self.law.highest_effort

    @property
    def lowest_effort(self) -> float:
        # a law of mean 0 on positive outcomes is no law: its score is infinite
        positive_mean = self.family in ("exponential", "gamma", "poisson", "geometric")
        return LEAST_MEAN if positive_mean else 0.0

    @property
    def is_discrete(self) -> bool:
        # countless counts can't be listed in a table; a success and a failure can
        return self.family == "bernoulli"

    @property
    def mean_bounds(self) -> tuple[float, float]:
        if self.family in ("normal", "student_t"):
            return -np.inf, np.inf
        return 0.0, 1.0 if self.family == "bernoulli" else np.inf

    @property
    def keeps_concavity(self) -> bool:
        return self.family not in ("lognormal", "student_t")

    def lowest_score(self, effort: float) -> float:
        return self.law.lowest_score(effort) if effort > 0 else -np.inf

    def pass_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return self.law.passing(cutoff, np.asarray(effort, float))[0]

    def fail_probability(self, cutoff: float, effort: ArrayLike) -> Array:
        return self.law.passing(cutoff, np.asarray(effort, float))[1]

    def pass_slope(self, cutoff: float, effort: ArrayLike) -> Array:
        return self.law.pass_slope(cutoff, np.asarray(effort, float))

    def fisher_information(self, effort: ArrayLike) -> Array:
        return self.law.information(effort)

    def mean_outcome(self, effort: ArrayLike) -> Array:
        return self.law.mean(effort)

    def transition_efforts(self, cutoff: float, z: Array) -> Array:
        inverse = self.law.shifted(np.asarray(cutoff, float), z)
        if self.family == "lognormal":  # effort is a mean of logs
            return (
                np.log(cutoff) + z * dict(self.parameters)["sigma"] if cutoff > 0 else np.empty(0)
            )
        return np.asarray(inverse)

    def cutoff_at(self, effort: ArrayLike, z: ArrayLike) -> Array:
        return self.law.shifted(np.asarray(effort, float), -np.asarray(z, float))

    def log_density(self, outcome: ArrayLike, effort: float) -> Array:
        return self.law.log_density(np.asarray(outcome, float), effort)

    def score(self, outcome: ArrayLike, effort: float) -> Array:
        return self.law.score(np.asarray(outcome, float), effort)

    def density_slope(self, outcome: ArrayLike, effort: float) -> Array:
        if self.family == "bernoulli":  # one outcome's probability starts at 0, its slope does not
            return np.where(np.asarray(outcome, float) > 0, 1.0, -1.0)
        return super().density_slope(outcome, effort)

    def nodes(self, effort: float, breaks: Sequence[float] = ()) -> tuple[Array, Array]:
        return self.law.nodes(effort, breaks)
