"""What makes a golden question good.

Setting. A golden question with known margin 0 < δ <= 1 that an annotator of effort 0 <= e < 1 spots
with probability 0 <= q < 1 and then answers with full effort: effort on it is e_g = q + (1-q)e, and
A = (1 + e_g·δ)/2. A pair of labels of one item, whose first label is remembered with probability q:
A = q + (1-q)(1 + e²κ)/2. A question whose answer follows a Bradley-Terry law of temperature 1/θ
with gap Δr > 0: A = σ(u), u = θΔr.
Statement (exact). The information about e is I(δ, q) = (1-q)²δ²/(1 - e_g²δ²), with
  dI/dδ = 2(1-q)²δ/(1 - e_g²δ²)² > 0,
  dI/dq = -2(1-q)δ²(1 - e_g·δ²)/(1 - e_g²δ²)² < 0,
and a recalled pair's, 2(1-q)e²κ²/(A(1 - e²κ)), falls in q too: golden questions should be certain
and look like any other. The information about θ, Δr²σ(u)σ(-u), has one peak: at u* = 2.39935728...,
the only root of u·tanh(u/2) = 2, and it is (u*²/4 - 1)/θ² there: the surest is not the best.
Idea. A spotted question shows what everybody does when watched; a share 1 - q of A still moves with
effort, so information falls as its square. Certainty helps where attention is all or nothing; where
carelessness is noise in the comparison, what is certain stays certain and tells nothing.
By hand. One step.
1. u·tanh(u/2) is continuous and increasing from 0 to infinity, so it is 2 exactly once
   (intermediate values); the information rises before and falls after. Checked by enclosing signs
   on both sides of u*.
Reference. The two criteria: arXiv 2505.19134; the derivatives and the peak: this file.
"""

from collections.abc import Callable
from typing import Any

import sympy as sp
from flint import arb, arb_series

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import root

delta, q, theta = sp.symbols("delta q theta", positive=True)
EFFORT, MARGIN = sp.Rational(4, 5), sp.Rational(9, 10)
PEAK = sp.Rational("2.39935728051546766783273969728")  # u*, 30 digits
SEEN = (0.0, 0.0625, 0.25, 0.5, 0.75, 0.9375, 0.9990234375)


def derive() -> Derivation:
    """Return the derivation: informations, their slopes' signs, and the peak."""
    derivation = Derivation()
    e = sp.Symbol("e", positive=True)
    _golden(derivation, e)
    _recalled(derivation, e)
    _bradley_terry(derivation)
    return derivation


def _golden(derivation: Derivation, e: Any) -> None:
    shown = q + (1 - q) * e
    accuracy = q * (1 + delta) / 2 + (1 - q) * (1 + e * delta) / 2
    derivation.identity("spotted or not, effort is mixed", accuracy, (1 + shown * delta) / 2)
    found = accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy))
    derivation.identity("information", found, golden(delta, q, e))
    certain = 1 - shown**2 * delta**2
    in_margin, in_seen = (
        2 * (1 - q) ** 2 * delta / certain**2,
        -2 * (1 - q) * delta**2 * (1 - shown * delta**2) / certain**2,
    )
    derivation.identity("its slope in δ", found.diff(delta), in_margin)
    derivation.identity("its slope in q", found.diff(q), in_seen)
    # e and q in (0, 1), δ in (0, 1]: every such number is one of these
    x, y = sp.symbols("x y", positive=True)
    z = sp.Symbol("z", nonnegative=True)
    unit = {e: 1 / (1 + x), q: 1 / (1 + y), delta: 1 / (1 + z)}
    derivation.positive("1 - q > 0", (1 - q).subs(unit))
    for effort, which in ((e, "e > 0"), (sp.Integer(0), "e = 0")):
        seen = shown.subs(e, effort)
        derivation.positive(f"1 - e_g > 0, {which}", sp.factor((1 - seen).subs(unit)))
        derivation.positive(f"e_g > 0, {which}", sp.factor(seen.subs(unit)))
    some = sp.Symbol("w", positive=True)
    derivation.positive("so 1 - e_g²δ² > 0", 1 - 1 / (1 + some) ** 2 * unit[delta] ** 2)
    derivation.positive("and 1 - e_g·δ² > 0", 1 - 1 / (1 + some) * unit[delta] ** 2)
    derivation.identity(
        "an instructed check, q → 1, keeps the square of what is unseen",
        sp.limit(golden(delta, q, e) / (1 - q) ** 2, q, 1),
        delta**2 / (1 - delta**2),
    )


def golden(margin: Any, seen: Any, effort: Any) -> Any:
    """Return the information of a golden question."""
    shown = seen + (1 - seen) * effort
    return (1 - seen) ** 2 * margin**2 / (1 - shown**2 * margin**2)


def _recalled(derivation: Derivation, e: Any) -> None:
    kappa = sp.Symbol("kappa", positive=True)
    accuracy = q + (1 - q) * (1 + e**2 * kappa) / 2
    found = accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy))
    derivation.identity("a recalled pair's information", found, recalled(kappa, q, e))
    slope = -2 * e**2 * kappa**2 / (accuracy**2 * (1 - e**2 * kappa))
    derivation.identity("its slope in q", found.diff(q), slope)
    x = sp.Symbol("x", positive=True)
    z = sp.Symbol("z", nonnegative=True)
    derivation.positive("1 - e²κ > 0: it falls in q", 1 - 1 / (1 + z) ** 2 / (1 + x))


def recalled(signal: Any, seen: Any, effort: Any) -> Any:
    """Return the information of a pair whose first label may be remembered."""
    accuracy = seen + (1 - seen) * (1 + effort**2 * signal) / 2
    return 2 * (1 - seen) * effort**2 * signal**2 / (accuracy * (1 - effort**2 * signal))


def _bradley_terry(derivation: Derivation) -> None:
    u = sp.Symbol("u", positive=True)
    gap = sp.Symbol("Δr", positive=True)
    accuracy = 1 / (1 + sp.exp(-theta * gap))
    other = 1 / (1 + sp.exp(theta * gap))
    found = accuracy.diff(theta) ** 2 / (accuracy * (1 - accuracy))
    derivation.identity("information about θ", found, gap**2 * accuracy * other)
    curve = u**2 / (4 * sp.cosh(u / 2) ** 2)
    derivation.identity(
        "in u = θΔr",
        (theta**2 * gap**2 * accuracy * other).subs(gap, u / theta).rewrite(sp.exp),
        curve.rewrite(sp.exp),
    )
    bend = u * sp.tanh(u / 2)
    rest = u / (4 * sp.cosh(u / 2) ** 2)
    derivation.identity(
        "its slope has the sign of 2 - u·tanh(u/2)",
        curve.diff(u).rewrite(sp.exp),
        (rest * (2 - bend)).rewrite(sp.exp),
    )
    derivation.positive("the factor is positive", rest)
    growth = sp.tanh(u / 2) + u / (2 * sp.cosh(u / 2) ** 2)
    derivation.identity(
        "slope of u·tanh(u/2)", bend.diff(u).rewrite(sp.exp), growth.rewrite(sp.exp)
    )
    derivation.positive("which is positive: at most one root", growth)
    derivation.identity("it starts at 0", 1 + sp.limit(bend, u, 0), 1)
    derivation.identity(
        "and has no bound: 1/(u·tanh(u/2)) → 0", 1 + sp.limit(1 / bend, u, sp.oo), 1
    )
    squared = sp.Symbol("tanh²", positive=True)
    derivation.identity(
        "the peak is u²/4·(1 - tanh²), with tanh = 2/u there",
        curve.rewrite(sp.exp),
        (u**2 / 4 * (1 - sp.tanh(u / 2) ** 2)).rewrite(sp.exp),
    )
    derivation.identity(
        "that is u²/4 - 1", (u**2 / 4 * (1 - squared)).subs(squared, 4 / u**2), u**2 / 4 - 1
    )
    around = [arb(k) / 4 for k in range(1, 33)]
    star = arb(str(float(PEAK)))
    derivation.hand(
        "step 1: the information rises up to u* and falls from there",
        r"\mathrm{sgn}\, I' = \mathrm{sgn}(u^* - u)",
        [_slope(x) * (star - x) for x in around],
    )


def _slope(gap: Any) -> Any:
    """Return the slope of Δr²σ(Δr)σ(-Δr) in Δr, as a power series."""
    return _information(arb_series([gap, 1]), arb(1))[1]


def _information(gap: Any, scale: Any) -> Any:
    """Return Δr²σ(θΔr)σ(-θΔr)."""
    return gap * gap / ((1 + (scale * gap).exp()) * (1 + (-(scale * gap)).exp()))


def enclosed(seen: float) -> Any:
    """Return the information, effort 0.8, of a question of margin 0.9 that is spotted so often."""
    return _golden_information(arb("0.9"), arb(seen))


def _golden_information(margin: Any, seen: Any) -> Any:
    """Return it from the law of the answer, differentiated as a power series."""

    def accuracy(x: Any) -> Any:
        return seen * (1 + margin) / 2 + (1 - seen) * (1 + x * margin) / 2

    return _bit(accuracy)


def _recalled_information(seen: float) -> Any:
    share, signal = arb(seen), arb(1) / 2
    return _bit(lambda x: share + (1 - share) * (1 + x * x * signal) / 2)


def _bit(accuracy: Callable[[Any], Any]) -> Any:
    """Return A'²/(A(1 - A)) at effort 0.8."""
    series = accuracy(arb_series([arb("0.8"), 1]))
    return series[1] ** 2 / (series[0] * (1 - series[0]))


def computed(seen: float) -> float:
    """Return the same from the library: a monitor with this law of an answer."""
    x, e = sp.symbols("x e", positive=True)
    accuracy = (1 + (sp.Float(seen) + (1 - sp.Float(seen)) * e) * sp.Float(float(MARGIN))) / 2
    law = accuracy * x + (1 - accuracy) * (1 - x)
    monitor = pg.SymbolicMonitor(law, x, e, sp.FiniteSet(0, 1), highest_effort=1.0)
    return float(monitor.fisher_information(float(EFFORT)))


def most_telling(scale: float) -> Any:
    """Return the gap Δr at which the information about θ peaks."""
    unit = arb(scale)

    def falling(gap: Any) -> Any:
        return -_information(arb_series([gap, 1]), unit)[1]

    return root(falling, 1 / unit, 4 / unit)


def _fall(seen: float) -> Any:
    """Return minus the slope in q."""
    series = golden(arb(9) / 10, arb_series([arb(seen), 1]), arb(4) / 5)
    return -series[1]


THEOREM = Theorem(
    name="T14",
    title="What makes a golden question good",
    kind="exact",
    formula=r"I = \frac{(1-q)^2 \delta^2}{1 - e_g^2 \delta^2}, \quad e_g = q + (1-q)e, \quad"
    r" \frac{\partial I}{\partial \delta} > 0 > \frac{\partial I}{\partial q}; \qquad"
    r" \arg\max_u u^2 \sigma(u) \sigma(-u) = u^*, \; u^* \tanh(u^*/2) = 2",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "information of a golden question that is spotted with probability q",
            enclosed,
            golden(MARGIN, q, EFFORT),
            symbol=q,
            points=SEEN,
        ),
        Claim(
            "the same against its margin, q = ¼",
            lambda margin: _golden_information(arb(margin), arb(1) / 4),
            golden(delta, sp.Rational(1, 4), EFFORT),
            symbol=delta,
            points=(0.125, 0.5, 0.75, 1.0),
        ),
        Claim(
            "its slope in q",
            lambda seen: -_fall(seen),
            golden(MARGIN, q, EFFORT).diff(q),
            symbol=q,
            points=SEEN,
        ),
        Claim("it falls in q", _fall, relation="> 0", symbol=q, points=SEEN),
        Claim(
            "information of a pair recalled with probability q",
            _recalled_information,
            recalled(sp.Rational(1, 2), q, EFFORT),
            symbol=q,
            points=SEEN,
        ),
        Claim(
            "most telling gap under Bradley-Terry, to 24 digits of u*",
            most_telling,
            PEAK / theta,
            band=sp.Rational(1, 10**24),
            symbol=theta,
            points=(0.25, 1.0, 4.0),
        ),
        Claim(
            "information there",
            lambda scale: _information(most_telling(scale), arb(scale)),
            (PEAK**2 / 4 - 1) / theta**2,
            band=sp.Rational(1, 10**23),
            symbol=theta,
            points=(0.25, 1.0, 4.0),
        ),
        Claim(
            "a surer question, u = 2u*, tells less than half",
            lambda scale: (
                _information(most_telling(scale), arb(scale)) / 2
                - _information(2 * most_telling(scale), arb(scale))
            ),
            relation="> 0",
            symbol=theta,
            points=(0.25, 1.0, 4.0),
        ),
    ),
    computed_at=SEEN[:-1],
    agreement=1e-12,
)
