"""SymPy expressions of an outcome and an effort, compiled to numpy.

Logarithms are taken before numbers go in: the log of a density is a sum of terms of moderate size
where the density itself underflows, so tails keep their relative accuracy.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
OfOutcome = Callable[[Array, float], Array]  # outcomes (m,), effort -> values (m,)


class CompiledDensity:
    """p(x|e), its logarithm and its score.

    >>> import sympy
    >>> x, e = sympy.symbols("x e", positive=True)
    >>> density = CompiledDensity(sympy.exp(-x / e) / e, x, e)
    >>> density.log_density(np.array([2000.0]), 1.0).item()
    -2000.0
    """

    def __init__(self, pdf: Any, outcome: Any, effort: Any) -> None:
        import sympy

        symbols = (outcome, effort)
        logs = expanded_log(pdf)
        self.density = compiled(pdf, symbols)
        self._slope = compiled(sympy.diff(pdf, effort), symbols)
        self._log = compiled(logs, symbols)
        self._score = compiled(sympy.diff(logs, effort), symbols)

    def log_density(self, outcome: Array, effort: float) -> Array:
        """Return log p(x|e); -inf where p is 0, nan where it is negative or undefined."""
        with np.errstate(all="ignore"):
            logs = self._log(outcome, effort)
            # an expanded log is undefined, never wrong, where a factor is negative
            missing = np.isnan(logs)
            if missing.any():
                logs = np.where(missing, np.log(self.density(outcome, effort)), logs)
        return np.where(logs == np.inf, np.nan, logs)  # a pole, which no node may lie on

    def score(self, outcome: Array, effort: float) -> Array:
        """Return d/de log p(x|e); 0 where p and its slope are."""
        with np.errstate(all="ignore"):
            score = self._score(outcome, effort)
            missing = ~np.isfinite(score)
            if missing.any():
                slope = self._slope(outcome, effort)
                ratio = slope / self.density(outcome, effort)
                score = np.where(missing, np.where(slope == 0.0, 0.0, ratio), score)
        return score


def expanded_log(pdf: Any) -> Any:
    """Return log(pdf) as a sum over its factors, factorials as log-gamma functions.

    The expansion is forced: `CompiledDensity` looks after the points where a factor is negative.
    """
    import sympy

    smooth = pdf.replace(sympy.factorial, lambda n: sympy.gamma(n + 1))
    smooth = smooth.replace(
        sympy.binomial,
        lambda n, k: sympy.gamma(n + 1) / sympy.gamma(k + 1) / sympy.gamma(n - k + 1),
    )
    smooth = smooth.replace(
        sympy.beta, lambda a, b: sympy.gamma(a) * sympy.gamma(b) / sympy.gamma(a + b)
    )
    logs = sympy.expand_log(sympy.log(smooth), force=True)
    gammas = sympy.Wild("u")
    return logs.replace(sympy.log(sympy.gamma(gammas)), sympy.loggamma(gammas))


def compiled(expr: Any, symbols: tuple[Any, Any]) -> OfOutcome:
    """Return the expression as a function of arrays, with SciPy's special functions at hand."""
    import scipy.special
    import sympy
    from sympy.printing.numpy import SciPyPrinter

    # lambdify's own "scipy" imports all of SciPy, statistics included, which takes a second
    special = {name: getattr(scipy.special, name) for name in scipy.special.__all__}
    printer = SciPyPrinter(
        {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}
    )
    function = sympy.lambdify(symbols, expr, modules=["numpy", special], printer=printer, cse=True)

    def at(outcome: Array, effort: float) -> Array:
        with np.errstate(all="ignore"):
            values = np.asarray(function(outcome, np.float64(effort)))
        if np.iscomplexobj(values):
            values = np.where(np.abs(values.imag) > 0, np.nan, values.real)
        return np.asarray(np.broadcast_to(values, np.shape(outcome)), float)

    return at
