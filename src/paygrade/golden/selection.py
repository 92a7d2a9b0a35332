"""`select_golden`: the questions that tell most about effort among those that don't stand out."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.arguments import checked_arguments
from paygrade.errors import DataError, ModelError, raise_problems
from paygrade.golden.candidates import Candidates, read_candidates
from paygrade.golden.comparison import ceilings_of, compare, curve_of, three_sets
from paygrade.golden.distinguishability import (
    KERNELS,
    Judges,
    feature_map,
    need_learn,
)
from paygrade.golden.formats import format_features, midranks, topics
from paygrade.golden.golden_set import GoldenSet
from paygrade.golden.information import check_effort, question_information
from paygrade.golden.key_errors import SUSPECT, KeyErrors, estimate_key_error
from paygrade.golden.radii import search_radii
from paygrade.golden.relaxation import Program
from paygrade.model.checks import count

if TYPE_CHECKING:
    import pandas as pd

    from paygrade.golden.candidates import HasTable

Array = NDArray[np.float64]
Places = NDArray[np.intp]

LEAST = 5  # questions, below which no judge can be tried
MOST_GIVEN, KEPT_GIVEN = 24, 16  # columns of given features, and directions kept if there are more


@checked_arguments
def select_golden(
    pairs: "pd.DataFrame | HasTable | str",
    n: int,
    *,
    max_auc: float = 0.6,
    effort: float = 0.8,
    temperature: float | None = None,
    key_error: "float | str | KeyErrors | Mapping[Any, float]" = 0.0,
    balance: float | None = 0.1,
    kernel: str = "quadratic",
    features: "pd.DataFrame | ArrayLike | None" = None,
    number_of_topics: int = 0,
    forest: bool = False,
    exclude: Iterable[str] = (),
    level: float = 0.95,
    seed: int = 0,
    progress: Callable[[str], object] = lambda _: None,
) -> GoldenSet:
    """Choose golden questions by certainty and by format.

    Fisher information about effort is maximised under a bound on the distance between the chosen
    questions' format and the pool's: a second-order cone program with rounding, whose loss is
    bounded by weak duality (`relaxation`). Radii are tried until the best of several classifiers
    tells the questions from the rest with AUC at most `max_auc`, on held-out questions. The AUC is
    an estimate with the interval reported, and the best of a dozen sets tried, so it is a little
    too good; judge a set again by new classifiers where much depends on it.

    Arguments:
        pairs: a data frame, something with a `.table`, or a path; columns left, right and margin
            (of left, in [-1, 1]), and as far as there are any prompt, task, worker, label. Pairs
            without a margin are part of the pool and not chosen.
        n: how many questions, at least 5 and at most half of the pairs.
        max_auc: how well they may be told apart, above 0.5 and at most 1 (no bound).
        effort: in [0, 1), at which information is wanted.
        temperature: Bradley-Terry inverse temperature at which it is wanted, instead of effort; see
            `question_information`. The surest question is then not the best one.
        key_error: probability that a key is wrong: a number, by task, or what
            `estimate_key_error` found; "labels" estimates it from the labels in the pairs.
        balance: how far the share of keys on the left may be from one half; None: anywhere.
        kernel: "linear", "quadratic" or "gaussian"; see `feature_map`.
        features: of each row of `pairs`, further columns by which annotators might tell questions
            apart, such as embeddings, (rows, k). Of more than 24, 16 main directions are kept.
        number_of_topics: of the prompts, by TF-IDF, as features (scikit-learn).
        forest: let a random forest judge as well (scikit-learn).
        exclude: tasks that must not be chosen, such as retired questions.
        level: confidence of the AUC's interval.
        seed: of folds and roundings.
        progress: told what is being done.

    Raises:
        DataError: the pairs can't be used.
        ModelError: an option makes no sense.
        InfeasibleSelection: no set of this size meets the bounds.

    >>> from paygrade.golden.simulate import simulate_pairs
    >>> golden = select_golden(simulate_pairs(800, seed=2), 30)
    >>> len(golden.tasks), golden.auc <= 0.6, golden.kept <= 1.0
    (30, True, True)
    """
    raise_problems(_option_problems(n, max_auc, balance, kernel, level))
    check_effort(effort, temperature)
    if forest:
        need_learn("forest=True")
    progress("reading pairs")
    pool = read_candidates(pairs)
    errors, rate, found = _key_errors(pool, key_error)
    usable = ~np.isnan(pool.margin) & (pool.margin != 0.0) & (errors < SUSPECT)
    usable &= ~np.isin(pool.table["task"].to_numpy(object), [str(name) for name in exclude])
    place = np.flatnonzero(usable)
    _require_enough(n, len(place), len(pool.table))
    progress("counting formats")
    ranks = midranks(_features(pool, features, number_of_topics, seed))
    ranks = ranks[:, np.ptp(ranks, axis=0) > 0.0]
    maps = {name: feature_map(ranks, name, seed) for name in KERNELS}
    judges = Judges(maps, ranks, forest, level, seed)
    told = np.zeros(len(pool.table))
    told[place] = question_information(
        pool.margin[place], effort, key_error=errors[place], temperature=temperature
    )
    program = _program(pool, place, told, ranks, maps[kernel], n, max_auc, balance)
    best, tried = search_radii(program, judges, place, max_auc, seed, progress)
    progress("bounding")
    settings = {
        "n": n, "max_auc": max_auc, "effort": effort, "temperature": temperature,
        "balance": balance, "kernel": kernel, "features": ranks.shape[1], "level": level,
        "seed": seed, "candidates": len(place),
    }  # fmt: skip
    sets = three_sets(pool, place, place[best.chosen], seed)
    comparison = compare(pool, sets, told, errors, judges, maps[kernel], settings)
    top = float(comparison["information"]["top certainty"])
    return GoldenSet(
        _chosen(pool, place[best.chosen], errors, told),
        comparison,
        curve_of(tried, top),
        ceilings_of(program, max_auc, top, len(pool.table), seed),
        best.bound,
        (best.bound - best.information) / best.bound,
        rate,
        found,
        settings,
        _whole_pool(pool, place[best.chosen]),
    )


def _key_errors(
    pool: Candidates, given: Any
) -> tuple[Array, tuple[float, float, float], "pd.DataFrame"]:
    """Return each item's probability of a wrong key, (N,), the rate, and the suspects."""
    tasks = [str(task) for task in pool.table["task"]]
    if isinstance(given, str):
        if given != "labels":
            raise ModelError(f"key_error={given!r} is no way to know it; use 'labels' or a number")
        keys = {task: key for task, key in zip(tasks, pool.keys, strict=True) if key}
        sizes = dict(zip(tasks, np.abs(pool.margin), strict=True))
        raters = set(pool.answers["worker"])  # a single one is taken for attentive
        efforts = dict.fromkeys(raters, 1.0) if len(raters) == 1 else None
        given = estimate_key_error(pool.answers, keys, sizes, efforts=efforts)
    import pandas as pd

    nobody = pd.DataFrame({"task": [], "wrong": []})
    if isinstance(given, KeyErrors):
        each = dict(zip(given.table["task"], given.table["wrong"], strict=True))
        errors = np.array([each.get(task, given.rate) for task in tasks])
        suspects = given.suspects[given.suspects["task"].isin(tasks)].reset_index(drop=True)
        return errors, (given.rate, given.low, given.high), suspects
    if isinstance(given, Mapping):
        each = {str(task): float(error) for task, error in given.items()}
        errors = np.array([each.get(task, 0.0) for task in tasks])
        raise_problems(_error_problems(errors))
        wrong = pd.DataFrame({"task": tasks, "wrong": errors})[errors >= SUSPECT]
        mean = float(errors.mean())
        return errors, (mean, mean, mean), wrong.reset_index(drop=True)
    raise_problems(_error_problems(np.array([given], float)))
    return np.full(len(tasks), float(given)), (float(given),) * 3, nobody


def _error_problems(errors: Array) -> list[str]:
    wrong = errors[~((errors >= 0.0) & (errors <= 1.0))]
    if not len(wrong):
        return []
    return [f"key_error={float(wrong[0])!r} is no probability; give a number from 0 to below 0.5"]


def _features(pool: Candidates, given: Any, number_of_topics: int, seed: int) -> Array:
    columns = [format_features(pool.table).to_numpy(float)]
    if given is not None:
        columns.append(_given_features(given, pool))
    if number_of_topics:
        prompts = pool.table["prompt" if "prompt" in pool.table else "left"]
        columns.append(topics(prompts.fillna("").astype(str).tolist(), number_of_topics, seed))
    return np.hstack(columns)


def _given_features(given: Any, pool: Candidates) -> Array:
    try:
        numbers = np.asarray(given, float)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"features are no table of numbers ({error}); give one row a pair"
        ) from error
    numbers = numbers[:, None] if numbers.ndim == 1 else numbers
    if len(numbers) <= pool.first.max() or not np.isfinite(numbers).all():
        raise DataError(
            f"features have shape {numbers.shape} or hold missing numbers, but the pairs have at"
            f" least {pool.first.max() + 1} rows; give one row of finite numbers for each pair"
        )
    numbers = numbers[pool.first]
    if numbers.shape[1] > MOST_GIVEN:
        centred = numbers - numbers.mean(axis=0)
        _, axes = np.linalg.eigh(centred.T @ centred)
        numbers = centred @ axes[:, -KEPT_GIVEN:]
    return numbers


def _program(
    pool: Candidates,
    place: Places,
    told: Array,
    ranks: Array,
    phi: Array,
    n: int,
    max_auc: float,
    balance: float | None,
) -> Program:
    """Return the choice, distances and AUCs being meant against the rest of the pool."""
    rows, limits = ranks[place] - 0.5, np.full(ranks.shape[1], max_auc - 0.5)
    share = 1.0 - n / len(pool.table)  # of the pool that is not golden
    limits = limits * share
    if balance is not None:
        rows = np.hstack([rows, np.sign(pool.margin[place])[:, None]])
        limits = np.append(limits, 2.0 * balance)
    # whoever is as far from the rest as `radius` is nearer to the pool, which includes the set
    return Program(told[place], phi[place] * (1.0 / share), np.inf, rows, limits, n)


def _chosen(pool: Candidates, members: Places, errors: Array, told: Array) -> "pd.DataFrame":
    return (
        pool.table.iloc[members]
        .assign(
            gold=pool.keys[members],
            margin=pool.margin[members],
            key_error=errors[members],
            information=told[members],
        )
        .reset_index(drop=True)
    )


def _whole_pool(pool: Candidates, members: Places) -> "pd.DataFrame":
    gold = np.full(len(pool.table), None, object)
    gold[members] = pool.keys[members]
    return pool.table.assign(gold=gold)


def _require_enough(n: int, candidates: int, pool: int) -> None:
    if candidates < n:
        raise DataError(
            f"n={n} golden questions are wanted, but {candidates} of {pool} pairs have a margin"
            " other than 0 and a key that is not suspect; add pairs with margins, or ask for fewer"
        )
    if 2 * n > pool:
        raise DataError(
            f"n={n} is more than half of the {pool} pairs, so the questions can't hide among the"
            " others; add pairs (they need no margins), or ask for fewer"
        )


def _option_problems(
    n: int, max_auc: float, balance: float | None, kernel: str, level: float
) -> list[str]:
    problems = count("n", n, "chooses nothing")
    if not problems and n < LEAST:
        problems = [f"n={n!r} is too few for a classifier to be tried on; choose at least {LEAST}"]
    if not 0.5 < max_auc <= 1.0:
        problems.append(
            f"max_auc={max_auc!r}: chance is 0.5 and certainty 1; give a number above 0.5 and at"
            " most 1, such as 0.6"
        )
    if balance is not None and not 0.0 <= balance <= 0.5:
        problems.append(
            f"balance={balance!r} is no distance of a share from one half; give a number from 0 to"
            " 0.5, or None"
        )
    if kernel not in KERNELS:
        problems.append(f"kernel={kernel!r} is unknown; choose {', '.join(KERNELS)}")
    if not 0.0 < level < 1.0:
        problems.append(f"level={level!r} is no confidence; give a number such as 0.95")
    return problems
