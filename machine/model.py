"""Machine models: those that come with Slotsmith, known by name, and those in TOML files of one's own.

Nothing outside this package knows a number of any machine.
"""

from functools import lru_cache
from importlib import resources
from pathlib import Path

from machine.architecture import Engine, Machine
from machine.description import machine_from_data, machine_to_data
from machine.errors import UserError
from machine.nearest import did_you_mean, or_else
from machine.toml_file import parse_toml, read_toml

__all__ = ["Engine", "Machine", "load_machine", "machine_from_data", "machine_to_data", "model_names"]


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
        return _read_model(name_or_path, text)
    path = Path(name_or_path)
    if path.suffix != ".toml":
        hint = did_you_mean(name_or_path, model_names())
        raise UserError(f"unknown machine '{name_or_path}'{or_else(hint, 'give the path of a .toml machine model')}")
    machine = machine_from_data(read_toml(path, "machine model"), str(path))
    if machine.name in model_names() and machine.digest != load_machine(machine.name).digest:
        raise UserError(f"machine model {path}: name: it differs from '{machine.name}', so give it a name of its own")
    return machine


@lru_cache(maxsize=64)
def _read_model(name: str, text: str) -> Machine:
    """The model of that name in a file of that text, read once: leaderboards ask for all models again and again."""
    return machine_from_data(parse_toml(text, f"machine model {name}"), name)
