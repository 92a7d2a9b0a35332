"""Settings files in TOML: read, checked by pydantic, refused with line, key, value and remedy.

Numbers are read as decimals, so that 7.96 in a file is 7.96 in a payment and no binary neighbour.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from paygrade.errors import DataError

Model = TypeVar("Model", bound=BaseModel)


class Section(BaseModel):
    """A table of a settings file; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_settings(path: Path, model: type[Model], example: str) -> Model:
    """Return the file at `path` as a `model`.

    Arguments:
        path: a TOML file.
        model: what it must hold.
        example: the command that writes a file to start from, for the message if there is none.

    Raises:
        DataError: naming the file and, for each wrong entry, line, key, value and what is expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text, parse_float=Decimal)
    except FileNotFoundError as error:
        raise DataError(
            f"there is no file {str(path)!r}; `{example}` writes one to start from"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} can't be read ({error}); give a text file in TOML") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path} is not TOML: {error}; text needs quotes, numbers none") from error
    return checked(found, model, str(path), text)


def checked(found: Mapping[str, Any], model: type[Model], name: str, text: str = "") -> Model:
    """Return `found` as a `model`; `text` is where lines are looked up, if it came from a file.

    >>> from pydantic import PositiveInt
    >>> class Batch(Section):
    ...     size: PositiveInt
    >>> checked({"size": 0}, Batch, "plan.toml")
    Traceback (most recent call last):
        ...
    paygrade.errors.DataError: plan.toml: size: Input should be greater than 0 (got 0)
    """
    try:
        return model.model_validate(found)
    except ValidationError as error:
        lines = [_complaint(name, text, dict(problem)) for problem in error.errors()]
        raise DataError("\n".join(dict.fromkeys(lines))) from error


def _complaint(name: str, text: str, problem: dict[str, Any]) -> str:
    keys = [str(key) for key in problem["loc"]]
    line = _line_of(text, keys)
    where = f"{name}:{line}" if line else name
    is_table = isinstance(problem["input"], dict | BaseModel)
    given = "" if is_table else f" (got {_shown(problem['input'])})"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return (
        f"{where}: {'.'.join([*keys, ''])[:-1]}: {message}{given}"
        if keys
        else f"{where}: {message}"
    )


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else repr(value)


def _line_of(text: str, keys: list[str]) -> int | None:
    """Return the line that holds the key; pydantic knows keys, tomllib lines, neither both."""
    section, place = "", -1
    wanted = int(keys[1]) if len(keys) > 1 and keys[1].isdigit() else None  # of a [[section]]
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.split("#")[0].strip()
        if stripped.startswith("["):
            section = stripped.strip("[] ")
            place += keys[:1] == [section]
            if keys[:1] == [section] and (keys[1:] == [] or keys[1:] == [str(place)]):
                return number
        elif (
            keys[:1] == [section]
            and wanted in (None, place)
            and stripped.split("=")[0].strip() in keys[1:3]
        ):
            return number
    return None
