"""The figures that settings state, in words, and the job when one of them is off.

A figure moves as an edit of the settings would move it. So other money of the annotator moves while
the *pay* that makes up for attention stays: what it costs in utils follows.
"""

from collections.abc import Callable
from dataclasses import replace

from paygrade.assessment.calibration import build_monitor
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import MoralHazard
from paygrade.report.economics import Economics
from paygrade.robust.inputs import Input

WORDS = {
    "annotator.full_effort": "pay that makes up for attention",
    "annotator.cost_power": "how steeply attention costs more",
    "annotator.reservation_wage": "pay elsewhere for the time",
    "annotator.wealth": "other money they have",
    "annotator.risk_aversion": "their aversion to risk",
    "batch.value": "worth of attention to you",
    "batch.checks": "checks done in a batch",
    "monitor.signal": "signal of a check",
}


def stated_inputs(economics: Economics, monitor: CountingMonitor, wage: float) -> list[Input]:
    """Return the figures that may be mistaken; `wage`: expected pay, the unit of money that is 0.

    >>> from paygrade.model.counting import ExpertReview
    >>> from paygrade.report.economics import Annotator, Batch
    >>> job = Economics(annotator=Annotator(reservation_wage=8.0, full_effort=4.0, wealth=20.0),
    ...                 batch=Batch(value=20.0, checks=60))
    >>> inputs = stated_inputs(job, ExpertReview(60, 0.7), 12.0)
    >>> [one.name.partition(".")[2] for one in inputs]
    ['full_effort', 'cost_power', 'reservation_wage', 'wealth', 'value', 'checks', 'signal']
    """
    person, batch, signal = economics.annotator, economics.batch, signal_of(monitor)
    names = ["full_effort", "cost_power", "reservation_wage"]
    names += ["wealth"] if person.utility in ("log", "square-root", "crra") else []
    names += ["risk_aversion"] if person.utility in ("crra", "cara") else []
    found = []
    for name in names:
        value = float(getattr(person, name))
        truth = _person(economics, monitor, name)
        found.append(Input(f"annotator.{name}", value, value or wage, truth))
    return [
        *found,
        Input("batch.value", batch.value, batch.value, _worth(economics, monitor)),
        Input("batch.checks", batch.checks, batch.checks, _checks(economics, monitor), whole=True),
        Input("monitor.signal", signal, signal, _signal(economics, monitor), most=1.0),
    ]


def signal_of(monitor: CountingMonitor) -> float:
    """Return how far full effort lifts agreement above a coin's: 0 for not at all, 1 for always."""
    return 2.0 * float(monitor.accuracy(1.0)) - 1.0


def with_signal(monitor: CountingMonitor, signal: float) -> CountingMonitor:
    """Return the monitor with another signal."""
    return build_monitor(type(monitor), monitor.n, signal)


def _person(
    economics: Economics, monitor: CountingMonitor, name: str
) -> Callable[[float], MoralHazard]:
    return lambda number: economics.but(**{name: number}).problem(monitor)


def _worth(economics: Economics, monitor: CountingMonitor) -> Callable[[float], MoralHazard]:
    def truth(number: float) -> MoralHazard:
        batch = economics.batch.model_copy(update={"value": number})
        return economics.model_copy(update={"batch": batch}).problem(monitor)

    return truth


def _checks(economics: Economics, monitor: CountingMonitor) -> Callable[[float], MoralHazard]:
    return lambda number: economics.problem(replace(monitor, n=int(number)))  # type: ignore[type-var]


def _signal(economics: Economics, monitor: CountingMonitor) -> Callable[[float], MoralHazard]:
    return lambda number: economics.problem(with_signal(monitor, number))
