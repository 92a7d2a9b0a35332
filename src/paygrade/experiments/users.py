"""Users as annotators, end to end: estimate attentiveness, filter users, train (paper C)."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.attention.attentiveness import fit_attentiveness
from paygrade.errors import DataError
from paygrade.experiments.downstream import draw_accuracy, known_margins, summary
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
from paygrade.experiments.reward_model import fit_reward_model
from paygrade.experiments.texts import simulate_texts

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

PAIRS = 4_000
EACH = 30  # comparisons a user
ATTENTIVE = 0.4  # share of users
LEAST_ADVANTAGE = 0.1  # mean margin of the stronger model
STRONGER = 0.25  # how much more care the stronger model takes
CLOSE = 0.03  # mean error of a recovered share or rate
PAPER = "arXiv 2510.13830"
ARMS = {
    "all labels": "#8c8c8c",
    "random users": "#b9a15a",
    "filtered users": "#205080",
    "noise-corrected": "#3a7a3a",
    "oracle": "#b03020",
}


def run_users(experiment: Experiment, setting: Setting) -> Outcome:
    """Return how well attentiveness is recovered, and the accuracy of models trained on labels."""
    import pandas as pd

    pairs = _pairs(setting)
    margin = known_margins(pairs)
    stronger_left = (pairs["left_model"] == _stronger(pairs, margin)).to_numpy()
    setting.progress("features")
    features = pair_features(pairs, setting.features)
    mu = _win_rate(margin, stronger_left)
    draw = np.random.default_rng(setting.seed + 2)
    rows: list[dict[str, Any]] = []
    found: list[dict[str, float]] = []
    for repetition in range(setting.repetitions):
        setting.progress(f"users, repetition {repetition + 1} of {setting.repetitions}")
        accuracies, recovery = _repeat(features, margin, stronger_left, draw)
        rows += accuracies
        found.append(recovery)
    trained, recovered = pd.DataFrame(rows), pd.DataFrame(found)
    accuracy = summary(trained, ["trained on"])
    accuracy["labels"] = trained.groupby("trained on", sort=False)["labels"].mean().to_numpy()
    return Outcome(
        experiment,
        _described(setting, len(pairs)),
        (*_statements(trained), _recovery(recovered, mu)),
        {
            "Accuracy of the reward model on held-out pairs": accuracy,
            "What two-type EM recovers, a row a repetition": recovered,
        },
        (
            Figure(
                "accuracy",
                "Accuracy on held-out pairs by the labels trained on; bars: 95 % intervals of the"
                " mean over repetitions.",
                lambda axes: draw_accuracy(axes, accuracy, ARMS),
            ),
        ),
        (
            (
                f"{100 * ATTENTIVE:.0f} % of users are attentive, the others choose by a coin;"
                f" {EACH} comparisons each; nothing is checked but which model is stronger."
            ),
            (
                "Random users: as many users as the filter keeps, drawn without looking. Oracle:"
                " those who truly are attentive."
            ),
        ),
    )


def _pairs(setting: Setting) -> Table:
    if setting.pairs is None:
        return simulate_texts(PAIRS, setting.seed, stronger=STRONGER)
    pairs: Table = setting.pairs.table
    missing = [name for name in ("left_model", "right_model") if name not in pairs]
    if missing:
        raise DataError(
            f"the pairs have no column {' and '.join(missing)}, so no model is known to be the"
            " stronger; this experiment needs pairs of two models"
        )
    both = pairs["left_model"].notna() & (pairs["left_model"] != pairs["right_model"])
    return pairs[both].reset_index(drop=True)


def _stronger(pairs: Table, margin: Array) -> str:
    """Return the model that careful readers prefer more often; there have to be two.

    Raises:
        DataError: there are more models, or fewer.
    """
    models = sorted({*pairs["left_model"], *pairs["right_model"]})
    if len(models) != 2:
        raise DataError(
            f"the pairs compare {len(models)} models ({', '.join(map(str, models[:5]))}...), and"
            " this experiment needs two: keep the pairs of one stronger and one weaker model"
        )
    left = pairs["left_model"] == models[0]
    return str(models[0] if np.where(left, margin, -margin).sum() > 0 else models[1])


def _win_rate(margin: Array, stronger_left: NDArray[np.bool_]) -> float:
    """Return how often attentive users prefer the stronger model.

    Raises:
        DataError: so nearly one half of the time that comparisons say nothing of attention.
    """
    advantage = np.where(stronger_left, margin, -margin)
    error = float(advantage.std(ddof=1)) / len(advantage) ** 0.5
    if advantage.mean() < max(3.0 * error, LEAST_ADVANTAGE):
        raise DataError(
            "careful readers prefer the stronger model in"
            f" {100 * (0.5 + 0.5 * advantage.mean()):.1f} % of"
            " cases, so which model somebody chooses says next to nothing of attention; give pairs"
            " of two models that differ more"
        )
    return float(0.5 + 0.5 * advantage.mean())


def _repeat(
    features: "csr_array",
    margin: Array,
    stronger_left: NDArray[np.bool_],
    draw: np.random.Generator,
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Hold a quarter out, let users compare the rest, and train on what each arm keeps."""
    order = draw.permutation(len(margin))
    test, train = order[: len(order) // 4], order[len(order) // 4 :]
    users = len(train) // EACH
    rows = train[: users * EACH]
    user = np.repeat(np.arange(users), EACH)
    attentive = draw.random(users) < ATTENTIVE
    left = draw.random(len(rows)) < 0.5 + 0.5 * attentive[user] * margin[rows]
    won = left == stronger_left[rows]
    fit = fit_attentiveness({"worker": user, "won": won}, law="two types")
    care = np.empty(users)
    care[fit.users.astype(int)] = fit.attentiveness
    kept = care >= 0.5
    chance = np.isin(np.arange(users), draw.permutation(users)[: kept.sum()])
    arms: dict[str, tuple[NDArray[np.bool_], Any]] = {
        "all labels": (np.ones(users, bool), 1.0),
        "random users": (chance, 1.0),
        "filtered users": (kept, 1.0),
        "noise-corrected": (np.ones(users, bool), care),
        "oracle": (attentive, 1.0),
    }
    accuracies = []
    for name, (chosen, e) in arms.items():
        used = chosen[user]
        weights = e[user[used]] if isinstance(e, np.ndarray) else e
        model = fit_reward_model(features[rows[used]], left[used], attentiveness=weights)
        accuracy = model.accuracy(features[test], margin[test])
        accuracies.append({"trained on": name, "labels": int(used.sum()), "accuracy": accuracy})
    population: Any = fit.population
    recovered = {
        "share attentive": float(attentive.mean()),
        "estimated share": float(population.share),
        "estimated mu": float(population.mu),
        "users kept": int(kept.sum()),
        "kept that are attentive": float(attentive[kept].mean()) if kept.any() else 0.0,
        "attentive that are kept": float(kept[attentive].mean()) if attentive.any() else 0.0,
    }
    return accuracies, recovered


def _statements(trained: Table) -> list[Statement]:
    """Compare the arms; every repetition trains all of them on the same users."""
    arm = {
        name: mean_interval(trained.loc[trained["trained on"] == name, "accuracy"].to_numpy())
        for name in ARMS
    }
    kept = "filtered users", "random users"
    apart = arm[kept[0]][1] > arm[kept[1]][2]
    overlap = arm[kept[0]][2] >= arm[kept[1]][1]
    filtered = Statement(
        "Filtered users' labels train better models than as many labels of random users",
        PAPER,
        f"accuracy {in_words(arm[kept[0]])} against {in_words(arm[kept[1]])}",
        "agrees" if apart else "undecided" if overlap else "differs",
    )
    gain = arm["filtered users"], arm["all labels"]
    whole = Statement(
        "Filtering users helps, although it throws labels away",
        PAPER,
        f"accuracy {in_words(gain[0])} of filtered against {in_words(gain[1])} of all labels;"
        f" {in_words(arm['noise-corrected'])} of all labels with the noise in the likelihood,"
        f" {in_words(arm['oracle'])} if it were known who is attentive",
        "agrees"
        if gain[0][1] > gain[1][2]
        else "differs"
        if gain[0][2] < gain[1][1]
        else "undecided",
    )
    return [filtered, whole]


def _recovery(recovered: Table, mu: float) -> Statement:
    """Hold the mean error of the estimated share and win rate against zero."""
    share = mean_interval((recovered["estimated share"] - recovered["share attentive"]).to_numpy())
    rate = mean_interval((recovered["estimated mu"] - mu).to_numpy())
    right = mean_interval(recovered["kept that are attentive"].to_numpy())
    close = max(abs(share[0]), abs(rate[0])) < CLOSE
    apart = any(error[1] > CLOSE or error[2] < -CLOSE for error in (share, rate))
    return Statement(
        "EM on comparisons of two different models recovers who is attentive",
        PAPER,
        f"errors of the estimated share {in_words(share)} and of the stronger model's win rate"
        f" {in_words(rate)} (true {mu:.3f}); of the users kept {in_words(right)} are attentive",
        "agrees" if close else "differs" if apart else "undecided",
    )


def _described(setting: Setting, pairs: int) -> str:
    source = "simulated texts of two models" if setting.pairs is None else "the pairs given"
    return f"{source}: {pairs} pairs, a quarter held out; {setting.repetitions} repetitions"
