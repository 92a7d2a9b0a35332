"""Bilevel programs: known optima, brute force, proofs that hold, misuse that is refused."""

import itertools
import pickle
from typing import Any

import numpy as np
import pytest
import sympy
from flint import ctx
from hypothesis import given, settings
from hypothesis import strategies as st

import paygrade as pg
from paygrade.certificate import leader as leader_module
from paygrade.certificate.responses import Responses
from paygrade.model.bilevel import numeric

X, Y, Z = sympy.symbols("x y z")
HILLS = X * sympy.exp(-((Z + 1) ** 2)) + sympy.exp(-((Z - 1) ** 2))
DISTANCE = (X - 2) ** 2 + (Z - 1) ** 2
quarters = st.integers(-8, 8).map(lambda n: sympy.Rational(n, 4))


def mirrlees(**changed: Any) -> pg.BilevelProgram:
    given_: dict[str, Any] = {
        "leader": DISTANCE, "follower": HILLS, "leader_variables": X, "follower_variable": Z,
        "bounds": {X: (0, 4), Z: (-2, 2)},
    }  # fmt: skip
    return pg.BilevelProgram(**(given_ | changed))


def brute(program: pg.BilevelProgram, points: int) -> tuple[float, float]:
    """Return the best F (to be minimised) over a grid: with best responses, with near ones."""
    made = program.derivatives
    leader, follower = (numeric(e, made.symbols) for e in (made.leader, made.follower))
    axes = [np.linspace(*pair, points) for pair in program.box[:-1]]
    zs = np.linspace(*program.box[-1], 4001)
    strict = near = np.inf
    for x in itertools.product(*axes):
        heights = np.broadcast_to(follower(*x, zs), zs.shape)
        values = np.broadcast_to(leader(*x, zs), zs.shape)
        strict = min(strict, float(values[heights.argmax()]))
        near = min(near, float(values[heights >= heights.max() - 1e-3].min()))
    return strict, near


@pytest.mark.parametrize(
    ("leader_sense", "follower_sense"), list(itertools.product(("min", "max"), repeat=2))
)
def test_senses_mirror_each_other(leader_sense: str, follower_sense: str) -> None:
    up, across = (1 if leader_sense == "min" else -1), (1 if follower_sense == "max" else -1)
    program = mirrlees(
        leader=up * DISTANCE, follower=across * HILLS, leader_sense=leader_sense,
        follower_sense=follower_sense,
    )  # fmt: skip
    found, relaxed = program.solve(), program.relaxation()
    assert up * found.leader_value == pytest.approx(1.0018059079696253, rel=1e-9)
    assert across * found.follower_value == pytest.approx(1.0198658183311207, rel=1e-9)
    assert found.value_lower <= up * 1.0018059079696253 <= found.value_upper
    assert found.tie == 0.0
    assert up * relaxed.claim == pytest.approx(0.01116342686937, abs=1e-12)
    assert relaxed.value_lower <= relaxed.claim <= relaxed.value_upper
    assert found.verdict.startswith("PROVED")
    assert relaxed.verdict.startswith("PROVED")


@given(a=quarters, b=quarters, p=quarters, q=quarters)
@settings(max_examples=25)
def test_clipped_quadratics(a: Any, b: Any, p: Any, q: Any) -> None:
    """The response is p x + q, held between -1 and 1: interior, kinked and corner optima."""
    program = pg.BilevelProgram(
        (X - a) ** 2 + (Z - b) ** 2, -((Z - p * X - q) ** 2), X, Z, [(-3, 3), (-1, 1)]
    )

    def value(x: Any) -> Any:
        return (x - a) ** 2 + (max(-1, min(1, p * x + q)) - b) ** 2

    places = [-3, 3, a, (a + p * (b - q)) / (1 + p**2)]
    places += [(end - q) / p for end in (-1, 1) if p]
    best = float(min(value(x) for x in places if -3 <= x <= 3))
    found, relaxed = program.solve(), program.relaxation()
    for lower, upper, had in (
        (found.value_lower, found.value_upper, found.leader_value),
        (relaxed.value_lower, relaxed.value_upper, relaxed.claim),  # f is concave: no difference
    ):
        assert lower <= best + 1e-12
        assert upper >= best - 1e-12
        assert upper - lower <= 1.1e-6 * max(1.0, abs(best))
        assert had == pytest.approx(best, abs=1e-6 * max(1.0, abs(best)))
    assert found.response_gap <= 1e-9


@given(a=quarters, b=quarters, r=quarters, s=quarters)
@settings(max_examples=10)
def test_two_leader_variables_with_quadratics(a: Any, b: Any, r: Any, s: Any) -> None:
    program = pg.BilevelProgram(
        (X - a) ** 2 + (Y - b) ** 2 + (Z - r) ** 2, (Z - X - s * Y) ** 2, (X, Y), Z,
        {X: (-20, 20), Y: (-20, 20), Z: (-60, 60)}, follower_sense="min",
    )  # fmt: skip
    step = (r - a - s * b) / (2 + s**2)  # least squares: move (x, y) along (1, s)
    best = float(step**2 * (1 + s**2) + (a + step + s * (b + s * step) - r) ** 2)
    found = program.solve()
    assert isinstance(found.x, tuple)
    assert found.x == pytest.approx((float(a + step), float(b + s * step)), abs=1e-3)
    assert found.value_lower <= best + 1e-12
    assert found.leader_value == pytest.approx(best, abs=2e-6 * max(1.0, best))


def test_a_jump_with_two_leader_variables_against_brute_force() -> None:
    program = mirrlees(
        leader=DISTANCE + (Y - 1) ** 2, follower=HILLS.subs(X, X * (1 + Y**2 / 4)),
        leader_variables=(X, Y), bounds=[(0, 4), (-2, 2), (-2, 2)],
    )  # fmt: skip
    found = program.solve()
    assert found.x == pytest.approx((0.8925586, 0.6939011), abs=1e-4)
    assert found.value_upper - found.value_lower <= 2e-6
    strict, near = brute(program, 81)
    assert found.value_lower <= strict
    assert found.value_upper >= near - 0.05  # what half a cell of the grid may hide


WAVES = [
    (sympy.sin(3 * Z) + X**2 / 5, sympy.sin(4 * Z + X) + Z * X / 5),
    ((X - Z) ** 2 - Z, sympy.cos(3 * Z - X) - Z**2 / 10),
    (sympy.Abs(X - 1) + sympy.Abs(Z - X / 2), Z**3 - 3 * Z * X),
    (X * Z, sympy.tanh(2 * Z * X) - Z**2 / 3),
]


@pytest.mark.parametrize(("leader", "follower"), WAVES, ids=str)
def test_against_brute_force(leader: Any, follower: Any) -> None:
    program = pg.BilevelProgram(leader, follower, X, Z, [(-2, 2), (-2, 2)])
    found = program.solve()
    strict, near = brute(program, 801)
    assert found.value_lower <= strict + 1e-3  # the grid's response is only nearly the best
    assert near - 0.1 <= found.leader_value <= strict + 1e-3
    assert program.relaxation().value_lower <= found.value_upper


@given(
    share=st.floats(0.0, 1.0), width=st.floats(1e-3, 1.0), place=st.floats(0.0, 1.0),
    pair=st.sampled_from([(DISTANCE, HILLS), *WAVES]),
)  # fmt: skip
@settings(max_examples=60)
def test_no_best_response_is_ruled_out_and_no_bound_is_above_it(
    share: float, width: float, place: float, pair: tuple[Any, Any]
) -> None:
    program = pg.BilevelProgram(*pair, X, Z, [(0, 2), (-2, 2)])
    low = 2.0 * share * (1.0 - width)
    box = ((low, low + 2.0 * width),)
    x = low + 2.0 * width * place
    made = program.derivatives
    zs = np.linspace(-2, 2, 20001)
    z = float(zs[np.broadcast_to(numeric(made.follower, made.symbols)(x, zs), zs.shape).argmax()])
    ctx.prec = 128
    try:
        responses = Responses(program, globally=True)
        rivals = responses.first_rivals(box)
        left, _ = responses.settle(box, responses.whole, rivals, np.inf)
    finally:
        ctx.prec = 53
    near = [bound for bound, cell in left if cell.low - 2e-4 <= z <= cell.high + 2e-4]
    assert near
    assert min(near) <= float(numeric(made.leader, made.symbols)(x, z)) + 5e-3


def test_ends_of_the_response_meet_the_right_condition() -> None:
    """At z = 0 the follower stays only if f falls there, that is for x <= 1."""
    program = pg.BilevelProgram((X - 2) ** 2 + Z, (X - 1) * Z, X, Z, [(0, 3), (0, 5)])
    found, relaxed = program.solve(), program.relaxation()
    assert found.x == pytest.approx(1.0, abs=1e-6)
    assert (found.z, relaxed.z) == (0.0, 0.0)
    assert found.leader_value == pytest.approx(1.0, abs=1e-6)
    assert relaxed.claim == pytest.approx(1.0, abs=1e-6)


def test_a_tie_at_a_single_point_is_found_and_owned_up_to() -> None:
    """At x = 0 all hills are equally high, and one of them gives the leader 0; beside it none."""
    program = pg.BilevelProgram(
        (X - 1) ** 2 + sympy.sin(5 * Z), sympy.sin(7 * Z + X) + Z * X / 5, X, Z, [(-3, 3), (-3, 3)]
    )
    found = program.solve()
    assert found.leader_value == pytest.approx(0.0, abs=1e-8)
    assert found.z == pytest.approx(-np.pi / 2, abs=1e-6)
    assert 0.0 < found.tie <= 1e-9


@pytest.mark.parametrize("follower", [X, -((Z**2 - X) ** 2)], ids=["indifferent", "even"])
def test_ties_everywhere_fall_in_the_leaders_favour(follower: Any) -> None:
    program = pg.BilevelProgram((X - 1) ** 2 + (Z - 1) ** 2, follower, X, Z, [(0.5, 3), (-2, 2)])
    found = program.solve()
    assert found.leader_value == pytest.approx(0.0, abs=1e-6)
    assert found.value_lower <= found.value_upper
    assert found.tie > 0.0


def test_a_narrow_spike_in_the_followers_payoff_is_found() -> None:
    spike = X * sympy.exp(-(((Z - sympy.Rational(5123, 10000)) * 2000) ** 2)) - Z**2 / 10
    program = pg.BilevelProgram((X - 1) ** 2 + Z**2, spike, X, Z, [(0, 2), (-2, 2)])
    found, relaxed = program.solve(), program.relaxation()
    assert found.z == pytest.approx(0.5123, abs=1e-5)
    assert found.leader_value == pytest.approx(0.2624512769, abs=1e-7)
    assert relaxed.claim == pytest.approx(0.0, abs=1e-6)
    assert relaxed.true_value == pytest.approx(0.2624512769, abs=1e-5)


def test_the_leader_looks_into_every_valley() -> None:
    wide, deep = sympy.Rational(3, 40), sympy.Rational(1503750, 1000000)
    leader = -sympy.exp(-(((X - deep) * 50) ** 2)) - sympy.Rational(99, 100) * sympy.exp(
        -(((X - wide) * 50) ** 2)
    )
    program = pg.BilevelProgram(leader, -((Z - X) ** 2), X, Z, [(0, 3), (-1, 4)])
    assert pg.solve_bilevel(program).leader_value == pytest.approx(-1.0, abs=1e-9)


def test_roots_and_logarithms_at_the_end_of_a_range() -> None:
    program = pg.BilevelProgram(
        (X - 1) ** 2 + Z**2, sympy.sqrt(Z) - X * Z, X, Z, [(0.3, 3), (0, 0.7)]
    )
    best = min((x - 1) ** 2 + min(0.7, 0.25 / x**2) ** 2 for x in np.linspace(0.3, 3, 100_001))
    assert program.solve().leader_value == pytest.approx(best, abs=1e-6)


def test_without_a_proof_no_number_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader_module, "MOST_BOXES", 4)
    with pytest.raises(pg.NotConverged, match="narrow the bounds"):
        mirrlees().solve()
    with pytest.raises(pg.NotConverged, match="relaxation"):
        mirrlees().relaxation()
    with pytest.raises(pg.ModelError, match="tolerance"):
        mirrlees().solve(tolerance=0.0)


W, K, P = sympy.Symbol("w"), sympy.Symbol("i", integer=True), sympy.Symbol("p", positive=True)
MISUSE = [
    ({"leader": "x + z"}, "no SymPy expression"),
    ({"leader": X < Z}, "no SymPy expression"),
    ({"follower": sympy.I * Z}, "not real"),
    ({"follower": sympy.nan}, "not real"),
    ({"follower": sympy.oo * Z}, "not real"),
    ({"leader": X + W}, "depends on w"),
    ({"follower": sympy.log(Z)}, "narrow the bounds"),
    ({"follower": sympy.sqrt(X - 3)}, "narrow the bounds"),
    ({"leader": sympy.gamma(X + 1)}, "no enclosure"),
    ({"follower": sympy.Abs(Z)}, "kink"),
    ({"leader": sympy.sign(Z - 1)}, "kink or a jump"),
    ({"leader_variables": ()}, "0 leader variables"),
    ({"leader_variables": (X, Y, W, P)}, "4 leader variables"),
    ({"leader_variables": 2}, "no symbol"),
    ({"leader_variables": Z}, "stands for 2"),
    ({"leader_variables": K}, "assumed not to be"),
    ({"leader_variables": P, "leader": P, "follower": Z, "bounds": [(-1, 1), (0, 1)]}, "sign"),
    ({"bounds": {X: (0, 4)}}, "z has no bounds"),
    ({"bounds": {X: (0, 4), Z: (0, 1), W: (0, 1)}}, "bounds name w"),
    ({"bounds": [(0, 4)]}, "one range for each"),
    ({"bounds": None}, "one range for each"),
    ({"bounds": [(0, 4), (1, 1)]}, "nothing between"),
    ({"bounds": [(0, 4), (2, -2)]}, "nothing between"),
    ({"bounds": [(0, sympy.oo), (-2, 2)]}, "finite"),
    ({"bounds": [(0, float("nan")), (-2, 2)]}, "finite"),
    ({"bounds": [0, (-2, 2)]}, "no two numbers"),
    ({"leader_sense": "maximise"}, "leader_sense"),
    ({"follower_sense": None}, "follower_sense"),
]


@pytest.mark.parametrize(("changed", "message"), MISUSE, ids=[m[:20] for _, m in MISUSE])
def test_misuse_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(pg.ModelError, match=message):
        mirrlees(**changed)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(pg.ModelError) as caught:
        mirrlees(leader=X + W, follower="z", bounds=[(0, 4), (2, -2)], leader_sense="least")
    assert [line[:2] for line in str(caught.value).splitlines()] == ["1.", "2.", "3.", "4."]


def test_a_program_is_frozen_and_travels() -> None:
    program = mirrlees()
    program.relaxation()
    again = pickle.loads(pickle.dumps(program))
    assert again == program
    assert hash(again) == hash(program)
    assert again.solve() == program.solve()
    with pytest.raises(AttributeError):
        program.leader = X  # type: ignore[misc]
    assert r"\operatorname*{arg\,max}_{z \in [-2, 2]}" in program.latex()
    assert program._repr_latex_().startswith("$")
