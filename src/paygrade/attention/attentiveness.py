"""How attentive each user is, from comparisons of a stronger with a weaker model."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.arguments import checked_arguments
from paygrade.assessment.intervals import check_level
from paygrade.attention.comparisons import Table
from paygrade.attention.convergence import Convergence, measure_convergence
from paygrade.attention.each import interval_each
from paygrade.attention.fit import Fit, Settings, choose_settings, read_table, solve
from paygrade.attention.partitioned import read_counted, stays_away
from paygrade.attention.population import GridPrior, TwoTypes, posterior_interval
from paygrade.attention.scattered import Scattered, fit_partitions
from paygrade.attention.store import Store
from paygrade.attention.strengths import Strengths
from paygrade.errors import DataError, ModelError, raise_problems
from paygrade.labels.opening import in_memory
from paygrade.labels.partitions import Elsewhere, Progress, is_partitioned

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Selection:
    """The users that a filter keeps, with all their labels.

    Attributes:
        users: their names.
        comparisons: how many labels they gave.
        purity: expected share of these labels that were given attentively.
        effective_sample_size: how many labels, all attentive, would say as much.
    """

    users: NDArray[Any] = field(repr=False)
    comparisons: int
    purity: float
    effective_sample_size: float


@dataclass(frozen=True, eq=False)
class Attentiveness:
    """Users' attentiveness, at a converged maximum; `fit_attentiveness` makes it.

    Attributes:
        users: names, in the order in which they appeared.
        comparisons: how many each made, (users,).
        attentiveness: estimate of each, in [0, 1], (users,): under "free" the maximum of the
            likelihood (or of the posterior density if there is a prior), under "two types" the
            probability of being attentive, under "grid" the posterior mean. Missing (nan) where all
            of a user's comparisons have μ = ½ and nothing else is known.
        log_likelihood: relative to a coin, at the start and after each iteration; it never falls.
        population: what was estimated beside the users: TwoTypes, GridPrior, Strengths, or None.
        settings: how it was fitted.
        store: the comparisons, or where they are.
    """

    users: NDArray[Any] = field(repr=False)
    comparisons: NDArray[np.int64] = field(repr=False)
    attentiveness: Array = field(repr=False)
    log_likelihood: Array = field(repr=False)
    population: TwoTypes | GridPrior | Strengths | None = field(repr=False)
    settings: Settings
    store: Store | Scattered = field(repr=False)
    fit: Fit = field(repr=False)

    @property
    def iterations(self) -> int:
        """How many the slowest user, or the group's law, took."""
        return len(self.log_likelihood) - 1

    @property
    def converged(self) -> bool:
        """True: a fit that doesn't converge raises NotConverged and returns nothing."""
        return True

    def convergence(self) -> Convergence:
        """Return how flat the log-likelihood is here, measured anew, and what may be missing."""
        return measure_convergence(self.settings, self.store, self.fit)

    def table(self, level: float = 0.95) -> "pd.DataFrame":
        """Return one row a user (the index): comparisons, attentiveness, low, high.

        The interval is, under "free", that of the user's own comparisons: exact (Clopper-Pearson)
        where all of them have one μ, by likelihood ratio where they don't; at 0 and 1 it just ends.
        A prior doesn't narrow it, and estimated strengths are taken as known. Under "grid" it is
        the central posterior interval. Under "two types" it is the set of types, 0 or 1, that holds
        at least `level` of the posterior.

        Arguments:
            level: confidence of the intervals, in (0, 1).

        Raises:
            ModelError: the level is no confidence.
        """
        import pandas as pd

        raise_problems(check_level(level))
        low, high = self._interval(level)
        columns = {
            "comparisons": self.comparisons,
            "attentiveness": self.attentiveness,
            "low": low,
            "high": high,
        }
        return pd.DataFrame(columns, index=pd.Index(self.users, name="user"))

    def weights(self) -> "pd.Series[float]":
        """Return each user's attentiveness, to weigh all their labels by; 0 where nothing is known.

        Where a label's signal is proportional to attentiveness, these weights have the highest
        `effective_sample_size` of all.
        """
        import pandas as pd

        known = np.nan_to_num(self.attentiveness)
        return pd.Series(known, index=pd.Index(self.users, name="user"), name="weight")

    def filter(self, threshold: float) -> Selection:
        """Return the users whose attentiveness is at least the threshold, with all their labels.

        Users are kept or dropped whole, never single labels. What the model says of one label,
        γ = P(given attentively | label), is higher exactly where the stronger model won: with one
        μ, a filter on γ keeps every "the stronger model won" and drops every "it lost", and the
        preferences that the labels were collected for are gone (theory section 4).

        Raises:
            DataError: nobody reaches the threshold.
        """
        kept = self.attentiveness >= threshold
        if not kept.any():
            best = float(np.nanmax(self.attentiveness, initial=0.0))
            raise DataError(
                f"threshold={threshold!r} keeps none of {len(self.users)} users: the most attentive"
                f" is at {best:.3f}; lower it"
            )
        weights = kept.astype(float)
        return Selection(
            self.users[kept],
            int(self.comparisons[kept].sum()),
            self.purity(weights),
            self.effective_sample_size(weights),
        )

    def purity(self, weights: ArrayLike | None = None) -> float:
        """Return the expected share of attentive labels, Σ w·m·e / Σ w·m over users.

        Arguments:
            weights: one a user, (users,); None: all the same. Under "free" the estimates of the
                users that a filter keeps are too good on average, as it keeps the lucky ones too;
                under "two types" and "grid" the posterior means have this taken out.
        """
        weight, attentive = self._weighed(weights)
        return float((weight * attentive).sum() / weight.sum())

    def effective_sample_size(self, weights: ArrayLike | None = None) -> float:
        """Return how many labels, all attentive, would say as much: (Σ w·m·e)² / Σ w²·m.

        A label's mean is proportional to e and its variance is nearly the same at every e, so this
        is the square of signal over noise. It is highest at weights proportional to e, Σ m·e².
        """
        weight, attentive = self._weighed(weights)
        square = np.divide(
            weight**2, self.comparisons, out=np.zeros_like(weight), where=self.comparisons > 0
        )
        return float((weight * attentive).sum() ** 2 / square.sum())

    def partial_fit(
        self,
        table: "Table | Elsewhere",
        mu: float | str | ArrayLike | None = None,
        *,
        progress: Progress = lambda _: None,
    ) -> "Attentiveness":
        """Return the fit to all comparisons so far and those of another table.

        The same as a fit to all of them at once. Under "free" with known μ only the users in the
        new table are solved again, so the time is in proportion to the new comparisons, to these
        users' cells (at most two for each different μ) and, for the lists of users, to their
        number. Under the other laws the comparisons are filed in that time, and the group's law is
        then fitted to the users' cells.

        Arguments:
            table: as in `fit_attentiveness`, with the same columns.
            mu: of the new comparisons; None: as before, if that was a number or a column's name.
            progress: told how far reading is, where the table lies in partitions.

        Raises:
            DataError: the table can't be used.
            ModelError: mu is given but was estimated before, or comparisons stay in partitions.
            NotConverged: the iterations ran out.
        """
        settings = self.settings
        if mu is not None:
            if settings.mu is None:
                raise ModelError(
                    f"mu={mu!r}, but μ is estimated from the comparisons so far; leave mu out, or"
                    " fit all comparisons with mu given"
                )
            settings = replace(settings, mu=mu)
        if isinstance(self.store, Scattered):
            raise stays_away()
        table = in_memory(table)
        if is_partitioned(table):
            comparisons, settings = read_counted(table, settings, progress)
        else:
            comparisons, settings = read_table(table, settings)
        store, touched = self.store.add(comparisons)
        return _result(settings, store, solve(settings, store, self.fit, touched))

    def _weighed(self, weights: ArrayLike | None) -> tuple[Array, Array]:
        attentive = np.nan_to_num(self.attentiveness)
        weight = np.ones(len(attentive)) if weights is None else np.asarray(weights, float)
        if weight.shape != attentive.shape or (weight < 0).any() or not weight.any():
            raise DataError(
                f"weights of shape {weight.shape} don't say how much each of {len(attentive)} users"
                " counts; give one number a user, none below 0 and not all 0"
            )
        return weight * self.comparisons, attentive

    def _interval(self, level: float) -> tuple[Array, Array]:
        if isinstance(self.population, GridPrior):
            return posterior_interval(self.population, level)
        if isinstance(self.population, TwoTypes):
            posterior = self.population.posterior
            return (posterior >= level).astype(float), (posterior > 1.0 - level).astype(float)
        if isinstance(self.population, Strengths):
            return interval_each(self.population.cells, level)
        return self.store.interval(level)

    def __str__(self) -> str:
        return (
            f"{len(self.users)} users, {int(self.comparisons.sum())} comparisons: mean"
            f" attentiveness {np.nanmean(self.attentiveness):.3f}, {100 * self.purity():.1f} % of"
            f" labels attentive; converged in {self.iterations} iterations"
        )


@checked_arguments
def fit_attentiveness(
    table: "Table | Elsewhere",
    mu: float | str | ArrayLike | None = None,
    *,
    law: str = "free",
    method: str = "newton",
    prior: tuple[float, float] | None = None,
    grid: ArrayLike | None = None,
    user: str = "worker",
    won: str = "won",
    left: str = "left",
    right: str = "right",
    winner: str = "winner",
    tolerance: float = 1e-10,
    max_iterations: int = 100_000,
    progress: Progress = lambda _: None,
) -> Attentiveness:
    """Return how attentive each user is, from which of two models' answers they preferred.

    A user who is attentive with probability e prefers the stronger model's answer with probability
    ½ + e(μ - ½), where μ is what an attentive user would do. Only the product of e and μ - ½ shows
    in one user's labels, so μ has to come from somewhere: given, or estimated from all users
    together. A comparison with μ = ½ (the same model twice) says nothing about attention, as
    attentive and inattentive users alike choose each answer half of the time; it is counted but
    carries no weight.

    Arguments:
        table: a data frame or a mapping of column names to arrays, one row a comparison; or
            annotations (or a tally of them) whose golden answer is the side of the stronger model,
            or without mu those of pairs, whose sides are then the models; or the path of a CSV,
            TSV or JSON file, which is read whole.
            Or a Dask data frame, or the path of a folder of Parquet: its comparisons are counted
            where they are or, under "free" with a μ that hardly repeats, solved there; no
            comparisons come here then, and `partial_fit` takes no more.
        mu: attentive users' probability of preferring the stronger model: a number, a column's
            name, or an array, (comparisons,). None: estimated. Under "free" that takes columns
            left, right and winner, and models' strengths are estimated with the users'
            attentiveness (Bradley and Terry); under "two types" one μ for all comparisons is.
        law: "free": each user's e is a number of its own. "two types": a share of users is always
            attentive and the others never are. "grid": e has some distribution over users, which
            is estimated too (NPMLE).
        method: "newton", or "em" as a reference: the same maximum, hundreds of times more steps
            (each shrinks the error by 1 - e(1 - e)·I(e) only, theorem T15). For "free".
        prior: a and b, each at least 1, of a Beta density of e under "free"; estimates are then
            modes of the posterior. None: none.
        grid: values of e under "grid", ascending in [0, 1]. None: 0, 0.02, ..., 1.
        user: column that names the user.
        won: column that says whether the stronger model's answer was preferred. No ties.
        left: column that names one model.
        right: column that names the other model.
        winner: column that says who was preferred: the model's name, or "left" or "right". Ties
            (tie, draw, equal, both, none, or empty) are left out, as for monitors.
        tolerance: largest error of an estimate by the solver.
        max_iterations: the most that are tried.
        progress: told how far reading is, where the table lies in partitions.

    Raises:
        ClusterError: a table in partitions can't be read.
        DataError: the table can't be used, or can't tell what is asked.
        ModelError: an option makes no sense.
        NotConverged: the iterations ran out.

    Source: arXiv 2510.13830 for the model, EM and the filter; theory section 4.

    >>> labels = {"worker": list("aaaabbbb"), "won": [1, 1, 1, 0, 1, 0, 0, 1]}
    >>> fit_attentiveness(labels, mu=0.8).table().round(3)
          comparisons  attentiveness  low  high
    user
    a               4          0.833  0.0   1.0
    b               4          0.000  0.0   1.0
    """
    columns = {"user": user, "won": won, "left": left, "right": right, "winner": winner}
    settings = choose_settings(mu, law, method, prior, grid, columns, tolerance, max_iterations)
    table = in_memory(table)
    if is_partitioned(table):
        return _result(*fit_partitions(table, settings, progress))
    comparisons, settings = read_table(table, settings)
    store, touched = Store(np.empty(0, object)).add(comparisons)
    return _result(settings, store, solve(settings, store, None, touched))


def _result(settings: Settings, store: Store | Scattered, fit: Fit) -> Attentiveness:
    return Attentiveness(
        store.users,
        fit.comparisons,
        fit.attentiveness,
        fit.history,
        fit.population,
        settings,
        store,
        fit,
    )
