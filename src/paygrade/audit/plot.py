"""The audit as a picture: what effort earns, and what it is worth to the annotator."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paygrade.agent.earning import earnings
from paygrade.audit.behaviour import Behaviour
from paygrade.audit.rows import EffortRow
from paygrade.model.counting import CountingMonitor
from paygrade.model.effort import Finite
from paygrade.operations.rule import PayRule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#0b5fa5", "#c8500a", "#666666"
POINTS = 101


def draw_check(
    rule: PayRule,
    monitor: CountingMonitor,
    rows: Sequence[EffortRow],
    behaviour: Behaviour | None,
    axes: "Sequence[Axes] | None" = None,
) -> "Sequence[Axes]":
    """Draw pay (with a standard deviation to each side) and, with economics, payoff over effort."""
    if axes is None:
        from matplotlib.figure import Figure

        wide = behaviour is not None
        figure = Figure(figsize=(10.0 if wide else 5.6, 4.2), layout="constrained")
        axes = list(np.ravel(figure.subplots(1, 2 if wide else 1)))
        figure.suptitle(str(rule), fontsize=10)
    _draw_pay(axes[0], rule, monitor, rows)
    if behaviour is not None:
        _draw_payoff(axes[1], behaviour)
    return axes


def save_check(axes: "Sequence[Axes]", path: Path) -> None:
    """Write the figure of `axes` to `path`; the suffix (png, svg, pdf) says the format."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = axes[0].figure
    assert isinstance(figure, Figure)  # noqa: S101  (axes of a subfigure are not drawn here)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=150)


def _draw_pay(
    axes: "Axes", rule: PayRule, monitor: CountingMonitor, rows: Sequence[EffortRow]
) -> None:
    efforts = np.linspace(0.0, 1.0, POINTS)
    paid = earnings(monitor, rule.contract, efforts.tolist())
    mean = np.array([each.mean for each in paid])
    spread = np.array([each.deviation for each in paid])
    axes.plot(efforts, mean, color=BLUE, label="expected pay")
    low, high = rule.payments.min(), rule.payments.max()
    around = np.clip(mean - spread, low, high), np.clip(mean + spread, low, high)
    axes.fill_between(efforts, *around, color=BLUE, alpha=0.15, label="one sd of luck", linewidth=0)
    axes.set(xlabel="effort (share of items labelled with attention)")
    axes.set_ylabel(f"pay a batch ({rule.currency or 'money'})")
    axes.set_title("What effort earns", loc="left", fontsize=10)
    axes.legend(frameon=False, loc="lower right" if high > low else "best")
    lost = [(row.effort, row.banned) for row in rows if row.banned is not None]
    name = "chance of a ban"
    if not lost:
        lost = [
            (row.effort, row.earnings.denied) for row in rows if row.earnings.denied is not None
        ]
        name = "chance to be denied"
    if lost:
        other = axes.twinx()
        other.plot(*zip(*lost, strict=True), "o--", color=ORANGE, markersize=3)
        other.set_ylabel(name, color=ORANGE)
        other.set_ylim(-0.02, 1.02)


def _draw_payoff(axes: "Axes", behaviour: Behaviour) -> None:
    efforts = behaviour.problem.efforts
    finite = isinstance(efforts, Finite)
    points = (
        np.sort(efforts.values)
        if isinstance(efforts, Finite)
        else np.linspace(efforts.low, min(efforts.high, 1.0), 401)
    )
    axes.plot(points, behaviour.payoff(points), "o-" if finite else "-", color=BLUE)
    axes.axhline(0.0, color=GREY, linewidth=0.8, linestyle=":")
    best = behaviour.effort
    axes.plot([best], behaviour.payoff(np.array([best])), "o", color=BLUE)
    axes.set(xlabel="effort (share of items labelled with attention)")
    axes.set_ylabel("payoff above going elsewhere (utils)")
    axes.set_title(f"What the annotator gains (best: {best:.2f})", loc="left", fontsize=10)
