"""Packages import only what lies below them: machine, problems, search, slotsmith from the bottom up."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("machine", "problems", "search", "slotsmith")
MAY_IMPORT = {
    "machine": {"machine"},
    "problems": {"machine", "problems"},
    "search": {"machine", "problems", "search"},
    "slotsmith": {"machine", "problems", "search", "slotsmith"},
}


def imported_packages(source: str) -> set[str]:
    """First parts of the names that a source imports, wherever it does, relative imports being refused."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add((node.module or "").partition(".")[0])
    return found


def test_imports_are_found_wherever_they_are() -> None:
    source = "import search.cli\ndef f():\n    from problems import knobs\n    import machine as m, numpy\n"
    assert imported_packages(source) == {"search", "problems", "machine", "numpy"}


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_lies_below_them(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        ours = imported_packages(file.read_text(encoding="utf-8")) & {*PACKAGES, "scripts", "tests"}
        assert ours <= MAY_IMPORT[package], file
