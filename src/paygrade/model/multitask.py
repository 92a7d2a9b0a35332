"""LEN with several tasks and several signals: linear pay, exponential utility, normal noise.

The agent chooses a vector of efforts a at a cost a'Ca/2 (money); signals are x = M a + noise with
covariance Σ; the principal values p'a and pays s + b'x (Holmström and Milgrom 1991). The agent's
certainty equivalent is s + b'Ma - a'Ca/2 - r b'Σb/2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat

from paygrade.arguments import misfits
from paygrade.errors import raise_problems
from paygrade.model.checks import finite, positive

Rows = Sequence[Sequence[float | Fraction]]


@dataclass(frozen=True)
class MultitaskLEN:
    """k tasks and s signals; numbers may be Fractions, and are kept exact.

    Arguments:
        benefit: p, (k,), money per unit of effort.
        cost: C, (k, k), symmetric and positive definite (money).
        signal: M, (s, k).
        noise: Σ, (s, s), symmetric and positive semidefinite.
        risk_aversion: r, per unit of money.
        reservation: certainty equivalent elsewhere (money).

    >>> one = MultitaskLEN(benefit=[1], cost=[[1]], signal=[[1]], noise=[[1]], risk_aversion=1)
    >>> one.tasks, one.signals
    (1, 1)
    """

    benefit: Sequence[float | Fraction]
    cost: Rows
    signal: Rows
    noise: Rows
    risk_aversion: float | Fraction
    reservation: float | Fraction = 0.0

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        for name in ("cost", "signal", "noise"):
            object.__setattr__(self, name, tuple(tuple(row) for row in getattr(self, name)))
        object.__setattr__(self, "benefit", tuple(self.benefit))
        problems = positive("risk_aversion", self.risk_aversion, "is no risk aversion")  # type: ignore[arg-type]
        problems += finite("reservation", self.reservation, "is no amount of money")  # type: ignore[arg-type]
        problems += self._check_shapes()
        raise_problems(problems)
        raise_problems(self._check_definite())

    @property
    def tasks(self) -> int:
        """Number of tasks k."""
        return len(self.benefit)

    @property
    def signals(self) -> int:
        """Number of signals s."""
        return len(self.signal)

    def _check_shapes(self) -> list[str]:
        k, s = self.tasks, self.signals
        problems = [t for v in self.benefit for t in finite("benefit", v, "is no amount of money")]  # type: ignore[arg-type]
        if not k or not s:
            problems.append(
                "without tasks or signals there is nothing to pay for; give one of each"
            )
        for name, rows, shape in (
            ("cost", self.cost, (k, k)),
            ("signal", self.signal, (s, k)),
            ("noise", self.noise, (s, s)),
        ):
            if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
                problems.append(f"{name} is not {shape[0]} by {shape[1]}; give one row a line")
            elif not all(finite(name, v, "") == [] for row in rows for v in row):  # type: ignore[arg-type]
                problems.append(f"{name} holds a number that is not finite")
            elif name != "signal" and any(
                rows[i][j] != rows[j][i] for i in range(len(rows)) for j in range(i)
            ):
                problems.append(f"{name} is not symmetric; average it with its transpose")
        return problems

    def _check_definite(self) -> list[str]:
        problems = []
        if not all(pivot > 0 for pivot in pivots(matrix(self.cost))):
            problems.append(
                "cost is not positive definite, so some mix of efforts is free; raise its diagonal"
            )
        noise = pivots(matrix(self.noise))
        if not all(pivot >= 0 for pivot in noise):
            problems.append("noise is no covariance: it is not positive semidefinite")
        return problems


def rational(value: Any) -> fmpq:
    """Return a number as an exact rational."""
    exact = Fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def matrix(rows: Rows) -> fmpq_mat:
    """Return rows as an exact matrix."""
    return fmpq_mat([[rational(value) for value in row] for row in rows])


def column(values: Sequence[Any]) -> fmpq_mat:
    """Return numbers as an exact column."""
    return fmpq_mat([[rational(value)] for value in values])


def pivots(square: fmpq_mat) -> list[fmpq]:
    """Return the pivots of a symmetric matrix: all positive exactly if it is positive definite.

    Elimination without exchanges; a zero pivot with anything left in its row counts as negative.
    """
    size = square.nrows()
    work = [[square[i, j] for j in range(size)] for i in range(size)]
    found: list[fmpq] = []
    for i in range(size):
        head = work[i][i]
        if head == 0 and any(work[i][j] != 0 for j in range(i, size)):
            return [*found, fmpq(-1)]
        found.append(head)
        for r in range(i + 1, size):
            factor = work[r][i] / head if head != 0 else fmpq(0)
            work[r] = [a - factor * b for a, b in zip(work[r], work[i], strict=True)]
    return found
