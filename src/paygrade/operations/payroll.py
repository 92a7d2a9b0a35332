"""A pay day from labels, keys and rule to files and ledger."""

from collections.abc import Mapping
from pathlib import Path

from paygrade.arguments import checked_arguments
from paygrade.errors import DataError
from paygrade.operations.folder import write_folder
from paygrade.operations.keys import Keys, read_keys
from paygrade.operations.ledger import Entry, Ledger, labels_digest, open_ledger
from paygrade.operations.page import payroll_files
from paygrade.operations.paydays import refuse_unknown_paydays
from paygrade.operations.payment import Payroll, assess_payment
from paygrade.operations.returned import match_labels, refuse_other_counts
from paygrade.operations.rule import PayRule
from paygrade.operations.rule_file import read_rule
from paygrade.operations.signs import find_signs
from paygrade.operations.work import Work

LEDGER = "ledger.jsonl"


@checked_arguments
def pay_labels(
    labels: Path | str,
    *,
    keys: Path | str,
    rule: Path | str,
    out: Path | str,
    ledger: Path | str | None = None,
    expert: Path | str | None = None,
    unfinished: str = "refuse",
    columns: Mapping[str, str] | None = None,
) -> Payroll:
    """Count the checks, write what everybody is owed and why, and enter it in the ledger.

    Work that the ledger has already is listed and not owed again; a pay day beside `out` or near
    the ledger that the ledger doesn't know is a reason to stop. If nothing is owed and `out`
    exists, nothing is written. All files and the ledger change together or not at all.

    Arguments:
        labels: CSV, TSV, Parquet or JSON lines with columns task, worker, label; all the labels so
            far, or those of the batches to be paid.
        keys: the keys.csv of `paygrade sample`, its manifest.json beside it.
        rule: TOML, or the JSON of `paygrade design --json`.
        out: a new folder: payments.csv, totals.csv, audit/, report.txt, report.json.
        ledger: what was paid; None: ledger.jsonl beside the keys.
        expert: an expert's answers, columns task (the pool's name) and label.
        unfinished: "refuse" the labels if a batch lacks some, or let it "wait".
        columns: task, worker, label -> what the column is called.

    Raises:
        DataError: something doesn't fit; the message says what and what to do.
    """
    if unfinished not in ("refuse", "wait"):
        raise DataError(f"--unfinished {unfinished} is unknown; choose refuse or wait")
    out, known = Path(out), read_keys(keys)
    announced = read_rule(rule)
    works, waiting = match_labels(
        labels,
        known,
        announced.counted,
        roles={"task": "task", "worker": "worker", "label": "label", **(columns or {})},
        expert=expert,
        ties=announced.ties,
        waits=unfinished == "wait",
    )
    refuse_other_counts(works, announced.checks, announced.counted)
    with open_ledger(Path(keys).parent / LEDGER if ledger is None else Path(ledger)) as book:
        refuse_unknown_paydays(book, known.digest, out)
        payroll, entries = _payroll(works, waiting, known, announced, book)
        if entries:
            book.pay_out(entries, out, payroll_files(payroll))
        elif not out.exists():
            write_folder(out, payroll_files(payroll))
    return payroll


def _payroll(
    works: list[Work],
    waiting: Mapping[tuple[str, str], int],
    keys: Keys,
    rule: PayRule,
    book: Ledger,
) -> tuple[Payroll, list[Entry]]:
    """Return the pay day and the ledger's new entries."""
    payments, entries = [], []
    for work in works:
        entry = Entry(
            keys=keys.digest,
            batch=work.batch,
            worker=work.worker,
            labels=labels_digest(work.labels),
            rule=str(rule),
            amount=str(rule.pay(work.agreed)),
        )
        is_paid = book.paid_before(entry)
        payments.append(assess_payment(work, rule, is_paid=is_paid))
        entries += [] if is_paid else [entry]
    signs = tuple(find_signs(works, rule)) if works else ()
    return Payroll(rule, tuple(payments), waiting, signs, keys.digest), entries
