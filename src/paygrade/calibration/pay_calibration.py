"""What pay data say of an agent: parameters with intervals, the test of the model, predictions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.calibration.fit import NAMES, Fit
from paygrade.calibration.intervals import Intervals, Kind, redraw
from paygrade.calibration.primitives import effort_cost, moral_hazard
from paygrade.calibration.supply import EffortSupply, unlink
from paygrade.errors import ModelError
from paygrade.model.effort import EffortCost
from paygrade.model.problem import MoralHazard

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class PayCalibration:
    """An agent's cost of effort and intrinsic motivation, estimated from effort under pay.

    Attributes:
        fit: the estimate with its covariance, in logarithms.
        method: "moments" or "rows".
        per: units of effort that a piece rate pays for; k and s are money for so many units.
        level: confidence of the intervals.
        kind: "profile", "delta" or "bootstrap".
        n: people (rows) in each condition; None where moments came without them.
        left_out: what was not used, and how many rows.
        source: what the data are called.
    """

    fit: Fit
    method: str
    per: float = 1.0
    level: float = 0.95
    kind: Kind = "profile"
    n: Sequence[float] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    source: str = ""

    @property
    def supply(self) -> EffortSupply:
        """The parameters, and effort at every piece rate."""
        return self.fit.supply

    @property
    def gamma(self) -> float:
        """Curvature of the cost: c' is k·exp(γe), or k·e^γ."""
        return self.supply.gamma

    @property
    def k(self) -> float:
        """Level of the marginal cost, money for `per` units."""
        return self.supply.k

    @property
    def s(self) -> float:
        """Intrinsic motivation, money for `per` units."""
        return self.supply.s

    @cached_property
    def parameters(self) -> "pd.DataFrame":
        """Rows gamma, k, s, curvature; columns estimate, se, low, high, estimated."""
        import pandas as pd

        intervals = self._intervals
        rows = {
            name: (
                getattr(self.supply, name),
                intervals.error(name),
                *intervals.parameter(name),
                i in self.fit.free,
            )
            for i, name in enumerate(NAMES)
        }
        columns = ["estimate", "se", "low", "high", "estimated"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    @cached_property
    def conditions(self) -> "pd.DataFrame":
        """One row a condition: pay, n, observed effort with its se, fitted effort, used.

        Under a power cost fitted to rows they are geometric means, which the model is about.
        """
        import pandas as pd

        cells, family = self.fit.criterion.cells, self.fit.family
        observed = unlink(family, cells.value)
        scale = observed if family == "power" else np.ones_like(observed)
        spread = np.full_like(observed, np.nan)
        if cells.covariance is not None:
            spread = scale * np.sqrt(np.diag(cells.covariance))
        return pd.DataFrame(
            {
                "pay": cells.pay,
                "n": np.nan if self.n is None else np.asarray(self.n),
                "observed": observed,
                "se": spread,
                "fitted": unlink(family, self.fit.fitted),
            }
        )

    @property
    def test(self) -> tuple[float, int, float] | None:
        """Over-identification: statistic, degrees of freedom, p-value; None with nothing to test.

        A small p-value says that no cost of this family explains all conditions.
        """
        return self.fit.overidentification()

    def predict(
        self, pay: float | Sequence[float], *, workers: int | None = None
    ) -> "pd.DataFrame":
        """Return effort at other piece rates with intervals: columns pay, effort, se, low, high.

        Arguments:
            pay: money for `per` units of effort.
            workers: None: the interval is for the expected effort; a number: for the mean effort of
                so many new people, who differ as those in the data do. The two errors are joined on
                either side (Zou and Donner 2008, Statistics in Medicine 27).

        Raises:
            ModelError: a pay below 0, or at which nobody would work.
        """
        import pandas as pd

        rates = np.atleast_1d(np.asarray(pay, float))
        with np.errstate(invalid="ignore"):
            wanted = self.supply.s + rates**self.supply.curvature
        if not (np.isfinite(rates) & (rates >= 0.0) & (wanted > 0.0)).all():
            raise ModelError(
                f"pay={pay!r}: effort is predicted at piece rates from 0 on that, with s ="
                f" {self.supply.s:.3g}, leave a reason to work; give such"
            )
        rows = [
            (rate, float(self.supply.effort(rate)), *self._spread(rate, workers)) for rate in rates
        ]
        return pd.DataFrame(rows, columns=["pay", "effort", "se", "low", "high"])

    def cost(self, full_effort: float, *, marginal_utility: float | None = None) -> EffortCost:
        """Return the cost of effort from 0 to 1 for a design (utils), net of motivation.

        Arguments:
            full_effort: the data's effort that is effort 1 in the design.
            marginal_utility: utils of one unit of money at what people earned; default 1.

        Raises:
            ModelError: people give full effort for nothing.
        """
        return effort_cost(self.supply, self.per, full_effort, marginal_utility)

    def problem(
        self, full_effort: float, *, marginal_utility: float | None = None, **primitives: Any
    ) -> MoralHazard:
        """Return the `MoralHazard` of this agent.

        Efforts run from what is given for nothing to 1, and the cost counts from there.

        Arguments:
            full_effort: as in `cost`.
            marginal_utility: as in `cost`.
            primitives: the rest of `MoralHazard`: utility, value, monitor, wage_floor and so on.

        Raises:
            ModelError: as in `cost` and `MoralHazard`.
        """
        return moral_hazard(self.supply, self.per, full_effort, marginal_utility, primitives)

    def draw(self, draws: int, seed: int = 0) -> tuple[list[EffortSupply], int]:
        """Return parameters as other samples would have given them, and how many gave none.

        Means are drawn around the observed ones by their covariance and fitted anew.

        Raises:
            NotIdentified: the data came without errors, or half of the draws fit no cost.
        """
        return redraw(self.fit, draws, seed)

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw effort over pay: observed means, the fitted curve and its band."""
        from paygrade.calibration.figure import draw_supply

        geometric = (self.method, self.fit.family) == ("rows", "power")
        words = ("geometric mean" if geometric else "mean", f"money for {self._unit} of effort")
        return draw_supply(Intervals(self.fit, self.level, "delta"), self.conditions, words, axes)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON; what is unknown is None."""
        test = self.test
        return {
            "cost": self.fit.family,
            "method": self.method,
            "per": self.per,
            "level": self.level,
            "intervals": self.kind,
            "parameters": _plain(self.parameters.reset_index(names="parameter")),
            "log_k": self.supply.log_k,
            "conditions": _plain(self.conditions),
            "test": test and dict(zip(("statistic", "df", "p_value"), test, strict=True)),
            "left_out": dict(self.left_out),
        }

    def __str__(self) -> str:
        shown = self.parameters[self.parameters["estimated"]].drop(columns="estimated")
        given = self.parameters[~self.parameters["estimated"]]["estimate"]
        marginal = "k·exp(γe)" if self.fit.family == "exponential" else "k·e^γ"
        pay = "p" if self.supply.curvature == 1.0 else f"p^{self.supply.curvature:.4g}"
        lines = [
            f"{marginal} = s + {pay}, p in money for {self._unit} of effort",
            f"method {self.method}, {100 * self.level:.0f} % intervals: {self.kind}",
            shown.to_string(float_format="{:.6g}".format),
            *(f"{name} = {value:g}, as given" for name, value in given.items()
              if (name, value) != ("curvature", 1.0)),
            "",
            self.conditions.to_string(index=False, float_format="{:.6g}".format),
        ]  # fmt: skip
        if self.test is None:
            lines.append("as many parameters as conditions: nothing is left to test the model by")
        else:
            statistic, df, p = self.test
            lines.append(f"over-identification: χ²({df}) = {statistic:.3f}, p = {p:.3f}")
        lines += [f"left out: {count} {what}" for what, count in self.left_out.items()]
        return "\n".join(lines)

    @property
    def _unit(self) -> str:
        return "a unit" if self.per == 1.0 else f"{self.per:g} units"

    @property
    def _intervals(self) -> Intervals:
        return Intervals(self.fit, self.level, self.kind)

    def _spread(self, pay: float, workers: int | None) -> tuple[float, float, float]:
        low, high, error = self._intervals.effort(pay)
        if workers is None:
            return error, low, high
        if self.n is None or workers < 1:
            raise ModelError(
                f"workers={workers!r} needs to know how much people differ; give rows, or moments"
                " with n, and at least one worker"
            )
        table = self.conditions
        noise = float(((table["se"] ** 2 * table["n"]).mean() / workers) ** 0.5)
        reach = self._intervals.quantile * noise
        effort = float(self.supply.effort(pay))
        down, up = math.hypot(effort - low, reach), math.hypot(high - effort, reach)
        return math.hypot(error, noise), effort - down, effort + up


def _plain(table: "pd.DataFrame") -> list[dict[str, Any]]:
    finite = table.astype(object).where(table.notna() & ~table.isin([np.inf, -np.inf]), None)
    return [{str(name): value for name, value in row.items()} for row in finite.to_dict("records")]
