"""EM for attentiveness: monotone, and as slow as 1 - e(1-e)·I(e).

Setting. Comparisons Z of a user with a stronger and a weaker model; attentive, the stronger wins
with probability μ, else a coin decides. In terms of y = ±(2μ - 1), positive where the stronger won,
P(Z) is in proportion to 1 + ey. EM for e: E step γ = x(1+y)/2 / (x(1+y)/2 + (1-x)/2), M step
x <- mean of γ. L(x) = mean of log(1 + xy). The rate: population frequencies of a constant μ in
(½, 1), d = 2μ - 1, 0 < e < 1. The rest: any data, μ unequal or not.
Statement (exact). The step is T(x) = x + x(1-x)L'(x). Started in (0, 1), EM goes monotonically to
the maximiser of L, L rising on the way. With constant μ each step shrinks the error by exactly
  r(x) = (T(x) - e)/(x - e) = 1 - x(1-x)d²/(1 - x²d²) in (0, 1),
in the limit by r(e) = 1 - e(1-e)d²/(1 - e²d²) = 1 - e(1-e)·I(e), I the information of a comparison;
on data with maximiser x̂ inside (0, 1), by 1 + x̂(1-x̂)L''(x̂). At the ends the rate is lost:
1 - x_n ~ (1-d²)/(d²n) where e = 1, and x_n ~ 1/(d²n) where e = 0.
Idea. Knowing who was attentive would give information 1/(e(1-e)) per label; labels give I(e). EM
moves by the share that they are of it.
By hand. Sums over labels are taken label by label; two steps beyond that.
1. T increases and x̂ is fixed, so T maps what lies between x and x̂ into itself and iterates stay on
   their side of x̂; L is concave with its maximum at x̂ (over [0, 1]), so T(x) - x, which has the
   sign of L'(x), points to x̂, and L rises. A monotone bounded sequence has a limit, where T is
   continuous; so it is a fixed point, and inside (0, 1) L' = 0 at x̂ alone. Checked in balls, on
   both sides.
2. If 1/u_(k+1) - 1/u_k → a, then 1/u_n ~ an (means of a convergent sequence converge: Cesàro).
   Checked by the claims on e = 1 and e = 0 as well.
Reference. EM for users as annotators: arXiv 2510.13830; rate as the share of missing information:
Dempster, Laird, Rubin 1977; the closed forms: this file.
"""

from functools import cache
from itertools import pairwise
from typing import Any

import sympy as sp
from flint import arb

from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import root

n = sp.Symbol("n", positive=True, integer=True)
mu, e = sp.symbols("mu e", positive=True)
START = 0.1
NEAR = 1e-12  # error at which a contraction is called the limit
# weight, margin with its sign: a sample with questions of three kinds
SAMPLE = (("0.30", "0.9"), ("0.08", "-0.9"), ("0.25", "0.5"), ("0.15", "-0.5"), ("0.22", "0.2"))
VECTORS = {0.75: "0.9524", 0.65: "0.9847", 0.9: "0.8266"}  # theory section 6.5, e = 0.8
Law = tuple[tuple[Any, Any], ...]  # weight and y of each kind of label


def derive() -> Derivation:
    """Return the derivation: the step, its monotony, the exact contraction, and full effort."""
    derivation = Derivation()
    x, d = sp.symbols("x d", positive=True)
    _step(derivation, x)
    _population(derivation, x, d)
    _ends(derivation, d)
    derivation.hand(
        "step 1: the likelihood rises at every step, from below and from above",
        r"L(T(x)) > L(x)",
        [
            likelihood(sample(), after) - likelihood(sample(), before)
            for start in ("0.02", "0.98")
            for before, after in pairwise(iterates(sample(), arb(start), 20))
        ],
    )
    return derivation


def _step(derivation: Derivation, x: Any) -> None:
    y = sp.Symbol("y", real=True)
    likely, coin = x * (1 + y) / 2, (1 - x) / 2
    posterior, log_likelihood = likely / (likely + coin), sp.log(1 + x * y)
    derivation.identity(
        "a label moves the mean by x(1 - x) times the slope of its log-likelihood",
        posterior - x,
        x * (1 - x) * log_likelihood.diff(x),
    )
    slope = (1 + y) / (1 + x * y) ** 2
    derivation.identity("slope of the step", posterior.diff(x), slope)
    # x in (0, 1), y in (-1, 1]: 1 + xy = 1 - x + x(1 + y)
    s, t = sp.symbols("s t", positive=True)
    apart = {y: t - 1, x: 1 / (1 + s)}
    derivation.positive("1 + xy > 0", sp.factor((1 + x * y).subs(apart)))
    derivation.positive("so the step increases", slope.subs(apart))
    bend = -(y**2) / (1 + x * y) ** 2
    derivation.identity("bend of the log-likelihood", log_likelihood.diff(x, 2), bend)
    derivation.nonnegative("it is concave", y**2)
    mean = sp.Function("L")
    change = (x + x * (1 - x) * mean(x).diff(x)).diff(x)
    first, second = sp.symbols("L' L''")
    change = change.subs(mean(x).diff(x, 2), second).subs(mean(x).diff(x), first)
    derivation.identity(
        "rate on any data, where L' = 0",
        change.subs(first, 0),
        1 + x * (1 - x) * second,
    )


def _population(derivation: Derivation, x: Any, d: Any) -> None:
    win, loss = (1 + e * d) / 2, (1 - e * d) / 2
    mean = win * sp.log(1 + x * d) + loss * sp.log(1 - x * d)
    derivation.identity(
        "slope of the population's L", mean.diff(x), d**2 * (e - x) / (1 - x**2 * d**2)
    )
    step = win * x * (1 + d) / (1 + x * d) + loss * x * (1 - d) / (1 - x * d)
    derivation.identity("EM contracts by r(x), exactly", step - e, (x - e) * _rate(x, d))
    derivation.identity(
        "the rate at e is the slope of the step", step.diff(x).subs(x, e), _rate(e, d)
    )
    accuracy = (1 + e * d) / 2
    information = accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy))
    derivation.identity("which is 1 - e(1-e)·I(e)", _rate(e, d), 1 - e * (1 - e) * information)
    derivation.identity("and (1 - xd²)/(1 - x²d²)", _rate(x, d), (1 - x * d**2) / (1 - x**2 * d**2))
    s, t = sp.symbols("s t", positive=True)
    unit = {x: 1 / (1 + s), d: 1 / (1 + t)}
    derivation.positive("r > 0: 1 - xd² > 0", (1 - x * d**2).subs(unit))
    derivation.positive("1 - x²d² > 0", (1 - x**2 * d**2).subs(unit))
    derivation.positive("r < 1: x(1-x)d² > 0", sp.factor((x * (1 - x) * d**2).subs(unit)))


def _rate(x: Any, d: Any) -> Any:
    return 1 - x * (1 - x) * d**2 / (1 - x**2 * d**2)


def _ends(derivation: Derivation, d: Any) -> None:
    u = sp.Symbol("u", positive=True)
    shrunk = u * _rate(1 - u, d)
    growth = sp.simplify(1 / shrunk - 1 / u)
    derivation.identity(
        "at e = 1, u = 1 - x: 1/T(u) - 1/u",
        growth,
        (1 - u) * d**2 / (1 - (1 - u) * d**2),
    )
    limit = d**2 / (1 - d**2)
    derivation.identity("→ d²/(1 - d²)", sp.limit(growth, u, 0), limit)
    shrunk = u * _rate(u, d)
    growth = sp.simplify(1 / shrunk - 1 / u)
    derivation.identity("at e = 0, 1/T(x) - 1/x", growth, (1 - u) * d**2 / (1 - u * d**2))
    derivation.identity("→ d²", sp.limit(growth, u, 0), d**2)
    numbers = iterates(population(0.9, 1.0), arb("0.1"), 400)
    slopes = [1 / (1 - b) - 1 / (1 - a) for a, b in pairwise(numbers)]
    a = arb(16) / 9  # the limit at d = 0.8
    derivation.hand(
        "step 2: 1/u_n ~ an, as 1/u_(k+1) - 1/u_k rises to a",
        r"1/u_{k+1} - 1/u_k \to a \Rightarrow 1/u_n \sim an",
        [a - slopes[-1], slopes[-1] - a * arb("0.98")]
        + [later - sooner for sooner, later in pairwise(slopes)],
    )


def population(win_rate: float, effort: float) -> Law:
    """Return the frequencies of Z for a user of this effort, in balls."""
    d, x = 2 * arb(win_rate) - 1, arb(effort)
    return ((1 + x * d) / 2, d), ((1 - x * d) / 2, -d)


def sample() -> Law:
    """Return a sample with unequal margins, in balls."""
    return tuple((arb(weight), arb(y)) for weight, y in SAMPLE)


def em_step(law: Law, x: Any) -> Any:
    """Return the mean of the posteriors, in mean value form so that balls do not swell."""
    at = x.mid()
    value = sum(
        (w * (at * (1 + y) / 2) / (at * (1 + y) / 2 + (1 - at) / 2) for w, y in law), arb(0)
    )
    slope = sum((w * (1 + y) / (1 + x * y) ** 2 for w, y in law), arb(0))
    return value + slope * (x - at)


def iterates(law: Law, start: Any, steps: int) -> list[Any]:
    """Return x_0, ..., x_steps."""
    found = [arb(start)]
    for _ in range(steps):
        found.append(em_step(law, found[-1]))
    return found


def likelihood(law: Law, x: Any) -> Any:
    """Return L(x)."""
    return sum((w * (1 + x * y).log() for w, y in law), arb(0))


def maximiser(law: Law) -> Any:
    """Return the root of L', which falls."""
    return root(lambda x: -sum((w * y / (1 + x * y) for w, y in law), arb(0)), arb(0), arb(1))


def contraction(win_rate: float, effort: float, steps: int) -> Any:
    """Return how much the error shrinks in the step after `steps` others."""
    path = iterates(population(win_rate, effort), arb(START), steps + 1)
    return (path[-1] - arb(effort)) / (path[-2] - arb(effort))


def late_contraction(win_rate: float, effort: float) -> Any:
    """Return it once the error is below `NEAR`."""
    law, fixed, x = population(win_rate, effort), arb(effort), arb(START)
    while not abs(x - fixed) < NEAR:
        x = em_step(law, x)
    return (em_step(law, x) - fixed) / (x - fixed)


def enclosed(steps: int) -> Any:
    """Return it for μ = 0.75, e = 0.8."""
    return contraction(0.75, 0.8, steps)


def computed(steps: int) -> float:
    """Return the same in floats: EM on the frequencies of wins and losses."""
    win_rate, effort, x = 0.75, 0.8, START
    wins = 0.5 + effort * (win_rate - 0.5)
    error = x - effort
    for _ in range(steps + 1):
        error = x - effort
        won = x * win_rate / (x * win_rate + (1.0 - x) * 0.5)
        lost = x * (1.0 - win_rate) / (x * (1.0 - win_rate) + (1.0 - x) * 0.5)
        x = wins * won + (1.0 - wins) * lost
    return (x - effort) / error


@cache
def on_sample(steps: int) -> Any:
    """Return the contraction on the sample, where the maximiser is known to 30 digits."""
    path, best = iterates(sample(), arb(START), steps + 1), maximiser(sample())
    return (path[steps + 1] - best) / (path[steps] - best)


def sample_rate(_: Any) -> Any:
    """Return 1 + x̂(1 - x̂)L''(x̂)."""
    law = sample()
    best = maximiser(law)
    return 1 - best * (1 - best) * sum((w * (y / (1 + best * y)) ** 2 for w, y in law), arb(0))


def gained(steps: int) -> Any:
    """Return what a step adds to the likelihood of the sample, from below and from above."""
    law = sample()
    rises = []
    for start in ("0.02", "0.98"):
        path = iterates(law, arb(start), steps + 1)
        rises.append(likelihood(law, path[-1]) - likelihood(law, path[-2]))
    return rises[0].min(rises[1])


@cache
def _slow_path(effort: float) -> list[Any]:
    return iterates(population(0.9, effort), arb(START), 10**4)


RATE = _rate(sp.Rational(4, 5), sp.Rational(1, 2))

THEOREM = Theorem(
    name="T15",
    title="EM for attentiveness: monotone, and its rate",
    kind="tight",
    formula=r"\frac{x_{n+1} - e}{x_n - e} \to 1 - \frac{e(1-e)d^2}{1 - e^2 d^2}, \quad"
    r" d = 2\mu - 1; \qquad x_{n+1} = x_n + x_n(1 - x_n) L'(x_n), \quad L(x_{n+1}) \ge L(x_n)",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "contraction of the error after n steps from 0.1; μ = 0.75, e = 0.8",
            enclosed,
            RATE,
            "→",
            band=RATE**n / 10 + sp.Rational(1, 10**15),
            symbol=n,
            points=(1, 10, 30, 100, 300, 1000),
            limit=RATE,
        ),
        Claim(
            "contraction near the limit, against μ; e = 0.8",
            lambda win_rate: late_contraction(win_rate, 0.8),
            _rate(sp.Rational(0.8), 2 * mu - 1),
            symbol=mu,
            points=tuple(VECTORS),
        ),
        Claim(
            "the digits of theory section 6.5",
            lambda win_rate: late_contraction(win_rate, 0.8),
            lambda win_rate: arb(VECTORS[win_rate]),
            band=sp.Rational(1, 16000),
            symbol=mu,
            points=tuple(VECTORS),
        ),
        Claim(
            "contraction near the limit, against e; μ = 0.75",
            lambda effort: late_contraction(0.75, effort),
            _rate(e, sp.Rational(1, 2)),
            symbol=e,
            points=(0.25, 0.5, 0.75, 0.875),
        ),
        Claim(
            "the digits at μ = 0.75, e = 0.5",
            lambda effort: late_contraction(0.75, effort),
            sp.Rational("0.9333"),
            band=sp.Rational(1, 18000),
            symbol=e,
            points=(0.5,),
        ),
        Claim(
            "contraction on a sample with unequal margins",
            on_sample,
            sample_rate,
            "→",
            band=sp.Rational(43, 50) ** n / 5 + sp.Rational(1, 10**9),
            symbol=n,
            points=(10, 30, 100, 300),
        ),
        Claim(
            "the likelihood of that sample rises at every step",
            gained,
            relation="> 0",
            symbol=n,
            points=(1, 3, 10, 30, 100, 300),
        ),
        Claim(
            "error at full effort: no linear rate",
            lambda steps: 1 - _slow_path(1.0)[steps],
            (1 - sp.Rational(16, 25)) / (sp.Rational(16, 25) * n),
            "→",
            band=4 * sp.log(n) / n,
            symbol=n,
            points=(100, 300, 1000, 3000, 10000),
            limit=sp.Rational(9, 16),
            rivals=True,
            order="1/n",
        ),
        Claim(
            "and at none",
            lambda steps: _slow_path(0.0)[steps],
            1 / (sp.Rational(16, 25) * n),
            "→",
            band=4 * sp.log(n) / n,
            symbol=n,
            points=(100, 300, 1000, 3000, 10000),
            limit=sp.Rational(25, 16),
            rivals=True,
            order="1/n",
        ),
    ),
    computed_at=(1, 10, 100),
    agreement=1e-10,
)
