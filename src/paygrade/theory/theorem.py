"""A theorem: what it says, how it follows, and what can be measured of it."""

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from paygrade.errors import ModelError
from paygrade.theory.balls import full_precision
from paygrade.theory.claim import Claim
from paygrade.theory.derivation import Derivation

SECTIONS = ("Setting", "Statement", "Idea", "By hand", "Reference")

Kind = Literal["tight", "upper", "lower", "exact"]


@dataclass(frozen=True)
class Theorem:
    """One file of `proofs/`.

    Arguments:
        name: "T5".
        title: a few words.
        kind: what the statement gives: "tight" a rate with its constant, "upper" or "lower" a
            bound, "exact" an equality.
        formula: the statement in TeX.
        derive: builds the derivation.
        computed: the main quantity from the library at one point, a float.
        enclosed: a ball that contains it.
        claims: the main claim first.
        computed_at: points at which `computed` is compared with `enclosed`.
        agreement: how far, relatively, `computed` may lie outside the ball: doubles cancel where
            balls do not.
    """

    name: str
    title: str
    kind: Kind
    formula: str
    derive: Callable[[], Derivation]
    computed: Callable[[Any], float]
    enclosed: Callable[[Any], Any]
    claims: tuple[Claim, ...]
    computed_at: tuple[Any, ...]
    agreement: float = 1e-6

    def claimed(self, point: float) -> float:
        """Return what the main claim says at a point, from the lambdified expression."""
        return self.claims[0](point)

    def enclosure(self, point: Any) -> Any:
        """Return `enclosed(point)` at the precision of the proofs, a python-flint ball."""
        with full_precision():
            return self.enclosed(point)

    def derivation(self) -> Derivation:
        """Return the steps, judged; by-hand checks at the precision of the proofs."""
        with full_precision():
            return self.derive()

    def disagreement(self, point: Any) -> float:
        """Return how far the library's number lies from its enclosure, relative to its size."""
        ball = self.enclosure(point)
        if ball.contains(self.computed(point)):
            return 0.0
        return float(abs(ball - self.computed(point)).lower() / abs(ball).upper())

    @cached_property
    def sections(self) -> dict[str, str]:
        """The parts of the file's docstring by their headings.

        Raises:
            ModelError: when a part is missing or out of order.
        """
        text = inspect.cleandoc(sys.modules[self.derive.__module__].__doc__ or "")
        pattern = r"^(" + "|".join(SECTIONS) + r")(?: \([a-z ,]+\))?\.\s"
        parts = re.split(pattern, text, flags=re.MULTILINE)
        found = tuple(parts[1::2])
        if found != SECTIONS:
            raise ModelError(
                f"{self.name}: its docstring has the parts {', '.join(found) or 'none'}; write"
                f" {', '.join(SECTIONS)} in this order, as proofs/template.py does"
            )
        return {name: body.strip() for name, body in zip(found, parts[2::2], strict=True)}
