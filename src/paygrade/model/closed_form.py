"""What a closed form rests on, and how it is put into numbers and LaTeX."""

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

Expr = Any  # SymPy carries no types that strict mode could use


@dataclass(frozen=True)
class Condition:
    """A condition of validity.

    Attributes:
        words: what it says.
        relation: the same as a SymPy relation, in the symbols of the closed form.
    """

    words: str
    relation: Expr

    def holds(self, numbers: Mapping[Expr, Expr]) -> bool:
        """Whether it holds once its symbols have values; False where it can't be evaluated."""
        values = decimals(numbers)
        return bool(self.relation.subs(values).subs(values) is sympy.true)

    def __str__(self) -> str:
        return f"{self.words}: {self.relation}"


def decimals(numbers: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    """Return the numbers at forty digits: powers of long fractions would fill the memory."""
    return {
        symbol: value.evalf(40) if value.is_Rational and not value.is_Integer else value
        for symbol, value in numbers.items()
    }


def real_number(expr: Expr, numbers: Mapping[Expr, Expr]) -> float:
    """Return the value of `expr` as a float; nan where it is not real or has no value."""
    try:
        values = decimals(numbers)  # twice: a value may be a formula in other symbols
        value = complex(expr.subs(values).subs(values).evalf(30))
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    real = abs(value.imag) <= 1e-18 * (1.0 + abs(value.real)) and math.isfinite(value.real)
    return value.real if real else math.nan


class _Printer(LatexPrinter):  # type: ignore[misc]
    """Writes exp(2e), since e is effort here and e^{2e} would be read wrongly."""

    def _print_ExpBase(self, expr: Expr, exp: Expr = None) -> str:  # noqa: N802 (SymPy's name)
        written = rf"\exp\left({self._print(expr.args[0])}\right)"
        return written if exp is None else rf"{written}^{{{exp}}}"


def latex(expr: Expr) -> str:
    r"""Return `expr` as LaTeX in which e is effort and \exp the exponential."""
    return str(_Printer().doprint(expr))


def latex_lines(lines: list[str]) -> str:
    """Return the lines as one LaTeX aligned environment, each aligned at its `&`."""
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def samples(symbols: Iterable[Expr], size: int = 60) -> Iterator[dict[Expr, Expr]]:
    """Yield values for the symbols, the same ones in every run: rationals from 1/50 to 8.

    A formula derived for all values is tried on them; where it is defined depends on the values,
    so they spread widely.
    """
    ordered, draw = sorted(symbols, key=str), random.Random(0)  # noqa: S311 (no secret)
    for _ in range(size):
        yield {
            symbol: sympy.Rational(round(50 * 8 ** draw.uniform(-1.8, 1)), 50)
            + sympy.Rational(1, 50)
            for symbol in ordered
        }
