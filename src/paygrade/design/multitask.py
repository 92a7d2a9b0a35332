"""The best linear contract for several tasks and signals, in exact rationals.

The agent answers b with a = C⁻¹M'b. What is left for the principal, p'a - a'Ca/2 - r b'Σb/2, is a
concave quadratic in b with its top at b = (M C⁻¹M' + rΣ)⁻¹ M C⁻¹ p.
"""

from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq, fmpq_mat

from paygrade.errors import NoOptimum
from paygrade.model.multitask import MultitaskLEN, column, matrix, rational


@dataclass(frozen=True)
class MultitaskProposal:
    """A linear contract s + b'x and what it does, exactly.

    Attributes:
        intercept: s (money).
        slopes: b, (s,), money per unit of each signal.
        efforts: the agent's answer a, (k,).
        payoff: p'a - E[pay] (money).
        expected_wage: E[pay] (money).
        first_best_payoff: p'C⁻¹p/2 - reservation (money).
    """

    intercept: Fraction
    slopes: tuple[Fraction, ...]
    efforts: tuple[Fraction, ...]
    payoff: Fraction
    expected_wage: Fraction
    first_best_payoff: Fraction


def propose_multitask(problem: MultitaskLEN) -> MultitaskProposal:
    """Return the best linear contract.

    Raises:
        NoOptimum: when a mix of signals without noise or effort makes the slopes arbitrary.
    """
    cost, signal = matrix(problem.cost), matrix(problem.signal)
    noise, benefit = matrix(problem.noise), column(problem.benefit)
    r = rational(problem.risk_aversion)
    respond = cost.inv() * signal.transpose()  # a = C⁻¹M'b
    curvature = signal * respond + noise * r
    try:
        slopes = curvature.inv() * (respond.transpose() * benefit)
    except ZeroDivisionError:
        raise NoOptimum(
            "some mix of signals has neither noise nor effort in it, so its slope is arbitrary;"
            " leave one of these signals out"
        ) from None
    efforts = respond * slopes
    risk = r * _square(slopes, noise) / 2
    spent = _square(efforts, cost) / 2
    reservation = rational(problem.reservation)
    wage = reservation + spent + risk
    earned = (benefit.transpose() * efforts)[0, 0]
    intercept = wage - (slopes.transpose() * signal * efforts)[0, 0]
    best = (benefit.transpose() * cost.inv() * benefit)[0, 0] / 2 - reservation
    return MultitaskProposal(
        _fraction(intercept), _fractions(slopes), _fractions(efforts),
        _fraction(earned - wage), _fraction(wage), _fraction(best),
    )  # fmt: skip


def _square(vector: fmpq_mat, form: fmpq_mat) -> fmpq:
    return (vector.transpose() * form * vector)[0, 0]


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _fractions(vector: fmpq_mat) -> tuple[Fraction, ...]:
    return tuple(_fraction(vector[i, 0]) for i in range(vector.nrows()))
