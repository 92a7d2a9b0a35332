"""Keys: what every row of every batch is, kept apart from what annotators see.

`keys.csv` has a row for each row of a batch. `task` is the name annotators see, "b02-017" for row
17 of batch 2, which says nothing that its place doesn't. `expected` is the golden answer, in terms
of the pool; where `swapped` is 1, left and right of the item changed places in the batch.
A row of kind "imc" says which answer to choose; `item` is where its other cells come from, and its
answer says nothing of that item.
`manifest.json` beside it holds seed, plan and the checksums of everything that went in or out.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from paygrade.errors import DataError

KINDS = ("item", "golden", "expert", "repeat-first", "repeat-second", "imc")
KEYS, MANIFEST = "keys.csv", "manifest.json"


@dataclass(frozen=True)
class Key:
    """One row of a batch: what it is. `position` counts from 1."""

    task: str
    batch: str
    position: int
    item: str
    kind: str
    expected: str
    swapped: bool


@dataclass(frozen=True)
class Keys:
    """All keys and what `pay` needs besides.

    Attributes:
        rows: by batch and position.
        owners: batch -> its annotator, "" for whoever took it.
        answers: the two answers that trade places where a row is swapped; () for none.
        digest: SHA-256 of keys.csv.
    """

    rows: tuple[Key, ...]
    owners: Mapping[str, str]
    answers: tuple[str, ...]
    digest: str

    def turned(self, answer: str, key: Key) -> str:
        """Return an answer that was given to the row in terms of the pool's left and right."""
        if key.swapped and answer in self.answers:
            return self.answers[1 - self.answers.index(answer)]
        return answer


def digest(data: bytes) -> str:
    """Return the SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def csv_bytes(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    r"""Return a CSV file in UTF-8: the same bytes on every platform.

    >>> csv_bytes(["a", "b"], [[1, 'x"y']])
    b'a,b\n1,"x""y"\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def json_bytes(value: object) -> bytes:
    """Return a JSON file in UTF-8, keys in the order given."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def keys_bytes(rows: Sequence[Key]) -> bytes:
    """Return keys.csv."""
    names = [each.name for each in fields(Key)]
    cells = [[getattr(row, name) for name in names[:-1]] + [int(row.swapped)] for row in rows]
    return csv_bytes(names, cells)


def read_keys(path: Path | str) -> Keys:
    """Read keys.csv and the manifest beside it.

    Raises:
        DataError: one of them is missing or is not what `paygrade sample` wrote.
    """
    path = Path(path)
    data, manifest = _bytes(path), _manifest(path.parent / MANIFEST)
    try:
        stated, answers = manifest["keys"]["sha256"], tuple(manifest["answers_that_turn"])
        owners = {each["batch"]: each["annotator"] for each in manifest["batches"]}
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{path.parent / MANIFEST} is not the manifest that `paygrade sample` wrote (no"
            f" {error}); put the original back beside the keys"
        ) from error
    if digest(data) != stated:
        raise DataError(
            f"{path} is not the file that `paygrade sample` wrote (its SHA-256 is"
            f" {digest(data)[:12]}..., the manifest's {stated[:12]}...), and changed keys would"
            " change pay; put the original back, or draw it again with the seed of the manifest"
        )
    lines = csv.DictReader(io.StringIO(data.decode()))
    return Keys(tuple(_key(line) for line in lines), owners, answers, stated)


def _key(line: Mapping[str, str]) -> Key:
    task, batch, position, item, kind, expected, swapped = (line[each.name] for each in fields(Key))
    return Key(task, batch, int(position), item, kind, expected, swapped == "1")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{str(path)!r} can't be read ({error.strerror}); name the keys.csv that `paygrade"
            " sample` wrote, with its manifest.json beside it"
        ) from error


def _manifest(path: Path) -> dict[str, Any]:
    data = _bytes(path)
    try:
        found = json.loads(data)
    except ValueError as error:
        raise DataError(f"{path} is no JSON ({error}); put the original back") from error
    return found if isinstance(found, dict) else {}
