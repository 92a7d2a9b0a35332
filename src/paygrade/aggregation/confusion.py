"""Dawid and Skene's model: true labels and workers' confusions, each estimated from the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.aggregation.confusion_em import MODELS, ConfusionEM
from paygrade.aggregation.votes import vote_shares
from paygrade.arguments import checked_arguments
from paygrade.errors import DataError, NotConverged, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.codes import LabelCodes, code_labels
from paygrade.model.checks import count, positive

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """Labels and workers as Dawid and Skene's model sees them, at a converged maximum.

    Attributes:
        codes: the labels; `codes.tasks`, `codes.workers` and `codes.answers` are the names.
        model: "confusion", "one-coin" or "guessing".
        prior: how common each answer is, (answers,).
        confusion: P(label | truth) of each worker [worker, truth, label], (workers, answers,
            answers).
        posterior: P(truth) of each task, (tasks, answers).
        log_likelihood: of all labels, after each iteration; it never falls.
    """

    codes: LabelCodes = field(repr=False)
    model: str
    prior: Array
    confusion: Array = field(repr=False)
    posterior: Array = field(repr=False)
    log_likelihood: Array = field(repr=False)

    @property
    def iterations(self) -> int:
        """How many it took."""
        return len(self.log_likelihood)

    @property
    def labels(self) -> "pd.DataFrame":
        """One row a task (the index): label, its posterior probability, and how many votes."""
        import pandas as pd

        chosen = self.posterior.argmax(axis=1)
        table = {
            "label": self.codes.answers[chosen],
            "probability": self.posterior.max(axis=1),
            "votes": np.diff(self.codes.offsets),
        }
        return pd.DataFrame(table, index=pd.Index(self.codes.tasks, name="task"))

    @property
    def workers(self) -> "pd.DataFrame":
        """One row a worker (the index): labels, accuracy, and competence.

        accuracy is the probability of a right label at the estimated shares of answers. competence
        is the share of labels given in knowledge of the truth: under "guessing" the model's own,
        else what accuracy has above chance, (A - c)/(1 - c) with c = 1/answers.
        """
        import pandas as pd

        accuracy = np.einsum("waa,a->w", self.confusion, self.prior)
        chance = 1.0 / len(self.prior)
        competence = (accuracy - chance) / (1.0 - chance)
        if self.model == "guessing":
            competence = self.confusion[:, 0, 0] - self.confusion[:, 1, 0]
        table = {
            "labels": np.bincount(self.codes.worker, minlength=len(accuracy)),
            "accuracy": accuracy,
            "competence": competence,
        }
        return pd.DataFrame(table, index=pd.Index(self.codes.workers, name="worker"))

    def __str__(self) -> str:
        return (
            f"Dawid-Skene ({self.model}): {len(self.codes)} labels of {len(self.posterior)} tasks"
            f" by {len(self.confusion)} workers; converged in {self.iterations} iterations, mean"
            f" log-likelihood {self.log_likelihood[-1] / len(self.codes):.6f}"
        )


@checked_arguments
def dawid_skene(
    table: "Annotations | LabelCodes | pd.DataFrame | Mapping[str, Any]",
    *,
    model: str = "confusion",
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    duplicates: str = "error",
    tolerance: float = 1e-6,
    max_iterations: int = 2000,
) -> DawidSkene:
    """Return the labels and the workers' confusions that make the table most likely (EM).

    Given the true label, workers err independently; worker w says l where c is true with
    probability confusion[w, c, l]. The start is each task's share of votes, so the answers keep
    their names unless most workers are wrong most of the time. EM climbs to a maximum near the
    start, not surely the highest one; it gives no intervals, and workers with few labels get
    confusions of 0 and 1. `assess` says how well a worker is known.

    Arguments:
        table: annotations, a data frame, or a mapping of column names to arrays.
        model: "confusion", a full matrix a worker; "one-coin", one accuracy a worker, errors spread
            evenly; "guessing", a worker who knows the truth with the probability `competence`, else
            guesses by habit (the model of MACE; all answers equally common).
        task: column that names the item; "a,b,c" for columns that name it together.
        worker: column that names the annotator.
        label: column with the answer.
        duplicates: what a worker's second label of a task is: "error", "drop", "repeat" or
            "count", as `code_labels` says.
        tolerance: stop when an iteration raises the log-likelihood by less than this per label.
        max_iterations: the most that are tried.

    Raises:
        DataError: a column or a value is missing, a label is given twice, or all are the same.
        NotConverged: the iterations ran out.

    Source: Dawid and Skene 1979, Applied Statistics 28; "guessing": Hovy, Berg-Kirkpatrick,
    Vaswani and Hovy 2013, NAACL.

    >>> table = {
    ...     "task": [i for i in range(4) for _ in range(3)],
    ...     "worker": list("xyz") * 4,
    ...     "label": [1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1],
    ... }
    >>> found = dawid_skene(table, model="one-coin")
    >>> found.labels["label"].tolist(), found.workers["accuracy"].round(3).tolist()
    ([1, 0, 1, 0], [1.0, 1.0, 0.25])
    """
    problems = positive("tolerance", tolerance, "is never reached")
    problems += count("max_iterations", max_iterations, "tries nothing")
    if model not in MODELS:
        problems.append(f"model={model!r} is none of {', '.join(map(repr, MODELS))}; pass one")
    raise_problems(problems)
    codes = code_labels(table, task=task, worker=worker, label=label, duplicates=duplicates)
    if len(codes.answers) < 2:
        raise DataError(
            f"all {len(codes)} labels are {str(codes.answers[0])!r}, so nobody's errors can be told"
            " from the truth; check the label column"
        )
    history: list[float] = []
    gain = np.inf
    posterior = np.ascontiguousarray(vote_shares(codes).T)
    for prior, confusion, log_likelihood in ConfusionEM(codes, model).run(posterior):
        if history:
            gain = (log_likelihood - history[-1]) / len(codes)
        history.append(log_likelihood)
        if gain < tolerance:
            return DawidSkene(codes, model, prior, confusion, posterior.T, np.array(history))
        if len(history) == max_iterations:
            break
    raise NotConverged(
        f"after max_iterations={max_iterations} an iteration still raises the log-likelihood by"
        f" {gain:.1e} a label, over tolerance={tolerance!r}; allow more of either"
    )
