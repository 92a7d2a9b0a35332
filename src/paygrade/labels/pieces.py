"""What is done with one partition of labels, wherever it lies: read, clean, count.

Whether a worker labels an item twice can't be seen in one partition. Each row's worker and item are
hashed to 64 bits, and only these travel to be compared. Rows whose hash comes again are suspects:
they are brought together whole, and judged by their names like any table in memory, so that hashes
which collide harm nobody. With N labels about N²/2⁶⁵ pairs collide.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paygrade.labels.answers import as_names
from paygrade.labels.cleaning import drop_ties
from paygrade.labels.columns import CHECKS, Name
from paygrade.labels.duplicates import KEY, Cases, find_cases, settle_duplicates
from paygrade.labels.gathering import gather
from paygrade.labels.partitions import ROW_BITS, row_places
from paygrade.labels.source import FrameSource, Selected
from paygrade.labels.tabulation import Tabulation, add_tabulations, tabulate

if TYPE_CHECKING:
    import pandas as pd

Hashes = NDArray[np.uint64]

CHUNK = 2**18  # rows whose text is in memory at a time


@dataclass(frozen=True)
class Reading:
    """How rows are read; `tally_annotations` says what each option means."""

    name: str
    given: Mapping[str, Name]
    worker: str
    ignored: Sequence[str]
    sides: str | Sequence[str] | None
    tie_labels: str | Sequence[str] | None
    keep: Sequence[str]
    duplicates: str
    pair: Sequence[str] = ()  # what is counted of the pair that was compared


@dataclass(frozen=True)
class Facts:
    """What a partition says of itself; facts of two are added.

    Attributes:
        labels: rows that weren't ignored.
        left_out: by reason.
        times: "numbers" or "moments", the kinds that were seen.
        all_timed: whether every row has a time.
        matched: the patterns of ignored workers that named somebody.
    """

    labels: int = 0
    left_out: "Counter[str]" = field(default_factory=Counter)
    times: frozenset[str] = frozenset()
    all_timed: bool = True
    matched: frozenset[str] = frozenset()

    def __add__(self, other: "Facts") -> "Facts":
        left_out = Counter(self.left_out)
        left_out.update(other.left_out)  # `+` would forget reasons that took nothing
        return Facts(
            self.labels + other.labels,
            left_out,
            self.times | other.times,
            self.all_timed and other.all_timed,
            self.matched | other.matched,
        )


@dataclass(frozen=True, eq=False)
class Piece:
    """A partition, counted.

    Attributes:
        facts: what it says of itself.
        tally: equal labels counted together, see `Tally`; of suspects there are none in it.
        hashes: of the worker and item of each row, sorted; empty in the second pass.
        again: the suspects, whole; empty in the first pass.
    """

    facts: Facts
    tally: Tabulation
    hashes: Hashes
    again: "pd.DataFrame"

    def __sizeof__(self) -> int:
        """Bytes held, for Dask, which moves to disk what is large."""
        rows = self.again.memory_usage(deep=False).sum()
        return int(sys.getsizeof(self.tally) + self.hashes.nbytes + rows)


def count_partition(
    frame: "pd.DataFrame", number: int, reading: Reading, suspects: Hashes | None = None
) -> Piece:
    """Return what there is to know of a partition.

    Arguments:
        frame: its rows.
        number: its place among the partitions, from 0.
        reading: how to read them.
        suspects: hashes that come more than once anywhere, sorted; None: not known yet.

    Raises:
        DataError: a row doesn't say who answered what.
    """
    import pandas as pd

    facts, tallies, hashes, again = Facts(), [], [np.empty(0, np.uint64)], []
    for start in range(0, len(frame), CHUNK):
        rows = frame.iloc[start : start + CHUNK]
        table, said = _read(rows, (number << ROW_BITS) + start, reading)
        facts += said
        if table is None:
            continue
        if suspects is None:
            hashes.append(hash_keys(table))
            if reading.duplicates != "error":  # rows that come again count otherwise: next time
                continue
        else:
            suspected = _among(hash_keys(table), suspects)
            again.append(table[suspected])
            table = table[~suspected]
        counted, left_out = count_labels(table, reading)
        facts += Facts(left_out=left_out)
        tallies.append(counted)
    twice = pd.concat(again) if again else pd.DataFrame()
    return Piece(facts, add_tabulations(tallies), np.sort(np.concatenate(hashes)), twice)


def count_labels(table: "pd.DataFrame", reading: Reading) -> "tuple[Tabulation, Counter[str]]":
    """Return the tally of these rows, ties left out, and how many were."""
    table, tied, checks_tied = drop_ties(table, reading.tie_labels)
    said = ["worker", "label", *CHECKS, *reading.pair, *reading.keep]
    counts = tabulate({name: table[name] for name in said if name in table})
    left_out = {"tied labels": tied, "checks with a tie on the other side": checks_tied}
    return counts, Counter(left_out)


def hash_keys(table: "pd.DataFrame") -> Hashes:
    """Return 64 bits for the worker and item of each row, (rows,); the same everywhere."""
    import pandas as pd

    return np.asarray(pd.util.hash_pandas_object(table[KEY], index=False), np.uint64)


def edges_of(buckets: int) -> Hashes:
    """Return where hashes are cut so that they fill so many buckets evenly, (buckets - 1,)."""
    return np.array([(k << 64) // buckets for k in range(1, buckets)], np.uint64)


def cut_hashes(piece: Piece, edges: Hashes) -> list[Hashes]:
    """Return the hashes by bucket."""
    ends = [0, *np.searchsorted(piece.hashes, edges).tolist(), len(piece.hashes)]
    return [piece.hashes[start:stop] for start, stop in pairwise(ends)]


def cut_suspects(piece: Piece, edges: Hashes) -> "list[pd.DataFrame]":
    """Return the suspects by bucket; rows of one worker and item share one."""
    if piece.again.empty:
        return [piece.again] * (len(edges) + 1)
    bucket = np.searchsorted(edges, hash_keys(piece.again), side="right")
    return [piece.again[bucket == k] for k in range(len(edges) + 1)]


def repeated_hashes(parts: Sequence[Hashes]) -> Hashes:
    """Return the hashes that come more than once, sorted."""
    together = np.sort(np.concatenate(list(parts)))
    return np.asarray(np.unique(together[1:][together[1:] == together[:-1]]), np.uint64)


@dataclass(frozen=True, eq=False)
class Settled:
    """What became of suspects: under "error" the cases found, else their tally."""

    tally: Tabulation
    left_out: "Counter[str]"
    cases: Cases | None


def settle(parts: "Sequence[pd.DataFrame]", reading: Reading, by_time: bool) -> Settled:
    """Return what becomes of the suspects of one bucket, in the order of rows."""
    import pandas as pd

    rows = pd.concat([part for part in parts if len(part)] or [pd.DataFrame()])
    if rows.empty:
        return Settled(add_tabulations([]), Counter(), None)
    if reading.duplicates == "error" and (cases := find_cases(rows)):
        return Settled(add_tabulations([]), Counter(), cases)
    if "time" in rows and not by_time:  # as in memory, where one missing time spoils the order
        rows = rows.drop(columns="time")
    places = FrameSource(reading.name, (), rows)
    table, settled = settle_duplicates(rows, reading.duplicates, places)
    tally, left_out = count_labels(table, reading)
    left_out.update(settled)
    return Settled(tally, left_out, None)


def _among(hashes: Hashes, suspects: Hashes) -> NDArray[np.bool_]:
    if not len(suspects):
        return np.zeros(len(hashes), np.bool_)
    place = np.minimum(np.searchsorted(suspects, hashes), len(suspects) - 1)
    return np.asarray(suspects[place] == hashes)


@dataclass(frozen=True, eq=False)
class _Rows(FrameSource):
    """Rows of a partition, which messages place by it; `first` is the number of the first."""

    first: int = 0

    def places(self, rows: Sequence[int]) -> str:
        return row_places([self.first + row for row in rows])


def _read(
    rows: "pd.DataFrame", first: int, reading: Reading
) -> "tuple[pd.DataFrame | None, Facts]":
    """Return the rows as `gather` reads them, numbered, and what they say; None if all ignored."""
    source: FrameSource | Selected = _Rows(reading.name, tuple(rows.columns), rows, first=first)
    kept, matched = np.arange(len(rows)), frozenset[str]()
    if reading.ignored:
        kept, matched = _not_ignored(rows[reading.worker], reading.ignored)
        source = Selected(source.name, source.columns, source, kept.tolist())
    ignored = Counter({IGNORED: len(rows) - len(kept)})
    if not len(kept):
        return None, Facts(0, ignored, matched=matched)
    table, left_out = gather(
        source,
        reading.given,
        ignore_workers=None,
        sides=reading.sides,
        tie_labels=reading.tie_labels,
        keep=reading.keep,
    )
    ignored.update(left_out)
    table.index = first + kept[table.index]
    if "time" not in table:
        return table, Facts(len(table), ignored, matched=matched)
    known, numbers = table["time"].notna(), table["time"].dtype == "float64"
    kinds = frozenset(["numbers" if numbers else "moments"] if known.any() or not numbers else [])
    return table, Facts(len(table), ignored, kinds, bool(known.all()), matched)


IGNORED = "labels of ignored workers"


def _not_ignored(
    workers: "pd.Series", patterns: Sequence[str]
) -> tuple[NDArray[np.int64], frozenset[str]]:
    """Return the places of the rows of others, and the patterns that named somebody."""
    names = as_names(workers).reset_index(drop=True)
    present = names.dropna().unique().tolist()
    hits = {p: [name for name in present if fnmatchcase(name, p)] for p in patterns}
    gone = names.isin([name for found in hits.values() for name in found])
    return np.flatnonzero(~gone), frozenset(p for p, found in hits.items() if found)
