"""The forest plot: each annotator's effort as a point with its interval, worst at the bottom.

A few dozen annotators have a line and a name each. Of many, the worst of those who are below the
standard keep theirs, and all others are drawn as thin lines without a name.
"""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paygrade.assessment.assess_options import PEERS
from paygrade.report.roster import BELOW, CONTRARY, UNCHECKED, Roster
from paygrade.report.roster_text import ranked_rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

BLUE, ORANGE, GREY = "#0b5fa5", "#c8500a", "#666666"

ALL_NAMED = 50  # annotators up to whom everybody is named
MOST_NAMED = 25  # of more annotators, the worst of those who are below
LINE = 0.22  # inches that a named line takes
THIN_LINES = 6.0  # inches that all thin lines take at most
AROUND = 1.8  # inches for title, axis and legend
LONGEST = 24  # letters of a name
LETTERS = 14  # of a title, an inch of the axes
NOT_BELOW, IS_BELOW = "not shown to be below", "below"


def save_forest(roster: Roster, path: Path) -> None:
    """Write the figure to `path`; the suffix (png, svg, pdf) says the format."""
    draw_forest(roster).savefig(path, dpi=150)


def draw_forest(roster: Roster, width: float = 8.0) -> "Figure":
    """Return the figure, `width` inches wide and as tall as its annotators need."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = ranked_rows(roster)
    rows = rows[rows["finding"] != UNCHECKED].reset_index(drop=True)
    named = named_lines(_below(rows))
    place, tall = lay_lines(named)
    figure = Figure(figsize=(width, max(tall, 1.0) + AROUND), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    _draw_intervals(axes, rows, named, place)
    _name_lines(axes, rows[named], place[named])
    axes.set_ylim(-LINE / 2, tall + LINE / 2)
    _describe(axes, roster, rows)
    figure.legend(loc="outside lower right", ncols=2, frameon=False, fontsize=9)
    return figure


def named_lines(below: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whose lines have names, (k,): everybody's, or of many the worst who are below.

    Arguments:
        below: who is below the standard, the worst first, (k,).
    """
    if len(below) <= ALL_NAMED:
        return np.ones(len(below), bool)
    return np.asarray(below & (np.cumsum(below) <= MOST_NAMED))


def lay_lines(named: NDArray[np.bool_]) -> tuple[Array, float]:
    """Return how high each line stands, (k,), and how high all of them do (inches).

    >>> place, tall = lay_lines(np.array([True, True, False, False]))
    >>> place.round(2).tolist(), round(tall, 2)
    ([0.11, 0.33, 0.55, 0.77], 0.88)
    """
    thin = min(LINE, THIN_LINES / max(int((~named).sum()), 1))
    height = np.where(named, LINE, thin)
    return np.cumsum(height) - height / 2.0, float(height.sum())


def _draw_intervals(
    axes: "Axes", rows: "pd.DataFrame", named: NDArray[np.bool_], place: Array
) -> None:
    below = _below(rows)
    # marks of their own, to be told apart in black and white too
    for is_below, colour, marker in ((False, BLUE, "o"), (True, ORANGE, "D")):
        told = False
        for is_named, width, size in ((True, 1.6, 5.0), (False, 0.6, 2.0)):
            here = (below == is_below) & (named == is_named)
            if not here.any():
                continue
            part, height = rows[here], place[here]
            ends = part["effort_low"], part["effort_high"]
            axes.hlines(height, *ends, color=colour, linewidth=width, alpha=0.8)
            label = None if told else (IS_BELOW if is_below else NOT_BELOW)
            axes.plot(part["effort"], height, marker, color=colour, markersize=size, label=label)
            told = True


def _name_lines(axes: "Axes", rows: "pd.DataFrame", place: Array) -> None:
    axes.set_yticks(place, [short_name(name) for name in rows["worker"]])
    for tick, is_below in zip(axes.get_yticklabels(), _below(rows), strict=True):
        tick.set_color(ORANGE if is_below else "black")


def _describe(axes: "Axes", roster: Roster, rows: "pd.DataFrame") -> None:
    question = roster.question
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel(f"effort, with {100 * question.level:.3g} % intervals")
    against = "the rest" if question.standard == PEERS else f"effort {question.standard:g}"
    if question.standard != PEERS:
        axes.axvline(float(question.standard), color=GREY, linestyle="--", linewidth=1.0)
    adjusted = {"holm": "Holm", "bh": "Benjamini-Hochberg"}[question.control]
    below = int(_below(rows).sum())
    some = below > MOST_NAMED and len(rows) > ALL_NAMED
    worst = f"; the {MOST_NAMED} worst are named" if some else ""
    title = f"{below} of {len(rows)} checked annotators are below {against} ({adjusted}{worst})"
    wide = axes.get_window_extent().width / axes.figure.dpi
    axes.set_title(textwrap.fill(title, int(LETTERS * wide)), loc="left", fontsize=10)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _below(rows: "pd.DataFrame") -> NDArray[np.bool_]:
    return rows["finding"].isin([BELOW, CONTRARY]).to_numpy(bool)


def short_name(name: object) -> str:
    """Return a name as it fits beside an axis, read as no mathematics."""
    text = str(name).replace("$", r"\$")  # else matplotlib reads mathematics
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
