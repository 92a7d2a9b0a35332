"""Argilla: records as JSON, JSON lines or Parquet, of version 2 and of version 1's datasets.

A record holds its responses in one of these shapes, q being a question:

- {"responses": {q: [{"value", "user_id", "status"}]}}: `records.to_json`;
- {"q.responses": [...], "q.responses.users": [...], "q.responses.status": [...]}: `to_datasets`;
- {q: [{"user_id", "value", "status"}]}: version 1's datasets;
- {"responses": [{"user_id", "status", "values": {q: {"value"}}}]}: version 1's records.

Drafts and discarded responses are no labels; suggestions come from models and are no gold.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from paygrade.errors import DataError
from paygrade.labels.columns import Name
from paygrade.labels.exports.answer import plain
from paygrade.labels.exports.export import Export, choose_question
from paygrade.labels.source import FrameSource

FLAT = ".responses"
Response = tuple[str, Any, Any, Any]  # question, value, user, status


def open_argilla(name: str, records: list[dict[str, Any]], given: Mapping[str, Name]) -> Export:
    """Return the responses, a row for each user and record.

    Arguments:
        name: the file, for messages.
        records: what it holds.
        given: role -> column, as far as the user names them.

    Raises:
        DataError: there are no responses, or to several questions and `given` names none.
    """
    import pandas as pd

    responses = [list(_responses(record)) for record in records]
    questions = list(dict.fromkeys(question for each in responses for question, *_ in each))
    question = choose_question(questions, given.get("label"), name)
    rows, spots, drafts = [], [], 0
    for number, (record, each) in enumerate(zip(records, responses, strict=True), start=1):
        task = _id(record, number)
        for asked, value, user, status in each:
            if asked != question:
                continue
            if str(status or "submitted").rpartition(".")[2].lower() != "submitted":
                drafts += 1
                continue
            spots.append(f"a response to record {task}")
            who = None if user is None else str(user)
            rows.append(_data(record) | {"task": task, "worker": who, "label": plain(value)})
    if not rows:
        raise DataError(
            f"{name}: nobody has submitted a response to {question!r}, so there are no labels"
        )
    frame = pd.DataFrame(rows, dtype="object")
    source = FrameSource(name, tuple(map(str, frame.columns)), frame, spots)
    columns = {role: role for role in ("task", "worker", "label")}
    return Export(source, columns, {"drafts and discarded responses": drafts})


def _responses(record: Mapping[str, Any]) -> Iterator[Response]:
    nested = record.get("responses")
    if isinstance(nested, dict):
        for question, answers in nested.items():
            for each in answers or ():
                yield question, each.get("value"), each.get("user_id"), each.get("status")
    elif isinstance(nested, list):
        for each in nested:
            for question, answer in (each.get("values") or {}).items():
                yield question, plain(answer), each.get("user_id"), each.get("status")
    for key, answers in record.items():
        if key.endswith(FLAT) and isinstance(answers, list):
            blank = [None] * len(answers)
            users, states = (record.get(f"{key}.{what}") or blank for what in ("users", "status"))
            for value, user, status in zip(answers, users, states, strict=True):
                yield key.removesuffix(FLAT), value, user, status
        elif key != "responses" and _is_version_1(answers):
            for each in answers:
                yield key, each.get("value"), each.get("user_id"), each.get("status")


def _is_version_1(answers: object) -> bool:
    return (
        isinstance(answers, list)
        and bool(answers)
        and all(isinstance(each, dict) and {"user_id", "value"} <= set(each) for each in answers)
    )


def _id(record: Mapping[str, Any], number: int) -> str:
    found = (record.get(key) for key in ("id", "external_id", "_server_id"))
    return str(next((each for each in found if each is not None), f"record {number}"))


def _data(record: Mapping[str, Any]) -> dict[str, str | None]:
    """Return fields and metadata, among which may be a golden answer."""
    nested = [record.get(part) or {} for part in ("fields", "metadata")]
    flat = {key: value for key, value in record.items() if not isinstance(value, dict | list)}
    whole = flat | {
        key: value for part in nested if isinstance(part, dict) for key, value in part.items()
    }
    return {key: plain(value) for key, value in whole.items()}
