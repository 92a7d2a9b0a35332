"""A certificate: what is known about a contract and an effort, and on which evidence."""

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How a claim is known; only the first two may be called certified."""

    PROVED = "PROVED"  # exact or outward-rounded enclosure over all efforts
    BOUNDED = "BOUNDED"  # floating point with a stated error bound
    CHECKED = "CHECKED"  # a grid


@dataclass(frozen=True)
class Certificate:
    """What is proved about a contract and an effort.

    Attributes:
        effort: the effort that the contract is claimed to induce.
        holds: whether no deviation gains more than `tolerance`, participation holds within it and
            every wage respects the bounds.
        ic_gap: upper bound on the gain of any deviation, over all efforts (utils; money under
            `CARA(cost_in_money=True)`).
        ir_slack: lower bound on the agent's payoff above the reservation utility (same unit).
        wage_slack: least distance of a wage from the wage floor and cap (money); negative when
            one is broken, inf when there are none.
        witness: the best deviation found, when it is proved to gain more than `tolerance`.
        evidence: grade of the evidence.
        cost_lower, cost_upper: enclosure of the expected wage of implementing this effort (money):
            no contract of any class costs less than `cost_lower` (weak duality, at the least
            Jensen), this one at most `cost_upper`. Only a contract that holds implements it.
        tolerance: gain that counts as none (same unit as `ic_gap`).
        boxes: boxes of efforts that the proof needed.
    """

    effort: float
    holds: bool
    ic_gap: float
    ir_slack: float
    wage_slack: float
    witness: float | None
    evidence: Evidence
    cost_lower: float
    cost_upper: float
    tolerance: float
    boxes: int

    @property
    def verdict(self) -> str:
        """One sentence: what is known and on which evidence."""
        if self.holds and self.evidence is Evidence.CHECKED:
            return (
                f"{self.evidence}: none of {self.boxes} efforts tried gains the annotator more than"
                f" {self.ic_gap:.1e} over effort {self.effort:.4g}; this proves nothing"
            )
        if self.holds:
            return (
                f"{self.evidence}: no effort gains the annotator more than {self.ic_gap:.1e} over"
                f" effort {self.effort:.4g}"
            )
        if self.witness is not None:
            return (
                f"REFUTED: effort {self.witness:.4g} is better for the annotator than"
                f" {self.effort:.4g} by up to {self.ic_gap:.3g}"
            )
        if self.ir_slack < -self.tolerance:
            return f"REFUTED: the annotator would rather not take part ({self.ir_slack:.3g})"
        if self.wage_slack < 0:
            return f"REFUTED: a wage breaks its bound by {-self.wage_slack:.3g}"
        return f"UNDECIDED: a deviation might gain up to {self.ic_gap:.3g}"
