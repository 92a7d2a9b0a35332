"""Expert review against self-consistency, over effort, number of checks and taste (paper A)."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from paygrade.assessment.intervals import exact_interval
from paygrade.experiments.annotators import Draw, Items, items_of
from paygrade.experiments.experiment import (
    Experiment,
    Figure,
    Outcome,
    Setting,
    Statement,
    Table,
    Verdict,
)
from paygrade.model.counting import CountingMonitor, ExpertReview, SelfConsistency
from paygrade.planning.goals import sample_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

TASTES = (0.0, 0.2, 0.3)  # standard deviations of an annotator's own margin
EFFORTS = tuple(round(0.3 + 0.1 * i, 1) for i in range(7))
CHECKS = 2_000  # so many that the estimates' errors are what Fisher information says
ANNOTATORS = 50  # for each repetition
TEST = (0.9, 0.6)  # told apart with both errors at 5 %
LEVEL = 0.95
PAPER = "arXiv 2502.06387"


def run_monitors(experiment: Experiment, setting: Setting) -> Outcome:
    """Return both monitors' errors over effort and taste, and the checks that a test takes."""
    import pandas as pd

    draw = np.random.default_rng(setting.seed)
    annotators = ANNOTATORS * setting.repetitions
    worlds = [items_of(setting.pairs, taste, seed=setting.seed) for taste in TASTES]
    rows = []
    for items in worlds:
        setting.progress(f"annotators with tastes of standard deviation {items.taste:g}")
        rows += [_errors(items, effort, annotators, draw) for effort in EFFORTS]
    errors = pd.DataFrame(rows)
    setting.progress("planning and trying tests")
    tests = pd.DataFrame([row for items in worlds for row in _tests(items, 10 * annotators, draw)])
    return Outcome(
        experiment,
        _described(setting, annotators),
        (*_statements(errors, worlds), _planned(tests)),
        {
            f"Root mean squared error of effort from {CHECKS} checks": errors,
            f"Checks that tell effort {TEST[0]} from {TEST[1]}": tests,
        },
        (Figure("errors", _caption(worlds), lambda axes: _draw(axes, errors, worlds)),),
        (
            "A check is an item with two labels of one annotator, or with one and an expert's.",
            f"Margins are scaled by {1 - max(TASTES):g}, so that tastes have room.",
            "Signals kappa and rho are taken as known, from the items that are drawn from.",
        ),
    )


def critical_effort(kappa: float, rho: float) -> float:
    """Return the effort from which on self-consistency says more per check than an expert.

    rho <= 2e·kappa/sqrt(1 + 3e⁴kappa²) (theory section 1), solved for e: its square is the lower
    root of 3(rho·kappa)²·t² - 4kappa²·t + rho² = 0. Infinite where no effort is enough.

    >>> round(critical_effort(0.5, 0.5), 4), round(critical_effort(1.0, 1.0), 4)
    (0.5128, 0.5774)
    """
    root = 4.0 * kappa**4 - 3.0 * rho**4 * kappa**2
    if root < 0.0:
        return math.inf
    return math.sqrt(rho**2 / (2.0 * kappa**2 + math.sqrt(root)))


def _monitors(items: Items, n: int) -> dict[str, CountingMonitor]:
    return {
        "self-consistency": SelfConsistency(n, items.kappa),
        "expert review": ExpertReview(n, items.rho),
    }


def _agreements(name: str, items: Items, effort: float, n: int, many: int, draw: Draw) -> Array:
    if name == "self-consistency":
        return items.self_agreements(effort, n, many, draw)
    return items.expert_agreements(effort, n, many, draw)


def _errors(items: Items, effort: float, annotators: int, draw: Draw) -> dict[str, float]:
    """Return measured and predicted error of each monitor, and their difference with its error."""
    row: dict[str, float] = {"taste": items.taste, "effort": effort}
    squares = []
    for name, monitor in _monitors(items, CHECKS).items():
        blocks = range(0, annotators, 200)  # bounds the memory
        counts = np.concatenate(
            [
                _agreements(name, items, effort, CHECKS, min(200, annotators - b), draw)
                for b in blocks
            ]
        )
        square = (monitor.effort_at(counts / CHECKS) - effort) ** 2
        information = float(monitor.fisher_information(effort))
        row[f"{name} agreement"] = float(counts.mean() / CHECKS)
        row[f"{name} expected"] = float(monitor.accuracy(effort))
        row[f"{name} rmse"] = math.sqrt(square.mean())
        row[f"{name} predicted"] = 1.0 / math.sqrt(CHECKS * information)
        squares.append(square)
    row["advantage"] = float(squares[1].mean() - squares[0].mean())  # of self-consistency
    row["advantage error"] = math.hypot(
        *(float(square.std(ddof=1)) / math.sqrt(annotators) for square in squares)
    )
    return row


def _tests(items: Items, annotators: int, draw: Draw) -> list[dict[str, object]]:
    """Return, for both monitors, the planned test and how often it errs on simulated people."""
    found = []
    for name, monitor in _monitors(items, 1).items():
        plan = sample_size(monitor, test=TEST)
        row: dict[str, object] = {"taste": items.taste, "monitor": name, "checks": plan.n}
        row |= {"cutoff": plan.cutoff}
        for effort, says, fails in zip(
            TEST, ("careful fails", "careless passes"), (1, 0), strict=True
        ):
            counts = _agreements(name, items, effort, plan.n, annotators, draw)
            wrong = int(((counts < (plan.cutoff or 0)) == bool(fails)).sum())
            low, high = exact_interval(wrong, annotators, 1.0 - (1.0 - LEVEL) / 12.0)
            row |= {
                says: wrong / annotators,
                f"{says} low": float(low),
                f"{says} high": float(high),
            }
        found.append(row)
    return found


def _statements(errors: Table, worlds: Sequence[Items]) -> list[Statement]:
    return [_crossing(errors, worlds), _tastes(errors, worlds)]


def _crossing(errors: Table, worlds: Sequence[Items]) -> Statement:
    """Compare the sign of the measured advantage with the predicted one, wherever it is clear."""
    z = float(norm.ppf(1.0 - (1.0 - LEVEL) / (2.0 * len(errors))))  # all at once (Bonferroni)
    clear = errors["advantage"].abs() > z * errors["advantage error"]
    at = {items.taste: critical_effort(items.kappa, items.rho) for items in worlds}
    predicted = errors["effort"] > errors["taste"].map(at)
    right = ((errors["advantage"] > 0) == predicted) & clear
    sides = {bool(side) for side in predicted[clear]}
    verdict: Verdict = "agrees" if right.sum() == clear.sum() and len(sides) == 2 else "differs"
    if right.sum() == clear.sum() and len(sides) < 2:
        verdict = "undecided"
    efforts = ", ".join(f"{e:.3f} (taste {t:g})" for t, e in at.items())
    return Statement(
        "Self-consistency says more per check than an expert from a critical effort on",
        f"{PAPER} for the comparison; theory section 1 for the effort: {efforts}",
        f"of {len(errors)} settings, the better monitor is clear in {clear.sum()} (all at once,"
        f" {100 * LEVEL:.0f} %) and the predicted one in {right.sum()} of these",
        verdict,
    )


def _tastes(errors: Table, worlds: Sequence[Items]) -> Statement:
    """Compare the errors at the highest effort across tastes."""
    top = errors[errors["effort"] == max(EFFORTS)].set_index("taste")
    plain, diverse = worlds[0].taste, worlds[-1].taste
    change = {
        name: top.loc[diverse, f"{name} rmse"] / top.loc[plain, f"{name} rmse"] - 1.0
        for name in ("self-consistency", "expert review")
    }
    ratio = {
        t: top.loc[t, "expert review rmse"] / top.loc[t, "self-consistency rmse"]
        for t in (plain, diverse)
    }
    better = ratio[diverse] > ratio[plain]
    return Statement(
        "Differences in taste weaken the expert's signal relative to self-consistency",
        PAPER,
        f"at effort {max(EFFORTS)} tastes of standard deviation {diverse:g} change the error of"
        f" self-consistency by {100 * change['self-consistency']:+.0f} % and that of expert"
        f" review by {100 * change['expert review']:+.0f} %",
        "agrees" if better else "differs",
    )


def _planned(tests: Table) -> Statement:
    names = ("careful fails", "careless passes")
    worst = max(float(tests[name].max()) for name in names)
    broken = sum(int((tests[f"{name} low"] > 1.0 - LEVEL).sum()) for name in names)
    needed = "; ".join(
        f"{row.checks} for {row.monitor} (taste {row.taste:g})" for row in tests.itertuples()
    )
    return Statement(
        "Planned numbers of checks keep both errors at 5 %, and self-consistency needs fewer",
        f"exact binomial planning (theory section 1); the comparison: {PAPER}",
        f"{needed}; the largest error of {2 * len(tests)} tried is {100 * worst:.2f} %",
        "agrees" if not broken else "differs",
    )


def _described(setting: Setting, annotators: int) -> str:
    source = "simulated items" if setting.pairs is None else "margins of the pairs given"
    return f"{source}; {annotators} simulated annotators for each effort and taste"


def _caption(worlds: Sequence[Items]) -> str:
    return (
        "Error of the estimated effort, measured (dots) and from Fisher information (lines);"
        " dotted: the effort at which the two monitors should be equal, without tastes and with"
        f" tastes of standard deviation {worlds[-1].taste:g}."
    )


def _draw(axes: "Axes", errors: Table, worlds: Sequence[Items]) -> None:
    colours = {"self-consistency": "#205080", "expert review": "#b03020"}
    for items, style, fill in ((worlds[0], "-", None), (worlds[-1], "--", "none")):
        rows = errors[errors["taste"] == items.taste]
        for name, colour in colours.items():
            label = f"{name}, taste {items.taste:g}"
            axes.plot(rows["effort"], rows[f"{name} predicted"], style, color=colour, label=label)
            axes.plot(rows["effort"], rows[f"{name} rmse"], "o", color=colour, markerfacecolor=fill)
        axes.axvline(critical_effort(items.kappa, items.rho), ls=":", color="grey")
    axes.set(xlabel="effort", ylabel=f"error of the estimate, {CHECKS} checks", yscale="log")
    axes.legend(frameon=False)
