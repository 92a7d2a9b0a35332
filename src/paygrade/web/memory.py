"""What the page remembers of a visitor between two moves of a slider."""

from collections import OrderedDict
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, cast

import streamlit as st

from paygrade.explore.advice import Job, Offer
from paygrade.explore.desk import Desk, open_office
from paygrade.explore.label_file import Loaded, columns_of, load_example, load_file
from paygrade.explore.roles import guess_columns
from paygrade.explore.situation import Situation, Work

STEPS = 4000  # of a slider of money, at most
CENT = 0.01
TOPS = (4, 40, 400, 4_000, 40_000)  # largest amounts on the sliders of money
MONEY = ("base", "bonus", "second_bonus", "value", "full_effort", "outside", "floor", "wealth")
OTHERS = ("typing", "kind", "checks", "careful", "risk", "cost_power", "currency", "top", "doubt")
MARKS = ("cutoff", "second_cutoff")
_offices: list[Executor] = []  # one for all visitors, as are the answers it gave
_answers: OrderedDict[Job, Offer] = OrderedDict()


def begin(labels: Path | None) -> None:
    """Fill the memory of a visitor who has just come, from `labels` or the example.

    Raises:
        DataError: `labels` can't be used; the example is in their place.
    """
    if "loaded" in st.session_state:
        return
    now, work = Situation(), Work()
    remember(
        checks=now.checks,
        typing=False,
        kind=now.kind,
        base=now.base,
        bonus=now.bonus,
        cutoff=now.cutoff,
        second_bonus=now.second_bonus,
        second_cutoff=now.second_cutoff,
        currency="",
        top=40,
        risk=work.risk,
        cost_power=work.cost_power,
        counted=work.counted,
        value=work.value,
        full_effort=work.full_effort,
        outside=work.outside,
        floor=work.floor,
        wealth=work.wealth,
        previous_top=40,
        previous_checks=now.checks,
        desk=Desk(_office(), _answers),
    )
    take(load_example())
    if labels is not None:
        take(load_file(labels, labels.name, guess_columns(columns_of(labels, labels.name))))


def keep() -> None:
    """Hold on to the values of widgets that this run doesn't draw."""
    for name in (*OTHERS, *MARKS, *MONEY):
        if name in st.session_state:
            st.session_state[name] = st.session_state[name]


def take(loaded: Loaded) -> None:
    """Make these the labels behind the page."""
    remember(loaded=loaded, counted=loaded.counted)
    follow_check()


def loaded() -> Loaded:
    """Return the labels behind the page."""
    return cast(Loaded, st.session_state["loaded"])


def desk() -> Desk:
    """Return where the visitor's slow questions are worked off."""
    return cast(Desk, st.session_state["desk"])


def remember(**values: Any) -> None:
    """Set sliders and other entries by name."""
    for name, value in values.items():
        st.session_state[name] = value


def unit() -> float:
    """Return the smallest amount that can be announced: a step of the sliders of money."""
    return max(CENT, float(st.session_state["top"]) / STEPS)


def follow_check() -> None:
    """Take the share that careful work gets right from the labels, if they know it."""
    careful = loaded().careful(st.session_state["counted"])
    if careful is not None:
        remember(careful=round(100.0 * careful, 1))


def follow_checks() -> None:
    """Keep the pass marks at the same share when the number of checks changes."""
    checks, before = st.session_state["checks"], st.session_state["previous_checks"]
    for name in MARKS:
        mark = round(st.session_state[name] / before * checks)
        st.session_state[name] = min(checks, max(1, mark))
    remember(previous_checks=checks)


def follow_top() -> None:
    """Restate every amount when the unit of money changes; the rule stays what it is."""
    ratio = st.session_state["top"] / st.session_state["previous_top"]
    for name in MONEY:
        amount = round(st.session_state[name] * ratio / unit()) * unit()
        st.session_state[name] = round(min(amount, float(st.session_state["top"])), 2)
    remember(previous_top=st.session_state["top"])


def careful() -> float:
    """Return how often careful work is right: as the labels say, unless the slider was moved."""
    known, shown = loaded().careful(st.session_state["counted"]), st.session_state["careful"]
    moved = known is None or round(100.0 * known, 1) != shown
    return round(shown / 100.0, 3) if known is None or moved else known


def situation() -> Situation:
    """Return what the sliders say.

    Raises:
        PaygradeError: they contradict each other.
    """
    state = st.session_state
    work = Work(
        counted=state["counted"],
        careful=careful(),
        value=state["value"],
        full_effort=state["full_effort"],
        outside=state["outside"],
        floor=state["floor"],
        risk=state["risk"],
        wealth=state["wealth"],
        cost_power=state["cost_power"],
        unit=unit(),
    )
    return Situation(
        work=work,
        checks=state["checks"],
        kind=state["kind"],
        base=state["base"],
        bonus=state["bonus"],
        cutoff=state["cutoff"],
        second_bonus=state["second_bonus"],
        second_cutoff=state["second_cutoff"],
        currency=state["currency"].strip(),
    )


def _office() -> Executor:
    if not _offices:
        _offices.append(open_office())
    return _offices[0]
