"""The annotators of a job, assessed: what `paygrade assess` says, as text, table, plot and JSON.

Nobody is judged by a point estimate. An annotator is "below" the standard if the test says so,
adjusted for their number, "meets it" if the whole interval does, and "open" otherwise: often the
checks are too few to tell, and few checks are no reproach. Who agrees even less often than a coin
would is "against the key", which is no lack of effort.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.assessment.agreement import FEEDS, choose_monitor
from paygrade.assessment.alarm import consistency_alarm
from paygrade.assessment.assess_options import PEERS
from paygrade.assessment.calibration import Calibration, calibrate_signal
from paygrade.assessment.contrary import against_a_coin
from paygrade.assessment.estimates import STANDARD, assess
from paygrade.assessment.known_items import with_stronger
from paygrade.assessment.two_parameters import two_parameter_report
from paygrade.errors import PaygradeError
from paygrade.labels.annotations import Annotations
from paygrade.model.counting import (
    ComparisonMode,
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)

if TYPE_CHECKING:
    import pandas as pd

Kind = type[CountingMonitor]
Progress = Callable[[str], None]

BELOW, MET, OPEN, UNCHECKED = "below", "meets it", "open", "not checked"
CONTRARY = "against the key"
FINDINGS = (CONTRARY, BELOW, MET, OPEN, UNCHECKED)
KEYS = (GoldenQuestions, ExpertReview)  # monitors that know which answer is right


@dataclass(frozen=True)
class Question:
    """What is asked of the labels; each option as in `assess`.

    Attributes:
        two_parameters: whether sensitivity and specificity are wanted even if nobody is misread.
    """

    kind: Kind | None = None
    signal: float | None = None
    trusted: str | None = None
    standard: float | str = STANDARD
    level: float = 0.95
    margins: str | None = None
    key_error: float = 0.0
    stronger: str | None = None
    control: str = "holm"
    shrink: bool = False
    two_parameters: bool = False


@dataclass(frozen=True, eq=False)
class Roster:
    """Annotators assessed.

    Attributes:
        annotations: the labels.
        question: what was asked, with the monitor that was used.
        table: one row an annotator, as `assess` returns, and `finding`: against the key, below,
            meets it, open or not checked; with p_coin and p_coin_adjusted (`against_a_coin`) unless
            the checks were scored already.
        calibration: what agreement means full effort; None where it was given.
        alarm: what `consistency_alarm` returns where there are repeats and a key, else None.
        apart: what `two_parameter_report` returns where it was asked for or somebody is misread.
        missing: why one of the two, though there are data for it, is not here.
    """

    annotations: Annotations
    question: Question
    table: "pd.DataFrame"
    calibration: Calibration | None
    alarm: "pd.DataFrame | None"
    apart: "pd.DataFrame | None"
    missing: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """The monitor that was used."""
        return self.question.kind or choose_monitor(self.annotations)

    def names(self, *findings: str) -> list[str]:
        """Return the annotators of whom one of these was found."""
        return self.table.loc[self.table["finding"].isin(findings), "worker"].tolist()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        found = self.calibration
        return {
            "labels": {
                "summary": str(self.annotations),
                "left_out": dict(self.annotations.left_out),
            },
            "monitor": {
                "kind": self.kind.__name__,
                "signal": float(self.table.attrs["signal"]),
                "signal_low": None if found is None else _excess_to_signal(self.kind, found.low),
                "signal_high": None if found is None else _excess_to_signal(self.kind, found.high),
                "calibration": self.table.attrs["calibration"],
                "key_error": self.question.key_error,
            },
            "standard": self.question.standard,
            "level": self.question.level,
            "control": self.question.control,
            "findings": {finding: self.names(finding) for finding in FINDINGS},
            "annotators": _plain(self.table),
            "consistent_but_wrong": None if self.alarm is None else _plain(self.alarm),
            "two_parameters": None if self.apart is None else _plain(self.apart),
            "missing": list(self.missing),
        }


def call_roster(
    annotations: Annotations, question: Question, *, progress: Progress = lambda _: None
) -> Roster:
    """Assess the annotators, and look for those whom one estimate would misread.

    Raises:
        PaygradeError: as `assess`, and as `two_parameter_report` if it was asked for.
    """
    progress("calibrating")
    if question.stronger is not None and question.kind in (None, ComparisonMode):
        annotations = with_stronger(annotations, question.stronger)
        question = replace(question, kind=ComparisonMode)
    kind = choose_monitor(annotations) if question.kind is None else question.kind
    question = replace(question, kind=kind)
    known = question.signal is not None or question.margins is not None
    calibration = None
    if not known:
        calibration = calibrate_signal(
            annotations, kind, trusted=question.trusted, level=question.level
        )
    progress("assessing annotators")
    table = assess(
        annotations,
        kind,
        signal=question.signal if calibration is None else calibration,
        trusted=None if calibration is not None else question.trusted,
        standard=question.standard,
        level=question.level,
        margins=question.margins,
        key_error=question.key_error,
        stronger=question.stronger,
        control=question.control,
        shrink=question.shrink,
    )
    if not annotations.scored:  # who doesn't look finds no planted error, and is no coin
        table = table.assign(**against_a_coin(table, question.control))
    table["finding"] = _findings(table, question)
    progress("holding repeats against checks")
    alarm, no_alarm = _alarm(annotations, question)
    progress("looking for two parameters")
    apart, not_apart = _apart(annotations, question)
    missing = tuple(reason for reason in (no_alarm, not_apart) if reason)
    return Roster(annotations, question, table, calibration, alarm, apart, missing)


def _findings(table: "pd.DataFrame", question: Question) -> "np.ndarray[Any, np.dtype[Any]]":
    standard = question.standard
    least = np.inf if standard == PEERS else float(standard)  # nobody can be shown to be a peer
    contrary = table.get("p_coin_adjusted", 1.0) <= 1.0 - question.level
    cases = {
        UNCHECKED: table["checked"] == 0,
        CONTRARY: contrary & (table["checked"] > 0),
        BELOW: table["flagged"],
        MET: table["effort_low"] >= least,
    }
    return np.select(list(cases.values()), list(cases), OPEN)


def _alarm(annotations: Annotations, question: Question) -> "tuple[pd.DataFrame | None, str]":
    """Return what repeats and checks say together, or why that is not known."""
    against = _key_monitor(annotations, question)
    if against is None or not _has(annotations, SelfConsistency):
        return None, ""
    try:
        kappa, signal = (
            _signal(annotations, kind, question) for kind in (SelfConsistency, against)
        )
        found = consistency_alarm(
            annotations,
            against,
            kappa=kappa,
            signal=signal,
            level=question.level,
            control=question.control,
        )
    except PaygradeError as error:
        return None, f"Repeats were not held against checks: {error}"
    return found, ""


def _apart(annotations: Annotations, question: Question) -> "tuple[pd.DataFrame | None, str]":
    """Return the two-parameter report if it is wanted or matters, or why it is not known."""
    against = _key_monitor(annotations, question)
    if not question.two_parameters and (against is None or not _both_right(annotations, against)):
        return None, ""
    try:
        found = two_parameter_report(
            annotations,
            against or question.kind,
            signal=None if against is None else _signal(annotations, against, question),
            level=question.level,
            control=question.control,
        )
    except PaygradeError as error:
        if question.two_parameters:
            raise
        return None, f"Two parameters were not looked for: {error}"
    return (found, "") if question.two_parameters or found["misread"].any() else (None, "")


def _signal(annotations: Annotations, kind: Kind, question: Question) -> float | Calibration | None:
    """Return what full effort means to a monitor that may not be the one that was chosen."""
    keep = 1.0 - 2.0 * question.key_error * (kind is GoldenQuestions)
    if question.signal is not None and kind is question.kind:
        return question.signal * keep
    found = calibrate_signal(
        annotations,
        kind,
        trusted=question.trusted,
        margins=question.margins,
        level=question.level,
    )
    return _weakened(found, keep) if question.margins is not None else found


def _weakened(found: Calibration, keep: float) -> Calibration:
    """Return the calibration of known margins where golden answers may be wrong."""
    span = found.span
    if keep == 1.0 or span is None:
        return found

    def narrower(level: float) -> tuple[float, float]:
        low, high = span(level)
        return keep * low, keep * high

    low, high = keep * found.low, keep * found.high
    return replace(found, signal=keep * found.signal, low=low, high=high, span=narrower)


def _key_monitor(annotations: Annotations, question: Question) -> Kind | None:
    """Return the monitor with a key: the one that was chosen, or the first that labels feed."""
    if question.kind in KEYS:
        return question.kind
    if question.kind is ComparisonMode:
        return None
    return next((kind for kind in KEYS if _has(annotations, kind)), None)


def _has(annotations: Annotations, kind: Kind) -> bool:
    column = FEEDS[kind].column
    return column in annotations.table and bool(annotations.table[column].notna().any())


def _both_right(annotations: Annotations, kind: Kind) -> bool:
    return annotations.table[FEEDS[kind].column].nunique() == 2


def _excess_to_signal(kind: Kind, excess: float) -> float:
    return FEEDS[kind].parameter(excess)


def _plain(table: "pd.DataFrame") -> list[Mapping[str, Any]]:
    """Return the rows for JSON, which has no NaN and no infinity."""
    clean = table.astype(object).where(table.notna(), None).replace({np.inf: None, -np.inf: None})
    return [{str(name): value for name, value in row.items()} for row in clean.to_dict("records")]
