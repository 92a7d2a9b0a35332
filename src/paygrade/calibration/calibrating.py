"""`calibrate`: from observed effort under pay to the agent behind it."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paygrade.arguments import checked_arguments
from paygrade.calibration.cells import Method, cells_of
from paygrade.calibration.criterion import Held
from paygrade.calibration.fit import fit_line
from paygrade.calibration.intervals import KINDS, Kind
from paygrade.calibration.moments import EffortMoments
from paygrade.calibration.pay_calibration import PayCalibration
from paygrade.calibration.rows import EffortRows, read_effort
from paygrade.calibration.supply import Family
from paygrade.errors import raise_problems
from paygrade.model.checks import finite, positive

if TYPE_CHECKING:
    from paygrade.labels.opening import Table

STEEPEST = 50.0  # curvature θ of pay p^θ; a larger one leaves the numbers


@checked_arguments
def calibrate(
    data: "EffortMoments | EffortRows | Table",
    *,
    cost: Family = "exponential",
    method: Method = "moments",
    effort: str = "effort",
    pay: str | Mapping[Any, float] = "pay",
    condition: str = "condition",
    worker: str | None = None,
    nearest: float | None = None,
    cap: float | None = None,
    per: float = 1.0,
    fixed: Mapping[str, float] | None = None,
    curvature: float | None = 1.0,
    level: float = 0.95,
    intervals: Kind = "profile",
) -> PayCalibration:
    """Return the cost of effort and the intrinsic motivation that explain effort under pay.

    The agent sets c'(e) = s + p^θ with c'(e) = k·exp(γe) (exponential) or k·e^γ (power). Money is
    the unit of utility: θ = 1, and only what effort costs *in money* can be told from piece rates.

    "moments" is minimum distance: mean efforts weighted by the inverse of their covariance, exact
    where there are as many conditions as parameters. "rows" is least squares on individuals: of
    effort for the exponential cost, of log effort for the power cost, with robust errors.
    DellaVigna and Pope (2018, Review of Economic Studies 85) do both; docs/theory/calibration.md.

    Arguments:
        data: rows (a file or a data frame), `EffortRows` of `read_effort`, or `EffortMoments`.
        cost: "exponential" or "power".
        method: "moments" or "rows".
        effort: column of effort, in rows.
        pay: column of the piece rate, or condition -> piece rate.
        condition: column of the condition, with such a mapping.
        worker: column of the person, where people have several rows.
        nearest: as in `read_effort`: round efforts to multiples of it.
        cap: as in `read_effort`: the highest effort possible.
        per: units of effort that a piece rate pays for, as 100 for "cents per 100 presses". k and s
            come out in that unit.
        fixed: parameters taken as known, of gamma, k and s: {"s": 0.0}.
        curvature: θ; None: estimated, which takes motivation that isn't small beside pay.
        level: confidence of the intervals.
        intervals: "profile", "delta" or "bootstrap".

    Raises:
        DataError: the data can't be used as they are.
        ModelError: an option makes no sense.
        NotIdentified: conditions too few, or effort that doesn't move with pay.
        InfeasibleFit: effort that falls with pay, or rises with it in proportion.
        NotConverged: the last steps of the search don't settle.

    >>> import paygrade as pg
    >>> moments = pg.EffortMoments(pay=[0.0, 0.01, 0.10], mean=[1521, 2029, 2175])
    >>> found = pg.calibrate(moments, per=100)
    >>> f"{found.gamma:.7f} {found.s:.4e} {found.k:.4e}"
    '0.0157691 3.3200e-06 1.2726e-16'
    >>> found.predict(0.04)["effort"].round(1).item()
    2116.9
    """
    held = _held(fixed or {}, curvature)
    raise_problems(_problems(cost, method, intervals, per, level))
    if not isinstance(data, EffortMoments | EffortRows):
        data = read_effort(
            data, effort=effort, pay=pay, condition=condition, worker=worker, nearest=nearest,
            cap=cap,
        )  # fmt: skip
    fit = fit_line(cells_of(data, cost, method), cost, held)
    n = data.moments().n if isinstance(data, EffortRows) else data.n
    return PayCalibration(
        fit, method, per, level, intervals, None if n is None else n.tolist(), data.left_out,
        data.source,
    )  # fmt: skip


def _held(fixed: Mapping[str, float], curvature: float | None) -> Held:
    problems = [
        f"fixed names {name!r}, which is no parameter; fix gamma, k or s"
        for name in fixed
        if name not in ("gamma", "k", "s")
    ]
    for name in ("gamma", "k"):
        if name in fixed:
            problems += positive(name, fixed[name], "is no cost of effort")
    problems += finite("s", fixed.get("s", 0.0), "is no motivation")
    if curvature is not None:
        problems += positive("curvature", curvature, "makes pay worthless")
        if not problems and curvature > STEEPEST:
            problems.append(
                f"curvature={curvature!r} raises pay to a power beyond all numbers; give one near 1"
            )
    raise_problems(problems)
    log_k = math.log(fixed["k"]) if "k" in fixed else None
    return Held(fixed.get("gamma"), log_k, fixed.get("s"), curvature)


def _problems(cost: str, method: str, intervals: str, per: float, level: float) -> list[str]:
    problems = positive("per", per, "pays for nothing")
    known = {
        "cost": (cost, ("exponential", "power")),
        "method": (method, ("moments", "rows")),
        "intervals": (intervals, KINDS),
    }
    problems += [
        f"{name}={value!r} is unknown; choose {', '.join(choices)}"
        for name, (value, choices) in known.items()
        if value not in choices
    ]
    if not 0.0 < level < 1.0:
        problems.append(f"level={level!r} is no confidence; give a number between 0 and 1")
    return problems
