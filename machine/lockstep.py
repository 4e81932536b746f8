"""The compiled core of the batch simulator: a group of inputs, in lockstep, until they end or part.

Loops are written out where a slice assignment would do: numba takes seconds to compile one of those.

Words are rows of the group's inputs: ``scratch[word, input]``.  Writes are staged until they land: slot ``c % ring``
of ``pending`` holds the words that land at the end of cycle ``c``, in the order in which they were issued;
``entries[slot, k]`` is (first row in ``pending``, words, scratch address or ``TO_MEMORY``).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from machine.compiling import compiled
from machine.decoded import CODE, EFFECT, FAULT, FIRST_OPERAND, LANES, LATENCY
from machine.execution import FaultKind
from machine.opcodes import ARITHMETIC, Effect
from machine.register_code import (
    CONSTANT,
    LANE_OPERAND,
    NUMBER_OPERAND,
    SELECT,
    STEP,
    TARGET,
    UPPER_PRODUCT,
    WORD_OPERAND,
    RegisterCode,
    X,
    Y,
    Z,
)

Words = NDArray[np.uint32]
Ints = NDArray[np.int64]

PC, CYCLES, TRACED, HALTED = range(4)
"""Places in a group's ``state``."""

ENDED, PARTED, TRACE_FULL = range(3)
"""What :func:`run_group` stopped for: the program ended; inputs parted in the current step; no room for the trace."""

TO_MEMORY = -1


class Group(NamedTuple):
    """The state of a group; in every array but the last three the inputs are the last axis.

    Attributes:
        memory, scratch: words x inputs (uint32).
        trace: words x inputs, more rows than are used.
        pending: ring x rows x inputs, the words in flight.
        pending_addresses: ring x rows x inputs (int64), where stores go.
        next_pc, faults: by input (int64); a fault is a ``FaultKind`` or 0.
        entries, entry_counts: what is in flight, see above (int64).
        state: pc, cycles, words traced, halted (int64).
    """

    memory: Words
    scratch: Words
    trace: Words
    pending: Words
    pending_addresses: Ints
    next_pc: Ints
    faults: Ints
    entries: Ints
    entry_counts: Ints
    state: Ints


_BINARY, _MULTIPLY_ADD, _BROADCAST = int(Effect.BINARY), int(Effect.MULTIPLY_ADD), int(Effect.BROADCAST)
_LOAD, _LOAD_VECTOR, _CONST = int(Effect.LOAD), int(Effect.LOAD_VECTOR), int(Effect.CONST)
_STORE, _STORE_VECTOR = int(Effect.STORE), int(Effect.STORE_VECTOR)
_SELECT, _ADD_IMMEDIATE, _CORE_ID = int(Effect.SELECT), int(Effect.ADD_IMMEDIATE), int(Effect.CORE_ID)
_TRACE, _HALT, _JUMP = int(Effect.TRACE), int(Effect.HALT), int(Effect.JUMP)
_JUMP_IF, _JUMP_IF_RELATIVE = int(Effect.JUMP_IF), int(Effect.JUMP_IF_RELATIVE)
_JUMP_INDIRECT, _OWN = int(Effect.JUMP_INDIRECT), int(Effect.OWN)
_MEMORY_ADDRESS, _DIVISION_BY_ZERO = int(FaultKind.MEMORY_ADDRESS), int(FaultKind.DIVISION_BY_ZERO)
_NEGATIVE_PC, _CYCLE_LIMIT = int(FaultKind.NEGATIVE_PC), int(FaultKind.CYCLE_LIMIT)

_add, _subtract, _multiply = compiled(ARITHMETIC["+"]), compiled(ARITHMETIC["-"]), compiled(ARITHMETIC["*"])
_floor_divide, _ceil_divide, _remainder = (
    compiled(ARITHMETIC["//"]),
    compiled(ARITHMETIC["cdiv"]),
    compiled(ARITHMETIC["%"]),
)
_xor, _and, _or = compiled(ARITHMETIC["^"]), compiled(ARITHMETIC["&"]), compiled(ARITHMETIC["|"])
_shift_left, _shift_right = compiled(ARITHMETIC["<<"]), compiled(ARITHMETIC[">>"])
_less, _equal = compiled(ARITHMETIC["<"]), compiled(ARITHMETIC["=="])
_FIRST_DIVISION = list(ARITHMETIC).index("//")
_REMAINDER = list(ARITHMETIC).index("%")
_CEIL_DIVISION = list(ARITHMETIC).index("cdiv")


@compiled
def _arithmetic(code: int, out: Words, x: Words, y: Words) -> None:
    """``out <- x op y`` over flat rows; ``code`` is a position in ``ARITHMETIC``.

    One loop per operation, the choice outside it, so that each loop is vectorised.
    """
    n = len(out)
    if code == 0:
        for i in range(n):
            out[i] = _add(np.int64(x[i]), np.int64(y[i]))
    elif code == 1:
        for i in range(n):
            out[i] = _subtract(np.int64(x[i]), np.int64(y[i]))
    elif code == 2:
        for i in range(n):
            out[i] = _multiply(np.int64(x[i]), np.int64(y[i]))
    elif code == 3:
        for i in range(n):
            out[i] = _floor_divide(np.int64(x[i]), np.int64(y[i]))
    elif code == 4:
        for i in range(n):
            out[i] = _ceil_divide(np.int64(x[i]), np.int64(y[i]))
    elif code == 5:
        for i in range(n):
            out[i] = _xor(np.int64(x[i]), np.int64(y[i]))
    elif code == 6:
        for i in range(n):
            out[i] = _and(np.int64(x[i]), np.int64(y[i]))
    elif code == 7:
        for i in range(n):
            out[i] = _or(np.int64(x[i]), np.int64(y[i]))
    elif code == 8:
        for i in range(n):
            out[i] = _shift_left(np.int64(x[i]), np.int64(y[i]))
    elif code == 9:
        for i in range(n):
            out[i] = _shift_right(np.int64(x[i]), np.int64(y[i]))
    elif code == 10:
        for i in range(n):
            out[i] = _remainder(np.int64(x[i]), np.int64(y[i]))
    elif code == 11:
        for i in range(n):
            out[i] = _less(np.int64(x[i]), np.int64(y[i]))
    else:
        for i in range(n):
            out[i] = _equal(np.int64(x[i]), np.int64(y[i]))


@compiled
def _fail_all(faults: Ints, kind: int) -> None:
    """Give every input that has met no error yet this one."""
    for i in range(len(faults)):
        if faults[i] == 0:
            faults[i] = kind


@compiled
def _guarded_divisors(divisors: Words, faults: Ints) -> Words:
    """Mark the inputs that divide by 0; return divisors in which 1 stands for 0."""
    inputs = len(faults)
    guarded = divisors.copy()
    for i in range(len(divisors)):
        if divisors[i] == 0:
            guarded[i] = 1
            if faults[i % inputs] == 0:
                faults[i % inputs] = _DIVISION_BY_ZERO
    return guarded


@compiled
def _calculate(code: int, out: Words, x: Words, y: Words, faults: Ints) -> None:
    """``out <- x op y``, marking the inputs that divide by 0."""
    is_division = code == _FIRST_DIVISION or code == _CEIL_DIVISION or code == _REMAINDER
    _arithmetic(code, out, x, _guarded_divisors(y, faults) if is_division else y)


@compiled
def _checked_addresses(out: Ints, addresses: Words, words: int, limit: int, faults: Ints) -> None:
    """Copy memory addresses, marking the inputs whose ``words`` words from there do not lie below ``limit``."""
    for i in range(len(addresses)):
        out[i] = addresses[i]
        if out[i] + words > limit:
            out[i] = 0
            if faults[i] == 0:
                faults[i] = _MEMORY_ADDRESS


@compiled
def _run_code(row: Ints, code: RegisterCode, out: Words, flat: Words, faults: Ints) -> None:
    """Compute one of the machine's own opcodes: its steps one after the other, each over all lanes of all inputs."""
    inputs, span = len(faults), len(out)
    registers = np.empty((code.registers, span), dtype=np.uint32)
    last = out
    for k in range(code.starts[row[CODE]], code.starts[row[CODE] + 1]):
        step = code.steps[k]
        last = registers[step[TARGET]]
        kind = step[STEP]
        if kind == CONSTANT:
            for i in range(span):
                last[i] = step[X]
        elif kind == NUMBER_OPERAND:
            for i in range(span):
                last[i] = row[FIRST_OPERAND + step[X]]
        elif kind == LANE_OPERAND:
            first = row[FIRST_OPERAND + step[X]] * inputs
            for i in range(span):
                last[i] = flat[first + i]
        elif kind == WORD_OPERAND:
            first = row[FIRST_OPERAND + step[X]] * inputs
            for i in range(span):
                last[i] = flat[first + i % inputs]
        elif kind == SELECT:
            c, x, y = registers[step[X]], registers[step[Y]], registers[step[Z]]
            for i in range(span):
                last[i] = x[i] if c[i] != 0 else y[i]
        elif kind == UPPER_PRODUCT:
            x, y = registers[step[X]], registers[step[Y]]
            for i in range(span):
                last[i] = (np.uint64(x[i]) * np.uint64(y[i])) >> np.uint64(32)
        else:
            _calculate(kind, last, registers[step[X]], registers[step[Y]], faults)
    for i in range(span):
        out[i] = last[i]


@compiled
def _compute(
    row: Ints, code: RegisterCode, out: Words, addresses: Ints, flat: Words, memory: Words, faults: Ints
) -> None:
    """Stage what one slot writes into ``out`` (flat, words x inputs); stores fill ``addresses`` too."""
    inputs = len(faults)
    effect, lanes = row[EFFECT], row[LANES]
    span = lanes * inputs
    p, q, r = row[FIRST_OPERAND] * inputs, row[FIRST_OPERAND + 1] * inputs, row[FIRST_OPERAND + 2] * inputs
    if effect == _BINARY:
        _calculate(row[CODE], out, flat[q : q + span], flat[r : r + span], faults)
    elif effect == _MULTIPLY_ADD:
        s = row[FIRST_OPERAND + 3] * inputs
        x, y, z = flat[q : q + span], flat[r : r + span], flat[s : s + span]
        for i in range(span):
            out[i] = x[i] * y[i] + z[i]
    elif effect == _SELECT:
        s = row[FIRST_OPERAND + 3] * inputs
        c, x, y = flat[q : q + span], flat[r : r + span], flat[s : s + span]
        for i in range(span):
            out[i] = x[i] if c[i] != 0 else y[i]
    elif effect == _BROADCAST:
        for i in range(span):
            out[i] = flat[q + i % inputs]
    elif effect == _LOAD or effect == _LOAD_VECTOR:
        if lanes > memory.shape[0]:
            _fail_all(faults, _MEMORY_ADDRESS)
            return
        _checked_addresses(addresses, flat[q : q + inputs], lanes, memory.shape[0], faults)
        for lane in range(lanes):
            for i in range(inputs):
                out[lane * inputs + i] = memory[addresses[i] + lane, i]
    elif effect == _STORE or effect == _STORE_VECTOR:
        _checked_addresses(addresses, flat[p : p + inputs], lanes, memory.shape[0], faults)
        for i in range(span):
            out[i] = flat[q + i]
    elif effect == _OWN:
        _run_code(row, code, out, flat, faults)
    elif effect == _CONST:
        for i in range(span):
            out[i] = row[FIRST_OPERAND + 1]
    elif effect == _ADD_IMMEDIATE:
        for i in range(inputs):
            out[i] = flat[q + i] + row[FIRST_OPERAND + 2]
    else:  # CORE_ID
        for i in range(span):
            out[i] = 0


@compiled
def _control(row: Ints, group: Group) -> bool:
    """Carry out a slot that moves the pc, stops the program or traces; False where it is none of these."""
    effect = row[EFFECT]
    first, second = row[FIRST_OPERAND], row[FIRST_OPERAND + 1]
    if effect == _HALT:
        group.state[HALTED] = 1
    elif effect == _JUMP:
        for i in range(len(group.next_pc)):
            group.next_pc[i] = first
    elif effect == _JUMP_IF or effect == _JUMP_IF_RELATIVE:
        target = second if effect == _JUMP_IF else group.state[PC] + 1 + second
        for i in range(len(group.next_pc)):
            if group.scratch[first, i] != 0:
                group.next_pc[i] = target
    elif effect == _JUMP_INDIRECT:
        for i in range(len(group.next_pc)):
            group.next_pc[i] = group.scratch[first, i]
    elif effect == _TRACE:
        for i in range(len(group.next_pc)):
            group.trace[group.state[TRACED], i] = group.scratch[first, i]
        group.state[TRACED] += 1
    else:
        return False
    return True


@compiled
def _stage(row: Ints, code: RegisterCode, group: Group) -> None:
    """Execute one slot that writes, leaving its words in the ring slot of the cycle in which they land."""
    inputs = len(group.faults)
    slot = (group.state[CYCLES] + row[LATENCY] - 1) % len(group.entry_counts)
    count, lanes = group.entry_counts[slot], row[LANES]
    first = 0 if count == 0 else group.entries[slot, count - 1, 0] + group.entries[slot, count - 1, 1]
    out = group.pending[slot, first : first + lanes].reshape(lanes * inputs)
    flat = group.scratch.reshape(group.scratch.size)
    _compute(row, code, out, group.pending_addresses[slot, first], flat, group.memory, group.faults)
    stores = row[EFFECT] == _STORE or row[EFFECT] == _STORE_VECTOR
    group.entries[slot, count, 0] = first
    group.entries[slot, count, 1] = lanes
    group.entries[slot, count, 2] = TO_MEMORY if stores else row[FIRST_OPERAND]
    group.entry_counts[slot] = count + 1


@compiled
def land(group: Group, cycle: int) -> None:
    """Write, in order, the staged words that land at the end of ``cycle``."""
    slot = cycle % len(group.entry_counts)
    for k in range(group.entry_counts[slot]):
        first, lanes, target = group.entries[slot, k, 0], group.entries[slot, k, 1], group.entries[slot, k, 2]
        if target == TO_MEMORY:
            for lane in range(lanes):
                for i in range(group.scratch.shape[1]):
                    address = group.pending_addresses[slot, first, i] + lane
                    group.memory[address, i] = group.pending[slot, first + lane, i]
        else:
            for lane in range(lanes):
                for i in range(group.scratch.shape[1]):
                    group.scratch[target + lane, i] = group.pending[slot, first + lane, i]
    group.entry_counts[slot] = 0


@compiled
def _drain(group: Group) -> None:
    """Land what is still in flight when the program has ended; those cycles count."""
    ring = len(group.entry_counts)
    ended = group.state[CYCLES]
    for cycle in range(ended + 1, ended + ring):
        if group.entry_counts[cycle % ring] > 0:
            group.state[CYCLES] = cycle
            land(group, cycle)


@compiled
def _has_parted(group: Group) -> bool:
    """Whether any input met an error or goes elsewhere than the first."""
    parted = False
    for i in range(len(group.next_pc)):
        if group.next_pc[i] < 0 and group.faults[i] == 0:
            group.faults[i] = _NEGATIVE_PC
        parted = parted or group.faults[i] != 0 or group.next_pc[i] != group.next_pc[0]
    return parted


@compiled
def run_group(
    rows: Ints,
    starts: Ints,
    scored: NDArray[np.bool_],
    code: RegisterCode,
    group: Group,
    most_traces: int,
    cycle_limit: int,
) -> int:
    """Run a group until it has ended, or inputs part, or the trace is full; see the statuses above.

    Where inputs part, the current step has issued but not landed, so that each part can land its own.
    """
    state = group.state
    while state[HALTED] == 0 and state[PC] < len(starts) - 1:
        pc = state[PC]
        if state[TRACED] + most_traces > len(group.trace):
            return TRACE_FULL
        if scored[pc]:
            state[CYCLES] += 1
            if state[CYCLES] > cycle_limit:
                _fail_all(group.faults, _CYCLE_LIMIT)
                return PARTED
        for i in range(len(group.next_pc)):
            group.next_pc[i] = pc + 1
        for k in range(starts[pc], starts[pc + 1]):
            row = rows[k]
            if row[EFFECT] == FAULT:
                _fail_all(group.faults, row[CODE])
            elif not _control(row, group):
                _stage(row, code, group)
        if _has_parted(group):
            return PARTED
        land(group, state[CYCLES])
        state[PC] = group.next_pc[0]
    _drain(group)
    return ENDED
