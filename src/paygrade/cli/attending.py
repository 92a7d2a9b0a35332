"""`paygrade attention`: which users read what they compare, and what to do with their labels."""

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
    from paygrade.labels.annotations import Annotations
    from paygrade.labels.source import Source
    from paygrade.report.attention import Attention, Progress

WHOLE_TABLE = ("platform", "expert_workers", "passed")  # options that need it in memory


@columns.reads_labels
def attention(
    labels: columns.LabelFile,
    read: columns.Reading,
    stronger: columns.Stronger = None,
    mu: Annotated[
        str | None,
        typer.Option(help="How often attentive users prefer it: a number, or a column."),
    ] = None,
    law: Annotated[
        str | None,
        typer.Option(help="free, 'two types', grid or strengths; default: what is known allows."),
    ] = None,
    prior: Annotated[
        tuple[float, float] | None, typer.Option(help="Beta prior of attentiveness, for free.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Attentiveness from which on users are kept.")
    ] = 0.5,
    level: Annotated[float, typer.Option(help="Confidence of the intervals.")] = 0.95,
    keep: Annotated[
        Path | None,
        typer.Option(help="Write all rows of the users kept (csv, jsonl, parquet)."),
        WRITES,
    ] = None,
    weighted: Annotated[
        bool, typer.Option("--weighted", help="With --keep: all rows, with a column of weights.")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="Write the table, a row a user."), WRITES] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw users and what filters keep (png, svg, pdf)."), WRITES
    ] = None,
    html: Html = None,
    latex: Latex = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say which users compare with attention, and what filtering or weighing them would do.

    Example: paygrade attention votes.csv --left model_a --right model_b --keep kept.csv
    """
    asked = {"stronger": stronger, "mu": _rate(mu), "law": _law(law), "prior": prior}
    asked |= {"threshold": threshold, "level": level}
    check_place("--plot", plot, FIGURES)
    check_reports(html, latex, csv)
    _check_copy(keep, weighted=weighted)
    with progress_bar(6) as progress:
        found = _attention(labels, read, asked, progress)
        copied = None
        if keep is not None:
            progress("copying rows")
            copied = _copy(found, labels, read, keep, weighted=weighted)
    _write_reports(found, plot, html, latex, csv)
    if as_json:
        typer.echo(json.dumps({**found.to_dict(), "rows_written": copied}, indent=2))
        return
    from rich.console import Console

    from paygrade.report.attention_text import print_attention

    print_attention(found, Console(width=None if sys.stdout.isatty() else 120))
    tell_files(table=csv, figure=plot, page=html, tables=latex)
    if keep is not None:
        whose = "everybody's, with weights" if weighted else "all of the users kept, ties too"
        typer.echo(f"Labels: {keep} ({copied} rows, {whose})")


def _attention(
    labels: Path, read: columns.Reading, asked: dict[str, Any], progress: "Progress"
) -> "Attention":
    from paygrade.report.attention import AttentionQuestion, measure_attention

    if asked["stronger"] is not None:
        asked["told_by"] = f"--stronger {asked['stronger']}"
    asked["stronger"], read = columns.stronger_read(labels, asked["stronger"], read)
    kept = asked["mu"] if isinstance(asked["mu"], str) else None
    has_key = read["gold"] is not None and asked["law"] != "strengths"
    annotations = _annotations(labels, read, kept, progress, pairs=not has_key)
    return measure_attention(annotations, AttentionQuestion(**asked), progress=progress)


def _annotations(
    labels: Path, read: columns.Reading, kept: str | None, progress: "Progress", *, pairs: bool
) -> "Annotations":
    """Return the labels, counted where they lie if they are a folder of Parquet.

    Counting by pair takes more memory, and is needed only where the stronger one goes by name.
    """
    progress("reading labels")
    if _is_in_parts(labels, read):
        from paygrade.labels.tally import tally_annotations

        options = {name: value for name, value in read.items() if name not in WHOLE_TABLE}
        return tally_annotations(str(labels), **options, keep=kept, pairs=pairs)
    from paygrade.labels.annotations import read_annotations

    return read_annotations(labels, **read, keep=kept)


def _is_in_parts(labels: Path, read: columns.Reading) -> bool:
    """Return whether the labels are many Parquet files, and Dask is here to count them."""
    from importlib.util import find_spec

    from paygrade.labels.opening import find_paths, is_parquet

    if labels.is_file() or any(read[name] is not None for name in WHOLE_TABLE):
        return False
    parquet = all(is_parquet(Path(path)) for path in find_paths(str(labels)))
    return parquet and find_spec("dask") is not None and find_spec("pyarrow") is not None


def _rate(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _law(text: str | None) -> str | None:
    return None if text is None else text.replace("-", " ")


def _check_copy(keep: Path | None, *, weighted: bool) -> None:
    """Refuse a copy that could not be written."""
    from paygrade.labels.copying import FORMATS

    if keep is None:
        if weighted:
            raise DataError("--weighted says how rows are kept; name a file for them in --keep")
        return
    check_place("--keep", keep, tuple(FORMATS))


def _copy(
    found: "Attention", labels: Path, read: columns.Reading, keep: Path, *, weighted: bool
) -> int:
    from paygrade.labels.copying import copy_rows

    origin, worker = _rows_and_worker(labels, read)
    weights = found.weights(weighted=weighted)
    written: list[int] = []
    write_whole(
        keep,
        lambda path: written.append(copy_rows(origin, worker, weights, path, weighted=weighted)),
    )
    return written[0]


def _rows_and_worker(labels: Path, read: columns.Reading) -> "tuple[Source, str]":
    """Return the rows as the file has them, and the column that says whose they are."""
    from paygrade.labels.exports.platforms import open_export
    from paygrade.labels.opening import open_source

    if read["platform"] is None:
        return open_source(labels), read["worker"] or "worker"
    given = {role: read[role] for role in ("task", "worker", "label") if read[role] is not None}
    export = open_export(labels, read["platform"], given)
    return export.source, str({**export.columns, **given}.get("worker", "worker"))


def _write_reports(
    found: "Attention",
    plot: Path | None,
    html: Path | None,
    latex: Path | None,
    csv: Path | None,
) -> None:
    from paygrade.report.attention_plot import save_attention
    from paygrade.report.attention_tables import attention_sheets
    from paygrade.report.latex import sheets_to_latex
    from paygrade.report.web_page import attention_page
    from paygrade.spreadsheets import sheet_csv

    if plot is not None:
        write_whole(plot, lambda path: save_attention(found, path))
    write_text(html, lambda: attention_page(found))
    write_text(latex, lambda: sheets_to_latex(attention_sheets(found)))
    write_text(csv, lambda: sheet_csv(found.table))
