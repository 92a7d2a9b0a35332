"""From a table of comparisons to a fit: options checked, columns read, the right solver called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paygrade.attention.comparisons import (
    Cells,
    Comparisons,
    Table,
    read_comparisons,
    refuse_coins,
)
from paygrade.attention.each import FLAT, Prior, solve_each
from paygrade.attention.population import (
    GridPrior,
    TwoTypes,
    fit_grid,
    fit_two_types,
)
from paygrade.attention.store import Store
from paygrade.attention.strengths import MOST_MODELS, Strengths, fit_strengths
from paygrade.errors import DataError, NotConverged, raise_problems
from paygrade.labels.annotations import Annotations
from paygrade.labels.answers import TIE
from paygrade.labels.codes import code_column, has_column
from paygrade.model.checks import count, positive

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LAWS = ("free", "two types", "grid")
METHODS = ("newton", "em")
SLOW = 1000  # iterations that the solvers over a whole group never need


@dataclass(frozen=True, eq=False)
class Settings:
    """How attentiveness is fitted; `fit_attentiveness` says what each means."""

    law: str
    mu: Any = field(repr=False)
    method: str
    prior: Prior
    grid: Array = field(repr=False)
    columns: Mapping[str, str] = field(repr=False)
    tolerance: float = field(repr=False)
    max_iterations: int = field(repr=False)
    models: NDArray[Any] | None = field(default=None, repr=False)

    @property
    def by_strengths(self) -> bool:
        """Whether models' strengths are estimated."""
        return self.law == "free" and self.mu is None


@dataclass(frozen=True, eq=False)
class Fit:
    """What solvers found.

    Attributes:
        attentiveness: of each user, (users,).
        comparisons: of each user, (users,).
        log_likelihood: of each user, (users,); empty where it isn't the users' own.
        history: of the log-likelihood.
        population: what was estimated beside the users.
    """

    attentiveness: Array
    comparisons: NDArray[np.int64]
    log_likelihood: Array
    history: Array
    population: TwoTypes | GridPrior | Strengths | None = None


def choose_settings(
    mu: Any,
    law: str,
    method: str,
    prior: Sequence[float] | None,
    grid: ArrayLike | None,
    columns: Mapping[str, str],
    tolerance: float,
    max_iterations: int,
) -> Settings:
    """Return the options as settings, or raise a ModelError that lists what is wrong with them."""
    problems = positive("tolerance", tolerance, "is never reached")
    problems += count("max_iterations", max_iterations, "tries nothing")
    if law not in LAWS:
        problems.append(f"law={law!r} is none of {', '.join(map(repr, LAWS))}; pass one")
    if method not in METHODS:
        problems.append(f"method={method!r} is none of 'newton', 'em'; pass one")
    elif method == "em" and (law != "free" or mu is None):
        problems.append("method='em' is the reference for law='free' with mu given; drop it")
    if law == "grid" and mu is None:
        problems.append(
            "law='grid' without mu: any prior fits as well as one with e and μ - ½ rescaled; give"
            " mu"
        )
    fits = prior is None or (len(prior) == 2 and all(1.0 <= each < np.inf for each in prior))
    if not fits or (prior is not None and law != "free"):
        problems.append(
            f"prior={prior!r}: the log of a Beta density is concave for a and b of at least 1, and"
            " only law='free' takes one; pass such numbers or drop it"
        )
    points = np.linspace(0.0, 1.0, 51) if grid is None else np.asarray(grid, dtype=float)
    inside = points.ndim == 1 and len(points) > 1 and points[0] >= 0.0 and points[-1] <= 1.0
    if not inside or not (np.diff(points) > 0.0).all():
        problems.append("grid must be ascending values of attentiveness in [0, 1]; pass such ones")
    raise_problems(problems)
    chosen: Prior = FLAT if prior is None else (float(prior[0]), float(prior[1]))
    return Settings(law, mu, method, chosen, points, columns, tolerance, max_iterations)


def read_table(table: Table, settings: Settings) -> tuple[Comparisons, Settings]:
    """Return the comparisons, and the settings with the models that are known by now.

    Raises:
        DataError: the table can't be used, or μ is ½ throughout.
    """
    found, settings = read_rows(table, settings)
    if not settings.by_strengths:
        refuse_coins(found.margin)
    return found, settings


def read_rows(table: Table, settings: Settings) -> tuple[Comparisons, Settings]:
    """Do what `read_table` does with some of a table's rows; their μ may all be ½."""
    columns = settings.columns
    if not settings.by_strengths:
        mu = 1.0 if settings.mu is None else settings.mu
        found = read_comparisons(table, mu, user=columns["user"], won=columns["won"])
        if np.ndim(mu):  # numbers of this table's comparisons say nothing about the next one's
            settings = replace(settings, mu=np.empty(0))
        return found, settings
    often = None
    if isinstance(table, Annotations):
        pairs = table.table  # the columns have names of their own there
        often = pairs["count"].to_numpy(np.int64) if "count" in pairs else None
        roles = {"user": "worker", "left": "left", "right": "right", "winner": "label"}
        table = {columns[role]: pairs[name] for role, name in roles.items() if name in pairs}
    missing = [columns[name] for name in ("left", "right", "winner")]
    missing = [name for name in missing if not has_column(table, name)]
    if missing:
        raise DataError(
            f"mu isn't given and there is no column {missing[0]!r}, so nothing says how strong the"
            " models are; give mu, or columns that name both models and the winner"
        )
    if not has_column(table, columns["user"]):
        raise DataError(
            f"there is no column {columns['user']!r}, so nobody's attention can be told from"
            " another's; name the column of users as `user`"
        )
    found, settings = _read_models(table, settings)
    return replace(found, count=often), settings


def solve(settings: Settings, store: Store, before: Fit | None, touched: NDArray[np.int64]) -> Fit:
    """Return the fit of all comparisons in the store.

    Arguments:
        settings: how to fit.
        store: the comparisons.
        before: the fit without the last table; None if there was none.
        touched: the users in the last table, as places in the store's.
    """
    if settings.law == "free" and not settings.by_strengths:
        return _solve_free(settings, store, before, touched)
    cells = store.cells()
    made = cells.comparisons()
    steps = min(settings.max_iterations, SLOW)
    if settings.law == "two types":
        known = settings.mu is not None
        two = fit_two_types(cells, known, max(settings.tolerance, 1e-12), settings.max_iterations)
        return Fit(two.posterior, made, np.empty(0), two.history, two)
    if settings.law == "grid":
        prior = fit_grid(cells, settings.grid, steps)
        return Fit(prior.posterior @ prior.grid, made, np.empty(0), prior.history, prior)
    models = np.empty(0, object) if settings.models is None else settings.models
    found = fit_strengths(cells, models, settings.prior, settings.tolerance, steps)
    estimate = _known(found.cells, found.solved.attentiveness, settings.prior)
    return Fit(estimate, made, np.empty(0), found.history, found)


def _solve_free(
    settings: Settings, store: Store, before: Fit | None, touched: NDArray[np.int64]
) -> Fit:
    """Solve the users in the last table; the others' maxima stay what they are."""
    cells = store.cells(None if before is None else touched)
    solved = solve_each(
        cells, settings.prior, settings.method, settings.tolerance, settings.max_iterations
    )
    if solved.unfinished:
        raise NotConverged(
            f"{solved.unfinished} of {cells.users} users had not converged to"
            f" tolerance={settings.tolerance!r} after max_iterations={settings.max_iterations};"
            " allow more of either, or use method='newton'"
        )
    estimate = _known(cells, solved.attentiveness, settings.prior)
    made = cells.comparisons()
    if before is None:
        return Fit(estimate, made, solved.log_likelihood, solved.history)
    grown = len(store.users) - len(before.attentiveness)
    fresh: tuple[Array, Array, Array] = (estimate, made.astype(float), solved.log_likelihood)
    kept = (before.attentiveness, before.comparisons.astype(float), before.log_likelihood)
    merged = [np.concatenate([old, np.zeros(grown)]) for old in kept]
    for old, new in zip(merged, fresh, strict=True):
        old[touched] = new
    others = float(merged[2].sum() - solved.log_likelihood.sum())
    return Fit(merged[0], merged[1].astype(np.int64), merged[2], solved.history + others)


def _known(cells: Cells, attentiveness: Array, prior: Prior) -> Array:
    """Return the estimates, missing where neither comparisons nor a prior say anything."""
    informed = cells.per_user(np.abs(cells.margin)) > 0.0
    return np.where(informed | (max(prior) > 1.0), attentiveness, np.nan)


def without_ties(frame: "pd.DataFrame", winner: str) -> "pd.DataFrame":
    """Return the comparisons in which somebody won."""
    said = frame[winner].astype(object)
    text = said.astype(str).str.strip()
    return frame[~(said.isna() | (text == "") | text.str.fullmatch(TIE))]


def _read_models(table: Any, settings: Settings) -> tuple[Comparisons, Settings]:
    import pandas as pd

    names = settings.columns
    frame = without_ties(
        pd.DataFrame({name: table[names[name]] for name in ("user", "left", "right", "winner")}),
        "winner",
    )
    said = frame["winner"].astype(object)
    left_won = (said == frame["left"]) | (said == "left")
    right_won = (said == frame["right"]) | (said == "right")
    strange = said[left_won == right_won]
    if len(strange):
        raise DataError(
            f"winner {strange.iloc[0]!r} (in {len(strange)} rows) is not one of the two models"
            " compared, or they are the same model; name one of the two, or write left or right"
        )
    person, users = code_column(frame, "user")
    numbers, models = pd.factorize(pd.concat([frame["left"], frame["right"]]))
    known = np.empty(0, object) if settings.models is None else settings.models
    place = pd.Index(known).get_indexer(pd.Index(models)).astype(np.int64)
    strangers = place < 0
    place[strangers] = len(known) + np.arange(strangers.sum())
    models = np.concatenate([known, np.asarray(models, object)[strangers]])
    if len(models) >= MOST_MODELS:
        raise DataError(
            f"there are {len(models)} models, over {MOST_MODELS}; are these the right columns?"
        )
    left, right = place[numbers].reshape(2, -1)
    winner, loser = np.where(left_won, (left, right), (right, left))
    coded = (winner * MOST_MODELS + loser).astype(float)
    return Comparisons(users, person, coded), replace(settings, models=models)
