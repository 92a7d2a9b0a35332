"""Many cases of one question, answered side by side by whatever can run functions.

Anything that keeps to `concurrent.futures.Executor` will do: a pool of processes on this machine,
or a cluster's `Client.get_executor()`. Answers come in the order of the cases, so a sweep gives the
same table however many hands it has. Threads of one process take turns: the precision of ball
arithmetic is the process's, and a proof must not lose its digits to a neighbour.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from threading import RLock
from typing import TypeVar

from paygrade.arguments import checked_arguments
from paygrade.errors import ClusterError, ModelError

Progress = Callable[[str], None]
Case = TypeVar("Case")
Answer = TypeVar("Answer")

TURN = RLock()


@checked_arguments
def sweep(
    answer: Callable[[Case], Answer],
    cases: Sequence[Case],
    *,
    executor: Executor | None = None,
    progress: Progress = lambda _: None,
    told: Callable[[Case], str] = str,
) -> list[Answer]:
    """Return answer(case) for each case, in their order.

    Arguments:
        answer: the question; other processes get it by name, so it stands at the top of a module
            (or is a `functools.partial` of such a function).
        cases: what to ask; they travel too.
        executor: runs the function; None: here, one case after the other.
        progress: told of each case, before it is begun here or when it is done elsewhere.
        told: what progress says of a case.

    Raises:
        ModelError: the executor is none.
        ClusterError: the executor's workers died, or it was shut down.
        Exception: what `answer` raises for the first case that fails, of those done by then; cases
            that are not begun by then are never begun.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     sweep(abs, [-3, 2, -1], executor=pool)
    [3, 2, 1]
    """
    if executor is None:
        answers = []
        for case in cases:
            progress(told(case))
            answers.append(answer(case))
        return answers
    if not (hasattr(executor, "submit") and hasattr(executor, "shutdown")):
        raise ModelError(
            f"executor={executor!r} can't run anything; give a concurrent.futures.Executor, such as"
            " ProcessPoolExecutor() or, for a cluster, Client(address).get_executor()"
        )
    futures: list[Future[Answer]] = []
    try:
        futures += _begun(answer, cases, executor)
        for case in _finished(futures, cases):
            progress(f"{told(case)}: done")
        return [future.result() for future in futures]
    except (BrokenExecutor, CancelledError) as error:
        raise ClusterError(
            f"the executor lost its workers before {len(cases)} cases were done"
            f" ({type(error).__name__}), so the sweep has no answer; look at the workers' memory,"
            " and start it again with a new executor"
        ) from error
    finally:
        for future in futures:
            future.cancel()  # does nothing to those that are done


def _alone(answer: Callable[[Case], Answer], case: Case) -> Answer:
    with TURN:
        return answer(case)


def _begun(
    answer: Callable[[Case], Answer], cases: Sequence[Case], executor: Executor
) -> "Iterator[Future[Answer]]":
    for case in cases:
        try:
            yield executor.submit(_alone, answer, case)
        except BrokenExecutor:
            raise
        except RuntimeError as error:  # how executors say that they are shut down
            raise ClusterError(
                f"the executor takes no work ({error}); give one that is not shut down"
            ) from error


def _finished(futures: "Sequence[Future[Answer]]", cases: Sequence[Case]) -> Iterator[Case]:
    """Yield cases as they are done; raise at once what one of them raised."""
    place = {future: k for k, future in enumerate(futures)}
    for future in as_completed(futures):
        future.result()
        yield cases[place[future]]
