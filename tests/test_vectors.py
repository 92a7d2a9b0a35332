"""Closed evidence: the test vectors of the theory, computed independently, to the digits given."""

import math

import pytest

import paygrade as pg
from paygrade.model.counting import CountingMonitor
from paygrade.model.monitor import Monitor

FIRST_BEST = 1.2288
INFORMATION = 0.64 / (1.0 - 0.49 * 0.64)  # of one check at effort 0.7, rho 0.8


def square_root_problem(monitor: Monitor) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(),
        cost=pg.PowerCost(1.0, 2.0),
        value=pg.LinearValue(2.048),
        monitor=monitor,
        wage_floor=0.0,
    )


def log_problem(n: int, floor: float | None) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.LogUtility(),
        cost=pg.PowerCost(0.5, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n=n, rho=0.8),
        wage_floor=floor,
    )


def bonus_rule(design: pg.Design) -> pg.BinaryContract:
    assert isinstance(design.contract, pg.BinaryContract)
    return design.contract


def stake(design: pg.Design) -> float:
    rule, utility = bonus_rule(design), design.problem.utility
    return float(utility(rule.base + rule.bonus) - utility(rule.base))


@pytest.mark.parametrize(
    ("n", "effort", "z", "worth", "failing", "gap", "ratio"),
    [
        (10**2, 0.77347, 1.0810, 0.69552, 1.398e-1, 6.0835e-2, 0.6422),
        (10**3, 0.79340, 1.8143, 0.65219, 3.482e-2, 1.4460e-2, 0.8102),
        (10**4, 0.79823, 2.3567, 0.64311, 9.219e-3, 3.7898e-3, 0.8722),
        (10**6, 0.79986, 3.1853, 0.64024, 7.230e-4, 2.9623e-4, 0.9215),
        (10**8, 0.79999, 3.8406, 0.64002, 6.136e-5, 2.5135e-5, 0.9427),
    ],
)
def test_bonus_in_the_normal_experiment(
    n: int, effort: float, z: float, worth: float, failing: float, gap: float, ratio: float
) -> None:
    problem = square_root_problem(pg.NormalMonitor(n=n))
    design = pg.second_best(problem, pg.BinaryContract)
    cutoff = bonus_rule(design).cutoff
    assert pg.first_best(problem).payoff == pytest.approx(FIRST_BEST, rel=1e-12)
    assert design.effort == pytest.approx(effort, abs=5.1e-6)
    assert (design.effort - cutoff) * math.sqrt(n) == pytest.approx(z, rel=1e-4)
    assert stake(design) == pytest.approx(worth, rel=1e-4)
    fails = problem.monitor.fail_probability(cutoff, design.effort)
    assert float(fails) == pytest.approx(failing, rel=4e-4)
    found = FIRST_BEST - design.payoff
    assert found == pytest.approx(gap, rel=1e-4)
    assert found * math.sqrt(n) * z / 1.024 == pytest.approx(ratio, abs=1e-4)
    assert design.certificate.holds


@pytest.mark.parametrize(
    ("monitor", "k", "effort", "worth", "passing", "gap", "normalised"),
    [
        (pg.ExpertReview(50, 0.8), 39, 0.7950, 0.7773, 0.81319, 0.09192, 1.339),
        (pg.ExpertReview(1000, 0.8), 796, 0.7956, 0.6543, 0.96735, 0.01360, 1.177),
        (pg.ExpertReview(100000, 0.8), 81644, 0.7997, 0.6410, 0.99757, 0.00100, 1.113),
        (pg.SelfConsistency(50, 0.8), 35, 0.8104, 0.7452, 0.88468, 0.06032, 1.257),
        (pg.SelfConsistency(1000, 0.8), 728, 0.7989, 0.6522, 0.97850, 0.00895, 1.109),
        (pg.SelfConsistency(100000, 0.8), 75193, 0.7999, 0.6409, 0.99836, 0.00067, 1.074),
    ],
)
def test_bonus_on_exact_binomials(
    monitor: CountingMonitor,
    k: int,
    effort: float,
    worth: float,
    passing: float,
    gap: float,
    normalised: float,
) -> None:
    design = pg.second_best(square_root_problem(monitor), pg.BinaryContract)
    assert bonus_rule(design).cutoff == k
    assert design.effort == pytest.approx(effort, abs=5.1e-5)
    assert stake(design) == pytest.approx(worth, abs=5.1e-5)
    assert float(monitor.pass_probability(k, design.effort)) == pytest.approx(passing, abs=5.1e-6)
    found = FIRST_BEST - design.payoff
    assert found == pytest.approx(gap, abs=5.1e-6)
    information = float(monitor.fisher_information(0.8)) * monitor.n
    scaled = found * math.sqrt(information * math.log(monitor.n))
    assert scaled == pytest.approx(normalised, abs=5.1e-4)
    assert design.certificate.holds


def test_local_incentives_promise_a_false_rate() -> None:
    n = 100_000
    claim = pg.relaxed(log_problem(n, 0.5), pg.BinaryContract, effort=0.7)
    gap = pg.first_best(claim.problem, effort=0.7).payoff - claim.payoff
    assert n * INFORMATION * gap == pytest.approx(0.4917, abs=1e-4)
    assert claim.relaxed
    assert not claim.certificate.holds
    assert claim.certificate.witness == pytest.approx(0.0, abs=1e-3)
    assert claim.certificate.ic_gap == pytest.approx(0.5 * 0.7**2, abs=0.01)


@pytest.mark.parametrize(
    ("n", "share", "scaled"),
    [
        (10**2, 0.74, 0.1495),
        (10**3, 0.757, 0.1303),
        (10**4, 0.7705, 0.1178),
        (10**6, 0.778702, 0.1104),
    ],
)
def test_global_incentives_with_log_utility_and_a_floor(
    n: int, share: float, scaled: float
) -> None:
    design = pg.second_best(log_problem(n, 0.5), pg.BinaryContract, effort=0.7)
    gap = pg.first_best(design.problem, effort=0.7).payoff - design.payoff
    assert bonus_rule(design).cutoff / n == share
    assert gap * math.sqrt(INFORMATION * n * math.log(n)) == pytest.approx(scaled, abs=5.1e-5)
    assert design.certificate.holds


def test_unbounded_punishment_is_named_not_returned() -> None:
    with pytest.raises(pg.NoOptimum, match="Mirrlees"):
        pg.second_best(log_problem(100, None), pg.BinaryContract)
