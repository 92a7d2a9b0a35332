"""Toloka: results of a pool as TSV, or the data frame of `get_assignments_df`.

A row is one task in one assignment. INPUT: columns are the task's data and so name the item (a
task that is uploaded to a second pool has a new id there), OUTPUT: columns hold the answers,
GOLDEN: columns the right answers of control tasks, ASSIGNMENT: columns who worked on it and when.
"""

from collections.abc import Mapping

from paygrade.labels.columns import Name
from paygrade.labels.exports.export import (
    Export,
    choose_question,
    require,
    with_prefix,
    without_rows,
)
from paygrade.labels.source import Source

WORKER, STATUS = "ASSIGNMENT:worker_id", "ASSIGNMENT:status"
NO_ANSWER = ("ACTIVE", "SKIPPED", "EXPIRED")


def open_toloka(source: Source, given: Mapping[str, Name]) -> Export:
    """Return the export; rejected work stays in, as grading it is what this is for.

    Raises:
        DataError: it is no such export, or asks several questions and `given` names none.
    """
    require(source, "Toloka", [WORKER])
    outputs = [name for name in source.columns if name.startswith("OUTPUT:")]
    label = choose_question(
        outputs, with_prefix(given.get("label"), "OUTPUT:", source.columns), source.name
    )
    golden = label.replace("OUTPUT:", "GOLDEN:", 1)
    inputs = tuple(
        name for name in source.columns if name.startswith("INPUT:") and name not in given.values()
    )
    times = ("ASSIGNMENT:submitted", "ASSIGNMENT:started")
    columns: dict[str, Name] = {
        "task": inputs or "ASSIGNMENT:task_id",
        "worker": WORKER,
        "label": label,
        "gold": golden if golden in source.columns else None,
        "time": next((name for name in times if name in source.columns), None),
    }
    rest, left_out = without_rows(source, STATUS, NO_ANSWER, "rows of unfinished assignments")
    return Export(rest, columns, left_out)
