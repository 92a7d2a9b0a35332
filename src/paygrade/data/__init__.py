"""Preference data: pairs of responses with labels and margins, and what monitors make of them."""

from paygrade.data.exports import LABEL_STUDIO_VIEW
from paygrade.data.reading import read_pairs

__all__ = ["LABEL_STUDIO_VIEW", "read_pairs"]
