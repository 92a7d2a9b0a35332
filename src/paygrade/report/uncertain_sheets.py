"""Tables of uncertain annotators: figures that are off, annotators within a share, kinds."""

from paygrade.model.contract import BinaryContract
from paygrade.report.stated import WORDS
from paygrade.report.tables import Column, Entry, Sheet
from paygrade.report.uncertain import Kinds, Safe
from paygrade.report.uncertain_rows import kinds_rows, safe_rows
from paygrade.robust.mistakes import Mistake, Sensitivity

LEAVE = "leave"
KEEP = Column("you keep", 2, "money")
EVIDENCE = Column("evidence", None)
PROOF = "Proved: at that figure no other effort is better for the annotator; checked: tried only."


def mistakes_sheet(found: Sensitivity) -> Sheet:
    """Return the table "if a figure is off": what they do then, what is left to you."""
    compared = any(one.best_payoff is not None for one in found.mistakes)
    plan = (Column("against plan", 2, "money"),)
    best = (Column("best rule keeps", 2, "money"), Column("you lose", 2, "money"))
    columns = (
        *(Column("if this", None), Column("is not"), Column("but"), Column("effort")),
        *(KEEP, *(best if compared else plan), EVIDENCE),
    )
    notes = [
        (
            f"One figure at a time is off, the rule stays. As planned: effort {found.effort:.2f},"
            f" {found.payoff:.2f} a batch for you."
        ),
        *(["You lose: what the best rule for that figure would keep more."] if compared else []),
        PROOF,
    ]
    rows = tuple(_mistake_row(found, one, compared=compared) for one in found.mistakes)
    title = f"If your numbers are {100 * found.by:g} % off"
    return Sheet("mistakes", title, columns, rows, tuple(notes))


def safe_sheet(safe: Safe) -> Sheet:
    """Return what the cheapest rule and the safe one do with annotators at the ends."""
    columns = (
        *(Column("annotators", None), Column("effort, cheapest rule")),
        *(Column("you keep with it", 2, "money"), Column("effort, this rule")),
        *(Column("expected pay", 2, "money"), KEEP, EVIDENCE),
    )
    rows = tuple(
        (
            *(row["who"], LEAVE if row["cheapest_effort"] is None else row["cheapest_effort"]),
            *(row["cheapest_keeps"], row["effort"], row["earns"], row["keeps"]),
            row["evidence"].lower(),
        )
        for row in safe_rows(safe)
    )
    notes = (
        (
            f"The lines show the ends of {safe.percent:g} % on either side; the proof covers all in"
            " between."
        ),
        PROOF,
    )
    return Sheet("safe", "The cheapest rule and this one", columns, rows, notes)


def kinds_sheet(kinds: Kinds) -> Sheet:
    """Return what each kind of annotator does."""
    is_bonus = isinstance(kinds.rules[0], BinaryContract)
    several = len(kinds.rules) > 1
    columns = (
        *(Column("who", None), Column("share"), *([Column("takes rule", 0)] if several else [])),
        *(Column("effort"), *([Column("passes", 3)] if is_bonus else [])),
        *(Column("expected pay", 2, "money"), KEEP, EVIDENCE),
    )
    names = (
        *("who", "share", *["rule"] * several, "effort", *["passes"] * is_bonus),
        *("earns", "keeps", "evidence"),
    )
    rows = []
    for row in kinds_rows(kinds):
        row["evidence"] = row["evidence"].lower()
        if row["effort"] is None:
            row["effort"] = LEAVE
        rows.append(tuple(row[name] for name in names))
    notes = ("Proved: no other effort, and no other rule, is better for this kind.",)
    return Sheet("kinds", "What each kind of annotator does", columns, tuple(rows), notes)


def _mistake_row(found: Sensitivity, one: Mistake, *, compared: bool) -> tuple[Entry, ...]:
    extra = (one.best_payoff, one.loss) if compared else (one.payoff - found.payoff,)
    return (
        *(WORDS[one.input], one.thought, one.truth, one.effort if one.accepts else LEAVE),
        *(one.payoff, *extra, one.evidence.value.lower()),
    )
