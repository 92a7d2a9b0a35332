"""A study in sentences, for the page: what is known, on which grounds, and what was assumed."""

from collections.abc import Iterator

from paygrade.certificate.verdict import Evidence
from paygrade.model.contract import BinaryContract, LinearContract
from paygrade.model.counting import SelfConsistency
from paygrade.report.economics import Annotator
from paygrade.report.kinds import WORDS
from paygrade.report.study import Study
from paygrade.report.uncertain_words import what_to_expect

GRADES = {
    Evidence.PROVED: (
        "Proved: for every effort an annotator could choose, not only for those on a grid. The"
        " program encloses every rounding error (ball arithmetic) and starts from the announced"
        " rule alone; it shares no code with the one that found the rule."
    ),
    Evidence.BOUNDED: (
        "Bounded: in ordinary floating point with a stated bound on its error. That is short of a"
        " proof, and close to one."
    ),
    Evidence.CHECKED: (
        "Checked: at many efforts, one by one. Between them nothing is known, so this proves"
        " nothing."
    ),
}
TASTES = {
    "log": "logarithmic: a loss weighs more, the less there is",
    "square-root": "square root: a loss weighs more, the less there is",
    "crra": "of constant relative risk aversion",
    "cara": "of constant absolute risk aversion",
    "risk-neutral": "risk neutral: only the average counts",
}


def what_it_costs(study: Study) -> str:
    """Return expected pay, worth and agency cost in a sentence or two."""
    design, ideal = study.design, study.plan.first_best
    if study.kinds is not None:
        return " ".join(what_to_expect(study))
    return (
        f"Expected cost {design.expected_wage:.2f} a batch, worth {design.payoff:.2f} to you after"
        f" pay. If attention could be seen, you would pay {ideal.expected_wage:.2f} for effort"
        f" {ideal.effort:.2f} and keep {ideal.payoff:.2f}: not seeing it costs"
        f" {ideal.payoff - design.payoff:.2f} a batch (agency cost)."
    )


def evidence_in_words(study: Study) -> str:
    """Return what the grade of evidence of the announced rule means."""
    if study.kinds is not None:
        return GRADES[study.kinds.evidence]
    if study.safe is None:
        return GRADES[study.design.certificate.evidence]
    evidence = study.safe.robust.evidence
    if evidence is Evidence.PROVED:
        return f"{GRADES[evidence]} It covers all annotators within the share, not the ends alone."
    return GRADES[evidence]


def calibrated(study: Study) -> str:
    """Return against what effort is measured."""
    found = study.calibration
    if found is None:
        return "What careful work looks like was given (monitor.signal)."
    return (
        f"Effort is measured against this: {found.description} (95 % interval {found.low:.3f} to"
        f" {found.high:.3f}). Name trusted annotators under [monitor] to set it yourself."
    )


def alternative_rules(study: Study) -> list[str]:
    """Return why some class of contract has no rule at some number of checks, each reason once."""
    return list(dict.fromkeys(_missing(study)))


def _missing(study: Study) -> Iterator[str]:
    for plan in study.plans:
        for kind, why in (("bonus", plan.binary), ("linear rate", plan.linear)):
            if isinstance(why, str):
                yield f"No {kind} with {plan.checks} checks: {why}"


def assumptions(study: Study) -> list[tuple[str, str]]:
    """Return what the rule rests on: what was taken as given, and what follows if it is wrong."""
    economics = study.economics
    person, batch, pay = economics.annotator, economics.batch, economics.pay
    what, other = WORDS[type(study.monitor)]
    full = float(study.monitor.accuracy(1.0))
    other_half = "squared effort" if isinstance(study.monitor, SelfConsistency) else "effort"
    bounds = [] if pay.floor is None else [f"nobody is paid less than {pay.floor:.2f}"]
    bounds += [] if pay.cap is None else [f"nor more than {pay.cap:.2f}"]
    return [
        (
            "Annotators choose effort",
            (
                "Effort is the share of items labelled with attention; on the others a coin"
                " decides. They know the rule and choose what is best for them."
            ),
        ),
        (
            "What a check tells",
            (
                f"Each batch has {batch.checks} checks ({what}), independent of each other. Full"
                f" effort agrees with {other} in {100 * full:.1f} % of them, no effort in 50 %,"
                " and in"
                f" between it grows with {other_half}. If checks are easier to spot than other"
                " items, effort elsewhere is lower than they say."
            ),
        ),
        (
            "What attention costs",
            (
                f"Extra pay of {person.full_effort:.2f} just makes up for full attention to a"
                f" batch; cost rises with effort to the power {person.cost_power:g}."
                f" {_dearer(study)}"
            ),
        ),
        ("Taste for money", _taste(person)),
        (
            "What else they could do",
            (
                f"The same time brings {person.reservation_wage:.2f} elsewhere. If it brings more,"
                " they leave."
            ),
        ),
        (
            "What attention is worth to you",
            (
                f"Full attention adds {batch.value:.2f} to the worth of a batch, in proportion to"
                " effort."
            ),
        ),
        ("Bounds on pay", f"{'; '.join(bounds) if bounds else 'none'}."),
    ]


def _dearer(study: Study) -> str:
    """Return what follows if attention costs more than stated."""
    if study.safe is not None and "cost" in study.safe.unsure:
        return f"Up to {study.safe.percent:g} % more or less is allowed for."
    if study.kinds is not None:
        return "Kinds of annotators differ from this as the settings list."
    return "If it costs more than that, the bonus may be too small to be worth the effort."


def _taste(person: Annotator) -> str:
    wealth = f", with {person.wealth:.2f} of other money" if person.wealth else ""
    return f"Utility of money is {TASTES[person.utility]}{wealth}."


def picture_in_words(study: Study) -> str:
    """Return what the study's figure shows, for those who don't see it."""
    costs = "; ".join(
        f"{plan.checks} checks: {cost:.2f}"
        for plan in study.plans
        if (cost := plan.agency_cost(study.economics.family)) is not None
    )
    right = f"Second: agency cost by number of checks: {costs}."
    if study.kinds is not None:
        efforts = "; ".join(f"{one.name}: {one.effort:.2f}" for one in study.kinds.outcomes)
        return f"First: each kind's payoff over effort, highest at {efforts}. {right}"
    design = study.design
    rule = {BinaryContract: "chance to pass", LinearContract: "pay"}.get(type(design.contract), "")
    rising = f" The {rule} rises with effort." if rule else ""
    left = f"First: the annotator's payoff over effort, highest at {design.effort:.2f}."
    return f"{left}{rising} {right}"


def caption(study: Study) -> str:
    """Return what stands under the study's figure."""
    left = "what the annotator gains from effort under the rule (blue) and, for a bonus, the chance"
    left += " to pass (dashed)"
    if study.kinds is not None:
        left = "what each kind of annotator gains from effort under its rule, and its choice (dot)"
    return f"First: {left}. Second: what not seeing effort costs with fewer and more checks."
