"""Answers to a survey held against its keys, half-finished ones too."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paygrade.labels.exports.prolific import CALLED
from paygrade.operations.keys import Key, Keys
from paygrade.operations.returned import by_batch, refuse_strangers, respelled
from paygrade.operations.table import read_answers, read_rows, ties_among
from paygrade.operations.work import Check, Work, find_work


@dataclass(frozen=True)
class Scored:
    """What one participant did, over all slots they took.

    Attributes:
        worker: who.
        slots: which they took, in order.
        answered, lacking: screens of these with and without an answer.
        golden, repeats, imc: checks that were answered, a repeat if both showings were.
    """

    worker: str
    slots: tuple[str, ...]
    answered: int
    lacking: int
    golden: tuple[Check, ...]
    repeats: tuple[Check, ...]
    imc: tuple[Check, ...]


def score_answers(
    answers: Path | str, keys: Keys, roles: Mapping[str, str], ties: tuple[str, ...] | None
) -> list[Scored]:
    """Return what each participant did, in the order of names.

    Unlike pay, which waits for finished batches, this takes what there is.

    Raises:
        DataError: an answer belongs to no screen, comes twice or from the wrong participant, or a
            column is missing.
    """
    table = read_answers(Path(answers), roles)
    refuse_strangers(table, keys)
    spelled = respelled(keys)
    own: dict[str, list[Key]] = {}
    for key in spelled.rows:
        own.setdefault(key.batch, []).append(key)
    tied = ties_among([row["label"] for row in table.rows], ties)
    works: dict[str, list[Work]] = {}
    given: Counter[str] = Counter()
    for (worker, batch), labels in sorted(by_batch(table).items()):
        given[worker] += len(labels)
        there = _answered(own[batch], labels)
        work = find_work((worker, batch), labels, there, spelled, "golden", tied)
        works.setdefault(worker, []).append(work)
    return [_together(worker, each, own, given[worker]) for worker, each in works.items()]


def worker_column(answers: Path | str, wanted: str) -> str:
    """Return the column of the participant: the one wanted, or else Prolific's if it is there."""
    columns = read_rows(Path(answers)).columns
    if wanted in columns:
        return wanted
    return next((name for name in columns if name.casefold() in CALLED), wanted)


def _answered(own: list[Key], labels: Mapping[str, str]) -> list[Key]:
    """Return the keys of answered screens, second showings only where the first was answered."""
    there = [key for key in own if key.task in labels]
    first = {key.item for key in there if key.kind == "repeat-first"}
    return [key for key in there if key.kind != "repeat-second" or key.item in first]


def _together(
    worker: str, works: list[Work], own: Mapping[str, list[Key]], answered: int
) -> Scored:
    size = sum(len(own[work.batch]) for work in works)
    return Scored(
        worker,
        tuple(work.batch for work in works),
        answered,
        size - answered,
        *(
            tuple(check for work in works for check in getattr(work, kind))
            for kind in ("checks", "repeats", "imc")
        ),
    )
