"""One expression in one symbol: read, checked, and compiled so that small differences keep digits.

Algebra decides how many digits a formula keeps: 1 - 1/(1 + w) loses twelve of them at w = 1e-12,
w/(1 + w) none. Which form is best is measured, not guessed: each is compared with the expression in
50 digits at the points that matter, and the most accurate one is compiled.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import ModelError
from paygrade.model.symbolic_compile import compiled

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
DIGITS = 50  # of the reference that forms are measured against
GOOD = 8e-16  # relative error with which a form need not be bettered
LARGEST_POWER = 1000  # numerator and denominator of an exponent that polynomials can have
SMALL, LARGE = 1e-280, 1e280  # beyond, doubles have no digits to keep
UNREADABLE = (TypeError, AttributeError, SyntaxError, ValueError, RecursionError)


def parsed(name: str, given: Any, argument: str, symbol: Any) -> Any:
    """Return `given` as a SymPy expression in `symbol` and nothing else.

    Raises:
        ModelError: for what is no expression, has other symbols or functions, or has kinks.
    """
    import sympy

    if not isinstance(symbol, sympy.Symbol):
        raise ModelError(f"{argument}={symbol!r} is no symbol; give the SymPy symbol of {argument}")
    try:
        expr = sympy.sympify(given, locals={symbol.name: symbol})
    except (sympy.SympifyError, *UNREADABLE) as error:
        raise ModelError(f"{name}: {given!r} is no SymPy expression; give one") from error
    if not isinstance(expr, sympy.Expr) or getattr(expr, "is_Matrix", False):
        raise ModelError(
            f"{name}: {given!r} is no number at any {argument}; give an expression in {symbol}"
        )
    others = sorted(str(s) for s in expr.free_symbols - {symbol})
    if others:
        raise ModelError(
            f"{name} depends on {', '.join(others)} besides {symbol}, so it has no numbers; put in"
            " values with .subs (a symbol with other assumptions is another symbol)"
        )
    if expr.atoms(sympy.core.function.AppliedUndef):
        raise ModelError(f"{name}: {expr} can't be evaluated; use known functions")
    return expr


def exact(expr: Any) -> Any:
    """Return the expression with every floating-point number as the ratio that it is.

    Algebra with SymPy's floats rounds, which no proof survives; 2.0 as a power becomes 2.
    """
    import sympy

    ratios = {
        x: sympy.Rational(*float(x).as_integer_ratio()) if x.is_finite else sympy.oo * sympy.sign(x)
        for x in expr.atoms(sympy.Float)
    }
    return expr.xreplace(ratios)


def is_heavy(expr: Any) -> bool:
    """Whether exact powers and rates forbid polynomial algebra, which would run for hours.

    So do w**0.3, exactly w**(5404319552844595/2**54), and a bell curve's exp(-(50w - 7)²).
    """
    import sympy

    powers = [part.exp for part in expr.atoms(sympy.Pow)]
    rates: list[Any] = []
    for part in expr.atoms(sympy.exp):
        inside = part.args[0]
        slopes = {sympy.diff(inside, symbol) for symbol in inside.free_symbols}
        if any(slope.free_symbols for slope in slopes):
            return True
        rates += [*slopes, inside.subs(dict.fromkeys(inside.free_symbols, 0))]
    return any(q.is_Rational and abs(q.p) + q.q > LARGEST_POWER for q in powers + rates)


def together(expr: Any) -> Any:
    """Return the expression over one denominator, where that is affordable."""
    import sympy

    return expr if is_heavy(expr) else sympy.together(expr)


def factored(expr: Any) -> Any:
    """Return the expression with common factors taken out and powers joined, if affordable."""
    import sympy

    return expr if is_heavy(expr) else sympy.factor_terms(sympy.powsimp(expr))


def reference(expr: Any, symbol: Any, points: Sequence[Any]) -> list[Any]:
    """Return the expression at each point in `DIGITS` digits: an mpf, or None where not real."""
    import mpmath
    import sympy

    function = sympy.lambdify(symbol, expr, modules="mpmath", cse=True)
    found = []
    with mpmath.workdps(DIGITS):
        for point in points:
            try:
                value = mpmath.mpmathify(function(mpmath.mpmathify(point)))
            except (ZeroDivisionError, ValueError, OverflowError, TypeError, NotImplementedError):
                value = None
            if isinstance(value, mpmath.mpc):
                value = value.real if abs(value.imag) <= abs(value.real) * 1e-40 else None
            found.append(None if value is None or mpmath.isnan(value) else value)
    return found


def function_of(expr: Any, symbol: Any) -> Function:
    """Return the expression compiled as it stands; nan where it is not real."""
    import sympy

    unused = sympy.Dummy()
    # a ratio of whole numbers beyond doubles is the double it stands for
    floats = {q: sympy.Float(q, 25) for q in expr.atoms(sympy.Rational) if abs(q.p) + q.q > 2**40}
    evaluated = compiled(expr.xreplace(floats), (symbol, unused))
    return lambda x: evaluated(x, 0.0)


def accurate(expr: Any, symbol: Any, points: Sequence[float]) -> tuple[Function, float]:
    """Return the most accurate form of the expression, compiled, and its largest relative error.

    >>> import sympy
    >>> w = sympy.Symbol("w", real=True)
    >>> small, error = accurate(1 - 1 / (1 + w), w, [1e-12, 1.0])
    >>> small(np.array(1e-12)).item()
    9.99999999999e-13
    """
    at = np.asarray(points, float)
    wanted = reference(expr, symbol, at.tolist())
    best, least = function_of(expr, symbol), math.inf
    for form in forms(expr):
        function = function_of(form, symbol)
        error = _error(function(at), wanted)
        if error < least:
            best, least = function, error
        if least <= GOOD:
            break
    return best, least


def forms(expr: Any) -> Iterator[Any]:
    """Yield equal expressions: as given, over one denominator, in factors, expanded.

    Each comes with log1p and expm1 where a sum calls for them as well.
    """
    import sympy

    found: set[Any] = set()
    spread = expr if is_heavy(expr) else sympy.expand(expr)
    for form in (expr, together(expr), factored(expr), spread):
        for candidate in (form, careful(form)):
            if candidate not in found:
                found.add(candidate)
                yield candidate


def careful(expr: Any) -> Any:
    """Return the expression with log(1 + x) as log1p(x), k·exp(x) - k as k·expm1(x).

    >>> import sympy
    >>> w = sympy.Symbol("w")
    >>> careful(sympy.log(1 + w / 10) - sympy.exp(-w) + 1)
    -expm1(-w) + log1p(w/10)
    """
    import sympy
    from sympy.codegen.cfunctions import expm1, log1p

    def careful_log(inside: Any) -> Any:
        return log1p(inside - 1) if inside.as_coeff_Add()[0] == 1 else sympy.log(inside)

    def careful_sum(*parts: Any) -> Any:
        constant, rest = sympy.Add(*parts).as_coeff_Add()
        for part in sympy.Add.make_args(rest) if constant else ():
            factor, power = part.as_coeff_Mul()
            if factor == -constant and isinstance(power, sympy.exp):
                return rest - part + factor * expm1(power.args[0])
        return sympy.Add(*parts)

    return expr.replace(sympy.log, careful_log).replace(sympy.Add, careful_sum)


def _error(values: Array, wanted: Sequence[Any]) -> float:
    """Return the largest relative error; inf where a number is missing."""
    import mpmath

    worst = 0.0
    for value, right in zip(values.ravel().tolist(), wanted, strict=True):
        if right is None or not SMALL < abs(right) < LARGE:
            continue
        if not math.isfinite(value):
            return math.inf
        worst = max(worst, float(abs((mpmath.mpf(value) - right) / right)))
    return worst
