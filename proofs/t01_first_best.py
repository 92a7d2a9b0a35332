"""The first best: a flat wage and one marginal condition.

Setting. Effort is observed and contracted on; separable utility u concave, h = u⁻¹, cost c convex,
value R concave, reservation utility ū. U(e) = ū + c(e).
Statement (exact). The cheapest way to have effort e is the flat wage h(U(e)); the best effort solves
R'(e) = h'(U)c'(e). With R = re: √-utility and c = e² give e* = (r/4)^(1/3); log utility and c = e²/2
give e* = √W(r²), W Lambert's function.
Idea. Risk costs something and buys nothing when effort is seen, so there is none.
By hand. Nothing: Jensen's inequality is the sign of the second derivative of h.
Reference. Standard (Grossman and Hart 1983, section 1); this file.
"""

from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import root

r = sp.Symbol("r", positive=True)
SLOPES = (0.125, 0.25, 0.5, 1.0, 2.0, 3.5)


def derive() -> Derivation:
    """Return Jensen's sign, the marginal condition and its two closed solutions."""
    derivation = Derivation()
    e, v = sp.symbols("e v", positive=True)
    w = sp.Symbol("w", positive=True)
    for utility, cost_of in ((sp.sqrt(w), v**2), (sp.log(w), sp.exp(v))):
        name = str(utility)
        derivation.identity(f"h is the inverse of {name}", utility.subs(w, cost_of), v)
        derivation.positive(f"and convex, so risk costs, {name}", cost_of.diff(v, 2))
    h, c = sp.Function("h"), sp.Function("c")
    reservation = sp.Symbol("ū", real=True)
    payoff = r * e - h(reservation + c(e))
    inner = sp.Symbol("U", real=True)
    marginal = h(inner).diff(inner).subs(inner, reservation + c(e)) * c(e).diff(e)
    derivation.identity("marginal condition", payoff.diff(e), r - marginal)
    root_effort = (r / 4) ** sp.Rational(1, 3)
    square = r * e - (e**2) ** 2
    derivation.identity("square root: R' = h'c' at (r/4)^(1/3)", 4 * root_effort**3, r)
    derivation.positive("it is a maximum", -square.diff(e, 2))
    y = sp.Symbol("y", positive=True)
    condition = (e**2 * sp.exp(e**2)).subs(e, sp.sqrt(y))
    derivation.identity(
        "log: (h'c')² = y·exp(y) at e = √y; it is r² at y = W(r²)", condition, y * sp.exp(y)
    )
    derivation.positive("it is a maximum too", sp.exp(e**2 / 2).diff(e, 2))
    return derivation


def enclosed(slope: float) -> Any:
    """Return the effort at which R' = h'(U)c', square root utility, c = e²."""
    return root(lambda e: 4 * e**3 - arb(slope), arb(0), arb(2))


def enclosed_log(slope: float) -> Any:
    """Return the same for log utility, c = e²/2."""
    return root(lambda e: e * (e * e / 2).exp() - arb(slope), arb(0), arb(4))


def problem(slope: float) -> pg.MoralHazard:
    """Return the economics with square root utility."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(slope),
        monitor=pg.NormalMonitor(n=100),
        wage_floor=0.0,
    )


def computed(slope: float) -> float:
    """Return the library's first-best effort."""
    return pg.first_best(problem(slope)).effort


def payoff(slope: float) -> Any:
    """Return the library's first-best payoff, its expected wage as certified."""
    design = pg.first_best(problem(slope))
    return arb(slope) * arb(design.effort) - arb(design.certificate.cost_upper)


THEOREM = Theorem(
    name="T1",
    title="First best",
    kind="exact",
    formula=r"R'(e^*) = h'(U)\, c'(e^*), \qquad w = h(U)",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "effort, square root utility",
            enclosed,
            (r / 4) ** sp.Rational(1, 3),
            symbol=r,
            points=SLOPES,
        ),
        Claim(
            "effort, log utility",
            enclosed_log,
            lambda slope: (arb(slope) ** 2).lambertw().sqrt(),
            symbol=r,
            points=SLOPES,
        ),
        Claim(
            "payoff, square root utility",
            payoff,
            3 * (r / 4) ** sp.Rational(4, 3),
            symbol=r,
            points=SLOPES,
        ),
    ),
    computed_at=SLOPES,
    agreement=1e-6,
)
