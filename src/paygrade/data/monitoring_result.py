"""The report on monitors: one row a data set, every way behind it, and a picture."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.data.evidence import SQUARES
from paygrade.data.products import Estimate

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
COLORS = {"expert": "#0b5fa5", "repeat": "#c8500a", "golden": "#666666"}
ACROSS = 3  # panels in a row
OPEN = "open"
TINY = 1e-6  # a κ of nothing, at which informations still compare
TITLE = 30  # characters of a name that fit over a panel
FEW = 30  # prompts below which simulated intervals cover less than they say


@dataclass(frozen=True)
class Signals:
    """What one data set says.

    Attributes:
        name: of the data set.
        pairs: rows.
        labelled: rows with a label.
        kappa: E[δ²].
        rho: E[δ·ε].
        abs_margin: E|δ|; None: unknown.
        evidence: quantity -> way -> estimate.
    """

    name: str
    pairs: int
    labelled: int
    kappa: Estimate
    rho: Estimate
    abs_margin: Estimate | None
    evidence: Mapping[str, Mapping[str, Estimate]] = field(repr=False)

    def critical(self, effort: float) -> Estimate:
        """Return ρ_crit at this effort; it increases in κ."""
        return self.kappa.through(lambda kappa: critical_rho(kappa, effort), "theorem T13")

    def information(self, effort: float) -> dict[str, Estimate]:
        """Return the Fisher information of one check by monitor, at this effort."""
        found = {
            "expert": self.rho.through(lambda r: affine(r, effort), self.rho.means),
            "repeat": self.kappa.through(lambda k: repeated(k, effort), self.kappa.means),
        }
        if self.abs_margin is not None:
            g = self.abs_margin
            found["golden"] = g.through(lambda m: affine(m, effort), g.means)
        return found


def critical_rho(kappa: float, effort: float) -> float:
    """Return 2eκ/sqrt(1 + 3e⁴κ²): with |ρ| up to this a repeat tells more than an expert's label.

    >>> round(critical_rho(0.5, 0.8), 4)
    0.6997
    """
    return 2.0 * effort * kappa / math.sqrt(1.0 + 3.0 * effort**4 * kappa**2)


def affine(signal: ArrayLike, effort: ArrayLike) -> Any:
    """Return s²/(1 - e²s²), the information of a check with A(e) = (1 + e·s)/2; 0 for s < 0."""
    s = np.maximum(signal, 0.0)
    with np.errstate(divide="ignore"):
        return s**2 / (1.0 - np.square(effort) * s**2)


def repeated(kappa: ArrayLike, effort: ArrayLike) -> Any:
    """Return 4e²κ²/(1 - e⁴κ²), the information of a repeat, A(e) = (1 + e²κ)/2; 0 for κ < 0."""
    k, e = np.maximum(kappa, 0.0), np.asarray(effort, dtype=float)
    with np.errstate(divide="ignore"):
        return 4.0 * e**2 * k**2 / (1.0 - e**4 * k**2)


@dataclass(frozen=True)
class MonitoringReport:
    """What each data set is worth to each monitor; `monitoring_report` makes it.

    Attributes:
        sets: the data sets.
        effort: at which monitors are compared.
        prices: money for a check by monitor.
        level: confidence of intervals.
    """

    sets: tuple[Signals, ...]
    effort: float
    prices: Mapping[str, float]
    level: float

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row a data set.

        Columns dataset, pairs, labelled; kappa, rho, abs_margin and rho_crit with _low, _high and
        (but rho_crit) _from, the way it was found; information of a check: expert, repeat, golden,
        each with _low and _high; with prices the same per unit of money, NAME_per_money; better:
        "repeat" or "expert", whichever tells more a check, "open" where intervals leave that open;
        better_per_money.
        """
        import pandas as pd

        return pd.DataFrame([self._row(each) for each in self.sets])

    @cached_property
    def evidence(self) -> "pd.DataFrame":
        """Every way to every figure: dataset, quantity, way, value, low, high, pairs, prompts."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"dataset": each.name, "quantity": quantity, "way": way, "value": e.value,
                 "low": e.low, "high": e.high, "pairs": e.pairs, "prompts": e.prompts}
                for each in self.sets
                for quantity, ways in each.evidence.items()
                for way, e in ways.items()
            ]
        )  # fmt: skip

    def _row(self, each: Signals) -> dict[str, Any]:
        row: dict[str, Any] = {"dataset": each.name, "pairs": each.pairs, "labelled": each.labelled}
        for name in ("kappa", "rho", "abs_margin"):
            estimate = getattr(each, name)
            row |= _spread(name, estimate)
            row[f"{name}_from"] = "" if estimate is None else estimate.means
        row |= _spread("rho_crit", each.critical(self.effort))
        information = each.information(self.effort)
        for name, estimate in information.items():
            row |= _spread(name, estimate)
        for name, price in self.prices.items():
            if name in information:
                row[f"{name}_per_money"] = information[name].value / price
        row["better"] = self._better(each, {})
        if {"expert", "repeat"} <= set(self.prices):
            row["better_per_money"] = self._better(each, self.prices)
        return row

    def _better(self, each: Signals, prices: Mapping[str, float]) -> str:
        """Return which of repeat and expert tells more, if the intervals say so.

        A lower bound of κ may be as large as 1, and squares of margins err in either direction.
        Where ρ is taken to be κ, both are one number; the ratio of the two informations is monotone
        in it, so they are compared at its ends.
        """
        kappa, rate = each.kappa, prices.get("expert", 1.0) / prices.get("repeat", 1.0)
        vague = kappa.means == SQUARES
        low = TINY if vague else max(kappa.low, TINY)
        high = 1.0 if vague or kappa.at_least else kappa.high
        theirs = (low, high) if not each.evidence["rho"] else (each.rho.high, each.rho.low)
        gains = [
            rate * float(repeated(ours, self.effort)) - float(affine(rho, self.effort))
            for ours, rho in zip((low, high), theirs, strict=True)
        ]
        if all(gain > 0.0 for gain in gains):
            return "repeat"
        return "expert" if all(gain < 0.0 for gain in gains) else OPEN

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        parts = {"table": self.table, "evidence": self.evidence}
        plain = {
            name: [
                {str(k): _plain(v) for k, v in row.items()}
                for row in frame.to_dict(orient="records")
            ]
            for name, frame in parts.items()
        }
        return {"effort": self.effort, "level": self.level, "prices": dict(self.prices), **plain}

    def plot(self) -> "Figure":
        """Draw what a check tells over effort, a panel a data set, per unit of money if priced."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        across = min(ACROSS, len(self.sets))
        down = -(-len(self.sets) // across)
        figure = Figure(figsize=(4.6 * across, 3.6 * down), layout="constrained")
        FigureCanvasAgg(figure)
        panels = np.atleast_1d(figure.subplots(down, across)).ravel()
        for axes, each in zip(panels, self.sets, strict=False):
            self._draw(axes, each)
        for axes in panels[len(self.sets) :]:
            axes.set_visible(False)
        return figure

    def _draw(self, axes: Any, each: Signals) -> None:
        efforts = np.linspace(0.0, 1.0, 201)
        highest = 0.0
        signals = {"expert": (each.rho, affine), "repeat": (each.kappa, repeated)}
        if each.abs_margin is not None:
            signals["golden"] = (each.abs_margin, affine)
        for name, (signal, curve) in signals.items():
            price = self.prices.get(name, 1.0)
            values = curve(signal.value, efforts) / price
            axes.plot(efforts, values, color=COLORS[name], label=name)
            low, high = (curve(end, efforts) / price for end in (signal.low, signal.high))
            axes.fill_between(efforts, low, high, color=COLORS[name], alpha=0.15, linewidth=0)
            highest = max(highest, float(values[:-1].max()))
        axes.axvline(self.effort, color="black", linewidth=0.8, linestyle=":")
        axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.15 * highest or 1.0), xlabel="effort")
        unit = "unit of money" if self.prices else "check"
        axes.set_ylabel(f"information a {unit}")
        name = each.name if len(each.name) <= TITLE else f"{each.name[:TITLE]}..."
        signs = f"κ {each.kappa.value:.2f}, ρ {each.rho.value:.2f}"
        axes.set_title(f"{name}\n{signs}", loc="left", fontsize=10)
        axes.legend(frameon=False)

    def __str__(self) -> str:
        return "\n\n".join(self._text(each) for each in self.sets)

    def _text(self, each: Signals) -> str:
        lines = [f"{each.name}: {each.pairs} pairs, {each.labelled} labelled"]
        figures = {"kappa": each.kappa, "rho": each.rho, "E|delta|": each.abs_margin}
        lines += [
            f"  {name:<9}{estimate}  {estimate.means}"
            for name, estimate in figures.items()
            if estimate is not None
        ]
        if each.kappa.prompts < FEW:
            lines.append(f"  from {each.kappa.prompts} prompts only, so intervals are optimistic")
        lines.append(f"  rho_crit {each.critical(self.effort)}  at effort {self.effort:g}")
        for name, estimate in each.information(self.effort).items():
            price = self.prices.get(name)
            paid = f", {estimate.value / price:.3g} a unit of money" if price else ""
            lines.append(f"  a check by {name:<7} tells {estimate}{paid}")
        verdict = self._better(each, {})
        lines.append(
            "  repeat or expert: the intervals leave open which tells more a check"
            if verdict == OPEN
            else f"  a check tells more by {verdict}"
        )
        return "\n".join(lines)


def _spread(name: str, estimate: Estimate | None) -> dict[str, float]:
    if estimate is None:
        return {name: math.nan, f"{name}_low": math.nan, f"{name}_high": math.nan}
    values = (estimate.value, estimate.low, estimate.high)
    return dict(zip((name, f"{name}_low", f"{name}_high"), map(float, values), strict=True))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
