"""Attention checks against golden questions, when annotators try to spot what is checked (paper B).

Annotators learn to tell earlier golden questions from ordinary items by their format, and take care
over the tenth of all items that looks most like a check. A golden question is spotted if it is
among these; an attention check (IMC) says what it is. Whoever spots a check answers it with full
effort, and everything else at their own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from paygrade.assessment.intervals import exact_interval
from paygrade.errors import MissingExtra
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
from paygrade.golden.formats import format_features, midranks
from paygrade.golden.selection import select_golden
from paygrade.golden.simulate import simulate_pairs
from paygrade.model.counting import GoldenQuestions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

PAIRS = 2_000
CHECKS = 40  # in a set
SHOWN = 12  # of these to each annotator
ANNOTATORS = 50  # for each repetition
SUSPECTED = 0.1  # share of ordinary items that annotators take care over, just in case
IMC_SPOTTED = 0.98  # theory section 1: q is nearly 1
CAREFUL, CARELESS = 0.95, 0.3
KINDS = ("chosen", "top certainty", "random", "attention checks")
PAPER = "arXiv 2505.19134"


@dataclass(frozen=True)
class Checks:
    """Checks of one kind: margins and whether each is spotted by format, (checks,) each."""

    kind: str
    margins: Array
    spotted: Array  # probability

    def answers(self, efforts: Array, draw: np.random.Generator) -> Array:
        """Return how many of `SHOWN` checks each annotator gets right, (annotators,)."""
        order = np.argsort(draw.random((len(efforts), len(self.margins))), axis=1)[:, :SHOWN]
        seen = draw.random(order.shape) < self.spotted[order]
        effort = np.where(seen, 1.0, efforts[:, None])
        right = draw.random(order.shape) < 0.5 + 0.5 * effort * self.margins[order]
        return np.asarray(right.sum(axis=1), float)

    def estimate(self, right: Array) -> Array:
        """Return efforts as somebody estimates them who believes that nothing is spotted."""
        share = right / SHOWN
        return np.asarray(np.clip((2.0 * share - 1.0) / self.margins.mean(), 0.0, 1.0))

    @property
    def cutoff(self) -> float:
        """The highest pass mark that the careful would miss at most one time in twenty."""
        monitor = GoldenQuestions(SHOWN, float(self.margins.mean()))
        marks = np.arange(SHOWN + 1)
        failing = np.array([float(monitor.fail_probability(float(k), CAREFUL)) for k in marks])
        return float(marks[failing <= 0.05].max())


def run_golden(experiment: Experiment, setting: Setting) -> Outcome:
    """Return what each kind of check shows of annotators who look out for checks."""
    import pandas as pd

    pairs = (
        simulate_pairs(PAIRS, seed=setting.seed) if setting.pairs is None else setting.pairs.table
    )
    setting.progress("choosing golden questions")
    chosen = select_golden(pairs, CHECKS, seed=setting.seed, progress=setting.progress)
    draw = np.random.default_rng(setting.seed + 4)
    kinds = _kinds(pairs, chosen, draw)
    setting.progress("annotators who look out for checks")
    table = pd.DataFrame([_row(each, setting, draw) for each in kinds])
    source = "simulated pairs" if setting.pairs is None else "the pairs given"
    named = chosen.comparison.rename_axis("set").reset_index()
    spread = {each.kind: _estimates(each, draw) for each in kinds}
    return Outcome(
        experiment,
        f"{source}: {len(pairs)} pairs; {ANNOTATORS * setting.repetitions} simulated annotators of"
        " each sort",
        (_imc(table), _golden(table), _both(table)),
        {
            f"{SHOWN} checks of each kind": table,
            "The sets of golden questions": named[
                ["set", "information", "kept", "auc", "low", "high"]
            ],
        },
        (
            Figure(
                "estimates",
                "Estimated effort over true effort: attention checks are passed by everybody,"
                " golden questions show who takes care.",
                lambda axes: _draw(axes, spread),
            ),
        ),
        (
            (
                f"Careful: effort {CAREFUL}; careless: {CARELESS}. The careful miss the pass mark"
                " one time in twenty at most if nothing is spotted."
            ),
            (
                f"Annotators are careful with the {100 * SUSPECTED:.0f} % of ordinary items that"
                " look most"
                " like earlier golden questions; an attention check is spotted with probability"
                f" {IMC_SPOTTED}, which is assumed, not measured."
            ),
        ),
    )


def spotting(pairs: Table, golden: NDArray[np.bool_], seed: int) -> Array:
    """Return, for each golden pair, how often it is among the most suspicious, (golden,).

    Logistic regression on ranks of format features learns from four fifths of the golden pairs and
    of the ordinary ones, and suspects what scores above the highest tenth of the ordinary pairs
    that it hasn't seen.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import RepeatedStratifiedKFold
    except ImportError as error:
        raise MissingExtra(
            "scikit-learn is not installed, so nobody can learn what checks look like", "learn"
        ) from error
    features = np.column_stack([midranks(column) for column in format_features(pairs).T.to_numpy()])
    suspected, tried = np.zeros(len(pairs)), np.zeros(len(pairs))
    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=seed)
    for train, test in folds.split(features, golden):
        model = LogisticRegression(class_weight="balanced", max_iter=1000)
        scores = model.fit(features[train], golden[train]).decision_function(features[test])
        line = np.quantile(scores[~golden[test]], 1.0 - SUSPECTED)
        suspected[test] += scores > line
        tried[test] += 1
    return np.asarray(suspected[golden] / tried[golden])


def _kinds(pairs: Table, chosen: Any, draw: np.random.Generator) -> list[Checks]:
    margin = pairs["margin"].abs().fillna(0.0).to_numpy(float)
    known = np.flatnonzero(margin > 0)
    task = pairs["task"].astype(str) if "task" in pairs else None
    members = {
        "chosen": np.flatnonzero(task.isin(chosen.tasks))
        if task is not None
        else chosen.table.index,
        "top certainty": np.argsort(-margin, kind="stable")[:CHECKS],
        "random": draw.permutation(known)[:CHECKS],
    }
    found = []
    for kind, places in members.items():
        golden = np.isin(np.arange(len(pairs)), places)
        found.append(
            Checks(kind, margin[golden], spotting(pairs, golden, int(draw.integers(1 << 31))))
        )
    imc = Checks("attention checks", np.ones(CHECKS), np.full(CHECKS, IMC_SPOTTED))
    return [*found, imc]


def _row(checks: Checks, setting: Setting, draw: np.random.Generator) -> dict[str, Any]:
    many = ANNOTATORS * setting.repetitions
    row: dict[str, Any] = {"checks": checks.kind, "mean margin": checks.margins.mean()}
    row |= {"spotted": checks.spotted.mean(), "pass mark": checks.cutoff}
    for name, effort in (("careful fail", CAREFUL), ("careless fail", CARELESS)):
        failed = int((checks.answers(np.full(many, effort), draw) < checks.cutoff).sum())
        low, high = exact_interval(failed, many, 0.95)
        row |= {name: failed / many, f"{name} low": float(low), f"{name} high": float(high)}
    efforts = draw.random(many)
    estimates = checks.estimate(checks.answers(efforts, draw))
    correlation = spearmanr(efforts, estimates)
    row["rank correlation with effort"] = float(correlation.statistic)
    squares = mean_interval((estimates - efforts) ** 2)
    names = ("error of effort", "error of effort low", "error of effort high")
    return row | dict(zip(names, np.sqrt(np.maximum(squares, 0.0)).tolist(), strict=True))


def _estimates(checks: Checks, draw: np.random.Generator) -> tuple[Array, Array]:
    efforts = draw.random(150)
    return efforts, checks.estimate(checks.answers(efforts, draw))


def _told(table: Table, kind: str, name: str) -> tuple[float, float, float]:
    row = table.set_index("checks").loc[kind]
    return float(row[name]), float(row[f"{name} low"]), float(row[f"{name} high"])


def _imc(table: Table) -> Statement:
    share = _told(table, "attention checks", "careless fail")
    row = table.set_index("checks").loc["attention checks"]
    return Statement(
        "Instructed manipulation checks don't reveal careless annotators",
        PAPER,
        f"{100 * share[0]:.1f} % [{100 * share[1]:.1f} %, {100 * share[2]:.1f} %] of careless"
        f" annotators fail {SHOWN} of"
        f" them; rank correlation with effort {row['rank correlation with effort']:.2f}, error of"
        f" estimated effort {row['error of effort']:.2f}",
        "agrees" if share[2] < 0.5 else "differs",
    )


def _golden(table: Table) -> Statement:
    share = _told(table, "chosen", "careless fail")
    fair = _told(table, "chosen", "careful fail")
    row = table.set_index("checks").loc["chosen"]
    return Statement(
        "Golden questions of high certainty and ordinary format reveal them",
        PAPER,
        f"{100 * share[0]:.1f} % [{100 * share[1]:.1f} %, {100 * share[2]:.1f} %] of careless and"
        f" {100 * fair[0]:.1f} % of careful"
        f" annotators fail {SHOWN} of them; rank correlation with effort"
        f" {row['rank correlation with effort']:.2f}, error of estimated effort"
        f" {row['error of effort']:.2f}",
        "agrees" if share[1] > 0.5 else "differs",
    )


def _both(table: Table) -> Statement:
    """Ask whether either property alone shows effort as well as both."""
    best = _told(table, "chosen", "error of effort")
    rivals = {kind: _told(table, kind, "error of effort") for kind in ("top certainty", "random")}
    beaten = all(best[2] < rival[1] for rival in rivals.values())
    matched = any(best[1] > rival[2] for rival in rivals.values())
    told = ", ".join(f"{in_words(rival)} for {kind}" for kind, rival in rivals.items())
    return Statement(
        "Certainty and format are both needed",
        PAPER,
        f"the error of estimated effort is {in_words(best)} with both, {told}",
        "agrees" if beaten else "differs" if matched else "undecided",
    )


def _draw(axes: "Axes", spread: dict[str, tuple[Array, Array]]) -> None:
    for kind, colour, mark in (("attention checks", "#b03020", "x"), ("chosen", "#205080", "o")):
        label = kind if kind != "chosen" else "golden questions"
        axes.plot(*spread[kind], mark, color=colour, markersize=4, alpha=0.7, label=label)
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(xlabel="true effort", ylabel="estimated effort")
    axes.legend(frameon=False)
