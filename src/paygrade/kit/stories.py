"""Do instructed rows and golden questions tell the same story of the same people?

If they did, those who fail instructions would be those whom golden questions place below the
standard. Two numbers say how far they do. Among those who followed every instruction, the share
whom golden questions place below the standard, by p-values that Holm's method adjusts, has an
exact interval (Clopper and Pearson). The rank correlation between instructions followed and
estimated effort has Bonett and Wright's interval, tanh(atanh r ± z·sqrt((1 + r²/2)/(n - 3)))
(2000, Psychometrika 65), which is approximate.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, spearmanr

from paygrade.assessment.intervals import exact_interval

if TYPE_CHECKING:
    import pandas as pd

LEAST = 4  # people, below which no interval of a correlation is tried


@dataclass(frozen=True)
class Stories:
    """What instructed rows say beside golden questions.

    Attributes:
        people: who had both.
        passed: of these, who followed every instruction.
        below: whom golden questions place below the standard.
        passed_but_below: who did both.
        share, low, high: of `passed_but_below` among `passed`, exact interval; None if none passed.
        correlation: Spearman's, of instructions followed and effort; None where either is the same
            for all, or there are too few people.
        correlation_low, correlation_high: its interval.
        level: of the intervals.
    """

    people: int
    passed: int
    below: int
    passed_but_below: int
    share: float | None
    low: float | None
    high: float | None
    correlation: float | None
    correlation_low: float | None
    correlation_high: float | None
    level: float

    @property
    def sentence(self) -> str:
        """What may be concluded, and what not."""
        if not self.people:
            return "Nobody had both instructed rows and golden questions: nothing to compare."
        said = (
            f"{self.passed} of {self.people} participants followed every instruction;"
            f" {self.passed_but_below} of these are below the standard by golden questions (Holm)"
        )
        if self.share is not None and self.low is not None and self.high is not None:
            said += f", {100 * self.share:.0f} % [{100 * self.low:.0f} %, {100 * self.high:.0f} %]"
        if self.correlation is None:
            why = "all alike" if self.people >= LEAST else "too few"
            return f"{said}. No correlation with effort can be had: they are {why}."
        said += (
            f". Rank correlation with effort: {self.correlation:.2f} [{self.correlation_low:.2f},"
            f" {self.correlation_high:.2f}]"
        )
        if (self.correlation_low or 0.0) > 0.0:
            return f"{said}: to some extent they tell the same story."
        return f"{said}: nothing shows that they tell the same story."


def compare_stories(table: "pd.DataFrame", level: float) -> Stories:
    """Return the comparison.

    Arguments:
        table: a row a participant: imc, imc_passed, golden, effort, below.
        level: of the intervals.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"imc": 2, "imc_passed": 2, "golden": 9, "effort": [1.0, 0.2, 0.9],
    ...     "below": [False, True, False]})
    >>> found = compare_stories(table, 0.95)
    >>> found.passed, found.passed_but_below, found.correlation is None
    (3, 1, True)
    """
    both = table[(table["imc"] > 0) & (table["golden"] > 0)]
    share = (both["imc_passed"] / both["imc"]).to_numpy(float)
    passed, below = share == 1.0, both["below"].to_numpy(bool)
    number, hits = int(passed.sum()), int((passed & below).sum())
    ends = exact_interval(hits, number, level) if number else (None, None)
    low, high = (None if end is None else float(end) for end in ends)
    r, r_low, r_high = rank_correlation(share, both["effort"].to_numpy(float), level)
    return Stories(
        len(both),
        number,
        int(below.sum()),
        hits,
        hits / number if number else None,
        low,
        high,
        r,
        r_low,
        r_high,
        level,
    )


def rank_correlation(
    one: ArrayLike, other: ArrayLike, level: float
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return Spearman's correlation with its interval; Nones where it is undefined.

    A perfect one is taken for 1 - 1/n in the interval, which would have no width otherwise.
    """
    x, y = np.asarray(one, float), np.asarray(other, float)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    n = len(x)
    if n < LEAST or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None, None, None
    r = float(spearmanr(x, y).statistic)
    inside = max(min(r, 1.0 - 1.0 / n), 1.0 / n - 1.0)
    step = float(norm.ppf((1.0 + level) / 2.0)) * math.sqrt((1.0 + inside**2 / 2.0) / (n - 3))
    low, high = (math.tanh(math.atanh(inside) + side * step) for side in (-1.0, 1.0))
    return r, min(low, r), max(high, r)
