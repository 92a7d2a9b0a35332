"""Mean effort under each condition of pay, as papers print it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paygrade.calibration.supply import Array
from paygrade.errors import DataError, raise_problems


@dataclass(frozen=True, eq=False, kw_only=True)
class EffortMoments:
    """Mean efforts under conditions of pay (C,), and how far off they may be.

    Arguments:
        pay: piece rate of each condition, money for so many units of effort (`per` of `calibrate`).
        mean: mean effort under it.
        se: standard error of the mean; or give `sd` and `n`. Without either there are no intervals.
        sd: standard deviation between people.
        n: number of people.
        covariance: of the means (C, C), where conditions share people; in place of `se`.
        source: what messages call the data.
        left_out: what was not used, and how many rows.

    Raises:
        DataError: naming everything that can't be used.

    >>> EffortMoments(pay=[0.0, 0.1], mean=[1521, 2175], sd=[726, 578], n=[540, 566]).se.round(1)
    array([31.2, 24.3])
    """

    pay: Any
    mean: Any
    se: Any = None
    sd: Any = None
    n: Any = None
    covariance: Any = None
    source: str = "the moments"
    left_out: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("pay", "mean", "se", "sd", "n")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        for name, values in given.items():
            object.__setattr__(self, name, _numbers(name, values))
        raise_problems(self._problems(list(given)), DataError)
        if self.covariance is not None:
            object.__setattr__(self, "covariance", np.asarray(self.covariance, float))
            object.__setattr__(self, "se", np.sqrt(np.diag(self.covariance)))
        elif self.se is None and self.sd is not None and self.n is not None:
            object.__setattr__(self, "se", self.sd / np.sqrt(self.n))

    def rounded(self, decimals: int = 0) -> "EffortMoments":
        """Return the moments with means rounded, as a paper prints them; errors stay."""
        return replace(self, mean=np.round(self.mean, decimals))

    def _problems(self, given: Sequence[str]) -> list[str]:
        sizes = {name: len(getattr(self, name)) for name in given}
        if len(set(sizes.values())) > 1:
            shown = ", ".join(f"{size} of {name}" for name, size in sizes.items())
            return [f"{self.source}: {shown}; give one number for each condition"]
        checks = (
            ("pay", 0.0, True, "is no piece rate"),
            ("mean", 0.0, False, "is no mean effort that a cost of effort explains"),
            ("se", 0.0, False, "would weigh its condition without end"),
            ("sd", 0.0, False, "would weigh its condition without end"),
            ("n", 2.0, True, "people show no spread"),
        )
        return [
            f"{self.source}: {name}={value:g} {consequence}; correct it, or leave the condition out"
            for name, bound, allowed, consequence in checks
            if name in given
            for value in getattr(self, name)
            if not (np.isfinite(value) and (value > bound or (allowed and value == bound)))
        ]


def _numbers(name: str, values: ArrayLike) -> Array:
    try:
        found = np.asarray(values, float)
    except (TypeError, ValueError):
        raise DataError(f"{name}={values!r} are no numbers; give one for each condition") from None
    if found.ndim != 1 or not found.size:
        raise DataError(f"{name}={values!r} is no list; give one number for each condition")
    return found
