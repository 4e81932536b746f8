"""``slotsmith improve``: shorter schedules for an entry, by moves of a local search and by windows of CP-SAT."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from search.board.leaderboard import Leaderboard
from search.cli.given_options import refuse_given
from search.cli.live import live_view
from search.cli.options import (
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    EntryArgument,
    JsonOption,
    ResultsOption,
    StagesOption,
    entry_summary,
    find_counting,
    print_json,
)
from search.cli.submission_lines import entry_title, print_submission
from search.cpsat.window_spans import WindowKind
from search.processes.workers import open_runner
from search.strategy.budget import MOST_SECONDS, Budget
from search.strategy.session import Outcome, SessionSettings, improve
from search.strategy.stages.windows_stage import WindowsStage
from search.strategy.step import IMPROVE_STEPS, Step, parse_steps
from search.tasks.task import TaskName


def improve_command(
    context: typer.Context,
    entry: EntryArgument,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds.")] = 600.0,
    stages: StagesOption = None,
    kind: Annotated[
        list[WindowKind] | None, typer.Option(help="What windows free, a pass of each in turn; all if none is given.")
    ] = None,
    width: Annotated[int, typer.Option(min=2, help="Cycles of a window.")] = 16,
    window_limit: Annotated[float, typer.Option(min=0.1, max=MOST_SECONDS, help="Seconds for each window.")] = 3.0,
    workers: Annotated[int, typer.Option(min=0, max=1024, help="Processes; windows solved at once.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of moves and of the solver.")] = 0,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which the result is validated.")] = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Improve an entry's schedule, and keep it if it gets shorter; Ctrl-C keeps the best so far.

    Example: slotsmith improve tree_hash:height=10,rounds=16,batch=256 --stages justification,moves --time-limit 600
    """
    steps = IMPROVE_STEPS if stages is None else parse_steps(stages)
    if not any(isinstance(step.stage, WindowsStage) for step in steps):
        refuse_given(context, ("kind", "width", "window_limit"), "for the stage windows, which --stages leaves out")
    board = Leaderboard(results)
    board.ensure_writable()
    found = find_counting(board, entry, category, machine)
    windows = WindowsStage(tuple(kind or WindowKind), width, window_limit)
    settings = SessionSettings(_with_windows(steps, windows), Budget(time_limit), seed, inputs, {})
    name = TaskName(found.problem, found.shape_text, found.category, found.task().machine)
    with open_runner(workers) as runner, live_view(found.id, settings.budget, quiet=json) as watch:
        outcome = improve(found, name, settings, board, runner, watch)
    if json:
        print_json(_summary(outcome, found.cycles))
    else:
        _print(outcome)


def _with_windows(steps: tuple[Step, ...], windows: WindowsStage) -> tuple[Step, ...]:
    """The steps, with windows as the options say."""
    return tuple(replace(step, stage=windows) if isinstance(step.stage, WindowsStage) else step for step in steps)


def _summary(outcome: Outcome, before: int) -> dict[str, Any]:
    entry, windows = outcome.submission.entry, outcome.progress.windows
    return {
        **entry_summary(entry),
        "before": before,
        "bound": entry.bound.cycles,
        "former_bound": outcome.submission.former_bound,
        "best": outcome.submission.is_best,
        "stages": [{"stage": run.name, "before": run.before, "after": run.after} for run in outcome.run.stages],
        "moves": outcome.progress.schedules,
        "windows": windows.windows if windows else {},
        "passes": windows.passes if windows else 0,
    }


def _print(outcome: Outcome) -> None:
    entry = outcome.submission.entry
    typer.echo(entry_title(entry))
    gains = ", ".join(f"{run.name} {run.before} -> {run.after}" for run in outcome.run.stages)
    typer.echo(f"  stages     {gains or 'none: the entry is proven optimal'}")
    typer.echo(f"  bound      {entry.bound.cycles} for this graph ({entry.bound.argument}); gap {entry.gap:.1%}")
    print_submission(outcome.submission)
