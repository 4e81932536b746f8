"""``slotsmith bound --check``: the stored bound of an entry, verified against its graph built again."""

import typer

from machine.certificates.certificate import Level
from machine.errors import UserError
from search.board.bound_check import CheckedBound, check_bound
from search.board.entry import Entry, build_again, graph_digest
from search.cli.options import entry_summary, print_json
from search.solver.solve_outcome import SolveLimits


def check_entry_bound(entry: Entry, seconds: float, *, json: bool) -> None:
    """Say what the bound of an entry is worth: checked, proven again by a solver, or not.

    Nothing is written: ``slotsmith leaderboard --check`` notes it.

    Raises:
        UserError: this version builds another graph from the entry's knobs.
        typer.Exit: with code 1, if the bound does not hold, or nobody proves it again within so many seconds.
    """
    prepared = build_again(entry, entry.task())
    if graph_digest(prepared.flat, prepared.machine) != entry.hashes.graph:
        raise UserError(f"entry {entry.id} is of another graph: its bound says nothing of the one that is built today")
    checked = check_bound(prepared, entry.bound, entry.cycles, SolveLimits(seconds))
    holds = checked.bound.cycles >= entry.bound.cycles and not checked.alarm
    if json:
        said = {"bound": entry.bound.cycles, "proven": checked.bound.cycles, "argument": checked.bound.argument}
        print_json({**entry_summary(entry), **said, "level": checked.bound.level.value, "holds": holds})
    else:
        typer.echo(f"{entry.id}: bound {entry.bound.cycles} of a program of {entry.cycles} cycles")
        typer.echo(_statement(checked, holds))
    if not holds:
        raise typer.Exit(1)


def _statement(checked: CheckedBound, holds: bool) -> str:
    bound = checked.bound
    if not holds:
        return checked.note
    means = {
        Level.CHECKED: "its certificate holds",
        Level.SOLVER: "a solver has proven it again; no certificate can be checked",
        Level.FLOATING: "a solver has proven it again, in floating point; no certificate can be checked",
    }
    return f"{bound.level.value}: {means[bound.level]} ({bound.argument})"
