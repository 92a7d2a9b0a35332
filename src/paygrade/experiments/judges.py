"""MT-Bench's judges as users: attentiveness from two models an item, GPT-4 too (paper C)."""

from typing import TYPE_CHECKING

import numpy as np

from paygrade.attention.attentiveness import Attentiveness, fit_attentiveness
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

FILE = "mtbench_judgments.csv.gz"
GPT4 = "gpt4_pair"
FEWEST = 30  # comparisons of a judge that is drawn
MT_BENCH = "Zheng et al. 2023, arXiv 2306.05685"


def run_judges(experiment: Experiment, setting: Setting) -> Outcome:
    """Return every judge's attentiveness, and how often GPT-4 and people agree."""
    path = published_file(setting.folder, FILE)
    columns = ["question_id", "turn", "model_a", "model_b", "judge", "winner"]
    votes = read_columns(path, columns)
    setting.progress("attentiveness of every judge, strengths of every model")
    sides = votes["winner"].map({"model_a": "left", "model_b": "right"}).fillna("tie")
    fit = fit_attentiveness(
        votes.assign(winner=sides), user="judge", left="model_a", right="model_b"
    )
    table = fit.table().sort_values("comparisons", ascending=False)
    shown = table[table["comparisons"] >= FEWEST]
    decided = votes[sides != "tie"]
    return Outcome(
        experiment,
        f"{path.name}: {len(votes)} votes, {len(decided)} decided, of {len(table)} judges",
        (
            _agreement(decided, setting.seed),
            _standing(table),
            _filtering(fit, table),
        ),
        {f"Judges with {FEWEST} comparisons or more": shown.reset_index()},
        (
            Figure(
                "judges",
                "Attentiveness of each judge with its 95 % interval, most comparisons first; GPT-4"
                " in red.",
                lambda axes: _draw(axes, shown),
            ),
        ),
        (
            (
                "Ties are left out. Models' strengths and judges' attentiveness are estimated"
                " together; the intervals take the strengths as known."
            ),
            "GPT-4 gave two fifths of all decided votes, so strengths lean on its judgement.",
        ),
    )


def _agreement(decided: Table, seed: int) -> Statement:
    """Match GPT-4's and people's votes on one answer pair, in either order of the models."""
    winner = np.where(decided["winner"] == "model_a", decided["model_a"], decided["model_b"])
    pair = [
        " ".join(sorted(two)) for two in zip(decided["model_a"], decided["model_b"], strict=True)
    ]
    votes = decided.assign(winner=winner, pair=pair)
    key = ["question_id", "turn", "pair"]
    both = votes[votes["judge"] != GPT4].merge(
        votes.loc[votes["judge"] == GPT4, [*key, "winner"]], on=key, suffixes=("", " of gpt4")
    )
    same = (both["winner"] == both["winner of gpt4"]).to_numpy()
    share = share_interval(same, both["question_id"].to_numpy(), seed)
    return Statement(
        "GPT-4 agrees with people on more than 80 % of decided votes",
        MT_BENCH,
        f"{in_words(share)} of {len(both)} matched votes (questions resampled)",
        "agrees" if share[1] > 0.8 else "differs" if share[2] < 0.8 else "undecided",
    )


def _standing(table: Table) -> Statement:
    """Count the judges whose whole interval is below GPT-4's."""
    best = table.loc[GPT4]
    below = table[table["high"] < best["low"]]
    return Statement(
        "GPT-4 is as attentive as people are",
        "asked here",
        f"its attentiveness is {best['attentiveness']:.3f} [{best['low']:.3f}, {best['high']:.3f}];"
        f" the whole interval is below that for {len(below)} of {len(table) - 1} people, and the"
        " others gave too few votes to tell",
        "measured",
    )


def _filtering(fit: Attentiveness, table: Table) -> Statement:
    """Say what a filter at one half would keep."""
    kept = fit.filter(0.5)
    return Statement(
        "Filtering users by estimated attentiveness raises the share of attentive labels",
        "arXiv 2510.13830",
        f"{len(table) - len(kept.users)} of {len(table)} judges fall below one half; without them"
        f" {100 * kept.purity:.1f} % instead of {100 * fit.purity():.1f} % of labels are"
        f" attentive, and the effective sample size goes from {fit.effective_sample_size():.0f} to"
        f" {kept.effective_sample_size:.0f}: these judges hardly need a filter",
        "measured",
    )


def _draw(axes: "Axes", shown: Table) -> None:
    for place, (judge, row) in enumerate(shown.iterrows()):
        colour = "#b03020" if judge == GPT4 else "#205080"
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.2)
        axes.plot([row["attentiveness"]], [place], "o", color=colour, markersize=3)
    axes.invert_yaxis()
    axes.set_yticks([])
    axes.set(xlabel="attentiveness", ylabel=f"{len(shown)} judges, most votes first")
