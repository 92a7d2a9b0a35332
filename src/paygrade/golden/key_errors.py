"""How many keys are wrong, and which: a joint likelihood of keys and raters.

A key is wrong with probability eps, independently over items. Rater j, of effort e_j, answers item
i of margin m_i as the truth says with probability (1 + e_j·m_i)/2. With r = ±1 for an answer with
or against the key, item i has likelihood

    (1 - eps)·prod (1 + r·e_j·m_i)/2  +  eps·prod (1 - r·e_j·m_i)/2,

a mixture whose second part is the first with the key turned round. eps and all efforts are
estimated together; the interval of eps is by profile likelihood. The evidence against a key is the
ratio of the two products; with eps it gives the probability that the key is wrong. That holds as
far as raters err independently: a question that nearly everybody misreads, or a habit that careless
raters share, looks like a wrong key. The list of suspects is a list to look at. A single rater,
or one answer an item, tells eps from effort only through differences of margins: then give efforts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import expit, logsumexp, ndtri

from paygrade.arguments import checked_arguments, shown
from paygrade.assessment.intervals import check_level
from paygrade.errors import DataError, ModelError, raise_problems
from paygrade.labels.codes import has_column

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

MOST = 0.499  # eps beyond one half would rename the keys
LEAST = 1e-9
CAREFUL = 0.999  # efforts stop short of 1, where one answer against a sure key decides everything
SUSPECT = 0.5  # probability of a wrong key from which it is listed


@dataclass(frozen=True, eq=False)
class KeyErrors:
    """What raters' answers say about the keys.

    Attributes:
        rate: share of wrong keys, eps.
        low, high: its interval.
        table: one row an item: task, key, answers, against (answers against the key),
            likelihood_ratio (of wrong to right) and wrong (probability that the key is), suspects
            first.
        efforts: of the raters, by name.
    """

    rate: float
    low: float
    high: float
    table: "pd.DataFrame"
    efforts: Mapping[str, float]

    @property
    def suspects(self) -> "pd.DataFrame":
        """Items whose key is more probably wrong than right, the surest first."""
        return self.table[self.table["wrong"] > SUSPECT]

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain numbers and text, ready for JSON."""
        return {
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "suspects": self.suspects.to_dict(orient="records"),
            "efforts": dict(self.efforts),
        }

    def __str__(self) -> str:
        text = (
            f"{100 * self.rate:.1f} % of {len(self.table)} keys are wrong ({100 * self.low:.1f} %"
            " to"
            f" {100 * self.high:.1f} %); {len(self.suspects)} are more probably wrong than right,"
            " or misread by most"
        )
        return f"{text}\n{self.suspects.to_string(index=False)}" if len(self.suspects) else text


@checked_arguments
def estimate_key_error(
    answers: "pd.DataFrame",
    keys: "Mapping[Any, str] | pd.Series",
    margins: "Mapping[Any, float] | pd.Series | None" = None,
    *,
    efforts: Mapping[Any, float] | None = None,
    level: float = 0.95,
) -> KeyErrors:
    """Return how many keys are wrong, and which are suspect, from several raters' answers.

    Arguments:
        answers: columns task, worker and label: annotators, experts, or reward models.
        keys: task -> its golden answer. Answers to other tasks are left out.
        margins: task -> attentive margin; its sign is not used. None: 1, so that an effort is
            really effort times mean margin.
        efforts: worker -> effort in [0, 1], where known (1 for an expert whom you trust); with it,
            only these workers are used. None: estimated together with the error.
        level: confidence of the interval.

    Raises:
        DataError: no answers, or one an item where efforts are to be estimated.
        ModelError: a number is outside of its range.

    >>> import pandas as pd
    >>> rows = [(f"q{i}", w, "right" if i == 0 else "left") for i in range(8) for w in "abc"]
    >>> answers = pd.DataFrame(rows, columns=["task", "worker", "label"])
    >>> found = estimate_key_error(answers, {f"q{i}": "left" for i in range(8)})
    >>> round(found.rate, 3), found.suspects["task"].tolist()
    (0.125, ['q0'])
    """
    raise_problems(check_level(level))
    votes = _Votes.of(answers, keys, margins, efforts)
    if efforts is None:
        votes.require_several()
        start = np.full(len(votes.workers), 0.7)
        profile = _Profile(votes, start, fixed=False)
    else:
        by_name = {str(name): float(effort) for name, effort in efforts.items()}
        known = np.array([by_name[name] for name in votes.workers])
        profile = _Profile(votes, np.minimum(known, CAREFUL), fixed=True)
    rate, low, high = profile.estimate(level)
    effort = profile.efforts(rate)
    return KeyErrors(
        rate, low, high, votes.table(rate, effort), dict(zip(votes.workers, effort, strict=True))
    )


@dataclass(frozen=True, eq=False)
class _Votes:
    """Answers as numbers: item and worker of each, and its margin, signed as it meets the key."""

    items: list[str]
    keys: list[str]
    workers: list[str]
    item: NDArray[np.intp]
    worker: NDArray[np.intp]
    signed: Array

    @classmethod
    def of(cls, answers: "pd.DataFrame", keys: Any, margins: Any, efforts: Any) -> "_Votes":
        missing = [name for name in ("task", "worker", "label") if not has_column(answers, name)]
        if missing:
            raise DataError(
                f"the answers have no column {missing[0]!r} (there are"
                f" {', '.join(map(str, answers))}); give task, worker and label"
            )
        if not hasattr(keys, "items"):
            raise DataError(
                f"keys={shown(keys)} doesn't say which answer is right; give a mapping of task to"
                " key, or a series by task"
            )
        key_of = {str(task): str(key) for task, key in dict(keys).items()}
        rows = answers[answers["task"].astype(str).isin(key_of) & answers["label"].notna()]
        if efforts is not None:
            _check_range("efforts", efforts)
            names = {str(name) for name in efforts}
            rows = rows[rows["worker"].astype(str).isin(names)]
        if rows.empty:
            raise DataError(
                "nobody answered an item that has a key, so nothing tells how many keys are wrong;"
                " give answers to these items, by tasks and workers as they are called elsewhere"
            )
        items, item = np.unique(rows["task"].astype(str).to_numpy(object), return_inverse=True)
        workers, worker = np.unique(
            rows["worker"].astype(str).to_numpy(object), return_inverse=True
        )
        key = np.array([key_of[task] for task in items], object)
        agrees = rows["label"].astype(str).to_numpy(object) == key[item]
        margin = np.ones(len(items)) if margins is None else _looked_up(margins, items)
        signed = np.where(agrees, 1.0, -1.0) * margin[item]
        return cls(items.tolist(), key.tolist(), workers.tolist(), item, worker, signed)

    def require_several(self) -> None:
        if np.bincount(self.item).max() < 2:
            raise DataError(
                "every item has one answer, which tells the share of wrong keys from careless"
                " answers only if the rater's effort is known; give a second rater's answers, or"
                " efforts"
            )

    def logs(self, effort: Array) -> tuple[Array, Array]:
        """Return each item's log-likelihood if its key is right, and if it is wrong, (items,)."""
        tilt = np.clip(effort[self.worker] * self.signed, -CAREFUL, CAREFUL)
        size = len(self.items)
        right = np.bincount(self.item, np.log1p(tilt) - np.log(2.0), size)
        wrong = np.bincount(self.item, np.log1p(-tilt) - np.log(2.0), size)
        return np.asarray(right, float), np.asarray(wrong, float)

    def table(self, rate: float, effort: Array) -> "pd.DataFrame":
        import pandas as pd

        right, wrong = self.logs(effort)
        rate = float(np.clip(rate, LEAST, MOST))
        columns = {
            "task": self.items,
            "key": self.keys,
            "answers": np.bincount(self.item, minlength=len(self.items)),
            "against": np.bincount(self.item, self.signed < 0, len(self.items)).astype(int),
            "likelihood_ratio": np.exp(np.clip(wrong - right, -700.0, 700.0)),
            "wrong": expit(wrong - right + np.log(rate / (1.0 - rate))),
        }
        table = pd.DataFrame(columns)
        return table.sort_values("wrong", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True, eq=False)
class _Profile:
    """The likelihood of an error rate, efforts at their best for it (or known)."""

    votes: _Votes
    start: Array
    fixed: bool

    def estimate(self, level: float) -> tuple[float, float, float]:
        """Return the likeliest rate and the rates less likely by no more than Wilks allows."""
        grid = np.concatenate([[LEAST], np.geomspace(1e-3, MOST, 14)])
        values = [self.value(rate) for rate in grid]
        best = int(np.argmax(values))
        around = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
        found = minimize_scalar(lambda r: -self.value(r), bounds=around, method="bounded")
        rate = float(found.x) if -found.fun > values[best] else float(grid[best])
        floor = max(-float(found.fun), values[best]) - float(ndtri((1.0 + level) / 2.0)) ** 2 / 2.0
        low, high = LEAST, MOST
        if values[0] < floor:
            low = float(brentq(lambda r: self.value(r) - floor, LEAST, rate, xtol=1e-5))
        if values[-1] < floor:
            high = float(brentq(lambda r: self.value(r) - floor, rate, MOST, xtol=1e-5))
        return tuple(0.0 if each <= LEAST else each for each in (rate, low, high))  # type: ignore[return-value]

    def value(self, rate: float) -> float:
        return -self._loss(self.efforts(rate), rate)[0]

    def efforts(self, rate: float) -> Array:
        """Return the likeliest efforts at this rate."""
        if self.fixed:
            return self.start
        rate = float(np.clip(rate, LEAST, MOST))
        found = minimize(
            self._loss, self.start, (rate,), "L-BFGS-B", jac=True,
            bounds=[(0.0, CAREFUL)] * len(self.start),
        )  # fmt: skip
        return np.asarray(found.x)

    def _loss(self, effort: Array, rate: float) -> tuple[float, Array]:
        votes, rate = self.votes, float(np.clip(rate, LEAST, MOST))
        right, wrong = votes.logs(effort)
        parts = np.stack([right + np.log1p(-rate), wrong + np.log(rate)])
        total = logsumexp(parts, axis=0)
        is_wrong = np.exp(parts[1] - total)[votes.item]
        tilt = np.clip(effort[votes.worker] * votes.signed, -CAREFUL, CAREFUL)
        slope = votes.signed * ((1.0 - is_wrong) / (1.0 + tilt) - is_wrong / (1.0 - tilt))
        gain = np.bincount(votes.worker, slope, len(effort))
        return -float(total.sum()), -np.asarray(gain, float)


def _check_range(name: str, values: Mapping[Any, float]) -> None:
    raise_problems(
        [
            f"{name}[{who!r}]={value!r} is outside of [0, 1], so no answer has a law; give a number"
            " from 0 to 1"
            for who, value in values.items()
            if not 0.0 <= value <= 1.0
        ][:5],
        ModelError,
    )


def _looked_up(margins: Any, items: NDArray[np.object_]) -> Array:
    by_name = {str(task): float(margin) for task, margin in dict(margins).items()}
    missing = [task for task in items if not abs(by_name.get(task, np.nan)) <= 1.0]
    if missing:
        raise DataError(
            f"{len(missing)} items have no margin from -1 to 1 ({missing[0]!r} is the first),"
            " so what answers to them say of keys is unknown; give their margins or leave them out"
        )
    return np.abs([by_name[task] for task in items])
