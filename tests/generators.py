"""Seeded generators of machines and programs, for tests that compare one implementation with another.

Programs are made to meet what is easy to get wrong: writes that overlap, in one bundle or landing together; loops;
inputs of one batch that part; every kind of error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine.execution import FaultKind
from machine.expression import Apply
from machine.model import Machine, load_machine, machine_from_data, machine_to_data
from machine.opcodes import DIVISIONS, OPCODES, WORD_MASK, Effect, Opcode, Role
from machine.program import Program, Slot
from tests.expressions import random_definition

MEMORY_WORDS = 40
INPUTS = 3
CYCLE_LIMIT = 40
POINTERS = 4
EDGE_WORDS = (0, 1, 2, 3, 31, 32, 33, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF)

MutableBundle = dict[str, list[Slot]]


@dataclass(frozen=True)
class Case:
    machine: Machine
    program: Program
    memories: NDArray[np.uint32]


@cache
def machines() -> tuple[Machine, ...]:
    takehome = load_machine("takehome")
    spread = {(engine, name): 1 + position % 4 for position, (engine, name) in enumerate(OPCODES)}
    memory_slow = {("load", "load"): 5, ("load", "vload"): 3, ("store", "store"): 2, ("store", "vstore"): 4}
    return (
        takehome,
        takehome.variant("small", scratch_words=40),
        takehome.variant("slow", scratch_words=48, latencies=spread),
        takehome.variant("slow memory", scratch_words=64, latencies=memory_slow),
        takehome.variant("narrow", vector_length=3, scratch_words=24, slots={"alu": 2, "valu": 1, "load": 1}),
        takehome.variant("wide", vector_length=16, scratch_words=80, slots={"flow": 3, "store": 5}, latencies=spread),
        takehome.variant("single lane", vector_length=1, scratch_words=16, slots={"flow": 2}),
        takehome.variant("vectors beyond scratch", vector_length=8, scratch_words=7),
        with_own_opcodes(takehome.variant("own", scratch_words=64), 24, seed=1),
        with_own_opcodes(
            takehome.variant("own, slow", vector_length=5, scratch_words=48, latencies=spread), 24, seed=2
        ),
    )


def with_own_opcodes(machine: Machine, count: int, seed: int, *, divides: bool = True) -> Machine:
    """The machine, with random opcodes of its own on alu, valu or both, of latencies from 1 to 4."""
    random = Random(seed)
    data = machine_to_data(machine)
    data["opcodes"] = {f"own_{number}": random_definition(random, divides=divides) for number in range(count)}
    for name in data["opcodes"]:
        for engine in random.choice((("alu",), ("valu",), ("alu", "valu"))):
            data["engines"][engine]["opcodes"].append(name)
            data["engines"][engine]["latency"][name] = random.randint(1, 4)
    return machine_from_data(data, machine.name)


def random_case(seed: int) -> Case:
    random = Random(seed)
    machine = machines()[seed % len(machines())]
    return Case(machine, _Writer(random, machine).program(), _memories(random))


def _memories(random: Random) -> NDArray[np.uint32]:
    rows = [[_word(random) for _ in range(MEMORY_WORDS)] for _ in range(INPUTS)]
    if random.random() < 0.3:  # inputs that differ in one word only: the more of the path is common
        rows = [list(rows[0]) for _ in range(INPUTS)]
        for row in rows:
            row[random.randrange(MEMORY_WORDS)] = _word(random)
    return np.array(rows, dtype=np.uint32)


def _word(random: Random) -> int:
    kind = random.random()
    if kind < 0.4:
        return random.randrange(MEMORY_WORDS)
    return random.choice(EDGE_WORDS) if kind < 0.6 else random.randrange(1, WORD_MASK + 1)


def _divides(opcode: Opcode) -> bool:
    if opcode.definition is None:
        return opcode.name in DIVISIONS
    waiting = [opcode.definition.result]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Apply):
            if part.function in DIVISIONS:
                return True
            waiting += part.arguments
    return False


class _Writer:
    """Writes one program: words 0 to 3 hold memory addresses, those after them data read from memory."""

    def __init__(self, random: Random, machine: Machine) -> None:
        self.random = random
        self.machine = machine
        self.words = min(machine.scratch_words, POINTERS + 4 * machine.vector_length)
        self.first_data = min(POINTERS, self.words - 1)
        self.control = random.random() < 0.4

    def program(self) -> Program:
        bundles = self._prologue()
        start = len(bundles)
        length = self.random.randint(2, 9)
        bundles += [self._bundle(start + number, start + length) for number in range(length)]
        if self.random.random() < 0.3:
            self._close_loop(bundles, start)
        if self.random.random() < 0.3:
            self._spoil(bundles, start)
        return Program(tuple({e: tuple(slots) for e, slots in bundle.items()} for bundle in bundles))

    def _prologue(self) -> list[MutableBundle]:
        length = self.machine.vector_length
        addresses = [self.random.randrange(MEMORY_WORDS - length + 1) for _ in range(POINTERS)]
        bundles: list[MutableBundle] = [{"load": [("const", d, n)]} for d, n in enumerate(addresses)]
        for first in range(self.first_data, self.words, length):
            fits = first + length <= self.machine.scratch_words
            bundles.append({"load": [("vload" if fits else "load", first, self.random.randrange(POINTERS))]})
        return bundles + [{"flow": []} for _ in range(self.machine.max_latency - 1)]

    def _bundle(self, here: int, end: int) -> MutableBundle:
        bundle: MutableBundle = {}
        names = list(self.machine.engines)
        for name in self.random.sample(names, self.random.choice((0, 1, 1, 2, 2, 3))):
            engine = self.machine.engines[name]
            most = min(engine.slots, 3)
            bundle[name] = [self._slot(self._opcode(name), here, end) for _ in range(self.random.randint(0, most))]
        return bundle

    def _opcode(self, engine: str) -> Opcode:
        opcodes = list(self.machine.engines[engine].opcodes.values())
        if not self.control:
            opcodes = [op for op in opcodes if "jump" not in op.name and op.effect is not Effect.HALT]
        if self.random.random() < 0.8:
            opcodes = [op for op in opcodes if not _divides(op)]
        return self.random.choice(opcodes)

    def _slot(self, opcode: Opcode, here: int, end: int) -> Slot:
        if opcode.effect is Effect.LOAD_OFFSET:
            lane = self.random.randrange(min(8, self.words))
            return (opcode.name, self._address(False) - lane, self._pointer() - lane, lane)
        operands: list[Any] = []
        for label, role in opcode.operands:
            if role is Role.IMMEDIATE:
                operands.append(self._immediate(opcode, here, end))
            elif role is Role.ANYTHING:
                operands.append(self.random.choice(("text", 7, -1, [1, 2], None)))
            elif label == "a" and (opcode.reads_memory or opcode.writes_memory):
                operands.append(self._pointer())
            else:
                operands.append(self._address(role.is_vector))
        return (opcode.name, *operands)

    def _immediate(self, opcode: Opcode, here: int, end: int) -> int:
        if "jump" not in opcode.name:
            return self.random.choice((-1, 1, -(2**31), 2**32, 2**40 + 5, self.random.randrange(2**32)))
        target = self.random.choice((here + 1, here + 2, end, end + 3, max(0, here - 2), 2**70))
        return target - here - 1 if opcode.effect is Effect.JUMP_IF_RELATIVE else target

    def _pointer(self) -> int:
        return self.random.randrange(POINTERS) if self.random.random() < 0.93 else self._address(False)

    def _address(self, vector: bool) -> int:
        last = self.words - (self.machine.vector_length if vector else 1)
        if last < self.first_data or self.random.random() < 0.03:
            return self.random.randint(0, max(0, last))
        if self.random.random() < 0.05:  # the last words of scratch
            return self.machine.scratch_words - (self.machine.vector_length if vector else 1)
        return self.random.randint(self.first_data, last)

    def _close_loop(self, bundles: list[MutableBundle], start: int) -> None:
        """Count the last word down from a small number, or from one that the input gives."""
        counter = self.machine.scratch_words - 1
        if self.random.random() < 0.7:
            bundles.insert(start - 1, {"load": [("const", counter, self.random.randint(1, 5))]})
        latency = self.machine.latency(OPCODES["flow", "add_imm"])
        bundles.append({"flow": [("add_imm", counter, counter, -1)]})
        bundles += [{"flow": []} for _ in range(latency - 1)]
        bundles.append({"flow": [("cond_jump", counter, start + 1)]})

    def _spoil(self, bundles: list[MutableBundle], start: int) -> None:
        """Put one error somewhere, where a slot of its own or an engine's list allows it."""
        wrongs: dict[FaultKind, Callable[[MutableBundle], object]] = {
            FaultKind.UNKNOWN_ENGINE: lambda bundle: bundle.update(gpu=[]),
            FaultKind.TOO_MANY_SLOTS: self._overfill,
            FaultKind.UNKNOWN_OPCODE: lambda bundle: self._append(bundle, "alu", ("vload", 0, 0)),
            FaultKind.WRONG_OPERANDS: lambda bundle: self._append(bundle, *self._misshapen()),
            FaultKind.SCRATCH_ADDRESS: lambda bundle: self._append(bundle, *self._astray()),
            FaultKind.MEMORY_ADDRESS: lambda bundle: self._append(bundle, *self._beyond_memory()),
            FaultKind.DIVISION_BY_ZERO: lambda bundle: self._append(bundle, "alu", self._division()),
            FaultKind.NEGATIVE_PC: lambda bundle: self._append(bundle, "flow", self._jump_before_start()),
            FaultKind.CYCLE_LIMIT: lambda bundle: self._append(bundle, "flow", ("jump", start)),
        }
        wrongs[self.random.choice(list(FaultKind))](self.random.choice(bundles[start:]))

    def _append(self, bundle: MutableBundle, engine: str, slot: Slot) -> None:
        slots = bundle.setdefault(engine, [])
        if len(slots) >= self.machine.engines[engine].slots:
            slots.pop()
        slots.insert(self.random.randint(0, len(slots)), slot)

    def _overfill(self, bundle: MutableBundle) -> None:
        name = self.random.choice([engine.name for engine in self.machine.scored_engines])
        most = self.machine.engines[name].slots
        bundle[name] = [self._slot(self._opcode(name), 0, 0) for _ in range(most + 1)]

    def _misshapen(self) -> tuple[str, Slot]:
        engine, name = self.random.choice([key for key in OPCODES if key[0] != "debug"])
        slot = self._slot(OPCODES[engine, name], 0, 0)
        return engine, slot[:-1] if len(slot) > 1 and self.random.random() < 0.5 else (*slot, 0)

    def _astray(self) -> tuple[str, Slot]:
        opcodes = [op for op in OPCODES.values() if any(role.is_scratch for role in op.roles)]
        opcode = self.random.choice(opcodes)
        slot = list(self._slot(opcode, 0, 0))
        position = self.random.choice([p for p, role in enumerate(opcode.roles, start=1) if role.is_scratch])
        words = self.machine.vector_length if opcode.roles[position - 1].is_vector else 1
        lane = slot[3] if opcode.effect is Effect.LOAD_OFFSET else 0
        slot[position] = self.random.choice((-1, self.machine.scratch_words - words + 1, 2**70, -(2**70))) - lane
        return opcode.engine, tuple(slot)

    def _beyond_memory(self) -> tuple[str, Slot]:
        """An access through a word of data: beyond memory for most inputs, not for all."""
        opcodes = [op for op in OPCODES.values() if op.reads_memory or op.writes_memory]
        opcode = self.random.choice([op for op in opcodes if op.effect is not Effect.LOAD_OFFSET])
        slot = list(self._slot(opcode, 0, 0))
        position = [label for label, _ in opcode.operands].index("a") + 1
        slot[position] = self._address(False)
        return opcode.engine, tuple(slot)

    def _division(self) -> Slot:
        return (self.random.choice(("//", "cdiv", "%")), *(self._address(False) for _ in range(3)))

    def _jump_before_start(self) -> Slot:
        word = self._address(False)
        backwards = -self.random.choice((50, 2**70))
        return self.random.choice(
            (("jump", -1), ("cond_jump", word, backwards), ("cond_jump_rel", word, backwards), ("jump", backwards))
        )


def opcodes_in(programs: Sequence[Program]) -> set[tuple[str, str]]:
    return {(e, slot[0]) for p in programs for bundle in p.bundles for e, slots in bundle.items() for slot in slots}
