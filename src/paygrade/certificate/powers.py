"""Integer powers of balls that may contain zero."""

from flint import arb

from paygrade.certificate.jet import Ball


def power(base: Ball, exponent: int) -> Ball:
    """Return base^exponent; flint's own power is undefined where the base may be negative."""
    result = arb(1)
    for _ in range(exponent):
        result *= base
    return result
