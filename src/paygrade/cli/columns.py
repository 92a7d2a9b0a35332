"""The options that say what a label file holds and where, for every command that reads labels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

LabelFile = Annotated[
    Path, typer.Argument(help='CSV, TSV, JSON lines or Parquet, a row a label; or "day*.csv".')
]
Platform = Annotated[
    str | None, typer.Option(help="label-studio, argilla, prolific, toloka or mturk.")
]
Task = Annotated[
    str | None, typer.Option(help='Column of the item, "a,b" for several; default: task.')
]
Worker = Annotated[str | None, typer.Option(help="Column of the annotator; default: worker.")]
Label = Annotated[str | None, typer.Option(help="Column of the answer; default: label.")]
Left = Annotated[str | None, typer.Option(help="Column of the left side, for pairs.")]
Right = Annotated[str | None, typer.Option(help="Column of the right side.")]
Sides = Annotated[
    str | None, typer.Option(help='Words by which answers call left and right, "a1,a2".')
]
Gold = Annotated[str | None, typer.Option(help="Column of golden answers.")]
Expert = Annotated[str | None, typer.Option(help="Column of an expert's answers.")]
Repeat = Annotated[str | None, typer.Option(help="Column of the second answers.")]
ExpertWorkers = Annotated[
    str | None, typer.Option(help='Annotators who are the experts, "author_*".')
]
Passed = Annotated[
    str | None, typer.Option(help='Answer that means a pass, if rows are scored checks: "Found".')
]
IgnoreWorkers = Annotated[str | None, typer.Option(help='Annotators to leave out, "gpt4*".')]
Positive = Annotated[
    str | None, typer.Option(help="Answer to set against the rest, if there are over two.")
]
Ties = Annotated[str | None, typer.Option(help="Answers that are ties; ties are not counted.")]
Duplicates = Annotated[
    str, typer.Option(help="What second rows of one worker for one item are: drop or repeat.")
]

OPTIONS = (
    *("platform", "task", "worker", "label", "left", "right", "sides", "gold", "expert", "repeat"),
    *("expert_workers", "ignore_workers", "passed", "positive", "ties", "duplicates"),
)


def reading(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `read_annotations` among the options of a command."""
    chosen = {name: options[name] for name in OPTIONS}
    return chosen | {"tie_labels": chosen.pop("ties")}
