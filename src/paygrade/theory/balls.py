"""Normal and binomial probabilities in balls, and roots of monotone functions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flint import arb, ctx

from paygrade.certificate.jet import Ball

BISECTIONS = 100  # 30 digits of the bracket
PRECISION = 256  # bits: tails at n = 1e12 lose a third of them


@contextmanager
def full_precision() -> Iterator[None]:
    """Work at the precision of the proofs."""
    before, ctx.prec = ctx.prec, PRECISION
    try:
        yield
    finally:
        ctx.prec = before


def cdf(z: Ball) -> Ball:
    """Return Phi(z)."""
    return (-z / arb(2).sqrt()).erfc() / 2


def density(z: Ball) -> Ball:
    """Return phi(z)."""
    return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


def mills(z: Ball) -> Ball:
    """Return Phi(-z)/phi(z), the Mills ratio."""
    return cdf(-z) / density(z)


def binomial_below(k: int, n: int, p: Ball) -> Ball:
    """Return P(K < k) for K ~ Bin(n, p): exact at any n, by the incomplete beta function."""
    if k <= 0:
        return arb(0)
    return arb(1) if k > n else (1 - p).beta_lower(n - k + 1, k, regularized=True)


def binomial_at(k: int, n: int, p: Ball) -> Ball:
    """Return P(K = k)."""
    if not 0 <= k <= n:
        return arb(0)
    log_count = arb(n + 1).lgamma() - arb(k + 1).lgamma() - arb(n - k + 1).lgamma()
    return log_count.exp() * p**k * (1 - p) ** (n - k)


def binomial_law(n: int, p: Ball) -> list[Ball]:
    """Return P(K = 0), ..., P(K = n)."""
    masses = [(1 - p) ** n]
    odds = p / (1 - p)
    for k in range(n):
        masses.append(masses[-1] * odds * (n - k) / (k + 1))
    return masses


def divergence(p: Ball, q: Ball) -> Ball:
    """Return KL(p ‖ q) of two coins."""
    return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()


def root(function: Callable[[Ball], Ball], low: Ball, high: Ball) -> Ball:
    """Return a ball that contains the root of an increasing function on [low, high].

    Raises:
        ValueError: when the signs at the ends do not bracket one.
    """
    low, high = arb(low), arb(high)
    if not (function(low) <= 0 and function(high) >= 0):
        raise ValueError(f"no root between {float(low):g} and {float(high):g}")
    for _ in range(BISECTIONS):
        # two probes beside the middle: one of them is away from the root, wherever it lies
        reach = (high - low) / 16
        left, right = ((low + high) / 2 - reach).mid(), ((low + high) / 2 + reach).mid()
        if function(right) < 0:
            low = right
        elif function(left) > 0:
            high = left
        elif function(left) < 0 and function(right) > 0:
            low, high = left, right
        else:
            break
    return low.union(high)
