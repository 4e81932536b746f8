"""``slotsmith improve``, without the command line: shorter schedules for an entry, by moves and by windows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from machine.errors import UserError
from machine.model import Machine
from search.board.entry import Effort, Entry, make_entry
from search.board.leaderboard import Leaderboard
from search.cpsat.window_passes import WindowProgress, WindowSettings, improve
from search.processes.workers import Runner
from search.scheduling.justification import justify
from search.scheduling.policy import Policy, default_policy
from search.strategy.move_rounds import improve_locally
from search.strategy.random_search import Budget, Progress, Watch
from search.strategy.sampler import Finding
from search.tasks.candidate import Candidate, make_candidate
from search.tasks.task import TaskName
from search.tasks.validation import validate_candidate


class Method(Enum):
    """How to improve: local search over what the list scheduler takes first, windows of CP-SAT, or one, then the other.

    With both, windows have the last fifth of the time.
    """

    MOVES = "moves"
    WINDOWS = "windows"
    BOTH = "both"


_MOVES_UNTIL = {Method.MOVES: 1.0, Method.WINDOWS: 0.0, Method.BOTH: 0.8}


@dataclass(frozen=True)
class ImproveSettings:
    """How to improve an entry.

    Attributes:
        method: see :class:`Method`.
        windows: how to sweep; its seconds are those of the whole.
        inputs: on which a shorter program is validated.
    """

    method: Method
    windows: WindowSettings
    inputs: int


@dataclass(frozen=True)
class ImproveReport:
    """What came of it.

    Attributes:
        candidate: the shortest program, which may be the entry's own.
        justified, moved: cycles after justification and after moves.
        moves: tried.
        windows: as they ended.
        seconds: spent.
    """

    candidate: Candidate
    justified: int
    moved: int
    moves: int
    windows: WindowProgress
    seconds: float


def improve_candidate(
    name: TaskName,
    candidate: Candidate,
    finding: Finding,
    settings: ImproveSettings,
    runner: Runner,
    watch_moves: Watch,
    watch_windows: Callable[[WindowProgress], None],
) -> ImproveReport:
    """Justify a schedule, then try moves, then windows; Ctrl-C ends it.

    Args:
        name: the task.
        candidate: the schedule to begin with.
        finding: where it is from: its knobs, and the policy whose engine order is kept.
        settings: how to improve.
        runner: tries moves.
        watch_moves: is told of moves.
        watch_windows: is told of windows.

    Raises:
        UserError: the schedule is shorter than a window.
    """
    prepared, cycles, windows = candidate.prepared, candidate.cycles, settings.windows
    if cycles < windows.width:
        raise UserError(f"a schedule of {cycles} cycles has no room for windows: use `slotsmith solve`")
    start = justify(prepared, candidate.decision, finding.policy.engine_order)
    progress = Progress(best=replace(finding, cycles=start.cycles))
    until = _MOVES_UNTIL[settings.method]
    if until > 0:
        improve_locally(name, start, Budget(windows.seconds * until, None), windows.seed, runner, progress, watch_moves)
    decision = progress.decision or start.decision
    moved = decision.schedule.length
    left = 0.0 if progress.interrupted or until == 1 else windows.seconds - progress.seconds
    narrow = replace(windows, seconds=left, width=min(windows.width, moved))
    decision, swept = improve(prepared, decision, narrow, watch_windows)
    made = make_candidate(prepared, decision)
    return ImproveReport(made, start.cycles, moved, progress.trials, swept, progress.seconds)


def finding_of(entry: Entry, machine: Machine) -> Finding:
    """Where an entry is from; one that no policy led to has the default."""
    policy = Policy.from_json(entry.policy) if entry.policy else default_policy(machine)
    return Finding(entry.cycles, 0, entry.knobs, policy)


def keep_improved(
    board: Leaderboard, entry: Entry, report: ImproveReport, settings: ImproveSettings
) -> tuple[Entry, bool]:
    """Validate the improved program and make it an entry; return that, and whether it is the best now.

    Raises:
        TrialError: it is not what it claims to be.
    """
    task, candidate = entry.task(), report.candidate
    validation = validate_candidate(task, candidate, settings.inputs)
    used = [method for method in (Method.MOVES, Method.WINDOWS) if settings.method in (method, Method.BOTH)]
    how = " and ".join(method.value for method in used)
    spent, windows = round(entry.effort.seconds + report.seconds, 1), settings.windows
    trials = entry.effort.trials + report.moves
    effort = Effort(f"{entry.effort.method}, then {how}", windows.seed, trials, spent, windows.workers)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    made = make_entry(task, entry.problem, candidate, entry.bound, validation, entry.knobs, entry.policy, effort, now)
    return made, board.add(made, candidate)
