"""`paygrade design` and `paygrade demo`: labels and money figures in, a certified pay rule out."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from paygrade.cli import columns
from paygrade.cli.terminal import FIGURES, check_place, progress_bar, write_whole
from paygrade.errors import DataError


def design(
    labels: columns.LabelFile,
    economics: Annotated[Path, typer.Option("--economics", "-e", help="TOML of money figures.")],
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
        str | None, typer.Option(help="expert, repeats or golden; default: what the file has.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a figure (png, svg, pdf).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Design the pay rule for a labelling job, and prove it.

    Example: paygrade design labels.csv --economics economics.toml --plot rule.png
    """
    read = columns.reading(locals())
    _run(labels, economics, read, monitor, plot, as_json=as_json)


def demo(
    folder: Annotated[
        Path, typer.Option(help="Folder for the example's files; made if missing.")
    ] = Path("paygrade-example"),
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Run the main job on labels that the library's own annotator model simulates.

    Writes labels.csv, economics.toml and rule.png, to edit and try again.
    """
    from paygrade.assessment.simulate import simulate_labels
    from paygrade.report.economics import EXAMPLE

    labels, economics = folder / "labels.csv", folder / "economics.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} can't be made ({error}); name another --folder") from error
    simulated = simulate_labels(workers=24, items=240, seed=2025)
    write_whole(labels, lambda path: simulated.to_csv(path, index=False))
    if not economics.exists():
        write_whole(economics, lambda path: path.write_text(EXAMPLE, encoding="utf-8"))
    read = {"task": "task", "worker": "worker", "label": "label"}
    _run(labels, economics, read, "expert", folder / "rule.png", as_json=as_json)
    if not as_json:
        typer.echo(
            f"\nNow change {economics} or use labels of your own:\n"
            f"  paygrade design {labels} --monitor expert --economics {economics}"
        )


def _run(
    labels: Path,
    economics: Path,
    read: dict[str, Any],
    monitor: str | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> None:
    from rich.console import Console

    check_place("--plot", plot, FIGURES)
    from paygrade.report.kinds import FED_BY_COLUMNS, kind_named

    kind = kind_named(monitor, FED_BY_COLUMNS)
    from paygrade.labels.annotations import read_annotations
    from paygrade.report.economics import read_economics
    from paygrade.report.plot import save_plot
    from paygrade.report.study import run_study
    from paygrade.report.text import print_study

    settings = read_economics(economics)
    with progress_bar() as progress:
        progress("reading labels")
        annotations = read_annotations(labels, **read)
        study = run_study(annotations, settings, kind=kind, progress=progress)
        if plot is not None:
            progress("drawing")
            write_whole(plot, lambda path: save_plot(study, path))
    if as_json:
        typer.echo(json.dumps(study.to_dict(), indent=2, default=str, allow_nan=False))
    else:
        print_study(study, Console(width=None if sys.stdout.isatty() else 100))
        if plot is not None:
            typer.echo(f"\nFigure: {plot}")
