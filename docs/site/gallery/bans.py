"""What a banning rule does.

The chance to be banned within so many answers, by the share of an annotator's answers that are
right. A rule on few answers that is looked at after each of them bans careful people too.
"""

import paygrade as pg

rule = "Ban below 75 % of the last 10, from the 8th on, checked after every task"
axes = pg.operating_curve(rule, answers=[20, 50, 100, 200]).plot()
figure = axes.figure
