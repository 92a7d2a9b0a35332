"""When the first-order approach is exact.

Setting. A counting monitor whose accuracy A is affine in effort (expert review, golden questions,
comparison mode); separable utility with h''' >= 0 (log, square root, CARA, CRRA with γ >= ½); c
convex; no wage floor or cap binds.
Statement (exact). The relaxed optimum h'(v(k)) = λ + μS(k) is concave in the count k, so E_e[v(K)] is
concave in e and local incentive compatibility is global.
Idea. The score is a straight line in k and dear promises get dearer ever faster, so promised utility
bends down in k; averaging a concave sequence over binomials (Bernstein's polynomials) keeps that.
By hand. Nothing: the second derivative of a Bernstein polynomial is the mean of second differences.
Where a floor binds v has a convex kink and the argument stops; that the conclusion can then fail is
T7's and T8's subject. Self-consistency has A quadratic in e: the theorem holds in t = e² if c(√t) is
convex.
Reference. Jewitt (1988) for the condition; for counting monitors, with this proof: this file.
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.certificate.primitives import utility_ball
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import binomial_law

EFFORT = 0.75
n = sp.Symbol("n", positive=True, integer=True)
POINTS = (10, 30, 100, 300)


def derive() -> Derivation:
    """Return Bernstein's second derivative, the straight score, h''' and the bend of v."""
    derivation = Derivation()
    k, _j = sp.symbols("k j", positive=True, integer=True)
    p = sp.Symbol("p", positive=True)

    def bernstein(degree: Any, index: Any) -> Any:
        ways = sp.gamma(degree + 1) / sp.gamma(index + 1) / sp.gamma(degree - index + 1)
        return ways * p**index * (1 - p) ** (degree - index)

    slope = n * (bernstein(n - 1, k - 1) - bernstein(n - 1, k))
    derivation.identity(
        "d/dp b(n,k) = n(b(n-1,k-1) - b(n-1,k)): the slope of E[v] is n·E[Δv]",
        sp.gammasimp(bernstein(n, k).diff(p) / bernstein(n, k)),
        sp.gammasimp(slope / bernstein(n, k)),
    )
    A, slope_of_A, _e = sp.symbols("A A' e", positive=True)
    second = sp.Symbol("Δ²v", negative=True)
    derivation.nonnegative(
        "twice over, A affine: d²/de² E[v] = n(n-1)A'²·E[Δ²v] <= 0",
        -n * (n - 1) * slope_of_A**2 * second,
    )
    score = (k - n * A) * slope_of_A / (A * (1 - A))
    derivation.identity("the score is a straight line in k", score.diff(k, 2) + 1, 1)
    x, lam, mu = sp.symbols("x λ μ", real=True)
    v, h = sp.Function("v")(x), sp.Function("h")
    y = sp.Symbol("y", real=True)

    def at(order: int) -> Any:
        return sp.Subs(h(y).diff(y, order), y, v)

    derivation.identity(
        "Holmström twice differentiated: h'''v'² + h''v'' = 0",
        sp.diff(sp.Subs(h(y).diff(y), y, v) - lam - mu * x, x, 2).doit(),
        (at(3) * v.diff(x) ** 2 + at(2) * v.diff(x, 2)).doit(),
    )
    bend, dearer, steep = sp.symbols("h2 h3 v1", positive=True)
    derivation.nonnegative("so -v'' = h'''v'²/h'' >= 0", dearer * steep**2 / bend)
    _prices(derivation)
    r, q = sp.symbols("r q", positive=True)
    t = sp.Symbol("t", positive=True)
    derivation.nonnegative(
        "self-consistency: c(√t) = k·t^(p/2) is convex for p = 2 + q",
        (r * t ** ((2 + q) / 2)).diff(t, 2),
    )
    return derivation


def _prices(derivation: Derivation) -> None:
    """Add, for each utility, that h is its inverse and has a third derivative of its sign."""
    w, u, r, q = sp.symbols("w u r q", positive=True)
    root = 2 + q  # CRRA: γ = (1 + q)/(2 + q) in (½, 1), 1 - γ = 1/root
    inverses = (
        ("log", sp.log(w), sp.exp(u), 1),
        ("square root", sp.sqrt(w), u**2, 1),
        ("CARA, promises -u", -sp.exp(-r * w), -sp.log(u) / r, -1),
        ("CRRA, ½ < γ < 1", w ** (1 / root), u**root, 1),
        ("CRRA, γ = 1 + q, promises -u", -(w**-q) / q, (q * u) ** (-1 / q), -1),
    )
    for name, utility, cost, sign in inverses:
        inverted = sp.powdenest(sp.simplify(utility.subs(w, cost)), force=True)
        derivation.identity(f"h is the inverse, {name}", inverted, sign * u)
        derivation.nonnegative(f"h''' >= 0, {name}", sign * cost.diff(u, 3))


def problem(checks: int) -> pg.MoralHazard:
    """Return CRRA utility and a cost so low that every outcome keeps a positive price."""
    return pg.MoralHazard(
        utility=pg.CRRA(2.0, shift=10.0),
        cost=pg.PowerCost(0.01, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n=checks, rho=0.75),
        reservation_utility=-0.1,
    )


@cache
def schedule(checks: int) -> pg.Design:
    """Return the library's first-order relaxation."""
    return pg.relaxed(problem(checks), pg.WageSchedule, effort=EFFORT)


def bend(checks: int) -> Any:
    """Return the least of -Δ²v over the counts, scaled by n²: positive where v is concave."""
    contract = schedule(checks).contract
    assert isinstance(contract, pg.WageSchedule)
    utility = problem(checks).utility
    v = [utility_ball(utility, arb(wage)) for wage in contract.wages]
    triples = zip(v, v[1:], v[2:], strict=False)
    bends = [(2 * middle - left - right) * checks**2 for left, middle, right in triples]
    least = bends[0]
    for value in bends[1:]:
        least = least.min(value)
    return least


def proved(checks: int) -> Any:
    """Return one when the certificate proves the relaxed contract over all efforts."""
    return arb(1 if schedule(checks).certificate.holds else -1)


def enclosed(checks: int) -> Any:
    """Return d²/de² E_e[v(K)] at the effort, through second differences."""
    contract = schedule(checks).contract
    assert isinstance(contract, pg.WageSchedule)
    utility = problem(checks).utility
    v = [utility_ball(utility, arb(wage)) for wage in contract.wages]
    a, gain = (1 + arb(EFFORT) * arb("0.75")) / 2, arb("0.375")
    law = binomial_law(checks - 2, a)
    seconds = [v[k] - 2 * v[k + 1] + v[k + 2] for k in range(checks - 1)]
    mean = sum((p * d for p, d in zip(law, seconds, strict=True)), arb(0))
    return checks * (checks - 1) * gain**2 * mean


def directly(checks: int) -> Any:
    """Return the same from the second derivative of the binomial law itself."""
    contract = schedule(checks).contract
    assert isinstance(contract, pg.WageSchedule)
    utility = problem(checks).utility
    a, gain = (1 + arb(EFFORT) * arb("0.75")) / 2, arb("0.375")
    total = arb(0)
    for k, (p, wage) in enumerate(zip(binomial_law(checks, a), contract.wages, strict=True)):
        score = (k - checks * a) / (a * (1 - a))
        slope = -k / a**2 - (checks - k) / (1 - a) ** 2
        total += p * (score**2 + slope) * utility_ball(utility, arb(wage))
    return gain**2 * total


def computed(checks: int) -> float:
    """Return the second derivative of expected utility by differences of the library's slope."""
    design, step = schedule(checks), 1e-3
    efforts = [EFFORT - step, EFFORT, EFFORT + step]
    utility = [float(pg.agent_utility(design.problem, design.contract, e)) for e in efforts]
    cost = [float(design.problem.cost(e)) for e in efforts]
    gross = [u + c for u, c in zip(utility, cost, strict=True)]
    return (gross[0] - 2 * gross[1] + gross[2]) / step**2


THEOREM = Theorem(
    name="T6",
    title="When the first-order approach is exact",
    kind="exact",
    formula=r"h''' \ge 0,\ A'' = 0 \;\Rightarrow\; \frac{d^2}{de^2} E_e[v(K)]"
    r" = n (n-1) A'^2\, E[\Delta^2 v] \le 0",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "curvature of expected utility = n(n-1)A'²·E[Δ²v]",
            enclosed,
            directly,
            symbol=n,
            points=POINTS,
        ),
        Claim(
            "promised utility is concave in the count", bend, None, "> 0", symbol=n, points=POINTS
        ),
        Claim(
            "the certificate proves the relaxation", proved, None, "> 0", symbol=n, points=POINTS
        ),
    ),
    computed_at=(10, 30, 100),
    agreement=1e-3,
)
