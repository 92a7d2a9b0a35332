"""Users' attention in the words of people who collect labels: what is shown, and what isn't yet."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from paygrade.attention.population import GridPrior, TwoTypes
from paygrade.attention.strengths import Strengths
from paygrade.report.attention import ATTENTIVE, NOT, OPEN, STRENGTHS, UNKNOWN, UNSIDED, Attention
from paygrade.report.roster_text import NAMED, Section

if TYPE_CHECKING:
    import pandas as pd

ALL_SHOWN = 12  # users up to whom everybody stands in the table
FEW = 5  # of more, the least and the most attentive
VAGUE = 0.2  # relative error of the strengths' scale from which it is hardly known


def print_attention(found: Attention, console: Console) -> None:
    """Print what was found, how, some users, and what can be done with the labels."""
    said, measured, uses = attention_sections(found)
    for section in (said, measured):
        _print_section(console, section)
    console.print("[bold]The users[/bold]")
    console.print(_users(found))
    console.print(f"\n[bold]{uses.title}[/bold]")
    console.print(_uses(found))
    console.print()
    _print_section(console, Section("", uses.lines))


def attention_sections(found: Attention) -> tuple[Section, Section, Section]:
    """Return what was found, how it was measured, and what filters and weights do."""
    return (
        Section("What the comparisons say", tuple(_verdict(found))),
        Section("How it was measured", tuple(_measured(found))),
        Section("What the labels are worth", tuple(_advice(found))),
    )


def _print_section(console: Console, section: Section) -> None:
    if section.title:
        console.print(f"[bold]{section.title}[/bold]")
    for line in section.lines:
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    console.print()


def _verdict(found: Attention) -> Iterator[str]:
    yes, no, still, never = (len(found.names(f)) for f in (ATTENTIVE, NOT, OPEN, UNKNOWN))
    people = f"{len(found.table)} user" + "s" * (len(found.table) != 1)
    question = found.question
    yield (
        f"Of {people}, {yes} {_is(yes)} shown to be attentive and {no} not to be; of {still} the"
        " comparisons can't tell."
    )
    yield _what_attentive_means(found)
    if isinstance(found.fit.population, TwoTypes):
        yield _group(found, found.fit.population.share)
    elif isinstance(found.fit.population, GridPrior):
        prior = found.fit.population
        share = float(prior.weights[prior.grid >= question.threshold].sum())
        yield f"As a group: {_percent(share)} of the users are at {question.threshold:g} or more."
    yield (
        f"Their mean attentiveness is {np.nanmean(found.fit.attentiveness):.2f}; of all labels"
        f" {_percent(found.fit.purity())} are expected to be given with attention."
    )
    if no:
        yield f"Not attentive: {_listed(found.names(NOT))}."
    if never:
        told = f"Of {never} nothing is known, as their comparisons say nothing of attention"
        yield f"{told}: {_listed(found.names(UNKNOWN))}."
    if found.absent:
        gone = len(found.absent)
        yield f"{gone} made no comparison that counts: {_listed(list(found.absent))}."


def _group(found: Attention, share: float) -> str:
    said = f"As a group: {_percent(share)} of the users are attentive"
    if found.share is None:
        return f"{said}."
    low, high = found.share.low, found.share.high
    said += f" ({100 * found.question.level:.3g} % interval {_percent(low)} to {_percent(high)})."
    if high == 1.0:
        said += " It may well be everybody; so careless users, if there are any, don't show."
    return said


def _what_attentive_means(found: Attention) -> str:
    question = found.question
    sure = f"{100 * question.level:.3g} %"
    if question.law == "two types":
        return (
            f"Shown: the chance of being of that type is {sure} or more, whatever the share of"
            " attentive users, within its interval."
        )
    whole = "interval, of each user alone," if question.law != "grid" else "posterior interval"
    return (
        f"Attentive: a share of {question.threshold:g} or more of the labels is given with"
        f" attention, the others by a coin. Shown: the whole {sure} {whole} says so; of many users"
        " some are shown wrongly by luck."
    )


def _measured(found: Attention) -> Iterator[str]:
    yield f"{found.labels}."
    if found.labels.left_out.get(UNSIDED):
        yield "Where nobody knows the stronger side, a preference says nothing of attention."
    yield from _law(found)
    yield _converged(found)


def _law(found: Attention) -> Iterator[str]:
    question, population = found.question, found.fit.population
    if question.law != STRENGTHS:
        yield f"Which side is the stronger model's is told by {question.told_by}."
    if isinstance(question.mu, str):
        yield (
            "How often attentive users prefer it differs by comparison, column"
            f" {question.mu!r}, and is taken as known."
        )
    elif question.mu is not None:
        yield f"Attentive users are taken to prefer it in {_percent(question.mu)} of comparisons."
    if isinstance(population, TwoTypes):
        yield "Users are taken to be of two types: always attentive, or never."
        if population.mu is not None:
            yield (
                f"The attentive ones prefer the stronger model in {_percent(population.mu)} of"
                " comparisons (estimated)."
            )
    elif isinstance(population, GridPrior):
        yield "How attentiveness is spread over users is estimated, and each user is judged by it."
    elif isinstance(population, Strengths):
        yield from _strengths(population)
    else:
        yield "Each user's attentiveness is a number of its own."
    if question.prior is not None:
        a, b = question.prior
        yield f"Estimates are pulled by a Beta({a:g}, {b:g}) prior; the intervals are not."


def _strengths(population: Strengths) -> Iterator[str]:
    order = np.argsort(-population.strength)
    ranked = ", ".join(f"{population.models[k]} {population.strength[k]:+.2f}" for k in order)
    yield f"Models' strengths are estimated with the users (Bradley-Terry, logits): {ranked}."
    error = population.scale_error
    if error > VAGUE:
        yield (
            f"Their common scale is hardly known (relative error {error:.2g}): users may all be"
            " more or less attentive than they look, in the same order. Give --stronger and --mu."
        )
    else:
        yield (
            f"Their common scale is known to {_percent(error)}; the intervals take the strengths"
            " as known."
        )


def _converged(found: Attention) -> str:
    reached = found.convergence
    steps = f"Converged in {reached.iterations} iterations; the largest slope left is"
    if reached.evidence == "BOUNDED":
        return (
            f"{steps} {reached.slope:.1e}. BOUNDED: no other values make the comparisons more"
            f" probable by more than a factor of 1 + {reached.slack:.1e}."
        )
    return (
        f"{steps} {reached.slope:.1e}. CHECKED: slopes are flat here, which doesn't prove that no"
        " other values do better."
    )


def _users(found: Attention) -> Table:
    level = f"{100 * found.question.level:.3g} % interval"
    table = Table(box=None, pad_edge=True, padding=(0, 2))
    names = ("user", "comparisons", "attentiveness", level, "finding", "kept")
    for name in names:
        table.add_column(name, justify="left" if name in ("user", "finding", "kept") else "right")
    rows = found.table
    if len(rows) <= ALL_SHOWN:
        _add_users(table, rows)
        return table
    known = rows[rows["finding"] != UNKNOWN]
    few = min(FEW, len(known) // 2)
    _add_users(table, known.head(few))
    table.add_row(f"... {len(rows) - 2 * few} more: --csv writes all")
    _add_users(table, known.tail(few))
    return table


def _add_users(table: Table, rows: "pd.DataFrame") -> None:
    for row in rows.to_dict(orient="records"):
        known = row["finding"] != UNKNOWN
        table.add_row(
            str(row["user"]).replace("[", "\\["),
            str(row["comparisons"]),
            f"{row['attentiveness']:.2f}" if known else "",
            f"{row['low']:.2f} to {row['high']:.2f}" if known else "",
            row["finding"],
            "yes" if row["kept"] else "no",
        )


def _uses(found: Attention) -> Table:
    table = Table(box=None, pad_edge=True, padding=(0, 2))
    for name in ("use", "users", "labels", "given with attention", "worth"):
        table.add_column(name, justify="left" if name == "use" else "right")
    for row in found.uses.to_dict(orient="records"):
        chosen = row["threshold"] == found.question.threshold
        purity = row["purity"]
        table.add_row(
            row["use"] + " (--threshold)" * chosen,
            str(row["users"]),
            str(row["comparisons"]),
            "" if purity != purity else _percent(purity),
            f"{row['effective']:.0f}",
            style="bold" if chosen else None,
        )
    return table


def _advice(found: Attention) -> Iterator[str]:
    weighted = found.uses["effective"].iloc[-1]
    yield (
        "Worth: how many labels, all given with attention, would say as much. Weights (each user's"
        f" attentiveness) are worth most, {weighted:.0f}; no filter beats them."
    )
    if found.question.law in ("free", STRENGTHS):
        yield (
            "Users who pass a filter look better than they are, as luck helps to pass, so the"
            " shares given with attention are too high; the laws 'two types' and 'grid' have this"
            " taken out."
        )
    yield (
        "Users are kept or left out with all their labels. Never pick single labels: those that"
        " look attentive are those that the stronger model won."
    )


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(map(str, names[:NAMED])) + f" and {more} more" * (more > 0)
