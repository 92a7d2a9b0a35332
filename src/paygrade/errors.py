"""What can go wrong, one class for each kind of thing to do about it.

Every message says three things: the value received, what follows from it, and the remedy.
Misuse is found at construction: all problems of one object are collected and raised once.
"""

from collections.abc import Sequence


class PaygradeError(Exception):
    """Base of every error that this library raises on purpose."""


class ModelError(PaygradeError, ValueError):
    """A primitive, a contract or a problem makes no sense as given."""


class DataError(PaygradeError, ValueError):
    """A label file or a settings file can't be used as it is."""


class MissingExtra(DataError):
    """A package that only some work needs is not installed.

    >>> raise MissingExtra("topics need scikit-learn, which is not installed", "learn")
    Traceback (most recent call last):
        ...
    paygrade.errors.MissingExtra: topics need scikit-learn, which is not installed; get it with
    pip install "paygrade[learn]", in a clone with pip install -e ".[learn]"
    """

    def __init__(self, reason: str, extra: str) -> None:
        super().__init__(
            f'{reason}; get it with pip install "paygrade[{extra}]", in a clone with'
            f' pip install -e ".[{extra}]"'
        )


class InfeasibleContract(PaygradeError):
    """No contract meets participation, incentive compatibility and the wage bounds."""


class InfeasibleSelection(PaygradeError):
    """No choice of golden questions, or of who sees which, meets what is asked of it."""


class NoOptimum(PaygradeError):
    """Payoffs have a supremum that no contract attains (Mirrlees), or have none."""


class NoClosedForm(PaygradeError):
    """No formula in elementary functions (Lambert's W included) answers; the message says why."""


class InfeasibleFit(PaygradeError):
    """No parameters of the model come near the data; the message says what in them speaks so."""


class NotIdentified(PaygradeError):
    """The data leave a parameter open: different values of it fit them equally well."""


class NotConverged(PaygradeError):
    """A search ran out or its answer failed the proof; the number it had is not returned."""


class ClusterError(PaygradeError, RuntimeError):
    """What should run the work can't: a package or a version is missing, or workers died."""


def raise_problems(problems: Sequence[str], error: type[PaygradeError] = ModelError) -> None:
    """Raise all of `problems` as one `error`; do nothing when there are none.

    >>> raise_problems([])
    >>> raise_problems(["n=0 checks nothing; check at least one question"])
    Traceback (most recent call last):
        ...
    paygrade.errors.ModelError: n=0 checks nothing; check at least one question
    """
    if len(problems) == 1:
        raise error(problems[0])
    if problems:
        raise error("\n".join(f"{i}. {text}" for i, text in enumerate(problems, start=1)))
