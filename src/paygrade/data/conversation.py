"""Conversations, lists of messages with role and content, and the texts made of them.

Golden questions, monitors and most reward models look at texts. One message is its content; several
are "role: content", one below the other. The messages themselves are kept beside the text, so that
an export in the conversational shape loses nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Messages: TypeAlias = Sequence[Mapping[str, Any]]

ASSISTANT = "\n\nAssistant:"  # how HH-RLHF writes whose turn it is


def is_conversation(value: object) -> bool:
    """Return whether it is a list of messages; an empty list is none.

    >>> is_conversation([{"role": "user", "content": "hi"}]), is_conversation(["hi"])
    (True, False)
    """
    return (
        isinstance(value, list | tuple)
        and len(value) > 0
        and all(isinstance(each, Mapping) and {"role", "content"} <= set(each) for each in value)
    )


def flatten(messages: Messages) -> str:
    """Return the messages as one text.

    >>> flatten([{"role": "user", "content": "hi"}])
    'hi'
    >>> print(flatten([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]))
    user: hi
    <BLANKLINE>
    assistant: yes
    """
    if len(messages) == 1:
        return content(messages[0])
    return "\n\n".join(f"{each['role']}: {content(each)}" for each in messages)


def content(message: Mapping[str, Any]) -> str:
    """Return what a message says; parts that are no text stand as their kind in brackets.

    >>> print(content({"content": [{"type": "image"}, {"type": "text", "text": "This one?"}]}))
    [image]
    This one?
    """
    value = message["content"]
    if isinstance(value, list):
        parts = (each if isinstance(each, Mapping) else {"text": str(each)} for each in value)
        return "\n".join(each.get("text") or f"[{each.get('type', 'part')}]" for each in parts)
    return "" if value is None else str(value)


def split_messages(chosen: Messages, rejected: Messages) -> tuple[Messages, Messages, Messages]:
    """Return prompt, chosen and rejected of two conversations that begin alike.

    The prompt is what they have in common, except that each response keeps a message at least.

    >>> user = {"role": "user", "content": "hi"}
    >>> good, bad = ({"role": "assistant", "content": text} for text in ("Hello.", "What?"))
    >>> [len(part) for part in split_messages([user, good], [user, bad])]
    [1, 1, 1]
    """
    common = 0
    while common < min(len(chosen), len(rejected)) - 1 and (
        _same(chosen[common], rejected[common])
    ):
        common += 1
    return chosen[:common], chosen[common:], rejected[common:]


def split_texts(chosen: str, rejected: str) -> tuple[str | None, str, str]:
    r"""Return prompt, chosen and rejected of two texts; without HH-RLHF's marks there is no prompt.

    >>> split_texts("\n\nHuman: hi\n\nAssistant: yes", "\n\nHuman: hi\n\nAssistant: no")
    ('\n\nHuman: hi\n\nAssistant:', ' yes', ' no')
    >>> split_texts("The cat", "The dog")
    (None, 'The cat', 'The dog')
    """
    end = chosen.rfind(ASSISTANT)
    while end >= 0:
        cut = end + len(ASSISTANT)
        if rejected.startswith(chosen[:cut]):
            return chosen[:cut], chosen[cut:], rejected[cut:]
        end = chosen.rfind(ASSISTANT, 0, end)
    return None, chosen, rejected


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["role"] == other["role"] and one["content"] == other["content"])
