"""Labels counted where they lie: how often each worker gave which answer against which check.

Whatever assessment says of a worker rests on such counts, which are additive: over workers, over
partitions, over days. So a table of any size is reduced to them once, and everything else happens
in memory, with the same code and the same numbers as for a table that fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.arguments import checked_arguments
from paygrade.errors import DataError, raise_problems
from paygrade.labels import cleaning
from paygrade.labels.annotations import Annotations, checks_in, option_problems, read_annotations
from paygrade.labels.answers import against_the_rest, number_of_labels
from paygrade.labels.columns import choose_columns, kept_columns
from paygrade.labels.duplicates import refusal
from paygrade.labels.gathering import wanted_columns
from paygrade.labels.pairs import LEFT, RIGHT
from paygrade.labels.panel import no_such_worker
from paygrade.labels.partitions import (
    Elsewhere,
    Partitions,
    Progress,
    add_up,
    compute,
    constant,
    is_partitioned,
    open_partitions,
    task,
)
from paygrade.labels.pieces import (
    Facts,
    Reading,
    count_partition,
    cut_hashes,
    cut_suspects,
    edges_of,
    repeated_hashes,
    settle,
)
from paygrade.labels.tabulation import add_tabulations

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Tally(Annotations):
    """Labels of which equal ones were counted together; made by `tally_annotations`.

    Attributes:
        table: columns worker, label, the checks there are, those kept, and count: how many labels
            a row stands for. Items and times are gone, and pairs unless they were asked for.
        source: what messages call the table.
        left_out: as in `Annotations`.
    """

    def require_items(self, what: str) -> None:
        """Raise a DataError: which label belongs to which item is no longer known."""
        raise DataError(
            f"{self.source} was counted by worker and answer, and {what!r} asks for the items; read"
            " the labels it is about with read_annotations, those with a check if there are many"
        )

    def __str__(self) -> str:
        left_out = ", ".join(f"{number} {what}" for what, number in self.left_out.items() if number)
        return (
            f"{number_of_labels(self.table)} labels by {self.table['worker'].nunique()} annotators"
            + (f"; left out: {left_out}" if left_out else "")
        )


@checked_arguments
def tally_annotations(  # noqa: D417 - one list of options, described in one place
    source: Elsewhere,
    *,
    task: str | None = None,
    worker: str | None = None,
    label: str | None = None,
    gold: str | None = None,
    expert: str | None = None,
    repeat: str | None = None,
    time: str | None = None,
    left: str | None = None,
    right: str | None = None,
    winner: str | None = None,
    sides: str | Sequence[str] | None = None,
    ignore_workers: str | Sequence[str] | None = None,
    positive: str | None = None,
    duplicates: str = "error",
    ties: str = "drop",
    tie_labels: str | Sequence[str] | None = None,
    keep: str | Sequence[str] | None = None,
    pairs: bool = False,
    progress: Progress = lambda _: None,
) -> Tally:
    """Count labels that don't fit into memory; `assess` and the rest take the result as labels.

    Rows are read, cleaned and refused by the rules of `read_annotations`, whose options these are.
    Two are missing: `platform`, and `expert_workers`, which needs all labels of an item at once
    (write the experts' answers into a column). `time` matters only for duplicates="repeat".

    What goes to and fro: each partition's counts, and 8 bytes a label to find out whether a worker
    labels an item twice. Where that happens, the rows concerned travel whole; under "repeat" and
    "drop" the table is therefore read twice.

    Arguments:
        source: a Dask data frame; or the path of Parquet files: a folder, a file or a pattern.
            Workers of a cluster have to find files under the same path.
        task: this and all other options as in `read_annotations`.
        pairs: of comparisons, count by what was compared, too: columns left, right and swapped.
        progress: told how many partitions are done.

    Raises:
        DataError: the table can't be used as it is; the message says where and what to do.
        ClusterError: Dask is missing, or the cluster can't do it.

    >>> import dask.dataframe as dd, paygrade as pg
    >>> labels = pg.simulate_labels(items=200, seed=5, efforts=[1, 0.9, 0.2])
    >>> tally = pg.tally_annotations(dd.from_pandas(labels, npartitions=4))
    >>> print(tally)
    600 labels by 3 annotators
    >>> pg.assess(tally, signal=0.6).equals(pg.assess(pg.read_annotations(labels), signal=0.6))
    True
    """
    raise_problems(option_problems(ties, duplicates, None, None, label, winner))
    origin = open_partitions(source)
    roles = {"task": task, "worker": worker, "label": label, "gold": gold, "expert": expert}
    roles |= {"repeat": repeat, "time": time, "left": left, "right": right, "winner": winner}
    reading, columns = _reading(
        origin,
        {role: name for role, name in roles.items() if name is not None},
        ignored=cleaning.listed_names(ignore_workers) or (),
        sides=sides,
        tie_labels=tie_labels,
        keep=cleaning.listed_names(keep) or (),
        duplicates=duplicates,
        pair=(LEFT, RIGHT, "swapped") if pairs else (),
    )
    table, facts = _count(origin, columns, reading, progress)
    for pattern in set(reading.ignored) - facts.matched:
        workers = [] if table.empty else table["worker"].unique().tolist()
        raise no_such_worker(pattern, workers, "ignore_workers")
    if table.empty:
        raise _nothing(facts, reading, origin.name)
    table = against_the_rest(table, ["label", *checks_in(table)], positive, origin.name)
    return Tally(table, origin.name, dict(facts.left_out))


def as_labels(labels: Any, progress: Progress = lambda _: None) -> Annotations:
    """Return labels as they are, or a table of them read, counted if it is in partitions."""
    if isinstance(labels, Annotations):
        return labels
    if is_partitioned(labels):
        return tally_annotations(labels, progress=progress)
    return read_annotations(labels)


def _reading(
    origin: Partitions, given: dict[str, Any], **options: Any
) -> tuple[Reading, list[str]]:
    """Return how to read the partitions, and which columns that takes."""
    chosen = choose_columns(origin, wanted_columns(origin.columns, given))
    kept = kept_columns(origin, options["keep"])
    if options["duplicates"] != "repeat":
        chosen.pop("time", None)
        given.pop("time", None)
    columns = [name for names in (*chosen.values(), *kept.values()) for name in names]
    reading = Reading(origin.name, given, worker=chosen["worker"][0], **options)
    return reading, columns


def _count(
    origin: Partitions, columns: Sequence[str], reading: Reading, progress: Progress
) -> "tuple[pd.DataFrame, Facts]":
    """Return the tally and what the partitions say, duplicates settled."""
    parts = origin.parts(columns)
    rules = constant(reading)
    pieces = [task(count_partition)(part, k, rules) for k, part in enumerate(parts)]
    tally = add_up([piece.tally for piece in pieces], add_tabulations)
    again = [task(repeated_hashes)(bucket) for bucket in _buckets(pieces, cut_hashes)]
    steps = [piece.facts for piece in pieces]
    what = "partitions counted" if reading.duplicates == "error" else "partitions looked through"
    (counts, *found), said = compute([tally, *again], steps, progress, what)
    facts, suspects = reduce(add, said, Facts()), np.concatenate(found)
    if reading.duplicates == "error" and not len(suspects):
        return counts.table(), facts
    return _count_settled(origin, parts, reading, facts, suspects, progress)


def _count_settled(
    origin: Partitions,
    parts: Sequence[Any],
    reading: Reading,
    facts: Facts,
    suspects: Any,
    progress: Progress,
) -> "tuple[pd.DataFrame, Facts]":
    """Go through the partitions again, knowing which rows may be duplicates."""
    if reading.duplicates == "repeat" and len(facts.times) > 1:
        raise DataError(
            f"{origin.name}: column {reading.given.get('time', 'time')!r} holds numbers in some"
            " partitions and dates in others, so the order of the labels is unknown; write one kind"
            " throughout"
        )
    rules, known = constant(reading), constant(suspects)
    pieces = [task(count_partition)(part, k, rules, known) for k, part in enumerate(parts)]
    settled = [
        task(settle)(bucket, rules, facts.all_timed) for bucket in _buckets(pieces, cut_suspects)
    ]
    tally = add_up([each.tally for each in (*pieces, *settled)], add_tabulations)
    what = [(each.left_out, each.cases) for each in settled]
    steps = [piece.facts for piece in pieces]
    (counts, *ends), said = compute([tally, *what], steps, progress, "partitions counted")
    cases = [cases for _, cases in ends if cases is not None]
    if cases:
        raise refusal(reduce(add, cases), origin)
    facts = reduce(add, said, Facts())
    for left_out, _ in ends:
        facts.left_out.update(left_out)
    return counts.table(), facts


def _buckets(pieces: Sequence[Any], cut: Any) -> list[list[Any]]:
    """Return each piece's share of every bucket, all delayed.

    There are about as many buckets as makes one of them as large as a few pieces, while the number
    of shares, pieces times buckets, stays small enough for a scheduler.
    """
    number = int(np.ceil(2.0 * np.sqrt(len(pieces))))
    edges = constant(edges_of(number))
    cuts = [task(cut, number)(piece, edges) for piece in pieces]
    return [[shares[k] for shares in cuts] for k in range(number)]


def _nothing(facts: Facts, reading: Reading, source: str) -> DataError:
    """Return the error for a table of which nothing is left."""
    if facts.labels:
        return cleaning.all_tied(facts.labels, source)
    if reading.ignored:
        return DataError(
            f"ignore_workers={','.join(reading.ignored)!r} leaves out all workers, so there is"
            " nobody to assess; name fewer"
        )
    return DataError(f"{source} holds no rows, so there is nothing to assess; check the export")
