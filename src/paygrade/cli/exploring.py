"""`paygrade explore`: the page on this computer, served to nobody else."""

import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.error import URLError
from urllib.request import urlopen

import typer

from paygrade.errors import DataError, MissingExtra

HOST = "127.0.0.1"
START = Path(__file__).resolve().parents[1] / "web" / "start.py"
PATIENCE = 60.0  # seconds until a server that doesn't answer is given up
STDERR = 2  # of this command, even where Python has replaced its own
GRACE = 5.0  # seconds that a server has to end by itself
INTERRUPTED, TERMINATED = 130, 143
SETTINGS = (
    f"server.address={HOST}",  # nobody but this computer
    f"server.allowedHosts={HOST}",  # nor a foreign page that calls this computer by another name
    "server.allowedHosts=localhost",
    "server.headless=true",  # no question for an email address; the browser is opened here
    "server.fileWatcherType=none",
    "browser.gatherUsageStats=false",  # or it would call its maker
    "client.toolbarMode=viewer",
    "client.showErrorDetails=none",
    "client.showErrorLinks=false",
    "theme.light.primaryColor=#0b5fa5",
    "theme.dark.primaryColor=#5aa7e8",
    "logger.level=error",
    "logger.hideWelcomeMessage=true",
)


def explore(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 8501,
    labels: Annotated[
        Path | None, typer.Option(help="Label file to start with; default: the example.")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, open nothing.")
    ] = False,
) -> None:
    """Try pay rules on a page in your browser: sliders, pictures, proof, export.

    The page is for this computer only and asks the network for nothing. Ctrl-C ends it.

    Example: paygrade explore --labels labels.csv
    """
    _check(port, labels)
    address = f"http://{HOST}:{port}"
    flags = [f"--{setting}" for setting in SETTINGS]
    command = [sys.executable, "-m", "streamlit", "run", str(START), f"--server.port={port}"]
    given = [] if labels is None else [str(labels.resolve())]
    with _serving([*command, *flags, "--", *given]) as server:
        _wait_for(server, address)
        typer.echo(f"Your page: {address}\nCtrl-C here ends it.")
        if not no_browser:
            webbrowser.open(address)
        code = server.wait()
    if code:
        raise DataError(f"the page ended by itself (exit code {code}); start it again")


def _check(port: int, labels: Path | None) -> None:
    if find_spec("streamlit") is None:
        raise MissingExtra("the page needs Streamlit, which is not installed", "web")
    if labels is not None and not labels.is_file():
        raise DataError(f"there is no label file {str(labels)!r}; check the path")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise DataError(
                f"port {port} can't be used ({error.strerror}), perhaps as another page is open;"
                f" try --port {port + 1 if port < 65535 else port - 1}"
            ) from error


@contextmanager
def _serving(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the server; whatever ends this command ends it too."""
    # what it has to say is for the person at the terminal, not for a pipe
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, stdin=quiet, stdout=STDERR)  # noqa: S603 - our own words
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield server
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
        _stop(server)


def _end(*_: object) -> NoReturn:
    raise typer.Exit(TERMINATED)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        server.kill()
        server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", address: str) -> None:
    """Return once the page answers.

    Raises:
        DataError: the server ended, or didn't answer in time.
    """
    given_up = time.monotonic() + PATIENCE
    while time.monotonic() < given_up:
        if server.poll() is not None:
            raise DataError(f"the page could not be started (exit code {server.returncode})")
        try:
            with urlopen(f"{address}/_stcore/health", timeout=1.0):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise DataError(f"the page did not answer in {PATIENCE:.0f} s; is the computer very busy?")
