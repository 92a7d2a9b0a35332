"""Normal and binomial probabilities in balls, and roots of monotone functions."""

from collections.abc import Callable
from typing import Any

from flint import arb

Ball = Any  # arb
BISECTIONS = 100  # 30 digits of the bracket


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
        middle = ((low + high) / 2).mid()
        value = function(middle)
        if value < 0:
            low = middle
        elif value > 0:
            high = middle
        else:
            break
    return low.union(high)
