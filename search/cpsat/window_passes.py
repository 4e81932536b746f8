"""Windows over a large schedule: passes of them, where slots idle, until the time is spent.

Windows move idle slots towards the end of the schedule, or where justification can close them: what a window has moved
is justified at once.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np

from machine.errors import UserError
from machine.graph.decision import Schedule, schedule_of
from machine.graph.flat import FlatGraph
from machine.legality import check_decision
from search.analysis.prepared_graph import PreparedGraph
from search.cpsat.window_outcome import Fixed, WindowOutcome
from search.cpsat.window_spans import Span, WindowKind, plan_windows, where_idle, window_span
from search.processes.isolate import Ending, Isolated, call_isolated
from search.scheduling.incumbent import Incumbent, incumbent_of
from search.scheduling.justification import justify
from search.scratch.placement import COLOURING, place, with_packing
from search.solver.solve_outcome import SOLVING, SolveLimits, Status
from search.tasks.candidate import make_candidate

_GRACE_SECONDS = 10.0

_PACKING = SolveLimits(seconds=10.0, deterministic_time=1.0, workers=1)
"""For addresses of a new best, where colouring finds none."""


@dataclass(frozen=True)
class WindowSettings:
    """How to pass windows over a schedule.

    Attributes:
        seconds: until the end.
        kinds: of windows, a pass of each in turn.
        width: cycles of a window of cycles; neighbouring windows overlap by half.
        window_seconds: for one window.
        window_work: the solver's deterministic time for one window; with one worker, it makes windows repeatable.
        most_windows: after which it ends.
        least: a schedule of so many cycles ends it, too: none is shorter.
        workers: windows solved at once.
        memory_bytes: for one window.
        seed: of the solver.
    """

    seconds: float
    kinds: tuple[WindowKind, ...] = tuple(WindowKind)
    width: int = 16
    window_seconds: float = 3.0
    window_work: float | None = None
    most_windows: int | None = None
    least: int = 0
    workers: int = 2
    memory_bytes: int = 4 << 30
    seed: int = 0


@dataclass
class WindowProgress:
    """Where the passes stand.

    Attributes:
        cycles: of the best legal decision.
        windows: solved, by status.
        gains: windows that moved anything forward.
        moved: by how much, in weighted starts.
        passes: begun.
        last: the last window that ended.
        interrupted: whether Ctrl-C ended them.
    """

    cycles: int
    started: float = field(default_factory=time.monotonic)
    windows: dict[str, int] = field(default_factory=dict)
    gains: int = 0
    moved: int = 0
    passes: int = 0
    last: WindowOutcome | None = None
    interrupted: bool = False

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def is_spent(self, settings: WindowSettings) -> bool:
        """Whether time or windows are used up, or there is nothing left to gain."""
        enough = settings.most_windows is not None and sum(self.windows.values()) >= settings.most_windows
        return enough or self.seconds >= settings.seconds or self.cycles <= settings.least


Watch = Callable[[WindowProgress, Incumbent], None]
"""Is told where the passes stand, and the best so far."""


def pass_windows(
    prepared: PreparedGraph, start: Incumbent, settings: WindowSettings, watch: Watch
) -> tuple[Incumbent, WindowProgress]:
    """Pass windows over ``start``; Ctrl-C ends it.  Every decision returned has passed the legality checker.

    Raises:
        UserError: the schedule is shorter than a window.
    """
    if start.cycles < settings.width:
        raise UserError(f"a schedule of {start.cycles} cycles has no room for windows: use `slotsmith solve`")
    best = _Best(prepared, start, WindowProgress(start.cycles), watch)
    progress, current = best.progress, start.decision.schedule
    try:
        if not progress.is_spent(settings):
            current = best.take(current)
        while not progress.is_spent(settings):
            progress.passes += 1
            current = _pass(best, current, settings)
    except KeyboardInterrupt:
        progress.interrupted = True
    return best.incumbent, progress


@dataclass
class _Best:
    """The best so far, and whoever is told of it."""

    prepared: PreparedGraph
    incumbent: Incumbent
    progress: WindowProgress
    watch: Watch

    def take(self, moved: Schedule) -> Schedule:
        """Note a schedule and what justification makes of it; return the latter if it is a new best, else ``moved``."""
        self._note(moved)
        justified = _justified(self.prepared, moved, self.incumbent.engine_order)
        is_best = self._note(justified)
        self.watch(self.progress, self.incumbent)
        return justified if is_best else moved

    def _note(self, schedule: Schedule) -> bool:
        """Whether a schedule is shorter than the best, is allocated and is legal; it then is the best."""
        if schedule.length >= self.incumbent.cycles:
            return False
        outcomes = self.progress.windows
        decision = place(self.prepared, schedule, with_packing(_PACKING))
        if decision is None:
            outcomes["not allocated"] = outcomes.get("not allocated", 0) + 1
            return False
        if check_decision(self.prepared.graph, decision, make_candidate(self.prepared, decision).program):
            outcomes["refused"] = outcomes.get("refused", 0) + 1
            return False
        self.incumbent = incumbent_of(self.prepared.flat, decision, self.incumbent.engine_order)
        self.progress.cycles = schedule.length
        return True


def _pass(best: _Best, current: Schedule, settings: WindowSettings) -> Schedule:
    """The schedule after a pass of windows where slots idle, the idlest first; windows solved together are disjoint.

    What a window moves is justified at once; where that gives a new best, the pass goes on from there, and windows
    that are being solved have come too late.
    """
    prepared, progress = best.prepared, best.progress
    kind = settings.kinds[(progress.passes - 1) % len(settings.kinds)]
    turn = (progress.passes - 1) // len(settings.kinds)
    planned = plan_windows(kind, prepared.flat, current.length, settings.width, turn)
    queue = where_idle(planned, prepared.flat, current, prepared.machine)
    with ThreadPoolExecutor(settings.workers) as pool:
        running: dict[Future[Isolated[WindowOutcome]], Span] = {}
        while queue or running:
            while len(running) < settings.workers and not progress.is_spent(settings):
                plan = next((plan for plan in queue if not any(map(plan.overlaps, running.values()))), None)
                if plan is None:
                    break
                queue.remove(plan)
                span = window_span(prepared.flat, current, plan)
                if span.operations:
                    running[pool.submit(_solve, prepared, current, span, settings, progress.passes)] = span
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                if running.pop(future, None) is None:
                    continue
                moved = _apply(prepared.flat, current, future.result(), progress)
                if moved is current:
                    best.watch(progress, best.incumbent)
                    continue
                current = best.take(moved)
                if current is not moved:
                    running.clear()
            if progress.is_spent(settings):
                queue.clear()
    return current


def _solve(
    prepared: PreparedGraph, current: Schedule, span: Span, settings: WindowSettings, number: int
) -> Isolated[WindowOutcome]:
    fixed = Fixed(prepared.flat, prepared.relations, prepared.chains, prepared.machine, current)
    limits = SolveLimits(
        settings.window_seconds, settings.window_work, settings.memory_bytes, workers=1, seed=settings.seed + number
    )
    return call_isolated(
        _solve_here, (fixed, span, limits), limits.seconds + _GRACE_SECONDS, limits.memory_bytes, SOLVING
    )


def _solve_here(fixed: Fixed, span: Span, limits: SolveLimits) -> WindowOutcome:
    """In a process of its own, which alone loads the solver."""
    from search.cpsat.window import solve_window  # noqa: PLC0415  (loads CP-SAT)

    return solve_window(fixed, span, limits)


def _apply(flat: FlatGraph, current: Schedule, call: Isolated[WindowOutcome], progress: WindowProgress) -> Schedule:
    """The current schedule with a window's operations where the window has put them."""
    outcome = call.value
    name = outcome.status.value if outcome else call.ending.value
    progress.windows[name] = progress.windows.get(name, 0) + 1
    if call.ending is not Ending.RETURNED or outcome is None:
        return current
    progress.last = outcome
    if outcome.cycles is None or outcome.status not in (Status.OPTIMAL, Status.FEASIBLE):
        return current
    progress.gains += 1
    progress.moved += outcome.before - outcome.after
    moved = np.zeros(flat.operations, dtype=np.bool_)
    moved[list(outcome.span.operations)] = True
    slots = moved[flat.implementation_operations[flat.slot_implementations]]
    return schedule_of(flat, np.where(slots, outcome.cycles, current.cycles))


def _justified(prepared: PreparedGraph, current: Schedule, engine_order: Sequence[int]) -> Schedule:
    """What justification makes of the current schedule."""
    decision = place(prepared, current, COLOURING)
    if decision is None:
        return current
    return justify(prepared, incumbent_of(prepared.flat, decision, engine_order)).decision.schedule
