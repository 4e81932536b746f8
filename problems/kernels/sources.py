"""Which files define a problem that shares its package with others."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

_FRAMEWORK = ("problems.problem", "problems.knobs")


def source_files(module: str) -> list[Path]:
    """The file of a module, and of every module of :mod:`problems` that it imports, by way of others too.

    What is common to all problems is left out.
    """
    found: dict[str, Path] = {}
    pending = [module]
    while pending:
        name = pending.pop()
        spec = find_spec(name)
        if name in found or name in _FRAMEWORK or spec is None or spec.origin is None:
            continue
        found[name] = Path(spec.origin)
        pending += _imports(found[name].read_text(encoding="utf-8"))
    return [found[name] for name in sorted(found)]


def _imports(source: str) -> Iterator[str]:
    """Modules of :mod:`problems` that a source imports from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("problems."):
            yield node.module
