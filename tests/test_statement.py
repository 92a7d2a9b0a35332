"""The program as text and LaTeX, for every primitive of the library."""

import io
import math
import re

import pytest
import sympy

import paygrade as pg
from paygrade.model.monitor import Monitor

X, E = sympy.symbols("x e", positive=True)
UTILITIES: list[pg.Utility] = [
    pg.LogUtility(2.0), pg.SquareRootUtility(scale=3.0), pg.CRRA(0.7, 1.0), pg.CARA(0.5),
    pg.CARA(0.5, cost_in_money=True), pg.RiskNeutral(),
]  # fmt: skip
COSTS: list[pg.EffortCost] = [
    pg.PowerCost(0.37, 2.5), pg.ExponentialCost(0.1, 2.0), pg.SymbolicCost(E**2 + sympy.exp(E), E)
]  # fmt: skip
VALUES: list[pg.Value] = [
    pg.LinearValue(2.048, 1.0), pg.PowerValue(2.0, 0.5), pg.SymbolicValue(sympy.log(1 + E), E)
]  # fmt: skip
MONITORS: list[Monitor] = [
    pg.ExpertReview(100, 0.8), pg.SelfConsistency(100, 0.8), pg.ComparisonMode(9, 0.9),
    pg.GoldenQuestions(9, 0.7), pg.GoldenQuestions(3, [0.5, 0.6, 0.7]), pg.NormalMonitor(9, 0.8),
    *(pg.DistributionMonitor(f) for f in ("normal", "lognormal", "exponential", "poisson")),
    pg.DistributionMonitor("geometric"), pg.DistributionMonitor("bernoulli"),
    pg.DistributionMonitor("gamma", shape=2.0), pg.DistributionMonitor("student_t", df=3.0),
    pg.SpanningMonitor([0.6, 0.4], [0.2, 0.8]),
    pg.SymbolicMonitor(sympy.exp(-X / E) / E, X, E, sympy.Interval(0, sympy.oo)),
]  # fmt: skip


def problem_of(
    utility: pg.Utility = UTILITIES[0], cost: pg.EffortCost = COSTS[0],
    value: pg.Value = VALUES[0], monitor: Monitor = MONITORS[0], **extra: float | None,
) -> pg.MoralHazard:  # fmt: skip
    return pg.MoralHazard(
        utility=utility, cost=cost, value=value, monitor=monitor,
        efforts=pg.Interval(0.01, 1.0),
        wage_floor=extra.get("wage_floor"), wage_cap=extra.get("wage_cap"),
    )  # fmt: skip


def check(statement: pg.Statement) -> None:
    text = statement.latex()
    plain = re.sub(r"\\[{}]", "", text)
    depth = 0
    for letter in plain:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0, text
    assert depth == 0, text
    assert text.count("\\left") == text.count("\\right")
    assert text.count("\\begin{") == text.count("\\end{")
    lines = text.split("\n")
    assert lines[0] == "\\begin{aligned}"
    assert lines[-1] == "\\end{aligned}"
    for line in lines[1:-1]:
        inner = re.sub(r"\\begin\{(pmatrix|cases)\}.*?\\end\{\1\}", "M", line)
        assert inner.count("&") == 1, line  # one column mark, so that rows align
        assert line == lines[-2] or line.endswith("\\\\")
        render(inner.replace("&", "").removesuffix("\\\\"))
    assert str(statement).startswith("maximise over w(·), e")


def render(piece: str) -> None:
    """Draw one row with matplotlib, which refuses LaTeX that it can't parse."""
    from matplotlib import mathtext

    known = piece.replace("\\operatorname*", "\\operatorname").replace("\\tfrac12", "\\frac{1}{2}")
    known = re.sub(r"\\text\{([^{}]*)\}", lambda m: r"\mathrm{" + word(m[1]) + "}", known)
    for unknown in ("\\bigl", "\\bigr"):
        known = known.replace(unknown, "")
    mathtext.math_to_image(f"${known}$", io.BytesIO(), dpi=40, format="raw")


def word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ()=.,]", "", text).replace(" ", "\\ ")


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("monitor", MONITORS, ids=repr)
def test_monitors(monitor: Monitor, *, relaxed: bool) -> None:
    check(problem_of(monitor=monitor).statement(relaxed=relaxed))


@pytest.mark.parametrize("relaxed", [False, True])
@pytest.mark.parametrize("utility", UTILITIES, ids=repr)
@pytest.mark.parametrize("cost", COSTS, ids=["power", "exponential", "symbolic"])
@pytest.mark.parametrize("value", VALUES, ids=["linear", "power", "symbolic"])
def test_utilities_costs_values(
    utility: pg.Utility, cost: pg.EffortCost, value: pg.Value, *, relaxed: bool
) -> None:
    check(problem_of(utility, cost, value).statement(relaxed=relaxed))


def test_wage_bounds_and_corner_are_stated() -> None:
    problem = problem_of(wage_floor=0.0, wage_cap=5.0)
    assert "0 \\leq w(k) \\leq 5" in problem.statement().latex()
    assert "(LL)" not in problem_of().statement().latex()
    assert "(LL)  w(k) <= 5" in str(problem_of(wage_cap=5.0).statement())
    full, local = problem.statement(), problem.statement(relaxed=True)
    assert "arg\\,max" in full.latex()
    assert "arg\\,max" not in local.latex()
    assert "\\geq c'(e) \\;\\text{ if } e = 1" in local.latex()
    assert "0.37 e^{2.5}" in full.latex() or "0.37 e^{\\frac{5}{2}}" in full.latex()
    assert "c(e) = 0.37*e**(5/2)" in str(full)


def test_cost_in_money_is_inside_utility() -> None:
    text = str(problem_of(pg.CARA(0.5, cost_in_money=True)).statement())
    assert "u(w(K) - c(e'))" in text
    assert ">= u(0)" in text


def test_levels() -> None:
    problem = pg.MoralHazard(
        utility=pg.LogUtility(), cost=pg.TabulatedCost([0.0, 0.4]),
        value=pg.TabulatedValue([4.0, 8.0]),
        monitor=pg.TabulatedMonitor([[0.6, 0.4], [0.2, 0.8]], outcomes=[0, 10]),
        efforts=pg.Finite([0, 1]),
    )  # fmt: skip
    check(problem.statement())
    assert "e' in {0, 1}" in str(problem.statement())
    assert "e = 1: (1/5, 4/5)" in str(problem.statement())
    with pytest.raises(pg.ModelError, match="relaxed=False"):
        problem.statement(relaxed=True)


def test_wide_tables_are_named_and_unbounded_efforts_open() -> None:
    table = [[1 / 40] * 40, [*[1 / 80] * 20, *[3 / 80] * 20]]
    problem = pg.MoralHazard(
        utility=pg.LogUtility(), cost=pg.TabulatedCost([0.0, 0.4]),
        value=pg.TabulatedValue([4.0, 8.0]), monitor=pg.TabulatedMonitor(table),
        efforts=pg.Finite([0, 1]),
    )  # fmt: skip
    assert "2 x 40 table" in str(problem.statement())
    unbounded = pg.MoralHazard(
        utility=pg.CARA(1.0), cost=pg.PowerCost(), value=pg.LinearValue(),
        monitor=pg.NormalMonitor(4), efforts=pg.Interval(0.0, math.inf),
    )  # fmt: skip
    check(unbounded.statement(relaxed=True))
    assert "e \\in [0, \\infty)" in unbounded.statement().latex()
    assert "if e > 0" in str(unbounded.statement(relaxed=True))
    assert unbounded.statement()._repr_latex_().startswith("$\\displaystyle")
