"""Failure paths: every misuse ends in one error that says value, consequence and remedy."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import paygrade as pg

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    "make",
    [
        lambda: pg.LogUtility(shift=NAN),
        lambda: pg.LogUtility(scale=0.0),
        lambda: pg.CRRA(gamma=1.0),
        lambda: pg.CRRA(gamma=-1.0),
        lambda: pg.CARA(risk_aversion=0.0),
        lambda: pg.SquareRootUtility(shift=INF),
        lambda: pg.PowerCost(scale=-1.0),
        lambda: pg.PowerCost(scale=1.0, power=0.5),
        lambda: pg.ExponentialCost(scale=1.0, rate=NAN),
        lambda: pg.LinearValue(slope=-1.0),
        lambda: pg.PowerValue(power=2.0),
        lambda: pg.ExpertReview(n=0, rho=0.8),
        lambda: pg.ExpertReview(n=10, rho=1.2),
        lambda: pg.SelfConsistency(n=10, kappa=0.0),
        lambda: pg.ComparisonMode(n=10, mu=0.5),
        lambda: pg.GoldenQuestions(n=3, margin=[0.5, 0.6]),
        lambda: pg.NormalMonitor(n=10, sigma=0.0),
        lambda: pg.Interval(0.5, 0.5),
        lambda: pg.Interval(-1.0, 1.0),
        lambda: pg.Finite([]),
        lambda: pg.BinaryContract(1.0, -0.5, 3),
        lambda: pg.FlatWage(NAN),
        lambda: pg.LinearContract(0.0, INF),
    ],
)
def test_primitives_refuse_nonsense_and_say_why(make: Callable[[], object]) -> None:
    with pytest.raises(pg.ModelError) as caught:
        make()
    assert any(mark in str(caught.value) for mark in (";", "use "))


FIELDS: dict[Callable[..., object], dict[str, float]] = {
    pg.LogUtility: {"shift": 1.0, "scale": 1.0},
    pg.CRRA: {"gamma": 2.0, "shift": 1.0, "scale": 1.0},
    pg.SquareRootUtility: {"shift": 1.0, "scale": 1.0},
    pg.CARA: {"risk_aversion": 1.0, "scale": 1.0},
    pg.RiskNeutral: {"scale": 1.0},
    pg.PowerCost: {"scale": 1.0, "power": 2.0},
    pg.ExponentialCost: {"scale": 1.0, "rate": 1.0},
    pg.LinearValue: {"slope": 1.0, "intercept": 0.0},
    pg.PowerValue: {"scale": 1.0, "power": 0.5, "intercept": 0.0},
    pg.ExpertReview: {"n": 10, "rho": 0.8},
    pg.SelfConsistency: {"n": 10, "kappa": 0.8},
    pg.ComparisonMode: {"n": 10, "mu": 0.8},
    pg.GoldenQuestions: {"n": 10, "margin": 0.8},
    pg.NormalMonitor: {"n": 10, "sigma": 1.0},
    pg.Interval: {"low": 0.0, "high": 1.0},
    pg.FlatWage: {"wage": 1.0},
    pg.BinaryContract: {"base": 1.0, "bonus": 1.0, "cutoff": 3.0},
    pg.LinearContract: {"intercept": 0.0, "slope": 1.0},
}


@pytest.mark.parametrize(
    ("make", "field"), [(make, field) for make, fields in FIELDS.items() for field in fields]
)
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_no_field_of_any_primitive_takes_a_number_that_is_none(
    make: Callable[..., object], field: str, value: float
) -> None:
    if make is pg.Interval and field == "high" and value == INF:
        return  # effort may be unbounded
    with pytest.raises(pg.ModelError) as caught:
        make(**(FIELDS[make] | {field: value}))
    assert ";" in str(caught.value)
    assert str(abs(value)) in str(caught.value)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(pg.ModelError, match=r"(?s)n=0.*rho=2"):
        pg.ExpertReview(n=0, rho=2.0)


def problem(**changes: object) -> pg.MoralHazard:
    given: dict[str, object] = {
        "utility": pg.LogUtility(shift=1.0),
        "cost": pg.PowerCost(0.2, 2.0),
        "value": pg.LinearValue(2.0),
        "monitor": pg.ExpertReview(50, 0.8),
        "wage_floor": 0.0,
    }
    return pg.MoralHazard(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wage_floor": NAN}, "wage_floor"),
        ({"wage_floor": -5.0}, "wage_floor=-5"),
        ({"wage_floor": 1.0, "wage_cap": 0.5}, "wage_cap"),
        ({"reservation_utility": INF}, "reservation_utility"),
        ({"efforts": pg.Interval(0.0, 2.0)}, "up to effort 1"),
    ],
)
def test_inconsistent_problems_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(pg.ModelError, match=said):
        problem(**changes)


def test_participation_above_the_cap_is_infeasible() -> None:
    poor = problem(reservation_utility=math.log(4.0), wage_cap=2.0)
    for solve in (pg.first_best, pg.second_best, pg.relaxed):
        with pytest.raises(pg.InfeasibleContract, match="wage_cap"):
            solve(poor)


def test_an_unreachable_cutoff_is_refused() -> None:
    with pytest.raises(pg.ModelError, match="nobody can earn the bonus"):
        pg.second_best(problem(), cutoff=51)


@pytest.mark.parametrize(
    "options", [{"cutoff": NAN}, {"round_to": INF}, {"round_to": NAN}, {"bonus_cap": -1.0}]
)
def test_options_that_are_no_numbers_are_named(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(pg.ModelError, match=f"{name}="):
        pg.second_best(problem(), **options)


@pytest.mark.parametrize("options", [{"cutoff": 3}, {"bonus_cap": 1.0}])
def test_options_of_bonus_rules_stay_with_them(options: dict[str, Any]) -> None:
    with pytest.raises(pg.ModelError, match="bonus contracts"):
        pg.second_best(problem(), pg.LinearContract, **options)


@pytest.mark.parametrize(
    "utility", [pg.LogUtility(), pg.CARA(1.0), pg.CARA(1.0, cost_in_money=True), pg.CRRA(2.0)]
)
def test_mirrlees_punishments_have_no_optimum(utility: pg.Utility) -> None:
    reservation = 1.0 if utility.cost_in_money else float(utility(1.0))
    unbounded = problem(
        utility=utility,
        monitor=pg.NormalMonitor(50),
        wage_floor=None,
        reservation_utility=reservation,
        cost=pg.PowerCost(0.05, 2.0),
    )
    with pytest.raises(pg.NoOptimum, match="Mirrlees"):
        pg.second_best(unbounded)


def test_effort_outside_the_set_and_unknown_family() -> None:
    with pytest.raises(pg.ModelError, match=r"effort=2"):
        pg.second_best(problem(), effort=2.0)
    with pytest.raises(pg.ModelError, match="family"):
        pg.second_best(problem(), int)  # type: ignore[arg-type]


ECONOMICS = """[annotator]
reservation_wage = 8.0
full_effort = 4.0
[batch]
value = 20.0
checks = 60
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("20.0", "nan", "5: batch.value = NaN is no finite number; give one"),
        ("20.0", '"lots"', "5: batch.value = 'lots' is no number; give one, without quotes"),
        ("20.0", "0", "5: batch.value = 0 is not above 0; give more than 0"),
        ("60", "6.5", "6: batch.checks = 6.5 is no whole number; give one"),
        ("checks", "cheks", "6: batch.cheks = 60 is no entry that is read here; did you mean chec"),
        ("checks", "zzz", "there are value, base_value, checks, hours"),
        ("[batch]", "[bach]", "4: bach is no entry that is read here; did you mean batch?"),
        ("checks = 60", "", "batch.checks is missing; add it"),
        ("[batch]", 'utility = "logg"\n[batch]', "utility = 'logg' is unknown; give 'log',"),
    ],
)
def test_settings_are_refused_in_words_of_the_house(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "economics.toml"
    path.write_text(ECONOMICS.replace(old, new))
    with pytest.raises(pg.DataError) as caught:
        pg.read_economics(path)
    assert said in str(caught.value)
    assert "Input should" not in str(caught.value)
