"""A coin that says which response stands on the left, and names made of texts.

In a file of chosen and rejected responses the side would give the answer away: a model, a golden
question or an annotator would learn "the left one". The coin is a hash of the texts, so it falls
the same in every run, on every machine and in every order of rows; and of the two responses in
sorted order, so it doesn't depend on which of them was chosen. Two people's answers to one pair see
one order.
"""

import hashlib

LENGTH = 8  # bytes; among a billion pairs two share a name with probability 0.03


def digest(*texts: str | None) -> str:
    """Return a short name for the texts, in that order; a missing text is not an empty one.

    >>> digest("a", "b")
    '42de60bac299d468'
    >>> digest("a", None) != digest("a", "")
    True
    """
    state = hashlib.blake2b(digest_size=LENGTH)
    for text in texts:
        data = b"" if text is None else text.encode("utf-8", "surrogatepass")
        state.update(f"{-1 if text is None else len(data)}:".encode() + data)
    return state.hexdigest()


def falls_right(prompt: str | None, one: str | None, other: str | None, seed: int) -> bool:
    """Return whether `one` goes to the right; `other` then goes to the left, whoever asks.

    >>> falls_right("hi", "yes", "no", 0) == (not falls_right("hi", "no", "yes", 0))
    True
    """
    first, second = sorted((one or "", other or ""))
    bit = int(digest(str(seed), prompt, first, second), 16) & 1
    return bool(bit) == (first == (one or ""))
