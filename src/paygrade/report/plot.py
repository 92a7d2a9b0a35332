"""The study as a picture: why the rule works, and what checking more buys."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paygrade.agent.expected import agent_utility
from paygrade.model.contract import BinaryContract, LinearContract
from paygrade.report.study import Study, rules_in_words
from paygrade.report.uncertain import Kinds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0b5fa5", "#c8500a", "#666666"


def save_plot(study: Study, path: Path) -> None:
    """Write the figure to `path`; the suffix (png, svg, pdf) says the format."""
    draw_study(study).savefig(path, dpi=150)


def draw_study(study: Study, *, narrow: bool = False) -> "Figure":
    """Return the figure: what the annotator gains from effort, and what checking more buys.

    Arguments:
        study: what was found.
        narrow: one panel below the other, for small screens.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 7.4) if narrow else (10.0, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(2, 1) if narrow else figure.subplots(1, 2)
    if study.kinds is None:
        _draw_response(left, study)
    else:
        _draw_kinds(left, study.kinds)
    _draw_agency_cost(right, study)
    words = rules_in_words(study)
    figure.suptitle("\n".join(textwrap.fill(each, 48) if narrow else each for each in words))
    return figure


def _draw_response(axes: "Axes", study: Study) -> None:
    design = study.design
    efforts = np.linspace(0.0, 1.0, 401)
    payoff = agent_utility(design.problem, design.contract, efforts)
    payoff = payoff - design.problem.reservation_utility
    axes.plot(efforts, payoff, color=BLUE, label="annotator's payoff")
    axes.axhline(0.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.plot([design.effort], [np.interp(design.effort, efforts, payoff)], "o", color=BLUE)
    axes.set(xlabel="effort (share of items labelled with attention)")
    axes.set_ylabel("payoff above not working here (utils)")
    title = f"What the annotator gains from effort (best: {design.effort:.2f})"
    axes.set_title(title, loc="left", fontsize=10)
    if isinstance(design.contract, BinaryContract):
        passes = axes.twinx()
        chance = design.problem.monitor.pass_probability(design.contract.cutoff, efforts)
        passes.plot(efforts, chance, color=ORANGE, linestyle="--")
        passes.set_ylabel("chance to pass", color=ORANGE)
        passes.set_ylim(0.0, 1.02)


def _draw_kinds(axes: "Axes", kinds: Kinds) -> None:
    efforts = np.linspace(0.0, 1.0, 401)
    for problem, one, taken in zip(kinds.problems, kinds.outcomes, kinds.choice, strict=True):
        rule = kinds.rules[0 if taken is None else taken]
        payoff = agent_utility(problem, rule, efforts) - problem.reservation_utility
        leaves = " (leave)" if taken is None else ""
        (line,) = axes.plot(efforts, payoff, label=f"{one.name}{leaves}")
        best = np.interp(one.effort, efforts, payoff)
        axes.plot([one.effort], [best], "o", color=line.get_color())
    axes.axhline(0.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel="effort (share of items labelled with attention)")
    axes.set_ylabel("payoff above not working here (utils)")
    axes.set_title("What each kind gains from effort under its rule", loc="left", fontsize=10)
    axes.legend(frameon=False)


def _draw_agency_cost(axes: "Axes", study: Study) -> None:
    for family, color, name in (
        (BinaryContract, BLUE, "bonus"),
        (LinearContract, ORANGE, "linear rate"),
    ):
        points = [
            (plan.checks, cost)
            for plan in study.plans
            if (cost := plan.agency_cost(family)) is not None
        ]
        if points:
            checks, costs = zip(*points, strict=True)
            axes.plot(checks, costs, "o-", color=color, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks([p.checks for p in study.plans], [str(p.checks) for p in study.plans])
    axes.minorticks_off()
    axes.set_ylim(bottom=0.0)
    axes.set(xlabel="questions checked in each batch", ylabel="agency cost (money a batch)")
    stated = " with annotators as stated" if study.safe or study.kinds else ""
    axes.set_title(f"What not seeing effort costs{stated}", loc="left", fontsize=10)
    axes.legend(frameon=False)
