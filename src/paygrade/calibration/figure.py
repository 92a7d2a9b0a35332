"""Effort over pay as a picture: what was observed, what the cost says, and how sure it is."""

from typing import TYPE_CHECKING

import numpy as np

from paygrade.calibration.intervals import Intervals

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, GREY = "#0b5fa5", "#666666"
POINTS = 121


def draw_supply(
    band: Intervals, conditions: "pd.DataFrame", words: tuple[str, str], axes: "Axes | None" = None
) -> "Axes":
    """Draw observed efforts with their intervals, the fitted curve and its band.

    `words` says what of effort is drawn, and what the unit of pay is.
    """
    if axes is None:
        from matplotlib.figure import Figure

        axes = Figure(figsize=(7.0, 4.4), layout="constrained").subplots()
    name, unit = words
    supply = band.fit.supply
    top = 1.1 * float(conditions["pay"].max())
    pay = top * np.linspace(0.0, 1.0, POINTS) ** 3  # effort moves most where pay is low
    pay = pay[pay >= conditions["pay"].min()]
    low, high, _ = np.array([band.effort(each) for each in pay]).T
    if np.isfinite(low).all():
        axes.fill_between(
            pay,
            low,
            high,
            color=BLUE,
            alpha=0.15,
            linewidth=0,
            label=f"{100 * band.level:.0f} % band",
        )
    axes.plot(pay, supply.effort(pay), color=BLUE, label=f"{supply.family} cost")
    reach = band.quantile * conditions["se"].fillna(0.0)
    axes.errorbar(
        conditions["pay"], conditions["observed"], yerr=reach, fmt="o", color=GREY, capsize=3,
        label=f"observed {name}s",
    )  # fmt: skip
    axes.set(xlabel=f"pay ({unit})", ylabel=f"{name} effort")
    axes.set_title("What pay brings out", loc="left", fontsize=10)
    axes.legend(frameon=False, loc="lower right")
    return axes
