"""Whole sessions: a list of stages on a task, and what comes of it on the leaderboard."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from machine.errors import UserError
from problems.knobs import KnobValue
from search.board.entry import Effort, Entry, build_again
from search.board.entry_schema import MOST_SEED
from search.board.leaderboard import Leaderboard
from search.board.submission import Result, Run, RunKind, Submission, journal_line, submit
from search.errors import AllocationError, ScratchExceededError
from search.processes.workers import Runner
from search.strategy.budget import Budget
from search.strategy.compiling_first import compile_first
from search.strategy.from_board import entry_of_graph, entry_solution
from search.strategy.keeping import Keeper
from search.strategy.pipeline import PipelineRun, run_stages
from search.strategy.progress import Progress, Watch
from search.strategy.search_recipe import SearchRecipe
from search.strategy.solution import Solution
from search.strategy.stage import Context
from search.strategy.step import SEARCH_STEPS, Step, format_steps, from_nothing
from search.tasks.building import build_prepared
from search.tasks.task import Task, TaskName


@dataclass(frozen=True)
class SessionSettings:
    """How to search.

    Attributes:
        steps: the stages, in this order.
        budget: of the session, the validation of its winner included.
        seed: of everything drawn at random.
        inputs: on which the winner is validated.
        fixed: knobs that keep a value.
        rewrite: whether graphs are rewritten.

    Raises:
        UserError: no entry can hold the seed.
    """

    steps: tuple[Step, ...]
    budget: Budget
    seed: int
    inputs: int
    fixed: Mapping[str, KnobValue]
    rewrite: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MOST_SEED:
            raise UserError(f"the seed must be a whole number from 0 to {MOST_SEED:,}, not {self.seed}")


@dataclass(frozen=True)
class Outcome:
    """What a session came to.

    Attributes:
        submission: the validated winner, and whether it is the leaderboard's best now.
        solution: the winner with its graph.
        start: cycles of the schedule that it began with; ``None`` where it began with nothing.
        run: its stages.
        progress: where it stood in the end.
    """

    submission: Submission
    solution: Solution
    start: int | None
    run: PipelineRun
    progress: Progress

    @property
    def is_interrupted(self) -> bool:
        """Whether the user ended it."""
        return self.run.is_interrupted or self.submission.was_interrupted


def search(
    task: Task, name: TaskName, settings: SessionSettings, board: Leaderboard, runner: Runner, watch: Watch
) -> Outcome:
    """Search among the graphs that the knobs give, validate the winner in full, and record it.

    Raises:
        UserError: nothing led to a program; says why.
        TrialError: the winner is not what it claims to be.
    """
    context = Context(task, name, settings.fixed, str(settings.seed), runner, settings.rewrite)
    return _from_nothing(RunKind.SEARCH, context, settings, settings.budget.less_validation(), board, watch)


def solve(
    task: Task,
    name: TaskName,
    settings: SessionSettings,
    board: Leaderboard,
    runner: Runner,
    watch: Watch,
    given: Entry | None = None,
) -> Outcome:
    """Solve the graph of the fixed knobs, from the best schedule of that graph that the leaderboard has.

    Where no schedule turns out to be shorter, a higher bound is recorded with the entry that has it.

    Args:
        task: what programs are for.
        name: the same, as it travels to workers.
        settings: what is fixed, and for how long.
        board: where schedules come from and go to.
        runner: runs what can run elsewhere.
        watch: is told what happens.
        given: the entry that the fixed knobs are of; if its graph was rewritten, it is so again by its own recipe.

    Raises:
        GraphError: the recipe of the entry is for another graph than its knobs give today.
        TrialError: no list schedule leads to a program, or the winner is not what it claims to be.
    """
    compile_first(runner, watch)
    context = Context(task, name, settings.fixed, str(settings.seed), runner, settings.rewrite)
    prepared = build_prepared(task, context.settings) if given is None else build_again(given, task)
    entry = entry_of_graph(board, name, prepared)
    if entry is not None:
        return improve(entry, name, settings, board, runner, watch, RunKind.SOLVE)
    return _from_nothing(RunKind.SOLVE, context, settings, settings.budget, board, watch)


def improve(
    entry: Entry,
    name: TaskName,
    settings: SessionSettings,
    board: Leaderboard,
    runner: Runner,
    watch: Watch,
    kind: RunKind = RunKind.IMPROVE,
) -> Outcome:
    """Improve on the schedule of an entry, or on its bound.

    A shorter program becomes an entry; a higher bound alone is recorded with the one that is there, and with the
    others of its graph; with those alone where another session has removed it meanwhile.

    Raises:
        UserError: the entry cannot be built again.
        TrialError: the shorter program is not what it claims to be.
    """
    compile_first(runner, watch)
    start = entry_solution(board, entry)
    context = Context(entry.task(), name, start.knobs, str(settings.seed), runner)
    watch.note(start.cycles, start.bound)
    keeper = _keeper(context, settings, board, watch.progress, entry.cycles, entry.effort)
    run = run_stages(context, settings.steps, start, settings.budget, replace(watch, keeper=keeper))
    solution = _found(context, run, watch.progress)
    line = _run(kind, context, settings, run, watch.progress)
    if solution.cycles < entry.cycles:
        effort = _effort(context, settings, run.method, watch.progress, entry.effort)
        submission = submit(board, _result(context, solution, effort), line, settings.inputs, keeper.kept)
    else:
        submission = _unimproved(board, entry, solution)
        board.record(journal_line(line, submission.entry, is_best=False))
    return Outcome(submission, solution, start.cycles, run, watch.progress)


def _unimproved(board: Leaderboard, entry: Entry, solution: Solution) -> Submission:
    """What became of an entry for which nothing shorter was found: a higher bound is noted, if only in others."""
    if solution.bound.cycles <= entry.bound.cycles:
        return Submission(entry, solution.candidate(), is_best=False, before=entry)
    raised = board.raise_bound(entry, solution.bound)
    ended = replace(entry, bound=solution.bound) if raised is None else raised
    return Submission(ended, solution.candidate(), is_best=False, before=entry, is_gone=raised is None)


def _from_nothing(
    kind: RunKind, context: Context, settings: SessionSettings, budget: Budget, board: Leaderboard, watch: Watch
) -> Outcome:
    """Run the stages without a schedule to begin with, and submit what they lead to."""
    compile_first(context.runner, watch)
    best = board.best_for(context.name)
    keeper = _keeper(context, settings, board, watch.progress, best.cycles if best else None)
    run = run_stages(context, from_nothing(settings.steps), None, budget, replace(watch, keeper=keeper))
    solution = _found(context, run, watch.progress)
    effort = replace(_effort(context, settings, run.method, watch.progress), repeat=_recipe(settings, run))
    result = _result(context, solution, effort)
    line = _run(kind, context, settings, run, watch.progress)
    submission = submit(board, result, line, settings.inputs, keeper.kept)
    return Outcome(submission, solution, None, run, watch.progress)


def _keeper(
    context: Context,
    settings: SessionSettings,
    board: Leaderboard,
    progress: Progress,
    standing: int | None,
    before: Effort | None = None,
) -> Keeper:
    """Keeps what is shorter than ``standing`` while the session goes on."""

    def result_of(solution: Solution) -> Result:
        method = f"{progress.stage}, not ended"
        return _result(context, solution, _effort(context, settings, method, progress, before))

    return Keeper(board, result_of, standing, settings.inputs)


class NothingFoundError(UserError):
    """No stage has led to a program.

    Attributes:
        is_interrupted: whether Ctrl-C ended the stages.
    """

    def __init__(self, message: str, *, is_interrupted: bool) -> None:
        super().__init__(message)
        self.is_interrupted = is_interrupted


def _found(context: Context, run: PipelineRun, progress: Progress) -> Solution:
    if run.solution is None:
        why = _why_none(context, progress.failures)
        raise NothingFoundError(f"no schedule led to a program{why}", is_interrupted=run.is_interrupted)
    return run.solution


def _why_none(context: Context, failures: Mapping[str, int]) -> str:
    """Why no schedule led to a program, and what to do about it."""
    messages = [kind for kind in failures if " " in kind]
    if messages:
        return f": {messages[0]}"
    counts = ", ".join(f"{kind}: {count}" for kind, count in failures.items()) or "none has ended"
    if failures and set(failures) <= {ScratchExceededError.__name__, AllocationError.__name__}:
        return (
            f" ({counts}): it does not fit scratch, {_scratch_words(context)}; "
            "give a smaller shape, other knobs or a machine with more words"
        )
    return f" ({counts}): give more time, other knobs or a larger machine"


def _scratch_words(context: Context) -> str:
    """How many words of scratch the graph of the usual knobs needs, and how many there are."""
    prepared = build_prepared(context.task, context.settings)
    needed = min(form.prepared.needed_words for form in (prepared.own, *prepared.forms()))
    machine = context.task.machine
    return f"where it needs {needed:,} words with the usual knobs, and {machine.name} has {machine.scratch_words:,}"


def _result(context: Context, solution: Solution, effort: Effort) -> Result:
    policy = None if solution.policy is None else solution.policy.to_json()
    knobs, candidate = solution.knobs, solution.candidate()
    return Result(context.task, context.name.problem, candidate, solution.bound, knobs, policy, effort)


def _effort(
    context: Context, settings: SessionSettings, method: str, progress: Progress, before: Effort | None = None
) -> Effort:
    """The cost of a session, added to that of the entry it went on from."""
    workers, seconds = context.runner.workers, round(progress.seconds, 1)
    if before is None:
        return Effort(method, settings.seed, progress.schedules, seconds, workers)
    spent, schedules = round(before.seconds + seconds, 1), before.schedules + progress.schedules
    return Effort(f"{before.method}, then {method}", settings.seed, schedules, spent, workers)


def _recipe(settings: SessionSettings, run: PipelineRun) -> dict[str, object] | None:
    """What it takes to repeat the session; ``None`` where time had a part in it."""
    schedules = settings.budget.schedules
    if not settings.budget.is_counted or schedules is None or not run.is_repeatable:
        return None
    stages = None if settings.steps == SEARCH_STEPS else format_steps(settings.steps)
    return SearchRecipe(schedules, settings.seed, dict(settings.fixed), stages, settings.rewrite).to_json()


def _run(kind: RunKind, context: Context, settings: SessionSettings, run: PipelineRun, progress: Progress) -> Run:
    return Run(
        kind,
        progress.schedules,
        round(progress.seconds, 1),
        context.runner.workers,
        settings.seed,
        dict(progress.failures),
        run.is_interrupted,
        tuple(progress.curve),
    )
