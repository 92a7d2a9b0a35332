"""What the order of two answers does to a judge, and that repeats alone can't see it (paper A)."""

from typing import TYPE_CHECKING

import numpy as np

from paygrade.errors import DataError
from paygrade.experiments.experiment import (
    Experiment,
    Figure,
    Outcome,
    Setting,
    Statement,
    Table,
    in_words,
)
from paygrade.experiments.published import published_file, read_columns, share_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILE = "qlora_gpt4_judge.csv.gz"
VERDICTS = {"1": "first", "2": "second", "3": "tie"}


def run_position(experiment: Experiment, setting: Setting) -> Outcome:
    """Return how often the first answer wins, and how often a judgement survives a swap."""
    import pandas as pd

    path = published_file(setting.folder, FILE)
    columns = ["bench", "question_id", "answer1_model", "answer2_model", "score"]
    votes = read_columns(path, columns)
    verdict = votes["score"].astype(str).map(VERDICTS)
    votes = votes.assign(verdict=verdict)[verdict.notna()]
    if not len(votes):
        raise DataError(f"{path.name} has no verdict 1, 2 or 3 in its column score; fetch it anew")
    setting.progress("matching both orders")
    both = _both_orders(votes)
    question = (votes["bench"] + votes["question_id"].astype(str)).to_numpy()
    shares = pd.DataFrame(
        [
            dict(zip(("verdict", "share", "low", "high"), (name, *share), strict=True))
            for name in VERDICTS.values()
            for share in [
                share_interval((votes["verdict"] == name).to_numpy(), question, setting.seed)
            ]
        ]
    )
    return Outcome(
        experiment,
        f"{path.name}: {len(votes)} verdicts, {len(both)} pairs judged and decided in both orders",
        (_bias(shares), _survival(both, setting.seed)),
        {"Which answer wins": shares},
        (
            Figure(
                "position",
                "Share of verdicts for either place, and of ties, with 95 % intervals.",
                lambda axes: _draw(axes, shares),
            ),
        ),
        (
            (
                "A judge without bias would let both places win equally often, as every pair is"
                " shown in both orders."
            ),
        ),
    )


def _both_orders(votes: Table) -> Table:
    """Return decided verdicts matched with the verdict on the same pair the other way round."""
    key = ["bench", "question_id", "answer1_model", "answer2_model"]
    one = votes[votes["verdict"] != "tie"].drop_duplicates(key)
    other = one.rename(columns={"answer1_model": "answer2_model", "answer2_model": "answer1_model"})
    both = one.merge(other, on=key, suffixes=("", " swapped"))
    return both[both["answer1_model"] < both["answer2_model"]]


def _bias(shares: Table) -> Statement:
    first, second = (shares.iloc[i] for i in (0, 1))
    biased = first["low"] > second["high"] or second["low"] > first["high"]
    return Statement(
        "Judges prefer an answer for its place",
        "Dettmers et al. 2023, arXiv 2305.14314",
        f"the first answer wins {100 * first['share']:.1f} % [{100 * first['low']:.1f} %,"
        f" {100 * first['high']:.1f} %], the"
        f" second {100 * second['share']:.1f} % [{100 * second['low']:.1f} %,"
        f" {100 * second['high']:.1f} %], ties"
        f" {100 * shares.iloc[2]['share']:.1f} % (questions resampled)",
        "agrees" if biased else "undecided",
    )


def _survival(both: Table, seed: int) -> Statement:
    """Compare the consistency under swaps with what a fixed order would show."""
    same = (both["verdict"] != both["verdict swapped"]).to_numpy()  # the same model wins
    groups = (both["bench"] + both["question_id"].astype(str)).to_numpy()
    share = share_interval(same, groups, seed)
    by_place = float((both["verdict"][~same] == "first").mean())
    return Statement(
        "Repeats in one order can't see a preference for a place; repeats with sides swapped can",
        "theory section 1: consistent error raises self-agreement",
        f"decided verdicts survive a swap in {in_words(share)}; of those that don't,"
        f" {100 * by_place:.1f} %"
        " chose the first answer both times, which a repeat in the same order would have counted as"
        " consistent",
        "agrees" if by_place > 0.5 and share[2] < 1.0 else "differs",
    )


def _draw(axes: "Axes", shares: Table) -> None:
    spread = [shares["share"] - shares["low"], shares["high"] - shares["share"]]
    places = np.arange(len(shares))
    axes.bar(
        places, shares["share"], yerr=spread, capsize=4, color=["#205080", "#5a86b0", "#b0b0b0"]
    )
    axes.set_xticks(
        places, [f"{name} answer" if name != "tie" else name for name in shares["verdict"]]
    )
    axes.set(ylabel="share of verdicts")
