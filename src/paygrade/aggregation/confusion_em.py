"""EM for Dawid and Skene's model: two sparse matrix-vector products an iteration and answer.

Only odds matter for a posterior, so answers are held against the first one: with two answers, one
product gathers the evidence of every task and one spreads the posteriors over every worker. What
the first answer itself says cancels from the posterior, and its share of the log-likelihood follows
from each worker's counts, without a pass over labels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.labels.codes import LabelCodes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

FLOOR = 1e-10  # least expected count: keeps the logarithm of an answer never seen finite
TASKS_AT_ONCE = 2**13  # whose odds fit into a core's cache


MODELS = ("confusion", "one-coin", "guessing")


@dataclass(frozen=True, eq=False)
class ConfusionEM:
    """The two steps of EM on one set of labels.

    Attributes:
        codes: the labels.
        model: "confusion", a free matrix a worker; "one-coin", one accuracy a worker, who errs
            alike to every other answer; "guessing", a worker who knows the truth or else guesses
            by habit, the answers being equally common.
    """

    codes: LabelCodes
    model: str = "confusion"

    @property
    def answers(self) -> int:
        """How many answers there are."""
        return len(self.codes.answers)

    @cached_property
    def labels(self) -> "csr_array[Any]":
        """Ones at (task, worker and answer)."""
        return self.codes.matrix()

    @cached_property
    def counts(self) -> Array:
        """How often each worker gave each answer, (workers · answers,)."""
        return np.asarray(self.labels.T @ np.ones(self.labels.shape[0]))

    def start(self) -> Array:
        """Return a confusion to begin with: half of the labels known, half guessed evenly."""
        shape = (len(self.codes.workers), self.answers, self.answers)
        return np.broadcast_to(0.5 * np.eye(self.answers) + 0.5 / self.answers, shape)

    def maximise(self, posterior: Array, confusion: Array) -> tuple[Array, Array]:
        """Return shares of answers and confusions that fit the posteriors better (the M step).

        Arguments:
            posterior: of each answer for each task, (answers, tasks).
            confusion: the one before, by which "guessing" tells labels known from labels guessed.

        Returns:
            prior (answers,) and confusion [worker, truth, label], (workers, answers, answers).
        """
        spread = self.labels.T
        expected = np.empty((self.answers, len(self.counts)))
        for answer in range(1, self.answers):
            expected[answer] = spread @ posterior[answer]
        expected[0] = self.counts - expected[1:].sum(axis=0)
        pairs = expected.reshape(self.answers, -1, self.answers).transpose(1, 0, 2)
        pairs = np.maximum(pairs, FLOOR)
        if self.model == "guessing":
            prior = np.full(self.answers, 1.0 / self.answers)
            return prior, _knowing_or_guessing(pairs, confusion)
        prior = np.maximum(posterior.mean(axis=1), FLOOR)
        fitted = _one_coin(pairs) if self.model == "one-coin" else _rows(pairs)
        return prior / prior.sum(), fitted

    def expect(self, prior: Array, confusion: Array, odds: Array) -> float:
        """Write the posteriors into `odds`; return the log-likelihood of all labels (the E step).

        Arguments:
            prior: shares of answers, (answers,).
            confusion: of each worker, (workers, answers, answers).
            odds: what to write into, (answers, tasks).
        """
        logs = np.log(confusion)
        first = logs[:, 0, :].ravel()
        odds[0] = 0.0
        for answer in range(1, self.answers):
            evidence = logs[:, answer, :].ravel() - first
            odds[answer] = self.labels @ evidence
            odds[answer] += np.log(prior[answer] / prior[0])
        shared = float((self.counts * first).sum()) + odds.shape[1] * float(np.log(prior[0]))
        return float(shared + _normalise(odds))

    def run(self, posterior: Array) -> Iterator[tuple[Array, Array, float]]:
        """Yield prior, confusion and log-likelihood, iteration after iteration.

        Arguments:
            posterior: to begin with, (answers, tasks); each iteration writes its own into it.
        """
        confusion = self.start()
        while True:
            prior, confusion = self.maximise(posterior, confusion)
            yield prior, confusion, self.expect(prior, confusion, posterior)


def _one_coin(pairs: Array) -> Array:
    answers = pairs.shape[1]
    right = np.trace(pairs, axis1=1, axis2=2)
    accuracy = np.clip(right / pairs.sum(axis=(1, 2)), FLOOR, 1.0 - FLOOR)
    wrong = (1.0 - accuracy) / (answers - 1)
    same = np.eye(answers, dtype=bool)
    return np.asarray(np.where(same, accuracy[:, None, None], wrong[:, None, None]))


def _knowing_or_guessing(pairs: Array, confusion: Array) -> Array:
    """Return P(label | truth) = k·1{label = truth} + (1 - k)·habit(label), refitted once.

    Of the labels that agree with the truth, the guessed share is what the same label is given when
    something else is true, over what it is given when it is right.
    """
    answers = pairs.shape[1]
    guessed = confusion[:, (np.arange(answers) + 1) % answers, np.arange(answers)]
    right = np.diagonal(confusion, axis1=1, axis2=2)
    known = np.diagonal(pairs, axis1=1, axis2=2) * (1.0 - guessed / right)
    labels = pairs.sum(axis=1)
    knows = np.clip(known.sum(axis=1) / labels.sum(axis=1), FLOOR, 1.0 - FLOOR)
    habit = np.maximum(labels - known, FLOOR)
    habit /= habit.sum(axis=1, keepdims=True)
    knows = knows[:, None, None]
    return np.asarray(knows * np.eye(answers) + (1.0 - knows) * habit[:, None, :])


def _rows(pairs: Array) -> Array:
    return np.asarray(pairs / pairs.sum(axis=2, keepdims=True))


def _normalise(odds: Array) -> float:
    """Turn log odds into probabilities, in place; return the sum of the logs of their totals."""
    total = 0.0
    for start in range(0, odds.shape[1], TASKS_AT_ONCE):
        part = odds[:, start : start + TASKS_AT_ONCE]
        most = part.max(axis=0)
        np.subtract(part, most, out=part)
        np.exp(part, out=part)
        size = part.sum(axis=0)
        np.divide(part, size, out=part)
        total += float(most.sum() + np.log(size).sum())
    return total
