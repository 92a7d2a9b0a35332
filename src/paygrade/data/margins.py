"""Margins from scores: columns of ratings, or reward models that are called here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.arguments import checked_arguments
from paygrade.data.coin import digest
from paygrade.data.preference_pairs import PreferencePairs
from paygrade.data.temperature import Temperature, fit_temperature
from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Scorer: TypeAlias = Callable[[list[Any], list[Any]], Any]  # one number a response
Scores: TypeAlias = Scorer | tuple[str, str]

CALIBRATION = "calibration"
HEX = 16


@dataclass(frozen=True)
class _Batches:
    """How a scorer is called."""

    size: int
    progress: Callable[[str], None]


@checked_arguments
def score_margins(
    pairs: PreferencePairs,
    scores: "Scores | Mapping[str, Scores] | None" = None,
    *,
    temperature: float | Mapping[str, float] | None = None,
    held_out: "float | str | ArrayLike" = 0.2,
    level: float = 0.95,
    seed: int = 0,
    batch: int = 256,
    progress: Callable[[str], None] = lambda _: None,
) -> PreferencePairs:
    """Return the pairs with margins δ = tanh((s_left - s_right)/(2T)), T found on held-out labels.

    The margin of a pair is known as well as its scores are. A margin calibrated on labels is the
    mean δ of pairs with these scores, as the people who gave the labels see it: where they label
    with effort e it is e·δ (only the product is identified).

    Arguments:
        pairs: the pairs.
        scores: two columns, such as ("left_score", "right_score"), the default; or a reward model:
            a function of a list of prompts and a list of responses, texts both, that returns one
            score each; or name -> either, for several.
        temperature: of each scorer, in units of its score, if it is known; None: found by maximum
            likelihood.
        held_out: which labels it is found on: a share of prompts, drawn by a hash; the name of a
            split; or one boolean a row. They are marked in the column `calibration`, and
            `monitoring_report` leaves them out.
        level: confidence of the temperature's interval.
        seed: of the draw.
        batch: responses a call of a reward model.
        progress: told what is scored.

    Returns:
        The pairs; `margin` is the mean over scorers, missing where one has no finite score. With
        names there are also left_score:NAME, right_score:NAME and margin:NAME. `temperatures` says
        how each was calibrated.

    Raises:
        DataError: a column or a text is missing, a model returns something else than numbers, or
            the labels give no temperature (`fit_temperature`).

    >>> import pandas as pd
    >>> from paygrade.data.reading import read_pairs
    >>> rated = read_pairs(pd.DataFrame({"prompt": ["2 + 2?"], "left": ["4"], "right": ["5"],
    ...     "left_score": [9.0], "right_score": [1.0]}))
    >>> score_margins(rated, temperature=4.0).table["margin"].round(4).tolist()
    [0.7616]
    """
    named = scores if isinstance(scores, Mapping) else {"": scores or ("left_score", "right_score")}
    given = temperature if isinstance(temperature, Mapping) else dict.fromkeys(named, temperature)
    _check(named, given, pairs)
    table = pairs.table.copy()
    labels = table["label"]
    fitting = _held_out(table, held_out, seed, pairs.source)
    found: dict[str, Temperature] = {}
    for name, each in named.items():
        left, right = _scores(table, each, name, _Batches(batch, progress), pairs.source)
        difference = left - right
        known = given.get(name)
        if known is None:
            used = fitting & labels.isin(["left", "right"]).to_numpy() & np.isfinite(difference)
            won = (labels[used] == "left").to_numpy()
            called = f"{pairs.source}: the scores{f' of {name!r}' if name else ''}"
            found[name] = fit_temperature(difference[used], won, level=level, name=called)
        else:
            found[name] = Temperature(float(known), float(known), float(known), level)
        if name:
            table[f"left_score:{name}"], table[f"right_score:{name}"] = left, right
            table[f"margin:{name}"] = found[name].margins(difference)
        else:
            table["left_score"], table["right_score"] = left, right
            table["margin"] = found[name].margins(difference)
    if "" not in named:
        table["margin"] = table[[f"margin:{name}" for name in named]].mean(axis=1, skipna=False)
    if any(each.pairs for each in found.values()):
        table[CALIBRATION] = fitting
    return replace(pairs, table=table, temperatures=found)


def _check(
    named: Mapping[str, Any], given: Mapping[str, float | None], pairs: PreferencePairs
) -> None:
    if not named:
        raise DataError("scores={} names no scorer, so there are no margins; name one")
    unknown = [name for name in given if name not in named]
    if unknown:
        raise DataError(
            f"temperature names the scorer {unknown[0]!r}, which 'scores' doesn't; the scorers are"
            f" {', '.join(map(repr, named))}"
        )
    for name, value in given.items():
        if value is not None and not 0.0 < value < np.inf:
            raise DataError(
                f"temperature={value!r}{f' of {name!r}' if name else ''} turns no score into a"
                " probability; give a finite number above 0"
            )
    if any(":" in name for name in named):
        raise DataError("a scorer's name can't hold a colon, which ends it in columns; rename it")
    if not len(pairs):
        raise DataError(f"{pairs.source} has no pairs to score")


def _held_out(table: "pd.DataFrame", held_out: Any, seed: int, source: str) -> NDArray[np.bool_]:
    if isinstance(held_out, str):
        if "split" not in table or not (table["split"] == held_out).any():
            raise DataError(f"{source} has no split {held_out!r} to hold out; name one, or a share")
        return (table["split"] == held_out).to_numpy()
    if np.ndim(held_out):
        rows = np.asarray(held_out)
        if rows.shape != (len(table),) or rows.dtype != bool:
            raise DataError(f"held_out of shape {rows.shape} is not one boolean a row; give that")
        return rows
    share = float(held_out)
    if not 0.0 < share < 1.0:
        raise DataError(
            f"held_out={held_out!r} is no share of the prompts, so labels for the temperature and"
            " for what it is used on are not apart; give a number between 0 and 1"
        )
    prompts = prompt_names(table)
    limit = share * HEX**HEX
    chosen = {each: int(digest(f"held out {seed}", each), HEX) < limit for each in set(prompts)}
    return np.array([chosen[each] for each in prompts], dtype=bool)


def prompt_names(table: "pd.DataFrame") -> list[str]:
    """Return what pairs are about: rows with one name share a prompt and are no independent draws.

    That is the prompt; without a text its `prompt_id`, or else the pair's own name.
    """
    names = table["prompt"]
    for other in ("prompt_id", "task"):
        if other in table:
            names = names.where(names.notna(), table[other])
    return [str(each) for each in names]


def _scores(
    table: "pd.DataFrame", scores: Scores, name: str, batches: _Batches, source: str
) -> tuple[Array, Array]:
    """Return the scores of the left and of the right responses, (rows,) both, NaN if none."""
    import pandas as pd

    if callable(scores):
        return _called(table, scores, name, batches, source)
    missing = [each for each in scores if each not in table]
    if missing or len(scores) != 2:
        raise DataError(
            f"{source} has no two columns {scores!r} of scores, so there is nothing to make margins"
            f" of; the columns are {', '.join(map(str, table))}"
        )
    columns = [pd.to_numeric(table[each], errors="coerce").to_numpy(float) for each in scores]
    left, right = (np.where(np.isfinite(each), each, np.nan) for each in columns)
    if not np.isfinite(left - right).any():
        raise DataError(f"{source}: no pair has a number in both {scores[0]!r} and {scores[1]!r}")
    return left, right


def _called(
    table: "pd.DataFrame", scorer: Scorer, name: str, batches: _Batches, source: str
) -> tuple[Array, Array]:
    """Return what a reward model says; each response to a prompt is scored once."""
    if table[["left", "right"]].isna().any(axis=None):
        raise DataError(f"{source}: some pairs have no texts, so a reward model can't score them")
    prompts = [each or "" for each in table["prompt"]]
    keys = [list(zip(prompts, table[side], strict=True)) for side in ("left", "right")]
    unique = list(dict.fromkeys([*keys[0], *keys[1]]))
    values: dict[tuple[Any, Any], float] = {}
    for start in range(0, len(unique), batches.size):
        chunk = unique[start : start + batches.size]
        batches.progress(f"scoring {name or 'responses'}: {start + len(chunk)} of {len(unique)}")
        raw = scorer([prompt for prompt, _ in chunk], [response for _, response in chunk])
        values |= dict(zip(chunk, _numbers(raw, len(chunk), name, source), strict=True))
    left, right = (np.array([values[key] for key in side]) for side in keys)
    return left, right


def _numbers(raw: Any, wanted: int, name: str, source: str) -> Sequence[float]:
    called = f"the reward model{f' {name!r}' if name else ''}"
    try:
        found = np.asarray(raw, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{source}: {called} returned {type(raw).__name__}, not numbers ({error}); return one"
            " score for each response"
        ) from error
    if found.shape != (wanted,):
        raise DataError(
            f"{source}: {called} returned scores of shape {found.shape} for {wanted} responses; it"
            " is called with a list of prompts and a list of responses, and returns one score each"
        )
    return list(np.where(np.isfinite(found), found, np.nan))
