"""Writing many files at once: the folder appears complete, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from paygrade.errors import DataError

Files = Mapping[str, bytes]  # path below the folder, "/" between its parts: content


def refuse_existing(folder: Path) -> None:
    """Raise unless `folder` can be made: it must not exist, the folder above it must."""
    if folder.exists() or folder.is_symlink():
        raise DataError(
            f"{folder} exists, and what is in it is never overwritten; name another folder in"
            " --out, or move this one away"
        )
    if not folder.absolute().parent.is_dir():
        raise DataError(f"{folder}: the folder {folder.parent} doesn't exist; make it first")


def write_folder(folder: Path, files: Files) -> None:
    """Write a new folder: beside its place first, then moved there in one step.

    Whatever stops this, Ctrl-C or a full disk, leaves no trace.

    Raises:
        DataError: the folder exists, or the one above it doesn't.
    """
    refuse_existing(folder)
    beside = prepare_folder(folder, files)
    try:
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def prepare_folder(folder: Path, files: Files) -> Path:
    """Write the files into a hidden folder beside `folder` and return it, ready to be renamed."""
    beside = Path(tempfile.mkdtemp(prefix=".paygrade-", dir=folder.absolute().parent))
    try:
        for name, content in files.items():
            path = beside.joinpath(*name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        beside.chmod(0o755)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return beside
