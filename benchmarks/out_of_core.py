"""Labels beyond memory: a folder of Parquet assessed and fitted by Dask, with the memory it takes.

    python benchmarks/out_of_core.py                  prints the table, for 1e7 labels
    python benchmarks/out_of_core.py --labels 1e8     for this number of labels
    python benchmarks/out_of_core.py --write          also writes into docs/benchmarks-labels.md

Each measurement has a process of its own, which starts two workers with one thread each. Memory is
the peak, looked at ten times a second, of the resident sets of that process and all its children
added up; pages that they share count several times. The folder is made in /tmp (or TMPDIR), takes
up to 20 bytes a label, and is deleted afterwards.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy loads

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import paygrade as pg

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks-labels.md"
HEADING = "## Out of core"
FILE = 4_000_000  # labels in each file
WORKER_MEMORY = "1.25GiB"  # above 60 % of it Dask spills to disk
Numbers = dict[str, float]


def write_labels(folder: Path, number: int) -> None:
    """Write labels: 5 workers a task, 200 labels a worker, every tenth task golden, any order."""
    import pandas as pd

    workers = max(number // 200, 10)
    accuracy = 0.5 + 0.5 * np.random.default_rng(0).beta(8.0, 2.0, workers)
    for start in range(0, number, FILE):
        draw = np.random.default_rng([1, start])
        size = min(FILE, number - start)
        task = (start + np.arange(size)) // 5
        first, step = (
            draw.integers(0, workers, size // 5),
            draw.integers(1, workers // 5, size // 5),
        )
        worker = ((first[:, None] + np.arange(5) * step[:, None]) % workers).ravel()
        truth = (task * 2654435761 >> 7) & 1
        label = np.where(draw.random(size) < accuracy[worker], truth, 1 - truth)
        gold = pd.array(truth, dtype="Int8")
        gold[task % 10 != 0] = pd.NA
        order = draw.permutation(size)
        columns = {"task": task, "worker": worker, "label": label.astype("int8"), "gold": gold}
        frame = pd.DataFrame(columns).iloc[order]
        frame.to_parquet(folder / f"part{start // FILE}.parquet", index=False)


def write_comparisons(folder: Path, number: int) -> None:
    """Write comparisons: 200 a user, a different μ in each, and rounded in `few`."""
    import pandas as pd

    users = max(number // 200, 10)
    attentive = np.random.default_rng(0).beta(2.0, 1.0, users)
    for start in range(0, number, FILE):
        draw = np.random.default_rng([2, start])
        size = min(FILE, number - start)
        user, mu = draw.integers(0, users, size), draw.uniform(0.55, 0.98, size)
        won = draw.random(size) < 0.5 + attentive[user] * (mu - 0.5)
        frame = pd.DataFrame({"worker": user, "mu": mu, "few": mu.round(1), "won": won})
        frame.to_parquet(folder / f"part{start // FILE}.parquet", index=False)


def assess_golden(folder: Path) -> int:
    """Return how many labels were checked by golden questions."""
    return int(pg.assess(folder / "labels", pg.GoldenQuestions, progress=say)["checked"].sum())


def fit_one_mu(folder: Path) -> int:
    """Return how many comparisons were fitted with one μ."""
    return int(pg.fit_attentiveness(folder / "comparisons", 0.8, progress=say).comparisons.sum())


def fit_few(folder: Path) -> int:
    """Return how many comparisons were fitted with 5 different μ."""
    return int(pg.fit_attentiveness(folder / "comparisons", "few", progress=say).comparisons.sum())


def fit_every_mu(folder: Path) -> int:
    """Return how many comparisons were fitted with a different μ in each."""
    return int(pg.fit_attentiveness(folder / "comparisons", "mu", progress=say).comparisons.sum())


MEASURES: dict[str, tuple[str, Callable[[Path], int]]] = {
    "assess": ("assess, golden questions, duplicates looked for", assess_golden),
    "one": ("fit_attentiveness, one μ", fit_one_mu),
    "few": ("fit_attentiveness, 5 different μ", fit_few),
    "every": ("fit_attentiveness, every μ different", fit_every_mu),
}


def say(text: str) -> None:
    """Show how far things are."""
    sys.stderr.write(f"\r{text}   ")


def run(what: str, folder: Path) -> Numbers:
    """Return how many labels counted, and the seconds of the clock once the workers were there."""
    import distributed

    settings: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1}
    settings |= {"memory_limit": WORKER_MEMORY, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as cluster, distributed.Client(cluster):
        start = time.perf_counter()
        counted = MEASURES[what][1](folder)
        return {"counted": counted, "seconds": time.perf_counter() - start}


def measured(what: str, folder: Path) -> Numbers:
    """Return a measurement made in a process of its own, and the peak of its tree's memory."""
    import psutil

    command = [sys.executable, __file__, "--measure", what, "--folder", str(folder)]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        while running.poll() is None:
            held = 0
            with contextlib.suppress(psutil.Error):
                root = psutil.Process(running.pid)
                for process in (root, *root.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        held += process.memory_info().rss
            peak = max(peak, held)
            time.sleep(0.1)
        said = running.stdout.read() if running.stdout else ""
    if running.returncode:
        raise RuntimeError(f"{what} ended with exit code {running.returncode}")
    return {**json.loads(said.splitlines()[-1]), "peak": peak}


def section(number: int, folder: Path) -> str:
    """Return the table as Markdown."""
    lines = []
    for what, (name, _) in MEASURES.items():
        found = measured(what, folder)
        speed = number / found["seconds"] / 1e6
        cells = [f"{number:.0e}", name, f"{found['counted']:.0f}", f"{found['seconds']:.0f}"]
        cells += [f"{speed:.2f}", f"{found['peak'] / 2**30:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
        sys.stderr.write(f"\n{lines[-1]}\n")
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet")) / 2**30
    return "\n".join(
        [
            HEADING,
            "",
            (
                "Written by `benchmarks/out_of_core.py --write`: Parquet files"
                f" ({size:.1f} GiB for both tables), 200 labels a worker, a Dask client with two"
                f" workers of one thread and {WORKER_MEMORY} each. Seconds of the clock; memory is"
                " the peak of all processes together."
            ),
            "",
            "| labels | what | counted | s | M labels/s | peak GiB |",
            "|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


def main() -> int:
    """Print the table, and write it into the page if asked."""
    parser = argparse.ArgumentParser(description="Labels beyond memory")
    parser.add_argument("--labels", type=float, default=1e7, help="how many")
    parser.add_argument("--write", action="store_true", help=f"write into docs/{PAGE.name} too")
    parser.add_argument("--measure", choices=MEASURES, help="one measurement, as JSON")
    parser.add_argument("--folder", type=Path, help="of the tables, for --measure")
    options = parser.parse_args()
    if options.measure:
        sys.stdout.write(json.dumps(run(options.measure, options.folder)) + "\n")
        return 0
    number = int(options.labels) // 5 * 5
    with tempfile.TemporaryDirectory(prefix="paygrade-") as place:
        folder = Path(place)
        for name, write in (("labels", write_labels), ("comparisons", write_comparisons)):
            (folder / name).mkdir()
            write(folder / name, number)
        text = section(number, folder)
    sys.stdout.write(text)
    if options.write:
        before = PAGE.read_text(encoding="utf-8").partition(HEADING)[0].rstrip()
        PAGE.write_text(f"{before}\n\n{text}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
