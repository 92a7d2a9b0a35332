"""What pairs say of κ = E[δ²], of ρ = E[δ·ε] and of E|δ|, by every way there is.

A mean of squares of estimated margins is no estimate of the mean square. With rating noise of
variance v it is κ + v, too high; with the margins of a calibrated model, which are means of δ given
its score, it is too low. Products of two *independent* looks at a pair have neither fault, so the
ways below come in this order: one annotator twice; two annotators; two scorers; a scorer and a
label; and only then the square. `docs/theory/preference-margins.md` derives each.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paygrade.data.coin import digest
from paygrade.data.margins import CALIBRATION, prompt_names
from paygrade.data.products import AT_LEAST, Estimate, bound_of, mean_of
from paygrade.data.temperature import FEWEST, Temperature
from paygrade.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

Array = NDArray[np.float64]
SIGNS = {"left": 1.0, "right": -1.0}  # ties are abstentions

REPEATS = "one annotator's two answers"
ANNOTATORS = "two annotators' answers"
SCORERS = "two scorers' margins"
LABELS = f"margins against labels{AT_LEAST}"
SQUARES = "squares of margins"
EXPERT = "against the expert's"
MAJORITY = "answers against the majority of the others"
KEYS = f"labels against the margin's sign{AT_LEAST}"
SIZES = "sizes of margins"


def evidence_on(
    table: "pd.DataFrame",
    temperatures: "Mapping[str, Temperature]",
    expert: str | None,
    level: float,
) -> dict[str, dict[str, Estimate]]:
    """Return quantity ("kappa", "rho" or "abs_margin") -> way -> estimate, the best way first.

    Arguments:
        table: of pairs.
        temperatures: how scorers were calibrated; their interval widens what rests on margins.
        expert: column of an expert's answer (left, right, tie) or margin.
        level: confidence.
    """
    prompts = np.unique(prompt_names(table), return_inverse=True)[1].astype(float)
    judged = ~table[CALIBRATION].to_numpy(bool) if CALIBRATION in table else None
    signs = as_signs(table["label"])
    signs = signs if judged is None else np.where(judged, signs, np.nan)
    margins = _margins(table, judged)
    found: dict[str, dict[str, Estimate]] = {"kappa": {}, "rho": {}, "abs_margin": {}}
    if expert is not None:  # first, because asked for
        _against_expert(found, table, expert, signs, margins, prompts, level)
    _of_answers(found, table, signs, prompts, level)
    if len(margins):
        _of_margins(found, margins, signs, prompts, temperatures, level)
    return {what: {way: e for way, e in each.items() if e.pairs} for what, each in found.items()}


def as_signs(answers: "pd.Series") -> Array:
    """Return +1 for left, -1 for right, NaN for a tie or nothing, (rows,)."""
    return np.asarray(answers.map(SIGNS), dtype=float)


def _of_answers(
    found: dict[str, dict[str, Estimate]],
    table: "pd.DataFrame",
    signs: Array,
    prompts: Array,
    level: float,
) -> None:
    if "votes_left" in table:
        left, right = (table[f"votes_{side}"].to_numpy(float) for side in ("left", "right"))
        places = prompts
    elif {"worker", "task"} <= set(table):
        first, again = _answers(table, signs, prompts)
        products = (again["first"] * again["last"]).to_numpy(float)
        at = again["prompt"].to_numpy(float)
        found["kappa"][REPEATS] = mean_of(products, at, level, REPEATS, 0.0)
        first = first.assign(left=first["sign"] > 0, right=first["sign"] < 0)
        votes = first.groupby("task").agg({"left": "sum", "right": "sum", "prompt": "first"})
        left, right, places = (votes[each].to_numpy(float) for each in votes)
    else:
        return
    agreement = two_votes(left, right)
    found["rho"][ANNOTATORS] = mean_of(agreement, places, level, ANNOTATORS, -1.0)
    found["kappa"][ANNOTATORS] = mean_of(agreement, places, level, f"{ANNOTATORS}{AT_LEAST}", 0.0)
    found["abs_margin"][MAJORITY] = mean_of(
        against_the_others(left, right), places, level, MAJORITY, 0.0
    )
    total = left + right
    plain = np.where(total > 1, ((left - right) / np.maximum(total, 1.0)) ** 2, np.nan)
    found["kappa"][f"{SQUARES} of votes"] = mean_of(
        plain, places, level, f"{SQUARES} of votes, too high", 0.0
    )


def _answers(
    table: "pd.DataFrame", signs: Array, prompts: Array
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return every worker's first answer to an item, and first and last where there are two.

    Signs are turned to one order of the pair, whichever side its members stood on.
    """
    import pandas as pd

    known = np.isfinite(signs) & table["worker"].notna().to_numpy()
    part = table[known]
    names = [_side_names(part, side) for side in ("left", "right")]
    order = np.where(np.array(names[0]) <= np.array(names[1]), 1.0, -1.0)
    answers = pd.DataFrame(
        {
            "task": part["task"].to_numpy(),
            "worker": part["worker"].to_numpy(),
            "sign": signs[known] * order,
            "prompt": prompts[known],
        }
    )
    groups = answers.groupby(["task", "worker"], sort=False)
    both = groups.agg(
        first=("sign", "first"),
        last=("sign", "last"),
        n=("sign", "size"),
        prompt=("prompt", "first"),
    )
    first = both.reset_index().rename(columns={"first": "sign"})
    return first, both[both["n"] > 1]


def _side_names(table: "pd.DataFrame", side: str) -> list[str]:
    if f"{side}_id" in table:
        return [str(each) for each in table[f"{side}_id"]]
    return [digest(each) for each in table[side]]


def two_votes(left: Array, right: Array) -> Array:
    """Return the mean product of two different annotators' answers to each item, NaN below two.

    Of n votes with difference d it is (d² - n)/(n(n - 1)), an unbiased estimate of E[δ_j·δ_k]; the
    square (d/n)² has the mean E[δ_j·δ_k] + (1 - E[δ_j·δ_k])/n.

    >>> two_votes(np.array([3.0, 2.0, 1.0]), np.array([0.0, 1.0, 0.0])).round(3).tolist()
    [1.0, -0.333, nan]
    """
    n, d = left + right, left - right
    return np.where(n > 1, (d**2 - n) / np.maximum(n * (n - 1.0), 1.0), np.nan)


def against_the_others(left: Array, right: Array) -> Array:
    """Return how often, twice minus one, an annotator agrees with the majority of the others.

    Where the others are split the agreement is that of a coin, 0.

    >>> against_the_others(np.array([3.0, 2.0]), np.array([0.0, 1.0])).round(3).tolist()
    [1.0, -0.333]
    """
    n, d = left + right, left - right
    agreed = left * np.sign(d - 1.0) - right * np.sign(d + 1.0)
    return np.where(n > 1, agreed / np.maximum(n, 1.0), np.nan)


def _margins(table: "pd.DataFrame", judged: Any) -> dict[str, Array]:
    names = [each for each in table if str(each).startswith("margin:")] or ["margin"]
    found = {}
    for name in names:
        values = table[name].to_numpy(float)
        if np.isfinite(values).any():
            found[str(name)] = values if judged is None else np.where(judged, values, np.nan)
    return found


def _against_expert(
    found: dict[str, dict[str, Estimate]],
    table: "pd.DataFrame",
    expert: str,
    signs: Array,
    margins: dict[str, Array],
    prompts: Array,
    level: float,
) -> None:
    import pandas as pd

    if expert not in table:
        raise DataError(
            f"expert={expert!r} is no column of the pairs, so there is no ρ of theirs; the columns"
            f" are {', '.join(map(str, table))}"
        )
    column = table[expert]
    theirs = pd.to_numeric(column, errors="coerce").to_numpy(float)
    theirs = theirs if np.isfinite(theirs).any() else as_signs(column)
    if not np.isfinite(theirs).any() or np.nanmax(np.abs(theirs)) > 1.0:
        raise DataError(
            f"expert={expert!r} holds neither left and right nor margins from -1 to 1, so what the"
            " expert thinks is unknown; name such a column"
        )
    ours = {"labels": signs, **margins}
    ours = {name: each for name, each in ours.items() if name != expert}
    for name, values in ours.items():
        way = f"{name} {EXPERT}"
        found["rho"][way] = mean_of(values * theirs, prompts, level, way, -1.0)


def _of_margins(
    found: dict[str, dict[str, Estimate]],
    margins: dict[str, Array],
    signs: Array,
    prompts: Array,
    temperatures: "Mapping[str, Temperature]",
    level: float,
) -> None:
    every = np.column_stack(list(margins.values()))
    mean = every.mean(axis=1)
    labelled = np.where(np.isfinite(signs), mean**2, np.nan)
    keys = np.where(mean == 0.0, np.nan, np.sign(mean)) * signs
    scale = _scale(margins, temperatures)

    def over(statistic: "Callable[[Array], Array]", way: str) -> Estimate:
        """Return the estimate, wide enough for every temperature in its interval."""
        now, *ends = (mean_of(statistic(each), prompts, level, way, 0.0) for each in scale)
        low = min([now.low, *(end.low for end in ends)])
        high = max([now.high, *(end.high for end in ends)])
        return replace(now, low=low, high=high)

    if len(margins) > 1:
        found["kappa"][SCORERS] = over(two_scorers, SCORERS)
    decided = keys[np.isfinite(keys)]
    circular = len(decided) >= FEWEST and bool((decided > 0.0).all())
    if circular:  # labels made from the scores are no second look
        keys, labelled = np.full_like(keys, np.nan), np.full_like(labelled, np.nan)
    found["kappa"][LABELS] = bound_of(mean * signs, labelled, prompts, level, LABELS)
    found["kappa"][SQUARES] = over(lambda m: (m**2).mean(axis=1), SQUARES)
    found["abs_margin"][KEYS] = mean_of(keys, prompts, level, KEYS, 0.0)
    found["abs_margin"][SIZES] = over(lambda m: np.abs(m.mean(axis=1)), SIZES)


def two_scorers(margins: Array) -> Array:
    """Return the mean product of two different columns of each row, (rows,)."""
    count = margins.shape[1]
    squares = (margins**2).sum(axis=1)
    return np.asarray((margins.sum(axis=1) ** 2 - squares) / (count * (count - 1.0)))


def _scale(margins: dict[str, Array], temperatures: "Mapping[str, Temperature]") -> list[Array]:
    """Return the margins, (rows, scorers), at the temperatures found and at their intervals' ends.

    tanh(Δ/2T) becomes tanh(Δ/2T') through its inverse, so that the scores aren't needed again.
    """
    now = np.column_stack(list(margins.values()))
    known = [temperatures.get(name.partition(":")[2]) for name in margins]
    if not any(each is not None and each.pairs for each in known):
        return [now]
    with np.errstate(divide="ignore"):
        turned = np.arctanh(now)
    ends = []
    for end in ("low", "high"):
        ratio = [1.0 if each is None else each.value / getattr(each, end) for each in known]
        with np.errstate(invalid="ignore"):  # a margin of 1 times a ratio of 0
            ends.append(np.where(np.isnan(now), np.nan, np.nan_to_num(np.tanh(turned * ratio))))
    return [now, *ends]
