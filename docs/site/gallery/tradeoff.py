"""What checks cost and save.

Checks cost more the more there are, and not seeing effort costs less. The sum has its lowest point
where the best share is marked.
"""

import paygrade as pg

problem = pg.MoralHazard(
    utility=pg.SquareRootUtility(),
    cost=pg.PowerCost(1.0, 2.0),
    value=pg.LinearValue(2.048),
    monitor=pg.SelfConsistency(n=1, kappa=0.8),
    wage_floor=0.0,
)
shares = [0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4]
axes = pg.monitoring_tradeoff(problem, 0.002, batch=200, shares=shares).plot()
figure = axes.figure
