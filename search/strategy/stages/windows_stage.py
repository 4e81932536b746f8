"""The stage of windows of CP-SAT over a large schedule."""

from dataclasses import dataclass, replace

from search.cpsat.window_passes import WindowProgress, WindowSettings, pass_windows
from search.cpsat.window_spans import WindowKind
from search.processes.isolate import FAILURES
from search.scheduling.incumbent import Incumbent
from search.strategy.budget import Budget
from search.strategy.progress import Watch
from search.strategy.solution import Solution
from search.strategy.stage import Context, Measure, Stage, StageEnd, StageEnding

WINDOW_WORK = 0.5
"""Deterministic time for a window that is to be repeatable."""

_REPEATABLE_SECONDS = 300.0
"""Wall time for a window that its work limits."""


@dataclass(frozen=True)
class WindowsStage(Stage):
    """Frees what lies in a window of the schedule, fixes the rest, and solves that exactly, window after window.

    Attributes:
        kinds: what windows free, a pass of each in turn.
        width: cycles of a window.
        window_seconds: for each window.
    """

    name = "windows"
    summary = "frees what lies in a window of the schedule and solves that exactly, window after window"
    measure = Measure.WORK

    kinds: tuple[WindowKind, ...] = tuple(WindowKind)
    width: int = 16
    window_seconds: float = 3.0

    def run(self, context: Context, start: Solution | None, budget: Budget, watch: Watch) -> StageEnd:
        """Search; a schedule shorter than a window is one window.

        See :class:`~search.strategy.stage.Stage`.
        """
        assert start is not None
        settings = self._settings(context, budget)
        settings = replace(settings, width=max(1, min(settings.width, start.cycles)), least=start.bound.cycles)
        if settings.seconds <= 0 or settings.most_windows == 0:
            return StageEnd(start)

        def note(passed: WindowProgress, best: Incumbent) -> None:
            watch.progress.windows = passed
            watch.note(min(passed.cycles, start.cycles), start.bound, lambda: start.with_incumbent(best))
            watch()

        incumbent, passed = pass_windows(start.prepared, start.incumbent, settings, note)
        is_timed = budget.seconds is not None or passed.seconds >= settings.seconds
        ending = StageEnding.COMPLETED
        if passed.interrupted:
            ending = StageEnding.INTERRUPTED
        elif is_timed or not FAILURES.isdisjoint(passed.windows):
            ending = StageEnding.CUT_SHORT
        return StageEnd(start.with_incumbent(incumbent), ending, passed)

    def _settings(self, context: Context, budget: Budget) -> WindowSettings:
        """What is left of the time; or, where work is counted, some windows that can be repeated."""
        if budget.seconds is not None:
            return WindowSettings(
                budget.seconds,
                self.kinds,
                self.width,
                self.window_seconds,
                workers=context.threads,
                seed=context.solver_seed,
            )
        most = int((budget.work or 0.0) / WINDOW_WORK + 1e-9)  # less than the work of one is none
        return WindowSettings(
            _REPEATABLE_SECONDS * most,
            self.kinds,
            self.width,
            _REPEATABLE_SECONDS,
            window_work=WINDOW_WORK,
            most_windows=most,
            workers=1,
            seed=context.solver_seed,
        )
