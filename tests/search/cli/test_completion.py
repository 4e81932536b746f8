"""Completion: what shells are offered, that it is what the command takes, and that it imports little."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from machine.model import model_names
from problems.loader import BUILT_IN
from search.cli import completion
from search.cli.command_words import command_words
from search.cli.main import app
from search.strategy.registry import STAGES


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for notes, and with a results folder in it."""
    folder = tmp_path_factory.mktemp("home")
    entries = folder / "results" / "entries"
    entries.mkdir(parents=True)
    for name in ("saxpy-1234567890.json", "saxpy-1234567890.decision.json.gz", "fir-0987654321.json"):
        (entries / name).write_text("{}")
    return folder


def ask(home: Path, line: str, **variables: str) -> list[str]:
    """What bash is offered for the last word of a line."""
    words = line.split(" ")
    wanted = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_SLOTSMITH_COMPLETE": "complete_bash"}
    script = Path(sys.executable).with_name("slotsmith")
    environment = {**os.environ, "XDG_CACHE_HOME": str(home / "cache"), **wanted, **variables}
    done = subprocess.run([script], cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("slotsmith sea", ["search"]),
        ("slotsmith search saxpy --sche", ["--schedules"]),
        ("slotsmith search sax", ["saxpy"]),
        ("slotsmith search saxpy --machine po", ["pocket"]),
        ("slotsmith machines sig", ["signal"]),
        ("slotsmith show f", ["fir-0987654321"]),
        ("slotsmith search saxpy --set pro", ["products="]),
        ("slotsmith search saxpy --stages mov", ["moves"]),
        ("slotsmith rewrite saxpy --aim wo", ["work"]),
        ("slotsmith rewrite saxpy --aim depth@l", ["depth@last50%", "depth@last25%"]),
        ("slotsmith explore saxpy --executor r", ["ray"]),
        ("slotsmith explore saxpy --vary fl", ["flow.slots=", "flow.latency="]),
        ("slotsmith explore saxpy --machine pocket --vary mov", ["move.slots=", "move.latency="]),
        ("slotsmith search nothing-of-that", []),
    ],
)
def test_words_are_completed(home: Path, line: str, offered: list[str]) -> None:
    assert [word for word in ask(home, line) if word] == offered


def test_zsh_and_fish_are_told_what_words_mean(home: Path) -> None:
    line = "slotsmith search saxpy --machine sig"
    for shell in ("zsh", "fish"):
        variables = {"_SLOTSMITH_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
        found = ask(home, line, _TYPER_COMPLETE_FISH_ACTION="get-args", **variables)
        assert len(found) == 1
        assert "signal" in found[0]


def test_an_answer_from_the_note_imports_no_solver_and_no_compiler(home: Path) -> None:
    ask(home, "slotsmith sea")
    note = completion._note_file()
    code = (
        "import sys, search.cli.completion as c\n"
        "try: c.complete()\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'numba', 'ortools', 'rich', 'search.cli.main'} & sys.modules.keys()))"
    )
    wanted = {"COMP_WORDS": "slotsmith sea", "COMP_CWORD": "1", "_SLOTSMITH_COMPLETE": "complete_bash"}
    environment = {**os.environ, "XDG_CACHE_HOME": str(home / "cache"), **wanted}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["search", "[]"], done.stderr
    assert note.name.startswith("words-")


def test_the_words_are_those_of_the_command() -> None:
    words = command_words()
    verbs = {command.name for command in app.registered_commands}
    assert words["commands"].keys() == verbs
    assert words["problems"].keys() == words["knobs"].keys() == BUILT_IN.keys()
    assert words["stages"].keys() == STAGES.keys()
    names = {each["name"] for command in words["commands"].values() for each in command["parameters"]}
    assert {"problem", "machine", "entry", "set_", "vary", "aim", "stages", "sweep"} <= names
    assert set(model_names()) >= {"takehome"}


def test_a_damaged_note_is_made_anew_and_one_that_cannot_be_written_costs_time_alone(tmp_path: Path) -> None:
    note = tmp_path / "slotsmith" / "words-1.json"
    assert completion._noted(note, lambda: {"made": 1}) == {"made": 1}
    assert completion._noted(note, lambda: {"made": 2}) == {"made": 1}
    note.write_text("{")
    assert completion._noted(note, lambda: {"made": 3}) == {"made": 3}
    assert json.loads(note.read_text()) == {"made": 3}
    (tmp_path / "file").write_text("")
    assert completion._noted(tmp_path / "file" / "words-1.json", lambda: {"made": 4}) == {"made": 4}


def test_notes_of_earlier_sources_go(tmp_path: Path) -> None:
    completion._noted(tmp_path / "words-1.json", lambda: {})
    completion._noted(tmp_path / "words-2.json", lambda: {})
    assert [file.name for file in tmp_path.iterdir()] == ["words-2.json"]


def test_typer_installs_and_shows_it(tmp_path: Path) -> None:
    """For the shell that it is called from."""
    script = Path(sys.executable).with_name("slotsmith")
    asked = ["bash", "-c", f"'{script}' --show-completion; exit $?"]
    shown = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "_SLOTSMITH_COMPLETE=complete_bash" in shown.stdout
    options = {option for parameter in typer.main.get_command(app).params for option in parameter.opts}
    assert "--install-completion" in options
