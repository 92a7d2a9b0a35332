"""How near to the pool golden questions must be for no judge to tell them apart.

The distance that a classifier needs is known for normal laws only, so it is tried out: sets are
designed at several radii, each is judged, and the search halves between the widest radius that is
admissible and the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from paygrade.errors import InfeasibleSelection
from paygrade.golden.distinguishability import Auc, Judges
from paygrade.golden.relaxation import Program, relax
from paygrade.golden.rounding import round_shares

Places = NDArray[np.intp]

FACTORS = (np.inf, 3.0, 2.0, 1.5, 1.0, 0.5)  # times the radius that normal laws would call for
TIGHTER = (0.25, 0.1)  # tried if none of these is admissible
HALVINGS = 3


@dataclass(frozen=True, eq=False)
class Tried:
    """One design.

    Attributes:
        radius: the largest distance that it might have.
        chosen: candidates, (n,).
        information: of them all.
        auc: how well they are told apart.
        bound: on the information of every set within the radius.
        distance: that it has.
    """

    radius: float
    chosen: Places
    information: float
    auc: Auc
    bound: float
    distance: float


def normal_radius(auc: float) -> float:
    """Return the distance of two normal laws of equal covariance that scores at best this AUC.

    The best score's difference is N(D², 2·D²), so its AUC is Phi(D/sqrt(2)).

    >>> round(normal_radius(0.6), 4)
    0.3583
    """
    return float(np.sqrt(2.0) * ndtri(auc))


def search_radii(
    program: Program,
    judges: Judges,
    place: Places,
    max_auc: float,
    seed: int,
    progress: Callable[[str], object],
) -> tuple[Tried, list[Tried]]:
    """Return the design of most information whose AUC is at most `max_auc`, and all tried.

    Arguments:
        program: the choice, at any radius.
        judges: of the whole pool.
        place: of each candidate in the pool, (M,).
        max_auc: of the best judge.
        seed: of the roundings.
        progress: told what is being done.

    Raises:
        InfeasibleSelection: no design is admissible.
    """
    unit = normal_radius(max_auc) if max_auc < 1.0 else np.inf
    tried: list[Tried] = []

    def design(radius: float) -> None:
        if any(radius <= each.radius and each.distance <= radius for each in tried):
            return  # a wider bound didn't bind beyond this one, so the design would be the same
        progress(f"designing at distance {radius:.2f}")
        here = replace(program, radius=radius)
        relaxed = relax(here, seed)
        chosen = round_shares(here, relaxed, seed)
        if chosen is not None:
            told = float(program.information[chosen].sum())
            far = float(np.linalg.norm(program.features[chosen].mean(axis=0)))
            tried.append(Tried(radius, chosen, told, judges.auc(place[chosen]), relaxed.bound, far))

    for radius in sorted({factor * unit for factor in FACTORS}, reverse=True):
        design(radius)
    for factor in TIGHTER:
        if not any(each.auc.value <= max_auc for each in tried):
            design(factor * unit)
    for _ in range(HALVINGS):
        inside = [t.radius for t in tried if t.auc.value <= max_auc]
        outside = [t.radius for t in tried if t.auc.value > max_auc and t.radius > max(inside)]
        if not inside or not outside or np.isinf(min(outside)):
            break
        design((max(inside) + min(outside)) / 2.0)
    fit = [each for each in tried if each.auc.value <= max_auc]
    if not fit:
        raise InfeasibleSelection(_none_hides(program.size, max_auc, tried))
    return max(fit, key=lambda each: each.information), tried


def _none_hides(size: int, max_auc: float, tried: list[Tried]) -> str:
    if not tried:
        return (
            f"no set of {size} whole questions was found within the format limits of"
            f" max_auc={max_auc}; add candidates, choose fewer questions, or allow more"
        )
    least = min(each.auc.value for each in tried)
    return (
        f"max_auc={max_auc} is out of reach: of {len(tried)} designs of {size} questions the best"
        f" hidden one is told apart at AUC {least:.3f}; allow that much, add candidates that look"
        " like the pool, or choose more questions (small sets are judged less exactly)"
    )
