"""Platforms' exports in their true schemas, made here, and what is refused in them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from paygrade.errors import DataError
from paygrade.labels.annotations import read_annotations

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write_file


def cells(table: pd.DataFrame, columns: str = "task worker label") -> list[list[object]]:
    return table[columns.split()].astype("object").fillna("-").to_numpy().tolist()


# Label Studio


def choice(answer: str, by: object, number: int, **more: object) -> dict[str, object]:
    value = {"choices": [answer]}
    result = {"from_name": "mood", "to_name": "text", "type": "choices", "value": value}
    made = {"created_at": f"2025-03-0{number}T10:00:00.000000Z", "lead_time": 4.2, "id": number}
    plain = {"completed_by": by, "result": [result], "was_cancelled": False, "ground_truth": False}
    return plain | made | more


TASKS: list[dict[str, Any]] = [
    {
        "id": 7,
        "data": {"text": "Good day", "source": "mail"},
        "annotations": [
            choice("Positive", 3, 1),
            choice("Negative", {"id": 4, "email": "b@example.org"}, 2),
            choice("Positive", 9, 3, ground_truth=True),
            choice("Positive", 5, 4, was_cancelled=True),
        ],
        "predictions": [{"model_version": "m", "result": []}],
    },
    {
        "id": 8,
        "data": {"text": "Bad day", "source": "chat"},
        "annotations": [choice("Negative", 3, 5), choice("Negative", 5, 6, result=[])],
        "predictions": [],
    },
]


def test_label_studio_json(write: Write) -> None:
    found = read_annotations(write("project.json", json.dumps(TASKS)), platform="label-studio")
    assert cells(found.table, "task worker label gold") == [
        ["7", "3", "Positive", "Positive"],
        ["7", "b@example.org", "Negative", "Positive"],
        ["8", "3", "Negative", "-"],
    ]
    assert found.table["time"].dt.day.tolist() == [1, 2, 5]
    assert found.left_out["skipped annotations"] == 1
    assert found.left_out["annotations that are the golden answers"] == 1
    assert found.left_out["annotations without that question"] == 1


def test_label_studio_json_takes_gold_and_items_from_the_tasks_data(write: Write) -> None:
    path = write("project.json", json.dumps(TASKS))
    found = read_annotations(path, platform="Label Studio", task="text", gold="source")
    assert cells(found.table, "task gold")[0] == ["Good day", "mail"]


def test_label_studio_json_of_several_questions(write: Write) -> None:
    tasks = json.loads(json.dumps(TASKS))
    for task in tasks:
        for each in task["annotations"]:
            stars = {"from_name": "stars", "type": "rating", "value": {"rating": each["id"] % 2}}
            side = {"from_name": "best", "type": "pairwise", "value": {"selected": "left"}}
            box = {"from_name": "box", "value": {"x": 1, "rectanglelabels": ["Cat"]}}
            each["result"] += [stars, side, box]
    path = write("project.json", json.dumps(tasks))
    with pytest.raises(DataError, match=r"3 questions \('mood', 'stars', 'best'\).*name one in"):
        read_annotations(path, platform="label-studio")
    with pytest.raises(DataError, match=r"label='moo' is no question .*perhaps 'mood'"):
        read_annotations(path, platform="label-studio", label="moo")
    found = read_annotations(path, platform="label-studio", label="stars")
    assert found.table["label"].tolist() == ["1", "0", "1", "0"]


MINIMAL = [
    {"id": 7, "text": "Good", "mood": "Positive", "annotator": 3, "annotation_id": 1},
    {"id": 7, "text": "Good", "mood": {"choices": ["b", "a"]}, "annotator": 4, "annotation_id": 2},
    {"id": 8, "text": "Bad", "mood": [{"choices": ["a", "b"]}], "annotator": 3, "annotation_id": 5},
]


def test_label_studio_json_min_and_csv(write: Write) -> None:
    more = {"created_at": "2025-03-01T10:00:00Z", "updated_at": "", "lead_time": 3.1}
    rows = [row | more for row in MINIMAL]
    as_csv = pd.DataFrame(
        [{key: json.dumps(v) if isinstance(v, dict | list) else v for key, v in r.items()}
         for r in rows]
    ).to_csv(index=False)  # fmt: skip
    for path in (write("min.json", json.dumps(rows)), write("project.csv", as_csv)):
        found = read_annotations(path, platform="label_studio", label="mood")
        expected = [["7", "3", "Positive"], ["7", "4", "a, b"], ["8", "3", "a, b"]]
        assert cells(found.table) == expected
        assert "time" in found.table
        with pytest.raises(DataError, match=r"2 questions \('text', 'mood'\)"):
            read_annotations(path, platform="label-studio")


def test_what_is_no_label_studio_export(write: Write) -> None:
    with pytest.raises(DataError, match="has no column 'annotator', which every Label Studio"):
        read_annotations(write("a.csv", "task,worker,label\n1,a,x\n"), platform="label-studio")
    with pytest.raises(DataError, match="line 3 is no JSON"):
        read_annotations(write("b.json", '[\n{"id": 1},\n{"id": }]'), platform="label-studio")
    empty = [{"id": 1, "data": {}, "annotations": []}]
    with pytest.raises(DataError, match="holds no answers to a question"):
        read_annotations(write("c.json", json.dumps(empty)), platform="label-studio")


# Argilla

USERS = ["0a-user", "0b-user"]


def argilla_nested(number: int, answers: list[str], states: list[str]) -> dict[str, object]:
    responses = [
        {"value": value, "user_id": user, "status": state}
        for value, user, state in zip(answers, USERS, states, strict=True)
    ]
    return {
        "id": f"r{number}",
        "fields": {"text": f"text {number}"},
        "metadata": {"truth": "good"},
        "suggestions": {"mood": {"value": "bad", "score": 0.9, "agent": "model"}},
        "responses": {"mood": responses},
        "vectors": {},
        "status": "completed",
        "_server_id": f"s{number}",
    }


NESTED = [
    argilla_nested(1, ["good", "bad"], ["submitted", "submitted"]),
    argilla_nested(2, ["bad", "good"], ["submitted", "draft"]),
]


def argilla_flat(record: dict[str, Any]) -> dict[str, object]:
    answers = record["responses"]["mood"]
    return {
        "id": record["id"],
        "status": "completed",
        "text": record["fields"]["text"],
        "truth": "good",
        "mood.responses": [each["value"] for each in answers],
        "mood.responses.users": [each["user_id"] for each in answers],
        "mood.responses.status": [each["status"] for each in answers],
        "mood.suggestion": "bad",
    }


def argilla_1_dataset(record: dict[str, Any]) -> dict[str, object]:
    extra = {"external_id": record["id"], "metadata": "{}", "truth": "good"}
    return {"text": record["fields"]["text"], "mood": record["responses"]["mood"], **extra}


def argilla_1_record(record: dict[str, Any]) -> dict[str, object]:
    responses = [
        {"user_id": each["user_id"], "status": each["status"],
         "values": {"mood": {"value": each["value"]}}}
        for each in record["responses"]["mood"]
    ]  # fmt: skip
    meta = {"truth": "good"}
    return {"external_id": record["id"], "fields": {}, "metadata": meta, "responses": responses}


@pytest.mark.parametrize(
    "shape", [dict, argilla_flat, argilla_1_dataset, argilla_1_record], ids=lambda f: f.__name__
)
def test_argilla(write: Write, tmp_path: Path, shape: Callable[[Any], Any]) -> None:
    records = [shape(record) for record in NESTED]
    array = write("records.json", json.dumps(records))
    lines = write("records.jsonl", "\n".join(map(json.dumps, records)))
    parquet = tmp_path / "records.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_json('{array}')) TO '{parquet}'")
    for path in (array, lines, parquet):
        found = read_annotations(path, platform="argilla", gold="truth")
        assert cells(found.table, "task worker label gold") == [
            ["r1", "0a-user", "good", "good"],
            ["r1", "0b-user", "bad", "good"],
            ["r2", "0a-user", "bad", "good"],
        ]
        assert found.left_out["drafts and discarded responses"] == 1


def test_argilla_that_cannot_be_used(write: Write) -> None:
    with pytest.raises(DataError, match="is flat, and Argilla nests"):
        read_annotations(write("a.csv", "id,mood\n1,good\n"), platform="argilla")
    with pytest.raises(DataError, match="holds no answers"):
        read_annotations(write("a.json", '[{"id": 1, "responses": {}}]'), platform="argilla")
    drafts = [argilla_nested(1, ["good", "bad"], ["draft", "discarded"])]
    with pytest.raises(DataError, match="nobody has submitted"):
        read_annotations(write("b.json", json.dumps(drafts)), platform="argilla")
    nobody = json.loads(json.dumps(NESTED).replace('"0a-user"', "null"))
    with pytest.raises(DataError, match="no worker in a response to record r1, a response to rec"):
        read_annotations(write("c.json", json.dumps(nobody)), platform="argilla")


# Toloka

TOLOKA = """\
INPUT:image\tOUTPUT:result\tGOLDEN:result\tHINT:text\tHINT:default_language\tASSIGNMENT:link\
\tASSIGNMENT:task_id\tASSIGNMENT:assignment_id\tASSIGNMENT:worker_id\tASSIGNMENT:status\
\tASSIGNMENT:started
a.jpg\tcat\tcat\t\t\thttp://x/1\tt1\t1\tw1\tAPPROVED\t2025-03-01T10:00:00.123
b.jpg\tdog\t\t\t\thttp://x/1\tt2\t1\tw1\tAPPROVED\t2025-03-01T10:00:00.123

a.jpg\tdog\tcat\t\t\thttp://x/2\tt1\t2\tw2\tREJECTED\t2025-03-01T11:00:00.5
b.jpg\t\t\t\t\thttp://x/2\tt2\t3\tw3\tEXPIRED\t2025-03-01T11:00:00.5
"""


def test_toloka(write: Write) -> None:
    path = write("assignments.tsv", TOLOKA)
    frame = pd.read_csv(path, sep="\t")
    for source in (path, frame):
        for label in (None, "result", "OUTPUT:result"):
            found = read_annotations(source, platform="toloka", label=label)
            assert cells(found.table, "task worker label gold") == [
                ["a.jpg", "w1", "cat", "cat"],
                ["b.jpg", "w1", "dog", "-"],
                ["a.jpg", "w2", "dog", "cat"],
            ]
            assert found.table["time"].dt.hour.tolist() == [10, 10, 11]
            assert found.left_out["rows of unfinished assignments"] == 1


def test_toloka_that_cannot_be_used(write: Write) -> None:
    blank = TOLOKA.replace("b.jpg\tdog", "b.jpg\t")
    with pytest.raises(DataError, match="no label in line 3, and"):
        read_annotations(write("a.tsv", blank), platform="toloka")
    expired = write("b.tsv", TOLOKA.replace("APPROVED", "SKIPPED").replace("REJECTED", "ACTIVE"))
    with pytest.raises(DataError, match="all 4 rows are rows of unfinished"):
        read_annotations(expired, platform="toloka")
    with pytest.raises(DataError, match="has no column 'ASSIGNMENT:worker_id'"):
        read_annotations(write("c.tsv", "INPUT:a\tOUTPUT:b\nx\ty\n"), platform="toloka")


# Mechanical Turk

TURK = (
    "HITId,HITTypeId,Title,Reward,AssignmentId,WorkerId,AssignmentStatus,AcceptTime,SubmitTime,"
    "WorkTimeInSeconds,LifetimeApprovalRate,Input.url,Input.truth,{answers},Approve,Reject\n"
)


def turk(answers: str, *rows: tuple[str, str, str, str]) -> str:
    lines = [
        f'{hit},T,Is it a cat?,$0.05,as{i},{worker},Approved,,"Mon Mar 03 1{i}:00:00 PST 2025",12,'
        f'"0% (0/0)",{url},yes,{answer},,'
        for i, (hit, worker, url, answer) in enumerate(rows)
    ]
    return TURK.format(answers=answers) + "\n".join(lines) + "\n"


ROWS = [("H1", "W1", "a", "yes"), ("H1", "W2", "a", "no"), ("H2", "W1", "b", "no")]


@pytest.mark.parametrize(
    ("columns", "yes", "no"),
    [
        ("Answer.category.label", "yes", "no"),
        ("Answer.cat.yes,Answer.cat.no", "true,false", "false,true"),
        ("Answer.yes.yes,Answer.no.no", "true,false", "false,true"),
        ("Answer.yes.on,Answer.no.on", "TRUE,FALSE", "FALSE,TRUE"),
    ],
)
def test_mturk(write: Write, columns: str, yes: str, no: str) -> None:
    rows = [(*row[:3], yes if row[3] == "yes" else no) for row in ROWS]
    path = write("Batch_1_batch_results.csv", turk(columns, *rows))
    found = read_annotations(path, platform="mturk", gold="Input.truth")
    assert cells(found.table, "task worker label gold") == [
        ["a", "W1", "yes", "yes"], ["a", "W2", "no", "yes"], ["b", "W1", "no", "yes"],
    ]  # fmt: skip
    assert found.table["time"].dt.hour.tolist() == [18, 19, 20]


def test_mturk_that_cannot_be_used(write: Write) -> None:
    path = write("a.csv", turk("Answer.a,Answer.b", *[(*row[:3], "x,y") for row in ROWS]))
    with pytest.raises(DataError, match=r"2 questions \('Answer.a', 'Answer.b'\)"):
        read_annotations(path, platform="mturk")
    neither = [(*row[:3], "false,false") for row in ROWS[:2]] + [(*ROWS[2][:3], "true,false")]
    path = write("b.csv", turk("Answer.cat.yes,Answer.cat.no", *neither))
    with pytest.raises(DataError, match="no label in lines 2 and 3, and"):
        read_annotations(path, platform="mturk")
    again = turk("Answer.cat", *ROWS, ("H9", "W1", "a", "no"))  # the same item in a new batch
    with pytest.raises(DataError, match=r"'W1' labels item 'a.*' more than once"):
        read_annotations(write("c.csv", again), platform="mturk")
    with pytest.raises(DataError, match="has no column 'HITId'"):
        read_annotations(write("d.csv", "WorkerId,Answer.x\na,b\n"), platform="mturk")


# Prolific

SUBMISSIONS = """\
Submission id,Participant id,Status,Started at,Completed at,Time taken,Completion code,Age
s1,p1,APPROVED,2025-03-01T10:00:00.000000Z,2025-03-01T10:20:00.000000Z,1200,C1,30
s2,p2,REJECTED,2025-03-01T10:00:00.000000Z,2025-03-01T10:01:00.000000Z,60,C1,31
s3,p3,RETURNED,2025-03-01T10:00:00.000000Z,,,NOCODE,32
s4,p4,TIMED-OUT,2025-03-01T10:00:00.000000Z,,,,33
s5,p5,AWAITING REVIEW,2025-03-01T10:00:00.000000Z,2025-03-01T10:20:00.000000Z,1200,C1,30
"""
ANSWERS = "PROLIFIC_PID,STUDY_ID,item,answer\n" + "".join(
    f"{who},S,i1,{label}\n{who},S,i2,B\n"
    for who, label in zip(("p1", "p2", "p3", "p4", "p5", "test"), "ABABAB", strict=True)
)


def test_prolific_with_and_without_its_submissions(write: Write) -> None:
    answers, submissions = write("task.csv", ANSWERS), write("prolific_export.csv", SUBMISSIONS)
    named: dict[str, Any] = {"task": "item", "label": "answer"}
    alone = read_annotations(answers, platform="prolific", **named)
    assert alone.workers == ["p1", "p2", "p3", "p4", "p5", "test"]
    for both in ([answers, submissions], (submissions, pd.read_csv(answers))):
        found = read_annotations(both, platform="prolific", **named)
        assert found.workers == ["p1", "p2", "p5"]
        assert found.left_out["answers of submissions that were returned or timed out"] == 4
        assert found.left_out["answers of people without a submission"] == 2


def test_prolific_that_cannot_be_used(write: Write) -> None:
    answers, submissions = write("task.csv", ANSWERS), write("prolific_export.csv", SUBMISSIONS)
    with pytest.raises(DataError, match="0 tables of answers and 1 exports of submissions"):
        read_annotations(submissions, platform="prolific")
    with pytest.raises(DataError, match="has no column with Prolific's participant ids"):
        read_annotations(write("a.csv", "who,item\np1,i1\n"), platform="prolific")
    others = write("b.csv", ANSWERS.replace("\np", "\nq").replace("test", "qt"))
    with pytest.raises(DataError, match="none of the 6 people"):
        read_annotations([others, submissions], platform="prolific")
    with pytest.raises(DataError, match=r"no column 'task'.*in the option 'task'"):
        read_annotations([answers, submissions], platform="prolific")
    blank = write("c.csv", ANSWERS.replace("p5,S,i1,A", "p5,S,i1,"))
    with pytest.raises(DataError, match="no label in line 10, and"):
        read_annotations([blank, submissions], platform="prolific", task="item", label="answer")


@pytest.mark.parametrize(
    ("platform", "record"),
    [
        ("label-studio", {"id": 1, "annotations": "x"}),
        ("label-studio", {"id": 1, "annotations": [3]}),
        ("argilla", {"id": 1, "responses": {"q": [3]}}),
        ("argilla", {"id": 1, "q.responses": ["a", "b"], "q.responses.users": ["u"]}),
    ],
)
def test_records_of_another_shape_are_refused(write: Write, platform: str, record: object) -> None:
    path = write("records.json", json.dumps([record]))
    with pytest.raises(DataError, match=f"are not nested as {platform} exports them"):
        read_annotations(path, platform=platform)


def test_a_platform_that_nobody_knows() -> None:
    with pytest.raises(DataError, match=r"platform='scale' is unknown.*use one of label-studio, "):
        read_annotations("labels.csv", platform="scale")
