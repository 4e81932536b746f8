"""The public face: what its functions give, and that what the page of the library shows runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import slotsmith

ROOT = Path(__file__).parents[2]
EXAMPLE = f"{ROOT / 'tests' / 'problems' / 'example.py'}:Doubling"
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


def test_the_page_names_all_of_the_face() -> None:
    table = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(\w+)`", table)) == set(slotsmith.__all__) - {"Found"}


def test_what_kernels_are_declared_with_is_in_the_face() -> None:
    """A kernel of `slotsmith new` imports from there, and the page of the language says what it may add."""
    declarations = re.findall(r"^\| `[^|]*?= (\w+)\(", LANGUAGE, re.MULTILINE)
    assert {"Size", "fixed", "choice"} < set(declarations) <= set(slotsmith.__all__)


@pytest.mark.slow
def test_the_example_of_the_page_runs_as_a_script_without_a_guard(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    script = tmp_path / "script.py"
    script.write_text(block.replace("seed=1", "seed=1, workers=2", 1), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_a_search_is_repeatable_and_kept_only_where_it_is_told_to_be(tmp_path: Path) -> None:
    board = slotsmith.Leaderboard(tmp_path / "results")
    first = slotsmith.search("dot_product", {"n": 32}, schedules=16, inputs=32, leaderboard=board)
    again = slotsmith.search("dot_product", "n=32", schedules=16, inputs=32)
    assert first.is_best
    assert first.entry.effort.repeat is not None
    assert [entry.id for entry in board.entries()] == [first.entry.id]
    assert again.entry.hashes == first.entry.hashes
    assert again.program == first.program


def test_a_problem_may_be_an_object_of_a_class_in_a_file() -> None:
    problem = slotsmith.load_problem(EXAMPLE)
    found = slotsmith.search(problem, schedules=8, inputs=32)
    assert found.entry.problem == EXAMPLE
    assert repr(found) == f"Found({found.entry.id}: {found.cycles} cycles, bound {found.bound.cycles})"
    assert found.bound.cycles <= found.cycles


def test_a_class_that_is_in_no_file_is_refused_with_what_to_do() -> None:
    class Local(type(slotsmith.load_problem(EXAMPLE))):  # type: ignore[misc]
        """Defined in a function, where no other process finds it."""

    with pytest.raises(slotsmith.UserError, match=r"put class .*Local at the top of a file"):
        slotsmith.search(Local(), schedules=1)


def test_solving_starts_from_the_leaderboard_and_improving_keeps_what_is_shorter(tmp_path: Path) -> None:
    board = slotsmith.Leaderboard(tmp_path)
    found = slotsmith.search("dot_product", "n=32", schedules=4, stages="list", inputs=32, leaderboard=board)
    solved = slotsmith.solve("dot_product", "n=32", seconds=5, knobs=found.entry.knobs, inputs=32, leaderboard=board)
    assert solved.bound.cycles <= solved.cycles <= found.cycles
    (best,) = board.best()
    improved = slotsmith.improve(best, board, seconds=1, stages="justification", inputs=32)
    assert improved.cycles <= best.cycles


def test_a_bound_is_no_higher_with_less_time() -> None:
    quick = slotsmith.bound("hash_vectors", "vectors=2")
    counted = slotsmith.bound("hash_vectors", "vectors=2", seconds=5)
    assert quick.cycles <= counted.cycles


def test_a_wrong_program_is_told_by_input_and_word() -> None:
    right = slotsmith.search("dot_product", "n=32", schedules=4, inputs=8).program
    assert slotsmith.validate(right, "dot_product", "n=32", inputs=8).cycles > 0
    with pytest.raises(slotsmith.SlotsmithError, match="input 0: memory word"):
        slotsmith.validate(slotsmith.Program(right.bundles[:-1]), "dot_product", "n=32", inputs=8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"problem": "no_such"}, "unknown problem"),
        ({"problem": "dot_product", "shape": "m=3"}, "no shape parameter 'm'"),
        ({"problem": "dot_product", "machine": "nowhere"}, "nowhere"),
        ({"problem": "dot_product", "knobs": {"none": 1}}, "unknown knob 'none'"),
        ({"problem": "dot_product", "stages": "magic"}, "there is no stage 'magic'"),
    ],
)
def test_what_names_nothing_is_a_user_error_of_one_line(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(slotsmith.UserError, match=message) as raised:
        slotsmith.search(**arguments)  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)
