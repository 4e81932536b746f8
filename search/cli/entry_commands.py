"""Commands on programs and leaderboard entries."""

import json as json_text
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from machine.assembly import SUFFIX, load_any_program
from machine.batch import simulate
from machine.errors import UserError
from machine.execution import DEFAULT_CYCLE_LIMIT
from machine.legality import check_slots
from machine.model import Machine, load_machine
from machine.nearest import counted
from machine.program import Program, read_json
from problems.exporter import ExportedProgram
from search.board.entry import Entry, reproduce
from search.board.leaderboard import Leaderboard
from search.cli.given_options import refuse_given
from search.cli.options import (
    DEFAULT_MACHINE,
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    EntryArgument,
    JsonOption,
    MachineOption,
    OutputOption,
    ResultsOption,
    find_any,
    find_counting,
    print_json,
    print_written,
    write_output,
)
from search.cli.repeat_command import repeat_and_compare
from search.errors import IllegalScheduleError, WrongOutputError
from search.scratch.lifetimes import find_lifetimes
from search.scratch.scratch_map import scratch_map
from search.strategy.from_board import rebuild
from search.tasks.program_text import assembly_of
from search.tasks.program_trace import trace_of
from search.tasks.task import resolve_task
from search.tasks.validation import Validation, validate_candidate, validate_program

InputsOption = Annotated[int, typer.Option(min=1, help="Boundary and random inputs to run on.")]


def validate_command(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="A program file (.json or .asm), or an entry.")],
    problem: Annotated[str | None, typer.Option(help="What the file's program is for.")] = None,
    shape: Annotated[str, typer.Option(help="Its shape; for an entry say PROBLEM:shape.")] = "",
    category: CategoryOption = None,
    machine: Annotated[str | None, typer.Option(help="Its machine; takehome if not given.")] = None,
    inputs: InputsOption = 1024,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Run a program on many inputs and compare with the reference; an entry is also built again and checked.

    Example: slotsmith validate best.json --problem tree_hash --shape batch=64 --inputs 256
    """
    if problem is not None or target.endswith((".json", SUFFIX)):
        if problem is None:
            raise UserError("say what the program is for: --problem NAME --shape name=value,...")
        task, _ = resolve_task(problem, shape, category, machine or DEFAULT_MACHINE)
        program = load_any_program(Path(target))
        _refuse_illegal(program, task.machine)
        try:
            validation = validate_program(task, program, inputs)
        except WrongOutputError as error:
            raise UserError(f"{target} is wrong: {error}") from None
    else:
        refuse_given(context, ("shape",), "for a program file; for an entry give its id, or PROBLEM:shape")
        board = Leaderboard(results)
        entry = find_any(board, target, category, machine)
        validation = _validate_entry(board, entry, inputs)
    _print_validation(validation, target, json=json)


def simulate_command(
    program: Annotated[Path, typer.Argument(help="A program: a JSON list of bundles, or assembly (.asm).")],
    memory: Annotated[Path, typer.Argument(help="A memory image, as a JSON list of words.")],
    machine: MachineOption = DEFAULT_MACHINE,
    max_cycles: Annotated[
        int, typer.Option(min=1, help="Cycles after which the program is taken to be endless.")
    ] = DEFAULT_CYCLE_LIMIT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, as it does in any case.")] = True,
) -> None:
    """Run a program on one memory image; print cycles, memory, scratch (words that are not 0) and trace as JSON.

    Example: slotsmith simulate program.json memory.json
    """
    model = load_machine(machine)
    code = load_any_program(program)
    words = read_json(memory)
    if not isinstance(words, list) or not all(type(word) is int and 0 <= word < 2**32 for word in words):
        raise UserError(f"{memory} must hold a JSON list of words from 0 to 2^32 - 1")
    run = simulate(code, np.array([words], dtype=np.uint32).reshape(1, len(words)), model, max_cycles)[0]
    if run.fault is not None:
        raise UserError(f"{program} stops: {run.fault}")
    scratch = {str(address): word for address, word in enumerate(run.scratch) if word}
    data = {"cycles": run.cycles, "memory": run.memory, "scratch": scratch, "trace": run.trace}
    typer.echo(json_text.dumps(data))


def reproduce_command(
    entry: EntryArgument,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    search: Annotated[
        bool, typer.Option("--search", help="Repeat the search itself, where it did not depend on time.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=0, max=1024, help="Processes of a repeated search; they do not change its result.")
    ] = 2,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Build an entry's graph from its knobs, replay its decision, and compare hashes; exit 1 if they differ.

    Example: slotsmith reproduce tree_hash:height=10,rounds=16,batch=256
    """
    board = Leaderboard(results)
    found = find_any(board, entry, category, machine)
    if search:
        repeat_and_compare(found, workers, json=json)
        return
    again = reproduce(found, board.decision(found))
    if json:
        where = {"entry": found.id, "machine": found.machine_name}
        print_json({**where, "reproduced": again.succeeded, "same": again.same})
    else:
        for name, same in again.same.items():
            typer.echo(f"{name:8} {'same' if same else 'DIFFERENT'}")
        typer.echo(
            f"{found.id} {'reproduced' if again.succeeded else 'NOT reproduced'}: {again.candidate.cycles} cycles "
            f"on {found.machine_name}"
        )
    if not again.succeeded:
        raise typer.Exit(1)


def export_command(
    entry: EntryArgument,
    output: OutputOption,
    format_: Annotated[
        str,
        typer.Option("--format", help="json, asm, or a format of the problem's: takehome for tree_hash."),
    ] = "json",
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Write an entry's program for use elsewhere; one that does not count, because it is stale, say, is refused.

    Example: slotsmith export tree_hash --format takehome -o perf_takehome.py
    """
    board = Leaderboard(results)
    found = find_counting(board, entry, category, machine)
    if format_ == "json":
        write_output(output, board.program(found).dumps() + "\n")
    elif format_ == "asm":
        title = f"{found.id}: {found.problem} {found.shape_text} {found.category}"
        write_output(output, assembly_of(rebuild(board, found).candidate, title))
    else:
        write_output(output, _exported(board, found, format_))
    print_written(found, output, as_json=json)


def _exported(board: Leaderboard, entry: Entry, format_: str) -> str:
    """An entry's program in a format of its problem's."""
    task = entry.task()
    exporters = task.problem.exporters(task.machine)
    if format_ not in exporters:
        raise UserError(f"entry {entry.id} has no format '{format_}': use {' or '.join(['json', 'asm', *exporters])}")
    candidate = rebuild(board, entry).candidate
    graph, decision = candidate.prepared.graph, candidate.decision
    lifetimes = find_lifetimes(candidate.prepared.flat, decision.schedule)
    names = scratch_map(graph, decision.addresses.tolist(), lifetimes)
    return exporters[format_](ExportedProgram(entry.shape, entry.category, candidate.program, candidate.cycles, names))


def trace_command(
    entry: EntryArgument,
    output: OutputOption,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
    json: JsonOption = False,
) -> None:
    """Write an entry's schedule as a Chrome trace; open it in Perfetto (ui.perfetto.dev) or chrome://tracing.

    Example: slotsmith trace tree_hash -o trace.json
    """
    board = Leaderboard(results)
    found = find_counting(board, entry, category, machine)
    candidate = rebuild(board, found).candidate
    data = trace_of(candidate)
    write_output(output, json_text.dumps(data))
    print_written(found, output, as_json=json)


def _validate_entry(board: Leaderboard, entry: Entry, inputs: int) -> Validation:
    again = rebuild(board, entry)
    if board.program(entry).digest != entry.hashes.program:
        raise UserError(f"entry {entry.id}: the stored program is not the one it names")
    try:
        validation = validate_candidate(entry.task(), again.candidate, inputs)
    except (IllegalScheduleError, WrongOutputError) as error:
        raise UserError(f"entry {entry.id} is wrong: {error}") from None
    if validation.cycles != entry.cycles:
        raise UserError(f"entry {entry.id} claims {entry.cycles} cycles and takes {validation.cycles}")
    return validation


def _refuse_illegal(program: Program, machine: Machine) -> None:
    problems = check_slots(program, machine)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(f"illegal program: {problems[0]}{more}")


def _print_validation(validation: Validation, target: str, *, json: bool) -> None:
    if json:
        checks = list(validation.checks)
        print_json({"cycles": validation.cycles, "inputs": validation.inputs, "checks": checks})
    else:
        typer.echo(f"{target}: right on {counted(validation.inputs, 'input')}, {counted(validation.cycles, 'cycle')}")
        typer.echo(f"checked by {', '.join(validation.checks)}")
