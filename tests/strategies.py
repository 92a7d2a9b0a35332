"""Problems drawn for the property tests: every utility, cost and monitor, small and quick."""

import gzip
import io
import zipfile

import numpy as np
from hypothesis import strategies as st

import paygrade as pg
from paygrade.model.contract import Contract
from paygrade.model.monitor import Monitor

UTILITIES: st.SearchStrategy[pg.Utility] = st.one_of(
    st.builds(pg.SquareRootUtility, shift=st.floats(0.1, 3.0)),
    st.builds(pg.LogUtility, shift=st.floats(0.5, 5.0)),
    st.builds(pg.CRRA, gamma=st.sampled_from([0.5, 0.8, 2.0, 3.0]), shift=st.floats(0.5, 5.0)),
    st.builds(pg.CARA, risk_aversion=st.floats(0.2, 1.5)),
    st.builds(pg.CARA, risk_aversion=st.floats(0.2, 1.5), cost_in_money=st.just(True)),
)
COSTS: st.SearchStrategy[pg.EffortCost] = st.one_of(
    st.builds(pg.PowerCost, scale=st.floats(0.02, 0.2), power=st.floats(1.2, 3.0)),
    st.builds(pg.ExponentialCost, scale=st.floats(0.005, 0.05), rate=st.floats(0.5, 2.5)),
)
N = st.integers(2, 120)
MONITORS: st.SearchStrategy[Monitor] = st.one_of(
    st.builds(pg.ExpertReview, n=N, rho=st.floats(0.3, 1.0)),
    st.builds(pg.SelfConsistency, n=N, kappa=st.floats(0.3, 1.0)),
    st.builds(pg.GoldenQuestions, n=N, margin=st.floats(0.3, 1.0)),
    st.builds(pg.ComparisonMode, n=N, mu=st.floats(0.65, 1.0)),
    st.builds(pg.NormalMonitor, n=N, sigma=st.floats(0.3, 2.0)),
)


@st.composite
def problems(draw: st.DrawFn) -> pg.MoralHazard:
    """A job worth doing, with a wage floor that bounds utility."""
    utility = draw(UTILITIES)
    outside = draw(st.floats(0.0, 1.0))
    reservation = outside if utility.cost_in_money else float(utility(outside))
    return pg.MoralHazard(
        utility=utility,
        cost=draw(COSTS),
        value=pg.LinearValue(draw(st.floats(0.2, 4.0))),
        monitor=draw(MONITORS),
        reservation_utility=reservation,
        wage_floor=0.0,
    )


@st.composite
def rules(draw: st.DrawFn, problem: pg.MoralHazard) -> Contract:
    """Any bonus or linear rule with wages above the floor."""
    base, extra = draw(st.floats(0.0, 2.0)), draw(st.floats(0.0, 3.0))
    monitor = problem.monitor
    if isinstance(monitor, pg.NormalMonitor):
        return pg.BinaryContract(base, extra, draw(st.floats(-0.5, 1.2)))
    if draw(st.booleans()):
        return pg.LinearContract(base, extra)
    n = int(np.asarray(getattr(monitor, "n", 1)))
    return pg.BinaryContract(base, extra, draw(st.integers(1, n)))


def packed(data: bytes) -> bytes:
    """Gzip without the time of day: parallel workers must collect the same tests."""
    return gzip.compress(data, mtime=0)


def zipped(*names: str) -> bytes:
    """A zip archive with empty files of these names, as workbooks and documents are."""
    beside = io.BytesIO()
    with zipfile.ZipFile(beside, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"")
    return beside.getvalue()
