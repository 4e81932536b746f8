"""The page of semantics does not lie: its examples give what they show, and kernels do without zeros where told to."""

import doctest
from pathlib import Path

import numpy as np
import pytest

import slotsmith
from machine.batch import simulate
from machine.errors import UserError
from machine.graph.execute import execute
from machine.interpreter import interpret
from machine.model import load_machine, machine_from_data, machine_to_data
from machine.program import program_from_json
from problems.loader import load_problem
from problems.problem import check_shape
from tests.problems.kernels.running import build

PAGE = (Path(__file__).parents[1] / "docs" / "semantics.md").read_text(encoding="utf-8")
TAKEHOME = load_machine("takehome")
DIRTY = machine_from_data({**machine_to_data(TAKEHOME), "name": "dirty", "scratch_starts_zero": False}, "dirty.toml")


def test_its_examples_give_what_they_show() -> None:
    examples = doctest.DocTestParser().get_doctest(PAGE, {}, "semantics.md", None, None)
    assert len(examples.examples) > 15
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_a_machine_says_whether_its_scratch_starts_with_zeros() -> None:
    assert not DIRTY.scratch_starts_zero
    assert DIRTY.digest != TAKEHOME.digest
    assert machine_from_data(machine_to_data(DIRTY), "again") == DIRTY
    assert not DIRTY.variant("other", scratch_words=99).scratch_starts_zero
    with pytest.raises(UserError, match="scratch_starts_zero: must be true or false"):
        machine_from_data({**machine_to_data(TAKEHOME), "name": "dirty", "scratch_starts_zero": 0}, "dirty.toml")


def test_both_simulators_start_with_the_same_words() -> None:
    program = program_from_json([{}])
    plain, batch = interpret(program, [0], DIRTY), simulate(program, np.zeros((3, 1)), DIRTY)
    assert all(plain == batch[number] for number in range(3))
    assert len(set(plain.scratch)) > 1000


@pytest.mark.parametrize("name", ["saxpy", "prefix_sum", "tree_hash", "tree_hash_plain"])
def test_kernels_ask_for_no_zeros_there(name: str) -> None:
    problem = load_problem(name)
    small = {"height": 2, "rounds": 3, "batch": 16}
    shape = check_shape(problem, small if name.startswith("tree") else {})
    graph = build(problem, shape, machine=DIRTY)
    assert not any(buffer.zero for buffer in graph.buffers)
    memories = problem.inputs(shape, 2, seed=1)
    wanted = problem.reference(shape, memories)
    for memory, final in zip(memories, wanted, strict=True):
        found = np.array(execute(graph, memory.tolist()), dtype=np.uint32)
        for words in problem.outputs(shape, problem.categories[0]):
            assert (found[words.start : words.stop] == final[words.start : words.stop]).all()


def test_a_program_that_relies_on_zeros_does_not_validate_there() -> None:
    found = slotsmith.search("prefix_sum", "n=16", schedules=2, stages="list", inputs=16)
    slotsmith.validate(found.program, "prefix_sum", "n=16", inputs=16)
    with pytest.raises(slotsmith.SlotsmithError):
        slotsmith.validate(found.program, "prefix_sum", "n=16", machine=DIRTY, inputs=16)


def test_a_search_finds_a_program_there() -> None:
    found = slotsmith.search("prefix_sum", "n=16", machine=DIRTY, schedules=2, stages="list", inputs=16)
    assert found.entry.machine["scratch_starts_zero"] is False
