"""Smallest and largest whole numbers with a property that whole blocks can be cleared of.

What a sample of n does is no monotone function of n: cutoffs are whole numbers, so errors rise and
fall like the teeth of a saw. A plain bisection then returns some crossing. Here a block of numbers
is left alone only when a bound settles all of it; otherwise it is halved.
"""

from collections.abc import Callable

Settled = Callable[[int, int], bool]


def smallest_open(low: int, high: int, settled: Settled) -> int | None:
    """Return the smallest n in low..high that isn't settled; None if all are.

    Arguments:
        low: first number of the range.
        high: last number of the range.
        settled: whether all of a block (first, last) is settled; exact where first = last, and
            allowed to answer False for longer blocks that it can't tell.

    >>> smallest_open(1, 10**9, lambda first, last: last < 123_456_789)
    123456789
    """
    return _search(low, high, settled, from_below=True)


def largest_open(low: int, high: int, settled: Settled) -> int | None:
    """Return the largest n in low..high that isn't settled; None if all are.

    >>> largest_open(1, 10**9, lambda first, last: first > 77)
    77
    """
    return _search(low, high, settled, from_below=False)


def _search(low: int, high: int, settled: Settled, *, from_below: bool) -> int | None:
    blocks = [(low, high)] if low <= high else []
    while blocks:
        first, last = blocks.pop()
        if settled(first, last):
            continue
        if first == last:
            return first
        middle = (first + last) // 2
        halves = [(middle + 1, last), (first, middle)]  # the last one is looked at next
        blocks += halves if from_below else halves[::-1]
    return None
