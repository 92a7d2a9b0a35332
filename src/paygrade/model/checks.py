"""Conditions on the numbers that a user hands to a primitive, worded once."""

import math
from operator import index


def positive(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a finite number above zero."""
    if _is_number(value) and 0 < value < math.inf:
        return []
    return [f"{name}={value!r} {consequence}; give a finite number above 0"]


def at_least(name: str, value: float, bound: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a finite number not below `bound`."""
    if _is_number(value) and bound <= value < math.inf:
        return []
    return [f"{name}={value!r} {consequence}; give a finite number of at least {bound:g}"]


def finite(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a finite number."""
    if _is_number(value) and math.isfinite(value):
        return []
    return [f"{name}={value!r} {consequence}; give a finite number"]


def number(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless `value` is a number, infinite ones included."""
    return [] if _is_number(value) else [f"{name}={value!r} {consequence}; give a number"]


def share(name: str, value: float, consequence: str) -> list[str]:
    """Return a problem unless 0 < `value` <= 1."""
    if _is_number(value) and 0 < value <= 1:
        return []
    return [f"{name}={value!r} {consequence}; give a number above 0 and at most 1"]


def count(name: str, value: int, consequence: str) -> list[str]:
    """Return a problem unless `value` is a whole number of at least 1; 45.0 is none in Python."""
    if hasattr(value, "__index__") and index(value) >= 1:
        return []
    return [f"{name}={value!r} {consequence}; give a whole number of at least 1"]


def _is_number(value: object) -> bool:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return not math.isnan(number)
