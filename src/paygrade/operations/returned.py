"""Labels that came back, matched with the keys: what each annotator's checks say, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from paygrade.errors import DataError, raise_problems
from paygrade.labels.names import natural
from paygrade.operations.keys import Key, Keys
from paygrade.operations.rule import UNITS
from paygrade.operations.table import Rows, read_answers, spelled, ties_among
from paygrade.operations.work import Work, find_work

SHOWN = 5  # cases that a message names


def match_labels(
    labels: Path | str,
    keys: Keys,
    counted: str,
    *,
    roles: Mapping[str, str],
    expert: Path | str | None = None,
    ties: Sequence[str] | None = None,
    waits: bool = False,
) -> tuple[list[Work], dict[tuple[str, str], int]]:
    """Return the finished batches, and those to wait for with the number of labels they lack.

    A golden or expert check agrees where the label is the expected answer, and a repeat where both
    labels are the same and no tie: else somebody who always claims a tie would agree always.

    Arguments:
        labels: CSV, TSV, Parquet or JSON lines, a row a label.
        keys: of the batches.
        counted: "golden", "expert" or "repeats".
        roles: task, worker and label -> the name of its column.
        expert: file of an expert's answers with columns task (the pool's name of the item) and
            label (in the pool's terms).
        ties: answers that are ties; None: tie, draw, equal, both, none.
        waits: whether unfinished batches wait, rather than refuse the file.

    Raises:
        DataError: a label belongs to no row, comes twice or from the wrong annotator; a batch is
            unfinished; an expert's answer is missing.
    """
    table = read_answers(Path(labels), roles)
    refuse_strangers(table, keys)
    found = by_batch(table)
    sizes: dict[str, int] = {}
    for key in keys.rows:
        sizes[key.batch] = sizes.get(key.batch, 0) + 1
    missing = {
        case: lacking
        for case, each in sorted(found.items())
        if (lacking := sizes[case[1]] - len(each))
    }
    if missing and not waits:
        raise DataError(_unfinished(table, missing, sizes))
    finished = {case: each for case, each in found.items() if case not in missing}
    batches = {batch for _, batch in finished}
    needed = replace(keys, rows=tuple(key for key in keys.rows if key.batch in batches))
    checked = respelled(_with_expert(needed, expert) if counted == "expert" else needed)
    own: dict[str, list[Key]] = {}
    for key in checked.rows:
        own.setdefault(key.batch, []).append(key)
    tied = ties_among([row["label"] for row in table.rows], ties)
    works = [
        find_work(who, each, own[who[1]], checked, counted, tied) for who, each in finished.items()
    ]
    return sorted(works, key=lambda work: (natural(work.worker), work.batch)), missing


def refuse_strangers(table: Rows, keys: Keys) -> None:
    """Refuse labels of no row, of somebody else's batch, or given twice."""
    batch_of = {key.task: key.batch for key in keys.rows}
    unknown, foreign, twice = [], [], []
    seen: set[tuple[str, str]] = set()
    for i, row in enumerate(table.rows):
        task, worker = row["task"], row["worker"]
        if task not in batch_of:
            unknown.append(i)
        elif keys.owners.get(batch_of[task]) not in ("", worker):
            foreign.append(i)
        elif (task, worker) in seen:
            twice.append(i)
        seen.add((task, worker))
    rows = table.rows

    def where(cases: list[int]) -> str:
        return f"{table.places(cases)}: {rows[cases[0]]['task']} by {rows[cases[0]]['worker']}"

    problems = []
    if unknown:
        problems.append(
            f"{table.name}: {len(unknown)} labels are of tasks in no batch of these keys"
            f" ({where(unknown)}), so nothing says what they should be; give the keys.csv of these"
            " batches, or take the rows out"
        )
    if foreign:
        owner = keys.owners[batch_of[rows[foreign[0]]["task"]]]
        problems.append(
            f"{table.name}: {len(foreign)} labels come from somebody whom the batch wasn't made for"
            f" ({where(foreign)}, made for {owner}); correct the names, or take the rows out"
        )
    if twice:
        problems.append(
            f"{table.name}: {len(twice)} tasks are labelled twice by one annotator"
            f" ({where(twice)}), so it is unclear which answer counts; keep one row of each"
        )
    raise_problems(problems, DataError)


def by_batch(table: Rows) -> dict[tuple[str, str], dict[str, str]]:
    """Return (worker, batch) -> task -> answer."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in table.rows:
        batch = row["task"].rpartition("-")[0]
        found.setdefault((row["worker"], batch), {})[row["task"]] = row["label"]
    return found


def _unfinished(
    table: Rows, missing: Mapping[tuple[str, str], int], sizes: Mapping[str, int]
) -> str:
    cases = [
        f"{worker} lacks {lacking} of {sizes[batch]} in {batch}"
        for (worker, batch), lacking in list(missing.items())[:SHOWN]
    ]
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return (
        f"{table.name}: unfinished batches: {len(missing)} ({'; '.join(cases)}{more}), and a"
        " count of fewer checks than announced can't be paid by the rule; wait for the labels, or"
        " use --unfinished wait to pay the finished batches now and these once they are complete"
    )


def _with_expert(keys: Keys, expert: Path | str | None) -> Keys:
    """Return the keys with the expert's answers filled in."""
    answers: dict[str, str] = {}
    if expert is not None:
        table = read_answers(Path(expert), {"task": "task", "label": "label"})
        for i, row in enumerate(table.rows):
            if answers.setdefault(row["task"], row["label"]) != row["label"]:
                raise DataError(
                    f"{table.name}: two different answers for {row['task']} ({table.places([i])});"
                    " keep the one that counts"
                )
    rows = [
        replace(key, expected=answers.get(key.item, key.expected)) if key.kind == "expert" else key
        for key in keys.rows
    ]
    open_items = sorted({k.item for k in rows if k.kind == "expert" and not k.expected})
    if open_items:
        some = ", ".join(open_items[:SHOWN]) + ", ..." * (len(open_items) > SHOWN)
        raise DataError(
            f"an expert's answer is missing for {len(open_items)} items that an expert is to review"
            f" ({some}); give a file with columns task and label in --expert"
        )
    return replace(keys, rows=tuple(rows))


def respelled(keys: Keys) -> Keys:
    """Return the keys with answers spelled as labels are."""
    expected = spelled([key.expected for key in keys.rows])
    rows = [replace(key, expected=each) for key, each in zip(keys.rows, expected, strict=True)]
    return replace(keys, rows=tuple(rows), answers=tuple(spelled(keys.answers)))


def refuse_other_counts(works: Sequence[Work], checks: int, counted: str) -> None:
    """Raise unless every batch has as many checks as the rule was announced for."""
    other = [work for work in works if len(work.checks) != checks]
    if other:
        work = other[0]
        raise DataError(
            f"batch {work.batch} has {len(work.checks)} {UNITS[counted]}, and the rule counts"
            f" {checks}: its pass mark would mean something else; design a rule for"
            f" {len(work.checks)} checks, or plan batches with {checks}"
        )
