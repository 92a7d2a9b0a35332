"""Labels from the library's own annotator model, with the truth known.

An item has a margin delta in [-1, 1], the annotators' inclination to the first answer. One who
works at effort e gives it with probability 1/2 + e·delta/2 (theory section 1), an expert works at
effort 1, and the golden answer is what delta's sign says. Margins are drawn so that
kappa = rho = E[delta²] = 3/5.

Only uniform numbers are drawn, and they meet only additions, products and comparisons, so the same
seed gives the same labels on every platform.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paygrade.arguments import checked_arguments
from paygrade.errors import raise_problems
from paygrade.model.checks import count

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

MEAN_SQUARED_MARGIN = 0.6  # of the largest of three uniform numbers: 3/(3 + 2)


@checked_arguments
def simulate_labels(
    *,
    workers: int | None = None,
    items: int = 600,
    seed: int = 0,
    efforts: Sequence[float] | None = None,
    labels_per_worker: int | None = None,
    expert_share: float = 0.3,
    repeat_share: float = 0.2,
    gold_share: float = 0.0,
    answers: tuple[str, str] = ("A", "B"),
) -> "pd.DataFrame":
    """Return labels in long format, one row for each answer of one annotator to one item.

    Arguments:
        workers: number of annotators. None: as many as there are efforts, else 24.
        items: number of items.
        seed: the same seed gives the same labels.
        efforts: one for each annotator, in [0, 1]. None: most are attentive, a quarter careless,
            and one in twelve, but at least one, doesn't read the items.
        labels_per_worker: how many items each annotator gets, at random. None: all.
        expert_share: share of the items that an expert answers too.
        repeat_share: share of the labels that are asked for a second time.
        gold_share: share of the items, those with the clearest answers, that are golden questions.
        answers: what the two answers are called.

    Returns:
        Columns task, worker, label and, where their share is above 0, expert, repeat and gold
        (missing: not checked). The frame's `attrs` tell the truth: efforts (by worker), kappa, rho
        and the mean margin of the golden questions.

    >>> labels = simulate_labels(items=2, efforts=[1.0, 0.5, 0.0])
    >>> labels.columns.tolist(), len(labels), labels.attrs["efforts"]["ann02"]
    (['task', 'worker', 'label', 'expert', 'repeat'], 6, 0.5)
    """
    import pandas as pd

    workers = (24 if efforts is None else len(efforts)) if workers is None else workers
    each = items if labels_per_worker is None else labels_per_worker
    shares = {"expert": expert_share, "repeat": repeat_share, "gold": gold_share}
    raise_problems(_option_problems(workers, items, each, efforts, shares))
    draw = np.random.default_rng(seed)
    effort = _mixed_efforts(workers, draw) if efforts is None else np.asarray(efforts, float)
    margin = _margins(items, draw)
    item = np.concatenate([np.argsort(draw.random(items))[:each] for _ in range(workers)])
    worker = np.repeat(np.arange(workers), each)
    label, repeat = (_prefers_first(effort[worker] * margin[item], draw) for _ in range(2))
    clarity = _clarity_ranks(margin) / items
    checks = {  # an answer, and a lot that has to be below the share for the answer to be there
        "expert": (_prefers_first(margin, draw)[item], draw.random(items)[item]),
        "repeat": (repeat, draw.random(len(item))),
        "gold": (margin[item] > 0, clarity[item]),
    }
    names = _numbered("ann", workers)
    columns = {"task": _numbered("item", items)[item], "worker": names[worker]}
    labels = pd.DataFrame({**columns, "label": _spelled(label, answers)})
    for column in (name for name, share in shares.items() if share > 0):
        answer, lot = checks[column]
        spelled = pd.Series(_spelled(answer, answers))
        labels[column] = spelled.where(lot < shares[column], None)
    labels.attrs = {
        "efforts": dict(zip(names.tolist(), effort.tolist(), strict=True)),
        "kappa": MEAN_SQUARED_MARGIN,
        "rho": MEAN_SQUARED_MARGIN,
    }
    if gold_share > 0:
        labels.attrs["margin"] = float(np.abs(margin[clarity < gold_share]).mean())
    return labels


def _mixed_efforts(workers: int, draw: np.random.Generator) -> Array:
    """Return efforts in [0.85, 1], for a quarter in [0.3, 0.6], for one in twelve 0; shuffled."""
    shirking = max(1, workers // 12)
    careless = workers // 4
    spread = draw.random(workers)
    effort = 0.85 + 0.15 * spread
    effort[:careless] = 0.3 + 0.3 * spread[:careless]
    effort[:shirking] = 0.0
    return np.asarray(effort[np.argsort(draw.random(workers))])


def _margins(items: int, draw: np.random.Generator) -> Array:
    """Return margins of random sign, their size the largest of three uniform numbers, (items,)."""
    size = draw.random((items, 3)).max(axis=1)
    return np.asarray(np.where(draw.random(items) < 0.5, size, -size))


def _prefers_first(inclination: Array, draw: np.random.Generator) -> NDArray[np.bool_]:
    return np.asarray(draw.random(len(inclination)) < 0.5 + 0.5 * inclination)


def _clarity_ranks(margin: Array) -> NDArray[np.intp]:
    """Return 0 for the item with the largest margin, 1 for the next, ..., (items,)."""
    return np.asarray(np.argsort(np.argsort(-np.abs(margin))))


def _spelled(first: NDArray[np.bool_], answers: tuple[str, str]) -> NDArray[np.object_]:
    return np.asarray(np.where(first, *answers).astype(object))


def _numbered(what: str, number: int) -> NDArray[np.object_]:
    width = max(2, len(str(number)))
    return np.array([f"{what}{i:0{width}d}" for i in range(1, number + 1)], object)


def _option_problems(
    workers: int,
    items: int,
    labels_per_worker: int,
    efforts: Sequence[float] | None,
    shares: dict[str, float],
) -> list[str]:
    problems = count("workers", workers, "leaves nobody to label")
    problems += count("items", items, "leaves nothing to label")
    problems += count("labels_per_worker", labels_per_worker, "leaves no labels")
    if not problems and labels_per_worker > items:
        problems.append(
            f"labels_per_worker={labels_per_worker} is more than items={items}, and nobody labels"
            " an item twice; add items"
        )
    if efforts is not None and len(efforts) != workers:
        problems.append(
            f"efforts has {len(efforts)} values for workers={workers}; give one for each"
        )
    if efforts is not None and not all(0.0 <= effort <= 1.0 for effort in efforts):
        problems.append(f"efforts={list(efforts)!r} leave the scale; give numbers from 0 to 1")
    problems += [
        f"{name}_share={value!r} is no share; give a number from 0 to 1"
        for name, value in shares.items()
        if not 0.0 <= value <= 1.0
    ]
    return problems
