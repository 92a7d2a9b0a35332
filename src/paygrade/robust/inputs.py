"""Which inputs of a design may be mistaken, and what the truth is when one is off by a share.

Most inputs are numbers of the problem and move alone. Three are stated otherwise than they are
stored, because utils have no unit that a mistake could be a percentage of:

- *outside wage*: the wage h(reservation utility) that the annotator could have elsewhere.
- *wealth* (`utility.shift`): moves with the outside wage, in money, held fixed.
- *risk aversion* (`gamma`, `r`): moves with marginal utility at the expected wage and the outside
  wage held fixed. Moved alone it would also change what effort costs in money.

An amount of money that is 0 is taken to be off by the same share of the expected wage.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from paygrade.errors import ModelError
from paygrade.model.named import changed, parameters
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import CARA, CRRA

OUTSIDE = "outside wage"
SHARES = ("monitor.rho", "monitor.kappa", "monitor.margin", "monitor.mu")  # at most 1
UNMOVED = ("utility.scale", "value.intercept", "reservation_utility", "wage_cap")


@dataclass(frozen=True)
class Input:
    """One input: its name, what it is thought to be, and the problem when it is something else.

    Arguments:
        name: what to call it.
        value: what it is thought to be.
        unit: what shares of it are shares of.
        truth: the problem when it is something else.
        fixed_wage: the wage at which marginal utility is held fixed meanwhile.
        most: the greatest number that makes sense.
        whole: whether it is a count.
    """

    name: str
    value: float
    unit: float
    truth: Callable[[float], MoralHazard]
    fixed_wage: float | None = None
    most: float = math.inf
    whole: bool = False

    def at(self, share: float) -> tuple[float, MoralHazard]:
        """Return number and problem when the truth is `share` of the input above what is thought.

        Raises:
            ModelError: when there is no such problem.
        """
        number = min(self.value + share * self.unit, self.most)
        if self.whole:
            number = float(max(1, round(number)))
        return number, self.truth(number)


def inputs_of(problem: MoralHazard, wage: float) -> dict[str, Input]:
    """Return every input of `problem` that may be mistaken, by name; `wage`: the expected one."""
    known = {}
    for name, value in parameters(problem).items():
        if name in UNMOVED or (name.startswith("value.") and value == 0.0):
            continue
        if name in ("utility.gamma", "utility.risk_aversion"):
            known[name] = _risk_aversion(problem, name, value, wage)
        elif name == "utility.shift":
            unit = abs(value) or wage
            known[name] = Input(name, value, unit, _wealth(problem))
        elif name == "wage_floor":
            known[name] = Input(name, value, abs(value) or wage, _plain(problem, name))
        elif name == "cost.power" and value == 1.0:
            continue  # a mistake to the other side would make cost concave
        else:
            known[name] = Input(
                name, value, abs(value), _plain(problem, name),
                most=1.0 if name in SHARES else math.inf, whole=name == "monitor.n",
            )  # fmt: skip
    outside = outside_wage(problem)
    if math.isfinite(outside):
        known[OUTSIDE] = Input(OUTSIDE, outside, abs(outside) or wage, _outside(problem))
    return known


def outside_wage(problem: MoralHazard) -> float:
    """Return the wage without effort that is worth the reservation utility; nan for none."""
    if problem.utility.cost_in_money:
        return problem.reservation_utility
    return float(problem.utility.inverse(problem.reservation_utility))


def _plain(problem: MoralHazard, name: str) -> Callable[[float], MoralHazard]:
    return lambda number: changed(problem, {name: number})


def _outside(problem: MoralHazard) -> Callable[[float], MoralHazard]:
    def truth(number: float) -> MoralHazard:
        if problem.utility.cost_in_money:
            return replace(problem, reservation_utility=number)
        reservation = float(problem.utility(number))
        if not math.isfinite(reservation):
            raise ModelError(f"an outside wage of {number:g} has no utility")
        return replace(problem, reservation_utility=reservation)

    return truth


def _same_outside(problem: MoralHazard, other: MoralHazard) -> MoralHazard:
    outside = outside_wage(problem)
    return _outside(other)(outside) if math.isfinite(outside) else other


def _wealth(problem: MoralHazard) -> Callable[[float], MoralHazard]:
    return lambda number: _same_outside(problem, changed(problem, {"utility.shift": number}))


def _risk_aversion(problem: MoralHazard, name: str, value: float, wage: float) -> Input:
    if problem.utility.cost_in_money:
        return Input(name, value, value, _plain(problem, name))
    pace = float(problem.utility.derivative(wage))

    def truth(number: float) -> MoralHazard:
        other = changed(problem, {name: number}).utility
        assert isinstance(other, CRRA | CARA)  # noqa: S101  (they alone have these numbers)
        scale = other.scale * pace / float(other.derivative(wage))
        return _same_outside(problem, replace(problem, utility=replace(other, scale=scale)))

    return Input(name, value, value, truth, fixed_wage=wage)
