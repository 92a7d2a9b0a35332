"""From any preference data set to pairs: opened, its format found, rows read, losses counted."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paygrade.arguments import checked_arguments
from paygrade.data.formats.format import Format, Lost, Reading, Row
from paygrade.data.formats.known import choose_format
from paygrade.data.formats.record import Record
from paygrade.data.part import Part
from paygrade.data.parts import open_parts
from paygrade.data.preference_pairs import PreferencePairs, as_table
from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

EMPTY = "splits without rows"


@checked_arguments
def read_pairs(
    source: Any,
    format: str | None = None,  # noqa: A002 - the word that people look for
    *,
    split: str | None = None,
    columns: Mapping[str, str] | None = None,
    question: str | None = None,
    keep: Sequence[str] = (),
    load: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> PreferencePairs:
    """Read preferences between two responses from a data set.

    The formats::

        | format | columns it needs | label |
        |---|---|---|
        | pairs | prompt, left, right | label, or the higher of left_score and right_score |
        | pku-saferlhf | prompt, response_0, response_1, better_response_id | better, or safer |
        | helpsteer | prompt, response, helpfulness | the higher rating; coin |
        | helpsteer2-preference | prompt, response_1, response_2, preference_strength | its sign |
        | ultrafeedback | instruction, completions | the higher score, of every two; coin |
        | trl | chosen, rejected; prompt unless it is inside both | chosen; coin |
        | qlora-judge | question_id, answer1_model, answer2_model, score | GPT-4's verdict |
        | mt-bench | question_id, model_a, model_b, judge, winner | winner |
        | ukpconvarg | arg1, arg2, worker, label | a vote |

    "helpsteer" is HelpSteer, HelpSteer2 and its disagreements; "trl" is Skywork-Reward-Preference,
    ultrafeedback_binarized, HH-RLHF and all in TRL's columns, texts or messages.

    Sides. Where the file says who won by a response's place (chosen), or pairs are put together
    here, a coin says which one is left: a hash of seed, prompt and both texts, blind to the label.
    Else "left" would always be right, and position would leak the answer. In other files sides are
    the file's own.

    Nothing is lost silently. What can't be a pair (a missing response, two equal ones) is counted
    in `left_out` and named in `dropped`; a pair without a label stays, with its label missing.

    Arguments:
        source: path of a CSV, TSV, JSON, JSON-lines or Parquet file, plain or gzip; a pattern; a
            folder, a name on the Hub ("nvidia/HelpSteer2") or an object of the `datasets` library,
            for which the extra `data` has to be installed; a data frame; or a list of these.
        format: its name; by default the first whose columns are all there.
        split: rows of this split only.
        columns: our name -> the data set's, where a column is called otherwise.
        question: which of several answers is the label: "better" or "safer" (pku-saferlhf), the
            attribute (helpsteer), "overall_score" or "fine-grained_score" (ultrafeedback).
        keep: further columns to carry along, as they are.
        load: further arguments of `datasets.load_dataset`, such as {"data_dir": "preference"},
            {"name": "alpaca-7b"}, {"revision": ...} or {"split": "train[:1000]"}.
        seed: of the coin.

    Raises:
        DataError: the source can't be read, has no known format, or holds no pairs; with the row
            where one holds something else than it should.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"prompt": ["2 + 2?"], "chosen": ["4"], "rejected": ["5"]})
    >>> pairs = read_pairs(rows)
    >>> print(pairs)
    1 pairs of 1 items, 1 of them labelled (trl)
    >>> row = pairs.table.iloc[0]
    >>> row[row["label"]]
    '4'
    """
    parts = open_parts(source, load or {})
    name = _called(source, parts)
    full = [part for part in parts if part.rows]
    if not full:
        raise DataError(f"{name} holds no rows in any split, so there are no pairs; check the file")
    rows: list[Row] = []
    lost: list[tuple[str, Lost]] = []
    for part in full:
        found = choose_format(format, _called_ours(part, columns), part.name, question)
        for each in _read(part, found, Reading(seed, question), columns, keep):
            if isinstance(each, Lost):
                lost.append((part.name, each))
            elif split is None or each["split"] == split:
                rows.append(each)
    if not rows:
        raise DataError(_no_pairs(name, split, parts, lost))
    empty = {EMPTY: len(parts) - len(full)} if len(full) < len(parts) else {}
    counts = Counter(each.reason for _, each in lost)
    return PreferencePairs(as_table(rows), name, {**counts, **empty}, _named(lost))


def _read(
    part: Part,
    found: Format,
    reading: Reading,
    columns: Mapping[str, str] | None,
    keep: Sequence[str],
) -> Iterator[Row | Lost]:
    theirs = {name: ours for ours, name in (columns or {}).items()}
    unknown = [each for each in keep if each not in part.columns]
    if unknown:
        raise DataError(
            f"{part.name} has no column {unknown[0]!r} to keep; the columns are"
            f" {', '.join(part.columns)}"
        )
    records = [
        Record({theirs.get(k, k): v for k, v in row.items()} if theirs else row, part.name, number)
        for number, row in enumerate(part.rows, start=1)
    ]
    for each in found.pairs(records, reading):
        if isinstance(each, dict):
            record = each.pop("record")
            each["dataset"] = each.get("dataset") or found.name
            each["split"] = each.get("split") or part.split
            each |= {name: record.get(theirs.get(name, name)) for name in keep}
        yield each


def _called_ours(part: Part, columns: Mapping[str, str] | None) -> list[str]:
    """Return the columns under the names that formats know.

    Raises:
        DataError: a column to rename isn't there.
    """
    missing = [name for name in (columns or {}).values() if name not in part.columns]
    if missing:
        raise DataError(
            f"columns={dict(columns or {})!r}: {part.name} has no column {missing[0]!r}; the"
            f" columns are {', '.join(part.columns)}"
        )
    theirs = {name: ours for ours, name in (columns or {}).items()}
    return [theirs.get(name, name) for name in part.columns]


def _called(source: Any, parts: Sequence[Part]) -> str:
    return (
        str(source) if hasattr(source, "__fspath__") or isinstance(source, str) else parts[0].name
    )


def _no_pairs(
    name: str, split: str | None, parts: Sequence[Part], lost: Sequence[tuple[str, Lost]]
) -> str:
    if split is not None and not lost:
        known = ", ".join(f"{each.split} ({len(each.rows)} rows)" for each in parts)
        return f"{name} has no rows in split {split!r}, so there are no pairs; its splits: {known}"
    reasons = Counter(each.reason for _, each in lost)
    counted = "; ".join(f"{count} {reason}" for reason, count in reasons.items())
    return f"{name} holds no pair that can be used ({counted}); check the columns and the format"


def _named(lost: Sequence[tuple[str, Lost]]) -> "pd.DataFrame":
    import pandas as pd

    rows = [(part, each.record.row, each.reason) for part, each in lost]
    return pd.DataFrame(rows, columns=["part", "row", "reason"])
