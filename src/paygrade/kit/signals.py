"""How much a check of each item tells of effort: an agreement has probability (1 + e·signal)/2."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paygrade.errors import DataError
from paygrade.operations.keys import Keys
from paygrade.operations.rule import PayRule


@dataclass(frozen=True)
class Signals:
    """The signal of each item, by what kind of check it serves in; unknown ones are left out.

    Attributes:
        golden: |margin|, wrong keys allowed for.
        repeats: margin²; how two answers of one person agree at effort 1.
    """

    golden: Mapping[str, float]
    repeats: Mapping[str, float]


def read_signals(path: Path, keys: Keys, rule: PayRule, key_error: float) -> Signals:
    """Return the signals that the margins of the pool make.

    A golden question without a margin gets the mean of the others, or what the rule calls careful
    if it counts golden questions. So does a repeat: the mean of known squares, or the rule's. A
    repeat agrees with probability (1 + e²·δ²)/2 (theory section 1), so its effort is the root of
    what `weigh_evidence` finds; see `results`.

    Raises:
        DataError: the file is missing or holds something else than margins.
    """
    margins = _read(path)
    kept = 1.0 - 2.0 * key_error
    asked = 2.0 * rule.careful - 1.0
    found: dict[str, dict[str, float]] = {}
    for name, kind in (("golden", "golden"), ("repeats", "repeat-first")):
        items = dict.fromkeys(key.item for key in keys.rows if key.kind == kind)
        sizes = {item: abs(margins[item]) for item in items if item in margins}
        known = {item: kept * size if name == "golden" else size**2 for item, size in sizes.items()}
        usual = asked if rule.counted == name else None
        if known:
            usual = float(np.mean(list(known.values())))
        found[name] = known if usual is None else {**dict.fromkeys(items, usual), **known}
    return Signals(**found)


def _read(path: Path) -> dict[str, float]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            margins = {row["task"]: float(row["margin"]) for row in csv.DictReader(file)}
    except OSError as error:
        raise DataError(
            f"{str(path)!r} can't be read ({error.strerror}); put the file of `paygrade kit` back"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} is not the margins that `paygrade kit` wrote ({error}); put the original back"
        ) from error
    wrong = [task for task, margin in margins.items() if not -1.0 <= margin <= 1.0]
    if wrong:
        raise DataError(
            f"{path}: the margin of {wrong[0]!r} lies outside [-1, 1]; put the original file back"
        )
    return margins
