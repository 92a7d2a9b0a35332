"""How to add a theorem: the mean of n checks has variance A(1 - A)/n.

Setting. A count K of agreements in n independent checks, each with probability A.
Statement (exact). n·Var(K/n) = A(1 - A).
Idea. Independent variances add. Copy this file to tNN_name.py (two digits), keep the five parts of
this docstring in their order and the objects below; `paygrade verify path/to/file.py` runs it.
By hand. What SymPy can't do is argued here, step by step, and checked with `Derivation.hand`.
Reference. The paper for what it claims; this file for the rest.
"""

from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import binomial_law

ACCURACY = sp.Rational(3, 4)
n = sp.Symbol("n", positive=True, integer=True)  # claims in this symbol are claims in n


def derive() -> Derivation:
    """Return the derivation: every step is an identity or a sign that SymPy itself proves."""
    derivation = Derivation()
    t, a = sp.symbols("t a", positive=True)
    moments = (1 - a + a * sp.exp(t)) ** n
    variance = moments.diff(t, 2).subs(t, 0) - moments.diff(t).subs(t, 0) ** 2
    derivation.identity("variance of a count", variance, n * a * (1 - a))
    derivation.positive("it is positive", ACCURACY * (1 - ACCURACY))
    return derivation


def enclosed(checks: int) -> Any:
    """Return a ball around the quantity, from the primitives."""
    a = arb(3) / 4
    law = binomial_law(checks, a)
    return sum((p * (arb(k) / checks - a) ** 2 for k, p in enumerate(law)), arb(0))


def computed(checks: int) -> float:
    """Return the same number from the library."""
    monitor = pg.ExpertReview(n=checks, rho=0.5)
    outcomes, probability = monitor.probabilities(1.0)
    return float((probability * (outcomes / checks - 0.75) ** 2).sum())


THEOREM = Theorem(
    name="T0",
    title="The template",
    kind="exact",
    formula=r"n\,\mathrm{Var}(K/n) = A(1 - A)",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "variance of the mean",
            enclosed,
            ACCURACY * (1 - ACCURACY) / n,
            "→",  # "=", "→", "→ log", "≥", "≤" or "> 0"; see paygrade.theory.Claim
            band=1 / n,  # how near it must be at n; it has to tell 2 % off at the last point
            symbol=n,
            points=(10, 100, 1000),
            limit=ACCURACY * (1 - ACCURACY),
            rivals=True,
            order="1/n",
        ),
    ),
    computed_at=(10, 100),
    agreement=1e-9,
)
