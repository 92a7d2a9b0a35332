"""A non-asymptotic sandwich for bonus contracts.

Setting. Normal monitor, s = √(nI); effort e to implement, interior or the highest; separable utility
with h''' >= 0 on payable promises v >= v_min, and v_min <= reservation + c(0), so that shirking is
worth the lowest wage at least. U = reservation + c(e), C = c(e) - c(0),
D(x) = h(U - x) - h(U) + x·h'(U), c convex; m₁ = h''(U), m₀ = h''(v_min) > 0.
Statement (lower, upper). For every n and every contract that pays two wages, on whatever event,
  cost - h(U) >= φ(z₁)·M(y)·D(C), Φ(z₁)/φ(z₁) = sC/c', y = max(z₁, √(m₁/m₀)),
with Mills' ratio M = Φ(-·)/φ, so Φ(-z₁)·D(C) once z₁ reaches that root;
for every n >= n₀ = 133·(c'/C)²/I there is a bonus contract with cutoff e - z₂/s that induces e over
all efforts and costs
  cost - h(U) <= (1-q)·h(v + Δ) + q·h(v) - h(U), q = Φ(-z₂), Δ = C/(Φ(z₂) - Φ(-2z₂)),
  v = max(v_min, U - (1-q)Δ), s·φ(z₂)/(Φ(z₂) - Φ(-2z₂)) = c'/C.
Idea. Below: whatever the event, passing must be worth C more than shirking, and by Neyman and
Pearson no event of size 1 - q moves faster with effort than a cutoff. Above: a cutoff a little more
lenient than that, checked effort by effort.
By hand.
1. Let q be the failure probability, Δ the stake, x = (1-q)Δ. Comparing with effort 0, whose passing
   probability is not negative, x >= C. Local incentives: Δ times the slope of the passing
   probability is c' (at least, at the highest effort); by Neyman-Pearson the slope is at most
   s·φ(z), z = -Φ⁻¹(q), as the score increases in the outcome. So x >= Φ(z)·c'/(s·φ(z)).
2. Let V >= U be the expected utility. The tangent of h at V above it and the value below it give
   cost >= h(V) + q·D_V(x). Continue h below v_min by its second-order expansion there: h''' >= 0
   still, so D_V increases in V, and cost - h(U) >= q·D(x).
3. If z <= z₁ then q >= Φ(-z₁) and D(x) >= D(C).
4. D''(x) = h''(U - x) lies in [m₀, m₁], so x·D'(x)/D(x) >= 1 + m₀/m₁. If z > z₁ the bound
   Φ(-z)·D(x(z)), x(z) = Φ(z)c'/(sφ(z)), grows with z once z² >= m₁/m₀, because the hazard φ/Φ(-z)
   is below z + 1/z: beyond y it is at least its value at y. Up to y use that D(x)/x increases: the
   bound is at least (D(C)/C)·x(z)·Φ(-z) = (D(C)/C)·(c'/s)·Φ(z)·M(z) >= D(C)·φ(z₁)·M(y), as Φ
   increases, M decreases and (c'/s)·Φ(z₁) = C·φ(z₁).
5. Upper bound: Δ·s·φ(z₂) = c' by choice. Above the cutoff passing is concave in effort and -c is
   too, so the stationary e is best there.
6. Below e - 3z₂/s passing is less likely than Φ(-2z₂), so shirking gains at most
   Δ·Φ(-2z₂) + C - Δ·Φ(z₂) = 0.
7. In between, passing is at most as likely as not and effort saves at most 3z₂·c'/s by convexity;
   the stake forgone is Δ(Φ(z₂) - ½). This suffices when (Φ(z)-½)(Φ(z)-Φ(-2z))/φ(z) >= 3z at z₂,
   which holds from z = 1.77 on, where the left side grows faster; sC/c' is the same function of z₂
   without its first factor, and 1.77 makes it 11.52.
8. On a count with A affine the same holds cutoff by cutoff, with exact binomials in place of Φ and φ
   (paygrade/theory/counting.py): passing is concave in e above its mode. There is no closed form,
   so the bounds are enclosed at each n, not proved for all of them.
Reference. The rate is papers A and B's; the bounds and their constants are this file's.
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb, ctx

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import cdf, density
from paygrade.theory.counting import CountingSandwich
from paygrade.theory.sandwich import START, Sandwich

EFFORT = 0.8
n = sp.Symbol("n", positive=True, integer=True)
POINTS = tuple(10**k for k in range(3, 13))


def problem(checks: int) -> pg.MoralHazard:
    """Return the economics of theory section 6.1 at effort 0.8, where the floor just binds."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=pg.NormalMonitor(n=checks),
        wage_floor=0.0,
    )


def logarithmic(checks: int) -> pg.MoralHazard:
    """Return log utility with a floor of one half, where h'' is not constant: m₁/m₀ = 2.75."""
    return pg.MoralHazard(
        utility=pg.LogUtility(),
        cost=pg.PowerCost(0.5, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.NormalMonitor(n=checks),
        wage_floor=0.5,
    )


def derive() -> Derivation:
    """Return the steps that calculus decides; the rest is argued above and checked in balls."""
    derivation = Derivation()
    z, s, slope, _q, x, t = sp.symbols("z s c' q x t", positive=True)
    phi = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    tail, below = sp.erfc(z / sp.sqrt(2)) / 2, (1 + sp.erf(z / sp.sqrt(2))) / 2
    net = below * slope / (s * phi)
    derivation.identity(
        "step 4: the net stake grows by d log x/dz = z + φ/Φ", sp.log(net).diff(z), z + phi / below
    )
    derivation.identity("and the tail falls by its hazard", sp.log(tail).diff(z), -phi / tail)
    bend = sp.Function("b", positive=True)
    level = sp.Symbol("U", real=True)
    D = sp.Integral((x - t) * bend(level - t), (t, 0, x))
    derivation.identity(
        "D' is the integral of h''", D.diff(x).doit(), sp.Integral(bend(level - t), (t, 0, x))
    )
    low, high = sp.symbols("m0 m1", positive=True)
    derivation.identity(
        "step 4: ∫τh'' / ∫(x-τ)h'' >= m₀/m₁, by the extremes of h''",
        sp.integrate(low * t, (t, 0, x)) / sp.integrate(high * (x - t), (t, 0, x)),
        low / high,
    )
    derivation.identity(
        "step 4: growth is (1 + m₀/m₁)·z - (z + 1/z) = (m₀/m₁)(z² - m₁/m₀)/z",
        (1 + low / high) * z - (z + 1 / z),
        (low / high) * (z**2 - high / low) / z,
    )
    stake, cost = sp.symbols("Δ C", positive=True)
    far = sp.Symbol("Φ(-2z)", positive=True)
    gain = stake * far + cost - stake * below
    derivation.identity(
        "step 6: shirking gains nothing at this stake",
        1 + gain.subs(stake, cost / (below - far)),
        1,
    )
    derivation.identity(
        "step 1: at this z the stake just induces e locally",
        (cost / (below - far) * s * phi).subs(s, slope * (below - far) / (cost * phi)),
        slope,
    )
    _by_hand(derivation)
    return derivation


def _by_hand(derivation: Derivation) -> None:
    grid = [arb(k) / 8 for k in range(8, 81)]
    hazards = [density(z) / cdf(-z) for z in grid]
    derivation.hand(
        "step 4: the hazard is below z + 1/z",
        r"\varphi(z)/\Phi(-z) < z + 1/z",
        [z + 1 / z - hazard for z, hazard in zip(grid, hazards, strict=True)],
    )
    later = [arb(str(START)) + arb(k) / 8 for k in range(65)]
    derivation.hand(
        "step 7: the middle efforts save less than they forgo",
        r"(\Phi(z)-\tfrac12)(\Phi(z)-\Phi(-2z))/\varphi(z) \ge 3z,\ z \ge 1.77",
        [(cdf(z) - arb("0.5")) * (cdf(z) - cdf(-2 * z)) / density(z) - 3 * z for z in later],
    )
    derivation.hand(
        "steps 1-3, 5: the explicit contract is incentive compatible, by the library's certificate",
        r"\max_{e'} W(e') - W(e) \le 10^{-9} C",
        [_certified(checks) for checks in (10**3, 10**5, 10**7)],
    )


def _certified(checks: int) -> int:
    """Return 1 when the library's certificate, which knows nothing of the proof, agrees."""
    economics = problem(checks)
    sandwich = Sandwich(economics, EFFORT)
    z = sandwich.strict
    stake = sandwich.stake / (cdf(z) - cdf(-2 * z))
    cutoff = EFFORT - float(z / sandwich.information)
    rule = pg.BinaryContract(0.0, float(stake) ** 2, cutoff)
    return int(pg.certify(economics, rule, EFFORT, tolerance=1e-8).holds)


@cache
def cost_over_first_best(checks: int) -> Any:
    """Return a ball around what the library's best contract costs over h(U)."""
    rule = pg.second_best(problem(checks), pg.BinaryContract, effort=EFFORT)
    return arb(rule.certificate.cost_upper) - arb(EFFORT) ** 4


@cache
def logarithmic_cost(checks: int) -> Any:
    """Return the same for log utility."""
    rule = pg.second_best(logarithmic(checks), pg.BinaryContract, effort=EFFORT)
    return arb(rule.certificate.cost_upper) - (arb(EFFORT) ** 2 / 2).exp()


def enclosed(checks: int) -> Any:
    """Return the sandwich itself: everything between the two bounds."""
    sandwich = Sandwich(problem(checks), EFFORT)
    return sandwich.lower.union(sandwich.upper)


def computed(checks: int) -> float:
    """Return what the library's best contract costs over h(U)."""
    return float(cost_over_first_best(checks))


@cache
def counted(checks: int) -> Any:
    """Return the sandwich for expert review with ρ = 0.8, reservation utility 0.2."""
    before, ctx.prec = ctx.prec, 128  # enough at 1e12, and six times as fast
    try:
        e = arb(8) / 10
        count = CountingSandwich(checks, e, e, e**2, 2 * e, lambda other: e**2 - other**2)
        return count.lower.union(count.upper)
    finally:
        ctx.prec = before


def lower(checks: int) -> Any:
    """Return the lower bound, a ball."""
    return Sandwich(problem(int(checks)), EFFORT).lower


def upper(checks: int) -> Any:
    """Return the upper bound, a ball."""
    return Sandwich(problem(int(checks)), EFFORT).upper


C, MARGINAL = sp.Rational(16, 25), sp.Rational(8, 5)
z = sp.sqrt(sp.log(n * C**2 / (2 * sp.pi * MARGINAL**2)))
INFORMATION = sp.Rational(16, 25) / (1 - sp.Rational(64, 100) ** 2)  # expert review, ρ = .8
z_count = z.subs(n, n * INFORMATION)
MILLS = sp.sqrt(sp.pi / 2) * sp.exp(z_count**2 / 2) * sp.erfc(z_count / sp.sqrt(2))
CLAIMED = C**2 * sp.erfc(z / sp.sqrt(2)) / 2  # D(C)·Φ(-z)

THEOREM = Theorem(
    name="T9",
    title="A sandwich for bonus contracts at every n",
    kind="tight",
    formula=r"\varphi(z_1)\, M(y)\, D(C) \le G_n \le"
    r" \Phi(z_2) h(v + \Delta) + \Phi(-z_2) h(v) - h(U), \quad n \ge n_0 = 133\,(c'/C)^2/I",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "both bounds → D(C)·Φ(-z), square root utility",
            enclosed,
            CLAIMED,
            "→",
            band=5 / sp.sqrt(n),
            symbol=n,
            points=POINTS,
            limit=sp.Rational(1),
        ),
        Claim(
            "no bonus contract beats the lower bound",
            cost_over_first_best,
            lower,
            "≥",
            band=5 / sp.sqrt(n) + sp.Rational(1, 200),
            symbol=n,
            points=POINTS,
        ),
        Claim(
            "the best bonus contract meets the upper bound",
            cost_over_first_best,
            upper,
            "=",
            band=5 / sp.sqrt(n) + sp.Rational(1, 200),
            symbol=n,
            points=POINTS,
        ),
        Claim(
            "no bonus contract beats the lower bound, log utility with a floor",
            logarithmic_cost,
            lambda checks: Sandwich(logarithmic(int(checks)), EFFORT).lower,
            "≥",
            band=5 / sp.sqrt(n) + sp.Rational(1, 200),
            symbol=n,
            points=POINTS[2:],
        ),
        Claim(
            "on a count, expert review: enclosed over all cutoffs",
            counted,
            C * MARGINAL * MILLS / sp.sqrt(n * INFORMATION),
            "→",
            band=(10 + 3 * sp.log(n)) / sp.sqrt(n) + sp.Rational(1, 500),  # the width of a block
            symbol=n,
            points=POINTS[::3],
            limit=C * MARGINAL,
            rivals=True,
            order="1/√(n log n)",
        ),
    ),
    computed_at=POINTS[1:6],
    agreement=1e-4,
)
