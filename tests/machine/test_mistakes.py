"""What is wrong with a machine file is said in one line that names the key, or the line, and what would be right."""

import sys
from pathlib import Path

import pytest

from machine.model import load_machine
from search.cli.main import main
from tests.golden_text import Golden
from tests.machine.mistakes import MISTAKES, RIGHT

NAMES_A_PLACE = ("(at line ", ": engines", ": opcodes", ": vector_length", ": scratch_words", ": name")


def said(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says on standard error when it ends as it does after a user's error."""
    monkeypatch.setattr(sys, "argv", ["slotsmith", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    return err


def test_the_file_without_a_mistake_is_right(tmp_path: Path) -> None:
    (tmp_path / "right.toml").write_text(RIGHT, encoding="utf-8")
    assert load_machine(str(tmp_path / "right.toml")).name == "example"


def test_every_mistake_has_the_message_that_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    assert len(MISTAKES) >= 40
    found = []
    for name, (right, wrong) in MISTAKES.items():
        assert RIGHT.count(right) == 1, name
        path = tmp_path / "example.toml"
        path.write_text(RIGHT.replace(right, wrong), encoding="utf-8")
        message = said(["machines", str(path)], monkeypatch, capsys)
        assert message.endswith("\n")
        assert message.count("\n") == 1, name
        found.append(f"{name}\n    {message.replace(str(tmp_path) + '/', '')}")
    golden.check("machine_file_mistakes.txt", "\n".join(found))


def test_every_message_names_a_key_or_a_line() -> None:
    text = (Path(__file__).parents[1] / "golden" / "machine_file_mistakes.txt").read_text(encoding="utf-8")
    messages = [line for line in text.splitlines() if line.startswith("    ")]
    assert len(messages) == len(MISTAKES)
    unplaced = [m for m in messages if not any(p in m for p in NAMES_A_PLACE) and "key" not in m]
    assert unplaced == []
    assert all(len(message) < 240 for message in messages)


# A machine that is right, and lacks what a kernel needs

LACKING = {
    "loads": ("table_lookup", '"load", "store", "least"', '"store", "least"'),
    "vector loads": ("dot_product", '"vload", ', ""),
    "stores": ("dot_product", '"load", "store", "least"', '"load", "least"'),
    "constants": ("dot_product", '"const", ', ""),
    "products": ("dot_product", '"*", "select"', '"select"'),
    "sums on words": ("dot_product", '["+", "-", "*", ', '["-", "*", '),
}


@pytest.mark.parametrize("what", LACKING)
def test_a_kernel_says_what_its_machine_lacks(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    problem, right, wrong = LACKING[what]
    text = RIGHT.replace('{ "*" = 3, load = 2 }', "{}")
    assert text.count(right) == 1
    path = tmp_path / "lacking.toml"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    message = said(["bound", problem, "--machine", str(path)], monkeypatch, capsys)
    golden.check(f"machine_lacks/{what.replace(' ', '_')}.txt", message)


def test_search_too_says_what_the_machine_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lacking.toml"
    path.write_text(RIGHT.replace('"vstore", ', "").replace('"store", ', ""), encoding="utf-8")
    few = ["--schedules", "2", "--workers", "0", "--results", str(tmp_path / "results")]
    message = said(["search", "dot_product", "--machine", str(path), *few], monkeypatch, capsys)
    assert "operation store has no implementation on machine example: no engine has 'store'" in message
