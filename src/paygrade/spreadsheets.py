"""Tables for people, who open them in a spreadsheet: no text in them is run as a formula.

A spreadsheet takes a cell that begins with = + - @ or a control sign for a formula, and whoever
names an annotator may so have a program run, or figures sent away, on the reader's computer. Such
texts get an apostrophe in front, which spreadsheets take for "text". Plain numbers stay numbers.

Only reports are written so. Files that are data, to be read again by this library or another
program (batches, keys, surveys, golden questions, labels that were kept), hold what came in.
"""

import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Cell = TypeVar("Cell")

# A text that begins with apostrophes and then so would look as if it had got one here, so it gets
# one too: different texts stay different, and taking one off gives each back.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def harmless(cell: Cell) -> Cell | str:
    """Return a cell that no spreadsheet runs: text that looks like a formula is marked as text.

    >>> harmless("=1+1"), harmless("@ann"), harmless("-5.0"), harmless(-5.0), harmless("ann")
    ("'=1+1", "'@ann", '-5.0', -5.0, 'ann')
    """
    if isinstance(cell, str) and FORMULA.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def sheet_csv(table: "pd.DataFrame") -> str:
    """Return the table as CSV for people, names of columns and every text `harmless`.

    >>> import pandas as pd
    >>> print(sheet_csv(pd.DataFrame({"worker": ["=cmd", "ann"], "gain": [-1.5, 2.0]})))
    worker,gain
    '=cmd,-1.5
    ann,2.0
    <BLANKLINE>
    """
    import pandas as pd

    columns = {}
    for place in range(table.shape[1]):
        column = table.iloc[:, place]
        is_number = pd.api.types.is_numeric_dtype(column)
        columns[place] = column if is_number else column.map(harmless)
    shown = pd.DataFrame(columns).set_axis([harmless(name) for name in table.columns], axis=1)
    return str(shown.to_csv(index=False, lineterminator="\n"))
