"""A schedule as one self-contained page: engines by cycles, curves of use and live words, and all that `show` says.

Drawn on a canvas by Bokeh, whose scripts are in the page: nothing is fetched.
"""

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from bokeh.embed import file_html
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, CustomJS, CustomJSHover, HoverTool, Range1d, TapTool
from bokeh.models.widgets import Div, Select
from bokeh.palettes import Bright7
from bokeh.plotting import figure
from bokeh.resources import INLINE

from machine.graph.dependences import Ints
from search.explain.explanation import Explanation
from search.explain.readiness import NOBODY
from search.explain.slot_places import slot_places

COLOURS = ("engine", "stream", "step", "operation kind", "cycles delayed")
"""What slots may be coloured by."""

_SCRIPTS = {name: Path(__file__).with_name(f"report_{name}.js") for name in ("colour", "click")}
_TOOLS = "xpan,xwheel_zoom,xbox_zoom,reset"
_ROW_GAP = 1


def report_html(told: Explanation, title: str, statement: str) -> str:
    """The page.

    Args:
        told: the schedule, explained.
        title: of the page.
        statement: plain text below the charts.
    """
    operations = range(told.prepared.flat.operations)
    names, sources = [told.text.operation(n) for n in operations], [told.text.source(n) for n in operations]
    lines = list(dict.fromkeys(sources))
    source = ColumnDataSource(_slot_table(told, [lines.index(line) for line in sources]))
    chart = _schedule_chart(told, source, names, lines)
    options: list[Any] = list(COLOURS)
    colour = Select(title="colour by", value=COLOURS[0], options=options, name="colour")
    palette = list(Bright7)
    colour.js_on_change("value", _script("colour", source=source, palette=palette))
    said = Div(text="click a slot: what it waited for, and what waited for it", name="said")
    arrows = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": []}, name="arrows")
    chart.segment("x0", "y0", "x1", "y1", source=arrows, line_color="black", line_width=2)
    chart.select_one(TapTool).callback = _script("click", source=source, arrows=arrows, said=said, names=names)
    text = Div(text=f"<pre>{escape(statement)}</pre>", styles={"overflow-x": "auto"}, sizing_mode="stretch_width")
    page = column(
        Div(text=f"<h1>{escape(title)}</h1>"),
        colour,
        chart,
        said,
        _use_chart(told, chart.x_range),
        _words_chart(told, chart.x_range),
        text,
        sizing_mode="stretch_width",
    )
    return str(file_html(page, INLINE, title))


def _script(name: str, **values: Any) -> CustomJS:
    return CustomJS(args=values, code=_SCRIPTS[name].read_text(encoding="utf-8"))


def _slot_table(told: Explanation, lines: list[int]) -> dict[str, Any]:
    """Columns by issued slot, in the order of the graph; ``before`` is the row of the slot waited for, or -1.

    ``lines`` are the numbers of the lines that operations come from.
    """
    prepared, schedule, readiness = told.prepared, told.schedule, told.readiness
    flat = prepared.flat
    issued = np.flatnonzero(schedule.cycles >= 0)
    rows = np.full(len(schedule.cycles) + 1, NOBODY, dtype=np.int64)  # the last for nobody, which is -1
    rows[issued] = np.arange(len(issued))
    operations = flat.implementation_operations[flat.slot_implementations[issued]]
    firsts = dict(zip((use.name for use in told.engines), _first_rows(told), strict=True))
    kinds = {name: number for number, name in enumerate(dict.fromkeys(o.name for o in prepared.graph.operations))}
    cycles = schedule.cycles[issued]
    table: dict[str, Ints] = {
        "left": cycles,
        "right": cycles + flat.slot_latencies[issued],
        "y": np.array([firsts[p.engine] + p.position for p in slot_places(prepared, schedule).values()]),
        "operation": operations,
        "delay": cycles - readiness.ready[issued],
        "before": rows[readiness.waited_for[issued]],
        "line": np.array(lines)[operations],
        "engine": flat.slot_engines[issued],
        "stream": flat.streams[operations],
        "step": flat.steps[operations],
        "kind": np.array([kinds[o.name] for o in prepared.graph.operations])[operations],
    }
    slots = [told.text.slot(slot) for slot in issued.tolist()]
    colours = [Bright7[engine % len(Bright7)] for engine in table["engine"].tolist()]
    return {**{name: values.astype(np.int32) for name, values in table.items()}, "slot": slots, "colour": colours}


def _first_rows(told: Explanation) -> list[int]:
    """The lowest row of each engine; the first engine stands at the top."""
    sizes = [use.slots + _ROW_GAP for use in told.engines]
    return [sum(sizes[number + 1 :]) for number in range(len(sizes))]


def _schedule_chart(told: Explanation, source: ColumnDataSource, names: list[str], lines: list[str]) -> Any:
    chart = figure(
        title="slots by engine and cycle",
        height=420,
        sizing_mode="stretch_width",
        tools=f"{_TOOLS},tap",
        x_range=Range1d(start=0, end=told.schedule.length),
        name="slots",
    )
    chart.toolbar.active_scroll = "auto"
    bars = chart.hbar(
        "y", 0.9, "right", "left", source=source, fill_color="colour", line_color=None, nonselection_alpha=1
    )
    shown = [("operation", "@operation{custom}"), ("slot", "@slot"), ("line", "@line{custom}")]
    shown += [("cycle", "@left"), ("delayed", "@delay cycles")]
    texts: dict[str, Any] = {"@operation": _named(names), "@line": _named(lines)}
    chart.add_tools(HoverTool(renderers=[bars], tooltips=shown, formatters=texts))
    middles = [first + (use.slots - 1) / 2 for use, first in zip(told.engines, _first_rows(told), strict=True)]
    chart.yaxis.ticker = middles
    chart.yaxis.major_label_overrides = {
        (int(m) if m == int(m) else m): use.name for use, m in zip(told.engines, middles, strict=True)
    }
    chart.xaxis.axis_label = "cycle"
    return chart


def _named(texts: list[str]) -> CustomJSHover:
    return CustomJSHover(args={"texts": texts}, code="return texts[value]")


def _use_chart(told: Explanation, cycles: Any) -> Any:
    chart = figure(
        title="share of slots issued", height=220, sizing_mode="stretch_width", tools=_TOOLS, x_range=cycles, name="use"
    )
    for number, use in enumerate(told.engines):
        colour = Bright7[number % len(Bright7)]
        shares = (use.used / use.slots).tolist()
        chart.step(list(range(len(shares))), shares, color=colour, legend_label=use.name, mode="after")
    chart.legend.click_policy = "hide"
    return chart


def _words_chart(told: Explanation, cycles: Any) -> Any:
    chart = figure(
        title=f"live words of {told.prepared.machine.scratch_words}",
        height=180,
        sizing_mode="stretch_width",
        tools=_TOOLS,
        x_range=cycles,
        y_range=Range1d(start=0, end=told.prepared.machine.scratch_words),
        name="words",
    )
    chart.step(list(range(len(told.live_words))), told.live_words.tolist(), mode="after")
    return chart
