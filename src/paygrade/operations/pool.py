"""The pool of items: which are golden, which an expert has answered, and what may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paygrade.errors import DataError, raise_problems
from paygrade.operations.keys import digest
from paygrade.operations.plan import BatchPlan
from paygrade.operations.table import Row, Rows, is_json_lines, read_rows, text

FEW = 0.5  # a column with at most this share of distinct values sorts items into kinds


@dataclass(frozen=True)
class Item:
    """An item of the pool.

    Attributes:
        name: as the pool calls it.
        shown: what annotators may see of it, by column.
        gold, expert: its known answers; "" where there is none.
    """

    name: str
    shown: Row
    gold: str
    expert: str


@dataclass(frozen=True)
class Pool:
    """All items, in the order of the file.

    Attributes:
        name: the path as given.
        digest: SHA-256 of the file.
        shown: the columns that annotators see.
        items: in the order of the file.
        is_json: whether the file is JSON lines; the batches then are, too.
    """

    name: str
    digest: str
    shown: tuple[str, ...]
    items: tuple[Item, ...]
    is_json: bool

    @property
    def golden(self) -> list[Item]:
        """Items with a known answer; they serve as checks and nothing else."""
        return [item for item in self.items if item.gold]

    @property
    def ordinary(self) -> list[Item]:
        """Items that somebody wants labelled."""
        return [item for item in self.items if not item.gold]


def read_pool(path: Path | str, plan: BatchPlan) -> Pool:
    """Read the items at `path`, one row each, and hide what would tell which are checks.

    Raises:
        DataError: an item has no name or the name of another, a column is missing, or a column
            that annotators would see tells golden items from the others.
    """
    path = Path(path)
    table = read_rows(path)
    _refuse_missing(table, plan)
    _refuse_unnamed(table, plan.columns.item)
    columns = plan.columns
    hidden = {columns.item, columns.gold, columns.expert, *columns.hide}
    shown = tuple(name for name in table.columns if name not in hidden)
    items = tuple(
        Item(
            text(row[columns.item]),
            {name: row.get(name) for name in shown},
            text(row.get(columns.gold)),
            text(row.get(columns.expert)),
        )
        for row in table.rows
    )
    if plan.batches.rows("imc") and plan.imc.column not in shown:
        raise DataError(
            f"{table.name}: imc.column = {plan.imc.column!r} is hidden from annotators, so nobody"
            " would read the instruction; name a column that they see"
        )
    pool = Pool(table.name, digest(path.read_bytes()), shown, items, is_json_lines(path))
    if plan.batches.rows("golden"):
        _refuse_telltales(pool)
    return pool


def _refuse_missing(table: Rows, plan: BatchPlan) -> None:
    wanted = {"columns.item": [plan.columns.item], "columns.hide": list(plan.columns.hide)}
    if plan.batches.rows("golden"):
        wanted["columns.gold"] = [plan.columns.gold]
    if plan.batches.rows("imc"):
        wanted["imc.column"] = [plan.imc.column]
    if plan.pair:
        wanted["pair"] = [name for sides in plan.pair.columns for name in sides]
    missing = [
        f"{table.name} has no column {name!r}, which the plan names in {option}; give the right"
        f" name there. The columns are: {', '.join(table.columns)}"
        for option, names in wanted.items()
        for name in names
        if name not in table.columns
    ]
    raise_problems(missing, DataError)


def _refuse_unnamed(table: Rows, column: str) -> None:
    names = [text(row.get(column)) for row in table.rows]
    empty = [i for i, name in enumerate(names) if not name]
    if empty:
        raise DataError(
            f"{table.name}: no {column} in {table.places(empty)}, so labels of the item could not"
            " be told apart; give every item a name"
        )
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        if first.setdefault(name, i) != i:
            raise DataError(
                f"{table.name}: {column} {name!r} names more than one item"
                f" ({table.places([first[name], i])}), so answers and keys would mix; give each"
                " item a name of its own"
            )


def _refuse_telltales(pool: Pool) -> None:
    """Refuse columns by which annotators could tell golden items from the others."""
    golden, ordinary = pool.golden, pool.ordinary
    problems = [
        f"{pool.name}: the column {name!r} {how}, so annotators could see which items are checks"
        " and be careful only there; list it under hide in the plan, or fill it alike"
        for name in pool.shown
        if golden and ordinary and (how := _telltale(name, golden, ordinary))
    ]
    raise_problems(problems, DataError)


def _telltale(name: str, golden: Sequence[Item], ordinary: Sequence[Item]) -> str:
    checks, others = ([text(i.shown[name]) for i in each] for each in (golden, ordinary))
    if any(checks) != any(others):
        return "is filled in for golden items alone" if any(checks) else "is empty for golden items"
    sorts = all(len(set(each)) <= FEW * len(each) for each in (checks, others))
    if sorts and not set(checks) & set(others):
        return "has other values for golden items than for the rest"
    return ""
