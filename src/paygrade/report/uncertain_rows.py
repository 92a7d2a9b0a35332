"""What is known of uncertain annotators, as plain rows: for tables and JSON."""

import math
from typing import Any

from paygrade.agent.expected import expected_wage
from paygrade.model.contract import BinaryContract
from paygrade.report.announcing import contract_in_words
from paygrade.report.uncertain import Kinds, Safe
from paygrade.robust.menu import Menu
from paygrade.robust.mistakes import Sensitivity
from paygrade.robust.outcome import TypeOutcome

Row = dict[str, Any]


def kinds_rows(kinds: Kinds) -> list[Row]:
    """Return what each kind of annotator takes, does and gets; who declines gets nothing here."""
    rows = []
    for problem, one, taken in zip(kinds.problems, kinds.outcomes, kinds.choice, strict=True):
        row: Row = {
            "who": one.name,
            "share": one.probability,
            "rule": None if taken is None else taken + 1,
            "effort": None,
            "passes": None,
            "earns": None,
            "gain": one.slack,
            "keeps": one.payoff,
            "evidence": evidence_of(one),
        }
        if taken is not None:
            rule = kinds.rules[taken]
            row["effort"] = one.effort
            row["earns"] = float(expected_wage(problem, rule, one.effort))
            if isinstance(rule, BinaryContract):
                chance = problem.monitor.pass_probability(rule.cutoff, one.effort)
                row["passes"] = float(chance)
        rows.append(row)
    return rows


def safe_rows(safe: Safe) -> list[Row]:
    """Return what annotators as stated, and at the ends of the share, do under both rules."""
    stated = {
        "who": "as stated",
        "cheapest_effort": safe.cheapest.effort,
        "cheapest_keeps": safe.cheapest.payoff,
        "effort": safe.design.effort,
        "earns": safe.design.expected_wage,
        "keeps": safe.design.payoff,
        "evidence": safe.design.certificate.evidence.value,
    }
    corners = safe.robust.types.corners()  # type: ignore[union-attr]
    ends = [
        {
            "who": name,
            "cheapest_effort": under.effort if under.accepts else None,
            "cheapest_keeps": under.payoff,
            "effort": one.effort,
            "earns": float(expected_wage(corner, safe.robust.contract, one.effort)),
            "keeps": one.payoff,
            "evidence": weaker(evidence_of(one), evidence_of(under)),
        }
        for name, corner, one, under in zip(
            safe.names, corners, safe.outcomes, safe.under_cheapest, strict=True
        )
    ]
    return [stated, *ends]


def uncertain_dict(
    safe: Safe | None, kinds: Kinds | None, mistakes: Sensitivity | None
) -> dict[str, Any]:
    """Return those of the three that there are, ready for JSON."""
    found: dict[str, Any] = {}
    if safe is not None:
        found["safe"] = _safe_dict(safe)
    if kinds is not None:
        found["kinds"] = _kinds_dict(kinds)
    if mistakes is not None:
        found["if_off"] = {
            "by": mistakes.by,
            "payoff": mistakes.payoff,
            "rows": [_plain(row) for row in mistakes.records()],
        }
    return found


def evidence_of(outcome: TypeOutcome) -> str:
    """Return the grade of what is known of somebody's decision."""
    return outcome.certificate.evidence.value if outcome.decision_is_proved else "CHECKED"


def weaker(one: str, other: str) -> str:
    """Return the weaker of two grades."""
    return max(one, other, key=("PROVED", "BOUNDED", "CHECKED").index)


def _safe_dict(safe: Safe) -> Row:
    proof = safe.robust.certificate
    return {
        "percent": safe.percent,
        "unsure": list(safe.unsure),
        "verdict": proof.verdict,
        "holds": proof.holds,
        "evidence": proof.evidence.value,
        "least_effort": proof.least_effort,
        "worst_payoff": proof.worst_payoff,
        "contract": vars(safe.robust.contract),
        "price": safe.cheapest.payoff - safe.design.payoff,
        "cheapest": {
            "rule": contract_in_words(safe.cheapest.contract, _checks(safe)),
            "contract": vars(safe.cheapest.contract),
            "verdict": safe.cheapest_proof.verdict,
            "worst": {
                "effort": safe.worst.effort if safe.worst.accepts else None,
                "accepts": safe.worst.accepts,
                "payoff": safe.worst.payoff,
                "evidence": evidence_of(safe.worst),
            },
        },
        "annotators": [_plain(row) for row in safe_rows(safe)],
    }


def _kinds_dict(kinds: Kinds) -> Row:
    found = kinds.found
    return {
        "rules": [{"kind": type(rule).__name__, **vars(rule)} for rule in kinds.rules],
        "expected_payoff": found.expected_payoff,
        "gain_of_menu": found.gain if isinstance(found, Menu) else None,
        "evidence": kinds.evidence.value,
        "annotators": [_plain(row) for row in kinds_rows(kinds)],
    }


def _checks(safe: Safe) -> int:
    return int(getattr(safe.cheapest.problem.monitor, "n", 0))


def _plain(row: Row) -> Row:
    """Return the row for JSON, which has no NaN and no infinity."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in row.items()
    }
