"""Pairs of responses whose format tells how sure the answer is, with the truth known.

In preference data the surest pairs look different: one response is much longer, has lists and
headings, shares fewer words with the other. Here a margin delta is drawn (|delta| the larger of two
uniform numbers) and `telltale` says how far lengths and markup follow it, from 0, not at all, to 1.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments
from paygrade.errors import raise_problems
from paygrade.model.checks import count

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

WORDS = (  # of no meaning; likeness and topics need some
    "the", "model", "answers", "a", "question", "about", "rivers", "cities", "numbers", "people",
    "facts", "reasons", "examples", "readers", "may", "check", "doubt", "before", "one", "replies",
)  # fmt: skip
LONGEST = 400  # words of a response


@checked_arguments
def simulate_pairs(
    items: int = 2000, *, telltale: float = 0.8, wrong_keys: float = 0.0, seed: int = 0
) -> "pd.DataFrame":
    """Return pairs of responses with known margins.

    Arguments:
        items: number of pairs.
        telltale: how far format follows certainty, in [0, 1].
        wrong_keys: share of pairs whose margin is recorded with the wrong sign.
        seed: the same seed gives the same pairs.

    Returns:
        Columns task, prompt, left, right, label (one attentive annotator's answer) and margin (of
        left, as recorded). The frame's `attrs["wrong"]` names the tasks with a wrong sign.

    Raises:
        ModelError: a number makes no sense.

    >>> pairs = simulate_pairs(3, seed=1)
    >>> pairs.columns.tolist(), pairs["label"].tolist()
    (['task', 'prompt', 'left', 'right', 'label', 'margin'], ['right', 'left', 'left'])
    """
    import pandas as pd

    problems = count("items", items, "leaves no pairs")
    problems += [
        f"{name}={value!r} is no share; give a number from 0 to 1"
        for name, value in (("telltale", telltale), ("wrong_keys", wrong_keys))
        if not 0.0 <= value <= 1.0
    ]
    raise_problems(problems)
    draw = np.random.default_rng(seed)
    sure = draw.random((items, 2)).max(axis=1)
    margin = np.where(draw.random(items) < 0.5, sure, -sure)
    told = telltale * (sure - 2.0 / 3.0) * 3.0  # about -2 to 1
    gap = np.exp(0.9 * told + 0.5 * draw.normal(size=items))
    size = np.exp(4.0 + 0.5 * told + 0.4 * draw.normal(size=items))
    # the better response is the longer one in three of five pairs
    longer = np.where(draw.random(items) < 0.6, np.sign(margin), -np.sign(margin))
    lists = np.exp(1.3 * told + 0.6 * draw.normal(size=items))
    rows = []
    for i in range(items):
        words = [
            int(np.clip(size[i] * np.exp(side * longer[i] * gap[i] / 3.0), 3, LONGEST))
            for side in (1.0, -1.0)
        ]
        rows.append(
            {
                "task": f"pair{i:05d}",
                "prompt": _text(int(draw.integers(5, 40)), 0, draw) + "?",
                "left": _text(words[0], int(lists[i]), draw),
                "right": _text(words[1], int(draw.integers(0, 3)), draw),
            }
        )
    label = np.where(draw.random(items) < 0.5 + 0.5 * margin, "left", "right")
    wrong = draw.random(items) < wrong_keys
    table = pd.DataFrame(rows)
    table["label"] = label.astype(object)
    table["margin"] = np.where(wrong, -margin, margin)
    table.attrs["wrong"] = table.loc[wrong, "task"].tolist()
    return table


def _text(words: int, points: int, draw: np.random.Generator) -> str:
    said = [WORDS[k] for k in draw.integers(0, len(WORDS), size=words)]
    for point in range(min(points, 12)):
        said.insert(point * len(said) // (points + 1), "\n- **")
    return " ".join(said)
