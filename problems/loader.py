"""Finds problems by name, or in a user's file as ``path/to/file.py:Class``."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from machine.errors import KernelError, UserError
from machine.nearest import did_you_mean, or_else
from problems.kernels import KERNELS
from problems.language.declaration_calls import right_call
from problems.language.lane_places import mistake, place_of
from problems.problem import LOADED_DIGEST, Problem, digest_of
from problems.suite import SUITE
from problems.tree_hash import TreeHash
from problems.tree_hash_plain import TreeHashPlain

_PROBLEMS: tuple[type[Problem], ...] = (TreeHash, TreeHashPlain, *KERNELS, *SUITE)

BUILT_IN: Mapping[str, type[Problem]] = {problem.name: problem for problem in _PROBLEMS}
"""The problems that come with Slotsmith."""


def load_problem(name: str) -> Problem:
    """The built-in problem of that name, or the class in ``file.py:Class``.

    A user's file is loaded by its path alone; its folder never gets onto ``sys.path``.

    Raises:
        UserError: no such problem, file or class.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    path_text, _, class_name = name.rpartition(":")
    path = _user_file(name)
    if path is None:
        hint = did_you_mean(name, BUILT_IN) or ": `slotsmith problems` lists them"
        file = next((each.name for each in Path().glob("*.py") if each.stem == name), "file.py")
        raise UserError(f"unknown problem '{name}'{or_else(hint, f'give {file}:Class')}")
    if not path.is_file():
        why = "it is no file" if path.exists() else "it is not there"
        raise UserError(f"cannot read problem file {path_text}: {why}")
    module = _load_module(path)
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, Problem)):
        hint = did_you_mean(class_name, _problems_in(module))
        raise UserError(f"{path_text} has no class '{class_name}' derived from problems.problem.Problem{hint}")
    if found is not Problem and found.__module__ != module.__name__:
        # Its digest would be that of a file which the name does not tell.
        raise UserError(f"class {class_name} of {path_text} is defined in another file: name that one")
    missing = [attribute for attribute in ("name", "summary", "parameters") if not hasattr(found, attribute)]
    if missing:
        raise UserError(f"class {class_name} of {path_text} does not set {', '.join(missing)}")
    if not isinstance(found.name, str) or not found.name:
        raise UserError(f"class {class_name} of {path_text} has name = {found.name!r}: give it a text")
    try:
        return found()
    except Exception as error:
        raise UserError(f"class {class_name} of {path_text} cannot be used: {error}") from error


def name_of_problem(problem: Problem) -> str:
    """The name by which :func:`load_problem` finds the class of a problem, in this process or another.

    Raises:
        UserError: its class is not in a file: typed at a prompt, say.
    """
    found = type(problem)
    if BUILT_IN.get(found.name) is found:
        return found.name
    file = getattr(sys.modules[found.__module__], "__file__", None)
    if file is None or found.__qualname__ != found.__name__:
        raise UserError(f"problem {found.name}: put class {found.__qualname__} at the top of a file of its own")
    return f"{file}:{found.__name__}"


def digest_today(name: str) -> str | None:
    """What :meth:`Problem.digest` of the problem of that name would be if it were loaded now.

    No code of a user's file is run.

    Returns:
        The digest, or ``None`` where there is no such problem, or its file cannot be read.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]().digest()
    try:
        path = _user_file(name)
        return digest_of({path.name: path.read_bytes()}) if path is not None and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # it cannot be read, is no path, or links lead back to it
        return None


def _user_file(name: str) -> Path | None:
    """The file in ``file.py:Class``, wherever links lead; ``None`` where ``name`` is not of this form."""
    path_text, colon, _ = name.rpartition(":")
    return Path(path_text).resolve() if colon and path_text.endswith(".py") else None


def _problems_in(module: ModuleType) -> list[str]:
    """The names of the problems that a module defines itself."""
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Problem) and value.__module__ == module.__name__
    ]


def _load_module(path: Path) -> ModuleType:
    module_name = f"slotsmith_problem_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    module = ModuleType(module_name)
    module.__file__ = str(path)
    sys.modules[module_name] = module
    try:
        # Python would run what it had compiled earlier, if the file's size and time are the same.
        source = path.read_bytes()
        setattr(module, LOADED_DIGEST, digest_of({path.name: source}))
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[module_name]
        if isinstance(error, KernelError):
            raise
        place, right = place_of(error, str(path)), right_call(error)
        if place is not None and right is not None:
            raise mistake(str(error), right=right, place=place) from error
        where = "" if place is None else f" (line {place.line})"
        raise UserError(f"problem file {path} fails to load: {type(error).__name__}: {error}{where}") from error
    return module
