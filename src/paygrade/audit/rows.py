"""A rule effort by effort: how often it passes, pays, denies and bans, from the rule alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paygrade.agent.earning import Earnings, earnings
from paygrade.agent.expected import agent_utility
from paygrade.audit.staying import Bans
from paygrade.model.contract import Contract
from paygrade.model.counting import CountingMonitor
from paygrade.model.problem import MoralHazard


@dataclass(frozen=True)
class EffortRow:
    """What work at one effort meets with.

    Attributes:
        earnings: pay, its spread, by the hour, denial.
        right: share of checks it gets right.
        banned: probability of a ban in the batches that `Bans` counts over; None: nobody is.
        net: what pay, attention and staying together are worth to the annotator above going
            elsewhere (money, certain); None without economics, -inf where nothing makes up for it.
    """

    earnings: Earnings
    right: float
    banned: float | None
    net: float | None = None

    @property
    def effort(self) -> float:
        """Share of items that get attention."""
        return self.earnings.effort


def effort_rows(
    monitor: CountingMonitor,
    contract: Contract,
    efforts: Sequence[float],
    bans: Bans | None,
    *,
    hours: float | None = None,
    floor: float | None = None,
) -> tuple[EffortRow, ...]:
    """Return a row for each effort.

    Arguments:
        monitor: that counts.
        contract: what is paid.
        efforts: where to look.
        bans: how often the rule bans; None: never.
        hours: that a batch takes.
        floor: hourly pay that is the least (money an hour).
    """
    paid = earnings(monitor, contract, efforts, hours=hours, floor=floor)
    banned = [None] * len(paid) if bans is None else bans.chances(monitor, efforts)
    return tuple(
        EffortRow(each, float(monitor.accuracy(each.effort)), chance)
        for each, chance in zip(paid, banned, strict=True)
    )


def net_worth(problem: MoralHazard, contract: Contract, effort: float) -> float:
    """Return h(E[u(w)] - c(e)) - h(reservation utility): what taking part is worth (money).

    >>> import paygrade as pg
    >>> problem = pg.MoralHazard(utility=pg.RiskNeutral(), cost=pg.PowerCost(2.0, 2.0),
    ...     value=pg.LinearValue(9.0), monitor=pg.ExpertReview(n=4, rho=1.0),
    ...     reservation_utility=1.0)
    >>> net_worth(problem, pg.FlatWage(5.0), 1.0)
    2.0
    """
    payoff = float(agent_utility(problem, contract, effort))
    if problem.utility.cost_in_money:
        return payoff - problem.reservation_utility
    low, high = problem.utility.bounds
    if not low < payoff < high:
        return -np.inf if payoff <= low else np.inf
    outside = float(problem.utility.inverse(problem.reservation_utility))
    return float(problem.utility.inverse(payoff)) - outside
