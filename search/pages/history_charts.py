"""How a task's best came about: over all runs for it, and within one search."""

from collections.abc import Sequence
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool
from bokeh.palettes import Bright7
from bokeh.plotting import figure

from search.board.past_runs import Curve, PastRun, best_so_far

_TOOLS = "pan,wheel_zoom,box_zoom,reset"


def runs_chart(runs: Sequence[PastRun]) -> Any:
    """The cycles that runs for a task led to, by their time, and the best so far."""
    chart = figure(
        title="runs for this task", height=240, sizing_mode="stretch_width", tools=_TOOLS, x_axis_type="datetime"
    )
    chart.toolbar.logo = None
    best = best_so_far(runs)
    steps = [*((run.time, run.cycles) for run in best), *((runs[-1].time, run.cycles) for run in best[-1:])]
    chart.step(
        [time for time, _ in steps], [cycles for _, cycles in steps], mode="after", color=Bright7[0], line_width=2
    )
    dots = {
        "time": [run.time for run in runs],
        "cycles": [run.cycles for run in runs],
        "bound": ["-" if run.bound is None else str(run.bound) for run in runs],
        "what": [run.what for run in runs],
        "entry": [run.entry or "-" for run in runs],
    }
    marks = chart.scatter("time", "cycles", source=ColumnDataSource(dots), size=7, color=Bright7[1])
    told = [("", "@cycles cycles, bound @bound"), ("by", "@what"), ("entry", "@entry"), ("on", "@time{%F %H:%M}")]
    chart.add_tools(HoverTool(renderers=[marks], tooltips=told, formatters={"@time": "datetime"}))
    chart.yaxis.axis_label = "cycles"
    return chart


def curve_chart(curve: Curve) -> Any:
    """The best so far of one run, from its start to its end."""
    title = "the sweep that found it" if curve.unit == "trials" else "the search itself"
    chart = figure(title=title, height=240, sizing_mode="stretch_width", tools=_TOOLS)
    chart.toolbar.logo = None
    steps = [*curve.steps, (curve.end, curve.steps[-1][1])]
    found = ColumnDataSource({"after": [after for after, _ in steps], "cycles": [cycles for _, cycles in steps]})
    chart.step("after", "cycles", source=found, mode="after", color=Bright7[0], line_width=2)
    chart.scatter("after", "cycles", source=found, size=5, color=Bright7[0])
    chart.add_tools(HoverTool(tooltips=[("", f"@cycles cycles after @after{{0.[0]}} {curve.unit}")]))
    chart.xaxis.axis_label, chart.yaxis.axis_label = curve.unit, "cycles"
    return chart
