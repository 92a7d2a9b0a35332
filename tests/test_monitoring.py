"""Margins and monitors: right where the truth is known, honest where margins are noisy."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.cli.entry import app
from paygrade.data.evidence import against_the_others, two_scorers, two_votes
from paygrade.data.monitoring_result import affine, critical_rho, repeated
from paygrade.data.products import mean_of
from paygrade.data.temperature import fit_temperature
from tests.preference_sets import helpsteer_preference, safe_rlhf, ultrafeedback, write_lines

Array = NDArray[np.float64]


def items(true: Array, **columns: Any) -> pg.PreferencePairs:
    """Pairs with prompts of their own."""
    prompts = [f"p{i}" for i in range(len(true))]
    frame = pd.DataFrame({"prompt": prompts, "left": "a", "right": "b"})
    return pg.read_pairs(frame.assign(**columns))


def labels(draw: np.random.Generator, margin: Array) -> Array:
    return np.where(draw.random(len(margin)) < (1 + margin) / 2, "left", "right")


def ways(report: pg.MonitoringReport, quantity: str) -> dict[str, Any]:
    chosen = report.evidence[report.evidence["quantity"] == quantity]
    return {row["way"]: row for row in chosen.to_dict(orient="records")}


# What products of votes estimate, by enumeration


@pytest.mark.parametrize("margin", [-1.0, -0.4, 0.0, 0.3, 0.9])
@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_two_votes_are_unbiased_and_squares_are_too_high(n: int, margin: float) -> None:
    left = np.arange(n + 1.0)
    law = binom.pmf(left, n, (1 + margin) / 2)
    assert law @ two_votes(left, n - left) == pytest.approx(margin**2, abs=1e-12)
    squares = ((2 * left - n) / n) ** 2
    assert law @ squares == pytest.approx(margin**2 + (1 - margin**2) / n, abs=1e-12)


@pytest.mark.parametrize("margin", [0.0, 0.2, 0.7, 1.0])
@pytest.mark.parametrize("n", [2, 3, 6])
def test_the_majority_of_the_others_never_overstates(n: int, margin: float) -> None:
    left = np.arange(n + 1.0)
    law = binom.pmf(left, n, (1 + margin) / 2)
    others = np.arange(float(n))
    sign = binom.pmf(others, n - 1, (1 + margin) / 2) @ np.sign(2 * others - (n - 1))
    found = law @ against_the_others(left, n - left)
    assert found == pytest.approx(margin * sign, abs=1e-12)
    assert found <= margin + 1e-12


def test_two_scorers_leave_out_squares() -> None:
    margins = np.array([[0.5, -0.2, 0.4]])
    expected = (0.5 * -0.2 + 0.5 * 0.4 + -0.2 * 0.4) / 3
    assert two_scorers(margins)[0] == pytest.approx(expected)


# The report where the truth is known


def test_noisy_margins_square_too_high_and_their_product_does_not() -> None:
    draw = np.random.default_rng(1)
    margin = draw.uniform(-0.8, 0.8, 20_000)
    kappa, noise = 0.64 / 3, 0.03
    raters = [margin + draw.uniform(-0.3, 0.3, len(margin)) for _ in range(2)]  # variance 0.03
    frame = pd.DataFrame(
        {"prompt": [f"p{i}" for i in range(len(margin))], "left": "a", "right": "b"}
    )
    columns = {f"margin:r{i}": np.clip(each, -1, 1) for i, each in enumerate(raters)}
    pairs = pg.read_pairs(frame.assign(**columns))
    found = ways(pg.monitoring_report(pairs), "kappa")
    assert found["squares of margins"]["low"] > kappa
    assert found["squares of margins"]["value"] == pytest.approx(kappa + noise, abs=0.006)
    crossed = found["two scorers' margins"]
    assert crossed["low"] < kappa < crossed["high"]
    assert pg.monitoring_report(pairs).sets[0].kappa.means == "two scorers' margins"


def test_calibrated_margins_square_too_low_and_so_do_their_products() -> None:
    # A claim often made, that squares of estimated margins are too high, is about noise around δ.
    # A calibrated model errs the other way: its margin is a mean of δ, which varies less than δ.
    draw = np.random.default_rng(2)
    parts = draw.normal(size=(3, 40_000))
    margin = np.tanh(parts.sum(axis=0))
    kappa = float(np.mean(margin**2))
    first = items(
        margin,
        label=labels(draw, margin),
        left_score=parts[0] + parts[1],
        right_score=0.0,
    )
    # scorers that each see two of the three parts, and one in common
    frame = first.table.assign(s1=parts[0] + parts[1], s2=parts[1] + parts[2], zero=0.0)
    pairs = pg.PreferencePairs(frame)
    scored = pg.score_margins(pairs, {"one": ("s1", "zero"), "two": ("s2", "zero")})
    found = ways(pg.monitoring_report(scored), "kappa")
    for way in ("squares of margins", "two scorers' margins", "margins against labels, at least"):
        assert found[way]["high"] < kappa, way
    assert found["squares of margins"]["value"] > found["two scorers' margins"]["value"]


@pytest.mark.parametrize("stretch", [0.3, 1.0, 3.0])
def test_margins_against_labels_bound_kappa_whatever_the_margins_are_worth(stretch: float) -> None:
    draw = np.random.default_rng(3)
    margin = draw.choice([-0.9, -0.2, 0.1, 0.8], 20_000)
    claimed = np.tanh(stretch * (np.arctanh(margin) + draw.normal(scale=0.5, size=len(margin))))
    pairs = items(margin, label=labels(draw, margin), margin=claimed)
    found = ways(pg.monitoring_report(pairs), "kappa")["margins against labels, at least"]
    assert found["low"] < float(np.mean(margin**2))
    key = ways(pg.monitoring_report(pairs), "abs_margin")[
        "labels against the margin's sign, at least"
    ]
    truth = float(np.mean(margin * np.sign(claimed)))
    assert key["low"] < truth < key["high"]
    assert key["low"] < float(np.mean(np.abs(margin)))


def votes(
    draw: np.random.Generator, margin: Array, workers: int, spread: float = 0.0
) -> pg.PreferencePairs:
    """Every worker answers every item once; `spread` is the variance of tastes."""
    rows = []
    for j in range(workers):
        taste = margin + math.sqrt(spread) * draw.choice([-1.0, 1.0], len(margin))
        rows.append(
            pd.DataFrame(
                {"topic": np.arange(len(margin)), "arg1": "a", "arg2": "b", "worker": f"w{j}",
                 "label": np.where(labels(draw, taste) == "left", "a1", "a2")}
            )
        )  # fmt: skip
    return pg.read_pairs(pd.concat(rows))


def test_intervals_cover() -> None:
    draw = np.random.default_rng(4)
    covered, rounds = 0, 1000
    for _ in range(rounds):
        margin = draw.uniform(-1, 1, 150)
        left = draw.binomial(3, (1 + margin) / 2).astype(float)
        # three items a prompt, with one margin: what is alike in them must widen the interval
        left[1::3] = left[2::3] = left[::3]
        prompts = np.arange(150.0) // 3
        found = mean_of(two_votes(left, 3 - left), prompts, 0.95, "products", 0.0)
        covered += found.low <= 1 / 3 <= found.high
    assert binom.cdf(covered, rounds, 0.95) > 1e-3, covered
    assert binom.sf(covered, rounds, 0.95) > 1e-6, covered


def test_tastes_lower_rho_and_leave_repeats_alone() -> None:
    draw = np.random.default_rng(5)
    margin, spread = draw.choice([-0.5, 0.5], 4000), 0.16
    once = votes(draw, margin, 2, spread).table
    taste = np.repeat(margin + 0.4 * draw.choice([-1.0, 1.0], 4000), 2)
    again = once.iloc[:4000].loc[np.repeat(np.arange(4000), 2)]
    twice = again.assign(label=labels(draw, taste), worker="twice")
    report = pg.monitoring_report(pg.PreferencePairs(pd.concat([once, twice], ignore_index=True)))
    row = report.table.iloc[0]
    assert row["kappa_from"] == "one annotator's two answers"
    assert row["kappa_low"] < 0.25 + spread < row["kappa_high"]
    assert row["rho_low"] < 0.25 < row["rho_high"]
    assert row["better"] == "repeat"


def test_repeats_with_sides_swapped_are_repeats() -> None:
    rows = [("b", 1, "m1", "m2", 1), ("b", 1, "m2", "m1", 2), ("b", 2, "m1", "m2", 1),
            ("b", 2, "m2", "m1", 1), ("b", 3, "m1", "m2", 3), ("b", 3, "m2", "m1", 1)]  # fmt: skip
    frame = pd.DataFrame(
        rows, columns=["bench", "question_id", "answer1_model", "answer2_model", "score"]
    )
    kappa = pg.monitoring_report(pg.read_pairs(frame)).sets[0].kappa
    assert (kappa.value, kappa.pairs) == (0.0, 2)  # once the same, once not; a tie is no answer


def test_an_expert_is_a_column_of_answers_or_margins() -> None:
    pairs = pg.read_pairs(pd.DataFrame(safe_rlhf() * 40))
    with pytest.raises(pg.DataError, match="nothing is known of how decided"):
        pg.monitoring_report(pairs)
    known = pg.PreferencePairs(pairs.table.assign(margin=0.5))
    report = pg.monitoring_report(known, expert="safer")
    rho = report.sets[0].evidence["rho"]["labels against the expert's"]
    assert rho.value == pytest.approx(1 / 3)  # better and safer differ in one of three
    with pytest.raises(pg.DataError, match="no column"):
        pg.monitoring_report(known, expert="nobody")
    with pytest.raises(pg.DataError, match="neither left and right nor margins"):
        pg.monitoring_report(known, expert="prompt")


def test_votes_in_columns_count_like_rows() -> None:
    report = pg.monitoring_report(pg.read_pairs(pd.DataFrame(helpsteer_preference())))
    kappa = report.sets[0].kappa
    assert kappa.value == pytest.approx((-1 / 3 + 1 - 1) / 3)  # (2, 1), (0, 2) and (1, 1)
    assert kappa.pairs == 3


def test_labels_made_from_the_scores_are_no_second_look() -> None:
    rated = pg.read_pairs(pd.DataFrame(ultrafeedback() * 20))
    scored_ = pg.score_margins(rated, temperature=2.0)
    report = pg.monitoring_report(scored_)
    assert set(report.evidence["way"]) == {"squares of margins", "sizes of margins"}
    assert report.sets[0].kappa.means == "squares of margins"


def test_a_lower_bound_of_kappa_never_favours_the_expert() -> None:
    draw = np.random.default_rng(11)
    margin = draw.choice([-0.9, 0.9], 3000)
    noise = margin * 0.3 + draw.normal(scale=0.3, size=3000).clip(-0.7, 0.7)
    experts = labels(draw, margin)
    pairs = items(margin, label=labels(draw, margin), margin=noise)
    known = pg.PreferencePairs(pairs.table.assign(expert=experts))
    report = pg.monitoring_report(known, expert="expert")
    assert report.sets[0].kappa.at_least
    assert report.sets[0].rho.low > report.sets[0].critical(0.8).high  # and yet κ is 0.81
    assert report.table["better"].tolist() == ["open"]
    # two raters' margins are no bound: there the expert can win
    two = items(margin * 0.3, **{"margin:a": margin * 0.3, "margin:b": margin * 0.3})
    known = pg.PreferencePairs(two.table.assign(expert=experts, label=labels(draw, margin)))
    assert pg.monitoring_report(known, expert="expert").table["better"].tolist() == ["expert"]


# Formulas


@given(st.floats(0.01, 1.0), st.floats(0.01, 0.99), st.floats(0.0, 0.99))
def test_repeats_beat_experts_iff_rho_is_below_the_critical_one(
    effort: float, kappa: float, rho: float
) -> None:
    critical = critical_rho(kappa, effort)
    if abs(rho - critical) > 1e-9:
        assert (repeated(kappa, effort) > affine(rho, effort)) == (rho < critical)


@given(st.floats(0.0, 0.99), st.floats(0.01, 0.99))
def test_information_is_that_of_the_monitors(effort: float, signal: float) -> None:
    expert, repeat = pg.ExpertReview(1, signal), pg.SelfConsistency(1, signal)
    golden = pg.GoldenQuestions(1, signal)
    assert affine(signal, effort) == pytest.approx(float(expert.fisher_information(effort)))
    assert affine(signal, effort) == pytest.approx(float(golden.fisher_information(effort)))
    assert repeated(signal, effort) == pytest.approx(float(repeat.fisher_information(effort)))


# Temperatures


@pytest.mark.parametrize("truth", [0.01, 1.0, 250.0])
def test_temperature_is_found_in_units_of_the_score(truth: float) -> None:
    draw = np.random.default_rng(6)
    differences = truth * draw.normal(scale=2.0, size=5000)
    won = labels(draw, np.tanh(differences / truth / 2)) == "left"
    found = fit_temperature(differences, won)
    assert found.low < truth < found.high
    assert found.high / found.low < 1.2
    step = 1e-4 * found.value

    def log_likelihood(t: float) -> float:
        signed = np.where(won, differences, -differences)
        return float(-np.logaddexp(0.0, -signed / t).sum())

    best = log_likelihood(found.value)
    assert best >= max(log_likelihood(found.value + s) for s in (-step, step))
    for end in (found.low, found.high):
        assert best - log_likelihood(end) == pytest.approx(3.841459 / 2, rel=1e-5)


def test_temperature_interval_covers() -> None:
    draw = np.random.default_rng(7)
    covered, rounds = 0, 400
    for _ in range(rounds):
        differences = draw.normal(size=80)
        won = labels(draw, np.tanh(differences / 2)) == "left"
        found = fit_temperature(differences, won)
        covered += found.low <= 1.0 <= found.high
    assert binom.cdf(covered, rounds, 0.95) > 1e-3, covered


def test_scores_that_say_little_have_no_upper_end() -> None:
    draw = np.random.default_rng(8)
    won = draw.random(200) < 0.5
    differences = np.where(won, 1.0, -1.0) * draw.normal(0.1, 1.0, 200)
    assert fit_temperature(differences, won).high == math.inf


def scored(n: int = 3000, seed: int = 9) -> tuple[pg.PreferencePairs, Array]:
    draw = np.random.default_rng(seed)
    difference = draw.normal(scale=3.0, size=n)
    margin = np.tanh(difference / 2.0 / 1.5)
    label = labels(draw, margin)
    pairs = items(margin, label=label, left_score=difference, right_score=0.0)
    return pairs, margin


def test_margins_from_rating_columns_are_calibrated_on_labels_apart() -> None:
    pairs, margin = scored()
    found = pg.score_margins(pairs)
    temperature = found.temperatures[""]
    assert temperature.low < 1.5 < temperature.high
    assert temperature.pairs == int(found.table["calibration"].sum())
    assert 0.15 < found.table["calibration"].mean() < 0.25
    assert np.abs(found.table["margin"] - margin).max() < 0.1
    row = pg.monitoring_report(found).table.iloc[0]
    squares = ways(pg.monitoring_report(found), "kappa")["squares of margins"]
    assert squares["pairs"] == 3000 - temperature.pairs
    assert squares["low"] < float(np.mean(margin**2)) < squares["high"]
    assert row["kappa_from"] == "margins against labels, at least"
    assert pg.score_margins(pairs, held_out=0.2).table.equals(found.table)  # a hash, no luck
    elsewhere = pg.score_margins(pairs, held_out=0.2, seed=1).table["calibration"]
    assert not elsewhere.equals(found.table["calibration"])


def test_reward_models_are_called_in_batches_and_once_a_response() -> None:
    pairs, _ = scored(600)
    table = pairs.table.assign(left=[f"{x:.6f}" for x in pairs.table["left_score"]], right="0.0")
    asked: list[tuple[str, str]] = []
    told: list[str] = []

    def model(prompts: list[str], responses: list[str]) -> Sequence[float]:
        assert len(prompts) == len(responses) <= 100
        asked.extend(zip(prompts, responses, strict=True))
        return [float(each) for each in responses]

    plain = pg.PreferencePairs(table.drop(columns=["left_score", "right_score"]))
    several = {"model": model, "half": lambda _, r: np.array([float(each) / 2 for each in r])}
    found = pg.score_margins(plain, several, batch=100, progress=told.append)
    assert len(asked) == len(set(asked)) == 1200
    assert len(told) == 24
    one, half = found.temperatures["model"], found.temperatures["half"]
    assert one.value == pytest.approx(2 * half.value)
    assert np.allclose(found.table["margin:model"], found.table["margin:half"])
    assert np.allclose(found.table["margin"], found.table["margin:model"])


def test_bad_scores_are_refused() -> None:
    pairs, _ = scored(200)

    def refused(
        match: str, *arguments: Any, of: pg.PreferencePairs = pairs, **options: Any
    ) -> None:
        with pytest.raises(pg.DataError, match=match):
            pg.score_margins(of, *arguments, **options)

    refused("agree with all", of=pg.read_pairs(pd.DataFrame(ultrafeedback() * 20)))
    refused("prefer what the held-out labels reject", ("right_score", "left_score"))
    refused("no two columns", ("a", "b"))
    refused("no share", held_out=1.5)
    refused("no split 'val'", held_out="val")
    refused("not one boolean a row", held_out=[True])
    refused("finite number above 0", temperature=-1.0)
    with pytest.raises(pg.ModelError, match="temperature=nan is no number"):
        pg.score_margins(pairs, temperature=math.nan)
    refused(
        "'b', which 'scores' doesn't", {"a": ("left_score", "right_score")}, temperature={"b": 1}
    )
    refused("names no scorer", {})
    refused("colon", {"a:b": ("left_score", "right_score")})
    refused("of shape .2,. for 201 responses|of shape", lambda _, __: [1.0, 2.0])
    refused("not numbers", lambda _, r: ["good"] * len(r))
    refused("too few", held_out=np.arange(200) < 5)
    table = pairs.table.assign(left_score=math.nan)
    refused("no pair has a number", of=pg.PreferencePairs(table))


def test_unscored_pairs_stay_without_a_margin() -> None:
    pairs, _ = scored(400)
    holes = pairs.table["left_score"].where(np.arange(400) % 4 > 0)
    found = pg.score_margins(pg.PreferencePairs(pairs.table.assign(left_score=holes)))
    assert len(found) == 400
    assert found.table["margin"].isna().tolist() == (np.arange(400) % 4 == 0).tolist()


# The result, and the command


def report() -> pg.MonitoringReport:
    draw = np.random.default_rng(10)
    few = votes(draw, draw.uniform(-1, 1, 300), 3)
    rated, _ = scored(500)
    sets = {"votes": few, "scores": pg.score_margins(rated)}
    return pg.monitoring_report(sets, prices={"expert": 2.0, "repeat": 0.25})


def test_report_has_a_row_a_data_set_and_is_plain_when_asked() -> None:
    found = report()
    table = found.table.set_index("dataset")
    assert list(table.index) == ["votes", "scores"]
    assert np.allclose(table["expert_per_money"], table["expert"] / 2.0)
    assert np.allclose(table["repeat_per_money"], table["repeat"] / 0.25)
    assert (table["rho_crit_low"] <= table["rho_crit"]).all()
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert len(plain["table"]) == 2
    assert {row["quantity"] for row in plain["evidence"]} == {"kappa", "rho", "abs_margin"}
    assert "a check by repeat" in str(found)
    assert "two annotators' answers" in str(found)
    panels = [axes for axes in found.plot().axes if axes.get_visible()]
    assert len(panels) == 2
    assert all(axes.get_ylabel() == "information a unit of money" for axes in panels)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"effort": 0.0}, pg.ModelError),
        ({"effort": 1.2}, pg.ModelError),
        ({"prices": {"gold": 1.0}}, pg.ModelError),
        ({"prices": {"expert": -1.0}}, pg.ModelError),
        ({"level": 1.0}, pg.DataError),
        ({"by": "topic"}, pg.DataError),
    ],
)
def test_report_refuses_what_makes_no_sense(
    options: dict[str, Any], error: type[pg.PaygradeError]
) -> None:
    pairs, _ = scored(100)
    with pytest.raises(error):
        pg.monitoring_report(pairs, **options)


def test_report_on_nothing_is_refused() -> None:
    with pytest.raises(pg.DataError, match="no data sets"):
        pg.monitoring_report({})


def test_few_prompts_are_said() -> None:
    margin = np.linspace(-1, 1, 20)
    assert "20 prompts only" in str(
        pg.monitoring_report(votes(np.random.default_rng(0), margin, 3))
    )


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_command_reports_each_file(tmp_path: Path) -> None:
    pairs, _ = scored(400)
    pairs.table.to_csv(tmp_path / "rated.csv", index=False)
    votes(np.random.default_rng(0), np.linspace(-1, 1, 60), 3).table.to_parquet(
        tmp_path / "votes.parquet"
    )
    common = ["--price", "expert=2", "--price", "repeat=0.3", "--plot", tmp_path / "m.png"]
    scores = ["--scores", "left_score,right_score"]
    plain = run("monitors", tmp_path / "rated.csv", *scores, *common)
    assert plain.exit_code == 0, plain.output
    assert "temperature" in plain.output
    assert "rho_crit" in plain.output
    assert (tmp_path / "m.png").stat().st_size > 5000
    found = run("monitors", tmp_path / "votes.parquet", "--json", "--effort", "0.5")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["effort"] == 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--price", "expert"], "assigns nothing"),
        (["--price", "expert=much"], "no number of money"),
        (["--price", "gold=1"], "none of expert, repeat, golden"),
        (["--format", "nothing"], "unknown"),
        (["--plot", "x.doc"], "names no format"),
        (["--columns", "prompt=question"], "no column 'question'"),
        (["--effort", "2"], "more than full attention"),
    ],
)
def test_command_complains_once_and_plainly(
    tmp_path: Path, options: list[str], message: str
) -> None:
    path = write_lines(tmp_path / "rows.jsonl", helpsteer_preference())
    result = run("monitors", path, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
