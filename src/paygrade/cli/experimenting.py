"""`paygrade experiment`: the papers' experiments on one's own data, or on simulated ones."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paygrade.cli.places import MAKES
from paygrade.cli.terminal import progress_bar
from paygrade.errors import DataError, MissingExtra

if TYPE_CHECKING:
    from paygrade.experiments.experiment import Outcome


def experiment(
    names: Annotated[list[str], typer.Argument(help="all, or names; --list shows them.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Preference pairs, or the folder with the published label files."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for report.html and report.md."),
        MAKES,
    ] = None,
    features: Annotated[
        str, typer.Option(help="Of texts: tfidf, or embedding (extra `embeddings`).")
    ] = "tfidf",
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    repetitions: Annotated[
        int, typer.Option(min=3, max=10_000, help="Of each simulation; more narrow the intervals.")
    ] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    _list: Annotated[
        bool,
        typer.Option(
            "--list",
            is_eager=True,
            callback=lambda on: _show_list(on),
            help="List the experiments and the files they read, and stop.",
        ),
    ] = False,
) -> None:
    """Rerun the papers' experiments: what is claimed, what is measured here, on which data.

    Example: paygrade experiment all --data labels/ --out report
    """
    from paygrade.experiments.experiment import Setting
    from paygrade.experiments.library import EXPERIMENTS, find_experiment
    from paygrade.report.experiments import write_report

    everything = names == ["all"]
    chosen = list(EXPERIMENTS.values()) if everything else [find_experiment(n) for n in names]
    folder = data if data is not None and data.is_dir() else None
    pairs = None if data is None or folder is not None else _pairs(data)
    outcomes, missing, incomplete = [], {}, False
    with progress_bar(repetitions * len(chosen)) as progress:
        setting = Setting(pairs, folder, features, seed, repetitions, progress)
        for each in chosen:
            progress(each.title)
            try:
                outcomes.append(each.run(each, setting))
            except DataError as error:
                lacks_file = everything and each.file
                if not (lacks_file or (everything and isinstance(error, MissingExtra))):
                    raise
                missing[each.title], incomplete = str(error), incomplete or not lacks_file
        page = None if out is None else write_report(outcomes, missing, out)
    if as_json:
        typer.echo(json.dumps([o.to_dict() for o in outcomes], indent=2, default=str))
    else:
        _tell(outcomes, missing, page)
    if incomplete:
        raise typer.Exit(1)


def _tell(outcomes: "list[Outcome]", missing: dict[str, str], page: Path | None) -> None:
    for outcome in outcomes:
        typer.echo(f"\n{outcome}")
    for name, why in missing.items():
        typer.echo(f"\nnot run: {name}: {why}")
    if page is not None:
        typer.echo(f"\nReport: {page}")


def _pairs(path: Path) -> Any:
    from paygrade.data.reading import read_pairs

    return read_pairs(path)


def _show_list(wanted: bool) -> None:
    if wanted:
        from paygrade.experiments.library import EXPERIMENTS

        for each in EXPERIMENTS.values():
            reads = f" (reads {each.file})" if each.file else ""
            typer.echo(f"{each.name:12} {each.title}{reads}")
        raise typer.Exit
