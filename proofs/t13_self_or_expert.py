"""Self-consistency against expert review.

Setting. Items s with margin δ(s) in [-1, 1]; an annotator of effort 0 < e <= 1 labels as
P(1|s) = (1 + eδ)/2. A check compares either two labels of one item by one annotator, κ = E[δ²], or
a label with an expert's of margin ε(s), ρ = E[δε]. 0 < κ < 1, abs(ρ) < 1; at e = κ = 1 the pair's
information is infinite.
Statement (exact). I_self = 4e²κ²/(1 - e⁴κ²) >= I_expert = ρ²/(1 - e²ρ²) if and only if
  abs(ρ) <= R = 2eκ/√(1 + 3e⁴κ²);
with an expert unit that costs m pairs, information per unit of money: if and only if
  abs(ρ) <= R_m = 2eκ√m/√(1 + (4m - 1)e⁴κ²).
Shared tastes, ρ = κ: self-consistency informs more exactly above the effort
  e = 1/√(2 + √(4 - 3κ²)), which runs from ½ (κ → 0) to 1/√3 (κ → 1).
Tastes of variance v around the common margin: ρ = κ - v, so exactly when v >= κ - R, that is when
  v >= ρ/√(4e² - 3e⁴ρ²) - ρ.
Margins p ~ Beta(a, a): κ = 1/(2a + 1).
Idea. A pair squares the effort: A = (1 + e²κ)/2 is steeper in e than (1 + eρ)/2 once 2eκ > ρ, but
flat near e = 0, where luck looks like work. Taste moves a label away from the expert's, but moves
both labels of a pair together.
By hand. Two steps.
1. A mean-zero law of tastes is a mixture of two-point mean-zero laws, so the moments are derived
   for one of those, per item; expectations over items are linear. Checked with a uniform law.
2. The mean of the derivative of δ(p(1-p))^a over [0, 1] is zero because δ(p(1-p))^a vanishes at
   both ends (fundamental theorem of calculus); checked by enclosing both integrals.
Reference. That experts are not needed is arXiv 2502.06387's point; the inequality, its threshold
and its price are this file's.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy as sp
from flint import acb, arb, arb_series
from scipy.optimize import brentq

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import root

kappa, e, v, a = sp.symbols("kappa e v a", positive=True)
KAPPAS = (2.0**-20, 0.125, 0.25, 0.5, 0.75, 0.96875, 1.0)
EFFORTS = (0.125, 0.25, 0.5, 0.8, 0.95)
PRICE = 3  # an expert's label over one more label of the annotator's
# weight, common margin: the population of the claim on tastes
ITEMS = (("0.3", "-0.6"), ("0.3", "0.1"), ("0.4", "0.5"))


def derive() -> Derivation:
    """Return the derivation: both laws of a check, their informations, and who informs more."""
    derivation = Derivation()
    rho = sp.Symbol("rho", real=True)
    _laws(derivation)
    self_, expert = _information((1 + e**2 * kappa) / 2), _information((1 + e * rho) / 2)
    derivation.identity("a pair's", self_, 4 * e**2 * kappa**2 / (1 - e**4 * kappa**2))
    derivation.identity("a review's", expert, rho**2 / (1 - e**2 * rho**2))
    _inequality(derivation, self_, expert, rho)
    _threshold(derivation, (self_ - expert).subs(rho, kappa))
    _tastes(derivation)
    _beta(derivation)
    return derivation


def _laws(derivation: Derivation) -> None:
    delta, eps = sp.symbols("delta epsilon", real=True)
    label, expert = (1 + e * delta) / 2, (1 + eps) / 2
    derivation.identity(
        "two labels of one item agree",
        label**2 + (1 - label) ** 2,
        (1 + e**2 * delta**2) / 2,
    )
    derivation.identity(
        "a label agrees with the expert's",
        label * expert + (1 - label) * (1 - expert),
        (1 + e * delta * eps) / 2,
    )


def _information(accuracy: Any) -> Any:
    """Return A'²/(A(1 - A))."""
    return accuracy.diff(e) ** 2 / (accuracy * (1 - accuracy))


def _inequality(derivation: Derivation, self_: Any, expert: Any, rho: Any) -> None:
    price = sp.Symbol("m", positive=True)
    reach = reach_of(price)
    certain = (1 - e**4 * kappa**2) * (1 - e**2 * rho**2)
    scale = 1 + (4 * price - 1) * e**4 * kappa**2
    derivation.identity(
        "per unit of money, the pair's lead has the sign of R² - ρ²",
        price * self_ - expert,
        scale * (reach**2 - rho**2) / certain,
    )
    derivation.identity(
        "per check, m = 1: R is the stated bound",
        (self_ - expert).subs(rho, 2 * e * kappa / sp.sqrt(1 + 3 * e**4 * kappa**2)) + 1,
        1,
    )
    derivation.identity(
        "which has the sign of R - abs(ρ)",
        (reach - sp.Abs(rho)) * (reach + sp.Abs(rho)),
        reach**2 - rho**2,
    )
    # e in (0, 1], κ and ρ² in (0, 1): every such number is one of these
    some, more = sp.Symbol("s", nonnegative=True), sp.Symbol("t", positive=True)
    unit = {e: 1 / (1 + some), kappa: 1 / (1 + more)}
    derivation.positive("1 - e⁴κ² > 0", (1 - e**4 * kappa**2).subs(unit))
    derivation.positive("1 - e²ρ² > 0", 1 - unit[e] ** 2 / (1 + more))
    derivation.positive("1 + (4m - 1)e⁴κ² > 0", sp.expand(sp.numer(sp.together(scale.subs(unit)))))
    derivation.positive("R > 0", 2 * e * kappa * sp.sqrt(price))


def reach_of(price: Any) -> Any:
    """Return R_m, the largest correlation at which pairs are worth their money."""
    return 2 * e * kappa * sp.sqrt(price) / sp.sqrt(1 + (4 * price - 1) * e**4 * kappa**2)


def _threshold(derivation: Derivation, lead: Any) -> None:
    """With r = √(4 - 3κ²) everything is rational; κ in (0, 1] is r in [1, 2)."""
    r, t = sp.symbols("r t", positive=True)
    beyond = sp.Symbol("s", nonnegative=True)
    first, second = 1 / (2 + r), (2 + r) / (4 - r**2)
    derivation.identity(
        "the lead as a quadratic in t = e²",
        lead.subs(e, sp.sqrt(t)),
        kappa**2 * (4 * t - 1 - 3 * kappa**2 * t**2) / ((1 - t**2 * kappa**2) * (1 - t * kappa**2)),
    )
    derivation.identity(
        "its roots are 1/(2 + r) and (2 + r)/(3κ²)",
        4 * t - 1 - (4 - r**2) * t**2,
        (4 - r**2) * (t - first) * (second - t),
    )
    derivation.identity("the second, less 1", second - 1, (r - 1) / (2 - r))
    derivation.nonnegative("which no effort reaches: r >= 1", (r - 1).subs(r, 1 + beyond))
    derivation.identity(
        "so the threshold is the first, as an effort",
        THRESHOLD**2,
        first.subs(r, sp.sqrt(4 - 3 * kappa**2)),
    )
    derivation.positive("κ² = (4 - r²)/3 falls in r", -((4 - r**2) / 3).diff(r))
    derivation.positive("and so does the threshold: it rises in κ", -sp.sqrt(first).diff(r))
    derivation.identity("½ where κ → 0", THRESHOLD.subs(kappa, 0), sp.Rational(1, 2))
    derivation.identity("1/√3 where κ → 1", THRESHOLD.subs(kappa, 1), 1 / sp.sqrt(3))


def _tastes(derivation: Derivation) -> None:
    common, x = sp.symbols("delta x", real=True)
    q = sp.Symbol("q", positive=True)
    # a two-point taste of mean zero: x with probability q, else y
    y = -q * x / (1 - q)
    spread = q * x**2 + (1 - q) * y**2

    def mean(f: Callable[[Any], Any]) -> Any:
        return q * f(x) + (1 - q) * f(y)

    derivation.identity("the taste has mean zero", 1 + mean(lambda xi: xi), 1)
    derivation.identity(
        "an annotator's κ is the common one plus the variance",
        mean(lambda xi: (common + xi) ** 2),
        common**2 + spread,
    )
    derivation.identity(
        "ρ with an expert of another taste is the common κ: ρ = κ - v",
        mean(lambda xi: mean(lambda other: (common + xi) * (common + other))),
        mean(lambda xi: (common + xi) ** 2) - spread,
    )
    rho = sp.Symbol("rho", positive=True)
    enough = rho / sp.sqrt(4 * e**2 - 3 * e**4 * rho**2)
    derivation.identity(
        "R meets ρ at the stated taste", reach_of(1).subs(kappa, enough) ** 2, rho**2
    )
    derivation.identity(
        "dR/dκ", reach_of(1).diff(kappa), 2 * e / (1 + 3 * e**4 * kappa**2) ** sp.Rational(3, 2)
    )
    derivation.positive("R rises in κ, so it lies above ρ from there on", reach_of(1).diff(kappa))
    other = arb("0.3")
    found = _mean_over(lambda xi: (other + xi) ** 2) - other**2
    derivation.hand(
        "step 1: the same for a taste that is uniform on [-½, ½], v = 1/12",
        r"E[(\bar\delta + \xi)^2] = \bar\delta^2 + v",
        [arb(10) ** -9 - abs(found - arb(1) / 12)],
    )


def _mean_over(f: Callable[[Any], Any]) -> Any:
    half = arb(1) / 2
    return acb.integral(lambda xi, _: f(xi), -half, half).real


def _beta(derivation: Derivation) -> None:
    p, b = sp.symbols("p a", positive=True)
    margin, weight = 2 * p - 1, (p * (1 - p)) ** b / (p * (1 - p))
    edge = margin * (p * (1 - p)) ** b
    derivation.identity(
        "Beta(a, a): d/dp δ(p(1-p))^a = (1 - (2a + 1)δ²)/2 times the density",
        edge.diff(p),
        weight * (1 - (2 * b + 1) * margin**2) / 2,
    )
    derivation.identity("it vanishes at p = 0", 1 + edge.subs(p, 0), 1)
    derivation.identity("and at p = 1", 1 + edge.subs(p, 1), 1)
    moment = sp.Symbol("kappa")
    derivation.identity(
        "so the mean of 1 - (2a + 1)δ² is zero",
        sp.solve(1 - (2 * b + 1) * moment, moment)[0],
        1 / (2 * b + 1),
    )
    derivation.hand(
        "step 2: both integrals, a = 1, 3/2 and 4",
        r"\int_0^1 (1 - (2a+1)\delta^2) (p(1-p))^{a-1} dp = 0",
        [arb(10) ** -9 - abs((2 * arb(x) + 1) * beta_kappa(x) - 1) for x in (1.0, 1.5, 4.0)],
    )


def information(accuracy: Callable[[Any], Any], effort: Any) -> Any:
    """Return the information of a check, its accuracy differentiated as a power series."""
    series = accuracy(arb_series([effort, 1]))
    return series[1] ** 2 / (series[0] * (1 - series[0]))


def self_information(effort: Any, signal: Any) -> Any:
    """Return a pair's."""
    return information(lambda x: (1 + x * x * signal) / 2, effort)


def expert_information(effort: Any, signal: Any) -> Any:
    """Return a review's."""
    return information(lambda x: (1 + x * signal) / 2, effort)


def enclosed(signal: float) -> Any:
    """Return the effort at which both inform equally, tastes shared."""
    k = arb(signal)

    def lead(effort: Any) -> Any:
        return self_information(effort, k) - expert_information(effort, k)

    return root(lead, arb("0.1"), arb("0.9"))


def computed(signal: float) -> float:
    """Return the same from the library's informations."""
    pair, review = pg.SelfConsistency(n=1, kappa=signal), pg.ExpertReview(n=1, rho=signal)

    def lead(effort: float) -> float:
        return float(pair.fisher_information(effort) - review.fisher_information(effort))

    return float(brentq(lead, 0.1, 0.9, xtol=1e-15))


def equal_correlation(price: int) -> Callable[[float], Any]:
    """Return the ρ, as a function of effort, at which both inform equally for the money; κ = ½."""

    def measured(effort: float) -> Any:
        x, pair = arb(effort), price * self_information(arb(effort), arb(1) / 2)
        return root(lambda rho: expert_information(x, rho) - pair, arb(0), arb(1))

    return measured


@cache
def normal_kappa() -> Any:
    """Return E[tanh²(Δr/2)] for Δr ~ N(0, 2²); what lies beyond 80 is added as a ball."""
    far, scale = arb(80), arb(2)

    def integrand(x: Any, _: bool) -> Any:
        return (x / 2).tanh() ** 2 * (-x * x / (2 * scale**2)).exp()

    inside = acb.integral(integrand, -far, far).real / (scale * (2 * arb.pi()).sqrt())
    beyond = (far / (scale * arb(2).sqrt())).erfc()
    return inside + arb(0).union(beyond)


def beta_kappa(shape: float) -> Any:
    """Return E[δ²] for p ~ Beta(a, a), 2a whole, with δ = sin φ: the weight is cos^(2a-1) φ."""
    power, half = round(2 * shape - 1), arb.pi() / 2

    def moment(order: int) -> Any:
        return acb.integral(lambda x, _: x.sin() ** order * x.cos() ** power, -half, half).real

    return moment(2) / moment(0)


def _tasteful(variance: float) -> tuple[Any, Any]:
    """Return A of a pair and of a review as functions of effort, from the labels one by one.

    Annotator and expert each draw a taste of ±√v for each item; the expert's effort is 1.
    """
    width = arb(variance).sqrt()

    def label(effort: Any, margin: Any) -> Any:
        return (1 + effort * margin) / 2

    def mean(agree: Callable[[Any, Any], Any]) -> Any:
        total = 0
        for weight, common in ITEMS:
            drawn = [arb(common) + side * width for side in (-1, 1)]
            total += arb(weight) / 4 * sum(agree(own, other) for own in drawn for other in drawn)
        return total

    def same(p: Any, q: Any) -> Any:
        return p * q + (1 - p) * (1 - q)

    return (
        lambda x: mean(lambda own, _: same(label(x, own), label(x, own))),
        lambda x: mean(lambda own, other: same(label(x, own), label(1, other))),
    )


def enough_taste(effort: float) -> Any:
    """Return the variance of tastes at which both inform equally."""
    x, common = arb(effort), sum((arb(w) * arb(d) ** 2 for w, d in ITEMS), arb(0))
    review = expert_information(x, common)
    return root(lambda spread: self_information(x, common + spread) - review, arb(0), 1 - common)


def tasteful_self(variance: float) -> Any:
    """Return a pair's information at effort 0.8 in a population of tastes."""
    return information(_tasteful(variance)[0], arb("0.8"))


def tasteful_expert(variance: float) -> Any:
    """Return a review's."""
    return information(_tasteful(variance)[1], arb("0.8"))


def _claimed_self(signal: Any) -> Any:
    return 4 * EFFORT**2 * signal**2 / (1 - EFFORT**4 * signal**2)


def _claimed_expert(signal: Any) -> Any:
    return signal**2 / (1 - EFFORT**2 * signal**2)


EFFORT = sp.Rational(4, 5)
THRESHOLD = 1 / sp.sqrt(2 + sp.sqrt(4 - 3 * kappa**2))
COMMON = sum(sp.Rational(w) * sp.Rational(d) ** 2 for w, d in ITEMS)  # E of the common margin²
ENOUGH = COMMON / sp.sqrt(4 * e**2 - 3 * e**4 * COMMON**2) - COMMON
VARIANCES = (1 / 64, 1 / 16, 9 / 64)


def _vector(text: str, measured: Callable[[], Any], digits: str) -> Claim:
    """Return a claim that rounds to `digits`, which theory section 6.6 gives or should give."""
    value = sp.Rational(digits)
    half_a_unit = sp.Rational(1, 2000) / value
    return Claim(text, lambda _: measured(), value, band=half_a_unit, symbol=e, points=(0.8,))


THEOREM = Theorem(
    name="T13",
    title="Self-consistency against expert review",
    kind="exact",
    formula=r"I_{\mathrm{self}} \ge I_{\mathrm{expert}} \iff"
    r" |\rho| \le \frac{2 e \kappa}{\sqrt{1 + 3 e^4 \kappa^2}}",
    derive=derive,
    computed=computed,
    enclosed=enclosed,
    claims=(
        Claim(
            "effort above which pairs inform more, shared tastes",
            enclosed,
            THRESHOLD,
            symbol=kappa,
            points=KAPPAS,
        ),
        Claim(
            "correlation below which a pair informs more than a review, κ = ½",
            equal_correlation(1),
            reach_of(1).subs(kappa, sp.Rational(1, 2)),
            symbol=e,
            points=EFFORTS,
        ),
        Claim(
            f"the same per unit of money, an expert's label {PRICE} times as dear",
            equal_correlation(PRICE),
            reach_of(PRICE).subs(kappa, sp.Rational(1, 2)),
            symbol=e,
            points=EFFORTS,
        ),
        Claim(
            "a pair's information with tastes: κ + v",
            tasteful_self,
            _claimed_self(COMMON + v),
            symbol=v,
            points=VARIANCES,
        ),
        Claim(
            "a review's information with tastes: κ, whatever v",
            tasteful_expert,
            _claimed_expert(COMMON),
            symbol=v,
            points=VARIANCES,
        ),
        Claim(
            "variance of tastes from which pairs inform more",
            enough_taste,
            ENOUGH,
            symbol=e,
            points=(0.125, 0.25, 0.375, 0.5),
        ),
        Claim(
            "κ = 1/(2a + 1) where p ~ Beta(a, a)",
            beta_kappa,
            1 / (2 * a + 1),
            symbol=a,
            points=(0.5, 1.0, 1.5, 2.0, 4.0, 16.0),
        ),
        _vector("κ where Δr ~ N(0, 2²)", normal_kappa, "0.394"),
        _vector("its I_self", lambda: self_information(arb("0.8"), normal_kappa()), "0.425"),
        _vector("its I_expert", lambda: expert_information(arb("0.8"), normal_kappa()), "0.173"),
        _vector(
            "I_self where p ~ Beta(½, ½)",
            lambda: self_information(arb("0.8"), beta_kappa(0.5)),
            "0.713",
        ),
        _vector("its I_expert", lambda: expert_information(arb("0.8"), beta_kappa(0.5)), "0.298"),
        Claim(
            "below the threshold reviews inform more, κ = ½",
            lambda effort: (
                expert_information(arb(effort), arb(1) / 2)
                - self_information(arb(effort), arb(1) / 2)
            ),
            relation="> 0",
            symbol=e,
            points=(0.125, 0.375, 0.5),
        ),
    ),
    computed_at=KAPPAS[1:],
    agreement=1e-12,
)
