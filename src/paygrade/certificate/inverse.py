"""The cost of promised utility in ball arithmetic: h = u⁻¹ with h' and h''."""

from functools import singledispatch

from flint import arb

from paygrade.certificate.jet import Ball, Jet, NoEnclosure
from paygrade.model.utility import CARA, CRRA, LogUtility, RiskNeutral, SquareRootUtility, Utility


@singledispatch
def cost_of_utility(utility: Utility, promised: Ball) -> Jet:  # noqa: ARG001 (the interface)
    """Return balls for h, h' and h'' at a promised utility (money, per util, per util squared)."""
    raise NoEnclosure(f"{type(utility).__name__} has no enclosure; use a utility of this library")


@cost_of_utility.register
def _(utility: LogUtility, promised: Ball) -> Jet:
    scale = arb(utility.scale)
    wealth = (promised / scale).exp()
    return Jet(wealth - arb(utility.shift), wealth / scale, wealth / scale**2)


@cost_of_utility.register
def _(utility: CRRA, promised: Ball) -> Jet:
    scale, gamma = arb(utility.scale), arb(utility.gamma)
    wealth = (promised * (1 - gamma) / scale) ** (1 / (1 - gamma))
    bend = gamma * wealth ** (2 * gamma - 1) / scale**2
    return Jet(wealth - arb(utility.shift), wealth**gamma / scale, bend)


@cost_of_utility.register
def _(utility: SquareRootUtility, promised: Ball) -> Jet:
    scale = arb(utility.scale)
    root = promised / scale
    return Jet(root * root - arb(utility.shift), 2 * root / scale, 2 / scale**2)


@cost_of_utility.register
def _(utility: CARA, promised: Ball) -> Jet:
    r = arb(utility.risk_aversion)
    wage = -(-promised / arb(utility.scale)).log() / r
    return Jet(wage, -1 / (r * promised), 1 / (r * promised * promised))


@cost_of_utility.register
def _(utility: RiskNeutral, promised: Ball) -> Jet:
    scale = arb(utility.scale)
    return Jet(promised / scale, 1 / scale, arb(0))
