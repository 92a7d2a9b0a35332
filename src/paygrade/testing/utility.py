"""`check_utility`: does a utility keep what `Utility` promises?"""

import math
from dataclasses import dataclass

import numpy as np

from paygrade.model.utility import Utility
from paygrade.testing.comparison import (
    ROUNDING,
    Array,
    demand,
    demand_equal,
    demand_shapes,
    slopes,
)

OFFSETS = np.geomspace(1e-3, 1e3, 49)  # above the lowest wage
LINE = np.linspace(-6.0, 6.0, 49)  # where there is no lowest wage


def check_utility(utility: Utility, *, tolerance: float = 1e-7) -> None:
    """Raise `CheckFailed` at the first promise of `Utility` that `utility` breaks.

    Checked: shapes; the domain and its ends; that u increases and bends down; `inverse` of u,
    `wage_at` of 1/u', and all derivatives against differences and against each other.

    Arguments:
        utility: what to check.
        tolerance: relative error that counts as none.

    Raises:
        CheckFailed: naming the method, the wage and the two numbers.

    >>> from paygrade import CRRA
    >>> check_utility(CRRA(gamma=2.0, shift=1.0))
    """
    check = _Check(utility, _wages(utility), tolerance)
    check.ends()
    check.shapes()
    check.shape_of_u()
    check.derivatives()
    check.inverses()
    check.ratios()


def _wages(utility: Utility) -> Array:
    low, high = utility.lowest_wage, utility.highest_wage
    demand(
        low < high,
        f"lowest_wage is {low!r} and highest_wage {high!r}, so no wage can be paid; state the ends"
        " of the domain",
    )
    wages = low + OFFSETS if math.isfinite(low) else LINE
    if math.isfinite(high):
        wages = (
            low + (high - low) * OFFSETS / (1 + OFFSETS)
            if math.isfinite(low)
            else high - (OFFSETS[::-1])
        )
    wages = wages[(wages > low) & (wages < high)]
    with np.errstate(all="ignore"):
        return np.asarray(wages[np.asarray(utility.derivative(wages)) != 0.0])  # no underflow


@dataclass(frozen=True)
class _Check:
    utility: Utility
    wages: Array
    tolerance: float

    @property
    def name(self) -> str:
        return type(self.utility).__name__

    def ends(self) -> None:
        """Check the conventions at and beyond the ends of domain and range."""
        u, (low, high) = self.utility, self.utility.bounds
        demand(
            low < high,
            f"{self.name}.bounds is {u.bounds!r}: no utility can be promised; give infimum and"
            " supremum of u",
        )
        if math.isfinite(u.lowest_wage):
            below = u.lowest_wage - 1.0
            value = float(u(below))
            demand(
                value == -math.inf,
                f"{self.name}({below:g}) is {value:g} below lowest_wage={u.lowest_wage:g}, so"
                " ruin would look payable; return -inf there",
            )
            value = float(u(u.lowest_wage))
            demand(
                math.isclose(value, low, rel_tol=1e-9, abs_tol=1e-9) or value == low,
                f"{self.name}({u.lowest_wage:g}) is {value:.9g} at lowest_wage, but bounds begin"
                f" at {low:.9g}; participation would be judged by the wrong one: make them agree",
            )
        for level, wanted in ((high + 1.0, math.inf), (low - 1.0, math.nan)):
            if math.isfinite(level):
                with np.errstate(all="ignore"):
                    wage = float(u.inverse(level))
                demand(
                    wage == wanted or (math.isnan(wanted) and math.isnan(wage)),
                    f"{self.name}.inverse({level:g}) is {wage:g} outside bounds={u.bounds}, so a"
                    f" promise that can't be kept gets a price; return {wanted}",
                )

    def shapes(self) -> None:
        """Check that every method works elementwise on arrays."""
        u = self.utility
        demand_shapes(f"{self.name}()", u, self.wages)
        for method in ("derivative", "second_derivative", "risk_tolerance"):
            with np.errstate(all="ignore"):
                demand_shapes(f"{self.name}.{method}", getattr(u, method), self.wages)
        levels = np.asarray(u(self.wages))
        for method in ("inverse", "inverse_derivative", "inverse_second_derivative"):
            with np.errstate(all="ignore"):
                demand_shapes(f"{self.name}.{method}", getattr(u, method), levels)
        demand_shapes(f"{self.name}.wage_at", u.wage_at, 1.0 / np.asarray(u.derivative(self.wages)))

    def shape_of_u(self) -> None:
        """Check that u increases, bends down and stays within its bounds."""
        w, values, (low, high) = (
            self.wages,
            np.asarray(self.utility(self.wages)),
            self.utility.bounds,
        )
        for wage, value in zip(w.tolist(), values.tolist(), strict=True):
            demand(
                math.isfinite(value) and low <= value <= high,
                f"{self.name}({wage:.6g}) is {value:.9g}, not a number within bounds=({low:g},"
                f" {high:g}); contracts up to these bounds would be promised: correct one of them",
            )
        noise = 4 * ROUNDING * (np.abs(values[1:]) + np.abs(values[:-1]))
        falls = np.flatnonzero(np.diff(values) < -noise)
        for i in falls[:1]:
            demand(
                False,
                f"{self.name}({w[i + 1]:.6g}) is {values[i + 1]:.9g}, below {values[i]:.9g} at"
                f" {w[i]:.6g}: more pay would be worth less; u must increase",
            )
        chords = np.diff(values) / np.diff(w)
        noise = noise / np.diff(w)
        for i in np.flatnonzero(np.diff(chords) > noise[1:] + noise[:-1])[:1]:
            demand(
                False,
                f"{self.name} rises by {chords[i + 1]:.9g} a unit of pay above {w[i + 1]:.6g},"
                f" by {chords[i]:.9g} below it: not concave, so the agent likes risk there and no"
                " schedule found is best; use a concave u",
            )

    def derivatives(self) -> None:
        """Check u' and u'' against differences."""
        u, w = self.utility, self.wages
        reach = np.full(len(w), 0.5)
        if math.isfinite(u.lowest_wage):
            reach = 0.5 * (w - u.lowest_wage)
        if math.isfinite(u.highest_wage):
            reach = np.minimum(reach, 0.5 * (u.highest_wage - w))
        for label, method, below in (
            ("derivative", u.derivative, u.__call__),
            ("second_derivative", u.second_derivative, u.derivative),
        ):
            wanted, error = slopes(below, w, reach)
            demand_equal(
                f"{self.name}.{label}({{}})", w, np.asarray(method(w)), wanted,
                self.tolerance * np.abs(wanted) + 10.0 * error,
                "differences of what it is the slope of give {}; designs would price utility"
                f" wrongly: correct `{label}`",
            )  # fmt: skip

    def inverses(self) -> None:
        """Check that `inverse` undoes u and `wage_at` undoes 1/u'."""
        u, w = self.utility, self.wages
        slope, bend = np.asarray(u.derivative(w)), np.asarray(u.second_derivative(w))
        values = np.asarray(u(w))
        size = self.tolerance * (np.abs(w) + 1e-3)
        demand_equal(
            f"{self.name}.inverse(u({{}}))", w, np.asarray(u.inverse(values)), w,
            size + 16 * ROUNDING * np.abs(values / slope),
            "u was taken at {}; contracts would be announced in other money than they are worth:"
            " correct `inverse`",
        )  # fmt: skip
        curved = bend != 0.0  # on a line one price fits every wage
        w, slope, bend = w[curved], slope[curved], bend[curved]
        demand_equal(
            f"{self.name}.wage_at(1/u'({{}}))", w, np.asarray(u.wage_at(1.0 / slope)), w,
            size[curved] + 16 * ROUNDING * np.abs(slope / bend),
            "u' was taken at {}; schedules would pay another wage than Holmström's condition asks"
            " for: correct `wage_at`",
        )  # fmt: skip

    def ratios(self) -> None:
        """Check what is made of u' and u'' against them."""
        u, w = self.utility, self.wages
        slope, bend = np.asarray(u.derivative(w)), np.asarray(u.second_derivative(w))
        levels = np.asarray(u(w))
        back = np.asarray(u.inverse(levels))
        far = np.abs(back - w) / np.maximum(np.abs(slope / np.where(bend, bend, 1.0)), 1e-300)
        with np.errstate(divide="ignore"):
            tolerance = -slope / bend
        for label, at, found, wanted in (
            ("risk_tolerance", w, u.risk_tolerance(w), np.where(bend, tolerance, np.inf)),
            ("inverse_derivative", levels, u.inverse_derivative(levels), 1.0 / slope),
            (
                "inverse_second_derivative", levels,
                u.inverse_second_derivative(levels), -bend / slope**3,
            ),
        ):  # fmt: skip
            finite = np.isfinite(wanted)
            demand_equal(
                f"{self.name}.{label}({{}})", at[finite], np.abs(np.asarray(found)[finite]),
                np.abs(wanted[finite]),
                ((10 * self.tolerance + 8 * far) * np.abs(wanted))[finite],
                f"`derivative` and `second_derivative` make it {{}}; correct `{label}`, or leave it"
                " to the base class",
            )  # fmt: skip
