"""Beyond one machine: a separate scheduler with two worker processes, some of which die."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import distributed
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.errors import ClusterError, DataError, ModelError
from paygrade.labels.partitions import connect

ROOT = Path(__file__).resolve().parents[1]
PARTS = 16
Cluster = tuple[distributed.Client, list[int]]


@contextmanager
def process(*command: object, path: tuple[Path, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Dask command that finds this source (or first what is in `path`) until the end."""
    folders = os.pathsep.join(map(str, (*path, ROOT / "src", ROOT)))
    settings = {"PYTHONPATH": folders, "OMP_NUM_THREADS": "1"}
    settings |= {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}  # a task takes down two
    code = "import sys; from dask.__main__ import main; sys.argv[0] = 'dask'; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, command)],
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def worker(file: Path, **options: Any) -> Any:
    plain = ("--no-nanny", "--no-dashboard", "--nthreads", "1")
    return process("worker", "--scheduler-file", file, *plain, **options)


@contextmanager
def scheduler_in(folder: Path) -> Iterator[Path]:
    file = folder / "scheduler.json"
    with process("scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", file):
        wait_for(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        yield file


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with scheduler_in(tmp_path_factory.mktemp("cluster")) as file:
        yield file


@pytest.fixture(scope="module")
def workers(scheduler: Path) -> Iterator[Callable[[], list[int]]]:
    """A function that sees to it that two workers live, and returns their process ids."""
    with ExitStack() as stack:
        running: list[subprocess.Popen[bytes]] = []

        def two() -> list[int]:
            running[:] = [each for each in running if each.poll() is None]
            while len(running) < 2:
                running.append(stack.enter_context(worker(scheduler)))
            return [each.pid for each in running]

        yield two


@pytest.fixture
def cluster(scheduler: Path, workers: Callable[[], list[int]]) -> Iterator[Cluster]:
    """A client, and the process ids of its two workers."""
    pids = workers()
    with distributed.Client(scheduler_file=str(scheduler), timeout=60) as client:
        wait_for(lambda: len(client.scheduler_info()["workers"]) == 2)
        yield client, pids


def part(number: int, folder: str) -> pd.DataFrame:
    """Return one partition, slowly, and leave a trace of it; workers get this by name."""
    time.sleep(0.05)
    (Path(folder) / f"{number}-{time.monotonic_ns()}").touch()
    return pd.DataFrame(pd.read_pickle(Path(folder).parent / f"{number}.pkl"))


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    found = pg.simulate_labels(items=600, workers=20, seed=1, gold_share=0.3, repeat_share=0.2)
    draw = np.random.default_rng(1)
    mu = draw.uniform(0.55, 0.95, len(found))
    return found.assign(mu=mu, won=draw.random(len(found)) < mu)


@pytest.fixture
def slow_frame(tmp_path: Path, labels: pd.DataFrame) -> tuple[dd.DataFrame, Path]:
    """The labels as a Dask frame whose partitions leave traces in a folder as they are read."""
    bounds = np.linspace(0, len(labels), PARTS + 1).astype(int)
    for k in range(PARTS):
        labels.iloc[bounds[k] : bounds[k + 1]].to_pickle(tmp_path / f"{k}.pkl")
    traces = tmp_path / "traces"
    traces.mkdir()
    frame = dd.from_map(part, range(PARTS), folder=str(traces), meta=labels.iloc[:0])
    return frame, traces


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


# Death


def kills(running: list[int], after: int, told: list[str]) -> Callable[[str], None]:
    """Return a progress that kills a worker once so many partitions are done."""

    def progress(text: str) -> None:
        told.append(text)
        if len(told) == after:
            os.kill(running[0], signal.SIGKILL)

    return progress


@pytest.mark.parametrize("duplicates", ["error", "repeat"])
def test_a_worker_that_dies_in_the_middle_loses_no_label(
    cluster: Cluster,
    slow_frame: tuple[dd.DataFrame, Path],
    labels: pd.DataFrame,
    duplicates: str,
) -> None:
    client, running = cluster
    frame, traces = slow_frame
    told: list[str] = []
    if duplicates == "repeat":
        labels = labels.drop(columns="repeat")
        labels = pd.concat([labels, labels.iloc[:900].assign(label="A")], ignore_index=True)
        frame = dd.concat([frame.drop(columns="repeat"), dd.from_pandas(labels.iloc[-900:])])
    tally = pg.tally_annotations(
        frame, duplicates=duplicates, progress=kills(running, PARTS // 2, told)
    )
    assert len(client.scheduler_info()["workers"]) == 1
    whole = pg.read_annotations(labels, duplicates=duplicates)
    for monitor in (pg.GoldenQuestions, pg.SelfConsistency):
        same(pg.assess(tally, monitor), pg.assess(whole, monitor))
    passes = 1 if duplicates == "error" else 2
    assert len(list(traces.iterdir())) > passes * PARTS  # what it held was read again
    assert f"{PARTS} of {PARTS}" in "".join(told) or duplicates == "repeat"


def test_a_worker_that_dies_loses_no_comparison(
    cluster: Cluster,
    slow_frame: tuple[dd.DataFrame, Path],
    labels: pd.DataFrame,
) -> None:
    _, running = cluster
    frame, traces = slow_frame
    told: list[str] = []
    found = pg.fit_attentiveness(frame, "mu", progress=kills(running, PARTS + PARTS // 2, told))
    whole = pg.fit_attentiveness(labels, "mu")
    same(found.table(), whole.table())
    assert len(list(traces.iterdir())) > 3 * PARTS  # margins, comparisons, intervals; and lost ones


def test_without_workers_that_live_there_is_a_message_and_no_waiting(
    tmp_path: Path,
) -> None:
    meta = pd.DataFrame({"task": [], "worker": [], "label": []})
    frame = dd.from_map(deadly, range(3), meta=meta)
    plain = ("--no-dashboard", "--nthreads", "1")  # a nanny brings the worker back each time
    with (
        scheduler_in(tmp_path) as file,
        distributed.Client(scheduler_file=str(file), timeout=60) as client,
    ):
        with pytest.raises(ClusterError, match="has no workers, so nothing would ever be done"):
            pg.assess(frame)
        with process("worker", "--scheduler-file", file, *plain):
            client.wait_for_workers(1, timeout=60)
            with pytest.raises(
                ClusterError, match=r"gave up \(KilledWorker.*make partitions small"
            ):
                pg.tally_annotations(frame)


def deadly(number: int) -> pd.DataFrame:
    os._exit(number + 1)


# What the cluster has to have


def test_workers_without_the_library_are_found_out_at_once(
    cluster: Cluster,
    scheduler: Path,
    tmp_path: Path,
    slow_frame: tuple[dd.DataFrame, Path],
) -> None:
    client, _ = cluster
    (tmp_path / "paygrade.py").write_text("raise ImportError('no paygrade here')")
    with worker(scheduler, path=(tmp_path,)):
        client.wait_for_workers(3, timeout=60)
        with pytest.raises(ClusterError, match=r"lacks it \(no paygrade here\).*1 of 4 processes"):
            pg.assess(slow_frame[0])
        (tmp_path / "paygrade.py").write_text("__version__ = '0.0.1'")
    with worker(scheduler, path=(tmp_path,)):
        wait_for(lambda: len(client.scheduler_info()["workers"]) == 3)
        with pytest.raises(ClusterError, match=r"has version 0.0.1, and this is paygrade"):
            pg.fit_attentiveness(slow_frame[0], 0.8)
    assert not list(slow_frame[1].iterdir())  # no work was begun


@pytest.mark.usefixtures("cluster")
def test_what_is_wrong_with_the_table_is_said_as_in_memory(labels: pd.DataFrame) -> None:
    frame = dd.from_pandas(labels.assign(worker=labels["worker"].where(labels.index != 7)), 4)
    with pytest.raises(DataError, match="no worker in row 8 of partition 1, and a row that lacks"):
        pg.assess(frame)
    frame = dd.from_pandas(pd.concat([labels, labels.iloc[:3]], ignore_index=True), 4)
    with pytest.raises(DataError, match=r"labels item .* more than once \(row 1 of partition 1"):
        pg.assess(frame)


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError


# Sweeps


def price(executor: Executor | None, told: list[str]) -> pg.MonitoringTradeoff:
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=pg.SelfConsistency(n=1, kappa=0.8),
        wage_floor=0.0,
    )
    return pg.monitoring_tradeoff(
        problem, 0.002, batch=20, shares=[0.4, 0.1, 0.2], executor=executor, progress=told.append
    )


def test_sweeps_run_on_the_cluster(cluster: Cluster) -> None:
    client, _ = cluster
    here: list[str] = []
    there: list[str] = []
    expected = price(None, here)
    with connect(client.scheduler.address) as second:
        assert price(second.get_executor(), there).table.equals(expected.table)
    unpaid, *swept = here  # the row without checks is priced here
    assert sorted(there) == sorted([unpaid, *(f"{text}: done" for text in swept)])
    (report,) = pg.verify_all(["T3"], executor=client.get_executor())
    assert report.to_dict() == pg.verify("T3").to_dict()


def test_the_command_line_shares_its_work(cluster: Cluster) -> None:
    client, _ = cluster
    verify = ["verify", "T3", "--json"]
    said = [
        CliRunner().invoke(app, [*verify, *options])
        for options in ([], ["--cluster", client.scheduler.address])
    ]
    assert said[0].stdout == said[1].stdout
    for options, message in (
        (["--jobs", "0"], "says nothing of who should work"),
        (["--jobs", "2", "--cluster", "tcp://nobody:1"], "with --cluster says nothing"),
        (["--cluster", "nonsense"], "no Dask scheduler answers at 'nonsense'"),
    ):
        refused = CliRunner().invoke(app, [*verify, *options])
        assert refused.exit_code == 2
        assert message in " ".join(refused.stderr.split())


def test_a_client_that_never_connected_leaves_nothing_behind(labels: pd.DataFrame) -> None:
    for address in ("nonsense", "tcp://127.0.0.1"):
        with pytest.raises(ClusterError, match="no Dask scheduler answers"):
            connect(address)
    clients = [found for found in gc.get_objects() if type(found) is distributed.Client]
    assert {client.status for client in clients} <= {"running", "closed"}
    assert len(pg.assess(dd.from_pandas(labels, npartitions=2))) == 20  # by threads, here


def half(number: int) -> float:
    if number < 0:
        raise DataError(f"{number} is below 0")
    return number / 2


def test_sweeps_run_on_any_executor_in_the_order_of_cases() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert pg.sweep(half, range(20), executor=pool) == [k / 2 for k in range(20)]
        with pytest.raises(DataError, match="-1 is below 0"):
            pg.sweep(half, [1, -1, 2], executor=pool)
        assert pg.sweep(half, [], executor=pool) == []
        assert pg.sweep(in_company, range(9), executor=pool) == [1] * 9  # threads take turns
    with pytest.raises(ClusterError, match="shut"):
        pg.sweep(half, [1], executor=pool)
    with pytest.raises(ModelError, match=r"executor=3 can't run anything; give a concurrent"):
        pg.sweep(half, [1], executor=3)  # type: ignore[arg-type]


def test_a_pool_that_dies_ends_in_a_message() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pg.sweep(half, [4], executor=pool) == [2.0]
        with pytest.raises(ClusterError, match="lost its workers before 2 cases were done"):
            pg.sweep(partial(os._exit), [3, 4], executor=pool)


AT_WORK: list[int] = []


def in_company(number: int) -> int:
    """Return how many threads are in this function at once."""
    AT_WORK.append(number)
    time.sleep(0.01)
    company = len(AT_WORK)
    AT_WORK.remove(number)
    return company


class Late(Executor):
    """Begins nothing after the first case; what isn't begun can be cancelled."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.futures.append(future)
        if len(self.futures) == 1:
            future.set_exception(DataError("the first one fails"))
        return future


def test_cases_not_begun_when_one_fails_are_never_begun() -> None:
    late = Late()
    with pytest.raises(DataError, match="the first one fails"):
        pg.sweep(half, [1, 2, 3], executor=late)
    assert [future.cancelled() for future in late.futures] == [False, True, True]
