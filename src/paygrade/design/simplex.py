"""The revised simplex method in rationals: few rows, many columns, no rounding.

min c·t subject to A t >= b, t >= 0. A floating-point solver has done the searching; this finishes
in a few pivots from the basis it found, and its last multipliers prove the optimum.
"""

from collections.abc import Sequence
from fractions import Fraction

from paygrade.errors import InfeasibleContract, NoOptimum, NotConverged

PIVOTS = 2000
DANTZIG = 500  # pivots by steepest price before Bland's rule, which can't cycle
Matrix = Sequence[Sequence[Fraction]]


def minimise(
    rows: Matrix, rhs: Sequence[Fraction], cost: Sequence[Fraction], basis: Sequence[int]
) -> tuple[list[Fraction], list[Fraction]]:
    """Return the optimal t, (m,), and the multipliers of the rows, (r,).

    Arguments:
        rows: A, (r, m).
        rhs: b, (r,).
        cost: c, (m,).
        basis: r columns to start from; column m + i is the surplus of row i.

    Raises:
        InfeasibleContract: when neither that basis nor a single payment is feasible.
        NoOptimum: when the objective falls for ever.
        NotConverged: after too many pivots.
    """
    size = len(cost)
    chosen, inverse, level = _feasible_start(rows, rhs, basis)
    for pivot in range(PIVOTS):
        basic = [cost[j] if j < size else Fraction(0) for j in chosen]
        prices = [
            sum((c * inverse[i][r] for i, c in enumerate(basic) if c), Fraction(0))
            for r in range(len(rows))
        ]
        entering = _entering(rows, cost, prices, chosen, bland=pivot >= DANTZIG)
        if entering is None:
            solution = [Fraction(0)] * size
            for j, value in zip(chosen, level, strict=True):
                if j < size:
                    solution[j] = value
            return solution, prices
        move = _times(inverse, _column(rows, entering, size))
        places = [i for i, step in enumerate(move) if step > 0]
        if not places:
            raise NoOptimum("expected pay has no lower bound; set wage_floor")
        out = min(places, key=lambda i: (level[i] / move[i], chosen[i]))
        _exchange(inverse, level, move, out)
        chosen[out] = entering
    raise NotConverged(f"the exact simplex method did not finish in {PIVOTS} pivots")


def _feasible_start(
    rows: Matrix, rhs: Sequence[Fraction], basis: Sequence[int]
) -> tuple[list[int], list[list[Fraction]], list[Fraction]]:
    """Return a feasible basis, its inverse and its values: the one given, or one payment."""
    size, count = len(rows[0]), len(rows)
    for start in (list(basis), *_single_payments(rows, rhs)):
        if len(start) != count:
            continue
        columns = [_column(rows, j, size) for j in start]
        inverse = _inverse([[columns[j][i] for j in range(count)] for i in range(count)])
        if inverse is None:
            continue
        level = _times(inverse, rhs)
        if all(value >= 0 for value in level):
            return start, inverse, level
    raise InfeasibleContract(
        "no payments implement this effort: another one costs less and looks the same; check more"
        " or ask for another effort"
    )


def _single_payments(rows: Matrix, rhs: Sequence[Fraction]) -> list[list[int]]:
    """Return the bases that pay for one outcome only, where that can meet every row."""
    size, found = len(rows[0]), []
    needed = [i for i, b in enumerate(rhs) if b > 0]
    for j in range(size):
        if needed and all(rows[i][j] > 0 for i in needed):
            tight = max(needed, key=lambda i: rhs[i] / rows[i][j])
            found.append([j, *(size + i for i in range(len(rows)) if i != tight)])
    return found


def _entering(
    rows: Matrix,
    cost: Sequence[Fraction],
    prices: Sequence[Fraction],
    chosen: Sequence[int],
    *,
    bland: bool,
) -> int | None:
    best, worst = None, Fraction(0)
    for j in range(len(cost) + len(rows)):
        if j in chosen:
            continue
        if j < len(cost):
            gap = cost[j] - sum(
                (y * row[j] for y, row in zip(prices, rows, strict=True)), Fraction()
            )
            gap = gap / cost[j] if cost[j] else gap
        else:
            gap = prices[j - len(cost)]
        if gap < worst:
            best, worst = j, gap
            if bland:
                return best
    return best


def _column(rows: Matrix, j: int, size: int) -> list[Fraction]:
    if j < size:
        return [row[j] for row in rows]
    return [Fraction(-1) if i == j - size else Fraction(0) for i in range(len(rows))]


def _times(matrix: Matrix, vector: Sequence[Fraction]) -> list[Fraction]:
    return [
        sum((a * b for a, b in zip(row, vector, strict=True) if a and b), Fraction(0))
        for row in matrix
    ]


def _exchange(
    inverse: list[list[Fraction]], level: list[Fraction], move: Sequence[Fraction], out: int
) -> None:
    head = move[out]
    inverse[out] = [value / head for value in inverse[out]]
    level[out] = level[out] / head
    for i, factor in enumerate(move):
        if i != out and factor:
            inverse[i] = [a - factor * b for a, b in zip(inverse[i], inverse[out], strict=True)]
            level[i] = level[i] - factor * level[out]


def _inverse(matrix: Matrix) -> list[list[Fraction]] | None:
    size = len(matrix)
    table = [[*row, *(Fraction(int(i == j)) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = next((r for r in range(column, size) if table[r][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        head = table[column][column]
        table[column] = [value / head for value in table[column]]
        for r in range(size):
            factor = table[r][column]
            if r != column and factor:
                table[r] = [a - factor * b for a, b in zip(table[r], table[column], strict=True)]
    return [row[size:] for row in table]
