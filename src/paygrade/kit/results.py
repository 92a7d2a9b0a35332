"""What a study found: effort by golden questions and repeats, instructions followed, pay owed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from paygrade.arguments import checked_arguments
from paygrade.assessment.multiplicity import holm
from paygrade.assessment.unequal_margins import weigh_evidence
from paygrade.golden.review import GoldenReview, review_golden
from paygrade.kit.guide import Analysis, Checks, read_analysis
from paygrade.kit.scored import Scored, score_answers, worker_column
from paygrade.kit.signals import Signals, read_signals
from paygrade.kit.stories import Stories, compare_stories
from paygrade.kit.survey import APART
from paygrade.labels.names import natural
from paygrade.operations.keys import Keys, read_keys
from paygrade.operations.payment import Payroll, assess_payment
from paygrade.operations.payroll import pay_labels
from paygrade.operations.returned import match_labels, refuse_other_counts
from paygrade.operations.rule import PayRule
from paygrade.operations.rule_file import read_rule
from paygrade.operations.work import Check
from paygrade.settings import checked

if TYPE_CHECKING:
    import pandas as pd

ESTIMATED = ("effort", "effort_low", "effort_high", "p_value")
REPEATED = ("repeat_effort", "repeat_low", "repeat_high")


@dataclass(frozen=True, eq=False)
class KitResults:
    """What came back, analysed.

    Attributes:
        table: one row a participant, in the natural order of names: worker, slots, answered,
            lacking; golden, golden_right, effort with effort_low and effort_high, p_value (so few
            right at the standard), p_holm, below; repeats, repeats_agreed, repeat_effort with
            repeat_low and repeat_high; imc, imc_passed; amount (money as text, "" while the slot is
            unfinished).
        stories: whether instructed rows and golden questions agree.
        review: which golden questions have leaked or have a wrong key; None without answers to any.
        payroll: what finished slots have earned.
        untaken: slots that nobody answered.
        shared: slots that several participants answered.
        several: participants who took several slots.
        analysis: standard, level and files.
    """

    table: "pd.DataFrame"
    stories: Stories
    review: GoldenReview | None
    payroll: Payroll
    untaken: tuple[str, ...]
    shared: tuple[str, ...]
    several: tuple[str, ...]
    analysis: Analysis

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers and text, ready for JSON."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        rule = self.payroll.rule
        return {
            "participants": rows,
            "standard": self.analysis.checks.standard,
            "level": self.analysis.checks.level,
            "same_story": {**vars(self.stories), "sentence": self.stories.sentence},
            "review": None if self.review is None else self.review.to_dict(),
            "pay": {
                "rule": str(rule),
                "currency": rule.currency,
                "amount": str(self.payroll.amount),
            },
            "slots": {
                "untaken": list(self.untaken),
                "shared": list(self.shared),
                "unfinished": [
                    {"worker": worker, "slot": slot, "lacks": lacks}
                    for (worker, slot), lacks in self.payroll.waiting.items()
                ],
            },
            "took_several_slots": list(self.several),
        }


@checked_arguments
def kit_results(
    answers: Path | str,
    kit: Path | str,
    *,
    pay: Path | str | None = None,
    standard: float | None = None,
    columns: Mapping[str, str] | None = None,
) -> KitResults:
    """Analyse the answers to a survey that `build_kit` made.

    Effort is estimated with each question's own margin where all are known, and interval and
    p-value are exact (`paygrade.assessment.unequal_margins`); half-finished surveys count with what
    they have. Pay is for finished ones only.

    Arguments:
        answers: CSV, TSV, Parquet or JSON lines, a row an answer.
        kit: the folder of the study.
        pay: a new folder for payments and audits, entered in the ledger; None: nothing is written.
        standard: effort that participants are held against; None: the one of analysis.toml.
        columns: task, worker, label -> what the column is called.

    Raises:
        DataError: an answer belongs to no screen, comes twice or from somebody else; a column or a
            file is missing; the keys were changed.
    """
    home = Path(kit) / APART
    analysis = _asked(read_analysis(home / "analysis.toml"), standard)
    files, rule = analysis.files, read_rule(home / analysis.files.rule)
    keys = read_keys(home / files.keys)
    roles = {**analysis.columns.model_dump(), **(columns or {})}
    roles["worker"] = worker_column(answers, roles["worker"])
    people = score_answers(answers, keys, roles, rule.ties)
    people = sorted(people, key=lambda each: natural(each.worker))
    signals = read_signals(home / files.margins, keys, rule, analysis.checks.key_error)
    payroll = _owed(answers, keys, rule, roles)
    table = _table(people, signals, analysis, payroll)
    taken = [slot for each in people for slot in each.slots]
    results = KitResults(
        table,
        compare_stories(table, analysis.checks.level),
        _reviewed(people, signals, 1.0 - analysis.checks.level),
        payroll,
        tuple(slot for slot in keys.owners if slot not in taken),
        tuple(slot for slot in keys.owners if taken.count(slot) > 1),
        tuple(each.worker for each in people if len(each.slots) > 1),
        analysis,
    )
    if pay is not None:  # last, as whatever else is wrong must stop it
        pay_labels(
            answers,
            keys=home / files.keys,
            rule=home / files.rule,
            out=pay,
            unfinished="wait",
            columns=roles,
        )
    return results


def _asked(analysis: Analysis, standard: float | None) -> Analysis:
    if standard is None:
        return analysis
    checks = {**analysis.checks.model_dump(), "standard": standard}
    return analysis.model_copy(update={"checks": checked(checks, Checks, "--standard")})


def _owed(answers: Path | str, keys: Keys, rule: PayRule, roles: Mapping[str, str]) -> Payroll:
    """Return what finished slots have earned, without a word to the ledger."""
    works, waiting = match_labels(
        answers, keys, rule.counted, roles=roles, ties=rule.ties, waits=True
    )
    refuse_other_counts(works, rule.checks, rule.counted)
    payments = tuple(assess_payment(work, rule, is_paid=False) for work in works)
    return Payroll(rule, payments, waiting, ())


def _table(
    people: Sequence[Scored], signals: Signals, analysis: Analysis, payroll: Payroll
) -> "pd.DataFrame":
    import pandas as pd

    standard, level = analysis.checks.standard, analysis.checks.level
    paid = payroll.by_worker()
    rows = []
    for each in people:
        golden = _effort(each.golden, signals.golden, standard, level)
        again = _effort(each.repeats, signals.repeats, standard, level)
        own = paid.get(each.worker, [])
        row: dict[str, Any] = {
            "worker": each.worker,
            "slots": " ".join(each.slots),
            "answered": each.answered,
            "lacking": each.lacking,
            "golden": len(each.golden),
            "golden_right": sum(check.agrees for check in each.golden),
            **dict(zip(ESTIMATED, golden, strict=True)),
            "p_holm": 1.0,
            "below": False,
            "repeats": len(each.repeats),
            "repeats_agreed": sum(check.agrees for check in each.repeats),
            # two answers of one person agree by the square of effort
            **dict(zip(REPEATED, np.sqrt(again[:3]).tolist(), strict=True)),
            "imc": len(each.imc),
            "imc_passed": sum(check.agrees for check in each.imc),
            "amount": str(sum(p.amount for p in own)) if own else "",
        }
        rows.append(row)
    table = pd.DataFrame(rows)  # at least one, as a file without answers is refused
    tested = table["golden"].to_numpy() > 0
    table["p_holm"] = holm(table["p_value"].to_numpy(float), tested)
    table["below"] = tested & (table["p_holm"] <= 1.0 - level)
    return table


def _effort(
    checks: Sequence[Check], signal: Mapping[str, float], standard: float, level: float
) -> tuple[float, float, float, float]:
    """Return effort, both ends of its interval and the p-value; unknown without a signal."""
    if not checks or any(check.item not in signal for check in checks):
        return np.nan, 0.0, 1.0, 1.0
    agrees = np.array([check.agrees for check in checks])
    sizes = np.array([signal[check.item] for check in checks])
    found = weigh_evidence(agrees, sizes, standard=standard, level=level)
    return found.effort, found.low, found.high, found.p_value


def _reviewed(people: Sequence[Scored], signals: Signals, alpha: float) -> GoldenReview | None:
    import pandas as pd

    rows = [
        (check.item, each.worker, check.given, check.expected)
        for each in people
        for check in each.golden
    ]
    if not rows:
        return None
    answers = pd.DataFrame(rows, columns=["task", "worker", "label", "gold"])
    known = set(answers["task"]) <= set(signals.golden)
    return review_golden(answers, signals.golden if known else None, alpha=alpha)
