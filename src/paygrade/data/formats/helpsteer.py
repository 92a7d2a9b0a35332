"""HelpSteer and HelpSteer2: responses rated one by one, and HelpSteer2's preferences.

Ratings, 0 to 4 by attribute, stand one response a row; the responses to one prompt are paired. In
HelpSteer2's "disagreements" each rating is a list, one number a rater: then
δ = P(left rated higher) - P(right rated higher) over all pairs of their raters.

Preferences are -3 (response 1 much better) to 3 (response 2). `all_preferences_unprocessed` holds
each annotator's own; -100 there says that neither response can be used, which is no tie.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from paygrade.data.formats.format import (
    Format,
    Lost,
    Reading,
    Row,
    better_of,
    make_pair,
)
from paygrade.data.formats.record import Record

ATTRIBUTES = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
EVERY = "all_preferences_unprocessed"
STRONGEST = 3
NEITHER = -100


def rated_pairs(records: Sequence[Record], reading: Reading) -> Iterator[Row | Lost]:
    """Yield every pair of responses to one prompt; the coin places them."""
    by_prompt: dict[tuple[str, str | None], list[Record]] = {}
    for record in records:
        if record.text("prompt") is None or record.text("response") is None:
            yield Lost(record, "responses without a text or a prompt")
        else:
            by_prompt.setdefault((record.origin, record.text("prompt")), []).append(record)
    for (_, prompt), responses in by_prompt.items():
        if len(responses) == 1:
            yield Lost(responses[0], "responses with no other to the same prompt")
        for first, second in combinations(responses, 2):
            yield _rated(prompt, first, second, reading)


def _rated(prompt: str | None, first: Record, second: Record, reading: Reading) -> Row | Lost:
    question = reading.question or "helpfulness"
    rated = {name: (first.numbers(name), second.numbers(name)) for name in ATTRIBUTES}
    means = {name: (_mean(one), _mean(other)) for name, (one, other) in rated.items()}
    one, other = rated[question]
    several = max(len(one), len(other)) > 1
    return make_pair(
        first,
        prompt,
        (first.text("response"), second.text("response")),
        better_of(*means[question]),
        coin=reading.seed,
        margin=dominance(one, other) if several else math.nan,
        sides={"score": means[question], **means},
        raters=float(min(len(one), len(other))) if several else math.nan,
    )


def dominance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return P(one > other) - P(one < other) over all pairs of ratings; NaN without any.

    >>> dominance([4, 3, 3], [3, 2, 2])
    0.7777777777777778
    """
    if not one or not other:
        return math.nan
    return float(np.sign(np.subtract.outer(one, other)).mean())


def preferences(records: Sequence[Record], _: Reading) -> Iterator[Row | Lost]:
    """Yield a pair a row, on the sides of the file: response 1 on the left."""
    for record in records:
        strength = record.number("preference_strength")
        if abs(strength) > STRONGEST:
            raise record.strange("preference_strength", strength, "from -3 to 3")
        every = [record.as_number(each.get("strength"), EVERY) for each in record.records(EVERY)]
        for refused in (each for each in every if each == NEITHER):
            yield Lost(record, f"individual preferences for neither response ({refused:g})")
        yield make_pair(
            record,
            record.text("prompt"),
            (record.text("response_1"), record.text("response_2")),
            better_of(-strength, strength),
            split=record.name("split"),
            strength=-strength,
            **_counted([each for each in every if abs(each) <= STRONGEST]),
        )


def _counted(strengths: Sequence[float]) -> dict[str, Any]:
    """Return how many annotators preferred each response, if any are known."""
    if not strengths:
        return {}
    signs = np.sign(strengths)
    sides = {"votes_left": -1, "votes_right": 1, "votes_tied": 0}
    return {name: float((signs == sign).sum()) for name, sign in sides.items()}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


RATED = Format(
    "helpsteer",
    ("prompt", "response", "helpfulness"),
    rated_pairs,
    questions=("helpfulness", "correctness", "coherence", "complexity", "verbosity"),
)
PREFERENCES = Format(
    "helpsteer2-preference",
    ("prompt", "response_1", "response_2", "preference_strength"),
    preferences,
)
