"""Signs of a scheme going wrong: quiet where nothing is, loud where a fault was planted."""

import random
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
import pytest

from paygrade import BinaryContract, LinearContract, PayRule, Sign, TieredContract, find_signs
from paygrade.operations.sign import holm
from paygrade.operations.signs import DRAWS, falling, high, low, uneven
from paygrade.operations.work import Check, Work

CHECKS = 20
RULES = {
    "binary": PayRule(
        BinaryContract(8, 4.5, 15), (Decimal(8), Decimal("4.5")), CHECKS, "golden", 0.85, 0.85
    ),
    "linear": PayRule(
        LinearContract(2, 12), (Decimal(2), Decimal(12)), CHECKS, "golden", 0.85, 0.85
    ),
    "tiered": PayRule(
        TieredContract([12, 17], [6, 9, 12]),
        (Decimal(6), Decimal(9), Decimal(12)),
        CHECKS,
        "golden",
        0.85,
        0.85,
    ),
}
Accuracy = Callable[[int, float], float]  # worker's number, place in [0, 1) -> share right


def work(worker: int, bits: Sequence[bool], repeats: Sequence[bool] = ()) -> Work:
    def checks(of: Sequence[bool]) -> tuple[Check, ...]:
        return tuple(Check("t", "i", "a", "a" if bit else "b", bit) for bit in of)

    return Work(f"ann{worker:03}", f"b{worker:03}", {}, checks(bits), checks(repeats))


def pay_day(accuracy: Accuracy, workers: int = 24, seed: int = 0) -> list[Work]:
    draw = random.Random(seed)
    return [
        work(j, [draw.random() < accuracy(j, i / CHECKS) for i in range(CHECKS)])
        for j in range(workers)
    ]


def sign(signs: list[Sign], name: str) -> Sign:
    return next(each for each in signs if each.name == name)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_careful_work_raises_nothing_more_often_than_it_may(rule: PayRule) -> None:
    days = [pay_day(lambda _j, _i: 0.85, workers=8, seed=seed) for seed in range(200)]
    for ask in (falling, lambda works: low(works, rule), lambda works: high(works, rule)):
        p = np.array([ask(works).p_value for works in days], float)
        for level in (0.05, 0.2):
            assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / len(days))


def test_equal_annotators_are_uneven_as_often_as_the_level_says() -> None:
    p = np.array(
        [
            uneven(pay_day(lambda _j, _i: 0.8, workers=8, seed=seed), RULES["linear"]).p_value
            for seed in range(300)
        ],
        float,
    )
    for level in (0.05, 0.2, 0.5):
        assert abs((p <= level).mean() - level) <= 3 * np.sqrt(level * (1 - level) / len(p))
    assert p.min() >= 1 / (1 + DRAWS)


FAULTS: dict[str, Accuracy] = {
    "falling": lambda _j, place: 0.95 - 0.4 * place,
    "low": lambda _j, _place: 0.65,
    "uneven": lambda j, _place: 0.95 if j % 3 else 0.55,
    "high": lambda _j, _place: 0.98,
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_planted_fault_is_seen_and_named(name: str, rule: PayRule) -> None:
    found = sign(find_signs(pay_day(FAULTS[name], seed=1), rule), name)
    assert found.is_raised, found
    assert found.p_value is not None
    assert found.adjusted is not None
    assert found.adjusted >= found.p_value
    quiet = sign(find_signs(pay_day(lambda _j, _i: 0.85, seed=1), rule), name)
    assert not quiet.is_raised
    assert len(quiet.sentence) < len(found.sentence)  # what it speaks of is said when raised


def test_some_who_shirk_are_no_sign_that_the_rule_is_out_of_line() -> None:
    works = pay_day(lambda j, _i: 0.5 if j % 3 == 0 else 0.85, workers=30, seed=2)
    signs = find_signs(works, RULES["binary"])
    assert sign(signs, "uneven").is_raised
    assert not sign(signs, "low").is_raised


def test_one_annotator_with_the_keys_is_named_among_many() -> None:
    works = pay_day(lambda j, _i: 1.0 if j == 7 else 0.6, workers=12, seed=3)
    strict = PayRule(
        RULES["binary"].contract, RULES["binary"].amounts, CHECKS, "golden", 0.65, 0.65
    )
    found = sign(find_signs(works, strict), "high")
    assert found.is_raised
    assert found.workers == ("ann007",)
    assert "look at ann007" in found.sentence


def test_the_exact_p_value_of_a_fall_is_the_share_of_orders_that_fall_as_much() -> None:
    bits = [True, True, True, False, True, False, False, False]
    draw = random.Random(4)
    orders = [draw.sample(bits, len(bits)) for _ in range(20_000)]
    share = np.mean([sum(order[4:]) <= sum(bits[4:]) for order in orders])
    assert falling([work(1, bits)]).p_value == pytest.approx(share, abs=0.01)


def test_repeats_tell_of_a_fall_where_the_rule_counts_golden_answers() -> None:
    steady, tired = [True] * CHECKS, [True] * 8 + [False] * 8
    works = [work(j, steady, tired) for j in range(6)]
    assert (falling(works).p_value or 1.0) < 1e-6


def test_questions_that_cannot_be_asked_say_so() -> None:
    one = [work(1, [True] * CHECKS)]
    rule = PayRule(RULES["linear"].contract, RULES["linear"].amounts, CHECKS, "golden", 1.0, 0.9)
    signs = find_signs(one, rule)
    assert sign(signs, "uneven").p_value is None
    assert sign(signs, "high").p_value is None
    assert "nobody can do better" in sign(signs, "high").sentence


def test_holm_is_the_step_down_of_bonferroni() -> None:
    p = np.array([0.02, 0.5, 0.001, 0.02])
    assert holm(p).tolist() == [0.06, 0.5, 0.004, 0.06]
