"""The law of a count of unequal questions, by exact convolution."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from paygrade.model.monitor import Array


def poisson_binomial(margins: tuple[float, ...], effort: ArrayLike) -> tuple[Array, Array]:
    """Return the law of a count of unequal questions, and its tail's slopes in effort.

    With A_j(e) = (1 + e·margin_j)/2 the first array is P(K = k), shape (..., n+1); the second,
    (..., n+2), holds d/de P(K >= k) = sum_j A_j'(e)·P(K without j = k - 1). Both recursions add
    positive terms only, so small tails keep their relative accuracy.
    """
    effort = np.asarray(effort, float)
    return _poisson_binomial(margins, effort.tobytes(), effort.shape)


@lru_cache(maxsize=32)  # a search asks for the same efforts at many cutoffs
def _poisson_binomial(
    margins: tuple[float, ...], efforts: bytes, shape: tuple[int, ...]
) -> tuple[Array, Array]:
    effort = np.frombuffer(efforts).reshape(shape)[..., None]
    law = np.zeros((*shape, len(margins) + 1))
    without_one = np.zeros_like(law)  # sum over j of A_j'(e)·law of the count without question j
    law[..., 0] = 1.0
    for margin in margins:
        agree = 0.5 + 0.5 * margin * effort
        without_one = _one_more(without_one, agree) + 0.5 * margin * law
        law = _one_more(law, agree)
    edge = np.zeros((*shape, 1))
    return law, np.concatenate([edge, without_one[..., :-1], edge], axis=-1)


def _one_more(law: Array, agree: Array) -> Array:
    moved = law * (1.0 - agree)
    moved[..., 1:] += law[..., :-1] * agree
    return np.asarray(moved)
