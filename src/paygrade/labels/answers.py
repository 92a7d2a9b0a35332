"""What people answered, as text that can be compared: one spelling for each answer.

Surrounding blanks don't count, "True" and "true" are one answer, and so are 1 and 1.0: pandas
turns whole numbers into fractions as soon as one cell of their column is empty. Capitals do count.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

BLANK = {"", "nan", "null", "n/a", "#n/a", "<na>"}  # how programs write "no answer"
TIE = re.compile(r"tie|draw|equal|both|none|tie \(.*\)", re.IGNORECASE)
WHOLE = re.compile(r"([+-]?\d+)\.0*")
SHOWN = 8  # answers that a message lists


def as_names(column: "pd.Series") -> "pd.Series":
    """Return the column as text; only an empty cell is missing (somebody may be called Nan)."""
    return _each_value(column, _text)


def as_answers(column: "pd.Series") -> "pd.Series":
    """Return the column as answers in one spelling; cells with no answer are missing.

    >>> import pandas as pd
    >>> as_answers(pd.Series([1.0, None, " A", "1.", "TRUE", "n/a"])).fillna("-").tolist()
    ['1', '-', 'A', '1', 'true', '-']
    """
    return _each_value(column, _answer)


def as_times(column: "pd.Series") -> "pd.Series":
    """Return the column as numbers if all its values are, else as moments in UTC.

    Cells that are neither a number nor a date are missing.

    >>> import pandas as pd
    >>> as_times(pd.Series(["2", None, "10.5"])).tolist()
    [2.0, nan, 10.5]
    >>> as_times(pd.Series(["2024-05-01T10:00:00+02:00", "soon"])).tolist()
    [Timestamp('2024-05-01 08:00:00+0000', tz='UTC'), NaT]
    """
    import pandas as pd

    texts = as_answers(column)
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    if numbers.notna().sum() == texts.notna().sum():
        return numbers
    return pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")


def is_tie(answers: "pd.Series", tie_labels: Sequence[str] | None) -> "pd.Series":
    """Return which answers are ties: the ones listed, or without a list what `TIE` matches whole.

    >>> import pandas as pd
    >>> is_tie(pd.Series(["A", "Tie (inconsistent)", "tied up"]), None).tolist()
    [False, True, False]
    """
    if tie_labels is not None:
        listed = {_answer(label).casefold() for label in tie_labels}
        return answers.isin([each for each in answers.unique() if str(each).casefold() in listed])
    return answers.isin([each for each in answers.dropna().unique() if TIE.fullmatch(each)])


def against_the_rest(
    table: "pd.DataFrame", columns: Sequence[str], positive: str | None, source: str
) -> "pd.DataFrame":
    """Return the table with the answers in `columns` that are not `positive` made one.

    With more than two answers, `positive` keeps its name and all others become "not ...". Without
    `positive` answers stay what they are. Messages call the table `source`.

    Raises:
        DataError: `positive` is an answer that nobody gave, or all labels are the same.
    """
    answers = _distinct(table, columns)
    if positive is not None:
        positive = _check_positive(answers, positive, source)
        if len(answers) > 2:
            others = {answer: f"not {positive}" for answer in answers if answer != positive}
            table = table.assign(**{name: table[name].replace(others) for name in columns})
    labels = _distinct(table, ["label"])
    if len(labels) < 2:
        raise DataError(
            f"{source}: all {number_of_labels(table)} labels are {labels[0]!r}, which tells nothing"
            " about effort; check the option 'label', and 'tie_labels' if ties are answers here"
        )
    return table


def labels_per_row(table: "pd.DataFrame") -> "pd.Series[int]":
    """Return how many labels each row stands for: one, unless equal ones were counted together."""
    import pandas as pd

    return table["count"] if "count" in table else pd.Series(1, index=table.index)


def number_of_labels(table: "pd.DataFrame") -> int:
    """Return how many labels the rows stand for."""
    return int(table["count"].sum()) if "count" in table else len(table)


def refuse_many(table: "pd.DataFrame", columns: Sequence[str], source: str) -> None:
    """Raise a DataError if `columns` hold more than two different answers."""
    answers = _distinct(table, columns)
    if len(answers) > 2:
        raise DataError(
            f"{source}: there are {len(answers)} different answers ({_listed(answers)}), and what"
            " agreement says of effort is known for two; name one in the option 'positive' of"
            " read_annotations to set it against the rest, or list the ties among them in"
            f" 'tie_labels'{_only_capitals(answers)}"
        )


def _check_positive(answers: list[str], positive: str, source: str) -> str:
    wanted = _answer(positive)
    if wanted not in answers:
        close = get_close_matches(wanted, answers, n=1)
        raise DataError(
            f"{source}: positive={positive!r} is an answer that nobody gave"
            f"{f' (perhaps {close[0]!r})' if close else ''}; the answers are {_listed(answers)}"
        )
    return wanted


def _listed(answers: list[str]) -> str:
    return ", ".join(map(repr, answers[:SHOWN])) + ", ..." * (len(answers) > SHOWN)


def _only_capitals(answers: list[str]) -> str:
    seen: dict[str, str] = {}
    for answer in answers:
        other = seen.setdefault(answer.casefold(), answer)
        if other != answer:
            return f"; {other!r} and {answer!r} differ only in capitals: write them the same way"
    return ""


def _distinct(table: "pd.DataFrame", columns: Sequence[str]) -> list[str]:
    return sorted({answer for name in columns for answer in table[name].dropna().unique()})


def _each_value(column: "pd.Series", spell: Callable[[object], str]) -> "pd.Series":
    """Return the column respelled, each distinct value once; an empty text is missing."""
    import pandas as pd

    try:
        codes, values = pd.factorize(column)
    except TypeError as error:  # lists and dictionaries have no hash
        raise DataError(
            f"column {column.name!r} holds {type(column.iloc[0]).__name__} values, which are no"
            " single name or answer; take one value out of each"
        ) from error
    if values.dtype.kind in "iu":  # all are spelled one way
        spelled: Iterable[str | None] = map(str, values.tolist())
    else:
        spelled = (spell(value) or None for value in values)
    texts = pd.Series([*spelled, None], dtype="object")
    return pd.Series(texts.to_numpy()[codes], index=column.index, dtype="object")


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():  # numpy's float64 is a float too
        return str(int(value))
    return str(value).strip()


def _answer(value: object) -> str:
    text = _text(value)
    if text.casefold() in BLANK:
        return ""
    whole = WHOLE.fullmatch(text)
    if whole:
        return whole[1]
    return text.lower() if text.casefold() in ("true", "false") else text
