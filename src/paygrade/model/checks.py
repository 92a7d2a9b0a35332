"""Conditions on the numbers that a user hands to a primitive, worded once.

The consequence is said of numbers on the wrong side of the bound; what is no number, or infinite,
has none.
"""

import math
from operator import index

from paygrade.arguments import is_number, is_whole, shown


def positive(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a finite number above zero."""
    if _is_finite(value) and value > 0:
        return []
    return [f"{name}={_why(value, consequence)}; give a finite number above 0"]


def at_least(name: str, value: float, bound: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a finite number not below `bound`."""
    if _is_finite(value) and value >= bound:
        return []
    return [f"{name}={_why(value, consequence)}; give a finite number of at least {bound:g}"]


def finite(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a finite number."""
    if _is_finite(value):
        return []
    return [f"{name}={shown(value)} {consequence}; give a finite number"]


def number(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a number, infinite ones included."""
    return [] if is_number(value) else [f"{name}={shown(value)} {consequence}; give a number"]


def share(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless 0 < `value` <= 1."""
    if is_number(value) and 0 < value <= 1:
        return []
    above = _is_finite(value) and value > 1
    why = f"{shown(value)} lies above 1" if above else _why(value, consequence)
    return [f"{name}={why}; give a number above 0 and at most 1"]


def count(name: str, value: int, consequence: str) -> list[str]:
    """Return a problem unless `value` is a whole number of at least 1; 45.0 is none in Python."""
    if is_whole(value) and index(value) >= 1:
        return []
    why = _why(value, consequence if is_whole(value) else "is no count")
    return [f"{name}={why}; give a whole number of at least 1"]


def _why(value: object, consequence: str) -> str:
    if not is_number(value):
        return f"{shown(value)} is no number"
    return f"{shown(value)} {consequence if _is_finite(value) else 'is not finite'}"


def _is_finite(value: object) -> bool:
    return is_number(value) and math.isfinite(float(value))  # type: ignore[arg-type]
