"""What a reward model's accuracy says of the effort behind its labels (paper A)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import DataError
from paygrade.experiments.experiment import (
    Experiment,
    Figure,
    Outcome,
    Setting,
    Statement,
    Table,
    Verdict,
    in_words,
    mean_interval,
)
from paygrade.experiments.features import pair_features
from paygrade.experiments.reward_model import fit_reward_model
from paygrade.experiments.texts import simulate_texts
from paygrade.model.counting import SelfConsistency

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

PAIRS = 4_000
EFFORTS = (0.25, 0.5, 0.75, 1.0)
SIZES = (300, 1_000, 3_000)  # labels
NOT_SHOWN = "The trained model's performance alone doesn't show how the annotators behaved"
FEWEST = 400  # pairs that a quarter can be held out of
PAPER = "arXiv 2502.06387"


def run_downstream(experiment: Experiment, setting: Setting) -> Outcome:
    """Return accuracy over effort and number of labels, and what it tells of effort per label."""
    import pandas as pd

    pairs = simulate_texts(PAIRS, setting.seed) if setting.pairs is None else setting.pairs.table
    margin = known_margins(pairs)
    setting.progress("features")
    found = pd.DataFrame(_accuracies(pairs, margin, setting))
    tables = {
        "Accuracy of the reward model on held-out pairs": summary(found, ["labels", "effort"])
    }
    source = "simulated texts" if setting.pairs is None else "the pairs given"
    return Outcome(
        experiment,
        f"{source}: {len(pairs)} pairs, a quarter held out; {setting.repetitions} repetitions",
        (_confounded(found), _weak_link(found, float((margin**2).mean()))),
        tables,
        (
            Figure(
                "accuracy",
                "Accuracy on held-out pairs over the annotators' effort; bars: 95 % intervals of"
                " the mean over repetitions.",
                lambda axes: _draw(axes, tables[next(iter(tables))]),
            ),
        ),
        (
            (
                "Right is what a careful reader prefers: the sign of the margin, or the label where"
                " the data have no margins."
            ),
            (
                f"Reward models are linear in {setting.features} features (Bradley and Terry), with"
                " a ridge of 1."
            ),
        ),
    )


def known_margins(pairs: Table) -> Array:
    """Return the margins, or 1 and -1 from the labels where there are none, (pairs,).

    Raises:
        DataError: too few pairs have either.
    """
    from_labels = pairs["label"].map({"left": 1.0, "right": -1.0})
    margin = pairs.get("margin", from_labels)
    known = margin.astype(float).fillna(from_labels.astype(float)).fillna(0.0).to_numpy()
    if (known != 0).sum() < FEWEST:
        raise DataError(
            f"{(known != 0).sum()} pairs have a margin or a label, too few to train on some and"
            f" hold others out; give at least {FEWEST}"
        )
    return np.asarray(known)


def summary(found: Table, by: list[str]) -> Table:
    """Return mean accuracy with its 95 % interval, one row a group."""
    import pandas as pd

    rows = []
    for key, group in found.groupby(by, sort=False):
        mean, low, high = mean_interval(group["accuracy"].to_numpy())
        rows.append({**dict(zip(by, key, strict=True)), "accuracy": mean, "low": low, "high": high})
    return pd.DataFrame(rows)


def _accuracies(pairs: Table, margin: Array, setting: Setting) -> list[dict[str, Any]]:
    draw = np.random.default_rng(setting.seed + 1)
    features = pair_features(pairs, setting.features)
    held_out = len(pairs) // 4
    sizes = [size for size in SIZES if size <= len(pairs) - held_out]
    rows = []
    for repetition in range(setting.repetitions):
        setting.progress(f"training, repetition {repetition + 1} of {setting.repetitions}")
        order = draw.permutation(len(pairs))
        test, train = order[:held_out], order[held_out:]
        for effort in EFFORTS:
            left = draw.random(len(pairs)) < 0.5 + 0.5 * effort * margin
            for size in sizes:
                rows_used = train[:size]
                model = fit_reward_model(features[rows_used], left[rows_used])
                accuracy = model.accuracy(features[test], margin[test])
                rows.append({"labels": size, "effort": effort, "accuracy": accuracy})
    return rows


def _group(found: Table, labels: int, effort: float) -> Array:
    rows = found[(found["labels"] == labels) & (found["effort"] == effort)]
    return np.asarray(rows["accuracy"], float)


def _confounded(found: Table) -> Statement:
    """Look for few labels of full effort that do no better than more labels of less."""
    few, many = int(found["labels"].min()), int(found["labels"].max())
    if few == many:
        told = f"a training set of {few} labels leaves none to compare with; give more pairs"
        return Statement(NOT_SHOWN, PAPER, told, "undecided")
    careful, careless = _group(found, few, EFFORTS[-1]), _group(found, many, EFFORTS[-2])
    gap = mean_interval(careful - careless)
    verdict: Verdict = "differs" if gap[1] > 0 else "agrees"
    return Statement(
        NOT_SHOWN,
        PAPER,
        f"{few} labels of effort {EFFORTS[-1]:g} give accuracy {in_words(mean_interval(careful))},"
        f" {many} labels of effort {EFFORTS[-2]:g} {in_words(mean_interval(careless))}",
        verdict,
    )


def _weak_link(found: Table, kappa: float) -> Statement:
    """Compare the information on effort per label: accuracy of a model, and self-consistency."""
    labels, (low, middle, high) = int(found["labels"].max()), EFFORTS[1:]
    slope = mean_interval((_group(found, labels, high) - _group(found, labels, low)) / (high - low))
    noise = float(_group(found, labels, middle).std(ddof=1))
    least, most = ((max(end, 0.0) / noise) ** 2 / labels for end in slope[1:])
    direct = float(SelfConsistency(1, min(kappa, 1.0)).fisher_information(middle)) / 2.0
    return Statement(
        "The link from effort to performance is weak",
        PAPER,
        f"with {labels} labels accuracy rises by {in_words(slope)} for each unit of effort, and"
        f" between training sets it varies by {noise:.3f}: at most {most:.2g} of Fisher information"
        f" on effort a label, against {direct:.2g} a label from self-consistency",
        "agrees" if most < direct else "differs" if least > direct else "undecided",
    )


def draw_accuracy(axes: "Axes", accuracy: Table, colours: Mapping[str, str]) -> None:
    """Draw the accuracy of each arm as a dot with its interval, one below the other.

    Arguments:
        axes: where.
        accuracy: columns "trained on", accuracy, low and high, as `summary` makes them.
        colours: of the arms, in their order.
    """
    by_arm = accuracy.set_index("trained on")
    for place, (name, colour) in enumerate(colours.items()):
        row = by_arm.loc[name]
        spread = [[row["accuracy"] - row["low"]], [row["high"] - row["accuracy"]]]
        axes.errorbar([row["accuracy"]], [place], xerr=spread, fmt="o", capsize=3, color=colour)
    axes.set_yticks(range(len(colours)), list(colours))
    axes.invert_yaxis()
    axes.set(xlabel="accuracy on held-out pairs")
    axes.grid(axis="x", alpha=0.3)


def _draw(axes: "Axes", table: Table) -> None:
    colours = ("#9fb8d0", "#5a86b0", "#205080")
    for (size, rows), colour in zip(table.groupby("labels"), colours, strict=False):
        low, high = rows["accuracy"] - rows["low"], rows["high"] - rows["accuracy"]
        axes.errorbar(
            rows["effort"], rows["accuracy"], yerr=[low, high], fmt="o-", capsize=3, color=colour,
            label=f"{size} labels",
        )  # fmt: skip
    axes.axhline(0.5, ls=":", color="grey")
    axes.set(xlabel="annotators' effort", ylabel="accuracy on held-out pairs")
    axes.legend(frameon=False)
