"""The rule on trial in words and as entries of a rule file, for each kind of rule."""

from collections.abc import Callable
from decimal import Decimal

from paygrade.errors import ModelError
from paygrade.model.contract import BinaryContract, Contract, LinearContract, TieredContract

Amount = Callable[[float], str]  # money as people write it


def on_top(contract: Contract, checks: int, amount: Amount) -> str:
    """Return what is paid above the base, and for what.

    >>> on_top(TieredContract([42, 51], [8, 10, 12.5]), 60, "{:.2f}".format)
    '2.00 for 42 of 60, 2.50 more for 51'
    """
    match contract:
        case BinaryContract(_, bonus, cutoff):
            return f"{amount(bonus)} for {cutoff:.0f} of {checks}"
        case LinearContract(_, slope):
            return f"{amount(slope)} times the share that agrees"
        case TieredContract(cutoffs, wages):
            low, middle, high = wages
            return (
                f"{amount(middle - low)} for {cutoffs[0]:.0f} of {checks},"
                f" {amount(high - middle)} more for {cutoffs[1]:.0f}"
            )
    raise unknown(contract)


def in_one_line(contract: Contract, checks: int, amount: Amount) -> str:
    """Return the whole rule.

    >>> in_one_line(LinearContract(1, 0.5), 10, "{:.2f}".format)
    '1.00, and 0.50 more times the share of checks that agree'
    """
    match contract:
        case BinaryContract(base, bonus, cutoff):
            return (
                f"{amount(base)}, and {amount(bonus)} more if at least {cutoff:.0f} of {checks}"
                " checks agree"
            )
        case LinearContract(base, slope):
            return f"{amount(base)}, and {amount(slope)} more times the share of checks that agree"
        case TieredContract(cutoffs, wages):
            return (
                f"{amount(wages[0])}; {amount(wages[1])} if at least {cutoffs[0]:.0f} of {checks}"
                f" checks agree; {amount(wages[2])} from {cutoffs[1]:.0f} on"
            )
    raise unknown(contract)


def promise(contract: Contract, checks: int, amount: Amount) -> str:
    """Return what annotators are told of the pay above the base.

    >>> promise(BinaryContract(8, 3, 48), 60, "{:.2f}".format)
    'You get a bonus of 3.00 on top, 11.00 in all, if at least 48 of 60 checks agree.'
    """
    match contract:
        case BinaryContract(bonus=0.0) | LinearContract(slope=0.0):
            return "Nothing is added to that."
        case BinaryContract(base, bonus, cutoff):
            return (
                f"You get a bonus of {amount(bonus)} on top, {amount(base + bonus)} in all, if at"
                f" least {cutoff:.0f} of {checks} checks agree."
            )
        case LinearContract(base, slope):
            half = checks - checks // 2
            return (
                f"You get {amount(slope)} times the share of checks that agree on top: with"
                f" {half} of {checks}, {amount(base + slope * half / checks)} in all; with every"
                f" one, {amount(base + slope)}."
            )
        case TieredContract(cutoffs, wages):
            first, second = (
                f"{amount(wage - wages[0])} on top, {amount(wage)} in all, if at least"
                f" {cutoff:.0f} of {checks}"
                for cutoff, wage in zip(cutoffs, wages[1:], strict=True)
            )
            return f"You get {first} checks agree, and {second} agree."
    raise unknown(contract)


def file_entries(contract: Contract, money: Callable[[float], Decimal]) -> list[str]:
    """Return the entries of a rule file's `[rule]` that state the contract, checks aside.

    >>> file_entries(LinearContract(1, 0.5), lambda x: Decimal(str(x)))
    ['family = "linear"', 'base = 1', 'slope = 0.5']
    """
    match contract:
        case BinaryContract(base, bonus, cutoff):
            amounts = [f"base = {money(base)}", f"bonus = {money(bonus)}"]
            return ['family = "binary"', *amounts, f"cutoff = {cutoff:.0f}"]
        case LinearContract(base, slope):
            return ['family = "linear"', f"base = {money(base)}", f"slope = {money(slope)}"]
        case TieredContract(cutoffs, wages):
            marks = ", ".join(f"{cutoff:.0f}" for cutoff in cutoffs)
            paid = ", ".join(str(money(wage)) for wage in wages)
            return ['family = "tiered"', f"cutoffs = [{marks}]", f"wages = [{paid}]"]
    raise unknown(contract)


def unknown(contract: Contract) -> ModelError:
    """Return the complaint about a kind of rule that the page can't try."""
    return ModelError(
        f"a {type(contract).__name__} can't be tried on the page; use a bonus, a rate or two pass"
        " marks"
    )
