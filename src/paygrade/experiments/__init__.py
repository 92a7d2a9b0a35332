"""The papers' experiments, rerun: what is claimed, what was measured here, and on which data."""
