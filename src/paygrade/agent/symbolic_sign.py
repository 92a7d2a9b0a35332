"""Is an expression nonnegative on a range? A proof, a witness, or neither.

"holds" is only said on a proof: SymPy's own inference from the signs of the symbols, or, for a
polynomial in one variable with rational numbers, the isolation of its real roots. "fails" is only
said with a point and the negative value there, at thirty digits. Anything else is "undecided".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, Literal

import sympy

from paygrade.model.closed_form import Expr, real_number
from paygrade.model.symbolic_primitives import exact

Answer = Literal["holds", "fails", "undecided"]
STEPS = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)  # shares of a finite range
FAR = (0.01, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 20.0)  # above the lower end of an infinite one
NEGATIVE = -1e-15  # of a value at thirty digits, clear of zero


@dataclass(frozen=True)
class Validity:
    """What became of one theorem, or of one of its conditions.

    Attributes:
        name: the theorem's or condition's.
        answer: "holds", "fails" or "undecided". A theorem that fails does not apply; the
            first-order approach may still be valid for another reason.
        condition: what decided, in words.
        relation: the same as a SymPy relation; `true` or `false` where words say it all.
        witness: numbers at which the relation fails, and the value there; empty otherwise.
    """

    name: str
    answer: Answer
    condition: str
    relation: Expr = sympy.true
    witness: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(f"{name} = {value:.6g}" for name, value in self.witness)
        return f"{self.name}: {self.answer}: {self.condition}" + (f" ({shown})" if shown else "")


def nonnegative(
    name: str,
    words: str,
    expr: Expr,
    ranges: Mapping[Expr, tuple[float, float]],
    numbers: Mapping[Any, Any] | None = None,
) -> Validity:
    """Decide expr >= 0 for all values of the symbols in `ranges`.

    Arguments:
        name: what the condition is called.
        words: what it says.
        expr: in the symbols of `ranges`, which carry their signs, and parameters.
        ranges: from where to where each symbol goes.
        numbers: values of the parameters; a proof that needs none of them holds for all.

    >>> x, a = sympy.symbols("x a", positive=True)
    >>> nonnegative("c", "is convex", a * x**2, {x: (0.0, 1.0)}).answer
    'holds'
    >>> nonnegative("c", "is convex", x**2 - x, {x: (0.0, 1.0)}).witness
    (('x', 0.5), ('value', -0.25))
    """
    numbers = numbers or {}
    relation = sympy.Ge(expr, 0, evaluate=False)
    for tried in (expr, sympy.factor(sympy.simplify(expr)), sympy.factor(expr.subs(numbers))):
        above, below = sympy.fraction(sympy.together(tried))
        if tried.is_nonnegative or (above.is_nonnegative and below.is_nonnegative):
            return Validity(name, "holds", words, relation)
    filled = sympy.simplify(expr.subs(numbers))
    if filled.is_nonnegative or _proved_by_roots(filled, ranges):
        return Validity(name, "holds", words, relation)
    worst = _worst(filled, ranges)
    if worst:
        return Validity(name, "fails", f"not true that {words}", relation, worst)
    return Validity(name, "undecided", f"SymPy neither proves nor refutes that {words}", relation)


def _proved_by_roots(expr: Expr, ranges: Mapping[Expr, tuple[float, float]]) -> bool:
    """Whether a polynomial in one symbol is nonnegative between its real roots."""
    symbols = list(expr.free_symbols)
    if len(symbols) != 1 or symbols[0] not in ranges or not expr.is_polynomial(*symbols):
        return False
    polynomial = sympy.Poly(expr, *symbols)
    if not all(c.is_Rational for c in polynomial.coeffs()):
        return False
    low, high = (exact(end) for end in ranges[symbols[0]])
    if high == sympy.oo:
        return False
    marks = [low, high]
    for (left, right), _ in polynomial.intervals(eps=sympy.Rational(1, 10**9)):
        marks += [end for end in (left, right) if low < end < high]
    marks = sorted(set(marks))
    between = [(a + b) / 2 for a, b in pairwise(marks)]
    inside = [polynomial.eval(point) >= 0 for point in [*between, low, high]]
    odd = [root for root, times in polynomial.intervals() if times % 2 and root[0] != root[1]]
    crossing = any(low < a and b < high for a, b in odd)
    return all(inside) and not crossing


def _worst(expr: Expr, ranges: Mapping[Expr, tuple[float, float]]) -> tuple[tuple[str, float], ...]:
    """Return a point of the ranges with a negative value, and that value; () for none found."""
    used = [symbol for symbol in ranges if symbol in expr.free_symbols]
    found: tuple[tuple[str, float], ...] = ()
    least = NEGATIVE
    for point in product(*(_points(*ranges[symbol]) for symbol in used)):
        value = real_number(expr, {s: exact(v) for s, v in zip(used, point, strict=True)})
        if value < least:
            named = zip(map(str, used), point, strict=True)
            least, found = value, (*named, ("value", value))
    return found


def _points(low: float, high: float) -> list[float]:
    if low == -float("inf"):
        return [-step for step in FAR] + list(FAR)
    if high == float("inf"):
        return [low + step for step in FAR]
    return [low + (high - low) * step for step in STEPS]


def combined(name: str, conditions: list[Validity], concludes: str) -> Validity:
    """Return what `conditions` say together: the first that fails, else the first undecided."""
    for answer in ("fails", "undecided"):
        for found in conditions:
            if found.answer == answer:
                words = f"{found.name}: {found.condition}"
                return Validity(name, found.answer, words, found.relation, found.witness)
    words = "; ".join(found.condition for found in conditions)
    relation = sympy.And(*(found.relation for found in conditions), evaluate=False)
    return Validity(name, "holds", f"{concludes}: {words}", relation)
