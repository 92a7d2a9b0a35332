"""Tables too large for one memory: Dask frames and folders of Parquet, partition by partition.

Dask is the engine, in the extra `cluster`, and loads when a table asks for it. Without a client the
partitions are read by threads of this process; with one they go to its workers. All tasks are pure
functions of a partition: what a dead worker held is computed again, and nothing is counted twice.
"""

import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from paygrade.errors import ClusterError, DataError
from paygrade.labels.opening import find_paths, is_parquet
from paygrade.labels.query import ParquetFile
from paygrade.labels.source import Source, listed, one_below_the_other

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]
Elsewhere: TypeAlias = Any  # a Dask data frame, or the path of a folder of Parquet

BLOCK = "64MiB"  # of Parquet data that make a partition
ROW_BITS = 40  # a row's number is its partition's, shifted by this, plus its place in there
FAN_IN = 2  # partial results that are added up at a time


@dataclass(frozen=True, eq=False)
class Partitions(Source):
    """A Dask frame; rows are numbered by partition and place."""

    frame: Any

    def read(self, columns: Sequence[str]) -> "pd.DataFrame":
        raise NotImplementedError(f"{self.name} is read partition by partition")

    def places(self, rows: Sequence[int]) -> str:
        return row_places(rows)

    def parts(self, columns: Sequence[str]) -> list[Any]:
        """Return the partitions as delayed pandas frames with these columns."""
        wanted = list(dict.fromkeys(columns))
        return list(self.frame[wanted].to_delayed())


def row_places(rows: Sequence[int]) -> str:
    """Say where rows are.

    >>> row_places([4, (2 << ROW_BITS) + 7])
    'row 5 of partition 1, row 8 of partition 3'
    """
    inside: dict[int, list[int]] = {}
    for row in rows:
        inside.setdefault(row >> ROW_BITS, []).append(1 + (row & ((1 << ROW_BITS) - 1)))
    found = [f"{listed('row', places)} of partition {k + 1}" for k, places in inside.items()]
    return ", ".join(found[:SHOWN]) + f" and {len(found) - SHOWN} more" * (len(found) > SHOWN)


SHOWN = 3


def is_partitioned(source: Elsewhere) -> bool:
    """Return whether the table stays where it is: a Dask frame, or a path."""
    library = type(source).__module__.partition(".")[0]
    return isinstance(source, str | os.PathLike) or library in ("dask", "dask_expr")


def open_partitions(source: Elsewhere) -> Partitions:
    """Return the partitions of a Dask frame, or of Parquet: a folder, a file, or a pattern.

    Raises:
        DataError: there is nothing there, or no Parquet.
        ClusterError: Dask is not installed.
    """
    dask_frames = _load("dask.dataframe")
    if isinstance(source, str | os.PathLike):
        files = find_paths(os.fspath(source))
        table = one_below_the_other(os.fspath(source), [_described(file) for file in files])
        frame = dask_frames.read_parquet(files, blocksize=BLOCK)
        return Partitions(table.name, table.columns, frame)
    if not isinstance(source, dask_frames.DataFrame):
        raise DataError(
            f"{type(source).__name__} is no table of labels; give a Dask data frame or the path of"
            " Parquet files"
        )
    columns = tuple(map(str, source.columns))
    if len(set(columns)) < len(columns):
        raise DataError("the Dask frame has two columns of one name; give them different names")
    return Partitions(
        "the Dask frame",
        columns,
        source.rename(columns=dict(zip(source.columns, columns, strict=True))),
    )


def _described(file: str) -> ParquetFile:
    """Return the file with its columns known."""
    if not is_parquet(Path(file)):
        raise DataError(
            f"{file} is no Parquet, which is what can be read in parts; write it as Parquet, give"
            " a Dask frame (dask.dataframe.read_csv), or take it into memory by read_annotations"
        )
    try:
        return ParquetFile(file, tuple(_load("pyarrow.parquet").read_schema(file).names))
    except (OSError, _load("pyarrow").ArrowException) as error:
        raise DataError(
            f"{file} can't be read as a table: {error}; write it again as Parquet"
        ) from error


def task(function: Callable[..., Any], outputs: int | None = None) -> Any:
    """Return the function as one that makes tasks, to be run wherever their arguments lie."""
    return _load("dask").delayed(function, pure=False, nout=outputs)


def constant(value: Any) -> Any:
    """Return a value that all tasks share and nothing looks into."""
    return _load("dask").delayed(value, pure=False, traverse=False)


def add_up(parts: Sequence[Any], join: Callable[[list[Any]], Any]) -> Any:
    """Return the delayed sum of delayed parts, a few at a time and in their order."""
    joined, left = task(join), list(parts)
    while len(left) > 1:
        left = [joined(left[k : k + FAN_IN]) for k in range(0, len(left), FAN_IN)]
    return left[0]


def compute(
    wanted: Sequence[Any], steps: Sequence[Any], progress: Progress, what: str
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values of delayed objects; by the current client's workers if there is one.

    Arguments:
        wanted: what to compute.
        steps: what to compute on the way, one small value a partition; progress is told of each.
        progress: told how many steps are done.
        what: what they are, for progress.

    Raises:
        ClusterError: the workers can't run this library, or kept dying.
        Exception: what a task raises.
    """

    def tell(done: int) -> None:
        progress(f"{what}: {done} of {len(steps)}")

    client = _client()
    try:
        if client is None:
            with _watched({step.key for step in steps}, tell):
                found = _load("dask").compute(*steps, *wanted)
        else:
            check_workers(client)
            found = _by_workers(client, [*steps, *wanted], len(steps), tell)
    except (FileNotFoundError, PermissionError, _load("pyarrow").ArrowException) as error:
        raise DataError(
            f"a partition can't be read where it is counted: {error}; mend its file, and see to it"
            " that all workers find files under the same path"
        ) from error
    return found[len(steps) :], found[: len(steps)]


def _by_workers(
    client: Any, wanted: Sequence[Any], steps: int, tell: Callable[[int], None]
) -> tuple[Any, ...]:
    distributed = _load("distributed")
    futures = client.compute(wanted)
    lost = (distributed.KilledWorker, distributed.client.FutureCancelledError)
    try:
        for done, _ in enumerate(distributed.as_completed(futures[:steps]), start=1):
            tell(done)
        return tuple(client.gather(futures))
    except (*lost, distributed.comm.CommClosedError) as error:
        raise ClusterError(
            f"the cluster gave up ({type(error).__name__}: {error}), so there is no result. A task"
            " is tried again when its worker dies, but not for ever: look at the workers' memory,"
            " make partitions smaller (frame.repartition), and start again"
        ) from error
    finally:
        client.cancel(futures)


def check_workers(client: Any) -> None:
    """Raise a ClusterError unless scheduler and workers have this version of the library.

    Without it tasks would fail there one by one, with messages about pickles.
    """
    version = pkgutil.resolve_name(VERSION)
    found = dict(client.run(pkgutil.resolve_name, VERSION, on_error="return"))
    if not found:
        raise ClusterError(
            f"the cluster at {client.scheduler.address} has no workers, so nothing would ever be"
            " done; start some, or wait for them: client.wait_for_workers(1)"
        )
    try:
        found["the scheduler"] = client.run_on_scheduler(pkgutil.resolve_name, VERSION)
    except ImportError as error:
        found["the scheduler"] = error
    wrong = {who: has for who, has in found.items() if has != version}
    if wrong:
        who, has = next(iter(wrong.items()))
        said = f"has version {has}" if isinstance(has, str) else f"lacks it ({has})"
        raise ClusterError(
            f"{who} {said}, and this is paygrade {version}: {len(wrong)} of {len(found)}"
            " processes of the cluster could not run the work as it is meant; install"
            f" paygrade[cluster]=={version} on scheduler and workers"
        )


VERSION = "paygrade:__version__"


def connect(address: str) -> AbstractContextManager[Any]:
    """Return a client of the cluster with that scheduler, checked; to be used in a `with`.

    It doesn't become the current client: one that fails to connect would stay that for ever.

    Raises:
        ClusterError: nobody answers there, or the workers can't run this library.
    """
    client_class = _load("distributed").Client
    client = client_class.__new__(client_class)
    try:
        client.__init__(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        client.close()  # left to the garbage collector, it can hang the start of the next one
        raise ClusterError(
            f"no Dask scheduler answers at {address!r} ({error}); start one (dask scheduler) or"
            " correct the address, such as tcp://10.0.0.1:8786"
        ) from error
    try:
        check_workers(client)
    except ClusterError:
        client.close()
        raise
    return client  # type: ignore[no-any-return]


def _client() -> Any:
    """Return the current client, or None; no client can be there unless its library is loaded."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.default_client()
    except ValueError:
        return None


@contextmanager
def _watched(keys: set[Any], tell: Callable[[int], None]) -> Iterator[None]:
    """Count tasks as they end, where this process runs them."""
    done = 0

    def after(key: Any, *_: object) -> None:
        nonlocal done
        if key in keys:
            done += 1
            tell(done)

    with _load("dask.callbacks").Callback(posttask=after):
        yield


def _load(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ClusterError(
            f"{error}: tables in partitions are read by Dask; install it with"
            " pip install 'paygrade[cluster]'"
        ) from error
