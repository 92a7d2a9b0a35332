"""How well the share of attentive users is known, and what that leaves of each one's posterior.

A posterior takes the share for known. Where the most likely share is 1, it calls everybody
attentive, on no evidence of their own; so users are judged at the ends of the share's interval.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, brentq, minimize_scalar
from scipy.special import chdtri, expit, logit

from paygrade.attention.comparisons import Cells
from paygrade.attention.population import TwoTypes, type_evidence

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ShareInterval:
    """The shares of attentive users that the comparisons don't rule out.

    Attributes:
        low: smallest share.
        high: largest share.
        posterior_low: least probability of being attentive at low, high or the estimate, (users,).
        posterior_high: greatest one, (users,).
    """

    low: float
    high: float
    posterior_low: Array
    posterior_high: Array


def share_interval(cells: Cells, found: TwoTypes, level: float) -> ShareInterval:
    """Return the likelihood-ratio interval of the share, with μ at its best for each share.

    At 0 and 1 it just ends, where it covers more often than it says (half of chi-square's mass is
    at 0 there: Self and Liang 1987, J. Am. Stat. Assoc. 82).

    Arguments:
        cells: the comparisons, as in `fit_two_types`.
        found: the fit.
        level: confidence, in (0, 1).
    """
    profile = _Profile(cells, found)
    floor = profile.value(found.share) - float(chdtri(1.0, 1.0 - level)) / 2.0
    ends = [_end(profile, floor, found.share, edge) for edge in (0.0, 1.0)]
    posteriors = np.stack([found.posterior, *(profile.posterior(end) for end in ends)])
    return ShareInterval(ends[0], ends[1], posteriors.min(axis=0), posteriors.max(axis=0))


def _end(profile: "_Profile", floor: float, inside: float, edge: float) -> float:
    if inside == edge or profile.value(edge) >= floor:
        return edge
    return float(brentq(lambda share: profile.value(share) - floor, edge, inside, xtol=1e-9))


class _Profile:
    """The log-likelihood of a share relative to a coin, μ at its best if it is unknown."""

    def __init__(self, cells: Cells, found: TwoTypes):
        self.won = cells.per_user(cells.count * (cells.margin > 0.0))
        self.made = cells.comparisons().astype(float)
        self.known: Array | None = None
        if found.mu is None:
            with np.errstate(divide="ignore"):
                self.known = cells.per_user(cells.count * np.log1p(cells.margin))
        pairs = np.stack([self.won, self.made])
        self.pairs, self.often = np.unique(pairs, axis=1, return_counts=True)

    def value(self, share: float) -> float:
        if self.known is not None:
            return float(_mixed(share, self.known).sum())
        return -float(self.best(share).fun)

    def posterior(self, share: float) -> Array:
        evidence = self.known
        if evidence is None:
            evidence = type_evidence(float(self.best(share).x), self.won, self.made)
        return np.asarray(expit(logit(share) + evidence))

    def best(self, share: float) -> OptimizeResult:
        def loss(mu: float) -> float:
            return -float((self.often * _mixed(share, type_evidence(mu, *self.pairs))).sum())

        return minimize_scalar(loss, bounds=(0.5, 1.0), method="bounded", options={"xatol": 1e-9})


def _mixed(share: float, evidence: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp(np.log(share) + evidence, np.log1p(-share)))
