"""The information bound: no contract of any kind costs less.

Setting. Any monitor with information nI at the effort e to implement, any contract, c'(e) > 0; the
second part needs no derivatives: two efforts e, e' with c(e') < c(e).
Statement (lower). Var(v) >= c'(e)²/(nI); with h'' >= m on promised utilities the cost is at least
h(U) + m·c'²/(2nI). Without derivatives Var(v) >= (c(e) - c(e'))²/χ²(P_e' ‖ P_e). Both are attained by
v affine in the score, or in the likelihood ratio, where such wages are payable.
Idea. Pay moves effort only through its covariance with the score (T3), and a covariance is at most a
product of standard deviations: effort needs risk, and information is what makes risk productive.
By hand. Integrating h'' >= m twice from U gives h(v) >= h(U) + h'(U)(v-U) + m(v-U)²/2; take means.
Reference. Cramér-Rao and Hammersley-Chapman-Robbins applied to pay: this file; optimality of wages
in the score: Holmström (1979).
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem

EFFORT, OTHER = 0.75, 0.5
n = sp.Symbol("n", positive=True, integer=True)
POINTS = (10, 100, 1000, 10**4)


def derive() -> Derivation:
    """Return both inequalities as squares, and that the affine contracts attain them."""
    derivation = Derivation()
    v, w, y, S, T, R = sp.symbols("v w y S T R", real=True)
    p, q, o = sp.symbols("p q o", positive=True)
    total = p + q + o

    def mean(a: Any, b: Any, c: Any) -> Any:
        return (p * a + q * b + o * c) / total

    def covariance(f: tuple[Any, ...], g: tuple[Any, ...]) -> Any:
        pairs = zip(f, g, strict=True)
        return mean(*(a * b for a, b in pairs)) - mean(*f) * mean(*g)

    pay, score = (v, w, y), (S, T, R)
    slack = covariance(pay, pay) * covariance(score, score) - covariance(pay, score) ** 2
    cyclic = v * (T - R) + w * (R - S) + y * (S - T)
    derivation.identity(
        "Var v·Var S - Cov² is a square (three outcomes)", slack, p * q * o * cyclic**2 / total**3
    )
    derivation.nonnegative("so it is not negative", p * q * o * cyclic**2 / total**3)
    _level, lam, mu = sp.symbols("U λ μ", real=True)
    affine = tuple(lam + mu * s for s in score)
    derivation.identity(
        "v affine in the score attains it",
        covariance(affine, affine) * covariance(score, score),
        covariance(affine, score) ** 2,
    )
    m, slope, info = sp.symbols("m c' I", positive=True)
    derivation.identity(
        "with Cov = c', Var S = nI: m/2 of the variance",
        m / 2 * slope**2 / (n * info),
        m * slope**2 / (2 * n * info),
    )
    ratio = sp.symbols("L M N", positive=True)
    gap = mean(*(a * (b - 1) for a, b in zip(pay, ratio, strict=True)))
    other = mean(*(a * b for a, b in zip(pay, ratio, strict=True)))
    derivation.identity("E_e[v(L-1)] is the utility that deviating loses", gap, other - mean(*pay))
    _a, A, B = sp.symbols("a A B", positive=True)
    one = A * (B / A) ** 2 + (1 - A) * ((1 - B) / (1 - A)) ** 2
    derivation.identity("χ² of one check", one, 1 + (B - A) ** 2 / (A * (1 - A)))
    derivation.hand(
        "h'' >= m bounds the cost: log, square root",
        r"E\,h(v) - h(U) \ge \tfrac{m}{2}\,\mathrm{Var}(v)",
        _mean_cost_slack(),
    )
    return derivation


def _mean_cost_slack() -> list[Any]:
    """Return E h(v) - h(U) - m·Var/2 for coin flips of several sizes around U, log utility."""
    slack = []
    for spread in range(1, 9):
        v, d = arb("0.3"), arb(spread) / 16
        slack.append(((v + d).exp() + (v - d).exp()) / 2 - v.exp() - (v - d).exp() * d * d / 2)
    return slack


def problem(checks: int) -> pg.MoralHazard:
    """Return square root utility with wages affine in the score payable: h'' = 2."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(0.25, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n=checks, rho=0.75),
        reservation_utility=1.0,
        wage_floor=0.0,
    )


def two_efforts(checks: int) -> pg.MoralHazard:
    """Return the same with two efforts, rich enough for wages affine in the likelihood ratio."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(0.25, 2.0),
        value=pg.LinearValue(200.0),
        monitor=pg.ExpertReview(n=checks, rho=0.75),
        reservation_utility=8.0,
        wage_floor=0.0,
        efforts=pg.Finite([OTHER, EFFORT]),
    )


@cache
def schedule(checks: int) -> pg.Design:
    """Return the library's best contract of any class."""
    return pg.second_best(problem(checks), pg.WageSchedule, effort=EFFORT)


@cache
def enclosed(checks: int) -> Any:
    """Return the cost over h(U) of the library's best contract of any class, both bounds proved."""
    proof = schedule(checks).certificate
    required = 1 + arb(EFFORT) ** 2 / 4
    return arb(proof.cost_lower).union(arb(proof.cost_upper)) - required**2


@cache
def enclosed_pair(checks: int) -> Any:
    """Return the same between two efforts."""
    proof = pg.second_best(two_efforts(checks), pg.WageSchedule, effort=EFFORT).certificate
    required = 8 + arb(EFFORT) ** 2 / 4
    return arb(proof.cost_lower).union(arb(proof.cost_upper)) - required**2


def computed(checks: int) -> float:
    """Return the library's cost over first best."""
    return schedule(checks).expected_wage - (1.0 + EFFORT**2 / 4.0) ** 2


E, RHO = sp.Rational(EFFORT), sp.Rational(3, 4)
INFORMATION = RHO**2 / (1 - (E * RHO) ** 2)
HIGH, LOW = (1 + E * RHO) / 2, (1 + sp.Rational(OTHER) * RHO) / 2
CHI_SQUARE = (1 + (HIGH - LOW) ** 2 / (HIGH * (1 - HIGH))) ** n - 1
SAVED = (E**2 - sp.Rational(OTHER) ** 2) / 4

THEOREM = Theorem(
    name="T4",
    title="The information bound",
    kind="lower",
    formula=r"E[w] \ge h(U) + \frac{m\, c'(e)^2}{2 n I(e)}, \qquad"
    r" \mathrm{Var}(v) \ge \frac{(c(e) - c(e'))^2}{\chi^2(P_{e'} \| P_e)}",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "cost of the best contract of any class, h'' = 2",
            enclosed,
            (E / 2) ** 2 / (n * INFORMATION),
            band=sp.Float(1e-6),
            symbol=n,
            points=POINTS,
            limit=(E / 2) ** 2 / INFORMATION,
            rivals=True,
            order="1/n",
        ),
        Claim(
            "the same between two efforts",
            enclosed_pair,
            SAVED**2 / CHI_SQUARE,
            band=sp.Float(1e-6),
            symbol=n,
            points=(1, 2, 4, 8, 12),
        ),
    ),
    computed_at=POINTS,
    agreement=1e-6,
)
