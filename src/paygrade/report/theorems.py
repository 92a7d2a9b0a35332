"""Verified theorems as a table for people, as LaTeX for papers and as pages for the docs."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from paygrade.theory.claim import Claim, Finding
from paygrade.theory.verification import RateReport

HEADINGS = ("theorem", "kind", "evidence", "largest n", "constant claimed", "measured", "verdict")


def print_reports(reports: Sequence[RateReport], console: Console) -> None:
    """Print one row a theorem and what failed below."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for report in reports:
        table.add_row(*_row(report))
    console.print(table)
    for report in reports:
        for line in (*report.failures, *report.unresolved):
            console.print(f"{report.theorem.name} {line}", markup=False, highlight=False)


def to_latex(reports: Sequence[RateReport]) -> str:
    """Return the table in LaTeX, booktabs, with the statements as formulas."""
    lines = [
        r"\begin{tabular}{llllrrl}",
        r"\toprule",
        r" & statement & kind & evidence & largest $n$ & measured / claimed & verdict \\",
        r"\midrule",
    ]
    for report in reports:
        theorem = report.theorem
        ratio = _last_ratio(report.findings[0])
        cells = (
            theorem.name, f"${theorem.formula}$", theorem.kind, report.evidence,
            _scientific(report.largest_n, "$10^{{{}}}$"), ratio, report.verdict,
        )  # fmt: skip
        lines.append(" & ".join(cells) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def to_page(report: RateReport, figure: str | None) -> str:
    """Return a Markdown page: statement, idea, derivation, what was measured, figure."""
    theorem, parts = report.theorem, report.theorem.sections
    text = f"# {theorem.name}. {theorem.title}\n\n$$\n{theorem.formula}\n$$\n\n"
    for name in ("Setting", "Statement", "Idea"):
        text += f"**{name}.** {_markdown(parts[name])}\n\n"
    if figure is not None:
        claim = _drawn(report)
        label = claim.claim.text if claim else ""
        text += f"![{label}: measured over claimed]({figure})\n\n"
    text += (
        "## Measured\n\n| claim | relation | points | measured / claimed at the last | verdict |\n"
    )
    text += "|---|---|---|---|---|\n"
    for found in report.findings:
        points = " … ".join(map(_point, found.points[:: max(1, len(found.points) - 1)]))
        cells = (
            found.claim.text, found.claim.relation, points,
            _last_ratio(found), found.verdict,
        )  # fmt: skip
        text += "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
    text += "\n## Derivation\n\n"
    for k, step in enumerate(report.steps, start=1):
        text += f"{k}. {step.name} ({step.how})\n"
    by_hand = parts["By hand"]
    apart = "\n\n" if by_hand.startswith("1.") else " "  # a list needs a paragraph of its own
    text += f"\n**By hand.**{apart}{_markdown(by_hand)}\n\n**Reference.** {parts['Reference']}\n"
    return text


def _markdown(text: str) -> str:
    """Return the text with a hard break around each line that is set in by two spaces."""
    lines = text.split("\n")
    followed = [*lines[1:], ""]
    broken = [
        line + "  " if _is_set_in(line) or _is_set_in(after) else line
        for line, after in zip(lines, followed, strict=True)
    ]
    return "\n".join(broken).rstrip()


def _is_set_in(line: str) -> bool:
    return line.startswith("  ") and not line.startswith("   ")


def draw(report: RateReport, path: Path) -> bool:
    """Draw measured over claimed against n, or the claim's own symbol; return False without one."""
    found = _drawn(report)
    if found is None:
        return False
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": report.theorem.name}):
        figure = Figure(figsize=(6.0, 3.4), layout="constrained")
        axes = figure.subplots()
        scale = float(found.claim.limit) if found.claim.limit is not None else 1.0
        low, high = ([scale * ends[i] for ends in found.ratios] for i in (0, 1))
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        errors = [[m - a for m, a in zip(middle, low, strict=True)]] * 2
        points = [float(point) for point in found.points]
        axes.errorbar(points, middle, yerr=errors, fmt="o", color="#205080", capsize=3, zorder=3)
        axes.axhline(scale, color="#b03020", linewidth=1.2)
        axes.annotate(
            f"claimed: {scale:.6g}", (max(points), scale), xytext=(0, 5),
            textcoords="offset points", ha="right", color="#b03020",
        )  # fmt: skip
        if str(found.claim.symbol) == "n":
            axes.set_xscale("log")
        spread = max(high) - min(low)
        if spread < 1e-6 * scale:  # equal at every point: show a tenth around it
            axes.set_ylim(0.9 * scale, 1.1 * scale)
        axes.margins(y=0.25)
        axes.set_xlabel(str(found.claim.symbol))  # n may count checks, or EM's iterations
        axes.set_ylabel(_unit(found))
        axes.set_title(f"{report.theorem.name}: {found.claim.text}", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return True


def _unit(found: Finding) -> str:
    if found.claim.relation == "→ log":
        return "exponent per check"
    return "measured / claimed" if found.claim.limit in (None, 1) else "measured / rate"


def _drawn(report: RateReport) -> Finding | None:
    """Return the first claim in n, or else the first with a constant that has points to draw."""
    drawable = [f for f in report.findings if f.claim.relation != "> 0" and len(f.ratios) > 1]
    in_n = [f for f in drawable if str(f.claim.symbol) == "n"]
    return next(iter(in_n + drawable), None)


def _row(report: RateReport) -> tuple[str, ...]:
    theorem = report.theorem
    found = next((f for f in report.findings if f.constant is not None), None)
    claimed = "" if found is None else _number(found.claim)
    measured = f"ratio {_last_ratio(report.findings[0])}" if found is None else _measured(found)
    if not any(f.points for f in report.findings):
        measured = ""
    return (
        f"{theorem.name} {theorem.title}", theorem.kind, report.evidence,
        _scientific(report.largest_n, "1e{}"), claimed, measured, report.verdict,
    )  # fmt: skip


def _number(claim: Claim) -> str:
    return f"{float(claim.limit):.6g}"


def _measured(found: Finding) -> str:
    constant = found.constant
    return "" if constant is None else _interval(*constant)


def _interval(low: float, high: float) -> str:
    short = f"{low:.6g}"
    return short if short == f"{high:.6g}" else f"{low:.6g} … {high:.6g}"


def _last_ratio(found: Finding) -> str:
    return _interval(*found.ratios[-1]) if found.ratios else ""


def _point(x: float) -> str:
    return _scientific(x, "1e{}") if isinstance(x, int) and x >= 10**4 else f"{float(x):g}"


def _scientific(n: float | None, form: str) -> str:
    if n is None:
        return ""
    exponent = len(str(int(n))) - 1
    return form.format(exponent) if n == 10**exponent else f"{n:g}"
