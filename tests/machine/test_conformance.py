"""Both simulators reproduce every recorded execution, and the recordings tell a wrong simulator from a right one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from machine import decoded
from machine.batch import simulate
from machine.execution import Execution
from machine.interpreter import _Core, interpret
from machine.model import Machine, load_machine
from machine.opcodes import ARITHMETIC, OPCODES
from machine.program import Program
from tests.recorded import MachineCase, machine_cases

TAKEHOME = load_machine("takehome")
Simulator = Callable[[MachineCase, Machine], Execution]


def interpreted(case: MachineCase, machine: Machine) -> Execution:
    return interpret(case.program, case.memory, machine)


def simulated(case: MachineCase, machine: Machine) -> Execution:
    return simulate(case.program, np.array([case.memory], dtype=np.uint32), machine)[0]


def differs_somewhere(simulator: Simulator, machine: Machine = TAKEHOME) -> bool:
    return any(simulator(case, machine) != case.expected for case in machine_cases())


def test_there_are_226_cases() -> None:
    assert len({case.name for case in machine_cases()}) == 226


def test_the_cases_use_every_opcode_that_is_scored() -> None:
    used = {
        (engine, slot[0])
        for case in machine_cases()
        for bundle in case.program.bundles
        for engine, slots in bundle.items()
        for slot in slots
    }
    assert used >= {key for key in OPCODES if key[0] != "debug"}


@pytest.mark.parametrize("case", machine_cases(), ids=lambda case: case.name)
def test_the_interpreter_reproduces(case: MachineCase) -> None:
    assert interpreted(case, TAKEHOME) == case.expected


@pytest.mark.parametrize("case", machine_cases(), ids=lambda case: case.name)
def test_the_batch_simulator_reproduces(case: MachineCase) -> None:
    assert simulated(case, TAKEHOME) == case.expected


WRONG_ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: min(a * b, 0xFFFF_FFFF),
    "//": lambda a, b: -(-a // b),
    "cdiv": lambda a, b: ((a + b - 1) & 0xFFFF_FFFF) // b,
    "^": lambda a, b: a | b,
    "&": lambda a, b: a ^ b,
    "|": lambda a, b: a ^ b,
    "<<": lambda a, b: (a << (b % 32)) & 0xFFFF_FFFF,
    ">>": lambda a, b: ((a - 2**32 if a >= 2**31 else a) >> min(b, 31)) & 0xFFFF_FFFF,  # arithmetic, not logical
    "%": lambda a, b: a % b if a < 2**31 else (a - 2**32) % b,
    "<": lambda a, b: int((a ^ 2**31) < (b ^ 2**31)),
    "==": lambda a, b: int(a != b),
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_the_cases_tell_wrong_arithmetic_in_the_interpreter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARITHMETIC, name, WRONG_ARITHMETIC[name])
    assert differs_somewhere(interpreted)


@pytest.mark.parametrize("name", ARITHMETIC)
def test_the_cases_tell_wrong_arithmetic_in_the_batch_simulator(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    code = decoded.ARITHMETIC_CODES["-" if name != "-" else "+"]
    monkeypatch.setitem(decoded.ARITHMETIC_CODES, name, code)
    assert differs_somewhere(simulated)


@pytest.mark.parametrize("simulator", [interpreted, simulated])
@pytest.mark.parametrize("key", [("alu", "+"), ("valu", "+"), ("load", "load"), ("load", "const"), ("store", "store")])
def test_the_cases_tell_a_wrong_latency(simulator: Simulator, key: tuple[str, str]) -> None:
    assert differs_somewhere(simulator, TAKEHOME.variant("slow", latencies={key: 2}))


@pytest.mark.parametrize("simulator", [interpreted, simulated])
def test_the_cases_tell_a_wrong_vector_length(simulator: Simulator) -> None:
    assert differs_somewhere(simulator, TAKEHOME.variant("narrow", vector_length=7))


@pytest.mark.parametrize("simulator", [interpreted, simulated])
def test_the_cases_tell_that_a_bundle_of_debug_alone_is_free(simulator: Simulator) -> None:
    debug = replace(TAKEHOME.engines["debug"], free=False)
    assert differs_somewhere(simulator, replace(TAKEHOME, engines={**TAKEHOME.engines, "debug": debug}))


def test_the_cases_tell_writes_that_do_not_wait_for_the_end_of_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def write_at_once(self: _Core, space: list[int], first: int, words: list[int], latency: int) -> None:
        space[first : first + len(words)] = words

    monkeypatch.setattr(_Core, "_write", write_at_once)
    assert differs_somewhere(interpreted)


def test_the_cases_tell_a_first_write_that_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    def land_backwards(self: _Core, cycle: int) -> None:
        for space, first, words in reversed(self.in_flight.pop(cycle, [])):
            space[first : first + len(words)] = words

    monkeypatch.setattr(_Core, "_land", land_backwards)
    assert differs_somewhere(interpreted)


def test_the_cases_tell_jumps_relative_to_the_bundle_of_the_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    def jump(self: _Core, entry: object, slot: Sequence[Any]) -> None:
        if self.scratch[slot[1]]:
            self.next_pc = self.pc + slot[2]

    monkeypatch.setattr(_Core, "_jump_if_relative", jump)
    with_limit = [interpret(case.program, case.memory, TAKEHOME, cycle_limit=200) for case in machine_cases()]
    assert any(found != case.expected for found, case in zip(with_limit, machine_cases(), strict=True))


@pytest.mark.parametrize("simulator", [interpreted, simulated])
def test_the_cases_tell_engines_taken_in_alphabetical_order(simulator: Simulator) -> None:
    def sorted_case(case: MachineCase) -> MachineCase:
        return replace(case, program=Program(tuple(dict(sorted(b.items())) for b in case.program.bundles)))

    assert any(simulator(sorted_case(case), TAKEHOME) != case.expected for case in machine_cases())


@pytest.mark.parametrize("simulator", [interpreted, simulated])
def test_the_cases_tell_an_empty_engine_list_that_costs_nothing(simulator: Simulator) -> None:
    def without_empty_lists(case: MachineCase) -> MachineCase:
        bundles = tuple({e: slots for e, slots in bundle.items() if slots} for bundle in case.program.bundles)
        return replace(case, program=Program(bundles))

    assert any(simulator(without_empty_lists(case), TAKEHOME) != case.expected for case in machine_cases())
