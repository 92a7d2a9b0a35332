"""A leader, who chooses up to three numbers, and a follower, who answers with one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from paygrade.errors import raise_problems
from paygrade.model.bilevel_checks import (
    bounds_problems,
    expression_problems,
    paired,
    probe_problems,
    sense_problems,
    symbol_problems,
)

Point = tuple[float, ...]


@dataclass(frozen=True)
class Derivatives:
    """F to minimise and f to maximise, with derivatives, in real symbols (x..., z).

    Attributes:
        symbols: the leader's, then the follower's.
        leader, follower: F and f, negated where the program's senses are the other ones.
        leader_gradient, follower_gradient: by each of `symbols`.
        slope_gradient: of df/dz, by each of `symbols`.
    """

    symbols: tuple[Any, ...]
    leader: Any
    follower: Any
    leader_gradient: tuple[Any, ...]
    follower_gradient: tuple[Any, ...]
    slope_gradient: tuple[Any, ...]


@dataclass(frozen=True)
class Bilevel:
    """The leader's best x and z, where z is a best response to x; of ties the leader's favourite.

    `BilevelProgram` adds the methods that solve it, and documents the arguments.

    Raises:
        ModelError: for expressions, symbols, bounds or senses that make no program.
    """

    leader: Any
    follower: Any
    leader_variables: Any
    follower_variable: Any
    bounds: Mapping[Any, tuple[float, float]] | Sequence[tuple[float, float]]
    leader_sense: str = "min"
    follower_sense: str = "max"

    def __post_init__(self) -> None:
        given: Any = self.leader_variables
        leaders = tuple(given) if isinstance(given, Sequence) else (given,)
        object.__setattr__(self, "leader_variables", leaders)
        problems = sense_problems(self.leader_sense, self.follower_sense)
        symbols = (*leaders, self.follower_variable)
        wrong = symbol_problems(symbols)
        if not wrong:
            wrong = bounds_problems(self.bounds, symbols)
            if not wrong:
                object.__setattr__(self, "bounds", paired(self.bounds, symbols))
        problems += wrong
        for name in ("leader", "follower"):
            expr, found = expression_problems(name, getattr(self, name), symbols)
            object.__setattr__(self, name, expr)
            problems += found
            if not found and not wrong:
                problems += self._problems_of(name)
        raise_problems(problems)

    def _problems_of(self, name: str) -> list[str]:
        """Return problems of an expression in the right symbols, once symbols have bounds."""
        return probe_problems(name, getattr(self, name), self.symbols, self.box)

    def __getstate__(self) -> dict[str, Any]:
        # compiled functions can't be pickled; they are made anew when first used
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def symbols(self) -> tuple[Any, ...]:
        """The leader's symbols, then the follower's."""
        return (*self.leader_variables, self.follower_variable)

    @property
    def box(self) -> tuple[tuple[float, float], ...]:
        """(low, high) of each symbol, in the order of `symbols`."""
        assert isinstance(self.bounds, tuple)  # noqa: S101 (made so on construction)
        return self.bounds

    @cached_property
    def derivatives(self) -> Derivatives:
        """F and f as something to minimise and to maximise, differentiated."""
        leader, *leader_gradient = self.derivatives_of("leader")
        count = len(self.symbols)
        follower, *others = self.derivatives_of("follower")
        return Derivatives(
            self.real_symbols, leader, follower, tuple(leader_gradient), tuple(others[:count]),
            tuple(others[count:]),
        )  # fmt: skip

    def derivatives_of(self, name: str) -> list[Any]:
        """Return F and its gradient, or f, its gradient and that of df/dz, in real symbols."""
        import sympy

        expr = getattr(self, name).xreplace(dict(zip(self.symbols, self.real_symbols, strict=True)))
        wanted, sense = (
            ("min", self.leader_sense) if name == "leader" else ("max", self.follower_sense)
        )
        expr = expr if sense == wanted else -expr
        found = [expr, *(sympy.diff(expr, s) for s in self.real_symbols)]
        if name == "follower":
            found += [sympy.diff(found[-1], s) for s in self.real_symbols]
        return found

    @cached_property
    def real_symbols(self) -> tuple[Any, ...]:
        """Symbols of real numbers in the place of `symbols`: SymPy knows the slope of their |x|."""
        import sympy

        return tuple(sympy.Dummy(str(s), real=True) for s in self.symbols)

    def leader_value(self, x: Sequence[float], z: float) -> float:
        """Return F(x, z), in the leader's own sense."""
        return float(self._compiled[0](*x, z))

    def follower_value(self, x: Sequence[float], z: float) -> float:
        """Return f(x, z), in the follower's own sense."""
        return float(self._compiled[1](*x, z))

    @cached_property
    def _compiled(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return numeric(self.leader, self.symbols), numeric(self.follower, self.symbols)

    def latex(self) -> str:
        """Return the program in LaTeX, without dollar signs."""
        import sympy

        names = [sympy.latex(s) for s in self.symbols]
        ranges = [rf"{n} \in [{low:g}, {high:g}]" for n, (low, high) in zip(names, self.box)]  # noqa: B905
        return (
            rf"\{self.leader_sense}_{{{', '.join(ranges[:-1])};\; {names[-1]}}}\;"
            rf" {sympy.latex(self.leader)}"
            rf" \quad\text{{s.t.}}\quad {names[-1]} \in"
            rf" \operatorname*{{arg\,{self.follower_sense}}}_{{{ranges[-1]}}}\;"
            rf" {sympy.latex(self.follower)}"
        )

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def numeric(exprs: Any, symbols: Sequence[Any]) -> Callable[..., Any]:
    """Return an expression, or a list, as a function of floats and arrays; nan if undefined."""
    import sympy

    function = sympy.lambdify(symbols, exprs, modules=["numpy", "scipy"], cse=True)

    def at(*values: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*map(np.float64, values))

    return at
