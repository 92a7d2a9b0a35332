"""Experiments' outcomes as a report: Markdown with figures beside it, or one page of HTML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paygrade.experiments.experiment import Figure, Outcome, Table
from paygrade.report.tables import Column, Sheet
from paygrade.report.web_page import NARROW, picture, render, svg_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

SIGNS = {"agrees": "agrees", "differs": "DIFFERS", "undecided": "undecided", "measured": "measured"}
DIGITS = 4  # significant ones in tables
WIDE = 6.4  # inches that a figure is wide


def write_report(outcomes: Sequence[Outcome], missing: Mapping[str, str], folder: Path) -> Path:
    """Write report.md, report.html and the figures into `folder`; return the page's path.

    Arguments:
        outcomes: what was run.
        missing: what was not, by title, and why.
        folder: made if it isn't there; files of an earlier report are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for outcome in outcomes:
        for figure in outcome.figures:
            drawing = folder / f"{outcome.experiment.name}-{figure.name}.svg"
            drawing.write_bytes(svg_bytes(draw_on_sheet(figure)))
    (folder / "report.md").write_text(to_markdown(outcomes, missing), encoding="utf-8")
    page = folder / "report.html"
    page.write_text(to_html(outcomes, missing), encoding="utf-8")
    return page


def to_markdown(outcomes: Sequence[Outcome], missing: Mapping[str, str]) -> str:
    """Return the report as Markdown; figures are files beside it."""
    parts = ["# The papers' experiments, rerun\n", "| experiment | claim | here |", "|---|---|---|"]
    parts += [
        f"| {o.experiment.title} | {s.claim} | {SIGNS[s.verdict]} |"
        for o in outcomes
        for s in o.statements
    ]
    for outcome in outcomes:
        parts += ["", *_section(outcome)]
    if missing:
        parts += ["", "## Not run", "", *(f"- {name}: {why}" for name, why in missing.items())]
    return "\n".join(parts) + "\n"


def to_html(outcomes: Sequence[Outcome], missing: Mapping[str, str]) -> str:
    """Return the report as one page that loads nothing from elsewhere."""
    images = {
        (o.experiment.name, f.name): tuple(picture(draw_on_sheet(f, w)) for w in (WIDE, NARROW))
        for o in outcomes
        for f in o.figures
    }
    tables = {
        (o.experiment.name, title): _sheet(title, table)
        for o in outcomes
        for title, table in o.tables.items()
    }
    content = {"outcomes": outcomes, "missing": missing, "images": images, "tables": tables}
    return render("experiments.html", **content)


def draw_on_sheet(figure: Figure, width: float = WIDE) -> "Drawing":
    """Return the drawing on a sheet of its own, `width` inches wide."""
    from matplotlib.figure import Figure as Drawing

    sheet = Drawing(figsize=(width, 3.8), layout="constrained")
    axes = sheet.subplots()
    figure.draw(axes)
    axes.spines[["top", "right"]].set_visible(False)
    return sheet


def _sheet(title: str, table: Table) -> Sheet:
    """Return the table as a sheet, its numbers as text already."""
    from pandas.api.types import is_numeric_dtype

    digits = [0 if is_numeric_dtype(table[name]) else None for name in table]
    columns = tuple(Column(str(n), d) for n, d in zip(table, digits, strict=True))
    rows = tuple(tuple(map(str, row)) for row in shown(table).itertuples(index=False))
    return Sheet("table", title, columns, rows)


def shown(table: Table) -> Table:
    """Return the table with numbers of few digits, as text."""
    return table.map(_cell)


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if value != value else f"{value:.{DIGITS}g}"
    return str(value)


def _section(outcome: Outcome) -> list[str]:
    experiment = outcome.experiment
    lines = [f"## {experiment.title}", "", f"*{experiment.question}*", ""]
    lines += [f"Asked in {experiment.paper}. Data: {outcome.data}.", ""]
    for statement in outcome.statements:
        lines += [f"- **Claim** ({statement.source}): {statement.claim}."]
        lines += [f"  **Here**: {statement.measured}. **{SIGNS[statement.verdict]}**"]
    for figure in outcome.figures:
        lines += ["", f"![{figure.caption}]({experiment.name}-{figure.name}.svg)", ""]
        lines += [f"*{figure.caption}*"]
    for title, table in outcome.tables.items():
        lines += ["", f"**{title}**", "", _markdown_table(shown(table))]
    return [*lines, "", *(f"- {note}" for note in outcome.notes)]


def _markdown_table(table: Table) -> str:
    rows = [list(map(str, table.columns)), ["---"] * len(table.columns)]
    rows += [list(map(str, row)) for row in table.itertuples(index=False)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
    )
