"""Windows over a large schedule: sweeps of them, two far apart at a time, until the time is spent.

Windows move idle slots towards the end of the schedule; after each sweep the list scheduler runs once more in the order
that the windows have led to, which closes what they opened.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np

from machine.errors import UserError
from machine.graph.decision import Decision, Schedule, schedule_of
from machine.graph.flat import FlatGraph
from machine.legality import check_decision
from search.allocation import allocate, find_lifetimes
from search.cpsat.outcome import SolveLimits, Status
from search.cpsat.window import Fixed, Span, WindowOutcome, cut_span, solve_window
from search.decide import make_candidate
from search.errors import ScheduleStuckError
from search.isolate import Ending, Isolated, call_isolated
from search.list_scheduler import PreparedGraph, schedule_by_keys
from search.local_search import keys_of
from search.policy import default_policy

_GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class WindowSettings:
    """How to sweep.

    Attributes:
        seconds: until the end.
        width: cycles of a window; neighbouring windows overlap by half.
        window_seconds: for one window.
        window_work: the solver's deterministic time for one window; with one worker, it makes windows repeatable.
        most_windows: after which it ends.
        workers: windows solved at once.
        memory_bytes: for one window.
        seed: of the solver.
    """

    seconds: float
    width: int = 24
    window_seconds: float = 8.0
    window_work: float | None = None
    most_windows: int | None = None
    workers: int = 2
    memory_bytes: int = 4 << 30
    seed: int = 0


@dataclass
class WindowProgress:
    """Where the sweeps stand.

    Attributes:
        cycles: of the best legal decision.
        windows: solved, by status.
        gains: windows that moved anything forward.
        moved: by how much, in weighted starts.
        sweeps: begun.
        last: the last window that ended.
    """

    cycles: int
    started: float = field(default_factory=time.monotonic)
    windows: dict[str, int] = field(default_factory=dict)
    gains: int = 0
    moved: int = 0
    sweeps: int = 0
    last: WindowOutcome | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def is_spent(self, settings: WindowSettings) -> bool:
        """Whether time or windows are used up."""
        enough = settings.most_windows is not None and sum(self.windows.values()) >= settings.most_windows
        return enough or self.seconds >= settings.seconds


Watch = Callable[[WindowProgress], None]


def improve(
    prepared: PreparedGraph, start: Decision, settings: WindowSettings, watch: Watch
) -> tuple[Decision, WindowProgress]:
    """Sweep windows over ``start``; Ctrl-C ends it.  Every decision returned has passed the legality checker.

    Raises:
        UserError: the schedule is shorter than a window.
    """
    if start.schedule.length < settings.width:
        raise UserError(f"a schedule of {start.schedule.length} cycles has no room for windows: use `slotsmith solve`")
    best, progress = start, WindowProgress(start.schedule.length)
    current = start.schedule
    try:
        while not progress.is_spent(settings):
            progress.sweeps += 1
            for moved in _sweep(prepared, current, settings, progress):
                current = moved
                best = _better(prepared, best, current, progress)
                watch(progress)
            current = _replay(prepared, current)
            best = _better(prepared, best, current, progress)
            watch(progress)
    except KeyboardInterrupt:
        pass
    return best, progress


def _sweep(
    prepared: PreparedGraph, current: Schedule, settings: WindowSettings, progress: WindowProgress
) -> Iterator[Schedule]:
    """The schedule after each window of a sweep, front to back; windows solved together lie far apart."""
    half = settings.width // 2
    offset = (progress.sweeps * half // 3) % half
    firsts = list(range(offset, max(1, current.length - half), half))
    lanes = [list(part) for part in np.array_split(firsts, settings.workers) if len(part)]
    queue = [first for row in zip(*[lane[: len(lanes[-1])] for lane in lanes], strict=False) for first in row]
    with ThreadPoolExecutor(settings.workers) as pool:
        running: dict[Future[Isolated[WindowOutcome]], Span] = {}
        while queue or running:
            while queue and len(running) < settings.workers and not progress.is_spent(settings):
                span = cut_span(prepared.flat, current, queue[0], queue[0] + settings.width)
                if any(span.first < other.last and other.first < span.last for other in running.values()):
                    break
                queue.pop(0)
                if span.operations:
                    running[pool.submit(_solve, prepared, current, span, settings)] = span
            if not running:
                return
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                del running[future]
                current = _apply(prepared.flat, current, future.result(), progress)
                yield current
            if progress.is_spent(settings):
                queue.clear()


def _solve(prepared: PreparedGraph, current: Schedule, span: Span, settings: WindowSettings) -> Isolated[WindowOutcome]:
    fixed = Fixed(prepared.flat, prepared.relations, prepared.chains, prepared.machine, current)
    limits = SolveLimits(
        settings.window_seconds, settings.window_work, settings.memory_bytes, workers=1, seed=settings.seed
    )
    return call_isolated(solve_window, (fixed, span, limits), limits.seconds + _GRACE_SECONDS, limits.memory_bytes)


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


def _replay(prepared: PreparedGraph, current: Schedule) -> Schedule:
    """The list schedule that takes operations in the order of the current one, if it is no longer."""
    order = default_policy(prepared.machine).engine_order
    try:
        again = schedule_by_keys(prepared, keys_of(prepared.flat, current), order, prepared.machine.scratch_words)
    except ScheduleStuckError:
        return current
    return again if again.length <= current.length else current


def _better(prepared: PreparedGraph, best: Decision, current: Schedule, progress: WindowProgress) -> Decision:
    """The current schedule as a decision if it is shorter than the best, allocated and legal; else the best."""
    if current.length >= best.schedule.length:
        return best
    addresses = allocate(prepared.flat, find_lifetimes(prepared.flat, current), prepared.machine.scratch_words)
    if addresses is None:
        progress.windows["not allocated"] = progress.windows.get("not allocated", 0) + 1
        return best
    decision = Decision(current, addresses)
    problems = check_decision(prepared.graph, decision, make_candidate(prepared, decision).program)
    if problems:
        progress.windows["refused"] = progress.windows.get("refused", 0) + 1
        return best
    progress.cycles = current.length
    return decision
