"""What a banning rule does to annotators of each accuracy: the operating curve.

Right and wrong answers come independently with the annotator's accuracy. The rule's memory is a
Markov chain: the number wrong so far, or which of the last answers were wrong (a bit each). Its law
is followed answer by answer, banned annotators leaving; every term is a sum of products of positive
numbers. Where the memory has too many states, annotators are simulated and the interval said.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.arguments import checked_arguments
from paygrade.assessment.intervals import exact_interval
from paygrade.errors import raise_problems
from paygrade.model.checks import count
from paygrade.planning.pictures import draw_bans
from paygrade.planning.rules import BanRule, parse_rule

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

STATES = 2**17  # memories followed exactly
WINDOW = 62  # bits of a memory
PEOPLE = 100_000  # simulated where there are more
LEVEL = 0.999  # confidence of the simulation's intervals


@dataclass(frozen=True)
class OperatingCurve:
    """How often a rule bans, by accuracy and number of answers.

    Attributes:
        rule: the rule.
        status: "exact", or "simulated" with intervals at 99.9 %.
        table: one row for each accuracy and number of answers; columns accuracy, answers, banned
            (probability), low, high (equal to it if exact) and mean_answers (expected number of
            answers given, the banned stopping; of simulated ones an estimate).
    """

    rule: BanRule
    status: str
    table: "pd.DataFrame"

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw the probability of a ban over accuracy, a line for each number of answers."""
        if axes is None:
            from matplotlib.figure import Figure

            axes = Figure(figsize=(7.0, 4.2), layout="constrained").subplots()
        draw_bans(axes, self.table, f"{self.rule} ({self.status})")
        return axes

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain numbers and text, ready for JSON."""
        rows = self.table.to_dict(orient="records")
        return {"rule": str(self.rule), "status": self.status, "table": rows}

    def __str__(self) -> str:
        known = "exact" if self.status == "exact" else f"simulated, {100 * LEVEL:g} % intervals"
        lines = [f"{self.rule} ({known}).", "Of annotators who are right in"]
        return "\n".join([*lines, *map(_sentence, self.table.to_dict(orient="records"))])


@checked_arguments
def operating_curve(
    rule: BanRule | str,
    accuracies: ArrayLike | None = None,
    *,
    answers: int | Sequence[int] | None = None,
    repeated: bool | None = None,
    seed: int = 0,
) -> OperatingCurve:
    """Return how probably the rule bans annotators of each accuracy, within so many answers.

    Exact whenever the rule's memory fits: rules on all answers so far at any length, windows of up
    to 16, and longer ones that forgive few errors. Else simulated, which `status` says.

    Arguments:
        rule: a `BanRule` or its words, such as "75 % of the last 10" (see `parse_rule`).
        accuracies: probabilities of a right answer, (m,); by default .5, .55, ..., 1. With a
            monitor, `monitor.accuracy(efforts)`.
        answers: one or several numbers of answers. None: the first at which the rule applies or,
            if it is repeated, ten times as many.
        repeated: overrides what the words say: after every answer, or once.
        seed: of the simulation.

    Raises:
        ModelError: the rule can't be read, or numbers make no sense.

    >>> words = "Ban below 75 % of the last 10, from the 8th on, checked after every task"
    >>> curve = operating_curve(words, [0.9], answers=[50, 100])
    >>> curve.status, curve.table["banned"].round(4).tolist()
    ('exact', [0.479, 0.7462])
    """
    import pandas as pd

    rule = parse_rule(rule, repeated=repeated) if isinstance(rule, str) else rule
    shares = np.linspace(0.5, 1.0, 11) if accuracies is None else np.ravel(accuracies).astype(float)
    if answers is None:
        answers = 10 * rule.first if rule.repeated else rule.first
    horizons = sorted({answers} if isinstance(answers, int) else set(answers))
    problems = [p for h in horizons for p in count("answers", h, "gives nobody time to answer")]
    problems += [
        f"accuracy {p!r} is no probability; give numbers from 0 to 1"
        for p in shares.tolist()
        if not 0.0 <= p <= 1.0
    ]
    if not horizons:
        problems.append("answers=[] follows nobody; give a number of answers, or several")
    raise_problems(problems)
    last = max(horizons)
    exact = is_exact(rule)
    if exact:
        hazard = _window_law(rule, shares, last) if rule.repeated and rule.window else None
        hazard = _count_law(rule, shares, last) if hazard is None else hazard
    else:
        hazard = _simulated(rule, shares, last, seed)
    banned = np.cumsum(hazard, axis=0)  # (answers, accuracies)
    lasting = np.cumsum(np.vstack([np.ones_like(shares), 1.0 - banned[:-1]]), axis=0)
    rows = []
    for j, share in enumerate(shares):
        for h in horizons:
            p = min(float(banned[h - 1, j]), 1.0)
            low, high = (p, p) if exact else _interval(p)
            rows.append((float(share), h, p, low, high, float(lasting[h - 1, j])))
    columns = ["accuracy", "answers", "banned", "low", "high", "mean_answers"]
    table = pd.DataFrame(rows, columns=columns)
    return OperatingCurve(rule, "exact" if exact else "simulated", table)


def _sentence(row: Mapping[Hashable, Any]) -> str:
    """Return a row of the table in words.

    >>> _sentence({"accuracy": 0.9, "answers": 50, "banned": 0.479, "low": 0.479, "high": 0.479,
    ...     "mean_answers": 35.22})
    '    90 % of answers, 47.9 % are banned within 50 answers; they give 35.2 on average'
    """
    banned = _percent(row["banned"])
    if row["low"] < row["high"]:
        banned += f" ({_percent(row['low'])} to {_percent(row['high'])})"
    within = f"{row['answers']} answer{'s' * (row['answers'] != 1)}"
    return (
        f"{100 * row['accuracy']:6.4g} % of answers, {banned} are banned within {within}; they give"
        f" {row['mean_answers']:.1f} on average"
    )


def _percent(share: float) -> str:
    """Return a share with digits that say something: 47.9 %, 0.002 %, over 99.9 %.

    >>> [_percent(each) for each in (0.0, 2.34e-5, 0.479, 0.99999, 1.0)]
    ['0 %', '0.002 %', '47.9 %', 'over 99.9 %', '100 %']
    """
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    if share > 0.999:
        return "over 99.9 %"
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.1g} %"


def is_exact(rule: BanRule) -> bool:
    """Return whether the rule's memory is small enough to be followed exactly."""
    if not rule.repeated or rule.window is None:
        return True
    if rule.window > WINDOW:
        return False
    most = max(rule.allowed(t) for t in range(rule.first, max(rule.first, rule.window) + 1))
    return sum(math.comb(rule.window, wrong) for wrong in range(most + 1)) <= STATES


def _count_law(rule: BanRule, shares: Array, last: int) -> Array:
    """Return P(banned at answer t), (last, m), of rules that count: all so far, or once."""
    hazard = np.zeros((last, len(shares)))
    law = np.ones((1, len(shares)))  # by number wrong, of those still there
    forget = rule.first - rule.seen(rule.first)  # answers before the window of a single look
    for t in range(1, last + 1):
        if t > forget:
            missed = np.vstack([np.zeros_like(shares), law * (1.0 - shares)])
            law = np.vstack([law * shares, np.zeros_like(shares)]) + missed
        if rule.applies(t):
            keep = rule.allowed(t) + 1
            hazard[t - 1] = law[keep:].sum(axis=0)
            law = law[:keep]
            if not rule.repeated:
                break
    return hazard


def _window_law(rule: BanRule, shares: Array, last: int) -> Array:
    """Return P(banned at answer t), (last, m), of a rule on the last answers, watched throughout.

    A state is a whole number whose bits say which of the last answers were wrong. Before the first
    look nobody leaves, but whoever has too many wrong in what it will see is doomed: kept apart.
    """
    hazard = np.zeros((last, len(shares)))
    window = int(rule.window or 1)
    full = (1 << window) - 1
    masks, law = np.zeros(1, np.int64), np.ones((1, len(shares)))
    forget = rule.first - rule.seen(rule.first)
    doomed = np.zeros(len(shares))
    for t in range(forget + 1, last + 1):
        shifted = (masks << 1) & full
        masks, place = np.unique(np.concatenate([shifted, shifted | 1]), return_inverse=True)
        parts = np.concatenate([law * shares, law * (1.0 - shares)])
        law = np.stack([np.bincount(place, part, len(masks)) for part in parts.T], axis=1)
        out = np.bitwise_count(masks) > rule.allowed(max(t, rule.first))
        lost = law[out].sum(axis=0)
        masks, law = masks[~out], law[~out]
        if t < rule.first:
            doomed += lost
        else:
            hazard[t - 1] = lost + (doomed if t == rule.first else 0.0)
    return hazard


def _simulated(rule: BanRule, shares: Array, last: int, seed: int) -> Array:
    """Return the share of simulated annotators who are banned at answer t, (last, m)."""
    hazard = np.zeros((last, len(shares)))
    window = int(rule.window or last)
    for j, share in enumerate(shares):
        draw = np.random.default_rng([seed, j])
        memory = np.zeros((min(window, last), PEOPLE), bool)  # a ring of the last answers
        wrong, there = np.zeros(PEOPLE, np.int64), np.ones(PEOPLE, bool)
        for t in range(1, last + 1):
            answer = draw.random(PEOPLE) >= share
            slot = (t - 1) % len(memory)
            wrong += answer.astype(np.int64) - memory[slot]
            memory[slot] = answer
            if rule.applies(t):
                out = there & (wrong > rule.allowed(t))
                hazard[t - 1, j] = out.sum() / PEOPLE
                there &= ~out
    return hazard


def _interval(banned: float) -> tuple[float, float]:
    low, high = exact_interval(round(banned * PEOPLE), PEOPLE, LEVEL)
    return float(low), float(high)
