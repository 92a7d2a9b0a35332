"""All experiments, by name."""

from collections.abc import Callable
from importlib import import_module

from paygrade.errors import DataError
from paygrade.experiments.experiment import Experiment, Outcome, Setting

PAPER_A = "How Humans Help LLMs, arXiv 2502.06387"
PAPER_B = "Incentivizing High-Quality Human Annotations with Golden Questions, arXiv 2505.19134"
PAPER_C = "Users as Annotators, arXiv 2510.13830"


def _run(name: str) -> Callable[[Experiment, Setting], Outcome]:
    """Return the function run_<name> of the module <name>, loaded when it is first called."""

    def run(experiment: Experiment, setting: Setting) -> Outcome:
        module = import_module(f"paygrade.experiments.{name}")
        outcome: Outcome = getattr(module, f"run_{name}")(experiment, setting)
        return outcome

    return run


_ALL = (
    Experiment(
        "monitors",
        "Expert review against self-consistency",
        PAPER_A,
        "Which check says more of an annotator's effort: an expert's label, or a second one of"
        " their own?",
        _run("monitors"),
    ),
    Experiment(
        "contracts",
        "Contracts of each class against first best",
        PAPER_A,
        "How fast does what a contract loses to first best fall with the number of checks?",
        _run("contracts"),
    ),
    Experiment(
        "downstream",
        "Reward models trained on labels of less effort",
        PAPER_A,
        "Does the trained model's performance show how careful the annotators were?",
        _run("downstream"),
    ),
    Experiment(
        "golden",
        "Attention checks against golden questions",
        PAPER_B,
        "What do checks show of annotators who look out for checks?",
        _run("golden"),
    ),
    Experiment(
        "users",
        "Users as annotators, end to end",
        PAPER_C,
        "Does filtering users by estimated attentiveness train better reward models?",
        _run("users"),
    ),
    Experiment(
        "judges",
        "MT-Bench's judges, GPT-4 among people",
        PAPER_C,
        "How attentive is each judge, from comparisons of two different models alone?",
        _run("judges"),
        "mtbench_judgments.csv.gz",
    ),
    Experiment(
        "position",
        "A judge that prefers the first answer",
        PAPER_A,
        "What do repeats show of a judge who is consistently wrong?",
        _run("position"),
        "qlora_gpt4_judge.csv.gz",
    ),
    Experiment(
        "arguments",
        "Which argument convinces",
        PAPER_C,
        "Do votes alone show who is competent, and does training on them gain?",
        _run("arguments"),
        "ukpconvarg1_votes.csv.gz",
    ),
)
EXPERIMENTS = {experiment.name: experiment for experiment in _ALL}


def find_experiment(name: str) -> Experiment:
    """Return the experiment called `name`.

    Raises:
        DataError: there is none.

    >>> find_experiment("users").paper
    'Users as Annotators, arXiv 2510.13830'
    """
    if name not in EXPERIMENTS:
        known = ", ".join(EXPERIMENTS)
        raise DataError(f"there is no experiment {name!r}; choose all, {known}")
    return EXPERIMENTS[name]
