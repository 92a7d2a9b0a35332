"""`paygrade kit` and `paygrade kit-results`: an experiment with people, and what came of it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from paygrade.cli.places import MAKES, READS, WRITES
from paygrade.cli.terminal import check_place, progress_bar, write_text, write_whole


def kit(
    pairs: Annotated[
        str, typer.Argument(help="Preference pairs: a file, folder or Hub name."), READS
    ],
    plan: Annotated[Path, typer.Option("--plan", "-p", help="TOML: what each participant sees.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the study."), MAKES],
    economics: Annotated[
        Path | None, typer.Option("--economics", "-e", help="TOML of money figures: design a rule.")
    ] = None,
    rule: Annotated[
        Path | None, typer.Option("--rule", "-r", help="Or the rule: TOML, or design --json.")
    ] = None,
    gold: Annotated[
        str | None, typer.Option(help="Column of golden answers; default: chosen by margin.")
    ] = None,
    n: Annotated[
        int | None, typer.Option("--n", "-n", help="Golden questions; default: 3 times a batch's.")
    ] = None,
    max_auc: Annotated[float, typer.Option(help="How well they may be told apart.")] = 0.6,
    key_error: Annotated[float, typer.Option(help="Share of wrong golden answers.")] = 0.0,
    format: Annotated[  # noqa: A002 - the option is called so
        str | None, typer.Option(help="Shape of the pairs; default: found from the columns.")
    ] = None,
    question: Annotated[
        str, typer.Option(help="What each screen asks.")
    ] = "Which response is better?",
    currency: Annotated[str, typer.Option(help="Its name, for a designed rule.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Make a survey ready to run: screens, hidden checks, the bonus in plain words, keys apart.

    Example: paygrade kit pairs.csv --plan plan.toml --economics economics.toml --out study
    """
    from paygrade.data.reading import read_pairs
    from paygrade.kit.survey import APART, build_kit
    from paygrade.operations.folder import refuse_existing
    from paygrade.operations.plan import read_plan
    from paygrade.operations.rule_file import read_rule
    from paygrade.report.economics import read_economics

    refuse_existing(out)
    settled = read_plan(plan)
    money = None if economics is None else read_economics(economics)
    given = None if rule is None else read_rule(rule)
    with progress_bar(20) as progress:
        read = read_pairs(pairs, format, keep=() if gold is None else (gold,))
        made = build_kit(
            read, settled, economics=money, rule=given, gold=gold, number=n, max_auc=max_auc,
            key_error=key_error, question=question, currency=currency, progress=progress,
        )  # fmt: skip
    made.write(out)
    if as_json:
        typer.echo(json.dumps(made.to_dict(), indent=2, allow_nan=False))
        return
    typer.echo(f"{made}\nHand out the survey and instructions in {out}; keep {out / APART}.")


def kit_results(
    answers: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet or JSON lines of answers.")],
    study: Annotated[Path, typer.Option("--kit", "-k", help="The folder of `paygrade kit`.")],
    standard: Annotated[
        float | None, typer.Option(help="Effort that is asked for; default: analysis.toml's.")
    ] = None,
    pay: Annotated[
        Path | None, typer.Option(help="New folder: pay finished slots, enter the ledger."), MAKES
    ] = None,
    task: Annotated[str | None, typer.Option(help="Column of the screen's name.")] = None,
    worker: Annotated[str | None, typer.Option(help="Column of the participant.")] = None,
    label: Annotated[str | None, typer.Option(help="Column of the answer.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write a row a participant."), WRITES] = None,
    page: Annotated[Path | None, typer.Option(help="Write the page (md)."), WRITES] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what came back: effort by golden questions and repeats, instructions followed, pay owed.

    Example: paygrade kit-results answers.csv --kit study --csv participants.csv
    """
    check_place("--csv", csv, (".csv",))
    check_place("--page", page, (".md",))
    from paygrade.kit import results
    from paygrade.kit.results_text import results_page
    from paygrade.spreadsheets import sheet_csv

    named = {"task": task, "worker": worker, "label": label}
    columns = {role: name for role, name in named.items() if name is not None}
    found = results.kit_results(answers, study, pay=pay, standard=standard, columns=columns)
    text = results_page(found)
    write_text(csv, lambda: sheet_csv(found.table))
    if page is not None:
        write_whole(page, lambda path: path.write_text(text, encoding="utf-8"))
    if as_json:
        text = json.dumps(found.to_dict(), indent=2, allow_nan=False) + "\n"
    typer.echo(text, nl=False)
    for what, path in (("Table", csv), ("Page", page), ("Payments", pay)):
        if path is not None:
            typer.echo(f"{what}: {path}", err=as_json)
