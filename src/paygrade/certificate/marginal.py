"""Promised utility and wage as functions of the marginal cost of utility, complex-analytically.

`analytic` asks for a non-finite ball wherever a logarithm or power of the price has no analytic
continuation, as rigorous integration must know.
"""

from flint import acb, arb

from paygrade.certificate.jet import Ball
from paygrade.model.utility import CARA, CRRA, LogUtility, SquareRootUtility, Utility


def is_jewitt(utility: Utility) -> bool:
    """Whether promised utility is concave in its marginal cost (h''' >= 0)."""
    if isinstance(utility, CRRA):
        return utility.gamma >= 0.5
    return isinstance(utility, LogUtility | SquareRootUtility | CARA)


def _positive(price: acb, analytic: bool) -> acb:
    """Return the price, or a non-finite ball where a power or logarithm of it is not analytic."""
    return acb(arb.nan()) if analytic and not price.real > 0 else price


def promised_at(utility: Utility, price: acb, analytic: bool) -> acb:
    """Return the promised utility v at which one more util costs `price`: h'(v) = price."""
    match utility:
        case LogUtility(_, scale):
            return arb(scale) * (arb(scale) * _positive(price, analytic)).log()
        case SquareRootUtility(_, scale):
            return arb(scale) * arb(scale) * price / 2
        case CRRA(gamma, _, scale):
            exponent = (1 - arb(gamma)) / arb(gamma)
            return (
                arb(scale)
                * (arb(scale) * _positive(price, analytic)) ** exponent
                / (1 - arb(gamma))
            )
        case CARA(risk_aversion):
            return -1 / (arb(risk_aversion) * price)
    return acb(arb.nan())


def promised_slope(utility: Utility, price: Ball) -> Ball:
    """Return dv/dprice = 1/h''(v)."""
    match utility:
        case LogUtility(_, scale):
            return arb(scale) / price
        case SquareRootUtility(_, scale):
            return arb(scale) * arb(scale) / 2
        case CRRA(gamma, _, scale):
            return (arb(scale) * price) ** (1 / arb(gamma)) / (arb(gamma) * price * price)
        case CARA(risk_aversion):
            return 1 / (arb(risk_aversion) * price * price)
    return arb.nan()


def wage_at(utility: Utility, price: acb, analytic: bool) -> acb:
    """Return the wage at which one more util costs `price`."""
    match utility:
        case LogUtility(shift, scale):
            return arb(scale) * price - arb(shift)
        case SquareRootUtility(shift, scale):
            root = arb(scale) * price / 2
            return root * root - arb(shift)
        case CRRA(gamma, shift, scale):
            return (arb(scale) * _positive(price, analytic)) ** (1 / arb(gamma)) - arb(shift)
        case CARA(risk_aversion, _, scale):
            rate = arb(risk_aversion)
            return (rate * arb(scale) * _positive(price, analytic)).log() / rate
    return acb(arb.nan())


def wage_growth(utility: Utility) -> Ball:
    """Return an elasticity of wages in the price that none exceeds."""
    match utility:
        case CRRA(gamma):
            return 1 / arb(gamma)
        case SquareRootUtility():
            return arb(2)
    return arb(1)


def risk_scale(utility: Utility) -> Ball:
    """Return money to add to a wage so that it grows at most by that elasticity."""
    match utility:
        case CARA(risk_aversion):
            return 1 / arb(risk_aversion)
        case LogUtility(shift) | CRRA(_, shift) | SquareRootUtility(shift):
            return 2 * abs(arb(shift))
    return arb(0)
