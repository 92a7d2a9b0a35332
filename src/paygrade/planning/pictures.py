"""The trade-off and the operating curve as pictures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, ORANGE, INK, GREY = "#0b5fa5", "#c8500a", "#222222", "#999999"
CURVES = (
    ("total_cost", "both", "o-", INK),
    ("agency_cost", "agency cost (effort is not seen)", "--", BLUE),
    ("monitoring_cost", "checks", ":", ORANGE),
)
USUAL = (0.05, 0.1, 0.2)  # shares that people ask about
ROOM = 1.25  # height of the picture over its highest curve
LINES = (":", "--", "-", "-.")


def draw_tradeoff(axes: "Axes", table: "pd.DataFrame", best: Mapping[str, Any]) -> None:
    """Draw costs over the share checked.

    Arguments:
        axes: where.
        table: of a `MonitoringTradeoff`, the row of no checks first.
        best: its best row.
    """
    checked = table[table["checks"] > 0]
    for column, label, style, colour in CURVES:
        axes.plot(
            100 * checked["share"], checked[column], style, color=colour, label=label, markersize=3
        )
    top = ROOM * float(checked["total_cost"].max())
    axes.set_ylim(0.0, top)
    axes.set_xlim(left=0.0)
    axes.margins(x=0.08)
    _draw_nothing(axes, float(table["total_cost"].iloc[0]), top, is_best=not best["checks"])
    for share, cost in zip(checked["share"], checked["total_cost"], strict=True):
        if np.isclose(share, USUAL).any() and share != best["share"] and not np.isnan(cost):
            axes.vlines(100 * share, 0.0, cost, color=GREY, linewidth=0.8)
            _say(axes, share, cost, f"{cost:.3g}")
    share, cost = float(best["share"]), float(best["total_cost"])
    if best["checks"]:
        axes.vlines(100 * share, 0.0, cost, color=INK, linewidth=0.8)
        axes.plot([100 * share], [cost], "o", color=INK)
        _say(axes, share, cost, f"best: {percent(share)}, {cost:.3g}")
    axes.set(xlabel="share of the batch that is checked (%)", ylabel="cost (money a batch)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)


def _draw_nothing(axes: "Axes", cost: float, top: float, *, is_best: bool) -> None:
    """Mark what no checks at all cost, at the upper edge if that is off the scale."""
    if np.isnan(cost):
        return
    place, mark = (cost, "s") if cost <= top else (top, "^")
    label = f"no checks: {cost:.3g}" + ", the best" * is_best
    axes.plot([0.0], [place], mark, color=ORANGE, clip_on=False, label=label)


def _say(axes: "Axes", share: float, cost: float, text: str) -> None:
    low, high = axes.get_xlim()
    right = 100 * share > low + 0.75 * (high - low)
    left = 100 * share < low + 0.15 * (high - low)
    side = "right" if right else "left" if left else "center"
    axes.annotate(
        text, (100 * share, cost), xytext=(0, 7), textcoords="offset points", ha=side, fontsize=9
    )


def draw_bans(axes: "Axes", table: "pd.DataFrame", title: str) -> None:
    """Draw the probability of a ban over accuracy, a line for each number of answers."""
    for index, (answers, rows) in enumerate(table.groupby("answers")):
        style = f"o{LINES[index % len(LINES)]}"
        axes.plot(rows["accuracy"], rows["banned"], style, markersize=3, label=f"{answers}")
        axes.fill_between(rows["accuracy"], rows["low"], rows["high"], alpha=0.2)
    axes.set(xlabel="accuracy (share of right answers)", ylabel="probability of a ban")
    axes.set_ylim(-0.02, 1.02)
    axes.set_title(title, loc="left", fontsize=10, wrap=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(title="within answers", frameon=False)


def percent(share: float) -> str:
    """Return a share in percent.

    >>> percent(0.125)
    '12.5 %'
    """
    return f"{100 * share:.3g} %"
