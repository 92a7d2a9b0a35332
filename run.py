#!/usr/bin/env python3
"""Run paygrade from a fresh clone; all it needs is Python 3.11 or newer.

    python3 run.py demo            the main job, on labels that the package simulates
    python3 run.py explore         a page to try pay rules on, in your browser
    python3 run.py test            the tests; further arguments go to pytest. Where Chromium is
                                   installed, the page is tested in it
    python3 run.py docs            the documentation as a site, build/site/index.html
    python3 run.py design my.csv   everything else goes to the `paygrade` command

The first call makes a private environment, .venv beside this file, with the versions pinned in
constraints.txt. Later calls start at once, until pyproject.toml or constraints.txt changes.
"""

import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "ready"  # says what is installed; written last, so an interrupted set-up has none
PARALLEL = ("-n", "auto", "--dist", "loadfile")  # a file's tests share what they measure
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SITE = ("-q", "-W", "--keep-going", "-b", "html", "-c", "docs/site", "docs", "build/site")
EXTRAS = {"explore": ["web"], "docs": ["docs"], "experiment": ["learn"], "select": ["learn"]}
PINS = ("--constraint", "constraints.txt")


def main() -> int:
    """Set up what is missing, run the command and return its exit code."""
    if sys.version_info < (3, 11):
        version = platform.python_version()
        return refuse(f"this is Python {version}; start run.py with Python 3.11 or newer")
    if not (find_spec("venv") and find_spec("ensurepip")):
        remedy = "install it (Debian, Ubuntu: sudo apt install python3-venv)"
        return refuse(f"{sys.executable} lacks venv or ensurepip; {remedy} and try again")
    command = sys.argv[1] if sys.argv[1:] else ""
    set_up(extras_for(command, sys.argv[2:]))
    if command == "test":
        return call(ROOT, "-m", "pytest", *PARALLEL, *sys.argv[2:])
    if command == "docs":
        code = call(ROOT, "-m", "sphinx", *SITE, *sys.argv[2:])
        if not code:
            print(ROOT / "build" / "site" / "index.html")
        return code
    # -P: a file of the user's that is called like a Python module must not take its place
    return call(Path.cwd(), "-P", "-m", "paygrade", *sys.argv[1:])


def extras_for(command: str, options: "list[str]") -> set[str]:
    """Return what the command needs besides the package itself."""
    if command == "test":
        return {"test", "browser"} if any(map(shutil.which, BROWSERS)) else {"test"}
    extras = set(EXTRAS.get(command, ()))
    if command == "experiment" and "embedding" in options:
        extras |= {"embeddings"}
    return extras | {"cluster"} if "--cluster" in options else extras


def refuse(reason: str) -> int:
    """Say in one line why nothing can be done here and return the exit code for it."""
    print(f"paygrade: {reason}", file=sys.stderr)
    return 2


def set_up(extras: set[str]) -> None:
    """Install the project and its `extras` into .venv, unless that is done already."""
    inputs = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
    digest = hashlib.sha256(bytes(ROOT) + b"".join(path.read_bytes() for path in inputs))
    installed = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else []
    if installed[:1] == [digest.hexdigest()]:
        if extras <= set(installed[1:]):
            return
        extras = extras | set(installed[1:])  # nothing that is there goes away
    extra = f"[{','.join(sorted(extras))}]" if extras else ""
    print("paygrade: setting up .venv, which takes about half a minute", file=sys.stderr)
    if installed:
        STAMP.unlink()
    else:
        step(sys.executable, "-m", "venv", "--clear", VENV)
    pip = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PINS)
    uv = (PYTHON, "-m", "uv", "pip", "install", "-q", "--compile-bytecode", *PINS)
    try:
        step(*pip, "uv")
        step(*uv, "--build-constraint", PINS[1], "--python", PYTHON, "--editable", f".{extra}")
    except subprocess.CalledProcessError as problem:
        print(f"{problem.stdout}paygrade: uv failed; trying pip, which is slower", file=sys.stderr)
        step(*pip, "--editable", f".{extra}")
    STAMP.write_text(" ".join([digest.hexdigest(), *sorted(extras)]))


def step(*command: "str | Path") -> None:
    """Run one step of the set-up; what it prints is shown only if it fails."""
    pipe, same = subprocess.PIPE, subprocess.STDOUT
    subprocess.run(command, cwd=ROOT, check=True, stdout=pipe, stderr=same, errors="replace")


def call(folder: Path, *arguments: str) -> int:
    """Run the private Python in `folder` and return its exit code."""
    process = subprocess.Popen([PYTHON, *arguments], cwd=folder)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())  # what ends this ends that
    try:
        return process.wait()
    except KeyboardInterrupt:  # the command got it too, and may still be closing its files
        process.wait()
        raise


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except subprocess.CalledProcessError as problem:
        sys.exit(f"{problem.stdout}paygrade: the set-up failed; check the network and try again")
