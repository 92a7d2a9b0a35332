"""The options that say what a label file holds and where, declared once for every command."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from paygrade.errors import DataError

LabelFile = Annotated[
    Path, typer.Argument(help='CSV, TSV, JSON lines or Parquet, a row a label; or "day*.csv".')
]
Reading = dict[str, Any]  # the arguments of `read_annotations`
Stronger = Annotated[
    str | None,
    typer.Option(
        help="Of comparisons: the stronger model, its side, or a column that says which won."
    ),
]


def _reading(
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
    passed: Annotated[
        str | None,
        typer.Option(help='Answer that means a pass, if rows are scored checks: "Found".'),
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
) -> Reading:
    return {
        "platform": platform, "task": task, "worker": worker, "label": label, "left": left,
        "right": right, "sides": sides, "gold": gold, "expert": expert, "repeat": repeat,
        "expert_workers": expert_workers, "ignore_workers": ignore_workers, "passed": passed,
        "positive": positive, "tie_labels": ties, "duplicates": duplicates,
    }  # fmt: skip


OPTIONS = inspect.signature(_reading).parameters


def reads_labels(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options above where it has the parameter `read`, which they make up.

    Typer goes by the signature, so a command that says `read: Reading` gets sixteen options.
    """
    own = inspect.signature(command)
    options = [
        option
        for name, parameter in own.parameters.items()
        for option in (OPTIONS.values() if name == "read" else (parameter,))
    ]

    @wraps(command)
    def with_options(**given: Any) -> None:
        read = _reading(**{name: given.pop(name) for name in OPTIONS})
        command(read=read, **given)

    with_options.__signature__ = own.replace(parameters=options)  # type: ignore[attr-defined]
    with_options.__annotations__ = {each.name: each.annotation for each in options}
    return with_options


def stronger_read(labels: Path, stronger: str | None, read: Reading) -> tuple[str | None, Reading]:
    """Return what `assess` is to be told of --stronger, and how to read for it.

    A column is read as a key, because a key is turned together with the pair that it is about.

    Raises:
        DataError: there is another column of golden answers.
    """
    from paygrade.labels.opening import open_source

    sides = ("left", "right", read["left"], read["right"])
    if stronger is None or stronger in sides or read["platform"] is not None:
        return stronger, read
    if stronger not in open_source(labels).columns:
        return stronger, read
    if read["gold"] is not None:
        raise DataError(
            f"--stronger {stronger} and --gold {read['gold']} both say which answer is the one to"
            " give; leave one of them out"
        )
    return "gold", {**read, "gold": stronger}
