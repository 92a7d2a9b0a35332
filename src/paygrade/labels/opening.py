"""Opening what a user hands over, or saying plainly why it is no table of labels."""

import gzip
import os
import re
import zlib
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paygrade.errors import DataError
from paygrade.labels.arrow import open_arrow
from paygrade.labels.json_file import is_json, open_json
from paygrade.labels.names import natural
from paygrade.labels.no_table import refuse_no_table
from paygrade.labels.query import open_parquet
from paygrade.labels.source import FrameSource, Source, one_below_the_other
from paygrade.labels.text_file import not_utf8, open_bytes, open_text_file

if TYPE_CHECKING:
    import pandas as pd

    from paygrade.labels.arrow import SpeaksArrow

    OneTable = str | os.PathLike[str] | pd.DataFrame | SpeaksArrow
    Table = OneTable | Sequence[OneTable]  # what `read_annotations` takes

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
TABLES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson")  # what a folder's tables end in
HEAD = 1 << 16  # bytes looked at to tell text from anything else


def open_source(source: "Table") -> Source:
    """Return the table in `source`, with its columns known.

    What a file holds is judged by its first bytes, not by its name. A name with *, ? or [ that no
    file has is a pattern; files that match it are one table, and so are the tables in a folder (by
    the ends of their names) or in a list.

    Raises:
        DataError: it is missing, empty, damaged, or no table that can be read.
    """
    if isinstance(source, str | os.PathLike):
        paths = find_paths(os.fspath(source))
        return one_below_the_other(os.fspath(source), [_open_path(path) for path in paths])
    if isinstance(source, list | tuple) and source:
        return one_below_the_other("the tables", [open_source(each) for each in source])
    return _open_frame(source)


def find_paths(path: str) -> list[str]:
    """Return the file of that name, the tables in the folder, or what matches the pattern.

    They come in the order of people: part2 before part10.

    Raises:
        DataError: it is a pattern that nothing matches, or a folder that holds no tables.
    """
    try:
        plain = Path(path).exists() or not re.search(r"[*?[]", path)
        folder = Path(path).is_dir()
    except (OSError, ValueError):  # too long, or with a null byte; opening it will say so
        plain, folder = True, False
    if folder:
        return _tables_in(path)
    if plain:
        return [path]
    matches = glob(path, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = sorted((each for each in matches if Path(each).is_file()), key=natural)
    if not found:
        raise DataError(
            f"no file matches the pattern {path!r}, so there are no labels; check the pattern"
            f" and the folder it starts from ({Path.cwd()})"
        )
    return found


def in_memory(table: Any) -> Any:
    """Return a file of text (CSV, TSV, JSON) as a frame, and any other table as it is.

    Only Parquet can be read in parts, so whoever can count in parts reads other files whole.

    Raises:
        DataError: it is missing or damaged.
    """
    if not isinstance(table, str | os.PathLike):
        return table
    if all(is_parquet(Path(each)) for each in find_paths(os.fspath(table))):
        return table
    source = open_source(table)
    frame = source.read(source.columns)
    return frame.set_axis(list(source.columns), axis="columns")


def is_parquet(path: Path) -> bool:
    """Return whether there is a file and it begins as Parquet does."""
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r}; check its name and folder")
    with path.open("rb") as file:
        return file.read(len(PARQUET)) == PARQUET


def _tables_in(folder: str) -> list[str]:
    """Return the tables right in the folder; hidden files, and others beside them, are none."""
    try:
        inside = [each.name for each in Path(folder).iterdir() if each.is_file()]
    except OSError as error:
        raise DataError(
            f"{folder!r} can't be listed: {error.strerror}; check its rights"
        ) from error
    names = [name for name in inside if not name.startswith((".", "_"))]
    found = [name for name in names if name.lower().removesuffix(".gz").endswith(TABLES)]
    if not found:
        raise DataError(
            f"{folder!r} is a folder without tables ({', '.join(TABLES)}, or these with .gz), so"
            " there are no labels; name another, or a pattern like"
            f" {str(Path(folder, '**', '*.parquet'))!r} for folders in it"
        )
    return [str(Path(folder, name)) for name in sorted(found, key=natural)]


def _open_path(path: str) -> Source:
    try:
        return _open_file(path)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{path}: the gzip data are damaged or none at all ({error}), so labels are missing;"
            " write the file again, or take .gz off the name of plain text"
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path!r} can't be read: {reason}; check the path") from error


def _open_frame(source: object) -> Source:
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        if not len(source):
            raise DataError(
                "the data frame holds no rows, so there is nothing to assess; add labels"
            )
        return FrameSource("the data frame", tuple(str(name) for name in source.columns), source)
    if hasattr(source, "to_delayed"):
        raise DataError(
            f"this {type(source).__name__} is in partitions, and here all labels are taken into"
            " memory; count them with tally_annotations, or give frame.compute()"
        )
    table = open_arrow(source)
    if table is None:
        raise DataError(
            f"{type(source).__name__} is no table of labels; give the path of a CSV, Parquet or"
            " JSON-lines file, or a data frame of pandas, Polars, Arrow or DuckDB"
        )
    return table


def _open_file(path: str) -> Source:
    if is_parquet(Path(path)):
        return open_parquet(path)
    with Path(path).open("rb") as file:
        start = file.read(HEAD)
    packed = start.startswith(GZIP) or Path(path).suffix.lower() == ".gz"
    if not start.startswith((GZIP, *UTF16)):
        refuse_no_table(path, start)
    head = _text_head(path, packed)
    if is_json(path, head):
        return open_json(path, packed, head)
    return open_text_file(path, packed)


def _text_head(path: str, packed: bool) -> bytes:
    with open_bytes(path, packed) as file:
        head = file.read(HEAD)
    if head.startswith(UTF16):
        raise not_utf8(path, "it is UTF-16")
    refuse_no_table(path, head)
    if not head.strip():
        raise DataError(f"{path} is empty, so there is nothing to assess; check the export")
    return head
