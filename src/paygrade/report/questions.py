"""What `paygrade plan` was asked, answered by the planning functions."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from paygrade.errors import DataError
from paygrade.model.counting import CountingMonitor
from paygrade.planning.goals import SIGNALS, sample_size
from paygrade.planning.operating import OperatingCurve, operating_curve
from paygrade.planning.tradeoff import MonitoringTradeoff, monitoring_tradeoff
from paygrade.report.economics import read_economics
from paygrade.report.kinds import KINDS, kind_named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What each question goes with; anything else that is given was meant for another one.
QUESTIONS = {
    "test": {"errors", "method", "monitor", "signal"},
    "width": {"effort", "level", "method", "monitor", "signal"},
    "rule": {"accuracy", "answers"},
    "economics": {"monitor", "signal", "check_cost", "batch", "agency_cost"},
}
DEFAULTS = {"errors": (0.05, 0.05), "level": 0.95, "method": "exact"}


class Answer(Protocol):
    """Something to print."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers and text."""


def answer(
    options: Mapping[str, Any],
    progress: Callable[[str], None],
    executor: Executor | None = None,
) -> Answer:
    """Return what the options of `paygrade plan` ask for.

    Arguments:
        options: by name; None, an empty list or the default where it isn't given.
        progress: told what is being done.
        executor: prices shares side by side; None: one after the other.

    Raises:
        DataError: the options ask for nothing, for two things, or don't go together.
        PaygradeError: as the functions that answer.
    """
    given = {k: v for k, v in options.items() if v and v != DEFAULTS.get(k)}
    given |= {k: v for k, v in options.items() if v == 0 and k in ("effort", "check_cost")}
    asked = [name for name in QUESTIONS if options[name] is not None]
    if len(asked) != 1:
        what = " and ".join(f"--{name}" for name in asked) or "no question"
        raise DataError(f"{what} is given; give one of --test, --width, --rule and --economics")
    [question] = asked
    astray = sorted(set(given) - QUESTIONS[question] - {question})
    if astray:
        names = ", ".join("--" + name.replace("_", "-") for name in astray)
        raise DataError(
            f"{names} doesn't go with --{question}, which would ignore it; leave it out"
        )
    progress("planning")
    match question:
        case "rule":
            return operating_curve(
                options["rule"], options["accuracy"] or None, answers=options["answers"] or None
            )
        case "economics":
            return _priced(options, progress, executor)
        case "test":
            kind = kind_named(options["monitor"])
            if kind is None and options["signal"] is not None:
                raise DataError(
                    "--signal is given without --monitor, so --test states accuracies and the"
                    " signal would be ignored; name the monitor, or leave the signal out"
                )
            return sample_size(
                kind,
                signal=options["signal"],
                test=options["test"],
                errors=options["errors"],
                method=options["method"],
            )
    return sample_size(
        _kind(options["monitor"]),
        signal=options["signal"],
        width=options["width"],
        effort=options["effort"],
        level=options["level"],
        method=options["method"],
    )


def save_answer(found: Answer, path: Path) -> None:
    """Draw the answer into `path`; the suffix (png, svg, pdf) says the format.

    Raises:
        DataError: the answer is a number, which has no picture.
    """
    draw_answer(found).savefig(path, dpi=150)


def draw_answer(found: Answer, width: float = 7.0) -> "Figure":
    """Return the answer as a figure, `width` inches wide.

    Raises:
        DataError: the answer is a number, which has no picture.
    """
    if not isinstance(found, MonitoringTradeoff | OperatingCurve):
        raise DataError(
            "--plot draws what --rule does and what --check-cost buys, no single number"
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    found.plot(figure.subplots())
    return figure


def _priced(
    options: Mapping[str, Any], progress: Callable[[str], None], executor: Executor | None
) -> Answer:
    settings = read_economics(options["economics"])
    kind, signal = _kind(options["monitor"]), options["signal"]
    if signal is None:
        signal = settings.monitor.signal
    if signal is None:
        raise DataError(
            f"{options['economics']}: no signal says what full effort looks like; give --signal, or"
            " signal in the table [monitor]"
        )
    problem = settings.problem(kind(**{"n": 1, SIGNALS[kind]: signal}))
    target, price, batch = options["agency_cost"], options["check_cost"], options["batch"]
    if target is not None:
        if price is not None or batch is not None:
            raise DataError(
                "--agency-cost asks for a number of checks, --check-cost and --batch for the best"
                " share of a batch; give one or the other"
            )
        return sample_size(problem=problem, agency_cost=target, family=settings.family)
    if price is None or batch is None:
        raise DataError(
            "--economics leaves open what to plan; give --check-cost and --batch to price every"
            " share of checks, or --agency-cost"
        )
    return monitoring_tradeoff(
        problem, price, batch=batch, family=settings.family, progress=progress, executor=executor
    )


def _kind(name: str | None) -> type[CountingMonitor]:
    kind = kind_named(name)
    if kind is None:
        raise DataError(
            f"no --monitor is given, so nobody knows what is counted; choose {', '.join(KINDS)}"
        )
    return kind
