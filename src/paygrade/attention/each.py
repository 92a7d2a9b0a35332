"""Each user's attentiveness on its own: Newton's method, EM as its reference, and intervals.

L(e) = Σ log(1 + e·y) is concave in e, so a user's maximum is found alone, whatever the others do.
Users are solved in runs whose terms stay in the core's cache: labels are read from memory about
once, not once an iteration.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, xlog1py, xlogy

from paygrade.assessment.intervals import exact_interval
from paygrade.attention.comparisons import Cells

Array = NDArray[np.float64]
Prior = tuple[float, float]
FLAT: Prior = (1.0, 1.0)  # Beta(1, 1)

EM_START = 0.1  # as in proofs/t15_em_rate.py
NEAR_END = 0.02  # the method of moments starts no closer to 0 and 1
FEW = 0.4  # share of a run's users still climbing at which they go on alone
PER_USER = ("labels", "at", "low", "high", "value", "slope", "bend", "active")
LEVEL = 1e-12  # a slope this small, relative to the bend, is rounding
ROUNDING = 1e-13  # of a log-likelihood, relative: a loss this small is none


@dataclass(frozen=True, eq=False)
class Solved:
    """Maxima of each user's likelihood.

    Attributes:
        attentiveness: the maximum of each user, (users,).
        log_likelihood: of each user there, relative to a coin, (users,).
        history: of all users together, at the start and after each iteration.
        unfinished: how many users had not converged when the iterations ran out.
    """

    attentiveness: Array
    log_likelihood: Array
    history: Array
    unfinished: int


def solve_each(
    cells: Cells, prior: Prior, method: str, tolerance: float, max_iterations: int
) -> Solved:
    """Return each user's maximum of L(e), or of it plus the log of a Beta density.

    A maximum at an end of [0, 1] is found by the slope there, which decides because L is concave;
    EM would only creep up to it, like 1/iterations (T15). Users without information get ½.

    Arguments:
        cells: the comparisons.
        prior: a and b of the Beta density, each at least 1.
        method: "newton" or "em".
        tolerance: largest error of an attentiveness, as the next Newton step tells it.
        max_iterations: the most that are tried.
    """
    step = _newton if method == "newton" else _em
    start = None if method == "newton" else EM_START
    found, likelihood = np.empty(cells.users), np.empty(cells.users)
    totals: list[float] = [0.0]
    settled, unfinished = 0.0, 0  # log-likelihood of runs that needed fewer iterations
    for users, part in cells.parts():
        run = _Run(part, prior, start)
        history = run.climb(step, tolerance, max_iterations)
        found[users], likelihood[users] = run.at, run.value
        unfinished += int(run.active.sum())
        totals += [settled] * (len(history) - len(totals))
        history += [history[-1]] * (len(totals) - len(history))
        totals = [total + value for total, value in zip(totals, history, strict=True)]
        settled += history[-1]
    return Solved(found, likelihood, np.array(totals), unfinished)


def interval_each(cells: Cells, level: float) -> tuple[Array, Array]:
    """Return the ends of an interval for each user's attentiveness, (users,) each.

    One μ throughout a user's comparisons: the number of wins is binomial, and the interval is the
    Clopper-Pearson one of its share, read as attentiveness and cut to [0, 1]; it covers at least
    as often as it says. Several: the likelihood-ratio interval, the e in [0, 1] with 2(L(ê) - L(e))
    at most the `level` quantile of chi-square with one degree of freedom; it covers about as often
    as it says. At 0 and 1 it just ends. No information: (0, 1).

    Arguments:
        cells: the comparisons.
        level: confidence, in (0, 1).
    """
    low, high = np.zeros(cells.users), np.ones(cells.users)
    drop = float(chdtri(1.0, 1.0 - level)) / 2.0
    for users, part in cells.parts():
        run = _Run(part, FLAT)
        size, exact = _common_size(run)
        if exact.all():
            low[users], high[users] = _exact_interval(run, size, level)
            continue
        run.climb(_newton, 1e-9, 200)
        floor = run.value - drop
        ends = _crossing(run, floor, 0.0), _crossing(run, floor, 1.0)
        sure = _exact_interval(run, size, level)
        low[users], high[users] = (np.where(exact, a, b) for a, b in zip(sure, ends, strict=True))
    return low, high


def _common_size(run: "_Run") -> tuple[Array, NDArray[np.bool_]]:
    """Return the greatest size of each user's margins, and whether all others are 0 or the same."""
    size, least = np.zeros(run.cells.users), np.full(run.cells.users, np.inf)
    margin = np.abs(run.cells.margin)
    np.maximum.at(size, run.row, margin)
    np.minimum.at(least, run.row, np.where(margin > 0.0, margin, np.inf))
    return size, (size == least) | (size == 0.0)


def _exact_interval(run: "_Run", size: Array, level: float) -> tuple[Array, Array]:
    cells = run.cells
    wins = cells.per_user(cells.count * (cells.margin > 0.0))
    made = cells.per_user(cells.count * (cells.margin != 0.0))
    shares = exact_interval(wins, made, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (np.clip((2.0 * share - 1.0) / size, 0.0, 1.0) for share in shares)
    known = size > 0.0
    return np.where(known, low, 0.0), np.where(known, high, 1.0)


class _Run:
    """A run of users on the way up, with what is known about each; None starts at the moments."""

    def __init__(self, cells: Cells, prior: Prior, start: float | None = None):
        self.cells, self.prior = cells, prior
        self.row = np.repeat(np.arange(cells.users), np.diff(cells.offsets))
        self.labels = cells.comparisons()
        signed = cells.margin * cells.count
        first, second = cells.per_user(signed), cells.per_user(signed * cells.margin)
        informed = second > 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            moment = np.clip(first / second, NEAR_END, 1.0 - NEAR_END)
        self.at = np.where(informed, moment if start is None else start, 0.5)
        self.low, self.high = np.zeros(cells.users), np.ones(cells.users)
        self.value, self.slope, self.bend = self.terms(self.at)
        self.active = informed | (max(prior) > 1.0)
        if prior[0] == 1.0:
            self.settle(self.active & (first - (prior[1] - 1.0) <= LEVEL * second), 0.0)
        if prior[1] == 1.0 and self.active.any():
            _, slope, bend = self.terms(np.ones(cells.users))
            self.settle(self.active & np.isfinite(bend) & (slope >= LEVEL * bend), 1.0)

    def settle(self, users: NDArray[np.bool_], at: float) -> None:
        """Put these users at an end of [0, 1] for good; their likelihood joins at the next step."""
        self.low[users] = self.high[users] = at
        self.active = self.active & ~users

    def terms(self, at: Array) -> tuple[Array, Array, Array]:
        """Return log-likelihood, slope and bend of each user, the prior's included."""
        a, b = self.prior
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            scaled = at[self.row]
            scaled *= self.cells.margin
            ratio = self.cells.margin / (1.0 + scaled)
            np.log1p(scaled, out=scaled)
            if self.cells.count.strides != (0,):
                scaled *= self.cells.count
                slope = self.cells.per_user(ratio * self.cells.count)
                bend = -self.cells.per_user(ratio * ratio * self.cells.count)
            else:
                slope = self.cells.per_user(ratio)
                bend = -self.cells.per_user(ratio * ratio)
            value = self.cells.per_user(scaled)
            if a > 1.0:
                value += xlogy(a - 1.0, at)
                slope += (a - 1.0) / at
                bend -= (a - 1.0) / at**2
            if b > 1.0:
                value += xlog1py(b - 1.0, -at)
                slope -= (b - 1.0) / (1.0 - at)
                bend -= (b - 1.0) / (1.0 - at) ** 2
        return value, slope, bend

    def climb(
        self, step: "Callable[[_Run], Array]", tolerance: float, max_iterations: int
    ) -> list[float]:
        """Raise the likelihood until all have converged; return its history."""
        history = [float(self.value.sum())]
        self.at = np.where(self.low == self.high, self.low, self.at)
        for iteration in range(max_iterations):
            climbing = int(self.active.sum())
            if not climbing and iteration:
                break
            if iteration and climbing < FEW * len(self.active):
                return history + self.climb_alone(step, tolerance, max_iterations - iteration)
            aim = np.where(self.active, step(self), self.at)
            with np.errstate(divide="ignore", invalid="ignore"):
                near = ~(np.abs(self.slope) > tolerance * np.abs(self.bend))
            value, slope, bend = self.terms(aim)
            rises = value >= self.value - ROUNDING * (1.0 + np.abs(self.value))
            rises |= ~self.active
            up = slope > 0.0
            self.low = np.where(self.active & up, aim, self.low)
            self.high = np.where(self.active & ~up, aim, self.high)
            self.at = np.where(rises, aim, self.at)
            self.value = np.where(rises, value, self.value)
            self.slope = np.where(rises, slope, self.slope)
            self.bend = np.where(rises, bend, self.bend)
            self.active = self.active & ~(near & rises) & (self.high - self.low > 1e-15)
            history.append(float(self.value.sum()))
        return history

    def climb_alone(
        self, step: "Callable[[_Run], Array]", tolerance: float, max_iterations: int
    ) -> list[float]:
        """Go on with the users still climbing, without passing over the others' cells."""
        users = np.flatnonzero(self.active)
        rest = copy(self)
        rest.cells = self.cells.of(users)
        rest.row = np.repeat(np.arange(len(users)), np.diff(rest.cells.offsets))
        for name in PER_USER:
            setattr(rest, name, getattr(self, name)[users])
        others = float(self.value.sum() - rest.value.sum())
        history = rest.climb(step, tolerance, max_iterations)
        for name in PER_USER:
            getattr(self, name)[users] = getattr(rest, name)
        return [others + value for value in history[1:]]


def _newton(run: _Run) -> Array:
    """Return Newton's step; where it leaves what is known to hold the maximum, half the way."""
    with np.errstate(divide="ignore", invalid="ignore"):
        aim = run.at - run.slope / run.bend
    beyond = np.where(run.slope > 0.0, run.high, run.low)
    inside = (run.low <= aim) & (aim <= run.high) & (aim != beyond)
    return np.where(inside, aim, 0.5 * (run.at + beyond))


def _em(run: _Run) -> Array:
    """Return the mean posterior of "given attentively" (T15); a prior counts as labels too."""
    a, b = run.prior
    at, labels, ahead = run.at, run.labels, run.slope
    with np.errstate(divide="ignore", invalid="ignore"):  # users at 0 or 1 don't climb any more
        if a > 1.0:
            ahead = ahead - (a - 1.0) / at
        if b > 1.0:
            ahead = ahead + (b - 1.0) / (1.0 - at)
        careful = labels * at + at * (1.0 - at) * ahead
    return np.asarray((careful + a - 1.0) / np.maximum(labels + a + b - 2.0, 1.0))


def _crossing(run: _Run, floor: Array, end: float) -> Array:
    """Return where L falls to `floor` on the way from the maximum to this end; else the end.

    Newton's method from the end: L is concave, so its tangents lie above it and the steps never
    pass the crossing; where L is -inf at the end, the interval is halved first.
    """
    at = np.full(len(floor), end)
    inner, outer = run.at.copy(), at.copy()
    value, slope, _ = run.terms(at)
    open_ended = (value >= floor) | (inner == end)
    for _ in range(100):
        with np.errstate(divide="ignore", invalid="ignore"):
            aim = at + (floor - value) / slope
        between = (np.minimum(inner, outer) <= aim) & (aim <= np.maximum(inner, outer))
        aim = np.where(between, aim, 0.5 * (inner + outer))
        done = open_ended | (np.abs(aim - at) < 1e-10)
        if done.all():
            break
        at = np.where(done, at, aim)
        value, slope, _ = run.terms(at)
        outer = np.where(value < floor, at, outer)
        inner = np.where(value >= floor, at, inner)
    return np.where(open_ended, end, at)
