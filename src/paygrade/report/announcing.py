"""A rule in a sentence, as it is announced."""

from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.solution import Design


def rule_in_words(design: Design) -> str:
    """Return the rule as it can be announced."""
    return contract_in_words(design.contract, getattr(design.problem.monitor, "n", 0))


def contract_in_words(contract: Contract, n: int) -> str:
    """Return what a rule on n checks pays."""
    match contract:
        case BinaryContract(base, bonus, cutoff):
            if bonus == 0:
                return f"Check nothing and pay {base:.2f}: no bonus is worth its cost."
            return f"Check {n}, pay {base:.2f}, add {bonus:.2f} if at least {cutoff:.0f} are right."
        case LinearContract(intercept, slope):
            each = slope / n
            return (
                f"Check {n}, pay {intercept:.2f}, add {slope:.2f} times the share that is right"
                f" ({each:.4f} for each right answer)."
            )
    return f"{contract}."
