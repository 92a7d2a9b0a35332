"""The study as a terminal page, in the words of people who run labelling jobs."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from paygrade.model.contract import BinaryContract, LinearContract
from paygrade.report.announcing import rule_in_words
from paygrade.report.study import Study, rules_in_words
from paygrade.report.study_words import alternative_rules, calibrated, what_it_costs
from paygrade.report.tables import Sheet
from paygrade.report.uncertain_sheets import kinds_sheet, mistakes_sheet, safe_sheet
from paygrade.report.uncertain_words import verdict_in_words, what_to_expect

SHOWN = 8  # annotators listed from each end of the table


def print_study(study: Study, console: Console) -> None:
    """Print what was found and what to do."""
    rules = rules_in_words(study)
    one = len(rules) == 1
    console.print(f"[bold]{'The rule' if one else 'The rules to choose from'}[/bold]")
    for number, rule in enumerate(rules, start=1):
        console.print(f"  {rule if one else f'{number}. {rule}'}", highlight=False)
    console.print(f"  {verdict_in_words(study)}", highlight=False, soft_wrap=study.safe is not None)
    console.print()
    console.print(f"[bold]{'What it does' if one else 'What they do'}[/bold]")
    console.print(_people(study) if study.kinds is None else sheet_table(kinds_sheet(study.kinds)))
    _print_lines(console, [what_it_costs(study), *_fairness(study)])
    console.print()
    _print_uncertain(study, console)
    known = "" if study.safe is None and study.kinds is None else " annotators as stated, and"
    console.print(f"[bold]With{known} fewer or more checks[/bold]")
    console.print(_plans(study))
    for reason in alternative_rules(study):
        console.print(f"  {reason}", highlight=False, soft_wrap=True)
    console.print()
    console.print("[bold]The annotators[/bold]")
    console.print(f"  {study.annotations}.", highlight=False, soft_wrap=True)
    console.print(f"  {calibrated(study)}", highlight=False, soft_wrap=True, markup=False)
    console.print(_workers(study))
    never = study.workers.loc[study.workers["checked"] == 0, "worker"].astype(str).tolist()
    if never:
        console.print(f"  {_never(never)}", highlight=False, soft_wrap=True, markup=False)


def _print_lines(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(f"  {line}", highlight=False, soft_wrap=True)


def _print_uncertain(study: Study, console: Console) -> None:
    """Print what happens with annotators who are not as stated."""
    if study.safe is not None:
        console.print(f"[bold]If annotators are up to {study.safe.percent:g} % off[/bold]")
        console.print(sheet_table(safe_sheet(study.safe)))
        _print_lines(console, what_to_expect(study))
        console.print()
    if study.mistakes is not None:
        sheet = mistakes_sheet(study.mistakes)
        console.print(f"[bold]{sheet.title}[/bold]")
        console.print(sheet_table(sheet))
        _print_lines(console, sheet.notes[:-1])
        console.print()


def sheet_table(sheet: Sheet) -> Table:
    """Return a sheet for the terminal."""
    table = Table(box=None, pad_edge=True, padding=(0, 2, 0, 0))
    for column in sheet.columns:
        words = column.digits is None
        table.add_column(column.name, justify="left" if words else "right", no_wrap=words)
    for row in sheet.rows:
        table.add_row(
            *(column.shown(entry) for column, entry in zip(sheet.columns, row, strict=True))
        )
    return table


def _people(study: Study) -> Table:
    is_bonus = isinstance(study.design.contract, BinaryContract)
    columns = ["who", "effort", *(["passes"] if is_bonus else []), "earns", "against not working"]
    table = _table(*columns)
    for row in study.people():
        gain = float(row["gain"] or 0.0)
        passes = [f"{100 * float(row['passes'] or 0.0):.1f} %"] if is_bonus else []
        better = "as good" if abs(gain) < 1e-6 else ("better" if gain > 0 else "worse")
        table.add_row(
            str(row["who"]), f"{row['effort']:.2f}", *passes, f"{row['earns']:.2f}", better
        )
    return table


def _fairness(study: Study) -> list[str]:
    """Return how often bad luck denies full attention its bonus, and what it earns by the hour."""
    careful, floor, found = study.careful(), study.economics.pay.hourly_floor, []
    if careful is None:
        return []
    if careful.denied is not None:
        found.append(
            f"Full attention is denied the bonus in {100 * careful.denied:.1f} % of batches, by"
            " bad luck."
        )
    if careful.hourly is not None:
        text = f"Full attention earns {careful.hourly:.2f} an hour on average"
        if floor is not None and careful.below_floor is not None:
            share = f"{100 * careful.below_floor:.1f} % of batches"
            text += f", and less than the floor of {floor:.2f} in {share}"
        found.append(text + ".")
    return found


def _plans(study: Study) -> Table:
    table = _table("checks", "rule", "effort", "cost", "agency cost", "with a linear rate")
    family = study.economics.family
    if family is LinearContract:
        table.columns[-1].header = "with a bonus"
    other = LinearContract if family is BinaryContract else BinaryContract
    for plan in study.plans:
        design = plan.design(family)
        if isinstance(design, str):
            table.add_row(str(plan.checks), "none", "", "", "", _money(plan.agency_cost(other)))
            continue
        table.add_row(
            str(plan.checks),
            rule_in_words(design).partition(", ")[2].rstrip("."),
            f"{design.effort:.2f}",
            f"{design.expected_wage:.2f}",
            _money(plan.agency_cost(family)),
            _money(plan.agency_cost(other)),
        )
    return table


def _workers(study: Study) -> Table:
    table = _table("annotator", "checked", "agreed", "effort", "95 % interval", "p-value")
    ranked = study.workers.sort_values("effort", ascending=False, kind="stable")
    rows = ranked[ranked["checked"] > 0].to_dict(orient="records")
    hidden = len(rows) - 2 * SHOWN
    for index, row in enumerate(rows):
        if hidden > 0 and SHOWN <= index < SHOWN + hidden:
            if index == SHOWN:
                table.add_row(f"... {hidden} more", "", "", "", "", "")
            continue
        interval = f"{row['effort_low']:.2f} to {row['effort_high']:.2f}"
        table.add_row(
            str(row["worker"]),
            str(row["checked"]),
            str(row["agreed"]),
            f"{row['effort']:.2f}",
            interval,
            f"{row['p_value']:.3f}",
        )
    return table


def _never(names: list[str]) -> str:
    more = len(names) - SHOWN
    verb = "was" if len(names) == 1 else "were"
    who = ", ".join(names[:SHOWN]) + f" and {more} more" * (more > 0)
    return f"{len(names)} {verb} never checked, so nothing is known of them: {who}."


def _money(amount: float | None) -> str:
    return "none" if amount is None else f"{amount:.2f}"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=True, padding=(0, 2))
    for index, column in enumerate(columns):
        words = index == 0 or column in ("rule", "against not working")
        table.add_column(column, justify="left" if words else "right")
    return table
