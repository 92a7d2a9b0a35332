"""How many checks put an estimate of effort within a given distance of the truth.

The estimate is `assess`'s: A⁻¹(K/n) clipped to [0, 1]. It misses where abs(estimate - e) >= width.
The counts that miss are those with K <= n·A(e - width) or K >= n·A(e + width), of which an end that
clipping keeps in reach drops out; so every figure is a binomial tail.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtri

from paygrade.errors import ModelError
from paygrade.model.counting import CountingMonitor, SelfConsistency
from paygrade.planning.search import largest_open, smallest_open
from paygrade.planning.sizes import LARGEST, SampleSize

Array = NDArray[np.float64]

ROUNDING = 1e-9  # counts this near a whole number are taken for it, on the side that misses more
CELLS = 64  # efforts and boxes of efforts looked at first
FINEST = 1e-12  # efforts this near are one


@dataclass(frozen=True)
class WidthPlan:
    """Chances that an estimate misses by `width` or more, at every number of checks.

    Attributes:
        law: the monitor; its n is not used.
        width: half the width of the interval, estimate ± width, in effort.
        miss: accepted probability of a miss.
        effort: the true effort; None for whichever is worst.
    """

    law: CountingMonitor
    width: float
    miss: float
    effort: float | None = None

    def plan(self, method: str, goal: str) -> SampleSize:
        """Return the sample size by `method`, with its exact chance of a miss.

        Raises:
            ModelError: over `LARGEST` checks, or asymptotic where information vanishes.
        """
        if method == "exact":
            n, onward = self.exact()
        elif method == "hoeffding":
            n = self.hoeffding()
            onward = n
        else:
            n, onward = self.asymptotic(), None
        achieved = (self.missed(n),)
        return SampleSize(n, goal, method, ("P(miss)",), achieved, (self.miss,), None, onward)

    def exact(self) -> tuple[int, int]:
        """Return the smallest n that does and the n from which on all do."""
        high = self._affordable(self.hoeffding())
        some = self._efforts()
        smallest = smallest_open(
            1, high, lambda first, last: self._fails_throughout(first, last, some)
        )
        if smallest is None:  # can't be: Hoeffding's n does
            raise ModelError(
                f"no number of checks up to {high} keeps the estimate within the width"
            )
        gap = largest_open(smallest, high, self._does_throughout)
        return smallest, smallest if gap is None else gap + 1

    def hoeffding(self) -> int:
        """Return the n from which on all do, by Hoeffding's bound for each tail (T16).

        An error of `width` is one of at least t in agreement, P(abs(a - A) >= t) <= 2·exp(-2nt²).
        Reviews: t = signal·width/2. Pairs: t = kappa·(2e - width)·width/2 where width <= e, and
        kappa·width²/2 at any effort.
        """
        return math.ceil(math.log(2.0 / self.miss) / (2.0 * self._least_gap() ** 2) * (1 + 1e-9))

    def asymptotic(self) -> int:
        """Return z²/(I·width²), no guarantee (T16); at effort 0 where no effort is stated."""
        effort = 0.0 if self.effort is None else self.effort
        information = float(self.law.fisher_information(effort))
        if information == 0.0:
            raise ModelError(
                "at effort 0 repeated labels carry no information about effort, so no asymptotic"
                " number of checks exists; state an effort, or use method='exact'"
            )
        if not math.isfinite(information):
            return 1
        return max(1, math.ceil(float(ndtri(self.miss / 2.0)) ** 2 / information / self.width**2))

    def missed(self, n: int) -> float:
        """Return P(miss) at n checks, at the stated effort or at the worst one."""
        if self.effort is not None:
            return float(self._bound(n, n, np.array([self.effort]), np.array([self.effort]))[0])
        some = self._efforts()
        level = float(self._floor(n, n, some).max())
        return max(level, self._worst(n, *self._boxes(n, n, level)))

    def _least_gap(self) -> float:
        """Return a t with every miss an error of at least t in agreement."""
        half = 0.5 * (2.0 * float(self.law.accuracy(1.0)) - 1.0) * self.width
        if not isinstance(self.law, SelfConsistency):
            return half
        if self.effort is None or self.effort < self.width:
            return half * self.width
        return half * (2.0 * self.effort - self.width)

    def _affordable(self, n: int) -> int:
        if n > LARGEST:
            raise ModelError(
                f"width={self.width:g} may take {n:.2g} checks, over the limit of {LARGEST:.0e};"
                " ask for a wider interval, or use method='hoeffding'"
            )
        return n

    def _efforts(self) -> Array:
        if self.effort is not None:
            return np.array([self.effort])
        inside = np.array([self.width, 1.0 - self.width])
        return np.unique(np.concatenate([np.linspace(0.0, 1.0, CELLS + 1), inside[inside >= 0]]))

    def _fails_throughout(self, first: int, last: int, efforts: Array) -> bool:
        """Whether some effort, the same for the whole block, misses too often at every n in it."""
        if (self._floor(first, last, efforts) > self.miss).any():
            return True
        return first == last and not self._does_throughout(first, last)

    def _does_throughout(self, first: int, last: int) -> bool:
        if self.effort is not None:
            at = np.array([self.effort])
            return bool(self._bound(first, last, at, at)[0] <= self.miss)
        return self._worst_does(first, last)

    def _worst_does(self, first: int, last: int) -> bool:
        """Whether no effort misses too often at any n of the block; may be False for long ones."""
        for n in {first, last}:
            if (self._floor(n, n, self._efforts()) > self.miss).any():
                return False
        low, high = self._boxes(first, last, self.miss)
        return not low.size or (first == last and self._worst(first, low, high) <= self.miss)

    def _boxes(self, first: int, last: int, level: float) -> tuple[Array, Array]:
        """Return the ends of boxes of efforts outside of which no miss is likelier than `level`.

        Boxes are halved until the block of n, not the box, is what keeps the bound loose.
        """
        high = np.linspace(0.0, 1.0, CELLS + 1)[1:]
        low = high - 1.0 / CELLS
        while True:
            keep = self._bound(first, last, low, high) > level
            low, high = low[keep], high[keep]
            if not low.size or (high[0] - low[0]) * last < last - first + 1.0:
                return low, high
            middle = 0.5 * (low + high)
            low, high = np.append(low, middle), np.append(middle, high)

    def _worst(self, n: int, low: Array, high: Array) -> float:
        """Return the largest P(miss) at n over the efforts in the boxes, all ends included.

        As effort rises both cutoffs stand still between two efforts at which one of them moves. In
        between, P(K <= k) + P(K >= m) falls first and then rises: the ratio of its two slopes, the
        Beta densities of m and k + 1, increases with A. So the largest value stands where a cutoff
        moves, and there the count on the edge misses.
        """
        counts = np.arange(math.floor(n * float(self.law.accuracy(0.0))), n + 1.0) / n
        counts = counts[(counts >= self.law.accuracy(0.0)) & (counts <= self.law.accuracy(1.0))]
        moved = self.law.effort_at(counts)
        efforts = np.concatenate([moved + self.width, moved - self.width, self._efforts()])
        efforts = np.sort(efforts[(efforts >= 0.0) & (efforts <= 1.0)])
        inside = np.searchsorted(np.sort(low), efforts + FINEST, side="right")
        # the i-th lowest box begins before the effort; boxes don't overlap, so the last one counts
        order = np.argsort(low)
        ends = np.append(-1.0, high[order])[inside]
        efforts = efforts[ends >= efforts - FINEST]
        return float(self._bound(n, n, efforts, efforts).max(initial=0.0))

    def _bound(self, first: int, last: int, low: Array, high: Array) -> Array:
        """Return P(miss) from above, over n in first..last and e in each box, (boxes,).

        P(K <= k) falls in n and in effort and rises with k, P(K >= k) the other way round.
        """
        few = _down(last * self._accuracy(high - self.width))
        many = _up(first * self._accuracy(low + self.width))
        short = _at_most(few, first, self._accuracy(low))
        over = _at_least(many, last, self._accuracy(high))
        return self._in_reach(high, short, low, over)

    def _floor(self, first: int, last: int, effort: Array) -> Array:
        """Return P(miss) from below, over n in first..last, at each effort, (efforts,)."""
        few = _down(first * self._accuracy(effort - self.width))
        many = _up(last * self._accuracy(effort + self.width))
        accuracy = self._accuracy(effort)
        short, over = _at_most(few, last, accuracy), _at_least(many, first, accuracy)
        return self._in_reach(effort, short, effort, over)

    def _in_reach(self, high: Array, short: Array, low: Array, over: Array) -> Array:
        """Return the sum of the tails, without those that clipping to [0, 1] makes good."""
        below = np.where(high >= self.width - FINEST, short, 0.0)
        return np.asarray(below + np.where(low + self.width <= 1.0 + FINEST, over, 0.0))

    def _accuracy(self, effort: Array) -> Array:
        return self.law.accuracy(np.clip(effort, 0.0, 1.0))


def _down(count: Array) -> Array:
    """Return the count rounded down, unless it is a whole number up to rounding."""
    return np.asarray(np.floor(count + ROUNDING * (1.0 + 1e-6 * count)))


def _up(count: Array) -> Array:
    return np.asarray(np.ceil(count - ROUNDING * (1.0 + 1e-6 * count)))


def _at_most(k: Array, n: int, accuracy: Array) -> Array:
    """Return P(K <= k), K ~ Bin(n, accuracy)."""
    inside = np.clip(k, 0, n - 1)
    tail = betainc(n - inside, inside + 1.0, 1.0 - accuracy)
    return np.where(k < 0, 0.0, np.where(k >= n, 1.0, tail))


def _at_least(k: Array, n: int, accuracy: Array) -> Array:
    """Return P(K >= k), K ~ Bin(n, accuracy)."""
    inside = np.clip(k, 1, n)
    tail = betainc(inside, n - inside + 1.0, accuracy)
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, tail))
