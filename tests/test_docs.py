"""The documents do not lie: what they show works, what they list is there, and nothing is left out."""

import re
import shlex
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from machine.model import load_machine, machine_from_data
from machine.opcodes import OPCODES
from search.board.leaderboard import Leaderboard
from search.cli.main import app
from search.tasks.task import resolve_task

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
TAKEHOME = ROOT / "machine" / "models" / "takehome.toml"


def block(language: str, having: str = "") -> str:
    """The tutorial's one block of that language that has these words in it."""
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", TUTORIAL, re.DOTALL) if having in text]
    return str(found)


def run(*arguments: object) -> str:
    """What a command prints, its exit code being 0."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


# The tutorial


@pytest.fixture
def problem(tmp_path: Path) -> str:
    """The tutorial's problem in a file, as the command line names it."""
    source = block("python", "(Problem)")
    (name,) = re.findall(r"^class (\w+)\(Problem\)", source, re.MULTILINE)
    (file,) = re.findall(r"^# (\w+\.py)$", source, re.MULTILINE)
    assert f"slotsmith search {file}:{name}" in TUTORIAL
    (tmp_path / file).write_text(source, encoding="utf-8")
    return f"{tmp_path / file}:{name}"


@pytest.mark.parametrize("how", ["add", "multiply"])
def test_the_tutorials_problem_is_searched_and_validated(problem: str, tmp_path: Path, how: str) -> None:
    few = ("--schedules", 8, "--workers", 0, "--inputs", 64, "--results", tmp_path / "results")
    assert "new best" in run("search", problem, "--shape", "vectors=4", "--set", f"how={how}", *few)
    (entry,) = Leaderboard(tmp_path / "results").entries()
    assert (entry.problem, entry.shape, entry.knobs) == (problem, {"vectors": 4}, {"how": how})
    shown = run("validate", f"{problem}:vectors=4", "--inputs", 64, "--results", tmp_path / "results")
    assert f"right on 64 inputs, {entry.cycles} cycles" in shown


def test_the_tutorials_first_kernel_is_checked_and_searched(tmp_path: Path) -> None:
    (tmp_path / "scale.py").write_text(block("python", "(ArrayKernel)"), encoding="utf-8")
    problem, results = f"{tmp_path / 'scale.py'}:Scale", tmp_path / "results"
    assert "n=100 on takehome: right" in run("check", problem, "--shape", "n=100")
    few = ("--schedules", 8, "--workers", 0, "--inputs", 64, "--results", results)
    assert "new best" in run("search", problem, "--shape", "n=100", *few)
    assert "right on 64 inputs" in run("validate", f"{problem}:n=100", "--inputs", 64, "--results", results)


def test_the_tutorials_knobs_are_listed(problem: str) -> None:
    assert '"how"' in run("knobs", problem, "--json")


def test_the_tutorials_machine_is_a_model_once_it_is_merged() -> None:
    changed = tomllib.loads(block("toml"))
    text = TAKEHOME.read_text(encoding="utf-8")
    merged = merge(tomllib.loads(text), changed)
    slow = machine_from_data(merged, "slow.toml")
    (engine,) = changed["engines"]
    for name, cycles in changed["engines"][engine]["latency"].items():
        assert slow.latency(slow.opcode(engine, name)) == cycles
    assert slow.engines[engine].slots == changed["engines"][engine]["slots"]
    assert slow.engines.keys() == load_machine("takehome").engines.keys()


def test_the_tutorials_machine_may_be_pasted_over_the_models_table(tmp_path: Path) -> None:
    (engine,) = tomllib.loads(block("toml"))["engines"]
    text = TAKEHOME.read_text(encoding="utf-8")
    pasted, count = re.subn(rf"\[engines\.{engine}\]\n.*?\n(?=\n|\Z)", block("toml"), text, flags=re.DOTALL)
    assert count == 1
    named = pasted.replace('name = "takehome"', 'name = "slow"')
    (tmp_path / "slow.toml").write_text(named, encoding="utf-8")
    assert load_machine(str(tmp_path / "slow.toml")).digest != load_machine("takehome").digest
    few = ("--schedules", 1, "--workers", 0, "--inputs", 8, "--results", tmp_path / "results")
    shape = "height=2,rounds=2,batch=8"
    run("search", "tree_hash", "--machine", tmp_path / "slow.toml", "--shape", shape, *few)


def merge(table: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """A table in which what differs is changed, tables within it too."""
    both = dict(table)
    for name, value in changed.items():
        both[name] = merge(table.get(name, {}), value) if isinstance(value, dict) else value
    return both


# The reference


def test_the_reference_lists_exactly_the_opcodes_there_are() -> None:
    rows = re.findall(r"^\| (\w+) \| `([^`]+)` \| (.*?) \| (.*?) \|$", REFERENCE, re.MULTILINE)
    listed = [
        (engine, name.replace("\\|", "|"), operands, effect.replace("\\|", "|"))
        for engine, name, operands, effect in rows
    ]
    known = [
        (opcode.engine, opcode.name, ", ".join(name for name, _ in opcode.operands), opcode.summary)
        for opcode in OPCODES.values()
    ]
    assert listed == known


def test_the_reference_names_the_files_of_a_results_folder(tmp_path: Path) -> None:
    few = ("--schedules", 1, "--workers", 0, "--inputs", 8, "--results", tmp_path)
    run("search", "tree_hash", "--shape", "height=1,rounds=1,batch=8", *few)
    (entry,) = Leaderboard(tmp_path).entries()
    table = REFERENCE.partition("## The results folder")[2]
    named = re.findall(
        r"`([^`\s]+)`", "\n".join(line.split(" | ")[0] for line in table.splitlines() if line[:1] == "|")
    )
    wanted = {
        name.replace("ID", entry.id).replace("PROBLEM", entry.problem).replace("MACHINE", "takehome") for name in named
    }
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()} <= wanted


# Commands


@cache
def verbs() -> dict[str, set[str]]:
    """Every verb and its options."""
    group: Any = typer.main.get_command(app)
    return {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in group.commands.items()
    }


def shown_commands(document: Path) -> list[list[str]]:
    """The words of every command that a document shows, after ``slotsmith``."""
    text = document.read_text(encoding="utf-8")
    return [
        shlex.split(found, comments=True)
        for found in re.findall(r"(?:^ {4}|`)slotsmith ([a-z][^`\n]*)", text, re.MULTILINE)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_command_that_is_shown_exists_with_its_options(document: Path) -> None:
    for verb, *words in shown_commands(document):
        assert verb in verbs(), f"{document.name} shows slotsmith {verb}"
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert options <= verbs()[verb], f"{document.name} shows slotsmith {verb} {' '.join(words)}"


def test_the_documents_show_commands() -> None:
    shown = [command for document in DOCUMENTS for command in shown_commands(document)]
    assert len(shown) > 10
    assert {"search", "validate", "reproduce", "export", "trace"} <= {command[0] for command in shown}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_files_that_a_document_names_are_there(document: Path) -> None:
    """Paths in code that begin with one of our folders, and links."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:machine|problems|rewriting|search|slotsmith|docs|scripts|tests)/[\w./-]+)`", text)
    linked = re.findall(r"\]\(([^):#]+)\)", text)
    missing = [name for name in named if not (ROOT / name).exists()]
    missing += [name for name in linked if not (document.parent / name).exists()]
    assert missing == []


def test_the_headline_of_the_readme_is_the_default_shape() -> None:
    _, name = resolve_task("tree_hash", "", None, "takehome")
    assert f"tree_hash {name.shape} values on takehome" in DOCUMENTS[0].read_text(encoding="utf-8")


# The site


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    listed = re.findall(r"^ +- (?:\w+: )?(\w+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(document.name for document in (ROOT / "docs").glob("*.md"))


def heading_anchors(document: Path) -> set[str]:
    """The anchors that a page's headings have, on the site and where pages are read as they are."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_to_headings_lead_to_one(document: Path) -> None:
    linked = re.findall(r"\]\(([^):#]*)#([\w-]+)\)", document.read_text(encoding="utf-8"))
    for page, anchor in linked:
        assert anchor in heading_anchors(document.parent / page if page else document), f"{page}#{anchor}"
