"""The theorems: each holds, and each of its checks is able to fail."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import paygrade as pg
from paygrade.theory import Claim, Derivation, Theorem
from paygrade.theory.balls import full_precision
from paygrade.theory.library import load_theorem, proofs_folder, theorem_files
from paygrade.theory.theorem import SECTIONS

NAMES = tuple(theorem_files())
TEMPLATE = str(proofs_folder() / "template.py")
ALL = (*NAMES, TEMPLATE)
OFF = sp.Rational(51, 50)


@cache
def report(name: str) -> pg.RateReport:
    return pg.verify(name)


@cache
def enclosures(name: str) -> dict[Any, tuple[Any, ...]]:
    """The balls of every claim, so that a fault can be planted without measuring again."""
    with full_precision():
        return {
            c.measured: tuple(c.measured(p) for p in c.points) for c in load_theorem(name).claims
        }


def verdict(name: str, claim: Claim) -> str:
    with full_precision():
        return claim.judge(claim.points, enclosures(name)[claim.measured]).verdict


def scaled(claim: Claim, factor: Any) -> Claim:
    """The claim with a constant that is off: the exponent where logarithms are compared."""
    stated = claim.claimed
    if claim.relation == "→ log":
        return replace(claim, claimed=sp.exp(factor * sp.log(stated)))
    if isinstance(stated, sp.Basic):
        return replace(claim, claimed=factor * stated)
    return replace(claim, claimed=lambda x: stated(x) * int(factor.p) / int(factor.q))


def test_there_is_a_file_for_each_theorem() -> None:
    assert [f"T{k}" for k in range(1, 17)] == list(NAMES)


@pytest.mark.parametrize("name", ALL)
def test_theorem_holds(name: str) -> None:
    found = report(name)
    assert found.verdict == "holds", found.failures
    assert tuple(found.theorem.sections) == SECTIONS
    if name in NAMES:
        assert found.theorem.name == name


@pytest.mark.parametrize("name", ALL)
def test_constant_off_by_two_percent_is_found(name: str) -> None:
    for claim in load_theorem(name).claims:
        if claim.relation == "> 0":
            continue
        assert verdict(name, claim) == "holds"
        for factor in (OFF, 1 / OFF):
            assert verdict(name, scaled(claim, factor)) == "fails", (claim.text, factor)


@pytest.mark.parametrize("name", ALL)
def test_sign_claims_fail_when_turned_round(name: str) -> None:
    for claim in load_theorem(name).claims:
        if claim.relation == "> 0":
            with full_precision():
                turned = [-ball for ball in enclosures(name)[claim.measured]]
                assert claim.judge(claim.points, turned).verdict == "fails", claim.text


@pytest.mark.parametrize("name", ALL)
def test_wrong_rate_is_found(name: str) -> None:
    """The right constant at the first point, with a rate that drifts by a twentieth power of n."""
    for claim in load_theorem(name).claims:
        if str(claim.symbol) != "n" or claim.relation in ("> 0", "→ log"):
            continue
        first, stated = claim.points[0], claim.claimed

        def drifting(k: int, stated: Any = stated, first: int = first, claim: Claim = claim) -> Any:
            from flint import arb

            return claim._ball(stated, k) * (arb(k) / first) ** (arb(1) / 20)

        assert verdict(name, replace(claim, claimed=drifting)) == "fails", claim.text


@pytest.mark.parametrize("name", ALL)
def test_claimed_order_would_be_rejected_as_a_rival(name: str) -> None:
    """Every rival that is not the claim's own order is rejected; its own order is not."""
    for found in report(name).findings:
        if not found.claim.rivals:
            continue
        assert len(found.rivals) == 3
        assert all(rival.rejected for rival in found.rivals)
        with_own = replace(found.claim, order="")
        with full_precision():
            scores = with_own.judge(found.points, enclosures(name)[found.claim.measured]).rivals
        own = {rival.rate: rival for rival in scores}[found.claim.order]
        assert own.drift < min(rival.drift for rival in found.rivals)


class Faulty(Derivation):
    """Plants a fault in every step."""

    def identity(self, name: str, left: Any, right: Any) -> None:
        super().identity(name, OFF * left, right)

    def positive(self, name: str, expr: Any) -> None:
        super().positive(name, -expr)

    def nonnegative(self, name: str, expr: Any) -> None:
        super().positive(name, -expr)

    def hand(self, name: str, shown: str, checks: Any) -> None:
        super().hand(name, shown, [-value for value in checks])


@pytest.mark.parametrize("name", ALL)
def test_faulty_steps_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theorem = load_theorem(name)
    monkeypatch.setattr(sys.modules[theorem.derive.__module__], "Derivation", Faulty)
    steps = theorem.derivation().steps
    assert steps
    assert [step.name for step in steps if step.holds] == []


def test_reverse_divergence_is_not_the_exponent() -> None:
    claim = load_theorem("T11").claims[0]
    module: Any = sys.modules[load_theorem("T11").derive.__module__]
    assert verdict("T11", claim) == "holds"
    reverse = module.divergence(module.HIGH, module.LOW)
    assert float(reverse) == pytest.approx(0.063515, abs=5e-7)
    assert float(claim.limit) == pytest.approx(0.072974, abs=5e-7)
    assert verdict("T11", replace(claim, claimed=sp.exp(-module.n * reverse))) == "fails"


def test_false_relaxed_rate_is_rejected_for_the_true_contract() -> None:
    """T7's 1/n, taken for the rate of T8's contracts, fails there."""
    claim = load_theorem("T8").claims[0]
    relaxed = load_theorem("T7").claims[0].claimed
    assert verdict("T8", replace(claim, claimed=relaxed, order="1/n")) == "fails"


def test_library_numbers_that_disagree_are_found() -> None:
    theorem = load_theorem("T2")
    wrong = replace(theorem, computed=lambda n: 1.02 * theorem.computed(n))
    found = pg.verify(wrong)
    assert found.verdict == "fails"
    assert "library" in found.failures[-1]


def test_points_too_small_to_tell_are_unresolved() -> None:
    found = pg.verify("T8", n=[100, 1000])
    assert found.verdict == "unresolved"
    assert found.findings[0].points == (100, 1000)
    assert pg.verify("T8", n=[10]).verdict == "unresolved"
    assert pg.verify("T2", n=[7, 12345]).verdict == "holds"


@pytest.mark.parametrize("n", [[], [0], [-5], [2.5]])
def test_points_that_are_no_sizes_are_refused(n: list[Any]) -> None:
    with pytest.raises(pg.ModelError, match=r"no sample sizes|no list of whole numbers"):
        pg.verify("T2", n=n)


def test_unknown_theorem_is_named() -> None:
    with pytest.raises(pg.ModelError, match="'T99' is no theorem; choose among T1, T2"):
        pg.verify("T99")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "defines no THEOREM"),
        ("x = \n", "can't be run"),
        ("import nowhere\n", "can't be run"),
    ],
)
def test_theorem_file_of_the_users_own(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(pg.ModelError, match=message):
        pg.verify(str(path))


def test_missing_part_of_the_docstring_is_named(tmp_path: Path) -> None:
    text = Path(TEMPLATE).read_text().replace("Idea. ", "Thought. ")
    path = tmp_path / "partless.py"
    path.write_text(text)
    with pytest.raises(pg.ModelError, match="Setting, Statement, Idea, By hand, Reference"):
        _ = load_theorem(str(path)).sections


def test_steps_that_prove_nothing_do_not_count() -> None:
    x = sp.Symbol("x", real=True)
    empty = Derivation()
    assert not empty.holds
    for add in (
        lambda d: d.identity("wrong", x, x + 1),
        lambda d: d.positive("undecided", x),
        lambda d: d.positive("zero", x - x),
        lambda d: d.hand("no check", "", []),
        lambda d: d.hand("a failing check", "", [1.0, -1.0]),
    ):
        _assert_fails(add)


def _assert_fails(add: Callable[[Derivation], None]) -> None:
    derivation = Derivation()
    add(derivation)
    assert not derivation.holds


def test_theorems_are_frozen_data() -> None:
    theorem = load_theorem("T8")
    assert isinstance(theorem, Theorem)
    assert theorem.claimed(10**6) == pytest.approx(2.96225e-4, rel=1e-3)
    assert theorem.enclosure(10**6).contains(theorem.computed(10**6))
