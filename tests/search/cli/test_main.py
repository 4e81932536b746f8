"""The command as a whole: its verbs, their help, and how it ends."""

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
import typer

from machine.errors import SlotsmithError
from search.cli import list_commands
from search.cli import main as command_line
from tests.search.cli.conftest import ENTRY, Command, Ran, slotsmith

ROOT = Path(__file__).parents[3]

VERBS = sorted(command.name or "" for command in command_line.app.registered_commands)


def test_every_verb_is_known() -> None:
    wanted = (
        "search solve bound improve validate simulate reproduce show export trace leaderboard problems knobs machines"
    )
    assert set(wanted.split()) <= set(VERBS)


def test_what_takes_long_to_load_is_loaded_on_need() -> None:
    """CP-SAT takes a third of the time in which a command that does not solve begins."""
    libraries = ["ortools.sat.python.cp_model", "pandas", "ray", "optuna", "matplotlib", "bokeh", "z3"]
    source = f"import sys, search.cli.main; print([each for each in {libraries} if each in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example_of_itself(command: Command, verb: str) -> None:
    ran = command(verb, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Example: slotsmith {verb}" in ran.out


def test_help_lists_every_verb(command: Command) -> None:
    ran = command("--help")
    assert ran.code == 0
    assert {line.split()[0] for line in ran.out.splitlines() if line.startswith("  ")} >= set(VERBS)


def test_no_arguments_show_the_help(command: Command) -> None:
    assert command() == command("--help")


def test_an_unknown_verb_is_refused_in_one_line(command: Command) -> None:
    assert "No such command 'nosuch'" in command("nosuch").refusal


def test_wrong_input_ends_the_real_command_with_one_line_and_code_2(tmp_path: Path) -> None:
    assert "unknown machine 'nope'" in slotsmith("search", "tree_hash", "--machine", "nope", folder=tmp_path).refusal


@pytest.mark.parametrize(
    "words", [("knobs", "nope"), ("show", "nope"), ("search", "tree_hash", "--nonsense"), ("check", "missing.py:Class")]
)
def test_where_json_is_asked_for_an_error_is_json_too(command: Command, words: tuple[str, ...]) -> None:
    ran = command(*words, "--json")
    assert ran.code == 2
    assert ran.err == f"slotsmith: {json.loads(ran.out)['error']}\n"


def test_an_error_in_a_kernel_is_json_of_several_lines(command: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG_KERNEL, encoding="utf-8")
    ran = command("bound", "wrong.py:Wrong", "--json")
    error = json.loads(ran.out)["error"]
    assert (ran.code, ran.err) == (2, f"slotsmith: {error}\n")
    assert "did you mean 'min'?" in error.splitlines()[0]
    assert len(error.splitlines()) > 1


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise SlotsmithError("a defect of ours")

    app = typer.Typer()
    app.command("fails")(fails)
    app.callback()(lambda: None)
    monkeypatch.setattr(command_line, "app", app)
    monkeypatch.setattr(sys, "argv", ["slotsmith", "fails"])
    with pytest.raises(SlotsmithError, match="a defect of ours"):
        command_line.main()


def test_an_interrupt_outside_a_search_is_one_line_and_code_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(list_commands, "Leaderboard", interrupted)
    monkeypatch.setattr(sys, "argv", ["slotsmith", "leaderboard"])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "slotsmith: interrupted\n")


WRONG_KERNEL = """
from problems.language import ArrayKernel, Size, read, written

class Wrong(ArrayKernel):
    n = Size(8)
    x, y = read("n"), written("n")

    def kernel(self, k, n, x, y):
        for i in k.range(n):
            y[i] = k.mini(x[i], 3)
"""
INTERRUPTED_IMPORT = """
class Interrupting:
    def find_spec(self, name, *_):
        if name == "slotsmith":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise ImportError("initialization failed")  # as modules written in C do

sys.meta_path.insert(0, Interrupting())
"""
NO_FOLDER = """
def none():
    raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp']")

tempfile.gettempdir = none
"""


def started_after(what: str) -> Ran:
    """What the command comes to in a process of its own where this was done before."""
    code = f"import os, signal, sys, tempfile\n{what}\nimport slotsmith_command\nslotsmith_command.main()"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_an_interrupt_while_modules_are_loaded_is_one_line_whatever_a_module_makes_of_it() -> None:
    assert started_after(INTERRUPTED_IMPORT) == Ran(130, "", "slotsmith: interrupted\n")


def test_no_folder_for_temporary_files_is_one_line_that_says_what_to_do() -> None:
    assert "['/tmp', '/var/tmp']: set TMPDIR to a folder that you can write" in started_after(NO_FOLDER).refusal


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("slotsmith")
    pipe = f"{script} knobs tree_hash --json | head -c 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", pipe], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[", "")


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("{} knobs fir > /dev/full", "slotsmith: cannot write: No space left on device\n"),
        ("{} knobs fir --json > /dev/full", "slotsmith: cannot write: No space left on device\n"),
        ("{} knobs fir >&-", ""),
        ("{} knobs nosuch 2>&-", ""),
    ],
)
def test_output_that_cannot_be_written_is_no_bug(tmp_path: Path, shell: str, said: str) -> None:
    command = shell.format(Path(sys.executable).with_name("slotsmith"))
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", said)
    assert done.returncode == (0 if command.endswith(" >&-") else 2)


def test_letters_that_the_terminal_lacks_are_replaced(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(buffer, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["slotsmith", "show", ENTRY, "--results", str(results)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert not ended.value.code
    assert b"cycles on takehome" in buffer.getvalue()
