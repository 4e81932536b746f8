"""``slotsmith search``: find a good program and put it on the leaderboard."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from machine.errors import KernelError, UserError
from machine.nearest import counted
from problems.checking.room import require_input_room
from problems.loader import load_problem
from problems.problem import check_category, resolve_knobs
from problems.rules import require_rules
from search.board.entry_schema import MOST_SEED
from search.board.leaderboard import Leaderboard
from search.cli.check_command import report_unreadable
from search.cli.given_options import refuse_given
from search.cli.live import live_view
from search.cli.options import (
    DEFAULT_MACHINE,
    DEFAULT_RESULTS,
    JsonOption,
    MachineOption,
    ResultsOption,
    RewriteOption,
    SetOption,
    StagesOption,
    entry_summary,
    print_json,
    shapes_in_file,
    split_settings,
)
from search.cli.submission_lines import entry_title, print_knobs, print_rewriting, print_submission
from search.cli.survey_view import SURVEY_SECONDS, survey
from search.processes.workers import Runner, open_runner
from search.strategy.budget import MOST_SECONDS, Budget
from search.strategy.session import NothingFoundError, Outcome, SessionSettings, search
from search.strategy.step import SEARCH_STEPS, parse_steps
from search.survey.survey_run import Again, SurveySettings
from search.tasks.preflight import blaming_kernel, require_right
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import Task, TaskName, resolve_task

ALL_CATEGORIES = "all"
DEFAULT_SECONDS = 60.0

_NOT_WITH_ALL = (
    *("problem", "shape", "shapes_from", "category", "machine"),
    *("schedules", "stages", "set_"),
)
_WITH_ALL = (
    "not with --all, which takes --problems, --machines, --time-limit, --again and --rewrite; shapes are the suite's"
)
_ONLY_WITH_ALL = ("problems", "machines", "again")


def search_command(
    context: typer.Context,
    problem: Annotated[str | None, typer.Argument(help="A problem's name, or file.py:Class; none with --all.")] = None,
    shape: Annotated[list[str] | None, typer.Option(help="A shape, as name=value,...; may be given again.")] = None,
    shapes_from: Annotated[
        Path | None, typer.Option(help="A file of shapes: a JSON list of objects, or lines name=value,...")
    ] = None,
    category: Annotated[str | None, typer.Option(help="What counts as output, or 'all'.")] = None,
    machine: MachineOption = DEFAULT_MACHINE,
    all_: Annotated[bool, typer.Option("--all", help="Search the whole suite, and write results/suite.md.")] = False,
    problems: Annotated[str, typer.Option(help="With --all: names or patterns, as in 'crc*,saxpy'.")] = "",
    machines: Annotated[str, typer.Option(help="With --all: machines or .toml models.")] = "takehome,pipelined",
    again: Annotated[Again, typer.Option(help="With --all: which finished rows are searched again.")] = Again.NONE,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=MOST_SECONDS,
            help="Seconds for each task; 120 with --all, else 60 unless --schedules is given.",
        ),
    ] = None,
    schedules: Annotated[
        int | None, typer.Option(min=1, help="List schedules tried for each shape and category.")
    ] = None,
    stages: StagesOption = None,
    workers: Annotated[int, typer.Option(min=0, max=1024, help="Processes; 0 runs in this one.")] = 2,
    seed: Annotated[
        int, typer.Option(min=0, max=MOST_SEED, help="Same seed and number of schedules, same result.")
    ] = 0,
    set_: SetOption = None,
    rewrite: RewriteOption = False,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which the winner is validated.")] = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Search for a short program, validate it, and keep it if it beats the leaderboard.

    Ctrl-C ends the search and keeps the best so far; with --all the rows that are finished, from which it goes on.
    Of several shapes, one that leads to nothing is told, the others are searched, and the exit code is 2.

    Example: slotsmith search tree_hash --shape height=10,rounds=16,batch=256 --time-limit 60
    """
    if all_:
        refuse_given(context, _NOT_WITH_ALL, _WITH_ALL)
        limit = SURVEY_SECONDS if time_limit is None else time_limit
        settings = SurveySettings(limit, workers, inputs, seed, again, rewrite)
        survey(problems, machines, settings, results, json=json)
        return
    if problem is None:
        raise UserError("name a problem, or give --all: `slotsmith problems` lists them")
    refuse_given(context, _ONLY_WITH_ALL, "with --all alone; else name a problem and its --machine")
    tasks = _tasks(problem, shape or [], shapes_from, category, machine)
    fixed = split_settings(set_ or [])
    for task, _ in tasks:
        require_input_room(task.problem, task.shape, inputs)
        _require_buildable(task, fixed)
    seconds = DEFAULT_SECONDS if time_limit is None and schedules is None else time_limit
    steps = SEARCH_STEPS if stages is None else parse_steps(stages)
    board = Leaderboard(results)
    board.ensure_writable()
    report_unreadable(board)
    told, has_failed = [], False
    with open_runner(workers) as runner:
        for task, name in tasks:
            knobs = resolve_knobs(declared_knobs(task), fixed)
            session = SessionSettings(steps, Budget(seconds, schedules), seed, inputs, knobs, rewrite)
            try:
                outcome = _search_one(task, name, session, board, runner, quiet=json)
            except UserError as error:
                if len(tasks) == 1:
                    raise
                told.append(_failure(task, name, error))
                has_failed, is_interrupted = True, isinstance(error, NothingFoundError) and error.is_interrupted
            else:
                told.append(_summary(outcome))
                is_interrupted = outcome.is_interrupted
                if not json:
                    _print_outcome(outcome)
            if is_interrupted:
                break
    if json:
        print_json(told)
    if has_failed:
        raise typer.Exit(2)


def _search_one(
    task: Task, name: TaskName, settings: SessionSettings, board: Leaderboard, runner: Runner, *, quiet: bool
) -> Outcome:
    with live_view(_title(task, name), settings.budget, quiet=quiet) as watch, blaming_kernel(task):
        return search(task, name, settings, board, runner, watch)


def _require_buildable(task: Task, fixed: Mapping[str, str]) -> None:
    """Refuse knobs that a task does not have or that break its rules, and a user's kernel that is wrong."""
    require_right(task, fixed)
    resolved = resolve_knobs(declared_knobs(task), fixed)
    require_rules(task.problem.rules(task.shape, task.category, task.machine), resolved)


def _failure(task: Task, name: TaskName, error: UserError) -> dict[str, Any]:
    """Say on standard error why one of several tasks led to nothing; what JSON has in the place of its outcome."""
    message = str(error) if isinstance(error, KernelError) else " ".join(str(error).split())
    print(f"slotsmith: {_title(task, name)}: {message}", file=sys.stderr)
    words = {"problem": name.problem, "shape": task.shape, "category": name.category, "machine": task.machine.name}
    return {**words, "error": message}


def _title(task: Task, name: TaskName) -> str:
    return f"{task.problem.name} {name.shape} {name.category}"


def _tasks(
    problem: str, shapes: list[str], shapes_from: Path | None, category: str | None, machine: str
) -> list[tuple[Task, TaskName]]:
    if shapes and shapes_from:
        raise UserError("give --shape or --shapes-from, not both")
    loaded = load_problem(problem)
    texts = shapes_in_file(problem, shapes_from) if shapes_from else shapes or [""]
    categories = list(loaded.categories)
    if category != ALL_CATEGORIES:
        categories = [check_category(loaded, category or loaded.categories[0])]
    return [resolve_task(problem, text, each, machine) for text in texts for each in categories]


def _summary(outcome: Outcome) -> dict[str, Any]:
    entry = outcome.submission.entry
    return {
        **entry_summary(entry),
        "bound": entry.bound.cycles,
        "bound_argument": entry.bound.argument,
        "former_bound": outcome.submission.former_bound,
        "best": outcome.submission.is_best,
        "validated_inputs": entry.validation.inputs,
        "schedules": entry.effort.schedules,
        "seconds": entry.effort.seconds,
        "knobs": entry.knobs,
        "stages": [{"stage": run.name, "before": run.before, "after": run.after} for run in outcome.run.stages],
        "failures": dict(outcome.progress.failures),
        "interrupted": outcome.is_interrupted,
    }


def _print_outcome(outcome: Outcome) -> None:
    entry, progress = outcome.submission.entry, outcome.progress
    failed = sum(progress.failures.values())
    tried = f"{counted(progress.schedules, 'schedule')} ({failed} failed)"
    typer.echo(entry_title(entry))
    typer.echo(
        f"  found      {counted(entry.cycles, 'cycle')} in {progress.seconds:.0f} s, {tried}: {outcome.run.method}"
    )
    typer.echo(f"  bound      {entry.bound.cycles} for this graph ({entry.bound.argument}); gap {entry.gap:.1%}")
    print_knobs(entry)
    print_rewriting(entry)
    print_submission(outcome.submission)
