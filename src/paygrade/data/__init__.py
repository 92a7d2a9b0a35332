"""Preference data: pairs of responses with labels and margins, and what monitors make of them."""

from paygrade.data.exports import LABEL_STUDIO_VIEW
from paygrade.data.margins import score_margins
from paygrade.data.monitoring import monitoring_report
from paygrade.data.reading import read_pairs
from paygrade.data.temperature import fit_temperature

__all__ = [
    "LABEL_STUDIO_VIEW",
    "fit_temperature",
    "monitoring_report",
    "read_pairs",
    "score_margins",
]
