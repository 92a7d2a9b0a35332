"""The numbers of a problem by name: "cost.scale", "monitor.rho", "wage_floor", ...

A name is the problem's own field, or a primitive's field after a dot. Whoever varies a problem,
over types of annotators or over what may be mistaken, speaks of its numbers by these names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError
from paygrade.model.problem import MoralHazard

PRIMITIVES = ("utility", "cost", "value", "monitor")
OWN = ("reservation_utility", "wage_floor", "wage_cap")


@checked_arguments
def parameters(problem: MoralHazard) -> dict[str, float]:
    """Return every number of `problem` that has a name, by name.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(shift=2.0), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> list(parameters(problem))  # doctest: +NORMALIZE_WHITESPACE
    ['utility.shift', 'utility.scale', 'cost.scale', 'cost.power', 'value.slope',
     'value.intercept', 'monitor.n', 'monitor.rho', 'reservation_utility']
    """
    return dict(_named(problem))


def _named(problem: MoralHazard) -> Iterator[tuple[str, float]]:
    for owner in PRIMITIVES:
        primitive = getattr(problem, owner)
        if not is_dataclass(primitive):
            continue
        for field in fields(primitive):
            number = getattr(primitive, field.name)
            if isinstance(number, int | float) and not isinstance(number, bool):
                yield f"{owner}.{field.name}", number
    for name in OWN:
        number = getattr(problem, name)
        if number is not None:
            yield name, number


def changed(problem: MoralHazard, changes: Mapping[str, float]) -> MoralHazard:
    """Return `problem` with other numbers at the names given.

    Raises:
        ModelError: for a name that the problem has no number of, or a number that makes no sense.

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.LogUtility(), cost=pg.PowerCost(0.5, 2.0),
    ...     value=pg.LinearValue(2.0), monitor=pg.ExpertReview(n=100, rho=0.8))
    >>> changed(problem, {"cost.scale": 0.6, "monitor.rho": 0.7}).cost
    PowerCost(scale=0.6, power=2.0)
    """
    require_names(problem, changes)
    own: dict[str, object] = {}
    for name, given in changes.items():
        number = given
        owner, _, field = name.partition(".")
        if not field:
            own[name] = number
        else:
            primitive = own.get(owner, getattr(problem, owner))
            if isinstance(getattr(primitive, field), int) and float(number).is_integer():
                number = int(number)  # a number of checks stays one
            own[owner] = replace(primitive, **{field: number})  # type: ignore[type-var]
    return replace(problem, **own)  # type: ignore[arg-type]


def require_names(problem: MoralHazard, names: Mapping[str, object]) -> None:
    """Raise ModelError unless `problem` has a number of each of `names`."""
    known = parameters(problem)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ModelError(
            f"{', '.join(map(repr, unknown))}: this problem has no such number; it has"
            f" {', '.join(known)}"
        )
