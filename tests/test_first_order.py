"""Theorems on the first-order approach: each proof on known ground, each witness recomputed."""

import math

import numpy as np
import pytest
import sympy

import paygrade as pg
from paygrade.agent.symbolic_first_order import third_derivative
from paygrade.agent.symbolic_outcome_conditions import (
    binomial_identity,
    convex_lower_tail,
    monotone_likelihood,
    poisson_identity,
)
from paygrade.agent.symbolic_sign import nonnegative
from paygrade.model.monitor import Monitor

X, E = sympy.symbols("x e", positive=True)
FAMILIES: list[Monitor] = [
    *(pg.DistributionMonitor(f) for f in ("normal", "lognormal", "exponential", "poisson")),
    pg.DistributionMonitor("geometric"), pg.DistributionMonitor("gamma", shape=2.5),
    pg.NormalMonitor(9, 0.8),
]  # fmt: skip
COUNTS: list[Monitor] = [
    pg.ExpertReview(10, 0.8), pg.ComparisonMode(10, 0.9), pg.GoldenQuestions(10, 0.8),
    pg.SelfConsistency(10, 0.8),
]  # fmt: skip


def problem_of(
    monitor: Monitor, utility: pg.Utility | None = None, cost: pg.EffortCost | None = None,
    wage_floor: float | None = None, efforts: pg.Interval | None = None,
) -> pg.MoralHazard:  # fmt: skip
    return pg.MoralHazard(
        utility=utility or pg.LogUtility(), cost=cost or pg.PowerCost(), value=pg.LinearValue(2.0),
        monitor=monitor, wage_floor=wage_floor, efforts=efforts or pg.Interval(0.01, 1.0),
    )  # fmt: skip


def curve(monitor: Monitor, x: float, e: float, h: float = 1e-3) -> float:
    """Return d²/de² P(X <= x) by differences of the pass slope."""
    above = np.nextafter(x, np.inf)
    slopes = [float(monitor.pass_slope(above, np.array(at))) for at in (e - h, e + h)]
    return -(slopes[1] - slopes[0]) / (2 * h)


@pytest.mark.parametrize("monitor", FAMILIES, ids=repr)
def test_rogerson_fails_with_a_witness(monitor: Monitor) -> None:
    found = pg.first_order_validity(problem_of(monitor)).rogerson
    assert found.answer == "fails"
    at = dict(found.witness)
    assert at["value"] < 0
    h = 1e-3 * at["e"]
    assert curve(monitor, at["x"], at["e"], h) == pytest.approx(at["value"], rel=2e-2)


@pytest.mark.parametrize("monitor", COUNTS, ids=repr)
def test_counts(monitor: Monitor) -> None:
    found = pg.first_order_validity(problem_of(monitor))
    assert [answer.answer for answer in found] == ["fails", "holds", "holds"]
    assert found.holds
    at = dict(found.rogerson.witness)
    effort = at["e"] if "e" in at else math.sqrt(at["t"])

    def all_agree(e: float) -> float:
        return float(monitor.pass_probability(10, np.array(e)))

    if "t" in at:
        ends = [math.sqrt(at["t"] + step) for step in (-1e-3, 0.0, 1e-3)]
    else:
        ends = [effort + step for step in (-1e-3, 0.0, 1e-3)]
    second = (all_agree(ends[0]) - 2 * all_agree(ends[1]) + all_agree(ends[2])) / 1e-6
    assert -second == pytest.approx(at["value"], rel=1e-2)


@pytest.mark.parametrize(
    "monitor",
    [
        pg.ExpertReview(1, 0.8), pg.SelfConsistency(1, 0.8), pg.DistributionMonitor("bernoulli"),
        pg.SpanningMonitor([0.3, 0.4, 0.3], [0.2, 0.1, 0.7]),
    ],
    ids=repr,
)  # fmt: skip
def test_linear_distributions(monitor: Monitor) -> None:
    found = pg.first_order_validity(problem_of(monitor, wage_floor=0.0))
    assert found.rogerson.answer == "holds"  # a wage floor does no harm to it


def test_symbolic_monitors() -> None:
    mixture = pg.SymbolicMonitor(
        (1 - E) + E * 2 * X, X, E, sympy.Interval(0, 1), highest_effort=1.0
    )
    assert pg.first_order_validity(problem_of(mixture)).rogerson.answer == "holds"
    waiting = pg.SymbolicMonitor(sympy.exp(-X / E) / E, X, E, sympy.Interval(0, sympy.oo))
    found = pg.first_order_validity(problem_of(waiting))
    assert found.rogerson.answer == "fails"
    assert found.jewitt.answer == "undecided"  # never "fails" for want of a formula
    at = dict(found.rogerson.witness)
    exact = sympy.diff(1 - sympy.exp(-X / E), E, 2).subs({X: at["x"], E: at["e"]})
    assert at["value"] == pytest.approx(float(exact), rel=1e-6)


def test_student_t_has_no_monotone_score() -> None:
    monitor = pg.DistributionMonitor("student_t", df=3.0)
    found = pg.first_order_validity(problem_of(monitor))
    assert [found.rogerson.answer, found.jewitt.answer] == ["fails", "fails"]
    at = dict(found.rogerson.witness)
    scores = monitor.score(np.array([at["x"] - 1e-4, at["x"] + 1e-4]), at["e"])
    assert (scores[1] - scores[0]) / 2e-4 == pytest.approx(at["value"], rel=1e-4)


def test_self_consistency_needs_a_cost_convex_in_squares() -> None:
    monitor = pg.SelfConsistency(10, 0.8)
    steep = pg.first_order_validity(problem_of(monitor, cost=pg.PowerCost(0.5, 2.5)))
    flat = pg.first_order_validity(problem_of(monitor, cost=pg.PowerCost(0.5, 1.5)))
    assert steep.counting.answer == "holds"
    assert flat.counting.answer == "fails"
    at = dict(flat.counting.witness)
    assert 0.5 * 0.75 * -0.25 * at["t"] ** -1.25 == pytest.approx(at["value"])
    exponential = pg.ExponentialCost(0.1, 2.0)  # c(√t) is convex from e = 1/rate on
    near = problem_of(monitor, cost=exponential)
    far = problem_of(monitor, cost=exponential, efforts=pg.Interval(0.5, 1.0))
    assert pg.first_order_validity(near).counting.answer == "fails"
    assert pg.first_order_validity(far).counting.answer != "fails"


@pytest.mark.parametrize(
    ("utility", "answer"),
    [
        (pg.LogUtility(2.0), "holds"), (pg.SquareRootUtility(), "holds"), (pg.CARA(0.7), "holds"),
        (pg.CRRA(0.5), "holds"), (pg.CRRA(0.8, 1.0), "holds"), (pg.CRRA(3.0), "holds"),
        (pg.CRRA(0.49), "fails"), (pg.CRRA(0.2, 2.0), "fails"), (pg.RiskNeutral(), "holds"),
    ],
)  # fmt: skip
def test_third_derivative_of_the_inverse(utility: pg.Utility, answer: str) -> None:
    found = third_derivative(utility)
    assert found.answer == answer
    if answer == "fails":
        at = dict(found.witness)
        v = float(utility(at["y"] - getattr(utility, "shift", 0.0)))
        step = 1e-3 * v
        second = utility.inverse_second_derivative(np.array([v - step, v + step]))
        assert (second[1] - second[0]) / (2 * step) == pytest.approx(at["value"], rel=1e-2)


def test_wage_floor_decides() -> None:
    monitor = pg.ExpertReview(10, 0.8)
    free = problem_of(monitor, pg.SquareRootUtility(5.0))
    assert pg.first_order_validity(free).counting.answer == "undecided"
    gentle = pg.relaxed(free, pg.WageSchedule, effort=0.1).contract
    found = pg.first_order_validity(free, contract=gentle).counting
    assert found.answer == "fails"  # reservation utility 0: the edge of the domain binds
    safe = pg.WageSchedule(list(range(11)), list(np.linspace(1.0, 2.0, 11)))
    assert pg.first_order_validity(free, contract=safe).counting.answer == "holds"


@pytest.mark.parametrize("name", ["normal", "lognormal"])
def test_unbounded_scores_leave_no_room_above_the_floor(name: str) -> None:
    monitor = pg.DistributionMonitor(name)
    found = pg.first_order_validity(problem_of(monitor)).jewitt
    assert found.answer == "fails"
    assert dict(found.witness)["least score"] == monitor.lowest_score(0.5) == -math.inf


def test_what_the_theorems_do_not_speak_of() -> None:
    in_money = problem_of(pg.ExpertReview(9, 0.8), pg.CARA(1.0, cost_in_money=True))
    assert all(found.answer != "holds" for found in pg.first_order_validity(in_money))
    neutral = problem_of(pg.ExpertReview(9, 0.8), pg.RiskNeutral())
    assert pg.first_order_validity(neutral).counting.answer == "undecided"
    unequal = problem_of(pg.GoldenQuestions(3, [0.5, 0.6, 0.7]))
    assert pg.first_order_validity(unequal).counting.answer == "undecided"
    levels = pg.MoralHazard(
        utility=pg.LogUtility(), cost=pg.PowerCost(), value=pg.LinearValue(),
        monitor=pg.ExpertReview(9, 0.8), efforts=pg.Finite([0.2, 0.8]),
    )  # fmt: skip
    with pytest.raises(pg.ModelError, match="levels"):
        pg.first_order_validity(levels)


@pytest.mark.parametrize("utility", [pg.LogUtility(), pg.CARA(0.8)])
@pytest.mark.parametrize("monitor", [pg.ExpertReview(12, 0.8), pg.SelfConsistency(12, 0.9)])
def test_a_theorem_that_holds_is_certified(monitor: Monitor, utility: pg.Utility) -> None:
    problem = pg.MoralHazard(
        utility=utility, cost=pg.PowerCost(0.2, 2.0), value=pg.LinearValue(2.0), monitor=monitor,
        reservation_utility=float(utility(1.0)),
    )  # fmt: skip
    assert pg.first_order_validity(problem).counting.answer == "holds"
    assert pg.relaxed(problem, pg.WageSchedule, effort=0.5).certificate.holds


def test_proofs_and_identities() -> None:
    assert binomial_identity() == 0
    assert poisson_identity() == 0
    for monitor in [*FAMILIES, *COUNTS]:
        assert monotone_likelihood(problem_of(monitor)).answer == "holds"
        assert convex_lower_tail(problem_of(monitor)).answer == "holds"
    x = sympy.Symbol("x", positive=True)
    assert nonnegative("", "", x**2 - x + 1, {x: (0.0, 1.0)}).answer == "holds"  # by its roots
    assert nonnegative("", "", x**3 - x / 100, {x: (0.0, 1.0)}).answer == "fails"
    hidden = (x - sympy.Rational(1, 3)) ** 2 - sympy.Rational(1, 10**6)  # between grid points
    assert nonnegative("", "", hidden, {x: (0.0, 1.0)}).answer == "undecided"
