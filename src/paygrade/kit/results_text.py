"""The results of a study as a page of Markdown, which reads as text too."""

from paygrade.kit.results import KitResults

HEADS = (
    "participant", "answered", "golden", "effort", "p (Holm)", "repeats", "effort by repeats",
    "instructions", "pay",
)  # fmt: skip
NOTE = (
    "Effort is the share of items labelled with care, from 0 to 1, with its exact interval at the"
    " level above. p is how often somebody at the standard gets so few golden questions right,"
    " adjusted for the number of participants (Holm). Pay follows the announced count and nothing"
    " else."
)


def results_page(results: KitResults) -> str:
    """Return the page."""
    checks, payroll = results.analysis.checks, results.payroll
    below = results.table.loc[results.table["below"], "worker"].tolist()
    named = f": {', '.join(map(str, below))}" if below else ""
    rule = payroll.rule
    people = (
        f"{len(results.table)} participants. Standard: effort {checks.standard:g}, level"
        f" {checks.level:g}. Below it by golden questions (Holm): {len(below)}{named}."
    )
    earned = f"Finished slots have earned {payroll.amount} {rule.currency}".rstrip()
    lines = [
        "# What came back",
        "",
        people,
        "",
        f"Rule: {rule}. {earned}.",
        "",
        *_rows(results),
        "",
        NOTE,
        "",
        "## Do instructed rows and golden questions tell the same story?",
        "",
        results.stories.sentence,
        "",
        "## The golden questions",
        "",
        _review(results),
        "",
        "## Slots",
        "",
        *_slots(results),
    ]
    return "\n".join(lines) + "\n"


def _rows(results: KitResults) -> list[str]:
    cells = [
        (
            str(row["worker"]).replace("|", "\\|"),
            f"{row['answered']} of {row['answered'] + row['lacking']}",
            f"{row['golden_right']} of {row['golden']}",
            _interval(row["effort"], row["effort_low"], row["effort_high"]),
            f"{row['p_holm']:.2g}" + " below" * bool(row["below"]),
            f"{row['repeats_agreed']} of {row['repeats']}",
            _interval(row["repeat_effort"], row["repeat_low"], row["repeat_high"]),
            f"{row['imc_passed']} of {row['imc']}",
            str(row["amount"]) or "waits",
        )
        for row in results.table.to_dict("records")
    ]
    table = [HEADS, ("---",) * len(HEADS), *cells]
    return ["| " + " | ".join(row) + " |" for row in table]


def _interval(value: float, low: float, high: float) -> str:
    return "unknown" if value != value else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _review(results: KitResults) -> str:
    review = results.review
    if review is None:
        return "Nobody answered one, so there is nothing to review."
    said = (
        f"{len(review.table)} were answered: nothing speaks against {len(review.keep)},"
        f" {len(review.stale)} to retire (careless participants know them),"
        f" {len(review.wrong_keys)} whose key to check"
    )
    listed = [*review.stale, *review.wrong_keys]
    return f"{said}: {', '.join(listed)}." if listed else f"{said}."


def _slots(results: KitResults) -> list[str]:
    waiting = [
        f"{worker} lacks {lacks} in {slot}"
        for (worker, slot), lacks in results.payroll.waiting.items()
    ]
    told = {
        "nobody answered": results.untaken,
        "unfinished, so not paid yet": waiting,
        "answered by several participants": results.shared,
        "participants who took several slots": results.several,
    }
    return [f"- {what}: {', '.join(names) if names else 'none'}" for what, names in told.items()]
