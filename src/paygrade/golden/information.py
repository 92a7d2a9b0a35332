"""What an answer to a question says about effort: Fisher information (theory section 1).

A question of margin m, whose key is wrong with probability eps, spotted as a check and then
answered with full effort with probability q, is answered as its key says with probability

    A(e) = (1 + (1 - 2·eps)·(q·m(1) + (1 - q)·m(e)))/2,        I(e) = A'(e)²/(A(e)·(1 - A(e))).

Attention: m(e) = e·m; I = (1-q)²·M²/(1 - g²·M²) with M = (1-2·eps)·m and g = q + (1-q)·e, which
rises in m and falls in q. Temperature: m(t) = tanh(t·D/2) for a reward difference D, where effort
is the inverse temperature t; with eps = q = 0, I = D²·s(t·D)·s(-t·D), which peaks at t·D = u*,
u*·tanh(u*/2) = 2: there the surest question is not the best one.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from paygrade.arguments import checked_arguments
from paygrade.errors import ModelError, raise_problems
from paygrade.model.checks import positive

Array = NDArray[np.float64]


@checked_arguments
def question_information(
    margins: ArrayLike,
    effort: float = 0.8,
    *,
    key_error: ArrayLike = 0.0,
    spotted: ArrayLike = 0.0,
    temperature: float | None = None,
) -> Array:
    """Return the Fisher information of one answer to each question, about effort.

    Arguments:
        margins: attentive margins, in [-1, 1]; any shape.
        effort: in [0, 1), the effort at which information is wanted.
        key_error: probability that the key is wrong, in [0, 1].
        spotted: probability that the question is recognised as a check, in [0, 1].
        temperature: inverse temperature t > 0 relative to attentive annotators' 1: then answers
            follow a Bradley-Terry law with reward difference D = 2·artanh(margin), effort plays no
            part, and the information is about t.

    Returns:
        Information in 1/effort², or 1/t², of the shape of all arguments together.

    Raises:
        ModelError: a number is outside of its range.

    >>> question_information([0.5, 1.0], 0.8, spotted=[0.0, 0.5]).round(4).tolist()
    [0.2976, 1.3158]
    >>> question_information([0.8336, 0.95], temperature=1.0).round(3).tolist()
    [0.439, 0.327]
    """
    margin = np.abs(np.asarray(margins, float))
    error, seen = np.asarray(key_error, float), np.asarray(spotted, float)
    try:
        np.broadcast_shapes(margin.shape, error.shape, seen.shape)
    except ValueError as wrong:
        raise ModelError(
            f"margins of shape {margin.shape}, key_error of {error.shape} and spotted of"
            f" {seen.shape} don't belong to one list of questions; give one number for all, or one"
            " for each question"
        ) from wrong
    raise_problems(_problems(margin, effort, error, seen, temperature))
    if temperature is None:
        slope, now = margin, effort * margin
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = 2.0 * np.arctanh(margin)
            now = np.tanh(temperature * gap / 2.0)
            slope = np.where(np.isinf(gap), 0.0, gap * (1.0 - now**2) / 2.0)
    sure = 1.0 - 2.0 * error
    tilt = sure * (seen * margin + (1.0 - seen) * now)  # 2A - 1
    rise = sure * (1.0 - seen) * slope  # 2A'
    with np.errstate(divide="ignore", invalid="ignore"):
        # 0/0 only where nobody's answer depends on effort: spotted for certain, or a margin of 1
        return np.where(rise == 0.0, 0.0, rise**2 / (1.0 - tilt**2))


@checked_arguments
def best_margin(temperature: float = 1.0) -> float:
    """Return the margin of most information under the temperature law: tanh(u*/(2t)).

    Raises:
        ModelError: the temperature is not above 0.

    >>> round(peak_logit(), 4), round(best_margin(), 4)
    (2.3994, 0.8336)
    """
    raise_problems(positive("temperature", temperature, "is no inverse temperature"))
    return float(np.tanh(peak_logit() / temperature / 2.0))


def peak_logit() -> float:
    """Return u*, the root of u·tanh(u/2) = 2, where u²·s(u)·s(-u) is largest."""
    return float(brentq(lambda u: u * np.tanh(u / 2.0) - 2.0, 1.0, 4.0, xtol=1e-14))


def check_effort(effort: float, temperature: float | None) -> None:
    """Raise a ModelError unless effort is in [0, 1) and the temperature, if any, above 0."""
    none = np.zeros(0)
    raise_problems(_problems(none, effort, none, none, temperature), ModelError)


def _problems(
    margin: Array, effort: float, error: Array, seen: Array, temperature: float | None
) -> list[str]:
    problems = [
        f"{name} has values outside of [0, 1] or no numbers ({wrong[0]!r}), so no answer has a law;"
        f" give {what}"
        for name, values, what in (
            ("margins", margin, "margins from -1 to 1"),
            ("key_error", error, "probabilities"),
            ("spotted", seen, "probabilities"),
        )
        if (wrong := values[~((values >= 0.0) & (values <= 1.0))].tolist())
    ]
    if not 0.0 <= effort < 1.0:
        problems.append(
            f"effort={effort!r}: at effort 1 a certain question has infinite information, and"
            " beyond [0, 1] there is no effort; give a number from 0 to below 1, such as 0.8"
        )
    if temperature is not None:
        problems += positive("temperature", temperature, "is no inverse temperature")
    return problems
