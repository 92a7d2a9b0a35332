"""What disagreement between repeats and checks means, in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paygrade.assessment.intervals import shortfall_probability

NEARLY_ALWAYS = 0.9  # share of one answer that says more about the worker than about the items


@dataclass(frozen=True)
class Story:
    """A row of `consistency_alarm`, the direction of its disagreement, and the error allowed."""

    row: Mapping[Any, Any]
    too_consistent: bool
    error: float


def tell_story(story: Story) -> str:
    """Return what the row means.

    >>> row = {"repeats": 30, "consistency": 1.0, "checks": 20, "agreement": 0.5, "alarm": True,
    ...        "usual_answer": "left", "usual_share": 1.0,
    ...        "effort_by_repeats": 1.0, "effort_by_checks": 0.0}
    >>> tell_story(Story(row, True, 0.05))
    "agrees with own answers in 100 % of repeats but with the checks in 50 %: gives 'left' in
    100 % of labels, so look for position bias"
    """
    row = story.row
    repeats, checks = int(row["repeats"]), int(row["checks"])
    if not repeats and not checks:
        return "neither repeats nor checks"
    if not row["alarm"]:
        if repeats and checks:
            return "one effort explains repeats and checks"
        return f"no {'checks' if repeats else 'repeats'}, so one story only"
    checked = f"with the checks in {100 * row['agreement']:.0f} %"
    if not repeats:
        return f"agrees {checked}, less than chance: as if the instructions were misread"
    own = f"agrees with own answers in {100 * row['consistency']:.0f} % of repeats"
    if _below_chance(row["consistency"], repeats, story.error):
        return (
            f"{own}, less than chance: second answers may be reversed, or sides were swapped and"
            " the answers didn't follow (position bias)"
        )
    if not story.too_consistent:
        return (
            f"{own} but {checked}, more than such answers allow: the checks may be known, or"
            " repeats are done with less care"
        )
    return f"{own} but {checked}: {_reason(story)}"


def _reason(story: Story) -> str:
    row = story.row
    if _below_chance(row["agreement"], int(row["checks"]), story.error):
        return "consistently the reverse, as if the instructions were misread"
    if row["usual_share"] >= NEARLY_ALWAYS:
        share = f"{100 * row['usual_share']:.0f} %"
        return f"gives {row['usual_answer']!r} in {share} of labels, so look for position bias"
    return (
        f"repeats look like effort {row['effort_by_repeats']:.2f}, checks like"
        f" {row['effort_by_checks']:.2f}, so look for a rule of the worker's own"
    )


def _below_chance(share: float, checked: int, error: float) -> bool:
    return bool(shortfall_probability(round(share * checked), checked, 0.5) <= error)
