"""Why a bonus needs a global proof.

Under the textbook bonus (dashed) a little more or less effort doesn't pay, but none at all does:
its payoff is highest at effort 0. Under the certified bonus (line) it is highest where the dot is.
"""

import numpy as np
from matplotlib.figure import Figure

import paygrade as pg

problem = pg.MoralHazard(
    utility=pg.SquareRootUtility(),
    cost=pg.PowerCost(scale=1.0, power=2.0),
    value=pg.LinearValue(slope=2.048),
    monitor=pg.ExpertReview(n=1000, rho=0.8),
    wage_floor=0.0,
)
efforts = np.linspace(0.0, 1.0, 401)
figure = Figure(figsize=(7.0, 3.6), layout="constrained")
axes = figure.subplots()
for style, colour, name, design in (
    ("--", "#c8500a", "textbook", pg.relaxed(problem, pg.BinaryContract)),
    ("-", "#0b5fa5", "certified", pg.second_best(problem, pg.BinaryContract)),
):
    payoff = pg.agent_utility(problem, design.contract, efforts)
    axes.plot(efforts, payoff, style, color=colour, label=name)
    best = pg.best_response(problem, design.contract)
    axes.plot([best.effort], [best.utility], "o", color=colour)
axes.set(xlabel="effort", ylabel="annotator's payoff (utils)")
axes.legend(frameon=False)
