"""What not seeing care costs, by number of checks and kind of rule."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from paygrade.explore import charts, words
from paygrade.explore.advice import CLASSES, Job, Offer, lost_under
from paygrade.explore.facts import RuleFacts
from paygrade.explore.situation import Situation
from paygrade.web import memory

PATIENCE = 0.4  # seconds between two looks at what has been worked out


def show(now: Situation, mine: RuleFacts, jobs: Sequence[Job], slot: DeltaGenerator) -> None:
    """Draw what is known, and draw again when a kind of rule is complete."""
    desk, wanted, drawn = memory.desk(), set(jobs), -1
    step = len(jobs) // len(CLASSES)
    with slot.container():
        picture, note = st.empty(), st.empty()
    while True:
        offers = [answer for job, answer in desk.answers().items() if job in wanted]
        left = len(jobs) - len(offers)
        if drawn < 0 or len(offers) - drawn >= step or not left:
            drawn = len(offers)
            with picture.container():
                _draw(now, mine, offers, is_complete=not left)
        if not left:
            note.empty()
            return
        # a line is drawn and no more: it lets a moved slider take over, and the browser work
        note.caption(f"Working out {left} more rules …")
        desk.answers(PATIENCE)


def _draw(now: Situation, mine: RuleFacts, offers: list[Offer], *, is_complete: bool) -> None:
    lost = lost_under(mine, offers)
    caption = words.cost_caption(now, offers, lost)
    chart = charts.cost_chart(now, offers, lost)
    st.vega_lite_chart(spec=chart, width="stretch", alt=caption)
    st.write(caption)
    if not is_complete:
        return
    with st.expander("These curves as numbers"):
        st.table(_numbers(now, offers), border="horizontal", hide_index=True)
    for reason in dict.fromkeys(offer.reason for offer in offers if offer.reason):
        st.caption(f"Some points are missing. {reason}")


def _numbers(now: Situation, offers: list[Offer]) -> list[dict[str, str]]:
    lost = {(o.job.checks, o.job.family): o.lost for o in offers if not o.job.rounded}
    rows = []
    for checks in sorted({checks for checks, _ in lost}):
        row = {"Checks": str(checks)}
        for family, name in words.CLASS_NAMES.items():
            amount = lost.get((checks, family))
            row[name] = "none" if amount is None else words.money(amount, unit=now.work.unit)
        rows.append(row)
    return rows
