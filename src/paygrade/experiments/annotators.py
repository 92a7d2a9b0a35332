"""Annotators in simulations: items with margins, tastes of one's own, and labels at an effort.

An annotator at effort e prefers the left answer of an item with probability 1/2 + e·delta/2
(theory section 1, equation 1). Tastes: annotator j's margin is the item's plus or minus a number,
either with probability 1/2, independently over annotators and items.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import DataError

Array = NDArray[np.float64]
Draw = np.random.Generator

SHARED = 0.7  # margins are scaled by this, which leaves room for tastes of variance up to 0.09


@dataclass(frozen=True)
class Items:
    """Margins to draw from, and how far a single annotator's taste departs from them.

    Attributes:
        margins: shared margins, in [-1, 1], (items,).
        taste: standard deviation of an annotator's own margin about the shared one.
    """

    margins: Array
    taste: float = 0.0

    def __post_init__(self) -> None:
        if np.abs(self.margins).max(initial=0.0) + self.taste > 1.0 + 1e-12:
            raise DataError(
                f"margins up to {np.abs(self.margins).max():.3g} leave no room for tastes of"
                f" standard deviation {self.taste:.3g}, as no margin is above 1; scale them down"
            )

    @property
    def rho(self) -> float:
        """E[delta·expert's margin]: the expert has the shared margin."""
        return float((self.margins**2).mean())

    @property
    def kappa(self) -> float:
        """E[delta²] = rho + the variance of taste."""
        return self.rho + self.taste**2

    def self_agreements(self, effort: float, n: int, annotators: int, draw: Draw) -> Array:
        """Return in how many of n items two labels of one annotator agree, (annotators,)."""
        own = self._own(n, annotators, draw)[1]
        first, second = (_prefers_left(effort * own, draw) for _ in range(2))
        return np.asarray((first == second).sum(axis=1), float)

    def expert_agreements(self, effort: float, n: int, annotators: int, draw: Draw) -> Array:
        """Return in how many of n items label and expert's label agree, (annotators,)."""
        shared, own = self._own(n, annotators, draw)
        label, expert = _prefers_left(effort * own, draw), _prefers_left(shared, draw)
        return np.asarray((label == expert).sum(axis=1), float)

    def _own(self, n: int, annotators: int, draw: Draw) -> tuple[Array, Array]:
        shared = self.margins[draw.integers(0, len(self.margins), (annotators, n))]
        if not self.taste:
            return shared, shared
        return shared, shared + self.taste * (2.0 * draw.integers(0, 2, shared.shape) - 1.0)


def items_of(pairs: Any, taste: float = 0.0, items: int = 5_000, seed: int = 0) -> Items:
    """Return the margins of the user's pairs, or simulated ones, with room for `taste`.

    Simulated sizes are the largest of three uniform numbers, so that E[delta²] = 3/5 before they
    are scaled by `SHARED`.

    Raises:
        DataError: the pairs have no margins.
    """
    if pairs is None:
        draw = np.random.default_rng(seed)
        margins = draw.random((items, 3)).max(axis=1) * draw.choice([-1.0, 1.0], items)
    else:
        margins = pairs.table["margin"].dropna().to_numpy(float)
        if not len(margins):
            raise DataError(
                "the pairs have no margins, so nothing is known of what careful annotators would"
                " answer; add them from ratings or a reward model first"
            )
    return Items(SHARED * margins, taste)


def _prefers_left(inclination: Array, draw: Draw) -> NDArray[np.bool_]:
    return np.asarray(draw.random(inclination.shape) < 0.5 + 0.5 * inclination)
