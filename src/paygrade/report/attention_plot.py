"""Users' attentiveness with intervals, and what filters keep of the labels' worth."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paygrade.report.attention import NOT, UNKNOWN, Attention
from paygrade.report.forest import BLUE, GREY, LINE, ORANGE, short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ALL_NAMED = 40  # users up to whom everybody has a name
TALL = 6.0  # inches, of more
LEAST = 3.6
INK = 200.0  # points of line on top of each other, so that thousands of intervals don't fill it up


def save_attention(found: Attention, path: Path) -> None:
    """Write the figure to `path`; the suffix (png, svg, pdf) says the format."""
    draw_attention(found).savefig(path, dpi=150)


def draw_attention(found: Attention, *, narrow: bool = False) -> "Figure":
    """Return the figure: users on the left, uses of their labels on the right.

    Arguments:
        found: what the comparisons say.
        narrow: for a telephone; the uses then stand below the users.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    users = int((found.table["finding"] != UNKNOWN).sum())
    tall = LINE * users + 1.4 if users <= ALL_NAMED else TALL
    tall = max(tall, LEAST)
    size = (4.6, tall + LEAST) if narrow else (10.0, tall)
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    if narrow:
        left, right = figure.subplots(2, 1, height_ratios=[tall, LEAST])
    else:
        left, right = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
    _draw_users(left, found)
    _draw_uses(right, found)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=1 if narrow else 5, frameon=False, fontsize=9)
    return figure


def _draw_users(axes: "Axes", found: Attention) -> None:
    rows = found.table[found.table["finding"] != UNKNOWN].reset_index(drop=True)
    named = len(rows) <= ALL_NAMED
    width, size, alpha = (1.6, 5.0, 0.8) if named else (min(0.5, INK / len(rows)), 2.0, 0.5)
    groups = ((False, BLUE, "o", "attentive or open"), (True, ORANGE, "D", NOT))
    for is_not, colour, marker, label in groups:
        here = (rows["finding"] == NOT) == is_not
        part, place = rows[here], np.flatnonzero(here)
        if not len(part):
            continue
        axes.hlines(place, part["low"], part["high"], color=colour, linewidth=width, alpha=alpha)
        axes.plot(part["attentiveness"], place, marker, color=colour, markersize=size, label=label)
    axes.axvline(found.question.threshold, color=GREY, linestyle="--", linewidth=1.0)
    if named:
        axes.set_yticks(range(len(rows)), [short_name(name) for name in rows["user"]])
        axes.tick_params(axis="y", length=0)
    else:
        axes.set_yticks([])
        axes.set_ylabel("users, the least attentive at the bottom")
    kind = (
        "probability of being attentive" if found.question.law == "two types" else "attentiveness"
    )
    axes.set(xlim=(-0.03, 1.03), xlabel=f"{kind}, {100 * found.question.level:.3g} % intervals")
    shown = int((rows["finding"] == NOT).sum())
    title = f"{shown} of {len(rows)} users are shown not to be attentive"
    axes.set_title(title, loc="left", fontsize=10)


def _draw_uses(axes: "Axes", found: Attention) -> None:
    """Draw what every filter keeps and what that is worth, from nobody to everybody."""
    fit = found.fit
    at = np.nan_to_num(fit.attentiveness)
    order = np.argsort(-at, kind="stable")
    made = fit.comparisons[order]
    kept = np.cumsum(made)
    worth = np.cumsum(at[order] * made) ** 2 / np.maximum(kept, 1)
    last = np.append(np.diff(at[order]) < 0.0, True)
    total = max(int(kept[-1]), 1)
    axes.plot(
        np.append(0.0, kept[last] / total), np.append(0.0, worth[last]), color=BLUE, linewidth=1.6,
        label="users from the most attentive on",
    )  # fmt: skip
    uses = found.uses.set_index("use")
    weighted = uses["effective"].iloc[-1]
    axes.axhline(weighted, color=GREY, linestyle="--", linewidth=1.0, label="all, weighted")
    chosen = found.uses[found.uses["threshold"] == found.question.threshold].iloc[0]
    axes.plot(
        [chosen["comparisons"] / total], [chosen["effective"]], "D", color=ORANGE, markersize=6,
        label=f"the filter at {found.question.threshold:g}",
    )  # fmt: skip
    axes.set(xlabel="share of labels kept", ylabel="worth, in attentive labels")
    axes.set_xlim(0.0, 1.02)
    axes.set_ylim(0.0, 1.12 * max(float(weighted), 1e-9))
    axes.set_title("What a filter keeps", loc="left", fontsize=10)
