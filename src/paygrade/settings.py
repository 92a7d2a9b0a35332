"""Settings files in TOML: read, checked by pydantic, refused with line, key, value and remedy.

Numbers are read as decimals, so that 7.96 in a file is 7.96 in a payment and no binary neighbour.
"""

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from paygrade.arguments import shown
from paygrade.errors import DataError

NO_NUMBER = "is no number; give one, without quotes"
NO_COUNT = "is no whole number; give one, without quotes or a decimal point"
NO_TABLE = "is no table of entries; put its entries under a line in [ ]"
WORDS = {  # by pydantic's name for what is wrong: what follows, and what to do
    "finite_number": "is no finite number; give one",
    "greater_than": "is not above {gt}; give more than {gt}",
    "greater_than_equal": "is below {ge}; give at least {ge}",
    "less_than": "is not below {lt}; give less than {lt}",
    "less_than_equal": "is above {le}; give at most {le}",
    "literal_error": "is unknown; give {expected}",
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type", "decimal_parsing"), NO_NUMBER),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), NO_COUNT),
    **dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), NO_TABLE),
    **dict.fromkeys(("bool_type", "bool_parsing"), "is neither true nor false; give one of them"),
    "decimal_max_digits": "has more digits than {max_digits}; give fewer",
    "string_type": "is no text; put it in quotes",
    "list_type": "is no list; put its entries in [ ], with commas between them",
    "tuple_type": "is no list; put its entries in [ ], with commas between them",
    "too_short": "has too few entries; give at least {min_length}",
    "too_long": "has too many entries; give at most {max_length}",
    "string_too_short": "is too short; give at least {min_length} letters",
}

Model = TypeVar("Model", bound=BaseModel)


class Section(BaseModel):
    """A table of a settings file; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_settings(path: Path | str, model: type[Model], example: str) -> Model:
    """Return the file at `path` as a `model`.

    Arguments:
        path: a TOML file.
        model: what it must hold.
        example: the command that writes a file to start from, for the message if there is none.

    Raises:
        DataError: naming the file and, for each wrong entry, line, key, value and what is expected.
    """
    path = Path(path)
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
    paygrade.errors.DataError: plan.toml: size = 0 is not above 0; give more than 0
    >>> checked({"sise": 3}, Batch, "plan.toml")
    Traceback (most recent call last):
        ...
    paygrade.errors.DataError: plan.toml: size is missing; add it
    plan.toml: sise = 3 is no entry that is read here; did you mean size?
    """
    try:
        return model.model_validate(found)
    except ValidationError as error:
        lines = [_complaint(name, text, model, dict(problem)) for problem in error.errors()]
        raise DataError("\n".join(dict.fromkeys(lines))) from error


def _complaint(name: str, text: str, model: type[BaseModel], problem: dict[str, Any]) -> str:
    keys = [str(key) for key in problem["loc"]]
    line = _line_of(text, keys)
    where = f"{name}:{line}" if line else name
    kind, value = problem["type"], problem["input"]
    if kind == "value_error":  # written in this package, remedy and all
        said = str(problem["msg"]).removeprefix("Value error, ")
        is_table = isinstance(value, dict | BaseModel)
        given = "" if is_table or not keys else f" (got {_shown(value)})"
        return f"{where}: {'.'.join(keys)}: {said}{given}" if keys else f"{where}: {said}"
    entry = ".".join(keys)
    if kind == "missing":
        return f"{where}: {entry} is missing; add it"
    if kind == "extra_forbidden":
        why = f"is no entry that is read here; {_meant(keys[-1], _entries(model, keys[:-1]))}"
    elif kind in WORDS:
        bounds = {name: _plain(each) for name, each in problem.get("ctx", {}).items()}
        why = WORDS[kind].format(**bounds)
    else:
        why = f"doesn't fit ({problem['msg']}); correct it"
    return (
        f"{where}: {entry} {why}"
        if isinstance(value, dict)
        else (f"{where}: {entry} = {_shown(value)} {why}")
    )


def _plain(bound: object) -> object:
    return f"{bound:g}" if isinstance(bound, float) else bound


def _meant(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"


def _entries(model: Any, keys: Sequence[str]) -> list[str]:
    """Return the names of the entries that the table at `keys` may hold."""
    for key in keys:
        if not key.isdigit():  # a place in a list
            model = _section(model.model_fields[key].annotation)
    return list(model.model_fields)


def _section(annotation: Any) -> Any:
    """Return the table that an annotation speaks of, alone, in a list, or None as well."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section(inner) for inner in get_args(annotation))
    return next((each for each in found if each is not None), None)


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal) else shown(value)


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
