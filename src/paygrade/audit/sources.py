"""What a check is told besides a rule file: the rule in words, careful work from labels."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paygrade.assessment.agreement import choose_monitor
from paygrade.assessment.calibration import calibrate_signal
from paygrade.errors import DataError, ModelError
from paygrade.labels.annotations import read_annotations
from paygrade.operations.rule import MONITORS, PayRule
from paygrade.operations.rule_file import RuleFile
from paygrade.operations.rule_words import parse_pay
from paygrade.report.economics import read_economics
from paygrade.settings import checked


def rule_in_words(
    words: str, ban: str | None = None, counted: str | None = None, careful: float | None = None
) -> PayRule:
    """Return the rule that the words state.

    Arguments:
        words: as `parse_pay` reads them, the number of checks among them.
        ban: as `parse_rule` reads it.
        counted: golden, expert or repeats; None: golden.
        careful: share of checks that careful work gets right.

    Raises:
        DataError: the words can't be read, or nobody says what careful work gets right.

    >>> rule = rule_in_words("1.00 + 0.50 x accuracy, 10 checks", careful=0.9)
    >>> round(rule.expected_pay(0.5), 9)
    1.25
    """
    if careful is None:
        raise DataError(
            "the words don't say how many checks careful work gets right; give --careful, such as"
            " 0.9, or --labels that show it, or [monitor] signal in the economics"
        )
    try:
        stated = parse_pay(words)
    except ModelError as error:
        raise DataError(f"the words {error}") from error
    found: dict[str, Any] = {
        "rule": stated,
        "counted": {"what": counted or "golden", "careful": str(careful)},
        **({} if ban is None else {"ban": {"rule": ban}}),
    }
    return checked(found, RuleFile, "the rule in words").pay_rule()


def careful_share(
    economics: Path | None,
    monitor: str | None,
    careful: float | None,
    labels: Path | None,
    read: Mapping[str, Any],
) -> float | None:
    """Return the share of checks that careful work gets right, if anything but the rule says it.

    Arguments:
        economics: settings that may hold a signal, or name trusted annotators.
        monitor: golden, expert or repeats; None: what the labels have.
        careful: the share itself.
        labels: a label file; `read` says how to read it.
        read: keywords of `read_annotations`.

    Raises:
        DataError: two sources are given, or one can't be used.
    """
    if monitor is not None and monitor not in MONITORS:
        raise DataError(f"--monitor {monitor} is unknown; choose {', '.join(MONITORS)}")
    if careful is not None and labels is not None:
        raise DataError("--careful and --labels both say what careful work is; give one of them")
    if careful is not None:
        if 1.0 < careful <= 100.0:
            raise DataError(
                f"--careful {careful:g} looks like a percentage, and a share is asked for; give"
                f" {careful / 100.0:g}"
            )
        if not 0.5 < careful <= 1.0:
            why = "is no better than a coin" if 0.0 <= careful <= 0.5 else "is no share of checks"
            raise DataError(f"--careful {careful:g} {why}; give 0.5 < share <= 1")
        return careful
    settings = None if economics is None else read_economics(economics).monitor
    if labels is not None:
        annotations = read_annotations(labels, **read)
        kind = choose_monitor(annotations) if monitor is None else MONITORS[monitor]
        trusted = None if settings is None else settings.trusted
        return 0.5 + 0.5 * calibrate_signal(annotations, kind, trusted=trusted).signal
    if settings is not None and settings.signal is not None:
        return 0.5 + 0.5 * settings.signal
    return None
