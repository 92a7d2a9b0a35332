"""What can be wrong with the options of `assess`."""

from paygrade.assessment.intervals import check_level
from paygrade.assessment.multiplicity import check_control
from paygrade.model.checks import share
from paygrade.model.counting import ComparisonMode, CountingMonitor, GoldenQuestions

PEERS = "peers"


def option_problems(
    signal: object, trusted: object, standard: float | str, level: float, control: str
) -> list[str]:
    """Return what is wrong with signal, standard, level and control."""
    problems = []
    if standard != PEERS:
        asked = "is no effort that could be asked for, nor 'peers'"
        if isinstance(standard, str):
            problems = [f"standard={standard!r} {asked}; give a number above 0 and at most 1"]
        else:
            problems = share("standard", standard, asked)
    if signal is not None and trusted:
        problems.append(
            f"signal={signal!r} and trusted={trusted!r} both say what careful work looks like; give"
            " one of them"
        )
    return problems + check_level(level) + check_control(control)


def margin_problems(
    margins: object, signal: object, trusted: object, standard: object
) -> list[str]:
    """Return what margins given item by item don't go with."""
    if margins is None:
        return []
    problems = []
    if signal is not None or trusted:
        problems.append(
            "margins say item by item what careful work looks like, so signal and trusted have"
            " nothing to add; give one of them"
        )
    if standard == PEERS:
        problems.append(
            "standard='peers' compares shares of agreement, and with margins the items differ; give"
            " an effort as the standard, or leave margins out"
        )
    return problems


def comparison_problems(monitor: object, stronger: object) -> list[str]:
    """Return a problem if `stronger` is given to a monitor that can't use it."""
    if stronger is None or monitor is ComparisonMode:
        return []
    name = getattr(monitor, "__name__", monitor)
    problem = (
        f"stronger is for ComparisonMode, and monitor={name} would ignore it; leave one of the two"
        " out"
    )
    return [problem]


def key_problems(key_error: float, monitor: type[CountingMonitor], *, known: bool) -> list[str]:
    """Return a problem unless the monitor can use `key_error`; `known`: the margin is given."""
    try:
        if float(key_error) == 0.0:
            return []
        possible = 0.0 < float(key_error) < 0.5
    except (TypeError, ValueError):
        possible = False
    given = f"key_error={key_error!r}"
    if not possible:
        reason = (
            ": golden answers that are wrong half of the time or more tell nothing; give a number"
            " from 0 to below 0.5"
        )
    elif monitor is not GoldenQuestions:
        reason = f" is for golden questions, and {monitor.__name__} has no key; leave it out"
    elif not known:
        reason = (
            ": a signal that is calibrated by the same golden answers holds their errors already;"
            " leave it out, or give 'signal' or 'margins'"
        )
    else:
        return []
    return [given + reason]
