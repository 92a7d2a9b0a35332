"""`paygrade attention` as its users meet it: what is shown, kept, and refused."""

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import paygrade as pg
from paygrade.attention.comparisons import Cells, file_cells
from paygrade.attention.population import fit_two_types
from paygrade.attention.share import share_interval
from paygrade.attention.slack import slack_of
from paygrade.cli.columns import OPTIONS
from paygrade.cli.entry import COMMANDS, app
from paygrade.labels.annotations import read_annotations

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there")
COLUMNS = ("--left", "left_model", "--right", "right_model", "--label", "winner")
BETTER = (*COLUMNS, "--stronger", "better")
STRENGTH = {"big": 1.2, "mid": 0.0, "small": -1.2}
EACH, USERS = 50, 40


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["attention", *map(str, arguments)])


def found(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    read = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    assert isinstance(read, dict)
    return read


def said(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return " ".join(result.stdout.split())


def simulate(reading: float, seed: int) -> pd.DataFrame:
    """Return comparisons of three models by users of whom a share reads; 4 % are ties."""
    draw = np.random.default_rng(seed)
    user = np.repeat(np.arange(USERS), EACH)
    models = np.array(list(STRENGTH))
    left = draw.integers(0, 3, len(user))
    right = (left + draw.integers(1, 3, len(user))) % 3
    strength = np.array(list(STRENGTH.values()))
    gap = strength[left] - strength[right]
    reads = np.arange(USERS) < reading * USERS
    chance = np.where(reads[user], 1.0 / (1.0 + np.exp(-gap)), 0.5)
    winner = np.where(draw.random(len(user)) < chance, "left", "right")
    return pd.DataFrame(
        {
            "task": [f"t{k}" for k in range(len(user))],
            "worker": [f"u{k:02}" for k in user],
            "left_model": models[left],
            "right_model": models[right],
            "winner": np.where(draw.random(len(user)) < 0.04, "tie", winner),
            "better": np.where(gap > 0, "left", "right"),
            "rate": (1.0 / (1.0 + np.exp(-np.abs(gap)))).round(3),
            "text": [f'a "{k}",\nand so on' for k in range(len(user))],
        }
    )


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    return simulate(0.7, seed=4)


@pytest.fixture(scope="module")
def file(votes: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("votes") / "votes.csv"
    votes.to_csv(path, index=False)
    return path


def test_users_are_shown_to_be_attentive_or_not_or_are_open(file: Path) -> None:
    read, text = found(file, *BETTER), said(run(file, *BETTER))
    assert read["question"]["law"] == "two types"
    readers = {f"u{k:02}" for k in range(28)}
    yes, no = (set(read["findings"][name]) for name in ("attentive", "not attentive"))
    assert len(yes) > 20
    assert len(no) > 4
    assert len(yes - readers) + len(no & readers) <= 2  # 5 % of each
    assert f"Of 40 users, {len(yes)} are shown to be attentive and {len(no)} not to be" in text
    share = read["population"]
    assert share["low"] < 0.7 < share["high"]
    assert "told by --stronger better" in text
    assert "CHECKED" in text


@pytest.mark.parametrize(
    ("options", "law"),
    [
        (("--mu", "0.8"), {"mu": 0.8}),
        (("--mu", "rate", "--prior", "2", "1"), {"mu": "rate", "prior": (2.0, 1.0)}),
        ((), {"law": "two types"}),
        (("--mu", "0.8", "--law", "two-types"), {"mu": 0.8, "law": "two types"}),
        (("--mu", "0.8", "--law", "grid"), {"mu": 0.8, "law": "grid"}),
    ],
    ids=["free", "per item", "two types", "two types, mu known", "grid"],
)
def test_every_law_says_what_the_library_says(
    file: Path, votes: pd.DataFrame, options: tuple[str, ...], law: dict[str, Any]
) -> None:
    read = found(file, *BETTER, *options)
    decided = votes[votes["winner"] != "tie"]
    table = decided.assign(won=decided["winner"] == decided["better"])
    fit = pg.fit_attentiveness(table, **law)
    users = pd.DataFrame(read["users"]).set_index("user")
    assert users["attentiveness"][fit.users].to_numpy() == pytest.approx(fit.attentiveness)
    assert users["comparisons"][fit.users].tolist() == fit.comparisons.tolist()
    uses = pd.DataFrame(read["uses"]).set_index("use")
    kept = fit.filter(0.5)
    chosen = uses[uses["threshold"] == 0.5].iloc[0]
    assert (chosen["users"], chosen["comparisons"]) == (len(kept.users), kept.comparisons)
    assert chosen["purity"] == pytest.approx(kept.purity)
    assert uses["effective"].max() == uses["effective"]["all labels, weighted"]
    assert uses["effective"].iloc[-1] == pytest.approx(fit.effective_sample_size(fit.weights()))


def test_strengths_are_estimated_where_nobody_says_who_is_stronger(
    file: Path, votes: pd.DataFrame
) -> None:
    read, text = found(file, *COLUMNS), said(run(file, *COLUMNS))
    fit = pg.fit_attentiveness(votes, left="left_model", right="right_model")
    strength = dict(zip(fit.population.models, fit.population.strength, strict=True))  # type: ignore[union-attr]
    assert read["population"]["strength"] == pytest.approx(strength, abs=1e-6)
    assert "(Bradley-Terry, logits): big +1." in text


def test_the_stronger_side_may_be_a_column_or_a_model(tmp_path: Path, votes: pd.DataFrame) -> None:
    two = votes[(votes["left_model"] != "mid") & (votes["right_model"] != "mid")]
    two.to_csv(tmp_path / "two.csv", index=False)
    by_column = found(tmp_path / "two.csv", *BETTER)
    by_model = found(tmp_path / "two.csv", *COLUMNS, "--stronger", "big")
    assert by_column["users"] == by_model["users"]
    some = said(run(tmp_path / "two.csv", *COLUMNS, "--stronger", "big"))
    assert "stronger side isn't known" not in some.replace("0 comparisons whose", "")


def test_where_everybody_may_be_attentive_few_comparisons_show_nobody(tmp_path: Path) -> None:
    """The most likely share is 1 here, and a plug-in posterior would call everybody attentive."""
    rows = [(f"t{k}", f"u{k % 20}", k // 20 % 5 > 0) for k in range(400)]  # 80 % each
    rows += [(f"s{k}", "new", k < 3) for k in range(4)]
    table = pd.DataFrame(rows, columns=["task", "worker", "label"])
    table.to_csv(tmp_path / "votes.csv", index=False)
    read = found(tmp_path / "votes.csv", "--stronger", "true")
    assert read["population"]["share"] > 0.999
    new = next(row for row in read["users"] if row["user"] == "new")
    assert new["attentiveness"] > 0.999
    assert new["finding"] == "open"
    assert "may well be everybody" in said(run(tmp_path / "votes.csv", "--stronger", "true"))


def test_the_share_s_interval_covers_it() -> None:
    draw, covered, trials = np.random.default_rng(8), 0, 60
    for _ in range(trials):
        user = np.repeat(np.arange(80, dtype=np.int32), 12)
        won = draw.random(len(user)) < np.where(draw.random(80) < 0.6, 0.85, 0.5)[user]
        cells = file_cells(user, 80, np.where(won, 1.0, -1.0))
        ends = share_interval(cells, fit_two_types(cells, False, 1e-10, 100_000), 0.9)
        covered += ends.low <= 0.6 <= ends.high
    assert covered >= 47  # 54 expected; fewer than 47 has a chance of 0.2 %


MARGINS = st.lists(st.tuples(st.floats(-0.95, 0.95), st.integers(1, 30)), min_size=1, max_size=6)


@given(MARGINS, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_slack_bounds_what_any_other_value_adds(
    margins: list[tuple[float, int]], at: float, other: float
) -> None:
    margin, count = (np.array(each) for each in zip(*margins, strict=True))
    cells = Cells(np.array([0, len(margin)]), margin, count)

    def value(e: float) -> float:
        return float((count * np.log1p(e * margin)).sum())

    slope, slack = slack_of(cells, np.array([at]), (1.0, 1.0))
    assert value(other) - value(at) <= slack + 1e-12
    assert slope >= 0.0


def test_convergence_is_measured_and_not_believed(votes: pd.DataFrame) -> None:
    won = votes.assign(won=votes["winner"] == votes["better"])
    fit = pg.fit_attentiveness(won, "rate")
    reached = fit.convergence()
    assert reached.evidence == "BOUNDED"
    assert reached.slack is not None
    assert reached.slack < 1e-9
    rough = pg.fit_attentiveness(won, "rate", method="em", tolerance=1e-3)
    gain = fit.log_likelihood[-1] - rough.log_likelihood[-1]
    assert 1e-9 < gain <= (rough.convergence().slack or 0.0)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_all_rows_of_the_users_kept_are_copied_and_no_others(
    file: Path, votes: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"kept{ending}"
    read = found(file, *BETTER, "--keep", out)
    kept = [row["user"] for row in read["users"] if row["kept"]]
    whole = votes[votes["worker"].isin(kept)].astype(str).reset_index(drop=True)
    assert "tie" in set(whole["winner"])
    reader: Any = {".csv": pd.read_csv, ".jsonl": pd.read_json, ".parquet": pd.read_parquet}[ending]
    copied = reader(out, lines=True) if ending == ".jsonl" else reader(out)
    pd.testing.assert_frame_equal(copied.astype(str), whole, check_dtype=False)
    assert read["rows_written"] == len(whole) < len(votes)


def test_weighted_keeps_everybody_and_says_the_weight(
    file: Path, votes: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "weighted.csv"
    read = found(file, *BETTER, "--keep", out, "--weighted")
    copied = pd.read_csv(out)
    weight = {row["user"]: row["weight"] for row in read["users"]}
    assert copied["attention_weight"].tolist() == pytest.approx(
        votes["worker"].map(weight).tolist()
    )


def test_a_folder_of_parquet_is_counted_where_it_lies(
    file: Path, votes: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for k in range(3):
        votes[k * 700 : (k + 1) * 700].to_parquet(folder / f"{k}.parquet")
    for options in ((*COLUMNS,), (*BETTER,), (*BETTER, "--mu", "rate", "--ignore-workers", "u1*")):
        whole, parts = found(file, *options), found(folder, *options)
        for one, other in zip(whole["users"], parts["users"], strict=True):
            assert one == pytest.approx(other, abs=1e-6)
    out = tmp_path / "kept.parquet"
    parts = found(folder, *BETTER, "--keep", out)
    kept = [row["user"] for row in parts["users"] if row["kept"]]
    copied = pd.read_parquet(out)
    assert copied["rate"].dtype == "float64"  # Parquet keeps its types
    expected = votes[votes["worker"].isin(kept)].reset_index(drop=True)
    pd.testing.assert_frame_equal(copied, expected, check_dtype=False)


def test_reports_are_written(file: Path, tmp_path: Path) -> None:
    places = {name: tmp_path / f"a.{name}" for name in ("csv", "html", "tex")}
    flags = {"csv": "--csv", "html": "--html", "tex": "--latex"}
    options = [part for name in places for part in (flags[name], str(places[name]))]
    text = said(run(file, *COLUMNS, *options, "--plot", tmp_path / "a.svg"))
    assert "Table: " in text
    assert "Figure: " in text
    written = pd.read_csv(places["csv"])
    assert written["attentiveness"].is_monotonic_increasing
    page = places["html"].read_text(encoding="utf-8")
    assert "What the labels are worth" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert places["tex"].read_text(encoding="utf-8").count(r"\begin{table}") == 3
    assert (tmp_path / "a.svg").stat().st_size > 10_000


def test_annotations_of_pairs_fit_strengths(file: Path, votes: pd.DataFrame) -> None:
    raw = pg.fit_attentiveness(votes, left="left_model", right="right_model")
    pairs = read_annotations(file, left="left_model", right="right_model", winner="winner")
    read = pg.fit_attentiveness(pairs)
    assert read.attentiveness == pytest.approx(raw.attentiveness, abs=1e-6)


REFUSALS = [
    (("--stronger", "huge"), "names the answer 'huge'"),
    (("--mu", "0.8"), "nothing says which answer is the stronger model's"),
    (("--law", "strengths", "--stronger", "better"), "leave it out, or name the law"),
    (("--stronger", "better", "--law", "free"), "give --mu"),
    (("--stronger", "better", "--mu", "1.5"), "mu=1.5 is no probability"),
    (("--stronger", "better", "--mu", "0.5"), "say nothing about attention"),
    (("--stronger", "better", "--mu", "text"), "mu is no probability"),
    (("--stronger", "better", "--mu", "nowhere"), "no column 'nowhere'"),
    (("--stronger", "better", "--prior", "2", "2"), "estimates its prior"),
    (("--law", "bayes"), "none of free, two types, grid, strengths"),
    (("--threshold", "nan"), "no share of labels"),
    (("--level", "1"), "asks for certainty"),
    (("--weighted",), "name a file for them in --keep"),
    (("--keep", "kept.xlsx"), "end it in .csv, .jsonl or .parquet"),
    (("--stronger", "small"), "check which model is the stronger one"),
]


@pytest.mark.parametrize(("options", "why"), REFUSALS, ids=[" ".join(o) for o, _ in REFUSALS])
def test_refusals_say_why(file: Path, options: tuple[str, ...], why: str) -> None:
    result = run(file, *COLUMNS, *options)
    assert result.exit_code == 2, result.output
    assert why in " ".join(result.stderr.split())


def test_the_labels_themselves_are_never_written_over(file: Path) -> None:
    before = file.read_bytes()
    result = run(file, *BETTER, "--keep", file)
    assert result.exit_code == 2
    assert "writing it would destroy that" in result.stderr
    assert file.read_bytes() == before


def test_nobody_at_the_threshold_writes_nothing(tmp_path: Path) -> None:
    rows = [(f"t{k}", f"u{k % 5}", k % 3 == 0) for k in range(60)]
    table = pd.DataFrame(rows, columns=["task", "worker", "label"])
    table.to_csv(tmp_path / "votes.csv", index=False)
    arguments = (tmp_path / "votes.csv", "--stronger", "true", "--mu", "0.9")
    text = said(run(*arguments))
    assert "users at 0.5 or more (--threshold) 0 0" in text
    result = run(*arguments, "--keep", tmp_path / "kept.csv")
    assert result.exit_code == 2
    assert "keeps none of 5 users" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["votes.csv"]


def test_commands_that_read_labels_share_their_options() -> None:
    readers = {
        each.__name__: list(inspect.signature(each).parameters)
        for each in COMMANDS
        if "ignore_workers" in inspect.signature(each).parameters
    }
    assert set(readers) == {"design", "check", "assess", "attention"}
    assert all(set(OPTIONS) <= set(names) for names in readers.values())
    assert all("read" not in names for names in readers.values())


@real
def test_judges_of_mt_bench() -> None:
    options = ["--task", "question_id,turn", "--worker", "judge", "--left", "model_a"]
    options += ("--right", "model_b", "--label", "winner", "--duplicates", "drop")
    read = found(DATA / "mtbench_judgments.csv.gz", *options, "--ignore-workers", "gpt4*")
    assert len(read["users"]) == 65
    strength = read["population"]["strength"]
    assert max(strength, key=strength.get) == "gpt-4"
    assert min(strength, key=strength.get) == "llama-13b"
    assert read["findings"]["not attentive"] == []


@real
def test_workers_who_compared_arguments() -> None:
    options = ["--task", "topic", "--left", "arg1", "--right", "arg2", "--label", "label"]
    options += ("--sides", "a1,a2", "--stronger", "estimated_gold")
    read = found(DATA / "ukpconvarg1_votes.csv.gz", *options)
    assert len(read["users"]) == 3716
    assert read["labels"]["left_out"]["comparisons whose stronger side isn't known"] == 10085
    published = pd.read_csv(DATA / "ukpconvarg1_votes.csv.gz").groupby("worker")
    users = pd.DataFrame(read["users"]).set_index("user")
    many = users[users["comparisons"] >= 50].index
    free = pd.DataFrame(
        found(DATA / "ukpconvarg1_votes.csv.gz", *options, "--mu", "0.95")["users"]
    ).set_index("user")["attentiveness"]
    competence = published["mace_competence"].first()
    assert np.corrcoef(free[many], competence[many])[0, 1] > 0.8
