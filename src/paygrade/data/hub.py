"""The Hugging Face `datasets` library, loaded when it is first needed (extra `data`).

A data set on the Hub is downloaded into that library's own cache. A folder is read as the Hub would
read it, with the splits that its file names or its README say, through a cache that is thrown away:
a folder may change between two runs.
"""

import tempfile
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from paygrade.data.part import Part
from paygrade.errors import DataError, MissingExtra

BATCH = 1000  # rows turned into Python objects at a time


def from_hub(name: str, load: Mapping[str, Any]) -> list[Part]:
    """Return the splits of a data set on the Hub.

    Raises:
        DataError: `datasets` is missing, there is no such data set, or no connection.
    """
    datasets = _library(f"{name!r} is no file or folder here, and so a data set on the Hub")
    return from_datasets(_loaded(datasets, name, load), name)


def from_folder(path: str, load: Mapping[str, Any]) -> list[Part]:
    """Return the splits in a folder: data files as on the Hub, or what `save_to_disk` wrote.

    Raises:
        DataError: `datasets` is missing, or the folder holds no data that it reads.
    """
    datasets = _library(f"{path!r} is a folder")
    saved = any(Path(path, each).is_file() for each in ("dataset_dict.json", "state.json"))
    if saved:
        return from_datasets(datasets.load_from_disk(path), path)
    with tempfile.TemporaryDirectory(prefix="paygrade-") as cache:
        whole = _loaded(datasets, path, {"cache_dir": cache, **load})
        return from_datasets(whole, path)


def is_of_datasets(source: object) -> bool:
    """Return whether it is an object of `datasets`, without importing it."""
    return type(source).__module__.partition(".")[0] == "datasets"


def from_datasets(whole: Any, name: str) -> list[Part]:
    """Return the splits of a Dataset, a DatasetDict or their streaming kinds."""
    if isinstance(whole, Mapping):
        return [_part(each, f"{name} ({split})", str(split)) for split, each in whole.items()]
    split = getattr(whole, "split", None)
    return [_part(whole, name, None if split is None else str(split))]


def _part(data: Any, name: str, split: str | None) -> Part:
    rows = list(_rows(data))
    columns = data.column_names or list(dict.fromkeys(key for row in rows for key in row))
    return Part(name, split, tuple(columns), rows)


def _rows(data: Any) -> Iterator[Mapping[str, Any]]:
    if not hasattr(data, "with_format") or not hasattr(data, "__len__"):  # it streams
        yield from data
        return
    for batch in data.with_format(None).iter(batch_size=BATCH):
        names = list(batch)
        for values in zip(*batch.values(), strict=True):
            yield dict(zip(names, values, strict=True))


def _loaded(datasets: Any, name: str, load: Mapping[str, Any]) -> Any:
    try:
        return datasets.load_dataset(name, **load)
    except ConnectionError as error:
        raise DataError(
            f"{name!r} can't be fetched ({_first_line(error)}): there is no file or folder of that"
            " name, and the Hub is out of reach; check the name and the connection, or download the"
            " data set elsewhere and give its folder"
        ) from error
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        # `datasets` raises its own kinds of these for names, splits, options and broken files
        raise DataError(
            f"{name!r} can't be read as a data set: {_first_line(error)}; check the name, what"
            " 'load' says, and that no file in it is empty or of another kind"
        ) from error


def _library(reason: str) -> Any:
    if find_spec("datasets") is None:
        raise MissingExtra(
            f"{reason}, which is read through Hugging Face's `datasets`, and that is not installed:"
            " give files (CSV, JSON lines, Parquet), or install it",
            "data",
        )
    import datasets

    return datasets


def _first_line(error: BaseException) -> str:
    cause = error.__cause__ if type(error).__name__ == "DatasetGenerationError" else None
    text = str(cause or error).strip()
    return text.partition("\n")[0].rstrip(".") or type(error).__name__
