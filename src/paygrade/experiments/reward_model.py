"""Reward models of the Bradley-Terry form, trained on labels of people who are not always careful.

P(left preferred) = ½(1 - e) + e·sigmoid(x·b), with x the difference of features and e the
labeller's attentiveness; e = 1 is the ordinary model (theory section 4).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_expit

from paygrade.errors import NotConverged

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

RIDGE = 1.0  # precision of the normal prior on each coefficient


@dataclass(frozen=True)
class RewardModel:
    """Coefficients, (features,), and the log posterior density they reach."""

    coefficients: Array
    log_posterior: float

    def accuracy(self, features: "csr_array", margin: ArrayLike) -> float:
        """Return the share of pairs in which the model prefers what a careful reader does.

        Arguments:
            features: left minus right, (pairs, features).
            margin: true margins of left, (pairs,); pairs of margin 0 don't count.
        """
        truth = np.asarray(margin, float)
        scores = features @ self.coefficients
        told = truth != 0.0
        right = np.where(scores == 0.0, 0.5, np.sign(scores) == np.sign(truth))
        return float(right[told].mean())


def fit_reward_model(
    features: "csr_array",
    left: ArrayLike,
    *,
    attentiveness: ArrayLike = 1.0,
    ridge: float = RIDGE,
) -> RewardModel:
    """Return the model of highest posterior density.

    Arguments:
        features: left minus right, (labels, features).
        left: whether left was preferred, (labels,).
        attentiveness: e of who gave each label, in [0, 1], (labels,) or one number.
        ridge: precision of the prior.

    Raises:
        NotConverged: the optimiser's gradient, recomputed, is not small.

    >>> from scipy.sparse import csr_array
    >>> one = fit_reward_model(csr_array([[1.0], [1.0], [-1.0]]), [True, True, True], ridge=0.1)
    >>> one.coefficients.round(3).tolist()
    [0.604]
    """
    from scipy.optimize import minimize

    side = np.where(np.asarray(left, bool), 1.0, -1.0)
    care = np.broadcast_to(np.asarray(attentiveness, float), side.shape)
    with np.errstate(divide="ignore"):
        log_guess, log_care = np.log(0.5 * (1.0 - care)), np.log(care)

    def loss(b: Array) -> tuple[float, Array]:
        z = side * (features @ b)
        log_likelihood = np.logaddexp(log_guess, log_care + log_expit(z))
        pull = np.exp(log_care + log_expit(z) + log_expit(-z) - log_likelihood)
        gradient = -(features.T @ (side * pull)) + ridge * b
        return float(-log_likelihood.sum() + 0.5 * ridge * (b @ b)), gradient

    found = minimize(
        loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2_000}
    )
    size = float(np.abs(loss(found.x)[1]).max())
    if size > 1e-3 * max(1.0, len(side) ** 0.5):
        raise NotConverged(
            f"the reward model's gradient is still {size:.2g} after {found.nit} steps; raise ridge"
        )
    return RewardModel(np.asarray(found.x), -float(found.fun))
