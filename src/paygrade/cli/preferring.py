"""`paygrade monitors`: what preference data says of each way to check annotators."""

import json
from pathlib import Path
from typing import Annotated

import typer

from paygrade.cli.places import READS
from paygrade.cli.terminal import FIGURES, Plot, check_place, progress_bar, write_whole
from paygrade.errors import DataError


def monitors(
    data: Annotated[
        list[str],
        typer.Argument(help="Files, patterns, folders or names on the Hub; a set each."),
        READS,
    ],
    format: Annotated[  # noqa: A002 - the option is called so
        str | None, typer.Option(help="Shape of the data; default: found from the columns.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Rows of this split only.")] = None,
    question: Annotated[
        str | None, typer.Option(help="Which of several answers is the label, as safer.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help="Renamed column, ours=theirs; repeat for more.")
    ] = None,
    scores: Annotated[
        str | None, typer.Option(help='Score columns, "left_score,right_score", for margins.')
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Points of score per unit; default: found from labels.")
    ] = None,
    expert: Annotated[str | None, typer.Option(help="Column of an expert's answer.")] = None,
    by: Annotated[str | None, typer.Option(help="Column that tells data sets apart.")] = None,
    effort: Annotated[float, typer.Option(help="Effort at which monitors are compared.")] = 0.8,
    price: Annotated[
        list[str] | None, typer.Option(help="Money a check, expert=2; also repeat, golden.")
    ] = None,
    plot: Plot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what a check by expert, repeat or golden question tells on preference data.

    Example: paygrade monitors votes.csv --price expert=2 --price repeat=0.3
    """
    from paygrade.data.margins import score_margins
    from paygrade.data.monitoring import monitoring_report
    from paygrade.data.reading import read_pairs

    check_place("--plot", plot, FIGURES)
    renamed = dict(_assignment(each, "--columns") for each in columns or ())
    prices = {name: _money(text) for name, text in (_assignment(p, "--price") for p in price or ())}
    sides = None if scores is None else tuple(each.strip() for each in scores.split(","))
    short = [Path(each).name for each in data]
    names = short if len(set(short)) == len(short) else data
    sets = {}
    with progress_bar(len(data) + 2) as progress:
        for name, each in zip(names, data, strict=True):
            progress(f"reading {each}")
            pairs = read_pairs(each, format, split=split, question=question, columns=renamed)
            if sides is not None:
                pairs = score_margins(pairs, sides, temperature=temperature)  # type: ignore[arg-type]
            sets[name] = pairs
        progress("counting")
        chosen = {"effort": effort, "prices": prices, "expert": expert, "by": by}
        report = monitoring_report(sets, **chosen)  # type: ignore[arg-type]
        if plot is not None:
            progress("drawing")
            write_whole(plot, lambda path: report.plot().savefig(path, dpi=150))
    if as_json:
        read = {name: dict(pairs.left_out) for name, pairs in sets.items()}
        typer.echo(json.dumps({**report.to_dict(), "left_out": read}, indent=2, allow_nan=False))
        return
    for name, pairs in sets.items():
        typer.echo(f"{name}: {pairs}")
        for scorer in pairs.temperatures.values():
            typer.echo(f"  {scorer}")
    typer.echo(f"\n{report}")
    if plot is not None:
        typer.echo(f"\nFigure: {plot}")


def _assignment(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise DataError(f"{option} {text!r} assigns nothing; write name=value")
    return name, value


def _money(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise DataError(f"--price: {text!r} is no number of money; write expert=2.50") from error
