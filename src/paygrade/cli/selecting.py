"""`paygrade select`: golden questions that tell much about effort and don't stand out."""

import json
from pathlib import Path
from typing import Annotated

import typer

from paygrade.cli.places import WRITES
from paygrade.cli.terminal import Plot, progress_bar, write_whole
from paygrade.errors import DataError

FIGURES = (".png", ".svg", ".pdf")


def select(
    pairs: Annotated[
        Path, typer.Argument(help="CSV, Parquet or JSON lines: left, right, margin, ...")
    ],
    n: Annotated[int, typer.Option("--n", "-n", help="How many questions.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write them for `paygrade sample`."), WRITES
    ] = None,
    pool: Annotated[
        Path | None,
        typer.Option(help="Write all pairs, keys filled in for the chosen ones."),
        WRITES,
    ] = None,
    max_auc: Annotated[float, typer.Option(help="How well they may be told apart.")] = 0.6,
    effort: Annotated[float, typer.Option(help="Effort at which to inform.")] = 0.8,
    temperature: Annotated[
        float | None, typer.Option(help="Instead: Bradley-Terry inverse temperature.")
    ] = None,
    key_error: Annotated[
        str, typer.Option(help='Share of wrong keys, or "labels" to estimate it from these.')
    ] = "0",
    balance: Annotated[float, typer.Option(help="Most of left keys' share beside 1/2.")] = 0.1,
    forest: Annotated[
        bool, typer.Option("--forest", help="Let a forest judge, too (scikit-learn).")
    ] = False,
    exclude: Annotated[
        list[str] | None, typer.Option(help="A task not to choose; repeat for more.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of folds and roundings.")] = 0,
    plot: Plot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Choose golden questions by certainty and format.

    Example: paygrade select pairs.csv --n 40 --max-auc 0.6 --out golden.csv
    """
    _check_paths(out, pool, plot)
    from paygrade.golden.selection import select_golden

    with progress_bar(16) as progress:
        golden = select_golden(
            str(pairs), n, max_auc=max_auc, effort=effort, temperature=temperature,
            key_error=_error(key_error), balance=balance, forest=forest, exclude=exclude or (),
            seed=seed, progress=progress,
        )  # fmt: skip
    if out is not None:
        write_whole(out, golden.write)
    if pool is not None:
        write_whole(pool, lambda path: golden.write(path, pool=True))
    if plot is not None:
        write_whole(plot, golden.save_plot)
    if as_json:
        typer.echo(json.dumps(golden.to_dict(), indent=2, default=str, allow_nan=False))
        return
    typer.echo(str(golden))
    for what, path in (("Questions", out), ("Pool", pool), ("Figure", plot)):
        if path is not None:
            typer.echo(f"{what}: {path}")


def _error(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _check_paths(out: Path | None, pool: Path | None, plot: Path | None) -> None:
    for option, path in (("--out", out), ("--pool", pool), ("--plot", plot)):
        if path is not None and not path.parent.is_dir():
            raise DataError(
                f"{option} {path}: the folder {path.parent} doesn't exist; make it first"
            )
    if plot is not None and plot.suffix.lower() not in FIGURES:
        raise DataError(f"--plot {plot} names no format; end it in .png, .svg or .pdf")
