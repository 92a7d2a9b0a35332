"""What makes an expression a utility: real, increasing, concave, with limits at its ends."""

import math
from typing import Any

from paygrade.errors import ModelError
from paygrade.model.symbolic_curves import UtilityCurves
from paygrade.model.symbolic_domain import NOISE, far_points, first_failure, scan_points
from paygrade.model.symbolic_forms import reference


def shape_problems(name: str, shown: Any, curve: UtilityCurves) -> list[str]:
    """Return what keeps the expression from being a utility, with a wage where it fails."""
    where = f"{name}: {shown}"
    if not curve.lowest < curve.highest:
        return [f"{where} is defined at no wage; give domain=(lowest wage, highest wage)"]
    undefined = _undefined(curve)
    if undefined is not None:
        return [
            (
                f"{where} is no real number at wage {undefined:g}, inside its domain from"
                f" {curve.lowest:g} to {curve.highest:g}; give domain=(lowest wage, highest wage)"
                " on which it is defined"
            )
        ]
    if _is_line(curve):
        slope = float(reference(curve.expressions[1], curve.wage, curve.points[:1])[0])
        return [f"{where} is a line, at which no price tells a wage; use RiskNeutral({slope:g})"]
    return _slope_problems(where, curve) or _bend_problems(where, curve)


def _is_line(curve: UtilityCurves) -> bool:
    bends = reference(curve.expressions[2], curve.wage, curve.points)
    slopes = reference(curve.expressions[1], curve.wage, curve.points)
    return all(abs(bend) <= NOISE * slope for bend, slope in zip(bends, slopes, strict=True))


def _undefined(curve: UtilityCurves) -> float | None:
    for order in range(3):
        values = reference(curve.expressions[order], curve.wage, curve.points)
        for point, value in zip(curve.points, values, strict=True):
            if value is None or not math.isfinite(value):
                return point
    return None


def _slope_problems(where: str, curve: UtilityCurves) -> list[str]:
    sign = curve.sign(1)
    if sign:
        return []
    slope = curve.expressions[1]
    failure = _failure(slope, curve, sign)
    if failure is None and sign is None:
        return []
    return [
        (
            f"{where} does not increase: its slope is {_place(failure)}, and more pay would be"
            " worth less; correct it, or give domain=(lowest wage, highest wage) on which it"
            " increases"
        )
    ]


def _bend_problems(where: str, curve: UtilityCurves) -> list[str]:
    sign = curve.sign(2)
    if sign:
        return []
    # times the distance from the end, so that a hump shows on every scale
    distance = curve.wage - curve.low if curve.low.is_finite else 1
    bend = -curve.expressions[2] * distance**2
    failure = _failure(bend, curve, sign)
    if failure is None and sign is None:
        return []
    if failure is not None:
        second = reference(curve.expressions[2], curve.wage, [failure[0]])[0]
        failure = failure[0], math.nan if second is None else float(second)
    return [
        (
            f"{where} is not concave: its second derivative is {_place(failure)}, so the agent"
            " would like risk there, which this library has no contracts for; correct it, or give"
            " domain=(lowest wage, highest wage) on which it is concave"
        )
    ]


def _failure(expr: Any, curve: UtilityCurves, sign: bool | None) -> tuple[float, float] | None:
    """Return a wage at which the expression is not positive, and its value there."""
    points = scan_points(curve.lowest, curve.highest)
    failure = first_failure(expr, curve.wage, curve.expr, points)
    if failure is None and sign is False:  # its roots say so: look on every scale of doubles
        failure = first_failure(expr, curve.wage, 0 * curve.expr, far_points(points))
    return failure


def _place(failure: tuple[float, float] | None) -> str:
    if failure is None:
        return "of the wrong sign somewhere (by its roots)"
    return f"{failure[1]:.6g} at wage {failure[0]:.6g}"


def end_values(name: str, shown: Any, curve: UtilityCurves) -> tuple[Any, Any]:
    """Return infimum and supremum of u, exact.

    Raises:
        ModelError: where SymPy finds no limit.
    """
    low, high = curve.levels
    for value, end in ((low, curve.low), (high, curve.high)):
        if value is None:
            raise ModelError(
                f"{name}: SymPy finds no limit of {shown} at wage {end}, so its range is"
                " unknown; write it more simply, or give domain=(lowest wage, highest wage)"
            )
    return low, high
