"""What users are like as a group: two types of them, or any distribution of attentiveness.

A group's law turns the likelihood of one user into a posterior: a user with three labels is then
judged by the three labels and by what the others are like.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.special import expit, logit, xlogy

from paygrade.attention.comparisons import Cells
from paygrade.errors import DataError, NotConverged

Array = NDArray[np.float64]

STARTS = (0.55, 0.65, 0.75, 0.85, 0.95)  # of μ; EM for two types may have more than one maximum
LEAST_GAIN = 1e-9  # of the grid's log-likelihood, in total: what any other prior could still add


@dataclass(frozen=True, eq=False)
class TwoTypes:
    """A share of users is always attentive, the others toss a coin.

    Attributes:
        share: π, of attentive users.
        mu: their μ if it was estimated, else None.
        posterior: probability of being attentive, (users,).
        history: log-likelihood relative to a coin, after each iteration.
    """

    share: float
    mu: float | None
    posterior: Array
    history: Array


@dataclass(frozen=True, eq=False)
class GridPrior:
    """The distribution of attentiveness on a grid that makes the comparisons most likely (NPMLE).

    Attributes:
        grid: attentiveness, ascending, (points,).
        weights: probability of each, (points,).
        gap: bound on what any other distribution on the grid could add to the log-likelihood.
        posterior: of each user, (users, points).
        history: log-likelihood relative to a coin, after each iteration.
    """

    grid: Array
    weights: Array
    gap: float
    posterior: Array
    history: Array


def fit_two_types(cells: Cells, known_mu: bool, tolerance: float, max_iterations: int) -> TwoTypes:
    """Return the share of attentive users, their μ if it isn't known, and everybody's posterior.

    Arguments:
        cells: the comparisons; with unknown μ, margins are ±1 and only their signs count.
        known_mu: margins are ±(2μ - 1).
        tolerance: largest error of π and μ, as the steps' contraction tells it.
        max_iterations: the most that are tried.

    Raises:
        DataError: π and μ can't be told apart, or attentive users would choose like a coin.
        NotConverged: the iterations ran out.
    """
    if known_mu:
        with np.errstate(divide="ignore"):
            evidence = cells.per_user(cells.count * np.log1p(cells.margin))
        start = np.array([0.5])
        found, history = _em(start, lambda x: _share_step(x, evidence), tolerance, max_iterations)
        share, mu = float(found[0]), None
    else:
        found, history, evidence = _unknown_mu(cells, tolerance, max_iterations)
        share, mu = float(found[0]), float(found[1])
    return TwoTypes(share, mu, expit(logit(share) + evidence), history)


def _unknown_mu(cells: Cells, tolerance: float, max_iterations: int) -> tuple[Array, Array, Array]:
    won = cells.per_user(cells.count * (cells.margin > 0.0))
    made = cells.comparisons().astype(float)
    if not (made > 1).any():
        raise DataError(
            "no user made two comparisons, and then only the product of the share of attentive"
            " users and (μ - ½) shows in the data; add comparisons of the same users, or give mu"
        )
    pairs, often = np.unique(np.stack([won, made]), axis=1, return_counts=True)
    wins, tries = pairs
    best: tuple[Array, Array] | None = None
    for start in STARTS:
        found = _em(
            np.array([0.5, start]),
            lambda x: _type_step(x, wins, tries, often.astype(float)),
            tolerance,
            max_iterations,
        )
        if best is None or found[1][-1] > best[1][-1]:
            best = found
    assert best is not None  # noqa: S101
    mu = float(best[0][1])
    if mu <= 0.5:
        raise DataError(
            "no group of users lets the stronger model win more often than a coin would, so nobody"
            " can be told to be attentive; check which model is the stronger one"
        )
    return best[0], best[1], type_evidence(mu, won, made)


def type_evidence(mu: float, won: Array, made: Array) -> Array:
    """Return the log-likelihood of each user if attentive, relative to a coin, (users,)."""
    return np.asarray(xlogy(won, 2.0 * mu) + xlogy(made - won, 2.0 * (1.0 - mu)))


def _share_step(at: Array, evidence: Array) -> tuple[Array, float]:
    share = at[0]
    with np.errstate(divide="ignore"):  # a share of 0 or 1 is an answer like any other
        value = np.logaddexp(np.log(share) + evidence, np.log1p(-share)).sum()
    return np.array([expit(logit(share) + evidence).mean()]), float(value)


def _type_step(at: Array, won: Array, made: Array, often: Array) -> tuple[Array, float]:
    share, mu = at
    evidence = type_evidence(float(mu), won, made)
    with np.errstate(divide="ignore"):
        value = (often * np.logaddexp(np.log(share) + evidence, np.log1p(-share))).sum()
    attentive = often * expit(logit(share) + evidence)
    rate = (attentive * won).sum() / (attentive * made).sum()
    return np.array([attentive.sum() / often.sum(), max(rate, 0.5)]), float(value)


def _em(
    start: Array,
    step: Callable[[Array], tuple[Array, float]],
    tolerance: float,
    max_iterations: int,
) -> tuple[Array, Array]:
    """Return the fixed point of the step, and the log-likelihood on the way.

    Steps of EM shrink by a factor r, so that what is left is the last one times r/(1 - r).
    """
    at, history = start, []
    before = np.inf
    for _ in range(max_iterations):
        after, value = step(at)
        history.append(value)
        moved = float(np.abs(after - at).max())
        shrinks = min(moved / before, 1.0) if before > 0.0 else 0.0
        left = moved * shrinks / (1.0 - shrinks) if shrinks < 1.0 else np.inf
        at, before = after, moved
        if moved == 0.0 or (left < tolerance and moved < tolerance):
            return at, np.array(history)
    raise NotConverged(
        f"after max_iterations={max_iterations} EM still moves by {before:.1e} an iteration, and"
        f" its end is not within tolerance={tolerance!r}; allow more of either"
    )


def fit_grid(cells: Cells, grid: Array, max_iterations: int) -> GridPrior:
    """Return the most likely distribution of attentiveness on the grid.

    Each iteration solves the quadratic model of the log-likelihood over all distributions at once
    (constrained Newton, Wang 2007, J. R. Stat. Soc. B 69) and halves its step until the likelihood
    rises. With D(g) = mean over users of L_j(g)/L_j(prior), no distribution has a log-likelihood
    higher by more than users·(max D - 1), so the end is proved, not guessed.

    Arguments:
        cells: the comparisons; users without any are left out of the fit.
        grid: attentiveness, ascending in [0, 1], (points,).
        max_iterations: the most that are tried.

    Raises:
        NotConverged: the iterations ran out.
    """
    logs = np.stack([_value_at(cells, point) for point in grid], axis=1)
    top = logs.max(axis=1, keepdims=True)
    likely = np.exp(logs - top)
    used = likely[cells.offsets[:-1] < cells.offsets[1:]]
    shift = float(top.sum())
    weights = np.full(len(grid), 1.0 / len(grid))
    history = [float(np.log(used @ weights).sum()) + shift]
    gap = np.inf
    for _ in range(max_iterations):
        ratio = used / (used @ weights)[:, None]
        gap = len(used) * (float(ratio.mean(axis=0).max()) - 1.0)
        if gap < LEAST_GAIN * max(1.0, len(used)):
            posterior = likely * weights
            posterior /= posterior.sum(axis=1, keepdims=True)
            return GridPrior(grid, weights, gap, posterior, np.array(history))
        weights = _climb(used, ratio, weights)
        history.append(float(np.log(used @ weights).sum()) + shift)
    raise NotConverged(
        f"after max_iterations={max_iterations} another prior on the grid could still add"
        f" {gap:.1e} to the log-likelihood; allow more iterations, or take a coarser grid"
    )


def _climb(likely: Array, ratio: Array, weights: Array) -> Array:
    """Return better weights: the quadratic model's, or on the way there if they overshoot."""
    users = len(ratio)
    triangle: Array = np.asarray(np.linalg.qr(ratio, mode="r"))
    target = np.linalg.lstsq(triangle.T, 2.0 * ratio.sum(axis=0), rcond=None)[0]
    heavy = np.sqrt(users) * 1e3  # holds the sum of the weights at 1
    rows = np.vstack([triangle, np.full(len(weights), heavy)])
    aim = nnls(rows, np.append(target, heavy))[0]
    aim /= aim.sum()
    value = np.log(likely @ weights).sum()
    for _ in range(40):
        if np.log(likely @ aim).sum() > value:
            return np.asarray(aim)
        aim = 0.5 * (aim + weights)
    return np.asarray(weights * ratio.mean(axis=0))  # a step of EM always rises


def _value_at(cells: Cells, point: float) -> Array:
    values = np.empty(cells.users)
    for users, part in cells.parts():
        with np.errstate(divide="ignore"):
            values[users] = part.per_user(part.count * np.log1p(point * part.margin))
    return values


def posterior_interval(prior: GridPrior, level: float) -> tuple[Array, Array]:
    """Return the ends of each user's central posterior interval, grid points, (users,) each."""
    below = np.cumsum(prior.posterior, axis=1)
    miss = (1.0 - level) / 2.0
    low = (below < miss).sum(axis=1)
    high = (below < 1.0 - miss - 1e-12).sum(axis=1)
    return prior.grid[low], prior.grid[np.minimum(high, len(prior.grid) - 1)]
