"""Plots of how the best results of a sweep came about: over the time of its work, and over trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from search.sweep.duration import duration
from search.sweep.reporting.analyze import Attempt, StudyAnalysis, SweepAnalysis
from search.sweep.reporting.plot_style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LARGE,
    NORMAL,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    plain,
    say,
    sheet,
    tidy,
)
from search.sweep.reporting.tables import gap_text

_RUNGS = ((SKY, "o"), (ORANGE, "s"), (PURPLE, "D"), (GREEN, "v"))
"""Colours and shapes of trials by rung; those of rungs above look like the last."""

_USUAL, _STRETCH = 0.95, 1.5
"""A plot has the range of so many of the trials that led to programs, and of those that make it no more than so many
times as large."""

_FAILED, _ABOVE = 0.02, 0.98
"""Where trials that failed, and those above the range, are drawn: as shares of the height of a plot."""

_TITLE = 90
"""Characters of a task, at most."""

_ACROSS = 5
"""Entries of a legend that fit beside each other."""

_STEPS: dict[str, Any] = {"color": BLUE, "linewidth": 2.0}
_BOUND: dict[str, Any] = {"color": BLACK, "linewidth": 1.2, "linestyle": "--"}
_PAUSE: dict[str, Any] = {"color": GREY, "linewidth": 1.2, "linestyle": ":"}


@dataclass(frozen=True)
class _Spot:
    """A trial in a plot: where along the axis it is, and what it led to."""

    place: float
    attempt: Attempt


def draw_progress(sweep: SweepAnalysis, studies: Sequence[StudyAnalysis]) -> Figure:
    """A row for each study: the best so far over time on the left, over trials on the right."""
    rows = max(1, len(studies))
    figure = sheet(13.0, 1.1 + 2.3 * rows)
    grid = figure.subplots(rows, 2, squeeze=False, sharey="row")
    name, seconds = _unit(sweep.worked)
    for (left, right), study in zip(grid, studies, strict=False):
        _draw_study(left, study, [_Spot(each.after / seconds, each) for each in study.attempts])
        _draw_study(right, study, [_Spot(each.place + 1.0, each) for each in study.attempts])
        left.set_title(_title(study), loc="left", fontsize=NORMAL, fontweight="bold", color=BLACK)
        left.set_xlim(0.0, 1.02 * max(sweep.worked, 1.0) / seconds)
        right.set_xlim(0.0, 1.02 * max(len(study.attempts), 1))
        after = [pause.after / seconds for pause in sweep.pauses]
        left.vlines(after, 0.0, 1.0, transform=left.get_xaxis_transform(), **_PAUSE)
    if not studies:
        say(grid[0][0], "no study is known yet")
    for left, right in grid:
        tidy(left)
        tidy(right)
        left.set_ylabel("cycles", fontsize=NORMAL)
        right.xaxis.set_major_locator(MaxNLocator(integer=True))
    cut = ", without pauses" if sweep.pauses else ""
    grid[-1][0].set_xlabel(f"time at work ({name}){cut}", fontsize=NORMAL)
    grid[-1][1].set_xlabel("trials of the study, in the order in which they ended", fontsize=NORMAL)
    figure.suptitle(f"sweep {plain(sweep.name, _TITLE)}: best so far", fontsize=LARGE, color=BLACK)
    handles = _legend(sweep, studies)
    columns = len(handles) if len(handles) <= _ACROSS else -(-len(handles) // 2)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False, fontsize=NORMAL)
    return figure


def _draw_study(axes: Axes, study: StudyAnalysis, spots: Sequence[_Spot]) -> None:
    """A study's trials as dots, its best so far as steps, and the bound."""
    best, high = study.best, _top(study)
    _draw_trials(axes, spots, high)
    if best is None or best.cycles is None:
        say(axes, "no trial has led to a program" if spots else "no trial has ended")
        axes.set_yticks([])
        return
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    better = {each.place for each in study.steps}
    steps = [each for each in spots if each.attempt.place in better]
    places = [*(each.place for each in steps), spots[-1].place]
    cycles = [*(each.attempt.cycles or 0 for each in steps), best.cycles]
    axes.plot(places, cycles, drawstyle="steps-post", zorder=3, **_STEPS)
    low = best.cycles
    if study.bound is not None:
        axes.axhline(study.bound, zorder=4, **_BOUND)
        low = min(low, study.bound)
    margin = max(0.6, 0.08 * (high - low))
    axes.set_ylim(low - margin, high + margin)


def _draw_trials(axes: Axes, spots: Sequence[_Spot], high: int) -> None:
    """Trials as dots: failed trials at the bottom, trials with more cycles than ``high`` at the top."""
    for rung, (color, marker) in enumerate(_RUNGS):
        inside = [each for each in spots if _rung(each.attempt) == rung and 0 < (each.attempt.cycles or 0) <= high]
        cycles = [each.attempt.cycles or 0 for each in inside]
        alpha, size = (0.4, 13) if rung == 0 else (0.7, 15)
        axes.scatter(
            [each.place for each in inside], cycles, s=size, color=color, marker=marker, alpha=alpha, linewidths=0
        )
    across = axes.get_xaxis_transform()
    above = [each.place for each in spots if (each.attempt.cycles or 0) > high]
    axes.scatter(above, [_ABOVE] * len(above), s=16, color=GREY, marker="^", alpha=0.6, linewidths=0, transform=across)
    failed = [each.place for each in spots if each.attempt.cycles is None]
    axes.scatter(failed, [_FAILED] * len(failed), s=30, color=VERMILLION, marker="|", alpha=0.8, transform=across)


def _top(study: StudyAnalysis) -> int:
    """The most cycles in the range of a plot: all, unless a few would take most of the room."""
    cycles = sorted(each.cycles for each in study.attempts if each.cycles is not None)
    if not cycles:
        return 0
    low, usual = cycles[0], cycles[ceil(_USUAL * len(cycles)) - 1]
    return max(each for each in cycles if each - low <= _STRETCH * (usual - low))


def _rung(attempt: Attempt) -> int:
    return min(attempt.rung, len(_RUNGS) - 1)


def _title(study: StudyAnalysis) -> str:
    title = f"study {study.number}: {plain(study.title, _TITLE)}"
    best = study.best
    if best is None:
        return title
    bound = "" if study.bound is None else f", bound {study.bound}, gap {gap_text(study)}"
    return f"{title}: best {best.cycles}{bound}"


def _unit(seconds: float) -> tuple[str, float]:
    """A unit of time in which so many seconds are a handy number: its name, and how many seconds it has."""
    if seconds < 180:
        return "s", 1.0
    return ("min", 60.0) if seconds < 2 * 3600 else ("h", 3600.0)


def _legend(sweep: SweepAnalysis, studies: Sequence[StudyAnalysis]) -> list[Artist]:
    """What is in the plots, and what it means."""
    attempts = [attempt for study in studies for attempt in study.attempts]
    rungs = sorted({_rung(attempt) for attempt in attempts if attempt.cycles is not None})
    handles: list[Artist] = []
    if rungs:
        handles.append(Line2D([], [], label="best so far", **_STEPS))
        handles.append(Line2D([], [], label="bound of the best's graph", **_BOUND))
    for rung in rungs:
        color, marker = _RUNGS[rung]
        label = "trial" if rungs == [0] else f"trial of rung {rung}" if rung else "fresh trial (rung 0)"
        handles.append(_dot(color, marker, label))
    if any((attempt.cycles or 0) > _top(study) for study in studies for attempt in study.attempts):
        handles.append(_dot(GREY, "^", "trial with more cycles than shown"))
    if any(attempt.cycles is None for attempt in attempts):
        handles.append(_dot(VERMILLION, "|", "trial that failed"))
    if sweep.pauses:
        lost = duration(sum(pause.seconds for pause in sweep.pauses))
        handles.append(Line2D([], [], label=f"pause, cut out ({lost} in all)", **_PAUSE))
    return handles


def _dot(color: str, marker: str, label: str) -> Line2D:
    return Line2D([], [], color=color, marker=marker, markersize=6, linestyle="", label=label)
