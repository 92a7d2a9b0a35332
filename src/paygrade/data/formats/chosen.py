"""TRL's columns: chosen and rejected, with a prompt or with one inside both; texts or messages.

Skywork-Reward-Preference, ultrafeedback_binarized and HH-RLHF are of this kind. The file says who
won by the column, so the coin places both responses, or every answer would be "left".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from paygrade.data.conversation import (
    flatten,
    is_conversation,
    split_messages,
    split_texts,
)
from paygrade.data.formats.format import LEFT, Format, Lost, Reading, Row, make_pair
from paygrade.data.formats.record import Record

NAMED = {"origin": "source", "prompt_id": "prompt_id", "split": "split"}


def chosen_pairs(records: Sequence[Record], reading: Reading) -> Iterator[Row | Lost]:
    """Yield a pair a row."""
    for record in records:
        chosen, rejected = record.get("chosen"), record.get("rejected")
        if chosen is None or rejected is None:
            yield Lost(record, "pairs without a response")
            continue
        sides: dict[str, tuple[Any, Any]] = {
            "score": (record.number("score_chosen"), record.number("score_rejected")),
            "model": (record.name("chosen_model"), record.name("rejected_model")),
        }
        more: dict[str, Any] = {ours: record.name(theirs) for ours, theirs in NAMED.items()}
        if is_conversation(chosen) and is_conversation(rejected):
            prompt, one, other = split_messages(chosen, rejected)
            more["prompt_messages"] = prompt or _messages(record)
            sides["messages"] = (one, other)
            text = record.text("prompt")
            if text is None and more["prompt_messages"]:
                text = flatten(more["prompt_messages"])
            texts = (flatten(one), flatten(other))
        else:
            text, *both = _of_texts(record)
            texts = (both[0], both[1])
        yield make_pair(record, text, texts, LEFT, coin=reading.seed, sides=sides, **more)


def _of_texts(record: Record) -> tuple[str | None, str, str]:
    chosen, rejected = record.text("chosen") or "", record.text("rejected") or ""
    if "prompt" in record.values:
        return record.text("prompt"), chosen, rejected
    return split_texts(chosen, rejected)


def _messages(record: Record) -> Any:
    """Return the prompt's own messages, if it stands apart from the responses."""
    prompt = record.get("prompt")
    if is_conversation(prompt):
        return prompt
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else None


CHOSEN = Format(
    "trl",
    ("chosen", "rejected"),
    chosen_pairs,
)
