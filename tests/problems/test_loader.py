import os
import pickle
import py_compile
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from machine.errors import UserError
from problems.loader import BUILT_IN, digest_today, load_problem
from problems.tree_hash import TreeHash

SOURCE = (Path(__file__).parent / "example.py").read_text(encoding="utf-8")

WriteProblem = Callable[[str], Path]


@pytest.fixture
def write_problem(tmp_path: Path) -> WriteProblem:
    def write(source: str) -> Path:
        path = tmp_path / "mine.py"
        path.write_text(source, encoding="utf-8")
        return path

    return write


def test_built_in_problems_are_known_by_name() -> None:
    assert isinstance(load_problem("tree_hash"), TreeHash)
    assert all(load_problem(name).name == name for name in BUILT_IN)


def test_a_users_problem_is_loaded_by_path(write_problem: WriteProblem) -> None:
    problem = load_problem(f"{write_problem(SOURCE)}:Doubling")
    assert (problem.name, problem.memory_words({"words": 3, "spare": 1})) == ("doubling", 4)
    assert len(problem.digest()) == 64


def test_a_path_may_be_relative(write_problem: WriteProblem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_problem(SOURCE).parent)
    assert load_problem("mine.py:Doubling").name == "doubling"


def test_loading_again_gives_the_same_class(write_problem: WriteProblem) -> None:
    name = f"{write_problem(SOURCE)}:Doubling"
    assert type(load_problem(name)) is type(load_problem(name))


def test_packages_beside_a_users_file_do_not_hide_ours(write_problem: WriteProblem) -> None:
    path = write_problem("import search\nimport machine\nimport problems\n" + SOURCE)
    for package in ("search", "machine", "problems"):
        folder = path.parent / package
        folder.mkdir()
        (folder / "__init__.py").write_text("raise AssertionError('the wrong package')\n")
    before = list(sys.path)
    assert load_problem(f"{path}:Doubling").name == "doubling"
    assert sys.path == before
    assert str(path.parent) not in sys.path
    code = f"from problems.loader import load_problem; print(load_problem({f'{path}:Doubling'!r}).name)"
    root = Path(__file__).parents[2]
    fresh = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert fresh.stdout == "doubling\n"


def test_a_users_problem_may_be_pickled_within_a_process(write_problem: WriteProblem) -> None:
    problem = load_problem(f"{write_problem(SOURCE)}:Doubling")
    assert type(pickle.loads(pickle.dumps(problem))) is type(problem)


def test_the_digest_changes_with_the_file(tmp_path: Path) -> None:
    digests = set()
    for number, text in enumerate((SOURCE, SOURCE + "# changed\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "mine.py").write_text(text, encoding="utf-8")
        digests.add(load_problem(f"{folder / 'mine.py'}:Doubling").digest())
    assert len(digests) == 2


def test_the_digest_today_is_that_of_the_problem_if_it_were_loaded(write_problem: WriteProblem) -> None:
    for name in BUILT_IN:
        assert digest_today(name) == load_problem(name).digest()
    file = write_problem(SOURCE)
    (file.parent / "linked.py").symlink_to(file)
    for path in (file, file.parent / "linked.py"):
        assert digest_today(f"{path}:Doubling") == load_problem(f"{path}:Doubling").digest()


def test_the_digest_of_what_is_not_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    os.mkfifo(tmp_path / "pipe.py")
    names = ["", "nope", "mine.txt:Doubling", "a\0.py:Doubling"]
    names += [f"{tmp_path}/{file}.py:Doubling" for file in ("missing", "folder", "loop", "pipe")]
    assert [digest_today(name) for name in names] == [None] * len(names)


def test_the_digest_of_a_loaded_problem_is_of_what_was_loaded_whatever_the_file_has_become(
    write_problem: WriteProblem,
) -> None:
    name = f"{write_problem(SOURCE)}:Doubling"
    before = load_problem(name).digest()
    write_problem(SOURCE + "# edited\n")
    assert load_problem(name).digest() == before != digest_today(name)


def test_what_runs_is_what_the_file_holds_though_its_size_and_time_are_those_of_a_compiled_one(tmp_path: Path) -> None:
    """Python itself would take the compiled file, which it tells apart by size and time alone."""
    file = tmp_path / "mine.py"
    file.write_text(SOURCE.replace('"doubles words"', '"first words!"'), encoding="utf-8")
    stamp = file.stat()
    py_compile.compile(str(file))
    file.write_text(SOURCE.replace('"doubles words"', '"second words"'), encoding="utf-8")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert file.stat().st_size == stamp.st_size
    assert load_problem(f"{file}:Doubling").summary == "second words"


def test_a_class_that_another_file_defines_is_a_user_error(write_problem: WriteProblem) -> None:
    path = write_problem("from problems.tree_hash import TreeHash\n")
    with pytest.raises(UserError, match=r"class TreeHash of .*mine\.py is defined in another file"):
        load_problem(f"{path}:TreeHash")


@pytest.mark.parametrize("name", ["", "nope", "tree_hash:TreeHash", "mine.txt:Doubling", "mine.py", ":", "mine.py:"])
def test_an_unknown_problem_is_a_user_error(name: str) -> None:
    with pytest.raises(UserError, match=r"unknown problem|cannot read"):
        load_problem(name)


def test_a_name_that_a_file_here_has_is_answered_with_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fenwick.py").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"unknown problem 'fenwick': .*; or give fenwick\.py:Class"):
        load_problem("fenwick")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        UserError, match=r"unknown problem \'nope\': `slotsmith problems` lists them; or give file\.py:Class"
    ):
        load_problem("nope")


def test_a_name_that_is_almost_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(UserError, match=r"'tree_hsh': did you mean 'tree_hash'\? Or give file\.py:Class$"):
        load_problem("tree_hsh")


def test_a_missing_file_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read problem file .*missing\.py: it is not there"):
        load_problem(f"{tmp_path / 'missing.py'}:Doubling")


def test_a_folder_for_a_file_is_a_user_error(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(UserError, match=r"cannot read problem file .*folder\.py: it is no file"):
        load_problem(f"{tmp_path / 'folder.py'}:Doubling")


@pytest.mark.parametrize(
    ("name", "hint"), [("doubling", "did you mean 'Doubling'?"), ("Nothing", "use Doubling")], ids=["near", "far"]
)
def test_a_class_that_is_not_there_is_answered_with_those_that_the_file_defines(
    write_problem: WriteProblem, name: str, hint: str
) -> None:
    with pytest.raises(UserError) as caught:
        load_problem(f"{write_problem(SOURCE)}:{name}")
    assert str(caught.value).endswith(f"mine.py has no class '{name}' derived from problems.problem.Problem: {hint}")


@pytest.mark.parametrize("name", ["Missing", "", "np", "MemoryRange"])
def test_what_is_not_a_problem_class_is_a_user_error(write_problem: WriteProblem, name: str) -> None:
    with pytest.raises(UserError, match="has no class"):
        load_problem(f"{write_problem(SOURCE)}:{name}")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import no_such_module\n", "ModuleNotFoundError"),
        ("raise RuntimeError('one\\ntwo')\n", "RuntimeError: one two"),
        (SOURCE.replace("def build", "def built"), "build"),
        (SOURCE.replace('name = "doubling"', ""), "name"),
        (SOURCE.replace('summary = "doubles words"', ""), "summary"),
        (SOURCE + "    def __init__(self) -> None:\n        raise RuntimeError('in the constructor')\n", "constructor"),
        (SOURCE + "    def __init__(self, more: int) -> None:\n        pass\n", "more"),
    ],
)
def test_a_problem_file_that_does_not_work_is_a_user_error_of_one_line(
    write_problem: WriteProblem, source: str, message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        load_problem(f"{write_problem(source)}:Doubling")
    assert len(str(caught.value).splitlines()) == 1


def test_the_base_class_itself_is_a_user_error(write_problem: WriteProblem) -> None:
    with pytest.raises(UserError, match="Problem"):
        load_problem(f"{write_problem(SOURCE)}:Problem")


def test_a_file_that_failed_to_load_is_read_anew_the_next_time(write_problem: WriteProblem) -> None:
    with pytest.raises(UserError):
        load_problem(f"{write_problem('raise RuntimeError')}:Doubling")
    assert load_problem(f"{write_problem(SOURCE)}:Doubling").name == "doubling"
