import numpy as np
import pytest

from machine.decoded import CODE, EFFECT, FAULT, FIRST_OPERAND, LANES, LATENCY, decode_program
from machine.execution import FaultKind
from machine.model import load_machine
from machine.opcodes import Effect
from machine.program import Program

TAKEHOME = load_machine("takehome")


def test_an_empty_program_has_no_rows() -> None:
    decoded = decode_program(Program(()), TAKEHOME)
    assert (len(decoded.rows), decoded.starts.tolist(), decoded.scored.tolist()) == (0, [0], [])


def test_slots_become_rows_in_issue_order() -> None:
    bundle = {"valu": [("+", 8, 0, 0)], "alu": [("-", 1, 2, 3), ("^", 4, 5, 6)]}
    decoded = decode_program(Program(({}, bundle, {"alu": []})), TAKEHOME)
    assert decoded.starts.tolist() == [0, 0, 3, 3]
    assert decoded.scored.tolist() == [False, True, True]
    assert decoded.rows[:, FIRST_OPERAND].tolist() == [8, 1, 4]
    assert decoded.rows[:, LANES].tolist() == [8, 1, 1]
    assert len(set(decoded.rows[:, CODE].tolist())) == 3
    assert (decoded.most_landing, decoded.most_traces) == (10, 0)


def test_rows_hold_the_latency_of_the_machine() -> None:
    machine = TAKEHOME.variant("slow", latencies={("alu", "+"): 7})
    rows = decode_program(Program(({"alu": [("+", 0, 0, 0), ("-", 0, 0, 0)]},)), machine).rows
    assert rows[:, LATENCY].tolist() == [7, 1]


def test_slots_that_do_nothing_have_no_row() -> None:
    program = Program(({"debug": [("comment", "x")], "flow": [("pause",)]},))
    assert len(decode_program(program, TAKEHOME).rows) == 0


def test_a_fault_takes_the_place_of_the_slot_and_of_all_that_follow() -> None:
    bundle = {"alu": [("+", 0, 0, 0), ("+", 1536, 0, 0), ("-", 0, 0, 0)], "gpu": []}
    rows = decode_program(Program((bundle,)), TAKEHOME).rows
    assert rows[:, EFFECT].tolist() == [Effect.BINARY, FAULT]
    assert rows[1, CODE] == FaultKind.SCRATCH_ADDRESS


def test_load_offset_becomes_a_load() -> None:
    (row,) = decode_program(Program(({"load": [("load_offset", 10, 20, 3)]},)), TAKEHOME).rows.tolist()
    assert (row[EFFECT], row[FIRST_OPERAND : FIRST_OPERAND + 2]) == (Effect.LOAD, [13, 23])


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63])
def test_numbers_of_any_size_compile(number: int) -> None:
    slots = [("const", 0, number), ("add_imm", 0, 0, number), ("jump", number)]
    slots += [("cond_jump", 0, number), ("cond_jump_rel", 0, number)]
    machine = TAKEHOME.variant("roomy", slots={"flow": 4})
    decoded = decode_program(Program(({"load": slots[:1], "flow": slots[1:]},)), machine)
    assert decoded.rows.dtype == np.int64
    assert FAULT not in decoded.rows[:, EFFECT]


def test_addresses_of_any_size_compile_to_faults() -> None:
    rows = decode_program(Program(({"alu": [("+", 10**30, 0, 0)]},)), TAKEHOME).rows
    assert rows[0, EFFECT] == FAULT
