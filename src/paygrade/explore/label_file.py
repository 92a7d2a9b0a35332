"""The labels behind the page: a file of the visitor's, or the example."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from paygrade.assessment.calibration import Calibration, calibrate_signal
from paygrade.assessment.estimates import assess
from paygrade.assessment.simulate import simulate_labels
from paygrade.errors import DataError, PaygradeError
from paygrade.explore.roles import CHECKS, guess_columns, on_page
from paygrade.labels.annotations import Annotations, read_annotations
from paygrade.labels.opening import open_source
from paygrade.operations.rule import MONITORS

if TYPE_CHECKING:
    import pandas as pd

SOURCES = {
    "percentile": "what the best tenth of your annotators reach, luck taken out",
    "common": "what your annotators reach together, as they can't be told apart",
    "trusted": "what the annotators you trust reach",
}


@dataclass(frozen=True)
class Loaded:
    """Labels, who gave them, and how often careful work is right.

    Attributes:
        name: of the file, or "the example".
        annotations: the labels.
        calibrations: by what is checked ("golden", "expert", "repeats"), the one preferred first.
        workers: one row an annotator, as `paygrade.assess` returns, by the preferred check.
    """

    name: str
    annotations: Annotations
    calibrations: Mapping[str, Calibration]
    workers: "pd.DataFrame"

    @property
    def counted(self) -> str:
        """What is checked, if the visitor doesn't choose."""
        return next(iter(self.calibrations))

    def careful(self, counted: str) -> float | None:
        """Return the share right at full care, in (1/2, 1]; None if the labels don't say."""
        found = self.calibrations.get(counted)
        return None if found is None else max(0.501, 0.5 + 0.5 * found.signal)

    def describe(self, counted: str) -> str:
        """Return in words how often careful work is right, and who says so."""
        found = self.calibrations.get(counted)
        if found is None:
            return "Your labels say nothing about this kind of check; set the share yourself."
        low, high = (f"{50 + 50 * end:.0f}" for end in (found.low, found.high))
        source = SOURCES.get(found.method, found.description)
        return (
            f"Careful work gets {50 + 50 * found.signal:.1f} % right: {source}. From these labels"
            f" it could be anything from {low} to {high} %."
        )


def load_example() -> Loaded:
    """Return labels simulated by the library's own annotator model, as `paygrade demo` does."""
    labels = simulate_labels(workers=24, items=240, seed=2025)
    return _load("the example", read_annotations(labels))


def load_file(
    path: Path,
    name: str,
    columns: Mapping[str, str],
    duplicates: str = "error",
    positive: str | None = None,
) -> Loaded:
    """Return the labels at `path`.

    Arguments:
        path: where the file is.
        name: what messages call it.
        columns: by role (of `ROLES`), the columns that hold them.
        duplicates: a key of `DUPLICATES`.
        positive: of more than two answers, the one to set against the rest.

    Raises:
        DataError: the file can't be used; the message speaks of `name`.
    """
    try:
        roles = {role: column for role, column in columns.items() if column}
        read = read_annotations(path, **roles, duplicates=duplicates, positive=positive or None)
        return _load(name, read)
    except PaygradeError as error:
        raise DataError(_named(str(error), path, name)) from error


def load_bytes(
    content: bytes,
    name: str,
    columns: Mapping[str, str] | None = None,
    duplicates: str = "error",
    positive: str | None = None,
) -> Loaded:
    """Return the labels of an uploaded file, guessing its columns unless they are given.

    Raises:
        DataError: the file can't be used.
    """
    with TemporaryDirectory(prefix="paygrade-") as folder:
        path = _store(content, name, Path(folder))
        chosen = guess_columns(columns_of(path, name)) if columns is None else columns
        return load_file(path, name, chosen, duplicates, positive)


def columns_of_bytes(content: bytes, name: str) -> tuple[str, ...]:
    """Return the columns of an uploaded file.

    Raises:
        DataError: it is no table.
    """
    with TemporaryDirectory(prefix="paygrade-") as folder:
        return columns_of(_store(content, name, Path(folder)), name)


def columns_of(path: Path, name: str) -> tuple[str, ...]:
    """Return the columns of the file at `path`.

    Raises:
        DataError: it is no table; the message speaks of `name`.
    """
    try:
        return tuple(open_source(path).columns)
    except PaygradeError as error:
        raise DataError(_named(str(error), path, name)) from error


def _store(content: bytes, name: str, folder: Path) -> Path:
    suffixes = "".join(Path(name).suffixes[-2:])
    path = folder / f"labels{suffixes}"
    path.write_bytes(content)
    return path


def _named(message: str, path: Path, name: str) -> str:
    """Return `message` in the page's words, with the visitor's name for the file."""
    return on_page(message.replace(str(path), name))


def _load(name: str, annotations: Annotations) -> Loaded:
    reasons, found = [], {}
    for counted, kind in MONITORS.items():
        try:
            calibration = calibrate_signal(annotations, kind)
        except PaygradeError as error:
            reasons.append(str(error))
            continue
        if calibration.signal > 0:
            found[counted] = calibration
    if not found:
        raise DataError(
            f"{name}: the labels can't be checked against anything, so nobody's care can be told;"
            " say which column holds known answers, an expert's answers or second answers"
            + (f" ({reasons[0]})" if annotations_have_checks(annotations) else "")
        )
    first = next(iter(found))
    workers = assess(annotations, MONITORS[first], signal=found[first])
    return Loaded(name, annotations, found, workers)


def annotations_have_checks(annotations: Annotations) -> bool:
    """Return whether any label has something to be compared with."""
    table = annotations.table
    return any(name in table and table[name].notna().any() for name in CHECKS)
