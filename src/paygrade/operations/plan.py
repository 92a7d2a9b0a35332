"""What annotators shall see: how many rows, repeats, golden and expert-reviewed items a batch has.

A number is a whole number of rows; a number below 1 written with a point is a share of the batch,
rounded to whole rows, half of one up.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from paygrade.arguments import checked_arguments
from paygrade.settings import Section, read_settings

EXAMPLE_PLAN = """\
# What each annotator sees. A whole number counts rows of a batch; 0.1 is a tenth of its rows.

[batches]
size = 60              # rows in a batch
number = 12            # batches; or annotators = ["ann", "bob"], so many batches for each
golden = 10            # rows with a known answer, at random places
repeats = 8            # items shown a second time in the same batch
spacing = 15           # a repeat comes at least so many rows after its first showing
expert = 0             # items that an expert will answer too, chosen at random
imc = 0                # rows that only say which answer to choose; never counted for pay
overlap = 1            # in how many batches an ordinary item may be
seed = 2025            # the same pool, plan and seed give the same files

[columns]
item = "task"          # column of the pool that names the item; annotators don't see it
gold = "gold"          # known answers; nobody sees them
hide = []              # further columns that annotators must not see

[pair]                 # leave this out if items are no pairs
left = "left"          # these two columns (or lists of columns) change places in half of the
right = "right"        # rows, and between the two showings of a repeat
answers = ["left", "right"]  # the answers that change their meaning with them

[imc]                  # instructed manipulation checks, if imc is above 0
column = "prompt"      # what carries the instruction; the rest is as in any other row
text = "This is a check of attention, not a question: please choose {answer}."
answers = []           # the answers to ask for, each as often as any; none: those of the pair
"""

Whole = Annotated[int, Field(ge=1, le=100_000, strict=True)]
Number = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Share = Annotated[Decimal, Field(ge=0, lt=1)]
Rows = Number | Share
Kind = Literal["golden", "repeats", "expert", "imc"]
KINDS: tuple[Kind, ...] = ("golden", "repeats", "expert", "imc")
SLOT = "{answer}"
Name = Annotated[str, Field(min_length=1)]


class Batches(Section):
    """The rows of a batch, and who gets one."""

    size: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    number: Whole = 1
    annotators: tuple[Name, ...] | None = None
    golden: Rows = 0
    repeats: Rows = 0
    expert: Rows = 0
    imc: Rows = 0
    spacing: Whole = 10
    overlap: Whole = 1
    seed: Annotated[int, Field(ge=0, strict=True)] | None = None

    @model_validator(mode="after")
    def _can_be_laid_out(self) -> "Batches":
        names = self.annotators or ()
        if len(set(names)) < len(names) or self.annotators == ():
            raise ValueError("annotators must be different people, at least one; list each once")
        golden, repeats, expert, imc = (self.rows(of) for of in KINDS)
        room = self.size - golden - expert - imc
        needed = repeats + max(self.spacing, repeats) if repeats else 0
        if room < max(needed, 1):
            raise ValueError(
                f"size = {self.size} leaves {room} rows beside {golden} golden, {expert}"
                f" expert-reviewed and {imc} instructed ones, and {repeats} repeats"
                f" {self.spacing} rows apart need {max(needed, 1)}; make size larger, or spacing"
                " or a number smaller"
            )
        return self

    def rows(self, of: Kind) -> int:
        """Return how many rows of a batch are of this kind; a repeat is its second showing.

        >>> Batches(size=30, golden=Decimal("0.15"), repeats=4, spacing=5).rows("golden")
        5
        """
        value: int | Decimal = getattr(self, of)
        if isinstance(value, int):
            return value
        return int((value * self.size).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def fresh(self) -> int:
        """Ordinary items of a batch, those shown twice among them."""
        return self.size - sum(self.rows(of) for of in KINDS)

    @property
    def owners(self) -> Sequence[str]:
        """Whose each batch is, in order; "" for whoever takes it."""
        if self.annotators is None:
            return [""] * self.number
        return [name for name in self.annotators for _ in range(self.number)]


class Columns(Section):
    """What the pool's columns are."""

    item: Name = "task"
    gold: Name = "gold"
    expert: Name = "expert"
    hide: tuple[Name, ...] = ()


class Pair(Section):
    """Columns that change places, one or several on each side, and the answers that do so too."""

    left: Name | tuple[Name, ...] = "left"
    right: Name | tuple[Name, ...] = "right"
    answers: tuple[Name, Name] = ("left", "right")

    @model_validator(mode="after")
    def _differ(self) -> "Pair":
        sides = [name for pair in self.columns for name in pair]
        if len(set(sides)) < len(sides) or not sides or self.answers[0] == self.answers[1]:
            raise ValueError("the two sides must differ; give two columns and two answers")
        return self

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The columns that change places, left and right."""
        left, right = (
            (side,) if isinstance(side, str) else side for side in (self.left, self.right)
        )
        if len(left) != len(right):
            raise ValueError("left and right list different numbers of columns; pair them up")
        return list(zip(left, right, strict=True))


class Instructed(Section):
    """Rows that look like any other, except that they say which answer to choose."""

    column: Name = "prompt"
    text: str = "This is a check of attention, not a question: please choose {answer}."
    answers: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _instructs(self) -> "Instructed":
        if SLOT not in self.text:
            raise ValueError(f"text says not which answer to choose; write {SLOT} where it stands")
        if len(set(self.answers)) < len(self.answers):
            raise ValueError("answers lists one twice; list each once")
        return self


class BatchPlan(Section):
    """All of a plan file."""

    batches: Batches
    columns: Columns = Columns()
    pair: Pair | None = None
    imc: Instructed = Instructed()

    @model_validator(mode="after")
    def _has_answers_to_ask_for(self) -> "BatchPlan":
        if self.batches.rows("imc") and not self.asked_for:
            raise ValueError(
                "batches.imc asks for rows that say which answer to choose, and neither imc.answers"
                " nor pair.answers says which there are; list them under [imc]"
            )
        sides = [name for both in self.pair.columns for name in both] if self.pair else []
        if self.batches.rows("imc") and self.imc.column in sides:
            raise ValueError(
                f"imc.column = {self.imc.column!r} is one side of the pair, so the instruction"
                " would stand on one side only; name the column of the question"
            )
        return self

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The answers that instructed rows ask for."""
        return self.imc.answers or (self.pair.answers if self.pair else ())


@checked_arguments
def read_plan(path: Path | str) -> BatchPlan:
    """Read the TOML file at `path`; `EXAMPLE_PLAN` is one.

    Raises:
        DataError: naming line, key, value and what is expected.
    """
    return read_settings(Path(path), BatchPlan, "paygrade sample --example")
