"""The first-order trap: what local incentives promise of a bonus is false.

Setting. As T8: normal monitor, s = √(nI), bonus with a cutoff, effort e to implement; but incentive
compatibility is asked for locally only, Δ·s·φ(z) = c'(e).
Statement (tight). The relaxed agency cost obeys n·I·G → (π/2)·½h''(U)c'(e)², with a cutoff whose
z → 0: a rate 1/n that is false. Under that contract the agent earns more at effort 0 for every n with
nI > 2π·c'²/C²: by C - Δ/2 at least, which tends to C.
Idea. Where the bell curve is steepest the smallest bonus moves effort enough, so the relaxation puts
the cutoff at the mean and lets the bonus shrink like 1/√n. But half of the careful fail there, and an
agent who does nothing loses only a vanishing bonus and saves all the effort.
By hand. For h'' constant the cost is ½h''·c'²/(nI)·r(z) with r = Φ(z)Φ(-z)/φ(z)² even in z.
(log r)' = φ/Φ - φ/Φ(-z) + 2z; on z > 0 its second derivative is at least 2 - 4/π > 0 near 0 and
r > 2 from 1.5 on, as zΦ(-z)/φ increases: so the minimum is at 0, r(0) = π/2. In balls on [0, 4].
For other h, D(x) = ½h''x² (1 + O(x)) and the stake is O(1/√n): the same with that error.
Reference. Failure of the first-order approach: Mirrlees (1999); this constant: this file.
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import cdf, density

EFFORT = 0.8
n = sp.Symbol("n", positive=True, integer=True)
POINTS = tuple(10**k for k in range(2, 13))


def problem(checks: int) -> pg.MoralHazard:
    """Return square root utility, c = e², wages from 0 on, I = 1."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=pg.NormalMonitor(n=checks),
        wage_floor=0.0,
    )


def derive() -> Derivation:
    """Return the cost of a local bonus, its minimum, and the gain from doing nothing."""
    derivation = Derivation()
    z, s, slope, C = sp.symbols("z s c' C", positive=True)
    U, q, stake = sp.symbols("U q Δ", positive=True)
    phi = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    passing, failing = (1 + sp.erf(z / sp.sqrt(2))) / 2, sp.erfc(z / sp.sqrt(2)) / 2
    cost = (1 - q) * (U + q * stake) ** 2 + q * (U - (1 - q) * stake) ** 2 - U**2
    derivation.identity("cost of risk with h = v²: ½h''·q(1-q)Δ²", cost, q * (1 - q) * stake**2)
    relaxed = (passing * failing * stake**2).subs(stake, slope / (s * phi))
    derivation.identity(
        "with the local stake: (c'/s)²·r(z)",
        relaxed,
        (slope / s) ** 2 * passing * failing / phi**2,
    )
    derivation.identity("r(0) = π/2", (passing * failing / phi**2).subs(z, 0), sp.pi / 2)
    log_ratio = sp.log(passing) + sp.log(failing) - 2 * sp.log(phi)
    derivation.identity(
        "(log r)' = φ/Φ - φ/Φ(-z) + 2z",
        log_ratio.diff(z),
        phi / passing - phi / failing + 2 * z,
    )
    derivation.identity("(log r)'' at 0 is 2 - 4/π", log_ratio.diff(z, 2).subs(z, 0), 2 - 4 / sp.pi)
    derivation.positive("which is positive", 2 - 4 / sp.pi)
    local = slope * sp.sqrt(2 * sp.pi) / s
    least = 2 * sp.pi * slope**2 / C**2
    derivation.identity(
        "the stake is 2C at nI = ½π·c'²/C²", local.subs(s, sp.sqrt(least) / 2), 2 * C
    )
    derivation.identity("and C at nI = 2π·c'²/C²", local.subs(s, sp.sqrt(least)), C)
    derivation.hand(
        "r has its minimum at 0",
        r"\frac{\Phi(z)\Phi(-z)}{\varphi(z)^2} > \frac{\pi}{2}, \quad z > 0",
        _slopes(),
    )
    return derivation


def _slopes() -> list[Any]:
    """Return (log r)'' on boxes that cover [0, 1], and r - 2 on [1.5, 4], r - 1.6 between."""

    def bend(z: Any) -> Any:
        up, down = density(z) / cdf(z), density(z) / cdf(-z)
        return 2 - z * up - up**2 + z * down - down**2

    near = [bend(arb(k) / 256 + arb(0).union(arb(1) / 256)) for k in range(256)]
    middle = [
        _ratio(arb(1) + (arb(k) + arb(0).union(arb(1))) / 64) - arb("1.6") for k in range(192)
    ]
    return near + middle


def _ratio(z: Any) -> Any:
    return cdf(z) * cdf(-z) / density(z) ** 2


def enclosed(checks: int) -> Any:
    """Return the relaxed agency cost at effort 0.8 with square root utility: r is least at 0."""
    return (2 * arb(EFFORT)) ** 2 / checks * _ratio(arb(0))


@cache
def logarithmic(checks: int) -> Any:
    """Return the expected wage over h(U) of the library's relaxed bonus, theory section 6.3."""
    problem = pg.MoralHazard(
        utility=pg.LogUtility(),
        cost=pg.PowerCost(0.5, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n=checks, rho=0.8),
    )
    claimed = pg.relaxed(problem, pg.BinaryContract, effort=0.7).certificate.cost_upper
    return arb(claimed) - (arb(0.7) ** 2 / 2).exp()


@cache
def shirking_gain(checks: int) -> Any:
    """Return a ball around what effort 0 gains under the relaxed bonus, utils."""
    s, effort = arb(checks).sqrt(), arb(EFFORT)
    stake = 2 * effort / (s * density(arb(0)))
    return effort**2 - stake * (cdf(arb(0)) - cdf(-s * effort))


def refuted(checks: int) -> Any:
    """Return what the certificate proves that its witness gains under the library's bonus."""
    design = pg.relaxed(problem(checks), pg.BinaryContract, effort=EFFORT)
    return arb(design.certificate.ic_gap if design.certificate.witness is not None else -1.0)


def computed(checks: int) -> float:
    """Return the library's relaxed agency cost."""
    design = pg.relaxed(problem(checks), pg.BinaryContract, effort=EFFORT)
    return design.expected_wage - EFFORT**4


MARGINAL = sp.Rational(8, 5)
INFORMATION = sp.Rational(16, 25) / (1 - sp.Rational(49, 100) * sp.Rational(16, 25))
LOG_CONSTANT = sp.pi / 4 * sp.exp(sp.Rational(49, 200)) * sp.Rational(49, 100)

THEOREM = Theorem(
    name="T7",
    title="The first-order trap of bonus contracts",
    kind="tight",
    formula=r"n I\, G^{\mathrm{relaxed}}_n \to \frac{\pi}{2} \cdot \tfrac12 h''(U)\, c'(e)^2,"
    r" \qquad W(0) - W(e) \to C > 0",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "relaxed agency cost, square root utility",
            enclosed,
            sp.pi / 2 * MARGINAL**2 / n,
            "→",
            band=1 / n,
            symbol=n,
            points=POINTS,
            limit=sp.pi / 2 * MARGINAL**2,
            rivals=True,
            order="1/n",
        ),
        Claim(
            "relaxed agency cost, log utility, expert review",
            logarithmic,
            LOG_CONSTANT / (n * INFORMATION),
            "→",
            band=3 / sp.sqrt(n),
            symbol=n,
            points=POINTS[:5],
            limit=LOG_CONSTANT,
        ),
        Claim(
            "what effort 0 gains under it → C",
            shirking_gain,
            sp.Rational(16, 25),
            "→",
            band=4 / sp.sqrt(n),
            symbol=n,
            points=POINTS,
            limit=sp.Rational(16, 25),
        ),
        Claim(
            "the certificate refutes the relaxed contract",
            refuted,
            relation="> 0",
            symbol=n,
            points=POINTS[:5],
        ),
    ),
    computed_at=POINTS[:5],
    agreement=1e-6,
)
