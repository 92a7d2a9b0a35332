"""A claim about numbers, and what rigorous enclosures find of it.

The measured quantity is enclosed in a ball, the claimed one is an expression; their ratio decides.
Every claim with a constant has to be sharp at its last point, so that a constant that is wrong by
two percent, either way, is found out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from flint import arb

from paygrade.certificate.expressions import expression_ball
from paygrade.certificate.search import lower_float, upper_float
from paygrade.theory.balls import full_precision
from paygrade.theory.rate import Rival, score_rivals

RESOLUTION = 0.01  # a claim must be this sharp at its last point to tell 2 % off
SPAN = 100  # rates can't be told apart on a shorter stretch of n
DECADES = tuple(10**k for k in range(1, 13))

Relation = Literal["=", "→", "→ log", "≥", "≤", "> 0"]
Verdict = Literal["holds", "fails", "unresolved"]


@dataclass(frozen=True)
class Claim:
    """measured(x) against claimed(x) over points x, most often n.

    Arguments:
        text: the claim in words.
        measured: a ball that contains the quantity at a point.
        claimed: expression in `symbol`, or a function that returns a ball; None for "> 0".
        relation: "=" equal up to `band`; "→" asymptotically equal, within `band` at every point;
            "→ log" the same of their logarithms; "≥" and "≤" a bound on what is measured, sharp
            within `band` at the last point; "> 0" a sign.
        band: allowed relative distance, an expression in `symbol`; it must fall to `RESOLUTION` at
            the last point, and to zero in the limit for "→".
        symbol: what `claimed` and `band` depend on.
        points: where to measure.
        limit: the sharp constant, an expression without symbols, for the report.
        rivals: whether rates 1/n, 1/√n, 1/√(n log n) and exp(-cn) are scored on the same points
            and have to be rejected; `order` names the one that the claim itself is of.
        order: the rival that is no rival.
    """

    text: str
    measured: Callable[[Any], Any]
    claimed: Any = None
    relation: Relation = "="
    band: Any = 1e-9
    symbol: Any = None
    points: tuple[Any, ...] = DECADES
    limit: Any = None
    rivals: bool = False
    order: str = ""

    def __call__(self, point: float) -> float:
        """Return the claimed value, a float."""
        import sympy

        if not isinstance(self.claimed, sympy.Basic):
            return float(self._ball(self.claimed, point))
        return float(self._lambdified(point))

    @cached_property
    def _lambdified(self) -> Callable[[float], float]:
        import sympy

        return sympy.lambdify(self.symbol, self.claimed, "scipy")  # type: ignore[no-any-return]

    def check(self, points: Sequence[Any] | None = None) -> "Finding":
        """Return what enclosures say, at the claim's points or at those of `points` in its range.

        A claim in n is made from its first point on, and measured up to its last.
        """
        chosen = tuple(self.points)
        if points is not None and str(self.symbol) == "n":
            chosen = tuple(k for k in points if self.points[0] <= k <= self.points[-1])
        if not chosen:
            return Finding(self, (), (), "unresolved")
        with full_precision():
            return self.judge(chosen, [self.measured(point) for point in chosen])

    def judge(self, points: Sequence[Any], measured: Sequence[Any]) -> "Finding":
        """Return what balls around the quantity at `points` say of the claim."""
        points = tuple(points)
        if self.relation == "> 0":
            ends = tuple((lower_float(ball), upper_float(ball)) for ball in measured)
            return Finding(self, points, ends, "holds" if all(b > 0 for b in measured) else "fails")
        claimed = [self._ball(self.claimed, point) for point in points]
        ratios = [self._ratio(*pair) for pair in zip(measured, claimed, strict=True)]
        bands = [self._ball(self.band, point) for point in points]
        wide = self.rivals and len(points) >= 3 and points[-1] >= SPAN * points[0]
        rivals = score_rivals(points, measured, claimed, self.order) if wide else ()
        verdict: Verdict = "holds"
        if not all(map(self._fits, ratios, bands)) or not all(r.rejected for r in rivals):
            verdict = "fails"
        elif not bands[-1] <= RESOLUTION:
            verdict = "unresolved"
        elif not abs(ratios[-1] - 1) <= bands[-1]:
            verdict = "fails"  # a bound, but not the sharp one
        ends = tuple((lower_float(ratio), upper_float(ratio)) for ratio in ratios)
        return Finding(self, points, ends, verdict, rivals)

    def _ratio(self, measured: Any, claimed: Any) -> Any:
        return measured.log() / claimed.log() if self.relation == "→ log" else measured / claimed

    def _ball(self, expr: Any, point: Any) -> Any:
        import sympy

        if callable(expr) and not isinstance(expr, sympy.Basic):
            return expr(point)
        return expression_ball(sympy.sympify(expr), self.symbol, _exactly(point))

    def _fits(self, ratio: Any, band: Any) -> bool:
        if self.relation not in ("≥", "≤"):
            return bool(abs(ratio - 1) <= band)
        # a bound that is attained: its ball may touch one, but not cross it by more than rounding
        slack = arb(10) ** -20
        return bool(ratio >= 1 - slack if self.relation == "≥" else ratio <= 1 + slack)


def _exactly(point: Any) -> Any:
    return arb(point) if isinstance(point, int) else arb(float(point))


@dataclass(frozen=True)
class Finding:
    """What was measured of a claim.

    Attributes:
        claim: the claim.
        points: where.
        ratios: (low, high) floats around measured/claimed at each point; around the measured value
            itself for a sign.
        verdict: "holds" when verified on all of them and sharply at the last; "unresolved" when
            the points are too few or small to tell 2 % off.
        rivals: the scores of the other rates.
    """

    claim: Claim
    points: tuple[Any, ...]
    ratios: tuple[tuple[float, float], ...]
    verdict: Verdict
    rivals: tuple[Rival, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the claim is verified."""
        return self.verdict == "holds"

    @property
    def constant(self) -> tuple[float, float] | None:
        """The limit as measured at the last point: the claimed one times the last ratio."""
        if self.claim.limit is None or not self.ratios:
            return None
        limit = float(self.claim.limit)
        low, high = (limit * ratio for ratio in self.ratios[-1])
        return min(low, high), max(low, high)
