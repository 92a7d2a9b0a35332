"""A leader and a follower, one number each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import raise_problems
from paygrade.model.problem import Array


@dataclass(frozen=True)
class ScalarBilevel:
    """min over x of F(x, z) subject to z in argmax f(x, ·), both from SymPy expressions.

    Arguments:
        leader: F, minimised.
        follower: f, maximised.
        leader_symbol: x.
        follower_symbol: z.
        leader_bounds: (low, high) of x, finite.
        follower_bounds: (low, high) of z, finite.

    Raises:
        ModelError: for bounds that are no interval, and expressions in other symbols.
    """

    leader: Any
    follower: Any
    leader_symbol: Any
    follower_symbol: Any
    leader_bounds: tuple[float, float]
    follower_bounds: tuple[float, float]

    def __post_init__(self) -> None:
        import sympy

        problems = []
        symbols = {self.leader_symbol, self.follower_symbol}
        for name in ("leader", "follower"):
            expr = sympy.sympify(getattr(self, name))
            object.__setattr__(self, name, expr)
            if expr.free_symbols - symbols:
                others = ", ".join(sorted(map(str, expr.free_symbols - symbols)))
                problems.append(
                    f"{name} depends on {others} besides the two symbols; put numbers in"
                )
        for name in ("leader_bounds", "follower_bounds"):
            low, high = getattr(self, name)
            if not (np.isfinite([low, high]).all() and low < high):
                problems.append(f"{name}={(low, high)!r} is no interval; give finite low < high")
        raise_problems(problems)

    @cached_property
    def _compiled(self) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
        import sympy

        symbols = (self.leader_symbol, self.follower_symbol)
        slope = sympy.diff(self.follower, self.follower_symbol)
        made = [sympy.lambdify(symbols, e, "numpy") for e in (self.leader, self.follower, slope)]
        return made[0], made[1], made[2]

    def leader_value(self, x: float, z: float) -> float:
        """Return F(x, z)."""
        return float(self._compiled[0](x, z))

    def follower_values(self, x: float, z: ArrayLike) -> Array:
        """Return f(x, z); the shape of `z`."""
        return np.asarray(self._compiled[1](x, np.asarray(z, float)), float)

    def follower_slope(self, x: float, z: float) -> float:
        """Return df/dz."""
        return float(self._compiled[2](x, z))
