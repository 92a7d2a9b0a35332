"""Discrete effort: bonus contracts become exponentially good.

Setting. Efforts 0.8 and 0.4 (theory 6.4), expert review with ρ = 0.8: A = 0.82 and 0.66; square root
utility, c = e², wages from 0 on, ū = 0. C = c(0.8) - c(0.4), U = c(0.8).
Statement (tight). The agency cost of the best bonus contract is exp(-λn + o(n)), λ = KL(P_a ‖ P_a*),
the least over cheaper efforts a, the cutoff just above the mean under a; not the reverse KL(P_a* ‖
P_a). Linear contracts stay at 1/n.
Idea. Between two efforts there is a gap of means, and the cutoff can sit at the lower end of it: the
shirker passes half of the time, the careful fail as rarely as a count of 0.82n falls below 0.66n.
By hand. With p, f the failure probabilities at 0.8 and 0.4 and q = p: Δ = C/(f - q) is the least
stake, and the wage floor makes V = max(U, (1-q)Δ) the least expected utility; the cost is V² +
q(1-q)Δ². (1-q)Δ >= C/f, so left of a window of cutoffs V - U alone exceeds the best cost in it; and
q(1-q)Δ² >= q·C², so right of the window failures do. In the window every cutoff is evaluated.
Without the floor, and h = v² for negative v too, a cutoff near 0.45n with a huge stake would cost
exp(-0.16n) only: T11 needs utility bounded below, as T8 does.
Reference. Rate: papers A and D (arXiv 2502.06387, 2312.16789); the enclosure: this file.
"""

from functools import cache
from typing import Any

import sympy as sp
from flint import arb

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import binomial_below

n = sp.Symbol("n", positive=True, integer=True)
POINTS = tuple(10**k for k in range(1, 13))
LOW, HIGH = sp.Rational(66, 100), sp.Rational(82, 100)
SAVED, LEVEL = sp.Rational(48, 100), sp.Rational(64, 100)  # C and U
WINDOW = 8  # cutoffs


def problem(checks: int) -> pg.MoralHazard:
    """Return the economics of theory section 6.4."""
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=pg.ExpertReview(n=checks, rho=0.8),
        wage_floor=0.0,
        efforts=pg.Finite([0.4, 0.8]),
    )


def exponential(checks: int) -> pg.MoralHazard:
    """Return CARA utility, cost in utils, normal noise, the same two efforts."""
    return pg.MoralHazard(
        utility=pg.CARA(risk_aversion=1.0),
        cost=pg.PowerCost(0.25, 2.0),
        value=pg.LinearValue(20.0),
        monitor=pg.NormalMonitor(n=checks),
        reservation_utility=-1.0,
        efforts=pg.Finite([0.4, 0.8]),
    )


def divergence(p: Any, q: Any) -> Any:
    """Return KL(p ‖ q) of two coins as an expression."""
    return p * sp.log(p / q) + (1 - p) * sp.log((1 - p) / (1 - q))


def derive() -> Derivation:
    """Return the exponent of a binomial tail, what the stake and floor ask for, and the order."""
    derivation = Derivation()
    x, p, t = sp.symbols("x p t", positive=True)
    cumulant = sp.log(1 - p + p * sp.exp(t))
    tilt = sp.log(x * (1 - p) / (p * (1 - x)))
    derivation.identity("the tilt with mean x", cumulant.diff(t).subs(t, tilt), x)
    legendre = x * tilt - cumulant.subs(t, tilt)
    a, b = sp.symbols("a b", positive=True)  # odds: x = a/(1 + a), p = b/(1 + b)
    odds = {x: a / (1 + a), p: b / (1 + b)}
    derivation.identity(
        "Cramér: its Legendre transform is KL(x ‖ p)",
        sp.expand_log(sp.simplify(legendre.subs(odds))),
        sp.expand_log(sp.simplify(divergence(x, p).subs(odds))),
    )
    derivation.identity("both vanish at x = p", 1 + divergence(x, p).subs(x, p), 1)
    q, f, C, _U = sp.symbols("q f C U", positive=True)
    stake = C / (f - q)
    derivation.identity("the stake deters: Δ((1-q) - (1-f)) = C", stake * ((1 - q) - (1 - f)), C)
    net = (1 - q) * stake
    derivation.identity(
        "(1-q)Δ - C/f = qC(1-f)/(f(f-q))", net - C / f, q * C * (1 - f) / (f * (f - q))
    )
    V = sp.Symbol("V", positive=True)
    cost = (1 - q) * (V + q * stake) ** 2 + q * (V - (1 - q) * stake) ** 2
    derivation.identity("cost with h = v²", cost, V**2 + q * (1 - q) * stake**2)
    forward, reverse = divergence(LOW, HIGH), divergence(HIGH, LOW)
    derivation.positive("KL(.66‖.82) exceeds its reverse", forward - reverse)
    derivation.hand(
        "outside the window nothing is cheaper",
        r"(C/f)^2 - U^2 > G_n \text{ left of it}, \quad q C^2 > G_n \text{ right of it}",
        [slack for checks in (10, 1000, 10**6, 10**12) for slack in _outside(checks)],
    )
    return derivation


@cache
def _window(checks: int) -> tuple[int, ...]:
    """Return the cutoffs to evaluate: from the first at which a shirker fails often enough."""
    low, high = 0, checks + 1
    enough, other = _ball(SAVED / LEVEL), _ball(LOW)
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_below(middle, checks, other) >= enough:
            high = middle
        else:
            low = middle
    return tuple(range(max(1, high - WINDOW), min(checks, high + WINDOW) + 1))


def _cost(cutoff: int, checks: int) -> Any:
    """Return the least cost over h(U) at a cutoff."""
    q, f = (binomial_below(cutoff, checks, _ball(a)) for a in (HIGH, LOW))
    stake, level = _ball(SAVED) / (f - q), _ball(LEVEL)
    promised = level.max((1 - q) * stake)
    # V - U is summed apart: at n = 1e5 the whole is 1e-3000
    rent = ((1 - q) * stake - level).max(arb(0))
    return rent * (promised + level) + q * (1 - q) * stake**2


@cache
def enclosed(checks: int) -> Any:
    """Return the agency cost of the best bonus contract."""
    costs = [_cost(cutoff, checks) for cutoff in _window(checks)]
    least = costs[0]
    for cost in costs[1:]:
        least = least.min(cost)
    return least


def _outside(checks: int) -> list[Any]:
    """Return how much cheaper the window is than bounds on all cutoffs left and right of it."""
    window, best = _window(checks), enclosed(checks)
    slack = []
    if window[0] > 1:
        failing = binomial_below(window[0] - 1, checks, _ball(LOW))
        slack.append((_ball(SAVED) / failing) ** 2 - _ball(LEVEL) ** 2 - best)
    if window[-1] < checks:
        slack.append(binomial_below(window[-1] + 1, checks, _ball(HIGH)) * _ball(SAVED) ** 2 - best)
    return slack or [arb(1)]


def _ball(ratio: Any) -> Any:
    return arb(int(ratio.p)) / int(ratio.q)


def floorless(checks: int) -> Any:
    """Return what a harsh, lenient rule would save with h = v² and no floor, as a share."""
    q, f = (binomial_below(int(0.4527 * checks), checks, _ball(a)) for a in (HIGH, LOW))
    return 1 - q * (1 - q) * (_ball(SAVED) / (f - q)) ** 2 / enclosed(checks)


@cache
def linear(checks: int) -> Any:
    """Return the library's linear cost over h(U), CARA and normal noise."""
    proof = pg.second_best(exponential(checks), pg.LinearContract, effort=0.8).certificate
    return arb(proof.cost_upper) + (1 - arb(0.8) ** 2 / 4).log()


def computed(checks: int) -> float:
    """Return minus the log of the library's agency cost, per check."""
    return -pg.log_agency_cost(problem(checks), pg.BinaryContract, effort=0.8) / checks


def exponent(checks: int) -> Any:
    """Return minus the log of the agency cost, per check."""
    return -enclosed(checks).log() / checks


EXPONENT = divergence(LOW, HIGH)
PROMISED = 1 - sp.Rational(16, 100)  # -U
SLOPE = sp.log(1 + sp.Rational(12, 100) / PROMISED) / sp.Rational(4, 10)

THEOREM = Theorem(
    name="T11",
    title="Discrete effort: exponentially good",
    kind="tight",
    formula=r"-\frac1n \log G_n \to \min_a \mathrm{KL}(P_a \,\|\, P_{a^*})",
    derive=derive,
    computed=computed,
    enclosed=exponent,
    claims=(
        Claim(
            "agency cost of a bonus between efforts .8 and .4",
            enclosed,
            sp.exp(-n * EXPONENT),
            "→ log",
            band=(3 + 3 * sp.sqrt(n)) / (n * EXPONENT),
            symbol=n,
            points=POINTS,
            limit=EXPONENT,
            rivals=True,
            order="exp(-cn)",
        ),
        Claim(
            "linear pay between them stays at 1/n (CARA, normal)",
            linear,
            SLOPE**2 / 2 / n,
            band=n / sp.Integer(10) ** 12 + sp.Float(1e-8),  # the wages are doubles
            symbol=n,
            points=POINTS[:8],
            limit=SLOPE**2 / 2,
            rivals=True,
            order="1/n",
        ),
        Claim(
            "without a floor a harsher rule would cost less",
            floorless,
            None,
            "> 0",
            symbol=n,
            points=(100, 1000, 10**4, 10**5),
        ),
    ),
    computed_at=(10, 100, 1000, 10**4),
    agreement=1e-6,
)
