"""Sweep files, read; and only one Ray at a time runs on this machine, however many processes run tests."""

import fcntl
import getpass
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.sweep.sweep_file import SweepFile, load_sweep_file
from tests.search.sweep.sweep_text import Load

pytest.register_assert_rewrite("tests.search.sweep.executors.contract")


# Ray looks at these when it is imported.  Nodes that join a Ray must know its token; tests must not leave it in a file.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(16))
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")


@pytest.fixture(scope="module")
def only_ray() -> Iterator[None]:
    """Held while a module's tests use Ray; waits for those of other modules, in other processes, to be done."""
    lock = Path(tempfile.gettempdir(), f"slotsmith-tests-ray-{getpass.getuser()}.lock")
    with lock.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str) -> SweepFile:
        path = tmp_path / "sweep.toml"
        path.write_text(text, encoding="utf-8")
        return load_sweep_file(path)

    return load_text
