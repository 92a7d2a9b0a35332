"""E[v(K)] for any table of promised utilities v, K binomial, enclosed with two derivatives.

In the accuracy p it is a Bernstein polynomial. Around the middle of a box it is expanded to order
`ORDER` from the backward differences of v, each a sum over counts of positive weights; the rest is
bounded by Bhattacharyya's inequality: the J-th derivative of the law, divided by the law, has mean
square J!·n(n-1)...(n-J+1)/(p(1-p))^J (Morris 1982), so no derivative of E[v(K)] can exceed half the
range of v times its root. A box may thus be as wide as a standard deviation of K/n.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from math import comb

from flint import arb, arb_mat

from paygrade.certificate.jet import Ball, Curve, Jet, between
from paygrade.certificate.primitives import accuracy_jet
from paygrade.certificate.taylor import expand
from paygrade.model.counting import AffineMonitor, CountingMonitor

ORDER = 8
REACH = 24.0  # standard deviations summed term by term; Chernoff leaves e^-288 outside
WHOLE = 4000  # up to this many checks all counts are summed


def bernstein_curve(monitor: CountingMonitor, promised: Sequence[Ball]) -> Curve:
    """Return the enclosure of e -> E_e[promised[K]]; `promised` has one ball a count, (n + 1,)."""
    table = CountTable(monitor.n, promised)
    concave = isinstance(monitor, AffineMonitor) and table.is_concave

    def over(a: float, b: float) -> Jet:
        accuracy = accuracy_jet(monitor, arb(a), arb(b))
        if a == b:
            jet = table.at(accuracy.value)
        else:
            low = accuracy_jet(monitor, arb(a), arb(a)).value
            high = accuracy_jet(monitor, arb(b), arb(b)).value
            jet = table.over(low, high)
        found = accuracy.chained(jet.value, jet.slope, jet.curvature)
        return Jet(found.value, found.slope, found.curvature.min(arb(0))) if concave else found

    return over


class CountTable:
    """A table v over the counts 0..n of n checks.

    Arguments:
        n: checks.
        values: v_k, (n + 1,).
    """

    def __init__(self, n: int, values: Sequence[Ball]) -> None:
        self.n, self.values = n, values
        self.order = min(ORDER, n)

    @cached_property
    def half_range(self) -> Ball:
        """Half the distance between the largest and the smallest value."""
        highest: Ball = self.values[0]
        lowest: Ball = self.values[0]
        for value in self.values:
            highest, lowest = highest.max(value), lowest.min(value)
        half: Ball = (highest - lowest) / 2
        return half

    @cached_property
    def is_concave(self) -> bool:
        """Whether every second difference is proved not to be positive."""
        v = self.values
        return all(v[k] - 2 * v[k - 1] + v[k - 2] <= 0 for k in range(2, self.n + 1))

    def at(self, p: Ball) -> Jet:
        """Return E[v(K)] and its two derivatives in p at one accuracy."""
        jet = self.taylor(p)
        return Jet(jet[0], jet[1], 2 * jet[2] if len(jet) > 2 else arb(0))

    def over(self, low: Ball, high: Ball) -> Jet:
        """Return E[v(K)] and its two derivatives over accuracies from `low` to `high`."""
        bound = self.derivative_bound(between(low, high)) if self.n >= ORDER else None
        return expand(self.taylor((low + high) / 2), low, high, bound)

    def derivative_bound(self, p: Ball) -> Ball:
        """Return a bound on |f^(J)|/J! over the accuracies in `p`, J = `order`."""
        if self.half_range == 0:
            return arb(0)
        j, n = self.order, self.n
        high = p.upper()  # accuracies are at least 1/2, so p(1 - p) is least at the upper end
        spread = high * (1 - high)
        crude = arb(comb(n, j)) * 2**j * self.half_range
        bound = crude
        if spread > 0:
            fine = self.half_range * arb(comb(n, j)).sqrt() / spread.sqrt() ** j
            bound = fine.min(crude)
        return arb(bound.upper())

    def taylor(self, p: Ball) -> list[Ball]:
        """Return f^(j)(p)/j! for j below `order` (all j up to n where n < `ORDER`)."""
        count = self.order if self.n >= ORDER else self.n + 1
        low, high = self._window(p)
        weights = arb_mat([binomial_weights(self.n, p, low, high)])
        sums = weights * self._table(low, high, count)
        found = [sums[0, j] / p**j for j in range(count)]
        outside = self._outside(p, low, high)
        if outside > 0:
            for j in range(count):
                spill = outside * comb(self.n, j) * 2**j * self.half_range / p**j
                found[j] += between(-spill, spill)
            found[0] += outside * (self.values[0] + self.values[-1]) / 2
        return found

    def _window(self, p: Ball) -> tuple[int, int]:
        if self.n <= WHOLE:
            return 0, self.n
        middle = float(p.mid())
        reach = REACH * (1.0 + (self.n * middle * (1.0 - middle)) ** 0.5)
        return max(0, int(self.n * middle - reach)), min(self.n, int(self.n * middle + reach) + 1)

    def _outside(self, p: Ball, low: int, high: int) -> Ball:
        """Return an upper bound on P(K outside the window), by Hoeffding's inequality."""
        total = arb(0)
        for edge, cut in ((low, low > 0), (high, high < self.n)):
            if cut:
                share = arb(edge) / self.n
                rate = share * (share / p).log()
                if share < 1:
                    rate += (1 - share) * ((1 - share) / (1 - p)).log()
                total += (-self.n * rate).exp()
        return total.upper() if total > 0 else total

    def _table(self, low: int, high: int, count: int) -> arb_mat:
        """Return C(k, j)·(backward difference of order j at k), (counts, count)."""
        if self.n <= WHOLE:
            return self._whole
        return self._differences(low, high, count)

    @cached_property
    def _whole(self) -> arb_mat:
        count = self.order if self.n >= ORDER else self.n + 1
        return self._differences(0, self.n, count)

    def _differences(self, low: int, high: int, count: int) -> arb_mat:
        first = max(0, low - count)
        column = [self.values[k] for k in range(first, high + 1)]
        columns = []
        for j in range(count):
            # entry i of `column` belongs to count first + j + i; counts below j have no difference
            offset = low - first - j
            kept = [arb(0)] * max(0, -offset) + column[max(0, offset) :]
            columns.append([comb(low + i, j) * value for i, value in enumerate(kept)])
            column = [later - earlier for earlier, later in pairwise(column)]
        return arb_mat([list(row) for row in zip(*columns, strict=True)])


def binomial_weights(n: int, p: Ball, low: int, high: int) -> list[Ball]:
    """Return P(K = k) for `low` <= k <= `high`, K ~ Bin(n, p)."""
    if p >= 1:
        return [arb(1 if k == n else 0) for k in range(low, high + 1)]
    if n <= WHOLE:
        weight = arb(comb(n, low)) * p**low * (1 - p) ** (n - low)
    else:
        log_choices = arb(n + 1).lgamma() - arb(low + 1).lgamma() - arb(n - low + 1).lgamma()
        weight = (log_choices + low * p.log() + (n - low) * (1 - p).log()).exp()
    odds, weights = p / (1 - p), []
    for k in range(low, high + 1):
        weights.append(weight)
        weight = weight * odds * (n - k) / (k + 1)
    return weights
