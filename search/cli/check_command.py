"""``slotsmith leaderboard --check``: every entry validated anew; what was found out is noted in it."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import typer

from machine.errors import UserError
from machine.nearest import counted
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.board.recheck import Recheck, Verdict, recheck_all
from search.cli.options import entry_summary, print_json
from search.processes.workers import open_runner

_COUNTED = {
    Verdict.VALID: "valid",
    Verdict.OTHER_MACHINE: "valid on machines that are others today",
    Verdict.OTHER_GRAPH: "valid as programs, of graphs that this version builds otherwise",
    Verdict.STALE: "stale, of problems that have changed",
    Verdict.WRONG: "struck",
    Verdict.STRUCK: "struck before",
    Verdict.UNCHECKED: "not checked",
    Verdict.FAILED: "whose check failed",
}
_BAD = (Verdict.OTHER_GRAPH, Verdict.WRONG, Verdict.FAILED)

_OTHER_GRAPH = "its knobs build another graph with this version"


def check_entries(board: Leaderboard, entries: Sequence[Entry], inputs: int, workers: int, *, json: bool) -> None:
    """Check entries and print a line for each; note in them what was found out, and write the pages anew.

    An entry that validates is one for today's problem from now on, in today's format, with the bound that holds.  One
    that is wrong is struck.  Where the folder cannot be written, what was found out is printed alone.

    Raises:
        typer.Exit: with code 1, if an entry was struck, is of a graph that is built no more, its bound is refuted or
            not what its certificate proves, or its check failed.
        UserError: the results folder cannot be written any more.
    """
    notes = _notes(board)
    found: list[Recheck] = []
    try:
        with open_runner(workers) as runner:
            for result in recheck_all(board, entries, inputs, runner):
                found.append(result if notes is None else _noted(notes, result))
                _print_line(found[-1], len(found), len(entries), to_errors=json)
        found = list(without_refuted_bounds(notes, found))
    finally:
        if notes is not None:
            notes.rewrite_pages()  # Ctrl-C too leaves pages that say what was found out
    if json:
        print_json([_summary(result) for result in found])
    else:
        typer.echo(f"{counted(len(entries), 'entry', 'entries')}: {_counts(found)}")
    unreadable = report_unreadable(board)
    if unreadable or any(result.verdict in _BAD or result.alarm for result in found):
        raise typer.Exit(1)


def report_unreadable(board: Leaderboard) -> bool:
    """Print a line about each file among the entries that holds none; return whether there are any."""
    lines = board.unreadable()
    for line in lines:
        print(f"slotsmith: set aside: {line}", file=sys.stderr, flush=True)
    return bool(lines)


def _notes(board: Leaderboard) -> Leaderboard | None:
    """The board, if anything can be noted there."""
    try:
        board.ensure_writable()
    except UserError as error:
        print(f"slotsmith: {error}: nothing is noted there", file=sys.stderr, flush=True)
        return None
    return board


def _noted(board: Leaderboard, result: Recheck) -> Recheck:
    """Note the verdict in the entry, unless another process has changed it since it was read."""
    entry: Entry | None = result.entry
    match result.verdict:
        case Verdict.VALID | Verdict.OTHER_MACHINE:
            assert result.problem_digest is not None
            assert result.bound is not None
            entry = board.note_checked(result.entry, result.problem_digest, result.bound)
        case Verdict.OTHER_GRAPH:
            entry = board.note_other_graph(result.entry, _OTHER_GRAPH)
        case Verdict.WRONG:
            entry = board.strike(result.entry, result.note)
    if entry is None:
        return replace(result, verdict=Verdict.UNCHECKED, note="another process has changed or removed it")
    return result


def without_refuted_bounds(board: Leaderboard | None, found: Sequence[Recheck]) -> Iterator[Recheck]:
    """The results; a bound above the valid program of another entry of its graph gives way to that entry's bound."""
    valid = [result for result in found if result.verdict in (Verdict.VALID, Verdict.OTHER_MACHINE) and result.bound]
    shortest: dict[str, Recheck] = {}
    for result in sorted(valid, key=lambda result: result.entry.cycles):
        shortest.setdefault(result.entry.hashes.graph, result)
    for result in found:
        rival = shortest.get(result.entry.hashes.graph)
        if rival is None or result.bound is None or result.bound.cycles <= rival.entry.cycles:
            yield result
            continue
        assert rival.bound is not None
        why = f"its bound of {result.bound.cycles} is refuted by the {rival.entry.cycles} cycles of {rival.entry.id}"
        print(f"ALARM: {result.entry.id}: {why}", file=sys.stderr, flush=True)
        if board is not None:
            board.replace_bound(result.entry.id, rival.bound)
        yield replace(result, bound=rival.bound, note=f"ALARM: {why}", alarm=True)


def _print_line(result: Recheck, number: int, total: int, *, to_errors: bool) -> None:
    entry, note = result.entry, " ".join(result.note.split())
    label = "STRUCK" if result.verdict is Verdict.WRONG else result.verdict.value
    said = f"{label}: {note}" if note else label
    line = f"[{number:{len(str(total))}}/{total}] {entry.id} {entry.shape_text} {entry.category} {entry.cycles}: {said}"
    print(line, file=sys.stderr if to_errors else sys.stdout, flush=True)


def _counts(found: Sequence[Recheck]) -> str:
    counts = {name: sum(result.verdict is verdict for result in found) for verdict, name in _COUNTED.items()}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _summary(result: Recheck) -> dict[str, Any]:
    return {
        **entry_summary(result.entry),
        "verdict": result.verdict.name.lower().replace("_", " "),
        "note": result.note,
        "bound": None if result.bound is None else result.bound.cycles,
        "level": None if result.bound is None else result.bound.level.value,
        "alarm": result.alarm,
    }
