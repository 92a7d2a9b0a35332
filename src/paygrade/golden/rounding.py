"""From shares to whole questions: systematic draws, then swaps.

A vertex of the relaxation has at most as many fractions as constraints, so few questions are in
doubt. Each draw keeps a question with its share; swaps then mend what rounding broke, and after
that trade questions for better ones as long as the constraints hold. The loss against the
relaxation's bound is reported, not assumed small.
"""

import numpy as np
from numpy.typing import NDArray

from paygrade.golden.relaxation import SLACK, Program, Relaxed

Array = NDArray[np.float64]
Places = NDArray[np.intp]

STARTS = 4
NEAR = 1200  # candidates priced highest that swaps may bring in
OUT, IN = 96, 1200  # of them tried in one step
STEPS = 400
PATIENCE = 3  # steps without a gain, where not all swaps are tried at once
MENDING = 20.0  # what a unit of excess costs while mending, in the information of the whole set


def round_shares(program: Program, relaxed: Relaxed, seed: int = 0) -> Places | None:
    """Return the best admissible set found near the relaxation's shares, (n,), or None."""
    draw = np.random.default_rng(seed)
    order = np.argsort(-program.reduced(relaxed.prices), kind="stable")
    near = np.union1d(order[: max(NEAR, 3 * program.size)], np.flatnonzero(relaxed.shares > 1e-6))
    best: Places | None = None
    for start in range(STARTS):
        chosen = _first(relaxed.shares, program.size, draw if start else None)
        chosen = _swapped(program, chosen, near, draw)
        if program.excess(chosen) == 0.0 and (
            best is None or program.information[chosen].sum() > program.information[best].sum()
        ):
            best = chosen
    return None if best is None else np.sort(best)


def _first(shares: Array, size: int, draw: np.random.Generator | None) -> Places:
    """Return the `size` largest shares or, with random numbers, a systematic draw by shares."""
    if draw is None:
        return np.argsort(-shares, kind="stable")[:size]
    order = draw.permutation(len(shares))
    ends = np.cumsum(shares[order])
    marks = (np.arange(size) + draw.random()) * ends[-1] / size
    chosen = np.unique(order[np.searchsorted(ends, marks).clip(max=len(order) - 1)])
    rest = np.setdiff1d(np.argsort(-shares, kind="stable")[: 2 * size], chosen)
    return np.concatenate([chosen, rest[np.argsort(-shares[rest])][: size - len(chosen)]])


def _swapped(program: Program, chosen: Places, near: Places, draw: np.random.Generator) -> Places:
    chosen, waited = chosen.copy(), 0
    for _ in range(STEPS):
        outside = np.setdiff1d(near, chosen)
        if not len(outside):
            break
        whole = len(chosen) <= OUT and len(outside) <= IN
        out = np.arange(len(chosen)) if whole else draw.permutation(len(chosen))[:OUT]
        into = outside if whole else draw.permutation(outside)[:IN]
        gain = _gains(program, chosen, chosen[out], into)
        i, j = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[i, j] > 1e-9:
            chosen[out[i]], waited = into[j], 0
        elif whole or (waited := waited + 1) >= PATIENCE:
            break
    return chosen


def _gains(program: Program, chosen: Places, out: Places, into: Places) -> Array:
    """Return what each swap gains in information less what it adds in excess, (out, in)."""
    size, told = program.size, program.information
    # while something is broken excess comes first; once nothing is, no swap may break anything
    excess = program.excess(chosen)
    cost = (MENDING if excess else 1e6) * max(float(told[chosen].sum()), 1.0)
    after = np.zeros((len(out), len(into)))
    if np.isfinite(program.radius):
        phi = program.features
        total = phi[chosen].sum(axis=0)
        less, more = total - phi[out], phi[into]
        square = (less**2).sum(axis=1)[:, None] + 2.0 * less @ more.T + (more**2).sum(axis=1)
        away = np.sqrt(np.maximum(square, 0.0)) / size
        after += np.maximum(away - program.radius, 0.0)
    total = program.rows[chosen].sum(axis=0)
    for k, limit in enumerate(program.limits):
        row = program.rows[:, k]
        mean = (total[k] - row[out])[:, None] + row[into]
        after += np.maximum(np.abs(mean) / size - limit, 0.0)
    after[after <= SLACK] = 0.0
    return np.asarray(told[into] - told[out][:, None] - cost * (after - excess))
