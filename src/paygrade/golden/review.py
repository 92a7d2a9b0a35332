"""Questions in use, looked at again: which have leaked, and which keys may be wrong.

Who works carelessly answers a question of margin m as its key says with probability (1 + e·m)/2,
not much above one half. If many of them get it right, it is known to them: stale. Who works
carefully and mostly gets it wrong speaks against the key.

A worker's effort is judged by the other questions only: with a flat prior on [0, 1] its posterior
given these answers (leave one out) says with which probability this answer is right; so the number
of right answers to a question is a sum of independent unequal coins, whose tail is summed exactly.
The flat prior draws efforts away from both ends, which makes both tests cautious. Over questions
the p-values are adjusted (Holm or Benjamini-Hochberg).

Careless answers need not be fair coins: who always says "no" is right on every "no" question and
knows none of them. So each answer is also predicted by the worker's share of right answers to other
questions with the same key, (K + 1)/(n + 2); leaks are tested against the higher of the two
predictions, keys against the lower one.

If most questions have leaked, shirkers look careful by all of them: then give efforts found in
another way (repeats, expert reviews). `tests/test_golden_review.py` measures both error rates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from paygrade.arguments import checked_arguments
from paygrade.assessment.multiplicity import benjamini_hochberg, check_control, holm
from paygrade.errors import DataError, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.codes import has_column
from paygrade.model.checks import share
from paygrade.model.unequal import poisson_binomial

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

EFFORTS = np.linspace(0.0, 0.99, 100)
KEEP, RETIRE, CHECK = "keep", "retire", "check key"


@dataclass(frozen=True, eq=False)
class GoldenReview:
    """What the answers say of each question.

    Attributes:
        table: one row a question, in the order of names: task, answers, right; shirkers,
            shirkers_right, shirkers_expected and p_stale (as many right by luck), p_stale_adjusted;
            careful, careful_right, careful_expected, p_wrong (as few right by bad luck),
            p_wrong_adjusted; log_odds_wrong (log likelihood ratio of a wrong against a right key,
            of all answers); verdict: "keep", "retire" or "check key".
        alpha: error rate of the verdicts, over all questions.
        control: "holm" or "bh".
    """

    table: "pd.DataFrame"
    alpha: float
    control: str

    @property
    def stale(self) -> list[str]:
        """Questions to retire: shirkers know them."""
        return self._with(RETIRE)

    @property
    def wrong_keys(self) -> list[str]:
        """Questions whose key somebody should look at."""
        return self._with(CHECK)

    @property
    def keep(self) -> list[str]:
        """Questions that nothing speaks against."""
        return self._with(KEEP)

    def _with(self, verdict: str) -> list[str]:
        return [str(task) for task in self.table.loc[self.table["verdict"] == verdict, "task"]]

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain numbers and text, ready for JSON."""
        rows = self.table.to_dict(orient="records")
        return {"alpha": self.alpha, "control": self.control, "questions": rows}

    def __str__(self) -> str:
        text = (
            f"{len(self.table)} questions: keep {len(self.keep)}, retire {len(self.stale)}"
            f" (careless annotators know them), check the keys of {len(self.wrong_keys)}"
        )
        rows = self.table[self.table["verdict"] != KEEP]
        columns = [
            "task", "verdict", "shirkers", "shirkers_right", "shirkers_expected",
            "p_stale_adjusted", "careful", "careful_right", "careful_expected", "p_wrong_adjusted",
        ]  # fmt: skip
        return f"{text}\n{rows[columns].round(4).to_string(index=False)}" if len(rows) else text


@checked_arguments
def review_golden(
    annotations: "Annotations | pd.DataFrame",
    margins: "Mapping[Any, float] | pd.Series | None" = None,
    *,
    efforts: Mapping[Any, float] | None = None,
    careless: float = 0.4,
    careful: float = 0.7,
    alpha: float = 0.05,
    control: str = "holm",
) -> GoldenReview:
    """Return which golden questions are stale, and which keys are suspect.

    Arguments:
        annotations: labels with a column gold; or a data frame with task, worker, label and gold.
        margins: task -> attentive margin (sign unused), such as `GoldenSet.margins`. None: 1, so
            efforts mean effort times mean margin, and a hard question may look like a wrong key.
        efforts: worker -> effort known from elsewhere; careless answers are then taken for fair
            coins. None: each from the other questions.
        careless: shirkers are those whose mean effort, by the other questions, is at most this.
        careful: and careful those with at least this.
        alpha: error rate of each kind of verdict, over all questions.
        control: "holm": any false verdict; "bh": the share of false ones.

    Raises:
        DataError: there are no answers to golden questions.
        ModelError: a number makes no sense.

    >>> import pandas as pd
    >>> rows = [(f"q{i}", w, "A" if w == "ann" or i == 0 else "AB"[i % 2], "A")
    ...         for i in range(12) for w in ["ann", *"bcdefghijk"]]
    >>> found = review_golden(pd.DataFrame(rows, columns=["task", "worker", "label", "gold"]))
    >>> found.table["shirkers"].tolist()[:2]
    [10, 10]
    """
    raise_problems(_option_problems(careless, careful, alpha, control))
    answers = _Answers.of(annotations, margins)
    effort, chance = answers.predicted(efforts)
    # known efforts come from elsewhere; habits could only be seen in questions that may have leaked
    habit = answers.right_by_habit() if efforts is None else chance
    table = answers.tally(
        {"shirkers": effort <= careless, "careful": effort >= careful},
        {"shirkers": np.maximum(chance, habit), "careful": np.minimum(chance, habit)},
    )
    adjust = holm if control == "holm" else benjamini_hochberg
    for kind, group in (("stale", "shirkers"), ("wrong", "careful")):
        p = table[f"p_{kind}"].to_numpy()
        table[f"p_{kind}_adjusted"] = adjust(p, table[group].to_numpy() > 0)
    table["log_odds_wrong"] = answers.log_odds(chance)
    stale = (table["p_stale_adjusted"] <= alpha).to_numpy()
    wrong = (table["p_wrong_adjusted"] <= alpha).to_numpy()
    table["verdict"] = np.where(wrong, CHECK, np.where(stale, RETIRE, KEEP))
    order = [
        "task", "answers", "right", "shirkers", "shirkers_right", "shirkers_expected", "p_stale",
        "p_stale_adjusted", "careful", "careful_right", "careful_expected", "p_wrong",
        "p_wrong_adjusted", "log_odds_wrong", "verdict",
    ]  # fmt: skip
    return GoldenReview(table[order], alpha, control)


@dataclass(frozen=True, eq=False)
class _Answers:
    """Answers to golden questions as numbers, a place in each array for one answer."""

    tasks: list[str]
    workers: list[str]
    task: NDArray[np.intp]
    worker: NDArray[np.intp]
    key: NDArray[np.intp]
    right: NDArray[np.bool_]
    margin: Array

    @classmethod
    def of(cls, annotations: Any, margins: Any) -> "_Answers":
        table = annotations.table if isinstance(annotations, Annotations) else annotations
        wanted = ("task", "worker", "label", "gold")
        missing = [name for name in wanted if not has_column(table, name)]
        if missing:
            raise DataError(
                f"the labels have no column {missing[0]!r} (there are"
                f" {', '.join(map(str, table))}), so answers can't be held against keys; name it"
                " when you read them: read_annotations(..., gold=...)"
            )
        rows = table[table["gold"].notna() & table["label"].notna()]
        if rows.empty:
            raise DataError("no label answers a golden question, so there is nothing to review")
        tasks, task = np.unique(rows["task"].astype(str).to_numpy(object), return_inverse=True)
        workers, worker = np.unique(
            rows["worker"].astype(str).to_numpy(object), return_inverse=True
        )
        gold = rows["gold"].astype(str).to_numpy(object)
        _, key = np.unique(gold, return_inverse=True)
        right = rows["label"].astype(str).to_numpy(object) == gold
        known = np.ones(len(tasks)) if margins is None else _looked_up(margins, tasks)
        return cls(tasks.tolist(), workers.tolist(), task, worker, key, right, known[task])

    def predicted(self, efforts: Mapping[Any, float] | None) -> tuple[Array, Array]:
        """Return, for each answer, the worker's mean effort by the others and P(right)."""
        if efforts is not None:
            by_name = {str(name): float(effort) for name, effort in efforts.items()}
            missing = [name for name in self.workers if not 0.0 <= by_name.get(name, -1.0) <= 1.0]
            if missing:
                raise DataError(
                    f"{len(missing)} workers have no effort from 0 to 1 ({missing[0]!r} is the"
                    " first), so their answers can't be predicted; give it or leave them out"
                )
            effort = np.array([by_name[name] for name in self.workers])[self.worker]
        else:
            signed = np.where(self.right, self.margin, -self.margin)
            own = np.log1p(EFFORTS * signed[:, None])
            total = np.zeros((len(self.workers), len(EFFORTS)))
            np.add.at(total, self.worker, own)
            others = total[self.worker] - own
            weight = np.exp(others - logsumexp(others, axis=1, keepdims=True))
            effort = weight @ EFFORTS
        return effort, 0.5 + 0.5 * effort * self.margin  # affine, so the mean effort suffices

    def right_by_habit(self) -> Array:
        """Return, for each answer, the worker's share of right ones to others of the same key."""
        kind = self.worker * (self.key.max() + 1) + self.key
        size = int(kind.max()) + 1
        given = np.bincount(kind, minlength=size)[kind] - 1
        right = np.bincount(kind, self.right, size)[kind] - self.right
        return np.asarray((right + 1.0) / (given + 2.0))

    def tally(
        self, groups: Mapping[str, NDArray[np.bool_]], chances: Mapping[str, Array]
    ) -> "pd.DataFrame":
        """Return right and expected answers of each group to each question, and their p-values."""
        import pandas as pd

        table = pd.DataFrame({"task": self.tasks})
        size = len(table)
        table["answers"] = np.bincount(self.task, minlength=size)
        table["right"] = np.bincount(self.task, self.right, size).astype(int)
        for name, members in groups.items():
            chance = chances[name]
            table[name] = np.bincount(self.task, members, size).astype(int)
            right = np.bincount(self.task, members & self.right, size).astype(int)
            table[f"{name}_right"] = right
            table[f"{name}_expected"] = np.bincount(self.task, members * chance, size)
            tail = [
                _tail(chance[members & (self.task == i)], int(right[i]), high=name == "shirkers")
                for i in range(size)
            ]
            table["p_stale" if name == "shirkers" else "p_wrong"] = tail
        return table

    def log_odds(self, chance: Array) -> Array:
        """Return the log likelihood ratio of a wrong against a right key, (questions,)."""
        odds = np.log1p(-chance) - np.log(chance)
        total = np.bincount(self.task, np.where(self.right, odds, -odds), len(self.tasks))
        return np.asarray(total, float)


def _tail(chance: Array, right: int, *, high: bool) -> float:
    """Return P(count >= right), or P(count <= right), of independent coins."""
    law = poisson_binomial(tuple((2.0 * chance - 1.0).tolist()), 1.0)[0]
    return min(float(law[right:].sum() if high else law[: right + 1].sum()), 1.0)


def _looked_up(margins: Any, tasks: NDArray[np.object_]) -> Array:
    by_name = {str(task): abs(float(margin)) for task, margin in dict(margins).items()}
    missing = [task for task in tasks if not by_name.get(task, np.nan) <= 1.0]
    if missing:
        raise DataError(
            f"{len(missing)} golden questions have no margin from -1 to 1 ({missing[0]!r} is the"
            " first), so answers to them can't be predicted; give their margins"
        )
    return np.array([by_name[task] for task in tasks])


def _option_problems(careless: float, careful: float, alpha: float, control: str) -> list[str]:
    problems = share("alpha", alpha, "is no error rate") + check_control(control)
    if not 0.0 <= careless < careful <= 1.0:
        problems.append(
            f"careless={careless!r} and careful={careful!r} don't part workers; give numbers from 0"
            " to 1, careless the smaller one"
        )
    return problems
