"""The line closest to the data, with its errors; or why there is none.

Estimates are searched globally (`criterion`) and finished by Gauss-Newton steps in the coordinates
log γ, log k, u = log(s + p₀^θ) and log θ, in which the errors are stated too: Σ = B J'W V W J B
with B = (J'W J)⁻¹, J the derivative of the line (C, q), W the weights and V the covariance of the
data. With W = V⁻¹ this is B itself.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import chi2

from paygrade.calibration.cells import Cells
from paygrade.calibration.criterion import (
    CURVATURES,
    HIGHEST,
    LOWEST,
    Criterion,
    Held,
    Lowest,
)
from paygrade.calibration.supply import Array, EffortSupply, Family
from paygrade.errors import DataError, InfeasibleFit, NotConverged, NotIdentified

STEPS = 100
SMALL = 1e-12  # a step in logarithms that changes nothing
TOLD = 0.455  # distance by which an end of the range of θ must be worse: the median of χ²(1)
NAMES = ("gamma", "k", "s", "curvature")  # the parameters, in the order of the coordinates


@dataclass(frozen=True, eq=False)
class Fit:
    """An estimate: coordinates log γ, log k, u, log θ (4,), of which `free` were estimated."""

    criterion: Criterion
    family: Family
    coordinates: Array
    free: tuple[int, ...]
    distance: float

    @property
    def supply(self) -> EffortSupply:
        """The parameters, and effort at every pay."""
        log_gamma, log_k, _, log_theta = self.coordinates
        gamma, theta = math.exp(log_gamma), math.exp(log_theta)
        held = self.criterion.held
        gamma = gamma if held.gamma is None else held.gamma
        theta = theta if held.curvature is None else held.curvature
        return EffortSupply(self.family, gamma, float(log_k), self._s(theta), theta)

    def _s(self, theta: float) -> float:
        lowest = float(self.criterion.cells.pay.min())
        held = self.criterion.held.s
        return math.exp(self.coordinates[2]) - lowest**theta if held is None else held

    @cached_property
    def jacobian(self) -> Array:
        """Derivative of the line at each condition by each free coordinate, (C, q)."""
        return slopes(self.criterion, self.coordinates, self.criterion.cells.pay)[:, self.free]

    @cached_property
    def bread(self) -> Array:
        """(J'WJ)⁻¹, (q, q)."""
        return np.asarray(
            np.linalg.inv(self.jacobian.T @ self.criterion.cells.weight @ self.jacobian)
        )

    @cached_property
    def covariance(self) -> Array | None:
        """Covariance of the free coordinates, (q, q); None where the data came without errors."""
        cells = self.criterion.cells
        if cells.covariance is None:
            return None
        middle = self.jacobian.T @ cells.weight
        return np.asarray(self.bread @ middle @ cells.covariance @ middle.T @ self.bread)

    @property
    def fitted(self) -> Array:
        """The line at each condition, on the scale of the link, (C,)."""
        return line(self.criterion, self.coordinates, self.criterion.cells.pay)

    def supply_line(self, pay: float) -> float:
        """Return the line at a piece rate, on the scale of the link."""
        return float(line(self.criterion, self.coordinates, np.array([pay]))[0])

    def overidentification(self) -> tuple[float, int, float] | None:
        """Return the statistic of all restrictions beyond those used, its df and p-value.

        r' Ω⁺ r with r = value - line and Ω = M V M', M = I - J B J'W: chi-squared with C - q
        degrees of freedom (Newey 1985, Econometrica 53). With W = V⁻¹ it is Hansen's J, the
        distance.
        """
        cells = self.criterion.cells
        df = len(cells.pay) - len(self.free)
        if cells.covariance is None or df == 0:
            return None
        made = np.eye(len(cells.pay)) - self.jacobian @ self.bread @ self.jacobian.T @ cells.weight
        rest = cells.value - self.fitted
        values, vectors = np.linalg.eigh(made @ cells.covariance @ made.T)
        kept = np.argsort(values)[-df:]  # the rest are 0 but for rounding
        statistic = float((((rest @ vectors[:, kept]) ** 2) / values[kept]).sum())
        return statistic, df, float(chi2.sf(statistic, df))


def fit_line(cells: Cells, family: Family, held: Held) -> Fit:
    """Return the best line.

    Raises:
        NotIdentified: too few conditions for the parameters, or effort doesn't depend on pay.
        InfeasibleFit: effort falls with pay, or rises in a way that no motivation explains.
        NotConverged: the last steps don't settle.
        DataError: means without errors have no weights, and more of them than parameters need some.
    """
    criterion = Criterion(cells, held)
    values = (held.gamma, held.log_k, held.s, held.curvature)
    free = tuple(i for i, value in enumerate(values) if value is None)
    _refuse_unidentified(cells, held, len(free))
    found = criterion.lowest()
    _refuse_edges(cells, held, found)
    if held.curvature is None:
        _refuse_flat(criterion, found)
    start = [-math.log(found.slope), -found.intercept / found.slope, found.u]
    coordinates = np.array([*start, math.log(found.curvature)])
    return _finished(criterion, family, coordinates, free)


def line(criterion: Criterion, coordinates: Array, pay: Array) -> Array:
    """Return the line (log(s + p^θ) - log k)/γ at these piece rates."""
    log_gamma, log_k, u, log_theta = coordinates
    x = u + np.log1p(criterion.offset(pay, np.exp(log_theta)) * np.exp(-u))
    return np.asarray((x - log_k) * np.exp(-log_gamma))


def slopes(criterion: Criterion, coordinates: Array, pay: Array) -> Array:
    """Return the line's derivative by log γ, log k, u and log θ at each piece rate, (P, 4)."""
    log_gamma, _, u, log_theta = coordinates
    theta, lowest = math.exp(log_theta), float(criterion.cells.pay.min())
    wanted = np.exp(u) + criterion.offset(pay, theta)  # s + p^θ
    bend = _power_slope(pay, theta)
    if criterion.held.s is None:  # then u, not s, stays as θ moves
        bend = bend - _power_slope(np.array(lowest), theta)
    by_x = math.exp(-log_gamma)
    return np.column_stack(
        [
            -line(criterion, coordinates, pay),
            np.full_like(pay, -by_x),
            by_x * math.exp(u) / wanted,
            by_x * theta * bend / wanted,
        ]
    )


def _power_slope(pay: Array, theta: float) -> Array:
    """Return the derivative of p^θ by θ."""
    return np.asarray(pay**theta * np.log(np.where(pay > 0.0, pay, 1.0)))


def _finished(
    criterion: Criterion, family: Family, coordinates: Array, free: tuple[int, ...]
) -> Fit:
    """Take Gauss-Newton steps until they change nothing."""
    cells = criterion.cells
    root = cells.root.T

    def rest(at: Array) -> Array:
        if criterion.held.s is not None:  # u follows θ
            at[2] = math.log(criterion.held.s + cells.pay.min() ** math.exp(at[3]))
        with np.errstate(all="ignore"):  # a step too far is taken back
            return np.asarray(root @ (cells.value - line(criterion, at, cells.pay)))

    here = rest(coordinates)
    for _ in range(STEPS):
        way = root @ slopes(criterion, coordinates, cells.pay)[:, free]
        step = np.zeros(4)
        step[list(free)] = np.linalg.lstsq(way, here, rcond=None)[0]
        for halved in 0.5 ** np.arange(30.0):
            tried = coordinates + halved * step
            there = rest(tried)
            if there @ there <= here @ here:
                break
        else:
            tried, there = coordinates, here  # rounding is all that is left
        settled = float(np.abs(tried - coordinates).max()) <= SMALL * (1.0 + np.abs(tried).max())
        coordinates, here = tried, there
        if settled:
            _refuse_collinear(way)
            return Fit(criterion, family, coordinates, free, float(here @ here))
    raise NotConverged(
        f"the last of {STEPS} steps still moved the estimate, so it is not returned; fix a"
        " parameter that is known, or add a condition of pay"
    )


def _refuse_collinear(way: Array) -> None:
    values = np.linalg.svd(way / np.linalg.norm(way, axis=0), compute_uv=False)
    if way.shape[1] and not values[-1] > 1e-9 * values[0]:
        raise NotIdentified(
            "two parameters move the fit in the same way, so the data can't tell them apart; fix"
            " one of them, or add a condition of pay between the others"
        )


def _refuse_unidentified(cells: Cells, held: Held, parameters: int) -> None:
    conditions = len(np.unique(cells.pay))
    if conditions < max(parameters, 1):
        raise NotIdentified(
            f"{conditions} conditions of pay can't tell {parameters} parameters; add conditions"
            f" with other pay, or fix {parameters - conditions} of them, as in fixed={{'s': 0.0}}"
        )
    if cells.covariance is None and len(cells.pay) > parameters:
        raise DataError(
            f"{len(cells.pay)} means for {parameters} parameters can't all be met, and without"
            " their errors it is unclear which matter most; give se, or sd and n"
        )
    if held.s is not None and held.s + cells.pay.min() ** (held.curvature or 1.0) <= 0.0:
        raise InfeasibleFit(
            f"s={held.s:g} with pay {cells.pay.min():g} leaves no reason to work, yet people did;"
            " leave that condition out, or let s be estimated"
        )
    if float(np.ptp(cells.value)) <= 1e-12 * (1.0 + float(np.abs(cells.value).max())):
        raise NotIdentified(
            "effort is the same under every pay, so any cost steep enough explains it; add pay that"
            " moves effort"
        )


def _refuse_flat(criterion: Criterion, found: Lowest) -> None:
    """Refuse to tell a bend of utility from a bend of cost where any bend does about as well."""
    for end in CURVATURES:
        worse = criterion.holding(curvature=end).lowest().distance - found.distance
        if not worse > TOLD or abs(math.log(found.curvature / end)) < 1e-6:
            raise NotIdentified(
                f"curvature={end:g} fits about as well as {found.curvature:.3g} (distance"
                f" {worse:.2g} more): where motivation is small beside pay, only the ratio of"
                " curvature to gamma can be told; fix curvature (1 is money at its face value)"
            )


def _refuse_edges(cells: Cells, held: Held, found: Lowest) -> None:
    if not (math.isfinite(found.distance) and found.slope > 0.0):
        raise InfeasibleFit(
            "effort does not rise with pay, and no cost of effort explains that; look at order,"
            " fatigue or crowding out between the conditions, or at how effort is measured"
        )
    if held.s is not None:
        return
    wide = np.log(cells.pay.max() ** found.curvature - cells.pay.min() ** found.curvature)
    if found.u - wide > HIGHEST - 0.5:
        raise InfeasibleFit(
            "effort rises with pay in proportion or faster, where rising marginal costs make each"
            " further unit of pay move it less; check pay and effort for their units, or fix s"
        )
    if found.u - wide < LOWEST + 0.5:
        raise InfeasibleFit(
            "any pay at all seems to bring out all the effort that the highest does, so curvature"
            " has no end; leave out conditions that people took for alike, or fix gamma"
        )
