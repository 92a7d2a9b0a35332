"""What a pair looks like before it is read: lengths, markup, position, likeness.

Everything is counted in one pass with `str.count`, which costs about as much as reading the text.
Counts go through log(1 + x), and later through their ranks in the pool, so one response of two
hundred thousand characters is just the longest. Features with a side (left minus right) say where
things stand; those without say how unlike the two responses are, whichever is on the left.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

MARKUP = ("**", "\n- ", "\n* ", "\n#", "\n1.", "`", "](", "|", "<")
DIGITS = "0123456789"
WORDS = 400  # of each response whose likeness is looked at


def format_features(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the format features of each pair.

    Arguments:
        table: columns left and right, and prompt if there is one; texts, or missing for "".

    Returns:
        One row a pair, with the index of `table`:

        - prompt_length: log(1 + characters) of the prompt;
        - length, length_gap, length_side: of both responses together, of the longer against the
          shorter, and of the left against the right;
        - lines, markup, digits, foreign: log counts over both responses of line breaks, marks of
          Markdown or HTML, digits, and characters beyond ASCII;
        - markup_gap, markup_side, lines_gap: as with lengths;
        - likeness: shared words over all words (Jaccard) of the responses' beginnings.

    >>> import pandas as pd
    >>> pair = pd.DataFrame({"prompt": ["Hi?"], "left": ["**Yes**"], "right": ["No no"]})
    >>> format_features(pair).round(2).iloc[0, :4].to_dict()
    {'prompt_length': 1.39, 'length': 2.56, 'length_gap': 0.29, 'length_side': 0.29}
    """
    import pandas as pd

    left, right = (_texts(table, side) for side in ("left", "right"))
    (size, lines, markup, digits, foreign) = zip(_counts(left), _counts(right), strict=True)
    columns = {
        "prompt_length": np.log1p([len(text) for text in _texts(table, "prompt")]),
        "length": np.log1p(size[0] + size[1]),
        "length_gap": np.abs(_side(size)),
        "length_side": _side(size),
        "lines": np.log1p(lines[0] + lines[1]),
        "lines_gap": np.abs(_side(lines)),
        "markup": np.log1p(markup[0] + markup[1]),
        "markup_gap": np.abs(_side(markup)),
        "markup_side": _side(markup),
        "digits": np.log1p(digits[0] + digits[1]),
        "foreign": np.log1p(foreign[0] + foreign[1]),
        "likeness": np.array([_likeness(*pair) for pair in zip(left, right, strict=True)]),
    }
    return pd.DataFrame(columns, index=table.index)


def longer_side(table: "pd.DataFrame") -> Array:
    """Return 1 where the left response is longer, -1 where the right one is, 0 where neither."""
    left, right = (np.array([len(t) for t in _texts(table, side)]) for side in ("left", "right"))
    return np.asarray(np.sign(left - right), float)


def midranks(values: Array) -> Array:
    """Return each value's share of smaller ones plus half the equal ones, in (0, 1), by column.

    The mean of these over a set is the chance that the value of one of the set is above that of
    one of all (ties half): the AUC of the feature, used as a score, of the set against all.

    >>> midranks(np.array([[1.0], [5.0], [5.0], [9.0]])).ravel().tolist()
    [0.125, 0.5, 0.5, 0.875]
    """
    from scipy.stats import rankdata

    return np.asarray((rankdata(values, axis=0) - 0.5) / len(values))


def topics(texts: Sequence[str], number: int, seed: int = 0) -> Array:
    """Return each text's coordinates along the main directions of TF-IDF, (texts, number).

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    from paygrade.golden.distinguishability import need_learn

    need_learn("topics")
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True, max_features=20_000, min_df=2)
    matrix = words.fit_transform(texts)
    return np.asarray(TruncatedSVD(number, random_state=seed).fit_transform(matrix))


def _texts(table: "pd.DataFrame", column: str) -> list[str]:
    if column not in table:
        return [""] * len(table)
    return ["" if text != text or text is None else str(text) for text in table[column].tolist()]


def _counts(texts: list[str]) -> tuple[Array, ...]:
    rows = [
        (
            len(text),
            text.count("\n"),
            sum(map(text.count, MARKUP)),
            sum(map(text.count, DIGITS)),
            0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore")),
        )
        for text in texts
    ]
    return tuple(np.array(rows, float).reshape(-1, 5).T)


def _side(counts: tuple[Array, Array]) -> Array:
    return np.asarray(np.log1p(counts[0]) - np.log1p(counts[1]))


def _likeness(left: str, right: str) -> float:
    one, other = (set(text[: 8 * WORDS].split()[:WORDS]) for text in (left, right))
    either = len(one | other)
    return len(one & other) / either if either else 1.0
