"""What there is to tabulate of a study, a roster and a plan."""

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from paygrade.errors import DataError
from paygrade.model.contract import BinaryContract, Contract, LinearContract
from paygrade.planning.operating import LEVEL, OperatingCurve
from paygrade.planning.tradeoff import MonitoringTradeoff
from paygrade.report.kinds import WORDS
from paygrade.report.questions import Answer
from paygrade.report.roster import CONTRARY, Roster
from paygrade.report.roster_text import ranked_rows
from paygrade.report.study import Plan, Study
from paygrade.report.tables import Column, Entry, Estimate, Sheet
from paygrade.report.uncertain_sheets import kinds_sheet, mistakes_sheet, safe_sheet

if TYPE_CHECKING:
    import pandas as pd

WORKER, CHECKED, AGREED = Column("annotator", None), Column("checked", 0), Column("agreed", 0)
EFFORT = Column("effort")
FAMILIES: dict[type[Contract], str] = {BinaryContract: "bonus", LinearContract: "linear rate"}


def study_sheets(study: Study) -> tuple[Sheet, ...]:
    """Return what the rule does to whom, figures that are off, rules compared, annotators."""
    return (
        _people(study) if study.kinds is None else kinds_sheet(study.kinds),
        *([] if study.safe is None else [safe_sheet(study.safe)]),
        *([] if study.mistakes is None else [mistakes_sheet(study.mistakes)]),
        _rules(study),
        _workers(study),
    )


def roster_sheets(roster: Roster) -> tuple[Sheet, ...]:
    """Return the annotators, those who are below the standard first."""
    question = roster.question
    columns = (
        *(WORKER, CHECKED, AGREED, EFFORT),
        *(Column("p-value", 3), Column("adjusted", 3), Column("finding", None)),
    )
    adjusted = f"p_{question.control}"
    rows = tuple(
        (
            *_measured(row),
            *((row["p_value"], row[adjusted]) if row["checked"] else (None, None)),
            row["finding"],
        )
        for row in ranked_rows(roster).to_dict(orient="records")
    )
    asked = "as right as the others" if question.standard == "peers" else f"{question.standard}"
    contrary = (
        "Against the key: agrees significantly less often than a coin, so answers may be swapped or"
        " the instruction misread."
    )
    notes = (
        _agreement(roster.kind, question.level),
        (
            f"p-values test effort against the standard ({asked}); adjusted for the number of"
            f" annotators by {'Holm' if question.control == 'holm' else 'Benjamini and Hochberg'}."
        ),
        "Open: the checks can't tell yet, which is no reproach.",
        *[contrary] * bool(roster.names(CONTRARY)),
    )
    return (Sheet("annotators", "Efforts of the annotators", columns, rows, notes),)


def answer_sheets(answer: Answer) -> tuple[Sheet, ...]:
    """Return what `paygrade plan` has to tabulate.

    Raises:
        DataError: the answer is one number of checks.
    """
    if isinstance(answer, MonitoringTradeoff):
        return (_tradeoff(answer),)
    if isinstance(answer, OperatingCurve):
        return (_curve(answer),)
    raise DataError(
        "a number of checks is no table; --latex, --html and --csv write what --rule does and what"
        " --check-cost buys, and --json writes everything"
    )


def _people(study: Study) -> Sheet:
    is_bonus = isinstance(study.design.contract, BinaryContract)
    money = [Column("expected pay", 2, "money"), Column("above not working here", 4, "utils")]
    columns = [Column("who", None), EFFORT, *([Column("passes", 3)] if is_bonus else []), *money]
    rows = tuple(
        tuple(row[name] for name in ("who", "effort", *["passes"] * is_bonus, "earns", "gain"))
        for row in study.people()
    )
    notes = (
        "Effort is the share of items that are labelled with attention.",
        (
            "Above not working here: expected utility of pay minus the cost of effort minus what"
            " the same time brings elsewhere."
        ),
    )
    return Sheet("people", "What the rule does", tuple(columns), rows, notes)


def _rules(study: Study) -> Sheet:
    columns = (
        *(Column("rule", None), Column("checks", 0), Column("base", 2, "money")),
        *(Column("bonus or rate", 2, "money"), Column("pass mark", 0), EFFORT),
        *(Column("expected pay", 2, "money"), Column("least pay for it", 2, "money")),
        *(Column("payoff", 2, "money"), Column("agency cost", 3, "money")),
        Column("evidence", None),
    )
    rows = [row for plan in study.plans for row in _plan_rows(plan)]
    ideal = study.plan.first_best
    rows.append(
        (
            *("effort observed", None, ideal.expected_wage, None, None, ideal.effort),
            *(ideal.expected_wage, ideal.expected_wage, ideal.payoff, 0.0, ""),
        )
    )
    notes = (
        "Money a batch. The rate is for a share of 1 right.",
        "Least pay for it: no contract of any class induces this effort for less (weak duality).",
        "Agency cost: payoff with effort observed minus payoff.",
        "Proved: no effort is better for the annotator, by ball arithmetic over all efforts.",
    )
    return Sheet("rules", "Rules by class and number of checks", columns, tuple(rows), notes)


def _plan_rows(plan: Plan) -> Iterator[tuple[Entry, ...]]:
    for family, name in FAMILIES.items():
        design = plan.design(family)
        if isinstance(design, str):
            yield (name, plan.checks, *[None] * 8, "no rule")
            continue
        proof = design.certificate
        match design.contract:
            case BinaryContract(base, bonus, cutoff):
                pay: tuple[Entry, ...] = (base, bonus, cutoff)
            case LinearContract(intercept, slope):
                pay = (intercept, slope, None)
            case _:
                pay = (None, None, None)
        yield (
            *(name, plan.checks, *pay, design.effort, design.expected_wage),
            *(proof.cost_lower, design.payoff, plan.agency_cost(family)),
            proof.evidence.lower() if proof.holds else "not certified",
        )


def _workers(study: Study) -> Sheet:
    ranked = study.workers.sort_values("effort", ascending=False, kind="stable")
    rows = tuple(
        (*_measured(row), row["p_value"] if row["checked"] else None)
        for row in ranked.to_dict(orient="records")
    )
    columns = (WORKER, CHECKED, AGREED, EFFORT, Column("p-value", 3))
    standard = ranked.attrs.get("standard")
    against = "the standard" if standard is None else f"effort {standard}"
    notes = (
        _agreement(type(study.monitor), 0.95),
        (
            f"p-values test effort against {against}, each annotator alone: of many, some are low"
            " by luck, so nobody should be paid or judged by this table alone."
        ),
    )
    return Sheet("annotators", "Efforts of the annotators", columns, rows, notes)


def _measured(row: Mapping[Hashable, Any]) -> tuple[Entry, ...]:
    effort = Estimate(row["effort"], row["effort_low"], row["effort_high"])
    return (str(row["worker"]), int(row["checked"]), int(row["agreed"]), effort)


def _agreement(kind: type, level: float) -> str:
    what, other = WORDS[kind]
    return (
        f"Agreed: {what} in which the label agrees with {other}. Effort with exact"
        f" {100 * level:.3g} % intervals in brackets, which allow for a calibrated signal."
    )


def _tradeoff(found: MonitoringTradeoff) -> Sheet:
    columns = (
        *(Column("share checked", 3), Column("checks", 0), EFFORT),
        *(Column("expected pay", 2, "money"), Column("agency cost", 3, "money")),
        *(Column("checking cost", 3, "money"), Column("total cost", 3, "money")),
        Column("payoff", 3, "money"),
    )
    names = (
        *("share", "checks", "effort", "expected_wage", "agency_cost", "monitoring_cost"),
        *("total_cost", "payoff"),
    )
    best = found.best
    notes = (
        "Money a batch. Total cost: agency cost (what not seeing effort costs) plus checks.",
        f"Best: {best['checks']:.0f} checks.",
    )
    return Sheet("tradeoff", "What checks cost and save", columns, _rows(found.table, names), notes)


def _curve(found: OperatingCurve) -> Sheet:
    columns = (
        *(Column("accuracy"), Column("answers", 0), Column("banned", 4)),
        Column("answers until banned or done", 1),
    )
    exact = found.status == "exact"
    rows = tuple(
        (
            *(row["accuracy"], row["answers"]),
            row["banned"] if exact else Estimate(row["banned"], row["low"], row["high"]),
            row["mean_answers"],
        )
        for row in found.table.to_dict(orient="records")
    )
    notes = (
        "Banned: probability of a ban within so many answers, answers being right independently.",
        "Exact." if exact else f"Simulated, with {100 * LEVEL:g} % intervals in brackets.",
    )
    return Sheet("bans", f"What a rule does: {found.rule}", columns, rows, notes)


def _rows(table: "pd.DataFrame", names: tuple[str, ...]) -> tuple[tuple[Entry, ...], ...]:
    return tuple(tuple(row[n] for n in names) for row in table.to_dict(orient="records"))
