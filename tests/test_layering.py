"""Who may import whom: packages and rooms only what lies below them, and nothing imports in a circle.

Imports count wherever they are, at the top of a module or in a function.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("machine", "problems", "rewriting", "search", "slotsmith")
MAY_IMPORT = {
    "machine": {"machine"},
    "problems": {"machine", "problems"},
    "rewriting": {"machine", "rewriting"},
    "search": {"machine", "problems", "rewriting", "search"},
    "slotsmith": {"machine", "problems", "search", "slotsmith"},
}

ROOMS = (
    "errors",
    "files",
    "processes",
    "analysis",
    "solver",
    "scratch",
    "scheduling",
    "bounds",
    "explain",
    "tasks",
    "cpsat",
    "board",
    "strategy",
    "survey",
    "sweep",
    "explore",
    "pages",
    "cli",
)
"""Of ``search``, from low to high."""

SAME_NAME = {
    "errors": {"machine.errors", "search.errors"},  # the errors of each package
    "problem": {
        "problems.problem",
        "problems.tree_hash.problem",
        "problems.tree_hash_plain.problem",
    },  # what one is; one
    "build": {"problems.tree_hash.build", "problems.tree_hash_plain.build"},  # each in the package of its problem
    "tables": {"problems.tree_hash.tables", "search.sweep.reporting.tables"},  # of lookups; of figures on a terminal
    "processes": {"search.processes", "search.sweep.executors.processes"},  # the room; the executor that uses some
}
"""Modules that may share a base name, because neither can be taken for the other."""


def modules() -> dict[str, Path]:
    """Our modules and packages, by dotted name."""
    files = [file.relative_to(ROOT) for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    return {".".join(file.with_suffix("").parts).removesuffix(".__init__"): ROOT / file for file in sorted(files)}


def imported_modules(source: str, known: Mapping[str, object]) -> set[str]:
    """Those of the known modules that a source imports; for ``from a import b`` that is ``a.b`` if it is a module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else module for name in names}
    return found & known.keys()


@cache
def imports_of_all() -> Mapping[str, set[str]]:
    known = modules()
    return {name: imported_modules(file.read_text(encoding="utf-8"), known) for name, file in known.items()}


def circle_in(imports: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, the first again at the end; empty if none do."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "search" and len(parts) > 1 else None


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


def test_the_checker_of_certificates_rests_on_graphs_and_machines_alone() -> None:
    folder = ROOT / "machine" / "certificates"
    outside = {name for file in folder.glob("*.py") for name in imported_packages(file.read_text(encoding="utf-8"))}
    assert outside <= {*sys.stdlib_module_names, "machine"}
    ours = set().union(*(imports_of_all()[f"machine.certificates.{each}"] for each in ("checker", "times")))
    assert {name for name in ours if not name.startswith("machine.certificates.")} == {"machine.graph.operation"}


def test_modules_are_found_by_whatever_form_of_import() -> None:
    source = "import a.b\ndef f():\n    from a import c, d\n    from a.d import thing\n    import numpy\n"
    assert imported_modules(source, dict.fromkeys(["a", "a.b", "a.c", "a.d"])) == {"a.b", "a.c", "a.d"}
    assert imported_modules("from a import name", dict.fromkeys(["a", "a.b"])) == {"a"}


def test_circles_are_found_whatever_their_length() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle_in({"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"b"}})) == {"b", "c", "d"}
    assert circle_in({"a": {"a"}}) == ["a", "a"]


def test_nothing_imports_in_a_circle() -> None:
    assert circle_in(imports_of_all()) == []


def test_no_two_modules_have_one_base_name() -> None:
    named = defaultdict(set)
    for module in modules():
        named[module.rpartition(".")[2]].add(module)
    assert {name: found for name, found in named.items() if len(found) > 1} == SAME_NAME


def test_every_room_has_its_place() -> None:
    assert {room_of(module) for module in modules()} == {None, *ROOMS}


def test_the_page_on_the_design_has_a_line_for_every_package_and_room() -> None:
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)(/?)` \|", page, re.MULTILINE)
    assert [name for name, slash in listed if slash] == [room for room in ROOMS if room != "errors"]
    assert [name for name, slash in listed if not slash][: len(PACKAGES)] == list(PACKAGES)


def test_rooms_import_only_what_lies_below_them() -> None:
    upward = set()
    for module, imported in imports_of_all().items():
        room = room_of(module)
        for other in imported:
            other_room = room_of(other)
            if room and other_room and ROOMS.index(other_room) > ROOMS.index(room):
                upward.add((module, other))
    assert upward == set()
