"""The designed rule.

Left, what the annotator gains from effort, and the chance to pass; right, what not seeing effort
costs with half, the planned and twice the checks, for a bonus and a linear rate.
"""

import tempfile
from pathlib import Path

import paygrade as pg
from paygrade.model.counting import ExpertReview
from paygrade.report.economics import EXAMPLE, read_economics
from paygrade.report.plot import draw_study
from paygrade.report.study import run_study

with tempfile.TemporaryDirectory() as folder:
    settings = Path(folder) / "economics.toml"
    settings.write_text(EXAMPLE, encoding="utf-8")
    economics = read_economics(settings)
labels = pg.simulate_labels(workers=24, items=240, seed=2025)
figure = draw_study(run_study(pg.read_annotations(labels), economics, kind=ExpertReview))
