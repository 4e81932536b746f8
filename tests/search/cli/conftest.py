"""The command run in this process, and a results folder that one small search has filled."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from search.cli.main import main

SHAPE = "height=2,rounds=2,batch=8"
ENTRY = f"tree_hash:{SHAPE}"
SMALL_SEARCH = ("search", "tree_hash", "--shape", SHAPE, "--schedules", "32", "--workers", "0", "--inputs", "16")


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line with which a command refuses wrong input."""
        assert (self.code, self.out) == (2, "")
        assert self.err.startswith("slotsmith: ")
        assert self.err.endswith("\n")
        assert len(self.err.splitlines()) == 1
        return self.err.removeprefix("slotsmith: ").rstrip("\n")


Command = Callable[..., Ran]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs ``slotsmith`` with some arguments, in an empty folder."""
    monkeypatch.delenv("COLUMNS", raising=False)  # which workers of pytest set
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["slotsmith", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, captured.out, captured.err)

    return run


def slotsmith(*arguments: object, folder: Path) -> Ran:
    """The installed command, in a process of its own."""
    script = Path(sys.executable).with_name("slotsmith")
    done = subprocess.run([script, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def slotsmith_here(*arguments: object, folder: Path) -> Ran:
    """The command in this process, for fixtures that tests share: a process of its own imports for seconds."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.delenv("COLUMNS", raising=False)
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["slotsmith", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value.code, int)
    return Ran(ended.value.code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with one entry; to be read only."""
    folder = tmp_path_factory.mktemp("cli") / "results"
    done = slotsmith_here(*SMALL_SEARCH, "--results", folder, folder=folder.parent)
    assert done.code == 0, done.err
    return folder


@pytest.fixture(scope="session")
def program(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The entry's program, as JSON."""
    file = tmp_path_factory.mktemp("programs") / "program.json"
    done = slotsmith_here("export", ENTRY, "--results", results, "-o", file, folder=file.parent)
    assert done.code == 0, done.err
    return file


def write_json(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def interrupted(*arguments: object, folder: Path, soon: float = 30.0, by: signal.Signals = signal.SIGINT) -> str:
    """What the installed command prints if its processes get a signal, as from a terminal, when it has a first best.

    It must end ``soon`` (seconds), with exit code 0.
    """
    words = [Path(sys.executable).with_name("slotsmith"), *map(str, arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        assert process.stderr is not None
        assert any(re.search(r"best \d", line) for line in process.stderr)
        os.killpg(process.pid, by)
        out, err = process.communicate(timeout=soon)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return out
