"""Jobs worked off beside the page, so that no slider waits for them.

Answers are kept. Jobs that are no longer wanted are taken back unless they have begun.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context, parent_process

from paygrade.explore.advice import Job, Offer

KEPT = 2000  # answers


class Desk:
    """One visitor's jobs.

    Arguments:
        executor: works the jobs off; several visitors may share it.
        answers: where answers are kept; several visitors may share them too.
    """

    def __init__(self, executor: Executor, answers: OrderedDict[Job, Offer] | None = None) -> None:
        self._executor = executor
        self._answers = OrderedDict() if answers is None else answers
        self._pending: dict[Job, Future[Offer]] = {}

    def want(self, jobs: Sequence[Job]) -> None:
        """Ask for these jobs, in this order, and for no others any more."""
        wanted = set(jobs)
        for job in [job for job in self._pending if job not in wanted]:
            if self._pending[job].cancel():
                del self._pending[job]
        for job in jobs:
            if job not in self._answers and job not in self._pending:
                self._pending[job] = self._executor.submit(work_off, job)

    def answers(self, seconds: float = 0.0) -> dict[Job, Offer]:
        """Return all answers there are, after waiting up to `seconds` for one more."""
        if self._pending and seconds:
            wait(self._pending.values(), timeout=seconds, return_when="FIRST_COMPLETED")
        for job in [job for job, future in self._pending.items() if future.done()]:
            self._answers[job] = _result(job, self._pending.pop(job))
        found = dict(self._answers)
        while len(self._answers) > KEPT:
            self._answers.popitem(last=False)
        return found

    def is_busy(self, jobs: Sequence[Job]) -> bool:
        """Return whether one of these jobs has no answer yet."""
        return any(job in self._pending for job in jobs)


def _result(job: Job, future: Future[Offer]) -> Offer:
    try:
        return future.result()
    except BrokenExecutor:  # killed from outside, say for want of memory
        return Offer(job, None, None, "The process that works this out has ended; start again.")


def work_off(job: Job) -> Offer:
    """Return the answer to `job`; a function, so that another process can be told of it."""
    return job.run()


def open_office() -> Executor:
    """Return an executor of one process beside this one, which ends when this one does."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_follow_parent)


def _follow_parent() -> None:
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the page's to answer

    def follow() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
        os._exit(0)

    threading.Thread(target=follow, daemon=True).start()
