"""The roster in the words of people who run labelling jobs: what is shown, and what isn't yet."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.console import Console
from rich.table import Table

from paygrade.assessment.agreement import FEEDS
from paygrade.assessment.assess_options import PEERS
from paygrade.report.kinds import KINDS, WORDS
from paygrade.report.roster import BELOW, CONTRARY, MET, OPEN, UNCHECKED, Question, Roster
from paygrade.report.roster_grounds import agreement_at_full_effort, assumptions

if TYPE_CHECKING:
    import pandas as pd

NAMED = 12  # names in a sentence
ROWS = 40  # annotators in the table; the rest is in --csv and --json
EXAMPLES = 5  # of annotators whom one number misjudges
NEARER = 0.2  # how much less effort the hint about more checks wants to be told from the standard


def print_roster(roster: Roster, console: Console) -> None:
    """Print what was found, how it was measured, and who is who."""
    said, measured, *others = roster_sections(roster)
    _print_section(console, said)
    _print_section(console, measured)
    console.print("[bold]The annotators[/bold]")
    console.print(_annotators(roster))
    console.print()
    for section in others:
        _print_section(console, section)


ALARMS = "No annotator's repeats and checks tell two stories."
MISREAD = "One effort explains both kinds of item for every annotator."


class Section(NamedTuple):
    """A part of the page: a title and its sentences."""

    title: str
    lines: tuple[str, ...]


def roster_sections(roster: Roster) -> list[Section]:
    """Return what was found and how it was measured, then what there is to warn of."""
    found = [("What the labels say", _verdict(roster)), ("How it was measured", _measured(roster))]
    if roster.alarm is not None:
        found.append(("Consistent but wrong", _stories(roster.alarm)))
    if roster.apart is not None:
        found.append(("Right on one answer, wrong on the other", _misread(roster.apart)))
    found.append(("What was assumed", assumptions(roster)))
    if roster.missing:
        found.append(("Not known", iter(roster.missing)))
    return [Section(title, tuple(lines)) for title, lines in found]


def _print_section(console: Console, section: Section) -> None:
    console.print(f"[bold]{section.title}[/bold]")
    for line in section.lines:
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    console.print()


def _verdict(roster: Roster) -> Iterator[str]:
    question, below = roster.question, roster.names(BELOW, CONTRARY)
    met, still, never = (roster.names(finding) for finding in (MET, OPEN, UNCHECKED))
    people = _people(len(roster.table))
    if below:
        verb = "is" if len(below) == 1 else "are"
        yield f"{len(below)} of {people} {verb} {_below_what(roster)}: {_listed(below)}."
        yield _error(question)
        yield from _contrary(roster)
    else:
        yield f"None of {people} is shown to be {_below_what(roster)}."
    if met:
        verb = "meets" if len(met) == 1 else "meet"
        who = f": {_listed(met)}" if len(met) <= NAMED else ""
        sure = f"{100 * question.level:.3g} %"
        yield f"{len(met)} {verb} it, as the whole interval does (each by itself, at {sure}){who}."
    if still and question.standard != PEERS:
        yield f"Of {len(still)} the checks can't tell yet. {_more_checks(roster)}"
    if never:
        verb = "was" if len(never) == 1 else "were"
        yield f"{len(never)} {verb} never checked: {_listed(never)}."


def _contrary(roster: Roster) -> Iterator[str]:
    """Yield who agrees less often than a coin, which no lack of effort explains."""
    rows = roster.table[roster.table["finding"] == CONTRARY]
    if rows.empty:
        return
    counted = zip(rows["worker"], rows["agreed"], rows["checked"], strict=True)
    who = _listed([f"{name} ({agreed} of {checked})" for name, agreed, checked in counted])
    adjusted = "Holm" if roster.question.control == "holm" else "Benjamini-Hochberg"
    verb = "agrees" if len(rows) == 1 else "agree"
    yield (
        f"{len(rows)} of these {verb} less often than a coin would (exact test, {adjusted}): {who}."
        " Too little care can't do that: swapped answers or a misread instruction are likely, so"
        " look at their answers first."
    )


def _error(question: Question) -> str:
    error = f"{100 * (1 - question.level):.3g} %"
    if question.control == "holm":
        return f"The chance that this accuses anybody falsely is at most {error} (Holm)."
    return (
        f"Of those who are named at most {error} are expected to be there by bad luck"
        " (Benjamini-Hochberg)."
    )


def _below_what(roster: Roster) -> str:
    standard = roster.question.standard
    if standard == PEERS:
        return "right less often than the rest"
    return f"below effort {float(standard):g}"


def _more_checks(roster: Roster) -> str:
    standard, signal = float(roster.question.standard), float(roster.table.attrs["signal"])
    name = next(name for name, kind in KINDS.items() if kind is roster.kind)
    lower = max(standard - NEARER, 0.0)
    return (
        f"How many would: paygrade plan --monitor {name} --signal {signal:.3g} --test {standard:g}"
        f" {lower:.3g}"
    )


def _measured(roster: Roster) -> Iterator[str]:
    table, question = roster.table, roster.question
    what, other = WORDS[roster.kind]
    checked, agreed = int(table["checked"].sum()), int(table["agreed"].sum())
    yield f"{roster.annotations}."
    share = f"{100 * agreed / checked:.1f} %"
    yield f"By {what}: {checked} checks, {agreed} agree with {other} ({share})."
    yield _signal(roster)
    if question.key_error:
        wrong = f"{100 * question.key_error:.3g} %"
        yield f"{wrong} of the golden answers are taken to be wrong."
    if question.shrink:
        yield "Shrunken efforts are pulled towards the crowd: rank by them, accuse by the interval."


def _signal(roster: Roster) -> str:
    found = roster.calibration
    if roster.question.margins is not None:
        return f"Effort is measured against each item's margin, column {roster.question.margins!r}."
    if found is None:
        return (
            f"Effort is measured against the signal that was given: full effort agrees in"
            f" {100 * agreement_at_full_effort(roster):.1f} % of checks."
        )
    low, high = (FEEDS[roster.kind].parameter(end) for end in (found.low, found.high))
    return (
        f"Effort is measured against this: {found.description} ({100 * found.level:.3g} % interval"
        f" {low:.3f} to {high:.3f}, which everything below allows for). Name --trusted annotators,"
        " --margins or a --signal to set it yourself."
    )


def _annotators(roster: Roster) -> Table:
    level = f"{100 * roster.question.level:.3g} % interval"
    adjusted = f"p_{roster.question.control}"
    shrunken = ["shrunken"] if roster.question.shrink else []
    names = ["annotator", "checked", "agreed", "effort", level, *shrunken, "p-value", "adjusted"]
    table = Table(box=None, pad_edge=True, padding=(0, 2))
    for name in (*names, "finding"):
        left = name in ("annotator", "finding")
        table.add_column(name, justify="left" if left else "right")
    ranked = ranked_rows(roster)
    rows: Sequence[dict[Any, Any]] = ranked.head(ROWS).to_dict(orient="records")
    for row in rows:
        extra = [_number(row["effort_shrunk"])] if shrunken else []
        table.add_row(
            _plain(row["worker"]),
            str(row["checked"]),
            str(row["agreed"]),
            _number(row["effort"]),
            f"{row['effort_low']:.2f} to {row['effort_high']:.2f}",
            *extra,
            _chance(row["p_value"]) if row["checked"] else "",
            _chance(row[adjusted]) if row["checked"] else "",
            row["finding"],
        )
    if len(ranked) > ROWS:
        table.add_row(f"... {len(ranked) - ROWS} more: --csv writes all")
    return table


def ranked_rows(roster: Roster) -> "pd.DataFrame":
    """Return the annotators, those who are below first, then by effort; never checked last."""
    table = roster.table
    first = table["finding"].map({CONTRARY: 0, BELOW: 0, OPEN: 1, MET: 1, UNCHECKED: 2})
    order = table.assign(_first=first).sort_values(["_first", "effort"], kind="stable")
    return order.drop(columns="_first")


def _stories(table: "pd.DataFrame") -> Iterator[str]:
    told = table[table["alarm"]]
    if told.empty:
        yield ALARMS
    for row in told.head(ROWS).to_dict(orient="records"):
        yield f"{row['worker']} {row['story']}."
    if len(told) > ROWS:
        yield f"... and {len(told) - ROWS} more: --json lists all."


def _misread(table: "pd.DataFrame") -> Iterator[str]:
    """Yield of how many one effort says little, and the stories in which it is furthest off."""
    told = table[table["misread"]]
    if told.empty:
        yield MISREAD
        return
    by_all, alike = told["effort"].mean(), told["effort_apart"].mean()
    yield (
        f"{_people(len(told))} out of {len(table)}, by more than luck explains. The effort above"
        f" misjudges them: it is {by_all:.2f} on average, and {alike:.2f} if both answers count"
        " alike."
    )
    if 2 * len(told) > len(table):
        yield "They are most of all, so one kind of item may be harder: look at the items first."
    off = (told["effort"] - told["effort_apart"]).abs().sort_values(ascending=False, kind="stable")
    for row in told.loc[off.index[:EXAMPLES]].to_dict(orient="records"):
        yield f"{row['worker']} {row['story']}."
    if len(told) > EXAMPLES:
        yield f"... and {len(told) - EXAMPLES} more: --json lists all."


def _people(number: int) -> str:
    return f"{number} annotator" + "s" * (number != 1)


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + f" and {more} more" * (more > 0)


def _number(value: float) -> str:
    return "" if value != value else f"{value:.2f}"  # NaN: nothing was checked


def _chance(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else f"{value:.1e}"


def _plain(name: str) -> str:
    return str(name).replace("[", "\\[")
