"""The answer: what the rule does, how that is known, and what it costs."""

from html import escape

import streamlit as st

from paygrade.explore import words
from paygrade.explore.facts import Outcome, RuleFacts
from paygrade.explore.situation import Situation

TONES = {Outcome.WORKS: "good", Outcome.OPEN: "open"}


def show(now: Situation, facts: RuleFacts) -> None:
    """Draw the verdict; screen readers are told of every change."""
    found = words.verdict(now, facts)
    tone = TONES.get(facts.outcome, "bad")
    st.html(
        f'<div class="verdict {tone}" role="status" aria-live="polite">'
        f'<p class="headline"><span aria-hidden="true">{found.mark}</span>'
        f" {escape(found.headline)}</p>"
        f"<p>{escape(words.summary(now, facts))}</p>"
        f'<p class="proof">{escape(found.proof)}</p></div>'
    )


def refuse(message: str) -> None:
    """Say why there is nothing to show."""
    st.html(
        '<div class="verdict bad" role="alert"><p class="headline">These numbers don\'t go'
        f" together.</p><p>{escape(message)}</p></div>"
    )
