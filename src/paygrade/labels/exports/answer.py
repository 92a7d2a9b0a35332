"""What JSON holds as an answer, as one text."""

import json
from typing import Any


def plain(value: Any) -> str | None:
    """Return an answer as text: what is wrapped comes out, several choices are one sorted answer.

    >>> plain({"choices": ["Positive"]}), plain([{"rating": 4}]), plain({"choices": ["b", "a"]})
    ('Positive', '4', 'a, b')
    >>> plain(None), plain([]), plain(True)
    (None, None, 'true')
    """
    if isinstance(value, dict):
        inside = [each for each in value.values() if each is not None]
        return plain(inside[0]) if len(inside) == 1 else (json.dumps(value) if inside else None)
    if isinstance(value, list | tuple):
        parts = [text for text in map(plain, value) if text is not None]
        return ", ".join(sorted(parts)) or None
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value) if isinstance(value, bool) else str(value)


def unpacked(cell: object) -> object:
    """Return the answer in a cell that holds JSON, and any other cell as it is.

    >>> unpacked('{"choices": ["b", "a"]}'), unpacked("[draft]"), unpacked(3)
    ('a, b', '[draft]', 3)
    """
    if isinstance(cell, str) and cell[:1] in ("{", "["):
        try:
            return plain(json.loads(cell))
        except json.JSONDecodeError:
            return cell
    return cell
