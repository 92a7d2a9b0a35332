"""Labels coded once, majority vote and Dawid-Skene: symmetries, monotony, peers and real data."""

import time
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

import paygrade as pg
from paygrade.aggregation.confusion_em import MODELS, ConfusionEM
from paygrade.aggregation.votes import vote_shares
from paygrade.labels.codes import LabelCodes, blocks, code_labels

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the label files are not beside this checkout"
)


@st.composite
def tables(draw: st.DrawFn, answers: int = 3) -> pd.DataFrame:
    """Up to 12 tasks and 5 workers, each pair once, at least two different labels."""
    tasks, workers = draw(st.integers(2, 12)), draw(st.integers(2, 5))
    pairs = [(task, worker) for task in range(tasks) for worker in range(workers)]
    given = draw(st.lists(st.sampled_from(pairs), min_size=2, unique=True))
    labels = draw(st.lists(st.integers(0, answers - 1), min_size=len(given), max_size=len(given)))
    labels[0], labels[1] = 0, 1
    rows = [(f"t{t}", f"w{w}", "ABC"[k]) for (t, w), k in zip(given, labels, strict=True)]
    return pd.DataFrame(rows, columns=["task", "worker", "label"])


def simulated(
    tasks: int = 400, workers: int = 25, answers: int = 2, seed: int = 0, each: int = 7
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Labels, true labels, and workers' accuracies."""
    draw = np.random.default_rng(seed)
    truth, accuracy = draw.integers(0, answers, tasks), draw.uniform(0.4, 0.95, workers)
    task = np.repeat(np.arange(tasks), each)
    worker = np.concatenate([draw.permutation(workers)[:each] for _ in range(tasks)])
    right = draw.random(len(task)) < accuracy[worker]
    other = (truth[task] + draw.integers(1, answers, len(task))) % answers
    label = np.where(right, truth[task], other)
    table = pd.DataFrame({"task": task, "worker": worker, "label": label})
    return table, truth, accuracy


def posterior_after(codes: LabelCodes, iterations: int, model: str = "confusion") -> np.ndarray:
    posterior = np.ascontiguousarray(vote_shares(codes).T)
    steps = ConfusionEM(codes, model).run(posterior)
    for _ in range(iterations):
        next(steps)
    return posterior


# Codes


@given(tables())
def test_codes_hold_the_table(table: pd.DataFrame) -> None:
    codes = code_labels(table)
    back = pd.DataFrame(
        {
            "task": codes.tasks[codes.task],
            "worker": codes.workers[codes.worker],
            "label": codes.answers[codes.label],
        }
    )
    key = ["task", "worker", "label"]
    expected = table.astype(object).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(back.astype(object).sort_values(key, ignore_index=True), expected)
    assert codes.answers.tolist() == sorted(set(table["label"]))


def test_codes_take_five_bytes_a_label_and_eight_a_task() -> None:
    table, *_ = simulated()
    codes = code_labels(table)
    assert codes.nbytes == 5 * len(table) + 8 * (400 + 1)
    matrix = codes.matrix()
    working = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert codes.nbytes + working <= 20 * len(table)


def test_arrays_frames_annotations_and_codes_are_the_same() -> None:
    labels = pg.simulate_labels(workers=6, items=40)
    arrays = {name: labels[name].to_numpy() for name in ("task", "worker", "label")}
    annotated = pg.read_annotations(labels)
    votes = [pg.majority_vote(each) for each in (labels, arrays, annotated, code_labels(labels))]
    for each in votes[1:]:
        assert each["label"].tolist() == votes[0]["label"].tolist()


def test_columns_can_name_a_task_together() -> None:
    table = pd.DataFrame(
        {"topic": [1, 1, 2], "pair": ["a", "b", "a"], "worker": [0, 0, 0], "label": [0, 1, 1]}
    )
    assert pg.majority_vote(table, task="topic,pair").index.tolist() == ["1|a", "1|b", "2|a"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"task": [1], "worker": [1]}, "no column 'label'"),
        ({"task": [], "worker": [], "label": []}, "is empty"),
        ({"task": [1, 2], "worker": [1, None], "label": [0, 1]}, "1 of 2 rows .* row 1"),
        ({"task": [1, 2], "worker": [1], "label": [0, 1]}, "differ in length"),
        ({"task": [1, 1], "worker": [3, 3], "label": [0, 1]}, "worker '3' labels task '1' more"),
        ({"task": [1, 2], "worker": [1, 1], "label": [0, 0]}, "all 2 labels are '0'"),
        ({"task": range(200), "worker": range(200), "label": range(200)}, "200 different values"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(table: dict[str, object], says: str) -> None:
    with pytest.raises(pg.DataError, match=says):
        pg.dawid_skene(table)


def test_options_are_refused_together() -> None:
    with pytest.raises(pg.ModelError, match=r"(?s)tolerance.*max_iterations.*model='ds'"):
        pg.dawid_skene({}, model="ds", tolerance=0.0, max_iterations=0)
    with pytest.raises(pg.ModelError, match="'error', 'repeat', 'drop', 'count'"):
        pg.majority_vote({}, duplicates="keep")


def test_a_second_label_is_refused_with_what_it_looks_like() -> None:
    again = {"task": "aaab", "worker": "xxyx", "label": [1, 1, 0, 0]}
    with pytest.raises(pg.DataError, match=r"cases like this: 1\), .* never differ.*'count'"):
        pg.majority_vote(again)
    with pytest.raises(pg.DataError, match="In 1 of them the answers differ, as only people's"):
        pg.majority_vote(again | {"label": [1, 0, 0, 0]})


def test_every_answer_is_a_vote_when_asked() -> None:
    table = {"task": "aaa", "worker": "xxy", "label": [1, 1, 0]}
    assert pg.majority_vote(table, duplicates="count")["votes"].tolist() == [3]


@pytest.mark.parametrize("rule", ["drop", "repeat"])
@given(data=st.data())
def test_duplicates_mean_the_same_to_votes_and_to_the_reader(
    rule: str, data: st.DataObject
) -> None:
    rows = st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("0123"))
    table = pd.DataFrame(
        data.draw(st.lists(rows, min_size=2, max_size=12)), columns=["task", "worker", "label"]
    )
    if data.draw(st.booleans()):
        order = data.draw(st.permutations(range(len(table))))
        table["time"] = np.array(order)
    assume(len(set(table.drop_duplicates(["task", "worker"])["label"])) > 1)
    try:
        read = pg.read_annotations(table, duplicates=rule)
    except pg.DataError:
        reject()  # all first answers in time are the same
    mine, theirs = code_labels(table, duplicates=rule), code_labels(read)
    assert mine.answers.tolist() == theirs.answers.tolist()
    found = [
        sorted(
            zip(
                codes.tasks[codes.task],
                codes.workers[codes.worker],
                codes.answers[codes.label],
                strict=True,
            )
        )
        for codes in (mine, theirs)
    ]
    assert found[0] == found[1]


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(1, 30))
def test_blocks_are_whole_rows_in_order(sizes: list[int], size: int) -> None:
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    found = list(blocks(offsets, size))
    assert [row for start, stop in found for row in range(start, stop)] == list(range(len(sizes)))
    assert all(offsets[b] - offsets[a] <= size or b == a + 1 for a, b in found)


# Properties


@given(tables(), st.sampled_from(MODELS), st.randoms(use_true_random=False))
def test_rows_and_names_can_change_places(table: pd.DataFrame, model: str, random: Random) -> None:
    shuffled = table.sample(frac=1.0, random_state=random.randrange(2**32))
    renamed = shuffled.assign(worker="z" + shuffled["worker"], task="z" + shuffled["task"])
    votes, moved_votes = pg.majority_vote(table), pg.majority_vote(renamed)
    assert moved_votes.loc["z" + votes.index, "label"].tolist() == votes["label"].tolist()
    posteriors = []
    for each, prefix in ((table, ""), (renamed, "z")):
        codes = code_labels(each)
        posterior = posterior_after(codes, 5, model)
        posteriors.append(
            pd.DataFrame(posterior.T, codes.tasks).loc[[prefix + name for name in votes.index]]
        )
    np.testing.assert_allclose(posteriors[1], posteriors[0], atol=1e-7)


@given(tables(), st.sampled_from(MODELS))
def test_likelihood_never_falls_and_probabilities_add_up(table: pd.DataFrame, model: str) -> None:
    found = pg.dawid_skene(table, model=model)
    rise = np.diff(found.log_likelihood)
    assert rise.min(initial=0.0) >= -1e-7 * len(table)  # FLOOR bends the maximum by this much
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.confusion.sum(axis=2), 1.0)
    assert found.prior.sum() == pytest.approx(1.0)
    assert found.labels["probability"].between(0.0, 1.0 + 1e-12).all()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("answers", [2, 4])
def test_answers_can_be_renamed(model: str, answers: int) -> None:
    table, *_ = simulated(answers=answers)
    turned = table.assign(label=(table["label"] + 1) % answers)
    before, after = pg.dawid_skene(table, model=model), pg.dawid_skene(turned, model=model)
    np.testing.assert_allclose(
        np.roll(before.posterior, 1, axis=1), after.posterior, rtol=0, atol=1e-6
    )
    assert after.log_likelihood[-1] == pytest.approx(before.log_likelihood[-1])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("answers", [2, 3])
def test_simulated_truth_and_accuracies_are_recovered(model: str, answers: int) -> None:
    table, truth, accuracy = simulated(2000, 20, answers, seed=1)
    found = pg.dawid_skene(table, model=model)
    right = (found.labels["label"].sort_index().to_numpy() == truth).mean()
    voted = (pg.majority_vote(table)["label"].sort_index().to_numpy() == truth).mean()
    assert right >= voted
    assert np.abs(found.workers["accuracy"].sort_index() - accuracy).max() < 0.08


def test_the_likelihood_is_that_of_the_model() -> None:
    table, *_ = simulated(30, 8, 3, each=4)
    codes = code_labels(table)
    posterior = np.ascontiguousarray(vote_shares(codes).T)
    prior, confusion, value = next(ConfusionEM(codes).run(posterior))
    by_hand = 0.0
    for task in range(len(codes.tasks)):
        chances = prior.copy()
        for i in range(codes.offsets[task], codes.offsets[task + 1]):
            chances *= confusion[codes.worker[i], :, codes.label[i]]
        by_hand += float(np.log(chances.sum()))
    assert value == pytest.approx(by_hand, rel=1e-12)


def test_running_out_of_iterations_returns_nothing() -> None:
    table, *_ = simulated()
    with pytest.raises(pg.NotConverged, match="max_iterations=2 an iteration still raises"):
        pg.dawid_skene(table, max_iterations=2, tolerance=1e-12)


# Peers and real data


@pytest.mark.filterwarnings("ignore")  # the peer's own, about pandas to come
@pytest.mark.parametrize("answers", [2, 3])
def test_crowd_kit_finds_the_same(answers: int) -> None:
    crowdkit = pytest.importorskip(
        "crowdkit.aggregation", reason="crowd-kit is not installed (dependency group: peers)"
    )
    table, *_ = simulated(200, 12, answers)
    peer = crowdkit.DawidSkene(6, tol=-np.inf).fit(table)
    codes = code_labels(table)
    posterior = posterior_after(codes, len(peer.loss_history_))
    theirs = peer.probas_.loc[codes.tasks, codes.answers].to_numpy()
    np.testing.assert_allclose(posterior.T, theirs, atol=1e-6)
    votes = crowdkit.MajorityVote().fit_predict(table)
    ours = pg.majority_vote(table)
    clear = ours.index[~ours["tied"]]
    assert (ours.loc[clear, "label"] == votes.loc[clear]).all()


@needs_data
def test_bluebirds() -> None:
    labels = pd.read_csv(DATA / "bluebirds.csv.gz")
    gold = labels.groupby("task")["gold"].first()

    def accuracy(found: "pd.Series[int]") -> float:
        return float((found == gold.loc[found.index]).mean())

    assert accuracy(pg.majority_vote(labels)["label"]) == pytest.approx(0.759, abs=5e-4)
    codes = code_labels(labels)
    posterior = posterior_after(codes, 2)
    early = pd.Series(codes.answers[posterior.argmax(axis=0)], codes.tasks)
    assert accuracy(early) == pytest.approx(0.889, abs=5e-4)  # where crowd-kit stops
    found = pg.dawid_skene(labels)
    assert accuracy(found.labels["label"]) == pytest.approx(97 / 108)
    assert found.iterations < 20


@needs_data
def test_argument_votes_give_the_published_competences() -> None:
    votes = pd.read_csv(DATA / "ukpconvarg1_votes.csv.gz")
    started = time.process_time()
    found = pg.dawid_skene(votes, task="topic,arg1,arg2", model="guessing").workers
    assert time.process_time() - started < 1.0
    published = votes.groupby("worker")["mace_competence"].first()
    known = found[found["labels"] >= 50]
    assert len(known) == 234
    correlation = np.corrcoef(known["competence"], published.loc[known.index])[0, 1]
    assert correlation > 0.99
