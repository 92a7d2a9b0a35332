"""Pairs in the shapes of others: TRL for training, Argilla and Label Studio for labelling."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paygrade.data.coin import digest
from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ("left", "right")
LABEL_STUDIO_VIEW = """\
<View>
  <Header value="$prompt"/>
  <Pairwise name="preference" toName="left,right" leftClass="left" rightClass="right"/>
  <Text name="left" value="$left"/>
  <Text name="right" value="$right"/>
</View>
"""


def trl_rows(table: "pd.DataFrame", weights: Any, source: str) -> "pd.DataFrame":
    """Return decided pairs as prompt, chosen, rejected and perhaps weight; see `to_trl`."""
    import pandas as pd

    decided = table["label"].isin(TEXTS).to_numpy()
    if not decided.any():
        raise DataError(f"{source}: no pair has a label left or right, so none can be exported")
    weight = _weights(table, weights, source)[decided] if weights is not None else None
    kept = table[decided]
    _require_texts(kept, source)
    sides = [f"{each}_messages" for each in TEXTS]
    as_messages = set(sides) <= set(kept) and bool(kept[sides].notna().all(axis=None))
    left, right = (kept[each].tolist() for each in (sides if as_messages else TEXTS))
    prompt = kept["prompt"].tolist()
    if as_messages and "prompt_messages" in kept:
        prompt = kept["prompt_messages"].tolist()
    won = (kept["label"] == "left").tolist()
    ordered = [
        (one, other) if first else (other, one)
        for one, other, first in zip(left, right, won, strict=True)
    ]
    rows = {
        "prompt": prompt,
        "chosen": [chosen for chosen, _ in ordered],
        "rejected": [rejected for _, rejected in ordered],
    }
    if all(each is None for each in prompt):
        del rows["prompt"]  # TRL's implicit prompt
    frame = pd.DataFrame({name: pd.Series(each, dtype="object") for name, each in rows.items()})
    if weight is not None:
        frame["weight"] = weight
    tied, unknown = int((table["label"] == "tie").sum()), int(table["label"].isna().sum())
    frame.attrs["left_out"] = {"ties": tied, "pairs without a label": unknown}
    return frame


def _weights(table: "pd.DataFrame", weights: Any, source: str) -> Any:
    """Return one weight a row; those of rows that aren't exported may be missing."""
    import numpy as np
    import pandas as pd

    if isinstance(weights, str):
        if weights not in table:
            raise DataError(f"{source} has no column {weights!r} to weigh pairs by; name one")
        given = table[weights]
    elif isinstance(weights, Mapping | pd.Series):
        if "worker" not in table:
            raise DataError(
                f"{source} doesn't say who gave which label, so weights by worker can't be placed;"
                " give one weight a row"
            )
        given = table["worker"].map({str(who): each for who, each in dict(weights).items()})
    else:
        given = pd.Series(np.asarray(weights, dtype=float))
    if len(given) != len(table):
        raise DataError(f"{source}: {len(given)} weights for {len(table)} rows; give one a row")
    numbers = np.asarray(pd.to_numeric(given, errors="coerce"), dtype=float)
    decided = table["label"].isin(TEXTS).to_numpy()
    bad = decided & ~(np.isfinite(numbers) & (numbers >= 0.0))
    if bad.any():
        who = f" (of {table['worker'].iloc[int(bad.argmax())]!r})" if "worker" in table else ""
        raise DataError(
            f"{source}: {int(bad.sum())} pairs have no weight of at least 0{who}, so what they"
            " count for is unknown; give one to each, 0 to leave a pair out of training"
        )
    return numbers


def argilla_records(
    table: "pd.DataFrame", metadata: Sequence[str], source: str
) -> list[dict[str, Any]]:
    """Return Argilla's records; see `PreferencePairs.to_argilla`."""
    return [
        {
            "id": row["task"],
            "status": "pending",
            "fields": {each: row[each] or "" for each in ("prompt", *TEXTS)},
            "metadata": {name: row[name] for name in metadata},
            "suggestions": {},
            "responses": {},
            "vectors": {},
        }
        for row in _items(table, metadata, source)
    ]


def label_studio_tasks(
    table: "pd.DataFrame", data: Sequence[str], source: str
) -> list[dict[str, Any]]:
    """Return Label Studio's tasks; see `PreferencePairs.to_label_studio`."""
    return [
        {
            "data": {each: row[each] or "" for each in ("prompt", *TEXTS)}
            | {"item": row["task"]}
            | {f"{side}_id": row.get(f"{side}_id") or digest(row[side]) for side in TEXTS}
            | {name: row[name] for name in data}
        }
        for row in _items(table, data, source)
    ]


def _items(table: "pd.DataFrame", names: Sequence[str], source: str) -> list[dict[str, Any]]:
    """Return each item once, whatever the number of its labels; blanks are None."""
    missing = [name for name in ("task", *names) if name not in table]
    if missing:
        raise DataError(
            f"{source} has no column {missing[0]!r} to show; the columns are"
            f" {', '.join(map(str, table))}"
        )
    _require_texts(table, source)
    unique = table.drop_duplicates("task")
    plain = unique.astype("object").where(unique.notna(), None)
    return plain.to_dict(orient="records")  # type: ignore[return-value]


def _require_texts(table: "pd.DataFrame", source: str) -> None:
    lacking = int(table[list(TEXTS)].isna().any(axis=1).sum())
    if lacking:
        raise DataError(
            f"{source}: {lacking} of {len(table)} pairs have names only and no texts, so there is"
            " nothing to show or to train on; join the texts to columns left and right first"
        )
