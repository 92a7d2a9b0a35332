"""Local incentives are a covariance.

Setting. Any law p(x|e) on outcomes x with the same support at every effort, differentiable in e;
promised utility v(x); score of the whole sample S(x) = d/de log p(x|e).
Statement (exact). d/de E_e[v(X)] = Cov_e(v, S), and Var S = nI(e) for n independent checks with
information I(e) = A'²/(A(1 - A)) each.
Idea. More effort makes outcomes with a positive score likelier and the others rarer, so pay moves
effort only as far as it moves with the score. The score is the one statistic worth paying on.
By hand. Nothing; sums over outcomes are taken outcome by outcome.
Reference. Standard (Holmström 1979); this file.
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.agent.outcomes import expectation_slope
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import binomial_law

RHO, EFFORT = "0.8", "0.7"
n = sp.Symbol("n", positive=True, integer=True)


def derive() -> Derivation:
    """Return the derivation: outcome by outcome, then the count's score and its variance."""
    derivation = Derivation()
    e, k, t = sp.symbols("e k t", real=True)
    p, q, A = (sp.Function(name, positive=True)(e) for name in "pqA")
    v, w, y = sp.symbols("v w y", real=True)
    score_p, score_q = p.diff(e) / p, q.diff(e) / q
    rest = 1 - p - q
    score_rest = rest.diff(e) / rest
    derivation.identity(
        "an outcome's share of the slope is v·p·S", (v * p).diff(e), v * p * score_p
    )
    mean_score = p * score_p + q * score_q + rest * score_rest
    derivation.identity("the score has mean zero", 1 + mean_score, 1)
    mean = v * p + w * q + y * rest
    covariance = v * p * score_p + w * q * score_q + y * rest * score_rest - mean * mean_score
    derivation.identity("slope of the mean = covariance with the score", mean.diff(e), covariance)
    log_mass = k * sp.log(A) + (n - k) * sp.log(1 - A)
    score = (k - n * A) * A.diff(e) / (A * (1 - A))
    derivation.identity("score of a count", log_mass.diff(e), score)
    a = sp.Symbol("a", positive=True)
    moments = (1 - a + a * sp.exp(t)) ** n
    variance = moments.diff(t, 2).subs(t, 0) - moments.diff(t).subs(t, 0) ** 2
    derivation.identity("variance of a count", variance, n * a * (1 - a))
    slope = sp.Symbol("A'", real=True)
    information = slope**2 / (a * (1 - a))
    derivation.identity("so Var S = nI", variance * (slope / (a * (1 - a))) ** 2, n * information)
    return derivation


@cache
def enclosed(checks: int) -> Any:
    """Return Cov(K², S), outcome by outcome."""
    slope = arb(RHO) / 2
    a = (1 + arb(EFFORT) * arb(RHO)) / 2
    law = binomial_law(checks, a)
    scores = [(k - checks * a) * slope / (a * (1 - a)) for k in range(checks + 1)]
    return sum((p * k * k * s for k, (p, s) in enumerate(zip(law, scores, strict=True))), arb(0))


def computed(checks: int) -> float:
    """Return the library's slope of E[K²] in effort."""
    monitor = pg.ExpertReview(n=checks, rho=float(RHO))
    return expectation_slope(monitor, lambda k: k * k, float(EFFORT))


def _claimed() -> sp.Expr:
    """Return d/de E[K²], from the moments."""
    e = sp.Symbol("e")
    a = (1 + e * sp.Rational(RHO)) / 2
    return sp.diff(n * a * (1 - a) + (n * a) ** 2, e).subs(e, sp.Rational(EFFORT))


def variance(checks: int) -> Any:
    """Return Var S, outcome by outcome."""
    slope = arb(RHO) / 2
    a = (1 + arb(EFFORT) * arb(RHO)) / 2
    scores = [(k - checks * a) * slope / (a * (1 - a)) for k in range(checks + 1)]
    return sum((p * s * s for p, s in zip(binomial_law(checks, a), scores, strict=True)), arb(0))


INFORMATION = sp.Rational(RHO) ** 2 / (1 - (sp.Rational(EFFORT) * sp.Rational(RHO)) ** 2)

THEOREM = Theorem(
    name="T3",
    title="Local incentives are a covariance",
    kind="exact",
    formula=r"\frac{d}{de} E_e[v(X)] = \mathrm{Cov}_e(v, S), \qquad \mathrm{Var}\, S = n I(e)",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "slope of E[K²] = Cov(K², S)", enclosed, _claimed(), symbol=n, points=(10, 100, 1000)
        ),
        Claim(
            "Var S = nI",
            variance,
            n * INFORMATION,
            symbol=n,
            points=(10, 100, 1000),
            limit=INFORMATION,
        ),
    ),
    computed_at=(10, 100, 1000),
    agreement=1e-11,
)
