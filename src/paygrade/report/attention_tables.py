"""What there is to tabulate of users' attention: users, uses of their labels, models."""

import numpy as np

from paygrade.attention.strengths import Strengths
from paygrade.report.attention import STRENGTHS, Attention
from paygrade.report.tables import Column, Estimate, Sheet


def attention_sheets(found: Attention) -> tuple[Sheet, ...]:
    """Return what filters and weights do, the users, and the models where they were estimated."""
    population = found.fit.population
    models = (_models(population),) if isinstance(population, Strengths) else ()
    return (_uses(found), _users(found), *models)


def _uses(found: Attention) -> Sheet:
    columns = (
        *(Column("use", None), Column("users", 0), Column("labels", 0)),
        *(Column("share given with attention", 3), Column("worth", 0)),
    )
    names = ("use", "users", "comparisons", "purity", "effective")
    rows = tuple(tuple(row[name] for name in names) for row in found.uses.to_dict(orient="records"))
    notes = (
        "Worth: how many labels, all given with attention, would say as much.",
        "Users are kept or left out with all their labels.",
    )
    return Sheet("uses", "What the labels are worth", columns, rows, notes)


def _users(found: Attention) -> Sheet:
    question = found.question
    columns = (
        *(Column("user", None), Column("comparisons", 0), Column("attentiveness")),
        *(Column("finding", None), Column("weight", 3)),
    )
    rows = tuple(
        (
            *(str(row["user"]), int(row["comparisons"])),
            Estimate(row["attentiveness"], row["low"], row["high"]),
            *(row["finding"], row["weight"]),
        )
        for row in found.table.to_dict(orient="records")
    )
    kind = {"two types": "The chance of being attentive", "grid": "Posterior mean"}
    what = kind.get(str(question.law), "Share of labels given with attention")
    alone = ", each user alone" * (question.law in ("free", STRENGTHS))
    notes = (
        f"{what}, {100 * question.level:.3g} % intervals in brackets{alone}.",
        f"{_what_findings_mean(found)} Open: the comparisons can't tell, which is no reproach.",
        *(("The models' strengths are taken as known.",) if question.law == STRENGTHS else ()),
    )
    return Sheet("users", "Attentiveness of the users", columns, rows, notes)


def _what_findings_mean(found: Attention) -> str:
    question = found.question
    if question.law == "two types":
        sure, other = (f"{100 * share:.3g} %" for share in (question.level, 1.0 - question.level))
        return (
            f"Attentive, not attentive: the chance is {sure} or more, or below {other}, at both"
            " ends of the interval of the attentive users' share."
        )
    return (
        f"Attentive, not attentive: the whole interval is at {question.threshold:g} or more, or"
        " below it."
    )


def _models(population: Strengths) -> Sheet:
    order = np.argsort(-population.strength)
    rows = tuple((str(population.models[k]), float(population.strength[k])) for k in order)
    notes = ("Bradley and Terry's strengths in logits, mean 0, as attentive users see them.",)
    columns = (Column("model", None), Column("strength"))
    return Sheet("models", "Strengths of the models", columns, rows, notes)
