"""The words of the command line, as plain data: what completion offers without importing what commands need."""

from enum import Enum
from typing import Any, get_args, get_type_hints

import typer

from machine.model import load_machine
from problems.loader import BUILT_IN
from search.cli.main import app
from search.cli.options import DEFAULT_MACHINE
from search.strategy.registry import STAGES


def command_words() -> dict[str, Any]:
    """Commands with their parameters, problems with their knobs, and stages; each with a line of help."""
    group: Any = typer.main.get_command(app)
    commands = {}
    for registered in app.registered_commands:
        assert registered.name is not None and registered.callback is not None
        hints = get_type_hints(registered.callback)
        commands[registered.name] = _command(group.commands[registered.name], hints)
    stages = {name: stage.summary for name, stage in STAGES.items()}
    problems = {name: problem.summary for name, problem in BUILT_IN.items()}
    return {"commands": commands, "problems": problems, "knobs": _knobs(), "stages": stages}


def _command(command: Any, hints: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(each, _choices(hints.get(each.name))) for each in command.params]
    return {"help": command.get_short_help_str(), "parameters": parameters}


def _choices(hint: Any) -> list[str]:
    """The values of an enum, that may be left out."""
    kinds = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, Enum)]
    return [str(member.value) for kind in kinds for member in kind]


def _parameter(parameter: Any, choices: list[str]) -> dict[str, Any]:
    is_option = parameter.param_type_name == "option"
    return {
        "name": parameter.name,
        "options": [*parameter.opts] if is_option else [],
        "help": getattr(parameter, "help", None) or "",
        "is_flag": bool(getattr(parameter, "is_flag", False)),
        "is_repeated": bool(getattr(parameter, "multiple", False)),
        "choices": choices,
    }


def _knobs() -> dict[str, dict[str, str]]:
    """By problem, the knobs of its default shape on the default machine."""
    machine = load_machine(DEFAULT_MACHINE)
    found = {}
    for name, kind in BUILT_IN.items():
        problem = kind()
        knobs = problem.knobs(problem.default_shape(), problem.categories[0], machine)
        found[name] = {knob.name: f"{knob.summary} ({knob.range})" for knob in knobs}
    return found
