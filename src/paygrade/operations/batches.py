"""From a pool and a plan to the batches that annotators see, and the keys that they don't."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from random import Random

from paygrade import __version__
from paygrade.arguments import checked_arguments
from paygrade.errors import DataError
from paygrade.operations.folder import write_folder
from paygrade.operations.hands import Hand, deal
from paygrade.operations.keys import (
    KEYS,
    MANIFEST,
    Key,
    csv_bytes,
    digest,
    json_bytes,
    keys_bytes,
)
from paygrade.operations.layout import Layout, lay_out, shuffled, stream
from paygrade.operations.plan import SLOT, BatchPlan, Kind
from paygrade.operations.pool import Item, Pool, read_pool
from paygrade.operations.table import Row

LARGEST_SEED = 1 << 53  # every JSON reader keeps whole numbers up to here


@dataclass(frozen=True)
class Batch:
    """What one annotator sees: rows of cells, and the key of each."""

    name: str
    owner: str
    rows: tuple[Row, ...]
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Sample:
    """All batches, ready to be written."""

    pool: Pool
    plan: BatchPlan
    seed: int
    batches: tuple[Batch, ...]

    def files(self) -> dict[str, bytes]:
        """Return every file by its path: batches/, keys.csv and manifest.json."""
        ending = "jsonl" if self.pool.is_json else "csv"
        keys = keys_bytes([key for batch in self.batches for key in batch.keys])
        seen = {f"batches/{each.name}.{ending}": self._batch_bytes(each) for each in self.batches}
        manifest = {
            "paygrade": __version__,
            "seed": self.seed,
            "pool": {"file": Path(self.pool.name).name, "sha256": self.pool.digest},
            "plan": self.plan.model_dump(mode="json"),
            "answers_that_turn": list(self.plan.pair.answers) if self.plan.pair else [],
            "keys": {"file": KEYS, "sha256": digest(keys)},
            "batches": [
                {
                    "batch": batch.name,
                    "annotator": batch.owner,
                    "file": name,
                    "sha256": digest(data),
                }
                for batch, (name, data) in zip(self.batches, seen.items(), strict=True)
            ],
        }
        return {**seen, KEYS: keys, MANIFEST: json_bytes(manifest)}

    def __str__(self) -> str:
        of = self.plan.batches
        kinds: dict[Kind, str] = {
            "golden": "golden",
            "expert": "expert-reviewed",
            "repeats": "repeated",
            "imc": "instructed",
        }
        checks = ", ".join(
            f"{rows} {name}" for kind, name in kinds.items() if (rows := of.rows(kind))
        )
        return (
            f"{len(self.batches)} batches of {of.size} rows each ({checks or 'no checks'}), drawn"
            f" from {len(self.pool.items)} items with seed {self.seed}."
        )

    def write(self, folder: Path | str) -> None:
        """Write the files into a new folder, all of them or none.

        Raises:
            DataError: the folder exists, or the one above it doesn't.
        """
        write_folder(Path(folder), self.files())

    def _batch_bytes(self, batch: Batch) -> bytes:
        columns = ["task", *self.pool.shown]
        if self.pool.is_json:
            lines = (json.dumps(row, ensure_ascii=False) for row in batch.rows)
            return "".join(f"{line}\n" for line in lines).encode()
        return csv_bytes(columns, [[row[name] for name in columns] for row in batch.rows])


@checked_arguments
def draw_batches(pool: Path | str, plan: BatchPlan) -> Sample:
    """Return the batches that `plan` asks for; without a seed in it, one is drawn and recorded.

    Ordinary items are dealt in random order, every item into one batch before any is dealt into a
    second one (`overlap`), never twice to one annotator. Golden items are dealt in the same way as
    often as needed. Each batch has random places of its own (`paygrade.operations.layout`).

    Raises:
        DataError: the pool can't be read, or has too few items for the plan.
    """
    items = read_pool(pool, plan)
    if "task" in items.shown:
        raise DataError(
            f"{items.name} has a column 'task' beside the item's name {plan.columns.item!r}, and"
            " batches name their rows in 'task'; rename it, or list it under hide in the plan"
        )
    seed = plan.batches.seed
    seed = secrets.randbelow(LARGEST_SEED) if seed is None else seed
    owners = plan.batches.owners
    width = max(2, len(str(len(owners))))
    names = [f"b{number:0{width}d}" for number in range(1, len(owners) + 1)]
    dealt = deal(items, plan, seed)
    batches = (
        _assemble(name, owner, hand, plan, stream(seed, name))
        for name, owner, hand in zip(names, owners, dealt, strict=True)
    )
    return Sample(items, plan, seed, tuple(batches))


def _assemble(name: str, owner: str, hand: Hand, plan: BatchPlan, draw: Random) -> Batch:
    """Put the items of a batch in random places and turn half of the pairs round."""
    of = plan.batches
    golden, expert, repeats = of.rows("golden"), of.rows("expert"), of.rows("repeats")
    layout = lay_out(of.size, golden, expert, repeats, of.spacing, draw, of.rows("imc"))
    places = _placed(hand, layout, of.size, draw)
    width = max(2, len(str(of.size)))
    rows, keys = [], []
    turned: dict[str, bool] = {}
    for position, (kind, item) in enumerate(places, start=1):
        task = f"{name}-{position:0{width}d}"
        swapped = plan.pair is not None and draw.random() < 0.5
        if plan.pair and item.name in turned:
            swapped = not turned[item.name]  # the second showing of a repeat
        turned[item.name] = swapped
        expected = {"golden": item.gold, "expert": item.expert}.get(kind, "")
        row = _as_shown(item, plan, swapped=swapped)
        if kind == "imc":
            wanted = plan.asked_for[int(draw.random() * len(plan.asked_for))]
            row = {**row, plan.imc.column: plan.imc.text.replace(SLOT, wanted)}
            expected = _in_pool_terms(wanted, plan, swapped=swapped)
        keys.append(Key(task, name, position, item.name, kind, expected, swapped))
        rows.append({"task": task, **row})
    return Batch(name, owner, tuple(rows), tuple(keys))


def _placed(hand: Hand, layout: Layout, size: int, draw: Random) -> list[tuple[str, Item]]:
    """Return kind and item of each place, (size,)."""
    fresh = shuffled(hand.fresh, draw)
    places: dict[int, tuple[str, Item]] = {}
    for first, second in layout.repeats:
        item = fresh.pop()
        places |= {first: ("repeat-first", item), second: ("repeat-second", item)}
    for kind, at, items in (
        ("golden", layout.golden, shuffled(hand.golden, draw)),
        ("expert", layout.expert, shuffled(hand.expert, draw)),
        ("imc", layout.imc, shuffled(hand.imc, draw)),
    ):
        places |= {place: (kind, item) for place, item in zip(at, items, strict=True)}
    return [places[i] if i in places else ("item", fresh.pop()) for i in range(size)]


def _as_shown(item: Item, plan: BatchPlan, *, swapped: bool) -> Row:
    if plan.pair is None or not swapped:
        return item.shown
    pairs = plan.pair.columns
    turned = {left: item.shown[right] for left, right in pairs}
    return {**item.shown, **turned, **{right: item.shown[left] for left, right in pairs}}


def _in_pool_terms(answer: str, plan: BatchPlan, *, swapped: bool) -> str:
    """Return what an answer to a row means for the item as the pool has it."""
    sides = plan.pair.answers if plan.pair else ()
    return sides[1 - sides.index(answer)] if swapped and answer in sides else answer
