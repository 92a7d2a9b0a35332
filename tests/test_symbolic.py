"""Primitives from expressions: equal to the library's own, new ones proved, bad ones refused."""

import math
import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.certificate.concave import concave_expression
from paygrade.errors import ModelError
from paygrade.model.contract import Contract

W, E = sympy.symbols("w e")
EXP, LOG, ROOT = sympy.exp, sympy.log, sympy.sqrt

TWINS: dict[str, tuple[pg.Utility, Any]] = {
    "log": (pg.LogUtility(1.0), LOG(W + 1)),
    "square root": (pg.SquareRootUtility(), ROOT(W)),
    "CARA": (pg.CARA(2.0), -EXP(-2 * W)),
    "CRRA above 1": (pg.CRRA(2.0, 1.0), -1 / (W + 1)),
    "CRRA below 1": (pg.CRRA(0.3, 1.0), (1 + W) ** 0.7 / 0.7),
}
NEW: list[Any] = [LOG(1 + W) + W / 10, 1 - 1 / (1 + W), ROOT(W) + LOG(1 + W), W**0.3 + W**0.55,
                  1 - EXP(-ROOT(W)), W / 7 - EXP(-0.037 * W), sympy.asinh(W + 1)]  # fmt: skip


def utility(expr: Any) -> pg.SymbolicUtility:
    positive = expr.has(sympy.asinh)
    return pg.SymbolicUtility(expr, W, domain=(0, math.inf) if positive else None)


def job(u: pg.Utility, **changes: Any) -> pg.MoralHazard:
    made: dict[str, Any] = {
        "utility": u, "cost": pg.PowerCost(0.1, 2.0), "value": pg.LinearValue(0.6),
        "monitor": pg.ExpertReview(n=12, rho=0.8), "reservation_utility": float(u(0.4)),
        "wage_floor": 0.0,
    }  # fmt: skip
    return pg.MoralHazard(**{**made, **changes})


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize(
    "family", [pg.BinaryContract, pg.LinearContract, pg.TieredContract, pg.WageSchedule]
)
def test_a_twin_is_designed_and_proved_alike(name: str, family: type[Contract]) -> None:
    known, expr = TWINS[name]
    symbolic = utility(expr)
    one, other = (pg.second_best(job(u), family) for u in (known, symbolic))
    assert other.certificate.evidence is pg.Evidence.PROVED
    assert other.payoff == pytest.approx(one.payoff, rel=1e-8)
    assert other.certificate.cost_upper == pytest.approx(one.certificate.cost_upper, rel=1e-6)
    # the same rule, certified for either, has the same bounds
    certificates = [
        pg.certify(job(u), one.contract, one.effort, prices=pg.ShadowPrices(0.8, 0.05))
        for u in (known, symbolic)
    ]
    assert certificates[1].holds == certificates[0].holds
    assert certificates[1].cost_lower == pytest.approx(certificates[0].cost_lower, rel=1e-12)
    assert certificates[1].ic_gap == pytest.approx(certificates[0].ic_gap, abs=1e-12)
    assert other.payoff_bound == pytest.approx(one.payoff_bound, rel=1e-9)


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_has_the_same_functions(name: str) -> None:
    known, expr = TWINS[name]
    symbolic = utility(expr)
    w = np.array([0.05, 0.3, 2.0, 40.0])
    assert symbolic.bounds == pytest.approx(known.bounds)
    assert symbolic.lowest_wage == known.lowest_wage
    for method in ("__call__", "derivative", "second_derivative", "risk_tolerance"):
        found, wanted = getattr(symbolic, method)(w), getattr(known, method)(w)
        np.testing.assert_allclose(found, wanted, rtol=1e-13, err_msg=method)
    v, price = known(w), 1 / known.derivative(w)
    for method, at in (
        ("inverse", v),
        ("inverse_derivative", v),
        ("inverse_second_derivative", v),
        ("wage_at", price),
    ):
        found, wanted = getattr(symbolic, method)(at), getattr(known, method)(at)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15, err_msg=method)
    for level in (known.bounds[0] - 1.0, known.bounds[1] + 1.0, *known.bounds):
        with np.errstate(all="ignore"):
            wanted = known.inverse(level)
        np.testing.assert_equal(symbolic.inverse(level), wanted, err_msg=f"inverse({level})")


@pytest.mark.parametrize("expr", NEW, ids=str)
def test_new_utilities_are_proved_two_sided(expr: Any) -> None:
    u = utility(expr)
    assert u.is_proved
    design = pg.second_best(job(u, cost=pg.PowerCost(0.03, 2.0)), pg.WageSchedule)
    proof = design.certificate
    assert proof.evidence is pg.Evidence.PROVED
    assert proof.cost_upper == pytest.approx(proof.cost_lower, rel=1e-8)
    bonus = pg.second_best(job(u, cost=pg.PowerCost(0.03, 2.0)))
    assert bonus.certificate.evidence is pg.Evidence.PROVED
    assert bonus.payoff <= design.payoff + 1e-9 <= design.payoff_bound + 2e-9


@settings(deadline=None, max_examples=60)
@given(
    index=st.integers(0, len(NEW) - 1),
    wage=st.one_of(st.floats(1e-12, 1e-3), st.floats(1e-3, 60.0)),
)
def test_inverses_come_back_and_lie_in_their_balls(index: int, wage: float) -> None:
    u = UTILITIES[index]
    balls = concave_expression(u)
    level, price = float(u(wage)), float(1 / u.derivative(wage))
    slack = 8 * 2.0**-52 * (abs(level) * price + float(u.risk_tolerance(wage)) + 2 * wage)
    assert abs(float(u.inverse(level)) - wage) <= slack
    assert abs(float(u.wage_at(np.array(price))) - wage) <= slack
    with ctx.workprec(128):
        inverse, at = balls.inverse(arb(level)), balls.wage_at(arb(price))
        assert balls.value(inverse).contains(arb(level))
    assert float(inverse.rad()) <= 1e-20 * (1 + wage)
    assert abs(float(inverse.mid()) - wage) <= slack
    assert abs(float(at.mid()) - wage) <= slack


UTILITIES = [utility(expr) for expr in NEW]


@settings(deadline=None, max_examples=60)
@given(index=st.integers(0, len(NEW) - 1), wage=st.floats(1e-3, 50.0), gap=st.floats(1e-3, 10.0))
def test_no_wage_beats_the_one_at_its_price(index: int, wage: float, gap: float) -> None:
    """h'(v) = t is where t·v - h(v) is largest: what every bound on cost rests on."""
    u = UTILITIES[index]
    price = float(1 / u.derivative(wage))
    best = price * float(u(wage)) - wage
    for other in (wage + gap, max(wage - gap, wage / 2)):
        assert price * float(u(other)) - other <= best + 1e-12 * (1 + abs(best))


SMALL = [
    (LOG(1 + W), W, 1e-12), (EXP(E) - 1, E, 1e-13), (1 - 1 / (1 + W), W, 1e-12),
    (1 - EXP(-W / 3), W, 1e-14), (LOG(1 + W / 10), W, 1e-12), (3 * EXP(2 * E) - 3, E, 1e-12),
]  # fmt: skip


@pytest.mark.parametrize(("expr", "symbol", "at"), SMALL)
def test_small_differences_keep_their_digits(expr: Any, symbol: Any, at: float) -> None:
    made = pg.SymbolicUtility(expr, W) if symbol == W else pg.SymbolicCost(expr, E)
    with mpmath.workdps(50):
        wanted = float(sympy.lambdify(symbol, expr, "mpmath")(mpmath.mpf(at)))
    assert made(at).item() == pytest.approx(wanted, rel=4e-16)
    if isinstance(made, pg.SymbolicUtility):
        assert made.inverse(made(at)).item() == pytest.approx(at, rel=1e-15)


x = sympy.Symbol("x")
REFUSED = [
    (LOG(W) - W / 100, W, None, r"does not increase: its slope is -0.00\d+ at wage 1\d\d"),
    (LOG(1 + W) + sympy.Rational(1, 10**45) * W**2, W, None, r"not concave.*at wage 1e\+2\d"),
    (ROOT(W) + sympy.tanh(W - 50) / 20, W, None, r"not concave.*at wage (49|48)"),
    (1 / (1 + EXP(-W)), W, None, r"not concave: its second derivative is .* at wage -"),
    (W**2, W, (0, 10), r"not concave: its second derivative is 2 at wage"),
    (W - W**2 / 20, W, None, r"does not increase.*at wage 1\d"),
    (LOG(5 - W), W, None, r"no real number at wage"),
    (LOG(W), W, (-1, 5), r"no real number at wage -1"),
    (sympy.I * W, W, None, "no real number at wage"),
    (3 * W + 1, W, None, r"is a line.*use RiskNeutral\(3\)"),
    (sympy.Abs(W), W, None, "contains Abs"),
    (sympy.Piecewise((W, W < 1), (1, True)), W, None, "contains Piecewise"),
    (W > 0, W, None, "is no number at any wage"),
    ([1, 2], W, None, "is no number at any wage"),
    (sympy.Matrix([W]), W, None, "is no number at any wage"),
    (sympy.nan, W, None, "does not depend on w"),
    (5, W, None, "does not depend on w"),
    (W * x, W, None, "depends on x besides w"),
    (LOG(sympy.Symbol("w", positive=True)), W, None, "other assumptions"),
    (sympy.Function("f")(W), W, None, "use known functions"),
    ("log(w", W, None, "is no SymPy expression"),
    (LOG(W), "w", None, "wage='w' is no symbol"),
    (LOG(W), W, (5, 1), "holds no wage"),
    (LOG(W), W, "ab", "holds no wage"),
    (LOG(W), W, (math.nan, 1), "holds no wage"),
]


@pytest.mark.parametrize(("expr", "wage", "domain", "words"), REFUSED)
def test_what_is_no_utility_is_refused(expr: Any, wage: Any, domain: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        pg.SymbolicUtility(expr, wage, domain=domain)


def test_a_utility_can_be_hashed_pickled_and_written() -> None:
    u = pg.SymbolicUtility("log(w + 3)", W)
    assert pickle.loads(pickle.dumps(u)) == u
    assert hash(u) == hash(pg.SymbolicUtility(LOG(W + 3), W))
    assert repr(u) == "SymbolicUtility(expr=log(w + 3), wage=w, domain=None)"


def test_a_stated_domain_bounds_wages() -> None:
    u = pg.SymbolicUtility(W - W**2 / 20, W, domain=(0, 10))
    assert (u.lowest_wage, u.highest_wage, u.bounds) == (0.0, 10.0, (0.0, 5.0))
    assert np.isnan(u(10.5))
    assert u(-0.1) == -np.inf
    problem = job(u, cost=pg.PowerCost(2.0, 2.0), value=pg.LinearValue(9.0))
    assert problem.highest_wage == 10.0
    design = pg.second_best(problem, pg.WageSchedule)
    assert design.certificate.holds
    assert max(design.contract.wages) <= 10.0  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match="wage_floor=11 lies above 10"):
        job(u, wage_floor=11.0)


def test_where_algebra_proves_nothing_no_bound_leans_on_concavity() -> None:
    u = pg.SymbolicUtility(sympy.tanh(W), W, domain=(0, 3))
    assert not u.is_proved
    design = pg.second_best(job(u))
    assert design.certificate.evidence is pg.Evidence.PROVED  # deviations need no concavity
    assert design.certificate.cost_lower == 0.0  # the wage floor, and nothing more
    assert design.payoff_bound == math.inf


def test_linear_pay_on_a_normal_outcome_is_no_ruin_without_a_lowest_wage() -> None:
    """A wage that may fall without end is ruin only where utility ends."""
    problem, twin = (
        job(u, monitor=pg.NormalMonitor(n=10), wage_floor=None)
        for u in (pg.SymbolicUtility(-EXP(-W), W), pg.CARA(1.0))
    )
    rule = pg.LinearContract(0.3, 0.4)
    effort = np.array([0.2, 0.7])
    np.testing.assert_allclose(
        pg.agent_utility(problem, rule, effort), pg.agent_utility(twin, rule, effort), rtol=1e-10
    )
    assert pg.certify(problem, rule, 0.5).evidence is pg.Evidence.CHECKED


def test_first_best_of_a_class_of_ones_own_is_checked() -> None:
    base = type("Plain", (pg.Utility,), {
        name: getattr(pg.LogUtility, name)
        for name in ("__call__", "inverse", "derivative", "second_derivative", "wage_at", "bounds")
    } | {"shift": 1.0, "scale": 1.0, "lowest_wage": -1.0})  # fmt: skip
    design = pg.first_best(job(base()))
    assert design.certificate.evidence is pg.Evidence.CHECKED
    assert design.payoff == pytest.approx(pg.first_best(job(pg.LogUtility(1.0))).payoff)


def test_a_law_that_is_no_text_of_an_expression_is_refused() -> None:
    with pytest.raises(ModelError, match="nothing SymPy can read"):
        pg.SymbolicMonitor("x.nothing", x, E, sympy.Interval(0, 1))


COSTS_REFUSED = [
    (E * LOG(E), {}, "is nan at effort 0"),
    (ROOT(E - 0.5), {}, r"is 0.707107\*I at effort 0"),
    (1 / (E - sympy.Rational(501, 1000)), {}, "is infinite at effort 0.501"),
    (-LOG(1 - E), {}, "is infinite at effort 1"),
    (sympy.I * E, {}, "at effort"),
    (sympy.nan, {}, "at effort 0"),
    (E > 1, {}, "no number at any effort"),
    (E * x, {}, "depends on x besides e"),
    (E, {"lowest_effort": 2.0}, "leave no effort between"),
    (E, {"highest_effort": "high"}, "leave no effort between"),
]


@pytest.mark.parametrize(("expr", "efforts", "words"), COSTS_REFUSED)
@pytest.mark.parametrize("kind", [pg.SymbolicCost, pg.SymbolicValue])
def test_what_is_no_cost_is_refused(
    kind: type[pg.SymbolicCost], expr: Any, efforts: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        kind(expr, E, **efforts)


def test_a_cost_is_tried_on_the_problems_own_efforts() -> None:
    cost = pg.SymbolicCost(-LOG(2 - E) + LOG(sympy.Integer(2)), E)
    with pytest.raises(ModelError, match="infinite at effort 2"):
        job(pg.LogUtility(1.0), cost=cost, monitor=pg.NormalMonitor(n=4), efforts=pg.Interval(0, 3))


def test_kinked_and_bumpy_costs_stay_welcome() -> None:
    for expr in (sympy.Abs(E - 0.5), sympy.Max(E - 0.5, 0), E + sympy.sin(9 * E) / 9):
        cost = pg.SymbolicCost(expr, E)
        assert np.isfinite(cost(np.linspace(0, 1, 7))).all()
        assert pickle.loads(pickle.dumps(cost)) == cost


def test_exact_derivatives_in_balls() -> None:
    """SymPy rounds 3·0.1 in the derivative of 0.1·e³; a ball of it must hold the exact one."""
    from paygrade.certificate.primitives import cost_jet

    jet = cost_jet(pg.SymbolicCost(0.1 * E**3, E), arb(1), arb(1))
    assert jet.slope.contains(3 * arb(0.1))
