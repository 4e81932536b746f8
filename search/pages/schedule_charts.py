"""The charts of a schedule, drawn by Bokeh: slots by engine and cycle, curves, scratch."""

from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJSHover, HoverTool, Range1d, TapTool, WheelZoomTool
from bokeh.palettes import Bright7, Category20_20
from bokeh.plotting import figure
from bokeh.transform import linear_cmap

from machine.graph.decision import Decision
from search.explain.explanation import Explanation
from search.pages.schedule_columns import ScheduleColumns, first_rows
from search.scratch.lifetimes import find_lifetimes

_TOOLS = "xpan,xwheel_zoom,xbox_zoom,xzoom_in,xzoom_out,reset"
_BEFORE, _AFTER, _CHAIN = "#0077bb", "#ee7733", "#cc3311"
_LEAST_CYCLES = 8
"""That can be zoomed to."""

_STRETCHES = 150
"""Of cycles, over which the use of engines is averaged."""


def schedule_charts(told: Explanation, decision: Decision, columns: ScheduleColumns) -> dict[str, Any]:
    """The charts over cycles, which zoom together, by name."""
    length = told.schedule.length
    cycles = Range1d(start=0, end=length, bounds=(0, length), min_interval=_LEAST_CYCLES)
    return {
        "slots": _slots_chart(told, columns, cycles),
        "use": _use_chart(told, cycles),
        "words": _words_chart(told, cycles),
        "scratch": _scratch_chart(told, decision, cycles),
    }


def _figure(title: str, height: int, **more: Any) -> Any:
    chart = figure(title=title, height=height, sizing_mode="stretch_width", tools=_TOOLS, **more)
    chart.toolbar.active_scroll = None  # so that the wheel scrolls the page
    chart.toolbar.logo = None
    chart.min_border_left = 48  # so that charts stand below each other cycle by cycle
    return chart


def _slots_chart(told: Explanation, columns: ScheduleColumns, cycles: Range1d) -> Any:
    rows = sum(use.slots + 1 for use in told.engines)
    chart = _figure("slots by engine and cycle", 120 + 13 * rows, x_range=cycles)
    chart.y_range = Range1d(start=-0.5, end=rows - 0.5)
    chart.toolbar.active_scroll = chart.select_one(WheelZoomTool)
    everything, shown = ColumnDataSource(columns.slots), {"x": "cycle", "y": "row", "width": 1, "height": 0.86}
    chart.block(**shown, source=everything, color="#88888833", name="background", visible=False)
    colour = linear_cmap("engine", _cycled(Bright7, len(told.engines)), 0, max(1, len(told.engines) - 1))
    bars = chart.block(
        **shown, source=everything, fill_color=colour, line_color=None, nonselection_alpha=1, name="bars"
    )
    bars.selection_glyph = bars.glyph.clone(line_color="#000000", line_width=2)
    chain = [(columns.slots["cycle"][row] + 0.5, columns.slots["row"][row] + 0.43) for row in columns.chain]
    line = {"x": [x for x, _ in chain], "y": [y for _, y in chain]}
    chart.line(
        "x",
        "y",
        source=ColumnDataSource(line),
        color=_CHAIN,
        line_width=1.5,
        line_alpha=0.8,
        visible=False,
        name="chain",
    )
    for name, link in (("earlier", _BEFORE), ("later", _AFTER)):
        empty = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": []})
        chart.segment("x0", "y0", "x1", "y1", source=empty, color=link, line_width=2, name=name)
    chart.add_tools(
        TapTool(renderers=[bars]),
        HoverTool(renderers=[bars], tooltips=_tooltips(), formatters=_named(columns), point_policy="follow_mouse"),
    )
    middles = [first + use.slots / 2 for use, first in zip(told.engines, first_rows(told), strict=True)]
    chart.yaxis.ticker = middles
    names = {(int(m) if m == int(m) else m): use.name for use, m in zip(told.engines, middles, strict=True)}
    chart.yaxis.major_label_overrides = names
    chart.ygrid.visible = False
    chart.tags = [ColumnDataSource(columns.waits)]
    return chart


def _tooltips() -> list[tuple[str, str]]:
    return [
        *(("operation", "@operation{custom}"), ("slot", "@slot"), ("line", "@line{custom}")),
        *(("cycle", "@cycle, lands in @lands"), ("delayed", "@delay cycles, slack @slack")),
        ("stream, step", "@stream, @step"),
    ]


def _named(columns: ScheduleColumns) -> Any:
    texts = {"@operation": columns.operations, "@line": columns.lines}
    return {name: CustomJSHover(args={"texts": found}, code="return texts[value]") for name, found in texts.items()}


def _cycled(colours: Any, count: int) -> list[str]:
    return [colours[number % len(colours)] for number in range(max(2, count))]


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


def _scratch_chart(told: Explanation, decision: Decision, cycles: Range1d) -> Any:
    flat, machine = told.prepared.flat, told.prepared.machine
    lifetimes = find_lifetimes(flat, decision.schedule)
    used = np.flatnonzero((lifetimes.ends > lifetimes.starts) & (decision.addresses >= 0))
    names = [told.text.buffers[number] for number in used.tolist()]
    roots = [name.rpartition(".")[0] or name for name in names]
    colours = {root: number % len(Category20_20) for number, root in enumerate(dict.fromkeys(roots))}
    held = {
        "start": lifetimes.starts[used].astype(np.int32),
        "cycles": (lifetimes.ends - lifetimes.starts)[used].astype(np.int32),
        "address": decision.addresses[used].astype(np.int32),
        "words": flat.buffer_words[used].astype(np.int16),
        "name": names,
        "colour": np.array([colours[root] for root in roots], dtype=np.int8),
    }
    size = machine.scratch_words
    chart = _figure(
        "scratch: who holds which words", 300, x_range=cycles, y_range=Range1d(start=0, end=size, bounds=(0, size))
    )
    colour = linear_cmap("colour", Category20_20, 0, len(Category20_20) - 1)
    shape = {"x": "start", "y": "address", "width": "cycles", "height": "words"}
    chart.block(**shape, source=ColumnDataSource(held), fill_color=colour, line_color=None, name="buffers")
    told_of = [("buffer", "@name"), ("held", "@cycles cycles from @start"), ("words", "@words from @address")]
    chart.add_tools(HoverTool(tooltips=told_of, point_policy="follow_mouse"))
    return chart
