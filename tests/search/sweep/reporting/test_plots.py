"""Plots of a sweep: everything is within the picture, and what is drawn is what happened."""

import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from search.sweep.reporting.analyze import StudyAnalysis, SweepAnalysis, analyze
from search.sweep.reporting.bar_plots import draw_failures, draw_importance
from search.sweep.reporting.history import read_history
from search.sweep.reporting.plot_style import plain
from search.sweep.reporting.plots import pictures
from search.sweep.reporting.progress_plot import draw_progress
from tests.search.sweep.reporting.journals import Written, night

LONG = {
    "studies": [
        {
            "problem": "a/folder/with/a/long/name/and/$dollars$/in_it/problems_of_mine.py:ProblemWithALongName",
            "shapes": [f"height=10,rounds=16,batch={number}" for number in range(4)],
            "categories": ["values", "values+indices"],
            "machines": ["wide-machine-with-a-long-name"],
        }
    ]
}

Draw = Callable[[SweepAnalysis, Sequence[StudyAnalysis]], Figure]


def analysis(written: Written) -> SweepAnalysis:
    return analyze(read_history(written.records, "night"))


@pytest.fixture(scope="module")
def eight() -> SweepAnalysis:
    """A sweep of eight studies with long names, all that can happen among their trials."""
    return analysis(night(480, studies=8, file=LONG))


def drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(figure).draw()
    return figure


def dots(figure: Figure, panel: int, marker: int) -> np.ndarray:
    """Where the dots of one of the kinds of a panel are: rungs 0 to 3, those above the range, those that failed."""
    found = [each for each in figure.axes[panel].collections if isinstance(each, PathCollection)]
    return np.asarray(found[marker].get_offsets())


def texts(figure: Figure) -> list[str]:
    return [each.get_text() for each in figure.findobj(Text) if isinstance(each, Text)]


# Legible


@pytest.mark.parametrize("draw", [draw_progress, draw_importance, lambda sweep, _: draw_failures(sweep)])
def test_no_text_is_cut_off_and_no_title_runs_into_another(draw: Draw, eight: SweepAnalysis) -> None:
    figure = drawn(draw(eight, eight.studies))
    width, height = figure.get_size_inches()
    everything = figure.get_tightbbox()
    assert 0.0 <= everything.x0 < everything.x1 <= width
    assert 0.0 <= everything.y0 < everything.y1 <= height
    titles = [axes.title.get_window_extent() for axes in figure.axes if axes.title.get_text()]
    titles += [axes._left_title.get_window_extent() for axes in figure.axes if axes.get_title(loc="left")]
    assert not any(one.overlaps(other) for n, one in enumerate(titles) for other in titles[:n])


def test_what_a_user_calls_things_is_no_formula() -> None:
    assert plain("a $x$ b", 20) == r"a \$x\$ b"


@pytest.mark.parametrize(("lines", "longest"), [(1, 20), (2, 41), (3, 62)])
def test_of_a_long_text_both_ends_are_kept(lines: int, longest: int) -> None:
    short = plain("beginning " + 20 * "middle " + "end", 20, lines)
    assert len(short) <= longest
    assert short.startswith("beginning")
    assert short.endswith("end")
    assert all(len(line) <= 20 for line in short.split("\n"))
    assert plain("short", 20) == "short"


def test_studies_are_eight_a_picture_and_each_is_a_png() -> None:
    shapes = [f"n={4 * number}" for number in range(1, 10)]
    found = list(pictures(analysis(Written(file={"studies": [{"problem": "dot_product", "shapes": shapes}]}))))
    assert [picture.name for picture in found] == [
        "progress",
        "progress-2",
        "importance",
        "importance-2",
        "failures",
    ]
    for picture in found:
        assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", picture.png[16:24])
        assert 800 <= width <= 2000
        assert height <= 3000


# True


def test_every_trial_is_a_dot_over_trials_and_over_time() -> None:
    written = Written()
    for trial, (cycles, rung) in enumerate([(50, 0), (None, 0), (40, 0), (30, 1), (35, 2), (36, 7)]):
        written.ran(trial, cycles, rung=rung)
    sweep = analysis(written)
    figure = draw_progress(sweep, sweep.studies[:1])
    for panel, at in ((0, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), (1, [1, 2, 3, 4, 5, 6])):
        assert dots(figure, panel, 0).tolist() == [[at[0], 50], [at[2], 40]]
        assert dots(figure, panel, 1).tolist() == [[at[3], 30]]
        assert dots(figure, panel, 2).tolist() == [[at[4], 35]]
        assert dots(figure, panel, 3).tolist() == [[at[5], 36]]
        assert len(dots(figure, panel, 4)) == 0
        assert dots(figure, panel, 5)[:, 0].tolist() == [at[1]]
        steps, bound = figure.axes[panel].get_lines()[:2]
        assert steps.get_drawstyle() == "steps-post"
        assert np.asarray(steps.get_xydata()).tolist() == [[at[0], 50], [at[2], 40], [at[3], 30], [at[5], 30]]
        assert (bound.get_linestyle(), list(map(float, bound.get_ydata()))) == ("--", [10.0, 10.0])  # type: ignore[arg-type]


def test_a_few_bad_trials_do_not_flatten_the_others() -> None:
    written = Written()
    for trial in range(100):
        written.ran(trial, 9000 if trial == 7 else 100 - trial // 2)
    sweep = analysis(written)
    figure = draw_progress(sweep, sweep.studies[:1])
    assert figure.axes[1].get_ylim()[1] < 120
    assert dots(figure, 1, 4)[:, 0].tolist() == [8]
    assert "trial with more cycles than shown" in texts(figure)


def test_pauses_are_cut_out_and_marked() -> None:
    written = Written()
    written.ran(0, 50)
    written.seconds += 7200.0
    written.ran(1, 40)
    sweep = analysis(written)
    figure = draw_progress(sweep, sweep.studies[:1])
    assert figure.axes[0].get_xlim()[1] < 3.0
    assert "time at work (s), without pauses" in texts(figure)
    assert "pause, cut out (2:00:00 in all)" in texts(figure)


@pytest.mark.parametrize(("seconds", "unit"), [(100, "s"), (1000, "min"), (100_000, "h")])
def test_time_is_in_a_handy_unit(seconds: float, unit: str) -> None:
    written = Written()
    written.seconds = seconds
    written.ended(0, 50, ran=seconds)
    sweep = analysis(written)
    figure = draw_progress(sweep, sweep.studies)
    assert f"time at work ({unit})" in texts(figure)
    assert 1.0 < figure.axes[0].get_xlim()[1] < 200.0


def test_bars_are_as_long_as_shares_and_the_greatest_is_on_top(eight: SweepAnalysis) -> None:
    study = eight.studies[0]
    axes = draw_importance(eight, [study]).axes[0]
    widths = [float(patch.get_width()) for patch in axes.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([weight.share for weight in study.importance.weights])
    assert widths == sorted(widths, reverse=True)
    assert axes.yaxis_inverted()
    assert axes.get_yticklabels()[0].get_text() == study.importance.weights[0].dimension.removeprefix("knob.")


def test_bars_of_failures_say_how_many_trials_failed_so(eight: SweepAnalysis) -> None:
    axes = draw_failures(eight).axes[0]
    widths = [patch.get_width() for patch in axes.patches]  # type: ignore[attr-defined]
    assert widths == [kind.trials for kind in eight.failures]
    assert [label.get_text() for label in axes.get_yticklabels()] == [kind.name for kind in eight.failures]


# Where there is nothing to draw


def test_what_there_is_not_is_said() -> None:
    written = Written()
    written.ended(0, ending="crashed", error=("crashed", ""))
    sweep = analysis(written)
    said = texts(draw_progress(sweep, sweep.studies))
    assert said.count("no trial has led to a program") == 2
    assert said.count("no trial has ended") == 4
    assert "best so far" not in said
    assert any(text.startswith("too few trials") for text in texts(draw_importance(sweep, sweep.studies)))
    assert "no trial has ended" in texts(draw_failures(analysis(Written())))
    nobody = analysis(Written(file={}))
    assert "no study is known yet" in texts(draw_progress(nobody, nobody.studies))
    assert draw_importance(nobody, nobody.studies).axes
