"""Opening what a user hands over, or saying plainly why it is no table of labels."""

import gzip
import os
import re
import zlib
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from paygrade.errors import DataError
from paygrade.labels.arrow import open_arrow
from paygrade.labels.json_file import is_json, open_json
from paygrade.labels.names import natural
from paygrade.labels.query import open_parquet
from paygrade.labels.source import FrameSource, Source, one_below_the_other
from paygrade.labels.text_file import not_utf8, open_bytes, open_text_file

if TYPE_CHECKING:
    import pandas as pd

    from paygrade.labels.arrow import SpeaksArrow

    OneTable = str | os.PathLike[str] | pd.DataFrame | SpeaksArrow
    Table = OneTable | Sequence[OneTable]  # what `read_annotations` takes

GZIP, PARQUET, ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
HEAD = 1 << 16  # bytes looked at to tell text from anything else


def open_source(source: "Table") -> Source:
    """Return the table in `source`, with its columns known.

    What a file holds is judged by its first bytes, not by its name. A name with *, ? or [ that no
    file has is a pattern; files that match it are one table, and so are tables in a list.

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
    """Return the files of that name or, if there is none, those that match it as a pattern.

    They come in the order of people: part2 before part10.

    Raises:
        DataError: it is a pattern and nothing matches.
    """
    try:
        plain = Path(path).exists() or not re.search(r"[*?[]", path)
    except (OSError, ValueError):  # too long, or with a null byte; opening it will say so
        plain = True
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
    table = open_arrow(source)
    if table is None:
        raise DataError(
            f"{type(source).__name__} is no table of labels; give the path of a CSV, Parquet or"
            " JSON-lines file, or a data frame of pandas, Polars, Arrow or DuckDB"
        )
    return table


def _open_file(path: str) -> Source:
    if Path(path).is_dir():
        raise DataError(
            f"{path!r} is a folder, not a table; name one file in it, or several by a pattern like"
            f" {str(Path(path, '*.parquet'))!r}"
        )
    if not Path(path).is_file():
        raise DataError(f"there is no file {path!r}; check its name and folder")
    with Path(path).open("rb") as file:
        start = file.read(len(PARQUET))
    if start == PARQUET:
        return open_parquet(path)
    if start == ZIP:
        raise DataError(
            f"{path} is a zip archive or an Excel workbook, which can't be read here; unpack it, or"
            " save the sheet as CSV"
        )
    packed = start.startswith(GZIP) or Path(path).suffix.lower() == ".gz"
    head = _text_head(path, packed)
    if is_json(path, head):
        return open_json(path, packed, head)
    return open_text_file(path, packed)


def _text_head(path: str, packed: bool) -> bytes:
    with open_bytes(path, packed) as file:
        head = file.read(HEAD)
    if head.startswith(UTF16):
        raise not_utf8(path, "it is UTF-16")
    if b"\0" in head:
        raise DataError(f"{path} is no text table; give a CSV, TSV, JSON-lines or Parquet file")
    if not head.strip():
        raise DataError(f"{path} is empty, so there is nothing to assess; check the export")
    return head
