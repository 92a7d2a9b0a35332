"""The ledger: what has been paid, one JSON line a payment, never rewritten.

Each line holds the SHA-256 of the line before it, so a changed or missing line shows. A payment is
known by its batch (with the keys of its sampling), its annotator and its labels: the same labels
are never paid twice, other labels for work that was paid are refused.

Files and ledger change together: the lines to add are first written to a `.pending` file that
names the folder, then the folder appears in one step, then the lines are added. Whoever comes after
an interruption adds the pending lines if the folder is there, and drops them if it never came to
be. A lock, which the system lifts when its holder dies, keeps two runs apart.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from paygrade.errors import DataError
from paygrade.operations.folder import Files, prepare_folder, refuse_existing
from paygrade.operations.keys import digest


@dataclass(frozen=True)
class Entry:
    """One payment: whose work, which labels, by which rule, how much (as text, exact)."""

    keys: str
    batch: str
    worker: str
    labels: str
    rule: str
    amount: str

    @property
    def work(self) -> tuple[str, str, str]:
        """What is paid only once."""
        return self.keys, self.batch, self.worker


class Ledger:
    """The payments in the file at `path`; with no file there, none yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries, self._last = _read(path)
        self._paid = {entry.work: (i, entry) for i, entry in enumerate(self.entries, start=1)}

    def paid_before(self, entry: Entry) -> bool:
        """Return whether this very payment was made.

        Raises:
            DataError: the work was paid for other labels, or another amount.
        """
        line, before = self._paid.get(entry.work, (0, None))
        if before is None:
            return False
        which = f"batch {entry.batch} of {entry.worker}"
        where = f"(line {line} of {self.path}: {before.amount})"
        if before.labels != entry.labels:
            raise DataError(
                f"the labels of {which} are not those that were paid {where}; what is paid stays as"
                " it is: give the labels as they were, and settle the difference by hand"
            )
        if Decimal(before.amount) != Decimal(entry.amount):
            raise DataError(
                f"{which} was paid {before.amount} by the rule {before.rule!r} {where}, and would"
                f" earn {entry.amount} by {entry.rule!r}; pay it by the rule that was announced, or"
                " settle the difference by hand"
            )
        return True

    def pay_out(self, entries: Sequence[Entry], folder: Path, files: Files) -> None:
        """Write the folder and the entries, both or neither; the ledger must be locked.

        Raises:
            DataError: the folder exists.
        """
        refuse_existing(folder)
        lines = self._lines(entries)
        beside = prepare_folder(folder, files)
        pending = _pending(self.path)
        note = {"folder": str(folder.absolute()), "beside": str(beside), "lines": lines}
        try:
            _replace(pending, json.dumps(note).encode())
            beside.rename(folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            if not folder.is_dir():
                pending.unlink(missing_ok=True)
            raise
        _append(self.path, lines)
        pending.unlink()

    def _lines(self, entries: Sequence[Entry]) -> list[str]:
        last, lines = self._last, []
        for entry in entries:
            line = json.dumps({**asdict(entry), "after": last})
            last = digest(line.encode())
            lines.append(line)
        return lines


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Lock the ledger, finish or undo what an interrupted run left, and give it.

    Raises:
        DataError: another run holds it, or the file was changed by hand.
    """
    if not path.absolute().parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} doesn't exist; make it first")
    lock = sqlite3.connect(path.with_name(path.name + ".lock"), timeout=0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise DataError(
                f"{path} is in use by another `paygrade pay` ({error}); wait until it is done"
            ) from error
        _recover(path)
        yield Ledger(path)
    finally:
        lock.close()


def labels_digest(labels: Mapping[str, str]) -> str:
    """Return the SHA-256 of task -> answer, whatever the order."""
    return digest(json.dumps(sorted(labels.items()), ensure_ascii=False).encode())


def _read(path: Path) -> tuple[list[Entry], str]:
    """Return the entries and the digest of the last line; each line must follow from the last."""
    entries: list[Entry] = []
    last = ""
    if not path.exists():
        return entries, last
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found = json.loads(line)
            after = found.pop("after")
            entries.append(Entry(**found))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _changed(path, number) from error
        if after != last:
            raise _changed(path, number)
        last = digest(line.encode())
    return entries, last


def _changed(path: Path, number: int) -> DataError:
    return DataError(
        f"{path}: line {number} doesn't follow from the lines before it, so the ledger was changed"
        " after it was written and can't say what was paid; put a copy of the original back"
    )


def _recover(path: Path) -> None:
    pending = _pending(path)
    if not pending.exists():
        return
    note = json.loads(pending.read_text(encoding="utf-8"))
    folder, beside = Path(note["folder"]), Path(note["beside"])
    if folder.is_dir():
        there = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if there[-len(note["lines"]) :] != note["lines"]:
            _append(path, note["lines"])
    elif beside.is_dir():
        shutil.rmtree(beside)
    else:
        raise DataError(
            f"{pending} is left of a run that was cut off, and the folder it was writing, {folder},"
            " is not there: if that folder was moved, its payments may have been made, so put it"
            f" back; else delete {pending.name}"
        )
    pending.unlink()


def _append(path: Path, lines: Sequence[str]) -> None:
    """Add lines all at once: a copy with the lines takes the ledger's place."""
    before = path.read_bytes() if path.exists() else b""
    _replace(path, before + "".join(f"{line}\n" for line in lines).encode())


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _pending(path: Path) -> Path:
    return path.with_name(path.name + ".pending")
