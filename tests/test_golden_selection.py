"""Choosing golden questions: information, distance and bounds, on pairs with known truth."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtri
from typer.testing import CliRunner

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.golden.distinguishability import KERNELS, Judges, distance, feature_map
from paygrade.golden.formats import format_features, midranks
from paygrade.golden.information import peak_logit
from paygrade.golden.radii import normal_radius
from paygrade.golden.relaxation import Prices, Program, relax
from paygrade.golden.rounding import round_shares
from paygrade.operations.batches import draw_batches
from paygrade.operations.plan import BatchPlan

Array = NDArray[np.float64]
SHARES = st.floats(0.0, 1.0)


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return pg.simulate_pairs(1200, seed=3)


@pytest.fixture(scope="module")
def golden(pairs: pd.DataFrame) -> pg.GoldenSet:
    return pg.select_golden(pairs, 30)


# information


@given(margin=st.floats(0.01, 0.99), effort=st.floats(0.0, 0.95), error=st.floats(0.0, 0.45),
       spotted=st.floats(0.0, 0.9))  # fmt: skip
def test_information_is_that_of_the_answers_law(
    margin: float, effort: float, error: float, spotted: float
) -> None:
    def accuracy(e: float) -> float:
        return 0.5 + 0.5 * (1 - 2 * error) * margin * (spotted + (1 - spotted) * e)

    step = 1e-6
    slope = (accuracy(effort + step) - accuracy(effort - step)) / (2 * step)
    p = accuracy(effort)
    found = pg.question_information(margin, effort, key_error=error, spotted=spotted)
    assert float(found) == pytest.approx(slope**2 / (p * (1 - p)), rel=1e-6)


@given(st.floats(0.0, 0.99), SHARES, st.floats(0.0, 0.5), st.floats(0.0, 0.99))
def test_certainty_informs_and_spotting_and_wrong_keys_cost(
    margin: float, spotted: float, error: float, effort: float
) -> None:
    def told(m: float, q: float, eps: float) -> float:
        return float(pg.question_information(m, effort, key_error=eps, spotted=q))

    here = told(margin, spotted, error)
    assert told(margin + 0.01, spotted, error) >= here - 1e-12
    assert told(margin, min(spotted + 0.01, 1.0), error) <= here + 1e-9
    assert told(margin, spotted, min(error + 0.01, 0.5)) <= here + 1e-9


def test_the_temperature_law_peaks_at_u_star() -> None:
    assert peak_logit() == pytest.approx(2.3994, abs=5e-5)
    for temperature in (0.5, 1.0, 2.0):
        gaps = np.linspace(0.01, 12.0, 20_001)
        told = pg.question_information(np.tanh(gaps / 2), temperature=temperature)
        best = gaps[told.argmax()]
        assert temperature * best == pytest.approx(peak_logit(), abs=2e-3)
        assert pg.best_margin(temperature) == pytest.approx(np.tanh(best / 2), abs=1e-3)
        sigma = 1 / (1 + np.exp(-temperature * gaps))
        assert told == pytest.approx(gaps**2 * sigma * (1 - sigma), rel=1e-8)
    assert pg.question_information(1.0, temperature=1.0) == 0.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margins": [2.0]}, "margins from -1 to 1"),
        ({"margins": [np.nan]}, "margins"),
        ({"effort": 1.0}, "infinite information"),
        ({"key_error": -0.1}, "probabilities"),
        ({"temperature": 0.0}, "inverse temperature"),
    ],
)
def test_information_refuses_what_has_no_law(options: dict[str, object], message: str) -> None:
    with pytest.raises(pg.ModelError, match=message):
        pg.question_information(**({"margins": [0.5]} | options))  # type: ignore[arg-type]


# being told apart


def test_a_features_auc_is_its_mean_rank() -> None:
    draw = np.random.default_rng(1)
    values = draw.integers(0, 20, size=200).astype(float)
    chosen = draw.choice(200, 30, replace=False)
    rest = np.setdiff1d(np.arange(200), chosen)
    ours, others = values[chosen][:, None], values[rest]
    auc = float(((ours > others) + 0.5 * (ours == others)).mean())
    mean = float(midranks(values[:, None])[chosen].mean())
    assert (auc - 0.5) * (1 - 30 / 200) == pytest.approx(mean - 0.5, abs=1e-12)


def test_normal_laws_are_told_apart_as_the_radius_says() -> None:
    others = ndtri((np.arange(2000) + 0.5) / 2000)
    ours = others + normal_radius(0.7)
    assert float((ours[:, None] > others).mean()) == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_distance_is_small_for_lots_and_large_for_a_kind(kernel: str) -> None:
    draw = np.random.default_rng(3)
    ranks = midranks(draw.normal(size=(2000, 4)))
    phi = feature_map(ranks, kernel)
    lot = draw.choice(2000, 100, replace=False)
    kind = np.argsort(ranks[:, 0])[-100:]
    assert distance(phi, kind) > 2 * distance(phi, lot)


def test_judges_find_a_planted_kind_and_nothing_in_lots() -> None:
    draw = np.random.default_rng(4)
    ranks = midranks(draw.normal(size=(1500, 4)))
    maps = {name: feature_map(ranks, name) for name in KERNELS}
    judges = Judges(maps, ranks, forest=True)
    # a kind that no mean gives away: two features agree in sign
    agree = np.flatnonzero((ranks[:, 0] > 0.5) == (ranks[:, 1] > 0.5))[:80]
    found = judges.auc(agree)
    assert found.judge in ("forest", "gaussian")
    assert found.value > 0.65
    assert found.by_judge["linear"] < 0.6
    lots = [Judges(maps, ranks, seed=s).auc(draw.choice(1500, 60, replace=False)) for s in range(8)]
    assert 0.45 < np.mean([lot.value for lot in lots]) < 0.6
    assert sum(lot.low <= 0.5 <= lot.high for lot in lots) >= 6


def test_formats_are_counted() -> None:
    table = pd.DataFrame({"left": ["a\n- b **c** 12", None], "right": ["é", ""]})
    found = format_features(table)
    assert found["lines"].tolist() == pytest.approx([np.log(2), 0.0])
    assert found["markup"].iloc[0] == pytest.approx(np.log(4))
    assert found["digits"].iloc[0] == pytest.approx(np.log(3))
    assert found["foreign"].iloc[0] == pytest.approx(np.log(2))
    swapped = format_features(table.rename(columns={"left": "right", "right": "left"}))
    sides = ["length_side", "markup_side"]
    assert (swapped[sides] == -found[sides]).all().all()
    assert swapped.drop(columns=sides).equals(found.drop(columns=sides))


# the program


def small_program(seed: int, size: int = 4, number: int = 12) -> Program:
    draw = np.random.default_rng(seed)
    features, rows = draw.normal(size=(number, 2)), draw.normal(size=(number, 2))
    return Program(draw.random(number), features, 0.6, rows, np.array([0.5, 0.5]), size)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_no_set_beats_the_bound_and_rounding_finds_the_best_or_nearly(seed: int) -> None:
    program = small_program(seed)
    sets = [np.array(each) for each in combinations(range(12), program.size)]
    admissible = [each for each in sets if program.excess(each) == 0.0]
    if not admissible:
        return
    best = max(float(program.information[each].sum()) for each in admissible)
    draw = np.random.default_rng(seed)
    some = Prices(draw.normal(size=2), draw.normal(size=2))  # any prices prove a bound
    assert program.bound(some) >= best - 1e-12
    relaxed = relax(program)
    assert relaxed.bound >= best - 1e-9
    found = round_shares(program, relaxed)
    if found is not None:
        assert program.excess(found) == 0.0
        assert best - 0.25 <= float(program.information[found].sum()) <= best + 1e-12


def test_the_bound_is_tight_and_sifting_reaches_it() -> None:
    draw = np.random.default_rng(5)
    features = draw.normal(size=(20_000, 8))
    told = np.clip(features @ np.full(8, 0.2) + draw.normal(size=20_000), 0, None)
    program = Program(
        told, features, 0.3, np.sign(draw.normal(size=(20_000, 1))), np.array([0.1]), 50
    )
    relaxed = relax(program)
    assert float(told @ relaxed.shares) == pytest.approx(relaxed.bound, rel=2e-4)
    assert relaxed.shares.sum() == pytest.approx(50, abs=1e-5)
    found = round_shares(program, relaxed)
    assert found is not None
    assert float(told[found].sum()) > 0.98 * relaxed.bound


def test_what_cannot_be_met_is_infeasible() -> None:
    program = small_program(0)
    far = Program(program.information, program.features + 9.0, 0.1, program.rows, program.limits, 4)
    with pytest.raises(pg.InfeasibleSelection, match="no 4 of 12 candidates"):
        relax(far)


# the whole


@pytest.mark.parametrize("seed", [0, 1])
def test_select_golden_keeps_information_and_hides(seed: int) -> None:
    pairs = pg.simulate_pairs(4000, seed=seed)
    golden = pg.select_golden(pairs, 40)
    assert golden.comparison["auc"]["top certainty"] >= 0.8
    assert golden.auc <= 0.6
    assert golden.kept >= 0.9
    # told by judges that had no part in the choice: other folds and, last, a forest
    task = pairs["task"].tolist()
    place = np.array([task.index(each) for each in golden.tasks])
    ranks = midranks(format_features(pairs).to_numpy())
    ranks = ranks[:, np.ptp(ranks, axis=0) > 0]
    maps = {name: feature_map(ranks, name, 99) for name in KERNELS}
    fresh = Judges(maps, ranks, forest=True, seed=99).auc(place)
    assert fresh.value <= 0.66
    assert (
        golden.comparison["effective"]["chosen"] > golden.comparison["effective"]["top certainty"]
    )


def test_ninety_percent_is_out_of_anyones_reach_where_the_pool_is_small() -> None:
    """The share kept depends on the pool: here no method keeps 90 %, and the ceiling says so."""
    golden = pg.select_golden(pg.simulate_pairs(600, telltale=1.0, seed=1), 60)
    ceiling = golden.ceilings.set_index("auc")["bound"]
    assert golden.comparison["auc"]["top certainty"] >= 0.8
    assert golden.kept <= ceiling[0.6] < 0.9
    assert golden.kept > ceiling[0.6] - 0.08  # and the choice is close to what anyone can do


def test_result_adds_up(golden: pg.GoldenSet, pairs: pd.DataFrame) -> None:
    told = pg.question_information(golden.table["margin"], 0.8)
    assert golden.information == pytest.approx(told.sum())
    assert golden.information <= golden.bound * (1 + 1e-9)
    assert golden.gap == pytest.approx(1 - golden.information / golden.bound)
    assert golden.keys == {
        task: "left" if margin > 0 else "right"
        for task, margin in zip(golden.table["task"], golden.table["margin"], strict=True)
    }
    assert abs(golden.comparison["left"]["chosen"] - 0.5) <= 0.1
    assert golden.comparison["low"]["chosen"] <= golden.auc <= golden.comparison["high"]["chosen"]
    assert golden.curve["kept"].le(golden.curve["bound"] + 1e-9).all()
    assert golden.ceilings["bound"].is_monotonic_increasing
    assert len(golden.pool) == len(pairs)
    assert json.loads(json.dumps(golden.to_dict(), allow_nan=False))["gap"] == golden.gap
    assert "top certainty" in str(golden)
    again = pg.select_golden(pairs, 30)
    assert again.tasks == golden.tasks


def test_temperature_prefers_other_questions_than_the_surest(pairs: pd.DataFrame) -> None:
    golden = pg.select_golden(pairs, 30, temperature=1.0, max_auc=0.65)
    assert golden.kept > 1.05  # more information than the surest questions have
    assert abs(golden.table["margin"].abs().median() - pg.best_margin()) < 0.06


def test_unknown_margins_excluded_and_suspect_pairs_are_not_chosen(
    pairs: pd.DataFrame, golden: pg.GoldenSet
) -> None:
    some = pairs.copy()
    unknown = set(golden.tasks[:5])
    some.loc[some["task"].isin(unknown), "margin"] = np.nan
    wrong = dict.fromkeys(golden.tasks[5:8], 0.9)
    found = pg.select_golden(some, 30, key_error=wrong, exclude=golden.tasks[8:10], max_auc=0.65)
    assert not set(found.tasks) & set(golden.tasks[:10])
    assert set(found.suspects["task"]) == set(wrong)
    assert len(found.pool) == len(some)


def test_given_features_are_matched_too(pairs: pd.DataFrame) -> None:
    """A column that follows certainty is found by the judges unless it is among the features."""
    draw = np.random.default_rng(6)
    sure = pairs["margin"].abs().to_numpy()[:, None] + 0.15 * draw.normal(size=(len(pairs), 1))
    embedding = np.hstack([sure, draw.normal(size=(len(pairs), 29))])
    golden = pg.select_golden(pairs, 30, features=sure)
    assert golden.auc <= 0.6
    assert golden.comparison["auc"]["top certainty"] > 0.85
    few = pg.select_golden(pairs.head(300), 10, features=embedding[:300], max_auc=0.8)
    assert int(str(few.settings["features"])) > 20


def test_chosen_questions_go_into_batches(golden: pg.GoldenSet, tmp_path: Path) -> None:
    for name in ("pool.csv", "pool.jsonl"):
        golden.write(tmp_path / name, pool=True)
        plan = BatchPlan.model_validate(
            {"batches": {"size": 20, "number": 2, "golden": 5, "seed": 1}, "pair": {}}
        )
        sample = draw_batches(tmp_path / name, plan)
        assert {item.name for item in sample.pool.golden} == set(golden.tasks)
    golden.write(tmp_path / "golden.csv")
    written = pd.read_csv(tmp_path / "golden.csv")
    assert written.columns.tolist() == ["task", "prompt", "left", "right", "gold"]
    assert dict(zip(written["task"], written["gold"], strict=True)) == golden.keys


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"drop": "margin"}, {}, "no column 'margin'"),
        ({"margin": 7.0}, {}, "no numbers from -1 to 1"),
        ({"margin": "sure"}, {}, "row 1 has 'sure'"),
        ({"margin": -np.inf}, {}, "no numbers from -1 to 1"),
        ({"label": "A"}, {}, "names no side"),
        ({"task": None}, {}, "some pairs have no task"),
        ({"task": "pair00001"}, {}, "no single item"),
        ({}, {"n": 3}, "too few for a classifier"),
        ({}, {"n": 700}, "more than half"),
        ({}, {"max_auc": 0.5}, "above 0.5"),
        ({}, {"balance": 3.0}, "share from one half"),
        ({}, {"kernel": "cubic"}, "linear, quadratic, gaussian"),
        ({}, {"key_error": "guess"}, "use 'labels'"),
        ({}, {"key_error": 1.2}, "no probability"),
        ({}, {"features": [[1.0], [2.0]]}, "one row of finite numbers"),
        ({}, {"effort": -0.1}, "effort=-0.1"),
        ({}, {"exclude": [f"pair{i:05d}" for i in range(1190)]}, "add pairs with margins"),
    ],
)
def test_bad_input_is_refused_with_the_remedy(
    pairs: pd.DataFrame, change: dict[str, object], options: dict[str, object], message: str
) -> None:
    table: Any = pairs.astype({"margin": object})
    for column, value in change.items():
        if column == "drop":
            table = table.drop(columns=[str(value)])
        else:
            table.loc[0, column] = value
    with pytest.raises((pg.DataError, pg.ModelError), match=message):
        pg.select_golden(table, **({"n": 20} | options))  # type: ignore[arg-type]


def test_an_empty_table_and_no_table_are_refused() -> None:
    with pytest.raises(pg.DataError, match="no rows"):
        pg.select_golden(pd.DataFrame({"left": [], "right": [], "margin": []}), 20)
    with pytest.raises(pg.DataError, match="no table of pairs"):
        pg.select_golden(7, 20)  # type: ignore[arg-type]


def test_odd_texts_are_just_texts(pairs: pd.DataFrame) -> None:
    table = pairs.drop(columns=["task", "label"]).head(400)
    table.loc[0, "left"] = "x" * 200_000
    table.loc[1, "right"] = None
    table.loc[2, "prompt"] = "何ですか\x00?"
    assert len(pg.select_golden(table, 10, max_auc=0.7).tasks) == 10


# the command


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def test_the_command_writes_questions_pool_and_figure(pairs: pd.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    pairs.head(400).to_csv(file, index=False)
    options = ("--n", 12, "--max-auc", 0.7, "--key-error", "labels", "--json")
    places = [tmp_path / name for name in ("golden.csv", "pool.csv", "tradeoff.png")]
    code, output = run(
        "select", file, *options, "--out", places[0], "--pool", places[1], "--plot", places[2]
    )
    assert code == 0, output
    assert len(json.loads(output)["questions"]) == 12
    assert all(place.stat().st_size > 500 for place in places)
    for bad in (("--max-auc", 0.2), ("--out", tmp_path / "none" / "g.csv"), ("--plot", "a.txt")):
        assert run("select", file, "--n", 12, *bad)[0] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "golden.csv", "pairs.csv", "pool.csv", "tradeoff.png",
    ]  # fmt: skip
