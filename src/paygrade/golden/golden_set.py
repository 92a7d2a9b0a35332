"""Golden questions that were chosen, with the evidence for the choice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

JSON_LINES = (".jsonl", ".ndjson")
LISTED = 5  # suspects that the text shows


@dataclass(frozen=True, eq=False)
class GoldenSet:
    """Golden questions.

    Attributes:
        table: one row a question, in the order of the pairs: task, prompt if there is one, left,
            right, gold (its key), margin, key_error (probability that the key is wrong) and
            information (about effort, 1/effort², if it isn't spotted).
        comparison: three rows, "chosen", "top certainty" (largest margins) and "random", with the
            columns information; kept (share of top certainty's); auc, low, high (best judge, with
            interval); judge; distance (maximum mean discrepancy from the rest of the pool); left
            (share of keys on the left); longer (share of keys that are the longer response);
            effective (information if annotators spot questions as well as the best judge's AUC
            allows, with probability 2·AUC - 1).
        curve: the sets on the way: radius, information, kept, auc, low, high and bound (no set
            within that radius has more information, as a share of top certainty's).
        ceilings: for several AUCs, the share of top certainty's information that no set exceeds
            whose features one by one all have at most that AUC: auc, bound.
        bound: no set that is as near to the pool as this one's radius has more information.
        gap: what rounding lost at most, (bound - information)/bound.
        key_error: share of wrong keys: rate, low, high; equal where it was given.
        suspects: candidates whose key is more probably wrong than right, with the evidence; they
            were not chosen. Look at them.
        settings: what was asked for.
        pool: all pairs, with the key in gold for those chosen.
    """

    table: "pd.DataFrame"
    comparison: "pd.DataFrame"
    curve: "pd.DataFrame"
    ceilings: "pd.DataFrame"
    bound: float
    gap: float
    key_error: tuple[float, float, float]
    suspects: "pd.DataFrame"
    settings: Mapping[str, object]
    pool: "pd.DataFrame"

    @property
    def tasks(self) -> list[str]:
        """The chosen items."""
        return [str(task) for task in self.table["task"]]

    @property
    def keys(self) -> dict[str, str]:
        """The golden answer of each chosen item."""
        return dict(zip(self.tasks, self.table["gold"].tolist(), strict=True))

    @property
    def margins(self) -> dict[str, float]:
        """The margin of each chosen item, without its sign, as `assess` takes it."""
        return dict(zip(self.tasks, self.table["margin"].abs().tolist(), strict=True))

    @property
    def information(self) -> float:
        """Fisher information of one answer to each question, if none is spotted."""
        return float(self.comparison["information"]["chosen"])

    @property
    def kept(self) -> float:
        """Share of top certainty's information that was kept."""
        return float(self.comparison["kept"]["chosen"])

    @property
    def auc(self) -> float:
        """How well the best judge tells the questions from the other pairs."""
        return float(self.comparison["auc"]["chosen"])

    def write(self, path: Path | str, *, pool: bool = False) -> None:
        """Write the questions as `paygrade sample` takes them: task, the texts, gold.

        Neither margin nor information is written: they would tell annotators who is golden.

        Arguments:
            path: a CSV file, or JSON lines if it ends in .jsonl.
            pool: write all pairs, gold filled in for those chosen, instead of these alone.
        """
        shown = [name for name in self.pool.columns if name != "gold"]
        rows = (self.pool if pool else self.table)[[*shown, "gold"]]
        if Path(path).suffix.lower() in JSON_LINES:
            records = rows.astype(object).where(rows.notna(), None).to_dict("records")
            lines = (json.dumps(record, ensure_ascii=False, default=str) for record in records)
            Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
        else:
            rows.to_csv(path, index=False)

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw information against AUC: the sets on the way, the baselines, and the ceiling."""
        from paygrade.golden.plot import draw_tradeoff

        limit = float(str(self.settings["max_auc"]))
        return draw_tradeoff(self.comparison, self.curve, self.ceilings, limit, axes)

    def save_plot(self, path: Path | str) -> None:
        """Write the figure; the suffix (png, svg, pdf) says the format."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.0, 4.6), layout="constrained")
        FigureCanvasAgg(figure)
        self.plot(figure.subplots())
        figure.savefig(path, dpi=150)

    def to_dict(self) -> dict[str, object]:
        """Return everything but the texts as plain numbers and text, ready for JSON."""
        told = ["task", "gold", "margin", "key_error", "information"]
        rate, low, high = self.key_error
        return {
            "questions": self.table[told].to_dict(orient="records"),
            "comparison": self.comparison.to_dict(orient="index"),
            "bound": self.bound,
            "gap": self.gap,
            "key_error": {"rate": rate, "low": low, "high": high},
            "suspects": self.suspects.to_dict(orient="records"),
            "curve": self.curve.replace([np.inf], None).to_dict(orient="records"),
            "ceilings": self.ceilings.to_dict(orient="records"),
            "settings": dict(self.settings),
        }

    def __str__(self) -> str:
        columns = ["information", "kept", "auc", "low", "high", "left", "longer", "effective"]
        top = self.comparison["auc"]["top certainty"]
        headline = (
            f"{len(self.table)} golden questions of {len(self.pool)} pairs:"
            f" {100 * self.kept:.1f} % of top"
            f" certainty's information at AUC {self.auc:.3f} (top certainty: {top:.3f})"
        )
        bound = f"No set as near to the pool has over {self.bound:.4g}; this one has"
        lines = [
            headline,
            self.comparison[columns].round(3).to_string(),
            f"{bound} {100 * self.gap:.2f} % less.",
        ]
        rate, low, high = self.key_error
        if high > 0.0:
            lines.append(
                f"Wrong keys: {100 * rate:.1f} % ({100 * low:.1f} % to {100 * high:.1f} %)."
            )
        if len(self.suspects):
            lines.append(
                f"{len(self.suspects)} keys are suspect and were not chosen; look at them:"
            )
            lines.append(self.suspects.head(LISTED).to_string(index=False))
        return "\n".join(lines)
