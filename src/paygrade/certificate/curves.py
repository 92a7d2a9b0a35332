"""Expected promised utility as a function of effort, enclosed with two derivatives.

Structure does the work, so that boxes may be wide: the pass probability increases in effort, its
density in accuracy is unimodal, and a wage affine in the count gives promised utilities whose
first differences fall and whose second differences rise (u' > 0 > u'', u''' >= 0 hold for every
utility of this library), so that each Bernstein sum is monotone and its ends enclose it. A utility
given as an expression promises no sign of u''', so its values are listed and summed like a table.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache

from flint import arb

from paygrade.agent.outcomes import pay_steps
from paygrade.certificate.bernstein import bernstein_curve
from paygrade.certificate.finite import finite_curve
from paygrade.certificate.holmstrom import holmstrom_curve
from paygrade.certificate.jet import Ball, Curve, Jet, NoEnclosure, between, constant
from paygrade.certificate.mixed import mixed_linear, mixed_table
from paygrade.certificate.primitives import accuracy_ends, accuracy_jet, utility_ball
from paygrade.certificate.symbolic import symbolic_share, symbolic_table
from paygrade.certificate.tails import tail_curve
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    DebtContract,
    FlatWage,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.model.counting import CountingMonitor, GoldenQuestions
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.family import Bernoulli
from paygrade.model.finite import FiniteMonitor, SpanningMonitor
from paygrade.model.holmstrom import HolmstromSchedule
from paygrade.model.monitor import Monitor
from paygrade.model.normal import NormalMonitor
from paygrade.model.symbolic_monitor import SymbolicMonitor
from paygrade.model.symbolic_utility import SymbolicUtility
from paygrade.model.utility import CARA, CRRA, RiskNeutral, Utility

WINDOW = 16.0  # standard deviations of the count that are summed term by term


def promised_curve(utility: Utility, contract: Contract, monitor: Monitor) -> Curve:
    """Return the enclosure of e -> E_e[u(w(X))], utils; with `RiskNeutral()` of the expected wage.

    Raises:
        ModelError: for a contract and a monitor that have no enclosure.
    """
    match contract:
        case FlatWage(amount):
            return _flat(utility, amount)
        case BinaryContract(base, bonus, cutoff):
            low = utility_ball(utility, arb(base))
            high = utility_ball(utility, arb(base) + arb(bonus))
            tail = tail_curve(monitor, cutoff)
            if bonus == 0:
                return _flat(utility, base)
            return lambda a, b: constant(low) + tail(a, b).scaled(high - low)
        case LinearContract(intercept, 0.0):
            return _flat(utility, intercept)
        case LinearContract() if not isinstance(monitor, FiniteMonitor):
            return _linear(utility, contract, monitor)
        case TieredContract(cutoffs, wages):
            return _tiers(utility, cutoffs, wages, monitor)
        case WageSchedule() if not monitor.is_discrete:
            return _tiers(utility, *pay_steps(contract), monitor)
        case HolmstromSchedule():
            return holmstrom_curve(utility, contract, monitor)
        case DebtContract(face_value) if isinstance(utility, RiskNeutral):
            share = symbolic_share(monitor, face_value)
            return lambda a, b: share(a, b).scaled(arb(utility.scale))
        case LinearContract() | WageSchedule():
            return _listed(utility, contract, monitor)
    raise NoEnclosure(
        f"{type(contract).__name__} has no enclosure; certify a flat, bonus, linear or tiered rule"
        " or a wage schedule"
    )


def rise_ball(utility: Utility, low: Ball, high: Ball) -> Ball:
    """Return a ball for u(high) - u(low), tight also where risk aversion is a ball.

    u is concave, so the rise lies between (high - low)·u'(high) and (high - low)·u'(low).
    """
    rise = utility_ball(utility, high) - utility_ball(utility, low)
    match utility:
        case CRRA(gamma, shift, scale) if low + arb(shift) > 0:
            ends = [arb(scale) * (wage + arb(shift)) ** -arb(gamma) for wage in (low, high)]
        case CARA(r, _, scale):
            ends = [arb(scale) * arb(r) * (-arb(r) * wage).exp() for wage in (low, high)]
        case _:
            return rise
    between_tangents = (high - low) * between(*ends)
    return between_tangents if between_tangents.rad() < rise.rad() else rise


def _tiers(
    utility: Utility, cutoffs: Sequence[float], wages: Sequence[float], monitor: Monitor
) -> Curve:
    """Return the sum of the steps between tiers, each weighted by the tail at its cutoff."""
    levels = [utility_ball(utility, arb(wage)) for wage in wages]
    tails = [tail_curve(monitor, cutoff) for cutoff in cutoffs]

    def over(a: float, b: float) -> Jet:
        jet = constant(levels[0])
        for tail, below, above in zip(tails, levels[:-1], levels[1:], strict=True):
            jet = jet + tail(a, b).scaled(above - below)
        return jet

    return over


def _listed(utility: Utility, contract: Contract, monitor: Monitor) -> Curve:
    """Return the sum over a list of outcomes."""
    outcomes, _ = monitor.nodes(0.0)
    values = [utility_ball(utility, arb(wage)) for wage in contract.wage(outcomes).tolist()]
    if isinstance(monitor, FiniteMonitor):
        return finite_curve(monitor, values)
    if isinstance(monitor, DistributionMonitor) and isinstance(monitor.law, Bernoulli):
        return finite_curve(SpanningMonitor([1.0, 0.0], [0.0, 1.0]), values)
    if isinstance(monitor, SymbolicMonitor) and monitor.is_discrete:
        return symbolic_table(monitor, values)
    if isinstance(monitor, CountingMonitor):
        return _counted(monitor, values)
    raise NoEnclosure(f"{type(monitor).__name__} has no enclosure; use a monitor of this library")


def _counted(monitor: CountingMonitor, values: Sequence[Ball]) -> Curve:
    """Return the sum over all counts, (n + 1,)."""
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        return mixed_table(monitor, values)
    return bernstein_curve(monitor, values)


def mean_curve(monitor: Monitor) -> Curve:
    """Return the enclosure of e -> expected mean outcome."""
    if isinstance(monitor, CountingMonitor):
        return lambda a, b: accuracy_jet(monitor, arb(a), arb(b))
    mean_is_effort = isinstance(monitor, DistributionMonitor) and monitor.family != "lognormal"
    if not (mean_is_effort or isinstance(monitor, NormalMonitor)):
        raise NoEnclosure(f"the mean outcome of {type(monitor).__name__} has no enclosure")
    return lambda a, b: Jet(between(arb(a), arb(b)), arb(1), arb(0))


def _flat(utility: Utility, amount: float) -> Curve:
    jet = constant(utility_ball(utility, arb(amount)))
    return lambda _low, _high: jet


def _linear(utility: Utility, contract: LinearContract, monitor: Monitor) -> Curve:
    if isinstance(utility, RiskNeutral):
        mean = mean_curve(monitor)
        wage = constant(arb(contract.intercept))
        return lambda a, b: (wage + mean(a, b).scaled(arb(contract.slope))).scaled(
            arb(utility.scale)
        )
    if isinstance(monitor, NormalMonitor):
        return _linear_normal(utility, contract, monitor)
    if isinstance(monitor, CountingMonitor) and isinstance(utility, SymbolicUtility):
        first, step = arb(contract.intercept), arb(contract.slope)
        wages = [first + step * count / monitor.n for count in range(monitor.n + 1)]
        return _counted(monitor, [utility_ball(utility, wage) for wage in wages])
    if isinstance(monitor, GoldenQuestions) and not monitor.equal_margins:
        return mixed_linear(utility, contract, monitor)
    if isinstance(monitor, CountingMonitor):
        return _bernstein(utility, contract, monitor)
    raise NoEnclosure(
        f"linear pay on {type(monitor).__name__} has no enclosure for {type(utility).__name__};"
        " use tiers (TieredContract) instead"
    )


def _linear_normal(utility: Utility, contract: LinearContract, monitor: NormalMonitor) -> Curve:
    if not isinstance(utility, CARA):
        if math.isinf(utility.lowest_wage):
            raise NoEnclosure(
                f"linear pay on NormalMonitor has no enclosure for {type(utility).__name__}; use"
                " CARA, or tiers (TieredContract)"
            )
        # a normal wage falls below the utility's domain at times
        return lambda _low, _high: constant(arb.neg_inf())
    r, slope = arb(utility.risk_aversion), arb(contract.slope)
    risk = r * slope**2 * arb(monitor.sigma) ** 2 / (2 * arb(monitor.n))

    def at(effort: float) -> Ball:
        return utility_ball(utility, arb(contract.intercept) + slope * arb(effort) - risk)

    def over(a: float, b: float) -> Jet:
        value = between(at(a), at(b))
        return Jet(value, -r * slope * value, (r * slope) ** 2 * value)

    return over


def _bernstein(utility: Utility, contract: LinearContract, monitor: CountingMonitor) -> Curve:
    n = monitor.n
    is_wide = any(isinstance(number, arb) for number in vars(utility).values())

    def wage(count: int) -> Ball:
        return arb(contract.intercept) + arb(contract.slope) * count / n

    @cache
    def promised(count: int) -> Ball:
        return utility_ball(utility, wage(count))

    def first(count: int) -> Ball:
        if is_wide:  # the difference of two wide balls would be wider than either
            return rise_ball(utility, wage(count), wage(count + 1))
        return promised(count + 1) - promised(count)

    def second(count: int) -> Ball:
        return promised(count + 2) - 2 * promised(count + 1) + promised(count)

    @cache
    def at(effort: float) -> list[tuple[Ball, Ball, Ball]]:
        return [
            (
                binomial_mean(promised, n, p),
                n * binomial_mean(first, n - 1, p),
                n * (n - 1) * binomial_mean(second, n - 2, p) if n > 1 else arb(0),
            )
            for p in accuracy_ends(monitor, effort)
        ]

    def over(a: float, b: float) -> Jet:
        low, high = at(a)[0], at(b)[-1]
        ends = [between(x, y) for x, y in zip(low, high, strict=True)]
        return accuracy_jet(monitor, arb(a), arb(b)).chained(*ends)

    return over


def binomial_mean(term: Callable[[int], Ball], n: int, p: Ball) -> Ball:
    """Return a ball for E[term(K)], K ~ Bin(n, p), where `term` is monotone.

    Counts within `WINDOW` standard deviations are summed; the two tails are enclosed by their
    probability and the ends of what `term` takes there.
    """
    if n == 0 or p >= 1:
        return term(n)
    middle, reach = float(p.mid()) * n, WINDOW * (1.0 + (n * float(p.mid() * (1 - p.mid()))) ** 0.5)
    low, high = max(0, int(middle - reach)), min(n, int(middle + reach) + 1)
    weight = arb(n).bin(low) if n <= 10_000 else _log_binomial(n, low)  # C(n, low)
    weight *= p**low * (1 - p) ** (n - low)
    odds, total = p / (1 - p), arb(0)
    for count in range(low, high + 1):
        total += weight * term(count)
        weight *= odds * (n - count) / (count + 1)
    if low > 0:
        below = 1 - p.beta_lower(low, n - low + 1, regularized=True)
        total += below * between(term(0), term(low - 1))
    if high < n:
        above = p.beta_lower(high + 1, n - high, regularized=True)
        total += above * between(term(high + 1), term(n))
    return total


def _log_binomial(n: int, k: int) -> Ball:
    return (arb(n + 1).lgamma() - arb(k + 1).lgamma() - arb(n - k + 1).lgamma()).exp()
