"""Conditions on the law of the outcome, decided by SymPy: likelihood ratio, tails, score.

Counts are treated in their accuracy A: with A = y/(1 + y), y > 0, every sign is plain to SymPy.
Monitors of finitely many outcomes between two laws (`SpanningMonitor`) have their outcomes ordered
by likelihood ratio, which loses nothing: a schedule may pay any wage on any outcome.
"""

from collections.abc import Callable
from dataclasses import replace

import sympy

from paygrade.agent.symbolic_sign import Validity, nonnegative
from paygrade.errors import NoClosedForm
from paygrade.model.closed_form import Expr
from paygrade.model.counting import CountingMonitor, GoldenQuestions, SelfConsistency
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.finite import SpanningMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.symbolic_monitor import SymbolicMonitor
from paygrade.model.symbolic_outcomes import (
    COUNT,
    OUTCOME,
    POSITIVE,
    OutcomeFormula,
    outcome_formula,
)
from paygrade.model.symbolic_primitives import EFFORT, exact

ODDS = sympy.Symbol("y", positive=True)
LEVEL = sympy.Symbol("y", positive=True)
INF = float("inf")
COUNTS = (1, 2, 5, 20, 100)  # tried as places where the distribution is not convex
TIME = sympy.Symbol("t", positive=True)
QUANTILES = (-1.5, -0.5, 0.5, 1.5)


def monotone_likelihood(problem: MoralHazard) -> Validity:
    """Decide dS/dx >= 0: larger outcomes speak for more effort."""
    name, words = "likelihood ratio", "the score rises with the outcome"
    monitor = problem.monitor
    if isinstance(monitor, SpanningMonitor):
        return _spanning(name, order=1)
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        return Validity(name, "undecided", "the score of unequal questions has no formula")
    if isinstance(monitor, CountingMonitor):
        slope = sympy.diff(_count_score(), COUNT)
        return nonnegative(name, words, slope, {ODDS: (0.0, INF)})
    law = _law(monitor)
    if law is None:
        return Validity(
            name, "undecided", f"{type(monitor).__name__} has no formula to derive from"
        )
    if law.two_outcomes:
        return nonnegative(name, words, sympy.diff(_count_score(), COUNT), {ODDS: (0.0, INF)})
    slope = sympy.diff(law.score, law.outcome)
    return nonnegative(name, words, slope, _ranges(problem, law), law.numbers)


def _count_score() -> Expr:
    """Return d/dA of K·log A + (n - K)·log(1 - A) in the odds y; A' >= 0 multiplies it."""
    accuracy, n = sympy.Symbol("A"), sympy.Symbol("n", positive=True)
    log_density = COUNT * sympy.log(accuracy) + (n - COUNT) * sympy.log(1 - accuracy)
    score = sympy.diff(log_density, accuracy).subs(accuracy, ODDS / (1 + ODDS))
    return sympy.factor(sympy.simplify(score))


def _spanning(name: str, order: int) -> Validity:
    """In the label ρ = high/low: S = (ρ - 1)/(1 - e + eρ) rises and is concave, e in [0, 1]."""
    ratio, odds = sympy.Symbol("rho", positive=True), sympy.Symbol("y", positive=True)
    effort = odds / (1 + odds)
    score = (ratio - 1) / (1 - effort + effort * ratio)
    slope = sympy.factor(sympy.simplify(sympy.diff(score, ratio, order)))
    words = "with outcomes ordered by likelihood ratio the score rises" + " and is concave" * (
        order - 1
    )
    return nonnegative(name, words, slope if order == 1 else -slope, {ratio: (0.0, INF)})


def score_concave(problem: MoralHazard) -> Validity:
    """Decide that the score is nondecreasing and concave in the outcome (or in its statistic)."""
    name = "score"
    if isinstance(problem.monitor, SpanningMonitor):
        if min(problem.monitor.low) <= 0.0:
            words = "an outcome that the low law never gives has an infinite likelihood ratio"
            return Validity(name, "undecided", words)
        return _spanning(name, order=2)
    rising = monotone_likelihood(problem)
    if rising.answer != "holds":
        return Validity(name, rising.answer, rising.condition, rising.relation, rising.witness)
    if isinstance(problem.monitor, CountingMonitor):
        curve, words = sympy.diff(_count_score(), COUNT, 2), "the score is affine in the count"
        return nonnegative(name, words, -curve, {ODDS: (0.0, INF)})
    law = outcome_formula(problem.monitor)
    if law.statistic is None:
        curve = sympy.diff(law.score, law.outcome, 2)
        words = "the score is concave in the outcome"
        return nonnegative(name, words, -curve, _ranges(problem, law), law.numbers)
    statistic = sympy.Symbol("T", real=True)
    curve = sympy.diff(sympy.expand(law.score).subs(law.statistic, statistic), statistic, 2)
    words = f"the score is affine in {law.statistic}"
    return nonnegative(name, words, -curve, {}, law.numbers)


def convex_distribution(problem: MoralHazard) -> Validity:
    """Decide d²F/de² >= 0 at every outcome."""
    name, words = "distribution", "P(X <= x) is convex in effort at every x"
    monitor = problem.monitor
    if isinstance(monitor, SpanningMonitor):
        words = "P(X <= x) is linear in effort, and so is the agent's expected utility (LDFC)"
        return Validity(name, "holds", words)
    if isinstance(monitor, SymbolicMonitor):
        return _symbolic_distribution(problem, monitor, words)
    law = _law(monitor)
    efforts = _efforts(problem)
    if isinstance(monitor, CountingMonitor) or (law is not None and law.two_outcomes):
        expr, numbers = _all_agree(monitor)
        if isinstance(monitor, SelfConsistency):
            expr, words = expr.subs(EFFORT, sympy.sqrt(TIME)), words.replace("effort", "t = e²")
            squares = {TIME: (efforts[EFFORT][0] ** 2, efforts[EFFORT][1] ** 2)}
            return nonnegative(name, words, -sympy.diff(expr, TIME, 2), squares, numbers)
        return nonnegative(name, words, -sympy.diff(expr, EFFORT, 2), efforts, numbers)
    if law is None:
        return Validity(
            name, "undecided", f"{type(monitor).__name__} has no formula to derive from"
        )
    curve = sympy.diff(_distribution(monitor, law), EFFORT, 2)
    if isinstance(monitor, DistributionMonitor) and monitor.law.is_discrete:
        for at in COUNTS:
            found = nonnegative(name, words, curve.subs(POSITIVE, at), efforts, law.numbers)
            if found.answer == "fails":
                return replace(found, witness=(("x", float(at)), *found.witness))
        return Validity(name, "undecided", f"no count up to {COUNTS[-1]} refutes that {words}")
    return nonnegative(name, words, curve, {**efforts, **_ranges(problem, law)}, law.numbers)


def _all_agree(monitor: object) -> tuple[Expr, dict[Expr, Expr]]:
    """Return P(K = n), the tail whose convexity in effort breaks the condition when n >= 2."""
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        chances = [(1 + exact(margin) * EFFORT) / 2 for margin in monitor.all_margins[:40]]
        return sympy.Mul(*chances), {}
    law = outcome_formula(monitor)
    n = sympy.sympify(law.most).subs(law.numbers)
    return law.mean**n, dict(law.numbers)


def _distribution(monitor: object, law: OutcomeFormula) -> Expr:
    """Return F(x|e), up to terms free of effort or positive factors."""
    e, x = EFFORT, POSITIVE
    family = monitor.family if isinstance(monitor, DistributionMonitor) else "normal"
    if family in ("normal", "lognormal"):
        noise = law.noise if law.noise is not None else next(iter(law.numbers)) ** 2
        return (1 + sympy.erf((law.statistic - e) / sympy.sqrt(2 * noise))) / 2
    if family == "student_t":  # F_e = -f(x - e): f up to its constant
        z = sympy.Symbol("z", real=True)
        return -sympy.Integral(sympy.exp(law.log_density), (e, 0, z)).subs(z, e)
    shape = next(iter(law.numbers), sympy.S.One)
    scaled = shape * x / e
    return {
        "exponential": 1 - sympy.exp(-x / e),
        "gamma": sympy.lowergamma(shape, scaled) / sympy.gamma(shape),
        "poisson": sympy.uppergamma(x + 1, e) / sympy.gamma(x + 1),
        "geometric": 1 - (e / (1 + e)) ** (x + 1),
    }[family]


def _symbolic_distribution(problem: MoralHazard, monitor: SymbolicMonitor, words: str) -> Validity:
    name = "distribution"
    renamed = {monitor.outcome: OUTCOME, monitor.effort: EFFORT}
    pdf = monitor.pdf.subs(renamed, simultaneous=True)
    curve = sympy.simplify(sympy.diff(pdf, EFFORT, 2))
    if curve == 0:
        words = "p(x|e) is linear in effort, and so is the agent's expected utility (LDFC)"
        return Validity(name, "holds", words, sympy.Eq(sympy.diff(pdf, EFFORT, 2), 0))
    effort = _middle(problem)
    low = monitor.support.inf
    for cutoff in map(float, monitor.cutoff_at(effort, QUANTILES)):
        if isinstance(monitor.support, sympy.Interval):
            tail = sympy.Integral(curve.subs(EFFORT, exact(effort)), (OUTCOME, low, exact(cutoff)))
            value = float(tail.evalf(15))
        elif monitor.support.is_finite_set:
            below = [x for x in monitor.support if x <= cutoff]
            value = float(sum(curve.subs({OUTCOME: x, EFFORT: exact(effort)}) for x in below))
        else:
            break
        if value < -1e-9:
            relation = sympy.Ge(sympy.Symbol("F_ee"), 0)
            witness = (("x", cutoff), ("e", effort), ("value", value))
            return Validity(name, "fails", f"not true that {words}", relation, witness)
    return Validity(name, "undecided", f"found no outcome that refutes, and no proof, that {words}")


def convex_lower_tail(problem: MoralHazard) -> Validity:
    """Decide that E_e[φ(X)] is concave for every increasing concave φ: tail and mean conditions.

    It is enough for φ = -(y - x)⁺ (the integral of F up to y) and for the mean (Jewitt 1988).
    """
    name, monitor = "lower tail", problem.monitor
    if isinstance(monitor, SpanningMonitor):
        return Validity(name, "holds", "expectations are linear in effort")
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        words = "d²/de² E[φ(K)] is a sum over pairs of A_i'·A_j'·E[second difference of φ]"
        return Validity(name, "holds", words)
    law = _law(monitor)
    if isinstance(monitor, CountingMonitor) or (law is not None and law.two_outcomes):
        words = "d²/dA² E[φ(K)] = n(n - 1)·E[second difference of φ at n - 2]"
        return _by_identity(name, words, binomial_identity)
    family = monitor.family if isinstance(monitor, DistributionMonitor) else "normal"
    if law is None or isinstance(monitor, SymbolicMonitor):
        words = f"the lower tail of {type(monitor).__name__} has no formula to derive from"
        return Validity(name, "undecided", words)
    if family == "poisson":
        words = "d²/de² E[φ(X)] = E[second difference of φ]"
        return _by_identity(name, words, poisson_identity)
    if family == "student_t":
        return Validity(
            name, "holds", "effort is a location: d²/de² E[(y - e - noise)⁺] is a density"
        )
    words = "the integral of P(X <= x) up to any y is convex in effort, the mean linear"
    curve = sympy.simplify(sympy.diff(_lower_tail(family, law), EFFORT, 2))
    level = LEVEL if law.least == 0 else OUTCOME
    ranges = {level: (0.0 if law.least == 0 else -INF, INF), **_efforts(problem)}
    return nonnegative(name, words, curve, ranges, law.numbers)


def _lower_tail(family: str, law: OutcomeFormula) -> Expr:
    """Return E[(y - T)⁺]; for the lognormal law T = log x."""
    e, y = EFFORT, LEVEL
    if family in ("normal", "lognormal"):
        noise = law.noise if law.noise is not None else next(iter(law.numbers)) ** 2
        z = (OUTCOME - e) / sympy.sqrt(noise)
        density = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
        below = (1 + sympy.erf(z / sympy.sqrt(2))) / 2
        return (OUTCOME - e) * below + sympy.sqrt(noise) * density
    if family == "geometric":  # y - E[min(X, y)], whole y: a geometric sum
        return y - e * (1 - (e / (1 + e)) ** y)
    shape = next(iter(law.numbers), sympy.S.One)
    if family == "exponential":
        return y - e * (1 - sympy.exp(-y / e))
    below, above = (sympy.lowergamma(k, shape * y / e) / sympy.gamma(k) for k in (shape, shape + 1))
    return y * below - e * above


def binomial_identity() -> Expr:
    """Return dp_n(k)/dA - n·(p_{n-1}(k-1) - p_{n-1}(k)) over p_n(k): 0 by simplification.

    Summed by parts, d/dA E_n[φ] = n·E_{n-1}[Δφ]; twice, n(n - 1)·E_{n-2}[Δ²φ].
    """
    n, k, a = sympy.symbols("n k A", positive=True)

    def log_derivative() -> Expr:
        return k / a - (n - k) / (1 - a)

    # p_{n-1}(k-1)/p_n(k) = k/(n·A) and p_{n-1}(k)/p_n(k) = (n-k)/(n·(1-A)), from the factorials
    up = sympy.gammasimp(sympy.binomial(n - 1, k - 1) / sympy.binomial(n, k)) / a
    stay = sympy.gammasimp(sympy.binomial(n - 1, k) / sympy.binomial(n, k)) / (1 - a)
    return sympy.simplify(log_derivative() - n * (up - stay))


def poisson_identity() -> Expr:
    """Return dp(k)/de - (p(k-1) - p(k)) over p(k) for the Poisson law: 0 by simplification."""
    k, e = sympy.symbols("k e", positive=True)
    mass = e**k * sympy.exp(-e) / sympy.gamma(k + 1)
    difference = sympy.diff(mass, e) - (mass.subs(k, k - 1) - mass)
    return sympy.simplify(sympy.gammasimp(difference / mass))


def _by_identity(name: str, words: str, identity: Callable[[], Expr]) -> Validity:
    found = identity()
    if found != 0:
        return Validity(name, "undecided", f"SymPy does not confirm that {words}")
    return Validity(name, "holds", words, sympy.true)


def _law(monitor: object) -> OutcomeFormula | None:
    try:
        law = outcome_formula(monitor)
    except NoClosedForm:
        return None
    return law if law.log_density is not None else None


def _middle(problem: MoralHazard) -> float:
    low, high = problem.efforts.low, problem.efforts.high
    return 0.5 * (low + high) if high < INF else low + 1.0


def _efforts(problem: MoralHazard) -> dict[Expr, tuple[float, float]]:
    return {EFFORT: (problem.efforts.low, problem.efforts.high)}


def _ranges(problem: MoralHazard, law: OutcomeFormula) -> dict[Expr, tuple[float, float]]:
    ends = (float(law.least), float(sympy.sympify(law.most).subs(law.numbers)))
    return {law.outcome: ends, **_efforts(problem)}
