"""The law of the outcomes at one effort, its slope there and its rivals, in ball arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from flint import arb

from paygrade.certificate.bernstein import WHOLE, binomial_weights
from paygrade.certificate.finite import spanned_laws, tabulated_law
from paygrade.certificate.jet import Ball
from paygrade.certificate.primitives import accuracy_jet
from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.family import Bernoulli
from paygrade.model.finite import SpanningMonitor
from paygrade.model.monitor import Monitor
from paygrade.model.tabulated import TabulatedMonitor

REACH = 14.0  # standard deviations of a large count that are listed


@dataclass(frozen=True)
class Masses:
    """Probabilities of the listed outcomes, (m,), and how they move with effort.

    Attributes:
        own, slope: p(x|e) and its derivative in e, (m,).
        efforts: rival efforts whose law is listed; for large counts none is.
        deviations: p(x|e') for each of them, (m,).
        outside: upper bound on the probability of the outcomes left out.
        end_scores: scores of the first and last outcome, where some are left out.
    """

    own: Sequence[Ball]
    slope: Sequence[Ball]
    efforts: tuple[float, ...] = ()
    deviations: Sequence[Sequence[Ball]] = ()
    outside: Ball = field(default_factory=lambda: arb(0))
    end_scores: tuple[Ball, ...] = ()

    def float_scores(self) -> list[float]:
        """Return the scores as floats, first and last ones included."""
        listed = [
            float(slope) / float(own)
            for own, slope in zip(self.own, self.slope, strict=True)
            if float(own) > 0
        ]
        return listed + [float(score) for score in self.end_scores]


def masses_of(monitor: Monitor, effort: float, rivals: Sequence[float]) -> Masses | None:
    """Return the masses at `effort` and at its `rivals`; None for a monitor without a list."""
    if isinstance(monitor, TabulatedMonitor):
        own = tabulated_law(monitor, effort, effort)
        laws = [tabulated_law(monitor, e, e) for e in rivals]
        return Masses(own, [arb(0)] * len(own), tuple(rivals), laws)
    if isinstance(monitor, DistributionMonitor) and isinstance(monitor.law, Bernoulli):
        monitor = SpanningMonitor([1.0, 0.0], [0.0, 1.0])
    if isinstance(monitor, SpanningMonitor):
        low, high = spanned_laws(monitor)
        slope = [b - a for a, b in zip(low, high, strict=True)]
        at = [[a + arb(e) * s for a, s in zip(low, slope, strict=True)] for e in (effort, *rivals)]
        return Masses(at[0], slope, tuple(rivals), at[1:])
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        return None
    if isinstance(monitor, CountingMonitor):
        return _counts(monitor, effort, rivals)
    return None


def _counts(monitor: CountingMonitor, effort: float, rivals: Sequence[float]) -> Masses:
    n = monitor.n
    accuracy = accuracy_jet(monitor, arb(effort), arb(effort))
    p = accuracy.value
    if n <= WHOLE:
        fewer = [arb(0), *binomial_weights(n - 1, p, 0, n - 1), arb(0)]
        slope = [accuracy.slope * n * (a - b) for a, b in pairwise(fewer)]
        laws = [
            binomial_weights(n, accuracy_jet(monitor, arb(e), arb(e)).value, 0, n) for e in rivals
        ]
        return Masses(binomial_weights(n, p, 0, n), slope, tuple(rivals), laws)
    middle = float(p.mid())
    reach = REACH * (1.0 + (n * middle * (1.0 - middle)) ** 0.5)
    low, high = max(0, int(n * middle - reach)), min(n, int(n * middle + reach) + 1)
    own = binomial_weights(n, p, low, high)
    if p >= 1:
        return Masses(own, [arb(0)] * len(own))
    unit = accuracy.slope / (p * (1 - p))
    slope = [mass * unit * (k - n * p) for k, mass in enumerate(own, start=low)]
    outside = (1 - sum(own, arb(0))).max(arb(0)).upper()
    return Masses(own, slope, (), (), outside, (unit * (-n * p), unit * (n - n * p)))
