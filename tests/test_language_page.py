"""The page of the kernel language does not lie: its blocks run, and it names every operation there is."""

import doctest
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from problems.language.code import KERNEL_FUNCTIONS, Code, Total
from search.cli.main import app

PAGE = (Path(__file__).parents[1] / "docs" / "language.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))


def test_every_block_is_a_file() -> None:
    assert len(BLOCKS) == PAGE.count("```python") == 3


@pytest.mark.parametrize("machine", ["takehome", "pocket", "signal"])
@pytest.mark.parametrize("file", BLOCKS)
def test_its_kernels_are_right(file: str, machine: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(BLOCKS[file], encoding="utf-8")
    (name,) = re.findall(r"^class (\w+)", BLOCKS[file], re.MULTILINE)
    words = ["check", f"{tmp_path / file}:{name}", "--machine", machine]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert f"on {machine}: right" in result.stdout


def test_its_examples_give_what_they_show() -> None:
    examples = doctest.DocTestParser().get_doctest(PAGE, {}, "language.md", None, None)
    assert len(examples.examples) == 2
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_it_names_every_function() -> None:
    assert set(re.findall(r"k\.(\w+)\(", PAGE)) == set(KERNEL_FUNCTIONS)
    assert all(callable(getattr(Code, name)) for name in KERNEL_FUNCTIONS)
    missing = {name for name in vars(Total) if name.islower() and name[0] != "_" and f"total.{name}" not in PAGE}
    assert missing == set()


def test_it_names_every_operator() -> None:
    operators = ["+", "-", "*", "//", "%", "&", "\\|", "^", "<<", ">>", "<", "<=", ">", ">=", "==", "!="]
    assert [each for each in operators if f"`a {each} b`" not in PAGE] == []
