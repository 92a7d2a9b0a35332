"""`paygrade.testing`: every primitive of the library passes, every broken promise is found."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import sympy
from numpy.typing import ArrayLike

import paygrade as pg
from paygrade.model.monitor import Array
from paygrade.testing import CheckFailed, check_cost, check_monitor, check_utility

W, E, X = sympy.symbols("w e x", positive=True)

UTILITIES: list[pg.Utility] = [
    pg.LogUtility(), pg.LogUtility(3.0, 2.0), pg.SquareRootUtility(1.0), pg.CRRA(2.0),
    pg.CRRA(0.3, 1.0, 5.0), pg.CARA(2.0), pg.CARA(0.01), pg.RiskNeutral(3.0),
    pg.SymbolicUtility(sympy.sqrt(W) + W, W), pg.SymbolicUtility(sympy.log(1 + W) + W / 10, W),
    pg.SymbolicUtility(W**0.3 + W**0.55, W), pg.SymbolicUtility(1 - 1 / (1 + W), W),
    pg.SymbolicUtility(W - W**2 / 20, W, domain=(0, 10)),
    pg.SymbolicUtility(W - W**2 / 20, W, domain=(-math.inf, 10)),
    pg.SymbolicUtility(sympy.tanh(W), W, domain=(0, 3)),
]  # fmt: skip
COSTS: list[pg.EffortCost] = [
    pg.PowerCost(0.5, 2.0), pg.PowerCost(0.5, 1.0), pg.PowerCost(1.0, 1.3),
    pg.ExponentialCost(1.0, 3.0), pg.SymbolicCost(E**3 - E**2 / 3, E),
]  # fmt: skip
MONITORS: list[pg.Monitor] = [
    pg.NormalMonitor(n=10), pg.NormalMonitor(n=1000, sigma=0.1), pg.ExpertReview(n=50, rho=0.8),
    pg.SelfConsistency(n=30, kappa=0.9), pg.GoldenQuestions(n=3, margin=[0.2, 0.5, 0.9]),
    pg.ComparisonMode(n=10, mu=0.9), pg.SpanningMonitor([0.7, 0.2, 0.1], [0.1, 0.2, 0.7]),
    pg.DistributionMonitor("exponential"), pg.DistributionMonitor("gamma", shape=2),
    pg.DistributionMonitor("poisson"), pg.DistributionMonitor("lognormal", sigma=0.5),
    pg.SymbolicMonitor((1 + E) * X**E, X, E, sympy.Interval(0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("utility", UTILITIES, ids=repr)
def test_utilities_pass(utility: pg.Utility) -> None:
    check_utility(utility)


@pytest.mark.parametrize("cost", COSTS, ids=repr)
def test_costs_pass(cost: pg.EffortCost) -> None:
    check_cost(cost)
    check_cost(cost, pg.Finite([0.0, 0.4, 1.0]))


@pytest.mark.parametrize("monitor", MONITORS, ids=repr)
def test_monitors_pass(monitor: pg.Monitor) -> None:
    check_monitor(monitor)


def broken(base: type, name: str, method: object) -> type:
    return type(f"Broken{base.__name__}", (base,), {name: method})


def scaled(base: type, name: str, factor: float) -> Callable[..., Array]:
    """The method, wrong by a factor."""
    right = getattr(base, name)
    return lambda self, *args: np.asarray(right(self, *args) * factor)


LOG = pg.LogUtility
UTILITY_FAULTS = [
    ("derivative", scaled(LOG, "derivative", 1.001), r"derivative\(.*\) is .*differences"),
    ("second_derivative", scaled(LOG, "second_derivative", 0.9), "correct `second_derivative`"),
    ("inverse", scaled(LOG, "inverse", 1.0001), "correct `inverse`"),
    ("wage_at", scaled(LOG, "wage_at", 0.999), "Holmström's condition"),
    ("risk_tolerance", scaled(LOG, "risk_tolerance", 2.0), "risk_tolerance"),
    ("inverse_derivative", scaled(LOG, "inverse_derivative", 2.0), "inverse_derivative"),
    (
        "inverse_second_derivative",
        scaled(LOG, "inverse_second_derivative", 2.0),
        "inverse_second_derivative",
    ),
    ("bounds", property(lambda _self: (1.0, 0.0)), "no utility can be promised"),
    ("bounds", property(lambda _self: (-math.inf, 3.0)), "outside bounds|within bounds"),
    ("lowest_wage", property(lambda _self: -1.0), "is nan|ruin|bounds"),
    ("lowest_wage", property(lambda _self: math.inf), "no wage can be paid"),
    ("__call__", lambda _self, w: np.log(np.maximum(w, 1e-9)), "return -inf there"),
    ("__call__", lambda *_: 0.0 if np.ndim(_[1]) else -np.inf,
     "returns float of shape"),
    ("__call__", lambda self, w: -LOG.__call__(self, w), "ruin|more pay|bounds"),
    ("derivative", lambda _self, w: np.asarray(1 / np.asarray(w), np.float32), "float32"),
    ("derivative", lambda _self, w: np.full_like(np.asarray(w, float), 1 / np.max(w)), "by itself"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "method", "words"), UTILITY_FAULTS)
def test_broken_utilities_fail(name: str, method: object, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        check_utility(broken(LOG, name, method)())


class Convex(pg.LogUtility):
    """u(w) = w²: increases, but loves risk."""

    lowest_wage = 0.0
    bounds = (0.0, math.inf)

    def __call__(self, wage: ArrayLike) -> Array:
        w = np.asarray(wage, float)
        return np.where(w >= 0, w**2, -np.inf)

    def inverse(self, promised_utility: ArrayLike) -> Array:
        v = np.asarray(promised_utility, float)
        return np.where(v >= 0, np.sqrt(np.abs(v)), np.nan)


def test_convex_utility_fails() -> None:
    with pytest.raises(CheckFailed, match="not concave, so the agent likes risk"):
        check_utility(Convex())


POWER = pg.PowerCost
COST_FAULTS = [
    ("derivative", scaled(POWER, "derivative", 1.001), r"derivative\(.*differences"),
    ("second_derivative", scaled(POWER, "second_derivative", 0.5), "second_derivative"),
    ("__call__", lambda _self, e: np.where(np.asarray(e) > 0.5, np.inf, 0.0), "no pay makes up"),
    ("__call__", lambda *_: 0.0, "returns float of shape"),
]


@pytest.mark.parametrize(("name", "method", "words"), COST_FAULTS)
def test_broken_costs_fail(name: str, method: object, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        check_cost(broken(POWER, name, method)())


NORMAL = pg.NormalMonitor


def half_nodes(self: pg.NormalMonitor, effort: float, breaks: Sequence[float] = ()) -> object:
    outcomes, weights = NORMAL.nodes(self, effort, breaks)
    return outcomes[outcomes > effort], weights[outcomes > effort]


MONITOR_FAULTS = [
    ("nodes", half_nodes, "total probability 0.5"),
    ("score", scaled(NORMAL, "score", 1.01), "the slope of `log_density`"),
    ("density_slope", scaled(NORMAL, "density_slope", 1.01), "density times score|density_slope"),
    ("fisher_information", scaled(NORMAL, "fisher_information", 2.0), "the score's variance is"),
    ("mean_outcome", scaled(NORMAL, "mean_outcome", 1.1), "the law's mean is"),
    ("fail_probability", scaled(NORMAL, "fail_probability", 0.9), "not the two parts of 1"),
    ("pass_slope", scaled(NORMAL, "pass_slope", 1.01), "correct `pass_slope`"),
    ("lowest_score", lambda *_: 0.0, "lowest_score"),
    ("mean_bounds", property(lambda _self: (5.0, 6.0)), "outside mean_bounds"),
    ("highest_effort", property(lambda _self: 0.0), "no effort has a law"),
    ("is_discrete", property(lambda _self: True), "return zeros"),
]


@pytest.mark.parametrize(("name", "method", "words"), MONITOR_FAULTS)
def test_broken_monitors_fail(name: str, method: object, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        check_monitor(broken(NORMAL, name, method)(n=5))


def test_a_monitor_upside_down_fails() -> None:
    law = pg.SymbolicMonitor(sympy.exp(X / E) / E, X, E, sympy.Interval(-sympy.oo, 0))
    with pytest.raises(CheckFailed, match="larger outcomes must speak for more effort"):
        check_monitor(law)
