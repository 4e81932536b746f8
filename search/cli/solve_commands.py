"""``slotsmith solve`` and ``slotsmith bound``: exact solving of small graphs, and proven bounds of any."""

from typing import Annotated, Any

import typer

from machine.nearest import counted
from problems.knobs import KnobValue, default_settings
from problems.problem import resolve_knobs
from search.analysis.prepared_graph import PreparedGraph
from search.board.entry import Entry, build_again, completed_knobs, graph_digest
from search.board.known_bound import holder_of_bound
from search.board.leaderboard import Leaderboard
from search.bounds.bound import Bound
from search.bounds.proving import prove_bound
from search.bounds.trusting import trusted
from search.cli.entry_bound import check_entry_bound
from search.cli.given_options import is_given, refuse_given
from search.cli.live import live_view
from search.cli.options import (
    DEFAULT_MACHINE,
    DEFAULT_RESULTS,
    CategoryOption,
    JsonOption,
    MachineOption,
    ProblemArgument,
    ResultsOption,
    RewriteOption,
    SetOption,
    ShapeOption,
    entry_summary,
    find_any,
    print_json,
    split_settings,
)
from search.cli.submission_lines import entry_title, print_submission
from search.cpsat.exact import ExactResult
from search.cpsat.granularity import granularity_for
from search.processes.workers import InProcess
from search.scratch.scratch_use import scratch_use
from search.solver.solve_outcome import SolveLimits, Status
from search.strategy.budget import MOST_SECONDS, Budget
from search.strategy.session import Outcome, SessionSettings, solve
from search.strategy.step import SOLVE_STEPS
from search.tasks.building import build_prepared
from search.tasks.preflight import blaming_kernel, require_right
from search.tasks.rewriting_knob import REWRITE, USUAL_AIM, declared_knobs
from search.tasks.task import Task, resolve_task


def solve_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    time_limit: Annotated[float, typer.Option(min=1.0, max=MOST_SECONDS, help="Seconds for the solver.")] = 60.0,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Threads of the solver.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of the start and the solver.")] = 0,
    set_: SetOption = None,
    rewrite: RewriteOption = False,
    inputs: Annotated[int, typer.Option(min=1, help="Inputs on which the schedule is validated.")] = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Solve one graph exactly with CP-SAT: the graph of the best entry, unless --set says otherwise.

    It starts from the best schedule of that graph on the leaderboard; a bound proven for it is recorded there.

    Example: slotsmith solve tree_hash --shape height=2,rounds=6,batch=16 --time-limit 60
    """
    task, name = resolve_task(problem, shape, category, machine)
    given = _given(set_, rewrite=rewrite)
    require_right(task, given)
    board = Leaderboard(results)
    board.ensure_writable()
    best = None if given else board.best_for(name)
    knobs = _knobs(task, given) if best is None else completed_knobs(best, task)
    settings = SessionSettings(SOLVE_STEPS, Budget(time_limit), seed, inputs, knobs)
    runner = InProcess(threads=workers)
    title = f"{task.problem.name} {name.shape} {name.category}"
    with live_view(title, settings.budget, quiet=json) as watch, blaming_kernel(task):
        outcome = solve(task, name, settings, board, runner, watch, best)
    if json:
        print_json(_summary(outcome))
    else:
        _print(outcome)


def bound_command(
    context: typer.Context,
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    time_limit: Annotated[
        float, typer.Option(min=0.0, max=MOST_SECONDS, help="Seconds for counting, on small graphs.")
    ] = 10.0,
    set_: SetOption = None,
    rewrite: RewriteOption = False,
    check: Annotated[
        bool, typer.Option("--check", help="Verify the stored bound of an entry, named in the place of the problem.")
    ] = False,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Prove a lower bound of one graph: that of the best entry, unless --set says otherwise.

    It goes on from the bound that the leaderboard has for that graph, if a certificate proves it, and tells of it.

    Example: slotsmith bound tree_hash --set select.1.4=all
    """
    if check:
        refuse_given(context, ("shape", "set_", "rewrite"), "not with --check, for an entry: its id, or PROBLEM:shape")
        board, on = Leaderboard(results), machine if is_given(context, "machine") else None
        check_entry_bound(find_any(board, problem, category, on), max(1.0, time_limit), json=json)
        return
    task, name = resolve_task(problem, shape, category, machine)
    given, board = _given(set_, rewrite=rewrite), Leaderboard(results)
    require_right(task, given)
    best = None if given else board.best_for(name)
    knobs = _knobs(task, given) if best is None else completed_knobs(best, task)
    prepared = build_prepared(task, knobs) if best is None else build_again(best, task, knobs)
    known = holder_of_bound(graph_digest(prepared.flat, prepared.machine), board.entries())
    bound = _bound(prepared, known, SolveLimits(time_limit) if time_limit > 0 else None)
    if json:
        said = {**_bound_as_data(bound), "critical_path": prepared.chains.critical_path}
        of_board = None if known is None else {"entry": known.id, "cycles": known.cycles, **_bound_as_data(known.bound)}
        print_json({**said, "operations": prepared.flat.operations, "knobs": knobs, "leaderboard": of_board})
    else:
        _print_bound(bound, counted(prepared.flat.operations, "operation"), known)


def _bound_as_data(bound: Bound) -> dict[str, Any]:
    return {"bound": bound.cycles, "argument": bound.argument, "level": bound.level.value}


def _print_bound(bound: Bound, operations: str, known: Entry | None) -> None:
    typer.echo(f"no schedule of this graph of {operations} is shorter than {counted(bound.cycles, 'cycle')}")
    typer.echo(f"argument: {bound.argument} ({bound.level.value})")
    if known is None or known.bound.cycles == bound.cycles:
        return
    stored = known.bound
    typer.echo(
        f"the leaderboard has {stored.cycles} for it, in entry {known.id}: {stored.argument} ({stored.level.value})"
    )
    if stored.cycles > bound.cycles:
        typer.echo(f"which this command does not take over: `slotsmith bound --check {known.id}` verifies it")


def _bound(prepared: PreparedGraph, known: Entry | None, limits: SolveLimits | None) -> Bound:
    """The bound of a graph; where an entry is of it, from its bound, if the proof holds, up to its cycles."""
    if known is None:
        return prove_bound(prepared, limits)
    return prove_bound(prepared, limits, known.cycles, trusted(prepared, known.bound))


def _given(settings: list[str] | None, *, rewrite: bool) -> dict[str, str]:
    """What the user has set; ``--rewrite`` sets a knob, too."""
    return {**({REWRITE: USUAL_AIM} if rewrite else {}), **split_settings(settings or [])}


def _knobs(task: Task, given: dict[str, str]) -> dict[str, KnobValue]:
    """The user's knobs over the defaults."""
    defaults = default_settings(task.problem.knobs(task.shape, task.category, task.machine))
    return defaults | resolve_knobs(declared_knobs(task), given)


def _exact(outcome: Outcome) -> ExactResult | None:
    """The exact solve of a session; ``None`` where none has ended: :func:`_why_unsolved`."""
    details = [run.end.detail for run in outcome.run.stages]
    return next((detail for detail in reversed(details) if isinstance(detail, ExactResult)), None)


def _why_unsolved(outcome: Outcome) -> str:
    """Why no solver has ended."""
    if outcome.solution.is_optimal:
        return "not needed: schedule and bound meet without it"
    if outcome.is_interrupted:
        return "interrupted"
    return "not begun: the time was over before; give a longer --time-limit"


def _status(outcome: Outcome) -> Status:
    """Optimal where schedule and proven bound meet; else feasible, for there is a schedule in any case."""
    return Status.OPTIMAL if outcome.solution.is_optimal else Status.FEASIBLE


def _summary(outcome: Outcome) -> dict[str, Any]:
    solution, exact = outcome.solution, _exact(outcome)
    prepared, solver = solution.prepared, exact.outcome if exact else None
    use = scratch_use(prepared.flat, solution.incumbent.decision)
    return {
        **entry_summary(outcome.submission.entry),
        "status": _status(outcome).value,
        "cycles": solution.cycles,
        "bound": solution.bound.cycles,
        "argument": solution.bound.argument,
        "former_bound": outcome.submission.former_bound,
        "model": granularity_for(prepared).value,
        "operations": prepared.flat.operations,
        "start_cycles": _start_cycles(outcome),
        "live_words": use.live,
        "used_words": use.used,
        "solver_status": solver.status.value if solver else None,
        "build_seconds": solver.build_seconds if solver else 0.0,
        "solve_seconds": solver.solve_seconds if solver else 0.0,
        "hint_feasible": solver.hint_feasible if solver else None,
        "ignored_parameters": list(solver.ignored) if solver else [],
        "note": solver.note if solver else "",
        "refused": exact.refused if exact else "",
        "best": outcome.submission.is_best,
        "interrupted": outcome.is_interrupted,
    }


def _start_cycles(outcome: Outcome) -> int | None:
    """Of the leaderboard's schedule of the graph or, where it has none, of the best list schedule."""
    return outcome.run.stages[0].after if outcome.start is None else outcome.start


def _print(outcome: Outcome) -> None:
    solution, exact = outcome.solution, _exact(outcome)
    solver = exact.outcome if exact else None
    bound, operations = solution.bound, solution.prepared.flat.operations
    start = "list scheduling" if outcome.start is None else "the leaderboard has"
    typer.echo(entry_title(outcome.submission.entry))
    typer.echo(
        f"  status     {_status(outcome).value}: {counted(solution.cycles, 'cycle')} ({start} {_start_cycles(outcome)})"
    )
    typer.echo(f"  bound      {bound.cycles} for this graph of {counted(operations, 'operation')} ({bound.argument})")
    if exact is None or solver is None:
        typer.echo(f"  solver     {_why_unsolved(outcome)}")
    else:
        times = f"built in {solver.build_seconds:.1f} s, solved in {solver.solve_seconds:.1f} s"
        typer.echo(f"  solver     {solver.status.value}, {times}; model: {granularity_for(solution.prepared).value}")
        if solver.note or exact.refused:
            typer.echo(f"  note       {solver.note or exact.refused}")
    use = scratch_use(solution.prepared.flat, solution.incumbent.decision)
    typer.echo(f"  scratch    {counted(use.live, 'word')} live at the peak, {use.used} used")
    print_submission(outcome.submission)
