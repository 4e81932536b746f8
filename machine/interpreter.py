"""The plain interpreter: one program, one input, written to be read.

Each step reads everything before it writes anything; writes land when their latency has passed, later issued over
earlier issued, and within a bundle in the order in which it lists its slots.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from machine.execution import DEFAULT_CYCLE_LIMIT, Execution, Fault, FaultKind
from machine.model import Engine, Machine
from machine.opcodes import ARITHMETIC, DIVISIONS, WORD_MASK, Effect, Opcode, Role
from machine.program import Bundle, Program, Slot
from machine.scratch_start import scratch_at_start


def interpret(
    program: Program, memory: Sequence[int], machine: Machine, cycle_limit: int = DEFAULT_CYCLE_LIMIT
) -> Execution:
    """Run ``program`` on ``memory`` (words below 2^32; not modified) and return the final state."""
    core = _Core(machine, [int(word) for word in memory])
    fault = core.run(program.bundles, cycle_limit)
    return Execution(core.cycles, core.memory, core.scratch, core.trace, fault)


class _FaultError(Exception):
    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class _Decoded:
    """An opcode made ready for one machine.

    ``length`` is that of a slot, ``limits`` are (operand position, highest legal address), ``has_lane`` says that the
    third operand is an offset to the others, and ``handler`` executes a slot.
    """

    opcode: Opcode
    vector: bool
    latency: int
    length: int
    limits: tuple[tuple[int, int], ...]
    has_lane: bool
    handler: "Handler"


Handler = Callable[[_Decoded, Slot], None]


class _Core:
    """The machine's state, and one method for each effect an opcode can have."""

    def __init__(self, machine: Machine, memory: list[int]) -> None:
        self.machine = machine
        self.memory = memory
        self.scratch: list[int] = scratch_at_start(machine).tolist()
        self.trace: list[int] = []
        self.cycles = 0
        self.pc = 0
        self.next_pc = 0
        self.halted = False
        self.in_flight: dict[int, list[tuple[list[int], int, list[int]]]] = {}
        self.handlers = self._handlers()
        self.decoded: dict[str, dict[str, _Decoded]] = {name: {} for name in machine.engines}

    def run(self, bundles: Sequence[Bundle], cycle_limit: int) -> Fault | None:
        while not self.halted and self.pc < len(bundles):
            bundle = bundles[self.pc]
            try:
                self._step(bundle, cycle_limit)
            except _FaultError as error:
                return Fault(error.kind, self.pc)
            self.pc = self.next_pc
        for cycle in sorted(self.in_flight):
            self.cycles = max(self.cycles, cycle)
            self._land(cycle)
        return None

    def _step(self, bundle: Bundle, cycle_limit: int) -> None:
        engines = self.machine.engines
        if any(name not in engines or not engines[name].free for name in bundle):
            self.cycles += 1
            if self.cycles > cycle_limit:
                raise _FaultError(FaultKind.CYCLE_LIMIT)
        self.next_pc = self.pc + 1
        for name, slots in bundle.items():
            self._issue(name, slots)
        if self.next_pc < 0:
            raise _FaultError(FaultKind.NEGATIVE_PC)
        self._land(self.cycles)

    def _issue(self, name: str, slots: Sequence[Slot]) -> None:
        engine = self.machine.engines.get(name)
        if engine is None:
            raise _FaultError(FaultKind.UNKNOWN_ENGINE)
        if len(slots) > engine.slots and not engine.free:
            raise _FaultError(FaultKind.TOO_MANY_SLOTS)
        decoded = self.decoded[name]
        for slot in slots:
            entry = decoded.get(slot[0]) or self._decode(engine, slot[0])
            if len(slot) != entry.length:
                raise _FaultError(FaultKind.WRONG_OPERANDS)
            lane = slot[3] if entry.has_lane else 0
            for position, highest in entry.limits:
                if not 0 <= slot[position] + lane <= highest:
                    raise _FaultError(FaultKind.SCRATCH_ADDRESS)
            entry.handler(entry, slot)

    def _land(self, cycle: int) -> None:
        for space, first, words in self.in_flight.pop(cycle, ()):
            space[first : first + len(words)] = words

    def _write(self, space: list[int], first: int, words: list[int], latency: int) -> None:
        self.in_flight.setdefault(self.cycles + latency - 1, []).append((space, first, words))

    def _read(self, first: int, vector: bool) -> list[int]:
        return self.scratch[first : first + self.machine.vector_length] if vector else [self.scratch[first]]

    def _decode(self, engine: Engine, name: str) -> _Decoded:
        """An opcode, made ready when it is first issued: most programs use few of those that a machine has."""
        opcode = engine.opcodes.get(name)
        if opcode is None:
            raise _FaultError(FaultKind.UNKNOWN_OPCODE)
        limits = []
        for position, role in enumerate(opcode.roles, start=1):
            if role.is_scratch:
                words = self.machine.vector_length if role.is_vector else 1
                limits.append((position, self.machine.scratch_words - words))
        entry = self.decoded[engine.name][name] = _Decoded(
            opcode,
            opcode.is_vector,
            self.machine.latency(opcode),
            1 + len(opcode.operands),
            tuple(limits),
            opcode.effect is Effect.LOAD_OFFSET,
            self.handlers[opcode.effect],
        )
        return entry

    def _handlers(self) -> dict[Effect, Handler]:
        return {
            Effect.BINARY: self._binary,
            Effect.MULTIPLY_ADD: self._multiply_add,
            Effect.BROADCAST: self._broadcast,
            Effect.LOAD: self._load,
            Effect.LOAD_OFFSET: self._load_offset,
            Effect.LOAD_VECTOR: self._load_vector,
            Effect.CONST: self._const,
            Effect.STORE: self._store,
            Effect.STORE_VECTOR: self._store,
            Effect.SELECT: self._select,
            Effect.ADD_IMMEDIATE: self._add_immediate,
            Effect.HALT: self._halt,
            Effect.JUMP_IF: self._jump_if,
            Effect.JUMP_IF_RELATIVE: self._jump_if_relative,
            Effect.JUMP: self._jump,
            Effect.JUMP_INDIRECT: self._jump_indirect,
            Effect.CORE_ID: self._core_id,
            Effect.TRACE: self._trace_write,
            Effect.NOTHING: lambda entry, slot: None,
            Effect.OWN: self._own,
        }

    def _binary(self, entry: _Decoded, slot: Slot) -> None:
        name, d, a, b = slot
        vector = entry.vector
        apply = ARITHMETIC[name]
        divisors = self._read(b, vector)
        if name in DIVISIONS and 0 in divisors:
            raise _FaultError(FaultKind.DIVISION_BY_ZERO)
        self._write(self.scratch, d, list(map(apply, self._read(a, vector), divisors)), entry.latency)

    def _multiply_add(self, entry: _Decoded, slot: Slot) -> None:
        _, d, a, b, c = slot
        lanes = zip(self._read(a, True), self._read(b, True), self._read(c, True), strict=True)
        self._write(self.scratch, d, [(x * y + z) & WORD_MASK for x, y, z in lanes], entry.latency)

    def _broadcast(self, entry: _Decoded, slot: Slot) -> None:
        _, d, a = slot
        self._write(self.scratch, d, [self.scratch[a]] * self.machine.vector_length, entry.latency)

    def _own(self, entry: _Decoded, slot: Slot) -> None:
        definition = entry.opcode.definition
        assert definition is not None
        lanes = self.machine.vector_length if entry.vector else 1
        operands = []
        for role, operand in zip(entry.opcode.roles[1:], slot[2:], strict=True):
            words = [operand & WORD_MASK] if role is Role.IMMEDIATE else self._read(operand, role.is_vector)
            operands.append(words if role.is_vector else words * lanes)
        try:
            result = definition.apply(operands)
        except ZeroDivisionError:
            raise _FaultError(FaultKind.DIVISION_BY_ZERO) from None
        self._write(self.scratch, slot[1], result, entry.latency)

    def _memory_address(self, word: int, words: int) -> int:
        if word + words > len(self.memory):
            raise _FaultError(FaultKind.MEMORY_ADDRESS)
        return word

    def _load(self, entry: _Decoded, slot: Slot) -> None:
        _, d, a = slot
        address = self._memory_address(self.scratch[a], 1)
        self._write(self.scratch, d, [self.memory[address]], entry.latency)

    def _load_offset(self, entry: _Decoded, slot: Slot) -> None:
        name, d, a, k = slot
        self._load(entry, (name, d + k, a + k))

    def _load_vector(self, entry: _Decoded, slot: Slot) -> None:
        _, d, a = slot
        length = self.machine.vector_length
        address = self._memory_address(self.scratch[a], length)
        self._write(self.scratch, d, self.memory[address : address + length], entry.latency)

    def _const(self, entry: _Decoded, slot: Slot) -> None:
        _, d, n = slot
        self._write(self.scratch, d, [n & WORD_MASK], entry.latency)

    def _store(self, entry: _Decoded, slot: Slot) -> None:
        _, a, s = slot
        words = self._read(s, entry.vector)
        address = self._memory_address(self.scratch[a], len(words))
        self._write(self.memory, address, words, entry.latency)

    def _select(self, entry: _Decoded, slot: Slot) -> None:
        _, d, c, a, b = slot
        vector = entry.vector
        lanes = zip(self._read(c, vector), self._read(a, vector), self._read(b, vector), strict=True)
        self._write(self.scratch, d, [x if condition else y for condition, x, y in lanes], entry.latency)

    def _add_immediate(self, entry: _Decoded, slot: Slot) -> None:
        _, d, a, n = slot
        self._write(self.scratch, d, [(self.scratch[a] + n) & WORD_MASK], entry.latency)

    def _core_id(self, entry: _Decoded, slot: Slot) -> None:
        self._write(self.scratch, slot[1], [0], entry.latency)

    def _trace_write(self, entry: _Decoded, slot: Slot) -> None:
        self.trace.append(self.scratch[slot[1]])

    def _halt(self, entry: _Decoded, slot: Slot) -> None:
        self.halted = True

    def _jump_if(self, entry: _Decoded, slot: Slot) -> None:
        if self.scratch[slot[1]]:
            self.next_pc = slot[2]

    def _jump_if_relative(self, entry: _Decoded, slot: Slot) -> None:
        if self.scratch[slot[1]]:
            self.next_pc = self.pc + 1 + slot[2]

    def _jump(self, entry: _Decoded, slot: Slot) -> None:
        self.next_pc = slot[1]

    def _jump_indirect(self, entry: _Decoded, slot: Slot) -> None:
        self.next_pc = self.scratch[slot[1]]
