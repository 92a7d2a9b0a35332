"""The page, from top to bottom; what is quick first, what takes longer when it is ready."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from paygrade.errors import PaygradeError
from paygrade.explore.advice import Job, Offer, jobs_for
from paygrade.explore.facts import RuleFacts, rule_facts
from paygrade.explore.situation import Situation
from paygrade.model.contract import BinaryContract
from paygrade.web import (
    compare_panel,
    cost_panel,
    export_panel,
    inputs,
    labels_panel,
    memory,
    rule_panels,
    verdict_panel,
)
from paygrade.web.style import STYLE

PATIENCE = 0.2  # seconds between two looks at whether the recommended rule is known


def show(labels: Path | None) -> None:
    """Draw the page, at first with these labels or the example."""
    st.set_page_config(page_title="paygrade explore", page_icon="✓", layout="wide")
    st.html(STYLE)
    trouble = _begin(labels)
    memory.keep()
    st.title("Try a pay rule")
    st.write(
        "Move a slider and see what annotators do best under your rule. Everything stays on this"
        " computer."
    )
    if trouble:
        st.error(trouble)
    labels_panel.show()
    top = st.container(key="verdict")
    left, right = st.columns([2, 3], gap="large")
    with left:
        inputs.show()
    try:
        now = memory.situation()
        mine = rule_facts(now.problem, now.contract)
    except PaygradeError as error:
        with top:
            verdict_panel.refuse(str(error))
        return
    with top:
        verdict_panel.show(now, mine)
    with right:
        rule_panels.show_effort(now, mine)
        rule_panels.show_pass(now, mine)
        rule_panels.show_pay(now, mine)
    _show_slow(now, mine)


def _begin(labels: Path | None) -> str:
    """Return why the labels that were named can't be used; the page then shows the example."""
    try:
        memory.begin(labels)
    except PaygradeError as error:
        return f"The example is shown, as your labels can't be used. {error}"
    return ""


def _show_slow(now: Situation, mine: RuleFacts) -> None:
    """Draw what has to be worked out; a slider that moves in the meantime ends this."""
    st.header("Your rule beside the recommended one")
    beside = st.empty()
    st.header("What it costs you that care can't be seen")
    cost = st.empty()
    jobs = jobs_for(now.work, now.checks)
    memory.desk().want(jobs)
    offer = _wait(now, mine, jobs[0], beside)
    best = _best(offer)
    with beside.container():
        compare_panel.show(now, mine, offer, best)
        compare_panel.show_mistakes(now, mine)
    export_panel.show(now, mine, offer, best)
    cost_panel.show(now, mine, jobs, cost)


def _wait(now: Situation, mine: RuleFacts, job: Job, slot: DeltaGenerator) -> Offer:
    """Return the answer to `job`; until it is there, show your rule alone."""
    desk = memory.desk()
    if job not in desk.answers():
        with slot.container():
            compare_panel.show_waiting(now, mine)
            note = st.empty()
        while job not in desk.answers(PATIENCE):
            # a line is drawn and no more: it lets a moved slider take over, and the browser work
            note.caption("Working out the recommended rule …")
    return desk.answers()[job]


def _best(offer: Offer) -> RuleFacts | None:
    design = offer.design
    if design is None or not isinstance(design.contract, BinaryContract):
        return None
    return rule_facts(design.problem, design.contract)
