"""SymPy expressions of an outcome and an effort, compiled to numpy.

Logarithms are taken before numbers go in: the log of a density is a sum of terms of moderate size
where the density itself underflows, so tails keep their relative accuracy.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LONG = 2**53  # whole numbers beyond are no doubles
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
        plain = without_factorials(pdf, lambda n: sympy.exp(sympy.loggamma(n)))  # 500! overflows
        self.density = compiled(plain, symbols)
        self._slope = compiled(sympy.diff(plain, effort), symbols)
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

    logs = sympy.expand_log(sympy.log(without_factorials(pdf, sympy.gamma)), force=True)
    gammas = sympy.Wild("u")
    logs = logs.replace(sympy.log(sympy.gamma(gammas)), sympy.loggamma(gammas))
    numbers = {term: term.evalf(25) for term in logs.atoms(sympy.log) if term.is_number}
    return logs.xreplace(numbers)


def without_factorials(pdf: Any, gamma: Callable[[Any], Any]) -> Any:
    """Return the expression with factorials, binomials and beta functions in gamma functions."""
    import sympy

    expr = pdf.replace(sympy.factorial, lambda n: gamma(n + 1))
    expr = expr.replace(sympy.binomial, lambda n, k: gamma(n + 1) / gamma(k + 1) / gamma(n - k + 1))
    return expr.replace(sympy.beta, lambda a, b: gamma(a) * gamma(b) / gamma(a + b))


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
    # whole numbers such as 400! would stay Python integers, which numpy has no functions of
    long = {n: sympy.Float(n, 25) for n in expr.atoms(sympy.Rational) if max(abs(n.p), n.q) > LONG}
    expr = expr.xreplace(long)
    function = sympy.lambdify(symbols, expr, modules=["numpy", special], printer=printer, cse=True)

    def at(outcome: Array, effort: float) -> Array:
        with np.errstate(all="ignore"):
            values = np.asarray(function(outcome, np.float64(effort)))
        if np.iscomplexobj(values):
            values = np.where(np.abs(values.imag) > 0, np.nan, values.real)
        return np.asarray(np.broadcast_to(values, np.shape(outcome)), float)

    return at
