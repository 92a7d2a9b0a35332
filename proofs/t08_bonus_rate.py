"""The true rate of bonus contracts.

Setting. Normal monitor with information I a check, s = √(nI); efforts an interval, interior optimum
e*; separable utility with h''' >= 0, bounded below on payable wages; two wages and a cutoff.
Statement (tight). G·s·z → K = c'(e*)·D(C)/C, z = √(log(nI·C²/(2π·c'²))), so G = Θ(1/√(I n log n)).
Sharper: G/(K·M(z)/s) = 1 + O(1/√n), with M(z) = Φ(-z)/φ(z) the Mills ratio.
Idea. Deviating to e = 0 must not pay, so the bonus is worth at least C however large n is. A bonus
worth C moves effort by C·s·φ(z), which must be just c': with many checks the slope s is steep, so
the cutoff goes where the bell curve is flat, z ~ √log n below the mean. There the careful fail with
probability Φ(-z) = φ(z)·M(z), and each failure costs D(C).
By hand. The bounds of T9 hold at every effort, so the gap over all efforts lies between the least
over e of FB(e*) - FB(e) + lower(e) and upper(e*). FB is concave, so on a box of efforts the first
difference is least at the end next to e*; lower is enclosed over the box.
Reference. Rate: papers A and B (arXiv 2502.06387, 2505.19134); constant: this file.
"""

import itertools
from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.sandwich import Sandwich

BOXES = 50  # efforts on either side of e*
EFFORT, SLOPE = 0.8, 2.048  # R = 2.048e makes e* = 0.8: R' = h'(U)c'
n = sp.Symbol("n", positive=True, integer=True)


def problem(checks: int) -> pg.MoralHazard:
    """Return the economics of theory section 6.1: I = 1, u = √w, c = e², w >= 0."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(SLOPE),
        monitor=pg.NormalMonitor(n=checks),
        wage_floor=0.0,
    )


def derive() -> Derivation:
    """Return how z and K follow from the two constraints of T9, and the law of the Mills ratio."""
    derivation = Derivation()
    C, slope, s, z, D = sp.symbols("C c' s z D", positive=True)
    phi = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    root = sp.sqrt(sp.log(s**2 * C**2 / (2 * sp.pi * slope**2)))
    derivation.identity("C·s·φ(z) = c' at the stated z", C * s * phi.subs(z, root), slope)
    tail = sp.erfc(z / sp.sqrt(2)) / 2
    ratio = tail / phi
    gap = D * tail
    derivation.identity(
        "D(C)·Φ(-z) = K·M(z)/s there",
        sp.simplify((gap - slope * D / C * ratio / s).subs(s, slope / (C * phi))) + 1,
        1,
    )
    derivation.identity("z·M(z) → 1", sp.limit(z * ratio, z, sp.oo), 1)
    derivation.identity("M' = zM - 1", ratio.diff(z), z * ratio - 1)
    # upper bound: zφ - z²Φ(-z) decreases to 0; lower: (1 + z²)Φ(-z) - zφ decreases to 0
    derivation.identity("d/dz (φ/z - Φ(-z)) = -φ/z²", (phi / z - tail).diff(z), -phi / z**2)
    derivation.identity(
        "d/dz (Φ(-z) - zφ/(1 + z²)) = -2φ/(1 + z²)²",
        (tail - z * phi / (1 + z**2)).diff(z),
        -2 * phi / (1 + z**2) ** 2,
    )
    derivation.positive("so z²/(1 + z²) < zM(z) < 1: both differences fall to 0", 2 * phi / z**2)
    derivation.hand(
        "the gap over all efforts lies between the bounds",
        r"\min_e [FB(e^*) - FB(e) + L_n(e)] \le G_n \le L^+_n(e^*)",
        [_second_derivative_of_first_best(share) for share in (0.1, 0.4, 0.8, 1.0)],
    )
    return derivation


def _second_derivative_of_first_best(effort: float) -> Any:
    """Return -FB'' = d²/de² (e²)², positive where FB is strictly concave."""
    e = sp.Symbol("e")
    return -sp.diff(sp.Rational(SLOPE) * e - (e**2) ** 2, e, 2).subs(e, effort)


@cache
def bonus(checks: int) -> pg.Design:
    """Return the library's best bonus contract, effort optimised."""
    return pg.second_best(problem(checks), pg.BinaryContract)


@cache
def enclosed(checks: int) -> Any:
    """Return a ball around the agency cost of bonus contracts, effort optimised."""
    economics = problem(checks)
    best = _first_best(arb(EFFORT))
    slack = abs(arb(SLOPE) - 4 * arb(EFFORT) ** 3)  # |FB'|: 0.8 is e* up to a rounding error
    sandwich = Sandwich(economics, EFFORT)
    rule = bonus(checks)
    upper = best + slack - arb(SLOPE) * arb(rule.effort) + arb(rule.certificate.cost_upper)
    if checks >= sandwich.smallest_n:
        upper = upper.min(sandwich.upper + slack)
    lower = _over_efforts(economics, best, upper)
    return lower.union(upper)


def _first_best(effort: Any) -> Any:
    """Return R(e) - h(c(e)) = 2.048e - e⁴."""
    return arb(SLOPE) * effort - effort**4


def _over_efforts(economics: pg.MoralHazard, best: Any, upper: Any) -> Any:
    """Return a lower bound on FB(e*) - FB(e) + lower(e) over all efforts."""
    bounds = [upper]
    for end in (0.0, 1.0):
        edge = _edge(end, best, upper)
        steps = [EFFORT + (edge - EFFORT) * k / BOXES for k in range(BOXES + 1)]
        for near, far in itertools.pairwise(steps):
            lost = (best - _first_best(arb(near))).max(arb(0))
            if near == EFFORT:
                lost = arb(0)
            low, high = min(near, far), max(near, far)
            risk = Sandwich(economics, low).lower_up_to(high) if low > 0 else arb(0)
            bounds.append(arb((lost + risk).lower()))
    least = bounds[0]
    for bound in bounds[1:]:
        least = least.min(bound)
    return least


def _edge(end: float, best: Any, upper: Any) -> float:
    """Return an effort towards `end` beyond which first best alone loses more than `upper`."""
    near, far = EFFORT, end
    if not best - _first_best(arb(end)) > upper:
        return end
    for _ in range(40):
        middle = (near + far) / 2
        near, far = (near, middle) if best - _first_best(arb(middle)) > upper else (middle, far)
    return far


def computed(checks: int) -> float:
    """Return the library's agency cost of the best bonus contract."""
    return pg.first_best(problem(checks)).payoff - bonus(checks).payoff


C, SLOPE_OF_COST = sp.Rational(16, 25), sp.Rational(8, 5)
K = SLOPE_OF_COST * C  # c'·D(C)/C with D(C) = C²
z = sp.sqrt(sp.log(n * C**2 / (2 * sp.pi * SLOPE_OF_COST**2)))
MILLS = sp.sqrt(sp.pi / 2) * sp.exp(z**2 / 2) * sp.erfc(z / sp.sqrt(2))

THEOREM = Theorem(
    name="T8",
    title="The true rate of bonus contracts",
    kind="tight",
    formula=r"G_n \sqrt{nI}\, z_n \to K = \frac{c'(e^*)\, D(C)}{C}, \qquad"
    r" z_n = \sqrt{\log \frac{n I C^2}{2 \pi c'^2}}",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "agency cost of a bonus, effort optimised",
            enclosed,
            K * MILLS / sp.sqrt(n),
            "→",
            band=5 / sp.sqrt(n) + n ** sp.Rational(-1, 4) / 20,  # the second term: width of boxes
            symbol=n,
            points=tuple(10**k for k in range(2, 13)),
            limit=K,
            rivals=True,
            order="1/√(n log n)",
        ),
    ),
    computed_at=(100, 10**4, 10**6, 10**8),
    agreement=1e-5,
)
