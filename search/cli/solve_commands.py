"""``slotsmith solve`` and ``slotsmith bound``: exact solving of small graphs, and proven bounds of any."""

from typing import Annotated, Any

import typer

from machine.errors import UserError
from problems.knobs import KnobValue, default_settings
from problems.problem import resolve_knobs
from search.board.leaderboard import Leaderboard
from search.bounds.work_bound import lower_bound
from search.cli.options import (
    DEFAULT_MACHINE,
    DEFAULT_RESULTS,
    CategoryOption,
    JsonOption,
    MachineOption,
    ProblemArgument,
    ResultsOption,
    SetOption,
    ShapeOption,
    print_json,
    resolve_task,
    split_settings,
)
from search.cpsat.exact import raise_by_counting
from search.solver.solve_outcome import SolveLimits
from search.strategy.solving import SolveReport, solve_task
from search.tasks.building import build_prepared
from search.tasks.task import Task, TaskName

MOST_CYCLES = 1_000_000
"""Above any bound of interest."""


def solve_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds for the solver.")] = 60.0,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Threads of the solver.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the start and the solver.")] = 0,
    set_: SetOption = None,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which the schedule is validated.")] = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Solve one graph exactly with CP-SAT: the graph of the best entry, unless --set says otherwise.

    Example: slotsmith solve tree_hash --shape height=2,rounds=6,batch=16 --time-limit 60
    """
    task, name = resolve_task(problem, shape, category, machine)
    board = Leaderboard(results)
    board.ensure_writable()
    knobs = _knobs(task, name, set_ or [], board)
    limits = SolveLimits(seconds=time_limit, workers=workers, seed=seed)
    report = solve_task(task, name.problem, knobs, limits, inputs, board)
    if json:
        print_json(_summary(report))
    else:
        _print(report)


def bound_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for counting, on small graphs.")] = 10.0,
    set_: SetOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Prove a lower bound of one graph: that of the best entry, unless --set says otherwise.

    Example: slotsmith bound tree_hash --set select.1.4=all
    """
    task, name = resolve_task(problem, shape, category, machine)
    knobs = _knobs(task, name, set_ or [], Leaderboard(results))
    prepared = build_prepared(task, knobs)
    bound = lower_bound(prepared)
    if time_limit > 0:
        bound = raise_by_counting(prepared, bound, MOST_CYCLES, SolveLimits(time_limit))
    if json:
        data = {"bound": bound.cycles, "argument": bound.argument, "critical_path": prepared.chains.critical_path}
        print_json({**data, "operations": prepared.flat.operations, "knobs": knobs})
    else:
        typer.echo(
            f"no schedule of this graph of {prepared.flat.operations} operations is shorter than {bound.cycles} cycles"
        )
        typer.echo(f"argument: {bound.argument}")


def _knobs(task: Task, name: TaskName, settings: list[str], board: Leaderboard) -> dict[str, KnobValue]:
    """The user's knobs over the defaults or, where the user sets none, those of the best entry if there is one."""
    declared = task.problem.knobs(task.shape, task.category, task.machine)
    knobs = default_settings(declared)
    if settings:
        return knobs | resolve_knobs(declared, split_settings(settings))
    try:
        best = board.find(f"{name.problem}:{name.shape}", name.category, task.machine.name)
    except UserError:
        return knobs
    return dict(best.knobs) if best.hashes.machine == task.machine.digest else knobs


def _summary(report: SolveReport) -> dict[str, Any]:
    result, outcome = report.result, report.result.outcome
    return {
        "status": result.status.value,
        "cycles": report.entry.cycles,
        "bound": result.bound.cycles,
        "argument": result.bound.argument,
        "model": report.granularity.value,
        "operations": report.operations,
        "list_cycles": report.start_cycles,
        "live_words": report.scratch.live,
        "used_words": report.scratch.used,
        "solver_status": outcome.status.value if outcome else None,
        "build_seconds": outcome.build_seconds if outcome else 0.0,
        "solve_seconds": outcome.solve_seconds if outcome else 0.0,
        "hint_feasible": outcome.hint_feasible if outcome else None,
        "ignored_parameters": list(outcome.ignored) if outcome else [],
        "note": outcome.note if outcome else "",
        "refused": result.refused,
        "entry": report.entry.id,
        "record": report.is_record,
    }


def _print(report: SolveReport) -> None:
    result, outcome = report.result, report.result.outcome
    entry = report.entry
    typer.echo(f"{entry.problem} {entry.shape_text} {entry.category} on {entry.machine['name']}")
    typer.echo(f"  status     {result.status.value}: {entry.cycles} cycles (list scheduling {report.start_cycles})")
    typer.echo(
        f"  bound      {result.bound.cycles} for this graph of {report.operations} operations ({result.bound.argument})"
    )
    if outcome is None:
        typer.echo("  solver     not needed: the list schedule meets our own bound")
    else:
        times = f"built in {outcome.build_seconds:.1f} s, solved in {outcome.solve_seconds:.1f} s"
        typer.echo(f"  solver     {outcome.status.value}, {times}; model: {report.granularity.value}")
        if outcome.note or result.refused:
            typer.echo(f"  note       {outcome.note or result.refused}")
    typer.echo(f"  scratch    {report.scratch.live} words live at the peak, {report.scratch.used} used")
    typer.echo(f"  validated  on {entry.validation.inputs} inputs: {', '.join(entry.validation.checks)}")
    kept = "new best on the leaderboard" if report.is_record else "not better than the leaderboard, not kept"
    typer.echo(f"  entry      {entry.id}: {kept}")
