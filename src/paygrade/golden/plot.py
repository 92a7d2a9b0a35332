"""The choice of golden questions as a picture: information against being told apart."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#0b5fa5", "#c8500a", "#666666"
MARKS = {"chosen": (BLUE, "D"), "top certainty": (ORANGE, "s"), "random": (GREY, "o")}


def draw_tradeoff(
    comparison: "pd.DataFrame",
    curve: "pd.DataFrame",
    ceilings: "pd.DataFrame",
    max_auc: float,
    axes: "Axes | None" = None,
) -> "Axes":
    """Draw the sets that were tried, each with its bound, the three to compare, and the ceiling.

    The ceiling holds for sets whose features, one by one, have at most the AUC that is allowed.
    """
    if axes is None:
        from matplotlib.figure import Figure

        axes = Figure(figsize=(7.0, 4.6), layout="constrained").subplots()
    ceiling = float(ceilings.set_index("auc")["bound"].get(max_auc, 1.0))
    span = [min(0.5, curve["auc"].min()), max_auc]
    axes.plot(span, [ceiling] * 2, "--", color=GREY, linewidth=1.0, label="no such set has more")
    axes.plot(curve["auc"], curve["bound"], "_", color=BLUE, label="bound at its radius")
    axes.plot(curve["auc"], curve["kept"], ".", color=BLUE, markersize=7, label="sets tried")
    for name, row in comparison.iterrows():
        color, mark = MARKS[str(name)]
        spread = [[row["auc"] - row["low"]], [row["high"] - row["auc"]]]
        axes.errorbar(
            row["auc"], row["kept"], xerr=spread, fmt=mark, color=color, capsize=2, label=str(name)
        )
    axes.axvline(max_auc, color=BLUE, linewidth=0.8, linestyle=":")
    axes.set(xlabel="AUC of telling golden questions from other pairs (0.5: chance)")
    axes.set_ylabel("information about effort (top certainty = 1)")
    axes.set_ylim(bottom=0.0)
    axes.set_title("What hiding costs", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return axes
