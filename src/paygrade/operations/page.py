"""The files of a pay day: payments, totals, a record for each annotator, a report.

Numbers are written with fixed digits and money as decimals, so the same pay day gives the same
bytes everywhere.
"""

import hashlib
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from paygrade import __version__
from paygrade.operations.appeal import Standing, find_standings, outcome_of, record_text
from paygrade.operations.keys import csv_bytes, json_bytes
from paygrade.operations.payment import LEVEL, Payment, Payroll
from paygrade.operations.work import Work
from paygrade.spreadsheets import harmless

LONGEST_NAME = 80  # letters of an audit file's name, which some systems limit
SHARES = ("share", "low", "high", "effort", "effort_low", "effort_high", "as_low_if_careful")
SUMS = ("amount", "paid_before", "due")
PAYMENT_COLUMNS = (
    *("worker", "batch", "checked", "agreed", *SHARES),
    *("denied_if_careful", "rule", "base", "bonus", *SUMS),
)


def payroll_files(payroll: Payroll) -> dict[str, bytes]:
    """Return every file of the pay day by its path."""
    workers = payroll.by_worker()
    names, standings = audit_names(workers), find_standings(payroll)
    return {
        "payments.csv": _csv_for_people(
            PAYMENT_COLUMNS, [_payment_row(each, payroll) for each in payroll.payments]
        ),
        "totals.csv": _csv_for_people(
            ["worker", "batches", *SUMS],
            [[worker, len(own), *_sums(own, payroll)] for worker, own in workers.items()],
        ),
        "report.txt": report_text(payroll).encode(),
        "report.json": json_bytes(report_dict(payroll)),
        **{
            f"audit/{names[worker]}.json": json_bytes(_audit(own, payroll, standings[worker]))
            for worker, own in workers.items()
        },
        **{
            f"audit/{names[worker]}.txt": record_text(own, payroll, standings[worker]).encode()
            for worker, own in workers.items()
        },
    }


def _csv_for_people(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    return csv_bytes(columns, [[harmless(cell) for cell in row] for row in rows])


def audit_names(workers: Iterable[str]) -> dict[str, str]:
    """Return a file name for each worker that every system takes, different for different ones.

    >>> list(audit_names(["ann", "a/b", "Ann"]).values())
    ['ann', 'a%2Fb', 'Ann-17239b6e']
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for worker in workers:
        name = quote(worker, safe=" ")
        if len(name) > LONGEST_NAME or name.casefold() in taken:
            name = f"{name[:LONGEST_NAME]}-{hashlib.sha256(worker.encode()).hexdigest()[:8]}"
        taken.add(name.casefold())
        names[worker] = name
    return names


def report_dict(payroll: Payroll) -> dict[str, Any]:
    """Return the pay day as plain numbers and text; money as text, to stay exact."""
    rule = payroll.rule
    return {
        "paygrade": __version__,
        "keys": payroll.keys,
        "rule": _rule_dict(payroll),
        "currency": rule.currency,
        "annotators": len(payroll.by_worker()),
        "batches": len(payroll.payments),
        **dict(zip(SUMS, _sums(payroll.payments, payroll), strict=True)),
        "unfinished": [
            {"worker": worker, "batch": batch, "lacks": lacks}
            for (worker, batch), lacks in payroll.waiting.items()
        ],
        "signs": [
            {
                "sign": sign.name,
                "raised": sign.is_raised,
                "p_value": _digits(sign.p_value),
                "adjusted": _digits(sign.adjusted),
                "workers": list(sign.workers),
                "sentence": sign.sentence,
            }
            for sign in payroll.signs
        ],
        "imc": _imc_dict([payment.work for payment in payroll.payments]),
        "below_standard": [
            standing.worker for standing in find_standings(payroll).values() if standing.is_below
        ],
    }


def summary_text(payroll: Payroll) -> str:
    """Return rule, sums and signs as a page for people."""
    rule, currency = payroll.rule, payroll.rule.currency
    amount, before, due = (
        f"{each} {currency}".strip() for each in _sums(payroll.payments, payroll)
    )
    careful = (
        f"Fully careful work agrees in {100 * rule.careful:.1f} % of checks, earns"
        f" {rule.expected_pay(rule.careful):.2f} on average, and misses the full"
        f" {rule.payments.max():.2f} with probability {100 * rule.denied:.1f} %."
    )
    people = len(payroll.by_worker())
    paid = (
        f"{len(payroll.payments)} batches of {people} annotators earned {amount}; paid before:"
        f" {before}; due now: {due}."
    )
    lines = [f"Rule: {rule}.", careful, "", paid]
    if payroll.payments and not payroll.due:
        lines.append("Nothing is due: the ledger has all of it.")
    if payroll.waiting:
        lines.append(f"Unfinished batches that wait for labels: {len(payroll.waiting)}.")
    lines += _standing_lines(payroll)
    lines += _imc_lines(payroll)
    lines += ["", "Signs of the scheme going wrong"]
    for sign in payroll.signs:
        mark = "LOOK" if sign.is_raised else ("quiet" if sign.p_value is not None else "not asked")
        lines.append(f"  {sign.name} ({mark}): {sign.sentence}")
    return _folded(lines)


def report_text(payroll: Payroll) -> str:
    """Return the summary and a line for each payment."""
    currency = payroll.rule.currency
    own = payroll.by_worker().items()
    lines = [_line(worker, each, currency) for worker, payments in own for each in payments]
    return summary_text(payroll) + _folded(["", "Annotators", *lines])


def _standing_lines(payroll: Payroll) -> list[str]:
    """Return who stands below the standard, by interval; nothing if none is asked for."""
    if payroll.rule.least_share is None:
        return []
    standings = find_standings(payroll).values()
    below = [each for each in standings if each.is_below]
    luck = sum(each.agreed < (each.standard or 0.0) * each.checked for each in standings)
    lines = ["", f"Standard: {100 * payroll.rule.least_share:.0f} % of checks agree."]
    lines += [f"  {each.worker}: {each.sentence}" for each in below]
    lines.append(
        f"  {len(below)} below it by their whole interval; {luck - len(below)} below it by a count"
        " that luck explains, for whom nothing but pay follows."
    )
    return lines


def _imc_dict(works: Sequence[Work]) -> dict[str, Any]:
    """Return how many instructed rows there were and who failed some; they decide nothing."""
    return {
        "asked": sum(len(work.imc) for work in works),
        "failed": sum(work.failed for work in works),
        "workers": list(dict.fromkeys(work.worker for work in works if work.failed)),
        "counted_for_pay": False,
    }


def _imc_lines(payroll: Payroll) -> list[str]:
    found = _imc_dict([payment.work for payment in payroll.payments])
    if not found["asked"]:
        return []
    text = (
        f"Instructed rows, for information only: {found['failed']} of {found['asked']} were not"
        f" followed, by {len(found['workers'])} annotators. They are not counted for pay."
    )
    return [text]


def _folded(lines: Iterable[str]) -> str:
    folded = [textwrap.wrap(each, 100, subsequent_indent="    ") or [""] for each in lines]
    return "".join(f"{line}\n" for each in folded for line in each)


def _line(worker: str, payment: Payment, currency: str) -> str:
    work = payment.work
    return (
        f"  {worker}, {work.batch}: {work.agreed} of {len(work.checks)} agree,"
        f" {100 * LEVEL:.0f} % interval {100 * payment.low:.1f} % to {100 * payment.high:.1f} %, so"
        " few if careful"
        f" p = {payment.as_low_if_careful:.2g}: {payment.amount} {currency}".rstrip()
        + (" (paid before)" if payment.is_paid else "")
    )


def _payment_row(payment: Payment, payroll: Payroll) -> list[object]:
    p, work = payment, payment.work
    shares = [getattr(p, name) for name in SHARES]
    return [
        work.worker,
        work.batch,
        len(work.checks),
        work.agreed,
        *(f"{share:.4f}" for share in (*shares, payroll.rule.denied)),
        str(payroll.rule),
        p.base,
        p.bonus,
        *_sums([p], payroll),
    ]


def _audit(own: list[Payment], payroll: Payroll, standing: Standing) -> dict[str, Any]:
    """Return all that an appeal needs: each check with its key, the count, the rule, the money."""
    sums = dict(zip(SUMS, _sums(own, payroll), strict=True))
    return {
        "worker": standing.worker,
        "currency": payroll.rule.currency,
        **sums,
        "rule": _rule_dict(payroll),
        "standing": {
            "agreed": standing.agreed,
            "checked": standing.checked,
            "interval": [_digits(standing.low), _digits(standing.high)],
            "level": _digits(standing.level),
            "standard": _digits(standing.standard),
            "is_below": standing.is_below,
            "sentence": standing.sentence,
        },
        "batches": [_audit_batch(payment, payroll) for payment in own],
    }


def _audit_batch(payment: Payment, payroll: Payroll) -> dict[str, Any]:
    work = payment.work
    return {
        "batch": work.batch,
        "checked": len(work.checks),
        "agreed": work.agreed,
        "share": _digits(payment.share),
        "interval": [_digits(payment.low), _digits(payment.high)],
        "level": LEVEL,
        "effort": _digits(payment.effort),
        "effort_interval": [_digits(payment.effort_low), _digits(payment.effort_high)],
        "as_low_if_careful": _digits(payment.as_low_if_careful),
        "base": str(payment.base),
        "bonus": str(payment.bonus),
        "amount": str(payment.amount),
        "paid_before": payment.is_paid,
        "outcome": outcome_of(payment, payroll.rule),
        "checks": [vars(check) for check in work.checks],
        "imc": {**_imc_dict([work]), "checks": [vars(check) for check in work.imc]},
        "labels": dict(work.labels),
    }


def _rule_dict(payroll: Payroll) -> dict[str, Any]:
    rule = payroll.rule
    return {
        "text": str(rule),
        "checks": rule.checks,
        "counted": rule.counted,
        "ban": None if rule.ban is None else str(rule.ban),
        "standard": _digits(rule.least_share),
        "careful": _digits(rule.careful),
        "expected": _digits(rule.expected),
        "denied_if_careful": _digits(rule.denied),
        "unit": str(rule.unit),
        "rounding": "each payment once, half a unit to even",
    }


def _sums(payments: Iterable[Payment], payroll: Payroll) -> tuple[str, str, str]:
    """Return what the payments amount to, what of it was paid before and due (money, as text)."""
    nothing = 0 * payroll.rule.unit
    amount, due = nothing, nothing
    for payment in payments:
        amount, due = amount + payment.amount, due + payment.due
    return str(amount), str(amount - due), str(due)


def _digits(value: float | None) -> float | None:
    """Return the number with digits that don't depend on the machine."""
    return None if value is None else float(f"{value:.4g}")
