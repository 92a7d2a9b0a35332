"""Prolific: the answers of a study in long format, with its export of submissions beside them.

Prolific recruits and pays; the answers come from the survey or the tool that its link leads to,
with the participant's id (PROLIFIC_PID, as the link hands it over). Prolific's own export, one row
a submission, says who returned the study or ran out of time.
"""

from collections.abc import Mapping

from paygrade.errors import DataError
from paygrade.labels.answers import as_names
from paygrade.labels.columns import Name
from paygrade.labels.exports.export import Export
from paygrade.labels.source import Selected, Source

PARTICIPANT, STATUS = "Participant id", "Status"
CALLED = ("prolific_pid", "prolificpid", "prolific_id", "participant_id", "participant id", "pid")
KEPT = ("APPROVED", "AWAITING REVIEW", "AWAITING_REVIEW", "REJECTED")


def open_prolific(sources: list[Source], given: Mapping[str, Name]) -> Export:
    """Return the answers of submissions that came in; rejected ones too, as grading is the point.

    Arguments:
        sources: the table of answers, in long format, and perhaps the export of submissions.
        given: role -> column, as far as the user names them.

    Raises:
        DataError: there is no table of answers, none with a participant's id, or nobody in it is in
            the export.
    """
    exports = [each for each in sources if {PARTICIPANT, STATUS} <= set(each.columns)]
    answers = [each for each in sources if each not in exports]
    if len(answers) != 1 or len(exports) > 1:
        raise DataError(
            f"{len(answers)} tables of answers and {len(exports)} exports of submissions (those"
            f" with columns {PARTICIPANT!r} and {STATUS!r}) are given, so it is unclear whose"
            " answers are whose; Prolific's own export holds no answers: give [answers of your"
            " survey or tool, export of the submissions], one of each, or the answers alone"
        )
    source = answers[0]
    worker = given.get("worker") or _participant(source)
    if not exports:
        return Export(source, {"worker": worker})
    return _submitted(source, str(worker), exports[0])


def _participant(source: Source) -> str:
    for called in CALLED:
        for name in source.columns:
            if name.casefold() == called:
                return name
    raise DataError(
        f"{source.name} has no column with Prolific's participant ids (such as PROLIFIC_PID), so"
        " nobody knows who answered; name it in the option 'worker'. The columns are:"
        f" {', '.join(source.columns)}"
    )


def _submitted(source: Source, worker: str, export: Source) -> Export:
    found = export.read([PARTICIPANT, STATUS])
    people, states = (as_names(found.iloc[:, i]) for i in range(2))
    came_in = set(people[states.str.upper().isin(KEPT)])
    who = as_names(source.read([worker]).iloc[:, 0].reset_index(drop=True))
    known, kept = who.isin(set(people)), who.isin(came_in)
    if not kept.any():
        raise DataError(
            f"none of the {who.nunique()} people in column {worker!r} of {source.name} has a"
            f" submission that came in by {export.name}, so there is nobody to assess; check that"
            " both are of one study"
        )
    left_out = {
        "answers of submissions that were returned or timed out": int((known & ~kept).sum()),
        "answers of people without a submission": int((~known & who.notna()).sum()),
    }
    rows = who.index[kept | who.isna()].tolist()
    return Export(Selected(source.name, source.columns, source, rows), {"worker": worker}, left_out)
