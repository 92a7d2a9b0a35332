"""Contracts for sets of types: what is proved holds for types drawn from the set."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

import paygrade as pg
from paygrade.model.contract import Contract
from paygrade.model.named import changed
from paygrade.model.problem import Array
from tests.strategies import problems

ROUNDING = 1e-8  # utils or money that floating point may be off by
SEARCHED = 5e-3  # relative payoff that a search over jagged functions may miss

JOB = pg.MoralHazard(
    utility=pg.SquareRootUtility(),
    cost=pg.PowerCost(1.0, 2.0),
    value=pg.LinearValue(2.048),
    monitor=pg.ExpertReview(n=30, rho=0.8),
    wage_floor=0.0,
)
WIDE = pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1), "monitor.rho": (0.75, 0.85)})


def outcome(problem: pg.MoralHazard, rule: Contract) -> tuple[float, float, float]:
    """Return effort, payoff and utility above the reservation at the best response."""
    response = pg.best_response(problem, rule)
    wage = float(pg.expected_wage(problem, rule, response.effort))
    payoff = float(problem.value(response.effort)) - wage
    return response.effort, payoff, response.utility - problem.reservation_utility


@st.composite
def boxes(draw: st.DrawFn) -> pg.TypeBox:
    """A box around a drawn problem, in one or two of its numbers."""
    problem = draw(problems())
    numbers = pg.parameters(problem)
    movable = [
        name
        for name, value in numbers.items()
        if value > 0
        and name.startswith(("cost.", "utility.", "monitor."))
        and name not in ("monitor.n", "cost.power")
    ]
    names = draw(st.lists(st.sampled_from(movable), min_size=1, max_size=2, unique=True))
    ranges = {}
    for name in names:
        width = draw(st.floats(0.0, 0.08))
        most = 1.0 if name.startswith("monitor.") and name != "monitor.sigma" else np.inf
        ranges[name] = (numbers[name] * (1.0 - width), min(numbers[name] * (1.0 + width), most))
    low, high = ranges.get("utility.gamma", (2.0, 2.0))
    assume(not low <= 1.0 <= high and ranges.get("monitor.mu", (1.0, 1.0))[0] > 0.5)
    return pg.TypeBox(problem, ranges)


def rule_for(draw: st.DataObject, problem: pg.MoralHazard) -> Contract:
    base, bonus = draw.draw(st.floats(0.0, 1.5)), draw.draw(st.floats(0.01, 3.0))
    share = draw.draw(st.floats(0.5, 0.9))
    if isinstance(problem.monitor, pg.NormalMonitor):
        return pg.BinaryContract(base, bonus, share)
    n = int(pg.parameters(problem)["monitor.n"])
    return pg.BinaryContract(base, bonus, max(1.0, round(share * n)))


@settings(max_examples=20, deadline=None)
@given(data=st.data(), box=boxes())
def test_no_type_drawn_from_a_box_does_less_than_is_proved(
    data: st.DataObject, box: pg.TypeBox
) -> None:
    rule = rule_for(data, box.problem)
    proof = pg.certify_types(box, rule, most_cells=12)
    assert proof.evidence is pg.Evidence.PROVED
    for typed in (*box.corners(), *box.draw(12, seed=1)):
        effort, payoff, slack = outcome(typed, rule)
        assert effort >= proof.least_effort - ROUNDING
        assert payoff >= proof.worst_payoff - ROUNDING
        assert slack >= proof.ir_slack - ROUNDING
        below = np.linspace(0.0, max(proof.least_effort - ROUNDING, 0.0), 400)
        gain = pg.agent_utility(typed, rule, below).max() - pg.agent_utility(typed, rule, effort)
        assert gain <= ROUNDING


@pytest.mark.parametrize(
    ("box", "family", "effort"),
    [
        (WIDE, pg.BinaryContract, 0.7),
        (WIDE, pg.BinaryContract, None),
        (pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1)}), pg.LinearContract, 0.2),
        (
            pg.TypeBox(
                replace(JOB, utility=pg.CARA(1.0, cost_in_money=True), cost=pg.PowerCost(0.5, 2.0)),
                {"cost.scale": (0.45, 0.55), "utility.risk_aversion": (0.8, 1.2)},
            ),
            pg.BinaryContract,
            0.6,
        ),
        (
            pg.TypeBox(
                replace(
                    JOB,
                    utility=pg.CRRA(2.0, shift=1.0),
                    cost=pg.PowerCost(0.1, 2.0),
                    reservation_utility=-1.0,
                ),
                {"utility.gamma": (1.9, 2.1), "utility.shift": (0.9, 1.1), "cost.power": (1.95, 2)},
            ),
            pg.BinaryContract,
            0.6,
        ),
        (
            pg.TypeBox(
                replace(JOB, monitor=pg.SelfConsistency(n=30, kappa=0.8)),
                {"monitor.kappa": (0.75, 0.85), "reservation_utility": (0.0, 0.2)},
            ),
            pg.BinaryContract,
            0.7,
        ),
        (
            pg.TypeBox(
                replace(JOB, monitor=pg.GoldenQuestions(n=30, margin=0.8), efforts=pg.Finite(
                    [0.0, 0.4, 0.8]
                )),
                {"monitor.margin": (0.75, 0.85), "cost.scale": (0.9, 1.1)},
            ),
            pg.BinaryContract,
            0.8,
        ),
    ],
    ids=["cost+rho", "worst payoff", "linear", "CARA money", "CRRA+power", "self", "levels"],
)  # fmt: skip
def test_robust_rule_binds_every_type_drawn(
    box: pg.TypeBox, family: type[Contract], effort: float | None
) -> None:
    design = pg.robust_design(box, family, effort=effort)
    assert design.certificate.holds
    assert design.evidence is pg.Evidence.PROVED
    asked = effort or 0.0
    for typed in box.draw(60, seed=3):
        assert box.contains(typed)
        done, payoff, slack = outcome(typed, design.contract)
        assert done >= max(asked, design.certificate.least_effort) - ROUNDING
        assert payoff >= design.worst_payoff - ROUNDING
        assert slack >= -ROUNDING
        assert pg.certify(typed, design.contract, done).holds


def test_the_best_rule_for_one_type_fails_its_neighbours_and_the_robust_one_does_not() -> None:
    box = pg.TypeBox(JOB, {"cost.scale": (0.9, 1.1)})
    nominal = pg.second_best(JOB)
    refused = pg.certify_types(box, nominal.contract, effort=0.7)
    assert not refused.holds
    assert refused.least_effort < 0.1
    assert refused.worst == {"cost.scale": 1.1}
    assert "you asked for 0.7" in refused.verdict
    design = pg.robust_design(box, effort=0.7)
    assert 0.0 < design.worst_payoff < nominal.payoff


def test_knowing_less_costs_more() -> None:
    widths = (0.0, 0.05, 0.1, 0.2)
    worst = [
        pg.robust_design(pg.TypeBox(JOB, {"cost.scale": (1.0 - w, 1.0 + w)})).worst_payoff
        for w in widths
    ]
    nominal = pg.second_best(JOB).payoff
    assert worst[0] == pytest.approx(nominal, rel=SEARCHED)
    for known, unknown in zip([nominal, *worst[:-1]], worst, strict=True):
        assert unknown <= known * (1.0 + SEARCHED)


def test_a_box_costs_what_its_worst_corner_costs_where_types_are_ordered() -> None:
    """Single crossing: the costliest type alone fixes a rule for all cheaper ones."""
    box = pg.TypeBox(JOB, {"cost.scale": (0.8, 1.2)})
    alone = pg.TypeBox(changed(JOB, {"cost.scale": 1.2}), {})
    rules = [pg.robust_design(types, effort=0.75).contract for types in (box, alone)]
    for rule in rules:
        assert pg.certify_types(box, rule, effort=0.75).holds


@settings(max_examples=4, deadline=None)
@given(
    scales=st.lists(st.floats(0.4, 3.0), min_size=2, max_size=3, unique=True),
    outside=st.floats(0.0, 0.5),
    share=st.floats(0.1, 0.9),
)
@example(scales=[0.8, 1.5], outside=0.0, share=0.5)
def test_screening_beats_robust_rules_and_menus_beat_screening(
    scales: list[float], outside: float, share: float
) -> None:
    changes = [{"cost.scale": scale} for scale in scales]
    changes[0]["reservation_utility"] = outside
    rest = (1.0 - share) / (len(scales) - 1)
    types = pg.TypeList(JOB, changes, [share, *[rest] * (len(scales) - 1)])
    screening = pg.screening_design(types)
    assert all(one.decision_is_proved for one in screening.outcomes)
    robust = pg.robust_design(types)
    mean = sum(
        p * outcome(member, robust.contract)[1]
        for p, member in zip(types.weights, types.members, strict=True)
    )
    assert screening.expected_payoff >= mean - SEARCHED * (1.0 + abs(mean))
    assert (
        robust.worst_payoff
        <= min(pg.second_best(member).payoff for member in types.members) + ROUNDING
    )
    menu = pg.menu_design(types)
    assert menu.holds
    assert menu.gain >= -ROUNDING
    for member, chosen in zip(types.members, menu.choice, strict=True):
        utilities = [pg.best_response(member, item).utility for item in menu.items]
        own = member.reservation_utility if chosen is None else utilities[chosen]
        assert max([*utilities, member.reservation_utility]) <= own + 1e-6


def test_a_menu_can_earn_more_than_any_single_rule() -> None:
    job = replace(JOB, monitor=pg.ExpertReview(n=50, rho=0.8))
    types = pg.TypeList(job, [{"cost.scale": 0.8}, {"cost.scale": 1.5}])
    menu = pg.menu_design(types)
    assert len(menu.items) == 2
    assert menu.gain > 0.01
    assert menu.choice[0] != menu.choice[1]
    for row, chosen in zip(menu.envy, menu.choice, strict=True):
        assert row[chosen or 0] == 0.0
        assert row[1 - (chosen or 0)] < 0.0
    assert menu.evidence is pg.Evidence.PROVED
    assert "expected payoff" in str(menu)
    assert len(pg.menu_design(types, most=1).items) == 1


@dataclass(frozen=True)
class OwnCost(pg.EffortCost):
    """A cost whose `scale` makes effort cheaper: no ordering may be read off a name."""

    scale: float

    def __call__(self, effort: ArrayLike) -> Array:
        return np.asarray(np.asarray(effort, float) ** 2 / self.scale)

    def derivative(self, effort: ArrayLike) -> Array:
        return np.asarray(2.0 * np.asarray(effort, float) / self.scale)

    def second_derivative(self, effort: ArrayLike) -> Array:
        return np.full_like(np.asarray(effort, float), 2.0 / self.scale)


def test_primitives_of_the_users_own_are_only_checked() -> None:
    box = pg.TypeBox(replace(JOB, cost=OwnCost(1.0)), {"cost.scale": (0.8, 1.2)})
    rule = pg.BinaryContract(0.0, 1.0, 23.0)
    proof = pg.certify_types(box, rule)
    assert proof.evidence is pg.Evidence.CHECKED
    assert "proves nothing" in proof.verdict
    assert proof.least_effort <= min(outcome(corner, rule)[0] for corner in box.corners())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pg.TypeBox(JOB, {"cost.scal": (1, 2)}), "no such number; it has"),
        (lambda: pg.TypeBox(JOB, {"cost.scale": (2, 1)}), "give (least, most)"),
        (lambda: pg.TypeBox(JOB, {"cost.scale": 1.0}), "no interval"),  # type: ignore[dict-item]
        (lambda: pg.TypeBox(JOB, {"cost.scale": (np.nan, 1)}), "no end of an interval"),
        (lambda: pg.TypeBox(JOB, {"cost.scale": (-1, 1)}), "makes effort free"),
        (lambda: pg.TypeBox(JOB, {"monitor.n": (20, 40)}), "principal's own figure"),
        (lambda: pg.TypeBox(replace(JOB, utility=pg.CRRA(0.9)), {"utility.gamma": (0.8, 1.2)}),
         "contains 1"),
        (lambda: pg.TypeList(JOB, []), "lists no type"),
        (lambda: pg.TypeList(JOB, [{}], [0.5]), "no distribution"),
        (lambda: pg.TypeList(JOB, [{}, {}]), "its own name"),
        (lambda: pg.TypeList(JOB, [replace(JOB, wage_floor=1.0)]), "differ in wage_floor"),
        (lambda: pg.TypeList(JOB, [JOB, replace(JOB, monitor=pg.ExpertReview(9, 0.8))]),
         "monitored in different ways"),
        (lambda: pg.robust_design(WIDE, effort=2.0), "not in the problem's efforts"),
        (lambda: pg.robust_design(WIDE, pg.WageSchedule), "give BinaryContract or LinearContract"),
        (lambda: pg.certify_types(WIDE, pg.FlatWage(1.0), effort=-1.0), "not in the problem's"),
        (lambda: pg.screening_design(WIDE), "is no TypeList"),  # type: ignore[arg-type]
        (lambda: pg.menu_design(WIDE), "is no TypeList"),  # type: ignore[arg-type]
        (lambda: pg.menu_design([JOB, JOB]), "types=[MoralHazard(utility"),  # type: ignore[arg-type]
        (lambda: pg.menu_design(pg.TypeList(JOB, [{}]), most=0), "no rule to choose"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_remedy(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(pg.ModelError) as refused:
        make()
    assert words in str(refused.value)


def test_too_much_asked_is_infeasible() -> None:
    capped = replace(JOB, wage_cap=0.3)
    with pytest.raises(pg.InfeasibleContract, match="ask for less effort"):
        pg.robust_design(pg.TypeBox(capped, {"cost.scale": (0.9, 1.1)}), effort=0.9)


def test_unbounded_punishments_have_no_best_rule() -> None:
    unbounded = replace(JOB, utility=pg.CARA(1.0), wage_floor=None, reservation_utility=-1.0)
    with pytest.raises(pg.NoOptimum, match="set wage_floor"):
        pg.robust_design(pg.TypeBox(unbounded, {"cost.scale": (0.9, 1.1)}))


def test_a_hopeless_type_is_not_paid_for() -> None:
    """The margin is a share of what is at stake, not of a cost that nobody would pay."""
    design = pg.screening_design(pg.TypeList(JOB, [{"cost.scale": 1e6}]))
    assert design.expected_payoff == pytest.approx(0.0, abs=1e-6)


def test_a_base_that_is_nothing_is_announced_as_nothing() -> None:
    for utility in (pg.SquareRootUtility(), pg.LogUtility(shift=1.0)):
        problem = pg.MoralHazard(
            utility=utility, cost=pg.PowerCost(1.0, 2.0), value=pg.LinearValue(2.048),
            monitor=pg.ExpertReview(n=100, rho=0.8), wage_floor=0.0,
        )  # fmt: skip
        design = pg.robust_design(pg.TypeBox(problem, {"cost.scale": (0.9, 1.1)}), effort=1.0)
        assert isinstance(design.contract, pg.BinaryContract)
        assert design.contract.base == 0.0
        assert design.certificate.holds
