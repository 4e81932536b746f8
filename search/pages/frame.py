"""Pages from templates: Jinja fills them in, Bokeh puts charts in, and all scripts and styles are in the page."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from bokeh.embed import file_html
from bokeh.model import Model
from bokeh.resources import INLINE
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ASSETS = Path(__file__).with_name("assets")


def asset(name: str) -> str:
    """A script or a style sheet."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def plain_page(template: str, **values: Any) -> str:
    """A page without charts."""
    return _environment().get_template(template).render(values)


def chart_page(template: str, charts: Mapping[str, Model], title: str, **values: Any) -> str:
    """A page with charts.

    Args:
        template: its name; it calls ``chart(name)`` where a chart is to be.
        charts: by name.
        title: of the page.
        values: what else the template shows.
    """
    if not charts:
        return plain_page(template, title=title, roots={}, bokeh_js="", plot_script="", **values)
    for name, chart in charts.items():
        chart.name = name
    filled = _environment().get_template(template)
    return str(file_html(list(charts.values()), INLINE, title, template=filled, template_variables=values))


@cache
def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(_ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found.globals["asset"] = asset
    found.filters["as_table"] = asdict
    return found
