"""What an experiment is: a question of a paper's, asked of data, and answered with its evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Verdict = Literal["agrees", "differs", "undecided", "measured"]
Progress = Callable[[str], None]
Table = Any  # a pandas data frame; its stubs know too little of columns to help here


@dataclass(frozen=True)
class Statement:
    """A claim beside what was measured.

    Attributes:
        claim: what is claimed.
        source: who claims it: a paper, or a formula of this library's theory pages.
        measured: the numbers found here, with their intervals.
        verdict: "agrees", "differs", "undecided" (the intervals allow both) or "measured" (there
            is no claim to hold it against).
    """

    claim: str
    source: str
    measured: str
    verdict: Verdict


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption; `draw` fills the axes it is given."""

    name: str
    caption: str
    draw: Callable[["Axes"], None]


@dataclass(frozen=True)
class Outcome:
    """What an experiment found.

    Attributes:
        experiment: what was run.
        data: which data, and how much of it; "simulated" where it is.
        statements: claims beside measurements.
        tables: the numbers, by title.
        figures: drawings.
        notes: what the reader has to know to judge the numbers.
    """

    experiment: "Experiment"
    data: str
    statements: tuple[Statement, ...]
    tables: Mapping[str, Table]
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.experiment.title}\n{self.experiment.question}\ndata: {self.data}"]
        lines += [
            f"  {each.verdict}: {each.claim}\n    {each.measured}" for each in self.statements
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the figures as plain numbers and text, ready for JSON."""
        return {
            "experiment": self.experiment.name,
            "paper": self.experiment.paper,
            "question": self.experiment.question,
            "data": self.data,
            "statements": [vars(each) for each in self.statements],
            "tables": {
                title: table.astype(object).where(table.notna(), None).to_dict(orient="records")
                for title, table in self.tables.items()
            },
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Setting:
    """What an experiment is told.

    Attributes:
        pairs: the user's preference pairs, or None for simulated ones.
        folder: where the published label files are, or None.
        features: what reward models see of a text: "tfidf" or "embedding".
        seed: the same seed gives the same numbers.
        repetitions: how often a simulation is repeated; intervals narrow with its square root.
        progress: told what is being done.
    """

    pairs: Any = None
    folder: Any = None
    features: str = "tfidf"
    seed: int = 0
    repetitions: int = 20
    progress: Progress = field(default=lambda _: None)


@dataclass(frozen=True)
class Experiment:
    """A question, the paper that asks it, and the function that answers.

    Attributes:
        name: what the command calls it.
        title: in a few words.
        paper: whose question.
        question: in a sentence.
        file: the published label file that it reads; "" where data are simulated or the user's.
        run: from a setting to an outcome.
    """

    name: str
    title: str
    paper: str
    question: str
    run: Callable[["Experiment", Setting], Outcome]
    file: str = ""


def mean_interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Return mean, lower and upper end of Student's interval for the mean of repetitions.

    >>> mean_interval([1.0, 2.0, 3.0])
    (2.0, -0.484..., 4.484...)
    """
    from scipy.stats import t

    found = np.asarray(values, float)
    mean = float(found.mean())
    if len(found) < 2:
        return mean, float("-inf"), float("inf")
    reach = float(t.ppf(0.5 + level / 2, len(found) - 1)) * found.std(ddof=1) / len(found) ** 0.5
    return mean, mean - float(reach), mean + float(reach)


def in_words(value: tuple[float, float, float], form: str = ".3f") -> str:
    """Return mean and interval as text.

    >>> in_words((0.5, 0.45, 0.55))
    '0.500 [0.450, 0.550]'
    """
    return f"{value[0]:{form}} [{value[1]:{form}}, {value[2]:{form}}]"
