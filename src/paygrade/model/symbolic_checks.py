"""What makes an expression a law: symbols, efforts, support, sign and total mass."""

import math
from typing import Any

import numpy as np

from paygrade.errors import ModelError
from paygrade.model.monitor import Array
from paygrade.model.symbolic_forms import UNREADABLE
from paygrade.model.symbolic_law import ContinuousLaw, Law, ListedLaw
from paygrade.model.symbolic_nodes import scan_points

MASS_TOLERANCE = 1e-8  # at construction: a user's constants may be rounded
SHARES = (0.02, 0.25, 0.5, 0.75, 0.98)  # of a finite range of efforts, where the law is tried
STEPS = (0.05, 0.25, 0.5, 1.0, 3.0)  # above the lowest effort, where there is no highest


def sympified(pdf: Any, support: Any) -> tuple[Any, Any]:
    """Return both as SymPy objects.

    Raises:
        ModelError: for what SymPy can't read as an expression and a set.
    """
    import sympy

    try:
        expr, outcomes = sympy.sympify(pdf), sympy.sympify(support)
    except (sympy.SympifyError, *UNREADABLE) as error:
        raise ModelError(f"pdf={pdf!r} is nothing SymPy can read; give an expression") from error
    if not isinstance(expr, sympy.Expr):
        raise ModelError(f"pdf={pdf!r} is no expression, so it has no values; give p(x|e)")
    return expr, outcomes


def symbol_problems(pdf: Any, outcome: Any, effort: Any) -> list[str]:
    """Return problems unless pdf depends on outcome and effort and on nothing else."""
    import sympy

    problems = [
        f"{name}={value!r} is no symbol; give the SymPy symbol of {name}"
        for name, value in (("outcome", outcome), ("effort", effort))
        if not isinstance(value, sympy.Symbol)
    ]
    if problems:
        return problems
    if outcome == effort:
        return [f"outcome and effort are both {effort}; give each a symbol of its own"]
    others = sorted(str(s) for s in pdf.free_symbols - {outcome, effort})
    if others:
        problems.append(
            f"pdf={pdf} depends on {', '.join(others)} besides {outcome} and {effort}, so it has no"
            " numbers; put in values with .subs (a symbol with other assumptions is another symbol)"
        )
    if effort not in pdf.free_symbols:
        problems.append(f"pdf={pdf} does not depend on {effort}, so it tells nothing about effort")
    if outcome not in pdf.free_symbols:
        problems.append(f"pdf={pdf} does not depend on {outcome}, so all outcomes say the same")
    return problems


def range_problems(lowest: Any, highest: Any) -> list[str]:
    """Return a problem unless there are efforts between."""
    try:
        if math.isfinite(lowest) and float(highest) > lowest:
            return []
    except (TypeError, ValueError):
        pass  # what is no number bounds nothing
    return [
        (
            f"lowest_effort={lowest!r} and highest_effort={highest!r} leave no effort between; give"
            " a finite lowest one and a higher highest one"
        )
    ]


def support_problems(support: Any) -> list[str]:
    """Return a problem unless the support is a set of outcomes that can be summed over."""
    import sympy

    listed = isinstance(support, sympy.FiniteSet)
    counted = isinstance(support, sympy.Range) or support in (sympy.Naturals, sympy.Naturals0)
    if not (listed or counted or isinstance(support, sympy.Interval)):
        return [
            (
                f"support={support!r} is no set of outcomes to sum over; give sympy.Interval for a"
                " density, FiniteSet, Range, Naturals or Naturals0 for masses"
            )
        ]
    if support.free_symbols:
        return [
            (
                f"support={support} moves with {', '.join(map(str, support.free_symbols))}, so some"
                " outcomes would prove an effort wrong and the score fails; give a fixed support"
            )
        ]
    if counted and support.inf == -sympy.oo:
        return [f"support={support} has no least outcome to count from; give one that starts"]
    if listed and not all(point.is_real for point in support):
        return [f"support={support} holds what is no real number; code outcomes as numbers"]
    if support.is_finite_set and len(support) < 2:
        return [f"support={support} has fewer than two outcomes, which tell nothing; give two"]
    return []


def probe_efforts(lowest: float, highest: float) -> Array:
    """Return the efforts at which a law is tried, increasing."""
    if math.isinf(highest):
        return lowest + np.array(STEPS)
    return lowest + (highest - lowest) * np.array(SHARES)


def law_problems(law: Law, effort: float) -> list[str]:
    """Return a problem if the law is negative somewhere at `effort`, or its mass is not 1."""
    if isinstance(law, ListedLaw):
        points, masses = np.asarray(law.outcomes), law.law(effort)
        total, values = float(masses.sum()), masses
    else:
        points, log_weight = law.find_nodes(effort, ())
        with np.errstate(all="ignore"):
            total = float(np.exp(log_weight + law.density.log_density(points, effort)).sum())
        if isinstance(law, ContinuousLaw):
            points = np.concatenate([points, scan_points(law.low, law.high, effort)])
        values = law.density.density(points, effort)
    with np.errstate(invalid="ignore"):
        negative = values < 0
    if negative.any():
        x = points[int(np.flatnonzero(negative)[0])]
        return [
            (
                f"pdf is {values[negative][0]:.6g} at outcome {x:.6g} and effort {effort:g}, and no"
                " probability is negative; correct it, or set lowest_effort and highest_effort to"
                " the efforts for which it is a law"
            )
        ]
    if not abs(total - 1.0) <= MASS_TOLERANCE:
        return [
            (
                f"pdf has total mass {total:.10g} at effort {effort:g}, so it is no law there;"
                " divide it by its mass, check the support, set lowest_effort and highest_effort,"
                " and put a pole of the density at outcome 0, where doubles can come close to it"
            )
        ]
    return []
