"""Watching at any time: the identities behind it exactly, its error rates, and its power."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom

import paygrade as pg
from paygrade.assessment.anytime import log_e_value, log_mixture_ratio
from paygrade.assessment.intervals import exact_interval

WEIGHTS = st.sampled_from([(1.0, 1.0), (9.0, 1.0), (0.5, 0.5), (2.0, 3.0)])


@given(n=st.integers(0, 60), share=st.floats(0.01, 0.99), prior=WEIGHTS)
def test_mixture_ratio_is_a_martingale(n: int, share: float, prior: tuple[float, float]) -> None:
    """Its mean over all counts is 1, and over the next answer it is what it was."""
    counts = np.arange(n + 1)
    ratio = np.exp(log_mixture_ratio(counts, n, share, prior))
    assert binom.pmf(counts, n, share) @ ratio == pytest.approx(1.0, rel=1e-9)
    right = np.exp(log_mixture_ratio(counts + 1, n + 1, share, prior))
    wrong = np.exp(log_mixture_ratio(counts, n + 1, share, prior))
    assert np.allclose(share * right + (1 - share) * wrong, ratio, rtol=1e-9)


def test_martingale_identity_in_whole_numbers() -> None:
    """With a uniform mixture M is (k!(n-k)!/(n+1)!)/(p^k q^(n-k)): exact fractions, no rounding."""
    share = Fraction(9, 10)

    def ratio(k: int, n: int) -> Fraction:
        beta = Fraction(math.factorial(k) * math.factorial(n - k), math.factorial(n + 1))
        return beta / (share**k * (1 - share) ** (n - k))

    for n in range(12):
        for k in range(n + 1):
            after = share * ratio(k + 1, n + 1) + (1 - share) * ratio(k, n + 1)
            assert after == ratio(k, n)
            assert float(log_mixture_ratio(k, n, 0.9)) == pytest.approx(math.log(ratio(k, n)))


@given(
    n=st.integers(0, 60),
    standard=st.floats(0.05, 0.95),
    above=st.floats(0.0, 1.0),
    prior=WEIGHTS,
)
def test_e_process_is_fair_at_the_standard_and_falls_above(
    n: int, standard: float, above: float, prior: tuple[float, float]
) -> None:
    counts = np.arange(n + 1)
    now = np.exp(log_e_value(counts, n, standard, prior))
    right = np.exp(log_e_value(counts + 1, n + 1, standard, prior))
    wrong = np.exp(log_e_value(counts, n + 1, standard, prior))
    assert np.allclose(standard * right + (1 - standard) * wrong, now, rtol=1e-8)
    better = standard + above * (1 - standard)
    assert (better * right + (1 - better) * wrong <= now * (1 + 1e-8)).all()


@settings(max_examples=30)
@given(k=st.integers(0, 40), more=st.integers(0, 40), standard=st.floats(0.2, 0.95))
def test_e_value_is_the_integral_it_claims_to_be(k: int, more: int, standard: float) -> None:
    n = k + more

    def ratio(q: float) -> float:
        return (q / standard) ** k * ((1 - q) / (1 - standard)) ** (n - k) / standard

    expected = quad(ratio, 0.0, standard, epsrel=1e-10, limit=200)[0]
    assert math.exp(float(log_e_value(k, n, standard))) == pytest.approx(expected, rel=1e-6)


def test_e_values_far_out_keep_their_digits() -> None:
    far = float(log_e_value(10**5, 10**5, 0.5))  # about log of 1/n: the integral near its edge
    assert far == pytest.approx(-math.log(10**5 + 1), rel=1e-9)
    assert float(log_e_value(0, 10**5, 0.5)) == pytest.approx(
        math.log(2.0) * (10**5 + 1) - math.log(10**5 + 1), rel=1e-9
    )


def chance_of_an_alarm(accuracy: float, standard: float, alpha: float, answers: int) -> float:
    """P(E reaches 1/alpha by then), looked at after every answer: exact, by counts."""
    law, alarmed = np.array([1.0]), 0.0
    for n in range(1, answers + 1):
        law = np.append(law * (1 - accuracy), 0.0) + np.append(0.0, law * accuracy)
        over = log_e_value(np.arange(n + 1), n, standard) >= -math.log(alpha)
        alarmed += law[over].sum()
        law[over] = 0.0
    return alarmed


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("standard", [0.6, 0.8, 0.9, 0.97])
def test_continuous_looking_keeps_the_false_alarm_rate(standard: float, alpha: float) -> None:
    """Exactly, over 1,000 answers, at the worst accuracy that meets the standard."""
    assert 0.0 < chance_of_an_alarm(standard, standard, alpha, 1_000) <= alpha
    assert chance_of_an_alarm(min(standard + 0.02, 1.0), standard, alpha, 300) <= alpha


def test_simulated_annotators_are_not_accused_and_shirkers_are_caught() -> None:
    draw = np.random.default_rng(5)
    alarms = {}
    for accuracy in (0.9, 0.7):
        found = []
        for _ in range(600):
            watch = pg.AnytimeMonitor(standard=0.9, alpha=0.05)
            watch.update(draw.random(400) < accuracy)
            found.append(watch.alarm_at)
        alarms[accuracy] = found
    assert np.mean([at is not None for at in alarms[0.9]]) <= 0.05
    caught = [at for at in alarms[0.7] if at is not None]
    assert len(caught) >= 0.99 * 600
    assert np.median(caught) < 60


def test_a_fixed_test_looked_at_all_the_time_accuses_the_innocent() -> None:
    """Why this file exists: the exact 5 % test, repeated, errs several times as often."""
    law, alarmed = np.array([1.0]), 0.0
    for n in range(1, 401):
        law = np.append(law * 0.1, 0.0) + np.append(0.0, law * 0.9)
        over = binom.cdf(np.arange(n + 1), n, 0.9) <= 0.05
        alarmed += law[over].sum()
        law[over] = 0.0
    assert alarmed > 0.25


@settings(max_examples=6)
@given(share=st.floats(0.05, 0.95), prior=WEIGHTS)
def test_confidence_sequence_holds_at_all_times_at_once(
    share: float, prior: tuple[float, float]
) -> None:
    law, missed = np.array([1.0]), 0.0
    for n in range(1, 121):
        law = np.append(law * (1 - share), 0.0) + np.append(0.0, law * share)
        low, high = pg.confidence_sequence(np.arange(n + 1), n, 0.9, prior=prior)
        out = (low > share) | (high < share)
        missed += law[out].sum()
        law[out] = 0.0
    assert missed <= 0.1


@given(k=st.integers(0, 500), more=st.integers(0, 500), level=st.floats(0.5, 0.999), prior=WEIGHTS)
def test_interval_is_where_the_ratio_is_below_its_bound(
    k: int, more: int, level: float, prior: tuple[float, float]
) -> None:
    n = k + more
    low, high = (float(end) for end in pg.confidence_sequence(k, n, level, prior=prior))
    middle = k / n if n else 0.5
    assert low <= middle <= high
    limit = -math.log1p(-level)
    for end, step in ((low, -1e-6), (high, 1e-6)):
        if 1e-5 < end < 1 - 1e-5:
            assert float(log_mixture_ratio(k, n, end + step, prior)) >= limit
            assert float(log_mixture_ratio(k, n, end - step, prior)) <= limit + 1e-9
    if n:
        wider = pg.confidence_sequence(k, n, level + (1 - level) / 2, prior=prior)
        assert wider[0] <= low + 1e-12
        assert wider[1] >= high - 1e-12


def test_looking_at_any_time_costs_width() -> None:
    counts = np.array([9, 90, 900, 9_000])
    low, high = pg.confidence_sequence(counts, 10 * counts // 9)
    fixed_low, fixed_high = exact_interval(counts, 10 * counts // 9, 0.95)
    assert (high - low > fixed_high - fixed_low).all()
    assert (high - low < 2.5 * (fixed_high - fixed_low)).all()


def test_no_checks_no_knowledge_and_efforts_through_the_monitor() -> None:
    assert [float(end) for end in pg.confidence_sequence(0, 0)] == [0.0, 1.0]
    monitor = pg.ExpertReview(n=1, rho=0.8)
    shares = pg.confidence_sequence([80], [100])
    efforts = pg.confidence_sequence([80], [100], monitor=monitor)
    for share, effort in zip(shares, efforts, strict=True):
        assert effort == monitor.effort_at(share)


@given(answers=st.lists(st.booleans(), max_size=60), cut=st.integers(0, 60))
def test_updates_may_come_in_pieces(answers: list[bool], cut: int) -> None:
    whole = pg.AnytimeMonitor(standard=0.8).update(answers)
    parts = pg.AnytimeMonitor(standard=0.8).update(answers[:cut])
    for answer in answers[cut:]:
        parts.update(answer)
    assert parts == whole
    assert 0.0 < whole.p_value <= 1.0
    assert whole.alarm == (whole.p_value <= 0.05)
    assert (whole.agreed, whole.checked) == (sum(answers), len(answers))


def test_misuse_is_named() -> None:
    with pytest.raises(pg.ModelError, match=r"standard=1\.0.*\n.*alpha=0"):
        pg.AnytimeMonitor(standard=1.0, alpha=0)
    with pytest.raises(pg.ModelError, match="no Beta law"):
        pg.confidence_sequence(1, 2, prior=(0.0, 1.0))
    with pytest.raises(pg.DataError, match="no counts"):
        pg.confidence_sequence(3, 2)
    with pytest.raises(pg.DataError, match="neither right nor wrong"):
        pg.AnytimeMonitor(standard=0.9).update([True, 2])  # type: ignore[list-item]
