"""An exploration as one self-contained page: what it says, cycles saved by change, and cycles against each feature."""

from collections.abc import Iterator
from html import escape
from typing import Any

from bokeh.embed import file_html
from bokeh.layouts import column, row
from bokeh.models import ColumnDataSource, FactorRange, HoverTool, Range1d
from bokeh.models.widgets import Div
from bokeh.plotting import figure
from bokeh.resources import INLINE

from search.explore.exploration import Exploration
from search.explore.exploration_data import exploration_data

_GAIN, _LOSS, _LINE, _FAILED = "#0072B2", "#D55E00", "#222222", "#6E6E6E"
_CHART, _BAR = 320, 22
"""Sides of a small chart, and the height of a bar, in pixels."""

_TIPS = [("value", "@value"), ("cycles", "@cycles"), ("bound", "@bound"), ("saved", "@saved"), ("", "@end @why")]


def exploration_html(found: Exploration) -> str:
    """The page."""
    data = exploration_data(found)
    title = f"{data['problem']} {data['shape']} on variants of {data['machine']}"
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in data["says"])
    if data["interrupted"]:
        said += "<p>Interrupted: not all variants have ended.</p>"
    base = f"<p>{data['machine']} as it is: {data['cycles']} cycles, bound {data['bound']} for its graph.</p>"
    charts = [_feature_chart(data, feature) for feature in dict.fromkeys(each["feature"] for each in data["variants"])]
    page = column(
        Div(text=f"<h1>{escape(title)}</h1>{said}{base}", sizing_mode="stretch_width"),
        _savings_chart(data),
        row(*charts, styles={"flex-wrap": "wrap"}, sizing_mode="stretch_width"),
        Div(text=_table(data), styles={"overflow-x": "auto"}, sizing_mode="stretch_width"),
        sizing_mode="stretch_width",
    )
    return str(file_html(page, INLINE, title))


def _savings_chart(data: dict[str, Any]) -> Any:
    """A bar for each variant that has a program, the one that saves most at the top."""
    rows = [each for each in data["variants"] if each["saved"] is not None]
    names = [f"{each['feature']} {each['was']} → {each['value']}" for each in rows]
    chart = figure(
        title="cycles saved",
        y_range=FactorRange(factors=names[::-1] or ["no variant has a program"]),
        height=90 + _BAR * len(rows),
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
        name="saved",
    )
    columns = {**_columns(rows), "name": names, "colour": [_GAIN if each["saved"] > 0 else _LOSS for each in rows]}
    bars = chart.hbar("name", 0.7, "saved", source=ColumnDataSource(columns), color="colour")
    chart.add_tools(HoverTool(renderers=[bars], tooltips=_TIPS))
    chart.vspan(x=[0], line_color=_LINE)
    return chart


def _feature_chart(data: dict[str, Any], feature: str) -> Any:
    """Cycles and bounds by value of a feature; values without a program are crosses at the bottom."""
    rows = [each for each in data["variants"] if each["feature"] == feature]
    itself = {**data, "feature": feature, "value": rows[0]["was"], "saved": 0, "end": "as it is", "why": ""}
    points = sorted([*rows, itself], key=lambda each: each["value"])
    good = [each for each in points if each["cycles"] is not None]
    failed = [{**each, "cycles": 0} for each in points if each["cycles"] is None]
    chart = figure(
        title=feature,
        width=_CHART,
        height=_CHART,
        y_range=Range1d(start=0, end=1.1 * max(each["cycles"] for each in good)),
        tools="",
        toolbar_location=None,
        x_axis_label=feature,
        name=feature,
    )
    source = ColumnDataSource(_columns(good))
    chart.line("value", "cycles", source=source, color=_GAIN, line_width=2)
    chart.step("value", "bound", source=source, color=_FAILED, line_dash="dashed", mode="center")
    dots = chart.scatter("value", "cycles", source=source, color=_GAIN, size=9)
    base = ColumnDataSource(_columns([itself]))
    chart.scatter("value", "cycles", source=base, size=15, fill_color=None, line_color=_LINE, line_width=2)
    crosses = chart.scatter(
        "value", "cycles", source=ColumnDataSource(_columns(failed)), marker="x", color=_LOSS, size=12
    )
    chart.add_tools(HoverTool(renderers=[dots, crosses], tooltips=_TIPS))
    chart.xaxis.ticker = [each["value"] for each in points]
    return chart


def _columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = ("value", "cycles", "bound", "saved", "end", "why")
    return {name: [each[name] for each in rows] for name in names}


def _table(data: dict[str, Any]) -> str:
    names = ("feature", "was", "value", "cycles", "saved", "bound", "end", "why")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(f"<tr>{''.join(_cells(each, names))}</tr>" for each in data["variants"])
    style = "border-collapse: collapse; font-variant-numeric: tabular-nums; text-align: left"
    return f'<table style="{style}" cellpadding="4"><tr>{head}</tr>{rows}</table>'


def _cells(row: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield f"<td>{'' if row[name] is None else escape(str(row[name]))}</td>"
