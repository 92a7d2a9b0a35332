"""The multitask problem solved and certified."""

from dataclasses import dataclass
from fractions import Fraction

from paygrade.arguments import checked_arguments
from paygrade.certificate.multitask import MultitaskCertificate, certify_multitask
from paygrade.design.multitask import propose_multitask
from paygrade.errors import NotConverged
from paygrade.model.multitask import MultitaskLEN


@dataclass(frozen=True)
class MultitaskDesign:
    """The best linear contract for several tasks, with its proof.

    Attributes:
        intercept, slopes: what to announce, s + b'x (money), rounded to doubles.
        exact_slopes: b in rationals.
        efforts: what the agent answers, (k,).
        payoff, expected_wage: money.
        first_best_payoff: with efforts observed (money).
        certificate: that the doubles induce the efforts.
    """

    intercept: float
    slopes: tuple[float, ...]
    exact_slopes: tuple[Fraction, ...]
    efforts: tuple[float, ...]
    payoff: float
    expected_wage: float
    first_best_payoff: float
    certificate: MultitaskCertificate


@checked_arguments
def design_multitask(problem: MultitaskLEN) -> MultitaskDesign:
    """Return the best linear contract: no other slopes pay the principal more, exactly.

    Raises:
        NoOptimum: when the slopes of redundant signals are arbitrary.

    >>> from paygrade import MultitaskLEN
    >>> problem = MultitaskLEN(benefit=[1, 1], cost=[[1, 0.5], [0.5, 1]], signal=[[1, 0], [0, 1]],
    ...     noise=[[1, 0], [0, 2]], risk_aversion=1)
    >>> design_multitask(problem).exact_slopes
    (Fraction(4, 11), Fraction(3, 11))
    """
    made = propose_multitask(problem)
    slopes = tuple(map(float, made.slopes))
    efforts = tuple(map(float, made.efforts))
    certificate = certify_multitask(problem, float(made.intercept), slopes, efforts)
    if not certificate.holds:
        raise NotConverged("the slopes lose too much when rounded to doubles; rescale the problem")
    return MultitaskDesign(
        float(made.intercept), slopes, made.slopes, efforts, float(made.payoff),
        float(made.expected_wage), float(made.first_best_payoff), certificate,
    )  # fmt: skip
