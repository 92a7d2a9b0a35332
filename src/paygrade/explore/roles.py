"""What the columns of a label file can be, and how the page asks for them."""

QUESTIONS = {
    "worker": "Who answered",
    "task": "Which item",
    "label": "The answer",
    "gold": "The known right answer",
    "expert": "An expert's answer",
    "repeat": "The same annotator's second answer",
}
ROLES = tuple(QUESTIONS)
NEEDED, CHECKS = ROLES[:3], ROLES[3:]
DUPLICATES = {
    "error": "Refuse the file",
    "drop": "Keep the first: the export holds rows twice",
    "repeat": "Check the first against the last: people answered again",
}  # what a second row of one annotator for one item is
TWICE, REST = "If an annotator answers an item twice", "One answer, against all others"
# What such columns are called elsewhere, in lower case and without marks.
USUAL = {
    "worker": (
        "worker",
        "annotator",
        "workerid",
        "annotatorid",
        "user",
        "userid",
        "rater",
        "judge",
    ),
    "task": ("task", "item", "taskid", "itemid", "question", "questionid", "example", "id"),
    "label": ("label", "answer", "response", "annotation", "choice", "winner", "vote"),
    "gold": ("gold", "golden", "goldlabel", "truth", "correct", "groundtruth", "target"),
    "expert": ("expert", "expertlabel", "reviewer", "review"),
    "repeat": ("repeat", "repeated", "secondlabel", "label2", "again"),
}
# What the reader of files calls its options, and what they are called here.
HERE = {
    **{f"the option '{role}'": f"“{question}”" for role, question in QUESTIONS.items()},
    "the option 'positive' of read_annotations": f"“{REST}”",
    ", or list the ties among them in 'tie_labels'": "",
    "use duplicates='drop'": f"choose “{DUPLICATES['drop'].partition(':')[0]}”",
    "duplicates='repeat' checks their first answer against their last": "choose"
    f" “{DUPLICATES['repeat'].partition(':')[0]}”",
    "name more columns in 'task'": f"name more columns in “{QUESTIONS['task']}”",
    "counted twice they would feign evidence": "counted twice they would make annotators look"
    " better known than they are",
}


def guess_columns(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the column of each role, by its name; roles without one are left out.

    >>> guess_columns(("Annotator ID", "item", "label", "Ground truth"))
    {'worker': 'Annotator ID', 'task': 'item', 'label': 'label', 'gold': 'Ground truth'}
    """
    plain = {"".join(c for c in name.lower() if c.isalnum()): name for name in columns}
    guesses: dict[str, str] = {}
    for role, usual in USUAL.items():
        found = next((plain[name] for name in usual if name in plain), None)
        if found is not None and found not in guesses.values():
            guesses[role] = found
    return guesses


def on_page(message: str) -> str:
    """Return a message of the reader of files in the words of the page.

    >>> on_page("give the right column's name in the option 'task'")
    "give the right column's name in “Which item”"
    """
    for there, here in HERE.items():
        message = message.replace(there, here)
    return message
