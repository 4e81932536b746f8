import numpy as np
import pytest

from machine.batch import GROUP_BYTES, GROUP_INPUTS, _inputs_together, simulate
from machine.decoded import decode_program
from machine.execution import Fault, FaultKind
from machine.interpreter import interpret
from machine.model import load_machine
from machine.program import Program

TAKEHOME = load_machine("takehome")

BY_FIRST_WORD = Program(
    (
        {"load": [("load", 1, 0)]},
        {"flow": [("jump_indirect", 1)]},
        {"alu": [("//", 2, 1, 0)]},
        {"flow": [("trace_write", 1)]},
        {"flow": [("trace_write", 1)], "load": [("const", 3, 4)]},
        {"store": [("store", 1, 3)]},
    )
)
"""Jumps to the bundle that memory word 0 names."""


def test_each_input_goes_its_own_way() -> None:
    memories = np.array([[word, 0, 0, 0, 0, 0, 0] for word in (2, 3, 4, 5, 6, 99, 5)], dtype=np.uint32)
    found = simulate(BY_FIRST_WORD, memories, TAKEHOME)
    assert found.faults == (Fault(FaultKind.DIVISION_BY_ZERO, 2), *(None,) * 6)
    assert found.cycles[1:].tolist() == [5, 4, 3, 2, 2, 3]
    assert [trace.tolist() for trace in found.traces[1:]] == [[3, 3], [4], [], [], [], []]
    assert found.memory[1:, 3:6].tolist() == [[4, 0, 0], [0, 4, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("inputs", [0, 1, GROUP_INPUTS - 1, GROUP_INPUTS, GROUP_INPUTS + 1, 3 * GROUP_INPUTS])
def test_inputs_keep_their_places_however_many_there_are(inputs: int) -> None:
    memories = np.zeros((inputs, 8), dtype=np.uint32)
    memories[:, 0] = np.arange(inputs) % 9
    found = simulate(BY_FIRST_WORD, memories, TAKEHOME, cycle_limit=50)
    assert len(found.faults) == len(found.traces) == len(found.cycles) == inputs
    for number in range(inputs):
        expected = interpret(BY_FIRST_WORD, memories[number].tolist(), TAKEHOME, cycle_limit=50)
        assert found[number].fault == expected.fault
        assert expected.fault or found[number] == expected


def test_a_decoded_program_may_be_run_again() -> None:
    decoded = decode_program(BY_FIRST_WORD, TAKEHOME)
    memories = np.array([[4, 0, 0, 0, 0]], dtype=np.uint32)
    first, second = (simulate(decoded, memories, TAKEHOME)[0] for _ in range(2))
    assert first == second


def test_the_memories_given_are_not_modified_and_may_be_of_any_integer_type() -> None:
    memories = np.array([[5, 0, 0, 0, 0, 0]], dtype=np.int64)
    assert simulate(BY_FIRST_WORD, memories, TAKEHOME).memory.dtype == np.uint32
    assert memories.tolist() == [[5, 0, 0, 0, 0, 0]]


def test_one_input_that_errs_does_not_disturb_the_others() -> None:
    store_then_divide = Program(
        (
            {"load": [("load", 1, 0), ("const", 2, 6)]},
            {"store": [("store", 0, 2)], "alu": [("//", 3, 2, 1)]},
        )
    )
    found = simulate(store_then_divide, np.array([[0], [3], [2]], dtype=np.uint32), TAKEHOME)
    assert found.faults == (Fault(FaultKind.DIVISION_BY_ZERO, 1), None, None)
    assert (found.scratch[1:, 3].tolist(), found.memory[1:, 0].tolist()) == ([2, 3], [6, 6])


def test_inputs_that_part_keep_what_each_has_in_flight() -> None:
    machine = TAKEHOME.variant("slow", latencies={("store", "store"): 4, ("load", "load"): 1})
    program = Program(
        (
            {"load": [("load", 1, 0), ("const", 2, 1)]},
            {"store": [("store", 2, 1)]},
            {"flow": [("cond_jump", 1, 5)]},
            {"load": [("const", 3, 33)]},
            {"flow": [("halt",)]},
        )
    )
    found = simulate(program, np.array([[0, 9], [7, 9]], dtype=np.uint32), machine)
    assert found.cycles.tolist() == [5, 5]
    assert found.memory.tolist() == [[0, 0], [7, 7]]
    assert found.scratch[:, 3].tolist() == [33, 0]


def test_fewer_inputs_run_together_where_vectors_and_latencies_are_long() -> None:
    machine = TAKEHOME.variant(
        "long", vector_length=1024, scratch_words=4096, slots={"valu": 256}, latencies={("valu", "+"): 16}
    )
    bundle = {"valu": [("+", 1024 * (slot % 3), 1024, 2048) for slot in range(256)]}
    program = Program(({"load": [("const", 1024, 5)]}, bundle))
    decoded = decode_program(program, machine)
    assert (decoded.longest, decoded.most_landing) == (16, 1024 * 256 + 1)
    together = _inputs_together(decoded)
    assert 1 <= together < 8
    assert together * 16 * 1024 * 256 * 12 <= GROUP_BYTES
    memories = np.zeros((together + 1, 1), dtype=np.uint32)
    found = simulate(decoded, memories, machine)
    assert found[together] == interpret(program, [0], machine)
    assert _inputs_together(decode_program(program, TAKEHOME)) == GROUP_INPUTS
