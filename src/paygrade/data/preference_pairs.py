"""The table of pairs: a prompt, two responses, which is better, and by how much if known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from paygrade.data.exports import argilla_records, label_studio_tasks, trl_rows
from paygrade.errors import DataError, raise_problems
from paygrade.labels.annotations import Annotations, read_annotations

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from paygrade.data.temperature import Temperature

FIXED = ("prompt", "left", "right", "label", "margin")
LABELS = ("left", "right", "tie")
FIRST = (
    *FIXED,
    *("left_model", "right_model", "left_score", "right_score", "worker", "task"),
    *("prompt_id", "left_id", "right_id", "dataset", "split", "origin"),
)


def _no_rows() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=["part", "row", "reason"])


@dataclass(frozen=True, eq=False)
class PreferencePairs:
    """Pairs of responses, one row a label of a pair.

    Attributes:
        table: columns prompt, left, right (texts; missing where a file has names only), label
            ("left", "right", "tie", or missing: nobody said), margin (δ = 2p - 1 of the left
            response, from -1 to 1; NaN: unknown) and task (one name for one pair, in either
            order). Where known: left_model, right_model, left_score, right_score, worker,
            prompt_id, left_id, right_id (names of what was compared), dataset, split, origin,
            votes_left, votes_right, votes_tied (how annotators of one row voted), and more by data
            set.
        source: what messages call it.
        left_out: how much is not in the table, by reason.
        dropped: the rows behind these counts: part (file or split), row (from 1), reason.
        temperatures: name of a scorer -> how its scores were calibrated (`score_margins`).
    """

    table: "pd.DataFrame"
    source: str = "the pairs"
    left_out: Mapping[str, int] = field(default_factory=dict)
    dropped: "pd.DataFrame" = field(default_factory=_no_rows, repr=False)
    temperatures: "Mapping[str, Temperature]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [name for name in FIXED if name not in self.table]
        if missing:
            raise DataError(
                f"{self.source}: a table of pairs needs the columns {', '.join(FIXED)}, and"
                f" {', '.join(missing)} are missing; use read_pairs, or add them"
            )
        labels = self.table["label"]
        strange = labels[labels.notna() & ~labels.isin(LABELS)]
        outside = self.table["margin"][self.table["margin"].abs() > 1.0]
        raise_problems(
            [
                f"{self.source}: label {each!r} is none of {', '.join(LABELS)}, so nobody knows who"
                " won; translate it, or leave it missing"
                for each in strange[:1]
            ]
            + [
                f"{self.source}: margin {each!r} lies outside [-1, 1], so it is no δ = 2p - 1;"
                " turn scores into margins by score_margins"
                for each in outside[:1]
            ],
            DataError,
        )

    def __len__(self) -> int:
        return len(self.table)

    def keep(self, rows: "ArrayLike", reason: str = "rows not kept") -> "PreferencePairs":
        """Return the pairs where `rows` (booleans, one a row) is true; the others are counted.

        Raises:
            DataError: there is not one boolean a row, or no row is left.
        """
        import numpy as np

        chosen = np.asarray(rows)
        if chosen.shape != (len(self),) or chosen.dtype != bool:
            raise DataError(
                f"{self.source}: rows of shape {chosen.shape} and type {chosen.dtype} don't say for"
                f" each of {len(self)} rows whether to keep it; give one boolean a row"
            )
        if not chosen.any():
            raise DataError(f"{self.source}: no row is kept, so no pairs are left; keep some")
        left_out = {**self.left_out, reason: self.left_out.get(reason, 0) + int((~chosen).sum())}
        kept = self.table[chosen].reset_index(drop=True)
        return replace(self, table=kept, left_out=left_out)

    def to_annotations(self, *, named: str | None = None, **options: Any) -> Annotations:
        """Return the labels as comparisons, for `assess` and whatever else takes `Annotations`.

        The table gets left, right, winner and worker within task, and goes through
        `read_annotations`: ties are abstentions, and a second row of one worker for one pair is
        refused until `duplicates` says what it is.

        Arguments:
            named: columns that name the sides: "model" for left_model and right_model, "id" for
                left_id and right_id; by default ids where there are any, or else names made of
                the texts.
            options: of `read_annotations`, such as duplicates="repeat", expert_workers or keep.

        Raises:
            DataError: there are no workers or no labels, or what `read_annotations` refuses.

        >>> import pandas as pd
        >>> from paygrade.data.reading import read_pairs
        >>> votes = pd.DataFrame({"arg1": ["a", "a"], "arg2": ["b", "b"], "worker": ["w1", "w2"],
        ...     "label": ["a1", "a2"]})
        >>> print(read_pairs(votes).to_annotations())
        2 labels of 1 items by 2 annotators
        """
        from paygrade.data.comparing import as_comparisons

        frame = as_comparisons(self.table, named, self.source)
        columns = {"left": "left", "right": "right", "winner": "winner", "task": "task"}
        return read_annotations(frame, **{**columns, **options})

    def to_trl(self, weights: Any = None) -> "pd.DataFrame":
        """Return the decided pairs in TRL's columns prompt, chosen and rejected, for DPO training.

        Messages come back as messages. Ties and pairs without a label can't be exported; `attrs`
        of the frame counts them in "left_out". Write it with
        `frame.to_json(path, orient="records", lines=True)`.

        TRL reads a column `margin` in reward training and subtracts it from the difference of
        scores; ours means something else, so it isn't exported. A column `weight` is for a loss of
        your own, or for drawing pairs in proportion to it.

        Arguments:
            weights: one number a row; the name of a column; or worker -> weight, as in
                `fit_attentiveness(...).weights()`. None: no column `weight`.

        Raises:
            DataError: no pair is decided, texts are missing, or a weight is.
        """
        return trl_rows(self.table, weights, self.source)

    def to_argilla(self, metadata: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return records as Argilla 2 reads them (`dataset.records.from_json`, or `log` by fields).

        Fields prompt, left and right; the id is the pair's `task`. Labels and margins stay behind:
        annotators see metadata, so name in `metadata` only columns that they may see.

        Raises:
            DataError: texts are missing, or there is no such column.
        """
        return argilla_records(self.table, list(metadata), self.source)

    def to_label_studio(self, data: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return tasks as Label Studio imports them; `paygrade.data.LABEL_STUDIO_VIEW` shows them.

        Data prompt, left, right, item (the pair's `task`), left_id and right_id, so that the export
        comes back by `read_annotations(path, platform="label-studio", task="item")`. Labels stay
        behind, as in `to_argilla`.

        Raises:
            DataError: texts are missing, or there is no such column.
        """
        return label_studio_tasks(self.table, list(data), self.source)

    def __str__(self) -> str:
        labelled = int(self.table["label"].notna().sum())
        what = ", ".join(sorted(self.table["dataset"].unique())) if "dataset" in self.table else ""
        left_out = ", ".join(f"{number} {what}" for what, number in self.left_out.items() if number)
        items = self.table["task"].nunique() if "task" in self.table else len(self)
        return (
            f"{len(self)} pairs of {items} items, {labelled} of them labelled"
            + (f" ({what})" if what else "")
            + (f"; left out: {left_out}" if left_out else "")
        )


def as_table(rows: list[dict[str, Any]]) -> "pd.DataFrame":
    """Return rows as a table, our columns first; one in which nothing is known is left away."""
    import pandas as pd

    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: dict[str, Any] = {}
    for name in sorted(names, key=lambda each: FIRST.index(each) if each in FIRST else len(FIRST)):
        values = [row.get(name) for row in rows]
        if name == "margin" or _are_numbers(values):
            column = pd.Series([float("nan") if v is None else v for v in values], dtype="float64")
        else:
            column = pd.Series(values, dtype="object")  # equal texts stay one object
        if name in FIXED or column.notna().any():
            columns[name] = column
    return pd.DataFrame(columns)


def _are_numbers(values: list[Any]) -> bool:
    given = [each for each in values if each is not None]
    return bool(given) and all(type(each) in (int, float) for each in given)
