"""`certify`: is this effort the agent's best response to this contract, over all efforts?"""

import math

from flint import arb, ctx

from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.arguments import checked_arguments
from paygrade.certificate.bounds import cost_bound, jensen_bound
from paygrade.certificate.check import check_efforts, cost_at_stake
from paygrade.certificate.curves import promised_curve
from paygrade.certificate.holmstrom import schedule_of
from paygrade.certificate.jet import Ball, Curve, Jet, NoEnclosure
from paygrade.certificate.primitives import cost_jet
from paygrade.certificate.search import Gain, largest_gain, lower_float, upper_float
from paygrade.certificate.verdict import Certificate, Evidence
from paygrade.certificate.wages import wage_range, wage_slack_of
from paygrade.errors import ModelError
from paygrade.model.contract import (
    Contract,
    FlatWage,
)
from paygrade.model.effort import Finite
from paygrade.model.holmstrom import HolmstromSchedule, ShadowPrices
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import CARA, RiskNeutral

PRECISION = 128  # bits; leaves 30 digits after the cancellations at n = 1e6
TOLERANCE = 1e-9  # of the effort cost at stake: what rounding a contract to doubles can cost


@checked_arguments
def certify(
    problem: MoralHazard,
    contract: Contract,
    effort: float,
    *,
    tolerance: float | None = None,
    prices: ShadowPrices | None = None,
) -> Certificate:
    """Return the certificate of `effort` as best response to `contract`, from the contract alone.

    Arguments:
        problem: primitives, wage bounds and reservation utility.
        contract: the rule, in money.
        effort: a member of the problem's effort set.
        tolerance: gain that counts as none; by default `TOLERANCE` times the effort cost at stake.
        prices: multipliers to prove `cost_lower` with; any are safe, good ones prove more.

    Raises:
        ModelError: when `effort` is not in the effort set.

    A primitive of the user's own, for which no ball arithmetic is written, gets a certificate on
    the evidence CHECKED: a dense grid of efforts, which proves nothing.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> shirked = pg.certify(problem, pg.BinaryContract(base=1.0, bonus=0.2, cutoff=78), effort=0.7)
    >>> shirked.holds, round(shirked.witness, 3)
    (False, 0.0)
    """
    if not problem.efforts.contains(effort):
        raise ModelError(
            f"effort={effort!r} is not in the problem's efforts, so it can be no best response;"
            f" choose one between {problem.efforts.low:g} and {problem.efforts.high:g}"
        )
    if tolerance is not None and not 0.0 <= tolerance < math.inf:
        raise ModelError(f"tolerance={tolerance!r} is no gain to overlook; give a number from 0 on")
    if tolerance is None:
        tolerance = TOLERANCE * cost_at_stake(problem, effort)
    before = ctx.prec
    ctx.prec = PRECISION
    try:
        return _certify(problem, contract, float(effort), tolerance, prices)
    except NoEnclosure:
        return check_efforts(problem, contract, float(effort), tolerance)
    finally:
        ctx.prec = before


def certify_observed(problem: MoralHazard, contract: Contract, effort: float) -> Certificate:
    """Return the certificate of a contract on observed effort: participation and wage bounds only.

    No effort but the contracted one is paid, so there is nothing to deviate to.
    """
    tolerance = TOLERANCE * cost_at_stake(problem, effort)
    evidence, before = Evidence.PROVED, ctx.prec
    ctx.prec = PRECISION
    try:
        own = payoff_curve(problem, contract)(effort, effort).value
        ir_slack = lower_float(own - arb(problem.reservation_utility))
        wage = upper_float(_expected_wage(problem, contract, effort))
        cost_lower = min(max(jensen_bound(problem, effort), problem.lowest_wage), wage)
    except NoEnclosure:
        own = arb(float(agent_utility(problem, contract, effort)))
        ir_slack = float(own) - problem.reservation_utility
        wage = cost_lower = float(expected_wage(problem, contract, effort))
        evidence = Evidence.CHECKED
    finally:
        ctx.prec = before
    wage_slack = wage_slack_of(problem, contract)
    holds = ir_slack >= -max(tolerance, 1e-12 * abs(float(own))) and wage_slack >= 0.0
    return Certificate(
        effort, holds, 0.0, ir_slack, wage_slack, None, evidence,
        cost_lower, wage, tolerance, 0,
    )  # fmt: skip


def _certify(
    problem: MoralHazard,
    contract: Contract,
    effort: float,
    tolerance: float,
    prices: ShadowPrices | None,
) -> Certificate:
    payoff = payoff_curve(problem, contract)
    own = payoff(effort, effort).value
    gain = _gain(problem, payoff, contract, effort, tolerance / 16.0)
    ir_slack = lower_float(own - arb(problem.reservation_utility))
    wage_slack = wage_slack_of(problem, contract)
    refuted = gain.lower > tolerance
    cost_upper = upper_float(_expected_wage(problem, contract, effort))
    holds = gain.upper <= tolerance and ir_slack >= -tolerance and wage_slack >= 0.0
    kinks: tuple[float, ...] = ()
    if isinstance(contract, HolmstromSchedule):
        prices, kinks = prices or contract.prices, contract.kinks
    cost_lower = cost_bound(problem, effort, prices, kinks)
    if holds:  # the contract may owe its last digit to `tolerance`; the bound may be lowered to it
        cost_lower = min(cost_lower, cost_upper)
    return Certificate(
        effort=effort,
        holds=holds,
        ic_gap=gain.upper,
        ir_slack=ir_slack,
        wage_slack=wage_slack,
        witness=gain.effort if refuted else None,
        evidence=Evidence.PROVED,
        cost_lower=cost_lower,
        cost_upper=cost_upper,
        tolerance=tolerance,
        boxes=gain.boxes,
    )


def payoff_curve(problem: MoralHazard, contract: Contract) -> Curve:
    """Return the enclosure of the agent's payoff as a function of effort."""
    promised = promised_curve(problem.utility, contract, problem.monitor)

    def over(a: float, b: float) -> Jet:
        gross = promised(a, b)
        if isinstance(problem.utility, CARA) and problem.utility.cost_in_money:
            gross = _certainty_equivalent(problem.utility, gross)
        return gross - cost_jet(problem.cost, arb(a), arb(b))

    return over


def _certainty_equivalent(utility: CARA, expected: Jet) -> Jet:
    """Return the jet of -log(-E/scale)/r."""
    r, m = arb(utility.risk_aversion), -expected.value
    return expected.chained(-(m / arb(utility.scale)).log() / r, 1 / (r * m), 1 / (r * m * m))


def _gain(
    problem: MoralHazard, payoff: Curve, contract: Contract, effort: float, slack: float
) -> Gain:
    own = payoff(effort, effort).value
    if not own.is_finite():  # ruin with positive probability: not even participation can hold
        return Gain(math.inf, -math.inf, effort, 0)
    if isinstance(problem.efforts, Finite):
        gains = {e: payoff(e, e).value - own for e in problem.efforts.values if e != effort}
        best = max(gains, key=lambda e: lower_float(gains[e]), default=effort)
        upper = max([0.0, *map(upper_float, gains.values())])
        return Gain(upper, max(0.0, *map(lower_float, gains.values()), 0.0), best, len(gains))
    low, high = problem.efforts.low, problem.efforts.high
    if math.isinf(high):
        high = deviation_reach(problem, contract, payoff, effort)
    return largest_gain(payoff, low, high, effort, slack)


def deviation_reach(
    problem: MoralHazard, contract: Contract, payoff: Curve, effort: float
) -> float:
    """Return an effort above which no deviation can gain.

    Effort is unbounded only under `NormalMonitor`. A linear rule makes the payoff concave there, so
    past a falling point it falls for ever; any other rule pays at most its greatest wage, which
    cannot make up for a cost that exceeds it.
    """
    own = payoff(effort, effort).value
    highest = wage_range(problem, contract)[1]
    for doubling in range(60):
        high = max(1.0, 2.0 * effort) * 2.0**doubling
        if isinstance(contract, HolmstromSchedule):
            if _is_past_line(problem, contract, own, high):
                return high
        elif math.isinf(highest):
            if payoff(high, high).slope < 0:
                return high
        else:
            certain = payoff_curve(problem, FlatWage(math.nextafter(highest, math.inf)))
            if certain(high, high).value < own:
                return high
    raise ModelError(
        "cost never outgrows the pay, so the agent has no best response; bound the efforts"
    )


def _is_past_line(
    problem: MoralHazard, contract: HolmstromSchedule, own: Ball, high: float
) -> bool:
    """Whether even a line above promised utility stays below `own` + cost from `high` on."""
    value, slope = schedule_of(contract, problem.monitor).highest_line(arb(high))
    cost = cost_jet(problem.cost, arb(high), arb(high))
    return bool(cost.slope >= slope and value - cost.value < own)


def _expected_wage(problem: MoralHazard, contract: Contract, effort: float) -> Ball:
    return promised_curve(RiskNeutral(), contract, problem.monitor)(effort, effort).value
