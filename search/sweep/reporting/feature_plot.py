"""Plots of cycles against the features of a machine that a sweep varies."""

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from search.sweep.reporting.feature_series import FeatureSeries
from search.sweep.reporting.plot_style import BLACK, BLUE, NORMAL, SMALL, VERMILLION, plain, sheet, tidy

_ACROSS = 3
_TITLE = 44
"""Characters of a line of a title, which has two at most."""


def draw_features(series: Sequence[FeatureSeries]) -> Figure:
    """A chart for each feature: cycles, the bound dashed, the machine as it is ringed, a cross where no program is."""
    rows = max(1, ceil(len(series) / _ACROSS))
    figure = sheet(13.0, 3.2 * rows)
    charts = figure.subplots(rows, _ACROSS, squeeze=False).flatten()
    for chart, each in zip(charts, series, strict=False):
        _draw(chart, each)
    for chart in charts[len(series) :]:
        chart.set_axis_off()
    return figure


def _draw(axes: Axes, series: FeatureSeries) -> None:
    good = [point for point in series.points if point.cycles is not None]
    values, cycles = [point.value for point in good], [point.cycles or 0 for point in good]
    axes.plot(values, cycles, color=BLUE, marker="o")
    axes.plot(values, [point.bound or 0 for point in good], color=BLACK, linewidth=1.2, linestyle="--")
    for point in series.points:
        if point.cycles is None:
            axes.scatter([point.value], [0], marker="x", color=VERMILLION, clip_on=False)
        elif point.is_origin:
            axes.scatter([point.value], [point.cycles], s=110, facecolors="none", edgecolors=BLACK)
    axes.set_ylim(0.0, 1.1 * max(cycles, default=1))
    axes.set_xlabel(plain(series.feature, _TITLE), fontsize=SMALL)
    axes.set_ylabel("cycles", fontsize=SMALL)
    axes.set_title(plain(series.title, _TITLE, 2), loc="left", fontsize=NORMAL, color=BLACK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    tidy(axes)
