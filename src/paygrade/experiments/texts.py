"""Preference pairs with texts of known worth: what the experiments run on when no data are given.

A response is a row of words: topic, filler, and words that tell careful from careless writing. Its
worth is the sum of the words' hidden weights over the root of its length, scaled; the margin of a
pair is tanh of half the difference in worth (Bradley and Terry: p = sigmoid, delta = 2p - 1). Clear
pairs look different, as they do in real data: careful responses are longer and use lists.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paygrade.experiments.experiment import Table

Array = NDArray[np.float64]

TOPICS = {
    "gardening": "soil seed prune compost bloom root shade water mulch harvest",
    "travel": "train ticket border hotel map luggage harbour route visa museum",
    "cooking": "simmer onion oven dough season pan boil spice knife roast",
    "software": "loop compile branch query cache test thread parser commit patch",
    "finance": "loan interest budget invoice tax ledger bond savings credit audit",
    "health": "sleep dose muscle vitamin fever rest clinic pulse diet walk",
    "history": "empire treaty archive dynasty revolt parliament trade siege charter exile",
    "music": "chord tempo violin rehearsal melody choir drum scale concert score",
}
CAREFUL = (
    "because therefore example first second evidence precisely measure compare verify source step"
    " reason exactly condition result explains specific detail check"
)
CARELESS = (
    "maybe whatever stuff thing kinda obviously basically etc somehow probably lol guess nothing"
    " random anyway dunno bad wrong unclear nonsense"
)
FILLER = (
    "the a of and to in it is that for on with as at by this from or be are was which one all"
    " you can will they there more when some use how about many other time into"
)
WORTH = 2.0  # of a text made of careful words alone, in units of log odds, times sqrt(its length)


@dataclass(frozen=True)
class Vocabulary:
    """All words and their hidden weights, (words,)."""

    words: NDArray[np.str_]
    weights: Array


def vocabulary() -> Vocabulary:
    """Return topic words and fillers of weight 0, careful ones above and careless ones below."""
    topic = " ".join(TOPICS.values()).split()
    careful, careless, filler = CAREFUL.split(), CARELESS.split(), FILLER.split()
    strength = np.linspace(0.5, 1.5, len(careful))
    weights = np.concatenate([np.zeros(len(topic) + len(filler)), strength, -strength])
    return Vocabulary(np.array(topic + filler + careful + careless), weights)


def simulate_texts(
    number: int, seed: int = 0, *, stronger: float = 0.0, strength: float = WORTH
) -> Table:
    """Return pairs in the columns of `PreferencePairs`, with the margin known.

    Arguments:
        number: of pairs.
        seed: the same seed gives the same pairs.
        stronger: how much more care the stronger of two models takes, in [0, 1]; 0: as much. Which
            side is the stronger model's is random.
        strength: scale of the margins; larger is clearer.

    Returns:
        Columns task, prompt, left, right, label (the side a careful reader prefers), margin (of
        left), left_model, right_model.

    >>> pairs = simulate_texts(2)
    >>> pairs.columns.tolist(), bool(pairs["margin"].abs().max() < 1)
    (['task', 'prompt', 'left', 'right', 'label', 'margin', 'left_model', 'right_model'], True)
    """
    import pandas as pd

    draw = np.random.default_rng(seed)
    words = vocabulary()
    left_is_stronger = draw.random(number) < 0.5
    topics = draw.integers(0, len(TOPICS), number)
    sides = []
    for is_stronger in (left_is_stronger, ~left_is_stronger):
        care = draw.beta(2.0, 2.0, number) * (1.0 - stronger) + stronger * is_stronger
        sides.append([_response(t, c, words, draw) for t, c in zip(topics, care, strict=True)])
    worth = [np.array([value for _, value in side]) for side in sides]
    margin = np.tanh(0.5 * strength * (worth[0] - worth[1]))
    names = np.array(list(TOPICS))[topics]
    models = (
        np.where(left_is_stronger, "stronger", "weaker"),
        np.where(left_is_stronger, "weaker", "stronger"),
    )
    return pd.DataFrame(
        {
            "task": [f"pair{i:05d}" for i in range(number)],
            "prompt": [f"How do I begin with {name}?" for name in names],
            "left": [text for text, _ in sides[0]],
            "right": [text for text, _ in sides[1]],
            "label": np.where(margin > 0, "left", "right").astype(object),
            "margin": margin,
            "left_model": models[0].astype(object),
            "right_model": models[1].astype(object),
        }
    )


def _response(
    topic: int, care: float, words: Vocabulary, draw: np.random.Generator
) -> tuple[str, float]:
    """Return a text and its worth: careful words at rate `care`, careless ones at the rest."""
    length = 12 + draw.poisson(10.0 + 40.0 * care)
    kinds = draw.random(length)
    careful, careless, filler = CAREFUL.split(), CARELESS.split(), FILLER.split()
    own = list(TOPICS.values())[topic].split()
    start = len(words.words) - len(careful) - len(careless)
    told = 0.3 * np.array([care, 1.0 - care]).cumsum()
    places = np.where(
        kinds < told[0],
        start + draw.integers(0, len(careful), length),
        np.where(
            kinds < told[1],
            start + len(careful) + draw.integers(0, len(careless), length),
            np.where(
                kinds < 0.55,
                topic * len(own) + draw.integers(0, len(own), length),
                len(TOPICS) * len(own) + draw.integers(0, len(filler), length),
            ),
        ),
    )
    chosen = words.words[places]
    worth = float(words.weights[places].sum() / np.sqrt(length))
    lines = [" ".join(chosen[i : i + 9]) for i in range(0, length, 9)]
    mark = "\n- " if draw.random() < care else ". "
    return mark.join(lines), worth
