"""Where an expression is defined, and where it increases and bends down: by algebra, else by trial.

Over a half-line the variable is low + t with a positive t, over a bounded interval a Möbius map of
t. A sign is proved by SymPy's assumptions on t, or, for a rational function of t or of a root of t,
by counting the real roots of its numerator (Sturm). What neither decides is tried at many points.
"""

import math
from itertools import pairwise
from typing import Any

from paygrade.errors import ModelError
from paygrade.model.symbolic_forms import factored, is_heavy, reference, together

MOST_ROOT = 12  # roots of t beyond which a substitution makes polynomials too large
MOST_DEGREE = 60
ZOOMS = 8
SMALLEST = 1e-300
FAR = 1e11  # a scan that reaches so far has no end
NOISE = 1e-40  # relative to the expression's own size: what 50 digits leave of a sign
KINKED = {
    *("Abs", "Max", "Min", "Piecewise", "Heaviside", "sign", "floor", "ceiling", "Mod", "frac"),
    *("arg", "re", "im"),
}


def find_domain(name: str, expr: Any, symbol: Any) -> tuple[Any, Any]:
    """Return the ends of the uppermost interval on which a utility's expression is defined.

    Raises:
        ModelError: where algebra can't tell.

    >>> import sympy
    >>> w = sympy.Symbol("w", real=True)
    >>> find_domain("u", sympy.log(w + 3), w)
    (-3, oo)
    """
    import sympy

    parts = _singular(expr, symbol)
    easy = [part for part in parts if not is_heavy(part)]
    ends = [root for part in easy for root in _real_roots(name, part, symbol)]
    low = max(ends, key=lambda x: sympy.N(x, 40)) if ends else -sympy.oo
    for part in parts:
        if part not in easy and is_positive(part, symbol, low, sympy.oo) is not True:
            raise _unclear(name, part)
    return low, sympy.oo


def _unclear(name: str, inside: Any) -> ModelError:
    return ModelError(
        f"{name}: where {inside} = 0 can't be solved, so its domain is unknown; give"
        " domain=(lowest wage, highest wage)"
    )


def poles(expr: Any, symbol: Any) -> list[float]:
    """Return points where a logarithm or a power of a polynomial in the symbol may be infinite."""
    import sympy

    parts = [part for part in _singular(expr, symbol) if part.is_polynomial(symbol)]
    return [float(x) for part in parts for x in sympy.real_roots(sympy.Poly(part, symbol))]


def _singular(expr: Any, symbol: Any) -> list[Any]:
    """Return what must not be negative, or not zero, for the expression to be defined."""
    import sympy

    found = []
    for part in sympy.preorder_traversal(expr):
        inside = None
        if isinstance(part, sympy.log):
            inside = part.args[0]
        elif isinstance(part, sympy.Pow) and not (part.exp.is_Integer and part.exp.is_positive):
            inside = part.base
        if inside is not None and inside.has(symbol):
            found.append(inside)
    return found


def _real_roots(name: str, inside: Any, symbol: Any) -> list[Any]:
    import sympy

    if inside.is_positive:
        return []
    try:
        if inside.is_polynomial(symbol):
            return list(sympy.real_roots(sympy.Poly(inside, symbol)))
        roots = sympy.solveset(inside, symbol, sympy.S.Reals)
    except (NotImplementedError, ValueError, TypeError) as error:
        raise _unclear(name, inside) from error
    if roots is not sympy.S.EmptySet and not isinstance(roots, sympy.FiniteSet):
        raise _unclear(name, inside)
    return [root for root in roots if root.is_real]


def kinks(expr: Any) -> list[str]:
    """Return the names of the functions in the expression that have kinks or jumps."""
    import sympy

    found = {type(part).__name__ for part in sympy.preorder_traversal(expr)}
    return sorted(found & KINKED)


def is_positive(expr: Any, symbol: Any, low: Any, high: Any) -> bool | None:
    """Return whether the expression is proved positive (True), not positive (False), or neither.

    A zero at an isolated point counts as positive: what it is the slope of still increases.

    >>> import sympy
    >>> w = sympy.Symbol("w", real=True)
    >>> is_positive(1 / (1 + w) + 1, w, -1, sympy.oo), is_positive(w - 5, w, 0, sympy.oo)
    (True, False)
    """
    import sympy

    if low == -sympy.oo and high == sympy.oo:
        t = sympy.Dummy("t", real=True)
        moved = expr.xreplace({symbol: t})
    else:
        t = sympy.Dummy("t", positive=True)
        moved = expr.subs(symbol, along(t, low, high))
    for form in (moved, together(moved), factored(moved)):
        if form.is_positive:
            return True
        if form.is_nonpositive:
            return False
    return None if is_heavy(moved) else _by_roots(moved, t)


def along(t: Any, low: Any, high: Any) -> Any:
    """Return a map of t > 0 onto the open interval from `low` to `high`."""
    import sympy

    if high == sympy.oo:
        return low + t
    if low == -sympy.oo:
        return high - t
    return low + (high - low) * t / (1 + t)


def _by_roots(expr: Any, t: Any) -> bool | None:
    """Decide the sign of a rational function of t, or of a root of t, by its real roots."""
    import sympy

    powers = [part for part in expr.atoms(sympy.Pow) if part.base == t]
    if not all(p.exp.is_Rational and p.exp.q <= MOST_ROOT for p in powers):
        return None
    root = math.lcm(1, *(int(p.exp.q) for p in powers))
    s = sympy.Dummy("s", positive=True) if t.is_positive else t
    if root > MOST_ROOT or (root > 1 and not t.is_positive):
        return None
    above, below = sympy.fraction(sympy.together(expr.subs(t, s**root) if s is not t else expr))
    for part in (above, below):
        if not part.is_polynomial(s) or (
            not part.is_number and sympy.degree(part, s) > MOST_DEGREE
        ):
            return None
    quotient = sympy.Poly(above * below, s)
    if quotient.is_zero:
        return False
    start = 0 if t.is_positive else None
    roots = quotient.count_roots(start, None) - (start == 0 and quotient.eval(0) == 0)
    if roots:
        return not _changes(quotient, start)
    return bool(quotient.eval(1) > 0)


def _changes(quotient: Any, start: int | None) -> bool:
    """Whether a polynomial is negative somewhere: between or beyond its roots."""
    import sympy

    roots = [r for r in sympy.Poly(quotient).real_roots() if start is None or r > start]
    marks = [sympy.nsimplify(sympy.N(r, 30), rational=True) for r in sorted(set(roots))]
    between = [(a + b) / 2 for a, b in pairwise(marks)]
    first = marks[0] - 1 if start is None else marks[0] / 2
    return any(quotient.eval(x) < 0 for x in [first, *between, marks[-1] + 1])


def scan_points(low: float, high: float) -> list[float]:
    """Return wages to try, increasing: sixteen a factor of ten, from either end and around 0."""
    import numpy as np

    steps = 10.0 ** np.arange(-12.0, 12.01, 1.0 / 16.0)
    found = np.concatenate([-steps, [0.0], steps])
    for end, sign in ((low, 1.0), (high, -1.0)):
        if np.isfinite(end):
            found = np.concatenate([found, end + sign * steps])
    inside = np.unique(found[(found > low) & (found < high)])
    return [float(x) for x in inside]


def far_points(points: list[float]) -> list[float]:
    """Return arguments a factor of ten apart, from the largest on, or to the least."""
    steps = [10.0**k for k in range(1, 290)]
    far = [points[-1] * step for step in steps if points[-1] >= FAR]
    return sorted([points[0] * step for step in steps if points[0] <= -FAR] + far)


def first_failure(
    expr: Any, symbol: Any, size: Any, points: list[float]
) -> tuple[float, float] | None:
    """Return a point at which the expression is not real or not positive, and the value there.

    `size` is what rounding is measured against; a value below `NOISE` of it has no sign.
    """
    values = _signed(expr, symbol, size, points)
    failed = [i for i, value in enumerate(values) if value is None or value < 0]
    if failed:  # the one nearest to everyday wages
        i = min(failed, key=lambda i: abs(math.log(abs(points[i]) + SMALLEST)))
        return points[i], float("nan") if values[i] is None else float(values[i])
    for i in range(1, len(points) - 1):
        if values[i] < values[i - 1] and values[i] <= values[i + 1]:
            failure = _between(expr, symbol, size, (points[i - 1], points[i + 1]))
            if failure is not None:
                return failure
    return None


def _signed(expr: Any, symbol: Any, size: Any, points: list[float]) -> list[Any]:
    """Return the values at the points, 0 where rounding hides the sign, None where not real."""
    values, scales = reference(expr, symbol, points), reference(size, symbol, points)
    found: list[Any] = []
    for value, scale in zip(values, scales, strict=True):
        if value is None or scale is None:
            found.append(None)
        else:
            found.append(0 if -NOISE * abs(scale) < value < 0 else value)
    return found


def _between(
    expr: Any, symbol: Any, size: Any, bracket: tuple[float, float]
) -> tuple[float, float] | None:
    """Look closely around a local minimum, each time into a quarter of the bracket."""
    import numpy as np

    left, right = bracket
    for _ in range(ZOOMS):
        inner = [float(x) for x in np.linspace(left, right, 9)]
        found = _signed(expr, symbol, size, inner)
        if None in found:
            return inner[found.index(None)], float("nan")
        least = min(range(9), key=lambda k: found[k])
        if found[least] < 0:
            return inner[least], float(found[least])
        left, right = inner[max(least - 1, 0)], inner[min(least + 1, 8)]
    return None
