"""What a preference data set is worth to each monitor: its signals, and what a check tells."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from paygrade.arguments import checked_arguments
from paygrade.data.evidence import evidence_on
from paygrade.data.monitoring_result import MonitoringReport, Signals
from paygrade.data.preference_pairs import PreferencePairs
from paygrade.data.products import Estimate
from paygrade.errors import DataError, raise_problems
from paygrade.model.checks import positive

if TYPE_CHECKING:
    import pandas as pd

MONITORS = ("expert", "repeat", "golden")
ASSUMED = "assumed equal to kappa: shared tastes"


@checked_arguments
def monitoring_report(
    pairs: PreferencePairs | Mapping[str, PreferencePairs],
    *,
    effort: float = 0.8,
    prices: Mapping[str, float] | None = None,
    expert: str | None = None,
    by: str | None = None,
    level: float = 0.95,
) -> MonitoringReport:
    """Return κ, ρ, E|δ| and ρ_crit of each data set, and the information of each monitor.

    κ = E[δ²] is what two labels of one annotator agree on, ρ = E[δ·ε] what they share with an
    expert. At effort e a repeat tells more than an expert's label iff
    abs(ρ) <= ρ_crit = 2eκ/sqrt(1 + 3e⁴κ²) (theorem T13). A check's Fisher information about effort
    is ρ²/(1 - e²ρ²) for an expert's, 4e²κ²/(1 - e⁴κ²) for a repeat's and g²/(1 - e²g²) for a golden
    question with margin g = E|δ|, at least, by Jensen, if margins differ.

    No figure is the mean of squared noisy margins where there is anything better; `evidence` lists
    every way and what it rests on. All of them are figures of *these* annotators: if they labelled
    with effort a, κ stands for a²κ and ρ for aρ.

    Arguments:
        pairs: the pairs, or name -> pairs, for several data sets.
        effort: at which monitors are compared, in (0, 1].
        prices: money for a check by "expert", "repeat" and "golden"; information per unit of money
            is then given too.
        expert: column of the expert's answer ("safer", say) or margin. None: another annotator is
            the expert, or without workers tastes are taken to be shared (ρ = κ).
        by: column whose values are data sets of their own; by default `dataset`.
        level: confidence of intervals; see `Estimate`.

    Raises:
        DataError: a column is missing, or a data set has no labels by several annotators and no
            margins, so that it says nothing of κ.
        ModelError: an effort or a price that makes no sense.

    >>> import numpy as np, pandas as pd
    >>> from paygrade.data.reading import read_pairs
    >>> draw = np.random.default_rng(0)
    >>> margin = np.repeat(draw.uniform(-1, 1, 3000), 2)         # E[δ²] = 1/3
    >>> label = np.where(draw.random(6000) < (1 + margin) / 2, "a1", "a2")
    >>> votes = pd.DataFrame({"topic": np.repeat(np.arange(3000), 2), "arg1": "a", "arg2": "b",
    ...     "worker": np.tile(["ann", "bob"], 3000), "label": label})
    >>> report = monitoring_report(read_pairs(votes))
    >>> row = report.table.iloc[0]
    >>> bool(row["kappa_low"] < 1 / 3 < row["kappa_high"]), row["better"]
    (True, 'repeat')
    """
    problems = positive("effort", effort, "leaves nothing to observe")
    if not problems and effort > 1:
        problems = [f"effort={effort!r} is more than full attention; give a number up to 1"]
    for name, price in (prices or {}).items():
        if name not in MONITORS:
            problems.append(f"prices name {name!r}, which is none of {', '.join(MONITORS)}")
        else:
            problems += positive(f"price of {name}", price, "is no price")
    raise_problems(problems)
    if not 0.0 < level < 1.0:
        raise DataError(f"level={level!r} is no confidence; give a number between 0 and 1")
    sets = [_signals(name, table, whole, expert, level) for name, table, whole in _sets(pairs, by)]
    return MonitoringReport(tuple(sets), float(effort), dict(prices or {}), level)


def _sets(
    pairs: PreferencePairs | Mapping[str, PreferencePairs], by: str | None
) -> "Iterator[tuple[str, pd.DataFrame, PreferencePairs]]":
    """Yield name and table of each data set, and the pairs that it is of."""
    named = pairs if isinstance(pairs, Mapping) else {"": pairs}
    if not named:
        raise DataError("there are no data sets to report on; give one")
    for name, whole in named.items():
        if by is not None and by not in whole.table:
            raise DataError(
                f"{whole.source} has no column {by!r} to tell data sets apart; the columns are"
                f" {', '.join(map(str, whole.table))}"
            )
        column = by or ("dataset" if "dataset" in whole.table and not name else None)
        if column is None:
            yield name or whole.source, whole.table, whole
            continue
        for value, table in whole.table.groupby(column, sort=True, dropna=False):
            yield " ".join(filter(None, (name, str(value)))), table, whole


def _signals(
    name: str, table: "pd.DataFrame", whole: PreferencePairs, expert: str | None, level: float
) -> Signals:
    found = evidence_on(table, whole.temperatures, expert, level)
    if not found["kappa"]:
        raise DataError(
            f"{name}: no pair has labels by two annotators, two labels by one, or a margin, so"
            " nothing is known of how decided its comparisons are (kappa); add margins by"
            " score_margins, or labels"
        )
    kappa = _first(found["kappa"])
    rho = _first(found["rho"]) if found["rho"] else replace(kappa, means=ASSUMED)
    abs_margin = _first(found["abs_margin"]) if found["abs_margin"] else None
    labelled = int(table["label"].notna().sum())
    return Signals(name, len(table), labelled, kappa, rho, abs_margin, found)


def _first(ways: Mapping[str, Estimate]) -> Estimate:
    """Return the best way there is, preferring one with an interval."""
    return next(
        (each for each in ways.values() if np.isfinite(each.low)), next(iter(ways.values()))
    )
