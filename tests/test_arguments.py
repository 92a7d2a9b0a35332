"""What no public function can use ends in one message of the house, never in one of Python's."""

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import paygrade as pg

FUNCTIONS = [name for name in pg.__all__ if inspect.isfunction(getattr(pg, name))]
NOTHING: dict[str, Any] = {
    "None": None, "text": "no such thing", "nan": math.nan, "inf": math.inf, "negative": -1,
    "empty": [], "list of nothing": [None], "object": object(),
}  # fmt: skip
MEANT = {  # arrays of no entries, margins below 0; and what a sweep asks is the caller's own
    ("confidence_sequence", "empty"),
    ("question_information", "empty"),
    ("question_information", "negative"),
    *(("sweep", what) for what in NOTHING),
}


@pytest.mark.parametrize("what", NOTHING)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_takes_what_is_none_of_its_arguments(name: str, what: str) -> None:
    function = getattr(pg, name)
    needed = [
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    ]
    if not needed or (name, what) in MEANT:
        return
    with pytest.raises(pg.PaygradeError) as caught:
        function(**dict.fromkeys(needed, NOTHING[what]))
    assert ";" in str(caught.value) or "`" in str(caught.value)


def problem(**changes: Any) -> pg.MoralHazard:
    given: dict[str, Any] = {
        "utility": pg.SquareRootUtility(), "cost": pg.PowerCost(1.0, 2.0),
        "value": pg.LinearValue(2.0), "monitor": pg.ExpertReview(n=10, rho=0.8),
        "wage_floor": 0.0,
    }  # fmt: skip
    return pg.MoralHazard(**(given | changes))


BOX = {"cost.scale": (0.9, 1.1)}
CALLS: list[tuple[Callable[[], object], str]] = [
    (lambda: pg.ExpertReview(n=50, rho="0.8"), "rho='0.8'"),  # type: ignore[arg-type]
    (lambda: pg.PowerCost(scale="1"), "scale='1'"),  # type: ignore[arg-type]
    (lambda: pg.ExpertReview(n=50, rho=1.5), "rho=1.5 lies above 1"),
    (lambda: pg.ExpertReview(n=50, rho=0.0), "share nothing"),
    (lambda: pg.ExpertReview(n=4.5, rho=0.5), "n=4.5 is no count"),  # type: ignore[arg-type]
    (lambda: pg.PowerCost(scale=math.nan), "scale=nan is no number"),
    (lambda: pg.PowerCost(scale=math.inf), "scale=inf is not finite"),
    (lambda: pg.PowerCost(scale=0.0), "free or a gift"),
    (lambda: pg.LinearValue(slope=math.nan), "slope=nan is no number"),
    (lambda: pg.LinearValue(slope=-1.0), "slope=-1.0 makes effort harmful"),
    (lambda: problem(utility=None), "utility=None is no Utility, which MoralHazard needs"),
    (lambda: problem(reservation_utility="1"), "reservation_utility='1' is no number"),
    (lambda: pg.second_best(None), "problem=None is no MoralHazard, which second_best"),  # type: ignore[arg-type]
    (lambda: pg.certify(problem(), pg.FlatWage(1.0), "x"), "effort='x' is no number"),  # type: ignore[arg-type]
    (lambda: pg.sensitivity(problem(), by="a"), "by='a' is no number"),  # type: ignore[arg-type]
    (lambda: pg.first_best(problem(), effort=math.inf), "effort=inf is not in"),
    (lambda: pg.robust_design(problem()), "is no TypeList or TypeBox, which robust_design"),  # type: ignore[arg-type]
    (lambda: pg.robust_design(pg.TypeBox(problem(), BOX), effort="a"), "effort='a' is no number"),  # type: ignore[arg-type]
    (lambda: pg.TypeBox(problem(), None), "ranges=None is no mapping"),  # type: ignore[arg-type]
    (lambda: pg.TypeList(problem(), 3), "types=3 is no list"),  # type: ignore[arg-type]
    (lambda: pg.MultitaskLEN([1], [[1]], None, [[1]], 1), "signal=None"),  # type: ignore[arg-type]
    (lambda: pg.GoldenQuestions(n=3, margin="a"), "margin='a'"),  # type: ignore[arg-type]
    (lambda: pg.SpanningMonitor(low=None, high=[0.5, 0.5]), "low=None is no list of numbers"),  # type: ignore[arg-type]
    (lambda: pg.AnytimeMonitor(standard="a"), "standard='a' is no number"),  # type: ignore[arg-type]
    (lambda: pg.simulate_labels(seed=-1), "seed=-1 is no whole number from 0 on"),
    (lambda: pg.simulate_labels(workers=math.nan), "workers=nan is no whole number"),  # type: ignore[arg-type]
    (lambda: pg.rotate_golden(["a"], ["x"], 1, max_exposure=0), "max_exposure=0"),
    (lambda: pg.operating_curve("0 wrong of 5", "a"), "accuracies='a' is no list of numbers"),
    (lambda: pg.question_information([0.1, 0.2], key_error=[0.1] * 3), "of shape"),
    (lambda: pg.confidence_sequence([1], [math.inf]), "no counts"),
    (lambda: pg.DistributionMonitor([]), r"family=\[\] is no law"),  # type: ignore[arg-type]
    (lambda: pg.fit_attentiveness(object(), 0.8), "is no table"),
]


@pytest.mark.parametrize(("call", "said"), CALLS, ids=[said for _, said in CALLS])
def test_one_wrong_argument_is_named_with_its_value(call: Callable[[], object], said: str) -> None:
    with pytest.raises(pg.PaygradeError, match=said) as caught:
        call()
    assert "; " in str(caught.value)


def test_all_that_is_wrong_with_a_call_is_named_at_once() -> None:
    with pytest.raises(pg.ModelError, match=r"(?s)1\. problem=3.*2\. contract=4.*3\. effort='5'"):
        pg.certify(3, 4, "5")  # type: ignore[arg-type]


def test_numbers_of_other_libraries_are_numbers() -> None:
    from fractions import Fraction

    import numpy as np

    for number in (1, Fraction(1, 1), np.float64(1.0), np.int64(1), np.array(1.0)):
        assert pg.best_margin(number) == pg.best_margin()  # type: ignore[arg-type]
    assert pg.build_monitor(pg.ExpertReview, np.int64(5), 0.8) == pg.ExpertReview(5, 0.8)  # type: ignore[arg-type]


def test_a_plain_file_of_comparisons_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "comparisons.csv"
    path.write_text("worker,won\n" + "a,1\na,0\nb,True\nb,true\n" * 3)
    fit = pg.fit_attentiveness(path, 0.8)
    again = pg.fit_attentiveness({"worker": list("aabb") * 3, "won": [1, 0, 1, 1] * 3}, 0.8)
    assert fit.table().equals(again.table())
    with pytest.raises(pg.DataError, match="there is no file"):
        pg.fit_attentiveness(tmp_path / "missing.csv.gz", 0.8)
