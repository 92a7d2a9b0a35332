"""The best rule of all for a problem, where the rule in use is too far from one to be mended."""

from paygrade.errors import PaygradeError
from paygrade.model.contract import BinaryContract, LinearContract
from paygrade.model.problem import MoralHazard
from paygrade.solution import Design, second_best

NO_EFFORT = 0.005  # above the least effort: what a rule in use gets that gets nearly nothing


def best_rule(problem: MoralHazard, unit: float) -> Design | str:
    """Return the bonus or rate in whole units of money that earns most, or why there is none.

    Certified as announced, with the effort that it really induces, whatever the rule in use costs.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.RiskNeutral(), cost=pg.PowerCost(3.0, 2.0),
    ...     value=pg.LinearValue(9.0), monitor=pg.GoldenQuestions(n=10, margin=0.8),
    ...     reservation_utility=7.0, wage_floor=0.0)
    >>> best = best_rule(problem, 0.01)
    >>> best.contract, round(best.effort, 3), best.certificate.holds
    (BinaryContract(base=1.92, bonus=8.69, cutoff=8.0), 1.0, True)
    """
    found, reasons = list[Design](), list[str]()
    for family in (BinaryContract, LinearContract):
        try:
            found.append(second_best(problem, family, round_to=unit))
        except PaygradeError as error:
            reasons.append(str(error))
    return max(found, key=lambda each: each.payoff) if found else reasons[0]
