"""Checks for your own primitives: subclasses of `Utility`, `EffortCost` and `Monitor`.

Each verifies what the interface promises and the designs rely on, at many points, and raises
`CheckFailed` at the first promise broken, naming the method, the point and the two numbers.
"""

from paygrade.testing.comparison import CheckFailed
from paygrade.testing.cost import check_cost
from paygrade.testing.monitor import check_monitor
from paygrade.testing.utility import check_utility

__all__ = ["CheckFailed", "check_cost", "check_monitor", "check_utility"]
