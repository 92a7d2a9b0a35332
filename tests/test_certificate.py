"""Failure and proof: what `certify` proves at size, and everything it must refuse."""

import math

import flint
import pytest
from scipy.special import betainc

import paygrade as pg
from paygrade.certificate.tails import tail_curve
from paygrade.model.contract import Contract


def problem_with(n: int, floor: float | None = 0.0, **changes: float) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.SquareRootUtility(shift=1.0),
        cost=pg.PowerCost(0.2, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.ExpertReview(n, 0.8),
        reservation_utility=changes.get("reservation", 1.1),
        wage_floor=floor,
    )


@pytest.mark.parametrize("n", [20, 100, 1000, 10_000])
@pytest.mark.parametrize("family", [pg.BinaryContract, pg.LinearContract])
def test_designs_are_proved_at_every_size(n: int, family: type[Contract]) -> None:
    design = pg.second_best(problem_with(n), family)
    assert design.certificate.holds
    assert design.certificate.evidence == "PROVED"
    assert design.certificate.ic_gap < 1e-9


@pytest.mark.parametrize("family", [pg.BinaryContract, pg.LinearContract])
def test_questions_of_unequal_margins_are_proved(family: type[Contract]) -> None:
    margins = [0.5 + 0.02 * j for j in range(20)]
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(shift=1.0),
        cost=pg.PowerCost(0.2, 2.0),
        value=pg.LinearValue(2.0),
        monitor=pg.GoldenQuestions(20, tuple(margins)),
        reservation_utility=1.1,
        wage_floor=0.0,
    )
    assert pg.second_best(problem, family).certificate.holds


@pytest.mark.parametrize("share", [0.95, 0.98])
def test_a_smaller_bonus_is_refuted(share: float) -> None:
    """Mutation: at the optimum incentive compatibility binds, so less bonus must fail."""
    design = pg.second_best(problem_with(200), pg.BinaryContract)
    rule = design.contract
    assert isinstance(rule, pg.BinaryContract)
    weaker = pg.BinaryContract(rule.base, share * rule.bonus, rule.cutoff)
    certificate = pg.certify(design.problem, weaker, design.effort)
    assert not certificate.holds
    assert certificate.witness is not None
    assert "REFUTED" in certificate.verdict


@pytest.mark.parametrize("n", [100, 1000, 10_000])
def test_a_rule_right_only_locally_is_refuted_by_shirking(n: int) -> None:
    claim = pg.relaxed(problem_with(n), pg.BinaryContract)
    certificate = pg.certify(claim.problem, claim.contract, claim.effort)
    assert not certificate.holds
    assert certificate.witness == pytest.approx(0.0, abs=0.02)
    shirking = pg.agent_utility(claim.problem, claim.contract, certificate.witness or 0.0)
    claimed = pg.agent_utility(claim.problem, claim.contract, claim.effort)
    gain = float(shirking - claimed)
    assert 0 < certificate.tolerance < gain <= certificate.ic_gap + 1e-12


def test_participation_and_wage_floor_are_part_of_the_proof() -> None:
    design = pg.second_best(problem_with(200), pg.BinaryContract)
    rule = design.contract
    assert isinstance(rule, pg.BinaryContract)
    richer = problem_with(200, reservation=1.2)
    unwilling = pg.certify(richer, rule, design.effort)
    assert not unwilling.holds
    assert unwilling.ir_slack < 0
    floored = pg.certify(problem_with(200, floor=rule.base + 0.01), rule, design.effort)
    assert not floored.holds
    assert floored.wage_slack == pytest.approx(-0.01)


def test_an_effort_outside_the_set_is_refused() -> None:
    with pytest.raises(pg.ModelError, match=r"effort=1\.5"):
        pg.certify(problem_with(20), pg.FlatWage(1.0), 1.5)


def test_certifying_leaves_the_precision_of_others_alone() -> None:
    before = flint.ctx.prec
    flint.ctx.prec = 77
    try:
        pg.certify(problem_with(20), pg.FlatWage(1.0), 0.0)
        with pytest.raises(pg.ModelError):
            pg.certify(problem_with(20), pg.FlatWage(1.0), math.nan)
        assert flint.ctx.prec == 77
    finally:
        flint.ctx.prec = before


def test_tails_enclose_the_binomial() -> None:
    monitor = pg.ExpertReview(100, 0.8)
    jet = tail_curve(monitor, 78)(0.7, 0.7)
    assert float(jet.value) == pytest.approx(float(betainc(78, 23, 0.78)), abs=1e-12)
    step = 1e-5
    numeric = monitor.pass_probability(78, 0.7 + step) - monitor.pass_probability(78, 0.7 - step)
    assert float(jet.slope) == pytest.approx(float(numeric) / (2 * step), rel=1e-6)


def test_tails_hold_where_doubles_underflow() -> None:
    tail = tail_curve(pg.ExpertReview(1_000_000, 0.4), 720_000)(1.0, 1.0).value
    assert tail.lower() > 0
    assert float(tail.log()) / math.log(10) == pytest.approx(math.log10(7.51) - 422, abs=1e-3)


def test_boxes_enclose_all_their_points() -> None:
    curve = tail_curve(pg.SelfConsistency(50, 0.9), 38)
    box = curve(0.4, 0.9)
    for effort in (0.4, 0.55, 0.7, 0.8125, 0.9):
        point = curve(effort, effort)
        assert box.value.contains(point.value)
        assert box.slope.contains(point.slope)
        assert box.curvature.contains(point.curvature)
