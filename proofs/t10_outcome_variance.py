"""Outcome variance: what the annotator's behaviour leaves uncertain.

Setting. As T8, and the bonus is worth at most B utils (a wage cap, or a budget), B >= 2C.
Statement (tight). The least variance of the bonus indicator over bonus contracts that induce e is
Φ(z)Φ(-z) with B·s·φ(z) = c'(e): it is asymptotic to c'·M(z)/(B·s), of order 1/√(n log n), while a
test of two given efforts d apart errs with probability exp(-nId²/8 + o(n)). Without a bound on the
bonus the least variance is 0: the order is the bound's doing, not the monitor's.
Idea. An annotator who chooses effort moves to where the test is on the edge: local incentives need
Δ·s·φ(z) = c', so the chance of failing can't fall faster than 1/(s·z). Against someone who does not
choose, evidence grows linearly in n.
By hand. At e the local condition fixes φ(z) = c'/(Δs), so |z| grows with Δ and the variance
Φ(z)Φ(-z) falls in |z|: the largest stake is best. Of the two roots z > 0 is the one that deters
e = 0: Δ(Φ(z) - Φ(z - se)) >= C, true at Δ = B once Φ(z) - Φ(z - se) >= ½. Without a bound, Δ → ∞
gives z → ∞. The error of the best two-point test is Φ(-sd/2), by symmetry of the likelihood ratio.
Reference. Rate: paper B (arXiv 2505.19134), which fixes the bonus; the constant and the need for a
bound: this file.
"""

from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import cdf, density, root

EFFORT, LARGEST = 0.8, 1.28  # B = 2C
n = sp.Symbol("n", positive=True, integer=True)
POINTS = tuple(10**k for k in range(2, 13))


def derive() -> Derivation:
    """Return that the variance falls in z, the root at the largest bonus, and the two-point test."""
    derivation = Derivation()
    z, s, slope, B, d = sp.symbols("z s c' B d", positive=True)
    phi = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    passing, failing = (1 + sp.erf(z / sp.sqrt(2))) / 2, (1 - sp.erf(z / sp.sqrt(2))) / 2
    derivation.identity(
        "d/dz Φ(z)Φ(-z) = -φ·(Φ(z) - Φ(-z)) = -φ·erf(z/√2)",
        (passing * failing).diff(z),
        -phi * sp.erf(z / sp.sqrt(2)),
    )
    derivation.positive("so it falls for z > 0", phi * sp.erf(z / sp.sqrt(2)))
    at = sp.sqrt(sp.log(s**2 * B**2 / (2 * sp.pi * slope**2)))
    derivation.identity("B·s·φ(z) = c' at z = √(log(s²B²/2πc'²))", B * s * phi.subs(z, at), slope)
    derivation.identity("the root grows with B", at.diff(B) * B * at, 1)
    derivation.identity("Φ(-z) = c'·M(z)/(B·s) there", failing, phi * (failing / phi))
    derivation.identity("Φ(z) → 1", sp.limit(passing, z, sp.oo), 1)
    derivation.identity(
        "two-point test: -2·log Φ(-x)/x² → 1",
        sp.limit(-2 * sp.log(phi) / z**2, z, sp.oo),
        1,
    )
    half = s * d / 2
    derivation.identity("x = sd/2 gives nId²/8", half**2 / 2, s**2 * d**2 / 8)
    derivation.hand(
        "at the positive root the largest bonus deters effort 0",
        r"\Phi(z) - \Phi(z - s e) > \tfrac12 \ge C/B",
        [_deterrence(checks) - arb("0.5") for checks in (100, 10**4, 10**8)],
    )
    return derivation


def _deterrence(checks: int) -> Any:
    z = _root(checks, arb(LARGEST))
    return cdf(z) - cdf(z - arb(checks).sqrt() * arb(EFFORT))


def enclosed(checks: int) -> Any:
    """Return the least variance of the bonus indicator, from the root of the local condition."""
    z = _root(checks, arb(LARGEST))
    return cdf(z) * cdf(-z)


def _root(checks: int, stake: Any) -> Any:
    s, marginal = arb(checks).sqrt(), 2 * arb(EFFORT)
    return root(lambda z: marginal - stake * s * density(z), arb(0), arb(60))


def unbounded(checks: int) -> Any:
    """Return how far the variance falls when the bonus may be worth n times as much."""
    z = _root(checks, arb(LARGEST) * checks)
    return enclosed(checks) / checks - cdf(z) * cdf(-z)


def two_point_error(checks: int) -> Any:
    """Return the error of the best test of effort 0.8 against 0.4, equal errors."""
    return cdf(-arb(checks).sqrt() * arb("0.4") / 2)


def computed(checks: int) -> float:
    """Return the variance under the library's cheapest rule with the largest bonus."""
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.NormalMonitor(n=checks),
        wage_floor=0.0,
    )
    cutoff = EFFORT - float(_root(checks, arb(LARGEST))) / checks**0.5
    rule = pg.BinaryContract(0.0, LARGEST, cutoff)
    assert pg.certify(problem, rule, EFFORT, tolerance=1e-9).holds
    failing = float(problem.monitor.fail_probability(cutoff, EFFORT))
    return failing * (1.0 - failing)


B, MARGINAL = sp.Rational(32, 25), sp.Rational(8, 5)
z = sp.sqrt(sp.log(n * B**2 / (2 * sp.pi * MARGINAL**2)))
MILLS = sp.sqrt(sp.pi / 2) * sp.exp(z**2 / 2) * sp.erfc(z / sp.sqrt(2))
EXPONENT = sp.Rational(4, 10) ** 2 / 8

THEOREM = Theorem(
    name="T10",
    title="Outcome variance under strategic effort",
    kind="tight",
    formula=r"\min \mathrm{Var}\,1\{\mathrm{bonus}\} = \Phi(z)\Phi(-z) \sim"
    r" \frac{c'(e)}{B \sqrt{nI}\, z}, \quad B \sqrt{nI}\, \varphi(z) = c'(e)",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "variance of the bonus",
            enclosed,
            MARGINAL / B * MILLS / sp.sqrt(n),
            "→",
            band=3 / sp.sqrt(n),
            symbol=n,
            points=POINTS,
            limit=MARGINAL / B,
            rivals=True,
            order="1/√(n log n)",
        ),
        Claim(
            "error of a test that nobody plays against",
            two_point_error,
            sp.exp(-n * EXPONENT),
            "→ log",
            band=(2 + sp.log(n)) / (n * EXPONENT),
            symbol=n,
            points=POINTS[2:],
            limit=EXPONENT,
            rivals=True,
            order="exp(-cn)",
        ),
        Claim(
            "without a bound on the bonus the variance has no floor of its order",
            unbounded,
            relation="> 0",
            symbol=n,
            points=POINTS,
        ),
    ),
    computed_at=POINTS[1:7],
    agreement=1e-5,
)
