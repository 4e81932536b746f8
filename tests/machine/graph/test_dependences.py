"""The compiled passes, at their own boundary; what they compute together is tested through ``flatten``."""

import numpy as np

from machine.graph.dependences import OPERANDS, PROBLEMS, RUN_COLUMNS, EdgeKind, expand_runs
from machine.opcodes import OPCODES


def test_no_opcode_has_more_operands_than_there_are_columns() -> None:
    assert max(len(opcode.operands) for opcode in OPCODES.values()) == OPERANDS


def test_kinds_of_edge_are_numbered_for_arrays() -> None:
    assert [int(kind) for kind in EdgeKind] == [0, 1, 2]


def test_every_problem_has_its_words() -> None:
    assert len(set(PROBLEMS.values())) == len(PROBLEMS) == 3


def test_a_run_is_expanded_slot_by_slot_with_its_strides() -> None:
    words_of = np.array([[-2, 3, 0, 0]])  # an opcode that writes two words and reads three
    run = [1, 0, 2, 50, 60, 5, 100, 2, 200, 0, 7, 0, 0, 0]
    assert len(run) == RUN_COLUMNS
    slots = expand_runs(np.array([run]), words_of, implementations=3)
    assert slots.implementation_starts.tolist() == [0, 0, 2, 2]
    assert slots.implementations.tolist() == [1, 1]
    assert slots.operands[:, :3].tolist() == [[100, 200, 7], [102, 200, 7]]
    assert slots.memory.tolist() == [[50, 60], [55, 65]]
    assert slots.write_words.tolist() == [100, 101, 102, 103]
    assert slots.write_starts.tolist() == [0, 2, 4]
    assert slots.read_words.tolist() == [200, 201, 202] * 2
    assert slots.read_starts.tolist() == [0, 3, 6]
