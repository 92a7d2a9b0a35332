"""Your rule beside the recommended one."""

import streamlit as st

from paygrade.errors import PaygradeError
from paygrade.explore import exports, words
from paygrade.explore.advice import Offer
from paygrade.explore.facts import Outcome, RuleFacts
from paygrade.explore.mistakes import if_off
from paygrade.explore.situation import Situation
from paygrade.web import memory


def show_waiting(now: Situation, mine: RuleFacts) -> None:
    """Draw your rule alone, while the recommended one is worked out."""
    _table(now, mine, None, "…")


def show(now: Situation, mine: RuleFacts, offer: Offer, best: RuleFacts | None) -> None:
    """Draw both rules, and the button that takes the recommended one."""
    _table(now, mine, best, "none")
    if best is None:
        st.warning(f"No rule can be recommended. {offer.reason}")
        return
    if mine.contract == best.contract:
        st.write("Your rule is the recommended one.")
        return
    gained = best.payoff - mine.payoff
    amount = words.amounts(now)(gained)
    if mine.outcome is Outcome.LEAVES:
        left = words.amounts(now)(best.payoff)
        st.write(f"Under the recommended rule they stay, and a batch leaves you {left}.")
    elif gained >= now.work.unit:
        st.write(f"The recommended rule leaves you {amount} more a batch. It is proved too.")
    else:
        st.write("Your rule does about as well for you as the recommended one.")
    st.caption(
        "The recommended rule is the best for exactly these numbers, and so stands on an edge: see"
        " below what happens if one of them is off."
    )
    st.button("Use the recommended rule", on_click=_use, args=(best,), type="primary")


def show_mistakes(now: Situation, mine: RuleFacts) -> None:
    """Draw what your rule does if a number is off, once it is asked for."""
    if not st.checkbox("Say what your rule does if one of these numbers is 10 % off", key="doubt"):
        return
    if mine.outcome is not Outcome.WORKS:
        st.write("Your rule doesn't work with the numbers as they are.")
        return
    try:
        rows = if_off(now, mine)
    except PaygradeError as error:
        st.warning(f"It could not be settled. {error}")
        return
    if rows:
        st.table(rows, border="horizontal", hide_index=True)
    st.write(
        "All other numbers may be 10 % off without a loss. `paygrade design --robust 10` finds a"
        " rule that holds for all annotators whose cost of care is that near to the one stated."
    )


def _table(now: Situation, mine: RuleFacts, best: RuleFacts | None, otherwise: str) -> None:
    names = ("What", "Your rule", "Recommended")
    rows = exports.comparison(now, mine, best)
    table = [dict(zip(names, (*row, otherwise)[:3], strict=True)) for row in rows]
    st.table(table, border="horizontal", hide_index=True)


def _use(best: RuleFacts) -> None:
    top, (cutoff,) = float(st.session_state["top"]), best.marks
    base, bonus = best.wage(0.0), best.wage(cutoff) - best.wage(0.0)
    memory.remember(
        kind="bonus", base=min(base, top), bonus=min(round(bonus, 9), top), cutoff=int(cutoff)
    )
