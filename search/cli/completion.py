"""Completion of the command line, quick enough for a key: from words that were noted down when sources last changed.

The whole command imports solvers and compilers, which takes more than a second.  Here a command of the same words is
made for typer, which knows the shells.
"""

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from machine.errors import UserError
from machine.features import usual_variations
from machine.model import load_machine, model_names
from rewriting.aim import AIMS
from search.files.whole_file import write_whole

_ROOT = Path(__file__).parents[2]
_SOURCES = ("search/cli/*.py", "problems/**/*.py", "search/strategy/**/*.py")
"""Of all that the words follow from."""

_MACHINE, _RESULTS, _MOST_ENTRIES = "takehome", "results", 500

_MOST_HELP = 60
"""Characters of a line of help, at most: shells show it beside the word."""

Item = tuple[str, str]
"""A word, and a line of help."""


def complete() -> None:
    """Answer the shell whose variables are in the environment, and exit."""
    words = _noted(_note_file(), _words)
    app = typer.Typer(name="slotsmith", rich_markup_mode=None)
    for name, command in words["commands"].items():
        app.command(name, help=command["help"])(_stand_in(command["parameters"], words))
    app(prog_name="slotsmith")


def _words() -> dict[str, Any]:
    from search.cli.command_words import command_words  # noqa: PLC0415  (imports everything)

    return command_words()


def _note_file() -> Path:
    """Where the words of today's sources are noted."""
    files = sorted(file for pattern in _SOURCES for file in _ROOT.glob(pattern))
    states = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    name = hashlib.sha256(repr(states).encode()).hexdigest()[:16]
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "slotsmith" / f"words-{name}.json"


def _noted(note: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The words in a note; made, and noted in place of earlier ones, where it is not there or damaged."""
    try:
        found: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = make()
        with suppress(OSError, UserError):  # where it cannot be noted, it takes longer every time
            note.parent.mkdir(parents=True, exist_ok=True)
            for old in note.parent.glob("words-*.json"):
                old.unlink()
            write_whole(note, json.dumps(found).encode())
    return found


def _stand_in(parameters: list[dict[str, Any]], words: dict[str, Any]) -> Callable[..., None]:
    """A function that typer takes for a command with these parameters."""

    def stand_in(**given: Any) -> None:
        """Nothing is ever run."""

    made = [_parameter(each, words) for each in parameters]
    stand_in.__annotations__ = {each.name: each.annotation for each in made}
    stand_in.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]
    return stand_in


def _parameter(given: dict[str, Any], words: dict[str, Any]) -> inspect.Parameter:
    offered = _Offer(given, words)
    options = {"help": given["help"], "autocompletion": offered.items}
    if given["is_flag"]:
        declared = typer.Option(False, *given["options"], help=given["help"])
    elif given["options"]:
        declared = typer.Option(None, *given["options"], **options)
    else:
        declared = typer.Argument(None, **options)
    kind = bool if given["is_flag"] else list[str] if given["is_repeated"] else str
    return inspect.Parameter(given["name"], inspect.Parameter.KEYWORD_ONLY, default=declared, annotation=kind)


class _Offer:
    """What a parameter may be."""

    def __init__(self, parameter: dict[str, Any], words: dict[str, Any]) -> None:
        self._parameter = parameter
        self._words = words

    def items(self, ctx: typer.Context, incomplete: str) -> Iterator[Item]:
        """Words that begin with what is there."""
        yield from ((word, told[:_MOST_HELP]) for word, told in self._all(ctx.params) if word.startswith(incomplete))

    def _all(self, given: dict[str, Any]) -> list[Item]:
        if self._parameter["choices"]:
            return [(str(each), "") for each in self._parameter["choices"]]
        match self._parameter["name"]:
            case "problem":
                return list(self._words["problems"].items())
            case "machine":
                return [(name, "") for name in model_names()]
            case "entry":
                return _entries(Path(given.get("results") or _RESULTS))
            case "set_":
                return [(f"{name}=", told) for name, told in self._words["knobs"].get(self._problem(), {}).items()]
            case "aim":
                return [(name, "") for name in AIMS]
            case "vary":
                return _features(given.get("machine") or _MACHINE)
            case "stages":
                return list(self._words["stages"].items())
            case "sweep":
                return [(str(file), "") for file in sorted(Path("sweeps").glob("*.toml"))]
        return []

    def _problem(self) -> str:
        """The problem on the line: typer does not tell, for an option without its value ends its reading."""
        line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
        return next((word for word in line.split() if word in self._words["problems"]), "")


def _entries(results: Path) -> list[Item]:
    """The ids of entries, without reading them."""
    files = sorted(results.glob("entries/*.json"))[:_MOST_ENTRIES]
    return [(file.stem, "") for file in files if "." not in file.stem]


def _features(machine: str) -> list[Item]:
    try:
        found = usual_variations(load_machine(machine))
    except UserError:
        return []
    return [(f"{variation.feature}=", ",".join(map(str, variation.values))) for variation in found]
