"""Linear contracts attain the information bound.

Setting. Separable smooth utility, interior effort e to implement, pay a + b·(mean outcome); the linear
rule has to be payable: no wage floor binds at any outcome.
Statement (tight). n·I·G → ½h''(U)c'(e)², the constant of T4: linear pay is not only rate-optimal but
constant-optimal. With CARA utility, cost in utils and normal noise the two are equal at every n.
Idea. With many checks the mean outcome hardly moves, and over a short stretch every smooth rule is
straight; the mean outcome is the score, so straight pay has the shape of the cheapest incentive.
By hand. The expansion below drops moments of order three and more of the mean outcome, O(n^(-3/2));
odd ones enter with a further 1/√n, so G·nI is within O(1/n) of its limit. It fails where a floor
binds: with log utility and c = e²/2 (theory 6.3) the rule would pay less than nothing at some
outcomes, and no linear contract induces effort 0.7 at all.
Reference. Rate: paper A (arXiv 2502.06387); constant: this file.
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import binomial_law, root

EFFORT = 0.75
TERMS = 14  # of log(1 + θY); even
DIRECT = 1000  # up to this many checks the sum is taken outcome by outcome
n = sp.Symbol("n", positive=True, integer=True)


def problem(checks: int) -> pg.MoralHazard:
    """Return log utility with a cost so low that no linear wage turns negative."""
    return pg.MoralHazard(
        utility=pg.LogUtility(),
        cost=pg.PowerCost(0.25, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n=checks, rho=0.75),
    )


def exponential(checks: int) -> pg.MoralHazard:
    """Return CARA utility, cost in utils, normal noise."""
    return pg.MoralHazard(
        utility=pg.CARA(risk_aversion=1.0),
        cost=pg.PowerCost(0.25, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.NormalMonitor(n=checks),
        reservation_utility=-1.0,
    )


def derive() -> Derivation:
    """Return the second-order expansion of slope and mean wage, and the exact CARA case."""
    derivation = Derivation()
    w, b, variance = sp.symbols("w b V", positive=True)
    _U, slope, _eps = sp.symbols("U c' ε", real=True)
    u, h = sp.Function("u"), sp.Function("h")
    first, second = u(w).diff(w), u(w).diff(w, 2)
    inverse = h(u(w)) - w  # zero for every w: differentiate it twice
    v = sp.Symbol("v", real=True)
    chain = {
        "h1": sp.Subs(h(v).diff(v), v, u(w)),
        "h2": sp.Subs(h(v).diff(v, 2), v, u(w)),
    }
    derivation.identity("0 = d/dw (h(u(w)) - w)", inverse.diff(w), chain["h1"] * first - 1)
    derivation.identity(
        "0 = d²/dw² of it, so h'' = -u''/u'³ with h' = 1/u'",
        inverse.diff(w, 2).doit(),
        (chain["h2"] * first**2 + chain["h1"] * second).doit(),
    )
    y, k1, k2 = sp.symbols("y k1 k2", real=True)  # outcome minus its mean; u' and u'' at the mean
    local = k1 * b * y + k2 * b**2 * y**2 / 2
    derivation.identity("pay moves utility by u'b per unit", local.diff(y).subs(y, 0), k1 * b)
    risk = k2 * b**2 * variance / 2
    derivation.identity("its mean is ½u''b²V", local.coeff(y, 2).subs(b, b) * variance, risk)
    rise = sp.Symbol("x", real=True)
    solved = sp.solve(sp.Eq(k1 * rise + risk, 0), rise)[0]
    bend = -k2 / k1**3
    derivation.identity(
        "with b = c'/u' and V = 1/(nI) the mean wage rises by ½h''c'²/(nI)",
        solved.subs(b, slope / k1),
        bend * slope**2 * variance / 2,
    )
    r, a, level = sp.symbols("r a L", positive=True)  # L = -U
    e, _x = sp.symbols("e x", real=True)
    expected = -sp.exp(-r * (a + b * e) + r**2 * b**2 * variance / 2)
    incentive = expected.diff(e)
    wage = sp.solve(sp.Eq(sp.log(-expected), sp.log(level)), a)[0] + b * e
    derivation.identity("CARA: incentive is -r·b·E[u]", incentive, -r * b * expected)
    cost = -sp.log(level) / r
    bend_cara = 1 / (r * level**2)
    derivation.identity(
        "CARA: cost over h(U) is exactly ½h''c'²V",
        sp.expand_log(wage - cost, force=True).subs(b, slope / (r * level)),
        bend_cara * slope**2 * variance / 2,
    )
    derivation.hand(
        "the remainder is O(1/n): n·|nI·G/K - 1| stays below a constant",
        r"n\,|n I G_n / K - 1| < 1",
        [1 - abs(_ratio(k) - 1) * k for k in (100, 10**4, 10**6, 10**8)],
    )
    return derivation


def _ratio(checks: int) -> Any:
    return enclosed(checks) * checks * arb(str(INFORMATION.p)) / INFORMATION.q / _constant()


def _constant() -> Any:
    return (arb(EFFORT) ** 2 / 4).exp() * (arb(EFFORT) / 2) ** 2 / 2


@cache
def enclosed(checks: int) -> Any:
    """Return the cost over h(U) of the linear contract that induces the effort, log utility.

    Wages are W(1 + θY), Y the mean outcome minus its mean A: θ solves n·A'/(A(1-A))·E[Y·log(1 +
    θY)] = c', and W participation.
    """
    a, gain = (1 + arb(EFFORT) * arb("0.75")) / 2, arb("0.375")
    mean = _sum_of_logs(checks, a) if checks <= DIRECT else _series(checks, a)
    price, marginal = checks * gain / (a * (1 - a)), arb(EFFORT) / 2
    theta = root(lambda t: price * mean(t)[1] - marginal, arb("0.5"), arb(1))
    level = arb(EFFORT) ** 2 / 4
    return level.exp() * (-mean(theta)[0]).expm1()


def _sum_of_logs(checks: int, a: Any) -> Any:
    law = binomial_law(checks, a)
    points = [arb(k) / checks - a for k in range(checks + 1)]

    def mean(theta: Any) -> tuple[Any, Any]:
        logs = [(1 + theta * y).log() for y in points]
        both = list(zip(law, logs, points, strict=True))
        return sum((p * x for p, x, _ in both), arb(0)), sum(
            (p * x * y for p, x, y in both), arb(0)
        )

    return mean


def _series(checks: int, a: Any) -> Any:
    """Return E log(1 + θY) and E[Y·log(1 + θY)] by Taylor's formula with Lagrange's remainder."""
    moments = [m(arb(checks), a) / arb(checks) ** k for k, m in enumerate(_moments())]

    def mean(theta: Any) -> tuple[Any, Any]:
        value = slope = arb(0)
        for j in range(1, TERMS):
            term = (-1) ** (j + 1) * theta**j / j
            value += term * moments[j]
            slope += term * moments[j + 1]
        rest = (theta / (1 - theta * a)) ** TERMS / TERMS * moments[TERMS]
        return value + arb(0, rest.upper()), slope + arb(0, rest.upper())  # |Y| <= 1

    return mean


@cache
def _moments() -> tuple[Any, ...]:
    """Return the central moments of a count as functions of balls (n, p), by Romanovsky's rule."""
    p, m = sp.symbols("p m")
    found = [sp.Integer(1), sp.Integer(0)]
    for k in range(1, TERMS):
        found.append(sp.expand(p * (1 - p) * (sp.diff(found[k], p) + k * m * found[k - 1])))
    return tuple(_polynomial(sp.Poly(f, m, p)) for f in found)


def _polynomial(poly: Any) -> Any:
    terms = [(int(c), i, j) for (i, j), c in poly.terms()]
    return lambda m, p: sum((c * m**i * p**j for c, i, j in terms), arb(0))


@cache
def any_contract(checks: int) -> Any:
    """Return what is proved that every contract costs over h(U): the certificate's lower bound."""
    proof = pg.second_best(problem(checks), pg.LinearContract, effort=EFFORT).certificate
    return arb(proof.cost_lower) - (arb(EFFORT) ** 2 / 4).exp()


@cache
def cara(checks: int) -> Any:
    """Return the library's linear cost over h(U) with CARA and normal noise."""
    proof = pg.second_best(exponential(checks), pg.LinearContract, effort=EFFORT).certificate
    return arb(proof.cost_upper) + (1 - arb(EFFORT) ** 2 / 4).log()


def computed(checks: int) -> float:
    """Return the library's cost over first best."""
    design = pg.second_best(problem(checks), pg.LinearContract, effort=EFFORT)
    return design.expected_wage - float(problem(checks).required_wage(EFFORT))


E, RHO = sp.Rational(EFFORT), sp.Rational(3, 4)
INFORMATION = RHO**2 / (1 - (E * RHO) ** 2)
CONSTANT = sp.exp(E**2 / 4) * (E / 2) ** 2 / 2
LEVEL = 1 - E**2 / 4  # -U
CARA_CONSTANT = (E / 2) ** 2 / LEVEL**2 / 2

THEOREM = Theorem(
    name="T5",
    title="Linear contracts attain the bound",
    kind="tight",
    formula=r"n I\, G_n \to \tfrac12 h''(U)\, c'(e)^2",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "linear contract, log utility, expert review",
            enclosed,
            CONSTANT / (n * INFORMATION),
            "→",
            band=1 / n,
            symbol=n,
            limit=CONSTANT,
            rivals=True,
            order="1/n",
        ),
        Claim(
            "no contract of any class costs less (dual bound)",
            any_contract,
            CONSTANT / (n * INFORMATION),
            "→",
            band=1 / n + sp.Float(1e-6),
            symbol=n,
            points=(10, 100, 1000, 10**4),
            limit=CONSTANT,
        ),
        Claim(
            "CARA and normal noise, equal at every n",
            cara,
            CARA_CONSTANT / n,
            band=n / sp.Integer(10) ** 13 + sp.Float(1e-9),  # the wages are doubles
            symbol=n,
            points=tuple(10**k for k in range(1, 11)),
            limit=CARA_CONSTANT,
            rivals=True,
            order="1/n",
        ),
    ),
    computed_at=(10, 100, 1000, 10**4),
    agreement=1e-6,
)
