"""The bridge between discrete and continuous effort.

Setting. As T8 with efforts on a grid of spacing d below e, s = √(nI); the bonus is worth C net to
whoever compares with effort 0, and has to deter the step down to e - d as well.
Statement (tight). The least failure probability q of a cutoff obeys
q/Φ(-(sd + y)) → 1 with Φ(-y) = m = (c(e) - c(e-d))/C, when sd → ∞.
At a fixed spacing -log q ~ nId²/2, the discrete world of T11; as sd → 0 it is Φ(-z) of T8. On
d = τ√(log n/(nI)) it falls like n^(-(1+τ)²/2): the exponents nId²/2 and ½ log n meet at τ = 1.
Idea. One step down shifts the bell by sd standard deviations and saves a share m of C. The cutoff may
be as lenient as leaves just a share m of the probability between the two bells' tails.
By hand. Passing at e less passing at e - d is Φ(z) - Φ(z - sd), which falls for z > sd/2: the most
lenient cutoff solves Φ(z) - Φ(z-sd) = m·(Φ(z) - Φ(z-se)). With z = sd + y' the left side is
Φ(-y') - Φ(-z), so Φ(-y') = m + O(q): y' → y. Steps of 2d, 3d, … deter more than they save, as
Φ(z) - Φ(z-jsd) grows with j until it is near one while j·m does not exceed it: checked. Along
τ: m = n^(-1/2+o(1)), so y ~ √log n and sd + y ~ (1+τ)√log n.
Reference. This file; the two ends are T8 and T11 (papers A, B and D).
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import cdf, root

EFFORT = "0.8"
n = sp.Symbol("n", positive=True, integer=True)
POINTS = tuple(10**k for k in range(2, 13))
SLOW = tuple(10**k for k in range(4, 13))


def derive() -> Derivation:
    """Return the condition for one step, its slope, and the two ends."""
    derivation = Derivation()
    z, x, y, s, d, tau = sp.symbols("z x y s d τ", positive=True)
    phi = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    share = sp.erf(z / sp.sqrt(2)) / 2 - sp.erf((z - x) / sp.sqrt(2)) / 2
    derivation.identity(
        "slope of the share is φ(z)(1 - exp(xz - x²/2))",
        share.diff(z),
        phi * (1 - sp.exp(x * z - x**2 / 2)),
    )
    beyond = sp.expand(x * (x / 2 + y) - x**2 / 2)  # at z = x/2 + y
    growth = 2 * sp.exp(beyond / 2) * sp.sinh(beyond / 2)
    derivation.identity(
        "beyond x/2 the bracket is 1 - exp(xy)", sp.exp(beyond) - 1, growth.rewrite(sp.exp)
    )
    derivation.positive("so the share falls there", growth)
    derivation.identity("for small x the share is x·φ(z)", sp.limit(share / x, x, 0), phi)
    log_n = sp.Symbol("l", positive=True)
    spaced = s * d
    derivation.identity(
        "at s·d = τ√log n and y = √log n: (sd+y)²/2 = (1+τ)²/2·log n",
        ((spaced + y) ** 2 / 2).subs(spaced, tau * sp.sqrt(log_n)).subs(y, sp.sqrt(log_n)),
        (1 + tau) ** 2 / 2 * log_n,
    )
    information = sp.Symbol("nI", positive=True)
    derivation.identity(
        "nId²/2 = ½log n at d = √(log n/(nI))",
        information * (sp.sqrt(log_n / information)) ** 2 / 2,
        log_n / 2,
    )
    derivation.hand(
        "longer steps down deter more than they save",
        r"\Phi(z) - \Phi(z - jsd) > j m\,(1 + 10^{-9})",
        [slack for checks in (10**4, 10**8) for slack in _longer_steps(checks)],
    )
    return derivation


def _longer_steps(checks: int) -> list[Any]:
    s, d = arb(checks).sqrt(), _bridging(checks)
    z = _lenient(checks, d)
    steps = [j for j in (2, 3, 5, 10, 30) if arb(EFFORT) - j * d > 0]
    total = _share(z, s * arb(EFFORT))
    return [_share(z, j * s * d) - _saved(j * d) * total for j in steps]


def _share(z: Any, x: Any) -> Any:
    """Return Φ(z) - Φ(z - x) without cancellation."""
    return cdf(x - z) - cdf(-z)


def _bridging(checks: int) -> Any:
    """Return d = √(log n/n): τ = 1."""
    return (arb(checks).log() / checks).sqrt()


def _saved(d: Any) -> Any:
    """Return m, the share of C = e² that a step down saves."""
    e = arb(EFFORT)
    return (e**2 - (e - d) ** 2) / e**2


def _lenient(checks: int, d: Any) -> Any:
    """Return the z of the most lenient cutoff that deters a step of d."""
    s, share = arb(checks).sqrt(), _saved(d)

    def excess(z: Any) -> Any:
        return share * _share(z, s * arb(EFFORT)) - _share(z, s * d)

    return root(excess, s * d / 2, s * d + 40)


def failing(checks: int, d: Any) -> Any:
    """Return the least failure probability at a spacing."""
    return cdf(-_lenient(checks, d))


@cache
def enclosed(checks: int) -> Any:
    """Return it on the bridge, τ = 1."""
    return failing(checks, _bridging(checks))


def claimed(checks: int) -> Any:
    """Return Φ(-(sd + y)), Φ(-y) = m, on the bridge."""
    d = _bridging(checks)
    share = _saved(d)
    y = root(lambda x: share - cdf(-x), arb(-40), arb(40))
    return cdf(-(arb(checks).sqrt() * d + y))


@cache
def discrete(checks: int) -> Any:
    """Return it at the fixed spacing 0.4."""
    return failing(checks, arb("0.4"))


@cache
def continuous(checks: int) -> Any:
    """Return it at the spacing 1/n, on which s·d vanishes."""
    return failing(checks, arb(1) / checks)


def computed(checks: int) -> float:
    """Return the failure probability of the library's best bonus on such a grid, to its own stake.

    The library weighs the size of the bonus too, so the two agree in the leading order only.
    """
    spacing = float(_bridging(checks))
    levels = [0.8 - j * spacing for j in range(int(0.8 / spacing) + 1)]
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=pg.NormalMonitor(n=checks),
        wage_floor=0.0,
        efforts=pg.Finite([0.0, *sorted(level for level in levels if level > 0.0)]),
    )
    rule = pg.second_best(problem, pg.BinaryContract, effort=max(levels)).contract
    assert isinstance(rule, pg.BinaryContract)
    return float(problem.monitor.fail_probability(rule.cutoff, max(levels)))


C, MARGINAL = sp.Rational(16, 25), sp.Rational(8, 5)
z = sp.sqrt(sp.log(n * C**2 / (2 * sp.pi * MARGINAL**2)))
SPACING = sp.Rational(4, 10)

THEOREM = Theorem(
    name="T12",
    title="The bridge between discrete and continuous effort",
    kind="tight",
    formula=r"q_n \sim \Phi(-(\sqrt{nI}\, d + y)),\ \Phi(-y) = \tfrac{c(e) - c(e - d)}{C};"
    r" \quad d = \tau \sqrt{\tfrac{\log n}{nI}}:\ q_n = n^{-(1 + \tau)^2/2 + o(1)}",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "failure probability on the bridge, d = √(log n/n)",
            enclosed,
            claimed,
            "→",
            band=5 / sp.sqrt(n),
            symbol=n,
            points=POINTS,
            limit=sp.Integer(1),
        ),
        Claim(
            "the discrete end, d = 0.4: exponent nId²/2",
            discrete,
            sp.exp(-n * SPACING**2 / 2),
            "→ log",
            band=10 / sp.sqrt(n),
            symbol=n,
            points=SLOW[:-1],  # at 1e12 the tail is below what balls can hold
            limit=SPACING**2 / 2,
            rivals=True,
            order="exp(-cn)",
        ),
        Claim(
            "the continuous end, d = 1/n: Φ(-z) of T8",
            continuous,
            sp.erfc(z / sp.sqrt(2)) / 2,
            "→",
            band=5 / sp.sqrt(n),
            symbol=n,
            points=POINTS,
            limit=sp.Integer(1),
            rivals=True,
            order="1/√(n log n)",
        ),
    ),
    computed_at=(10**4, 10**6),
    agreement=0.05,
)
