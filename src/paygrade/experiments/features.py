"""What a reward model sees of a pair: the difference of its two responses' features."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.errors import DataError, MissingExtra
from paygrade.experiments.experiment import Table

if TYPE_CHECKING:
    from scipy.sparse import csr_array

KINDS = ("tfidf", "embedding", "model")
WORDS = 20_000  # the most that TF-IDF keeps


def pair_features(pairs: Table, kind: str = "tfidf") -> "csr_array":
    """Return features of left minus features of right, (pairs, features), sparse.

    Arguments:
        pairs: columns left and right (texts), or left_model and right_model.
        kind: "tfidf": words, weighed by how rare they are, texts of length 1. "embedding": static
            sentence embeddings that come with the package wordllama. "model": which model answered;
            a reward model is then Bradley and Terry's model of the models' strengths.

    Raises:
        DataError: the kind is unknown, its package is not installed, or pairs lack what it needs.

    >>> import pandas as pd
    >>> models = pd.DataFrame({"left_model": ["a", "b"], "right_model": ["b", "c"]})
    >>> pair_features(models, "model").toarray().tolist()
    [[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]
    """
    from scipy.sparse import csr_array

    if kind not in KINDS:
        raise DataError(f"features {kind!r} are unknown; choose {', '.join(KINDS)}")
    names = ("left_model", "right_model") if kind == "model" else ("left", "right")
    missing = int(pairs[list(names)].isna().any(axis=1).sum())
    if missing:
        raise DataError(
            f"{missing} of {len(pairs)} pairs have no {' or no '.join(names)}, so a reward model"
            " would have nothing to look at; give pairs that have both"
        )
    texts = [pairs[name].astype(str).tolist() for name in names]
    extract: Callable[[list[str]], Any] = {
        "tfidf": _words,
        "embedding": _embeddings,
        "model": _indicators,
    }[kind]
    found = csr_array(extract([*texts[0], *texts[1]]))
    return csr_array(found[: len(pairs)] - found[len(pairs) :])


def _words(texts: list[str]) -> Any:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        raise _missing("scikit-learn", "learn") from error
    return TfidfVectorizer(max_features=WORDS, sublinear_tf=True).fit_transform(texts)


def _embeddings(texts: list[str]) -> Any:
    try:
        import wordllama
    except ImportError as error:
        raise _missing("wordllama", "embeddings") from error
    from pathlib import Path

    # without a cache folder it looks for its own tokenizer where there is none, and downloads one
    home = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(cache_dir=home, disable_download=True)
    return np.asarray(model.embed(texts, norm=True), float)


def _indicators(names: list[str]) -> Any:
    from scipy.sparse import csr_array

    known, places = np.unique(np.array(names, object).astype(str), return_inverse=True)
    rows = np.arange(len(names))
    return csr_array((np.ones(len(names)), (rows, places)), shape=(len(names), len(known)))


def _missing(package: str, extra: str) -> MissingExtra:
    return MissingExtra(f"{package} is not installed, so texts have no features", extra)
