"""A derivation: named steps, each an identity or a sign that SymPy itself proves.

A step that SymPy can't do is proved by hand in the theorem's docstring and checked numerically; it
is counted apart, and the report says so.

>>> import sympy
>>> x = sympy.Symbol("x", positive=True)
>>> derivation = Derivation()
>>> derivation.identity("difference of squares", (x - 1) * (x + 1), x**2 - 1)
>>> derivation.positive("a square and one", x**2 + 1)
>>> derivation.holds, [step.how for step in derivation.steps]
(True, ['identity', 'sign'])
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

How = Literal["identity", "sign", "by hand"]


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        name: what it shows, in words.
        how: "identity" and "sign" are SymPy's; "by hand" is argued in the docstring and checked.
        shown: the formula, in TeX.
        holds: whether SymPy reduced it to zero or proved the sign, or every check came out.
    """

    name: str
    how: How
    shown: str
    holds: bool


@dataclass
class Derivation:
    """Steps in the order in which they were taken; each is judged when it is added."""

    steps: list[Step] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every step does, and there is one."""
        return bool(self.steps) and all(step.holds for step in self.steps)

    @property
    def by_hand(self) -> int:
        """How many steps SymPy did not do."""
        return sum(step.how == "by hand" for step in self.steps)

    def identity(self, name: str, left: Any, right: Any) -> None:
        """Add `left` = `right`, true when SymPy reduces the difference to zero."""
        import sympy

        shown = f"{sympy.latex(left)} = {sympy.latex(right)}"
        self.steps.append(Step(name, "identity", shown, _vanishes(left - right)))

    def positive(self, name: str, expr: Any) -> None:
        """Add `expr` > 0, true when SymPy proves it from the symbols' assumptions."""
        import sympy

        shown = f"{sympy.latex(expr)} > 0"
        self.steps.append(Step(name, "sign", shown, _is_true(expr, "is_positive")))

    def nonnegative(self, name: str, expr: Any) -> None:
        """Add `expr` >= 0, true when SymPy proves it from the symbols' assumptions."""
        import sympy

        shown = rf"{sympy.latex(expr)} \ge 0"
        self.steps.append(Step(name, "sign", shown, _is_true(expr, "is_nonnegative")))

    def hand(self, name: str, shown: str, checks: Iterable[Any]) -> None:
        """Add a step argued in the docstring; each of `checks` is a number that must exceed zero.

        A ball counts as positive only when all of it is.
        """
        values = list(checks)
        holds = bool(values) and all(bool(value > 0) for value in values)
        self.steps.append(Step(name, "by hand", shown, holds))


def _vanishes(expr: Any) -> bool:
    """Whether one of SymPy's own reductions brings the expression to zero."""
    import sympy

    ways: tuple[Callable[[Any], Any], ...] = (
        sympy.expand, sympy.simplify, sympy.gammasimp, sympy.combsimp, sympy.factor,
    )  # fmt: skip
    return any(way(expr.doit()) == 0 for way in ways)


def _is_true(expr: Any, sign: str) -> bool:
    import sympy

    ways: tuple[Callable[[Any], Any], ...] = (
        lambda e: e, sympy.factor, sympy.simplify, sympy.expand,
        lambda e: sympy.factor(sympy.simplify(e)),
    )  # fmt: skip
    return any(getattr(way(expr), sign) is True for way in ways)
