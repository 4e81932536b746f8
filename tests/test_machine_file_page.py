"""The page of the machine file: its example works, its tables are those of the code."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from machine import description, limits
from machine.expression import MOST_DEPTH, MOST_NODES
from machine.model import load_machine, model_names
from machine.words import FUNCTIONS, OPERATORS
from search.board.leaderboard import Leaderboard
from search.cli.main import app

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "machine_file.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def example(tmp_path: Path) -> tuple[str, Path]:
    """The page's problem, as commands name it, and its machine."""
    for language in ("toml", "python"):
        (name,) = re.findall(r"^# (\w+\.\w+)", block(language))
        (tmp_path / name).write_text(block(language), encoding="utf-8")
    return f"{tmp_path / 'checksum.py'}:Checksum", tmp_path / "checksum.toml"


def test_the_example_is_searched_and_validated(example: tuple[str, Path], tmp_path: Path) -> None:
    problem, machine = example
    assert "slotsmith search checksum.py:Checksum --machine checksum.toml" in PAGE
    few = ("--schedules", 8, "--workers", 0, "--inputs", 64, "--results", tmp_path / "results")
    assert "new best" in run("search", problem, "--machine", machine, *few)
    (entry,) = Leaderboard(tmp_path / "results").entries()
    assert entry.machine["opcodes"].keys() == {"rotl", "clamp", "avg_up"}
    assert f"right on 64 inputs, {entry.cycles} cycles" in run(
        "validate", entry.id, "--inputs", 64, "--results", tmp_path / "results"
    )
    assert "1 valid" in run("leaderboard", "--check", "--workers", 0, "--results", tmp_path / "results")
    engines = {e for bundle in Leaderboard(tmp_path / "results").program(entry).bundles for e in bundle}
    assert engines == {"core", "simd"}


def test_the_example_is_solved(example: tuple[str, Path], tmp_path: Path) -> None:
    problem, machine = example
    limits = ("--time-limit", 60, "--workers", 1, "--results", tmp_path / "results")
    assert "optimal" in run("solve", problem, "--shape", "vectors=1", "--machine", machine, *limits)


def test_the_example_is_printed(example: tuple[str, Path]) -> None:
    shown = run("machines", example[1])
    assert "smax(low, smin(a, high))" in shown
    assert load_machine(str(example[1])).digest in shown


def test_keys_and_limits_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \| .*? \| ([^|]*) \|$", PAGE, re.MULTILINE))
    keys = [*description.MACHINE_KEYS[:4], "engines.NAME", *(f"engines.NAME.{key}" for key in description.ENGINE_KEYS)]
    keys += ["opcodes.NAME", *(f"opcodes.NAME.{key}" for key in description.OPCODE_KEYS)]
    assert sorted(rows) == sorted(keys)
    for key, limit in {
        "name": limits.MOST_NAME,
        "vector_length": limits.MOST_LANES,
        "scratch_words": limits.MOST_SCRATCH_WORDS,
        "engines.NAME": limits.MOST_ENGINES,
        "engines.NAME.slots": limits.MOST_SLOTS,
        "engines.NAME.opcodes": limits.MOST_OPCODES,
        "engines.NAME.latency": limits.MOST_LATENCY,
        "opcodes.NAME": limits.MOST_OPCODES,
        "opcodes.NAME.operands": limits.MOST_OPERANDS,
        "opcodes.NAME.summary": limits.MOST_NAME,
    }.items():
        assert re.search(rf"(?<![\d,]){limit:,}(?!,?\d)", rows[key]), key
    assert rows["opcodes.NAME.result"] == f"{limits.MOST_TEXT:,} characters, {MOST_NODES} parts, {MOST_DEPTH} levels"


def test_functions_and_operators_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)\(([\w, ]+)\)` \| (.*?) \|$", PAGE, re.MULTILINE)
    listed = {name: (len(operands.split(",")), summary) for name, operands, summary in rows}
    assert listed == {name: (function.arguments, function.summary) for name, function in FUNCTIONS.items()}
    (operators,) = re.findall(r"the operators `([^`]+)`", PAGE)
    assert set(operators.split()) == {*OPERATORS, "~"}


def test_the_machines_that_come_with_slotsmith_are_listed() -> None:
    listed = re.findall(r"^\| `(\w+)` \| [^|]* \|$", PAGE.partition("## Machines that come")[2], re.MULTILINE)
    assert sorted(listed) == model_names()


def test_the_reference_lists_the_opcodes_of_machines() -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \| `(\w+)` \| (.*?) \| (.*) \|$", REFERENCE, re.MULTILINE)
    listed = [(*row[:4], row[4].replace("\\|", "|")) for row in rows]
    assert listed == [
        (name, engine.name, opcode.name, ", ".join(label for label, _ in opcode.operands), opcode.summary)
        for name in model_names()
        for engine in load_machine(name).engines.values()
        for opcode in engine.opcodes.values()
        if opcode.definition is not None
    ]


def test_the_example_needs_no_line_of_python_for_its_engines() -> None:
    names = tomllib.loads(block("toml"))["engines"]
    sources = [path for package in ("machine", "search") for path in (DOCS.parent / package).rglob("*.py")]
    quoted = re.compile("|".join(rf'"{name}"' for name in (*names, "alu", "flow")))
    found = [str(path) for path in sources if quoted.search(path.read_text(encoding="utf-8"))]
    assert found == [str(DOCS.parent / "machine" / "opcodes.py")]
