"""Users as annotators: Newton against EM, intervals, groups, strengths, and new comparisons."""

from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import binom

import paygrade as pg
from paygrade.attention.comparisons import Cells, file_cells
from paygrade.attention.each import FLAT, interval_each, solve_each
from paygrade.attention.population import GridPrior, TwoTypes
from paygrade.attention.strengths import Strengths

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Array = NDArray[np.float64]

margins = st.sampled_from([0.1, 0.5, 0.9]) | st.floats(0.05, 0.95)
choices = st.lists(st.tuples(st.integers(0, 4), margins, st.booleans()), min_size=1, max_size=60)


def table_of(choices: list[tuple[int, float, bool]]) -> pd.DataFrame:
    rows = [(f"u{user}", 0.5 + margin / 2.0, won) for user, margin, won in choices]
    return pd.DataFrame(rows, columns=["worker", "mu", "won"])


def simulated(
    users: int = 300, each: int = 80, mu: float | None = 0.8, seed: int = 0
) -> tuple[pd.DataFrame, Array]:
    """Comparisons and the attentiveness of users u0, u1, ...; μ None: another one in every row."""
    draw = np.random.default_rng(seed)
    attentive = draw.beta(2.0, 1.0, users)
    user = np.repeat(np.arange(users), each)
    rate = draw.uniform(0.55, 0.98, len(user)) if mu is None else np.full(len(user), mu)
    won = draw.random(len(user)) < 0.5 + attentive[user] * (rate - 0.5)
    table = pd.DataFrame({"worker": np.char.add("u", user.astype(str)), "mu": rate, "won": won})
    return table, attentive


def log_likelihood(table: pd.DataFrame, user: str, attentive: float) -> float:
    mine = table[table["worker"] == user]
    y = np.where(mine["won"], 1.0, -1.0) * (2.0 * mine["mu"] - 1.0)
    return float(np.log1p(attentive * y).sum())


# Each user alone


@given(choices, st.randoms(use_true_random=False))
def test_estimates_are_maxima_and_order_does_not_matter(
    choices: list[tuple[int, float, bool]], random: Random
) -> None:
    table = table_of(choices)
    found = pg.fit_attentiveness(table, "mu")
    for user, estimate in zip(found.users, found.attentiveness, strict=True):
        best = minimize_scalar(
            lambda e, user=user: -log_likelihood(table, user, e),
            bounds=(0.0, 1.0),
            method="bounded",
            options={"xatol": 1e-9},
        )
        assert log_likelihood(table, user, estimate) >= -best.fun - 1e-12
    again = pg.fit_attentiveness(table.sample(frac=1.0, random_state=random.randrange(2**32)), "mu")
    pd.testing.assert_frame_equal(
        again.table().sort_index(), found.table().sort_index(), rtol=0, atol=1e-8
    )


@given(
    choices,
    st.sampled_from(["newton", "em"]),
    st.sampled_from([None, (2.0, 2.0), (1.0, 3.0), (4.0, 1.0)]),
)
@settings(max_examples=50)
def test_likelihood_never_falls(
    choices: list[tuple[int, float, bool]], method: str, prior: tuple[float, float] | None
) -> None:
    found = pg.fit_attentiveness(
        table_of(choices), "mu", method=method, prior=prior, tolerance=1e-6
    )
    history = found.log_likelihood
    assert (np.diff(history) >= -1e-11 * (1.0 + np.abs(history[-1]))).all()
    assert ((found.attentiveness >= 0.0) & (found.attentiveness <= 1.0)).all()


@pytest.mark.parametrize("mu", [0.8, None])
@pytest.mark.parametrize("prior", [None, (2.0, 1.5)])
def test_em_and_newton_find_the_same(mu: float | None, prior: tuple[float, float] | None) -> None:
    table, _ = simulated(mu=mu)
    newton = pg.fit_attentiveness(table, "mu", prior=prior)
    em = pg.fit_attentiveness(table, "mu", prior=prior, method="em")
    assert np.abs(newton.attentiveness - em.attentiveness).max() < 1e-8
    assert newton.log_likelihood[-1] == pytest.approx(em.log_likelihood[-1], abs=1e-9)
    assert newton.iterations < 12 < 100 < em.iterations


@pytest.mark.parametrize(
    ("mu", "attentive", "rate"),
    [(0.75, 0.8, 0.9524), (0.65, 0.8, 0.9847), (0.9, 0.8, 0.8266), (0.75, 0.5, 0.9333)],
)
def test_em_is_as_slow_as_the_theorem_says(mu: float, attentive: float, rate: float) -> None:
    share = 0.5 + attentive * (mu - 0.5)
    wins = round(share * 10**6)
    margin = 2.0 * mu - 1.0
    cells = Cells(np.array([0, 2]), np.array([margin, -margin]), np.array([wins, 10**6 - wins]))
    top = solve_each(cells, FLAT, "newton", 1e-13, 100).attentiveness[0]
    errors = [
        solve_each(cells, FLAT, "em", 1e-16, steps).attentiveness[0] - top for steps in (30, 31)
    ]
    exact = 1.0 - attentive * (1.0 - attentive) * margin**2 / (1.0 - (attentive * margin) ** 2)
    assert exact == pytest.approx(rate, abs=5e-5)
    # exact at every step: r(x) = 1 - x(1-x)d²/(1-x²d²) at the iterate x (proofs/t15_em_rate.py)
    x = top + errors[0]
    here = 1.0 - x * (1.0 - x) * margin**2 / (1.0 - (x * margin) ** 2)
    assert errors[1] / errors[0] == pytest.approx(here, abs=1e-6)
    if mu < 0.9 and attentive < 0.8:
        assert here == pytest.approx(rate, abs=5e-3)


def test_ends_are_reached_at_once() -> None:
    table = {"worker": list("aaabbb"), "won": [1, 1, 1, 0, 0, 0]}
    for method in ("newton", "em"):
        found = pg.fit_attentiveness(table, 0.9, method=method)
        assert found.attentiveness.tolist() == [1.0, 0.0]
        lifted = pg.fit_attentiveness(table, 0.9, method=method, prior=(3.0, 1.0))
        assert lifted.attentiveness[0] == 1.0
        assert 0.0 < lifted.attentiveness[1] < 1.0
        lowered = pg.fit_attentiveness(table, 0.9, method=method, prior=(1.0, 3.0))
        assert 0.0 <= lowered.attentiveness[0] < 1.0
        assert lowered.attentiveness[1] == 0.0


def test_certain_choices_are_no_trap() -> None:
    found = pg.fit_attentiveness({"worker": list("aaaa"), "won": [1, 1, 1, 0]}, 1.0)
    assert found.attentiveness[0] == pytest.approx(0.5, abs=1e-12)
    ends = found.table()
    assert 0.0 == ends["low"].item() < 0.5 < ends["high"].item() < 1.0


def test_the_same_model_twice_says_nothing() -> None:
    with pytest.raises(pg.DataError, match="mu is ½ in every comparison"):
        pg.fit_attentiveness({"worker": [1], "won": [1]}, 0.5)
    table = {"worker": list("aab"), "won": [1, 1, 1], "mu": [0.9, 0.5, 0.5]}
    found = pg.fit_attentiveness(table, "mu")
    assert found.attentiveness[0] == 1.0
    assert np.isnan(found.attentiveness[1])
    ends = found.table()
    assert (ends["low"].tolist()[1], ends["high"].tolist()[1]) == (0.0, 1.0)
    assert found.weights()["b"] == 0.0
    assert found.filter(0.5).users.tolist() == ["a"]


@pytest.mark.parametrize("mu", [0.65, 0.9, 1.0])
@pytest.mark.parametrize("made", [1, 3, 10, 40])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_exact_intervals_cover(mu: float, made: int, level: float) -> None:
    margin = 2.0 * mu - 1.0
    wins = np.arange(made + 1)
    user = np.repeat(wins, made).astype(np.int32)
    won = np.tile(np.arange(made), made + 1) < user
    low, high = interval_each(file_cells(user, made + 1, np.where(won, margin, -margin)), level)
    for attentive in np.linspace(0.0, 1.0, 51):
        inside = (low <= attentive) & (attentive <= high)
        assert binom.pmf(wins, made, 0.5 + attentive * margin / 2.0)[inside].sum() >= level


@pytest.mark.parametrize("attentive", [0.0, 0.3, 0.9, 1.0])
def test_likelihood_intervals_cover_about_as_often(attentive: float) -> None:
    draw = np.random.default_rng(5)
    users, each = 4000, 40
    user = np.repeat(np.arange(users, dtype=np.int32), each)
    margin = draw.uniform(0.1, 0.9, len(user))
    won = draw.random(len(user)) < 0.5 + attentive * margin / 2.0
    low, high = interval_each(file_cells(user, users, np.where(won, margin, -margin)), 0.95)
    share = ((low <= attentive) & (attentive <= high)).mean()
    assert share > 0.935


# Filters and weights


@given(choices, st.floats(0.0, 1.0))
def test_weights_by_attentiveness_say_most(
    choices: list[tuple[int, float, bool]], threshold: float
) -> None:
    found = pg.fit_attentiveness(table_of(choices), "mu")
    best = float((found.comparisons * found.attentiveness**2).sum())
    if found.attentiveness.max() == 0.0:
        return
    assert found.effective_sample_size(found.weights()) == pytest.approx(best)
    assert found.effective_sample_size() <= best * (1.0 + 1e-12)
    if found.attentiveness.max() >= threshold:
        kept = found.filter(threshold)
        assert kept.effective_sample_size <= best * (1.0 + 1e-12)
        assert kept.purity >= max(threshold, found.purity()) - 1e-12
        assert kept.effective_sample_size == pytest.approx(kept.purity**2 * kept.comparisons)


def test_filters_that_keep_nobody_and_weights_that_fit_nobody_are_refused() -> None:
    found = pg.fit_attentiveness({"worker": list("aab"), "won": [1, 0, 0]}, 0.8)
    with pytest.raises(
        pg.DataError, match=r"keeps none of 2 users: the most attentive is at 0.000"
    ):
        found.filter(0.5)
    with pytest.raises(pg.DataError, match="don't say how much each of 2 users"):
        found.purity([1.0, 2.0, 3.0])


# Groups


def test_two_types_are_told_apart() -> None:
    draw = np.random.default_rng(3)
    users, mu, share = 4000, 0.78, 0.62
    made = draw.integers(3, 40, users)
    user = np.repeat(np.arange(users), made)
    attentive = draw.random(users) < share
    won = draw.random(len(user)) < np.where(attentive[user], mu, 0.5)
    table = {"worker": user, "won": won}
    found = pg.fit_attentiveness(table, law="two types")
    group = found.population
    assert isinstance(group, TwoTypes)
    assert group.mu == pytest.approx(mu, abs=0.01)
    assert group.share == pytest.approx(share, abs=0.03)
    assert (np.diff(found.log_likelihood) >= -1e-9).all()
    known = pg.fit_attentiveness(table, mu, law="two types").population
    assert isinstance(known, TwoTypes)
    assert known.share == pytest.approx(share, abs=0.03)
    kept = found.filter(0.9)
    truly = attentive[np.isin(found.users, kept.users)]
    truth = (truly * found.comparisons[np.isin(found.users, kept.users)]).sum() / kept.comparisons
    assert kept.purity == pytest.approx(truth, abs=0.01)
    types = found.table(0.95)
    assert set(types["low"]) | set(types["high"]) == {0.0, 1.0}


def test_two_types_need_two_comparisons_of_a_user_and_better_than_chance() -> None:
    with pytest.raises(pg.DataError, match="no user made two comparisons"):
        pg.fit_attentiveness({"worker": [1, 2, 3], "won": [1, 1, 0]}, law="two types")
    lost = {"worker": np.repeat(np.arange(50), 10), "won": np.tile([0, 0, 0, 0, 1], 100)}
    with pytest.raises(pg.DataError, match="no group of users lets the stronger model win"):
        pg.fit_attentiveness(lost, law="two types")


@pytest.mark.parametrize("law", ["two types", "grid"])
@pytest.mark.parametrize("mu", [0.9, 1.0])
def test_users_may_all_be_alike(law: str, mu: float) -> None:
    user = np.repeat(np.arange(20), 10)
    for won in (0, 1):
        found = pg.fit_attentiveness({"worker": user, "won": np.full(200, won)}, mu, law=law)
        np.testing.assert_allclose(found.attentiveness, won, atol=1e-6)


def test_a_distribution_on_a_grid_is_recovered_and_proved() -> None:
    draw = np.random.default_rng(4)
    users = 5000
    attentive = draw.choice([0.0, 0.5, 1.0], users, p=[0.2, 0.3, 0.5])
    user = np.repeat(np.arange(users), 30)
    won = draw.random(len(user)) < 0.5 + 0.45 * attentive[user]
    found = pg.fit_attentiveness({"worker": user, "won": won}, 0.95, law="grid")
    prior = found.population
    assert isinstance(prior, GridPrior)
    assert prior.gap < 1e-4
    assert (np.diff(found.log_likelihood) >= 0.0).all()
    assert prior.weights.sum() == pytest.approx(1.0)
    assert prior.weights @ prior.grid == pytest.approx(attentive.mean(), abs=0.01)
    near = [prior.weights[np.abs(prior.grid - e) < 0.11].sum() for e in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(near, [0.2, 0.3, 0.5], atol=0.05)
    table = found.table()
    assert ((table["low"] <= attentive) & (attentive <= table["high"])).mean() > 0.94
    single = pg.fit_attentiveness({"worker": user, "won": won}, 0.95).attentiveness
    assert ((found.attentiveness - attentive) ** 2).mean() < 0.85 * (
        (single - attentive) ** 2
    ).mean()


# Strengths of models


def arena(seed: int = 0, users: int = 300, each: int = 120) -> tuple[pd.DataFrame, Array, Array]:
    draw = np.random.default_rng(seed)
    strength, attentive = np.linspace(-2.0, 2.0, 5), draw.beta(3.0, 1.0, users)
    user = np.repeat(np.arange(users), each)
    left = draw.integers(0, 5, len(user))
    right = (left + draw.integers(1, 5, len(user))) % 5
    sure = 1.0 / (1.0 + np.exp(strength[right] - strength[left]))
    won = draw.random(len(user)) < 0.5 + attentive[user] * (sure - 0.5)
    names = np.array([f"m{i}" for i in range(5)])
    table = pd.DataFrame({"worker": user, "left": names[left], "right": names[right]})
    return table.assign(winner=np.where(won, table["left"], table["right"])), strength, attentive


def test_strengths_and_users_are_estimated_together() -> None:
    table, strength, attentive = arena()
    found = pg.fit_attentiveness(table)
    group = found.population
    assert isinstance(group, Strengths)
    order = np.argsort(group.models)
    estimate = group.strength[order]
    assert np.corrcoef(estimate, strength)[0, 1] > 0.999
    np.testing.assert_allclose(estimate, strength, atol=0.25)
    assert group.scale_error < 0.05
    assert np.corrcoef(found.attentiveness, attentive)[0, 1] > 0.85
    assert (np.diff(found.log_likelihood) >= 0.0).all()
    swapped = table.rename(columns={"left": "right", "right": "left"})
    sides = swapped.assign(winner=np.where(table["winner"] == table["left"], "right", "left"))
    again = pg.fit_attentiveness(sides)
    np.testing.assert_allclose(again.attentiveness, found.attentiveness, atol=1e-5)
    plain = 0.5 * np.log(
        table.groupby("winner").size().to_numpy() / (2 * len(table) / 5)
    )  # shares of wins are pulled together by the inattentive
    assert np.ptp(estimate) > np.ptp(plain)


def test_ties_are_left_out_and_nonsense_is_refused() -> None:
    table, *_ = arena(users=40)
    ties = table.head(50).assign(winner=pd.Series(["tie", "both", None, "Draw", ""] * 10))
    more = pd.concat([table, ties])
    before, after = pg.fit_attentiveness(table), pg.fit_attentiveness(more)
    np.testing.assert_array_equal(before.attentiveness, after.attentiveness)
    with pytest.raises(pg.DataError, match=r"winner 'm9' .* is not one of the two models"):
        pg.fit_attentiveness(table.assign(winner="m9"))
    two = table[table["left"].isin(["m0", "m1"]) & table["right"].isin(["m0", "m1"])]
    with pytest.raises(pg.DataError, match="there are 2 models"):
        pg.fit_attentiveness(two)
    apart = pd.concat([two, two.replace({"m0": "m2", "m1": "m3"})])
    with pytest.raises(pg.DataError, match="belong to groups that never met"):
        pg.fit_attentiveness(apart)
    with pytest.raises(pg.DataError, match="there is no column 'left'"):
        pg.fit_attentiveness({"worker": [1], "won": [1]})


# New comparisons


LAWS: list[tuple[str, dict[str, Any]]] = [
    ("constant", {"mu": 0.8}),
    ("unequal", {"mu": "mu"}),
    ("grid", {"mu": 0.8, "law": "grid"}),
    ("two types", {"law": "two types"}),
]


@pytest.mark.parametrize(("what", "options"), LAWS, ids=[name for name, _ in LAWS])
def test_new_comparisons_are_the_same_as_all_at_once(what: str, options: dict[str, Any]) -> None:
    table, _ = simulated(60, 40, None if what == "unequal" else 0.8, seed=2)
    mixed = table.sample(frac=1.0, random_state=1)
    whole = pg.fit_attentiveness(mixed, **options).table().sort_index()
    cuts = [0, 300, 320, 321, 900, 2400]
    parts = [mixed.iloc[a:b] for a, b in pairwise(cuts)]
    found = pg.fit_attentiveness(parts[0], **options)
    for part in parts[1:]:
        found = found.partial_fit(part)
    pd.testing.assert_frame_equal(found.table().sort_index(), whole, rtol=0, atol=1e-7)


def test_new_models_and_users_may_come_later() -> None:
    table, *_ = arena(users=60)
    table = table.sort_values("left", ignore_index=True)
    whole = pg.fit_attentiveness(table)
    found = pg.fit_attentiveness(table.iloc[:3000]).partial_fit(table.iloc[3000:])
    both = pd.DataFrame({"a": whole.table()["attentiveness"], "b": found.table()["attentiveness"]})
    assert (both["a"] - both["b"]).abs().max() < 1e-4


def test_one_new_comparison_touches_one_user() -> None:
    table, _ = simulated(500, 200)
    found = pg.fit_attentiveness(table, 0.8)
    assert found.store.nbytes < 20 * len(table) / 10  # counted, not listed
    after = found.partial_fit({"worker": ["u7"], "won": [True]})
    same = found.users != "u7"
    np.testing.assert_array_equal(after.attentiveness[same], found.attentiveness[same])
    assert after.attentiveness[~same] > found.attentiveness[~same]
    total = sum(
        log_likelihood(table.assign(mu=0.8), user, e)
        for user, e in zip(found.users, found.attentiveness, strict=True)
    )
    assert found.log_likelihood[-1] == pytest.approx(total)


def test_unequal_margins_take_eight_bytes_a_comparison() -> None:
    table, _ = simulated(50, 200, None)
    assert pg.fit_attentiveness(table, "mu").store.nbytes <= 8 * len(table) + 8 * 60


def test_mu_cannot_change_its_meaning() -> None:
    table, _ = simulated(20, 20)
    found = pg.fit_attentiveness(table, law="two types")
    with pytest.raises(pg.ModelError, match="μ is estimated from the comparisons so far"):
        found.partial_fit(table, 0.8)
    found = pg.fit_attentiveness(table, table["mu"].to_numpy())
    with pytest.raises(pg.DataError, match="don't belong to the same comparisons"):
        found.partial_fit(table)


# Refusals


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"law": "three"}, "law='three' is none of"),
        ({"mu": 0.8, "method": "bfgs"}, "method='bfgs'"),
        ({"law": "two types", "method": "em"}, "method='em' is the reference"),
        ({"law": "grid"}, "without mu"),
        ({"mu": 0.8, "prior": (0.5, 1.0)}, "is concave for a and b of at least 1"),
        ({"mu": 0.8, "prior": (1.0, 2.0, 3.0)}, "is no pair of numbers"),
        ({"mu": 0.8, "law": "grid", "grid": [0.5, 0.2]}, "grid must be ascending"),
        ({"mu": 0.8, "tolerance": -1.0}, "tolerance"),
    ],
)
def test_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(pg.ModelError, match=says):
        pg.fit_attentiveness({"worker": [1], "won": [1]}, **options)


@pytest.mark.parametrize(
    ("table", "mu", "says"),
    [
        ({"worker": [1], "won": ["A"]}, 0.8, "holds 'A'"),
        ({"worker": [1], "won": [1]}, 1.2, "mu=1.2 is no probability"),
        ({"worker": [1], "won": [1]}, "rate", "mu='rate' is no column"),
        ({"worker": [1, 2], "won": [1, 0]}, [0.7], "don't belong to the same comparisons"),
        ({"worker": [1, 2], "won": [1]}, 0.7, "don't belong to the same comparisons"),
    ],
)
def test_tables_are_refused(table: dict[str, Any], mu: Any, says: str) -> None:
    with pytest.raises(pg.DataError, match=says):
        pg.fit_attentiveness(table, mu)


def test_em_that_runs_out_returns_nothing() -> None:
    table, _ = simulated(20)
    with pytest.raises(pg.NotConverged, match=r"of 20 users had not converged .* method='newton'"):
        pg.fit_attentiveness(table, 0.8, method="em", max_iterations=5)


def test_annotations_with_the_stronger_side_as_gold_are_comparisons() -> None:
    labels = pg.simulate_labels(workers=5, items=60, gold_share=0.5)
    annotations = pg.read_annotations(labels)
    found = pg.fit_attentiveness(annotations, 0.8)
    checked = annotations.table[annotations.table["gold"].notna()]
    won = (checked["label"] == checked["gold"]).to_numpy()
    by_hand = pg.fit_attentiveness({"worker": checked["worker"], "won": won}, 0.8)
    np.testing.assert_array_equal(found.attentiveness, by_hand.attentiveness)
    plain = pg.read_annotations(labels[["task", "worker", "label"]])
    with pytest.raises(pg.DataError, match="which side is the stronger model's"):
        pg.fit_attentiveness(plain, 0.8)
