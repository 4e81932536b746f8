"""Entries are found by id, or as the best of a problem, shape, category and machine."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from machine.errors import UserError
from search.tasks.task import TaskName
from tests.search.board.cases import OTHER, filled, scored
from tests.search.cases import TAKEHOME
from tests.search.problems import DOUBLING, EXAMPLE, SMALL_TREE, entry_of


def test_entries_are_found_by_id_problem_shape_category_and_machine(tmp_path: Path) -> None:
    other_shape = replace(SMALL_TREE, shape="height=1,rounds=3,batch=16")
    with_indices = replace(SMALL_TREE, category="values+indices")
    elsewhere = replace(SMALL_TREE, machine=OTHER)
    default = replace(DOUBLING, shape="")
    names = [SMALL_TREE, other_shape, with_indices, elsewhere, default]
    board = filled(tmp_path, *names)
    wanted = {name: entry_of(name)[0] for name in names}
    for entry in wanted.values():
        assert board.find(entry.id) == entry
    text = f"tree_hash:{SMALL_TREE.shape}"
    assert board.find(text, machine="takehome") == wanted[SMALL_TREE]
    assert board.find(text, machine="other") == wanted[elsewhere]
    assert board.find(text, "values+indices") == wanted[with_indices]
    assert board.find("tree_hash:batch=16,rounds=3,height=1") == wanted[other_shape]
    assert board.find(EXAMPLE) == wanted[default]
    assert board.find(f"{EXAMPLE}:words=4") == wanted[default]


def test_the_best_of_a_task_is_found(tmp_path: Path) -> None:
    board, candidate = filled(tmp_path), entry_of(DOUBLING)[1]
    for cycles in (50, 40, 30):
        board.add(scored(DOUBLING, cycles), candidate)
    assert board.find(f"{EXAMPLE}:words=4").cycles == 30


def test_the_default_machine_is_meant_where_none_is_named(tmp_path: Path) -> None:
    fast = TAKEHOME.variant("fast", slots={"load": 4})
    board = filled(tmp_path, SMALL_TREE, replace(SMALL_TREE, machine=fast))
    assert board.find(f"tree_hash:{SMALL_TREE.shape}") == entry_of(SMALL_TREE)[0]


@pytest.mark.parametrize("names", [("other",), ("other", "fast")])
def test_where_only_other_machines_have_an_entry_one_must_be_named(tmp_path: Path, names: tuple[str, ...]) -> None:
    tasks = [replace(SMALL_TREE, machine=TAKEHOME.variant(name, slots={"load": 1})) for name in names]
    board, text = filled(tmp_path, *tasks), f"tree_hash:{SMALL_TREE.shape}"
    with pytest.raises(UserError, match=f"are for {', '.join(sorted(names))}: say which with --machine"):
        board.find(text)
    assert board.find(text, machine="other") == entry_of(tasks[0])[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tree_hash", "no entry for tree_hash height=10,rounds=16,batch=256 values"),
        ("tree_hash:height=3", "no entry for tree_hash height=3,rounds=16,batch=256 values"),
        ("tree_hash:hieght=3", "no shape parameter 'hieght'"),
        ("tree_hash-0123456789", "no entry 'tree_hash-0123456789'"),
        ("nothing", "no entry 'nothing'"),
        ("nothing:height=3", "no entry 'nothing:height=3'"),
        ("nothing.py:Class", "no entry 'nothing.py:Class'"),
    ],
)
def test_what_is_not_there_is_the_users_error(tmp_path: Path, text: str, problem: str) -> None:
    board = filled(tmp_path, SMALL_TREE)
    with pytest.raises(UserError, match=problem):
        board.find(text)


def test_a_category_or_machine_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    board, text = filled(tmp_path, SMALL_TREE), f"tree_hash:{SMALL_TREE.shape}"
    for category, machine in (("values+indices", None), ("nonsense", None), (None, "other")):
        with pytest.raises(UserError):
            board.find(text, category, machine)


@pytest.mark.parametrize("text", ["Doubling", "doubling", "DOUBLING:words=4"])
def test_a_problem_in_a_file_is_found_by_its_class_alone(tmp_path: Path, text: str) -> None:
    board = filled(tmp_path, SMALL_TREE, DOUBLING)
    assert board.find(text) == entry_of(DOUBLING)[0]


def test_a_class_of_several_files_is_to_be_told_apart(tmp_path: Path) -> None:
    other = tmp_path / "mine.py"
    other.write_bytes(Path(EXAMPLE.rpartition(":")[0]).read_bytes())
    board = filled(tmp_path / "results", DOUBLING, replace(DOUBLING, problem=f"{other}:Doubling"))
    first, second = sorted([EXAMPLE, f"{other}:Doubling"])
    with pytest.raises(UserError, match=rf"^'doubling' may be {re.escape(first)} or {re.escape(second)}: say which$"):
        board.find("doubling")


def test_a_problem_that_comes_with_slotsmith_is_meant_by_its_own_name(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("from problems.suite.saxpy import Saxpy\n\nclass saxpy(Saxpy):\n    pass\n", encoding="utf-8")
    board = filled(tmp_path / "results", TaskName(f"{mine}:saxpy", "n=16", "all", TAKEHOME))
    with pytest.raises(UserError, match="no entry for saxpy n=16 all"):
        board.find("saxpy:n=16")
    assert board.find("SAXPY:n=16").key[0] == f"{mine}:saxpy"


def test_a_problem_in_a_file_is_found_by_its_own_name_too(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("from problems.suite.saxpy import Saxpy\n\nclass AlphaBlend(Saxpy):\n    pass\n", encoding="utf-8")
    board = filled(tmp_path / "results", TaskName(f"{mine}:AlphaBlend", "n=16", "all", TAKEHOME))
    assert board.find("alpha_blend:n=16") == board.find("alphablend:n=16")
