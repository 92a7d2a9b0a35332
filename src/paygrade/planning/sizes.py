"""How many checks tell two accuracies apart: exact binomials, and two formulas to compare with.

A test passes whoever agrees in k of n checks. Its errors are to fail the careful, P(K < k | A0),
and to pass the careless, P(K >= k | A1).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from scipy.optimize import brentq
from scipy.special import betainc, ndtri, rel_entr

from paygrade.errors import ModelError
from paygrade.planning.search import largest_open, smallest_open

LARGEST = 10**8  # checks that a plan may need
TEST_ERRORS = ("P(careful fails)", "P(careless passes)")
METHODS = ("exact", "asymptotic", "hoeffding")


@dataclass(frozen=True)
class SampleSize:
    """A number of checks and what it does, exactly.

    Attributes:
        n: checks (for `SelfConsistency`, pairs).
        goal: what they are for, in words.
        method: "exact", "asymptotic" or "hoeffding"; how n was found, not how it was judged.
        cutoff: pass whoever agrees in this many; None where nothing is tested.
        achieved: what n does. A test: P(careful fails), P(careless passes). An estimate: how
            probable a larger error is. An agency cost: money.
        measures: what the values of `achieved` are called.
        targets: the largest acceptable values of `achieved`.
        from_n_on: every number of checks from here on does too; None where that isn't known. At
            least n, as errors rise and fall with n like a saw.
    """

    n: int
    goal: str
    method: str
    measures: tuple[str, ...]
    achieved: tuple[float, ...]
    targets: tuple[float, ...]
    cutoff: int | None = None
    from_n_on: int | None = None
    tried: dict[int, float] = field(default_factory=dict, repr=False)

    @property
    def suffices(self) -> bool:
        """Whether n does what was asked for; a formula's n may not."""
        return all(a <= t for a, t in zip(self.achieved, self.targets, strict=True))

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain numbers and text, ready for JSON."""
        shown = {k: v for k, v in vars(self).items() if k != "tried"}
        return {**shown, "suffices": self.suffices, "sentence": str(self)}

    def __str__(self) -> str:
        rule = "" if self.cutoff is None else f"; at least {self.cutoff} right pass"
        found = ", ".join(
            f"{name} = {value:.4g} {'<=' if value <= most else '> (too much)'} {most:.4g}"
            for name, value, most in zip(self.measures, self.achieved, self.targets, strict=True)
        )
        text = f"{self.n} checks to {self.goal} ({self.method}{rule}): {found}"
        if self.from_n_on is None:
            return text
        if self.from_n_on == self.n:
            return f"{text}; so does every larger number"
        return f"{text}; not every larger number does, but all from {self.from_n_on} on do"


@dataclass(frozen=True)
class CutoffTest:
    """Tests of accuracy `high` against `low` by a cutoff, at every number of checks.

    Attributes:
        high, low: A0 > A1, agreement of the careful and the careless.
        fail, slip: accepted P(careful fails) and P(careless passes).
    """

    high: float
    low: float
    fail: float
    slip: float

    def errors(self, n: int, cutoff: int) -> tuple[float, float]:
        """Return P(K < cutoff | high) and P(K >= cutoff | low)."""
        return below(cutoff, n, self.high), at_least(cutoff, n, self.low)

    def best_cutoff(self, n: int) -> int:
        """Return the cutoff whose worse error, as a multiple of the accepted one, is least."""

        def worse(cutoff: int) -> float:
            failed, slipped = self.errors(n, cutoff)
            return max(failed / self.fail, slipped / self.slip)

        def leans_to_fail(cutoff: int) -> bool:
            failed, slipped = self.errors(n, cutoff)
            return failed / self.fail >= slipped / self.slip

        cross = first_whole(1, n, leans_to_fail, int(n * (self.high + self.low) / 2))
        return min((max(cross - 1, 0), cross), key=worse)

    @cached_property
    def _ends(self) -> Callable[[int], tuple[int, int]]:
        """Of n: the largest cutoff that fails few careful; the smallest passing few careless."""
        z_fail, z_slip = float(-ndtri(self.fail)), float(-ndtri(self.slip))

        @lru_cache(maxsize=2**16)
        def ends(n: int) -> tuple[int, int]:
            near = n * self.high - z_fail * math.sqrt(n * self.high * (1 - self.high))
            high = first_whole(1, n + 1, lambda k: below(k, n, self.high) > self.fail, int(near))
            near = n * self.low + z_slip * math.sqrt(n * self.low * (1 - self.low))
            low = first_whole(0, n + 1, lambda k: at_least(k, n, self.low) <= self.slip, int(near))
            return high - 1, low

        return ends

    def enough(self) -> int:
        """Return a number from which on every number of checks does, by Chernoff's bound.

        P(K < nx | A0) <= exp(-n KL(x ‖ A0)) and P(K >= nx | A1) <= exp(-n KL(x ‖ A1)) for x between
        A1 and A0; at the x where both ask for the same n, the cutoff is nx rounded up.
        """
        fail, slip = -math.log(self.fail), -math.log(self.slip)
        if self.high == 1.0:  # whoever never fails passes at k = n
            return max(1, math.ceil(slip / -math.log(self.low))) if self.low > 0 else 1
        if self.low == 0.0:
            return max(1, math.ceil(fail / -math.log1p(-self.high)))

        def balance(x: float) -> float:
            return fail * divergence(x, self.low) - slip * divergence(x, self.high)

        x = brentq(balance, self.low, self.high, xtol=1e-15, rtol=1e-14)
        rate = min(divergence(x, self.high) / fail, divergence(x, self.low) / slip)
        return max(1, math.ceil(1.0 / rate * (1 + 1e-9)))

    def exact(self) -> tuple[int, int]:
        """Return the smallest n with a cutoff that keeps both errors, and the n from which all do.

        Both cutoffs' ends rise with n, so a block fails as a whole where the careless one's at its
        start is above the careful one's at its end, and does as a whole the other way round.

        Raises:
            ModelError: over `LARGEST` checks.
        """
        high = self.enough()
        if high > LARGEST:
            raise ModelError(
                f"accuracies {self.high:g} and {self.low:g} are so close that about {high:.2g}"
                f" checks tell them apart, over the limit of {LARGEST:.0e}; ask for less, or use"
                " method='hoeffding'"
            )
        ends = self._ends
        smallest = smallest_open(1, high, lambda first, last: ends(last)[0] < ends(first)[1])
        if smallest is None:  # can't be: `enough` does
            raise ModelError(f"no number of checks up to {high} keeps both errors")
        gap = largest_open(smallest, high, lambda first, last: ends(first)[0] >= ends(last)[1])
        return smallest, smallest if gap is None else gap + 1

    def asymptotic(self) -> int:
        """Return the normal approximation of theory section 1; no guarantee (T16)."""
        spread = -ndtri(self.fail) * math.sqrt(self.high * (1 - self.high))
        spread -= ndtri(self.slip) * math.sqrt(self.low * (1 - self.low))
        return max(1, math.ceil((max(float(spread), 0.0) / (self.high - self.low)) ** 2))

    def hoeffding(self) -> int:
        """Return an n from which on all do, whatever the two accuracies are (T16)."""
        root = math.sqrt(-math.log(self.fail)) + math.sqrt(-math.log(self.slip))
        return max(1, math.ceil(root**2 / (2.0 * (self.high - self.low) ** 2)))

    def plan(self, method: str, goal: str) -> SampleSize:
        """Return the sample size by `method`, with its best cutoff and exact errors."""
        if method == "exact":
            n, onward = self.exact()
        elif method == "hoeffding":
            n = onward = self.hoeffding()
        else:
            n, onward = self.asymptotic(), None
        cutoff = self.best_cutoff(n)
        achieved, targets = self.errors(n, cutoff), (self.fail, self.slip)
        return SampleSize(n, goal, method, TEST_ERRORS, achieved, targets, cutoff, onward)


def first_whole(low: int, high: int, holds: Callable[[int], bool], near: int) -> int:
    """Return the smallest k in low..high at which a rising condition holds; high if none below."""
    step, near = 1, min(max(near, low), high)
    if holds(near):
        high = near
        while high > low and holds(max(high - step, low)):
            high, step = max(high - step, low), 2 * step
        low = max(high - step, low)
    else:
        low = near
        while low < high and not holds(min(low + step, high)):
            low, step = min(low + step, high), 2 * step
        high = min(low + step, high)
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def below(k: int, n: int, accuracy: float) -> float:
    """Return P(K < k), K ~ Bin(n, accuracy).

    >>> below(1, 2, 0.5)
    0.25
    """
    if k <= 0 or k > n:
        return 0.0 if k <= 0 else 1.0
    return float(betainc(n - k + 1.0, float(k), 1.0 - accuracy))


def at_least(k: int, n: int, accuracy: float) -> float:
    """Return P(K >= k), K ~ Bin(n, accuracy)."""
    if k <= 0 or k > n:
        return 1.0 if k <= 0 else 0.0
    return float(betainc(float(k), n - k + 1.0, accuracy))


def divergence(x: float, p: float) -> float:
    """Return KL(x ‖ p) of two coins, in nats."""
    return float(rel_entr(x, p) + rel_entr(1.0 - x, 1.0 - p))
