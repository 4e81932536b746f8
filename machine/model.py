"""Machine models: those that come with Slotsmith, known by name, and those in TOML files of one's own.

Nothing outside this package knows a number of any machine.
"""

import re
import tomllib
from importlib import resources
from pathlib import Path

from machine.architecture import Engine, Machine
from machine.description import machine_from_data, machine_to_data
from machine.errors import UserError
from machine.nearest import did_you_mean
from machine.plain_file import UnreadableError, read_plain

__all__ = ["Engine", "Machine", "load_machine", "machine_from_data", "machine_to_data", "model_names"]

MOST_BYTES = 1_000_000
"""Of a machine model's file."""


def model_names() -> list[str]:
    """Names of the machine models that come with Slotsmith."""
    folder = resources.files("machine") / "models"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_machine(name_or_path: str) -> Machine:
    """The model of that name, or of that TOML file.

    Raises:
        UserError: no such model or file, a file that is not a machine model, or one that takes a known name for
            another machine: leaderboards go by names.
    """
    if name_or_path in model_names():
        text = (resources.files("machine") / "models" / f"{name_or_path}.toml").read_text(encoding="utf-8")
        return _parse(text, name_or_path)
    path = Path(name_or_path)
    if path.suffix != ".toml":
        hint = did_you_mean(name_or_path, model_names())
        raise UserError(f"unknown machine '{name_or_path}'{hint}; or give the path of a .toml machine model")
    machine = _parse(_read(path), str(path))
    if machine.name in model_names() and machine.digest != load_machine(machine.name).digest:
        raise UserError(f"machine model {path}: name: it differs from '{machine.name}', so give it a name of its own")
    return machine


def _read(path: Path) -> str:
    try:
        return read_plain(path, MOST_BYTES, may_be_link=True).decode("utf-8")
    except OSError as error:
        raise UserError(f"cannot read machine model {path}: {error.strerror}") from None
    except UnreadableError as error:
        raise UserError(f"cannot read machine model {path}: {error}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"cannot read machine model {path}: it is not UTF-8 text ({error.reason})") from None


def _parse(text: str, origin: str) -> Machine:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"machine model {origin}: {error}") from None
    except ValueError:  # the only one: Python reads no integer of thousands of digits
        line = _line_with_most(text, r"[0-9]")
        raise UserError(f"machine model {origin}: a number has too many digits (at line {line})") from None
    except RecursionError:
        line = _line_with_most(text, r"[\[{]")
        raise UserError(f"machine model {origin}: brackets are nested too deeply (at line {line})") from None
    return machine_from_data(data, origin)


def _line_with_most(text: str, pattern: str) -> int:
    """The number of the line in which ``pattern`` is found most often."""
    lines = text.splitlines()
    return 1 + max(range(len(lines)), key=lambda number: len(re.findall(pattern, lines[number])))
