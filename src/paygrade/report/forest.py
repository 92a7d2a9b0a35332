"""The forest plot: each annotator's effort as a point with its interval, worst at the bottom.

A few dozen annotators are named one by one. Of many, only those who are below the standard are
named, beside their lines, moved apart where they would overlap.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paygrade.assessment.assess_options import PEERS
from paygrade.report.roster import BELOW, UNCHECKED, Roster
from paygrade.report.roster_text import ranked_rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#0b5fa5", "#c8500a", "#666666"

NAMED_EACH = 60  # annotators up to whom every line has its name
LINE, TALLEST = 0.22, 11.0  # inches
LEAST_GAP = 0.17  # inches between names
LONGEST = 24  # letters of a name


def save_forest(roster: Roster, path: Path) -> None:
    """Write the figure to `path`; the suffix (png, svg, pdf) says the format."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = _from_worst(roster)
    tall = float(np.clip(LINE * len(rows), 1.6, TALLEST - 1.4)) + 1.4
    figure = Figure(figsize=(8.0, tall), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    _draw_intervals(axes, rows)
    _name_lines(axes, rows, tall - 1.4)
    _describe(axes, roster, rows)
    figure.savefig(path, dpi=150)


def _from_worst(roster: Roster) -> "pd.DataFrame":
    rows = ranked_rows(roster)
    return rows[rows["finding"] != UNCHECKED].reset_index(drop=True)


def _draw_intervals(axes: "Axes", rows: "pd.DataFrame") -> None:
    many = len(rows) > NAMED_EACH
    for below, colour, label in ((False, BLUE, "not shown to be below"), (True, ORANGE, "below")):
        part = rows[(rows["finding"] == BELOW) == below]
        if part.empty:
            continue
        axes.hlines(
            part.index,
            part["effort_low"],
            part["effort_high"],
            color=colour,
            linewidth=0.8 if many else 1.6,
            alpha=0.8,
        )
        marker = "D" if below else "o"  # told apart in black and white too
        size = 2.5 if many else 5.0
        axes.plot(part["effort"], part.index, marker, color=colour, markersize=size, label=label)


def _name_lines(axes: "Axes", rows: "pd.DataFrame", tall: float) -> None:
    axes.set_ylim(-1.0, max(len(rows), 1))
    if len(rows) <= NAMED_EACH:
        axes.set_yticks(range(len(rows)), [_short(name) for name in rows["worker"]])
        for tick, finding in zip(axes.get_yticklabels(), rows["finding"], strict=True):
            tick.set_color(ORANGE if finding == BELOW else "black")
        return
    axes.set_yticks([])
    gap = LEAST_GAP / tall * (len(rows) + 1.0)  # in lines
    fitting = int((len(rows) + 1.0) / gap)
    below = rows[rows["finding"] == BELOW].head(fitting)
    places = spread_apart(below.index.to_numpy(float), gap)
    for line, place, name in zip(below.index, places, below["worker"], strict=True):
        axes.annotate(
            _short(name),
            xy=(0.0, line),
            xytext=(-0.04, place),
            xycoords=axes.get_yaxis_transform(),
            textcoords=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=8,
            color=ORANGE,
            arrowprops={"arrowstyle": "-", "color": ORANGE, "linewidth": 0.5},
            annotation_clip=False,
        )


def spread_apart(places: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Return increasing places at least `gap` apart, none below where it was.

    >>> spread_apart(np.array([0.0, 1.0, 2.0, 9.0]), 2.0).tolist()
    [0.0, 2.0, 4.0, 9.0]
    """
    steps = gap * np.arange(len(places))
    return np.asarray(np.maximum.accumulate(places - steps) + steps)


def _describe(axes: "Axes", roster: Roster, rows: "pd.DataFrame") -> None:
    question = roster.question
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel(f"effort, with {100 * question.level:.3g} % intervals")
    below = int((rows["finding"] == BELOW).sum())
    against = "the rest" if question.standard == PEERS else f"effort {question.standard:g}"
    if question.standard != PEERS:
        axes.axvline(float(question.standard), color=GREY, linestyle="--", linewidth=1.0)
        axes.text(
            float(question.standard),
            1.0,
            "standard",
            color=GREY,
            fontsize=8,
            ha="center",
            va="bottom",
            transform=axes.get_xaxis_transform(),
        )
    adjusted = {"holm": "Holm", "bh": "Benjamini-Hochberg"}[question.control]
    title = f"{below} of {len(rows)} checked annotators are below {against} ({adjusted})"
    axes.set_title(title, loc="left", fontsize=11, pad=16)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if below:
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)


def _short(name: object) -> str:
    text = str(name).replace("$", r"\$")  # else matplotlib reads mathematics
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
