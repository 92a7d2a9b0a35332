#!/usr/bin/env python3
"""Run paygrade from a fresh clone; all it needs is Python 3.11 or newer.

    python3 run.py demo            the main job, on labels that the package simulates
    python3 run.py test            the tests; further arguments go to pytest
    python3 run.py design my.csv   everything else goes to the `paygrade` command

The first call makes a private environment, .venv beside this file, with the versions pinned in
constraints.txt. Later calls start at once, until pyproject.toml or constraints.txt changes.
"""

import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "ready"  # says what is installed; written last, so an interrupted set-up has none


def main() -> int:
    """Set up what is missing, run the command and return its exit code."""
    complaint = find_obstacle()
    if complaint:
        print(f"paygrade: {complaint}", file=sys.stderr)
        return 2
    testing = sys.argv[1:2] == ["test"]
    set_up("[test]" if testing else "")
    if testing:
        return call(ROOT, "-m", "pytest", *sys.argv[2:])
    # -P: a file of the user's that is called like a Python module must not take its place
    return call(Path.cwd(), "-P", "-m", "paygrade", *sys.argv[1:])


def find_obstacle() -> str:
    """Return what this machine lacks and the remedy; empty if nothing."""
    if sys.version_info < (3, 11):
        version = platform.python_version()
        return f"this is Python {version}; install Python 3.11 or newer and start run.py with it"
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return (
            f"{sys.executable} cannot make environments, as venv or ensurepip is missing; install"
            " them (Debian, Ubuntu: sudo apt install python3-venv) and try again"
        )
    return ""


def set_up(extra: str) -> None:
    """Install the project and `extra` into .venv, unless that is done already."""
    wanted = fingerprint() + extra
    installed = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
    if installed.startswith(wanted):  # what has the extra also serves those who want none
        return
    began = time.monotonic()
    print("paygrade: setting up .venv, which takes about half a minute", file=sys.stderr)
    if installed:
        STAMP.unlink()
    else:
        step(sys.executable, "-m", "venv", "--clear", VENV)
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    uv = (PYTHON, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode")
    project = ("--constraint", "constraints.txt", "--editable", f".{extra}")
    try:
        step(*pip, "--constraint", "constraints.txt", "uv")
        step(*uv, "--python", PYTHON, "--build-constraint", "constraints.txt", *project)
    except subprocess.CalledProcessError:
        print("paygrade: uv failed; pip tries, which takes some minutes", file=sys.stderr)
        step(*pip, *project)
    STAMP.write_text(wanted)
    print(f"paygrade: ready after {time.monotonic() - began:.0f} s", file=sys.stderr)


def fingerprint() -> str:
    """Return a digest of all that decides what is installed, and where."""
    inputs = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
    return hashlib.sha256(bytes(ROOT) + b"".join(p.read_bytes() for p in inputs)).hexdigest()


def step(*command: "str | Path") -> None:
    """Run one command of the set-up; standard output stays free for the program's own."""
    subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=True)


def call(folder: Path, *arguments: str) -> int:
    """Run the private Python in `folder` and return its exit code, as a shell reports it."""
    process = subprocess.Popen([PYTHON, *arguments], cwd=folder)
    try:
        code = process.wait()
    except KeyboardInterrupt:  # it reached the command too, which may still be closing its files
        process.wait()
        raise
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError:
        sys.exit("paygrade: the set-up failed, see above; check the network, then try again")
