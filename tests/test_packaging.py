"""What a newcomer meets before any mathematics: the import, the two commands, the pinned versions."""

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import paygrade

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "paygrade"
HEAVY = "cvxpy duckdb flint jinja2 matplotlib numpy pandas pydantic rich scipy sympy typer"

RunPy = Callable[..., subprocess.CompletedProcess[str]]


def names_in_stub() -> list[str]:
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text("utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [alias.asname or alias.name for node in imports for alias in node.names]


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def requirements() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(line for extra in extras for line in extra)]


def test_import_loads_nothing_heavy() -> None:
    loaded = python("import sys, paygrade; print(*sys.modules)").split()
    assert "paygrade" in loaded
    assert not set(HEAVY.split()) & set(loaded)


def test_a_model_needs_no_solver_and_no_tables() -> None:
    code = "import sys, paygrade; paygrade.ExpertReview(n=9, rho=0.8); print(*sys.modules)"
    assert not {"cvxpy", "sympy", "matplotlib", "pandas", "duckdb"} & set(python(code).split())


@pytest.mark.parametrize("name", names_in_stub())
def test_public_name_resolves(name: str) -> None:
    assert getattr(paygrade, name).__name__ == name


def test_public_names_are_those_in_the_stub() -> None:
    names = names_in_stub()
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(paygrade.__all__)
    assert not hasattr(paygrade, "no_such_name")


def test_no_public_name_is_also_a_module() -> None:
    # `import paygrade.x` would put the module in the place of the function of that name
    modules = {path.stem for path in PACKAGE.iterdir()}
    assert not modules & set(names_in_stub())


def test_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_constraints_pin_every_requirement_and_name_no_place() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in pins), lines
    pinned = {line.partition("==")[0] for line in pins}
    wanted = {re.split(r"[<>=]", line)[0].replace("_", "-") for line in requirements()}
    assert wanted | {"uv", "hatchling"} <= pinned


@pytest.fixture
def run_py(tmp_path: Path) -> RunPy:
    """Run a copy of run.py that has no project around it, after `preparation`."""
    copy = tmp_path / "run.py"
    copy.write_bytes((ROOT / "run.py").read_bytes())

    def run(preparation: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        start = f"import runpy; runpy.run_path({str(copy)!r}, run_name='__main__')"
        command = [sys.executable, "-c", f"import sys; {preparation}; {start}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("preparation", "remedy"),
    [
        ("sys.version_info = (3, 10, 4)", "Python 3.11 or newer"),
        ("sys.path_importer_cache.clear(); sys.modules['ensurepip'] = None", "python3-venv"),
        ("sys.modules['venv'] = None", "python3-venv"),
    ],
)
def test_run_py_says_in_one_line_what_to_install(
    run_py: RunPy, tmp_path: Path, preparation: str, remedy: str
) -> None:
    done = run_py(preparation, "demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert remedy in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_run_py_is_silent_when_interrupted(run_py: RunPy) -> None:
    interrupt = "import hashlib; hashlib.sha256 = lambda data: (_ for _ in ()).throw(KeyboardInterrupt)"
    ...
