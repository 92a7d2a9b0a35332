"""What a newcomer meets before any mathematics: the import, the two commands, the pins."""

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

import paygrade

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "paygrade"
HEAVY = (
    "cvxpy dask distributed duckdb flint jinja2 matplotlib numpy pandas pyarrow pydantic rich scipy"
    " sympy typer"
)


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
    wanted = {re.split(r"[<>=\[]", line)[0].replace("_", "-") for line in requirements()}
    wanted -= {"paygrade"}  # an extra may name another one
    assert wanted | {"uv", "hatchling", "pyarrow"} <= pinned


class Clone:
    """A clone whose run.py writes down what it would do instead of doing it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("run.py", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, folder)
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.steps: list[str] = []
        self.started: list[str] = []
        self.trouble: dict[str, BaseException] = {}
        monkeypatch.setattr(subprocess, "run", self.take_step)
        monkeypatch.setattr(subprocess, "Popen", self.start)
        monkeypatch.setattr(shutil, "which", lambda _: None)  # no browser unless a test says so

    def take_step(self, command: Sequence[object], **_: object) -> None:
        tool = str(command[2])  # python -m tool ...
        self.steps.append(tool)
        if tool in self.trouble:
            raise self.trouble[tool]
        if tool == "venv":
            shutil.rmtree(self.folder / ".venv", ignore_errors=True)
            python = "Scripts/python.exe" if os.name == "nt" else "bin/python"
            path = self.folder / ".venv" / python
            path.parent.mkdir(parents=True)
            path.touch()

    def start(self, command: Sequence[object], cwd: Path) -> "Clone":
        self.started = [str(cwd), *map(str, command[1:])]
        return self

    def wait(self) -> int:
        return 7

    def run(self, *arguments: str) -> object:
        """Return the exit code of `python3 run.py ARGUMENTS`."""
        self.steps.clear()
        self.started.clear()
        self.monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
        with pytest.raises(SystemExit) as caught:
            runpy.run_path(str(self.folder / "run.py"), run_name="__main__")
        return caught.value.code


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    return Clone(tmp_path, monkeypatch)


def test_run_py_sets_up_once_and_passes_on_the_command(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    assert clone.run("design", "my.csv", "--json") == 7
    assert clone.steps == ["venv", "pip", "uv"]
    assert clone.started == [str(Path.cwd()), "-P", "-m", "paygrade", "design", "my.csv", "--json"]
    assert clone.run("demo") == 7
    assert clone.steps == []
    assert capsys.readouterr().out == ""


def test_run_py_adds_the_test_tools_for_the_tests(clone: Clone) -> None:
    clone.run("demo")
    assert clone.run("test", "-k", "cutoff") == 7
    assert clone.steps == ["pip", "uv"]
    parallel = ("-n", "auto", "--dist", "loadfile")
    assert clone.started == [str(clone.folder), "-m", "pytest", *parallel, "-k", "cutoff"]
    clone.run("demo")
    assert clone.steps == []


def test_run_py_keeps_what_earlier_commands_needed(clone: Clone) -> None:
    clone.run("explore")
    assert clone.started[-1] == "explore"
    clone.monkeypatch.setattr(shutil, "which", {"chromium": "/usr/bin/chromium"}.get)
    clone.run("test", "-k", "page")
    assert clone.steps == ["pip", "uv"]
    assert clone.started[-2:] == ["-k", "page"]
    ready = (clone.folder / ".venv" / "ready").read_text().split()
    assert set(ready[1:]) == {"browser", "test", "web"}
    clone.monkeypatch.setattr(shutil, "which", lambda _: None)
    for command in ("explore", "test", "demo"):
        clone.run(command)
        assert clone.steps == []


def test_run_py_brings_what_a_command_needs(clone: Clone) -> None:
    needs = {
        ("experiment", "all"): {"learn"},
        ("experiment", "users", "--features", "embedding"): {"learn", "embeddings"},
        ("select", "pairs.csv"): {"learn"},
        ("plan", "--cluster", "tcp://here:1"): {"cluster"},
        ("assess", "labels.csv"): set[str](),
    }
    for arguments, extras in needs.items():
        shutil.rmtree(clone.folder / ".venv", ignore_errors=True)
        clone.run(*arguments)
        ready = (clone.folder / ".venv" / "ready").read_text().split()
        assert set(ready[1:]) == extras


def test_run_py_follows_changed_pins(clone: Clone) -> None:
    clone.run("demo")
    with (clone.folder / "constraints.txt").open("a") as pins:
        pins.write("another==1.0\n")
    clone.run("demo")
    assert clone.steps == ["pip", "uv"]


@pytest.mark.parametrize("before", [[], ["demo"]])
def test_run_py_rebuilds_after_an_interruption(
    clone: Clone, capsys: pytest.CaptureFixture[str], before: list[str]
) -> None:
    for command in before:
        clone.run(command)
    clone.trouble = {"uv": KeyboardInterrupt()}
    assert clone.run("test") == 130
    assert "Traceback" not in capsys.readouterr().err
    clone.trouble = {}
    assert clone.run("demo") == 7
    assert clone.steps == ["venv", "pip", "uv"]


def test_run_py_falls_back_to_pip(clone: Clone) -> None:
    clone.trouble = {"uv": subprocess.CalledProcessError(2, "uv", "no wheel\n")}
    assert clone.run("demo") == 7
    assert clone.steps == ["venv", "pip", "uv", "pip"]
    clone.run("demo")
    assert clone.steps == []


def test_run_py_reports_a_failed_set_up(clone: Clone) -> None:
    clone.trouble = {"pip": subprocess.CalledProcessError(1, "pip", "no route\n")}
    message = str(clone.run("demo"))
    assert message.startswith("no route\n")
    assert "the set-up failed" in message
    assert clone.started == []


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_run_py_names_what_a_bare_debian_lacks(
    clone: Clone, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    clone.monkeypatch.setitem(sys.modules, module, None)
    assert clone.run("demo") == 2
    assert "python3-venv" in one_line(capsys)
    assert clone.steps == []


def test_run_py_names_the_python_it_takes(clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    clone.monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert clone.run("demo") == 2
    assert "Python 3.11 or newer" in one_line(capsys)
    assert clone.steps == []


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err
