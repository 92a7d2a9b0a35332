"""Which argument convinces: workers' competence and what their votes train (real votes)."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.aggregation.confusion import dawid_skene
from paygrade.experiments.downstream import draw_accuracy, summary
from paygrade.experiments.experiment import (
    Experiment,
    Figure,
    Outcome,
    Setting,
    Statement,
    Table,
    in_words,
    mean_interval,
)
from paygrade.experiments.features import pair_features
from paygrade.experiments.published import published_file, read_columns
from paygrade.experiments.reward_model import fit_reward_model

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

FILE = "ukpconvarg1_votes.csv.gz"
FEWEST = 50  # votes of a worker whose competence is compared
ARMS = ("all votes", "random workers", "competent workers", "noise-corrected")
COLOUR = "#205080"
SOURCE = "Habernal and Gurevych 2016"


def run_arguments(experiment: Experiment, setting: Setting) -> Outcome:
    """Return competence beside the published one, and accuracy on pairs that were held out."""
    import pandas as pd

    path = published_file(setting.folder, FILE)
    columns = ["topic", "arg1", "arg2", "worker", "label", "estimated_gold", "mace_competence"]
    votes = read_columns(path, columns)
    topic = votes["topic"].astype(str) + ":"
    votes = votes.assign(left_model=topic + votes["arg1"], right_model=topic + votes["arg2"])
    votes["task"] = votes["left_model"] + " " + votes["right_model"]
    setting.progress("competence of every worker")
    found = dawid_skene(votes[["task", "worker", "label"]], model="guessing").workers
    rows = _trained(votes, setting)
    accuracy = summary(pd.DataFrame(rows), ["trained on"])
    return Outcome(
        experiment,
        f"{path.name}: {len(votes)} votes of {len(found)} workers on"
        f" {votes['task'].nunique()} pairs",
        (_competence(votes, found), _training(pd.DataFrame(rows))),
        {"Accuracy on held-out pairs": accuracy},
        (
            Figure(
                "accuracy",
                "Accuracy on held-out pairs by the votes trained on; bars: 95 % intervals of the"
                " mean over repetitions.",
                lambda axes: draw_accuracy(axes, accuracy, dict.fromkeys(ARMS, COLOUR)),
            ),
        ),
        (
            (
                "A reward model here is one strength for each argument (Bradley and Terry). Right"
                " is the published label of the held-out pair, made from its own votes."
            ),
            "Competence is estimated on the training pairs alone; competent: one half or more.",
        ),
    )


def _competence(votes: Table, found: Table) -> Statement:
    published = votes.groupby("worker")["mace_competence"].first()
    many = found[found["labels"] >= FEWEST].index
    correlation = float(np.corrcoef(found.loc[many, "competence"], published[many])[0, 1])
    return Statement(
        "Workers' quality is recovered from votes alone",
        f"{SOURCE}, who published each worker's competence",
        f"correlation {correlation:.4f} with the published competence, over {len(many)} workers"
        f" with {FEWEST} votes or more",
        "agrees" if correlation >= 0.9 else "differs",
    )


def _trained(votes: Table, setting: Setting) -> list[dict[str, Any]]:
    """Hold a quarter of the pairs out, again and again, and train on the others' votes."""
    draw = np.random.default_rng(setting.seed + 3)
    features = pair_features(votes, "model")
    tasks = votes["task"].unique()
    truth = votes["estimated_gold"].map({"a1": 1.0, "a2": -1.0}).fillna(0.0).to_numpy()
    rows = []
    for repetition in range(setting.repetitions):
        setting.progress(f"training, repetition {repetition + 1} of {setting.repetitions}")
        held_out = votes["task"].isin(draw.choice(tasks, len(tasks) // 4, replace=False)).to_numpy()
        test = held_out & ~votes.duplicated("task").to_numpy() & (truth != 0)
        rows += _arms(votes, features, held_out, test, truth, draw)
    return rows


def _arms(
    votes: Table,
    features: "csr_array",
    held_out: NDArray[np.bool_],
    test: NDArray[np.bool_],
    truth: Array,
    draw: np.random.Generator,
) -> list[dict[str, Any]]:
    train = votes[~held_out]
    care = dawid_skene(train[["task", "worker", "label"]], model="guessing").workers["competence"]
    competent = care.index[care >= 0.5]
    random = draw.permutation(care.index.to_numpy())[: len(competent)]
    decided = (~held_out) & votes["label"].isin(["a1", "a2"]).to_numpy()
    weight = votes["worker"].map(care).fillna(0.0).clip(0.0, 1.0).to_numpy()
    chosen = {
        "all votes": decided,
        "random workers": decided & votes["worker"].isin(random).to_numpy(),
        "competent workers": decided & votes["worker"].isin(competent).to_numpy(),
        "noise-corrected": decided,
    }
    rows = []
    for name, used in chosen.items():
        attentiveness = weight[used] if name == "noise-corrected" else 1.0
        left = (votes["label"] == "a1").to_numpy()[used]
        model = fit_reward_model(features[used], left, attentiveness=attentiveness)
        accuracy = model.accuracy(features[test], truth[test])
        rows.append({"trained on": name, "accuracy": accuracy, "votes": int(used.sum())})
    return rows


def _training(rows: Table) -> Statement:
    arm = {
        name: mean_interval(rows.loc[rows["trained on"] == name, "accuracy"].to_numpy())
        for name in ARMS
    }
    filtered, chance = arm["competent workers"], arm["random workers"]
    apart = filtered[1] > chance[2]
    return Statement(
        "Filtered users' labels train better models than as many users drawn at random",
        "arXiv 2510.13830",
        f"accuracy {in_words(filtered)} against {in_words(chance)}; {in_words(arm['all votes'])}"
        f" with all votes, {in_words(arm['noise-corrected'])} with the noise in the likelihood",
        "agrees" if apart else "differs" if filtered[2] < chance[1] else "undecided",
    )
