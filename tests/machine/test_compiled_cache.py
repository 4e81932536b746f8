"""Compiled functions of a small package of its own, run in processes of their own, with a cache of their own."""

import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest

from machine.compiled_cache import cache_folder, imported_names, is_ours, sources_digest

ROOT = Path(__file__).parents[2]

TYPES = """
from typing import NamedTuple
import numpy as np
from numpy.typing import NDArray

class Pair(NamedTuple):
    first: NDArray[np.int64]
    second: NDArray[np.int64]
"""
INNER = """
from machine.compiling import compiled

@compiled
def inner(n: int) -> int:
    return n + 1
"""
OUTER = """
from machine.compiling import compiled
from kernels.inner import inner
from kernels.types import Pair

@compiled
def outer(pair: Pair) -> int:
    return inner(pair.first[0]) + pair.second[0]
"""
CALL = """
import numpy as np
from kernels.types import Pair
from kernels.outer import outer
one = np.ones(1, dtype=np.int64)
print(outer(Pair(one, 10 * one)), sum(outer.stats.cache_hits.values()))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "kernels"
    folder.mkdir()
    for name, source in {"__init__": "", "types": TYPES, "inner": INNER, "outer": OUTER, "other": "x = 1"}.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    return folder


def call(package: Path, **environment: str) -> str:
    """Call ``outer`` in a new process; its value, and how many compiled functions came from the cache."""
    defaults = {"XDG_CACHE_HOME": str(package.parent / "cache"), "PYTHONPATH": f"{package.parent}{os.pathsep}{ROOT}"}
    kept: Mapping[str, str] = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    env = {**kept, **defaults, **environment}
    done = subprocess.run([sys.executable, "-c", CALL], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def cached_files(package: Path) -> list[Path]:
    return list((package.parent / "cache" / "slotsmith").rglob("*.nb?"))


@pytest.mark.slow
def test_later_processes_find_what_was_compiled_and_a_change_anywhere_below_is_compiled_anew(package: Path) -> None:
    assert call(package) == "12 0"
    assert call(package) == "12 1"
    change(package / "inner.py", "n + 1", "n + 2")
    assert call(package) == "13 0"
    change(package / "types.py", "first: NDArray[np.int64]\n    second", "second: NDArray[np.int64]\n    first")
    assert call(package) == "13 0"


@pytest.mark.slow
def test_a_damaged_cache_is_compiled_again(package: Path) -> None:
    assert call(package) == "12 0"
    for kind, content in product((".nbi", ".nbc"), (b"", b"garbage")):
        damaged = [file for file in cached_files(package) if file.suffix == kind]
        assert damaged
        for file in damaged:
            file.write_bytes(content)
        assert call(package) == "12 0"
    assert call(package) == "12 1"


@pytest.mark.slow
def test_without_a_home_the_shared_folder_is_used_only_if_it_is_ours_alone(package: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    known = shared / f"slotsmith-{os.getuid()}"
    (tmp_path / "file").write_text("", encoding="utf-8")
    nowhere = {"XDG_CACHE_HOME": str(tmp_path / "file"), "TMPDIR": str(shared)}
    assert call(package, **nowhere) == "12 0"
    assert known.stat().st_mode & 0o777 == 0o700
    assert call(package, **nowhere) == "12 1"
    known.chmod(0o777)
    assert call(package, **nowhere) == "12 0"
    assert len(list(shared.iterdir())) == 2


def test_where_there_is_a_home_nothing_else_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert cache_folder.__wrapped__() == tmp_path / "slotsmith"


def test_a_folder_that_others_own_or_can_write_or_a_link_is_not_ours(tmp_path: Path) -> None:
    mine, open_to_all, link = tmp_path / "mine", tmp_path / "open", tmp_path / "link"
    mine.mkdir(mode=0o700)
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    link.symlink_to(mine)
    assert [is_ours(folder) for folder in (mine, open_to_all, link)] == [True, False, False]
    if os.getuid() != 0:
        assert not is_ours(Path("/"))


def test_the_digest_is_of_what_a_module_imports_and_of_nothing_else(package: Path) -> None:
    def look() -> str:
        command = (
            "import sys; from pathlib import Path; from machine.compiled_cache import sources_digest;"
            "print(sources_digest(Path(sys.argv[1]), 'kernels.outer'))"
        )
        words = [sys.executable, "-c", command, str(package / "outer.py")]
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    first = look()
    change(package / "other.py", "1", "2")
    assert look() == first
    change(package / "types.py", "Pair", "Couple")
    assert look() != first


def test_a_module_in_no_package_has_a_digest_too() -> None:
    assert sources_digest(Path(__file__), "test_compiled_cache")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import a.b, c as d  # e", {"a.b", "c"}),
        ("from a.b import c, d as e", {"a.b", "a.b.c", "a.b.d"}),
        ("from a import(b)", {"a", "a.b"}),
        ("from a import (  # one (of two)\n    b,  # c)\n    d,\n)\n", {"a", "a.b", "a.d"}),
        ("from a \\\n    import b, \\\n    c\n", {"a", "a.b", "a.c"}),
        ("def f():\n    x = 1; import a\n    if x: from b import c\n", {"a", "b", "b.c"}),
        ("x = 1\r\nfrom a import b\r\n", {"a", "a.b"}),
        ("important = from_a  # import b", set()),
    ],
)
def test_imports_are_found_however_they_are_written(text: str, names: set[str]) -> None:
    assert set(imported_names(text)) == names


@pytest.mark.parametrize("package", ["machine", "problems", "rewriting", "search", "slotsmith"])
def test_imports_of_all_our_modules_are_found(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert set(parsed_imports(text)) <= set(imported_names(text)), file


def parsed_imports(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
