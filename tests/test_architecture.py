"""The shape of the source: who may import whom, what loads when, how long things may get.

Every check reads the modules with `ast` and returns complaints that begin with file and line. The
last test plants a fault for each of them, so that none passes by looking at nothing.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "paygrade"

# Room by room, what it may import besides itself. Imports point one way, from the bottom of this
# table to its top; design and certificate never meet, so that no proof leans on what it proves.
ALLOWED = {
    "__init__": "",  # the public names, which load when they are first used
    "errors": "",
    "arguments": "errors",
    "sweeps": "errors",
    "model": "errors",
    "agent": "errors model",
    "design": "errors model agent",
    "certificate": "errors model agent",
    "solution": "errors model agent design certificate",
    "robust": "errors model agent design certificate solution",
    "multitask": "errors model design certificate",
    "bilevel": "errors model design certificate",
    "theory": "errors sweeps model certificate",
    "settings": "errors",
    "spreadsheets": "",
    "labels": "errors",
    "assessment": "errors model labels",
    "attention": "errors model labels assessment",
    "aggregation": "errors model labels",
    "planning": "errors sweeps model solution assessment",
    "golden": "errors model labels assessment",
    "experiments": "errors model agent solution labels assessment attention aggregation planning"
    " golden",
    "calibration": "errors model agent solution labels",
    "operations": "__init__ errors settings spreadsheets model labels assessment planning",
    "data": "errors model labels",
    "testing": "errors model",
    "report": "__init__ errors settings model agent design certificate solution theory labels"
    " robust assessment attention planning experiments",
    "audit": "__init__ errors settings model agent certificate solution labels assessment planning"
    " operations report",
    "kit": "errors settings model labels assessment golden data operations report solution",
    "explore": "errors settings model agent certificate solution labels robust assessment"
    " operations report",
    "web": "errors model explore",
    "demo": "__init__ errors model agent design certificate solution assessment report",
    "cli": "__init__ errors spreadsheets model agent design certificate solution theory labels"
    " assessment golden operations data experiments calibration report audit kit demo",
    "__main__": "cli",
}
FOUNDATION = ("errors", "arguments")  # any room may import them
CVXPY_HOMES = ("design/convex.py", "golden/relaxation.py")
SYMPY_HOMES = ("closed_form", "symbolic")  # in the names of the files
NEVER_AT_TOP_LEVEL = (
    *("matplotlib", "pandas", "duckdb", "dask", "distributed", "pyarrow", "sklearn", "wordllama"),
    *("datasets",),
)
STREAMLIT_HOME = "web"  # the room; nothing else may load the page
LONGEST_FILE = 350  # lines
LONGEST_FUNCTION = 50  # lines of the body, docstring aside

Sources = dict[str, str]  # path below src/paygrade: text


@dataclass(frozen=True)
class Import:
    """One imported module or name, with the place that imports it."""

    path: str
    line: int
    module: str
    name: str  # "" for a whole module
    at_top_level: bool  # runs when the importing module loads

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    def complain(self, text: str) -> str:
        imported = f"{self.module}.{self.name}" if self.name else self.module
        return f"{self.path}:{self.line}: imports {imported}{text}"


def dotted(path: str) -> str:
    parts = ("paygrade", *Path(path).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def find_imports(sources: Sources) -> Iterator[Import]:
    modules = {dotted(path) for path in sources}
    for path, text in sources.items():
        for node, at_top_level in walk(ast.parse(text), at_top_level=True):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(path, node.lineno, alias.name, "", at_top_level)
            elif isinstance(node, ast.ImportFrom):
                origin = absolute(node, path)
                for alias in node.names:
                    whole = f"{origin}.{alias.name}" in modules
                    module = f"{origin}.{alias.name}" if whole else origin
                    name = "" if whole else alias.name
                    yield Import(path, node.lineno, module, name, at_top_level)


def walk(node: ast.AST, *, at_top_level: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        runs = at_top_level and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            runs = runs and child in node.orelse
        yield child, runs
        yield from walk(child, at_top_level=runs)


def absolute(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    folders = ("paygrade", *Path(path).parts[:-1])
    above = folders[: len(folders) - node.level + 1]
    return ".".join((*above, node.module) if node.module else above)


def check_directions(sources: Sources) -> Iterator[str]:
    for found in find_imports(sources):
        here = room(dotted(found.path))
        if here not in ALLOWED:
            yield f"{found.path}:1: {here} has no place in the table of rooms; give it one"
        elif found.package == "paygrade":
            there = room(found.module)
            if there not in (here, *FOUNDATION, *ALLOWED[here].split()):
                yield found.complain(f", but {here} may not import {there}")


def check_existence(sources: Sources) -> Iterator[str]:
    modules = {dotted(path) for path in sources} | {"paygrade"}
    for found in find_imports(sources):
        if found.package == "paygrade" and found.module not in modules:
            yield found.complain(", which is no module of this package")


def check_cycles(sources: Sources) -> Iterator[str]:
    found_imports = [found for found in find_imports(sources) if found.package == "paygrade"]
    graph: dict[str, set[str]] = {}
    for found in found_imports:
        graph.setdefault(dotted(found.path), set()).add(found.module)
    for found in found_imports:
        if dotted(found.path) in reachable(graph, found.module):
            yield found.complain(", which imports it back")


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        module = ahead.pop()
        if module not in seen:
            seen.add(module)
            ahead += graph.get(module, ())
    return seen


def check_heavy_packages(sources: Sources) -> Iterator[str]:
    for found in find_imports(sources):
        if found.package == "cvxpy" and found.path not in CVXPY_HOMES:
            yield found.complain(f"; only {' and '.join(CVXPY_HOMES)} may")
        here = room(dotted(found.path))
        if found.package == "streamlit" and here != STREAMLIT_HOME:
            yield found.complain(f"; only the room {STREAMLIT_HOME} may")
        at_home = any(home in Path(found.path).stem for home in SYMPY_HOMES)
        late = NEVER_AT_TOP_LEVEL if at_home else (*NEVER_AT_TOP_LEVEL, "sympy")
        if found.package in late and found.at_top_level:
            yield found.complain(" at top level; import it inside the function")


def check_private_names(sources: Sources) -> Iterator[str]:
    for found in find_imports(sources):
        parts = (*found.module.split("."), found.name)
        if any(part.startswith("_") and not part.endswith("__") for part in parts):
            yield found.complain(", which is private; rename it if others need it")


def check_module_names(sources: Sources) -> Iterator[str]:
    for path, text in sources.items():
        for node in ast.parse(text).body:
            name = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
            if name in dotted(path).split("."):
                yield f"{path}:{node.lineno}: {name} hides the module of that name"


def check_lengths(sources: Sources) -> Iterator[str]:
    for path, text in sources.items():
        lines = len(text.splitlines())
        if lines > LONGEST_FILE:
            yield f"{path}:{lines}: {lines} lines, over {LONGEST_FILE}; split the idea"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if length > LONGEST_FUNCTION:
                    yield f"{path}:{node.lineno}: {node.name} has {length} lines; split it"


CHECKS: tuple[Callable[[Sources], Iterator[str]], ...] = (
    check_directions,
    check_existence,
    check_cycles,
    check_heavy_packages,
    check_private_names,
    check_module_names,
    check_lengths,
)


@pytest.fixture(scope="module")
def sources() -> Sources:
    files = sorted(SOURCE.rglob("*.py"))
    return {path.relative_to(SOURCE).as_posix(): path.read_text("utf-8") for path in files}


@pytest.mark.parametrize("check", CHECKS)
def test_source_has_its_shape(check: Callable[[Sources], Iterator[str]], sources: Sources) -> None:
    assert "model/problem.py" in sources
    complaints = list(check(sources))
    assert not complaints, "\n" + "\n".join(complaints)


LONG_FUNCTION = "def f(x):\n    '''Say.'''\n" + "    x += 1\n" * (LONGEST_FUNCTION + 1)
TYPING = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "

FAULTS = [
    (check_directions, {"errors.py": "import paygrade.model"}, "errors.py:1:"),
    (check_directions, {"model/a.py": "\nfrom paygrade.agent.b import c"}, "model/a.py:2:"),
    (check_directions, {"agent/a.py": "def f():\n import paygrade.design"}, "agent/a.py:2:"),
    (check_directions, {"design/a.py": "from ..certificate import b"}, "design/a.py:1:"),
    (check_directions, {"certificate/a.py": "from paygrade import design"}, "certificate/a.py:1:"),
    (check_directions, {"certificate/a.py": TYPING + "import paygrade.design.b"}, "a.py:3:"),
    (check_directions, {"solution.py": "import paygrade.report.b"}, "solution.py:1:"),
    (check_directions, {"solution.py": "from paygrade.assessment.b import c"}, "solution.py:1:"),
    (check_directions, {"assessment/a.py": "import paygrade.agent.b"}, "assessment/a.py:1:"),
    (check_directions, {"model/a.py": "from paygrade import assess"}, "model/a.py:1:"),
    (check_directions, {"report/a.py": "from paygrade.cli import main"}, "report/a.py:1:"),
    (check_directions, {"attic/a.py": "import math"}, "attic/a.py:1:"),
    (check_existence, {"model/a.py": "def f():\n from paygrade.model.b import c"}, "a.py:2:"),
    (
        check_cycles,
        {
            "model/a.py": "import paygrade.model.b",
            "model/b.py": "from . import c",
            "model/c.py": "def f():\n from paygrade.model.a import g",
        },
        "model/c.py:2:",
    ),
    (check_heavy_packages, {"design/a.py": "def f():\n import cvxpy as cp"}, "design/a.py:2:"),
    (check_heavy_packages, {"golden/a.py": "def f():\n import cvxpy as cp"}, "golden/a.py:2:"),
    (check_heavy_packages, {"golden/a.py": "import sklearn.svm"}, "golden/a.py:1:"),
    (check_directions, {"golden/a.py": "from paygrade.operations.b import c"}, "golden/a.py:1:"),
    (check_heavy_packages, {"agent/a.py": "from sympy import Symbol"}, "agent/a.py:1:"),
    (check_heavy_packages, {"report/a.py": "import matplotlib.pyplot as plt"}, "report/a.py:1:"),
    (check_heavy_packages, {"cli.py": "try:\n import pandas\nfinally:\n pass"}, "cli.py:2:"),
    (check_heavy_packages, {"cli.py": TYPING + "pass\nelse:\n    import duckdb"}, "cli.py:5:"),
    (check_heavy_packages, {"assessment/a.py": "class A:\n import duckdb"}, "assessment/a.py:2:"),
    (check_heavy_packages, {"explore/a.py": "def f():\n import streamlit"}, "explore/a.py:2:"),
    (check_directions, {"explore/a.py": "import paygrade.web.b"}, "explore/a.py:1:"),
    (check_private_names, {"agent/a.py": "from paygrade.model.b import _c"}, "agent/a.py:1:"),
    (check_private_names, {"agent/a.py": "import scipy._lib.util"}, "agent/a.py:1:"),
    (check_module_names, {"agent/respond.py": "\ndef respond(): ..."}, "agent/respond.py:2:"),
    (check_lengths, {"agent/a.py": "\n" * (LONGEST_FILE + 1)}, "agent/a.py:351:"),
    (check_lengths, {"agent/a.py": LONG_FUNCTION}, "agent/a.py:1:"),
]


@pytest.mark.parametrize(("check", "faulty", "place"), FAULTS)
def test_check_finds_planted_fault(
    check: Callable[[Sources], Iterator[str]], faulty: Sources, place: str
) -> None:
    assert any(place in complaint for complaint in check(faulty))


@pytest.mark.parametrize("check", CHECKS)
def test_check_allows_what_is_right(check: Callable[[Sources], Iterator[str]]) -> None:
    right = {
        "errors.py": "import math",
        "model/effort.py": "from paygrade.errors import raise_problems",
        "model/problem.py": "from .effort import Effort\nfrom paygrade.model import effort",
        "design/convex.py": "def solve():\n import cvxpy",
        "golden/relaxation.py": "def solve():\n import cvxpy",
        "agent/closed_form.py": "import sympy",
        "assessment/table.py": TYPING + "import pandas as pd\ndef f():\n import pandas",
        "cli.py": "from paygrade import __version__\ndef main(): ...",
        "__main__.py": "from paygrade.cli import main",
        "__init__.py": "import lazy_loader",
    }
    assert list(check(right)) == []
