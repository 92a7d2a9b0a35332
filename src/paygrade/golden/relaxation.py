"""The choice of golden questions as a convex program, and a bound that needs no solver.

With x_i in {0, 1} saying who is chosen, of N pairs n, information adds up, and so does format:

    max  sum I_i·x_i   s.t.  sum x_i = n,   |sum phi_i·x_i|/n <= radius,   |sum r_i·x_i|/n <= limit,

phi the centred feature map (the set's distance from the pool), r the rows: features' ranks less
1/2, whose mean over a set is the feature's AUC as a score less 1/2, and the sides of the keys.
Letting x_i be anywhere in [0, 1] makes it a second-order cone program.

Whatever the multipliers nu of the distance and eta of the rows, no admissible set, whole or
fractional, has more information than

    (sum of the n largest of I_i - (phi_i·nu + r_i·eta)/n) + radius·|nu| + limit·|eta|

(weak duality). The solver only supplies multipliers; the bound is computed from them over all
pairs. The program has few rows and many columns, so it is sifted: solved over some of the pairs,
to which those are added that its multipliers price highest, until bound and value meet.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paygrade.errors import InfeasibleSelection, NotConverged

Array = NDArray[np.float64]
Places = NDArray[np.intp]

START, MORE = 1500, 1500  # pairs to begin with, and added each time
ROUNDS = 12
CLOSED = 1e-4  # relative gap between value and bound that ends the sifting
SLACK = 1e-9  # of constraints, for rounding errors


@dataclass(frozen=True, eq=False)
class Program:
    """One choice to be made.

    Attributes:
        information: of each candidate, (M,).
        features: phi, centred over the whole pool, (M, d).
        radius: largest distance; infinite: none.
        rows: further means that are bounded, (M, k).
        limits: of their absolute values, (k,).
        size: how many to choose.
    """

    information: Array
    features: Array
    radius: float
    rows: Array
    limits: Array
    size: int

    def excess(self, chosen: Places) -> float:
        """Return by how much a set breaks the constraints, in all; 0: not at all."""
        away = float(np.linalg.norm(self.features[chosen].sum(axis=0))) / self.size
        rows = np.abs(self.rows[chosen].sum(axis=0)) / self.size
        over = max(away - self.radius, 0.0) + float(np.maximum(rows - self.limits, 0.0).sum())
        return over if over > SLACK else 0.0

    def bound(self, prices: "Prices") -> float:
        """Return an upper bound on the information of every admissible set (weak duality)."""
        if np.isinf(self.radius) and prices.distance.any():
            prices = Prices(np.zeros_like(prices.distance), prices.rows)
        reduced = self.reduced(prices)
        largest = np.partition(reduced, len(reduced) - self.size)[-self.size :]
        away = self.radius * float(np.linalg.norm(prices.distance)) if prices.distance.any() else 0
        return float(largest.sum()) + away + float(self.limits @ np.abs(prices.rows))

    def reduced(self, prices: "Prices") -> Array:
        """Return each candidate's information less what its format costs at these prices, (M,)."""
        cost = self.features @ prices.distance + self.rows @ prices.rows
        return np.asarray(self.information - cost / self.size)


@dataclass(frozen=True, eq=False)
class Prices:
    """Multipliers of the distance, (d,), and of the rows, (k,), in information."""

    distance: Array
    rows: Array


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A solution of the relaxation: shares in [0, 1], (M,), prices, and the bound they prove."""

    shares: Array
    prices: Prices
    bound: float


def relax(program: Program, seed: int = 0) -> Relaxed:
    """Return the relaxation's solution, its prices checked over all candidates.

    Raises:
        InfeasibleSelection: not even fractions of pairs meet the constraints.
        NotConverged: the solver gave up.
    """
    draw = np.random.default_rng(seed)
    everyone = np.arange(len(program.information))
    dearest = np.argsort(-program.information, kind="stable")
    step = max(MORE, 2 * program.size)
    working = np.union1d(dearest[:step], draw.permutation(everyone)[:step])
    best = Prices(np.zeros(program.features.shape[1]), np.zeros(program.rows.shape[1]))
    bound, value, shares = program.bound(best), -np.inf, np.zeros(len(working))
    for _ in range(ROUNDS):
        solved = _solve(program, working)
        if solved is None:  # these pairs can't meet the constraints; others may
            order = draw.permutation(everyone)
        else:
            shares, prices = solved
            value = float(program.information[working] @ shares)
            if (found := program.bound(prices)) < bound:
                best, bound = prices, found
            if bound - value <= CLOSED * bound:
                break
            order = np.argsort(-program.reduced(prices), kind="stable")
        missing = order[~np.isin(order, working)]
        if not len(missing):
            break
        working, last = np.concatenate([working, missing[:step]]), working
        shares = np.concatenate([shares, np.zeros(len(working) - len(last))])
    if np.isinf(value):
        raise InfeasibleSelection(_nothing_fits(program))
    whole = np.zeros(len(everyone))
    whole[working] = shares
    return Relaxed(whole, best, bound)


def _solve(program: Program, working: Places) -> tuple[Array, Prices] | None:
    """Return shares and prices over some of the pairs; None where nothing is admissible."""
    import cvxpy as cp

    unit = float(program.information[working].max()) or 1.0
    shares = cp.Variable(len(working))
    size = program.size
    mean = program.rows[working].T @ shares / size
    rows = [mean <= program.limits, -mean <= program.limits]
    constraints = [cp.sum(shares) == size, shares >= 0, shares <= 1, *rows]
    cone = None
    if np.isfinite(program.radius):
        away = program.features[working].T @ shares / size
        cone = cp.SOC(cp.Constant(program.radius), away)
        constraints.append(cone)
    problem = cp.Problem(cp.Maximize((program.information[working] / unit) @ shares), constraints)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an inaccurate solution is judged by the bound it proves
        try:
            problem.solve(solver=cp.CLARABEL)
        except cp.SolverError as error:
            raise NotConverged(f"the interior-point solver gave up: {error}") from error
    if problem.status in (cp.INFEASIBLE, cp.INFEASIBLE_INACCURATE):
        return None
    if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
        raise NotConverged(f"the interior-point solver stopped with status {problem.status}")
    up, down = (np.asarray(row.dual_value, float) for row in rows)
    ball = np.zeros(program.features.shape[1])
    if cone is not None:
        ball = -unit * np.ravel(np.asarray(cone.dual_value[1], float))
    return np.clip(np.asarray(shares.value, float), 0.0, 1.0), Prices(ball, unit * (up - down))


def _nothing_fits(program: Program) -> str:
    short = np.abs(program.rows).max(initial=0.0)
    return (
        f"no {program.size} of {len(program.information)} candidates come within distance"
        f" {program.radius:.3g} of the pool with its {len(program.limits)} balances (values up to"
        f" {short:.2g}); add candidates, choose fewer, or loosen max_auc or balance"
    )
