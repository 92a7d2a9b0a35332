"""What the figures of a check rest on, a sentence each."""

from paygrade.audit.staying import Bans
from paygrade.model.problem import MoralHazard
from paygrade.operations.rule import PayRule
from paygrade.report.economics import Economics


def check_notes(
    rule: PayRule,
    economics: Economics | MoralHazard | None,
    bans: Bans | None,
    staying: float | None,
    hours: float | None,
) -> tuple[str, ...]:
    """Return the sentences.

    Arguments:
        rule: as announced.
        economics: what was given; None: nothing.
        bans: how often the rule bans; None: never.
        staying: what being kept is worth (money); None: nobody said.
        hours: that a batch takes.
    """
    found = ["Checks are independent, and effort is the share of items that get real attention."]
    if economics is not None:
        found.append(
            "Proofs are about the economics given: that annotators have this cost of attention and"
            " taste for money is your assumption. They are made before wages are rounded."
        )
    if isinstance(economics, Economics) and economics.batch.checks != rule.checks:
        found.append(
            f"The economics name {economics.batch.checks} checks; the rule's {rule.checks} count."
        )
    if bans is not None:
        found.append(
            "A ban is judged over one batch that is begun with no record; a record carried over"
            " from earlier batches bans more."
            if bans.kept is not None
            else f"The ban looks across batches, so it is judged over {bans.batches} of them, begun"
            " with no record and worked at one effort. It is no part of what they choose here."
        )
        found.append("Who is banned keeps what the rule pays for the batch.")
        if staying is None and bans.kept is not None:
            found.append(
                "Nobody said what keeping the job is worth to an annotator, so being banned counts"
                " for nothing in what they choose; give worth_of_staying."
            )
        elif economics is not None and staying is not None:
            found.append(
                f"Who is banned loses {staying:.2f}, what keeping the job is worth to them; pay now"
                " and pay later are one sum to them."
            )
    if hours is not None:
        found.append("A batch takes the same hours at any effort.")
    return tuple(found)
