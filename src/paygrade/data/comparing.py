"""Pairs as comparisons between named things, the form that `read_annotations` knows."""

from typing import TYPE_CHECKING

from paygrade.data.coin import digest
from paygrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NAMED = ("model", "id")


def as_comparisons(table: "pd.DataFrame", named: str | None, source: str) -> "pd.DataFrame":
    """Return the labelled pairs with left, right and winner as names instead of texts.

    Arguments:
        table: of pairs.
        named: "model", "id" or None, as `PreferencePairs.to_annotations` says.
        source: what messages call it.

    Raises:
        DataError: nobody is named as the worker, nothing is labelled, or sides have no names.
    """
    if "worker" not in table:
        raise DataError(
            f"{source} doesn't say who gave which label, so annotators can't be told apart; such"
            " pairs serve as items (golden questions, margins), not for assessing people"
        )
    known = table[table["label"].notna() & table["worker"].notna()]
    if known.empty:
        raise DataError(
            f"{source}: no pair has a label and a worker, so there is nothing to assess"
        )
    sides = _names(known, named, source)
    same = sides[0] == sides[1]
    if same.any():
        raise DataError(
            f"{source}: {int(same.sum())} pairs have one name on both sides"
            f" ({sides[0][same].iloc[0]!r}), so the winner can't be told by name; leave out"
            f" named={named!r}"
        )
    kept = known.drop(columns=["prompt", "left", "right", "label"])
    return kept.assign(left=sides[0], right=sides[1], winner=known["label"])


def _names(known: "pd.DataFrame", named: str | None, source: str) -> "tuple[pd.Series, pd.Series]":
    if named is not None and named not in NAMED:
        raise DataError(f"named={named!r} is none of {', '.join(map(repr, NAMED))}; use one")
    if named is None and not {"left_id", "right_id"} <= set(known):
        return known["left"].map(digest), known["right"].map(digest)
    left, right = f"left_{named or 'id'}", f"right_{named or 'id'}"
    missing = [each for each in (left, right) if each not in known or known[each].isna().any()]
    if missing:
        raise DataError(
            f"{source}: {missing[0]} is missing in some pairs or in all, so the sides have no such"
            " names; leave out 'named'"
        )
    return known[left], known[right]
