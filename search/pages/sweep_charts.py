"""The charts of a sweep's study: how its best came about, and its trials as lines through their settings."""

from collections.abc import Sequence
from math import log
from typing import Any

from bokeh.models import BasicTicker, ColumnDataSource, FixedTicker, HoverTool, Range1d, TapTool
from bokeh.palettes import Bright7, interp_palette
from bokeh.plotting import figure
from bokeh.transform import linear_cmap

from search.sweep.reporting.analyze import Attempt, StudyAnalysis
from search.sweep.reporting.importance import is_numeric
from search.sweep.reporting.tables import short_name
from search.sweep.sampling.dimension import Coordinate

MOST_AXES = 9
"""Dimensions drawn beside the cycles: those that matter most."""

_MOST_LABELS = 8
_WIDE = 100.0
"""Positive numbers whose largest is so many times the least stand by their logarithms."""

_PALETTE = interp_palette(("#d55e00", "#cc79a7", "#8da0b6"), 64)  # the best stand out on light and dark
_TOOLS = "pan,wheel_zoom,box_zoom,reset"


def progress_chart(study: StudyAnalysis) -> Any:
    """Cycles of trials in the order in which they ended, the best so far, and the bound."""
    bound = "" if study.bound is None else f"; dashed: bound {study.bound} of the best's graph"
    title = f"best so far, over trials{bound}"
    chart = figure(title=title, height=260, sizing_mode="stretch_width", tools=_TOOLS)
    chart.toolbar.logo = None
    found = [each for each in study.attempts if each.cycles is not None]
    dots = {
        "place": [each.place + 1 for each in found],
        "cycles": [each.cycles for each in found],
        "trial": [each.trial for each in found],
        "rung": [each.rung for each in found],
        "after": [round(each.after) for each in found],
    }
    marks = chart.scatter("place", "cycles", source=ColumnDataSource(dots), size=6, alpha=0.6, color=Bright7[4])
    steps = [(each.place + 1, each.cycles or 0) for each in study.steps]
    steps += [(len(study.attempts), cycles) for _, cycles in steps[-1:]]
    chart.step([x for x, _ in steps], [y for _, y in steps], mode="after", color=Bright7[0], line_width=2)
    if study.bound is not None:
        chart.line([1, len(study.attempts)], [study.bound] * 2, color=Bright7[1], line_dash="dashed", line_width=2)
    told = [("", "@cycles cycles"), ("trial", "@trial, rung @rung"), ("after", "@after s of work")]
    chart.add_tools(HoverTool(renderers=[marks], tooltips=told))
    chart.xaxis.axis_label, chart.yaxis.axis_label = "trials that have ended", "cycles"
    chart.xaxis.ticker = BasicTicker(min_interval=1)
    return chart


def settings_chart(attempts: Sequence[Attempt], dimensions: Sequence[str]) -> Any:
    """Parallel coordinates: a line for each trial, through its value of each dimension to its cycles.

    Args:
        attempts: with a point and cycles, the best last: they are drawn above the others.
        dimensions: of the points, the first on the left.
    """
    axes = [*dimensions, "cycles"]
    columns = [[_value(attempt, name) for attempt in attempts] for name in axes]
    scales = [_scale(column) for column in columns]
    chart = figure(
        title="trials, from their settings to their cycles",
        height=340,
        sizing_mode="stretch_width",
        tools="reset",
        x_range=Range1d(start=-0.3, end=len(axes) - 0.5),
        y_range=Range1d(start=-0.12, end=1.12),
    )
    chart.toolbar.logo = None
    cycles = [attempt.cycles or 0 for attempt in attempts]
    lines = {
        "xs": [list(range(len(axes))) for _ in attempts],
        "ys": [
            [scale[column[row]] for scale, column in zip(scales, columns, strict=True)] for row in range(len(cycles))
        ],
        "rank": list(range(len(cycles))),
        "cycles": cycles,
        "trial": [attempt.trial for attempt in attempts],
        "settings": [", ".join(f"{short_name(n)}={_value(a, n)}" for n in dimensions) for a in attempts],
    }
    colour = linear_cmap("rank", _PALETTE[::-1], 0, max(1, len(cycles) - 1))
    source = ColumnDataSource(lines)
    drawn = chart.multi_line("xs", "ys", source=source, line_color=colour, line_width=1.5, line_alpha=0.7, name="lines")
    drawn.nonselection_glyph = drawn.glyph.clone(line_alpha=0.15)
    drawn.selection_glyph = drawn.glyph.clone(line_width=4, line_alpha=1)
    told = [("", "@cycles cycles, trial @trial"), ("", "@settings")]
    chart.add_tools(HoverTool(renderers=[drawn], tooltips=told, line_policy="interp"), TapTool(renderers=[drawn]))
    labels = [(place, at, text) for place, scale in enumerate(scales) for at, text in _labels(scale)]
    texts = {name: [label[n] for label in labels] for n, name in enumerate(("x", "y", "text"))}
    chart.text("x", "y", "text", source=ColumnDataSource(texts), text_font_size="11px", x_offset=4, name="values")
    chart.xaxis.ticker = FixedTicker(ticks=list(range(len(axes))))
    chart.xaxis.major_label_overrides = {place: short_name(name) for place, name in enumerate(axes)}
    chart.xaxis.major_label_orientation = 0.4
    chart.min_border_left = 64  # names of axes lean over it
    chart.yaxis.visible = False
    chart.ygrid.visible = False
    return chart


def _value(attempt: Attempt, name: str) -> Coordinate:
    if name == "cycles":
        return attempt.cycles or 0
    return (attempt.point or {}).get(name, "-")


def _scale(values: Sequence[Coordinate]) -> dict[Coordinate, float]:
    """Where each value stands on its axis, from 0 to 1: numbers by size, others side by side."""
    distinct = set(values)
    if not is_numeric(distinct):
        return {value: place / max(1, len(distinct) - 1) for place, value in enumerate(sorted(distinct, key=str))}
    sizes = {value: float(value) for value in distinct}
    low, high = min(sizes.values(), default=0.0), max(sizes.values(), default=1.0)
    if low > 0 and high / low > _WIDE:
        sizes = {value: log(size) for value, size in sizes.items()}
        low, high = log(low), log(high)
    return {value: (size - low) / (high - low or 1.0) for value, size in sizes.items()}


def _labels(scale: dict[Coordinate, float]) -> list[tuple[float, str]]:
    """The values of an axis, or its ends where there are many."""
    values = sorted(scale, key=lambda value: scale[value])
    shown = values if len(values) <= _MOST_LABELS else [values[0], values[-1]]
    return [(scale[value], f"{value:.3g}" if isinstance(value, float) else str(value)) for value in shown]
