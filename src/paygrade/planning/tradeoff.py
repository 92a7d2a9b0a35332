"""What checking costs and what it saves: every share of a batch, priced, and no checks at all.

Without checks pay can't depend on anything, so the best rule is the lowest flat wage that is
accepted, and the agent works as hard as pleases without pay for it: not at all, as a rule. That is
priced and certified like any other contract, so a trade-off may end in "check nothing".
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.arguments import checked_arguments
from paygrade.errors import NotConverged, PaygradeError, raise_problems
from paygrade.model.checks import at_least, count
from paygrade.model.contract import BinaryContract, Contract, FlatWage, LinearContract
from paygrade.model.problem import MoralHazard
from paygrade.planning.goals import with_checks
from paygrade.planning.pictures import draw_tradeoff, percent
from paygrade.solution import first_best, second_best
from paygrade.sweeps import Progress, sweep

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

RULES = {BinaryContract: "a bonus for passing", LinearContract: "pay for each right answer"}
SHARES = tuple(percent / 100 for percent in range(5, 21))  # 5, 6, ..., 20 %


@dataclass(frozen=True)
class MonitoringTradeoff:
    """The price of every share of checked items.

    Attributes:
        table: one row a number of checks, 0 first, money a batch; columns share (of the batch),
            checks, effort, expected_wage, agency_cost, monitoring_cost, total_cost (agency plus
            monitoring), payoff (value - wage - monitoring) and reason (why there is no rule; then
            the figures are missing).
        first_best: payoff with effort observed for nothing (money).
        family: class of contract.
    """

    table: "pd.DataFrame"
    first_best: float
    family: type[Contract]

    @property
    def best(self) -> dict[str, Any]:
        """The row with the highest payoff, which is the one with the least total cost."""
        rows = self.table.dropna(subset="payoff").drop(columns="reason").to_dict(orient="records")
        row = max(rows, key=lambda row: float(row["payoff"]))
        return {str(name): value for name, value in row.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        rows = self.table.astype(object).where(self.table.notna(), None)
        table = rows.to_dict(orient="records")
        return {"family": self.family.__name__, "best": self.best, "table": table}

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw agency cost, checks and their sum over the share checked; mark the usual shares."""
        if axes is None:
            from matplotlib.figure import Figure

            axes = Figure(figsize=(7.0, 4.4), layout="constrained").subplots()
        draw_tradeoff(axes, self.table, self.best)
        rule = RULES.get(self.family, self.family.__name__)
        axes.set_title(f"What checks cost and save, with {rule}", loc="left", fontsize=11)
        return axes

    def __str__(self) -> str:
        best, checks = self.best, self.table["checks"]
        if best["checks"] == 0:
            found = f"best: check nothing and pay {best['expected_wage']:.4g} flat"
            lost = f"which loses {best['agency_cost']:.4g} to first best"
        else:
            found = f"best: check {best['checks']:.0f} ({percent(best['share'])})"
            lost = (
                f"which costs {best['monitoring_cost']:.4g} and leaves an agency cost of"
                f" {best['agency_cost']:.4g}"
            )
        edge = {checks[1]: "fewer", checks.max(): "more"}
        beyond = edge.get(best["checks"])
        hint = f"; {beyond} might be better still: price smaller or larger shares" if beyond else ""
        text = self.table.drop(columns="reason").to_string(
            index=False, float_format="{:.4g}".format
        )
        return f"{text}\n{found}, {lost}{hint}"


@checked_arguments
def monitoring_tradeoff(
    problem: MoralHazard,
    cost_per_check: float,
    *,
    batch: int,
    shares: Sequence[float] = SHARES,
    family: type[Contract] = BinaryContract,
    progress: Progress = lambda _: None,
    executor: Executor | None = None,
) -> MonitoringTradeoff:
    """Return what every share of checked items costs in wages, agency and monitoring.

    For each share the best contract of `family` is designed and certified, and for no checks the
    best flat wage. First best doesn't depend on checks, so payoff and total cost have their best at
    the same place. Two shares that round to one number of checks are one row.

    Arguments:
        problem: the job; its monitor's n is replaced.
        cost_per_check: money for one check: a second label (SelfConsistency), an expert's answer,
            a golden question's slot in the batch.
        batch: items in a batch.
        shares: shares of the batch to check, in (0, 1]; by default 5 %, 6 %, ..., 20 %.
        family: class of contract.
        progress: told what is being designed.
        executor: designs the contracts side by side, see `sweep`; None: one after the other.

    Raises:
        ModelError: numbers that make no sense.
        NotConverged: no share has a contract that can be certified; with the first reason.
        ClusterError: the executor lost its workers.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0),
    ...     value=pg.LinearValue(2.048), monitor=pg.SelfConsistency(n=1, kappa=0.8), wage_floor=0.0)
    >>> trade = monitoring_tradeoff(problem, 0.002, batch=200, shares=[0.05, 0.1, 0.2, 0.4])
    >>> trade.best["checks"], round(trade.best["total_cost"], 3)
    (40, 0.155)
    """
    import pandas as pd

    problems = at_least("cost_per_check", cost_per_check, 0.0, "pays for no check")
    problems += count("batch", batch, "holds no items")
    problems += [
        f"share {share!r} checks no part of the batch; give numbers above 0 and at most 1"
        for share in shares
        if not 0.0 < share <= 1.0
    ]
    if not len(shares):
        problems.append("shares is empty, so nothing is priced; give some, such as [0.05, 0.1]")
    raise_problems(problems)
    ideal = first_best(problem).payoff
    progress("pricing no checks")
    rows = [_row(problem, ideal, cost_per_check, FlatWage, 0)]
    rows += sweep(
        partial(_row, problem, ideal, cost_per_check, family),
        sorted({max(1, round(share * batch)) for share in shares}),
        executor=executor,
        progress=progress,
        told="designing and proving a rule with {} checks".format,
    )
    table = pd.DataFrame(rows)
    table.insert(0, "share", table["checks"] / batch)
    if table["payoff"][1:].isna().all():
        raise NotConverged(f"no share has a rule to price; with the fewest: {table['reason'][1]}")
    return MonitoringTradeoff(table, ideal, family)


def _row(
    problem: MoralHazard, ideal: float, price: float, family: type[Contract], checks: int
) -> dict[str, Any]:
    names = ("effort", "expected_wage", "agency_cost", "monitoring_cost", "total_cost", "payoff")
    checked = with_checks(problem, max(checks, 1))
    try:
        design = second_best(checked, family)
    except PaygradeError as error:
        return {"checks": checks, **dict.fromkeys(names, np.nan), "reason": str(error)}
    lost, spent = ideal - design.payoff, price * checks
    figures = (design.effort, design.expected_wage, lost, spent, lost + spent)
    values = (*figures, design.payoff - spent)
    return {"checks": checks, **dict(zip(names, values, strict=True)), "reason": ""}
