"""What every command does the same way: progress, complaints, and files written whole."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paygrade.cli.places import WRITES
from paygrade.errors import DataError, ModelError, PaygradeError

if TYPE_CHECKING:
    from concurrent.futures import Executor

FIGURES = (".png", ".svg", ".pdf")
Html = Annotated[Path | None, typer.Option(help="Write a page: one file, nothing loaded."), WRITES]
Latex = Annotated[Path | None, typer.Option(help="Write the tables for a paper (tex)."), WRITES]
Csv = Annotated[
    Path | None, typer.Option(help="Write every figure of the tables, a row each."), WRITES
]
Plot = Annotated[Path | None, typer.Option(help="Write a figure (png, svg, pdf)."), WRITES]
Jobs = Annotated[int, typer.Option(help="Processes to share the work among.")]
Cluster = Annotated[str | None, typer.Option(help="Dask scheduler to give the work to instead.")]


def check_place(option: str, path: Path | None, endings: tuple[str, ...]) -> None:
    """Refuse a file that could not be written, before any work is done for it.

    Raises:
        DataError: its ending is none of `endings`, or its folder doesn't exist.
    """
    if path is not None and path.suffix.lower() not in endings:
        listed = f"{', '.join(endings[:-1])} or {endings[-1]}" if len(endings) > 1 else endings[0]
        raise DataError(f"{option} {path} names no format that is written here; end it in {listed}")
    if path is not None and not path.parent.is_dir():
        raise DataError(f"{option} {path}: the folder {path.parent} doesn't exist; make it first")


def check_reports(html: Path | None, latex: Path | None, csv: Path | None = None) -> None:
    """Refuse reports that could not be written, before any work is done for them.

    Raises:
        DataError: as `check_place`.
    """
    check_place("--html", html, (".html", ".htm"))
    check_place("--latex", latex, (".tex",))
    check_place("--csv", csv, (".csv",))


def write_text(path: Path | None, text: Callable[[], str]) -> None:
    """Write a text file whole, if there is a place for it."""
    if path is not None:
        written = text()
        write_whole(path, lambda beside: beside.write_text(written, encoding="utf-8"))


def tell_files(**files: Path | None) -> None:
    """Say on standard output which files were written."""
    written = {what: path for what, path in files.items() if path is not None}
    for what, path in written.items():
        typer.echo(f"{what.capitalize()}: {path}")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
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
def progress_bar(steps: int = 6) -> Iterator[Callable[[str], None]]:
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
def workers(jobs: int, cluster: str | None) -> "Iterator[Executor | None]":
    """Lend something that runs functions: processes of this machine, a cluster, or None for one."""
    if jobs < 1 or (jobs > 1 and cluster is not None):
        raise ModelError(
            f"--jobs {jobs}{' with --cluster' * (cluster is not None)} says nothing of who should"
            " work; give a number from 1 on, or a cluster's address"
        )
    if cluster is not None:
        from paygrade.labels.partitions import connect

        with connect(cluster) as client:
            yield client.get_executor()
    elif jobs > 1:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # a forked process would inherit the progress bar's locks without the thread that frees them
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            yield pool
    else:
        yield None


@contextmanager
def complaints() -> Iterator[None]:
    """Turn an error of the user's into one message on standard error and exit code 2."""
    try:
        yield
    except PaygradeError as error:
        typer.echo(f"paygrade: {error}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"paygrade: {error}; check the path and try again", err=True)
        raise typer.Exit(2) from error
