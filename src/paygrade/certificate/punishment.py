"""Mirrlees' unpleasant theorem, enclosed: ever rarer and harsher punishments reach the first best.

With a normal outcome and utility unbounded below, "v1 if x >= t, else v1 - D" implements an effort
e at any cutoff t = e - z·sd, with D = c'(e)·sd/φ(z) and v1 = ū + c(e) + D·Φ(-z). As z grows D
explodes (1e543 utils at z = 50), the expected wage falls towards the first best, and no rule is
best (Mirrlees 1974, 1999).

It is incentive compatible over all efforts: above t the payoff is concave with its top at e; below
t the agent fails half the time or more, which costs D/2 and more than any effort could save.
"""

from dataclasses import dataclass

from flint import arb, ctx

from paygrade.arguments import checked_arguments
from paygrade.certificate.primitives import cost_jet
from paygrade.certificate.search import upper_float
from paygrade.certificate.tails import normal_cdf
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import positive
from paygrade.model.effort import ExponentialCost, PowerCost
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import LogUtility

FARTHEST = 200.0  # standard deviations


@dataclass(frozen=True)
class PunishmentRule:
    """One rule of the sequence, as enclosed.

    Attributes:
        z: standard deviations by which the cutoff lies below the effort.
        log10_penalty: log10 of the punishment D (utils).
        expected_wage: money.
        excess: expected wage above the first best's (money).
        ic_gain: upper bound on the gain of any deviation (utils); 0 where none gains.
        infimum: what the expected wage tends to and never reaches (money).
    """

    z: float
    log10_penalty: float
    expected_wage: float
    excess: float
    ic_gain: float
    infimum: float


@checked_arguments
def punishment_rule(problem: MoralHazard, effort: float, z: float) -> PunishmentRule:
    """Return what punishing below `effort` - z standard deviations costs and how hard it is.

    Raises:
        ModelError: unless utility is logarithmic, the monitor normal and no wage floor set.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(1.0), monitor=pg.NormalMonitor(n=1), efforts=pg.Interval(0.0, 4.0))
    >>> rule = pg.punishment_rule(problem, effort=1.0, z=50.0)
    >>> round(rule.log10_penalty, 3), round(rule.excess, 6), rule.ic_gain
    (543.267, 0.033293, 0.0)
    """
    utility, monitor = problem.utility, problem.monitor
    floored = problem.wage_floor is not None
    if not (isinstance(utility, LogUtility) and isinstance(monitor, NormalMonitor)) or floored:
        raise ModelError(
            "the sequence of punishments is for LogUtility, a NormalMonitor and no wage floor;"
            " anything else is a BinaryContract with a best cutoff, or has no optimum either way"
        )
    if not isinstance(problem.cost, PowerCost | ExponentialCost) or problem.wage_cap is not None:
        raise ModelError(
            "the proof needs a convex cost and wages without a cap; use PowerCost or"
            " ExponentialCost and leave wage_cap out"
        )
    raise_problems(positive("z", z, "is no distance below the effort"))
    if z > FARTHEST:
        raise ModelError(f"z={z!r} asks for more digits than are kept; give at most {FARTHEST:g}")
    if not problem.efforts.contains(effort) or not effort > 0:
        raise ModelError(f"effort={effort!r} is no effort above 0 of the problem; choose one")
    before, ctx.prec = ctx.prec, int(200 + 3 * z * z)
    try:
        return _rule(problem, utility, monitor, effort, z)
    finally:
        ctx.prec = before


def _rule(
    problem: MoralHazard, utility: LogUtility, monitor: NormalMonitor, effort: float, z: float
) -> PunishmentRule:
    error = arb(monitor.sigma) / arb(monitor.n).sqrt()
    distance, point = arb(z), arb(effort)
    cost = cost_jet(problem.cost, point, point)
    density = (-distance * distance / 2).exp() / (2 * arb.pi()).sqrt()
    penalty = cost.slope * error / density
    failing = normal_cdf(-distance)
    level = arb(problem.reservation_utility) + cost.value
    success = level + penalty * failing
    wage = (1 - failing) * _wage(utility, success) + failing * _wage(utility, success - penalty)
    infimum = _wage(utility, level)
    low = arb(problem.efforts.low)
    cheapest = cost_jet(problem.cost, low, low).value
    below = cost.value - cheapest + penalty * failing - penalty / 2
    cutoff = point - distance * error
    safe = low >= cutoff or below <= 0
    return PunishmentRule(
        z=z,
        log10_penalty=float(penalty.log() / arb(10).log()),
        expected_wage=float(wage),
        excess=float(wage - infimum),
        ic_gain=0.0 if safe else max(0.0, upper_float(below)),
        infimum=float(infimum),
    )


def _wage(utility: LogUtility, level: arb) -> arb:
    return (level / arb(utility.scale)).exp() - arb(utility.shift)
