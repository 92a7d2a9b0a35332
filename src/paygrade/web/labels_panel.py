"""Where the labels come from: the example or a file, its columns, and what was found in it."""

import streamlit as st

from paygrade.errors import PaygradeError
from paygrade.explore.label_file import columns_of_bytes, load_bytes, load_example
from paygrade.explore.roles import (
    DUPLICATES,
    NEEDED,
    QUESTIONS,
    REST,
    ROLES,
    TWICE,
    guess_columns,
)
from paygrade.web import memory

LARGEST = 400  # MB; larger files are for the command line
NO_COLUMN = "(none)"


def show() -> None:
    """Draw the choice of labels, and load what is chosen."""
    loaded = memory.loaded()
    st.write(f"Labels in use: {loaded.name}, {len(loaded.workers)} annotators.")
    with st.expander("Take your own labels, or look at these"):  # a fixed name, so it stays open
        file = st.file_uploader(
            "Your label file",
            max_upload_size=LARGEST,
            help="CSV, TSV, JSON lines or Parquet, one row for each answer. It stays on this"
            " computer.",
        )
        if file is None:
            st.session_state.pop("file", None)
            if loaded.name != "the example":
                st.button("Back to the example", on_click=lambda: memory.take(load_example()))
        else:
            _load(file.getvalue(), file.name, file.file_id)
        loaded = memory.loaded()
        st.write(f"The labels in use are those of {loaded.name}: {loaded.annotations}.")
        st.table(_annotators(), border="horizontal", hide_index=True)


def _load(content: bytes, name: str, file: str) -> None:
    """Load the file when it is new or its columns are; a refusal leaves the labels as they were."""
    refusal = st.container()  # above the choice of columns, where it is seen
    try:
        columns = columns_of_bytes(content, name)
    except PaygradeError as error:
        with refusal:
            _refuse(name, error)
        return
    chosen, duplicates, positive = _choose(columns, file)
    wanted = (file, tuple(sorted(chosen.items())), duplicates, positive)
    if st.session_state.get("file") == wanted:
        return
    if missing := [QUESTIONS[role] for role in NEEDED if role not in chosen]:
        refusal.warning(
            f"{name} is not in use yet: choose a column below for “{'” and “'.join(missing)}”."
        )
        return
    try:
        with st.spinner("Reading the labels"):
            memory.take(load_bytes(content, name, chosen, duplicates, positive))
    except PaygradeError as error:
        with refusal:
            _refuse(name, error)
        return
    st.session_state["file"] = wanted
    st.rerun()  # the sliders above and below take what was found


def _choose(columns: tuple[str, ...], file: str) -> tuple[dict[str, str], str, str]:
    """Return the columns by role, as guessed or as the visitor says, and how rows are read."""
    guessed = guess_columns(columns)
    st.write("Which column holds what?")
    chosen = {}
    for role in ROLES:
        key = f"column {role} {file}"
        if role == "task":  # several columns can name an item together
            start = [guessed[role]] if role in guessed else []
            choice = ",".join(st.multiselect(QUESTIONS[role], columns, default=start, key=key))
        else:
            options = ["", *columns]
            place = options.index(guessed.get(role, ""))
            choice = st.selectbox(
                QUESTIONS[role],
                options,
                index=place,
                key=key,
                format_func=lambda column: column or NO_COLUMN,
            )
        if choice:
            chosen[role] = choice
    duplicates = st.selectbox(
        TWICE, list(DUPLICATES), format_func=DUPLICATES.__getitem__, key=f"twice {file}"
    )
    positive = st.text_input(
        REST,
        key=f"rest {file}",
        help="Where there are more than two answers: the one that matters.",
    )
    return chosen, duplicates, positive.strip()


def _refuse(name: str, error: PaygradeError) -> None:
    reason = str(error).replace("\n", "\n\n")  # each problem a paragraph
    st.error(f"{name} can't be used, so the labels stay as they were. {reason}", icon="⚠️")


def _annotators() -> list[dict[str, str]]:
    """Return the annotators for the table, the most careful first."""
    rows = memory.loaded().workers.sort_values("effort", ascending=False, kind="stable")
    return [
        {
            "Annotator": str(row["worker"]),
            "Checked": str(row["checked"]),
            "Agreed": str(row["agreed"]),
            "Items read with care": f"{row['effort']:.0%}",
            "Could be": f"{row['effort_low']:.0%} to {row['effort_high']:.0%}",
        }
        for row in rows.head(50).to_dict(orient="records")
    ]
