"""What the choice is held against: top certainty, chance, and what no set can exceed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import InfeasibleSelection
from paygrade.golden.candidates import Candidates
from paygrade.golden.distinguishability import Judges, distance
from paygrade.golden.formats import longer_side
from paygrade.golden.information import question_information
from paygrade.golden.radii import Tried
from paygrade.golden.relaxation import Program, relax

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Places = NDArray[np.intp]

CEILINGS = (0.52, 0.55, 0.6, 0.7, 0.8)


def three_sets(pool: Candidates, place: Places, chosen: Places, seed: int) -> dict[str, Places]:
    """Return the items chosen, those of largest margin, and some at random, as rows of the pool."""
    surest = np.argsort(-np.abs(pool.margin[place]), kind="stable")[: len(chosen)]
    lot = np.random.default_rng(seed).permutation(len(place))[: len(chosen)]
    return {"chosen": chosen, "top certainty": place[surest], "random": place[lot]}


def compare(
    pool: Candidates,
    sets: Mapping[str, Places],
    told: Array,
    errors: Array,
    judges: Judges,
    phi: Array,
    settings: Mapping[str, Any],
) -> "pd.DataFrame":
    """Return a row for each set; `GoldenSet.comparison` says of what."""
    import pandas as pd

    top = float(told[sets["top certainty"]].sum())
    longer = longer_side(pool.table) * np.sign(pool.margin)
    rows = {}
    for name, members in sets.items():
        auc = judges.auc(members)
        effective = question_information(
            pool.margin[members],
            settings["effort"],
            key_error=errors[members],
            spotted=max(2.0 * auc.value - 1.0, 0.0),
            temperature=settings["temperature"],
        )
        unequal = longer[members] != 0.0
        rows[name] = {
            "information": float(told[members].sum()),
            "kept": float(told[members].sum()) / top if top else np.nan,
            "auc": auc.value,
            "low": auc.low,
            "high": auc.high,
            "judge": auc.judge,
            "distance": distance(phi, members),
            "left": float((pool.margin[members] > 0).mean()),
            "longer": float((longer[members][unequal] > 0).mean()) if unequal.any() else 0.5,
            "effective": float(effective.sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def curve_of(tried: list[Tried], top: float) -> "pd.DataFrame":
    """Return the sets that were tried, the farthest from the pool first."""
    import pandas as pd

    rows = [
        (t.radius, t.information, t.information / top, t.auc.value, t.auc.low, t.auc.high,
         t.bound / top)
        for t in sorted(tried, key=lambda each: -each.radius)
    ]  # fmt: skip
    columns = ["radius", "information", "kept", "auc", "low", "high", "bound"]
    return pd.DataFrame(rows, columns=columns)


def ceilings_of(
    program: Program, max_auc: float, top: float, size: int, seed: int
) -> "pd.DataFrame":
    """Return what no set exceeds whose features, one by one, have at most these AUCs."""
    import pandas as pd

    share = 1.0 - program.size / size
    rows = []
    for auc in sorted({*CEILINGS, max_auc}):
        limits = program.limits.copy()
        limits[np.isclose(limits, (max_auc - 0.5) * share)] = (auc - 0.5) * share
        try:
            rows.append((auc, relax(replace(program, limits=limits), seed).bound / top))
        except InfeasibleSelection:
            continue  # the candidates themselves look unlike the pool
    return pd.DataFrame(rows, columns=["auc", "bound"])
