"""`paygrade design` and `paygrade demo`: labels and money figures in, a certified pay rule out."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from paygrade.cli import columns
from paygrade.cli.places import MAKES
from paygrade.cli.terminal import (
    FIGURES,
    Csv,
    Html,
    Latex,
    Plot,
    check_place,
    check_reports,
    progress_bar,
    tell_files,
    write_text,
    write_whole,
)
from paygrade.errors import DataError

if TYPE_CHECKING:
    from paygrade.report.study import Study


@columns.reads_labels
def design(
    labels: columns.LabelFile,
    economics: Annotated[Path, typer.Option("--economics", "-e", help="TOML of money figures.")],
    read: columns.Reading,
    monitor: Annotated[
        str | None, typer.Option(help="expert, repeats or golden; default: what the file has.")
    ] = None,
    robust: Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT", help="Hold for all annotators this near to the stated one, say 10."
        ),
    ] = None,
    unsure: Annotated[
        str | None, typer.Option(help="With --robust, of what: cost,signal (default) or one.")
    ] = None,
    menu: Annotated[
        bool, typer.Option(help="Let the [[types]] of the settings choose between rules.")
    ] = False,
    sensitivity: Annotated[
        bool, typer.Option(help="Say what the best rule would keep where a figure is off.")
    ] = False,
    plot: Plot = None,
    html: Html = None,
    latex: Latex = None,
    csv: Csv = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Design the pay rule for a labelling job, and prove it.

    Example: paygrade design labels.csv --economics economics.toml --html rule.html
    """
    options: dict[str, Any] = {"robust": robust, "menu": menu, "reoptimise": sensitivity}
    if unsure is not None:
        options["unsure"] = [name.strip() for name in unsure.split(",") if name.strip()]
    places = Places(plot, html, latex, csv)
    _run(labels, economics, read, monitor, places, options, as_json=as_json)


def demo(
    folder: Annotated[
        Path, typer.Option(help="Folder for the example's files; made if missing."), MAKES
    ] = Path("paygrade-example"),
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Run the main job on labels that the library's own annotator model simulates.

    Writes labels.csv and economics.toml, to edit and try again, and rule.png and report.html.
    """
    from paygrade.assessment.simulate import simulate_labels
    from paygrade.report.economics import EXAMPLE

    labels, economics = folder / "labels.csv", folder / "economics.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} can't be made ({error}); name another --folder") from error
    simulated = simulate_labels(workers=24, items=240, seed=2025).to_csv(index=False)
    if labels.exists() and labels.read_text(encoding="utf-8", errors="replace") != simulated:
        raise DataError(
            f"{labels} holds other labels than the example's, which would be lost; name another"
            " --folder, or move them away"
        )
    write_text(labels, lambda: simulated)
    if not economics.exists():
        write_whole(economics, lambda path: path.write_text(EXAMPLE, encoding="utf-8"))
    read = {"task": "task", "worker": "worker", "label": "label"}
    places = Places(plot=folder / "rule.png", page=folder / "report.html")
    _run(labels, economics, read, "expert", places, {}, as_json=as_json)
    if not as_json:
        typer.echo(
            f"\nNow change {economics} or use labels of your own:\n"
            f"  paygrade design {labels} --monitor expert --economics {economics}"
        )


class Places(NamedTuple):
    """Where the study's figure, page and tables go; None: nowhere."""

    plot: Path | None = None
    page: Path | None = None
    latex: Path | None = None
    csv: Path | None = None

    def check(self) -> None:
        """Refuse, before any work is done, what could not be written."""
        check_place("--plot", self.plot, FIGURES)
        check_reports(self.page, self.latex, self.csv)

    def write(self, study: "Study") -> None:
        """Write what was asked for."""
        from paygrade.report.latex import sheets_to_latex
        from paygrade.report.plot import save_plot
        from paygrade.report.sheets import study_sheets
        from paygrade.report.tables import long_table
        from paygrade.report.web_page import study_page
        from paygrade.spreadsheets import sheet_csv

        if self.plot is not None:
            write_whole(self.plot, lambda path: save_plot(study, path))
        write_text(self.page, lambda: study_page(study))
        write_text(self.latex, lambda: sheets_to_latex(study_sheets(study)))
        write_text(self.csv, lambda: sheet_csv(long_table(study_sheets(study))))

    def tell(self) -> None:
        """Say what was written."""
        if any(self):
            typer.echo()
        tell_files(figure=self.plot, page=self.page, tables=self.latex, data=self.csv)


def _run(
    labels: Path,
    economics: Path,
    read: dict[str, Any],
    monitor: str | None,
    places: Places,
    options: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    from rich.console import Console

    places.check()
    from paygrade.report.kinds import FED_BY_COLUMNS, kind_named

    kind = kind_named(monitor, FED_BY_COLUMNS)
    from paygrade.labels.annotations import read_annotations
    from paygrade.report.economics import read_economics
    from paygrade.report.study import run_study
    from paygrade.report.text import print_study
    from paygrade.report.uncertain import check_request

    settings = read_economics(economics)
    check_request(settings, **options)
    with progress_bar() as progress:
        progress("reading labels")
        annotations = read_annotations(labels, **read)
        study = run_study(annotations, settings, kind=kind, progress=progress, **options)
        progress("writing")
        places.write(study)
    if as_json:
        typer.echo(json.dumps(study.to_dict(), indent=2, default=str, allow_nan=False))
    else:
        print_study(study, Console(width=None if sys.stdout.isatty() else 100))
        places.tell()
