"""The sliders, each with a label in plain words and a sentence of help; or boxes to type in."""

from collections.abc import Callable

import streamlit as st

from paygrade.explore.situation import KINDS
from paygrade.explore.words import CHECK_NAMES, CLASS_NAMES
from paygrade.web import memory

MOST_CHECKS = 300


def show() -> None:
    """Draw the sliders; what they say is in the memory."""
    st.header("Your rule")
    st.toggle("Type numbers instead of sliding", key="typing")
    _number(
        "Checks per batch",
        (1, MOST_CHECKS, 1),
        "checks",
        "How many answers of each batch are compared with something you trust.",
        on_change=memory.follow_checks,
    )
    st.radio(
        "Kind of rule",
        KINDS,
        format_func=CLASS_NAMES.__getitem__,
        key="kind",
        help="How pay depends on the checks.",
    )
    _money("Base pay", "base", "Paid for every batch, whatever the checks say.")
    _on_top(st.session_state["kind"])
    st.header("The work")
    _money(
        "Value of full care",
        "value",
        "How much more a batch is worth to you if every item is read with full care than if"
        " answers are guessed.",
        least=True,
    )
    _money(
        "Trouble of full care",
        "full_effort",
        "Extra pay that just makes up for reading every item with full care instead of guessing.",
        least=True,
    )
    _money("Pay elsewhere", "outside", "What annotators earn elsewhere in the same time.")
    _money("Lowest allowed pay", "floor", "Nobody may be paid less than this for a batch.")
    st.header("The checks and the people")
    _checks()
    _number(
        "Dislike of uncertain pay",
        (0.0, 4.0, 0.1),
        "risk",
        "0: a sure 10 is worth as much as a coin flip for 20. 1: usual. 4: very cautious.",
    )
    with st.expander("More settings"):
        _more()


def _on_top(kind: str) -> None:
    if kind == "rate":
        text = "What all checks right pay on top; with half of them right it is half as much."
        _money("On top if every check agrees", "bonus", text)
        return
    _money("Bonus", "bonus", "Paid on top when enough checks agree.")
    _mark("Pass mark", "cutoff", "Checks that have to agree for the bonus.")
    if kind == "tiers":
        _money("Second bonus", "second_bonus", "Paid on top of the first one.")
        _mark("Second pass mark", "second_cutoff", "Checks that have to agree for both.")


def _mark(label: str, key: str, text: str) -> None:
    _number(label, (0, st.session_state["checks"], 1), key, text)


def _checks() -> None:
    st.radio(
        "What is checked",
        list(CHECK_NAMES),
        format_func=lambda name: CHECK_NAMES[name].capitalize(),
        key="counted",
        on_change=memory.follow_check,
    )
    _number(
        "Careful work gets right",
        (50.1, 100.0, 0.1),
        "careful",
        "Percentage of checks that agree for somebody who reads every item. Guessing gets 50. Your"
        " labels suggest a value.",
        form="%.1f %%",
    )
    st.caption(memory.loaded().describe(st.session_state["counted"]))


def _more() -> None:
    _money("Other money annotators have", "wealth", "More of it: less afraid of losing a bonus.")
    _number(
        "How fast care gets harder",
        (1.0, 4.0, 0.1),
        "cost_power",
        "1: the last item is as easy as the first. 2: each further one is harder.",
    )
    st.text_input("Currency", key="currency", max_chars=8, help="Written behind amounts.")
    st.selectbox(
        "Amounts on the sliders go up to",
        memory.TOPS,
        format_func=lambda top: f"{top:,}",
        key="top",
        on_change=memory.follow_top,
        help="Choose another one if your money has larger or smaller numbers; all amounts move"
        " along.",
    )


def _money(label: str, key: str, text: str, *, least: bool = False) -> None:
    """Draw a slider of money; with `least` it can't be 0."""
    step = memory.unit()
    lowest = step if least else 0.0
    st.session_state[key] = min(max(st.session_state[key], lowest), float(st.session_state["top"]))
    _number(label, (lowest, float(st.session_state["top"]), step), key, text, form="%.2f")


def _number(
    label: str,
    span: tuple[float, float, float],
    key: str,
    text: str,
    *,
    form: str | None = None,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Draw a slider or, where the visitor types, a box.

    Arguments:
        label: what it is called.
        span: the lowest number, the highest, and the step.
        key: its name in the memory.
        text: a sentence of help.
        form: how a slider writes its number.
        on_change: what follows it.
    """
    low, high, step = span
    if st.session_state["typing"]:
        form = None if form is None else form.partition(" ")[0]  # a box takes no sign of percent
        widget: Callable[..., object] = st.number_input
    else:
        widget = st.slider
    widget(label, low, high, step=step, key=key, help=text, format=form, on_change=on_change)
