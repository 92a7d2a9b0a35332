"""Enclosures of a function with its first two derivatives, at a point or over a box of efforts."""

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb

from paygrade.errors import ModelError

Ball = arb


class NoEnclosure(ModelError):
    """No ball arithmetic is written for this primitive, so nothing about it can be proved."""


@dataclass(frozen=True)
class Jet:
    """Balls that contain f, f' and f'' (with respect to effort)."""

    value: Ball
    slope: Ball
    curvature: Ball

    def __add__(self, other: "Jet") -> "Jet":
        return Jet(
            self.value + other.value, self.slope + other.slope, self.curvature + other.curvature
        )

    def __sub__(self, other: "Jet") -> "Jet":
        return Jet(
            self.value - other.value, self.slope - other.slope, self.curvature - other.curvature
        )

    def scaled(self, factor: Ball) -> "Jet":
        """Return the jet of factor·f."""
        return Jet(factor * self.value, factor * self.slope, factor * self.curvature)

    def chained(self, value: Ball, slope: Ball, curvature: Ball) -> "Jet":
        """Return the jet of g(f), given balls for g, g' and g'' over the values of f."""
        return Jet(
            value, slope * self.slope, curvature * self.slope * self.slope + slope * self.curvature
        )


Curve = Callable[[float, float], Jet]  # (low, high) efforts -> enclosures over the box


def constant(value: Ball) -> Jet:
    """Return the jet of a constant function."""
    return Jet(value, arb(0), arb(0))


def between(low: Ball, high: Ball) -> Ball:
    """Return a ball that contains everything between two balls."""
    return low.union(high)


def anchored(low: float, high: float, *, at_high: bool = False) -> Ball:
    """Return a ball around [low, high] that ends exactly at one of them and just beyond the other.

    A radius has 30 bits, so a ball around [0, 0.7] would else reach below 0, where no root is.

    >>> anchored(0.0, 0.7).sqrt().is_finite()
    True
    """
    around = arb(0, (arb(high) - arb(low)) / 2)
    reach = around.rad()  # as rounded up
    return around + (arb(high) - reach if at_high else arb(low) + reach)
