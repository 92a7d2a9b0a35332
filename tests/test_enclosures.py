"""Enclosures contain the truth: tables, tails, schedules on a continuum, expressions."""

import math

import numpy as np
import pytest
import sympy
from flint import acb, arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.agent.expected import agent_utility, expected_wage
from paygrade.certificate.bernstein import bernstein_curve
from paygrade.certificate.expressions import expression_jet
from paygrade.certificate.jet import Ball, Jet, NoEnclosure
from paygrade.certificate.natural import (
    GammaLaw,
    GeometricLaw,
    NaturalLaw,
    NormalLaw,
    PoissonLaw,
)
from paygrade.certificate.tails import tail_curve
from paygrade.model.monitor import Monitor

Law = pg.DistributionMonitor
LAWS: list[Monitor] = [
    Law("normal", sigma=0.7),
    Law("lognormal", sigma=0.7),
    Law("exponential"),
    Law("gamma", shape=2.5),
    Law("poisson"),
    Law("geometric"),
    Law("bernoulli"),
    Law("student_t", df=3.0, scale=0.5),
    pg.NormalMonitor(9, 0.5),
]


@pytest.fixture(autouse=True)
def precision() -> None:
    ctx.prec = 128


def holds(ball: Ball, truth: float, slack: float = 0.0) -> bool:
    return float(ball.lower()) - slack <= truth <= float(ball.upper()) + slack


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(), n=st.integers(1, 60), self_consistent=st.booleans(), kappa=st.floats(0.3, 1.0)
)
def test_tables_over_counts(
    data: st.DataObject, n: int, *, self_consistent: bool, kappa: float
) -> None:
    monitor = pg.SelfConsistency(n, kappa) if self_consistent else pg.ExpertReview(n, kappa)
    values = [data.draw(st.floats(-2.0, 2.0)) for _ in range(n + 1)]
    low = data.draw(st.floats(0.0, 1.0))
    high = min(1.0, low + data.draw(st.floats(0.0, 0.2)))
    curve = bernstein_curve(monitor, [arb(v) for v in values])
    box = curve(low, high)
    for effort in np.linspace(low, high, 5).tolist():
        law = np.exp(monitor.log_density(np.arange(n + 1.0), effort))
        assert holds(box.value, float(law @ values), 1e-12)
        point = curve(effort, effort)
        assert box.slope.overlaps(point.slope)
        assert box.curvature.overlaps(point.curvature)


def test_the_rest_of_the_expansion_is_not_left_out() -> None:
    """(p - 0.7)^9 over accuracies 0.5 to 0.9: all eight terms kept of its expansion are zero."""
    n, middle = 9, 0.7
    monitor = pg.ExpertReview(n, 0.8)
    powers = [math.comb(n, j) * (-middle) ** (n - j) for j in range(n + 1)]
    values = [
        sum(math.comb(k, j) / math.comb(n, j) * powers[j] for j in range(k + 1))
        for k in range(n + 1)
    ]
    jet = bernstein_curve(monitor, [arb(v) for v in values])(0.0, 1.0)
    for effort in (0.0, 0.1, 0.9, 1.0):
        distance = 0.5 + 0.4 * effort - middle
        assert holds(jet.value, distance**n, 1e-14)
        assert holds(jet.slope, 0.4 * n * distance ** (n - 1), 1e-14)
        assert holds(jet.curvature, 0.16 * n * (n - 1) * distance ** (n - 2), 1e-14)


@pytest.mark.parametrize("monitor", LAWS, ids=repr)
@pytest.mark.parametrize("cutoff", [-1.0, 0.4, 1.0, 2.5])
def test_tails(monitor: Monitor, cutoff: float) -> None:
    curve = tail_curve(monitor, cutoff)
    for effort in (0.3, 0.9):
        jet, step = curve(effort, effort), 1e-5
        assert float(jet.value) == pytest.approx(
            float(monitor.pass_probability(cutoff, effort)), abs=1e-13
        )
        slope = float(monitor.pass_slope(cutoff, effort))
        assert float(jet.slope) == pytest.approx(slope, abs=1e-11, rel=1e-11)
        ends = [float(monitor.pass_slope(cutoff, effort + d)) for d in (step, -step)]
        assert float(jet.curvature) == pytest.approx((ends[0] - ends[1]) / 2 / step, abs=1e-6)
        box = curve(effort * 0.9, effort * 1.1)
        for inside in np.linspace(effort * 0.9, effort * 1.1, 7).tolist():
            point = curve(inside, inside)
            assert box.value.overlaps(point.value)
            assert box.slope.overlaps(point.slope)
            assert box.curvature.overlaps(point.curvature)


@pytest.mark.parametrize(
    ("law", "mean"),
    [
        (NormalLaw(arb("0.3")), 1.0), (GammaLaw(arb(1)), 0.7), (GammaLaw(arb(3)), 0.7),
        (PoissonLaw(), 2.5), (GeometricLaw(), 1.5),
    ],
)  # fmt: skip
def test_morris_polynomials_and_their_norms(law: NaturalLaw, mean: float) -> None:
    """P_J/V^J is the J-th derivative of the law over the law, and its mean square is as claimed."""
    m = arb(mean)
    if law.is_discrete:
        points, weights = np.arange(400.0), np.ones(400)
    else:
        width = 12.0 if law.start is None else 60.0
        start = mean - 6.0 if law.start is None else 0.0
        nodes, gauss = np.polynomial.legendre.leggauss(600)
        points, weights = start + width * (nodes + 1) / 2, gauss * width / 2
    density = np.array([float(law.log_density(acb(float(t)), m).real.exp()) for t in points])
    assert density @ weights == pytest.approx(1.0, abs=1e-9)
    step = arb(2) ** -24
    for order in (1, 2, 3):
        ratio = np.array([float(law.polynomial(order, acb(float(t)), m).real) for t in points])
        square = float(density * weights @ ratio**2)
        assert square == pytest.approx(float(law.root_norm(order, m)) ** 2, rel=1e-6)
    t = acb(2)
    ups = [law.log_density(t, m + k * step).real.exp() for k in (-1, 0, 1)]
    second = (ups[2] - 2 * ups[1] + ups[0]) / (step * step) / ups[1]
    assert float(second) == pytest.approx(float(law.polynomial(2, t, m).real), abs=1e-6)


@pytest.mark.parametrize(
    ("monitor", "floor"),
    [
        (pg.NormalMonitor(25), 0.0), (Law("lognormal", sigma=0.3), 0.0), (Law("exponential"), None),
        (Law("gamma", shape=3.0), 0.1), (Law("poisson"), 0.0), (Law("geometric"), 0.1),
    ],
)  # fmt: skip
def test_schedules_on_a_continuum(monitor: Monitor, floor: float | None) -> None:
    """What is proved agrees with quadrature, and the proved bounds close to rounding."""
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(1.0), cost=pg.PowerCost(0.2, 2.0), value=pg.LinearValue(1.0),
        monitor=monitor, reservation_utility=1.1, wage_floor=floor,
        efforts=pg.Interval(0.05, 1.5),
    )  # fmt: skip
    design = pg.second_best(problem, pg.WageSchedule, effort=0.7)
    proof = design.certificate
    assert proof.evidence is pg.Evidence.PROVED
    assert proof.cost_upper - proof.cost_lower < 1e-8
    assert proof.cost_upper == pytest.approx(
        float(expected_wage(problem, design.contract, 0.7)), abs=1e-10
    )
    scan = agent_utility(problem, design.contract, np.linspace(0.05, 1.5, 200))
    own = float(agent_utility(problem, design.contract, 0.7))
    assert float(scan.max()) - own <= proof.ic_gap + 1e-10
    shirked = pg.certify(problem, design.contract, 0.3)
    assert not shirked.holds
    assert shirked.witness is not None


def test_what_has_no_enclosure_is_only_checked() -> None:
    problem = pg.MoralHazard(
        utility=pg.SquareRootUtility(), cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(2.0),
        monitor=Law("student_t", df=3.0, scale=0.2), wage_floor=0.0,
    )  # fmt: skip
    design = pg.second_best(problem, pg.WageSchedule, effort=0.6)
    assert design.certificate.evidence is pg.Evidence.CHECKED
    assert "proves nothing" in design.certificate.verdict
    tiers = pg.second_best(problem, pg.TieredContract, effort=0.6)
    assert tiers.certificate.evidence is pg.Evidence.PROVED


E = sympy.Symbol("e")
EXPRESSIONS = [
    E**2 / 3,
    E**3 - sympy.exp(-((E - sympy.Rational(1, 2)) ** 2) * 50),
    sympy.log(1 + E) * sympy.sqrt(1 + E),
    sympy.Float(0.1) * E ** sympy.Float(1.5) + sympy.sin(5 * E),
    sympy.tanh(3 * E) / (1 + E**2),
]


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_expressions(expr: sympy.Expr) -> None:
    functions = [sympy.lambdify(E, sympy.diff(expr, E, order), "math") for order in range(3)]

    def curve(a: float, b: float) -> Jet:
        return expression_jet(expr, E, arb(a), arb(b))

    for a, b in ((0.1, 0.1), (0.2, 0.3), (0.4, 0.9)):
        jet = curve(a, b)
        for effort in np.linspace(a, b, 9).tolist():
            for ball, function in zip(
                (jet.value, jet.slope, jet.curvature), functions, strict=True
            ):
                truth = float(function(effort))
                assert holds(ball, truth, 1e-12 * (1.0 + abs(truth)))


def test_an_unknown_function_has_no_enclosure() -> None:
    with pytest.raises(NoEnclosure, match="gamma"):
        expression_jet(sympy.gamma(E), E, arb(1), arb(2))


def test_an_exactly_indifferent_agent_is_settled() -> None:
    """√w pay linear in the count, repeats and quadratic cost: every effort is worth the same."""
    utility = pg.SquareRootUtility()
    problem = pg.MoralHazard(
        utility=utility, cost=pg.PowerCost(0.1, 2.0), value=pg.LinearValue(1.0),
        monitor=pg.SelfConsistency(200, 0.7), reservation_utility=math.sqrt(0.2), wage_floor=0.0,
    )  # fmt: skip
    design = pg.second_best(problem, pg.WageSchedule, effort=0.8)
    assert design.certificate.holds
    assert design.certificate.boxes < 2000
    scan = agent_utility(problem, design.contract, np.linspace(0.0, 1.0, 11))
    assert np.ptp(scan) < 1e-9
