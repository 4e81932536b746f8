"""Finds problems by name, or in a user's file as ``path/to/file.py:Class``."""

import hashlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

from machine.errors import UserError
from problems.kernels import KERNELS
from problems.problem import Problem
from problems.tree_hash import TreeHash

_PROBLEMS: tuple[type[Problem], ...] = (TreeHash, *KERNELS)

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
    path_text, colon, class_name = name.rpartition(":")
    if not colon or not path_text.endswith(".py"):
        raise UserError(f"unknown problem '{name}': use one of {', '.join(BUILT_IN)}, or file.py:Class")
    path = Path(path_text).resolve()
    if not path.is_file():
        raise UserError(f"cannot read problem file {path_text}")
    found = getattr(_load_module(path), class_name, None)
    if not (isinstance(found, type) and issubclass(found, Problem)):
        raise UserError(f"{path_text} has no class '{class_name}' derived from problems.problem.Problem")
    missing = [attribute for attribute in ("name", "summary", "parameters") if not hasattr(found, attribute)]
    if missing:
        raise UserError(f"class {class_name} of {path_text} does not set {', '.join(missing)}")
    try:
        return found()
    except Exception as error:
        raise UserError(f"class {class_name} of {path_text} cannot be used: {error}") from error


def _load_module(path: Path) -> object:
    module_name = f"slotsmith_problem_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UserError(f"cannot load problem file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[module_name]
        raise UserError(f"problem file {path} fails to load: {type(error).__name__}: {error}") from error
    return module
