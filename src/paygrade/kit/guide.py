"""The README of a study, and the settings by which its answers are analysed."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from paygrade.operations.batches import Sample
from paygrade.operations.rule import PayRule
from paygrade.settings import Section, read_settings

Share = Annotated[float, Field(gt=0, le=1)]

GUIDE = """\
# A study, ready to run

{slots} slots of {size} screens each.

Rule: {rule}.
{proof}

## What is where

| file | holds | who sees it |
|---|---|---|
| `README.md` | this page | you |
| `instructions.txt`, `.md` | the promise: pay, pass mark, what is checked, appeal | participants |
| `survey.csv` | a row a screen: {columns} | participants |
| `survey.json` | the same as {format}: slots, each with its screens in order | participants |
| `batches/` | a file a participant, for tools that take one each | participants |
| `keep-to-yourself/` | keys, golden answers, margins, seed, rule, analysis | you |

A slot is one participant's survey: all its screens, in the order of `position`. Where `participant`
is empty, whoever comes next takes the slot; give each slot away once. A task such as `b02-17` is
screen 17 of slot b02 and tells no more than that. `answers` are the words to choose from.

Neither file is the format of one platform. Prolific recruits, pays and hands on a participant's id;
the survey runs in a tool of yours, which its link leads to.

## What must come back

A CSV, Parquet or JSON-lines file with a row an answer: `task` as in the survey, `worker` (the
participant's id; `PROLIFIC_PID` is found by itself) and `label`, one of the answers, as shown.

    paygrade kit-results answers.csv --kit THIS-FOLDER

says what golden questions, repeats and instructed rows tell of each participant and what each has
earned; `--pay FOLDER` writes the payments and enters them in the ledger. What it takes for granted
stands in `keep-to-yourself/analysis.toml`.
"""

ANALYSIS = """\
# How the answers are analysed by `paygrade kit-results`. Change it before they come in.

[files]                # beside this one
keys = "keys.csv"
rule = "rule.toml"
margins = "margins.csv"

[checks]
standard = 0.8         # effort that participants are held against
level = 0.95           # of intervals; 1 - level is the error rate of "below"
key_error = {key_error}      # share of golden answers that are wrong

[columns]
task = "task"
worker = "worker"
label = "label"
"""


class Files(Section):
    """Files beside the settings."""

    keys: str = "keys.csv"
    rule: str = "rule.toml"
    margins: str = "margins.csv"


class Checks(Section):
    """What participants are held against, and how surely."""

    standard: Share = 0.8
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    key_error: Annotated[float, Field(ge=0, lt=0.5)] = 0.0


class AnswerColumns(Section):
    """What the columns of the answers are called."""

    task: str = "task"
    worker: str = "worker"
    label: str = "label"


class Analysis(Section):
    """All of analysis.toml."""

    files: Files = Files()
    checks: Checks = Checks()
    columns: AnswerColumns = AnswerColumns()


def readme(sample: Sample, rule: PayRule, proof: str) -> str:
    """Return the README of the study."""
    return GUIDE.format(
        slots=len(sample.batches),
        size=sample.plan.batches.size,
        rule=rule,
        proof=proof,
        columns="slot, participant, position, task, prompt, left, right, answers",
        format="`paygrade-survey-1`",
    )


def analysis_toml(key_error: float) -> str:
    """Return the settings of the analysis."""
    return ANALYSIS.format(key_error=key_error)


def read_analysis(path: Path) -> Analysis:
    """Read analysis.toml.

    Raises:
        DataError: naming line, key, value and what is expected.
    """
    return read_settings(path, Analysis, "paygrade kit")
