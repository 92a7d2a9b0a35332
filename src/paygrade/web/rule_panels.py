"""Pictures of the rule in use, each with its words and its numbers."""

import streamlit as st

from paygrade.explore import charts, words
from paygrade.explore.facts import RuleFacts
from paygrade.explore.situation import Situation

STEPS = 11  # rows of a table of a curve


def show_effort(now: Situation, facts: RuleFacts) -> None:
    """Draw what each share of care leaves the annotator."""
    st.subheader("What pays for annotators")
    caption = words.effort_caption(now, facts)
    st.vega_lite_chart(spec=charts.effort_chart(facts), width="stretch", alt=caption)
    st.write(caption)


def show_pass(now: Situation, facts: RuleFacts) -> None:
    """Draw the chance to pass, or what care is paid where nobody has to; and the numbers."""
    st.subheader("Who earns the bonus" if facts.marks else "What care is paid")
    caption = words.pass_caption(now, facts)
    chart = charts.pass_chart(facts) if facts.marks else charts.average_chart(facts)
    st.vega_lite_chart(spec=chart, width="stretch", alt=caption)
    st.write(caption)
    with st.expander("Both curves as numbers"):
        st.table(_curves(now, facts), border="horizontal", hide_index=True)


def show_pay(now: Situation, facts: RuleFacts) -> None:
    """Draw how probable each count is and what it pays."""
    st.subheader("What is paid")
    caption = words.pay_caption(now, facts)
    st.vega_lite_chart(spec=charts.pay_chart(facts), width="stretch", alt=caption)
    st.write(caption)


def _curves(now: Situation, facts: RuleFacts) -> list[dict[str, str]]:
    return [
        {
            "Care": words.percent(effort),
            "Better off by": words.money(facts.gain_at(effort), now.currency, unit=now.work.unit),
            **{
                f"{mark:.0f} right": words.percent(facts.pass_chance(effort, place))
                for place, mark in enumerate(facts.marks)
            },
            "Average pay": words.money(facts.average_pay(effort), now.currency, unit=now.work.unit),
        }
        for effort in (step / (STEPS - 1) for step in range(STEPS))
    ]
