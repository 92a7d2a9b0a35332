"""A whole set of types as one problem: parameters that are balls, and which way types are ordered.

The enclosures read a parameter only through `arb(...)`, which takes a ball as well as a float. So a
problem whose parameters are balls yields enclosures that hold for every type in them.

Single crossing (Milgrom and Shannon 1994, Econometrica 62) spares most of the balls. Where one more
unit of effort gains an annotator less, the larger a parameter, every best response falls in it; the
worst type then stands at an end, and no interval is left to divide:

| parameter | best response | utility | because |
|---|---|---|---|
| cost.scale, cost.rate | falls | falls | c(e') - c(e) grows with it |
| utility.shift (wealth) | falls | rises | u'(w + shift) falls, most where pay is low |
| utility.scale | rises | either | multiplies what pay gains |
| utility.risk_aversion, cost in money | either | falls | certainty equivalents fall in it |
| cost.power, efforts up to 1 | either | rises | e^power falls in it |
| reservation_utility | - | falls | only the decision to take part |
| monitor's signal | either | rises | more checks agree at the same effort |

The rows of shift, scale and signal need pay that does not fall in the outcome.
"""

import copy
from collections.abc import Mapping
from typing import Any, Literal

from flint import arb

from paygrade.certificate.jet import Ball, NoEnclosure
from paygrade.model.contract import (
    BinaryContract,
    Contract,
    FlatWage,
    LinearContract,
    TieredContract,
    WageSchedule,
)
from paygrade.model.counting import (
    ComparisonMode,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)
from paygrade.model.effort import ExponentialCost, PowerCost
from paygrade.model.normal import NormalMonitor
from paygrade.model.problem import MoralHazard
from paygrade.model.utility import CARA, CRRA, LogUtility, SquareRootUtility

Interval = tuple[float, float]
Target = Literal["effort", "utility"]
FALLS, RISES = -1, 1
SIGNALS = ("monitor.rho", "monitor.kappa", "monitor.margin", "monitor.mu")
KNOWN = (
    PowerCost, ExponentialCost, LogUtility, SquareRootUtility, CRRA, CARA,
    ExpertReview, SelfConsistency, ComparisonMode, GoldenQuestions, NormalMonitor,
)  # fmt: skip


def direction(name: str, target: Target, contract: Contract, problem: MoralHazard) -> int | None:
    """Return how the best response (or utility) moves with a parameter: -1, 0, 1; None: unknown."""
    if name == "reservation_utility":
        return 0 if target == "effort" else FALLS
    if not isinstance(getattr(problem, name.partition(".")[0]), KNOWN):
        return None  # in a primitive of the user's own a name may mean anything
    if name in ("cost.scale", "cost.rate"):
        return FALLS
    if target == "utility" and name == "utility.risk_aversion" and problem.utility.cost_in_money:
        return FALLS
    if target == "utility" and name == "cost.power" and problem.efforts.high <= 1.0:
        return RISES
    if not never_falls(contract):
        return None
    if name == "utility.shift":
        return FALLS if target == "effort" else RISES
    if name == "utility.scale" and target == "effort":
        return RISES
    if name in SIGNALS and target == "utility":
        return RISES
    return None


def never_falls(contract: Contract) -> bool:
    """Whether pay never falls in the outcome."""
    match contract:
        case BinaryContract(_, bonus):
            return bonus >= 0
        case LinearContract(_, slope):
            return slope >= 0
        case TieredContract(_, wages) | WageSchedule(_, wages):
            return list(wages) == sorted(wages)
        case FlatWage():
            return True
    return False


def unordered(
    ranges: Mapping[str, Interval], target: Target, contract: Contract, problem: MoralHazard
) -> list[str]:
    """Return the names whose intervals must be divided, since no end of them is the worst."""
    wide = [name for name, (low, high) in ranges.items() if low < high]
    return [name for name in wide if direction(name, target, contract, problem) is None]


def worst_ends(
    ranges: Mapping[str, Interval],
    target: Target,
    contract: Contract,
    problem: MoralHazard,
    sense: int = FALLS,
) -> dict[str, float]:
    """Return, for each ordered name, the end at which `target` is least (greatest: sense=RISES)."""
    ends = {}
    for name, (low, high) in ranges.items():
        way = direction(name, target, contract, problem)
        if low == high or way is not None:
            ends[name] = high if (way or 0) * sense > 0 else low
    return ends


def hull(low: float, high: float) -> Ball:
    """Return a ball that contains [low, high]."""
    return arb(low).union(arb(high))


def with_balls(problem: MoralHazard, balls: Mapping[str, Ball]) -> MoralHazard:
    """Return `problem` with balls in the place of these numbers; only enclosures can read it.

    Raises:
        NoEnclosure: for a primitive whose enclosure might read its numbers otherwise.
    """
    made = copy.copy(problem)
    for name, ball in balls.items():
        owner, _, field = name.partition(".")
        if not field:
            object.__setattr__(made, owner, ball)
            continue
        primitive: Any = getattr(made, owner)
        if not isinstance(primitive, KNOWN):
            raise NoEnclosure(f"{type(primitive).__name__} has no enclosure over a range of {name}")
        if isinstance(primitive, GoldenQuestions):  # equal margins: the same law as experts'
            primitive, field = ExpertReview(primitive.n, 1.0), "rho"
        changed = copy.copy(primitive)
        object.__setattr__(changed, field, ball)
        object.__setattr__(made, owner, changed)
    return made
