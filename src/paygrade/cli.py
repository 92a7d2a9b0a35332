"""The `paygrade` command: labels and a few money figures in, a certified pay rule out.

Results go to standard output, progress and complaints to standard error. Exit code 0: done; 2: the
input can't be used, with one message saying what and why; 130: interrupted. `verify` ends with 1
when a theorem fails.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from paygrade.errors import DataError, PaygradeError
from paygrade.operations.commands import pay, sample

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Grade annotators from their labels and design the pay that makes careful work pay.",
)

MONITORS = ("expert", "repeats", "golden")


@app.callback()
def _paygrade() -> None:
    """Grade annotators from their labels and design the pay that makes careful work pay."""


@app.command()
def design(
    labels: Annotated[
        Path,
        typer.Argument(help='CSV, TSV, JSON lines or Parquet, a row a label; or "day*.csv".'),
    ],
    economics: Annotated[Path, typer.Option("--economics", "-e", help="TOML of money figures.")],
    platform: Annotated[
        str | None, typer.Option(help="label-studio, argilla, prolific, toloka or mturk.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help='Column of the item, "a,b" for several; default: task.')
    ] = None,
    worker: Annotated[
        str | None, typer.Option(help="Column of the annotator; default: worker.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Column of the answer; default: label.")] = None,
    left: Annotated[str | None, typer.Option(help="Column of the left side, for pairs.")] = None,
    right: Annotated[str | None, typer.Option(help="Column of the right side.")] = None,
    sides: Annotated[
        str | None, typer.Option(help='Words by which answers call left and right, "a1,a2".')
    ] = None,
    gold: Annotated[str | None, typer.Option(help="Column of golden answers.")] = None,
    expert: Annotated[str | None, typer.Option(help="Column of an expert's answers.")] = None,
    repeat: Annotated[str | None, typer.Option(help="Column of the second answers.")] = None,
    expert_workers: Annotated[
        str | None, typer.Option(help='Annotators who are the experts, "author_*".')
    ] = None,
    ignore_workers: Annotated[
        str | None, typer.Option(help='Annotators to leave out, "gpt4*".')
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="Answer to set against the rest, if there are over two.")
    ] = None,
    ties: Annotated[
        str | None, typer.Option(help="Answers that are ties; ties are not counted.")
    ] = None,
    duplicates: Annotated[
        str, typer.Option(help="What second rows of one worker for one item are: drop or repeat.")
    ] = "error",
    monitor: Annotated[
        str | None, typer.Option(help="expert, repeats or golden; default: what the file has.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write a figure (png, svg, pdf).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Design the pay rule for a labelling job, and prove it.

    Example: paygrade design labels.csv --economics economics.toml --plot rule.png
    """
    columns = {"task": task, "worker": worker, "label": label, "gold": gold, "expert": expert}
    columns |= {"repeat": repeat, "expert_workers": expert_workers, "positive": positive}
    columns |= {"ignore_workers": ignore_workers, "tie_labels": ties, "platform": platform}
    columns |= {"left": left, "right": right, "sides": sides, "duplicates": duplicates}
    _design(labels, economics, columns, monitor, plot, as_json=as_json)


@app.command()
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
    with _complaints():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{folder} can't be made ({error}); name another --folder") from error
        simulated = simulate_labels(workers=24, items=240, seed=2025)
        _write(labels, lambda path: simulated.to_csv(path, index=False))
        if not economics.exists():
            _write(economics, lambda path: path.write_text(EXAMPLE, encoding="utf-8"))
    columns: dict[str, str | None] = {"task": "task", "worker": "worker", "label": "label"}
    _design(labels, economics, columns, "expert", folder / "rule.png", as_json=as_json)
    if not as_json:
        typer.echo(
            f"\nNow change {economics} or use labels of your own:\n"
            f"  paygrade design {labels} --monitor expert --economics {economics}"
        )


@app.command()
def verify(
    theorems: Annotated[
        list[str] | None, typer.Argument(help="T1 to T16, or a theorem file; default: all.")
    ] = None,
    n: Annotated[list[int] | None, typer.Option("-n", help="Sample size; repeat for more.")] = None,
    pages: Annotated[
        Path | None, typer.Option(help="Folder to write a page and a figure a theorem into.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_latex: Annotated[bool, typer.Option("--latex", help="Print a LaTeX table.")] = False,
) -> None:
    """Derive, measure and enclose the theorems behind the rules; exit code 1 if one fails.

    Example: paygrade verify T8 T9 -n 1000 -n 100000
    """
    with _complaints():
        if pages is not None and n:
            raise DataError("--pages shows each claim at its own points; leave out -n")
        reports = _verified(theorems, n)
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


@app.command()
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
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Plan checks: how many, at what price, and what a banning rule does.

    Example: paygrade plan --test 0.9 0.7
    """
    options = {k: v for k, v in locals().items() if k != "as_json"}
    with _complaints():
        from paygrade.report.questions import answer

        with _progress(16) as progress:
            found = answer(options, progress)
        if as_json:
            typer.echo(json.dumps(found.to_dict(), indent=2, default=str))
        else:
            typer.echo(str(found))


def _verified(theorems: list[str] | None, n: list[int] | None) -> list[Any]:
    from paygrade.theory.library import load_theorem, theorem_files
    from paygrade.theory.verification import verify as verify_theorem

    chosen = [load_theorem(name) for name in theorems or theorem_files()]
    reports = []
    with _progress(len(chosen)) as progress:
        for theorem in chosen:
            progress(f"{theorem.name} {theorem.title}")
            reports.append(verify_theorem(theorem, n))
    return reports


def _write_pages(reports: list[Any], folder: Path) -> None:
    from paygrade.report.theorems import draw, to_page

    folder.mkdir(parents=True, exist_ok=True)
    for report in reports:
        name = report.theorem.name
        drawn = draw(report, folder / f"{name}.svg")
        page = to_page(report, f"{name}.svg" if drawn else None)
        (folder / f"{name}.md").write_text(page, encoding="utf-8")


def _design(
    labels: Path,
    economics: Path,
    columns: dict[str, str | None],
    monitor: str | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> None:
    from rich.console import Console

    with _complaints():
        _check_plot(plot)
        kind = _monitor(monitor)
        from paygrade.assessment.annotations import read_annotations
        from paygrade.report.economics import read_economics
        from paygrade.report.plot import save_plot
        from paygrade.report.study import run_study
        from paygrade.report.text import print_study

        settings = read_economics(economics)
        with _progress() as progress:
            progress("reading labels")
            annotations = read_annotations(labels, **columns)  # type: ignore[arg-type]
            study = run_study(annotations, settings, kind=kind, progress=progress)
            if plot is not None:
                progress("drawing")
                _write(plot, lambda path: save_plot(study, path))
        if as_json:
            typer.echo(json.dumps(study.to_dict(), indent=2, default=str, allow_nan=False))
        else:
            print_study(study, Console(width=None if sys.stdout.isatty() else 100))
            if plot is not None:
                typer.echo(f"\nFigure: {plot}")


def _monitor(name: str | None) -> Any:
    from paygrade.model.counting import ExpertReview, GoldenQuestions, SelfConsistency

    known = dict(zip(MONITORS, (ExpertReview, SelfConsistency, GoldenQuestions), strict=True))
    if name is not None and name not in known:
        raise DataError(f"--monitor {name} is unknown; choose {', '.join(MONITORS)}")
    return None if name is None else known[name]


def _check_plot(plot: Path | None) -> None:
    if plot is not None and plot.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise DataError(f"--plot {plot} names no format; end it in .png, .svg or .pdf")
    if plot is not None and not plot.parent.is_dir():
        raise DataError(f"--plot {plot}: the folder {plot.parent} doesn't exist; make it first")


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file whole or not at all: beside its place first, then moved there."""
    handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=".paygrade-", dir=path.parent)
    os.close(handle)
    beside = Path(name)
    try:
        write(beside)
        beside.chmod(0o644)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _progress(steps: int = 6) -> Iterator[Callable[[str], None]]:
    """Show on standard error what is being done; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=steps)
        yield lambda text: bar.update(task, description=text, advance=1)


@contextmanager
def _complaints() -> Iterator[None]:
    """Turn an error of the user's into one message on standard error and exit code 2."""
    try:
        yield
    except PaygradeError as error:
        typer.echo(f"paygrade: {error}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"paygrade: {error}; check the path and try again", err=True)
        raise typer.Exit(2) from error


for _command in (sample, pay):
    app.command()(_complaints()(_command))


def main() -> None:
    """Run the command line."""
    app(prog_name="paygrade")
