"""Label aggregation and attentiveness: speed and memory beside crowd-kit, measured in one run.

    python benchmarks/labels.py                     prints the table, for 1e6 labels
    python benchmarks/labels.py --labels 1e6 1e7    for these numbers of labels
    python benchmarks/labels.py --write             also writes docs/benchmarks-labels.md

Each measurement has a process of its own, with BLAS on one thread. Seconds are of the processor;
memory is the peak above what the process held once the data frame existed (Linux only). crowd-kit
is in the dependency group `peers`; without it, its rows are left out.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy loads

import argparse
import importlib.util
import json
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import paygrade as pg

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-labels.md"
PEER = importlib.util.find_spec("crowdkit") is not None
LEAST_BYTES = 7.4  # a label an iteration: worker 4, label 1, and offset and posterior of its task
Numbers = dict[str, float]


def labels_of(number: int) -> Any:
    """Return labels: 5 workers a task, 200 labels a worker, 15 % of workers at chance."""
    import pandas as pd

    draw = np.random.default_rng(0)
    tasks, workers = number // 5, max(number // 200, 10)
    accuracy = 0.5 + 0.5 * draw.beta(8.0, 2.0, workers)
    accuracy[draw.random(workers) < 0.15] = 0.5
    truth = draw.integers(0, 2, tasks)
    first, step = draw.integers(0, workers, tasks), draw.integers(1, workers // 5, tasks)
    worker = ((first[:, None] + np.arange(5) * step[:, None]) % workers).ravel()
    task = np.repeat(np.arange(tasks), 5)
    right = draw.random(number) < accuracy[worker]
    label = np.where(right, truth[task], 1 - truth[task])
    order = draw.permutation(number)
    columns = {"task": task[order], "worker": worker[order], "label": label[order]}
    return pd.DataFrame(columns).astype({"task": "int64", "worker": "int64", "label": "int64"})


def comparisons_of(number: int) -> Any:
    """Return comparisons with a different μ in each: 200 a user."""
    import pandas as pd

    draw = np.random.default_rng(0)
    users = max(number // 200, 10)
    user, mu = draw.integers(0, users, number), draw.uniform(0.55, 0.98, number)
    won = draw.random(number) < 0.5 + draw.beta(2.0, 1.0, users)[user] * (mu - 0.5)
    return pd.DataFrame({"worker": user, "mu": mu, "won": won})


def seconds(run: Callable[[], object]) -> float:
    """Return the processor's seconds for `run`."""
    start = time.process_time()
    run()
    return time.process_time() - start


def forget_peak() -> float:
    """Reset the peak of memory; return what is held now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(field: str) -> float:
    """Return a size from the kernel, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return float(line.split()[1]) * 1024.0
    raise LookupError(field)


def measure_paygrade(number: int) -> Numbers:
    """Measure coding, one iteration, memory, and the time to convergence."""
    from paygrade.aggregation.confusion_em import ConfusionEM
    from paygrade.aggregation.votes import vote_shares
    from paygrade.labels.codes import code_labels

    table = labels_of(number)
    code_labels(table.head(1000))  # loads what it needs
    held = forget_peak()
    start = time.process_time()
    codes = code_labels(table)
    coding = time.process_time() - start
    em = ConfusionEM(codes)
    steps = em.run(np.ascontiguousarray(vote_shares(codes).T))
    next(steps)
    each = min(seconds(lambda: next(steps)) for _ in range(8))
    peak = memory("VmHWM") - held
    matrix = em.labels
    kept = codes.nbytes + matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    del em, matrix
    found = pg.dawid_skene(codes)
    whole = seconds(lambda: pg.dawid_skene(codes))
    return {
        "coding": coding,
        "each": each,
        "peak": peak / number,
        "kept": kept / number,
        "whole": whole,
        "iterations": found.iterations,
    }


def measure_crowdkit(number: int) -> Numbers:
    """Measure an iteration of crowd-kit's Dawid-Skene, from fits with one and three, and memory."""
    from crowdkit.aggregation import DawidSkene

    warnings.simplefilter("ignore")
    table = labels_of(number)
    DawidSkene(1).fit(table.head(1000))
    held = forget_peak()
    few = seconds(lambda: DawidSkene(1, tol=-np.inf).fit(table))
    more = seconds(lambda: DawidSkene(3, tol=-np.inf).fit(table))
    return {"each": (more - few) / 2.0, "peak": (memory("VmHWM") - held) / number}


def measure_difference(number: int) -> Numbers:
    """Return the largest difference of posteriors after as many iterations of both."""
    from crowdkit.aggregation import DawidSkene

    from paygrade.aggregation.confusion_em import ConfusionEM
    from paygrade.aggregation.votes import vote_shares
    from paygrade.labels.codes import code_labels

    warnings.simplefilter("ignore")
    table = labels_of(number)
    peer = DawidSkene(4, tol=-np.inf).fit(table)
    codes = code_labels(table)
    posterior = np.ascontiguousarray(vote_shares(codes).T)
    steps = ConfusionEM(codes).run(posterior)
    for _ in range(4):
        next(steps)
    theirs = peer.probas_.loc[codes.tasks, codes.answers].to_numpy()
    return {"difference": float(np.abs(theirs - posterior.T).max())}


def measure_attentiveness(number: int) -> Numbers:
    """Measure attentiveness from the data frame to convergence, a different μ in each row."""
    table = comparisons_of(number)
    pg.fit_attentiveness(table.head(1000), "mu")
    held = forget_peak()
    start = time.process_time()
    found = pg.fit_attentiveness(table, "mu")
    took = time.process_time() - start
    peak = (memory("VmHWM") - held) / number
    more = table.head(1000)
    return {
        "whole": took,
        "iterations": found.iterations,
        "peak": peak,
        "kept": found.store.nbytes / number,
        "constant": seconds(lambda: pg.fit_attentiveness(table, 0.8)),
        "thousand": seconds(lambda: found.partial_fit(more)),
    }


def measure_bandwidth(number: int) -> Numbers:
    """Return bytes a second that one core copies, read and written counted, the best of nine."""
    source = np.ones(max(number, 10**7))
    target = np.empty_like(source)
    best = min(seconds(lambda: np.copyto(target, source)) for _ in range(9))
    return {"bytes": 2.0 * source.nbytes / best}


MEASURES: dict[str, Callable[[int], Numbers]] = {
    "paygrade": measure_paygrade,
    "crowdkit": measure_crowdkit,
    "difference": measure_difference,
    "attentiveness": measure_attentiveness,
    "bandwidth": measure_bandwidth,
}


def measured(what: str, number: int) -> Numbers:
    """Return a measurement made in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, "--labels", str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found: Numbers = json.loads(done.stdout.splitlines()[-1])
    return found


def rows(number: int) -> tuple[list[str], str]:
    """Return the rows of the table for this many labels, and the row on attentiveness."""
    bound = measured("bandwidth", number)["bytes"] / LEAST_BYTES
    ours = measured("paygrade", number)
    speed = number / ours["each"]
    cells = [
        f"{1e3 * ours['each']:.1f}",
        f"{speed / 1e6:.0f}",
        f"{bound / speed:.0f}",
        f"{ours['peak']:.0f}",
        f"{ours['kept']:.1f}",
        f"{ours['coding']:.2f}",
        f"{ours['whole']:.2f} ({ours['iterations']:.0f})",
    ]
    found = [row(number, "paygrade", *cells)]
    if PEER:
        theirs = measured("crowdkit", number)
        slow = number / theirs["each"]
        same = measured("difference", min(number, 10**6))["difference"]
        cells = [f"{1e3 * theirs['each']:.0f}", f"{slow / 1e6:.1f}", f"{bound / slow:.0f}"]
        found.append(row(number, "crowd-kit", *cells, f"{theirs['peak']:.0f}", "", "", ""))
        cells = ["", f"{speed / slow:.0f}", "", f"{theirs['peak'] / ours['peak']:.1f}"]
        found.append(row(number, "ratio", *cells, "", "", f"posteriors differ by {same:.0e}"))
    users = measured("attentiveness", number)
    cells = [
        f"{users['whole']:.2f} ({users['iterations']:.0f})",
        f"{users['constant']:.2f}",
        f"{1e3 * users['thousand']:.0f}",
        f"{users['peak']:.0f}",
        f"{users['kept']:.1f}",
    ]
    return found, row(number, *cells)


def row(number: int, *cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join([f"{number:.0e}", *cells]) + " |"


def page(numbers: list[int]) -> str:
    """Return the tables as Markdown."""
    measured_rows = [rows(number) for number in numbers]
    return "\n".join(
        [
            "# Benchmarks: labels",
            "",
            (
                "Written by `benchmarks/labels.py --write`; one run, BLAS on one thread, Python"
                f" {platform.python_version()}, numpy {np.__version__}. Seconds of the processor"
                " depend on the machine; the ratios are the point."
            ),
            "",
            (
                "Dawid-Skene, full confusion, two answers, 5 labels a task, 200 a worker. Memory is"
                " the peak above the data frame's; *bound* is how many times faster memory would"
                f" allow ({LEAST_BYTES} bytes a label and iteration at the measured copying speed)."
            ),
            "",
            (
                "| labels | library | ms/iteration | M labels/s | bound | peak bytes/label |"
                " kept bytes/label | coding, s | converged, s (iterations) |"
            ),
            "|---|---|---|---|---|---|---|---|---|",
            *[line for found, _ in measured_rows for line in found],
            "",
            "Attentiveness, 200 comparisons a user, from the data frame to convergence:",
            "",
            (
                "| labels | every μ different, s (iterations) | one μ, s | 1000 more, ms |"
                " peak bytes/label | kept bytes/label |"
            ),
            "|---|---|---|---|---|---|",
            *[line for _, line in measured_rows],
            "",
        ]
    )


def main() -> int:
    """Print the tables, and write the page if asked."""
    parser = argparse.ArgumentParser(description="Label aggregation beside crowd-kit")
    parser.add_argument("--labels", type=float, nargs="+", default=[1e6], help="how many")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} too")
    parser.add_argument("--measure", choices=MEASURES, help="one measurement, as JSON")
    options = parser.parse_args()
    numbers = [int(number) for number in options.labels]
    if options.measure:
        sys.stdout.write(json.dumps(MEASURES[options.measure](numbers[0])) + "\n")
        return 0
    text = page(numbers)
    sys.stdout.write(text)
    if options.write:
        _, heading, rest = PAGE.read_text(encoding="utf-8").partition("\n## Out of core")
        PAGE.write_text(text + heading + rest, encoding="utf-8")  # that is out_of_core.py's part
    return 0


if __name__ == "__main__":
    sys.exit(main())
