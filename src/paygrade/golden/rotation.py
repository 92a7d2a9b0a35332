"""Who sees which question when: nobody one twice, and all about equally often.

Questions are dealt round and round, one person after the other. A person with b batches of k takes
the next b·k questions that they have not had, which are in one round or two; as long as b·k is at
most their number this always works out, and no question is shown more than once more often than
another: total/number, rounded up, which no plan can beat. Each round has a random order of its own,
so that two people don't get the same hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from paygrade.arguments import checked_arguments
from paygrade.errors import DataError, InfeasibleSelection, raise_problems
from paygrade.model.checks import count

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Rotation:
    """A plan.

    Attributes:
        table: batch (from 1), owner ("" for whoever takes it) and task, a row a showing.
        exposure: how often the most shown question is shown.
        least: the least that any plan could reach.
    """

    table: "pd.DataFrame"
    exposure: int
    least: int

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain numbers and text, ready for JSON."""
        rows = self.table.to_dict(orient="records")
        return {"exposure": self.exposure, "least": self.least, "rows": rows}

    def __str__(self) -> str:
        return (
            f"{self.table['batch'].nunique()} batches, {len(self.table)} showings of"
            f" {self.table['task'].nunique()} questions; each at most {self.exposure} times"
        )


@checked_arguments
def rotate_golden(
    tasks: Sequence[str],
    owners: Sequence[str],
    per_batch: int,
    *,
    max_exposure: int | None = None,
    seed: int = 0,
) -> Rotation:
    """Return which questions go into which batch.

    Arguments:
        tasks: the questions, such as `GoldenSet.tasks`.
        owners: whose each batch is, in order; "" for whoever takes it, who counts as a new person.
        per_batch: questions in a batch.
        max_exposure: how often a question may be shown in all; None: as often as need be.
        seed: of the orders.

    Raises:
        DataError: a question is listed twice, or there is none.
        InfeasibleSelection: somebody would see a question twice, or exposure is too small.

    >>> plan = rotate_golden([f"q{i}" for i in range(6)], ["ann", "bob", "ann"], 3)
    >>> plan.exposure, plan.table.groupby("owner")["task"].nunique().to_dict()
    (2, {'ann': 6, 'bob': 3})
    """
    import pandas as pd

    tasks, owners = list(map(str, tasks)), list(map(str, owners))
    problems = count("per_batch", per_batch, "checks nobody")
    if max_exposure is not None:
        problems += count("max_exposure", max_exposure, "shows no question to anybody")
    raise_problems(problems)
    if not tasks or not owners or len(set(tasks)) < len(tasks):
        what = "a question is listed twice" if tasks and owners else "no questions or no batches"
        raise DataError(f"{what}, so nothing can be planned; list each question once")
    people = [owner or i for i, owner in enumerate(owners)]
    least = -(-len(owners) * per_batch // len(tasks))
    _refuse_impossible(len(tasks), people, per_batch, least, max_exposure)
    draw, queue = np.random.default_rng(seed), list[int]()
    hands: dict[str | int, list[int]] = {}
    for person in dict.fromkeys(people):  # all that a person gets at once, so no round is broken up
        hand = hands[person] = []
        for _ in range(people.count(person) * per_batch):
            if not any(i not in hand for i in queue):
                queue += draw.permutation(len(tasks)).tolist()
            hand.append(queue.pop(next(k for k, i in enumerate(queue) if i not in hand)))
    rows = [
        (batch, owner, tasks[hands[person].pop()])
        for batch, (person, owner) in enumerate(zip(people, owners, strict=True), start=1)
        for _ in range(per_batch)
    ]
    table = pd.DataFrame(rows, columns=["batch", "owner", "task"])
    return Rotation(table, int(table["task"].value_counts().max()), least)


def _refuse_impossible(
    number: int, people: list[str | int], per_batch: int, least: int, most: int | None
) -> None:
    problems = []
    busiest = max(set(people), key=people.count)
    needed = people.count(busiest) * per_batch
    if needed > number:
        problems.append(
            f"{busiest!r} has {people.count(busiest)} batches of {per_batch} golden questions, and"
            f" there are {number}, so one would come twice; add {needed - number} questions, or put"
            " fewer into a batch"
        )
    if most is not None and least > most:
        problems.append(
            f"{len(people)} batches of {per_batch} show {number} questions {least} times each,"
            f" over max_exposure={most}; have {-(-len(people) * per_batch // most)} questions, or"
            " allow more"
        )
    raise_problems(problems, InfeasibleSelection)
