"""Commands that list what there is."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from machine.errors import UserError
from machine.model import load_machine, model_names
from problems.loader import BUILT_IN
from problems.problem import format_shape
from problems.suite.catalogue import ORIGINS
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.standing import PlacedEntry, best_of
from search.cli.check_command import check_entries, report_unreadable
from search.cli.machine_page import show_machine
from search.cli.options import (
    DEFAULT_MACHINE,
    DEFAULT_RESULTS,
    AnyMachineOption,
    CategoryOption,
    JsonOption,
    MachineOption,
    ProblemArgument,
    ResultsOption,
    ShapeOption,
    print_json,
)
from search.tasks.task import resolve_task
from search.tasks.validation import LEAST_INPUTS


def leaderboard_command(
    problem: Annotated[str | None, typer.Argument(help="Only this problem.")] = None,
    category: CategoryOption = None,
    machine: AnyMachineOption = None,
    results: ResultsOption = DEFAULT_RESULTS,
    check: Annotated[
        bool,
        typer.Option("--check", help="Validate every entry anew, note it in them, and strike those that are wrong."),
    ] = False,
    render: Annotated[bool, typer.Option("--render", help="Write the pages anew.")] = False,
    inputs: Annotated[
        int,
        typer.Option(min=LEAST_INPUTS, help="Inputs to check on, boundary inputs among them."),
    ] = LEAST_INPUTS,
    workers: Annotated[int, typer.Option(min=0, max=1024, help="Processes that check; 0 checks in this one.")] = 2,
    json: JsonOption = False,
) -> None:
    """List the best entry of each task, then those that do not count; or validate all anew, and exit 1 if one is wrong.

    Example: slotsmith leaderboard tree_hash --category values
    """
    board = Leaderboard(results)
    if inputs != LEAST_INPUTS and not check:
        raise UserError("--inputs is for --check")
    wanted = {0: problem, 2: category, 3: machine}
    entries = board.placed()
    shown = [
        each
        for each in entries
        if all(value is None or each.entry.key[place] == value for place, value in wanted.items())
    ]
    if check and shown:
        check_entries(board, [each.entry for each in shown], inputs, workers, json=json)
        return
    if render and entries:
        board.ensure_writable()
        board.rewrite_pages()
    _show(best_of(shown), [each for each in shown if not each.counts], results, json=json)
    if report_unreadable(board):
        raise typer.Exit(1)


def _show(best: list[Entry], others: list[PlacedEntry], results: Path, *, json: bool) -> None:
    """The best entries, then those that do not count."""
    if json:
        counting = [{**entry.to_json(), "standing": "best", "reason": None} for entry in best]
        rest = [{**each.entry.to_json(), "standing": each.standing.value, "reason": each.reason} for each in others]
        print_json(counting + rest)
        return
    if not best and not others:
        typer.echo(f"no entries in {results}: `slotsmith search PROBLEM` makes some")
        return
    if best:
        table = _table("problem", "shape", "category", "machine", "cycles", "bound", "level", "gap", "inputs", "entry")
        for e in best:
            bound = str(e.bound.cycles), e.bound_level
            numbers = str(e.cycles), *bound, f"{e.gap:.1%}", str(e.validation.inputs)
            table.add_row(*e.key, *numbers, e.id)
        _print(table)
    if others:
        typer.echo("Entries that do not count:")
        table = _table("problem", "shape", "category", "machine", "cycles", "entry", "standing", "reason")
        for each in others:
            row = str(each.entry.cycles), each.entry.id, each.standing.value, each.reason
            table.add_row(*each.entry.key, *row)
        _print(table)


def problems_command(json: JsonOption = False) -> None:
    """List the problems that come with Slotsmith.

    Example: slotsmith problems
    """
    known = [problem() for problem in BUILT_IN.values()]
    if json:
        print_json(
            [
                {
                    "name": p.name,
                    "summary": p.summary,
                    "default_shape": p.default_shape(),
                    "categories": list(p.categories),
                    "origin": ORIGINS.get(p.name, ""),
                }
                for p in known
            ]
        )
        return
    table = _table("problem", "default shape", "categories", "summary", "from")
    for problem in known:
        shape, origin = format_shape(problem.default_shape()), ORIGINS.get(problem.name, "")
        table.add_row(problem.name, shape, ", ".join(problem.categories), problem.summary, origin)
    _print(table)


def knobs_command(
    problem: ProblemArgument,
    shape: ShapeOption = "",
    category: CategoryOption = None,
    machine: MachineOption = DEFAULT_MACHINE,
    json: JsonOption = False,
) -> None:
    """List a problem's knobs for a shape and machine: what --set takes.

    Example: slotsmith knobs tree_hash --shape height=4,rounds=10,batch=64
    """
    task, _ = resolve_task(problem, shape, category, machine)
    knobs = task.problem.knobs(task.shape, task.category, task.machine)
    if json:
        print_json([{"name": k.name, "default": k.default, "range": k.range, "summary": k.summary} for k in knobs])
        return
    table = _table("knob", "default", "range", "meaning")
    for knob in knobs:
        table.add_row(knob.name, str(knob.default), knob.range, knob.summary)
    _print(table)


def machines_command(
    machine: Annotated[str | None, typer.Argument(help="A machine's name, or a .toml machine model.")] = None,
    json: JsonOption = False,
) -> None:
    """List the machine models that come with Slotsmith; or check and print one.

    Example: slotsmith machines signal
    """
    if machine is not None:
        show_machine(load_machine(machine), json=json)
        return
    models = [load_machine(name) for name in model_names()]
    if json:
        print_json(
            [
                {
                    "name": m.name,
                    "vector_length": m.vector_length,
                    "scratch_words": m.scratch_words,
                    "slots": {engine.name: engine.slots for engine in m.engines.values()},
                    "digest": m.digest,
                }
                for m in models
            ]
        )
        return
    table = _table("machine", "vector", "scratch", "slots a bundle")
    for model in models:
        slots = ", ".join(f"{engine.name} {engine.slots}" for engine in model.scored_engines)
        table.add_row(model.name, str(model.vector_length), str(model.scratch_words), slots)
    _print(table)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print(table: Table) -> None:
    # Without a terminal nothing says how wide a line may be: break no cell.
    Console(width=None if sys.stdout.isatty() else 240).print(table)
