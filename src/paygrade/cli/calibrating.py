"""`paygrade calibrate`: effort under different pay in, the agent's cost and predictions out."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from paygrade.cli.terminal import FIGURES, Plot, check_place, write_whole
from paygrade.errors import DataError


def calibrate(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet or JSON lines, a row a person.")],
    effort: Annotated[str, typer.Option(help="Column of effort; of its mean, with --moments.")],
    pay: Annotated[str | None, typer.Option(help="Column of the piece rate.")] = None,
    condition: Annotated[str | None, typer.Option(help="Column of the condition; or else")] = None,
    rate: Annotated[
        list[str] | None, typer.Option(help='its piece rate, "1.3=0"; repeat for each.')
    ] = None,
    per: Annotated[float, typer.Option(help="Units of effort that a piece rate pays for.")] = 1.0,
    cost: Annotated[str, typer.Option(help="exponential or power.")] = "exponential",
    method: Annotated[
        str, typer.Option(help="moments (minimum distance) or rows (least squares).")
    ] = "moments",
    moments: Annotated[
        bool, typer.Option("--moments", help="The file has a row a condition: published means.")
    ] = False,
    sd: Annotated[str | None, typer.Option(help="With --moments: column of the spread.")] = None,
    n: Annotated[str | None, typer.Option(help="With --moments: column of the people.")] = None,
    se: Annotated[str | None, typer.Option(help="With --moments, for sd and n: errors.")] = None,
    worker: Annotated[str | None, typer.Option(help="Column of the person, if repeated.")] = None,
    nearest: Annotated[float | None, typer.Option(help="Round efforts to multiples of it.")] = None,
    round_means: Annotated[
        bool, typer.Option("--round-means", help="Round mean efforts to whole units.")
    ] = False,
    fix: Annotated[
        list[str] | None, typer.Option(help='Take as known: "s=0"; gamma, k or s.')
    ] = None,
    predict: Annotated[
        list[float] | None, typer.Option(help="Effort at this piece rate; repeat for more.")
    ] = None,
    level: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    intervals: Annotated[str, typer.Option(help="profile, delta or bootstrap.")] = "profile",
    plot: Plot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Estimate what effort costs people, and what they give for nothing, from effort under pay.

    Example: paygrade calibrate effort.csv --effort presses --pay cents --per 100 --predict 4
    """
    check_place("--plot", plot, FIGURES)
    if (pay is None) == (condition is None) or (condition is None) != (not rate):
        raise DataError(
            "it is unclear what people were paid; name a column with --pay, or a --condition with"
            " a --rate for each"
        )
    options = locals()
    from paygrade.calibration import calibrating

    estimate: Any = calibrating.calibrate  # it checks its words itself
    data = _moments(options) if moments else _rows(options)
    if round_means:
        data = (data if moments else data.moments()).rounded()
    found = estimate(
        data, cost=cost, method=method, per=per, fixed=_numbers(fix or [], "--fix"), level=level,
        intervals=intervals,
    )  # fmt: skip
    predicted = found.predict(predict) if predict else None
    if plot is not None:
        figure: Any = found.plot().figure
        write_whole(plot, lambda path: figure.savefig(path, dpi=150))
    if as_json:
        rows = [] if predicted is None else predicted.astype(object).to_dict("records")
        told = json.dumps(found.to_dict() | {"predictions": rows}, indent=2)
        typer.echo(told.replace("NaN", "null").replace("Infinity", "null"))
        return
    typer.echo(str(found))
    if predicted is not None:
        typer.echo(f"\n{predicted.to_string(index=False, float_format='{:.6g}'.format)}")
    if plot is not None:
        typer.echo(f"\nFigure: {plot}")


def _rows(options: dict[str, Any]) -> Any:
    from paygrade.calibration.rows import read_effort

    names = {name: options[name] for name in ("effort", "worker", "nearest")}
    if options["condition"] is not None:
        names["condition"] = options["condition"]
    rates: Any = options["pay"] or _numbers(options["rate"], "--rate")
    return read_effort(options["file"], pay=rates, **names)


def _moments(options: dict[str, Any]) -> Any:
    from paygrade.calibration.rows import read_moments

    if options["pay"] is None or options["worker"] is not None or options["nearest"] is not None:
        raise DataError(
            "--moments takes a row a condition, with its piece rate in a column; name it with"
            " --pay, and leave out --condition, --rate, --worker and --nearest"
        )
    names = {name: options[name] for name in ("pay", "sd", "n", "se")}
    return read_moments(options["file"], mean=options["effort"], **names)


def _numbers(texts: list[str], option: str) -> dict[str, float]:
    """Return name -> number from texts like "s=0"."""
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            name = ""
        if not name.strip():
            example = "s=0" if option == "--fix" else "control=0.01"
            raise DataError(f"{option} {text} names no number; write it like {option} {example}")
    return found
