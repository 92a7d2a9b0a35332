"""Closed-form responses and the linear-exponential-normal contract.

Setting. (i) Payment linear in utils with slope b on an accuracy A(e) = a₀ + a₁e, cost c = k·e^p with
p > 1. (ii) LEN: -exp(-r(w - ce²/2)), w = a + bX, X normal with mean e and variance σ²/n, R = e.
Statement (exact). (i) The response is e = (b·a₁/(k·p))^(1/(p-1)) where that is below 1. (ii) The
response is b/c, the best slope 1/(1 + crσ²/n), and the agency cost rσ²/(2(n + crσ²)).
Idea. A linear reward pays each unit of effort the same, so effort equates b·a₁ with marginal cost.
In LEN risk costs ½rb²σ²/n whatever the effort, so the slope trades it against effort.
By hand. Nothing. Validity: (i) an interior effort, and pay in utils; (ii) b > 0 and no wage floor.
Reference. (ii) Holmström and Milgrom (1987, 1991); this file.
"""

from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import root

RISK, COST, SIGMA = "1.5", "2", "0.5"
n = sp.Symbol("n", positive=True, integer=True)
b = sp.Symbol("b", positive=True)


def derive() -> Derivation:
    """Return both responses as roots of their conditions, maxima, and the best slope."""
    derivation = Derivation()
    e, a1, k, _p = sp.symbols("e a1 k p", positive=True)
    gap = sp.Symbol("q", positive=True)  # p - 1
    response = (b * a1 / (k * (1 + gap))) ** (1 / gap)
    marginal = (k * e ** (1 + gap)).diff(e)
    derivation.identity("(i) condition b·a₁ = c'", marginal.subs(e, response) / a1, b)
    derivation.positive("(i) a maximum", marginal.diff(e))
    a, r, c, sigma, _t = sp.symbols("a r c sigma t", positive=True)
    x = sp.Symbol("x", real=True)
    bell = sp.exp(-((x - e) ** 2) * n / (2 * sigma**2)) * sp.sqrt(n / (2 * sp.pi)) / sigma
    moment = sp.integrate(sp.exp(-r * b * x) * bell, (x, -sp.oo, sp.oo))
    equivalent = b * e - r * b**2 * sigma**2 / (2 * n)
    derivation.identity(
        "(ii) certainty equivalent of bX", sp.log(sp.simplify(moment)), -r * equivalent
    )
    utility = a + equivalent - c * e**2 / 2
    derivation.identity("(ii) response b/c", utility.diff(e).subs(e, b / c) + 1, 1)
    surplus = b / c - c * (b / c) ** 2 / 2 - r * b**2 * sigma**2 / (2 * n)
    best = 1 / (1 + c * r * sigma**2 / n)
    derivation.identity("(ii) best slope", surplus.diff(b).subs(b, best) + 1, 1)
    derivation.positive("(ii) a maximum", -surplus.diff(b, 2))
    first_best = 1 / (2 * c)
    loss = r * sigma**2 / (2 * (n + c * r * sigma**2))
    derivation.identity("(ii) agency cost", first_best - surplus.subs(b, best), loss)
    return derivation


def len_problem(checks: int) -> pg.MoralHazard:
    """Return a LEN problem with effort up to 1."""
    return pg.MoralHazard(
        utility=pg.CARA(risk_aversion=float(RISK), cost_in_money=True),
        cost=pg.PowerCost(float(COST) / 2, 2.0),
        value=pg.LinearValue(1.0),
        monitor=pg.NormalMonitor(n=checks, sigma=float(SIGMA)),
    )


def enclosed(checks: int) -> Any:
    """Return first best minus the best surplus over slopes, from the condition's root."""
    noise = arb(RISK) * arb(SIGMA) ** 2 / checks
    slope = root(lambda x: x * (1 / arb(COST) + noise) - 1 / arb(COST), arb(0), arb(1)).mid()

    def surplus(x: Any) -> Any:
        return x / arb(COST) - (x * x / arb(COST) + noise * x * x) / 2

    return 1 / (2 * arb(COST)) - surplus(slope)


def computed(checks: int) -> float:
    """Return the library's agency cost of the best linear contract."""
    return pg.agency_cost(len_problem(checks), pg.LinearContract)


def response(slope: float) -> Any:
    """Return the root of b·A' = c' for expert review, c = e³/4."""
    return root(lambda e: arb(3) / 4 * e * e - arb(slope) * arb("0.4"), arb(0), arb(1))


def library_response(slope: float) -> Any:
    """Return the library's best response of a risk-neutral agent, as a ball of its tolerance."""
    problem = pg.MoralHazard(
        utility=pg.RiskNeutral(),
        cost=pg.PowerCost(0.25, 3.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n=40, rho=0.8),
    )
    effort = pg.best_response(problem, pg.LinearContract(0.0, slope)).effort
    return arb(effort)


LOSS = sp.Rational(RISK) * sp.Rational(SIGMA) ** 2
SLOPES = (0.25, 0.5, 1.0, 1.5)

THEOREM = Theorem(
    name="T2",
    title="Closed-form responses",
    kind="exact",
    formula=r"e(b) = \left(\frac{b\, a_1}{k p}\right)^{1/(p-1)}, \qquad"
    r" G_n^{\mathrm{LEN}} = \frac{r \sigma^2}{2 (n + c r \sigma^2)}",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "agency cost in LEN",
            enclosed,
            LOSS / (2 * (n + sp.Rational(COST) * LOSS)),
            symbol=n,
            limit=LOSS / 2,
            rivals=True,
            order="1/n",
        ),
        Claim(
            "response to a linear reward",
            response,
            sp.sqrt(b * sp.Rational(8, 15)),
            symbol=b,
            points=SLOPES,
        ),
        Claim(
            "the library's response to it",
            library_response,
            sp.sqrt(b * sp.Rational(8, 15)),
            band=1e-7,
            symbol=b,
            points=SLOPES,
        ),
    ),
    computed_at=(1, 10, 100, 10**4, 10**6),
    agreement=1e-6,
)
