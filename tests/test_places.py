"""No command may write over what it reads: held for every command, however the path is spelt."""

import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from paygrade.cli.entry import COMMANDS, app
from paygrade.cli.places import MAKES, READS, WRITES, Role, apart, role_of
from paygrade.errors import DataError

Command = Callable[..., Any]
# Paths that are only read. A new option with a path is read, too, unless it is marked as a result;
# it goes into this list, so that nobody forgets the mark.
READ = (
    *("data", "economics", "expert", "file", "keys", "labels", "pairs", "plan", "pool", "rule"),
    *("study", "answers", "rule_file"),
)


def named(command: Command, *roles: Role) -> list[str]:
    return [
        name for name in inspect.signature(command).parameters if role_of(command, name) in roles
    ]


def collisions() -> Iterator[Any]:
    for command in COMMANDS:
        results = named(command, WRITES, MAKES)
        for result in results:
            for other in [*named(command, READS), *results[: results.index(result)]]:
                yield pytest.param(
                    command, result, other, id=f"{command.__name__}-{result}-{other}"
                )


def refused(command: Command, **given: Any) -> str:
    """The message; called without its other arguments, a command that began to work would crash."""
    with pytest.raises(DataError) as caught:
        apart(command)(**given)
    return str(caught.value)


def spellings(file: Path) -> list[Path]:
    beside = file.parent / "beside"
    beside.mkdir()
    (beside / "soft").symlink_to(file)
    os.link(file, beside / "hard")
    return [file, beside / ".." / file.name, beside / "soft", beside / "hard"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_path_is_known_as_read_or_as_a_result(command: Command) -> None:
    for name in named(command, READS):
        assert name in READ, f"is --{name} of {command.__name__} written? mark it (cli/places.py)"


@pytest.mark.parametrize(("command", "result", "other"), list(collisions()))
def test_a_result_in_place_of_what_is_named_besides_is_refused(
    command: Command, result: str, other: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text("task,worker,label\n", encoding="utf-8")
    for path in spellings(file):
        several = [file] if command.__name__ == "monitors" else file
        said = refused(command, **{result: path, other: several if other == "data" else file})
        assert "own.csv" in said
    assert file.read_text(encoding="utf-8") == "task,worker,label\n"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_two_results_that_are_not_there_yet_collide_too(command: Command, tmp_path: Path) -> None:
    results = named(command, WRITES, MAKES)
    if len(results) < 2:
        return
    given = {results[0]: tmp_path / "new", results[1]: tmp_path / "." / "x" / ".." / "new"}
    assert "one result would replace the other" in refused(command, **given)


def test_a_label_file_stays_as_it_was(tmp_path: Path) -> None:
    labels = tmp_path / "own.csv"
    text = "task,worker,label,gold\n" + "".join(f"t{i},w,1,1\n" for i in range(20))
    labels.write_text(text, encoding="utf-8")
    for source in (labels, tmp_path / "o*.csv", tmp_path):
        result = CliRunner().invoke(
            app, ["assess", str(source), "--gold", "gold", "--csv", str(labels)]
        )
        assert result.exit_code == 2, result.output
        assert "--csv" in result.stderr
        assert "LABELS" in result.stderr
    assert labels.read_text(encoding="utf-8") == text
    assert [each.name for each in tmp_path.iterdir()] == ["own.csv"]


def test_results_may_stand_beside_what_is_read(tmp_path: Path) -> None:
    labels = tmp_path / "own.csv"
    rows = "".join(f"t{i},w,{i % 5 > 0:d},1\n" for i in range(40))
    labels.write_text(f"task,worker,label,gold\n{rows}", encoding="utf-8")
    options = ["--gold", "gold", "--html", str(tmp_path / "page.html")]
    for _ in range(2):  # a page is replaced by its next version, even in a folder that is read
        result = CliRunner().invoke(app, ["assess", str(tmp_path), *options])
        assert result.exit_code == 0, result.output
    table = ["--csv", str(tmp_path / "table.csv")]
    assert CliRunner().invoke(app, ["assess", str(labels), *options, *table]).exit_code == 0
    table = ["--csv", str(tmp_path / "new.csv")]
    inside = CliRunner().invoke(app, ["assess", str(tmp_path), "--gold", "gold", *table])
    assert "lies in the folder that is read" in " ".join(inside.stderr.split())


def test_the_demo_keeps_labels_that_are_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(app, ["demo", "--folder", str(tmp_path)])
    assert result.exit_code == 2
    assert "another --folder" in " ".join(result.stderr.split())
    assert (tmp_path / "labels.csv").read_text(encoding="utf-8") == "mine"
