"""The law of the outcome as SymPy formulas: mean, log density, score and information.

Only the mean and the log density are stated, once for each monitor (theory section 1 and the table
of `paygrade.model.family`); score and information are derived from the log density by SymPy. The
outcome is a count K for counting monitors, of which a linear contract pays on the share K/n.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, singledispatch
from typing import Any

import sympy

from paygrade.errors import NoClosedForm
from paygrade.model.counting import ComparisonMode, ExpertReview, GoldenQuestions, SelfConsistency
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.finite import SpanningMonitor
from paygrade.model.normal import NormalMonitor
from paygrade.model.symbolic_monitor import SymbolicMonitor
from paygrade.model.symbolic_primitives import EFFORT, Expr, exact, parameter

OUTCOME = sympy.Symbol("x", real=True)
POSITIVE = sympy.Symbol("x", positive=True)
COUNT = sympy.Symbol("K", nonnegative=True)


@dataclass(frozen=True)
class OutcomeFormula:
    """One monitor's law.

    Attributes:
        mean: what a linear contract's slope is paid on, in expectation; None where it has no form.
        log_density: log p(x|e) up to a term free of effort; None where it has no form.
        outcome: the symbol in it.
        statistic: T(x) that the score is affine in, with mean `statistic_mean`; None for none.
        least, most: bounds of the outcome, as numbers or symbols.
        numbers: values of the parameters.
        noise: variance of a normal outcome; None for others.
    """

    mean: Expr | None = None
    log_density: Expr | None = None
    outcome: Expr = OUTCOME
    statistic: Expr | None = None
    statistic_mean: Expr | None = None
    least: Expr = -sympy.oo
    most: Expr = sympy.oo
    numbers: Mapping[Any, Any] = field(default_factory=dict)
    noise: Expr | None = None

    @cached_property
    def score(self) -> Expr:
        """S(x) = d/de log p(x|e).

        Raises:
            NoClosedForm: where the log density has no formula.
        """
        if self.log_density is None:
            raise NoClosedForm(
                "the outcome's probabilities have no short formula, so its score has none; use the"
                " numeric solvers"
            )
        return sympy.simplify(sympy.diff(self.log_density, EFFORT))

    @cached_property
    def information(self) -> Expr:
        """Fisher information of the whole outcome, n·I(e) = -E[dS/de].

        dS/de is affine in the statistic T, so its mean has E[T] in the place of T.

        Raises:
            NoClosedForm: where the score is not affine in a statistic of known mean.
        """
        slope = sympy.diff(self.score, EFFORT)
        mean = sympy.Symbol("T")
        if self.statistic is not None:
            slope = sympy.expand(slope).subs(self.statistic, mean)
            curved = sympy.simplify(sympy.diff(slope, mean, 2))
            if curved == 0 and not slope.has(self.outcome):
                return sympy.simplify(-slope.subs(mean, self.statistic_mean))
        raise NoClosedForm(
            "the score is not affine in one statistic, so the information is an integral without a"
            " formula here; use monitor.fisher_information"
        )

    @property
    def two_outcomes(self) -> bool:
        """Whether there is just a failure, 0, and a success, 1."""
        numbers = (self.least, sympy.sympify(self.most).subs(self.numbers))
        return bool(numbers == (0, 1)) and self.outcome == COUNT


@singledispatch
def outcome_formula(monitor: object) -> OutcomeFormula:
    """Return the law of the outcome as formulas.

    Raises:
        NoClosedForm: for a monitor without formulas.

    >>> import paygrade as pg
    >>> law = outcome_formula(pg.ExpertReview(n=100, rho=0.8))
    >>> law.score, law.information
    (rho*(-2*K + e*n*rho + n)/(e**2*rho**2 - 1), -n*rho**2/(e**2*rho**2 - 1))
    """
    raise NoClosedForm(
        f"{type(monitor).__name__} gives its law as numbers, and nothing can be derived from"
        " numbers; use the numeric solvers (best_response, second_best)"
    )


def binomial(count: int, excess: Expr, numbers: Mapping[Any, Any]) -> OutcomeFormula:
    """Return the law of a count of `count` checks, each in agreement with (1 + excess)/2."""
    n, value = parameter("n", count)
    accuracy = (1 + excess) / 2
    log_density = (
        COUNT * sympy.log(accuracy)
        + (n - COUNT) * sympy.log(1 - accuracy)
        + sympy.log(sympy.binomial(n, COUNT))
    )
    return OutcomeFormula(
        mean=accuracy, log_density=log_density, outcome=COUNT, statistic=COUNT,
        statistic_mean=n * accuracy, least=sympy.S.Zero, most=n, numbers=dict(numbers) | value,
    )  # fmt: skip


@outcome_formula.register
def _(monitor: ExpertReview) -> OutcomeFormula:
    rho, numbers = parameter("rho", monitor.rho)
    return binomial(monitor.n, rho * EFFORT, numbers)


@outcome_formula.register
def _(monitor: ComparisonMode) -> OutcomeFormula:
    excess, _ = parameter("d", monitor.signal)  # 2·mu - 1
    return binomial(monitor.n, excess * EFFORT, {excess: 2 * exact(monitor.mu) - 1})


@outcome_formula.register
def _(monitor: SelfConsistency) -> OutcomeFormula:
    kappa, numbers = parameter("kappa", monitor.kappa)
    return binomial(monitor.n, kappa * EFFORT**2, numbers)


@outcome_formula.register
def _(monitor: GoldenQuestions) -> OutcomeFormula:
    margin, numbers = parameter("delta", monitor.signal)
    if monitor.equal_margins:
        return binomial(monitor.n, margin * EFFORT, numbers)
    n, value = parameter("n", monitor.n)  # the count's mean is known, its law is a convolution
    return OutcomeFormula(
        mean=(1 + margin * EFFORT) / 2, outcome=COUNT, least=sympy.S.Zero, most=n,
        numbers=numbers | value,
    )  # fmt: skip


@outcome_formula.register
def _(monitor: NormalMonitor) -> OutcomeFormula:
    sigma, first = parameter("sigma", monitor.sigma)
    n, second = parameter("n", monitor.n)
    return _normal(sigma**2 / n, OUTCOME, first | second, mean=EFFORT)


def _normal(
    noise: Expr, outcome: Expr, numbers: dict[Any, Any], mean: Expr, *, logs: bool = False
) -> OutcomeFormula:
    statistic = sympy.log(outcome) if logs else outcome
    log_density = -((statistic - EFFORT) ** 2) / (2 * noise) - sympy.log(2 * sympy.pi * noise) / 2
    return OutcomeFormula(
        mean=mean, log_density=log_density - (statistic if logs else 0), outcome=outcome,
        statistic=statistic, statistic_mean=EFFORT, numbers=numbers,
        least=sympy.S.Zero if logs else -sympy.oo, noise=None if logs else noise,
    )  # fmt: skip


@outcome_formula.register
def _(monitor: DistributionMonitor) -> OutcomeFormula:
    values, e, x = dict(monitor.parameters), EFFORT, POSITIVE
    numbers: dict[Any, Any] = {}
    symbols = {}
    for name, value in values.items():
        symbols[name], made = parameter({"df": "nu", "scale": "tau"}.get(name, name), value)
        numbers |= made
    if monitor.family == "normal":
        return _normal(symbols["sigma"] ** 2, OUTCOME, numbers, mean=e)
    if monitor.family == "lognormal":
        noise = symbols["sigma"] ** 2
        return _normal(noise, x, numbers, mean=sympy.exp(e + noise / 2), logs=True)
    if monitor.family == "bernoulli":
        return OutcomeFormula(
            mean=e, log_density=COUNT * sympy.log(e) + (1 - COUNT) * sympy.log(1 - e),
            outcome=COUNT, statistic=COUNT, statistic_mean=e, least=sympy.S.Zero,
            most=sympy.S.One,
        )  # fmt: skip
    if monitor.family == "student_t":
        nu, tau = symbols["df"], symbols["scale"]
        z = (OUTCOME - e) / tau
        return OutcomeFormula(
            mean=e if values["df"] > 1 else None,
            log_density=-(nu + 1) / 2 * sympy.log(1 + z**2 / nu), numbers=numbers,
        )  # fmt: skip
    shape = symbols.get("shape", sympy.S.One)
    log_densities = {
        "exponential": -sympy.log(e) - x / e,
        "gamma": (shape - 1) * sympy.log(x) - shape * x / e - shape * sympy.log(e),
        "poisson": x * sympy.log(e) - e,
        "geometric": x * sympy.log(e) - (x + 1) * sympy.log(1 + e),
    }
    return OutcomeFormula(
        mean=e, log_density=log_densities[monitor.family], outcome=x, statistic=x,
        statistic_mean=e, least=sympy.S.Zero, numbers=numbers,
    )  # fmt: skip


@outcome_formula.register
def _(monitor: SpanningMonitor) -> OutcomeFormula:
    means = [
        sum(exact(p) * exact(x) for p, x in zip(law, monitor.outcomes, strict=True))
        / sum(exact(p) for p in law)
        for law in (monitor.low, monitor.high)
    ]
    return OutcomeFormula(mean=(1 - EFFORT) * means[0] + EFFORT * means[1])


@outcome_formula.register
def _(monitor: SymbolicMonitor) -> OutcomeFormula:
    renamed = {monitor.outcome: OUTCOME, monitor.effort: EFFORT}
    pdf, support = monitor.pdf.subs(renamed, simultaneous=True), monitor.support
    listed = support.is_finite_set and len(support) <= 200
    mean = sum(x * pdf.subs(OUTCOME, x) for x in support) if listed else None
    return OutcomeFormula(
        mean=None if mean is None else sympy.simplify(mean),
        log_density=sympy.expand_log(sympy.log(pdf), force=True),
        least=support.inf, most=support.sup,
    )  # fmt: skip
