"""Sample sizes: which are guarantees and which are only asymptotic.

Setting. K ~ Bin(n, A(e)), A = (1 + eρ)/2 (review, golden question, comparison) or (1 + e²κ)/2
(pair); a = K/n. Estimates: review ê = (2a - 1)/ρ, pair ê = √(max(2a - 1, 0)/κ), clipped to [0, 1].
I is the information of a check, z_p the normal quantile of 1 - p, 0 < α, β < ½, e₁ < e₀.
Statement (exact). P(abs(ê - e) >= ε) <= α is guaranteed
  for reviews by n >= 2·log(2/α)/(ρ²ε²), whatever e;
  for pairs by n >= 2·log(2/α)/(κ²e²ε²), on both sides, at the true effort e and all above; where
  ε <= e, by n >= 2·log(2/α)/(κ²(2e-ε)²ε²), four times fewer as ε → 0; whatever e, by
  n >= 2·log(2/α)/(κ²ε⁴). The constants can't be bettered: per check, the error's exponent is
  ρ²ε²/2 at e = 0 and κ²e²ε²/2 at e = ε, up to factors that tend to 1 with ε.
Errors α, β of a test of e₀ against e₁ are guaranteed by
  n >= (√log(1/α) + √log(1/β))²/(2(A₀ - A₁)²).
Asymptotic only, no guarantee: n = z_(α/2)²/(I·ε²), where the error tends to α as ε → 0, and
  n = ((z_α·√(A₀(1-A₀)) + z_β·√(A₁(1-A₁)))/(A₀ - A₁))²,
whose ratio to the smallest n of a cutoff test tends to 1 as e₁ → e₀. At κ = ρ = ½, 0.9 against 0.6
and 5 % errors it says 193 pairs and 411 reviews; the smallest that do are 200 and 419, and still
207 and 430 do not.
Idea. Agreement concentrates like a bounded mean. An estimate of e² is off by (ê - e)(ê + e), so an
error of ε in effort is one of at least eε in its square; near e = 0 the root takes that away.
By hand. Three steps.
1. Markov: P(a - A >= t) <= E exp(λ(K - nA - nt)); Taylor with Lagrange's remainder: a function ψ
   with ψ(0) = ψ'(0) = 0 and ψ'' <= ¼ is at most λ²/8; both sides the same by symmetry. Checked
   against exact tails.
2. No test has smaller errors than the cutoff test that is randomised to size α exactly (Neyman,
   Pearson: the likelihood ratio increases in K), and its second error does not rise with n, as more
   checks can be ignored. So if it is above β at n, every test with n checks or fewer is: one
   evaluation excludes all of them.
3. By Berry and Esseen binomial tails are normal up to O(1/√n), uniformly; so where n·(A₀ - A₁)² or
   n·ε² is held fixed the errors tend to the normal ones, which are continuous and decreasing in it.
   Checked by the claims that end in small gaps.
Reference. Hoeffding 1963; the sample sizes for pairs and the counter-examples: this file.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp
from flint import arb, ctx

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import binomial_at, cdf
from paygrade.theory.balls import binomial_below as binomial_tail

n = sp.Symbol("n", positive=True, integer=True)
gap, eps, effort = sp.symbols("h epsilon e", positive=True)  # e₀ - e₁, half-width, effort
SIGNAL = Fraction(1, 2)  # κ and ρ
HIGH = Fraction(9, 10)  # e₀
ERROR = Fraction(1, 20)  # α and β
Z = sp.Rational("1.644853626951472714863848908")  # z at 5 %
Z_TWO = sp.Rational("1.959963984540054235524594430521")  # z at 2.5 %
GAPS = (0.3, 0.1, 0.02, 0.004)
WIDTHS = tuple(2.0**-k for k in (3, 5, 7, 9))


def pair(at: Any) -> Any:
    """Return A of a pair, exact on fractions and expressions."""
    return (1 + SIGNAL * at**2) / 2 if isinstance(at, Fraction) else (1 + at**2 / 2) / 2


def review(at: Any) -> Any:
    """Return A of a review."""
    return (1 + SIGNAL * at) / 2 if isinstance(at, Fraction) else (1 + at / 2) / 2


def derive() -> Derivation:
    """Return Hoeffding's bound, both estimators' errors by it, and the test's normal equations."""
    derivation = Derivation()
    _hoeffding(derivation)
    _estimates(derivation)
    _tests(derivation)
    return derivation


def _hoeffding(derivation: Derivation) -> None:
    share, tilt, t, checks = sp.symbols("A lambda t n", positive=True)
    other = sp.Symbol("B", positive=True)  # 1 - A
    growth = sp.log(other + share * sp.exp(tilt)) - tilt * share
    tilted = share * sp.exp(tilt) / (other + share * sp.exp(tilt))
    derivation.identity("ψ(0) = 0", 1 + growth.subs(tilt, 0).subs(other, 1 - share), 1)
    derivation.identity("ψ'(0) = 0", 1 + growth.diff(tilt).subs(tilt, 0).subs(other, 1 - share), 1)
    derivation.identity(
        "ψ'' is the variance of a tilted check", growth.diff(tilt, 2), tilted * (1 - tilted)
    )
    p = sp.Symbol("p", real=True)
    derivation.identity(
        "¼ - p(1 - p)", sp.Rational(1, 4) - p * (1 - p), (p - sp.Rational(1, 2)) ** 2
    )
    derivation.nonnegative("so ψ'' <= ¼", (p - sp.Rational(1, 2)) ** 2)
    exponent = checks * (tilt**2 / 8 - tilt * t)
    derivation.identity(
        "the exponent is least at λ = 4t",
        exponent,
        checks * (tilt - 4 * t) ** 2 / 8 - 2 * checks * t**2,
    )
    count, accuracy = 200, Fraction(7, 10)
    derivation.hand(
        "step 1: exact tails are below exp(-2nt²), on either side",
        r"P(a - A \ge t) \le e^{-2nt^2}",
        [
            (arb(-2 * k * k) / count).exp() - tail
            for k in (1, 10, 20, 40)
            for tail in (
                at_least(140 + k, count, accuracy),
                below(140 - k + 1, count, ball(accuracy)),
            )
        ],
    )


def _estimates(derivation: Derivation) -> None:
    rho, kappa, e, width, alpha = sp.symbols("rho kappa e epsilon alpha", positive=True)
    found, checks = sp.Symbol("ê", positive=True), sp.Symbol("n", positive=True)

    def bound(t: Any) -> Any:
        return 2 * sp.exp(-2 * checks * t**2)

    def stated(slope: Any) -> Any:
        return 2 * sp.log(2 / alpha) / (slope**2 * width**2)

    for name, slope in (
        ("review: an error of ε is one of ρε/2 in a", rho),
        ("pair: one of at least κeε/2", kappa * e),
        ("pair, ε <= e: one of at least κ(2e - ε)ε/2", kappa * (2 * e - width)),
        ("pair, any e: one of at least κε²/2", kappa * width),
    ):
        derivation.identity(name, bound(slope * width / 2).subs(checks, stated(slope)), alpha)
    squares = found**2 - e**2
    derivation.identity(
        "pair: (ê² - e²)² - e²(ê - e)²",
        squares**2 - e**2 * (found - e) ** 2,
        (found - e) ** 2 * found * (found + 2 * e),
    )
    derivation.nonnegative("so abs(ê² - e²) >= e·abs(ê - e)", found * (found + 2 * e))
    derivation.identity(
        "pair: (ê² - e²)² - (ê - e)⁴",
        squares**2 - (found - e) ** 4,
        4 * e * found * (found - e) ** 2,
    )
    derivation.nonnegative("so abs(ê² - e²) >= (ê - e)²", 4 * e * found)
    derivation.identity("pair from below", e**2 - (e - width) ** 2, (2 * e - width) * width)
    derivation.identity("pair from above", (e + width) ** 2 - e**2, (2 * e + width) * width)
    derivation.positive("which is more", (2 * e + width) - (2 * e - width))
    derivation.positive("and 2e - ε >= e where ε <= e", (2 * e - width).subs(e, width + found))
    derivation.identity(
        "the sharper n is a quarter of the stated one as ε → 0",
        sp.limit(stated(kappa * e) / stated(kappa * (2 * e - width)), width, 0),
        4,
    )
    z = sp.Symbol("z", positive=True)
    accuracy = (1 + e * rho) / 2
    normal = z**2 / (accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy)) * width**2)
    derivation.identity(
        "price of the guarantee for reviews, over the asymptotic n",
        stated(rho) / normal,
        2 * sp.log(2 / alpha) / (z**2 * (1 - e**2 * rho**2)),
    )
    accuracy = (1 + e**2 * kappa) / 2
    normal = z**2 / (accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy)) * width**2)
    derivation.identity(
        "and for pairs",
        stated(kappa * e) / normal,
        8 * sp.log(2 / alpha) / (z**2 * (1 - e**4 * kappa**2)),
    )
    beyond, inside = sp.symbols("x y", positive=True)
    derivation.positive(
        "clipping at 1 brings nearer: abs(1 + x - e) - abs(1 - e), e = 1 - y",
        (1 + beyond - (1 - inside)) - (1 - (1 - inside)),
    )
    derivation.positive(
        "so does clipping at 0: abs(-x - e) - abs(0 - e), e = y", (beyond + inside) - inside
    )
    x = sp.Symbol("x", positive=True)
    half = sp.Rational(1, 2)
    tilted = (half + x) * sp.log(1 + 2 * x) + (half - x) * sp.log(1 - 2 * x)
    derivation.identity(
        "the constant is sharp near A = ½: KL(½ + x ‖ ½)/(2x²) → 1",
        sp.limit(tilted / (2 * x**2), x, 0),
        1,
    )
    derivation.identity(
        "KL(½ ‖ ½ + x)/(2x²) → 1", sp.limit(-sp.log(1 - 4 * x**2) / 2 / (2 * x**2), x, 0), 1
    )


def _tests(derivation: Derivation) -> None:
    a0, a1, s0, s1, z0, z1 = sp.symbols("A_0 A_1 s_0 s_1 z_alpha z_beta", positive=True)
    checks = ((z0 * s0 + z1 * s1) / (a0 - a1)) ** 2
    root = (z0 * s0 + z1 * s1) / (a0 - a1)
    derivation.identity("√n, as A₀ > A₁", root**2, checks)
    derivation.identity(
        "at this n the cutoffs that the two errors ask for meet",
        a0 - z0 * s0 / root,
        a1 + z1 * s1 / root,
    )
    x, y, lead = sp.symbols("x y D", positive=True)  # log(1/α), log(1/β), A₀ - A₁
    enough = (sp.sqrt(x) + sp.sqrt(y)) ** 2 / (2 * lead**2)
    derivation.identity(
        "by Hoeffding they meet at the guaranteed n",
        sp.sqrt(x / (2 * enough)) + sp.sqrt(y / (2 * enough)),
        lead,
    )
    derivation.identity(
        "where t = √(log(1/α)/2n), the error is α",
        sp.exp(-2 * enough * x / (2 * enough)),
        sp.exp(-x),
    )
    e, kappa = sp.symbols("e kappa", positive=True)
    for name, accuracy in (("pairs", (1 + e**2 * kappa) / 2), ("reviews", (1 + e * kappa) / 2)):
        lower = accuracy.subs(e, e - gap)
        information = accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy))
        # both spreads tend to √(A(1 - A)), so the formula is (z_α + z_β)² times this
        derivation.identity(
            f"as e₁ → e₀, n·I·(e₀ - e₁)² → (z_α + z_β)²: {name}",
            sp.limit(accuracy * (1 - accuracy) / ((accuracy - lower) / gap) ** 2, gap, 0)
            * information,
            1,
        )
    before = _second_error(150, pair, Fraction(3, 10), randomised=True)
    later = _second_error(160, pair, Fraction(3, 10), randomised=True)
    derivation.hand(
        "step 2: the randomised test is better than the cutoff test, and better with more checks",
        r"\tilde\beta_n \le \beta_n,\ \tilde\beta_{n+1} \le \tilde\beta_n",
        [_second_error(150, pair, Fraction(3, 10)) - before, before - later],
    )
    derivation.hand(
        "step 3: binomial tails are normal up to O(1/√n)",
        r"|P(K < nA - z\sqrt{nA(1-A)}) - \Phi(-z)| \le 0.4748/\sqrt{n A (1-A)}",
        [_berry_esseen(checks) for checks in (10**2, 10**4, 10**6)],
    )


def _berry_esseen(n: int) -> Any:
    """Return by how much Shevtsova's form of the bound holds, at z = 1.5 and A = 7/10."""
    accuracy = Fraction(7, 10)
    spread = math.sqrt(n * float(accuracy * (1 - accuracy)))
    k = int(n * accuracy - Fraction(1.5 * spread))
    z = (n * ball(accuracy) - k) / (n * ball(accuracy * (1 - accuracy))).sqrt()
    return arb("0.4748") / arb(spread) - abs(below(k + 1, n, ball(accuracy)) - cdf(-z))


def ball(number: Fraction) -> Any:
    """Return a fraction as a ball."""
    return arb(number.numerator) / number.denominator


def below(k: int, n: int, accuracy: Any) -> Any:
    """Return P(K < k) at 128 bits, which are plenty here and a third of the time of 256."""
    with ctx.workprec(128):
        return binomial_tail(k, n, accuracy)


def at_least(k: int, n: int, accuracy: Fraction) -> Any:
    """Return P(K >= k)."""
    return below(n - k + 1, n, ball(1 - accuracy))


def missed(n: int, kind: Callable[[Any], Any], at: Fraction, width: Fraction) -> Any:
    """Return P(abs(ê - e) >= ε), exactly: of the clipped estimator, on both sides."""
    accuracy, failed = kind(at), arb(0)
    if at + width <= 1:
        failed += at_least(math.ceil(n * kind(at + width)), n, accuracy)
    if at - width >= 0:
        failed += below(math.floor(n * kind(at - width)) + 1, n, ball(accuracy))
    return failed


def guaranteed(slope: Fraction, width: Fraction) -> int:
    """Return the least whole n >= 2·log(2/α)/(slope²·ε²), up to rounding."""
    return math.ceil(2.0 * math.log(2.0 / float(ERROR)) / float(slope * width) ** 2)


def _spare(n_of: Callable[[Fraction, Fraction], int], kind: Callable[[Any], Any]) -> Any:
    """Return, as a function of effort, the least of α - P(abs(ê - e) >= ε) over some ε."""

    def spare(at: float) -> Any:
        e = Fraction(str(at))
        least = arb(1)
        for width in (Fraction(1, 20), Fraction(1, 5)):
            n = n_of(e, width)
            least = least.min(ball(ERROR) - missed(n, kind, e, width))
        return least

    return spare


def exponent(kind: Callable[[Any], Any], at: Fraction, width: Fraction) -> Callable[[int], Any]:
    """Return -log(P(abs(ê - e) >= ε)/2)/n as a function of n."""
    return lambda checks: -(missed(checks, kind, at, width) / 2).log() / checks


def asymptotic(kind: Callable[[Any], Any], at: Any, width: float) -> int:
    """Return z²/(Iε²), rounded up."""
    x = sp.Symbol("x")
    accuracy, e = kind(x), sp.Rational(str(at))
    information = (accuracy.diff(x) ** 2 / (accuracy * (1 - accuracy))).subs(x, e)
    return int(sp.ceiling(Z_TWO**2 / (information * sp.Rational(width) ** 2)))


def coverage(kind: Callable[[Any], Any]) -> Callable[[float], Any]:
    """Return the error at the asymptotic n as a function of ε; e = 0.8."""
    return lambda width: missed(asymptotic(kind, 0.8, width), kind, Fraction(4, 5), Fraction(width))


def _cutoff(n: int, accuracy: Fraction) -> int:
    """Return a k next to the largest with P(K < k) <= α; callers prove which."""
    k = int(pg.ExpertReview(n=n, rho=1.0).cutoff_at(float(2 * accuracy - 1), float(Z)))
    k += 1  # the normal cutoff is off by a fraction; step down to where the size is right
    while not below(k, n, ball(accuracy)) <= ball(ERROR):
        k -= 1
    return k


@cache
def _second_error(
    n: int, kind: Callable[[Any], Any], lead: Fraction, *, randomised: bool = False
) -> Any:
    """Return P(K >= k | e₁) for the largest k of size α at most, a ball.

    Randomised, K = k is rejected too with the probability that makes the size α.
    """
    careful, careless = kind(HIGH), kind(HIGH - lead)
    k = _cutoff(n, careful)
    size, mass = below(k, n, ball(careful)), binomial_at(k, n, ball(careful))
    while size + mass <= ball(ERROR):
        k, size = k + 1, size + mass
        mass = binomial_at(k, n, ball(careful))
    if not size + mass > ball(ERROR):
        raise ValueError(f"the size at {k} of {n} can't be told from {ERROR}")
    passed = at_least(k, n, careless)
    if not randomised:
        return passed
    return passed - (ball(ERROR) - size) / mass * binomial_at(k, n, ball(careless))


def _sizes(lead: float, kind: Callable[[Any], Any]) -> tuple[int, int]:
    """Return n below which no test does, and an n with which a cutoff test does; both proved."""
    exact, target = Fraction(str(lead)), ball(ERROR)
    enough = _smallest(lead, kind)
    if not _second_error(enough, kind, exact) <= target:
        raise ValueError(f"{enough} checks do not do")
    low = _smallest(lead, kind, randomised=True)
    while low > 1 and not _second_error(low - 1, kind, exact, randomised=True) > target:
        low -= 1
    return low, enough


@cache
def _smallest(lead: float, kind: Callable[[Any], Any], *, randomised: bool = False) -> int:
    """Return the smallest n of a cutoff test by the library's floats."""

    def error(n: int) -> float:
        return _library_error(n, kind, lead, randomised)

    if not randomised:
        n = _smallest(lead, kind, randomised=True)
        while error(n) > float(ERROR):
            n += 1
        return n
    low, high = 1, 2
    while error(high) > float(ERROR):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if error(middle) > float(ERROR) else (low, middle)
    return high


def _library_error(n: int, kind: Callable[[Any], Any], lead: float, randomised: bool) -> float:
    monitor: pg.CountingMonitor = (
        pg.SelfConsistency(n=n, kappa=float(SIGNAL))
        if kind is pair
        else pg.ExpertReview(n=n, rho=float(SIGNAL))
    )
    top, error = float(HIGH), float(ERROR)
    k = int(monitor.cutoff_at(top, float(Z)))
    while k > 0 and monitor.fail_probability(k, top) > error:
        k -= 1
    while monitor.fail_probability(k + 1, top) <= error:
        k += 1
    low = float(HIGH - Fraction(str(lead)))
    passed = float(monitor.pass_probability(k, low))
    if not randomised:
        return passed
    size, more = (float(monitor.fail_probability(j, top)) for j in (k, k + 1))
    share = (error - size) / (more - size)
    return passed - share * (passed - float(monitor.pass_probability(k + 1, low)))


def enclosed(lead: float) -> Any:
    """Return a ball around the smallest n of a cutoff test with pairs, 0.9 against 0.9 - h."""
    low, high = _sizes(lead, pair)
    return arb(low).union(arb(high))


def enclosed_reviews(lead: float) -> Any:
    """Return the same with reviews."""
    low, high = _sizes(lead, review)
    return arb(low).union(arb(high))


def computed(lead: float) -> float:
    """Return the library's smallest n."""
    return float(_smallest(lead, pair))


def exactly(kind: Callable[[Any], Any]) -> Callable[[float], Any]:
    """Return the smallest n as a function of the gap, each n below it excluded one by one."""

    def smallest(lead: float) -> Any:
        low, high = _sizes(lead, kind)
        for n in range(low, high):
            if not _second_error(n, kind, Fraction(str(lead))) > ball(ERROR):
                return arb(low).union(arb(high))
        return arb(high)

    return smallest


def _formula(kind: Callable[[Any], Any]) -> Any:
    """Return the asymptotic n of the test as an expression in the gap."""
    top = sp.Rational(9, 10)
    careful, careless = kind(top), kind(top - gap)
    spread = sp.sqrt(careful * (1 - careful)) + sp.sqrt(careless * (1 - careless))
    return (Z * spread / (careful - careless)) ** 2


def excess(n: int, kind: Callable[[Any], Any]) -> Any:
    """Return β of the best cutoff test with n checks, less 5 %; 0.9 against 0.6."""
    return _second_error(n, kind, Fraction(3, 10)) - ball(ERROR)


def test_spare(lead: float) -> Any:
    """Return what is left of 5 % by a pair test of the guaranteed size."""
    exact = Fraction(str(lead))
    ahead = float(pair(HIGH) - pair(HIGH - exact))
    return ball(ERROR) - _second_error(
        math.ceil(2 * math.log(1 / float(ERROR)) / ahead**2), pair, exact
    )


def _quantile_claim(text: str, tail: Fraction, z: Any) -> Claim:
    return Claim(
        text,
        lambda _: cdf(-arb(z.p) / arb(z.q)),
        sp.Rational(tail.numerator, tail.denominator),
        band=sp.Rational(1, 10**25),
        symbol=effort,
        points=(1,),
    )


EFFORTS = (0.1, 0.5, 0.9, 1.0)

THEOREM = Theorem(
    name="T16",
    title="Sample sizes: guarantees and asymptotics",
    kind="exact",
    formula=r"n \ge \frac{2 \log(2/\alpha)}{\rho^2 \varepsilon^2},\;"
    r" n \ge \frac{2 \log(2/\alpha)}{\kappa^2 e^2 \varepsilon^2}"
    r" \Rightarrow P(|\hat e - e| \ge \varepsilon) \le \alpha; \qquad"
    r" n_{\min} \sim \left(\frac{z_\alpha \sqrt{A_0(1-A_0)} + z_\beta \sqrt{A_1(1-A_1)}}"
    r"{A_0 - A_1}\right)^2",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "smallest number of pairs for a test of 0.9 against 0.9 - h, over the formula",
            enclosed,
            _formula(pair),
            "→",
            band=gap / 2,
            symbol=gap,
            points=GAPS,
            limit=sp.Integer(1),
        ),
        Claim(
            "the same with reviews",
            enclosed_reviews,
            _formula(review),
            "→",
            band=gap / 2,
            symbol=gap,
            points=GAPS,
            limit=sp.Integer(1),
        ),
        Claim(
            "0.9 against 0.6 takes 200 pairs",
            exactly(pair),
            sp.Integer(200),
            symbol=gap,
            points=(0.3,),
        ),
        Claim("and 419 reviews", exactly(review), sp.Integer(419), symbol=gap, points=(0.3,)),
        Claim(
            "the formula's 193 pairs do not do, nor do 207",
            lambda k: excess(k, pair),
            relation="> 0",
            symbol=effort,
            points=(193, 207),
        ),
        Claim(
            "the formula's 411 reviews do not do, nor do 430",
            lambda k: excess(k, review),
            relation="> 0",
            symbol=effort,
            points=(411, 430),
        ),
        Claim(
            "the guaranteed size of the test does, by Hoeffding",
            test_spare,
            relation="> 0",
            symbol=gap,
            points=GAPS[:2],
        ),
        Claim(
            "error of a pair estimate at n = z²/(Iε²), e = 0.8",
            coverage(pair),
            sp.Rational(1, 20),
            "→",
            band=2 * eps,
            symbol=eps,
            points=WIDTHS,
            limit=sp.Rational(1, 20),
        ),
        Claim(
            "error of a review estimate there",
            coverage(review),
            sp.Rational(1, 20),
            "→",
            band=2 * eps,
            symbol=eps,
            points=WIDTHS,
            limit=sp.Rational(1, 20),
        ),
        Claim(
            "which is more than 5 % where ε = 1/8",
            lambda width: coverage(review)(width) - ball(ERROR),
            relation="> 0",
            symbol=eps,
            points=(0.125,),
        ),
        Claim(
            "exponent of the error of a review estimate at e = 0, ε = 1/8",
            exponent(review, Fraction(0), Fraction(1, 8)),
            sp.Rational(1, 2) ** 2 * sp.Rational(1, 8) ** 2 / 2,
            "≥",
            band=10**4 / n + sp.Rational(1, 1000),
            symbol=n,
            points=(10**3, 10**4, 10**5, 10**6, 10**7),
            limit=sp.Rational(1, 512),
        ),
        Claim(
            "and of a pair estimate at e = ε = ¼",
            exponent(pair, Fraction(1, 4), Fraction(1, 4)),
            sp.Rational(1, 2) ** 2 * sp.Rational(1, 4) ** 4 / 2,
            "≥",
            band=3 * 10**4 / n + sp.Rational(1, 1000),
            symbol=n,
            points=(10**3, 10**4, 10**5, 10**6, 10**7),
            limit=sp.Rational(1, 2048),
        ),
        Claim(
            "reviews: the stated n does, at every effort",
            _spare(lambda _, width: guaranteed(SIGNAL, width), review),
            relation="> 0",
            symbol=effort,
            points=EFFORTS,
        ),
        Claim(
            "pairs: the stated n does",
            _spare(lambda e, width: guaranteed(SIGNAL * e, width), pair),
            relation="> 0",
            symbol=effort,
            points=EFFORTS,
        ),
        Claim(
            "pairs: about a quarter of it does",
            _spare(lambda e, width: guaranteed(SIGNAL * (2 * e - width), width), pair),
            relation="> 0",
            symbol=effort,
            points=EFFORTS[1:],
        ),
        Claim(
            "pairs: what does at every effort",
            _spare(lambda _, width: guaranteed(SIGNAL * width, width), pair),
            relation="> 0",
            symbol=effort,
            points=EFFORTS,
        ),
        Claim(
            "pairs: the n of effort 0.9 does not do for less effort",
            lambda at: (
                missed(
                    guaranteed(SIGNAL * HIGH, Fraction(1, 10)),
                    pair,
                    Fraction(str(at)),
                    Fraction(1, 10),
                )
                - ball(ERROR)
            ),
            relation="> 0",
            symbol=effort,
            points=(0.1, 0.2),
        ),
        _quantile_claim("the quantile at 5 %", ERROR, Z),
        _quantile_claim("the quantile at 2.5 %", ERROR / 2, Z_TWO),
    ),
    computed_at=GAPS,
    agreement=1e-12,
)
