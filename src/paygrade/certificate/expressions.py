"""SymPy expressions in ball arithmetic, with two derivatives over boxes of the symbol."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from flint import arb

from paygrade.certificate.jet import Ball, Jet, NoEnclosure, between
from paygrade.model.symbolic_forms import exact

# What generated code may call, in balls. Anything else in an expression has no enclosure.
FUNCTIONS: dict[str, Callable[..., Ball]] = {
    "exp": lambda x: arb(x).exp(),
    "log": lambda x: arb(x).log(),
    "sqrt": lambda x: arb(x).sqrt(),
    "sin": lambda x: arb(x).sin(),
    "cos": lambda x: arb(x).cos(),
    "tanh": lambda x: arb(x).tanh(),
    "cosh": lambda x: arb(x).cosh(),
    "sinh": lambda x: arb(x).sinh(),
    "asinh": lambda x: arb(x).asinh(),
    "acosh": lambda x: arb(x).acosh(),
    "atanh": lambda x: arb(x).atanh(),
    "asin": lambda x: arb(x).asin(),
    "acos": lambda x: arb(x).acos(),
    "atan": lambda x: arb(x).atan(),
    "erf": lambda x: arb(x).erf(),
    "erfc": lambda x: arb(x).erfc(),
    "Abs": lambda x: abs(arb(x)),
    "sign": lambda x: _sign(arb(x)),
    "whole_power": lambda x, k: _whole_power(arb(x), k),
    "real_power": lambda x, k: arb(x) ** arb(k),
    "ratio": lambda p, q: arb(p) / arb(q),
    "decimal": arb,
    "pi": arb.pi,  # taken when called, at the precision of the proof
    "e": arb.const_e,
}
CONSTANTS = {"Pi": "pi()", "Exp1": "e()"}


def expression_ball(expr: Any, symbol: Any, at: Ball) -> Ball:
    """Return a ball that contains the expression where `symbol` is `at`.

    Raises:
        NoEnclosure: for a function that has no ball arithmetic here.
    """
    return compile_balls(expr, (symbol,))(at)


@lru_cache(maxsize=512)
def compile_balls(expr: Any, symbols: tuple[Any, ...]) -> Callable[..., Ball]:
    """Return the expression as a function of one ball for each symbol, in their order.

    Raises:
        NoEnclosure: for a function that has no ball arithmetic here, or a symbol not listed.

    >>> import sympy
    >>> x, z = sympy.symbols("x z")
    >>> compile_balls(x * z - sympy.Rational(1, 2), (x, z))(arb(3), arb(2)) == 5.5
    True
    """
    names = {symbol: f"x{i}" for i, symbol in enumerate(symbols)}
    text = f"lambda {', '.join(names.values())}: decimal(1) * ({_code(expr, names)})"
    return eval(text, {**FUNCTIONS, "__builtins__": {}})  # type: ignore[no-any-return]  # noqa: S307 (the text is written by `_code` alone)


def expression_jet(expr: Any, symbol: Any, low: Ball, high: Ball, box: Ball | None = None) -> Jet:
    """Return balls for the expression and two derivatives over `low` to `high`.

    `box` may give a ball that contains this range and nothing that the expression can't take.

    Raises:
        NoEnclosure: for a function that has no ball arithmetic here.
    """
    value, slope, bend = expression_functions(expr, symbol)
    box = between(low, high) if box is None else box
    curvature = bend(box)
    if low == high:
        return Jet(value(low), slope(low), curvature)
    # around the middle, dependency costs a square of the width instead of the width
    middle = (low + high) / 2
    reach = box - middle
    first = _tighter(slope(box), slope(middle) + curvature * reach)
    zeroth = _tighter(value(box), value(middle) + first * reach)
    return Jet(zeroth, first, curvature)


@lru_cache(maxsize=64)
def expression_functions(expr: Any, symbol: Any) -> tuple[Callable[[Ball], Ball], ...]:
    """Return the expression and two derivatives as functions of balls.

    Numbers are made exact first: SymPy's derivative of 0.1*e**3 has a coefficient that is rounded.
    """
    import sympy

    ratios = exact(expr)
    return tuple(compile_balls(sympy.diff(ratios, symbol, k), (symbol,)) for k in range(3))


def compiled_ball(number: Any) -> Ball:
    """Return a ball containing an exact SymPy number, ±oo included."""
    import sympy

    if number == sympy.oo:
        return arb.pos_inf()
    if number == -sympy.oo:
        return arb.neg_inf()
    return compile_balls(number, ())()


def _code(expr: Any, names: Mapping[Any, str]) -> str:
    """Return Python text of the expression in which every number is exact."""
    import sympy

    if expr in names:
        return names[expr]
    if isinstance(expr, sympy.Rational):
        return f"ratio({expr.p}, {expr.q})"
    if isinstance(expr, sympy.Float):
        return f"ratio{_dyadic(expr)}"
    if type(expr).__name__ in CONSTANTS:
        return CONSTANTS[type(expr).__name__]
    if isinstance(expr, sympy.Add):
        return "(" + " + ".join(_code(part, names) for part in expr.args) + ")"
    if isinstance(expr, sympy.Mul):
        return "(" + " * ".join(_code(part, names) for part in expr.args) + ")"
    if isinstance(expr, sympy.Pow):
        base, exponent = expr.args
        if exponent.is_Integer:
            return f"whole_power({_code(base, names)}, {int(exponent)})"
        if base == sympy.E:
            return f"exp({_code(exponent, names)})"
        return f"real_power({_code(base, names)}, {_code(exponent, names)})"
    name = type(expr).__name__
    if name in FUNCTIONS and len(expr.args) == 1:
        return f"{name}({_code(expr.args[0], names)})"
    raise NoEnclosure(f"{name} has no enclosure; write the expression with {', '.join(FUNCTIONS)}")


def _dyadic(number: Any) -> tuple[int, int]:
    """Return a double's exact ratio: what the numeric side computes with."""
    return float(number).as_integer_ratio()


def _whole_power(base: Ball, exponent: int) -> Ball:
    if exponent < 0:
        return 1 / _whole_power(base, -exponent)
    if exponent % 2 == 0 and exponent > 0 and base.contains(0):
        top = abs(base).upper()
        return between(arb(0), top**exponent)
    result = arb(1)
    for _ in range(exponent):
        result *= base
    return result


def _sign(x: Ball) -> Ball:
    """Return the slope of |x|: where x may be 0, all between -1 and 1."""
    if x > 0 or x < 0:
        return arb(1 if x > 0 else -1)
    return between(arb(-1), arb(1))


def _tighter(one: Ball, other: Ball) -> Ball:
    if not (one.is_finite() and other.is_finite()):  # a ball may reach to infinity
        return one if one.is_finite() else other
    return one.intersection(other)
