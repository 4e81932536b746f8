"""What kernels, machines and numbers of users can do to commands: few lines are said, code 2, no traceback."""

from pathlib import Path

import pytest

from machine.graph import builder
from tests.search.cli.conftest import Command, Ran

TINY = """
name = "tiny"
vector_length = 4
scratch_words = 6
[engines.core]
slots = 1
opcodes = ["+", "*", "const", "load", "store", "vload", "vstore"]
"""

KERNELS = '''
import numpy as np

from problems.language import ArrayKernel, Size, read, written


class Kernel(ArrayKernel):
    """Adds 1."""

    n = Size(16)
    x, y = read("n"), written("n")

    def kernel(self, k, n, x, y):
        for i in k.range(n):
            y[i] = x[i] + 1


class Exits(Kernel):
    """Ends the process."""

    def expected(self, x):
        raise SystemExit(3)


class WrongLater(Kernel):
    """Another reference for many inputs."""

    def reference(self, shape, memories):
        final = super().reference(shape, memories)
        if len(memories) > 100:
            final += np.uint32(1)
        return final


class Hungry(Kernel):
    """Asks for more memory than there is."""

    def reference(self, shape, memories):
        if len(memories) > 100:
            raise MemoryError
        return super().reference(shape, memories)
'''


@pytest.fixture
def run(command: Command, tmp_path: Path) -> Command:
    """A short run of a command in a folder with these files."""
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    (tmp_path / "kernels.py").write_text(KERNELS, encoding="utf-8")

    def short(verb: str, *words: object) -> Ran:
        limits = {"search": ("--schedules", 1, "--workers", 0), "solve": ("--time-limit", 1), "bound": ()}
        return command(verb, *words, *limits[verb])

    return short


def refusal(ran: Ran) -> str:
    """What is said, live view apart."""
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    said = ran.err[ran.err.index("slotsmith: ") :]
    assert len(said.splitlines()) <= 5
    return said


def test_a_graph_too_large_for_scratch(run: Command) -> None:
    assert "words of scratch in order" in refusal(run("solve", "saxpy", "--machine", "tiny.toml"))
    said = refusal(run("search", "saxpy", "--machine", "tiny.toml"))
    assert "it does not fit scratch, where it needs 15 words with the usual knobs, and tiny has 6; give" in said


def test_an_opcode_that_the_machine_lacks_is_named_by_search_too(run: Command) -> None:
    said = refusal(run("search", "fir", "--machine", "tiny.toml"))
    assert "has no implementation on machine tiny" in said
    assert "more time" not in said


@pytest.mark.parametrize("verb", ["search", "solve", "bound"])
def test_a_kernel_that_ends_the_process(run: Command, verb: str) -> None:
    said = refusal(run(verb, "kernels.py:Exits"))
    assert "kernels.py:22: SystemExit: 3" in said
    assert "a kernel does not end the process" in said


@pytest.mark.parametrize("verb", ["search", "solve"])
def test_a_reference_that_differs_only_on_inputs_of_the_validation(run: Command, verb: str) -> None:
    said = refusal(run(verb, "kernels.py:WrongLater"))
    assert "kernels.py: kernel and reference differ on an input of the validation: input 0: memory word " in said


def test_memory_that_runs_out(run: Command) -> None:
    said = refusal(run("solve", "kernels.py:Hungry"))
    assert "kernels.py" in said


def test_memory_that_runs_out_for_inputs(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("search.cli.solve_commands.solve", no_memory)
    assert "give fewer --inputs or a smaller shape" in refusal(run("solve", "saxpy"))


def test_a_shape_with_more_operations_than_there_may_be(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "MOST_OPERATIONS", 100)
    assert "more than 100 operations: give a smaller shape" in refusal(run("solve", "saxpy", "--shape", "n=1000"))
    assert "more than 100 operations" in refusal(run("search", "kernels.py:Kernel", "--shape", "n=1000"))


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e7"])
@pytest.mark.parametrize("words", ["search fir", "solve fir", "bound fir", "explore fir", "check fir --limit", "rules"])
def test_seconds_that_nothing_can_wait_for(command: Command, words: str, seconds: str) -> None:
    option = () if words.endswith("--limit") else ("--time-limit",)
    assert "limit': Input should be " in command(*words.split(), *option, seconds).refusal


@pytest.mark.parametrize("verb", ["search", "solve", "bound"])
def test_a_shape_too_large_for_memory_is_refused_before_anything_is_made(run: Command, verb: str) -> None:
    said = refusal(run(verb, "saxpy", "--shape", "n=10000000"))
    needs = "saxpy at n=10000000 needs 20,000,001 words of memory, and there are 16,777,216"
    assert said.splitlines() == [f"slotsmith: {needs}: give a smaller shape"]
