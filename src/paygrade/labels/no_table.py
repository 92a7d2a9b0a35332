"""Files that are no tables, whatever their names say: known by how they begin.

A renamed PDF is text enough to be cut into rows, and would then lack every column.
"""

import zipfile

from paygrade.errors import DataError

DOCUMENT = "a document with no columns to read; export the labels as CSV where they are from"
SHEET = "open it and save the sheet with the labels as CSV"
PICTURE = "a picture; export the labels as CSV where they are from"
# how a file begins -> what it is and what to do
BEGINNINGS = {
    b"%PDF-": f"a PDF, {DOCUMENT}",
    b"{\\rtf": f"rich text, {DOCUMENT}",
    b"\xd0\xcf\x11\xe0": f"a workbook or document of old Office; {SHEET}",
    b"\x89PNG": PICTURE,
    b"\xff\xd8\xff": PICTURE,
    b"GIF8": PICTURE,
    b"<?xml": "XML; export the labels as CSV or JSON lines where they are from",
    b"SQLite format 3": "a SQLite database; export its table as CSV",
    b"ARROW1": "an Arrow (Feather) file; save it as Parquet, or give the data frame itself",
    b"7z\xbc\xaf": "a 7z archive; unpack it and give the table in it",
    b"Rar!": "a RAR archive; unpack it and give the table in it",
    b"BZh": "packed by bzip2; unpack it, or pack it by gzip",
    b"\xfd7zXZ": "packed by xz; unpack it, or pack it by gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it, or pack it by gzip",
}
PAGES = (b"<!doctype html", b"<html")
ZIP = b"PK\x03\x04"


def refuse_no_table(path: str, head: bytes) -> None:
    """Raise if a file that begins with `head` is known to be no table.

    Raises:
        DataError: what it is, and what to give instead.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    what = next((said for sign, said in BEGINNINGS.items() if start.startswith(sign)), None)
    if start.startswith(ZIP):
        what = _packed(path)
    if start[: len(PAGES[0])].lower().startswith(PAGES):
        what = "a web page, perhaps of a log-in; download the file itself, as CSV"
    if what is None and b"\0" in head:
        what = "no text table (it holds NUL bytes); give a CSV, TSV, JSON-lines or Parquet file"
    if what is not None:
        kind, _, remedy = what.partition("; ")
        raise DataError(f"{path} is {kind}, so no labels can be read from it; {remedy}")


def _packed(path: str) -> str:
    """Return what the zip archive holds: workbooks are archives too."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return f"a zip archive or an Excel workbook; unpack it, or {SHEET}"
    if any(name.startswith("xl/") for name in names):
        return f"an Excel workbook; {SHEET}"
    if "mimetype" in names:
        return f"an OpenDocument file; {SHEET}"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return f"a document of Office, {DOCUMENT}"
    inside = ", ".join(names[:3])
    return (
        f"a zip archive ({inside}{', ...' * (len(names) > 3)}); unpack it and give the table in it"
    )
