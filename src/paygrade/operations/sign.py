"""A sign that a scheme is going wrong, as data, and the adjustment for asking several questions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

RAISED = 0.05  # an adjusted p-value at most this large raises the sign
NAMED = 5  # workers that a sentence names
MEANING = {
    "falling": "A fall speaks of tiredness, disengagement or confusion",
    "low": "Low pay across the board speaks of a rule out of line with ability",
    "uneven": "Annotators or their batches differ, so no one pass mark fits all",
    "high": "Agreement above care speaks of leaked keys, of remembered repeats, or of a careful"
    " share that is set too low",
}


@dataclass(frozen=True)
class Sign:
    """One question asked of a pay day.

    Attributes:
        name: falling, low, uneven or high.
        p_value: under the null hypothesis; None where the question can't be asked.
        finding: what was found, or why nothing could be asked.
        workers: whom it points at, if anybody.
        adjusted: Holm's p-value over the questions that could be asked; None likewise.
    """

    name: str
    p_value: float | None
    finding: str
    workers: tuple[str, ...] = ()
    adjusted: float | None = None

    @property
    def is_raised(self) -> bool:
        """Whether it deserves a look."""
        return self.adjusted is not None and self.adjusted <= RAISED

    @property
    def sentence(self) -> str:
        """The finding and, where the sign is raised, what it speaks of and whom it points at."""
        if not self.is_raised:
            return self.finding
        more = f" and {len(self.workers) - NAMED} more" * (len(self.workers) > NAMED)
        whom = f"; look at {', '.join(self.workers[:NAMED])}{more}" if self.workers else ""
        return f"{self.finding} {MEANING[self.name]}{whom}."


def holm(p_values: ArrayLike) -> Array:
    """Return the p-values adjusted for asking all questions at once (Holm 1979), same shape.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1.0)
    return adjusted
