"""Bar charts of a sweep: how much the dimensions of its studies matter, and how its trials failed."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis
from search.sweep.reporting.plot_style import (
    BLACK,
    BLUE,
    LARGE,
    LIGHT,
    NORMAL,
    SMALL,
    VERMILLION,
    plain,
    say,
    sheet,
    tidy,
)
from search.sweep.reporting.tables import MOST_WEIGHTS, short_name

_KINDS = 12
"""Kinds of failures shown."""

_NAME, _KIND, _SWEEP = 32, 50, 60
"""Characters of the names of dimensions, kinds of failures and sweeps, at most."""

_TITLE = 52
"""Characters of a line of a study's title, which has two at most."""

_LEAST_ROOM = 4
"""Bars that there is room for, at least."""

_CHANCE = "what one in 20 shuffles of the results exceeds"


def draw_importance(sweep: SweepAnalysis, studies: Sequence[StudyAnalysis]) -> Figure:
    """For each study its most important dimensions."""
    columns = 1 if len(studies) <= 1 else 2
    rows = max(1, -(-len(studies) // columns))
    room = max([_LEAST_ROOM, *(len(study.importance.weights[:MOST_WEIGHTS]) for study in studies)])
    figure = sheet(7.0 * columns, 1.1 + (0.9 + 0.22 * room) * rows)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, study in zip(panels, studies, strict=False):
        _draw_weights(axes, study, room)
    for axes in panels[len(studies) :]:
        axes.set_axis_off()
    figure.suptitle(f"sweep {plain(sweep.name, _SWEEP)}: knob importance", fontsize=LARGE, color=BLACK)
    if all(study.importance.reason for study in studies):
        return figure
    handles = [
        Patch(color=BLUE, label="more than chance"),
        Patch(color=LIGHT, label="no more than chance"),
        Line2D([], [], color=BLACK, marker="|", markersize=9, markeredgewidth=1.5, linestyle="", label=_CHANCE),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=NORMAL)
    return figure


def _draw_weights(axes: Axes, study: StudyAnalysis, room: int) -> None:
    """A bar for each dimension, in axes with room for so many."""
    tidy(axes)
    title = plain(f"study {study.number}: {study.title}", _TITLE, lines=2)
    axes.set_title(title, loc="left", fontsize=NORMAL, fontweight="bold", color=BLACK)
    weights = study.importance.weights[:MOST_WEIGHTS]
    if not weights:
        say(axes, study.importance.reason or "")
        axes.set_xticks([])
        axes.set_yticks([])
        return
    places = range(len(weights))
    colors = [BLUE if weight.is_clear else LIGHT for weight in weights]
    axes.barh(places, [weight.share for weight in weights], height=0.7, color=colors)
    chance = [weight.chance for weight in weights]
    axes.scatter(chance, places, marker="|", s=90, color=BLACK, linewidths=1.5, zorder=3)
    names = [plain(short_name(weight.dimension), _NAME) for weight in weights]
    axes.set_yticks(places, names)
    axes.set_ylim(room - 0.4, -0.6)
    axes.set_xlim(0.0, 1.05 * max([weight.share for weight in weights] + chance))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6))
    axes.set_xlabel(
        study.importance.doubt or f"share of importance, from {study.importance.trials} fresh trials", fontsize=SMALL
    )


def draw_failures(sweep: SweepAnalysis) -> Figure:
    """How many trials failed in which way."""
    kinds = sweep.failures[:_KINDS]
    figure = sheet(9.0, 1.2 + 0.36 * max(_LEAST_ROOM, len(kinds)))
    axes = figure.subplots()
    tidy(axes)
    rest = len(sweep.failures) - len(kinds)
    more = f" ({rest} rarer kinds not shown)" if rest else ""
    title = f"sweep {plain(sweep.name, _SWEEP)}: trials that failed, by kind{more}"
    figure.suptitle(title, fontsize=LARGE, color=BLACK)
    if not kinds:
        say(axes, f"none of {sweep.ended} trials failed" if sweep.ended else "no trial has ended")
        axes.set_xticks([])
        axes.set_yticks([])
        return figure
    counts = [kind.trials for kind in kinds]
    bars = axes.barh(range(len(kinds)), counts, height=0.65, color=VERMILLION)
    labels = [f"{count} ({count / sweep.ended:.1%})" for count in counts]
    axes.bar_label(bars, labels, padding=4, fontsize=NORMAL, color=BLACK)
    axes.set_yticks(range(len(kinds)), [plain(kind.name, _KIND) for kind in kinds])
    axes.set_ylim(max(_LEAST_ROOM, len(kinds)) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.2 * max(counts))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_xlabel(f"trials, of {sweep.ended} that have ended", fontsize=NORMAL)
    return figure
