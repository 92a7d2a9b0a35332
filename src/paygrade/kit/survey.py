"""From pairs, a plan and a rule to a folder that a study can be run from.

What participants may see lies at the top, keys and all that tells of them in `keep-to-yourself`.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paygrade.arguments import checked_arguments
from paygrade.data.preference_pairs import PreferencePairs
from paygrade.errors import DataError, ModelError
from paygrade.kit.announced import (
    design_rule,
    refuse_other_checks,
    refuse_other_rule,
    rule_toml,
)
from paygrade.kit.guide import analysis_toml, readme
from paygrade.kit.questions import Questions, find_questions
from paygrade.kit.wording import answers_of, as_markdown, as_text, instructions
from paygrade.operations.batches import Sample, draw_batches
from paygrade.operations.folder import write_folder
from paygrade.operations.keys import KEYS, MANIFEST, csv_bytes, json_bytes
from paygrade.operations.plan import BatchPlan, Columns, Pair
from paygrade.operations.rule import PayRule
from paygrade.report.economics import Economics

APART = "keep-to-yourself"
QUESTION = "Which response is better?"
FORMAT = "paygrade-survey-1"
SEEN = ("prompt", "left", "right")
SURVEY = ("slot", "participant", "position", "task", *SEEN, "answers")
NOT_CERTIFIED = "The rule was given; that care pays under it was not proved here."


@dataclass(frozen=True, eq=False)
class Kit:
    """A survey, ready to be written.

    Attributes:
        questions: the pool, and how golden questions were chosen.
        sample: the batches, one a participant, with their keys.
        rule: what is promised.
        proof: how the rule is known to do what it says, or that it isn't.
        question: what each screen asks.
        pool: the pool as bytes, whose checksum the manifest holds.
    """

    questions: Questions
    sample: Sample
    rule: PayRule
    proof: str
    question: str
    pool: bytes

    def files(self) -> dict[str, bytes]:
        """Return every file by its path."""
        told = instructions(self.rule, self.sample.plan, self.question)
        drawn = self.sample.files()
        hidden = {
            KEYS: drawn.pop(KEYS),
            MANIFEST: drawn.pop(MANIFEST),
            "pool.jsonl": self.pool,
            "rule.toml": rule_toml(self.rule).encode(),
            "margins.csv": self._margins(),
            "analysis.toml": analysis_toml(self.questions.key_error).encode(),
        }
        if self.questions.chosen is not None:
            hidden["golden.json"] = json_bytes(self.questions.chosen.to_dict())
        return {
            "README.md": readme(self.sample, self.rule, self.proof).encode(),
            "instructions.txt": as_text(told).encode(),
            "instructions.md": as_markdown(told).encode(),
            "survey.csv": self._survey_csv(),
            "survey.json": json_bytes(self._survey(as_text(told))),
            **drawn,
            **{f"{APART}/{name}": data for name, data in hidden.items()},
        }

    def to_dict(self) -> dict[str, Any]:
        """Return what was made as plain numbers and text; the keys stay in their file."""
        of, rule = self.sample.plan.batches, self.rule
        return {
            "slots": len(self.sample.batches),
            "screens": of.size,
            "golden": of.rows("golden"),
            "repeats": of.rows("repeats"),
            "imc": of.rows("imc"),
            "seed": self.sample.seed,
            "golden_in_pool": int((self.questions.table["gold"] != "").sum()),
            "rule": str(rule),
            "careful": rule.careful,
            "proof": self.proof,
            "files": list(self.files()),
        }

    def write(self, folder: Path | str) -> None:
        """Write the study into a new folder, all of it or nothing.

        Raises:
            DataError: the folder exists, or the one above it doesn't.
        """
        write_folder(Path(folder), self.files())

    def _survey_csv(self) -> bytes:
        words = "|".join(answers_of(self.sample.plan))
        rows = [
            [batch.name, batch.owner, key.position, key.task, *(row[name] for name in SEEN), words]
            for batch in self.sample.batches
            for row, key in zip(batch.rows, batch.keys, strict=True)
        ]
        return csv_bytes(SURVEY, rows)

    def _survey(self, told: str) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "instructions": told,
            "question": self.question,
            "answers": list(answers_of(self.sample.plan)),
            "slots": [
                {
                    "slot": batch.name,
                    "participant": batch.owner,
                    "screens": [
                        {"position": key.position, "task": key.task, **{n: row[n] for n in SEEN}}
                        for row, key in zip(batch.rows, batch.keys, strict=True)
                    ],
                }
                for batch in self.sample.batches
            ],
        }

    def _margins(self) -> bytes:
        table = self.questions.table
        known = table[table["margin"].notna()]
        return csv_bytes(["task", "margin"], known[["task", "margin"]].to_numpy().tolist())

    def __str__(self) -> str:
        count = int((self.questions.table["gold"] != "").sum())
        lines = [str(self.sample), f"Golden questions: {count} in the pool.", f"Rule: {self.rule}."]
        return "\n".join([*lines, self.proof])


@checked_arguments
def build_kit(
    pairs: PreferencePairs,
    plan: BatchPlan,
    *,
    economics: Economics | None = None,
    rule: PayRule | None = None,
    gold: str | None = None,
    number: int | None = None,
    max_auc: float = 0.6,
    key_error: float = 0.0,
    question: str = QUESTION,
    currency: str = "",
    progress: Callable[[str], object] = lambda _: None,
) -> Kit:
    """Return a survey with its rule: golden questions chosen, batches drawn, bonus designed.

    The rule is certified for checks that all have the golden questions' mean margin. Sums of
    unequal ones vary less (Hoeffding 1956, Annals of Mathematical Statistics 27), so the chance to
    pass differs a little.

    Arguments:
        pairs: what is compared, as `read_pairs` returns it.
        plan: rows of a batch, one batch a participant; its sides are left and right.
        economics: money figures, by which a rule on golden questions is designed; or else
        rule: the one to announce, as `read_rule` returns it.
        gold: column of golden answers; None: they are chosen by margin and format.
        number: how many golden questions to choose; None: three for each one in a batch.
        max_auc: how well they may be told apart from the rest.
        key_error: share of golden answers that are wrong, in [0, 1/2).
        question: what each screen asks.
        currency: its name, for a rule that is designed.
        progress: told what is being done.

    Raises:
        DataError: pairs, plan and rule don't fit each other.
        ModelError: neither economics nor a rule is given, or both.
        PaygradeError: golden questions can't be chosen, or no rule be certified.
    """
    if (economics is None) == (rule is None):
        raise ModelError(
            f"{'no' if rule is None else 'both a design and a'} rule: a survey announces one; give"
            " either economics, by which it is designed, or the rule itself"
        )
    if not 0.0 <= key_error < 0.5:
        raise ModelError(
            f"key_error={key_error!r} is no share of wrong keys below one half; give one, such as 0"
        )
    plan = _settled(plan)
    if rule is not None:
        refuse_other_rule(rule, plan)
    if economics is not None:
        refuse_other_checks(economics, plan)
    progress("reading pairs")
    questions = find_questions(
        pairs,
        plan,
        gold=gold,
        number=number,
        max_auc=max_auc,
        key_error=key_error,
        progress=progress,
    )
    proof = NOT_CERTIFIED
    if economics is not None:
        checks = plan.batches.rows("golden")
        rule, proof = design_rule(economics, checks, questions.signal, currency, progress)
    progress("drawing batches")
    pool = questions.pool_bytes(answers_of(plan))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pool.jsonl"
        path.write_bytes(pool)
        sample = _drawn(path, plan, pairs.source)
    assert rule is not None  # noqa: S101  (one of the two was given)
    return Kit(questions, sample, rule, proof, question, pool)


def _drawn(path: Path, plan: BatchPlan, source: str) -> Sample:
    try:
        return draw_batches(path, plan)
    except DataError as error:
        raise DataError(str(error).replace(str(path), source)) from error


def _settled(plan: BatchPlan) -> BatchPlan:
    """Return the plan with the columns that a survey of pairs has.

    Raises:
        DataError: it names others, or rows for an expert.
    """
    pair = plan.pair or Pair()
    if pair.columns != [("left", "right")] or plan.columns != Columns():
        raise DataError(
            "the plan names columns of its own, and a survey's are task, gold, left and right, as"
            " `read_pairs` calls them; leave out [columns], and left and right under [pair]"
        )
    strange = sorted(set(plan.imc.answers) - set(pair.answers))
    if strange:
        raise DataError(
            f"imc.answers asks for {strange[0]!r}, which no screen offers; name some of"
            f" {', '.join(pair.answers)}, or leave it out"
        )
    if plan.batches.rows("expert"):
        raise DataError(
            "the plan has rows for an expert, whose answers a survey hasn't got; plan expert = 0"
        )
    return BatchPlan(batches=plan.batches, columns=plan.columns, pair=pair, imc=plan.imc)
