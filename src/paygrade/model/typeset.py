"""What the principal thinks possible of an annotator: a list of types, or a whole box of them.

A type is a `MoralHazard` problem. Types differ in the annotator's utility, cost, reservation
utility or signal; what the principal may pay and what the outcomes are is common to them.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from paygrade.arguments import misfits
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import finite
from paygrade.model.named import changed, parameters, require_names
from paygrade.model.problem import MoralHazard

COMMON = ("wage_floor", "wage_cap", "efforts")
PRINCIPALS_OWN = ("value.", "wage_", "monitor.n")
LOOSE_SUM = 1e-9  # what probabilities may miss 1 by


@dataclass(frozen=True)
class TypeList:
    """Finitely many types.

    Arguments:
        problem: the problem that `types` are changes of.
        types: each a `MoralHazard`, or a mapping of named changes such as {"cost.scale": 1.2}.
        probabilities: how common each is; equal by default.
        names: what to call each; by default its changes.

    Raises:
        ModelError: for types that don't share wage bounds and efforts, or wrong probabilities.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> types = TypeList(problem, [{"cost.scale": 0.4}, {"cost.scale": 0.6}])
    >>> types.names, types.probabilities
    (('cost.scale=0.4', 'cost.scale=0.6'), (0.5, 0.5))
    """

    problem: MoralHazard
    types: Sequence[MoralHazard | Mapping[str, float]]
    probabilities: Sequence[float] | None = None
    names: Sequence[str] | None = None
    members: tuple[MoralHazard, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        if not len(self.types):
            raise ModelError(
                f"types={self.types!r} lists no type; give a list of problems or of named changes"
            )
        members = tuple(
            given if isinstance(given, MoralHazard) else changed(self.problem, given)
            for given in self.types
        )
        names = self.names or [_name(i, given) for i, given in enumerate(self.types, start=1)]
        shares = self.probabilities
        shares = [1.0 / len(members)] * len(members) if shares is None else list(shares)
        raise_problems(_complaints(self.problem, members, names, shares))
        object.__setattr__(self, "members", members)
        object.__setattr__(self, "names", tuple(names))
        object.__setattr__(self, "probabilities", tuple(float(p) for p in shares))

    @property
    def weights(self) -> tuple[float, ...]:
        """Probability of each type."""
        assert self.probabilities is not None  # noqa: S101  (set above)
        return tuple(self.probabilities)

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each type."""
        assert self.names is not None  # noqa: S101  (set above)
        return tuple(self.names)


def _name(number: int, given: MoralHazard | Mapping[str, float]) -> str:
    if isinstance(given, MoralHazard):
        return f"type {number}"
    return ", ".join(f"{name}={value:g}" for name, value in given.items()) or "as given"


def _complaints(
    problem: MoralHazard,
    members: Sequence[MoralHazard],
    names: Sequence[str],
    shares: Sequence[float],
) -> list[str]:
    problems = [
        f"types differ in {name}, which is the same for whoever takes the contract; give one"
        for name in COMMON
        if any(getattr(member, name) != getattr(problem, name) for member in members)
    ]
    kinds = {(type(m.monitor).__name__, getattr(m.monitor, "n", None)) for m in members}
    if len(kinds) > 1:
        problems.append(
            f"types are monitored in different ways ({sorted(kinds, key=str)}), so one rule can't"
            " pay them all; give all of them one monitor with one n"
        )
    if len(names) != len(members) or len(set(names)) != len(names):
        problems.append(f"names={list(names)!r}: give each of {len(members)} types its own name")
    bad = [p for p in shares if not 0 <= p <= 1]
    if bad or len(shares) != len(members) or abs(math.fsum(shares) - 1.0) > LOOSE_SUM:
        problems.append(
            f"probabilities={list(shares)!r} are no distribution over {len(members)} types; give"
            " one from 0 to 1 for each, adding up to 1"
        )
    return problems


@dataclass(frozen=True)
class TypeBox:
    """Every type whose named numbers lie in intervals, ends included.

    Arguments:
        problem: the type that the others are changes of.
        ranges: for each name of `parameters(problem)` that is not known for sure, (least, most).

    Raises:
        ModelError: for names that a type can't differ in, and ends that make no sense.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> box = TypeBox(problem, {"cost.scale": (0.4, 0.6), "monitor.rho": (0.7, 0.9)})
    >>> len(box.corners()), box.middle.monitor
    (4, ExpertReview(n=100, rho=0.8))
    """

    problem: MoralHazard
    ranges: Mapping[str, tuple[float, float]]

    def __post_init__(self) -> None:
        raise_problems(misfits(self))
        require_names(self.problem, self.ranges)
        problems = []
        for name, ends in self.ranges.items():
            problems += _range_problems(name, ends)
        raise_problems(problems)
        ranges = {name: (float(low), float(high)) for name, (low, high) in self.ranges.items()}
        object.__setattr__(self, "ranges", ranges)
        for corner in self._corner_changes():
            changed(self.problem, corner)  # every end has to make sense

    @property
    def middle(self) -> MoralHazard:
        """The type in the middle of every interval."""
        return self.at({name: 0.5 * (low + high) for name, (low, high) in self.ranges.items()})

    def at(self, changes: Mapping[str, float]) -> MoralHazard:
        """Return the type with these numbers."""
        return changed(self.problem, changes)

    def corners(self) -> tuple[MoralHazard, ...]:
        """Return the types at all ends of the intervals, (2^d,)."""
        return tuple(self.at(corner) for corner in self._corner_changes())

    def contains(self, problem: MoralHazard) -> bool:
        """Whether `problem` is one of the types."""
        numbers = parameters(problem)
        inside = all(low <= numbers[name] <= high for name, (low, high) in self.ranges.items())
        return inside and self.at({name: numbers[name] for name in self.ranges}) == problem

    def draw(self, count: int, seed: int = 0) -> list[MoralHazard]:
        """Return `count` types drawn uniformly, the same ones for the same seed."""
        random = np.random.default_rng(seed)
        return [
            self.at({name: float(random.uniform(*ends)) for name, ends in self.ranges.items()})
            for _ in range(count)
        ]

    def _corner_changes(self) -> list[dict[str, float]]:
        ends = [sorted(set(pair)) for pair in self.ranges.values()]
        return [dict(zip(self.ranges, point, strict=True)) for point in itertools.product(*ends)]


def _range_problems(name: str, ends: tuple[float, float]) -> list[str]:
    if name.startswith(PRINCIPALS_OWN):
        text = f"{name} is the principal's own figure, in which types of annotators don't differ"
        return [f"{text}; see sensitivity() for what happens when it is off"]
    try:
        low, high = ends
    except (TypeError, ValueError):
        return [f"{name}: {ends!r} is no interval; give (least, most)"]
    problems = finite(name, low, "is no end of an interval")
    problems += finite(name, high, "is no end of an interval")
    if not problems and not low <= high:
        problems.append(f"{name}: {low!r} lies above {high!r}; give (least, most)")
    if not problems and name == "utility.gamma" and low <= 1.0 <= high:
        problems.append(
            f"{name}: ({low:g}, {high:g}) contains 1, where (w^(1-γ))/(1-γ) is undefined; use two"
            " boxes, one on each side"
        )
    return problems


TypeSet = TypeList | TypeBox
