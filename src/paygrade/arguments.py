"""What a public function is handed, held against its own signature before it starts.

A missing file read as a problem, or a number that is text, would else end far inside in an error
about Python. Only what an annotation says for sure is held against it: numbers, text, paths,
sequences, mappings, functions and this package's own classes. Ranges stay with whoever knows them.
"""

import os
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from functools import cache, wraps
from inspect import Parameter, signature
from operator import index
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np
from numpy.typing import ArrayLike

from paygrade.errors import raise_problems

Given = ParamSpec("Given")
Returned = TypeVar("Returned")
Test = Callable[[object], bool]
LONGEST = 60  # letters of a value that a message shows


def checked_arguments(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Return `function`, refusing arguments that don't fit its annotations with a `ModelError`.

    >>> @checked_arguments
    ... def halve(number: float) -> float:
    ...     return number / 2
    >>> halve("9")
    Traceback (most recent call last):
        ...
    paygrade.errors.ModelError: number='9' is no number, which halve needs; give one
    """
    name = function.__name__
    names = tuple(signature(function).parameters)

    @wraps(function)
    def checked(*given: Given.args, **named: Given.kwargs) -> Returned:
        tests = _tests_of(function)
        problems = [
            text
            for key, value in (*zip(names, given, strict=False), *named.items())
            if key in tests and (text := _problem(name, key, value, tests[key]))
        ]
        if problems:
            raise_problems(problems)
        return function(*given, **named)

    return checked


def misfits(made: Any) -> list[str]:
    """Return a problem for each field of the dataclass `made` that doesn't fit its annotation."""
    kind = type(made)
    tests = _tests_of(kind)  # type: ignore[arg-type]
    found = (
        _problem(kind.__name__, each.name, getattr(made, each.name), tests[each.name])
        for each in fields(kind)
        if each.init and each.name in tests
    )
    return [text for text in found if text]


def is_number(value: object) -> bool:
    """Whether `value` is one number, infinite ones included: no text, no array, not nan."""
    if isinstance(value, str | bytes | bytearray) or getattr(value, "shape", ()) != ():
        return False
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False
    return number == number


def is_whole(value: object) -> bool:
    """Whether `value` is one whole number as Python counts, which 45.0 is not."""
    try:
        index(value)  # type: ignore[arg-type]
    except TypeError:
        return False
    return getattr(value, "shape", ()) == ()


def shown(value: object) -> str:
    """Return `value` on one line, cut where it gets long."""
    text = value.__name__ if isinstance(value, type) else " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _problem(owner: str, name: str, value: object, test: tuple[str, Test]) -> str:
    what, fits = test
    if fits(value):
        return ""
    return f"{name}={shown(value)} is no {what}, which {owner} needs; give one"


@cache
def _tests_of(owner: Any) -> dict[str, tuple[str, Test]]:
    """Return name and test of what each argument must be, where that can be told."""
    found = {}
    for name, parameter in signature(owner).parameters.items():
        if parameter.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL):
            continue
        test = NAMED.get(name) or _test(_resolved(parameter.annotation, owner))
        if test is not None:
            found[name] = test
    return found


def _resolved(annotation: Any, owner: Any) -> Any:
    """Return what a quoted annotation names; itself if that is not at hand."""
    if not isinstance(annotation, str):
        return annotation
    namespace = getattr(owner, "__globals__", {})
    try:
        return eval(annotation, namespace)  # noqa: S307  (the package's own source)
    except (NameError, TypeError):
        return annotation


def _test(annotation: Any) -> tuple[str, Test] | None:
    if annotation in PLAIN:
        return PLAIN[annotation]
    if annotation == ArrayLike:
        return "list of numbers", _are_numbers
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        parts = list(inner)
        if set(NUMBERS) <= set(parts):  # a union within a union has lost its name, text its place
            before = parts[: parts.index(NUMBERS[0])]
            parts = [*before, ArrayLike, *(each for each in parts if each not in NUMBERS)]
        return _any_of([_test(each) for each in parts])
    if origin is Literal:
        return " or ".join(map(repr, inner)), lambda v: isinstance(v, str) and v in inner
    if origin is type:
        (kind,) = inner
        return f"subclass of {kind.__name__}", lambda v: isinstance(v, type) and issubclass(v, kind)
    if origin in (Sequence, tuple, list, Iterable):
        return _sequence(origin, inner)
    if origin is Mapping or origin is dict or annotation is Mapping:
        return "mapping", lambda value: isinstance(value, Mapping)
    if origin is Callable:
        return "function", callable
    if isinstance(annotation, type) and annotation.__module__.startswith("paygrade."):
        if getattr(annotation, "_is_protocol", False):
            return None
        return annotation.__name__, lambda value: isinstance(value, annotation)
    return None


def _any_of(tests: list[tuple[str, Test] | None]) -> tuple[str, Test] | None:
    known = [each for each in tests if each is not None]
    if len(known) < len(tests):
        return None  # a part that can't be told may be what was given
    names = dict.fromkeys(what for what, _ in known if what != "None")
    return " or ".join(names), lambda value: any(fits(value) for _, fits in known)


def _sequence(origin: Any, inner: tuple[Any, ...]) -> tuple[str, Test]:
    fixed = origin is tuple and inner and inner[-1] is not ...
    each = [_test(kind) for kind in (inner if fixed else inner[:1])]
    size = len(inner)

    def fits(value: object) -> bool:
        if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__iter__"):
            return False
        if origin is tuple and not isinstance(value, tuple | list):
            return False
        if origin is Iterable:
            return True
        if not hasattr(value, "__len__") or getattr(value, "shape", (0,)) == ():
            return False
        if fixed and len(value) != size:
            return False
        tests = each if fixed else each * len(value)
        return all(t is None or t[1](v) for t, v in zip(tests, value, strict=True))

    names = list(dict.fromkeys(t[0] for t in each if t is not None))
    of = f" of {names[0]}s" if len(names) == 1 else ""
    return (f"{_COUNTED.get(size, size)}{of}" if fixed else f"list{of}"), fits


_COUNTED = {2: "pair", 3: "triple"}


def _are_numbers(value: object) -> bool:
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError):
        return False
    plain = array.dtype.kind in "biuf"
    return plain or (array.dtype.kind == "O" and all(map(is_number, array.ravel())))


def _is_path(value: object) -> bool:
    return isinstance(value, str | os.PathLike)


PLAIN: dict[Any, tuple[str, Test]] = {
    None: ("None", lambda value: value is None),
    type(None): ("None", lambda value: value is None),
    float: ("number", is_number),
    Fraction: ("number", is_number),
    int: ("whole number", is_whole),
    bool: ("True or False", lambda value: isinstance(value, bool | np.bool_ | int)),
    str: ("text", lambda value: isinstance(value, str)),
    Path: ("path", _is_path),
}
NAMED: dict[str, tuple[str, Test]] = {
    "seed": ("whole number from 0 on", lambda value: is_whole(value) and index(value) >= 0)  # type: ignore[arg-type]
}
NUMBERS = get_args(ArrayLike)
