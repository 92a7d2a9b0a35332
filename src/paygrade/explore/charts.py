"""The page's pictures as Vega-Lite: plain dictionaries, the same in light and dark.

Colours keep a contrast of three to one on white and on black, and no colour says anything that a
shape, a dash or a word doesn't say too.
"""

from collections.abc import Iterable
from typing import Any

from paygrade.explore.advice import CLASSES, Offer
from paygrade.explore.facts import RuleFacts
from paygrade.explore.situation import Situation
from paygrade.explore.words import CLASS_NAMES

Spec = dict[str, Any]
BLUE, ORANGE, GREEN, PINK, GREY = "#3b8fd9", "#d96b1f", "#2c9a6f", "#c063a8", "#808495"
HEIGHT, TALL = 320, 460  # pixels, axis titles and legend included
CARE = "Share of items given full care"
MARKED = ["best for them", "no care"]
DASHES = ([1, 0], [6, 3])  # of the first pass mark and the second
PAID = {
    0: ["by the share"],
    1: ["base only", "with bonus"],
    2: ["base only", "first bonus", "both bonuses"],
}  # names of what a count pays, by number of pass marks
LINES = {
    "bonus": (BLUE, [1, 0], "circle"),
    "tiers": (GREEN, [6, 3], "square"),
    "any": (PINK, [2, 2], "triangle-up"),
    "rate": (ORANGE, [8, 3, 2, 3], "diamond"),
}


def effort_chart(facts: RuleFacts) -> Spec:
    """Return what each share of care leaves the annotator, with the best one and no care marked."""
    curve = _rows(care=facts.efforts, gain=facts.gains)
    marks = [
        {"care": facts.effort, "gain": facts.gain, "what": "best for them"},
        {"care": 0.0, "gain": facts.shirking_gain, "what": "no care"},
    ]
    y = _axis("gain", "Better off by (money)")
    line = _layer(curve, {"type": "line", "color": BLUE, "strokeWidth": 2.5}, _care(), y)
    return _chart(_zero(), line, *_marks(marks, y))


def pass_chart(facts: RuleFacts) -> Spec:
    """Return the chance of each pass mark at each share of care, with best response and no care."""
    y = _axis("chance", "Chance to reach it", percent=True, domain=[0.0, 1.0])
    layers, marks = [], []
    for place, (mark, chances) in enumerate(zip(facts.marks, facts.passes, strict=True)):
        curve = _rows(care=facts.efforts, chance=chances)
        line = {"type": "line", "color": BLUE, "strokeWidth": 2.5, "strokeDash": DASHES[place]}
        layers.append(_layer(curve, line, _care(), y))
        name = [{"care": 1.0, "chance": float(chances[-1])}]
        text = {**_text(f"{mark:.0f} right", dy=-10), "align": "right"}
        layers.append(_layer(name, text, _care(), y))
        for what, effort in zip(MARKED, (facts.effort, 0.0), strict=True):
            marks.append({"care": effort, "chance": facts.pass_chance(effort, place), "what": what})
    return _chart(*layers, *_marks(marks, y))


def average_chart(facts: RuleFacts) -> Spec:
    """Return average pay at each share of care, with best response and no care."""
    y = _axis("pay", "Average pay (money)")
    marks = [
        {"care": effort, "pay": facts.average_pay(effort), "what": what}
        for what, effort in zip(MARKED, (facts.effort, 0.0), strict=True)
    ]
    line = {"type": "line", "color": BLUE, "strokeWidth": 2.5}
    curve = _layer(_rows(care=facts.efforts, pay=facts.pays), line, _care(), y)
    return _chart(curve, *_marks(marks, y))


def pay_chart(facts: RuleFacts) -> Spec:
    """Return how probable each count is, by what it pays, at best response and for guessers."""
    counts, law = facts.counts(facts.effort)
    names = PAID[len(facts.marks)]
    paid = [names[sum(count >= mark for mark in facts.marks)] for count in counts]
    bars = [
        {"count": float(count), "chance": float(chance), "paid": each}
        for count, chance, each in zip(counts, law, paid, strict=True)
    ]
    guesses = _rows(**dict(zip(("count", "chance"), facts.counts(0.0), strict=True)))
    x = {
        "x": {
            "field": "count",
            "type": "quantitative",
            "title": "Checks that agree",
            "scale": {"zero": False},
            "axis": {"tickMinStep": 1, "format": "d"},
        }
    }
    y = _axis("chance", "Share of batches", percent=True)
    colour = {
        "color": {
            "field": "paid",
            "type": "nominal",
            "title": None,
            "scale": {"domain": names[::-1], "range": [GREEN, BLUE, GREY][-len(names) :]},
            "legend": {"orient": "bottom"},
        }
    }
    width = max(1.0, min(14.0, 240.0 / max(len(counts), 1)))
    steps = [{"count": mark - 0.5} for mark in facts.marks]
    step = {"type": "rule", "color": GREY, "strokeDash": [2, 2], "strokeWidth": 1.5}
    return _chart(
        _layer(bars, {"type": "bar", "width": width}, x, y, colour),
        _layer(guesses, {"type": "line", "color": ORANGE, "strokeDash": [5, 3]}, x, y),
        _layer([_top(guesses)], _text("guessing", dy=-8), x, y),
        _layer(steps, step, x),
    )


def cost_chart(now: Situation, offers: Iterable[Offer], lost_now: float | None) -> Spec:
    """Return what not seeing care costs, by number of checks and kind of rule, and your rule."""
    points: list[Spec] = [
        {"checks": o.job.checks, "lost": max(o.lost, now.work.unit / 10), "kind": kind}
        for o in offers
        if not o.job.rounded and o.lost is not None
        for kind in [CLASS_NAMES[o.job.family]]
    ]
    names = [CLASS_NAMES[family] for family in CLASSES]
    styles = [LINES[family] for family in CLASSES]
    x = {
        "x": {
            "field": "checks",
            "type": "quantitative",
            "title": "Checks in each batch",
            "scale": {"type": "log", "base": 2, "nice": False},
            "axis": {"format": "d", "values": sorted({p["checks"] for p in points})},
        }
    }
    y = {
        "y": {
            "field": "lost",
            "type": "quantitative",
            "title": "Lost a batch (money)",
            "scale": {"type": "log", "nice": False, "padding": 12},
            "axis": {"format": "~g", "tickCount": 4},
        }
    }
    layers = []
    if points:
        channels = {}
        for place, channel in enumerate(("color", "strokeDash", "shape")):
            channels[channel] = {
                "field": "kind",
                "type": "nominal",
                "title": None,
                "scale": {"domain": names, "range": [style[place] for style in styles]},
                "legend": {"orient": "bottom", "columns": 1},
            }
        line = {key: channels[key] for key in ("color", "strokeDash")}
        point = {key: channels[key] for key in ("color", "shape")}
        layers = [
            _layer(points, {"type": "line"}, x, y, line),
            _layer(points, {"type": "point", "filled": True, "size": 45}, x, y, point),
        ]
    if lost_now is not None:
        here = [{"checks": now.checks, "lost": max(lost_now, now.work.unit / 10)}]
        cross = {"type": "point", "shape": "cross", "filled": True, "size": 160, "color": GREY}
        layers += [_layer(here, cross, x, y), _layer(here, _text("your rule", dy=-12), x, y)]
    return _chart(*layers, height=TALL)


def _rows(**columns: Iterable[float]) -> list[Spec]:
    names = list(columns)
    return [
        {name: float(value) for name, value in zip(names, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]


def _top(rows: list[Spec]) -> Spec:
    return max(rows, key=lambda row: float(row["chance"]))


def _care() -> Spec:
    axis = {"format": "%", "tickCount": 5}
    scale = {"domain": [0.0, 1.0]}
    return {
        "x": {"field": "care", "type": "quantitative", "title": CARE, "axis": axis, "scale": scale}
    }


def _axis(
    field: str,
    title: str,
    *,
    percent: bool = False,
    domain: list[float] | None = None,
) -> Spec:
    axis: Spec = {"tickCount": 5} | ({"format": "%"} if percent else {})
    found: Spec = {"field": field, "type": "quantitative", "title": title, "axis": axis}
    return {"y": found | ({"scale": {"domain": domain}} if domain else {})}


def _layer(rows: list[Spec], mark: Spec, *channels: Spec) -> Spec:
    encoding: Spec = {}
    for channel in channels:
        encoding |= channel
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _zero() -> Spec:
    mark = {"type": "rule", "color": GREY, "strokeDash": [4, 4]}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": {"y": {"datum": 0.0}}}


def _marks(rows: list[Spec], y: Spec) -> list[Spec]:
    """Return the best response as a filled circle and no care as a diamond, with their names."""
    shape = {
        "shape": {
            "field": "what",
            "type": "nominal",
            "scale": {"domain": MARKED, "range": ["circle", "diamond"]},
            "legend": {"orient": "bottom", "title": None},
        },
        "color": {
            "field": "what",
            "type": "nominal",
            "scale": {"domain": MARKED, "range": [BLUE, ORANGE]},
            "legend": {"orient": "bottom", "title": None},
        },
    }
    mark = {"type": "point", "filled": True, "opacity": 1}
    # the diamond lies below and is larger, so that both are seen where no care is best
    size = {
        "size": {
            "field": "what",
            "type": "nominal",
            "scale": {"domain": MARKED, "range": [90, 330]},
            "legend": None,
        }
    }
    return [_layer(rows[::-1], mark, _care(), y, shape, size)]


def _text(text: str, dy: int) -> Spec:
    return {"type": "text", "text": text, "dy": dy, "color": GREY, "fontSize": 12}


def _chart(*layers: Spec, height: int = HEIGHT) -> Spec:
    return {
        "height": height,
        "layer": list(layers),
        "autosize": {"type": "fit", "contains": "padding"},
        "config": {"axis": {"labelFontSize": 12, "titleFontSize": 12}},
    }
