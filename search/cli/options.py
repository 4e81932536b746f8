"""Arguments and options that several commands share, and what they mean."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from machine.errors import UserError
from machine.plain_file import unpacked
from problems.loader import load_problem
from problems.problem import check_shape, format_shape, parse_shape
from search.board import selection
from search.board.entry import Entry
from search.board.leaderboard import Leaderboard
from search.files.whole_file import write_whole

ProblemArgument = Annotated[str, typer.Argument(help="A problem's name, or file.py:Class.")]
EntryArgument = Annotated[
    str, typer.Argument(help="An entry's id, or PROBLEM[:shape] for the best one on the machine takehome.")
]
ShapeOption = Annotated[str, typer.Option(help="The shape, as name=value,...; what is left out keeps its default.")]
CategoryOption = Annotated[str | None, typer.Option(help="What counts as output; the problem's first if not given.")]
MachineOption = Annotated[str, typer.Option(help="A machine's name, or a .toml machine model.")]
AnyMachineOption = Annotated[str | None, typer.Option(help="Only entries for the machine of this name.")]
ResultsOption = Annotated[Path, typer.Option(help="The results folder.")]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="Fix a knob, as knob=value; may be given again.")]
RewriteOption = Annotated[
    bool, typer.Option("--rewrite", help="Rewrite graphs by proven rules before they are scheduled.")
]
StagesOption = Annotated[
    str | None,
    typer.Option(
        help="Stages with their shares of the budget, as in random:0.5,moves:0.4,windows; see docs/search.md."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="The file to write; - for standard output.")]

_MOST_BYTES = 64 << 20
"""Of a file of shapes, unpacked."""

DEFAULT_RESULTS = Path("results")
DEFAULT_MACHINE = selection.DEFAULT_MACHINE


def shapes_in_file(problem_name: str, path: Path) -> list[str]:
    """The distinct shapes in a file, in its order.

    The file holds a JSON list of objects with the shape parameters (other keys are passed over; ``.gz`` is
    unpacked), or plain lines ``name=value,...``.

    Raises:
        UserError: the file cannot be read, or a shape in it is none.
    """
    problem = load_problem(problem_name)
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
        text = (unpacked(raw, _MOST_BYTES) if path.suffix == ".gz" else raw).decode()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise UserError(f"{path} is damaged: {error}") from None
    if path.name.removesuffix(".gz").endswith(".json"):
        shapes = [_shape_of(problem_name, item) for item in _json_list(text, path)]
    else:
        lines = [line.strip() for line in text.splitlines()]
        shapes = [format_shape(parse_shape(problem, line)) for line in lines if line and not line.startswith("#")]
    if not shapes:
        raise UserError(f"{path} holds no shapes")
    return list(dict.fromkeys(shapes))


def _json_list(text: str, path: Path) -> Sequence[Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise UserError(f"{path} must hold a list of objects, one a shape")
    return data


def _shape_of(problem_name: str, item: dict[str, Any]) -> str:
    problem = load_problem(problem_name)
    known = {parameter.name for parameter in problem.parameters}
    return format_shape(check_shape(problem, {name: value for name, value in item.items() if name in known}))


def split_settings(settings: list[str]) -> dict[str, str]:
    """The settings in ``knob=value`` words.

    Raises:
        UserError: a word without ``=``.
    """
    split = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UserError(f"--set takes knob=value, not '{setting}'")
        split[name] = value
    return split


def require_place(path: Path) -> None:
    """Refuse an output file whose folder is none, before work is done for it.

    Raises:
        UserError: the folder is not there, or the path is one itself.
    """
    if path.is_dir():
        raise UserError(f"cannot write {path}: Is a directory")
    if not path.resolve().parent.is_dir():
        raise UserError(f"cannot write {path}: there is no folder {path.parent}")


def write_output(path: Path, text: str) -> None:
    """Write a command's output file.

    Raises:
        UserError: it cannot be written.
    """
    if str(path) == "-":
        typer.echo(text, nl=not text.endswith("\n"))
        return
    if path.exists() and not path.is_file():  # /dev/stdout, say, which nothing takes the place of
        try:
            path.write_text(text, encoding="utf-8")
        except BrokenPipeError:
            raise
        except OSError as error:  # a folder, say
            raise UserError(f"cannot write {path}: {error.strerror}") from None
    else:
        write_whole(path.resolve() if path.is_symlink() else path, text.encode())


def print_written(entry: Entry, output: Path, *, as_json: bool = False) -> None:
    """Say which entry was written where, unless that went to standard output itself."""
    if str(output) == "-":
        return
    if as_json:
        print_json({"entry": entry.id, "machine": entry.machine_name, "cycles": entry.cycles, "output": str(output)})
    else:
        typer.echo(f"{output}: {entry.id}, {entry.cycles} cycles on {entry.machine_name}")


def print_json(data: object) -> None:
    """Print ``data`` as JSON."""
    typer.echo(json.dumps(data, indent=1))


def entry_summary(entry: Entry) -> dict[str, Any]:
    """What the JSON of every command that prints an entry begins with."""
    return {
        "entry": entry.id,
        "problem": entry.problem,
        "shape": entry.shape,
        "category": entry.category,
        "machine": entry.machine["name"],
        "cycles": entry.cycles,
    }


def find_any(board: Leaderboard, text: str, category: str | None, machine: str | None) -> Entry:
    """The entry that ``text`` names; if it does not count, standard error says so.

    Raises:
        UserError: there is none.
    """
    place = board.place(_find(board, text, category, machine))
    if not place.counts:
        print(place.statement, file=sys.stderr)
    return place.entry


def find_counting(board: Leaderboard, text: str, category: str | None, machine: str | None) -> Entry:
    """The entry that ``text`` names, for a command that hands its program on.

    Raises:
        UserError: there is none, or it does not count: a stale program may compute what nobody asks for any more.
    """
    return selection.require_counting(board.place(_find(board, text, category, machine)))


def _find(board: Leaderboard, text: str, category: str | None, machine: str | None) -> Entry:
    """The entry that ``text`` names; one that its id names must be of the category and machine that are given, too."""
    entry = board.find(text, category, machine)
    for given, found in ((category, entry.category), (machine, entry.machine_name)):
        if given not in (None, found):
            raise UserError(f"entry {entry.id} is for {found}, not {given}")
    return entry
