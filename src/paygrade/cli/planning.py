"""`paygrade plan`: how many checks, at what price, and what a banning rule does."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paygrade.cli.places import WRITES
from paygrade.cli.terminal import (
    FIGURES,
    Cluster,
    Csv,
    Html,
    Jobs,
    Latex,
    check_place,
    check_reports,
    progress_bar,
    workers,
    write_text,
    write_whole,
)

if TYPE_CHECKING:
    from paygrade.report.questions import Answer

OUTSIDE = (
    "as_json",
    "plot",
    "html",
    "latex",
    "csv",
    "jobs",
    "cluster",
)  # options that are no part of the question


def plan(
    test: Annotated[
        tuple[float, float] | None, typer.Option(help="Tell two efforts (or accuracies) apart.")
    ] = None,
    errors: Annotated[
        tuple[float, float], typer.Option(help="Fail the careful, pass the careless.")
    ] = (0.05, 0.05),
    width: Annotated[float | None, typer.Option(help="Estimate effort within ± this.")] = None,
    effort: Annotated[float | None, typer.Option(help="Plan for this effort; else any.")] = None,
    level: Annotated[float, typer.Option(help="Confidence of the estimate.")] = 0.95,
    method: Annotated[str, typer.Option(help="exact, asymptotic or hoeffding.")] = "exact",
    monitor: Annotated[
        str | None, typer.Option(help="expert, repeats, golden or comparison.")
    ] = None,
    signal: Annotated[float | None, typer.Option(help="rho, kappa, margin or mu of it.")] = None,
    rule: Annotated[
        str | None, typer.Option(help='What a rule does: "75 % of the last 10".')
    ] = None,
    accuracy: Annotated[
        list[float] | None, typer.Option(help="For --rule; repeat for more.")
    ] = None,
    answers: Annotated[list[int] | None, typer.Option(help="For --rule; within so many.")] = None,
    economics: Annotated[
        Path | None, typer.Option("--economics", "-e", help="Price every share of checks.")
    ] = None,
    check_cost: Annotated[float | None, typer.Option(help="With it: money a check.")] = None,
    batch: Annotated[int | None, typer.Option(help="With it: items in a batch.")] = None,
    agency_cost: Annotated[
        float | None, typer.Option(help="With it, instead: fewest checks that lose no more.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw what a rule does or checks cost (png, svg, pdf)."),
        WRITES,
    ] = None,
    html: Html = None,
    latex: Latex = None,
    csv: Csv = None,
    jobs: Jobs = 1,
    cluster: Cluster = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Plan checks: how many, at what price, and what a banning rule does.

    Example: paygrade plan --test 0.9 0.7
    """
    options = {k: v for k, v in locals().items() if k not in OUTSIDE}
    check_place("--plot", plot, FIGURES)
    check_reports(html, latex, csv)
    from paygrade.report.questions import answer, save_answer

    with progress_bar(17) as progress, workers(jobs, cluster) as executor:
        found = answer(options, progress, executor)
        if plot is not None:
            write_whole(plot, lambda path: save_answer(found, path))
        _write_reports(found, html, latex, csv)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), indent=2, default=str))
    else:
        typer.echo(str(found))


def _write_reports(
    found: "Answer", html: Path | None, latex: Path | None, csv: Path | None
) -> None:
    from paygrade.report.latex import sheets_to_latex
    from paygrade.report.sheets import answer_sheets
    from paygrade.report.tables import long_table
    from paygrade.report.web_page import answer_page
    from paygrade.spreadsheets import sheet_csv

    write_text(html, lambda: answer_page(found))
    write_text(latex, lambda: sheets_to_latex(answer_sheets(found)))
    write_text(csv, lambda: sheet_csv(long_table(answer_sheets(found))))
