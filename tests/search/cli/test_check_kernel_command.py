"""``slotsmith check``: what it says of kernels that are right, and of several mistakes at once."""

from pathlib import Path

import pytest

from problems.checking.kernel_checks import check_kernel
from problems.loader import BUILT_IN, load_problem
from search.tasks.task import resolve_task
from tests.problems.language.mistakes import BUILDER
from tests.search.cli.conftest import Command


@pytest.mark.parametrize("name", ["saxpy", "odd_even_sort", "crc_32_table"])
def test_problems_of_the_suite_are_right(name: str, command: Command) -> None:
    ran = command("check", name, "--inputs", 64)
    assert (ran.code, ran.err) == (0, "")
    assert f"{name} " in ran.out
    assert " on takehome: right\n" in ran.out


def test_it_says_what_was_compared(command: Command) -> None:
    assert command("check", "stencil_5", "--inputs", 50).out.splitlines() == [
        "stencil_5 rows=6,columns=18 on takehome: right",
        "  graph      94 operations, 5 knobs, each of which changes it",
        "  compared   graph and reference on 12 inputs, with 6 other settings of the knobs too,"
        " the kernel on numpy and the reference on 50",
    ]


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "tree_hash"])
def test_no_problem_that_comes_with_slotsmith_has_a_mistake(name: str) -> None:
    task, _ = resolve_task(name, "", None, "takehome")
    report = check_kernel(load_problem(name), task.shape, task.category, task.machine, 16, 60)
    assert report.mistakes == []
    assert report.knobs == len(task.problem.knobs(task.shape, task.category, task.machine))
    assert report.graph_inputs == 12


@pytest.mark.parametrize("shape", ["n=9", "n=10", "n=17"])
def test_a_vector_and_a_word_that_are_totalled_are_right(shape: str, command: Command) -> None:
    for name in ("sum_reduction", "extremes"):
        assert command("check", name, "--shape", shape, "--inputs", 8).code == 0


def test_several_mistakes_are_told_at_once(command: Command, tmp_path: Path) -> None:
    text = BUILDER.replace("[range(self.memory_words(shape))]", "[]").replace("integers(0, 2**32,", "integers(7, 8,")
    (tmp_path / "kernel.py").write_text(text, encoding="utf-8")
    ran = command("check", "kernel.py:Kernel")
    assert ran.code == 2
    assert ran.err.splitlines()[0] == "slotsmith: kernel.py:16: inputs gives the same image 1000 times"
    assert ran.err.splitlines()[-1].startswith("  besides:   kernel.py:22: outputs are empty")
    mistakes = command("check", "kernel.py:Kernel", "--json")
    assert mistakes.code == 2
    assert '"mistakes"' in mistakes.out
