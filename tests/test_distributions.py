"""Laws of the outcome, textbook and symbolic: density, score, nodes and tails say the same law."""

import math
import pickle
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import sympy
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from paygrade.errors import ModelError, NotConverged
from paygrade.model.distribution import DistributionMonitor
from paygrade.model.family import FAMILIES
from paygrade.model.monitor import Array, Monitor
from paygrade.model.symbolic_monitor import SymbolicMonitor

X, E = sympy.symbols("x e")
HALF_LINE = sympy.Interval(0, sympy.oo)
UNIT = sympy.Interval(0, 1)
GAUSS = sympy.exp(-((X - E) ** 2) / (2 * sympy.Rational(9, 100)))
NORMAL = GAUSS / (sympy.Rational(3, 10) * sympy.sqrt(2 * sympy.pi))
POWER = (1 + E) * X**E
CAUCHY = 1 / (sympy.pi * (1 + (X - E) ** 2))

TEXTBOOK = {
    "normal": DistributionMonitor("normal", sigma=0.3),
    "lognormal": DistributionMonitor("lognormal", sigma=0.5),
    "exponential": DistributionMonitor("exponential"),
    "gamma": DistributionMonitor("gamma", shape=3.0),
    "gamma with a pole": DistributionMonitor("gamma", shape=0.3),
    "poisson": DistributionMonitor("poisson"),
    "geometric": DistributionMonitor("geometric"),
    "bernoulli": DistributionMonitor("bernoulli"),
    "student_t": DistributionMonitor("student_t", df=3.0, scale=0.5),
}
# Each with the closed form it must agree with
TWINS = {
    "exponential": SymbolicMonitor(sympy.exp(-X / E) / E, X, E, HALF_LINE),
    "normal": SymbolicMonitor(NORMAL, X, E, sympy.S.Reals),
    "bernoulli": SymbolicMonitor(
        E**X * (1 - E) ** (1 - X), X, E, sympy.FiniteSet(0, 1), highest_effort=1.0
    ),
    "poisson": SymbolicMonitor(E**X * sympy.exp(-E) / sympy.factorial(X), X, E, sympy.Naturals0),
}
OWN = {
    "power": SymbolicMonitor(POWER, X, E, UNIT),
    "pole at 0": SymbolicMonitor(E * X ** (E - 1), X, E, UNIT, lowest_effort=0.2),
    "kinked": SymbolicMonitor(sympy.exp(-sympy.Abs(X - E)) / 2, X, E, sympy.S.Reals),
    "far and narrow": SymbolicMonitor(
        NORMAL.subs(X, 100 * (X - 50)) * 100, X, E, sympy.Interval(-sympy.oo, sympy.oo)
    ),
    "cauchy": SymbolicMonitor(CAUCHY, X, E, sympy.S.Reals),
    "upside down": SymbolicMonitor(sympy.exp(X / E) / E, X, E, sympy.Interval(-sympy.oo, 0)),
    "geometric": SymbolicMonitor((E / (1 + E)) ** X / (1 + E), X, E, sympy.Naturals0),
    "binomial": SymbolicMonitor(
        sympy.binomial(300, X) * E**X * (1 - E) ** (300 - X),
        X,
        E,
        sympy.Range(301),
        highest_effort=1.0,
    ),
}
PARETO = SymbolicMonitor((1 + E) * X ** (-2 - E), X, E, sympy.Interval(1, sympy.oo))
LAWS: dict[str, Monitor] = {
    **{f"textbook {name}": law for name, law in TEXTBOOK.items()},
    **{f"symbolic {name}": law for name, law in (TWINS | OWN).items()},
}
EVERY_LAW = pytest.mark.parametrize("monitor", LAWS.values(), ids=LAWS)
EVERY_TWIN = pytest.mark.parametrize("name", TWINS)
EFFORTS = st.floats(0.25, 0.95)  # for which all of these are laws
# A new cutoff means new nodes, so what tries many of them tries fewer efforts
FEWER = settings(max_examples=settings().max_examples // 4)


def law_at(monitor: Monitor, effort: float) -> tuple[Array, Array, Array]:
    """Return nodes, their masses and scores."""
    outcomes, log_weight = monitor.nodes(effort)
    masses = np.exp(log_weight + monitor.log_density(outcomes, effort))
    scores = monitor.score(outcomes, effort)
    return outcomes, masses, np.where(masses > 0, scores, 0.0)


def cutoffs_of(monitor: Monitor, effort: float) -> list[float]:
    levels = [float(np.ravel(monitor.cutoff_at(effort, np.array(z)))[-1]) for z in (1.5, 0, -2)]
    return [*levels, levels[0] - 0.25]


@EVERY_LAW
@given(effort=EFFORTS)
def test_nodes_integrate_the_law_and_its_score(monitor: Monitor, effort: float) -> None:
    _, masses, scores = law_at(monitor, effort)
    information = monitor.fisher_information(effort).item()
    assert masses.sum() == pytest.approx(1.0, abs=2e-12)
    assert masses @ scores == pytest.approx(0.0, abs=1e-11 * math.sqrt(information))
    assert masses @ scores**2 == pytest.approx(information, rel=5e-12)


@EVERY_LAW
@given(effort=EFFORTS)
def test_score_is_the_slope_of_the_log_density(monitor: Monitor, effort: float) -> None:
    outcomes, masses, scores = law_at(monitor, effort)
    step = 1e-5 * effort
    seen = masses > 1e-12  # where the difference of two logs is not all rounding
    if monitor is OWN["kinked"]:
        seen &= np.abs(outcomes - effort) > 2 * step
    outcomes, scores = outcomes[seen], scores[seen]
    above, below = (monitor.log_density(outcomes, effort + way * step) for way in (1, -1))
    scale = math.sqrt(monitor.fisher_information(effort).item())
    slope = (above - below) / (2 * step)
    np.testing.assert_allclose(slope, scores, rtol=2e-5, atol=1e-5 * scale)


@EVERY_LAW
@FEWER
@given(effort=EFFORTS)
def test_pass_slope_is_the_slope_of_passing(monitor: Monitor, effort: float) -> None:
    step = 1e-5
    for cutoff in cutoffs_of(monitor, effort):
        above = monitor.pass_probability(cutoff, np.array([effort + step, effort - step]))
        slope = monitor.pass_slope(cutoff, effort).item()
        scale = math.sqrt(monitor.fisher_information(effort).item())
        difference = (above[0] - above[1]) / (2 * step)
        assert slope == pytest.approx(difference, rel=1e-5, abs=1e-5 * scale)


@EVERY_LAW
@FEWER
@given(effort=EFFORTS)
def test_passing_and_failing_make_one(monitor: Monitor, effort: float) -> None:
    for cutoff in cutoffs_of(monitor, effort):
        passing = monitor.pass_probability(cutoff, effort)
        failing = monitor.fail_probability(cutoff, effort)
        assert (passing + failing).item() == pytest.approx(1.0, abs=2e-12)


@EVERY_LAW
@FEWER
@given(effort=EFFORTS)
def test_passing_is_the_mass_at_and_above_the_cutoff(monitor: Monitor, effort: float) -> None:
    for cutoff in cutoffs_of(monitor, effort):
        outcomes, log_weight = monitor.nodes(effort, [cutoff])
        masses = np.exp(log_weight + monitor.log_density(outcomes, effort))
        mass = masses[outcomes >= cutoff].sum()
        assert monitor.pass_probability(cutoff, effort).item() == pytest.approx(mass, abs=2e-12)


@EVERY_LAW
@given(effort=EFFORTS)
def test_nodes_have_the_mean(monitor: Monitor, effort: float) -> None:
    outcomes, masses, _ = law_at(monitor, effort)
    mean = monitor.mean_outcome(effort).item()
    if monitor is OWN["cauchy"]:
        assert math.isnan(mean)  # it has none, and none is made up
    else:
        assert masses @ outcomes == pytest.approx(mean, rel=5e-12, abs=5e-12)


@given(effort=EFFORTS)
def test_a_fat_tail_that_has_a_mean_keeps_it(effort: float) -> None:
    assert PARETO.mean_outcome(effort).item() == pytest.approx((1 + effort) / effort, rel=1e-12)


@pytest.mark.parametrize("name", TEXTBOOK)
@given(effort=EFFORTS)
def test_the_statistic_has_its_mean_and_quadratic_variance(name: str, effort: float) -> None:
    law = TEXTBOOK[name].law
    outcomes, masses, _ = law_at(TEXTBOOK[name], effort)
    if law.variance is None:
        assert name == "student_t"
        return
    statistic = law.statistic(outcomes)
    variance = masses @ (statistic - effort) ** 2
    assert masses @ statistic == pytest.approx(effort, abs=2e-12)
    assert variance == pytest.approx(np.polyval(law.variance[::-1], effort), rel=5e-12)


@EVERY_TWIN
@FEWER
@given(effort=EFFORTS)
def test_symbolic_twin_is_the_textbook_law(name: str, effort: float) -> None:
    twin, textbook = TWINS[name], TEXTBOOK[name]
    outcomes, _, _ = law_at(textbook, effort)
    for method in ("log_density", "score", "density_slope"):
        np.testing.assert_allclose(
            getattr(twin, method)(outcomes, effort),
            getattr(textbook, method)(outcomes, effort),
            rtol=1e-9,
            atol=1e-11,
        )
    for cutoff in (*cutoffs_of(textbook, effort), -0.5, 0.0, 1.0):
        for method in ("pass_probability", "fail_probability", "pass_slope"):
            found = getattr(twin, method)(cutoff, effort).item()
            expected = getattr(textbook, method)(cutoff, effort).item()
            assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)
    for method in ("mean_outcome", "fisher_information"):
        expected = getattr(textbook, method)(effort).item()
        assert getattr(twin, method)(effort).item() == pytest.approx(expected, rel=1e-11)


def normal_tail(z: arb) -> arb:
    return (z / arb(2).sqrt()).erfc() / 2


def gamma_tail(shape: float, mark: arb) -> arb:
    return arb(mark).gamma_upper(arb(shape), regularized=1)


def student_tail(df: int, z: float) -> arb:
    share = arb(df) / (df + arb(z) ** 2)
    return share.beta_lower(arb(df) / 2, arb(1) / 2, regularized=1) / 2


SIGMA = 0.3
TAILS: list[tuple[str, Monitor, float, float, bool, Callable[[], arb]]] = [
    # name, law, cutoff, effort, whether the rare event is passing, its probability in balls
    ("normal above", TEXTBOOK["normal"], 3.5, 0.5, True, lambda: normal_tail(3.0 / arb(SIGMA))),
    ("normal below", TEXTBOOK["normal"], -2.5, 0.5, False, lambda: normal_tail(3.0 / arb(SIGMA))),
    ("exponential above", TEXTBOOK["exponential"], 30.0, 0.5, True, lambda: arb(-60).exp()),
    ("exponential below", TEXTBOOK["exponential"], 1e-20, 0.5, False, lambda: -arb(-2e-20).expm1()),
    ("gamma above", TEXTBOOK["gamma"], 20.0, 0.5, True, lambda: gamma_tail(3, arb(120))),
    ("gamma below", TEXTBOOK["gamma"], 1e-9, 0.5, False, lambda: 1 - gamma_tail(3, arb(6e-9))),
    ("poisson above", TEXTBOOK["poisson"], 40, 0.5, True, lambda: 1 - gamma_tail(40, arb(0.5))),
    ("geometric above", TEXTBOOK["geometric"], 90, 0.5, True, lambda: arb(3) ** -90),
    ("student_t above", TEXTBOOK["student_t"], 5e5 + 0.5, 0.5, True, lambda: student_tail(3, 1e6)),
    ("student_t below", TEXTBOOK["student_t"], 0.5 - 5e5, 0.5, False, lambda: student_tail(3, 1e6)),
    ("its normal twin", TWINS["normal"], 3.5, 0.5, True, lambda: normal_tail(3.0 / arb(SIGMA))),
    ("its normal twin", TWINS["normal"], -2.5, 0.5, False, lambda: normal_tail(3.0 / arb(SIGMA))),
    ("its exponential twin", TWINS["exponential"], 30.0, 0.5, True, lambda: arb(-60).exp()),
    ("its Poisson twin", TWINS["poisson"], 20, 0.5, True, lambda: 1 - gamma_tail(20, arb(0.5))),
    ("power below", OWN["power"], 1e-9, 0.5, False, lambda: arb(1e-9) ** arb(1.5)),
    ("cauchy above", OWN["cauchy"], 1e9 + 0.5, 0.5, True, lambda: arb(1e-9).atan() / arb.pi()),
]


@pytest.mark.parametrize(
    ("monitor", "cutoff", "effort", "passes", "tail"),
    [row[1:] for row in TAILS],
    ids=[row[0] + ("" if row[4] else ", failing") for row in TAILS],
)
def test_tails_keep_their_relative_accuracy(
    monitor: Monitor, cutoff: float, effort: float, passes: bool, tail: Callable[[], arb]
) -> None:
    before, ctx.prec = ctx.prec, 400  # some balls are differences from 1
    try:
        expected = float(tail().mid())
    finally:
        ctx.prec = before
    likelihood = monitor.pass_probability if passes else monitor.fail_probability
    assert 0 < expected < 1e-8
    assert likelihood(cutoff, effort).item() == pytest.approx(expected, rel=1e-10, abs=0.0)


@EVERY_TWIN
def test_transition_efforts_are_where_passing_is_about_even(name: str) -> None:
    twin, cutoff = TWINS[name], 0.7 if name != "poisson" else 1.0
    found = twin.transition_efforts(cutoff, np.array([0.0]))
    assert twin.pass_probability(cutoff, found) == pytest.approx(0.5, abs=0.1)


@given(effort=EFFORTS, shares=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)))
def test_breaks_split_panels(effort: float, shares: tuple[float, float]) -> None:
    breaks = sorted(shares)
    outcomes, log_weight = OWN["power"].nodes(effort, breaks)
    masses = np.exp(log_weight + OWN["power"].log_density(outcomes, effort))
    between = (outcomes >= breaks[0]) & (outcomes < breaks[1])
    expected = breaks[1] ** (1 + effort) - breaks[0] ** (1 + effort)
    assert np.all(np.diff(outcomes) >= 0)
    assert masses[between].sum() == pytest.approx(expected, abs=1e-13)


def test_outcomes_outside_the_support_have_no_density() -> None:
    for monitor, outside in ((OWN["power"], 1.5), (TWINS["exponential"], -1.0)):
        assert monitor.log_density(outside, 0.5) == -math.inf
        assert monitor.density_slope(np.array([outside]), 0.5) == 0.0
    assert TWINS["poisson"].log_density(0.5, 0.5) == -math.inf


def test_a_listed_law_is_right_where_effort_is_none() -> None:
    twin = TWINS["bernoulli"]
    assert twin.is_discrete
    assert twin.pass_slope(1.0, 0.0).item() == 1.0
    np.testing.assert_array_equal(twin.density_slope(np.array([0.0, 1.0]), 0.0), [-1.0, 1.0])


@pytest.mark.parametrize("name", LAWS)
def test_laws_are_values(name: str) -> None:
    monitor = LAWS[name]
    monitor.pass_probability(0.5, 0.5)  # compiles, and what is compiled can't be pickled
    copy = pickle.loads(pickle.dumps(monitor))
    assert copy == monitor
    assert hash(copy) == hash(monitor)
    assert copy.pass_probability(0.5, 0.5) == monitor.pass_probability(0.5, 0.5)
    assert monitor != LAWS["textbook lognormal" if "lognormal" not in name else "textbook normal"]


TEXTBOOK_ERRORS = [
    ("cauchy", {}, "give one of normal, lognormal, exponential, gamma"),
    ("gamma", {}, "the gamma law needs shape"),
    ("student_t", {"scale": 1.0}, "the student_t law needs df"),
    ("normal", {"sigma": -1.0}, "sigma=-1.0 is no sigma of a law; give a finite number above 0"),
    ("normal", {"sigma": math.nan}, "sigma=nan"),
    ("gamma", {"shape": math.inf}, "shape=inf"),
    ("exponential", {"rate": 2.0}, "rate=2.0 is no parameter of the exponential law"),
]


@pytest.mark.parametrize(("family", "parameters", "words"), TEXTBOOK_ERRORS)
def test_textbook_laws_refuse(family: str, parameters: dict[str, float], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        DistributionMonitor(family, **parameters)


def test_an_unknown_family_lists_all_of_them() -> None:
    with pytest.raises(ModelError) as caught:
        DistributionMonitor("weibull")
    assert all(name in str(caught.value) for name in FAMILIES)


EXP = sympy.exp(-X / E) / E
SYMBOLIC_ERRORS = [
    (2 * EXP, X, E, HALF_LINE, {}, "total mass 2 at effort 0.05, so it is no law there"),
    (EXP, X, E, UNIT, {}, "total mass 0.9.* at effort 0.25"),
    (1 + E * (2 * X - 1), X, E, UNIT, {}, "pdf is -.* at outcome .* and effort 3"),
    (E * (1 - X) + X / 2, X, E, sympy.FiniteSet(0, 1), {"highest_effort": 1.0}, "effort 0.02"),
    (EXP, "x", E, HALF_LINE, {}, "outcome='x' is no symbol"),
    (EXP, X, X, HALF_LINE, {}, "outcome and effort are both x"),
    (EXP * sympy.Symbol("k"), X, E, HALF_LINE, {}, "depends on k besides x and e"),
    (sympy.exp(-X), X, E, HALF_LINE, {}, "does not depend on e"),
    (E / E**2, X, E, UNIT, {}, "does not depend on x"),
    ("exp(", X, E, HALF_LINE, {}, "nothing SymPy can read"),
    (X > E, X, E, HALF_LINE, {}, "is no expression"),
    (1 / E, X, E, sympy.Interval(0, E), {}, "does not depend on x"),
    (2 * X / E**2, X, E, sympy.Interval(0, E), {}, "moves with e"),
    (EXP, X, E, sympy.Integers, {}, "is no set of outcomes to sum over"),
    (EXP, X, E, [0, 1], {}, "is no set of outcomes to sum over"),
    (EXP, X, E, sympy.FiniteSet(1), {}, "fewer than two outcomes"),
    (EXP, X, E, sympy.FiniteSet(0, sympy.I), {}, "no real number"),
    (EXP, X, E, sympy.Range(-sympy.oo, 1), {}, "no least outcome"),
    (EXP, X, E, HALF_LINE, {"lowest_effort": 2.0, "highest_effort": 1.0}, "no effort between"),
    (EXP, X, E, HALF_LINE, {"highest_effort": math.nan}, "no effort between"),
    (EXP, X, E, HALF_LINE, {"lowest_effort": "low"}, "no effort between"),
]


@pytest.mark.parametrize(
    ("pdf", "outcome", "effort", "support", "efforts", "words"), SYMBOLIC_ERRORS
)
def test_symbolic_laws_refuse(
    pdf: object,
    outcome: object,
    effort: object,
    support: object,
    efforts: dict[str, float],
    words: str,
) -> None:
    with pytest.raises(ModelError, match=words):
        SymbolicMonitor(pdf, outcome, effort, support, **efforts)


def test_a_mass_that_is_not_quite_one_is_not_summed_over() -> None:
    rounded = 1.000000002 * EXP  # within what construction allows, not within what sums need
    monitor = SymbolicMonitor(rounded, X, E, HALF_LINE)
    with pytest.raises(NotConverged, match=r"total mass 1.000000002 at effort 0.4"):
        monitor.nodes(0.4)


def test_textbook_laws_load_neither_sympy_nor_scipy_stats() -> None:
    code = "import sys, paygrade.model.distribution; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"sympy", "scipy.stats"} & set(loaded.stdout.split())


def test_compiling_an_expression_does_not_load_scipy_stats() -> None:
    code = (
        "import sys, sympy; from paygrade.model.symbolic_monitor import SymbolicMonitor;"
        "x, e = sympy.symbols('x e');"
        "SymbolicMonitor(e**x*sympy.exp(-e)/sympy.factorial(x), x, e, sympy.Naturals0);"
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "scipy.stats" not in loaded.stdout.split()
