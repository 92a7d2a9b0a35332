"""Files of verdicts without texts: who won, by the names of what was compared.

QLoRA's GPT-4 verdicts (Dettmers et al. 2023): 1 and 2 name the better answer, 3 is a tie, -1 no
verdict, and "[8.0, 9.0]" are two scores. Every pair was shown in both orders. MT-Bench's judgments
(Zheng et al. 2023) and the votes of UKPConvArg1 (Habernal and Gurevych 2016) name judges.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from paygrade.data.formats.format import (
    LEFT,
    RIGHT,
    TIE,
    Format,
    Lost,
    Reading,
    Row,
    better_of,
    make_pair,
)
from paygrade.data.formats.record import Record, unpacked

VERDICTS = {"1": LEFT, "2": RIGHT, "3": TIE, "-1": None}
WINNERS = {"model_a": LEFT, "model_b": RIGHT, TIE: TIE, "tie (inconsistent)": TIE}
VOTES = {"a1": LEFT, "a2": RIGHT, "equal": TIE}


def named_pair(
    record: Record,
    columns: tuple[str, str],
    label: str | None,
    question: str,
    sides: dict[str, tuple[Any, Any]] | None = None,
    **more: Any,
) -> Row | Lost:
    """Return the pair of two named things; without texts, what it is about is its `prompt_id`."""
    names = (record.name(columns[0]), record.name(columns[1]))
    if None in names:
        return Lost(record, "pairs without a response")
    if names[0] == names[1]:
        return Lost(record, "pairs of two equal responses")
    more |= {"prompt_id": question, "task": "|".join((question, *sorted(map(str, names))))}
    return make_pair(
        record, None, (None, None), label, sides={"id": names, **(sides or {})}, **more
    )


def verdicts(records: Sequence[Record], _: Reading) -> Iterator[Row | Lost]:
    """Yield GPT-4's verdicts on the sides it saw: the first answer on the left."""
    for record in records:
        scores = unpacked(record.get("score"))
        sides = ("answer1_model", "answer2_model")
        models = (record.name(sides[0]), record.name(sides[1]))
        known: dict[str, tuple[Any, Any]] = {"model": models}
        if isinstance(scores, list) and len(scores) == 2:
            one, other = (record.as_number(each, "score") for each in scores)
            known["score"], label = (one, other), better_of(one, other)
        else:
            label = record.one_of("score", VERDICTS)
        bench = record.name("bench")
        question = f"{bench}|{record.name('question_id')}"
        yield named_pair(record, sides, label, question, known, worker="gpt-4", origin=bench)


def judgments(records: Sequence[Record], _: Reading) -> Iterator[Row | Lost]:
    """Yield judges' verdicts on the sides of the file; "gpt4_pair" is of two orders in one."""
    for record in records:
        models = (record.name("model_a"), record.name("model_b"))
        question = "|".join(str(record.name(each) or "") for each in ("question_id", "turn"))
        yield named_pair(
            record,
            ("model_a", "model_b"),
            record.one_of("winner", WINNERS),
            question.rstrip("|"),
            {"model": models},
            worker=record.name("judge"),
        )


def votes(records: Sequence[Record], _: Reading) -> Iterator[Row | Lost]:
    """Yield votes on two arguments about one topic."""
    for record in records:
        label = record.one_of("label", VOTES)
        worker, topic = record.name("worker"), str(record.name("topic") or "")
        yield named_pair(record, ("arg1", "arg2"), label, topic, worker=worker)


QLORA = Format("qlora-judge", ("question_id", "answer1_model", "answer2_model", "score"), verdicts)
MT_BENCH = Format(
    "mt-bench",
    ("question_id", "model_a", "model_b", "judge", "winner"),
    judgments,
)
UKP = Format("ukpconvarg", ("arg1", "arg2", "worker", "label"), votes)
