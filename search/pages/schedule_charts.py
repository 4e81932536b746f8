"""The charts of a schedule, drawn by Bokeh: slots by engine and cycle, curves, scratch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJSHover, HoverTool, Range1d, TapTool, WheelZoomTool
from bokeh.palettes import Bright7, Category20_20
from bokeh.plotting import figure
from bokeh.transform import linear_cmap

from search.explain.explanation import Explanation
from search.pages.schedule_columns import first_rows

_TOOLS = "xpan,xwheel_zoom,xbox_zoom,xzoom_in,xzoom_out,reset"
_BEFORE, _AFTER, _CHAIN = "#0077bb", "#ee7733", "#cc3311"
_LEAST_CYCLES = 8
"""That can be zoomed to."""

_SLOT_TIPS = "operation", "slot", "line", "cycle", "delayed", "stream, step"
_BUFFER_TIPS = "buffer", "held", "words"
"""What is said of a slot, and of a buffer, that is pointed at; the page's script knows them by these names."""

_STRETCHES = 150
"""Of cycles, over which the use of engines is averaged."""


def schedule_charts(told: Explanation, place: int) -> dict[str, Any]:
    """The charts over cycles, which zoom together, by name; the page's script puts in what is in sight.

    Args:
        told: the schedule, explained.
        place: of its pane on the page.
    """
    length = told.schedule.length
    cycles = Range1d(start=0, end=length, bounds=(0, length), min_interval=_LEAST_CYCLES)
    return {
        "slots": _slots_chart(told, cycles, place),
        "use": _use_chart(told, cycles),
        "words": _words_chart(told, cycles),
        "scratch": _scratch_chart(told, cycles, place),
    }


def _figure(title: str, height: int, **more: Any) -> Any:
    chart = figure(title=title, height=height, sizing_mode="stretch_width", tools=_TOOLS, **more)
    chart.toolbar.active_scroll = None  # so that the wheel scrolls the page
    chart.toolbar.logo = None
    chart.min_border_left = 48  # so that charts stand below each other cycle by cycle
    return chart


def _slots_chart(told: Explanation, cycles: Range1d, place: int) -> Any:
    rows = sum(use.slots + 1 for use in told.engines)
    chart = _figure("slots by engine and cycle", 120 + 13 * rows, x_range=cycles)
    chart.y_range = Range1d(start=-0.5, end=rows - 0.5)
    chart.toolbar.active_scroll = chart.select_one(WheelZoomTool)
    columns = "slot", "cycle", "row", "width"
    shown = {"x": "cycle", "y": "row", "width": "width", "height": 0.86}
    chart.block(**shown, source=_empty(*columns), color="#88888833", name="background", visible=False)
    bars = chart.block(**shown, source=_empty(*columns), line_color=None, nonselection_alpha=1, name="bars")
    bars.selection_glyph = bars.glyph.clone(line_color="#000000", line_width=2)
    links = {"color": _CHAIN, "line_width": 1.5, "line_alpha": 0.8, "visible": False}
    chart.line("x", "y", source=_empty("x", "y"), name="chain", **links)
    for name, link in (("earlier", _BEFORE), ("later", _AFTER)):
        ends = _empty("x0", "y0", "x1", "y1")
        chart.segment("x0", "y0", "x1", "y1", source=ends, color=link, line_width=2, name=name)
    chart.add_tools(TapTool(renderers=[bars]), _hover(bars, place, "slot", _SLOT_TIPS))
    middles = [first + use.slots / 2 for use, first in zip(told.engines, first_rows(told), strict=True)]
    chart.yaxis.ticker = middles
    names = {(int(m) if m == int(m) else m): use.name for use, m in zip(told.engines, middles, strict=True)}
    chart.yaxis.major_label_overrides = names
    chart.ygrid.visible = False
    return chart


def _empty(*columns: str) -> ColumnDataSource:
    return ColumnDataSource({name: [] for name in columns})


def _hover(renderer: Any, place: int, column: str, tips: Sequence[str]) -> HoverTool:
    """What the page's script says of the number in a column, in these respects."""
    said = CustomJSHover(code=f"return window.panes[{place}].tip(format, value)")
    tooltips = [(tip, f"@{column}{{{tip}}}") for tip in tips]
    return HoverTool(
        renderers=[renderer], tooltips=tooltips, formatters={f"@{column}": said}, point_policy="follow_mouse"
    )


def _use_chart(told: Explanation, cycles: Range1d) -> Any:
    width = max(1, told.schedule.length // _STRETCHES)
    each = f"of {width} cycles" if width > 1 else "by cycle"
    chart = _figure(f"share of slots issued, {each}", 220, x_range=cycles, y_range=Range1d(start=0, end=1.05))
    for number, use in enumerate(told.engines):
        starts = np.arange(0, len(use.used), width)
        counts = np.minimum(width, len(use.used) - starts)
        shares = np.add.reduceat(use.used, starts) / counts / use.slots if len(starts) else starts
        curve = {"cycle": np.append(starts, len(use.used)), "share": _held(shares)}
        colour, source = Bright7[number % len(Bright7)], ColumnDataSource(curve)
        chart.step("cycle", "share", source=source, color=colour, legend_label=use.name, mode="after", name=use.name)
    chart.add_tools(HoverTool(tooltips=[("", "$name: @share{0%} from cycle @cycle")], mode="mouse"))
    chart.legend.click_policy = "hide"
    chart.legend.orientation = "horizontal"
    chart.legend.padding = 2
    chart.legend.margin = 0
    chart.add_layout(chart.legend[0], "below")
    return chart


def _words_chart(told: Explanation, cycles: Range1d) -> Any:
    size = told.prepared.machine.scratch_words
    chart = _figure(f"live words of {size}", 160, x_range=cycles, y_range=Range1d(start=0, end=size))
    curve = ColumnDataSource({"cycle": np.arange(len(told.live_words) + 1), "words": _held(told.live_words)})
    chart.step("cycle", "words", source=curve, color=Bright7[0], mode="after")
    chart.add_tools(HoverTool(tooltips=[("", "@words words in cycle @cycle")], mode="vline"))
    return chart


def _held(values: Any) -> Any:
    """The values, the last once more, so that its step has a width."""
    return np.append(values, values[-1:] if len(values) else [0]).astype(np.float32)


def _scratch_chart(told: Explanation, cycles: Range1d, place: int) -> Any:
    size = told.prepared.machine.scratch_words
    chart = _figure(
        "scratch: who holds which words", 300, x_range=cycles, y_range=Range1d(start=0, end=size, bounds=(0, size))
    )
    colour = linear_cmap("colour", Category20_20, 0, len(Category20_20) - 1)
    shape = {"x": "start", "y": "address", "width": "cycles", "height": "words"}
    source = _empty("held", *shape.values(), "colour")
    held = chart.block(**shape, source=source, fill_color=colour, line_color=None, name="held")
    chart.add_tools(_hover(held, place, "held", _BUFFER_TIPS))
    return chart
