"""No command writes over what it reads, nor two of its results into one file.

A parameter's annotation says what becomes of the path: every `Path` is read unless it is marked as
`WRITES` (a file) or `MAKES` (a folder), and text that may name files is marked as `READS`. The
check runs before the command does, for all of them in one place (`cli/entry.py`).
"""

import os
from collections.abc import Callable, Iterator
from enum import Enum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo

from paygrade.errors import DataError


class Role(Enum):
    """What a command does with the path that a parameter names."""

    READS = "reads"
    WRITES = "writes"
    MAKES = "makes"


READS, WRITES, MAKES = Role
PICTURES = (".png", ".svg", ".pdf", ".html", ".htm", ".tex")  # never read, wherever they lie
Named = list[tuple[str, Path]]  # the parameter as people write it, the path given


def apart(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command, refusing first any result that names what is read, or another result.

    Raises:
        DataError: two paths lead to one file, by whatever name, link or pattern.
    """
    said = {name: (_shown(name, hint), _role(hint)) for name, hint in _hints(command).items()}

    @wraps(command)
    def checked(**given: Any) -> None:
        named: dict[Role, Named] = {role: [] for role in Role}
        for name, value in given.items():
            shown, role = said[name]
            if role is not None:
                named[role] += [(shown, path) for path in _paths(value)]
        _refuse_overwriting(named)
        command(**given)

    return checked


def role_of(command: Callable[..., None], name: str) -> Role | None:
    """Return what the command does with its parameter `name`; None: it names no file."""
    return _role(_hints(command)[name])


def _refuse_overwriting(named: dict[Role, Named]) -> None:
    results = [*named[WRITES], *named[MAKES]]
    for i, (option, path) in enumerate(results):
        for other, earlier in results[:i]:
            if _same(path, earlier):
                raise DataError(
                    f"{other} {earlier} and {option} {path} are one file, so one result would"
                    " replace the other; name two"
                )
        for source, read in named[READS]:
            if not path.is_dir() and any(_same(path, each) for each in _files(read)):
                raise DataError(
                    f"{option} {path} is a file that is read here ({source} {read}), and writing it"
                    " would destroy that; name another file"
                )
    for option, path in named[WRITES]:
        for source, read in named[READS]:
            if read.is_dir() and _lies_in(path, read):
                raise DataError(
                    f"{option} {path} lies in the folder that is read here ({source} {read}), where"
                    " it would replace a file or be taken for one; name a place outside of it"
                )


def _hints(command: Callable[..., None]) -> dict[str, Any]:
    hints = get_type_hints(command, include_extras=True)
    return {name: hint for name, hint in hints.items() if name != "return"}


def _role(hint: Any) -> Role | None:
    marks = [each for each in get_args(hint)[1:] if isinstance(each, Role)]
    if get_origin(hint) is Annotated and marks:
        return marks[0]
    return READS if _holds_path(hint) else None


def _holds_path(hint: Any) -> bool:
    return hint is Path or any(_holds_path(each) for each in get_args(hint))


def _shown(name: str, hint: Any) -> str:
    """Return the parameter as people write it: LABELS, --html."""
    info = next(iter(get_args(hint)[1:]), None)
    if isinstance(info, ArgumentInfo):
        return name.upper()
    declared = (getattr(info, "default", None), *(getattr(info, "param_decls", None) or ()))
    long = [each for each in declared if isinstance(each, str) and each.startswith("--")]
    return long[0] if long else f"--{name.replace('_', '-')}"


def _paths(value: Any) -> Iterator[Path]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _paths(each)
    elif isinstance(value, str | Path):
        yield Path(value)


def _files(read: Path) -> list[Path]:
    """Return the files that `read` stands for; one that isn't there yet can't be destroyed."""
    from paygrade.labels.opening import find_paths

    try:
        return [Path(each) for each in find_paths(str(read))]
    except DataError:  # no match: the command will say so itself
        return []


def _same(one: Path, other: Path) -> bool:
    """Return whether both names lead to one file, through links and hard links too."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them isn't there (yet)
        return os.path.realpath(one) == os.path.realpath(other)


def _lies_in(path: Path, folder: Path) -> bool:
    from paygrade.labels.opening import TABLES

    ends = path.name.lower()
    if ends.endswith(PICTURES) or not (path.exists() or ends.endswith(TABLES)):
        return False
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
