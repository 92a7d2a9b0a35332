"""`paygrade assess`: what the labels say of each annotator."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paygrade.cli import columns
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


def assess(
    labels: columns.LabelFile,
    platform: columns.Platform = None,
    task: columns.Task = None,
    worker: columns.Worker = None,
    label: columns.Label = None,
    left: columns.Left = None,
    right: columns.Right = None,
    sides: columns.Sides = None,
    gold: columns.Gold = None,
    expert: columns.Expert = None,
    repeat: columns.Repeat = None,
    expert_workers: columns.ExpertWorkers = None,
    ignore_workers: columns.IgnoreWorkers = None,
    passed: columns.Passed = None,
    positive: columns.Positive = None,
    ties: columns.Ties = None,
    duplicates: columns.Duplicates = "error",
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
    stronger: Annotated[
        str | None,
        typer.Option(
            help="Of comparisons: the stronger model, its side, or a column that says which won."
        ),
    ] = None,
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
    csv: Annotated[Path | None, typer.Option(help="Write the table, a row an annotator.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the efforts with intervals (png, svg, pdf).")
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
    if csv is not None:
        write_whole(csv, lambda path: roster.table.to_csv(path, index=False))
    if plot is not None:
        from paygrade.report.forest import save_forest

        write_whole(plot, lambda path: save_forest(roster, path))
    _write_reports(roster, html, latex)
    if as_json:
        typer.echo(json.dumps(roster.to_dict(), indent=2, allow_nan=False))
        return
    from rich.console import Console

    from paygrade.report.roster_text import print_roster

    print_roster(roster, Console(width=None if sys.stdout.isatty() else 120))
    tell_files(table=csv, figure=plot, page=html, tables=latex)


def _write_reports(roster: "Roster", html: Path | None, latex: Path | None) -> None:
    from paygrade.report.latex import sheets_to_latex
    from paygrade.report.sheets import roster_sheets
    from paygrade.report.web_page import roster_page

    write_text(html, lambda: roster_page(roster))
    write_text(latex, lambda: sheets_to_latex(roster_sheets(roster)))


def _roster(labels: Path, options: dict[str, Any]) -> "Roster":
    from paygrade.labels.annotations import read_annotations
    from paygrade.report.kinds import kind_named
    from paygrade.report.roster import Question, call_roster

    read = columns.reading(options)
    question = Question(
        kind=kind_named(options["monitor"]),
        standard=_standard(options["standard"]),
        stronger=_stronger(labels, options, read),
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


def _stronger(labels: Path, options: dict[str, Any], read: dict[str, Any]) -> str | None:
    """Return what `assess` is to be told of --stronger, and have a column read for it.

    It is read as a key, because a key is turned together with the pair that it is about.
    """
    from paygrade.labels.opening import open_source

    given: str | None = options["stronger"]
    sides = ("left", "right", read["left"], read["right"])
    if given is None or given in sides or read["platform"] is not None:
        return given
    if given not in open_source(labels).columns:
        return given
    if read["gold"] is not None:
        raise DataError(
            f"--stronger {given} and --gold {read['gold']} both say which answer is the one to"
            " give; leave one of them out"
        )
    read["gold"] = given
    return "gold"
