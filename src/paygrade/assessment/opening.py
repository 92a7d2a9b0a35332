"""Opening what a user hands over, or saying plainly why it is no table of labels."""

import gzip
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from paygrade.assessment.query import open_parquet
from paygrade.assessment.source import FrameSource, Source
from paygrade.assessment.text_file import not_utf8, open_bytes, open_text_file
from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

GZIP, PARQUET, ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
HEAD = 1 << 16  # bytes looked at to tell text from anything else


def open_source(source: "str | os.PathLike[str] | pd.DataFrame") -> Source:
    """Return the table in `source`, a path or a data frame, with its columns known.

    What a file holds is judged by its first bytes, not by its name.

    Raises:
        DataError: it is missing, empty, damaged, or neither a text table nor Parquet.
    """
    if not isinstance(source, str | os.PathLike):
        return _open_frame(source)
    path = os.fspath(source)
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


def _open_frame(source: object) -> FrameSource:
    import pandas as pd

    if not isinstance(source, pd.DataFrame):
        raise DataError(
            f"{type(source).__name__} is no table of labels; give the path of a CSV or Parquet file"
            " or a pandas DataFrame"
        )
    if not len(source):
        raise DataError("the data frame holds no rows, so there is nothing to assess; add labels")
    return FrameSource("the data frame", tuple(str(name) for name in source.columns), source)


def _open_file(path: str) -> Source:
    if Path(path).is_dir():
        raise DataError(f"{path!r} is a folder, not a table; name one file in it")
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
    _refuse_binary(path, packed)
    return open_text_file(path, packed)


def _refuse_binary(path: str, packed: bool) -> None:
    with open_bytes(path, packed) as file:
        head = file.read(HEAD)
    if head.startswith(UTF16):
        raise not_utf8(path, "it is UTF-16")
    if b"\0" in head:
        raise DataError(f"{path} is no text table; give a CSV, CSV.gz, TSV or Parquet file")
    if not head.strip():
        raise DataError(f"{path} is empty, so there is nothing to assess; check the export")
