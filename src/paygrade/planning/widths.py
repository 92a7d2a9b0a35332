"""How many checks put an estimate of effort within a given distance of the truth.

The estimate is `assess`'s: A⁻¹(K/n) clipped to [0, 1]. It misses where abs(estimate - e) >= width.
The counts that miss are those with K <= n·A(e - width) or K >= n·A(e + width), of which an end that
clipping keeps in reach drops out; so every figure is a binomial tail.

That all larger numbers of checks do as well is known from a bound whose value falls in n: with
H(x, p) the relative entropy, P(K <= k) <= Φ(-√(2n·H((k + 1)/n, p))) for (k + 1)/n < p (Zubkov and
Serov 2013, Theory of Probability and its Applications 57). It is off by half a count, so only a few
hundred n are left to be summed.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtr, ndtri, rel_entr

from paygrade.errors import ModelError
from paygrade.model.counting import CountingMonitor, SelfConsistency
from paygrade.planning.search import largest_open, smallest_open
from paygrade.planning.sizes import LARGEST, SampleSize

Array = NDArray[np.float64]

ROUNDING = 1e-9  # counts this near a whole number are taken for it, on the side that misses more
CELLS = 64  # efforts and boxes of efforts looked at first
BOXES_A_COUNT = 8  # boxes of efforts for each count, at the finest
ROUGH = 8.0  # width, in counts, of the boxes in which the worst effort is looked for
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
        gap = largest_open(smallest, self._surely_from(smallest, high) - 1, self._does_throughout)
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
        return self._worst(n, float(self._floor(n, n, self._efforts()).max()))

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
        return first == last and self._worst(first, self.miss) <= self.miss

    def _surely_from(self, low: int, high: int) -> int:
        """Return the smallest n in low..high from which on Zubkov and Serov's bound does."""
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._surely_does(middle) else (middle + 1, high)
        return high

    def _surely_does(self, n: int) -> bool:
        """Whether the bound at n, and so at every larger n, keeps all efforts' misses down."""
        if self.effort is not None:
            low = high = np.array([self.effort])
            return bool((self.entropy_bound(n, low, high) <= self.miss).all())
        return not self._suspects(n, self.miss, 1.0 / (BOXES_A_COUNT * n))[0].size

    def _suspects(self, n: int, level: float, finest: float) -> tuple[Array, Array]:
        """Return the ends of boxes of efforts that the bound can't clear of misses over `level`."""
        high = np.linspace(0.0, 1.0, CELLS + 1)[1:]
        low = high - 1.0 / CELLS
        while True:
            keep = self.entropy_bound(n, low, high) > level
            low, high = low[keep], high[keep]
            if not low.size or high[0] - low[0] <= finest:
                return low, high
            middle = 0.5 * (low + high)
            low, high = np.append(low, middle), np.append(middle, high)

    def entropy_bound(self, n: int, low: Array, high: Array) -> Array:
        """Return P(miss) from above at n and in each box of efforts, (boxes,); it falls in n.

        (k + 1)/n is at most A(e - width) + 1/n, which moves away from A(e) as n rises.
        """
        few = self._accuracy(high - self.width) + (1.0 + 2.0 * ROUNDING) / n
        many = self._accuracy(low + self.width) - (1.0 + 2.0 * ROUNDING) / n
        short = entropy_tail(n, few, self._accuracy(low))
        over = entropy_tail(n, 1.0 - many, 1.0 - self._accuracy(high))
        return self._in_reach(high, short, low, over)

    def _worst(self, n: int, level: float) -> float:
        """Return the largest P(miss) at n over all efforts, or `level` if that is larger.

        As effort rises both cutoffs stand still between two efforts at which one of them moves. In
        between, P(K <= k) + P(K >= m) falls first and then rises: the ratio of its two slopes, the
        Beta densities of m and k + 1, increases with A. So the largest value stands where a cutoff
        moves, and there the count on the edge misses.
        """
        low, high = self._suspects(n, level, ROUGH / n)
        if not low.size:
            return level
        ends = float(low.min()) - FINEST, float(high.max()) + FINEST
        moved = [self._moves(n, *ends, shift) for shift in (self.width, -self.width)]
        efforts = _inside(np.concatenate([*moved, self._efforts()]), low, high)
        efforts = efforts[(efforts >= 0.0) & (efforts <= 1.0)]
        efforts = efforts[self.entropy_bound(n, efforts, efforts) > level]
        return float(self._bound(n, n, efforts, efforts).max(initial=level))

    def _moves(self, n: int, low: float, high: float, shift: float) -> Array:
        """Return the efforts in low..high, and perhaps some more, at which a cutoff moves."""
        first, last = self._accuracy(np.array([low, high]) - shift) * n
        counts = np.arange(math.floor(first), math.ceil(last) + 1.0) / n
        inside = (counts >= self.law.accuracy(0.0)) & (counts <= self.law.accuracy(1.0))
        return np.asarray(self.law.effort_at(counts[inside])) + shift

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


def _inside(efforts: Array, low: Array, high: Array) -> Array:
    """Return the efforts that lie in one of the boxes, ends included."""
    order = np.argsort(low)
    place = np.searchsorted(low[order], efforts + FINEST, side="right") - 1
    ends = np.append(high[order], -1.0)[place]  # place -1: before all boxes
    return np.asarray(efforts[efforts <= ends + FINEST])


def entropy_tail(n: int, share: Array, accuracy: Array) -> Array:
    """Return Φ(-√(2n·H(share, accuracy))) where share < accuracy, else 1."""
    entropy = rel_entr(share, accuracy) + rel_entr(1.0 - share, 1.0 - accuracy)
    tail = ndtr(-np.sqrt(2.0 * n * np.maximum(entropy, 0.0)))
    return np.where(share < accuracy, tail, 1.0)


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
