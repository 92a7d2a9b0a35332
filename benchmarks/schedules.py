"""Speed of the general-schedule engine, measured side by side in one run.

    python benchmarks/schedules.py            prints the table
    python benchmarks/schedules.py --write    also writes docs/benchmarks.md

BLAS runs on one thread. Ratios mean something; seconds depend on the machine.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy loads

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import paygrade as pg
from paygrade.design.convex import solve_convex
from paygrade.design.dual import solve_dual
from paygrade.design.program import schedule_program

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
UTILITIES: dict[str, pg.Utility] = {
    "log": pg.LogUtility(1.0),
    "square root": pg.SquareRootUtility(),
    "CRRA 2": pg.CRRA(2.0, 1.0),
    "CARA": pg.CARA(1.0),
}


def problem(n: int, utility: pg.Utility) -> pg.MoralHazard:
    """Return the problem all rows share: n checks, quadratic cost, wages at least 0."""
    return pg.MoralHazard(
        utility=utility,
        cost=pg.PowerCost(0.1, 2.0),
        value=pg.LinearValue(1.0),
        monitor=pg.ExpertReview(n, 0.8),
        reservation_utility=float(utility(0.2)),
        wage_floor=0.0,
    )


def milliseconds(run: Callable[[], object], repeats: int) -> float:
    """Return the median time of `run` in milliseconds, after one run to warm up."""
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def one_effort() -> list[str]:
    """Return rows: the dual against CVXPY (canonicalised once) on one effort's program."""
    rows = []
    for name, utility in UTILITIES.items():
        for n in (50, 200, 1000):
            here = problem(n, utility)
            efforts = iter(np.linspace(0.6, 0.9, 400).tolist())

            def program(here: pg.MoralHazard = here, efforts: object = efforts) -> object:
                return schedule_program(here, next(efforts))  # type: ignore[call-overload]

            fast = milliseconds(lambda: solve_dual(program()), 40)  # type: ignore[arg-type]
            slow = milliseconds(lambda: solve_convex(program()), 9)  # type: ignore[arg-type]
            gap = abs(
                solve_dual(schedule_program(here, 0.8)).cost
                - solve_convex(schedule_program(here, 0.8)).cost
            )
            rows.append(
                f"| {name} | {n} | {fast:.2f} | {slow:.1f} | {slow / fast:.0f} | {gap:.0e} |"
            )
    return rows


def whole_problem() -> list[str]:
    """Return rows: effort optimised, incentives proved over all efforts."""
    rows = []
    for name, utility in UTILITIES.items():
        for family in (pg.WageSchedule, pg.BinaryContract, pg.TieredContract):
            here = problem(200, utility)
            took = milliseconds(lambda: pg.second_best(here, family), 3)  # noqa: B023
            design = pg.second_best(here, family)
            rows.append(
                f"| {name} | {family.__name__} | {took:.0f} | {design.payoff:.6f} |"
                f" {design.certificate.evidence} |"
            )
    return rows


def large() -> list[str]:
    """Return rows: one effort with ever more outcomes."""
    rows = []
    for n in (10**3, 10**4, 10**5, 10**6):
        here = problem(n, pg.LogUtility(1.0))
        took = milliseconds(lambda: solve_dual(schedule_program(here, 0.8)), 3)  # noqa: B023
        rows.append(f"| {n} | {took:.1f} |")
    return rows


def page() -> str:
    """Return the table as Markdown."""
    return "\n".join(
        [
            "# Benchmarks",
            "",
            (
                "Written by `benchmarks/schedules.py --write`; one run, BLAS on one thread, Python"
                f" {platform.python_version()}, numpy {np.__version__}. Milliseconds depend on the"
                " machine; the ratios are the point."
            ),
            "",
            "Cheapest general schedule for one effort, canonicalised once for CVXPY:",
            "",
            "| utility | outcomes | dual, ms | CVXPY, ms | ratio | difference in cost |",
            "|---|---|---|---|---|---|",
            *one_effort(),
            "",
            "The principal's whole problem at n = 200, with the proof over all efforts:",
            "",
            "| utility | class | ms | payoff | evidence |",
            "|---|---|---|---|---|",
            *whole_problem(),
            "",
            "One effort by the dual, log utility, up to a million outcomes:",
            "",
            "| checks | ms |",
            "|---|---|",
            *large(),
            "",
        ]
    )


def main() -> int:
    """Print the table, and write the page if asked."""
    parser = argparse.ArgumentParser(description="Speed of the schedule engine, side by side")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md too")
    options = parser.parse_args()
    text = page()
    sys.stdout.write(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
