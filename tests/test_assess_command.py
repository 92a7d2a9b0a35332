"""`paygrade assess` as its users meet it: what is shown, what isn't yet, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.assessment.contrary import against_a_coin
from paygrade.cli.entry import app
from paygrade.report.forest import MOST_NAMED, lay_lines, named_lines

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["assess", *map(str, arguments)])


def found(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    read = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    assert isinstance(read, dict)
    return read


def said(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.stdout.split())


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six annotators: the fifth is careless, the sixth always answers "A"."""
    labels = pg.simulate_labels(
        items=300,
        seed=3,
        efforts=[0.95, 0.9, 0.9, 0.85, 0.4, 0.9],
        gold_share=0.2,
        repeat_share=0.3,
    )
    bias = labels["worker"] == "ann06"
    labels.loc[bias, "label"] = "A"
    labels.loc[bias & labels["repeat"].notna(), "repeat"] = "A"
    path = tmp_path_factory.mktemp("team") / "labels.csv"
    labels.to_csv(path, index=False)
    return path


def test_everybody_is_found_below_at_it_or_open(team: Path) -> None:
    text = said(run(team, "--signal", "0.95"))
    assert "2 of 6 annotators are below effort 0.8: ann05, ann06." in text
    assert "1 meets it" in text
    assert "Of 3 the checks can't tell yet. How many would: paygrade plan --monitor golden" in text
    assert "Right on one answer, wrong on the other 1 annotator out of 6" in text
    assert "ann06 right on 100 % of 'A' and 0 % of 'B': says 'A' too often; effort" in text
    assert "Consistent but wrong ann06 agrees with own answers in 100 % of repeats" in text


def test_the_hint_about_more_checks_is_a_command_that_runs(team: Path) -> None:
    text = said(run(team, "--signal", "0.95"))
    hint = text.partition("How many would: paygrade ")[2].partition(" How it")[0]
    result = CliRunner().invoke(app, hint.split())
    assert "checks to tell effort 0.8 from 0.6" in said(result)


def test_json_holds_the_table_of_assess(team: Path) -> None:
    read = found(team, "--signal", "0.95", "--shrink")
    expected = pg.assess(pg.read_annotations(team), signal=0.95, shrink=True)
    table = pd.DataFrame(read["annotators"]).drop(columns=["p_coin", "p_coin_adjusted"])
    assert table.pop("finding").tolist() == ["meets it", *["open"] * 3, "below", "below"]
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, check_like=True)
    assert read["findings"]["below"] == ["ann05", "ann06"]
    alarms = [row["worker"] for row in read["consistent_but_wrong"] if row["alarm"]]
    assert alarms == ["ann06"]
    assert [row["worker"] for row in read["two_parameters"] if row["misread"]] == ["ann06"]


def test_the_table_is_written_whole_and_the_figure_too(team: Path, tmp_path: Path) -> None:
    table, figure = tmp_path / "annotators.csv", tmp_path / "annotators.svg"
    text = said(run(team, "--signal", "0.95", "--csv", table, "--plot", figure))
    assert text.endswith(f"Table: {table} Figure: {figure}".replace("\n", " "))
    written = pd.read_csv(table)
    assert written.loc[written["flagged"], "worker"].tolist() == ["ann05", "ann06"]
    assert "ann05" in figure.read_text(encoding="utf-8") or figure.stat().st_size > 10_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["annotators.csv", "annotators.svg"]


def test_a_point_estimate_alone_accuses_nobody(tmp_path: Path) -> None:
    """Two right of four is effort 0 by estimate, and proves nothing."""
    rows = [(i, "few", "ab"[i % 2], "a") for i in range(4)]
    rows += [(i, "many", "a" if i % 20 else "b", "a") for i in range(200)]
    path = tmp_path / "labels.csv"
    frame = pd.DataFrame(rows, columns=["task", "worker", "label", "gold"])
    frame.to_csv(path, index=False)
    read = found(path, "--signal", "1")
    few = read["annotators"][0]
    assert (few["worker"], few["effort"], few["finding"]) == ("few", 0.0, "open")
    assert read["findings"]["below"] == []
    assert "None of 2 annotators is shown to be below effort 0.8." in said(
        run(path, "--signal", "1")
    )


def test_calibration_and_its_interval_are_said(team: Path) -> None:
    read = found(team, "--trusted", "ann01,ann02")
    monitor = read["monitor"]
    assert monitor["calibration"].startswith("2 trusted annotators agreed in 113 of 120 checks")
    assert monitor["signal_low"] < monitor["signal"] < monitor["signal_high"]
    text = said(run(team, "--trusted", "ann01,ann02"))
    assert f"{monitor['signal_low']:.3f} to {monitor['signal_high']:.3f}" in text


def test_margins_come_from_a_column_and_keys_may_be_wrong(team: Path, tmp_path: Path) -> None:
    labels = pd.read_csv(team)
    labels["clear"] = np.where(labels["task"].str[-1].isin(list("02468")), 0.98, 0.6)
    path = tmp_path / "labels.csv"
    labels.to_csv(path, index=False)
    read = found(path, "--margins", "clear", "--key-error", "0.02")
    expected = pg.assess(pg.read_annotations(path, keep="clear"), margins="clear", key_error=0.02)
    efforts = [row["effort"] for row in read["annotators"]]
    assert efforts == pytest.approx(expected["effort"].tolist())
    assert read["missing"] == []
    assert "column 'clear'" in said(run(path, "--margins", "clear"))


def test_peers_need_no_signal_of_the_standard(team: Path) -> None:
    text = said(run(team, "--standard", "peers", "--control", "bh"))
    assert "is right less often than the rest: ann06." in text
    assert "at most 5 % are expected to be there by bad luck" in text
    assert "can't tell yet" not in text


@pytest.mark.parametrize("stronger", ["side", "best", "gpt"])
def test_the_stronger_model_is_a_side_a_column_or_a_name(tmp_path: Path, stronger: str) -> None:
    draw = np.random.default_rng(0)
    n = 400
    swapped = draw.random(n) < 0.5
    wins = draw.random(n) < 0.9  # by the stronger model, gpt
    rows = pd.DataFrame(
        {
            "prompt": np.arange(n),
            "left": np.where(swapped, "gpt", "bard"),
            "right": np.where(swapped, "bard", "gpt"),
            "winner": np.where(wins, "gpt", "bard"),
            "worker": "ann",
            "best": "gpt",
            "side": np.where(swapped, "left", "right"),
        }
    )
    path = tmp_path / "pairs.csv"
    rows.to_csv(path, index=False)
    sides = ("--task", "prompt", "--left", "left", "--right", "right", "--signal", "0.95")
    [row] = found(path, *sides, "--stronger", stronger)["annotators"]
    assert (row["checked"], row["agreed"]) == (n, int(wins.sum()))


def test_the_stronger_side_is_the_one_that_was_seen() -> None:
    rows = [("a", "b", "left"), ("b", "a", "left"), ("a", "b", "right"), ("b", "a", "right")]
    frame = pd.DataFrame(rows, columns=["left", "right", "winner"]).assign(
        worker="ann", prompt=range(4)
    )
    labels = pg.read_annotations(frame, task="prompt", left="left", right="right")
    assert pg.assess(labels, stronger="left", signal=0.9)["agreed"].tolist() == [2]
    assert pg.assess(labels, stronger="a", signal=0.9)["agreed"].tolist() == [2]
    always_left = pg.read_annotations(
        frame.assign(winner="left"), task="prompt", left="left", right="right"
    )
    assert pg.assess(always_left, stronger="left", signal=0.9)["agreed"].tolist() == [4]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--monitor", "guess"], "--monitor guess is unknown"),
        (["--standard", "good"], "neither an effort nor 'peers'"),
        (["--standard", "1.5"], "standard=1.5"),
        (["--level", "2"], "level=2"),
        (["--level", "nan"], "level=nan"),
        (["--control", "none"], "control='none'"),
        (["--signal", "nan"], "nan"),
        (["--signal", "-2"], "abs(margin)=2"),
        (["--signal", "0.9", "--trusted", "ann01"], "both say what careful work looks like"),
        (["--trusted", "ann99"], "perhaps 'ann"),
        (["--margins", "nothing"], "no column 'nothing'"),
        (["--key-error", "0.7", "--signal", "0.9"], "key_error=0.7"),
        (["--stronger", "gpt"], "names the answer 'gpt'"),
        (["--stronger", "gold", "--gold", "gold"], "leave one of them out"),
        (["--passed", "yes"], "passed='yes' is an answer that nobody gave"),
        (["--passed", "A", "--gold", "gold"], "both say which answers are right"),
        (["--csv", "table.xlsx"], "end it in .csv"),
        (["--plot", "figure.doc"], "end it in .png, .svg or .pdf"),
        (["--csv", "nowhere/table.csv"], "folder nowhere doesn't exist"),
    ],
)
def test_what_makes_no_sense_is_refused_with_one_message(
    team: Path, options: list[str], complaint: str
) -> None:
    result = run(team, *options)
    assert result.exit_code == 2, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert complaint in " ".join(result.stderr.split())


def test_a_refused_run_writes_nothing(team: Path, tmp_path: Path) -> None:
    result = run(team, "--worker", "nobody", "--csv", tmp_path / "a.csv")
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


# Checks that are scored already


def scored(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["worker", "label"])


def test_scored_checks_need_no_items() -> None:
    labels = pg.read_annotations(
        scored(("a", "Found"), ("a", "Missed"), ("a", "Found"), ("b", "Found")), passed="Found"
    )
    assert labels.table["task"].tolist() == ["1", "2", "3", "4"]
    counts = pg.assess(labels, signal=1.0)
    assert counts["checked"].tolist() == [3, 1]
    assert counts["agreed"].tolist() == [2, 1]


def test_scored_checks_keep_their_items_if_there_are_any() -> None:
    frame = scored(("a", "1"), ("a", "0")).assign(task="x")
    with pytest.raises(pg.DataError, match="more than once"):
        pg.read_annotations(frame, passed="1")
    assert pg.read_annotations(frame.assign(task=["x", "y"]), passed="1.0").answers == ["0", "1"]


def test_everything_but_a_pass_is_a_failure() -> None:
    labels = pg.read_annotations(scored(("a", "pass"), ("a", "fail"), ("a", "skip")), passed="pass")
    assert labels.answers == ["not pass", "pass"]
    assert pg.assess(labels, signal=1.0)["agreed"].tolist() == [1]


def test_comparisons_are_no_scored_checks() -> None:
    frame = pd.DataFrame([("a", "b", "a", "w")], columns=["left", "right", "winner", "worker"])
    with pytest.raises(pg.DataError, match="holds comparisons"):
        pg.read_annotations(frame, passed="a")


def test_what_is_assumed_is_said_above_all_of_planted_errors(team: Path, tmp_path: Path) -> None:
    text = said(run(team, "--signal", "0.95"))
    assert "in half of the checks, as a coin does: that is effort 0. Effort 1 is 97.5 %" in text
    assert "finds none of them" not in text
    path = tmp_path / "tests.csv"
    scored(*[("a", "Found")] * 12, *[("a", "Missed")] * 7).to_csv(path, index=False)
    options = ("--passed", "Found", "--signal", "1")
    page = tmp_path / "page.html"
    text = said(run(path, *options, "--html", page))
    assert "passes half of the checks" in text
    assert "who doesn't look finds none of them. Then efforts are higher than said here" in text
    assert "finds none of them" in page.read_text(encoding="utf-8")
    assert any("finds none of them" in each for each in found(path, *options)["assumed"])


# Against the key


def right_of(counts: dict[str, int], of: int = 108) -> pd.DataFrame:
    rows = [
        (item, worker, "ab"[(item % 2) ^ (item >= right)], "ab"[item % 2])
        for worker, right in counts.items()
        for item in range(of)
    ]
    return pd.DataFrame(rows, columns=["task", "worker", "label", "gold"])


def test_who_agrees_less_often_than_a_coin_is_told_apart_from_who_is_careless(
    tmp_path: Path,
) -> None:
    path, table, page = (tmp_path / name for name in ("labels.csv", "table.csv", "page.html"))
    counts = {"swapped": 36, "coin": 54, "unlucky": 45, "good": 100, "fine": 98}
    right_of(counts).to_csv(path, index=False)
    options = ("--signal", "0.9", "--csv", table, "--html", page)
    text = said(run(path, *options))
    assert "3 of 5 annotators are below effort 0.8: coin, swapped, unlucky." in text
    assert "1 of these agrees less often than a coin would (exact test, Holm): swapped (36" in text
    assert "swapped answers or a misread instruction are likely" in text
    written = pd.read_csv(table).set_index("worker")
    assert written.loc["swapped", "finding"] == "against the key"
    assert written.loc["unlucky", "finding"] == "below"
    exact = [float(binom.cdf(k, 108, 0.5)) for k in (36, 45)]
    assert written.loc[["swapped", "unlucky"], "p_coin"].tolist() == pytest.approx(exact)
    assert written.loc["swapped", "p_coin_adjusted"] == pytest.approx(5 * exact[0])
    assert found(path, "--signal", "0.9")["findings"]["against the key"] == ["swapped"]
    assert "Against the key" in page.read_text(encoding="utf-8")
    missed = scored(*[("a", "Missed")] * 30, ("a", "Found"))  # who finds nothing swaps nothing
    missed.to_csv(path, index=False)
    read = found(path, "--passed", "Found", "--signal", "1")
    assert read["findings"]["against the key"] == []


def test_a_crowd_of_coins_is_hardly_ever_against_the_key() -> None:
    """Of 200 crowds of 30 who all flip coins, at most 5 % may have anybody accused."""
    draw = np.random.default_rng(7)
    accused = 0
    for _ in range(200):
        counts = pd.DataFrame({"checked": 60, "agreed": draw.binomial(60, 0.5, size=30)})
        accused += bool((against_a_coin(counts, "holm")["p_coin_adjusted"] <= 0.05).any())
    assert accused <= 0.05 * 200 + 2.0 * np.sqrt(200 * 0.05 * 0.95)


# The figure


def test_of_many_annotators_the_worst_are_named() -> None:
    assert named_lines(np.zeros(10, bool)).all()
    below = np.arange(300) < 40
    named = named_lines(below)
    assert named[:MOST_NAMED].all()
    assert not named[MOST_NAMED:].any()
    place, tall = lay_lines(named)
    assert (np.diff(place) > 0).all()
    assert place[-1] < tall < 12.0


# Real files


@pytest.mark.skipif(not DATA.is_dir(), reason="the label files are not beside this checkout")
@pytest.mark.parametrize("standard", [("--signal", "1"), ("--standard", "peers")])
def test_two_of_ten_mqm_raters_are_below(standard: tuple[str, str], tmp_path: Path) -> None:
    file = DATA / "mqm_sxs_ende_attention_tests.csv.gz"
    columns = ("--worker", "rater", "--label", "result", "--passed", "Found")
    read = found(file, *columns, *standard, "--plot", tmp_path / "raters.png")
    assert read["findings"]["below"] == ["rater4", "rater9"]
    assert (tmp_path / "raters.png").stat().st_size > 10_000


@pytest.mark.skipif(not DATA.is_dir(), reason="the label files are not beside this checkout")
def test_xhate_annotators_agree_with_themselves() -> None:
    columns = ("--task", "row,condition", "--worker", "annotator")
    answers = ("--label", "label1", "--repeat", "label2")
    read = found(DATA / "xhate_stability.csv.gz", *columns, *answers)
    assert read["monitor"]["kind"] == "SelfConsistency"
    assert read["findings"]["below"] == ["ann20"]
    assert len(read["annotators"]) == 22
