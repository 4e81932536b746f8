"""Commands that list what there is."""

from pathlib import Path
from typing import Annotated

import typer

from machine.errors import UserError
from machine.model import load_machine, model_names
from problems.loader import BUILT_IN
from problems.problem import format_shape
from problems.suite.catalogue import ORIGINS
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.standing import PlacedEntry, best_of
from search.cli.check_command import check_entries, report_unreadable
from search.cli.fitting_table import Column, print_table, terminal
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
from search.tasks.rewriting_knob import declared_knobs
from search.tasks.task import resolve_task
from search.tasks.validation import LEAST_INPUTS

_TASK = Column("problem", 9), Column("shape", 8), Column("category", 7), Column("machine", 2)
_BEST = (
    *_TASK,
    *(Column("cycles", 9, True), Column("bound", 5, True), Column("gap", 6, True)),
    *(Column("level", 1), Column("inputs", 0, True), Column("entry", 3)),
)
_OTHERS = (*_TASK, Column("cycles", 6, True), Column("entry", 7), Column("standing", 5), Column("reason", 3))


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
    console = terminal()
    if best:
        print_table(console, _BEST, [_best_row(entry) for entry in best])
    if others:
        print_table(console, _OTHERS, [_other_row(each) for each in others], "Entries that do not count")


def _best_row(entry: Entry) -> tuple[str, ...]:
    numbers = str(entry.cycles), str(entry.bound.cycles), f"{entry.gap:.1%}"
    task = entry.problem, _spaced(entry.shape_text), entry.category, entry.machine_name
    return *task, *numbers, entry.bound_level, str(entry.validation.inputs), entry.id


def _other_row(each: PlacedEntry) -> tuple[str, ...]:
    entry = each.entry
    task = entry.problem, _spaced(entry.shape_text), entry.category, entry.machine_name
    return *task, str(entry.cycles), entry.id, each.standing.value, each.reason


def _spaced(shape: str) -> str:
    """A shape with room to break lines in; users may write it so, too."""
    return shape.replace(",", ", ")


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
    columns = (
        *(Column("problem", 4), Column("default shape", 3), Column("categories", 1)),
        *(Column("summary", 2), Column("from", 0)),
    )
    rows = []
    for problem in known:
        shape, origin = _spaced(format_shape(problem.default_shape())), ORIGINS.get(problem.name, "")
        rows.append((problem.name, shape, ", ".join(problem.categories), problem.summary, origin))
    print_table(terminal(), columns, rows)


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
    knobs = declared_knobs(task)
    if json:
        print_json([{"name": k.name, "default": k.default, "range": k.range, "summary": k.summary} for k in knobs])
        return
    columns = Column("knob", 4), Column("default", 3), Column("range", 2), Column("meaning", 1)
    rows = [(knob.name, str(knob.default), knob.range.replace("|", " | "), knob.summary) for knob in knobs]
    print_table(terminal(), columns, rows)
    for rule in task.problem.rules(task.shape, task.category, task.machine):
        if rule.names:
            typer.echo(f"rule: {rule.text}")


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
    rows = [
        (
            *(model.name, str(model.vector_length), str(model.scratch_words)),
            ", ".join(f"{engine.name} {engine.slots}" for engine in model.scored_engines),
        )
        for model in models
    ]
    columns = Column("machine", 4), Column("vector", 1, True), Column("scratch", 1, True), Column("slots a bundle", 3)
    print_table(terminal(), columns, rows)
