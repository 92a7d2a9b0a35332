"""The audit as a picture: what effort earns, and what it is worth to the annotator."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paygrade.audit.behaviour import Behaviour
from paygrade.audit.rows import effort_rows
from paygrade.audit.staying import Bans
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
    behaviour: Behaviour | None,
    bans: Bans | None = None,
    axes: "Sequence[Axes] | None" = None,
) -> "Sequence[Axes]":
    """Draw pay (with a standard deviation to each side) and, with economics, payoff over effort."""
    if axes is None:
        from matplotlib.figure import Figure

        wide = behaviour is not None
        figure = Figure(figsize=(10.0 if wide else 5.6, 4.2), layout="constrained")
        axes = [*figure.subplots(1, 2 if wide else 1, squeeze=False)[0]]
        figure.suptitle(str(rule), fontsize=10)
    _draw_pay(axes[0], rule, monitor, bans)
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


def _draw_pay(axes: "Axes", rule: PayRule, monitor: CountingMonitor, bans: Bans | None) -> None:
    efforts = np.linspace(0.0, 1.0, POINTS)
    bans = bans if bans is not None and bans.kept is not None else None
    rows = effort_rows(monitor, rule.contract, efforts.tolist(), bans)
    mean = np.array([row.earnings.mean for row in rows])
    spread = np.array([row.earnings.deviation for row in rows])
    lines = axes.plot(efforts, mean, color=BLUE, label="expected pay")
    low, high = rule.payments.min(), rule.payments.max()
    around = np.clip(mean - spread, low, high), np.clip(mean + spread, low, high)
    band = axes.fill_between(
        efforts, *around, color=BLUE, alpha=0.15, label="one sd of luck", linewidth=0
    )
    axes.set(xlabel="effort (share of items labelled with attention)")
    axes.set_ylabel(f"pay a batch ({rule.currency or 'money'})")
    axes.set_title("What effort earns", loc="left", fontsize=10)
    name, lost = "chance of a ban", [row.banned for row in rows]
    if bans is None:
        name, lost = "chance to be denied", [row.earnings.denied for row in rows]
    if lost[0] is not None:
        other = axes.twinx()
        chances = np.array(lost, float)
        lines += other.plot(efforts, chances, "--", color=ORANGE, label=name)
        other.set_ylabel(name, color=ORANGE)
        other.set_ylim(-0.02, 1.02)
    axes.legend(
        handles=[lines[0], band, *lines[1:]],
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.14),
        ncols=3,
        fontsize=9,
    )


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
