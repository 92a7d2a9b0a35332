"""How well a set can be told from the pool by format: a distance of means, and classifiers' AUC.

A feature map phi states the kernel k(x, y) = phi(x)·phi(y), and the distance between the set's and
the pool's mean of phi is the maximum mean discrepancy under it (Gretton et al. 2012, JMLR 13). phi
is made of the features' ranks in the pool and whitened there, so that for the linear map it is the
Mahalanobis distance; between normal laws at distance D the best score has AUC Phi(D/sqrt(2)).

The score that attains the distance, phi·(mean of the set - mean of the pool), is Fisher's
discriminant. It is learnt on some of the set and tried on the rest: a classifier two-sample test
(Lopez-Paz and Oquab 2017). A set chosen to have the pool's means scores below 1/2, as what is held
out makes up for what was learnt from: below 1/2 nothing usable was learnt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from paygrade.errors import MissingExtra, ModelError

Array = NDArray[np.float64]
Places = NDArray[np.intp]

KERNELS = ("linear", "quadratic", "gaussian")
FREQUENCIES = 32  # of the gaussian kernel's random Fourier features
FLAT = 1e-3  # directions with less of the largest variance are noise of rounding
OTHERS = 3000  # of the pool that a set is compared with
FOLDS, REPEATS = 5, 6
FOREST_REPEATS = 2


@dataclass(frozen=True)
class Auc:
    """How well golden questions are told from the others: the best classifier's AUC.

    Attributes:
        value: mean AUC on held-out questions; 1/2 is chance.
        low, high: interval, given the set (DeLong et al. 1988, Biometrics 44, on the logit scale).
        judge: the classifier that did best.
        by_judge: AUC of each.
    """

    value: float
    low: float
    high: float
    judge: str
    by_judge: Mapping[str, float]


@dataclass(frozen=True)
class Judges:
    """Classifiers that try to tell a set from the pool.

    Attributes:
        maps: features of all pairs by the name of the judge, (N, d) each: Fisher's discriminant.
        ranks: of all pairs, (N, p), for the forest.
        forest: whether a forest of randomised trees judges, too (scikit-learn).
        level: of the intervals.
        seed: of folds and of the part of the pool that is looked at.
    """

    maps: Mapping[str, Array]
    ranks: Array
    forest: bool = False
    level: float = 0.95
    seed: int = 0

    def auc(self, chosen: Places) -> Auc:
        """Return how well the best judge tells `chosen` from the rest."""
        draw = np.random.default_rng([self.seed, len(chosen)])
        rest = np.setdiff1d(np.arange(len(self.ranks)), chosen)
        if len(rest) > OTHERS:
            rest = draw.choice(rest, OTHERS, replace=False)
        found = {
            name: _held_out(_fisher, features[chosen], features[rest], REPEATS, self)
            for name, features in self.maps.items()
        }
        if self.forest:
            found["forest"] = _held_out(
                _forest, self.ranks[chosen], self.ranks[rest], FOREST_REPEATS, self
            )
        best = max(found, key=lambda name: float(found[name][0].mean()))
        value, low, high = _interval(*found[best], self.level)
        return Auc(value, low, high, best, {k: float(v[0].mean()) for k, v in found.items()})


def feature_map(ranks: Array, kernel: str, seed: int = 0) -> Array:
    """Return phi of each pair, centred and whitened over the pool, (N, d).

    Arguments:
        ranks: of the features, in (0, 1), (N, p).
        kernel: "linear": the ranks; "quadratic": with their squares, so that spread counts as well
            as place; "gaussian": random Fourier features of exp(-|x - y|²/(2·s²)), s the median
            distance (Rahimi and Recht 2007), whose small directions are left unwhitened.
        seed: of the frequencies.

    Raises:
        ModelError: the kernel is unknown.

    >>> ranks = np.random.default_rng(1).random((500, 3))
    >>> phi = feature_map(ranks, "quadratic")
    >>> phi.shape, bool(np.allclose(phi.T @ phi / 500, np.eye(6)))
    ((500, 6), True)
    """
    if kernel not in KERNELS:
        raise ModelError(f"kernel={kernel!r} is unknown; choose {', '.join(KERNELS)}")
    centred = ranks - 0.5
    if kernel == "quadratic":
        centred = np.hstack([centred, centred**2])
    elif kernel == "gaussian":
        centred = _fourier(centred, seed)
    centred = centred - centred.mean(axis=0)
    if kernel != "gaussian":
        spread = centred.std(axis=0)
        centred = centred[:, spread > 0.0] / spread[spread > 0.0]
    variance, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = variance > FLAT * variance.max(initial=0.0)
    floor = 0.1 * variance.max(initial=0.0) if kernel == "gaussian" else 0.0
    return np.asarray(centred @ axes[:, kept] / np.sqrt(np.maximum(variance[kept], floor)))


def distance(features: Array, chosen: Places) -> float:
    """Return the maximum mean discrepancy between a set and the rest of the pool."""
    size, all_ = len(chosen), len(features)
    return float(np.linalg.norm(features[chosen].mean(axis=0))) * all_ / (all_ - size)


def need_learn(what: str) -> None:
    """Raise MissingExtra unless scikit-learn is installed."""
    if find_spec("sklearn") is None:
        reason = f"{what} needs scikit-learn, which is not installed: do without {what}, or"
        raise MissingExtra(f"{reason} install it", "learn")


def _fourier(centred: Array, seed: int) -> Array:
    draw = np.random.default_rng(seed)
    some = centred[draw.integers(len(centred), size=(2, 1000))]
    width = float(np.median(np.linalg.norm(some[0] - some[1], axis=1))) or 1.0
    angles = centred @ draw.normal(size=(centred.shape[1], FREQUENCIES)) / width
    return np.hstack([np.cos(angles), np.sin(angles)])


def _held_out(
    judge: Any, ours: Array, others: Array, repeats: int, settings: Judges
) -> tuple[Array, Array]:
    """Return how often each of ours scores above others, and each other below ours, held out."""
    draw = np.random.default_rng(settings.seed)
    folds = min(FOLDS, len(ours))
    above, below = np.zeros(len(ours)), np.zeros(len(others))
    for _ in range(repeats):
        mine, theirs = (draw.permutation(len(each)) % folds for each in (ours, others))
        for fold in range(folds):
            held, left = mine == fold, theirs == fold
            scores = judge(ours[~held], others[~left], np.vstack([ours[held], others[left]]))
            wins = _wins(scores[: held.sum()], scores[held.sum() :])
            above[held] += wins.mean(axis=1)
            below[left] += wins.mean(axis=0)
    return above / repeats, below / repeats


def _wins(ours: Array, others: Array) -> Array:
    return np.asarray((ours[:, None] > others) + 0.5 * (ours[:, None] == others))


def _fisher(ours: Array, others: Array, tried: Array) -> Array:
    return np.asarray(tried @ (ours.mean(axis=0) - others.mean(axis=0)))


def _forest(ours: Array, others: Array, tried: Array) -> Array:
    from sklearn.ensemble import ExtraTreesClassifier

    forest = ExtraTreesClassifier(100, min_samples_leaf=3, class_weight="balanced", random_state=0)
    truth = np.repeat([1, 0], [len(ours), len(others)])
    fitted = forest.fit(np.vstack([ours, others]), truth)
    return np.asarray(fitted.predict_proba(tried)[:, 1])


def _interval(above: Array, below: Array, level: float) -> tuple[float, float, float]:
    value = float(above.mean())
    variance = above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below)
    inner = min(max(value, 0.5 / len(above)), 1.0 - 0.5 / len(above))
    reach = float(ndtri((1.0 + level) / 2.0)) * float(np.sqrt(variance)) / (inner * (1.0 - inner))
    low, high = (float(expit(logit(inner) + side * reach)) for side in (-1.0, 1.0))
    return value, min(low, value), max(high, value)
