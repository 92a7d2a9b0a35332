"""Where the theorems are: the folder `proofs` of the source, or a file of the user's own."""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from paygrade.errors import ModelError
from paygrade.theory.theorem import Theorem

PATTERN = re.compile(r"t(\d\d)_\w+\.py")


def proofs_folder() -> Path:
    """Return the folder of the theorem files: inside an installed package, or beside `src`.

    Raises:
        ModelError: when there is none.
    """
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "proofs", here.parents[3] / "proofs"):
        if any(folder.glob("t[0-9][0-9]_*.py")):
            return folder
    raise ModelError("the theorem files are missing; install paygrade from its repository")


@cache
def theorem_files() -> dict[str, Path]:
    """Return the files by theorem name, T1 first."""
    found = sorted(p for p in proofs_folder().iterdir() if PATTERN.fullmatch(p.name))
    return {f"T{int(path.name[1:3])}": path for path in found}


def load_theorem(name: str) -> Theorem:
    """Return the theorem called `name` ("T8"), or the one in the file at that path.

    Raises:
        ModelError: for a name that no file has, and for a file without a `THEOREM`.
    """
    files = theorem_files()
    path = files.get(name.upper()) or Path(name)
    if not path.is_file():
        raise ModelError(
            f"{name!r} is no theorem; choose among {', '.join(files)} or name a Python file"
        )
    theorem = getattr(_module(path.resolve(), path.read_bytes()), "THEOREM", None)
    if not isinstance(theorem, Theorem):
        raise ModelError(f"{path} defines no THEOREM; copy proofs/template.py to start one")
    return theorem


@cache
def _module(path: Path, _text: bytes) -> Any:
    """Return the file as a module, run again whenever its text has changed."""
    name = f"paygrade_proofs_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModelError(f"{path} is no Python file; name one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ModelError(f"{path} can't be run ({type(error).__name__}: {error})") from error
    return module
