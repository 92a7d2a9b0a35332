"""Annotators with their intervals.

Each annotator's effort with its interval, the worst at the bottom. Only those in orange are shown
to be below the standard, with the error held down over all of them.
"""

import paygrade as pg
from paygrade.report.forest import draw_forest
from paygrade.report.roster import Question, call_roster

labels = pg.simulate_labels(
    items=400, seed=3, efforts=[0.95, 0.9, 0.9, 0.85, 0.8, 0.6, 0.4, 0.2], gold_share=0.3
)
roster = call_roster(pg.read_annotations(labels), Question(signal=0.95))
figure = draw_forest(roster)
