"""Which items each batch gets: in random order, each about as often as any other."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from paygrade.errors import DataError
from paygrade.operations.layout import shuffled, stream
from paygrade.operations.plan import BatchPlan
from paygrade.operations.pool import Item, Pool


@dataclass(frozen=True)
class Hand:
    """The items of one batch by what they are there for."""

    golden: list[Item]
    expert: list[Item]
    fresh: list[Item]
    imc: list[Item]


def deal(pool: Pool, plan: BatchPlan, seed: int) -> list[Hand]:
    """Return the items of each batch, in the order of the batches.

    Every item goes into one batch before any goes into a second one, and none goes to the same
    annotator twice. Items to be reviewed by an expert are those that an expert has answered
    already, if the pool has any, else any ordinary ones. Instructed rows borrow the cells of
    ordinary items that the annotator sees nowhere else; nobody labels these, so they can be dealt
    again.

    Raises:
        DataError: the pool has too few items.
    """
    rows, owners = plan.batches, plan.batches.owners
    answered = [item for item in pool.ordinary if item.expert]
    wanted = {
        "golden": (rows.rows("golden"), pool.golden, len(owners)),
        "expert": (rows.rows("expert"), answered or pool.ordinary, rows.overlap),
        "ordinary": (rows.fresh, pool.ordinary, rows.overlap),
        "instructed": (rows.rows("imc"), pool.ordinary, len(owners)),
    }
    # what an annotator, or a batch for whoever takes it, has been dealt
    known = {owner or i: set[str]() for i, owner in enumerate(owners)}
    holders = [known[owner or i] for i, owner in enumerate(owners)]
    uses: Counter[str] = Counter()
    hands = []
    for kind, (number, items, most) in wanted.items():
        order = shuffled(items, stream(seed, "deal", kind))
        counted = Counter[str]() if kind == "instructed" else uses
        dealt = _deal_kind(order, number, most, holders, counted)
        if min(map(len, dealt)) < number:
            raise DataError(_too_few(pool, plan, kind, number, len(items)))
        hands.append(dealt)
    return [Hand(*each) for each in zip(*hands, strict=True)]


def _deal_kind(
    order: Sequence[Item],
    number: int,
    most: int,
    holders: Sequence[set[str]],
    uses: Counter[str],
) -> list[list[Item]]:
    """Return up to `number` items for each holder in turn; note them in `holders` and `uses`."""
    waiting, hands = deque(order), []
    for known in holders:
        hand: list[Item] = []
        passed: list[Item] = []
        while waiting and len(hand) < number:
            item = waiting.popleft()
            if uses[item.name] < most:
                (passed if item.name in known else hand).append(item)
        waiting.extendleft(reversed(passed))
        waiting.extend(hand)
        uses.update(item.name for item in hand)
        known.update(item.name for item in hand)
        hands.append(hand)
    return hands


def _too_few(pool: Pool, plan: BatchPlan, kind: str, number: int, there: int) -> str:
    batches = len(plan.batches.owners)
    asked = f"{number} {kind} items in each of {batches} batches"
    if kind == "golden":
        return (
            f"{pool.name} has {there} golden items (a known answer in {plan.columns.gold!r}), too"
            f" few for {asked} if nobody is to see one twice; add golden items, or ask for fewer in"
            " the plan"
        )
    if kind == "instructed":
        return (
            f"{pool.name} has {there} ordinary items, too few to lend their cells to {asked} beside"
            " those that are labelled there; add items, or ask for fewer"
        )
    times = f"{plan.batches.overlap} batch{'es' * (plan.batches.overlap > 1)}"
    return (
        f"{pool.name} has {there} items for {asked}, too few if each may be in {times}; add items,"
        " plan fewer batches, or raise overlap"
    )
