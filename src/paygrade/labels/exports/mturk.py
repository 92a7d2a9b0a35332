"""Mechanical Turk: the results of a batch as CSV.

A row is one assignment. Input. columns are what was asked and so name the item (a batch that is
published again has new HITs for the same items), Answer. columns hold the answers. Radio buttons
of Crowd HTML write a column for each button, true or false; those become one question again.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paygrade.labels.answers import as_answers
from paygrade.labels.columns import Name
from paygrade.labels.exports.export import Export, choose_question, require, with_prefix
from paygrade.labels.source import Selected, Source

if TYPE_CHECKING:
    import pandas as pd

WORKER, HIT, SUBMITTED, STATUS = "WorkerId", "HITId", "SubmitTime", "AssignmentStatus"
ZONES = {"PST": "-0800", "PDT": "-0700", "UTC": "+0000", "GMT": "+0000"}


def open_mturk(source: Source, given: Mapping[str, Name]) -> Export:
    """Return the export; rejected work stays in, as grading it is what this is for.

    Raises:
        DataError: it is no such export, or asks several questions and `given` names none.
    """
    require(source, "Mechanical Turk", [WORKER, HIT])
    answers = [name for name in source.columns if name.startswith("Answer.")]
    groups, made = _radio_buttons(source, answers)
    buttons = {button for group in groups.values() for button in group}
    questions = [name for name in answers if name not in buttons] + list(groups)
    columns = source.columns + tuple(name for name in made if name not in source.columns)
    label = with_prefix(given.get("label"), "Answer.", columns)
    label = choose_question(questions, label, source.name)
    inputs = tuple(
        name for name in columns if name.startswith("Input.") and name not in given.values()
    )
    if SUBMITTED in source.columns:
        made |= {SUBMITTED: _times(source.read([SUBMITTED]).iloc[:, 0])}
    roles: dict[str, Name] = {
        "task": inputs or HIT,
        "worker": WORKER,
        "label": label,
        "time": SUBMITTED if SUBMITTED in columns else None,
    }
    return Export(Selected(source.name, columns, source, made=made), roles)


def _radio_buttons(
    source: Source, names: Sequence[str]
) -> "tuple[dict[str, list[str]], dict[str, pd.Series]]":
    """Return question -> its buttons' columns, and question -> the button that is true.

    Buttons of one name, Answer.mood.good and Answer.mood.bad, are a question; so are together those
    that have a name each, Answer.good.good and Answer.bad.bad.
    """
    import pandas as pd

    if not names:
        return {}, {}
    frame = source.read(names).set_axis(list(names), axis="columns").reset_index(drop=True)
    cells = pd.DataFrame({name: as_answers(frame[name]) for name in names})
    buttons = [
        name
        for name in names
        if name.count(".") == 2 and set(cells[name].dropna().unique()) <= {"true", "false"}
    ]
    groups: dict[str, list[str]] = {}
    for name in buttons:
        groups.setdefault(name.rpartition(".")[0], []).append(name)
    alone = [group[0] for group in groups.values() if len(group) == 1]
    groups = {question: group for question, group in groups.items() if len(group) > 1}
    if len(alone) > 1:
        groups["Answer.buttons"] = alone
    return groups, {question: _chosen(cells[group]) for question, group in groups.items()}


def _chosen(cells: "pd.DataFrame") -> "pd.Series":
    """Return the one button that is true in each row; missing where none or several are."""
    ends = [name.split(".")[-1] for name in cells.columns]
    if len(set(ends)) < len(ends):
        ends = [name.split(".")[1] for name in cells.columns]
    pressed = cells == "true"
    found = pressed.set_axis(ends, axis="columns").idxmax(axis="columns").astype("object")
    return found.where(pressed.sum(axis="columns") == 1)


def _times(column: "pd.Series") -> "pd.Series":
    """Return "Mon Mar 02 10:12:33 PST 2020" as 2020-03-02T10:12:33-0800; others as they are."""
    import pandas as pd

    texts = column.astype("object").where(column.notna(), "").astype(str)
    zoned = texts.replace(
        {rf" {zone} ": f" {offset} " for zone, offset in ZONES.items()}, regex=True
    )
    moments = pd.to_datetime(zoned, format="%a %b %d %H:%M:%S %z %Y", errors="coerce", utc=True)
    return texts.mask(moments.notna(), moments.dt.strftime("%Y-%m-%dT%H:%M:%S%z"))
