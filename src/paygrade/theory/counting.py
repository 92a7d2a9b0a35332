"""The sandwich on a count: what implementing an effort costs, enclosed over all whole cutoffs.

Square root utility, an accuracy A affine in effort and a floor low enough not to bind. The bounds
are those of `paygrade.theory.sandwich` cutoff by cutoff, with exact binomials; cutoffs are taken in
blocks, so that 1e12 checks cost no more than a thousand.
"""

from dataclasses import dataclass
from functools import cached_property

from flint import arb

from paygrade.certificate.jet import Ball
from paygrade.theory.balls import binomial_at, binomial_below

FINEST = 2**-14  # width of the first block, in standard deviations of the count
GROWTH = 1.1  # of the blocks: further out there is more to spare
LENIENCE = 8  # cutoffs tried for the explicit contract


@dataclass(frozen=True)
class CountingSandwich:
    """Bounds on E[w] - U² over bonus contracts that induce `effort`, u = √w.

    Arguments:
        checks: n.
        signal: ρ, with A = (1 + eρ)/2.
        effort: e.
        stake, marginal: c(e) - c(0) and c'(e), c convex.
        saved: c(e) - c(e') as a function of e'.
    """

    checks: int
    signal: Ball
    effort: Ball
    stake: Ball
    marginal: Ball
    saved: object

    @cached_property
    def accuracy(self) -> Ball:
        """A(e)."""
        return (1 + self.effort * self.signal) / 2

    def fails(self, cutoff: int) -> Ball:
        """Return q, the probability of a count below the cutoff at the effort."""
        return binomial_below(cutoff, self.checks, self.accuracy)

    def local_stake(self, cutoff: int) -> Ball:
        """Return c'/(dP(K >= k)/de), the stake that local incentives ask for."""
        slope = self.signal / 2 * self.checks
        return self.marginal / (slope * binomial_at(cutoff - 1, self.checks - 1, self.accuracy))

    def net_stake(self, cutoff: int) -> Ball:
        """Return (1 - q)·stake: falls with the cutoff up to the mode."""
        return (1 - self.fails(cutoff)) * self.local_stake(cutoff)

    @cached_property
    def last(self) -> int:
        """The strictest cutoff at which the local stake deters effort 0."""
        low, high = 1, int(float(self.accuracy) * (self.checks - 1))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.net_stake(middle) >= self.stake else (low, middle)
        return low

    @cached_property
    def lower(self) -> Ball:
        """No cutoff costs less: q·C² beyond `last`, q·net² before it, block by block."""
        best = self.fails(self.last + 1) * self.stake**2
        spread = (self.checks * self.accuracy * (1 - self.accuracy)).sqrt()
        width, high = float(spread) * FINEST, self.last
        while high >= 1:
            low = max(1, high - int(width))
            width *= GROWTH
            best = best.min(self.fails(low) * self.net_stake(high) ** 2)
            if low == 1 or self._tail(low) >= best:
                return best
            high = low - 1
        return best

    def _tail(self, cutoff: int) -> Ball:
        """Return a lower bound on q·net² at every cutoff up to this one; -inf where it is none.

        q >= P(K = k - 1), and k(n-k+1)·P(K = k) rises in k as long as the test below holds.
        """
        n, a, k = self.checks, self.accuracy, cutoff
        if not (n - k + 1) ** 2 * a >= (k - 1) * (n - k + 2) * (1 - a):
            return arb.neg_inf()
        rise = (self.signal / 2) ** 2 * k * (n - k + 1) * binomial_at(k, n, a)
        return a * (1 - a) * ((1 - self.fails(k)) * self.marginal) ** 2 / rise

    @cached_property
    def upper(self) -> Ball:
        """What the strictest explicit contract costs that is proved to induce the effort."""
        for cutoff in range(self.last, max(0, self.last - LENIENCE), -1):
            if self._induces(cutoff):
                q = self.fails(cutoff)
                return q * (1 - q) * self.local_stake(cutoff) ** 2
        return arb.pos_inf()

    def _induces(self, cutoff: int) -> bool:
        """Whether no effort gains: concave above the mode, two comparisons below it."""
        n, stake = self.checks, self.local_stake(cutoff)
        mode = (2 * arb(cutoff - 1) / (n - 1) - 1) / self.signal
        if not mode < self.effort:
            return False
        far = (self.effort - 3 * (self.effort - mode)).max(arb(0))
        passing = 1 - self.fails(cutoff)

        def passes(effort: Ball) -> Ball:
            return 1 - binomial_below(cutoff, n, (1 + effort * self.signal) / 2)

        shirking = stake * (passing - passes(far)) >= self.stake
        between = stake * (passing - passes(mode)) >= self.saved(far)  # type: ignore[operator]
        return bool(shirking and between)
