"""The page of an opcode of one's own: its kernel and machine are right, searched, and gain from the opcode."""

import re
from pathlib import Path

import pytest

import slotsmith
from machine.features import parse_variation

PAGE = (Path(__file__).parents[1] / "docs" / "own_opcode.md").read_text(encoding="utf-8")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """The page's kernel and machine, as commands name them."""
    for language, name in (("toml", "viterbi.toml"), ("python", "viterbi.py")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / name).write_text(block, encoding="utf-8")
    return f"{tmp_path / 'viterbi.py'}:Viterbi", str(tmp_path / "viterbi.toml")


def test_the_kernel_is_right_with_the_opcode_and_without_it(files: tuple[str, str]) -> None:
    kernel, machine = files
    slotsmith.check(kernel, "streams=16,steps=2", machine=machine)
    slotsmith.check(kernel, "streams=9,steps=2", machine="takehome")


def test_the_opcode_saves_cycles(files: tuple[str, str]) -> None:
    kernel, file = files
    machine = slotsmith.load_machine(file)
    without = parse_variation("vector.min_plus=0", machine).feature.changed(machine, 0, "without")
    found = [
        slotsmith.search(kernel, "streams=16,steps=2", machine=each, schedules=8, stages="list", inputs=64)
        for each in (machine, without)
    ]
    assert found[0].cycles < found[1].bound.cycles
