"""Majority vote: the label that most workers give, every worker counting the same."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments
from paygrade.labels.annotations import Annotations
from paygrade.labels.codes import LabelCodes, blocks, code_labels

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
COUNTED_AT_ONCE = 2**16  # labels; eight bytes each while they are counted


@checked_arguments
def majority_vote(
    table: "Annotations | LabelCodes | pd.DataFrame | Mapping[str, Any]",
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    duplicates: str = "error",
) -> "pd.DataFrame":
    """Return the label of each task that most workers gave.

    A tie goes to the label that comes first in sorted order, and the column `tied` says so. The
    vote takes a careless worker's label for as good as any other; `dawid_skene` doesn't.

    Arguments:
        table: annotations, a data frame, or a mapping of column names to arrays.
        task: column that names the item; "a,b,c" for columns that name it together.
        worker: column that names the annotator.
        label: column with the answer.
        duplicates: what a worker's second label of a task is: "error", "drop", "repeat" or
            "count", as `code_labels` says.

    Returns:
        One row a task, in the order in which tasks appear (the index); columns label, votes (labels
        of the task), share (of them that agree with the label) and tied.

    Raises:
        DataError: a column or a value is missing, or a label is given twice.

    >>> table = {"task": "aaabb", "worker": "xyzxy", "label": ["no", "yes", "yes", "yes", "no"]}
    >>> majority_vote(table).to_dict("list")
    {'label': ['yes', 'no'], 'votes': [3, 2], 'share': [0.66..., 0.5], 'tied': [False, True]}
    """
    import pandas as pd

    codes = code_labels(table, task=task, worker=worker, label=label, duplicates=duplicates)
    shares = vote_shares(codes)
    chosen, most = shares.argmax(axis=1), shares.max(axis=1)
    found = {
        "label": codes.answers[chosen],
        "votes": np.diff(codes.offsets),
        "share": most,
        "tied": (shares == most[:, None]).sum(axis=1) > 1,
    }
    return pd.DataFrame(found, index=pd.Index(codes.tasks, name="task"))


def vote_shares(codes: LabelCodes) -> Array:
    """Return the share of each task's votes that each answer has, (tasks, answers).

    >>> vote_shares(code_labels({"task": "aab", "worker": "xyx", "label": "NYY"})).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    shares = np.empty((len(codes.answers), len(codes.tasks)))
    for start, stop in blocks(codes.offsets, COUNTED_AT_ONCE):
        starts = codes.offsets[start:stop]
        said = codes.label[starts[0] : codes.offsets[stop]]
        for answer, share in enumerate(shares):
            share[start:stop] = np.add.reduceat(said == answer, starts - starts[0], dtype=np.int64)
    shares /= np.diff(codes.offsets)
    return shares.T
