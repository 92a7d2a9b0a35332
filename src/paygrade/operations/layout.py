"""Where in a batch the checks stand: at random, and repeats far enough apart.

Golden, expert-reviewed and instructed rows come first, at places that are uniform over all choices,
so that no place says anything about the row in it. Repeats share what is left: their places are
uniform over all choices with the wanted spacing, as the limit of a random walk among these (each
step moves one showing to another place if the spacing allows; steps are symmetric, so the uniform
law is the one that stays). `Batches` guarantees that a first choice exists.

Only uniform numbers from `random.Random(text).random()` are used, whose stream Python promises to
keep, so the same seed gives the same files on every platform and version.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Thing = TypeVar("Thing")

STEPS = 30  # of the random walk, times rows times log of rows


@dataclass(frozen=True)
class Layout:
    """Places (from 0) in a batch of golden, expert and instructed rows and of repeats, twice."""

    golden: tuple[int, ...]
    expert: tuple[int, ...]
    repeats: tuple[tuple[int, int], ...]
    imc: tuple[int, ...] = ()


def stream(seed: int, *names: object) -> random.Random:
    """Return random numbers of their own for each use of one seed."""
    return random.Random("/".join(map(str, (seed, *names))))  # noqa: S311  (no secret)


def shuffled(things: Sequence[Thing], draw: random.Random) -> list[Thing]:
    """Return the things in random order, all orders equally likely.

    >>> sorted(shuffled("abc", stream(1)))
    ['a', 'b', 'c']
    """
    keys = [draw.random() for _ in things]
    return [things[i] for i in sorted(range(len(things)), key=keys.__getitem__)]


def lay_out(
    size: int,
    golden: int,
    expert: int,
    repeats: int,
    spacing: int,
    draw: random.Random,
    imc: int = 0,
) -> Layout:
    """Return random places for the checks of a batch.

    Arguments:
        size: rows of the batch.
        golden: rows with a known answer.
        expert: rows that an expert answers too.
        repeats: items shown twice.
        spacing: least distance between the two showings, in rows.
        draw: the random numbers.
        imc: rows that say which answer to choose.

    >>> layout = lay_out(20, 3, 0, 4, 6, stream(7))
    >>> len(layout.golden), all(second - first >= 6 for first, second in layout.repeats)
    (3, True)
    """
    places = shuffled(range(size), draw)
    taken = golden + expert
    free = sorted(places[taken + imc :])
    return Layout(
        tuple(sorted(places[:golden])),
        tuple(sorted(places[golden:taken])),
        _spaced(free, repeats, spacing, draw),
        tuple(sorted(places[taken : taken + imc])),
    )


def _spaced(
    free: Sequence[int], pairs: int, spacing: int, draw: random.Random
) -> tuple[tuple[int, int], ...]:
    """Return disjoint pairs of free places at least `spacing` apart, by a walk over all choices."""
    step = max(spacing, pairs)
    # seats 2i and 2i+1 hold the places of pair i, the seats after them the places of no pair
    seats = [place for i in range(pairs) for place in (free[i], free[i + step])]
    seats += sorted(set(free) - set(seats))

    def fits(seat: int) -> bool:
        pair = seat // 2
        return pair >= pairs or abs(seats[2 * pair] - seats[2 * pair + 1]) >= spacing

    for _ in range(STEPS * len(seats) * math.ceil(math.log(len(seats) + 1)) if pairs else 0):
        one, other = int(draw.random() * 2 * pairs), int(draw.random() * len(seats))
        seats[one], seats[other] = seats[other], seats[one]
        if not (fits(one) and fits(other)):
            seats[one], seats[other] = seats[other], seats[one]
    drawn = [sorted(seats[2 * i : 2 * i + 2]) for i in range(pairs)]
    return tuple(sorted((first, second) for first, second in drawn))
