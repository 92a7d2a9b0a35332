"""Strengths of the models and attentiveness of the users, estimated together.

An attentive user chooses by Bradley and Terry's law, so that y of a comparison is
tanh((winner's strength - loser's)/2). For given strengths each user's maximum is found alone
(`each`); what is left is a smooth function of the few strengths.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from paygrade.attention.comparisons import Cells
from paygrade.attention.each import Prior, Solved, solve_each
from paygrade.errors import DataError, NotConverged
from paygrade.labels.codes import Ints

Array = NDArray[np.float64]

FLAT_SLOPE = 1e-8  # of the log-likelihood per comparison: taken for the top
FARTHEST = 30.0  # strengths further apart have run away: e^-30 is no chance that data can show
MOST_MODELS = 2**15
NUDGE = 1e-3  # relative change of all strengths that measures how well their scale is known


@dataclass(frozen=True, eq=False)
class Strengths:
    """Models' strengths.

    Attributes:
        models: names.
        strength: logarithm of Bradley and Terry's, mean 0, (models,).
        scale_error: standard error of the logarithm of the strengths' common scale. Where it is
            large, strengths could be stretched and all users called less attentive, or the other
            way round, with the data none the wiser; the users' order stays what it is.
        solved: the users at these strengths.
        cells: the comparisons with the margins that these strengths give.
        history: log-likelihood relative to a coin, after each iteration.
    """

    models: NDArray[Any]
    strength: Array
    scale_error: float
    solved: Solved = field(repr=False)
    cells: Cells = field(repr=False)
    history: Array = field(repr=False)


def fit_strengths(
    cells: Cells, models: NDArray[Any], prior: Prior, tolerance: float, max_iterations: int
) -> Strengths:
    """Return the strengths that, with each user's best attentiveness, have the highest likelihood.

    Quasi-Newton (BFGS) on the profile L(s) = max over all e of L(s, e), whose slope is the partial
    one at these e. The climb starts at each model's log odds of winning. Few comparisons a user
    stretch the strengths: users are never taken for more than fully attentive, so chance makes them
    look less attentive on average than they are, and the strengths larger.

    Arguments:
        cells: comparisons with `margin` = winner's number · MOST_MODELS + loser's number.
        models: names.
        prior: of attentiveness, a and b of a Beta density.
        tolerance: of attentiveness, as in `solve_each`.
        max_iterations: the most that are tried.

    Raises:
        DataError: fewer than three models, or two groups of models that never met.
        NotConverged: the iterations ran out, or a model's strength runs off to infinity.
    """
    kind = cells.margin.astype(np.int64)
    winner, loser = np.divmod(kind, MOST_MODELS)
    _refuse_unidentified(winner, loser, models)
    total = float(cells.count.sum())

    def with_margins(strength: Array) -> Cells:
        return replace(cells, margin=np.tanh((strength[winner] - strength[loser]) / 2.0))

    def loss(strength: Array) -> tuple[float, Array]:
        here = with_margins(strength)
        solved = solve_each(here, prior, "newton", tolerance, 200)
        attentive = np.repeat(solved.attentiveness, np.diff(cells.offsets))
        pull = attentive / (1.0 + attentive * here.margin) * (1.0 - here.margin**2) / 2.0
        pull *= cells.count
        slope = np.bincount(winner, pull, len(models)) - np.bincount(loser, pull, len(models))
        return -float(solved.log_likelihood.sum()) / total, -slope / total

    start = _start(winner, loser, cells.count, len(models))
    history = [-total * loss(start)[0]]
    found = minimize(
        loss,
        start,
        jac=True,
        method="BFGS",
        callback=lambda intermediate_result: history.append(-total * intermediate_result.fun),
        options={"gtol": FLAT_SLOPE, "maxiter": max_iterations},
    )
    slope = float(np.abs(found.jac).max())
    spread = float(np.ptp(found.x))
    if spread > FARTHEST or slope > 1e2 * FLAT_SLOPE:
        raise NotConverged(_why_not(spread, slope, found.x, models, max_iterations))
    strength = found.x - found.x.mean()
    apart = [float(strength @ loss(strength * (1.0 + way))[1]) for way in (-NUDGE, NUDGE)]
    bend = total * (apart[1] - apart[0]) / (2.0 * NUDGE)
    error = float(bend**-0.5) if bend > 0.0 else np.inf
    at_top = with_margins(strength)
    solved = solve_each(at_top, prior, "newton", tolerance, 200)
    return Strengths(models, strength, error, solved, at_top, np.array(history))


def _start(winner: Ints, loser: Ints, count: NDArray[Any], models: int) -> Array:
    """Return the log odds of winning of each model against all others, half a game added."""
    wins = np.bincount(winner, count, models) + 0.5
    losses = np.bincount(loser, count, models) + 0.5
    balance = np.log(wins / losses)
    return np.asarray(balance - balance.mean())


def _refuse_unidentified(winner: Ints, loser: Ints, models: NDArray[Any]) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(models) < 3:
        raise DataError(
            f"there are {len(models)} models, and with two only attentiveness times the difference"
            " of their strengths shows in the data; compare three or more, or give mu"
        )
    met = coo_array((np.ones(len(winner)), (winner, loser)), shape=(len(models), len(models)))
    groups, group = connected_components(met, directed=False)
    if groups > 1:
        other = str(models[group != group[0]][0])
        raise DataError(
            f"models {str(models[0])!r} and {other!r} belong to groups that never met, so their"
            " strengths can't be compared; add comparisons between the groups or fit each alone"
        )


def _why_not(
    spread: float, slope: float, strength: Array, models: NDArray[Any], max_iterations: int
) -> str:
    if spread > FARTHEST:
        extreme = str(models[np.abs(strength - np.median(strength)).argmax()])
        return (
            f"the strength of model {extreme!r} runs off to infinity: it beats, or loses to, the"
            " others whenever users pay attention; leave it out, or add comparisons with models"
            " closer to it"
        )
    return (
        f"within max_iterations={max_iterations} the slope of the log-likelihood per comparison"
        f" fell to {slope:.1e} only; allow more iterations"
    )
