"""`verify`: which of a theorem's claims hold, with which constants, on which evidence."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from paygrade.arguments import checked_arguments
from paygrade.certificate.verdict import Evidence
from paygrade.errors import ModelError
from paygrade.sweeps import Progress, sweep
from paygrade.theory.claim import Finding
from paygrade.theory.derivation import Step
from paygrade.theory.library import load_theorem, theorem_files
from paygrade.theory.theorem import Theorem


@dataclass(frozen=True)
class RateReport:
    """What is known about a theorem.

    Attributes:
        theorem: the theorem.
        steps: its derivation.
        findings: its claims, measured.
        disagreement: the largest relative distance of the library's numbers from their enclosures.
    """

    theorem: Theorem
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    disagreement: float

    @property
    def holds(self) -> bool:
        """Whether every step and every claim does and the library's numbers agree."""
        return self.verdict == "holds"

    @property
    def failures(self) -> tuple[str, ...]:
        """What does not hold, one line each."""
        lines = [f"step: {step.name}" for step in self.steps if not step.holds]
        lines += [
            f"claim: {found.claim.text}" for found in self.findings if found.verdict == "fails"
        ]
        for found in self.findings:
            lines += [
                f"rival {r.rate} not rejected: {found.claim.text}"
                for r in found.rivals
                if not r.rejected
            ]
        if not self.disagreement <= self.theorem.agreement:
            lines.append(f"the library's numbers are off by {self.disagreement:.1e}")
        return tuple(lines)

    @property
    def verdict(self) -> str:
        """One word: holds, fails, or unresolved where the points are too small to tell."""
        if self.failures:
            return "fails"
        return "holds" if all(found.holds for found in self.findings) else "unresolved"

    @property
    def unresolved(self) -> tuple[str, ...]:
        """What the points asked for can't tell, one line each."""
        return tuple(
            f"unresolved: {found.claim.text}: "
            + ("its points are too small to tell 2 % off" if found.points else "no n in its range")
            + f"; it is stated and measured for n from {found.claim.points[0]:g}"
            + f" to {found.claim.points[-1]:g}"
            for found in self.findings
            if found.verdict == "unresolved"
        )

    @property
    def evidence(self) -> str:
        """Grade of the evidence, and how many steps SymPy left to an argument by hand."""
        by_hand = sum(step.how == "by hand" for step in self.steps)
        return f"{Evidence.PROVED}, {by_hand} by hand" if by_hand else str(Evidence.PROVED)

    @property
    def largest_n(self) -> float | None:
        """The largest point of a claim in n, or None where nothing depends on n."""
        points = [
            point
            for found in self.findings
            if str(found.claim.symbol) == "n"
            for point in found.points
        ]
        return max(points, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "theorem": self.theorem.name,
            "title": self.theorem.title,
            "kind": self.theorem.kind,
            "statement": self.theorem.formula,
            "evidence": self.evidence,
            "verdict": self.verdict,
            "failures": list(self.failures),
            "library_disagreement": self.disagreement,
            "largest_n": self.largest_n,
            "steps": [
                {"name": s.name, "how": s.how, "formula": s.shown, "holds": s.holds}
                for s in self.steps
            ],
            "claims": [_claim_to_dict(found) for found in self.findings],
        }


@checked_arguments
def verify(theorem: str | Theorem, n: Sequence[int] | None = None) -> RateReport:
    """Derive a theorem, enclose what it is about, and compare.

    Arguments:
        theorem: "T1" to "T16", the path of a theorem file, or a `Theorem`.
        n: points for the claims in n; default: those that each claim states.

    Raises:
        ModelError: for a theorem that there is none of, and points that are no whole numbers.

    >>> report = verify("T3")
    >>> report.holds, report.theorem.title
    (True, 'Local incentives are a covariance')
    """
    chosen = load_theorem(theorem) if isinstance(theorem, str) else theorem
    points = _points(n)
    findings = tuple(claim.check(points) for claim in chosen.claims)
    return RateReport(
        theorem=chosen,
        steps=tuple(chosen.derivation().steps),
        findings=findings,
        disagreement=max((chosen.disagreement(p) for p in chosen.computed_at), default=0.0),
    )


@checked_arguments
def verify_all(
    theorems: Sequence[str] | None = None,
    n: Sequence[int] | None = None,
    *,
    executor: Executor | None = None,
    progress: Progress = lambda _: None,
) -> list[RateReport]:
    """Return `verify` of several theorems, in their order.

    Arguments:
        theorems: names or paths of theorem files; None: all that come with the library.
        n: as in `verify`.
        executor: verifies them side by side, see `sweep`; None: one after the other. A path has to
            mean the same file wherever it runs.
        progress: told which theorem is being verified.

    Raises:
        ModelError: as `verify`, before anything is begun.
        ClusterError: the executor lost its workers.
    """
    chosen = {name: load_theorem(name) for name in theorems or theorem_files()}
    answers = sweep(
        partial(_measured, points=_points(n)),
        list(chosen),
        executor=executor,
        progress=progress,
        told=lambda name: f"{chosen[name].name} {chosen[name].title}",
    )
    return [
        RateReport(
            theorem,
            steps,
            tuple(
                Finding(claim, *found) for claim, found in zip(theorem.claims, bare, strict=True)
            ),
            disagreement,
        )
        for theorem, (steps, bare, disagreement) in zip(chosen.values(), answers, strict=True)
    ]


def _measured(name: str, points: Sequence[int] | None) -> Any:
    """Return what was found, without the claims themselves: functions in them can't travel."""
    found = verify(name, points)
    bare = [(each.points, each.ratios, each.verdict, each.rivals) for each in found.findings]
    return found.steps, bare, found.disagreement


def _points(n: Sequence[int] | None) -> tuple[int, ...] | None:
    if n is None:
        return None
    if not n or any(int(k) != k or k < 1 for k in n):
        raise ModelError(f"n={list(n)!r} are no sample sizes; give whole numbers from 1 on")
    return tuple(sorted(int(k) for k in n))


def _claim_to_dict(found: Finding) -> dict[str, Any]:
    claim = found.claim
    measured = found.constant
    return {
        "claim": claim.text,
        "relation": claim.relation,
        "verdict": found.verdict,
        "points": [float(p) if not isinstance(p, int) else p for p in found.points],
        "ratios": [list(ratio) for ratio in found.ratios],
        "constant_claimed": None if claim.limit is None else float(claim.limit),
        "constant_measured": None if measured is None else list(measured),
        "rivals": [
            {"rate": r.rate, "drift": r.drift, "rejected": r.rejected} for r in found.rivals
        ],
    }
