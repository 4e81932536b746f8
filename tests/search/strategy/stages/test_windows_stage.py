"""Windows as a stage: by time or by count, and a schedule shorter than a window is one window."""

import pytest

from search.cpsat.window_passes import WindowSettings
from search.cpsat.window_spans import WindowKind
from search.processes.workers import InProcess
from search.strategy.budget import Budget
from search.strategy.stage import StageEnding
from search.strategy.stages import windows_stage
from search.strategy.stages.windows_stage import WINDOW_WORK, WindowsStage
from tests.search.strategy.cases import assert_sound, context_of, run_stage, start_of, watched


def given(monkeypatch: pytest.MonkeyPatch, stage: WindowsStage, budget: Budget) -> WindowSettings:
    """The settings with which passes begin."""
    found: list[WindowSettings] = []

    def note(prepared: object, start: object, settings: WindowSettings, watch: object) -> object:
        found.append(settings)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(windows_stage, "pass_windows", note)
        run_stage(stage, budget, context=context_of(seed=6, runner=InProcess(threads=3)))
    return found[0]


def test_where_time_counts_windows_are_solved_by_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, WindowsStage((WindowKind.CYCLES,), 8, 1.5), Budget(20.0))
    assert settings == WindowSettings(
        20.0, (WindowKind.CYCLES,), 8, 1.5, least=start_of().bound.cycles, workers=3, seed=6
    )


@pytest.mark.parametrize(("work", "windows"), [(0.5, 1), (0.7, 1), (1.0, 2), (0.1 + 0.2 + 0.7, 2)])
def test_where_work_counts_whole_windows_are_solved_one_after_another(
    monkeypatch: pytest.MonkeyPatch, work: float, windows: int
) -> None:
    settings = given(monkeypatch, WindowsStage(), Budget(work=work))
    assert (settings.most_windows, settings.window_work, settings.workers) == (windows, WINDOW_WORK, 1)


@pytest.mark.parametrize("budget", [Budget(0.0), Budget(work=0.0), Budget(work=0.4)])
def test_less_than_a_window_is_none(budget: Budget) -> None:
    watch = watched()
    end = run_stage(WindowsStage(), budget, watch=watch)
    assert (end.solution, end.ending, watch.progress.windows) == (start_of(), StageEnding.COMPLETED, None)


def test_a_schedule_that_is_shorter_than_a_window_is_one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, WindowsStage(width=500), Budget(1.0)).width == start_of().cycles


def test_what_windows_come_to_is_told_as_they_end() -> None:
    watch = watched()
    end = run_stage(WindowsStage(), Budget(work=1.0), watch=watch)
    assert end.solution is not None
    assert end.solution.cycles == watch.progress.cycles
    assert watch.progress.windows is end.detail
    assert_sound(end.solution)
