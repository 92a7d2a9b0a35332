"""The rule that participants are promised: designed and certified here, or given; and as a file."""

import json
from collections.abc import Callable
from decimal import Decimal

from paygrade.errors import DataError
from paygrade.model.contract import BinaryContract, LinearContract
from paygrade.model.counting import GoldenQuestions
from paygrade.operations.plan import BatchPlan
from paygrade.operations.rule import UNITS, PayRule
from paygrade.report.economics import Economics
from paygrade.solution import second_best

CENT = Decimal("0.0001")  # to which shares are written
NAMES = {  # of the numbers of a contract, by family
    "binary": ("base", "bonus"),
    "linear": ("base", "slope"),
    "flat": ("base",),
}


def design_rule(
    economics: Economics,
    checks: int,
    signal: float | None,
    currency: str = "",
    progress: Callable[[str], object] = lambda _: None,
) -> tuple[PayRule, str]:
    """Return the best rule on golden questions, and how it is known to do what it says.

    Arguments:
        economics: money figures; a signal among them goes before `signal`.
        checks: golden questions in each batch.
        signal: mean margin of the golden questions, wrong keys allowed for; None: unknown.
        currency: its name.
        progress: told what is being done.

    Raises:
        DataError: nothing says what careful work looks like, or paying by checks isn't worth it.
        PaygradeError: no rule meets the bounds, or none could be certified.
    """
    signal = _signal(economics, signal)
    progress("designing and proving the rule")
    monitor = GoldenQuestions(checks, signal)
    problem = economics.problem(monitor)
    options = {"cutoff": economics.pay.cutoff, "bonus_cap": economics.pay.bonus_cap}
    bonus = economics.family is BinaryContract
    found = second_best(
        problem,
        economics.family,
        round_to=economics.pay.round_to,
        **(options if bonus else {}),  # type: ignore[arg-type]
    )
    contract = found.contract
    amounts: tuple[Decimal, ...] = ()
    match contract:
        case BinaryContract(base, extra, _):
            amounts = (_decimal(base), _decimal(extra))
        case LinearContract(intercept, slope):
            amounts = (_decimal(intercept), _decimal(slope))
    if len(amounts) < 2 or amounts[1] <= 0:
        raise DataError(
            f"{checks} golden questions are no reason to pay a bonus: the best rule pays the same"
            " to everybody; plan more of them, or raise batch.value"
        )
    rule = PayRule(
        contract=contract,
        amounts=amounts,
        checks=checks,
        counted="golden",
        careful=_share(float(monitor.accuracy(1.0))),
        expected=_share(float(monitor.accuracy(found.effort))),
        unit=_decimal(economics.pay.round_to or 0.01),
        currency=currency,
    )
    proof = (
        f"Under it an annotator does best by labelling {100 * found.effort:.0f} % of the items"
        " with full"
        f" care, for checks of mean margin {float(signal):.3f}. {found.certificate.verdict}."
    )
    return rule, proof


def _signal(economics: Economics, signal: float | None) -> float:
    if economics.types:
        raise DataError(
            "the economics list kinds of annotators ([[types]]), and a survey announces one rule to"
            " all as [annotator] states them; delete the types"
        )
    signal = economics.monitor.signal or signal
    if not signal:
        raise DataError(
            "no golden question has a margin and the economics have no monitor.signal, so nobody"
            " knows how often careful participants get them right; give pairs with margins, or"
            " write under [monitor] in the economics: signal = 0.7 (if they get 85 % right, as it"
            " is twice that share minus 1)"
        )
    return float(signal)


def refuse_other_checks(economics: Economics, plan: BatchPlan) -> None:
    """Raise unless the economics count on as many checks as a batch has golden rows.

    Raises:
        DataError: they don't.
    """
    checks, planned = economics.batch.checks, plan.batches.rows("golden")
    if checks != planned:
        raise DataError(
            f"the economics count on {checks} checks in a batch and the plan has {planned} golden"
            " rows, so pass mark and pay would be those of another survey; make batch.checks and"
            " batches.golden the same"
        )


def refuse_other_rule(rule: PayRule, plan: BatchPlan) -> None:
    """Raise unless the plan has as many checks of the kind that the rule counts.

    Raises:
        DataError: it has not, or the rule waits for an expert.
    """
    if rule.counted == "expert":
        raise DataError(
            "the rule counts agreement with an expert, whose answers a survey hasn't got; count"
            " golden or repeats, or use `paygrade sample` and `paygrade pay`"
        )
    planned = plan.batches.rows("golden" if rule.counted == "golden" else "repeats")
    if planned != rule.checks:
        raise DataError(
            f"the rule counts {rule.checks} {UNITS[rule.counted]} and a batch of the plan has"
            f" {planned}, so its pass mark would mean something else; make them the same"
        )


def rule_toml(rule: PayRule) -> str:
    """Return the file by which `paygrade pay` pays."""
    family = {"BinaryContract": "binary", "LinearContract": "linear", "FlatWage": "flat"}.get(
        type(rule.contract).__name__, "tiered"
    )
    lines = ["# The rule as announced. Money for each batch.", "", "[rule]"]
    lines += [f'family = "{family}"', f"checks = {rule.checks}"]
    if family == "tiered":
        cutoffs = [f"{cutoff:.0f}" for cutoff in getattr(rule.contract, "cutoffs", ())]
        lines += [f"cutoffs = [{', '.join(cutoffs)}]"]
        lines += [f"wages = [{', '.join(f'{wage:f}' for wage in rule.amounts)}]"]
    else:
        named = zip(NAMES[family], rule.amounts, strict=True)
        lines += [f"{name} = {amount:f}" for name, amount in named]
    if isinstance(rule.contract, BinaryContract):
        lines += [f"cutoff = {rule.contract.cutoff:.0f}"]
    lines += ["", "[counted]", f'what = "{rule.counted}"', f"careful = {rule.careful}"]
    lines += [f"expected = {rule.expected}"] * (0.5 < rule.expected < rule.careful)
    if rule.standard is not None:
        lines += [f"standard = {rule.standard}"]
    if rule.ties is not None:
        lines += [f"ties = {json.dumps(list(rule.ties), ensure_ascii=False)}"]
    lines += ["", "[money]", f"unit = {rule.unit:f}"]
    lines += [f"currency = {json.dumps(rule.currency, ensure_ascii=False)}", ""]
    return "\n".join(lines)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))


def _share(value: float) -> float:
    return float(_decimal(value).quantize(CENT))
