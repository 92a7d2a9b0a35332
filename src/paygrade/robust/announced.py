"""Rules as they can be announced, in cents, and which of them holds for every type.

A rule for many types stands where incentives bind for one of them, so rounding it may break it.
Rounded rules are ranked by what the searched types do, and proved in that order.
"""

from collections.abc import Sequence

from paygrade.certificate.typeset import TypesCertificate, certify_types
from paygrade.errors import InfeasibleContract
from paygrade.model.contract import Contract
from paygrade.model.typeset import TypeSet
from paygrade.robust.search import RuleSearch

TRIES = 6  # rules that are proved before giving up
NEAR = 1e-2  # relative payoff that no further rounded rule is proved for


def announceable(
    search: RuleSearch, contract: Contract, step: float | None
) -> list[tuple[float, Contract]]:
    """Return (score, rule), the best first: `contract` itself, or what rounds it to `step` (money).

    Raises:
        InfeasibleContract: when no rounded rule near it is allowed.
    """
    if step is None:
        return [(search.worth(contract), contract)]
    found = search.rounded(contract, step)[:TRIES]
    if not found:
        raise InfeasibleContract(
            f"no rule in steps of {step:g} near {contract} makes every type do its part; give a"
            " finer round_to"
        )
    return found


def best_certified(
    types: TypeSet, tried: Sequence[tuple[float, Contract]], effort: float | None
) -> tuple[Contract, TypesCertificate]:
    """Return the rule of greatest proved payoff; a refused one where none holds."""
    best: tuple[Contract, TypesCertificate] | None = None
    for score, contract in tried:
        if best is not None and best[1].holds:
            reached = best[1].worst_payoff + NEAR * (1.0 + abs(score))
            if score <= reached:
                break  # the others do no better even if all goes well
        found = contract, certify_types(types, contract, effort=effort)
        if best is None or _is_better(found[1], best[1]):
            best = found
    assert best is not None  # noqa: S101  (something was tried)
    return best


def _is_better(one: TypesCertificate, other: TypesCertificate) -> bool:
    return (one.holds, one.worst_payoff) > (other.holds, other.worst_payoff)
