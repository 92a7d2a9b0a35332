"""What makes two expressions, symbols and bounds a bilevel program."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

MOST_LEADER_VARIABLES = 3
SHARES = (0.03, 0.5, 0.97)  # of each range: where an expression must be a real number
SENSES = ("min", "max")


def sense_problems(leader: Any, follower: Any) -> list[str]:
    """Return a problem for each sense that is neither "min" nor "max"."""
    return [
        f'{name}={value!r} does not say which way is better; give "min" or "max"'
        for name, value in (("leader_sense", leader), ("follower_sense", follower))
        if not (isinstance(value, str) and value in SENSES)
    ]


def symbol_problems(symbols: Sequence[Any]) -> list[str]:
    """Return problems unless (x..., z) are distinct symbols of real numbers, one to three x."""
    import sympy

    if not 1 < len(symbols) <= MOST_LEADER_VARIABLES + 1:
        return [
            (
                f"{len(symbols) - 1} leader variables can't be searched with a proof; give 1 to"
                f" {MOST_LEADER_VARIABLES}, and put in numbers for the others"
            )
        ]
    names = [f"leader variable {i + 1}" for i in range(len(symbols) - 1)] + ["follower_variable"]
    problems = []
    for name, symbol in zip(names, symbols, strict=True):
        if not isinstance(symbol, sympy.Symbol):
            problems.append(f"{name} is {symbol!r}, which is no symbol; give a SymPy symbol")
        elif symbol.is_real is False or symbol.is_integer:
            problems.append(
                f"{name}, {symbol}, is assumed not to be any real number, and the search would"
                " choose one; declare it with real=True"
            )
    if not problems:
        problems = [
            f"{symbol} stands for {list(symbols).count(symbol)} variables, so one choice would"
            " be made twice; give each a symbol of its own"
            for symbol in sorted({s for s in symbols if list(symbols).count(s) > 1}, key=str)
        ]
    return problems


def bounds_problems(bounds: Any, symbols: Sequence[Any]) -> list[str]:
    """Return problems unless each symbol has a finite range of more than one number."""
    pairs: list[tuple[Any, Any]]
    if isinstance(bounds, Mapping):
        problems = [
            f"bounds name {key!r}, which is no variable of the program; name"
            f" {', '.join(map(str, symbols))} (a symbol with other assumptions is another one)"
            for key in bounds
            if key not in symbols
        ]
        problems += [
            f"{symbol} has no bounds, so the search has no end; add {symbol}: (low, high)"
            for symbol in symbols
            if symbol not in bounds
        ]
        pairs = [(symbol, bounds[symbol]) for symbol in symbols if symbol in bounds]
    elif isinstance(bounds, Sequence) and len(bounds) == len(symbols):
        problems, pairs = [], list(zip(symbols, bounds, strict=True))
    else:
        return [
            (
                f"bounds={bounds!r} do not give one range for each of"
                f" {', '.join(map(str, symbols))}; give one (low, high) each, in this order"
            )
        ]
    for symbol, pair in pairs:
        problems += _range_problems(symbol, pair)
    return problems


def _range_problems(symbol: Any, pair: Any) -> list[str]:
    try:
        low, high = map(float, pair)
    except (TypeError, ValueError):
        return [f"{symbol} has bounds {pair!r}, which are no two numbers; give (low, high)"]
    if not (math.isfinite(low) and math.isfinite(high)):
        return [f"{symbol} has bounds {pair!r}, which boxes can't cover; give finite numbers"]
    if not low < high:
        return [f"{symbol} has bounds {pair!r} with nothing between; give low < high"]
    if (symbol.is_nonnegative and low < 0) or (symbol.is_nonpositive and high > 0):
        return [
            (
                f"{symbol} has bounds {pair!r} against its own assumption about sign, with which"
                " SymPy may have simplified the expressions; declare it with real=True"
            )
        ]
    return []


def paired(bounds: Any, symbols: Sequence[Any]) -> tuple[tuple[float, float], ...]:
    """Return the bounds, known to be good, as pairs in the order of the symbols."""
    pairs = [bounds[s] for s in symbols] if isinstance(bounds, Mapping) else bounds
    return tuple((float(low), float(high)) for low, high in pairs)


def expression_problems(name: str, given: Any, symbols: Sequence[Any]) -> tuple[Any, list[str]]:
    """Return what is given as a SymPy expression, and problems unless it is one in `symbols`."""
    import sympy

    try:
        # text is not read: SymPy would execute it
        expr = sympy.sympify(given, strict=True)
    except (sympy.SympifyError, TypeError):
        expr = None
    if not isinstance(expr, sympy.Expr):
        text = f"{name}={given!r} is no SymPy expression, so it has no values"
        return given, [f"{text}; give one in {', '.join(map(str, symbols))}"]
    if expr.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I):
        return expr, [f"{name}={expr} is not real and finite everywhere; remove nan, oo and I"]
    others = sorted(
        map(str, expr.free_symbols - {s for s in symbols if isinstance(s, sympy.Symbol)})
    )
    if others:
        return expr, [
            (
                f"{name}={expr} depends on {', '.join(others)} besides"
                f" {', '.join(map(str, symbols))}, so it has no values; put in numbers with .subs"
                " (a symbol with other assumptions is another symbol)"
            )
        ]
    return expr, []


def probe_problems(
    name: str, expr: Any, symbols: Sequence[Any], box: Sequence[tuple[float, float]]
) -> list[str]:
    """Return a problem if the expression is no real number at some point well inside the box."""
    for shares in itertools.product(SHARES, repeat=len(symbols)):
        point = {
            s: low + share * (high - low)
            for s, share, (low, high) in zip(symbols, shares, box, strict=True)
        }
        where = ", ".join(f"{s}={v:g}" for s, v in point.items())
        try:
            value = complex(expr.subs(point))
        except TypeError:
            return [f"{name}={expr} has no value at {where}; use functions that SymPy evaluates"]
        if not math.isfinite(value.real) or abs(value.imag) > 0:
            return [
                (
                    f"{name}={expr} is {value:.6g} at {where}, and nobody can compare that; narrow"
                    " the bounds to where it is a real number"
                )
            ]
    return []
