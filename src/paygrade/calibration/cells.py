"""What an estimate sees of the data: one number a condition, its weight and its error.

Both methods choose the line closest to the conditions' efforts on the scale of `link`:

- "moments", minimum distance: the mean efforts, through the link, weighted by the inverse of their
  covariance. No other weights give smaller errors (Hansen 1982, Econometrica 50).
- "rows", nonlinear least squares on individuals, e = line + noise for the exponential cost and
  log e = line + noise for the power cost: as the line is the same within a condition, this is the
  mean of the link in each, weighted by its number of rows.

They differ in the mean (of log effort, or log of mean effort) and in the weights. With as many
conditions as parameters weights don't matter.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from paygrade.calibration.moments import EffortMoments
from paygrade.calibration.rows import EffortRows
from paygrade.calibration.supply import Array, Family, link
from paygrade.errors import DataError

Method = Literal["moments", "rows"]


@dataclass(frozen=True, eq=False)
class Cells:
    """Conditions of pay on the scale of the line.

    Attributes:
        pay: piece rates (C,).
        value: mean of the link, or link of the mean (C,).
        weight: a positive definite matrix (C, C).
        covariance: of `value` (C, C); None where the moments came without errors.
        freedom: degrees of freedom of the errors; inf where unknown.
    """

    pay: Array
    value: Array
    weight: Array
    covariance: Array | None
    freedom: float = np.inf

    @cached_property
    def root(self) -> Array:
        """R with R R' = weight, (C, C)."""
        return np.asarray(np.linalg.cholesky(self.weight))


def cells_of(data: EffortMoments | EffortRows, family: Family, method: Method) -> Cells:
    """Return the conditions as this method of estimation sees them.

    Raises:
        DataError: rows are asked for where there are moments, or have no logarithm.
    """
    if method == "rows":
        return _from_rows(data, family)
    moments = data.moments() if isinstance(data, EffortRows) else data
    slope = 1.0 / moments.mean if family == "power" else np.ones_like(moments.mean)
    value = link(family, moments.mean)
    freedom = np.inf if moments.n is None else _freedom(data, moments.n)
    if moments.se is None:
        return Cells(moments.pay, value, np.eye(len(value)), None, freedom)
    covariance = moments.covariance
    if covariance is None:
        covariance = np.diag(moments.se**2)
    covariance = slope[:, None] * covariance * slope
    return Cells(moments.pay, value, _inverse(covariance, moments.source), covariance, freedom)


def _from_rows(data: EffortMoments | EffortRows, family: Family) -> Cells:
    if isinstance(data, EffortMoments):
        raise DataError(
            f"{data.source} are means, and method='rows' fits individuals; give a table of rows, or"
            " use method='moments'"
        )
    idle = int((data.effort <= 0.0).sum())
    if family == "power" and idle:
        raise DataError(
            f"{data.source}: {idle} of {len(data.effort)} rows have effort 0, and method='rows'"
            " with a power cost is about its logarithm; round (nearest=...), use method='moments',"
            " or cost='exponential'"
        )
    value, covariance, n = data.means(link(family, data.effort))
    spread = float((np.diag(covariance) * n).mean())
    weight = np.diag(n / spread)  # the scale is free; so it is about that of an inverse covariance
    return Cells(data.pay, value, weight, covariance, _freedom(data, n))


def _freedom(data: EffortMoments | EffortRows, n: Array) -> float:
    """Return the fewest degrees of freedom behind any of the means: on the safe side."""
    if isinstance(data, EffortRows) and data.worker is not None:
        return float(data.worker.max())
    return float(n.min()) - 1.0


def _inverse(covariance: Array, source: str) -> Array:
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise DataError(
            f"{source}: the covariance of the means is no positive definite matrix, so it says"
            " nothing about the weights; give se instead"
        ) from None
    return np.asarray(np.linalg.inv(covariance))
