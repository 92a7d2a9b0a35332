"""Label Studio: exports as JSON, JSON-MIN and CSV.

JSON holds all annotations of a task, with skipped ones and with those that somebody marked as
ground truth. A ground truth is the golden answer of its task and no label of its author's, who
would only agree with himself. JSON-MIN and CSV are flat, a row an annotation, and mix questions
with the task's own data, so that the question has to be named if it isn't the only candidate.
"""

from collections.abc import Mapping
from typing import Any

from paygrade.errors import DataError
from paygrade.labels.columns import Name
from paygrade.labels.exports.answer import plain, unpacked
from paygrade.labels.exports.export import Export, choose_question, require
from paygrade.labels.source import FrameSource, Selected, Source

ANSWERED = ("choices", "rating", "number", "text", "selected", "taxonomy", "datetime")
FLAT = ("annotator", "annotation_id")  # what every flat export has besides `id`
OWN = {*FLAT, "id", "created_at", "updated_at", "lead_time", "agreement", "sampling", "history"}


def open_label_studio(
    name: str, records: list[dict[str, Any]], given: Mapping[str, Name]
) -> Export:
    """Return the annotations in a JSON export, a row for each annotator and task.

    Arguments:
        name: the file, for messages.
        records: what it holds.
        given: role -> column, as far as the user names them.

    Raises:
        DataError: it is no such export, or asks several questions and `given` names none.
    """
    if all("annotations" not in record for record in records):
        return open_flat(_flat(name, records), given)
    import pandas as pd

    done = [
        (task, each)
        for task in records
        for each in task.get("annotations") or ()
        if not each.get("was_cancelled")
    ]
    skipped = sum(len(task.get("annotations") or ()) for task in records) - len(done)
    questions = list(dict.fromkeys(q for _, each in done for q in _answers(each)))
    question = choose_question(questions, given.get("label"), name)
    golden = {
        _id(task): _answers(each).get(question) for task, each in done if each.get("ground_truth")
    }
    rows, spots, silent = [], [], 0
    for task, each in done:
        answer = _answers(each).get(question)
        if each.get("ground_truth") or answer is None:
            silent += not each.get("ground_truth")
            continue
        spots.append(f"annotation {each.get('id')} of task {_id(task)}")
        own = {"task": _id(task), "worker": _who(each.get("completed_by")), "label": answer}
        own |= {"gold": golden.get(_id(task)), "time": each.get("created_at")}
        rows.append({key: plain(value) for key, value in (task.get("data") or {}).items()} | own)
    if not rows:
        raise DataError(f"{name}: nobody answers {question!r}, so there are no labels")
    frame = pd.DataFrame(rows, dtype="object")
    roles = {role: role for role in ("task", "worker", "label", "time")}
    columns: dict[str, Name] = {**roles, "gold": "gold" if golden else None}
    left_out = {"skipped annotations": skipped, "annotations without that question": silent}
    left_out |= {"annotations that are the golden answers": len(done) - len(rows) - silent}
    return Export(FrameSource(name, tuple(frame.columns), frame, spots), columns, left_out)


def open_flat(source: Source, given: Mapping[str, Name]) -> Export:
    """Return a JSON-MIN or CSV export with its answers unwrapped.

    Raises:
        DataError: as `open_label_studio`.
    """
    require(source, "Label Studio", FLAT)
    known = {name for name in given.values() if isinstance(name, str)} - {given.get("label")}
    candidates = [name for name in source.columns if name not in OWN | known]
    label = choose_question(candidates, given.get("label"), source.name)
    answers = source.read([label]).iloc[:, 0].map(unpacked, na_action="ignore").astype("object")
    columns: dict[str, Name] = {"task": "id", "worker": "annotator", "label": label}
    columns["time"] = "created_at" if "created_at" in source.columns else None
    return Export(Selected(source.name, source.columns, source, made={label: answers}), columns)


def _flat(name: str, records: list[dict[str, Any]]) -> FrameSource:
    import pandas as pd

    rows = [
        {key: _who(value) if key == "annotator" else plain(value) for key, value in record.items()}
        for record in records
    ]
    frame = pd.DataFrame(rows, dtype="object")
    spots = [f"annotation {row.get('annotation_id')} of task {row.get('id')}" for row in rows]
    return FrameSource(name, tuple(map(str, frame.columns)), frame, spots)


def _answers(annotation: Mapping[str, Any]) -> dict[str, str | None]:
    """Return question -> answer; regions drawn on an item are no answers."""
    found: dict[str, list[Any]] = {}
    for each in annotation.get("result") or ():
        value = each.get("value") or {}
        for kind in ANSWERED:
            if kind in value and each.get("from_name") and not {"start", "x"} & set(value):
                found.setdefault(each["from_name"], []).append(value[kind])
    return {question: plain(values) for question, values in found.items()}


def _id(task: Mapping[str, Any]) -> str:
    return str(task.get("id"))


def _who(person: Any) -> str | None:
    if isinstance(person, dict):
        person = person.get("email") or person.get("username") or person.get("id")
    return None if person is None else str(person)
