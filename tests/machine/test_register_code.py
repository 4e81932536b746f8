"""The code of expressions, against the expressions themselves."""

from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest

from machine.batch import simulate
from machine.execution import FaultKind
from machine.interpreter import interpret
from machine.model import Machine, machine_from_data
from machine.program import Program
from machine.register_code import assemble
from tests.expressions import ALL_FUNCTIONS, random_definition

EDGES = (0, 1, 2, 7, 31, 32, 33, 63, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)
LANES, NUMBER = 4, 9


def machine_with(definitions: dict[str, dict[str, Any]]) -> Machine:
    """A machine with these opcodes on vectors, or on words where they say so."""
    engines = {
        "core": {"slots": 3, "opcodes": ["const"]},
        "simd": {"slots": len(definitions), "vector": True, "opcodes": ["vload", "vstore", *definitions]},
    }
    data = {"name": "own", "vector_length": LANES, "scratch_words": 64, "engines": engines, "opcodes": definitions}
    return machine_from_data(data, "own")


def program_of(machine: Machine, name: str) -> Program:
    """Load three vectors, apply the opcode to them, store the result over the first."""
    definition = machine.definitions[name]
    where = {"lane": (8, 12, 16), "word": (9, 13, 17), "number": (NUMBER, -NUMBER, 2**32 + 3)}
    operands = [where[kind.value][place] for place, (_, kind) in enumerate(definition.operands)]
    loads = [("vload", 8 + LANES * k, k) for k in range(3)]
    constants = tuple(("const", k, LANES * k) for k in range(3))
    slots = [{"core": constants}, {"simd": loads[:1]}, {"simd": loads[1:2]}, {"simd": loads[2:]}]
    return Program((*slots, {"simd": [(name, 8, *operands)]}, {"simd": [("vstore", 0, 8)]}))


def assert_agreement(machine: Machine, name: str, memories: np.ndarray[Any, Any]) -> int:
    """Both simulators do the same; how many inputs divide by 0."""
    program = program_of(machine, name)
    found = simulate(program, memories, machine)
    for number, row in enumerate(memories):
        expected = interpret(program, row.tolist(), machine)
        assert found[number].fault == expected.fault
        assert expected.fault is not None or found[number] == expected, machine.definitions[name]
    kinds = {fault.kind for fault in found.faults if fault is not None}
    assert kinds <= {FaultKind.DIVISION_BY_ZERO}
    return sum(fault is not None for fault in found.faults)


@pytest.mark.parametrize("name", ALL_FUNCTIONS)
def test_every_function_is_right_at_the_edges(name: str) -> None:
    arguments = ALL_FUNCTIONS[name].arguments
    operands = ["a", "b", "c"][:arguments]
    call = f"{name}({', '.join(operands)})" if name.isidentifier() else f"a {name} b"
    machine = machine_with({"f": {"operands": operands, "result": call}})
    words = [word for pair in product(EDGES, EDGES) for word in pair]
    a, b = words[::2], words[1::2]
    c = [EDGES[i * 7 % len(EDGES)] for i in range(len(a))]
    columns = [np.array(w, dtype=np.uint32).reshape(-1, LANES) for w in (a, b, c)]
    divided_by_0 = assert_agreement(machine, "f", np.concatenate(columns, axis=1))
    assert (divided_by_0 > 0) == (name in ("//", "%", "cdiv"))


@pytest.mark.slow
def test_random_opcodes_mean_the_same_to_both_simulators() -> None:
    random = Random(0)
    numbers = np.random.default_rng(0)
    faults = runs = 0
    for _ in range(50):
        # Of few opcodes each, for a program is decoded with the code of all that its machine has.
        machine = machine_with({f"f{number}": random_definition(random) | {"vector": True} for number in range(5)})
        for name in machine.definitions:
            memories = numbers.integers(0, 2**32, (12, 3 * LANES), dtype=np.uint64).astype(np.uint32)
            edges = numbers.choice(np.array(EDGES, dtype=np.uint32), memories.shape)
            memories = np.where(numbers.random(memories.shape) < 0.4, edges, memories)
            faults += assert_agreement(machine, name, memories)
            runs += len(memories)
    assert runs == 3000
    assert runs / 100 < faults < runs / 2


def test_equal_parts_are_computed_once_and_registers_are_used_again() -> None:
    machine = machine_with({"f": {"operands": ["a", "b"], "result": "(a + b) * (a + b) - (a + b)"}})
    numbers, code = assemble(machine.definitions)
    assert numbers == {"f": 0}
    assert (len(code.steps), code.registers) == (5, 2)


def test_the_code_of_several_opcodes_stands_one_after_the_other() -> None:
    one = {"operands": ["a"], "result": "a + 1"}
    numbers, code = assemble(machine_with({"f": one, "g": one}).definitions)
    assert numbers == {"f": 0, "g": 1}
    assert code.starts.tolist() == [0, 3, 6]
    assert code.steps[:3].tolist() == code.steps[3:].tolist()
