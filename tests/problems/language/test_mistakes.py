"""What is wrong with a kernel is said in at most five lines that name line, operands and what would be right."""

import re
import sys
from pathlib import Path

import pytest

from search.cli.main import main
from tests.golden_text import Golden
from tests.problems.language.mistakes import BUILDER, MISTAKES, OLD_MISTAKES

FEW = {
    "search": ("--schedules", "2", "--workers", "0", "--results", "results"),
    "solve": ("--time-limit", "1", "--results", "results"),
    "bound": ("--time-limit", "0", "--results", "results"),
    "check": ("--limit", "1"),
}
FILES = {
    **MISTAKES,
    **{
        f"{what} (builder)": (command, BUILDER.replace(right, wrong))
        for what, (command, right, wrong) in OLD_MISTAKES.items()
    },
}


def said(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["slotsmith", command, "kernel.py:Kernel", *FEW[command]])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    assert ended.value.code == 2, captured.out
    assert captured.out == ""
    return captured.err


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_mistakes_of_the_builder_are_made_in_what_is_right() -> None:
    assert all(BUILDER.count(right) == 1 for _, right, _ in OLD_MISTAKES.values())


@pytest.mark.parametrize("what", FILES)
def test_a_mistake_is_named(
    what: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    command, text = FILES[what]
    (folder / "kernel.py").write_text(text, encoding="utf-8")
    message = said(command, monkeypatch, capsys)
    golden.check(f"kernel_mistakes/{re.sub('[^a-z0-9]+', '_', what).strip('_')}.txt", message)
    assert message.startswith("slotsmith: ")
    assert len(message.splitlines()) <= 5
    assert "Traceback" not in message


@pytest.mark.parametrize("what", ["a whole array for a word", "a name that is not defined", "a range one too long"])
def test_all_commands_say_the_same(
    what: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "kernel.py").write_text(MISTAKES[what][1], encoding="utf-8")
    messages = {said(command, monkeypatch, capsys) for command in FEW}
    assert len(messages) == 1
