"""Closed forms and 120-digit references from outside: the problems of ../shared/cases."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

import paygrade as pg

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here")


def case(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def len_problem(n: int, r: float = 1.0, c: float = 1.0, variance: float = 1.0) -> pg.MoralHazard:
    return pg.MoralHazard(
        utility=pg.CARA(r, cost_in_money=True),
        cost=pg.PowerCost(c / 2.0, 2.0),
        value=pg.LinearValue(1.0),
        monitor=pg.NormalMonitor(n, math.sqrt(variance)),
        efforts=pg.Interval(0.0, math.inf),
    )


@pytest.mark.parametrize("name", ["len_unit", "len_n25"])
def test_linear_exponential_normal(name: str) -> None:
    found = case(name)
    given = found["model"]["params"]
    problem = len_problem(given["n"], given["r"], given["c"], given["sigma2"])
    design, answer = pg.second_best(problem, pg.LinearContract), found["answer"]
    assert isinstance(design.contract, pg.LinearContract)
    assert design.payoff == pytest.approx(answer["principal_value"], abs=found["tolerance"])
    assert pg.agency_cost(problem, pg.LinearContract) == pytest.approx(
        answer["gap"], abs=found["tolerance"]
    )
    loose = found["argument_tolerance"]
    assert design.contract.slope == pytest.approx(answer["slope"], abs=loose)
    assert design.contract.intercept == pytest.approx(answer["fixed"], abs=loose)
    assert design.effort == pytest.approx(answer["effort"], abs=loose)
    assert pg.first_best(problem).effort == pytest.approx(answer["first_best_effort"], abs=1e-7)
    assert design.certificate.holds


def test_linear_contract_rate() -> None:
    found = case("linear_contract_rate")
    for row in found["answer"]["table"]:
        gap = pg.agency_cost(len_problem(row["n"]), pg.LinearContract)
        assert gap == pytest.approx(row["gap"], abs=found["tolerance"])


def test_binary_contract_rate() -> None:
    found = case("binary_contract_rate_continuous")
    for row in found["answer"]["table"]:
        problem = len_problem(row["n"])
        design = pg.second_best(problem, pg.BinaryContract, bonus_cap=1.0)
        check_bonus(design, row, found["tolerance"], found["argument_tolerance"])
        gap = pg.first_best(problem).payoff - design.payoff
        assert gap == pytest.approx(row["gap"], rel=1e-4)


def test_first_order_bonus_induces_no_effort() -> None:
    found = case("bonus_foa_failure_n100")
    answer, problem = found["answer"], len_problem(100)
    design = pg.second_best(problem, pg.BinaryContract, bonus_cap=1.0)
    check_bonus(design, answer, found["tolerance"], found["argument_tolerance"])
    claim = pg.relaxed(problem, pg.BinaryContract, bonus_cap=1.0)
    assert claim.payoff == pytest.approx(answer["foc_only_value"], abs=found["tolerance"])
    assert claim.effort == pytest.approx(answer["foc_only_effort"], abs=1e-3)
    assert isinstance(claim.contract, pg.BinaryContract)
    assert claim.contract.bonus == pytest.approx(answer["foc_only_bonus"], abs=1e-3)
    assert not claim.certificate.holds
    assert claim.certificate.witness == pytest.approx(0.0, abs=1e-6)
    truth = pg.best_response(problem, claim.contract).effort
    assert truth == pytest.approx(answer["foc_only_true_best_response"], abs=1e-3)
    really = float(problem.value(truth) - pg.expected_wage(problem, claim.contract, truth))
    assert really == pytest.approx(answer["foc_only_true_principal_value"], abs=1e-6)


def check_bonus(design: pg.Design, answer: dict[str, float], tight: float, loose: float) -> None:
    assert isinstance(design.contract, pg.BinaryContract)
    assert design.certificate.holds
    assert design.payoff == pytest.approx(answer["principal_value"], abs=tight)
    assert design.effort == pytest.approx(answer["effort"], abs=loose)
    assert design.contract.cutoff == pytest.approx(answer["threshold"], abs=loose)
    assert design.contract.bonus == pytest.approx(answer["bonus"], abs=loose)
