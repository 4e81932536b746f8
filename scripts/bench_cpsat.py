"""Prints what CP-SAT achieves, table by table, and fails if a line fails: `python scripts/bench_cpsat.py --only exact`.

exact:   small kernels proven optimal within 60 s each.
scratch: the same with scratch at 75 % of the peak live words of the best unconstrained schedule.
latency: the same as exact with load latency 4 and multiply latency 3.
improve: `slotsmith improve` against list search on the headline, ten minutes each (`--minutes` for less).
size:    the model of a graph of 3,000 operations, built and presolved.

Every program is validated.
"""

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from ortools.sat.python import cp_model
from rich.console import Console
from rich.table import Table

from machine.errors import SlotsmithError
from machine.graph.decision import Decision
from machine.model import Machine, load_machine
from problems.knobs import KnobValue, default_settings
from problems.loader import load_problem
from problems.problem import parse_shape
from search.analysis.prepared_graph import PreparedGraph
from search.board.leaderboard import Leaderboard
from search.cpsat.exact import ExactResult, find_first
from search.cpsat.exact_model import add_hint, build_exact
from search.cpsat.granularity import solve_whole
from search.cpsat.lane_groups import Granularity
from search.cpsat.start_variables import Horizon
from search.errors import TrialError
from search.processes.isolate import call_isolated
from search.processes.workers import Runner, open_runner
from search.scheduling.policy_walk import PolicyWalk, best_of_walk
from search.scratch.lifetimes import find_lifetimes
from search.solver.solve_outcome import SolveLimits, Status
from search.strategy.budget import Budget
from search.strategy.pipeline import run_stages
from search.strategy.progress import unwatched
from search.strategy.sampler import BatchRequest, Finding, Sampler
from search.strategy.solution import list_solution
from search.strategy.stage import Context
from search.strategy.stages.justification_stage import JustificationStage
from search.strategy.stages.windows_stage import WindowsStage
from search.strategy.step import Step
from search.tasks.building import build_prepared
from search.tasks.candidate import make_candidate
from search.tasks.task import Task, TaskName, resolve_task
from search.tasks.validation import validate_candidate

SECONDS = 60.0
INPUTS = 256
LIST_SCHEDULES = 1000
SCRATCH_SHARE = 0.75

TREE_HASH = [f"tree_hash:height={h},rounds={r},batch={b}" for h, r, b in ((2, 2, 8), (2, 6, 16), (3, 4, 8))]
HASHES = [f"hash_vectors:vectors={n}" for n in (1, 2, 4, 8)]
KERNELS = [
    "dot_product",
    "fir",
    "convolution_3x3",
    "matrix_product:n=4",
    "prefix_sum",
    "bitonic_sort",
    "polynomial",
    "table_lookup",
    "matrix_product:n=8",
]
LEAST_KERNELS = 8
LEAST_GAIN = 5
MOST_BUILD_SECONDS = 10.0


@dataclass(frozen=True)
class Case:
    """A graph to solve, with the best of some list schedules of it."""

    name: str
    task: Task
    prepared: PreparedGraph
    start: Decision
    knobs: dict[str, KnobValue]


@dataclass(frozen=True)
class Line:
    """A row of a table, and whether it holds."""

    cells: tuple[str, ...]
    holds: bool


def make_case(name: str, machine: Machine, schedules: int) -> Case:
    """The problem's graph on a machine, with the knobs of its best entry if there is one."""
    problem_name, _, shape_text = name.partition(":")
    problem = load_problem(problem_name)
    task = Task(problem, parse_shape(problem, shape_text), problem.categories[0], machine)
    knobs = default_settings(problem.knobs(task.shape, task.category, machine))
    board = Leaderboard(Path(__file__).parent.parent / "results")
    for entry in board.best():
        if entry.key[0] == problem_name and entry.shape == dict(task.shape) and entry.category == task.category:
            knobs = dict(entry.knobs)
    prepared = build_prepared(task, knobs)
    walk = PolicyWalk(machine, None, Random(0))
    return Case(name, task, prepared, best_of_walk(prepared, walk, schedules, Counter())[1], knobs)


def solve(case: Case) -> tuple[ExactResult, float]:
    """Solve and validate a case; return the result and the wall time."""
    begun = time.monotonic()
    result = solve_whole(case.prepared, case.start, SolveLimits(SECONDS))
    spent = time.monotonic() - begun
    validate_candidate(case.task, make_candidate(case.prepared, result.decision), INPUTS)
    return result, spent


def exact_lines(machine: Machine) -> Iterator[Line]:
    """Each kernel proven optimal; of the kernels besides tree_hash and its hash, at least eight."""
    proven = 0
    for name in [*TREE_HASH, *HASHES, *KERNELS]:
        case = make_case(name, machine, 200)
        result, spent = solve(case)
        optimal = result.status is Status.OPTIMAL
        proven += optimal and name in KERNELS
        operations = case.prepared.flat.operations
        numbers = (str(operations), str(case.start.schedule.length), str(result.decision.schedule.length))
        cells = (name, *numbers, str(result.bound.cycles), result.status.value, f"{spent:.1f} s", result.bound.argument)
        yield Line(cells, optimal or name in KERNELS)
    yield Line((f"kernels proven: {proven} of {len(KERNELS)}", *[""] * 7), proven >= LEAST_KERNELS)


def scratch_lines(machine: Machine) -> Iterator[Line]:
    """Never longer than the best of many list schedules, strictly shorter on a third of those that can be solved.

    Where list scheduling finds nothing, any schedule that the solver finds is shorter.
    """
    shorter = proven = cases = 0
    for name in [*TREE_HASH, *HASHES, *KERNELS]:
        free = make_case(name, machine, 200)
        unconstrained = solve(free)[0].decision.schedule
        peak = find_lifetimes(free.prepared.flat, unconstrained).peak(free.prepared.flat.buffer_words)
        words = int(SCRATCH_SHARE * peak)
        tight = machine.variant(f"{machine.name}, {words} words", scratch_words=words)
        try:
            case = make_case(name, tight, LIST_SCHEDULES)
        except TrialError:
            prepared = build_prepared(replace(free.task, machine=tight), free.knobs)
            decision, outcome = find_first(prepared, 2 * unconstrained.length, SolveLimits(SECONDS))
            found = "-" if decision is None else str(decision.schedule.length)
            if decision is not None:
                validate_candidate(replace(free.task, machine=tight), make_candidate(prepared, decision), INPUTS)
            cells = (name, str(words), "none", found, str(outcome.bound), outcome.status.value)
            cases += outcome.status is not Status.INFEASIBLE
            shorter += decision is not None
            proven += outcome.status is Status.OPTIMAL
            note = outcome.note or f"up to {2 * unconstrained.length} cycles"
            yield Line((*cells, f"{outcome.solve_seconds:.1f} s", note), True)
            continue
        result, spent = solve(case)
        cases += 1
        start, best = case.start.schedule.length, result.decision.schedule.length
        shorter += best < start
        proven += result.status is Status.OPTIMAL
        cells = (name, str(words), str(start), str(best), str(result.bound.cycles), result.status.value)
        yield Line((*cells, f"{spent:.1f} s", result.refused), best <= start)
    total = f"shorter than {LIST_SCHEDULES} list schedules on {shorter} of {cases}, proven {proven}"
    yield Line((total, *[""] * 7), 3 * shorter >= cases)


def presolve(prepared: PreparedGraph, start: Decision) -> tuple[int, float, float, int]:
    """Build the model and presolve it; return variables, seconds for each, and peak memory in bytes."""
    begun = time.monotonic()
    horizon = Horizon(1, 2 * start.schedule.length)
    exact = build_exact(prepared, Granularity.LANES_TOGETHER, horizon, prepared.machine.scratch_words)
    add_hint(exact, prepared, start.schedule)
    built = time.monotonic()
    solver = cp_model.CpSolver()
    solver.parameters.stop_after_presolve = True
    solver.parameters.num_workers = 2
    solver.solve(exact.model)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return len(exact.model.proto.variables), built - begun, time.monotonic() - built, peak


def size_lines(machine: Machine) -> Iterator[Line]:
    """A graph of some 3,000 operations: its model built and presolved in less than 10 s and 1 GiB."""
    case = make_case("tree_hash:height=10,rounds=16,batch=80", machine, 20)
    call = call_isolated(presolve, (case.prepared, case.start), 120.0, 8 << 30)
    if call.value is None:
        yield Line((case.name, str(case.prepared.flat.operations), call.ending.value, call.why, "", ""), False)
        return
    variables, built, presolved, peak = call.value
    holds = built + presolved < MOST_BUILD_SECONDS and peak < 1 << 30
    sizes = str(case.prepared.flat.operations), str(variables)
    yield Line((case.name, *sizes, f"{built:.1f} s", f"{presolved:.1f} s", f"{peak / 2**20:.0f} MiB"), holds)


def list_batch(name: TaskName, request: BatchRequest) -> Finding | None:
    """The best list schedule of one setting of the knobs, as it comes from the list scheduler."""
    task = name.load()
    try:
        prepared = build_prepared(task, request.knobs)
        walk = PolicyWalk(task.machine, request.start, Random(request.seed))
        policy, decision = best_of_walk(prepared, walk, request.schedules, Counter())
    except SlotsmithError:
        return None
    return Finding(decision.schedule.length, request.number, request.knobs, policy)


def list_search(task: Task, name: TaskName, seconds: float, runner: Runner) -> Iterator[Finding]:
    """List search over knobs and policies for so many seconds: each finding as it comes."""
    knobs = task.problem.knobs(task.shape, task.category, task.machine)
    sampler, begun, number = Sampler(knobs, {}, seed="0"), time.monotonic(), 0
    running: dict[Future[Finding | None], int] = {}
    while True:
        spent = time.monotonic() - begun >= seconds
        while not spent and len(running) < 2 * runner.workers and (request := sampler.ask(number)):
            running[runner.submit(list_batch, name, request)] = number
            number += 1
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            finding = future.result()
            sampler.tell(running.pop(future), finding)
            if finding is not None:
                yield finding


def improve_lines(machine: Machine, minutes: float) -> Iterator[Line]:
    """From the best of list search: as long again of it, and as long of windows."""
    task, name = resolve_task("tree_hash", "", None, machine.name)
    seconds, begun = 60 * minutes, time.monotonic()
    with open_runner(2) as runner:
        first = more = None
        for finding in list_search(task, name, 2 * seconds, runner):
            if more is None or finding.cycles < more.cycles:
                more = finding
                first = more if time.monotonic() - begun < seconds or first is None else first
        assert first is not None and more is not None
        start = list_solution(build_prepared(task, first.knobs), first.knobs, first.policy)
        context = Context(task, name, first.knobs, "0", runner)
        steps = Step(JustificationStage()), Step(WindowsStage(), seconds=1.0)
        run = run_stages(context, steps, start, Budget(seconds), unwatched())
    assert run.solution is not None
    shortest, justified = run.solution.cycles, run.stages[0].after
    validate_candidate(task, run.solution.candidate(), INPUTS)
    holds = shortest <= start.cycles - LEAST_GAIN and shortest < more.cycles
    cycles = [start.cycles, more.cycles, justified, shortest]
    yield Line((f"{minutes:g} min", *map(str, cycles)), holds)


COLUMNS = {
    "exact": ("kernel", "operations", "list", "cycles", "bound", "status", "time", "argument"),
    "scratch": ("kernel", "words", f"best of {LIST_SCHEDULES}", "cycles", "bound", "status", "time", "refused"),
    "latency": ("kernel", "operations", "list", "cycles", "bound", "status", "time", "argument"),
    "improve": ("each", "list search", "as long again", "justified once", "windows"),
    "size": ("graph", "operations", "variables", "built", "presolved", "peak memory"),
}


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"Tables to print: {', '.join(COLUMNS)}; all if none.")] = None,
    minutes: Annotated[float, typer.Option(help="For each part of improve.")] = 10.0,
) -> None:
    """Print the tables; exit 1 if a line fails."""
    takehome = load_machine("takehome")
    multiplies = {("valu", "multiply_add"): 3, ("valu", "*"): 3, ("alu", "*"): 3}
    loads = {("load", "load"): 4, ("load", "load_offset"): 4, ("load", "vload"): 4}
    slow = takehome.variant("takehome, slow loads and multiplies", latencies={**multiplies, **loads})
    tables = {
        "exact": lambda: exact_lines(takehome),
        "scratch": lambda: scratch_lines(takehome),
        "latency": lambda: exact_lines(slow),
        "improve": lambda: improve_lines(takehome, minutes),
        "size": lambda: size_lines(takehome),
    }
    unknown = set(only or []) - set(tables)
    if unknown:
        raise typer.BadParameter(f"no table {', '.join(sorted(unknown))}: use {', '.join(tables)}")
    failed = 0
    for name in only or tables:
        failed += print_table(name, tables[name]())
    raise typer.Exit(1 if failed else 0)


def print_table(name: str, lines: Iterator[Line]) -> int:
    """Print a table as its lines come; return how many do not hold."""
    table = Table(title=name, title_justify="left")
    for column in (*COLUMNS[name], ""):
        table.add_column(column, overflow="fold")
    failed = 0
    for line in lines:
        table.add_row(*line.cells, "ok" if line.holds else "FAILS")
        print(" | ".join(line.cells), file=sys.stderr, flush=True)
        failed += not line.holds
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return failed


if __name__ == "__main__":
    typer.run(main)
