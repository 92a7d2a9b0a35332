"""Pay days that lie on disk and that the ledger doesn't know: sure signs of a ledger that is lost.

A pay day's `report.json` names the keys that it was counted by, so folders of other samplings,
whose ledger is another one, are left alone.
"""

import csv
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from paygrade.errors import DataError
from paygrade.operations.ledger import Ledger

SHOWN = 3


def refuse_unknown_paydays(book: Ledger, keys: str, out: Path) -> None:
    """Raise if work was paid by the files beside `out`, or near the ledger, but not by the ledger.

    Arguments:
        book: the ledger.
        keys: SHA-256 of the keys.
        out: where the new pay day is to go.

    Raises:
        DataError: naming the pay days that the ledger lacks.
    """
    known = {entry.work for entry in book.entries}
    near = (out.absolute().parent, *list(book.path.absolute().parents)[:2])
    unknown = [
        folder
        for folder in sorted(set(chain.from_iterable(_paydays(each, keys) for each in near)))
        if any((keys, batch, worker) not in known for batch, worker in _paid(folder))
    ]
    if not unknown:
        return
    named = ", ".join(map(str, unknown[:SHOWN])) + ", ..." * (len(unknown) > SHOWN)
    state = "is not there" if not book.path.exists() else "lacks payments"
    raise DataError(
        f"the ledger {book.path} {state}, but work of these keys was paid before ({named}), and"
        " would be paid twice; put the ledger back, or name it with --ledger; if nothing of that"
        " was ever paid out, move the folder away"
    )


def _paydays(above: Path, keys: str) -> Iterator[Path]:
    """Yield the folders right in `above` that hold a pay day counted by these keys."""
    for report in above.glob("*/report.json"):
        try:
            found = json.loads(report.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # somebody else's report
            continue
        if isinstance(found, dict) and found.get("keys") == keys:
            yield report.parent.resolve()


def _paid(folder: Path) -> list[tuple[str, str]]:
    """Return batch and annotator of each payment of a pay day."""
    try:
        lines = (folder / "payments.csv").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(
            f"{folder} is a pay day whose payments.csv can't be read ({error.strerror}), so it"
            " can't be told what was paid; put it back, or move the folder away"
        ) from error
    return [(row["batch"], row["worker"]) for row in csv.DictReader(lines)]
