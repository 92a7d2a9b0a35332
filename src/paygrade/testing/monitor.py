"""`check_monitor`: does the law of an outcome keep what `Monitor` promises?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.monitor import Monitor
from paygrade.testing.comparison import (
    Array,
    Function,
    demand,
    demand_equal,
    demand_shapes,
    slopes,
)

SHARES = (0.15, 0.4, 0.6, 0.85)  # of a finite range of efforts
STEPS = (0.2, 0.7, 1.5, 3.0)  # above the lowest effort, where there is no highest
FAINT = 1e-6  # relative to the largest mass: outcomes below are left out of differences
SHOWN = 25  # outcomes compared by differences
LEVELS = (-1.5, -0.5, 0.5, 1.5)  # standard deviations at which cutoffs are tried


def check_monitor(
    monitor: Monitor, efforts: Sequence[float] | None = None, *, tolerance: float = 1e-7
) -> None:
    """Raise `CheckFailed` at the first promise of `Monitor` that `monitor` breaks.

    Checked at each effort: probabilities that sum to 1; a score that is the slope of the log
    density, with mean zero and variance n·`fisher_information` (n the monitor's checks, else 1);
    tails that agree with the law, fall in the cutoff and rise in effort; mean and bounds.

    Arguments:
        monitor: what to check; a law with a slope in effort, so no `TabulatedMonitor`.
        efforts: where; some inside its range by default.
        tolerance: error relative to what is compared that counts as none.

    Raises:
        CheckFailed: naming the method, outcome or effort, and the two numbers.

    >>> from paygrade import NormalMonitor
    >>> check_monitor(NormalMonitor(n=10))
    """
    name, low, high = type(monitor).__name__, monitor.lowest_effort, monitor.highest_effort
    demand(
        low < high,
        f"{name} has lowest_effort={low!r} and highest_effort={high!r}, so no effort has a law;"
        " state the range",
    )
    if efforts is None:
        efforts = [low + s for s in STEPS] if math.isinf(high) else [
            low + (high - low) * s for s in SHARES
        ]  # fmt: skip
    tried = np.array(efforts, float)
    for effort in tried.tolist():
        law = _Law(monitor, effort, tolerance)
        law.probabilities()
        law.scores()
        law.moments()
        law.tails()
    _check_efforts(monitor, tried, tolerance)


@dataclass(frozen=True)
class _Law:
    """A monitor at one effort."""

    monitor: Monitor
    effort: float
    tolerance: float

    @cached_property
    def nodes(self) -> tuple[Array, Array, Array]:
        """Outcomes, log weights and masses, (m,)."""
        outcomes, log_weight = self.monitor.nodes(self.effort)
        mass = np.exp(log_weight + self.monitor.log_density(outcomes, self.effort))
        return outcomes, log_weight, mass

    @property
    def where(self) -> str:
        return f"at effort {self.effort:g}"

    @property
    def name(self) -> str:
        return type(self.monitor).__name__

    def probabilities(self) -> None:
        """Check that nodes and density make a law."""
        outcomes, log_weight, mass = self.nodes
        demand(
            outcomes.ndim == 1 and outcomes.shape == log_weight.shape,
            f"{self.name}.nodes({self.effort:g}) returns shapes {outcomes.shape} and"
            f" {log_weight.shape}; expectations pair outcomes with weights: return two of (m,)",
        )
        likely = outcomes[mass > FAINT * mass.max()]
        for method in ("log_density", "score", "density_slope"):
            function = getattr(self.monitor, method)
            demand_shapes(f"{self.name}.{method}", _second(function, self.effort), likely)
        total = float(mass.sum())
        demand(
            abs(total - 1.0) <= self.tolerance,
            f"{self.name} has total probability {total:.10g} {self.where}, not 1, so every"
            " expectation is off; correct `log_density` or `nodes`",
        )
        if self.monitor.is_discrete:
            demand(
                not log_weight.any(),
                f"{self.name}.nodes({self.effort:g}) gives discrete outcomes log weights other"
                " than 0, and tables of probabilities ignore them; return zeros",
            )

    def scores(self) -> None:
        """Check score and density slope against differences of the log density in effort."""
        outcomes, _, mass = self.nodes
        likely = np.flatnonzero(mass > FAINT * mass.max())
        shown = outcomes[likely[np.linspace(0, len(likely) - 1, SHOWN).astype(int)]]
        monitor = self.monitor
        room = min(self.effort - monitor.lowest_effort, monitor.highest_effort - self.effort, 1.0)

        def log_density(efforts: Array) -> Array:
            pairs = zip(shown.tolist(), efforts.tolist(), strict=True)
            return np.array([float(monitor.log_density(np.array(x), e)) for x, e in pairs])

        score = np.asarray(monitor.score(shown, self.effort))
        at = np.full(len(shown), self.effort)
        wanted, error = slopes(log_density, at, np.full(len(shown), 0.25 * room))
        size = np.abs(wanted) + np.abs(wanted).mean()
        demand_equal(
            f"{self.name}.score({{}}, {self.effort:g})", shown, score, wanted,
            self.tolerance * size + 10.0 * error,
            "the slope of `log_density` in effort is {}; pay would follow the wrong likelihood"
            " ratio: correct one of them",
        )  # fmt: skip
        slope = np.asarray(monitor.density_slope(shown, self.effort))
        density = np.exp(np.asarray(monitor.log_density(shown, self.effort)))
        demand_equal(
            f"{self.name}.density_slope({{}}, {self.effort:g})", shown, slope, density * score,
            self.tolerance * density * np.abs(score).max(),
            "density times score is {}; incentive rows would not be those of the law: correct it,"
            " or leave it to the base class",
        )  # fmt: skip
        least, bound = float(score.min()), monitor.lowest_score(self.effort)
        demand(
            bound <= least + self.tolerance * (1 + abs(least)),
            f"{self.name}.lowest_score({self.effort:g}) is {bound:.9g}, but a score of"
            f" {least:.9g} occurs; floors would be thought slack: return the infimum or -inf",
        )

    def moments(self) -> None:
        """Check mean and variance of the score and the mean outcome."""
        outcomes, log_weight, mass = self.nodes
        slope = np.exp(log_weight) * self.monitor.density_slope(outcomes, self.effort)
        checks = int(np.asarray(getattr(self.monitor, "n", 1)))
        information = checks * float(self.monitor.fisher_information(self.effort))
        mean = float(slope.sum())
        demand(
            abs(mean) <= 10 * self.tolerance * (1 + math.sqrt(abs(information))),
            f"{self.name}.score has mean {mean:.6g} {self.where}, and a score has mean 0; correct"
            " `score` or `density_slope`",
        )
        with np.errstate(invalid="ignore"):
            score = self.monitor.score(outcomes, self.effort)
            variance = float(np.where(mass > 0, mass * score**2, 0.0).sum())
        mixed = isinstance(self.monitor, GoldenQuestions) and not self.monitor.equal_margins
        close = abs(variance - information) <= 10 * self.tolerance * (1 + abs(information))
        demand(
            close or (mixed and variance < information),  # a count tells less than its questions
            f"{self.name}.fisher_information({self.effort:g}) makes {information:.9g} over"
            f" {checks} checks, but the score's variance is {variance:.9g}; rates of convergence"
            " would be wrong: correct one of them",
        )
        stated = float(self.monitor.mean_outcome(self.effort))
        scale = checks if isinstance(self.monitor, CountingMonitor) else 1
        mean = float((mass * outcomes).sum()) / scale
        spread = float((mass * np.abs(outcomes)).sum()) / scale
        demand(
            math.isnan(stated) or abs(stated - mean) <= 10 * self.tolerance * (1 + spread),
            f"{self.name}.mean_outcome({self.effort:g}) is {stated:.9g}, but the law's mean is"
            f" {mean:.9g}; linear pay would cost something else: correct it",
        )
        low, high = self.monitor.mean_bounds
        demand(
            math.isnan(stated) or low <= stated <= high,
            f"{self.name}.mean_outcome({self.effort:g}) is {stated:.9g}, outside mean_bounds="
            f"({low:g}, {high:g}); linear pay would break wage bounds: correct one of them",
        )

    def tails(self) -> None:
        """Check the probabilities of failing and passing against the law."""
        monitor, effort = self.monitor, self.effort
        cutoffs = np.sort(np.asarray(monitor.cutoff_at(effort, np.array(LEVELS))).ravel())
        failing = []
        for cutoff in cutoffs.tolist():
            fail = float(monitor.fail_probability(cutoff, effort))
            passed = float(monitor.pass_probability(cutoff, effort))
            at = f"({cutoff:.6g}, {effort:g})"
            demand(
                0 <= fail <= 1 and abs(fail + passed - 1.0) <= 1e-9,
                f"{self.name}.fail_probability{at} is {fail:.9g} and pass_probability {passed:.9g}:"
                " not the two parts of 1; correct one of them",
            )
            outcomes, log_weight = monitor.nodes(effort, (cutoff,))
            below = outcomes < cutoff
            mass = np.exp(log_weight + monitor.log_density(outcomes, effort))[below].sum()
            demand(
                abs(fail - mass) <= 10 * self.tolerance,
                f"{self.name}.fail_probability{at} is {fail:.9g}, but outcomes below the cutoff"
                f" have probability {float(mass):.9g}; bonuses would be paid at another rate:"
                " correct one of them (P(X < cutoff), the cutoff itself passes)",
            )
            failing.append(fail)
        falls = np.flatnonzero(np.diff(failing) < -1e-12)
        demand(
            not len(falls),
            f"{self.name}.fail_probability falls in the cutoff {self.where}; a higher mark is"
            " harder to reach: correct it",
        )


def _second(function: Function, argument: float) -> Function:
    return lambda x: function(x, argument)


def _check_efforts(monitor: Monitor, efforts: Array, tolerance: float) -> None:
    """Check the tails as functions of effort."""
    name = type(monitor).__name__
    low, high = monitor.lowest_effort, monitor.highest_effort
    room = np.minimum(np.minimum(efforts - low, high - efforts), 1.0)
    for middle in efforts.tolist():
        marks = np.asarray(monitor.cutoff_at(middle, np.array(0.0))).ravel()
        cutoff = float(marks[len(marks) // 2])  # a short list of outcomes offers them all
        for method in ("fail_probability", "pass_probability", "pass_slope"):
            function = getattr(monitor, method)
            demand_shapes(f"{name}.{method}", partial(function, cutoff), efforts)
        passing = np.asarray(monitor.pass_probability(cutoff, np.sort(efforts)))
        demand(
            not (np.diff(passing) < -1e-12).any(),
            f"{name}.pass_probability({cutoff:.6g}, e) falls in effort: {passing.tolist()} at"
            f" {np.sort(efforts).tolist()}; larger outcomes must speak for more effort: turn the"
            " outcome's sign",
        )
        slope = np.asarray(monitor.pass_slope(cutoff, efforts))
        wanted, error = slopes(partial(monitor.pass_probability, cutoff), efforts, 0.25 * room)
        demand_equal(
            f"{name}.pass_slope({cutoff:.6g}, {{}})", efforts, slope, wanted,
            tolerance * (np.abs(wanted) + np.abs(wanted).max()) + 10.0 * error,
            "differences of `pass_probability` give {}; bonuses would be set for another effort:"
            " correct `pass_slope`",
        )  # fmt: skip
