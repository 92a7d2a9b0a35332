"""What a user hands over, as rows with all that is nested in them: files, frames, data sets."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paygrade.data.hub import from_datasets, from_folder, from_hub, is_of_datasets
from paygrade.data.part import Part
from paygrade.errors import DataError
from paygrade.labels.json_file import JsonFile, read_records
from paygrade.labels.opening import find_paths, open_source
from paygrade.labels.query import ParquetFile, parquet_records
from paygrade.labels.source import FrameSource, Source

if TYPE_CHECKING:
    from paygrade.labels.opening import OneTable

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
FILES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".gz")
SPLITS = ("train", "test", "validation", "valid", "val", "dev", "eval")


def open_parts(source: Any, load: Mapping[str, Any]) -> list[Part]:
    """Return the source's parts, each with rows; `load` goes to `datasets.load_dataset`.

    Raises:
        DataError: it is missing, empty, damaged, or nothing that holds rows.
    """
    if isinstance(source, str | os.PathLike):
        return _from_path(os.fspath(source), load)
    if is_of_datasets(source):
        return from_datasets(source, "the data set")
    if isinstance(source, list | tuple) and source:
        return [part for each in source for part in open_parts(each, load)]
    return [_from_table(source, None)]


def _from_path(path: str, load: Mapping[str, Any]) -> list[Part]:
    if Path(path).is_dir():
        return from_folder(path, load)
    like_a_file = path.lower().endswith(FILES) or Path(path).exists()
    if HUB_NAME.fullmatch(path) and not like_a_file:
        return from_hub(path, load)
    if load:
        raise DataError(
            f"load={dict(load)!r} is for data sets on the Hub and for folders, and {path!r} is a"
            " file, so it would change nothing; leave it out"
        )
    return [_from_table(each, split_in(each)) for each in find_paths(path)]


def _from_table(source: "OneTable", split: str | None) -> Part:
    table = open_source(source)
    return Part(table.name, split, tuple(table.columns), _rows(table, source))


def _rows(table: Source, source: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(source, str) and isinstance(table, JsonFile | FrameSource):
        return read_records(table.name)
    if isinstance(table, ParquetFile):
        return parquet_records(table.name)
    frame = table.read(table.columns).astype("object")
    frame.columns = list(table.columns)
    return frame.where(frame.notna(), None).to_dict(orient="records")  # type: ignore[return-value]


def split_in(path: str) -> str | None:
    """Return the split that a file's name begins with.

    >>> split_in("data/train-00000-of-00001.parquet"), split_in("data/trained.csv")
    ('train', None)
    """
    first = re.split(r"[-_.]", Path(path).name.lower())[0]
    return first if first in SPLITS else None
