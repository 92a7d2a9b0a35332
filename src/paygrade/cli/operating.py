"""`paygrade sample` and `paygrade pay`: the loop around annotators."""

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from paygrade.cli.places import MAKES, WRITES


def _example(module: str, name: str) -> Any:
    """Return the option that prints a settings file to start from, and stops."""

    def show(wanted: bool) -> None:
        if wanted:
            typer.echo(getattr(import_module(f"paygrade.operations.{module}"), name), nl=False)
            raise typer.Exit

    text = "Print a settings file to start from, and stop."
    return typer.Option("--example", is_eager=True, callback=show, help=text)


def sample(
    pool: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet or JSON lines, a row an item.")],
    plan: Annotated[Path, typer.Option("--plan", "-p", help="TOML: what a batch holds.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="New folder for batches and keys."), MAKES
    ],
    _example: Annotated[bool, _example("plan", "EXAMPLE_PLAN")] = False,
) -> None:
    """Draw the batches that annotators will see, checks hidden among them, and keep the keys apart.

    Example: paygrade sample pool.csv --plan plan.toml --out round-1
    """
    from paygrade.operations.batches import draw_batches
    from paygrade.operations.plan import read_plan

    drawn = draw_batches(pool, read_plan(plan))
    drawn.write(out)
    typer.echo(f"{drawn}\nHand out {out / 'batches'}; keep the rest of {out} to yourself.")


def pay(
    labels: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet or JSON lines, a row a label.")],
    keys: Annotated[Path, typer.Option("--keys", "-k", help="The keys.csv of `paygrade sample`.")],
    rule: Annotated[Path, typer.Option("--rule", "-r", help="TOML, or JSON of design --json.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="New folder for payments and audits."), MAKES
    ],
    ledger: Annotated[
        Path | None,
        typer.Option(help="What was paid; default: ledger.jsonl beside the keys."),
        WRITES,
    ] = None,
    expert: Annotated[
        Path | None, typer.Option(help="An expert's answers: columns task and label.")
    ] = None,
    unfinished: Annotated[str, typer.Option(help="Unfinished batches: refuse or wait.")] = "refuse",
    task: Annotated[str, typer.Option(help="Column of the row's name in its batch.")] = "task",
    worker: Annotated[str, typer.Option(help="Column of the annotator.")] = "worker",
    label: Annotated[str, typer.Option(help="Column of the answer.")] = "label",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    _example: Annotated[bool, _example("rule_file", "EXAMPLE_RULE")] = False,
) -> None:
    """Count what came back, write what everybody is owed and why, and pay nothing twice.

    Example: paygrade pay labels.csv --keys round-1/keys.csv --rule rule.toml --out payday-1
    """
    from paygrade.operations.page import report_dict, summary_text
    from paygrade.operations.payroll import pay_labels

    columns = {"task": task, "worker": worker, "label": label}
    files = {"keys": keys, "rule": rule, "out": out, "ledger": ledger, "expert": expert}
    paid = pay_labels(labels, **files, unfinished=unfinished, columns=columns)  # type: ignore[arg-type]
    if as_json:
        typer.echo(json.dumps(report_dict(paid), indent=2))
    else:
        typer.echo(f"{summary_text(paid)}\nPayments, audit records and report: {out}")
