"""`paygrade verify`: the theorems behind the rules, derived, measured and enclosed."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from paygrade.cli.places import MAKES
from paygrade.cli.terminal import Cluster, Jobs, progress_bar, workers
from paygrade.errors import DataError


def verify(
    theorems: Annotated[
        list[str] | None, typer.Argument(help="T1 to T16, or a theorem file; default: all.")
    ] = None,
    n: Annotated[list[int] | None, typer.Option("-n", help="Sample size; repeat for more.")] = None,
    pages: Annotated[
        Path | None, typer.Option(help="Folder to write a page and a figure a theorem into."), MAKES
    ] = None,
    jobs: Jobs = 1,
    cluster: Cluster = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_latex: Annotated[bool, typer.Option("--latex", help="Print a LaTeX table.")] = False,
) -> None:
    """Derive, measure and enclose the theorems behind the rules; exit code 1 if one fails.

    Example: paygrade verify T8 T9 -n 1000 -n 100000
    """
    if pages is not None and n:
        raise DataError("--pages shows each claim at its own points; leave out -n")
    reports = _verified(theorems, n, jobs, cluster)
    if pages is not None:
        _write_pages(reports, pages)
    if as_json:
        typer.echo(json.dumps([r.to_dict() for r in reports], indent=2, default=str))
    elif as_latex:
        from paygrade.report.theorems import to_latex

        typer.echo(to_latex(reports))
    else:
        from rich.console import Console

        from paygrade.report.theorems import print_reports

        print_reports(reports, Console(width=None if sys.stdout.isatty() else 132))
    if any(report.verdict == "fails" for report in reports):
        raise typer.Exit(1)


def _verified(
    theorems: list[str] | None, n: list[int] | None, jobs: int, cluster: str | None
) -> list[Any]:
    from paygrade.theory.library import theorem_files
    from paygrade.theory.verification import verify_all

    chosen = theorems or list(theorem_files())
    with progress_bar(len(chosen)) as progress, workers(jobs, cluster) as executor:
        return verify_all(chosen, n, executor=executor, progress=progress)


def _write_pages(reports: list[Any], folder: Path) -> None:
    from paygrade.report.theorems import draw, to_page

    folder.mkdir(parents=True, exist_ok=True)
    for report in reports:
        name = report.theorem.name
        drawn = draw(report, folder / f"{name}.svg")
        page = to_page(report, f"{name}.svg" if drawn else None)
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
