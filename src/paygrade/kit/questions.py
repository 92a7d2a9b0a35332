"""The pool of a survey: each pair once, golden answers for those that serve as checks."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.data.preference_pairs import PreferencePairs
from paygrade.errors import DataError
from paygrade.golden.candidates import SIDES, read_candidates
from paygrade.golden.golden_set import GoldenSet
from paygrade.golden.selection import LEAST, select_golden
from paygrade.operations.plan import BatchPlan

if TYPE_CHECKING:
    import pandas as pd

SPARE = 3  # questions chosen for each one that a participant sees, so that few see the same
COLUMNS = ("task", "prompt", *SIDES, "gold", "margin")


@dataclass(frozen=True, eq=False)
class Questions:
    """The pool.

    Attributes:
        table: task, prompt, left, right, gold ("left", "right" or "") and margin (NaN: unknown);
            a row an item.
        chosen: how golden questions were chosen; None if they were given.
        key_error: share of golden answers that are wrong.
    """

    table: "pd.DataFrame"
    chosen: GoldenSet | None
    key_error: float

    @property
    def signal(self) -> float | None:
        """Mean margin of the golden questions, wrong keys allowed for; None: some are unknown."""
        margins = self.table.loc[self.table["gold"] != "", "margin"].abs()
        if not len(margins) or margins.isna().any():
            return None
        return float((1.0 - 2.0 * self.key_error) * margins.mean())

    def pool_bytes(self, answers: tuple[str, str]) -> bytes:
        """Return the pool as JSON lines for `draw_batches`, golden answers in its words."""
        spelled = {"": "", **dict(zip(SIDES, answers, strict=True))}
        shown = self.table.assign(gold=self.table["gold"].map(spelled)).drop(columns="margin")
        lines = (json.dumps(row, ensure_ascii=False) for row in shown.to_dict("records"))
        return "".join(f"{line}\n" for line in lines).encode()


def find_questions(
    pairs: PreferencePairs,
    plan: BatchPlan,
    *,
    gold: str | None = None,
    number: int | None = None,
    max_auc: float = 0.6,
    key_error: float = 0.0,
    progress: Callable[[str], object] = lambda _: None,
) -> Questions:
    """Return the pool of the survey, with golden questions given or chosen.

    Arguments:
        pairs: rows of one task are labels of one item.
        plan: says how many golden rows a batch has.
        gold: column of golden answers ("left" or "right"); None: `select_golden` chooses.
        number: how many to choose; None: three for each one that a participant sees.
        max_auc: how well they may be told apart.
        key_error: share of golden answers that are wrong.
        progress: told what is being done.

    Raises:
        DataError: texts are missing, there are too few pairs with margins, or golden answers are
            none.
        InfeasibleSelection: no set of this size is as hard to tell apart.
    """
    found = read_candidates(pairs)
    table = found.table.assign(margin=found.margin)
    if "prompt" not in table:
        table.insert(1, "prompt", "")
    table["prompt"] = table["prompt"].fillna("").astype(str)
    _refuse_missing(table, pairs.source)
    wanted = plan.batches.rows("golden")
    chosen = None
    if gold is not None:
        keys = _given(pairs, gold, found.first)
    elif wanted:
        _refuse_too_few(found.margin, wanted, pairs.source)
        usable = int(np.sum(np.isfinite(found.margin) & (found.margin != 0.0)))
        spare = min(SPARE * wanted, usable, len(table) // 2)
        chosen = select_golden(
            pairs,
            number or max(wanted, spare, LEAST),
            max_auc=max_auc,
            key_error=key_error,
            seed=plan.batches.seed or 0,
            progress=progress,
        )
        keys = [chosen.keys.get(task, "") for task in table["task"]]
    else:
        keys = [""] * len(table)
    return Questions(table.assign(gold=keys)[list(COLUMNS)], chosen, key_error)


def _refuse_missing(table: "pd.DataFrame", source: str) -> None:
    for side in SIDES:
        empty = table[side].isna() | (table[side].astype(str).str.strip() == "")
        if empty.any():
            task = table.loc[empty, "task"].iloc[0]
            raise DataError(
                f"{source}: {int(empty.sum())} pairs have no text on the {side} ({task!r} is the"
                " first), so participants would have nothing to compare; leave them out, or add"
                " the texts"
            )


def _refuse_too_few(margin: Any, wanted: int, source: str) -> None:
    if not np.isfinite(margin).any():
        raise DataError(
            f"{source}: no pair has a margin, so no golden question can be chosen; add margins"
            " (`score_margins` makes them of ratings or reward models), name a column of golden"
            " answers in --gold, or plan golden = 0"
        )
    usable = int(np.sum(np.isfinite(margin) & (margin != 0.0)))
    if usable < wanted:
        raise DataError(
            f"{source}: {usable} pairs have a margin other than 0 and each participant is to see"
            f" {wanted} golden questions; add pairs with margins, or plan fewer"
        )


def _given(pairs: PreferencePairs, gold: str, first: Any) -> list[str]:
    if gold not in pairs.table:
        raise DataError(
            f"{pairs.source} has no column {gold!r} of golden answers; the columns are"
            f" {', '.join(map(str, pairs.table))}"
        )
    cells = pairs.table[gold].iloc[first]
    keys = ["" if cell is None or cell != cell else str(cell).strip().lower() for cell in cells]
    strange = [key for key in keys if key not in ("", *SIDES)]
    if strange:
        raise DataError(
            f"{pairs.source}: the golden answer {strange[0]!r} names no side; write left, right or"
            " nothing"
        )
    return keys
