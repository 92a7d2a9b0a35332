"""`paygrade assess`: what the labels say of each annotator."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paygrade.cli import columns
from paygrade.cli.places import WRITES
from paygrade.cli.terminal import (
    FIGURES,
    Html,
    Latex,
    check_place,
    check_reports,
    progress_bar,
    tell_files,
    write_text,
    write_whole,
)
from paygrade.errors import DataError

if TYPE_CHECKING:
    from paygrade.report.roster import Roster


@columns.reads_labels
def assess(
    labels: columns.LabelFile,
    read: columns.Reading,
    monitor: Annotated[
        str | None,
        typer.Option(help="golden, expert, repeats or comparison; default: what the file has."),
    ] = None,
    standard: Annotated[
        str, typer.Option(help='Effort that is asked for, or "peers": as right as the others.')
    ] = "0.8",
    signal: Annotated[
        float | None, typer.Option(help="margin, rho, kappa or mu of the monitor, if known.")
    ] = None,
    trusted: Annotated[
        str | None, typer.Option(help='Annotators who are known to be careful, "ann01,ann02".')
    ] = None,
    margins: Annotated[
        str | None, typer.Option(help="Column of each item's known margin, -1 to 1.")
    ] = None,
    key_error: Annotated[
        float, typer.Option(help="Share of golden answers that are wrong, with signal or margins.")
    ] = 0.0,
    stronger: columns.Stronger = None,
    level: Annotated[float, typer.Option(help="Confidence of intervals and flags.")] = 0.95,
    control: Annotated[
        str, typer.Option(help="Hold down any false flag (holm) or the share of them (bh).")
    ] = "holm",
    shrink: Annotated[
        bool, typer.Option("--shrink", help="Add efforts pulled towards the crowd, to rank by.")
    ] = False,
    two_parameters: Annotated[
        bool, typer.Option("--two-parameters", help="Report sensitivity and specificity.")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option(help="Write the table, a row an annotator."), WRITES
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the efforts with intervals (png, svg, pdf)."), WRITES
    ] = None,
    html: Html = None,
    latex: Latex = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say who is below the standard, who is at it, and of whom the checks can't tell.

    Example: paygrade assess labels.csv --gold truth --standard 0.8 --plot annotators.png
    """
    options = locals()
    check_place("--plot", plot, FIGURES)
    check_reports(html, latex, csv)
    roster = _roster(labels, options)
    if plot is not None:
        from paygrade.report.forest import save_forest

        write_whole(plot, lambda path: save_forest(roster, path))
    _write_reports(roster, html, latex, csv)
    if as_json:
        from paygrade.report.roster_grounds import assumptions

        told = roster.to_dict() | {"assumed": list(assumptions(roster))}
        typer.echo(json.dumps(told, indent=2, allow_nan=False))
        return
    from rich.console import Console

    from paygrade.report.roster_text import print_roster

    print_roster(roster, Console(width=None if sys.stdout.isatty() else 120))
    tell_files(table=csv, figure=plot, page=html, tables=latex)


def _write_reports(
    roster: "Roster", html: Path | None, latex: Path | None, csv: Path | None
) -> None:
    from paygrade.report.latex import sheets_to_latex
    from paygrade.report.sheets import roster_sheets
    from paygrade.report.web_page import roster_page
    from paygrade.spreadsheets import sheet_csv

    write_text(html, lambda: roster_page(roster))
    write_text(latex, lambda: sheets_to_latex(roster_sheets(roster)))
    write_text(csv, lambda: sheet_csv(roster.table))


def _roster(labels: Path, options: dict[str, Any]) -> "Roster":
    from paygrade.labels.annotations import read_annotations
    from paygrade.report.kinds import kind_named
    from paygrade.report.roster import Question, call_roster

    stronger, read = columns.stronger_read(labels, options["stronger"], options["read"])
    question = Question(
        kind=kind_named(options["monitor"]),
        standard=_standard(options["standard"]),
        stronger=stronger,
        **{name: options[name] for name in AS_GIVEN},
    )
    with progress_bar(5) as progress:
        progress("reading labels")
        annotations = read_annotations(labels, **read, keep=question.margins)
        return call_roster(annotations, question, progress=progress)


AS_GIVEN = (
    *("signal", "trusted", "level", "margins", "key_error", "control", "shrink"),
    "two_parameters",
)


def _standard(text: str) -> float | str:
    if text == "peers":
        return text
    try:
        return float(text)
    except ValueError:
        raise DataError(
            f"--standard {text} is neither an effort nor 'peers'; give a number above 0 and at most"
            " 1, or peers"
        ) from None
