"""Proof of a linear contract on several tasks, in exact rationals, from its doubles alone.

The cost form is positive definite, so the agent's payoff is strictly concave and its only best
response solves C a = M'b. What the announced doubles do is computed from them without rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq

from paygrade.certificate.verdict import Evidence
from paygrade.errors import ModelError
from paygrade.model.multitask import MultitaskLEN, column, matrix, pivots, rational


@dataclass(frozen=True)
class MultitaskCertificate:
    """What is proved about the doubles of a linear contract.

    Attributes:
        holds: whether the agent's best response is within `TOLERANCE` of the claimed efforts and
            takes part within it.
        effort_error: largest distance of the best response from the claimed efforts.
        ir_slack: certainty equivalent above the reservation (money).
        evidence: PROVED.
    """

    holds: bool
    effort_error: float
    ir_slack: float
    evidence: Evidence


TOLERANCE = 1e-9


def certify_multitask(
    problem: MultitaskLEN, intercept: float, slopes: Sequence[float], efforts: Sequence[float]
) -> MultitaskCertificate:
    """Return the certificate of `efforts` as the best response to s + b'x."""
    if len(slopes) != problem.signals or len(efforts) != problem.tasks:
        raise ModelError(
            f"{len(slopes)} slopes and {len(efforts)} efforts for {problem.signals} signals and"
            f" {problem.tasks} tasks can't be matched; give one for each"
        )
    cost, signal = matrix(problem.cost), matrix(problem.signal)
    strict = all(pivot > 0 for pivot in pivots(cost))
    b = column(slopes)
    answer = cost.inv() * (signal.transpose() * b)
    error = max(abs(answer[i, 0] - rational(e)) for i, e in enumerate(efforts))
    pay = rational(intercept) + (b.transpose() * signal * answer)[0, 0]
    spent = (answer.transpose() * cost * answer)[0, 0] / 2
    risk = rational(problem.risk_aversion) * (b.transpose() * matrix(problem.noise) * b)[0, 0] / 2
    slack = pay - spent - risk - rational(problem.reservation)
    bound = rational(TOLERANCE)
    return MultitaskCertificate(
        holds=bool(strict and error <= bound and slack >= -bound),
        effort_error=_float(error),
        ir_slack=_float(slack),
        evidence=Evidence.PROVED,
    )


def _float(value: fmpq) -> float:
    return int(value.p) / int(value.q)
