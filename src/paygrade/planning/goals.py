"""How many checks a purpose takes: to tell two people apart, to estimate, to save agency cost."""

from dataclasses import replace
from typing import Any

from paygrade.arguments import checked_arguments
from paygrade.assessment.calibration import Calibration
from paygrade.assessment.intervals import check_level
from paygrade.errors import InfeasibleContract, ModelError, PaygradeError, raise_problems
from paygrade.model.checks import positive
from paygrade.model.contract import BinaryContract, Contract
from paygrade.model.counting import (
    ComparisonMode,
    CountingMonitor,
    ExpertReview,
    GoldenQuestions,
    SelfConsistency,
)
from paygrade.model.problem import MoralHazard
from paygrade.planning.sizes import METHODS, CutoffTest, SampleSize
from paygrade.planning.widths import WidthPlan
from paygrade.solution import first_best, second_best

SIGNALS: dict[type[CountingMonitor], str] = {
    ExpertReview: "rho",
    SelfConsistency: "kappa",
    GoldenQuestions: "margin",
    ComparisonMode: "mu",
}
MOST_CHECKS = 1_000_000  # in a search for an agency cost


@checked_arguments
def sample_size(
    monitor: type[CountingMonitor] | CountingMonitor | None = None,
    *,
    signal: float | Calibration | None = None,
    test: tuple[float, float] | None = None,
    errors: float | tuple[float, float] = 0.05,
    width: float | None = None,
    effort: float | None = None,
    level: float = 0.95,
    problem: MoralHazard | None = None,
    agency_cost: float | None = None,
    family: type[Contract] = BinaryContract,
    method: str = "exact",
) -> SampleSize:
    """Return the smallest number of checks that does what is asked for, and what it does exactly.

    One of three things is asked for:

    - `test=(e0, e1)`: a pass mark that fails the careful, effort e0, with probability at most
      `errors[0]`, and passes the careless, effort e1 < e0, with at most `errors[1]`. Without a
      monitor, e0 and e1 are the shares of right answers themselves.
    - `width=w`: an estimate (that of `assess`) within w of the true effort with probability `level`
      at least, at the stated `effort` or, without one, at every effort.
    - `problem` and `agency_cost`: the best contract of `family` loses no more than that to first
      best (money). Its monitor's n is what is searched.

    Methods. "exact" sums binomials: no smaller n does, for a test with whatever pass mark, and
    `from_n_on` says from where every larger one does too, which is proved by Chernoff's or
    Hoeffding's bound beyond what is summed.
    "hoeffding" guarantees more than it needs to; "asymptotic" (theory section 1) guarantees
    nothing (T16). The result always holds the exact errors. An agency cost is searched by doubling
    and halving, as if it fell with n; `tried` holds what was designed and certified on the way.

    Arguments:
        monitor: GoldenQuestions, ExpertReview, SelfConsistency, ComparisonMode (n counts its
            comparisons, for SelfConsistency pairs of labels), or an instance, whose n is not used.
            Golden questions of unequal margins: plan with their mean margin; a mixed count varies
            less than a binomial one of the same mean (Hoeffding 1956).
        signal: rho, kappa, margin or mu, where the monitor is given as a class.
        test: (e0, e1), efforts with a monitor, shares of right answers without.
        errors: accepted P(careful fails) and P(careless passes); one number for both.
        width: half-width of the estimate, in effort.
        effort: true effort that the estimate is planned for; None: all.
        level: confidence of the estimate.
        problem: whose agency cost.
        agency_cost: the largest acceptable one (money).
        family: class of contract.
        method: "exact", "asymptotic" or "hoeffding".

    Raises:
        ModelError: the question makes no sense, or its answer exceeds 1e8 checks.
        InfeasibleContract: a million checks leave a larger agency cost.

    >>> import paygrade as pg
    >>> plan = pg.sample_size(test=(0.9, 0.7))
    >>> plan.n, plan.cutoff, plan.from_n_on
    (41, 34, 45)
    >>> pg.sample_size(pg.SelfConsistency, signal=0.5, test=(0.9, 0.6)).n
    200
    >>> pg.sample_size(pg.ExpertReview, signal=0.5, width=0.1, effort=0.8).n
    1265
    """
    asked = {"test": test, "width": width, "agency_cost": agency_cost}
    raise_problems(_purpose_problems(asked, problem, method))
    if agency_cost is not None and problem is not None:
        return _for_agency_cost(problem, agency_cost, family)
    law = None if monitor is None else _law(monitor, signal)
    if test is not None:
        return _for_test(law, test, errors, method)
    problems = check_level(level) + positive("width", float(width or 0.0), "is no half-width")
    if not problems and float(width or 0.0) >= 1.0:
        problems.append(f"width={width!r} holds every effort; give a number below 1")
    if effort is not None and not 0.0 <= effort <= 1.0:
        problems.append(f"effort={effort!r} is no effort; give a number from 0 to 1")
    if law is None:
        problems.append(
            "width=... needs to know what is estimated; name a monitor and its signal, such as"
            " ExpertReview, signal=1.0 for 2·accuracy - 1"
        )
    raise_problems(problems)
    assert law is not None  # noqa: S101  (raise_problems has spoken)
    at = "whatever the effort" if effort is None else f"at effort {effort:g}"
    goal = f"estimate effort within {width:g}, {at}"
    return WidthPlan(law, float(width or 0.0), 1.0 - level, effort).plan(method, goal)


def _purpose_problems(asked: dict[str, Any], problem: MoralHazard | None, method: str) -> list[str]:
    given = [name for name, value in asked.items() if value is not None]
    problems = []
    if len(given) != 1:
        problems.append(
            f"{' and '.join(given) or 'nothing'} is asked for, which leaves open what the checks"
            " are for; give one of test, width and agency_cost"
        )
    if method not in METHODS:
        problems.append(f"method={method!r} is unknown; choose {', '.join(METHODS)}")
    if (asked["agency_cost"] is not None) != (problem is not None):
        problems.append(
            "problem and agency_cost belong together: the one says whose money, the other how much;"
            " give both"
        )
    elif problem is not None and method != "exact":
        problems.append(f"method={method!r} gives no agency cost; use method='exact'")
    return problems


def _law(
    monitor: type[CountingMonitor] | CountingMonitor, signal: float | Calibration | None
) -> CountingMonitor:
    if isinstance(monitor, CountingMonitor):
        if signal is not None:
            raise ModelError(
                f"signal={signal!r} is given for a monitor that has one; give the class, or no"
                " signal"
            )
        margin = getattr(monitor, "margin", None)
        if isinstance(margin, tuple):
            raise ModelError(
                f"{monitor.n} golden questions of unequal margins have no law at another n; plan"
                f" with their mean, GoldenQuestions, signal={sum(margin) / len(margin):.4g}"
            )
        return monitor
    if monitor not in SIGNALS:
        names = ", ".join(each.__name__ for each in SIGNALS)
        raise ModelError(f"monitor={monitor!r} counts no agreements; choose {names}")
    name = SIGNALS[monitor]
    if signal is None:
        raise ModelError(
            f"{monitor.__name__} needs signal={name}: what full effort looks like is no matter of"
            " the number of checks; give it, or a Calibration"
        )
    return monitor(**{"n": 1, name: getattr(signal, "signal", signal)})


def _for_test(
    law: CountingMonitor | None,
    test: tuple[float, float],
    errors: float | tuple[float, float],
    method: str,
) -> SampleSize:
    fail, slip = errors if isinstance(errors, tuple | list) else (errors, errors)
    what = "accuracy" if law is None else "effort"
    problems = [
        f"errors={value!r} is no error to accept; give a number above 0 and below 1/2"
        for value in (fail, slip)
        if not 0.0 < value < 0.5
    ]
    try:
        high, low = (float(value) for value in test)
    except (TypeError, ValueError):
        raise ModelError(f"test={test!r} is no pair; give two numbers, (0.9, 0.7)") from None
    if not 0.0 <= low < high <= 1.0:
        problems.append(
            f"test=({high:g}, {low:g}) leaves nothing to tell apart; give the higher {what} first,"
            " both from 0 to 1"
        )
    raise_problems(problems)
    goal = f"tell {what} {high:g} from {low:g}"
    if law is not None:
        high, low = float(law.accuracy(high)), float(law.accuracy(low))
    return CutoffTest(high, low, fail, slip).plan(method, goal)


def _for_agency_cost(problem: MoralHazard, target: float, family: type[Contract]) -> SampleSize:
    raise_problems(positive("agency_cost", target, "is reached by no number of checks"))
    ideal = first_best(problem).payoff
    tried: dict[int, float] = {}

    def lost(n: int) -> float:
        if n not in tried:
            try:
                design = second_best(with_checks(problem, n), family)
                tried[n] = ideal - design.payoff
            except InfeasibleContract:
                tried[n] = float("inf")  # too few checks for any incentive
        return tried[n]

    low, high = 0, 1
    while lost(high) > target:
        if high == MOST_CHECKS:
            raise InfeasibleContract(
                f"{high} checks still leave an agency cost of {tried[high]:.4g}, above"
                f" {target:g}; a wage floor that leaves the annotator a rent costs the same at any"
                " number of checks: ask for less, or use another family of contracts"
            )
        low, high = high, min(2 * high, MOST_CHECKS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if lost(middle) <= target else (middle, high)
    goal = f"bring down what the best {family.__name__} loses to first best"
    return SampleSize(
        high, goal, "search", ("agency cost",), (tried[high],), (target,), tried=tried
    )


def with_checks(problem: MoralHazard, n: int) -> MoralHazard:
    """Return the problem with n checks.

    Raises:
        ModelError: its monitor has no number of checks to change.
    """
    if getattr(problem.monitor, "n", None) is None:
        raise ModelError(
            f"{type(problem.monitor).__name__} has no number of checks; use a monitor with n, such"
            " as ExpertReview"
        )
    try:
        return replace(problem, monitor=replace(problem.monitor, n=n))  # type: ignore[type-var]
    except PaygradeError as error:
        raise ModelError(f"the monitor has no law at n={n}: {error}") from error
