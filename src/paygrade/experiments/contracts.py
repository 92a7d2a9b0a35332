"""What each class of contract loses to first best, over the number of checks (paper A)."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from paygrade.errors import PaygradeError
from paygrade.experiments.annotators import items_of
from paygrade.experiments.experiment import Experiment, Figure, Outcome, Setting, Statement, Table
from paygrade.model.contract import BinaryContract, Contract, LinearContract, WageSchedule
from paygrade.model.counting import SelfConsistency
from paygrade.model.effort import Finite, LinearValue, PowerCost
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import SquareRootUtility
from paygrade.solution import first_best, log_agency_cost, second_best

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHECKS = (100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800)
FAMILIES: dict[str, type[Contract]] = {
    "bonus": BinaryContract,
    "linear": LinearContract,
    "any rule": WageSchedule,
}
SLOWEST = 3_200  # checks beyond which proofs of general schedules take minutes
PAPER = "arXiv 2502.06387"
LAST = 4  # points that a rate is judged by
RATES: dict[str, Callable[[float], float]] = {
    "1/n": lambda n: 1.0 / n,
    "1/sqrt(n)": lambda n: 1.0 / math.sqrt(n),
    "1/sqrt(n log n)": lambda n: 1.0 / math.sqrt(n * math.log(n)),
}


def run_contracts(experiment: Experiment, setting: Setting) -> Outcome:
    """Return agency costs over n, each from a certified contract, and the rates that fit."""
    import pandas as pd

    kappa = items_of(setting.pairs, seed=setting.seed).kappa
    rows = [
        _row(name, n, kappa, setting)
        for name in FAMILIES
        for n in CHECKS
        if name != "any rule" or n <= SLOWEST
    ]
    costs = pd.DataFrame(rows)
    setting.progress("two efforts only")
    discrete = pd.DataFrame([_discrete_row(n, kappa) for n in (50, 100, 200, 400, 800)])
    statements = (
        _rate(costs, "linear", "1/n"),
        _rate(costs, "bonus", "1/sqrt(n log n)"),
        _exponential(discrete),
    )
    title = "Agency cost (money) over checks"
    return Outcome(
        experiment,
        "simulated job; kappa "
        + (
            f"{kappa:.3f} of simulated items"
            if setting.pairs is None
            else f"{kappa:.3f} of the pairs"
        ),
        statements,
        {title: costs, "Two efforts only: log of the agency cost": discrete},
        (
            Figure(
                "agency-cost", f"{title}, both axes logarithmic.", lambda axes: _draw(axes, costs)
            ),
        ),
        (
            "Every figure is that of a contract whose incentives are certified over all efforts.",
            "The rates themselves are derived and enclosed by `paygrade verify T5 T8 T10 T11`.",
        ),
    )


def job(kappa: float, n: int) -> MoralHazard:
    """Return the job: square-root utility, other wealth of 30, outside pay of 1."""
    return MoralHazard(
        utility=SquareRootUtility(shift=30.0),
        cost=PowerCost(0.25, 2.0),
        value=LinearValue(4.0),
        monitor=SelfConsistency(n, kappa),
        reservation_utility=math.sqrt(31.0),
        wage_floor=-20.0,
    )


def _row(name: str, n: int, kappa: float, setting: Setting) -> dict[str, object]:
    setting.progress(f"{name} contract, {n} checks")
    problem = job(kappa, n)
    row: dict[str, object] = {"contract": name, "checks": n}
    try:
        design = second_best(problem, FAMILIES[name])
    except PaygradeError as error:
        return row | {"agency cost": np.nan, "effort": np.nan, "evidence": str(error)}
    lost = first_best(problem).payoff - design.payoff
    evidence = design.certificate.evidence.name
    return row | {"agency cost": lost, "effort": design.effort, "evidence": evidence}


def _discrete_row(n: int, kappa: float) -> dict[str, float]:
    problem = replace(job(kappa, n), efforts=Finite([0.4, 0.9]))
    return {"checks": n, "log agency cost": log_agency_cost(problem, WageSchedule)}


def _rate(costs: Table, name: str, claimed: str) -> Statement:
    """Ask which rate's ratio to the agency cost changes least over the largest n."""
    rows = costs[costs["contract"] == name].dropna(subset="agency cost").tail(LAST)
    claim = f"A {name} contract loses of the order of {claimed} against first best"
    if len(rows) < LAST:
        return Statement(claim, PAPER, "too few contracts exist for this job", "undecided")
    spread = {}
    for rate, law in RATES.items():
        ratios = rows["agency cost"] / rows["checks"].map(law)
        spread[rate] = float(ratios.max() / ratios.min() - 1.0)
    best = min(spread, key=spread.__getitem__)
    n = rows["checks"]
    measured = ", ".join(f"{100 * value:.1f} % for {rate}" for rate, value in spread.items())
    return Statement(
        claim,
        PAPER,
        f"from n = {n.min()} to {n.max()} the ratio of cost to rate changes by {measured}",
        "agrees" if best == claimed else "differs",
    )


def _exponential(discrete: Table) -> Statement:
    """Compare the fall per check over the last two doublings: constant if it is exponential."""
    logs, n = discrete["log agency cost"].to_numpy(), discrete["checks"].to_numpy()
    falls = -np.diff(logs) / np.diff(n)
    settled = falls[-1] > 0 and abs(falls[-1] / falls[-2] - 1.0) < abs(falls[-2] / falls[-3] - 1.0)
    return Statement(
        "With two efforts the loss falls exponentially in n",
        PAPER,
        f"it falls by a factor of exp(-{falls[-1]:.4f}) a check from n = {n[-2]} to {n[-1]}"
        f" (exp(-{falls[-2]:.4f}) over the doubling before)",
        "agrees" if settled else "differs",
    )


def _draw(axes: "Axes", costs: Table) -> None:
    styles = zip(("#b03020", "#205080", "#3a7a3a"), ("o-", "s--", "^:"), strict=True)
    for (name, rows), (colour, style) in zip(
        costs.groupby("contract", sort=False), styles, strict=True
    ):
        axes.plot(rows["checks"], rows["agency cost"], style, color=colour, label=name)
    axes.set(xlabel="checks n", ylabel="agency cost (money)", xscale="log", yscale="log")
    axes.legend(frameon=False)
