"""How near a fit is to its maximum, measured anew from what was found and not from how.

Where the problem is concave (users one by one, distributions on a grid) the slope bounds what is
left to gain. Elsewhere slopes are all there is: flat at a maximum, but at other places too.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from paygrade.attention.comparisons import Cells
from paygrade.attention.fit import Fit, Settings
from paygrade.attention.population import GridPrior, TwoTypes, type_evidence
from paygrade.attention.scattered import Scattered
from paygrade.attention.slack import slack_of
from paygrade.attention.store import Store
from paygrade.attention.strengths import MOST_MODELS, Strengths

Array = NDArray[np.float64]

ROUNDING = 1e-12  # of a user's likelihood on a grid, relative: a sum of up to 10,000 logarithms


@dataclass(frozen=True)
class Convergence:
    """How near a fit is to its maximum.

    Attributes:
        iterations: that the slowest user, or the group's law, took.
        slope: largest slope of the log-likelihood that leads to values which are allowed: in a
            user's attentiveness, in models' strengths, in log odds of the two types' share and μ;
            on a grid, towards the best other distribution.
        slack: what any other values could add to the log-likelihood at most; None: not known.
        evidence: BOUNDED (that bound holds, rounding included) or CHECKED (slopes are flat).
    """

    iterations: int
    slope: float
    slack: float | None
    evidence: Literal["BOUNDED", "CHECKED"]


def measure_convergence(settings: Settings, store: Store | Scattered, fit: Fit) -> Convergence:
    """Return slopes and slack at a fit; comparisons in partitions are read again."""
    steps, found = len(fit.history) - 1, fit.population
    if isinstance(found, GridPrior):
        slack = found.gap + ROUNDING * len(found.posterior)
        return Convergence(steps, found.gap, slack, "BOUNDED")
    if isinstance(store, Scattered):
        slope, slack = store.slack(settings)
        return Convergence(steps, slope, slack, "BOUNDED")
    if isinstance(found, TwoTypes):
        return Convergence(steps, two_type_slope(store.cells(), found), None, "CHECKED")
    if isinstance(found, Strengths):
        users, _ = slack_of(found.cells, fit.attentiveness, settings.prior)
        return Convergence(steps, max(users, strength_slope(store.cells(), found)), None, "CHECKED")
    slope, slack = slack_of(store.cells(), fit.attentiveness, settings.prior)
    return Convergence(steps, slope, slack, "BOUNDED")


def two_type_slope(cells: Cells, found: TwoTypes) -> float:
    """Return the larger slope, in the log odds of the share and of μ if that was estimated."""
    if found.mu is None:
        with np.errstate(divide="ignore"):
            evidence = cells.per_user(cells.count * np.log1p(cells.margin))
        return abs(float((expit(logit(found.share) + evidence) - found.share).sum()))
    won = cells.per_user(cells.count * (cells.margin > 0.0))
    made = cells.comparisons().astype(float)
    evidence = type_evidence(found.mu, won, made)
    attentive = expit(logit(found.share) + evidence)
    in_mu = float((attentive * (won - found.mu * made)).sum())
    return max(abs(float((attentive - found.share).sum())), abs(in_mu))


def strength_slope(cells: Cells, found: Strengths) -> float:
    """Return the largest slope in a model's strength; `cells` say who won and who lost."""
    winner, loser = np.divmod(cells.margin.astype(np.int64), MOST_MODELS)
    attentive = np.repeat(found.solved.attentiveness, np.diff(cells.offsets))
    margin = np.tanh((found.strength[winner] - found.strength[loser]) / 2.0)
    pull = cells.count * attentive * (1.0 - margin**2) / (2.0 * (1.0 + attentive * margin))
    models = len(found.models)
    slope = np.bincount(winner, pull, models) - np.bincount(loser, pull, models)
    return float(np.abs(slope).max())
