"""The order in which people expect names."""

import re


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts numbers inside names by size.

    >>> sorted(["ann10", "ann2", "9"], key=natural)
    ['9', 'ann2', 'ann10']
    """
    parts = [part for part in re.split(r"([0-9]+)", name) if part]
    return [_number_key(part) if part.isdecimal() else (1, 0, part) for part in parts]


def _number_key(digits: str) -> tuple[int, int, str]:
    significant = digits.lstrip("0")
    return 0, len(significant), significant  # Python refuses to turn very long texts into numbers
