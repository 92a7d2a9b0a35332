"""The rule to take away, as text, TOML, JSON and report."""

import streamlit as st

from paygrade.explore import exports
from paygrade.explore.advice import Offer
from paygrade.explore.facts import Outcome, RuleFacts
from paygrade.explore.situation import Situation
from paygrade.web import memory


def show(now: Situation, mine: RuleFacts, offer: Offer, best: RuleFacts | None) -> None:
    """Draw the choice of rule and the files."""
    st.header("Take the rule away")
    options = ["Your rule"] + ["The recommended rule"] * (best is not None)
    choice = st.radio("Which rule", options, horizontal=True, key="which")
    facts = best if best is not None and choice != options[0] else mine
    if facts.outcome is not Outcome.WORKS:
        loses = facts.outcome is Outcome.LOSES
        fault = "loses you money" if loses else "doesn't make careful work pay"
        st.warning(f"This rule {fault}. Take it away only as a record.")
    text = exports.announcement(now, facts)
    with st.container(horizontal=True):
        _file("Text for annotators", text, "rule.txt", "text/plain")
        _file("Rule file (TOML)", exports.rule_toml(now, facts), "rule.toml", "application/toml")
        data = exports.rule_json(now, facts, memory.loaded())
        if data is not None:
            _file("All numbers (JSON)", data, "rule.json", "application/json")
        _file(
            "Your numbers (TOML)", exports.economics_toml(now), "economics.toml", "application/toml"
        )
        page = exports.report(now, facts, offer, best, memory.loaded())
        _file("Report (Markdown)", page, "report.md", "text/markdown")
    with st.expander("Read the text for annotators"):
        st.text(text)
    st.caption(
        "The text promises a person's second look; keep the promise or edit it. `paygrade pay"
        " --rule rule.toml` pays by the rule file, `paygrade check rule.toml --economics"
        " economics.toml` checks it further."
    )


def _file(label: str, data: str, name: str, mime: str) -> None:
    st.download_button(label, data, name, mime, on_click="ignore")
