"""What one annotator did of one batch, and which of its checks agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paygrade.operations.keys import Key, Keys

KIND = {"golden": "golden", "expert": "expert", "repeats": "repeat-second"}


@dataclass(frozen=True)
class Check:
    """One check that counts.

    Attributes:
        task: the row of the batch; for a repeat its second showing.
        item: as the pool calls it.
        expected: the answer to agree with, in terms of the pool; for a repeat the first answer.
        given: the annotator's answer, in terms of the pool.
        agrees: whether it counts.
    """

    task: str
    item: str
    expected: str
    given: str
    agrees: bool


@dataclass(frozen=True)
class Work:
    """What one annotator did of one batch.

    Attributes:
        worker, batch: who and which.
        labels: every answer as it was given, by task.
        checks: those that count, in the order in which they were seen.
        repeats: repeats, in that order, where the rule counts something else.
        imc: rows that said which answer to choose, for information only.
    """

    worker: str
    batch: str
    labels: Mapping[str, str]
    checks: tuple[Check, ...]
    repeats: tuple[Check, ...] = ()
    imc: tuple[Check, ...] = ()

    @property
    def failed(self) -> int:
        """How many instructions were not followed."""
        return sum(not check.agrees for check in self.imc)

    @property
    def agreed(self) -> int:
        """How many checks agree."""
        return sum(check.agrees for check in self.checks)


def find_work(
    who: tuple[str, str],
    labels: Mapping[str, str],
    own: Sequence[Key],
    keys: Keys,
    counted: str,
    ties: set[str],
) -> Work:
    """Return the work of a finished batch.

    Arguments:
        who: worker and batch.
        labels: the answers as given, by task.
        own: the keys of this batch, in the order of its rows.
        keys: all keys, which know the answers that turn with a pair.
        counted: "golden", "expert" or "repeats".
        ties: answers that are ties.
    """
    checks = _checks(labels, own, keys, KIND[counted], ties)
    others = () if counted == "repeats" else _checks(labels, own, keys, KIND["repeats"], ties)
    instructed = _checks(labels, own, keys, "imc", ties)
    return Work(*who, {key.task: labels[key.task] for key in own}, checks, others, instructed)


def _checks(
    labels: Mapping[str, str], own: Sequence[Key], keys: Keys, kind: str, ties: set[str]
) -> tuple[Check, ...]:
    firsts = {key.item: key for key in own if key.kind == "repeat-first"}
    return tuple(
        _check(key, firsts.get(key.item), labels, keys, ties) for key in own if key.kind == kind
    )


def _check(
    key: Key, first: Key | None, labels: Mapping[str, str], keys: Keys, ties: set[str]
) -> Check:
    given = keys.turned(labels[key.task], key)
    if first is None:
        return Check(key.task, key.item, key.expected, given, given == key.expected)
    before = keys.turned(labels[first.task], first)
    return Check(key.task, key.item, before, given, given == before and given not in ties)
