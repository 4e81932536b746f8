"""Programs as arrays: what the batch simulator runs.

Programs are data to the simulator, so it is compiled once.  Every check that needs no input is made here; where one
fails, a row of effect :data:`FAULT` stands in the place at which the plain interpreter would meet the error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from machine.execution import FaultKind
from machine.model import Engine, Machine
from machine.opcodes import ARITHMETIC, Effect, Opcode
from machine.program import Bundle, Program, Slot
from machine.register_code import RegisterCode, assemble

FAULT = -1
"""The effect of a row that is an error; its code is the kind."""

EFFECT, CODE, LANES, LATENCY, FIRST_OPERAND = range(5)
"""Columns of a row; up to four operands follow from ``FIRST_OPERAND``."""

ROW_LENGTH = FIRST_OPERAND + 4

FAR = 1 << 62
"""Jump targets are cut to this either way, which is past any program's end and keeps sums within 64 bits."""

JUMPS_TO_IMMEDIATE = frozenset({Effect.JUMP, Effect.JUMP_IF, Effect.JUMP_IF_RELATIVE})

ARITHMETIC_CODES = {name: code for code, name in enumerate(ARITHMETIC)}


@dataclass(frozen=True)
class DecodedProgram:
    """A program decoded for one machine.

    Attributes:
        machine: the machine it was decoded for.
        rows: one row per slot, in issue order (int64, ``ROW_LENGTH`` columns).
        starts: first row of each bundle, and the number of rows.
        scored: whether each bundle costs a cycle.
        code: what the machine's own opcodes compute, each by the number that its rows have in ``CODE``.
        most_landing: most words that land at the end of one cycle, or more.
        longest: the longest latency of a slot in it.
        most_traces: most words that one bundle appends to the trace.
    """

    machine: Machine
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    scored: NDArray[np.bool_]
    code: RegisterCode
    most_landing: int
    longest: int
    most_traces: int


def decode_program(program: Program, machine: Machine) -> DecodedProgram:
    """Decode ``program`` for ``machine``; never fails, errors become rows."""
    rows: list[list[int]] = []
    starts = [0]
    scored = []
    code_of, code = _own_opcodes(machine)
    most_words: dict[int, int] = {}
    most_traces = 0
    for bundle in program.bundles:
        rows.extend(_bundle_rows(bundle, machine, code_of))
        issued = rows[starts[-1] :]
        for latency, words in _words_by_latency(issued).items():
            most_words[latency] = max(words, most_words.get(latency, 0))
        most_traces = max(most_traces, sum(row[EFFECT] == Effect.TRACE for row in issued))
        starts.append(len(rows))
        scored.append(any(name not in machine.engines or not machine.engines[name].free for name in bundle))
    return DecodedProgram(
        machine,
        np.array(rows, dtype=np.int64).reshape(-1, ROW_LENGTH),
        np.array(starts, dtype=np.int64),
        np.array(scored, dtype=np.bool_),
        code,
        sum(most_words.values()),
        max(most_words, default=1),
        most_traces,
    )


@lru_cache(maxsize=16)
def _own_opcodes(machine: Machine) -> tuple[dict[str, int], RegisterCode]:
    """The code of a machine's own opcodes, kept for the few machines that programs run on."""
    return assemble(machine.definitions)


def _words_by_latency(issued: list[list[int]]) -> dict[int, int]:
    """Words that one bundle writes, by latency: those that land together come from one bundle for each latency."""
    words: dict[int, int] = {}
    for row in issued:
        words[row[LATENCY]] = words.get(row[LATENCY], 0) + row[LANES]
    return words


def _bundle_rows(bundle: Bundle, machine: Machine, code_of: Mapping[str, int]) -> list[list[int]]:
    rows: list[list[int]] = []
    for name, slots in bundle.items():
        engine = machine.engines.get(name)
        if engine is None:
            return [*rows, _fault_row(FaultKind.UNKNOWN_ENGINE)]
        if len(slots) > engine.slots and not engine.free:
            return [*rows, _fault_row(FaultKind.TOO_MANY_SLOTS)]
        for slot in slots:
            fault = _static_fault(slot, engine, machine)
            if fault is not None:
                return [*rows, _fault_row(fault)]
            opcode = engine.opcodes[slot[0]]
            if opcode.effect is not Effect.NOTHING:
                rows.append(_row(opcode, slot, machine, code_of))
    return rows


def _static_fault(slot: Slot, engine: Engine, machine: Machine) -> FaultKind | None:
    opcode = engine.opcodes.get(slot[0])
    if opcode is None:
        return FaultKind.UNKNOWN_OPCODE
    if len(slot) - 1 != len(opcode.operands):
        return FaultKind.WRONG_OPERANDS
    for _, first, words in opcode.scratch_accesses(slot[1:], machine.vector_length):
        if not 0 <= first <= machine.scratch_words - words:
            return FaultKind.SCRATCH_ADDRESS
    return None


def _row(opcode: Opcode, slot: Slot, machine: Machine, code_of: Mapping[str, int]) -> list[int]:
    effect, operands = opcode.effect, list(slot[1:])
    if effect is Effect.LOAD_OFFSET:
        effect, operands = Effect.LOAD, [operands[0] + operands[2], operands[1] + operands[2]]
    if effect is Effect.CONST:
        operands[1] %= 1 << 32
    if effect is Effect.ADD_IMMEDIATE:
        operands[2] %= 1 << 32
    if effect in JUMPS_TO_IMMEDIATE:
        operands[-1] = max(-FAR, min(operands[-1], FAR))
    code = ARITHMETIC_CODES[opcode.name] if effect is Effect.BINARY else 0
    if effect is Effect.OWN:
        code = code_of[opcode.name]
        operands = [n if role.is_scratch else n % (1 << 32) for role, n in zip(opcode.roles, operands, strict=True)]
    lanes = machine.vector_length if opcode.is_vector else 1
    padding = [0] * (ROW_LENGTH - FIRST_OPERAND - len(operands))
    return [int(effect), code, lanes, machine.latency(opcode), *operands, *padding]


def _fault_row(kind: FaultKind) -> list[int]:
    return [FAULT, int(kind), 0, 1, 0, 0, 0, 0]
